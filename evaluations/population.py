"""What the attacker knows before the first question: how embeddings are spread over people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluations.people import Array, Cast, unit


@dataclass(frozen=True)
class Population:
    mean: Array  # [dim]
    covariance: Array  # [dim, dim]

    @classmethod
    def of(cls, cast: Cast) -> Population:
        mean = cast.weights @ cast.strangers
        rest = cast.strangers - mean
        return cls(mean, rest.T @ (rest * cast.weights[:, None]))

    @property
    def dim(self) -> int:
        return len(self.mean)

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """People of the attacker's making: as many as wanted."""
        values, vectors = np.linalg.eigh(self.covariance)
        normal = rng.standard_normal((count, self.dim)) * np.sqrt(values.clip(0))
        return unit(normal @ vectors.T + self.mean)

    def baits(self, rng: np.random.Generator, count: int) -> Array:
        """Vectors that many people are near to: the mean, leaning towards principal directions. Of what
        was tried they are accepted soonest; half use 20 directions, half 50."""
        values, vectors = np.linalg.eigh(self.covariance)
        centre = unit(self.mean)
        lean = rng.standard_normal((count, self.dim)) * np.sqrt(values.clip(0))
        depth = np.where(rng.random(count) < 0.5, 20, 50)
        lean[np.arange(self.dim) < (self.dim - depth)[:, None]] = 0
        lean = lean @ vectors.T
        lean = unit(lean - (lean @ centre)[:, None] * centre)
        angle = np.deg2rad(rng.uniform(35, 50, (count, 1)))
        result: Array = np.cos(angle) * centre + np.sin(angle) * lean
        return result


def cosines(estimates: Array, targets: Array) -> Array:
    """How near each estimate is to its target: what every attack is measured by."""
    result: Array = np.sum(unit(estimates) * unit(targets), axis=-1)
    return result
