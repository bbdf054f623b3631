"""What an attacker believes about templates after yes and no: a normal distribution each, which every
answer cuts with a half-space. The cut is matched by its first two moments (assumed density filtering,
Minka 2001)."""

from __future__ import annotations

from math import sqrt

import numpy as np

from evaluations.people import Array, unit
from evaluations.population import Population

SOFTNESS = 0.002  # of a cut, in cosine: faces are not quite normal, and floats round
ANGLES = np.linspace(0, np.pi / 2, 91)[:, None]
POWER_STEPS = 4


def log_normal_cdf(z: Array) -> Array:
    """log Φ(z), by its asymptotic series where Φ is small (Abramowitz, Stegun 26.2.12)."""
    far = np.minimum(z, -5.0)
    series = -(far**2) / 2 - np.log(-far * sqrt(2 * np.pi)) + np.log1p(-1 / far**2 + 3 / far**4)
    near = np.maximum(z, -5.0)
    # Φ for what is not far: Abramowitz, Stegun 26.2.17, error below 7.5e-8.
    k = 1 / (1 + 0.2316419 * np.abs(near))
    poly = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    upper = np.exp(-(near**2) / 2) / sqrt(2 * np.pi) * poly
    result: Array = np.where(z < -5.0, series, np.log(np.where(near >= 0, 1 - upper, upper)))
    return result


class Belief:
    """Of all targets side by side; `rows` are the targets that a call is about."""

    def __init__(self, population: Population, num_targets: int, rng: np.random.Generator) -> None:
        self.mean = np.tile(population.mean, (num_targets, 1))
        self._covariance = np.tile(population.covariance, (num_targets, 1, 1))
        self._axis = unit(rng.standard_normal(self.mean.shape))
        self._rng = rng

    def spread(self, rows: Array, q: Array) -> Array:
        """Covariance times a vector, for each target."""
        return np.array([self._covariance[row] @ v for row, v in zip(rows, q)]).reshape(q.shape)

    def probe(self, rows: Array, threshold: float, wanted_z: float) -> Array:
        """Unit vectors that are accepted with the probability Φ(wanted_z), or as nearly as can be,
        and which of these ask most: they lean towards what is least known."""
        axis = self._wander(rows)
        guess = unit(self.mean[rows])
        across = unit(axis - np.sum(axis * guess, axis=1, keepdims=True) * guess)
        along, aside = self.spread(rows, guess), self.spread(rows, across)
        both = np.sum(along * across, axis=1)
        lateral = np.sum(aside * across, axis=1)
        across *= np.where(both < 0, -1.0, 1.0)[:, None]
        cos, sin = np.cos(ANGLES), np.sin(ANGLES)
        variance = cos**2 * np.sum(along * guess, axis=1) + sin**2 * lateral
        deviation = np.sqrt((variance + 2 * sin * cos * np.abs(both)).clip(0) + SOFTNESS**2)
        z = (cos * np.linalg.norm(self.mean[rows], axis=1) - threshold) / deviation
        widest = len(ANGLES) - 1 - np.argmax((z >= wanted_z)[::-1], axis=0)
        angle = ANGLES[np.where((z >= wanted_z).any(axis=0), widest, np.argmax(z, axis=0))]
        result: Array = np.cos(angle) * guess + np.sin(angle) * across
        return result

    def _wander(self, rows: Array) -> Array:
        """Towards the axis that is least known, from a little beside the last one."""
        axis = self._axis[rows]
        axis = unit(axis + 0.3 / sqrt(axis.shape[1]) * self._rng.standard_normal(axis.shape))
        for _ in range(POWER_STEPS):
            axis = unit(self.spread(rows, axis))
        self._axis[rows] = axis
        return axis

    def learn(self, rows: Array, q: Array, threshold: float, is_accepted: Array) -> None:
        """Takes over one answer for each target."""
        seen = self.spread(rows, q)
        deviation = np.sqrt(np.sum(seen * q, axis=1).clip(0) + SOFTNESS**2)
        z = (np.sum(q * self.mean[rows], axis=1) - threshold) / deviation
        sign = np.where(is_accepted, 1.0, -1.0)
        ratio = np.exp(-(z**2) / 2 - log_normal_cdf(sign * z)) / sqrt(2 * np.pi)
        shrink = (ratio * (ratio + sign * z)).clip(0, 1)
        self.mean[rows] += (sign * ratio / deviation)[:, None] * seen
        seen *= (np.sqrt(shrink) / deviation)[:, None]
        for row, cut in zip(rows, seen):
            self._covariance[row] -= cut[:, None] * cut
