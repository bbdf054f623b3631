"""Whether anything but the answer depends on the score of who was refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import morgiana as mg
import numpy as np

from evaluations.people import Array, Cast, unit

NEAR = 0.005  # below the threshold


@dataclass(frozen=True)
class Timing:
    what: str
    near_us: float  # medians
    far_us: float
    effect: float  # Cliff's delta: P(near takes longer) - P(far takes longer)

    def record(self) -> dict[str, object]:
        return asdict(self)


def at_cosine(targets: Array, cosine: float, rng: np.random.Generator) -> Array:
    noise = rng.standard_normal(targets.shape)
    across = unit(noise - np.sum(noise * targets, axis=1, keepdims=True) * targets)
    result: Array = (cosine * targets + np.sqrt(1 - cosine**2) * across).astype(np.float32)
    return result


def timed(
    what: str, near: Callable[[int], object], far: Callable[[int], object], num_targets: int, rounds: int,
    rng: np.random.Generator,
) -> Timing:  # fmt: skip
    """Both in turns, in an order drawn each time."""
    spent: tuple[list[int], list[int]] = ([], [])
    for _ in range(rounds):
        for row in rng.permutation(num_targets).tolist():
            for kind in rng.permutation(2).tolist():
                run = far if kind else near
                begin = time.perf_counter_ns()
                run(row)
                spent[kind].append(time.perf_counter_ns() - begin)
    a, b = (np.array(times) / 1e3 for times in spent)
    return Timing(what, float(np.median(a)), float(np.median(b)), cliffs_delta(a, b))


def cliffs_delta(a: Array, b: Array) -> float:
    ordered = np.sort(b)
    below = np.searchsorted(ordered, a, side="left")
    above = len(b) - np.searchsorted(ordered, a, side="right")
    return float((below - above).mean() / len(b))


def timings(
    gallery: mg.Gallery, cast: Cast, threshold: float, rounds: int, rng: np.random.Generator
) -> list[Timing]:
    near = at_cosine(cast.targets, threshold - NEAR, rng)
    far, other = at_cosine(cast.targets, 0.0, rng), at_cosine(cast.targets, 0.0, rng)

    def verify(probes: Array) -> Callable[[int], object]:
        return lambda row: gallery.verify(str(row), probes[row], threshold=threshold)

    def identify(probes: Array, at: float = threshold) -> Callable[[int], object]:
        return lambda row: gallery.identify(probes[row], threshold=at)

    def run(what: str, a: Callable[[int], object], b: Callable[[int], object], count: int = rounds) -> Timing:
        return timed(what, a, b, len(near), count, rng)

    return [
        run("verify", verify(near), verify(far)),
        run("identify", identify(near), identify(far)),
        run("baseline: verify, far and far", verify(other), verify(far)),
        run("baseline: identify, far and far", identify(other), identify(far)),
        run("control: identify that accepts everybody", identify(far, -1.0), identify(far), 2),
    ]


def statements(gallery: mg.Gallery, cast: Cast, threshold: float, rng: np.random.Generator) -> dict[str, bool]:
    """What must hold of everything else that a caller sees."""
    near = at_cosine(cast.targets, threshold - NEAR, rng)
    far = at_cosine(cast.targets, 0.0, rng)
    return {
        "stats() does not change with near refusals": _stats_stay(gallery, near, threshold),
        "answers to near and far refusals read the same": _seen(gallery, near, threshold)
        == _seen(gallery, far, threshold),
        "error messages are the same for near and far probes": _errors(gallery, near) == _errors(gallery, far),
        "runner_up never names who is below the threshold": not _names_refused(gallery, cast, threshold),
    }


def _stats_stay(gallery: mg.Gallery, probes: Array, threshold: float) -> bool:
    before = gallery.stats()
    gallery.identify(probes, threshold=threshold)
    return gallery.stats() == before


def _seen(gallery: mg.Gallery, probes: Array, threshold: float) -> list[tuple[object, ...]]:
    seen: list[tuple[object, ...]] = []
    for row, probe in enumerate(probes):
        verified = gallery.verify(str(row), probe, threshold=threshold)
        found = gallery.identify(probe, threshold=threshold)[0]
        named = str(row) in found.candidates, found.runner_up == str(row)
        seen.append((verified.accepted, verified.score, found.scores, *named))
    return seen


def _errors(gallery: mg.Gallery, probes: Array) -> set[str]:
    said = set()
    for probe in probes:
        broken = np.append(probe[:-1], np.float32("nan"))
        for claimed, asked in (("nobody", probe), ("0", probe[:-1]), ("0", broken)):
            try:
                gallery.verify(claimed, asked.astype(np.float32), threshold=0.5)
            except mg.Error as error:
                said.add(str(error))
    return said


def _names_refused(gallery: mg.Gallery, cast: Cast, threshold: float) -> bool:
    """A probe that one accepts and another refuses narrowly, asked with a margin."""
    a, b = cast.targets[0], cast.targets[1]
    across = unit(b - (a @ b) * a)
    steps = np.linspace(0, np.pi / 2, 2000)[:, None]
    probes = np.cos(steps) * a + np.sin(steps) * across
    near = probes[np.argmin(np.abs(probes @ b - (threshold - NEAR)))].astype(np.float32)
    answer = gallery.identify(near, threshold=threshold, margin=0.5)[0]
    return "0" in answer.candidates and answer.runner_up == "1" and "1" not in answer.candidates
