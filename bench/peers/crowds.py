"""Who is enrolled and who is asked for: unit vectors, float32 [n, dim]."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COSINES = (0.5, 0.66, 0.75)  # of the mates that are asked for


def unit(x: np.ndarray) -> np.ndarray:
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x


class Isotropic:
    """Directions of which none is more likely."""

    def __init__(self, dim: int) -> None:
        self.name = f"isotropic {dim}-D"
        self.dim = dim
        self.known = np.empty((0, dim), np.float32)

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        return unit(rng.standard_normal((count, self.dim), dtype=np.float32))


class Like:
    """Strangers with the mean and the covariance of real embeddings, who are enrolled first."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.known = unit(np.load(file).astype(np.float32))
        self.dim = self.known.shape[1]
        self._mean = self.known.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov(self.known.T).astype(np.float64))
        self._shape = (np.sqrt(values.clip(0))[:, None] * vectors.T).astype(np.float32)

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        normal = rng.standard_normal((count, self.dim), dtype=np.float32)
        return unit(normal @ self._shape + self._mean)


Source = Isotropic | Like


BLOCK = 50_000


def block(source: Source, number: int) -> np.ndarray:
    """A part of a crowd without end, always the same one. Photographs come first."""
    x = source.draw(np.random.default_rng((1, number)), BLOCK)
    known = source.known[number * BLOCK : (number + 1) * BLOCK]
    x[: len(known)] = known
    return x


@dataclass(frozen=True)
class Crowd:
    """A gallery, and probes of some of it: rows of `mates` are [cosine][probe]."""

    name: str
    dim: int
    x: np.ndarray  # [n, dim]
    probes: np.ndarray  # [cosines * probes, dim]
    mates: np.ndarray  # [cosines, probes], the row of each probe's mate

    @property
    def count(self) -> int:
        return len(self.x)


def make(source: Source, count: int, probes_of_a_cosine: int) -> Crowd:
    x = np.empty((count, source.dim), np.float32)

    def fill(number: int) -> None:
        rows = x[number * BLOCK : (number + 1) * BLOCK]
        rows[:] = block(source, number)[: len(rows)]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fill, range(-(-count // BLOCK))))
    rng = np.random.default_rng(2)
    # Mates of strangers: photographs may have mates of their own.
    first = len(source.known) if count > 2 * len(source.known) else 0
    mates = rng.integers(first, count, (len(COSINES), probes_of_a_cosine))
    probes = [at_cosine(rng, source, x[rows], cosine) for rows, cosine in zip(mates, COSINES)]
    return Crowd(source.name, source.dim, x, np.concatenate(probes), mates)


def at_cosine(rng: np.random.Generator, source: Source, to: np.ndarray, cosine: float) -> np.ndarray:
    other = source.draw(rng, len(to))
    across = unit(other - np.sum(other * to, axis=1, keepdims=True) * to)
    return np.ascontiguousarray(cosine * to + np.sqrt(1 - cosine**2) * across, np.float32)
