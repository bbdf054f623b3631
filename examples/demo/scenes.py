"""Who is enrolled, who comes to the gate and the vending machine, and what must happen there."""

from dataclasses import dataclass

import morgiana as mg

# Of one person's pairs of photographs in LFW 1.6 % score less.
THRESHOLD = 0.432
# How often a stranger is taken for one enrolled person there; people weigh the same, as in docs/calibration.md.
FMR = mg.Calibration.shipped("sface-2021dec").risk(THRESHOLD, num_subjects=1).fpir

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
