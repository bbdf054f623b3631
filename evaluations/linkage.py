"""Who is who in two galleries' codes under different secret rotations, without any key: a rotation
keeps all angles, and these tell the rotation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from morgiana_codes import codes  # type: ignore[import-not-found]

from evaluations.intervals import Estimate, mean_of
from evaluations.people import Array, Photographs, one_photograph, two_photographs, unit
from evaluations.procrustes import mutual, refined, rotation

SHARED = 0.71
PROFILE_POINTS = 128
FIRST_PAIRS = 600


@dataclass(frozen=True)
class Pair:
    """Codes of two galleries: row i of the first is row mate[i] of the second."""

    name: str
    old: Array
    new: Array
    mate: Array


@dataclass(frozen=True)
class Row:
    galleries: str
    subjects: int
    attack: str
    linked: Estimate  # share of subjects whose mate scores best
    refined: Estimate | None

    def record(self) -> dict[str, object]:
        return asdict(self)


def in_memory(x: Array, seed: bytes) -> Array:
    return unit(codes(np.ascontiguousarray(x, np.float32), seed=seed)).astype(np.float32)


def pair_of(name: str, first: Array, second: Array, rng: np.random.Generator, *, is_renewed: bool) -> Pair:
    """Codes of the same people in two orders, under two seeds or one."""
    seeds = (rng.bytes(32), rng.bytes(32)) if is_renewed else (bytes(32), bytes(32))
    order = rng.permutation(len(first))
    return Pair(name, in_memory(first, seeds[0]), in_memory(second[order], seeds[1]), np.argsort(order))


def pairs(people: Photographs, rng: np.random.Generator, most: int) -> dict[str, Pair]:
    """What is compared: controls first."""
    everybody = one_photograph(people, rng.permutation(np.unique(people.identity))[:most], rng)
    two = two_photographs(people, rng)[:most]
    is_shared = rng.random(len(two)) < SHARED
    partly = np.where(is_shared, two[:, 0], two[:, 1])
    half = len(everybody) // 2
    x = people.x

    def made(name: str, first: Array, second: Array, *, is_renewed: bool = True) -> Pair:
        return pair_of(name, x[first], x[second], rng, is_renewed=is_renewed)

    return {
        "same seed": made("control: no new rotation", everybody, everybody, is_renewed=False),
        "others": made("baseline: other people", everybody[:half], everybody[half : 2 * half]),
        "same": made("same references", everybody, everybody),
        "shared": made(f"{100 * SHARED:.0f} % of photographs shared", two[:, 0], partly),
        "different": made("all photographs different", two[:, 0], two[:, 1]),
    }


def profile_scores(pair: Pair) -> Array:
    """How alike the sorted similarities of each to all others are. Shape: [old, new]."""
    old, new = _profiles(pair.old), _profiles(pair.new)
    spread = np.concatenate([old, new]).std(axis=0) + np.float32(1e-9)
    old, new = old / spread, new / spread
    squares = np.sum(old**2, axis=1)[:, None] + np.sum(new**2, axis=1) - 2 * old @ new.T
    result: Array = -np.log(squares.clip(1e-6))
    return result


def _profiles(x: Array) -> Array:
    similar = np.sort(x @ x.T, axis=1)
    points = np.unique(np.linspace(0, len(x) - 2, PROFILE_POINTS).astype(int))
    result: Array = similar[:, points] - similar[:, points].mean(axis=0)
    return result


def by_profiles(scores: Array, pair: Pair) -> Array:
    rows, columns = mutual(scores)
    return rotation(pair.old[rows[:FIRST_PAIRS]], pair.new[columns[:FIRST_PAIRS]])


def by_moments(pair: Pair) -> Array:
    """Principal directions in the order of their variance, signs by their skewness."""
    old, new = _oriented(pair.old), _oriented(pair.new)
    result: Array = old @ new.T
    return result


def _oriented(x: Array) -> Array:
    rest = x - x.mean(axis=0)
    vectors = np.linalg.eigh(rest.T @ rest)[1]
    third = np.sum((rest @ vectors) ** 3, axis=0)
    result: Array = vectors * np.where(third < 0, -1.0, 1.0)
    return result


def aligned(pair: Pair, turn: Array) -> Array:
    """Linkage scores after a rotation. Shape: [old, new]."""
    result: Array = (pair.old @ turn) @ pair.new.T
    return result


def _hits(scores: Array, pair: Pair) -> Array:
    result: Array = scores.argmax(axis=1) == pair.mate
    return result


def attacks(pair: Pair, rng: np.random.Generator) -> Iterator[Row]:
    """Every attack on one pair of galleries."""

    def row(attack: str, first: Array, then: Array | None, first_row: int = 0) -> Row:
        later = None if then is None else mean_of(then[first_row:], rng)
        return Row(pair.name, len(pair.old), attack, mean_of(first[first_row:], rng), later)

    yield row("codes as they are", _hits(pair.old @ pair.new.T, pair), None)
    scores = profile_scores(pair)
    turn = refined(pair.old, pair.new, by_profiles(scores, pair))
    yield row("angles", _hits(scores, pair), _hits(aligned(pair, turn), pair))
    turn = by_moments(pair)
    then = refined(pair.old, pair.new, turn)
    yield row("moments", _hits(aligned(pair, turn), pair), _hits(aligned(pair, then), pair))


def known_pairs(pair: Pair, rng: np.random.Generator) -> Iterator[Row]:
    """Some subjects are known in both galleries; how many of the rest follow?"""
    dim = pair.old.shape[1]
    for count in (dim // 8, dim // 4, dim // 2, 3 * dim // 4, dim):
        turn = rotation(pair.old[:count], pair.new[pair.mate[:count]])
        then = refined(pair.old, pair.new, turn)
        yield Row(
            pair.name, len(pair.old), f"{count} known pairs",
            mean_of(_hits(aligned(pair, turn), pair)[count:], rng),
            mean_of(_hits(aligned(pair, then), pair)[count:], rng),
        )  # fmt: skip
