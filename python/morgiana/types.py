"""Models, thresholds, risks and assurances: values with a meaning, not bare strings and floats."""

from __future__ import annotations

from dataclasses import dataclass

from morgiana.arguments import choice, real_number, refusal, whole_number
from morgiana.errors import Error


@dataclass(frozen=True)
class Model:
    """The network whose embeddings are compared. Embeddings of different models never are."""

    name: str
    dim: int

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument."""
        if not isinstance(self.name, str):
            raise refusal("the name of a model", "a str", self.name)
        try:
            self.name.encode()
        except UnicodeEncodeError:
            raise Error(
                "invalid_argument", "the name of a model is UTF-8, this one holds a lone surrogate"
            ) from None
        object.__setattr__(self, "dim", whole_number("dim", self.dim))


@dataclass(frozen=True)
class Threshold:
    """The least score that is accepted, and the false match rate it stands for where known.

    ``at_least`` is a cosine, from -1 to 1; ``fmr`` a rate from 0 to 1, carried along and not looked
    at. Scores are float32: they are compared with the least float32 that is not below ``at_least``.
    """

    at_least: float
    fmr: float | None = None

    def __post_init__(self) -> None:
        """Errors: invalid_argument."""
        expected = "a number or a morgiana.Threshold"
        at_least = real_number("threshold", self.at_least, expected)
        if not -1 <= at_least <= 1:
            raise Error("invalid_argument", f"threshold {at_least} is not a cosine from -1 to 1")
        object.__setattr__(self, "at_least", at_least)
        if self.fmr is None:
            return
        fmr = real_number("fmr", self.fmr)
        if not 0 <= fmr <= 1:
            raise Error("invalid_argument", f"fmr {fmr} is not a rate from 0 to 1")
        object.__setattr__(self, "fmr", fmr)

    @classmethod
    def of(cls, given: Threshold | float) -> Threshold:
        """A bare number is a threshold whose risk is not known."""
        return given if isinstance(given, Threshold) else cls(given)


@dataclass(frozen=True)
class Risk:
    """How often the transaction of a stranger may end with somebody, in place of a threshold: a
    ``Calibration`` knows which one keeps it among those who are compared.

    ``fpir`` is a false positive identification rate, above 0 and below 1; against one claimed
    subject it is the FMR. ``num_probes`` are those of a transaction: frames times tries.
    """

    fpir: float
    num_probes: int = 1

    def __post_init__(self) -> None:
        """Errors: invalid_argument."""
        fpir = real_number("risk", self.fpir, "a number or a morgiana.Risk")
        if not 0 < fpir < 1:
            raise Error("invalid_argument", f"a risk of {fpir} is not between 0 and 1")
        num_probes = whole_number("num_probes", self.num_probes)
        if not 1 <= num_probes < 2**32:
            raise Error("invalid_argument", f"num_probes is from 1 to 2^32 - 1, got {num_probes}")
        object.__setattr__(self, "fpir", fpir)
        object.__setattr__(self, "num_probes", num_probes)

    @classmethod
    def of(cls, given: Risk | float) -> Risk:
        """A bare number is that of transactions of one probe."""
        return given if isinstance(given, Risk) else cls(given)


@dataclass(frozen=True)
class Assurance:
    """How sure a search is to find a reference that reaches the threshold.

    For each such reference the probability to miss it: 0 for a proof, or 1e-15 to 0.01.
    """

    miss_probability: float = 0.0

    def __post_init__(self) -> None:
        """Errors: invalid_argument."""
        miss = real_number("miss_probability", self.miss_probability)
        if not (miss == 0 or 1e-15 <= miss <= 0.01):
            raise Error(
                "invalid_argument",
                f"a miss probability of {miss} is neither 0 (proven) nor from 1e-15 to 0.01",
            )
        object.__setattr__(self, "miss_probability", miss)

    @classmethod
    def proven(cls) -> Assurance:
        return cls()

    @classmethod
    def probable(cls, miss_probability: float = 1e-9) -> Assurance:
        """Holds under the gallery's secret rotation with this probability; a faster search."""
        return cls(miss_probability)

    @classmethod
    def of(cls, given: Assurance | str, miss_probability: float | None = None) -> Assurance:
        """``"proven"``, or ``"probable"`` with the probability given, 1e-9 without.

        Errors: invalid_argument, also where a probability comes with anything but ``"probable"``:
        one of the two would have to be ignored.
        """
        stated = None if miss_probability is None else cls.probable(miss_probability)
        known = given if isinstance(given, Assurance) else None
        if known is None and choice("assurance", given, "proven", "probable") == "probable":
            return stated or cls.probable()
        if stated is not None:
            raise Error(
                "invalid_argument",
                'miss_probability goes with assurance="probable" alone; an Assurance has its own',
            )
        return known or cls()
