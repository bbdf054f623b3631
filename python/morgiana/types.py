"""Models and thresholds: values with a meaning, not bare strings and floats."""

from __future__ import annotations

from dataclasses import dataclass


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

    @classmethod
    def of(cls, given: Threshold | float) -> Threshold:
        """A bare number is a threshold whose risk is not known."""
        return given if isinstance(given, Threshold) else cls(float(given))
