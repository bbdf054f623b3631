"""How sure a mean over targets is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluations.people import Array

RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A mean and its 95 % interval: bootstrap over targets."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f}–{self.high:.3f})"


def mean_of(values: Array, rng: np.random.Generator) -> Estimate:
    values = np.asarray(values, np.float64)
    picked = rng.integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[picked].mean(axis=1), (2.5, 97.5))
    return Estimate(float(values.mean()), float(low), float(high))
