"""Who is enrolled, who comes to the gate and the vending machine, and what must happen there."""

from dataclasses import dataclass

# SFace 2021dec on LFW: 1 in 10,000 pairs of different people's photographs scores 0.432 or more
# (identity-balanced 5 in 100,000); 1.6 % of pairs of one person score less.
THRESHOLD, FMR = 0.432, 1e-4

# The second person must be this far behind, or nobody is let in.
MARGIN = 0.05


@dataclass(frozen=True)
class Enrolled:
    subject: str
    photographs: tuple[str, ...]


@dataclass(frozen=True)
class Visit:
    """Everybody in a photograph comes to a place; `subject` is who must be granted, if anybody."""

    place: str
    photograph: str
    subject: str | None


ENROLLED = (
    Enrolled("E-1001", ("obama",)),
    Enrolled("E-1002", ("biden",)),
    Enrolled("E-1003", ("astronaut",)),
)

VISITS = (
    Visit("gate", "obama2", "E-1001"),
    Visit("gate", "tom_hanks", None),
    Visit("vending machine", "obama3", "E-1001"),
    Visit("vending machine", "group", None),
)
