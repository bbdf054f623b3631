"""Models and thresholds: values with a meaning, not bare strings and floats."""

from __future__ import annotations

from dataclasses import dataclass

from morgiana.errors import Error


@dataclass(frozen=True)
class Model:
    """The network whose embeddings are compared. Embeddings of different models never are."""

    name: str
    dim: int


@dataclass(frozen=True)
class Threshold:
    """The least score that is accepted, and the false match rate it stands for where known."""

    at_least: float
    fmr: float | None = None

    def __post_init__(self) -> None:
        """Errors: invalid_argument."""
        if not -1 <= self.at_least <= 1:
            raise Error(
                "invalid_argument", f"threshold {self.at_least} is not a cosine from -1 to 1"
            )
        if self.fmr is not None and not 0 <= self.fmr <= 1:
            raise Error("invalid_argument", f"fmr {self.fmr} is not a rate from 0 to 1")

    @classmethod
    def of(cls, given: Threshold | float) -> Threshold:
        """A bare number is a threshold whose risk is not known."""
        return given if isinstance(given, Threshold) else cls(float(given))
