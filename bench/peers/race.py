"""Several ways of doing the same work, in turns, so that all meet the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm


@dataclass
class Runner:
    """`run(probes)` answers the probes of one batch."""

    name: str
    run: Callable[[np.ndarray], object]
    batch: int = 1
    times_ms: list[float] = field(default_factory=list)  # of a whole batch

    @property
    def ms_per_query(self) -> float:
        return float(np.median(self.times_ms)) / self.batch

    @property
    def spread(self) -> tuple[float, float]:
        """Quartiles of ms a query."""
        low, high = np.percentile(self.times_ms, (25, 75)) / self.batch
        return float(low), float(high)


SHORT_MS = 500  # what takes longer is not helped by a warm cache
TURN_MS = 40  # a turn of what is short has as many answers as fit,
TURN_ANSWERS = 8  # and no more than so many


def race(what: str, runners: Sequence[Runner], probes: np.ndarray, rounds: int) -> None:
    """Each has a turn in every round, in another order each time."""
    rng = np.random.default_rng(4)
    for turn in tqdm(range(rounds), desc=what, leave=False, disable=None):
        for at in rng.permutation(len(runners)):
            _take_turn(runners[at], probes, turn)


def _take_turn(runner: Runner, probes: np.ndarray, turn: int) -> None:
    def timed(number: int) -> float:
        rows = np.arange(runner.batch) + number * runner.batch
        some = np.take(probes, rows, axis=0, mode="wrap")
        begin = time.perf_counter()
        runner.run(some)
        return 1e3 * (time.perf_counter() - begin)

    is_short = runner.batch == 1 and (not runner.times_ms or runner.times_ms[-1] < SHORT_MS)
    if is_short:
        timed(turn)  # not counted: the caches were another's
    end = time.perf_counter() + TURN_MS / 1e3
    for _ in range(TURN_ANSWERS):
        runner.times_ms.append(timed(turn + len(runner.times_ms)))
        if time.perf_counter() >= end:
            break
