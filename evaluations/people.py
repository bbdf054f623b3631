"""Whom an attack is tried on: targets, the strangers that the attacker has pictures of, and others who
fill a gallery. No identity is in two of these groups."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Array = np.ndarray

SYNTHETIC = "synthetic identities"
SYNTHETIC_NOTE = "synthetic identities: says nothing about faces"


def unit(x: Array) -> Array:
    """Rows of length one. Shape: [..., dim], float64."""
    x = np.asarray(x, np.float64)
    length: Array = np.linalg.norm(x, axis=-1, keepdims=True)
    result: Array = x / np.maximum(length, 1e-300)
    return result


@dataclass(frozen=True)
class Photographs:
    """Embeddings and whose they are; `is_real` is False where random vectors stand in."""

    name: str
    x: Array  # [n, dim], unit
    identity: Array  # [n]
    is_real: bool

    @property
    def dim(self) -> int:
        return int(self.x.shape[1])


@dataclass(frozen=True)
class Cast:
    name: str
    is_real: bool
    targets: Array  # [targets, dim], one reference each
    others: Array  # [n, dim], enrolled beside them
    strangers: Array  # [n, dim], all photographs that the attacker has
    weights: Array  # [n] of strangers: every identity counts once; sums to one

    @property
    def dim(self) -> int:
        return int(self.targets.shape[1])


def folder_of_data() -> Path:
    """The folder that tests take theirs from."""
    return Path(os.environ.get("MORGIANA_TEST_DATA", "../shared/data")) / "lfw"


def load(name: str, file: str, dim: int, rng: np.random.Generator) -> Photographs:
    """Real embeddings where there are any, or else random identities."""
    folder = folder_of_data()
    if not (folder / file).is_file() or not (folder / "ids.csv").is_file():
        return synthetic(dim, rng)
    with (folder / "ids.csv").open(encoding="utf-8") as rows:
        identity = np.array([int(row["identity"]) for row in csv.DictReader(rows)])
    return Photographs(name, unit(np.load(folder / file)), identity, True)


def missing(file: str) -> str:
    """What to say where random identities stand in, and how to have real ones."""
    return (
        f"{SYNTHETIC_NOTE}.\n"
        f"  There is no {file} with an ids.csv in {folder_of_data()}. On faces `identify` at 0.432\n"
        "  gives away more than is promised, which this run does not show. The data are embeddings of LFW;\n"
        "  MORGIANA_TEST_DATA names the folder that has lfw/ (docs/leakage.md says what is in it)."
    )


def synthetic(dim: int, rng: np.random.Generator, num_identities: int = 5000) -> Photographs:
    """Four photographs each, at a cosine of 0.67 to each other, around a mean that all share: as
    LFW is seen by SFace, but isotropic."""
    mean = 0.28 * unit(rng.standard_normal(dim))
    centre = unit(mean + np.sqrt(1 - 0.28**2) * unit(rng.standard_normal((num_identities, dim))))
    identity = np.repeat(np.arange(num_identities), 4)
    noise = unit(rng.standard_normal((len(identity), dim)))
    return Photographs(SYNTHETIC, unit(0.82 * centre[identity] + 0.57 * noise), identity, False)


def split(people: Photographs, num_targets: int, num_others: int, rng: np.random.Generator) -> Cast:
    """A photograph of each target and other at random; the rest of the identities are strangers."""
    order = rng.permutation(np.unique(people.identity))
    enrolled = order[: num_targets + num_others]
    rows = one_photograph(people, enrolled, rng)
    is_stranger = ~np.isin(people.identity, enrolled)
    identity = people.identity[is_stranger]
    weights = 1.0 / np.bincount(identity)[identity]
    return Cast(
        people.name, people.is_real, people.x[rows[:num_targets]], people.x[rows[num_targets:]],
        people.x[is_stranger], weights / weights.sum(),
    )  # fmt: skip


def one_photograph(people: Photographs, identities: Array, rng: np.random.Generator) -> Array:
    """A row of each, at random."""
    order = rng.permutation(len(people.x))
    _, first = np.unique(people.identity[order], return_index=True)
    row_of = dict(zip(people.identity[order][first].tolist(), order[first].tolist()))
    return np.array([row_of[identity] for identity in identities.tolist()])


def two_photographs(people: Photographs, rng: np.random.Generator) -> Array:
    """Two different rows of everybody who has two. Shape: [identities, 2]."""
    order = rng.permutation(len(people.x))
    order = order[np.argsort(people.identity[order], kind="stable")]
    identity = people.identity[order]
    first = np.nonzero(np.diff(identity, prepend=-1))[0]
    first = first[first + 1 < len(order)]
    first = first[identity[first + 1] == identity[first]]
    return np.stack([order[first], order[first + 1]], axis=1)
