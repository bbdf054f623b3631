"""Streams of hits by chance: how often the alarm rings falsely, and how late it rings rightly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

import morgiana as mg

CHUNK = 5_000
MOST = 3_000_000  # transactions that are waited for
Hits = np.typing.NDArray[np.bool_]


def alarm(alpha: float) -> mg.DriftAlarm:
    """One stream that rings at 1 / alpha: of scores, which several come of at once."""
    return mg.DriftAlarm(["all"], thresholds=[0.5], alpha=2 * alpha)


def rang(watched: mg.DriftAlarm, hits: Hits, promised: float) -> int | None:
    """Looks after every transaction; the number of that at which it rang."""
    watched.observe_scores("all", hits.astype(np.float32), [promised], at_s=0)
    ring = watched.status()[1].ring
    return None if ring is None else ring.rang.transaction


def floor(promised: float, ratio: float, alpha: float) -> float:
    """The transactions without which no test of this alpha can ring in the mean: log(1/alpha) / KL."""
    rate = ratio * promised
    gain = rate * np.log(ratio) + (1 - rate) * np.log((1 - rate) / (1 - promised))
    return float(np.log(1 / alpha) / gain)


class Window:
    """The exact binomial test of each window of transactions for itself, as it is often done."""

    def __init__(self, promised: float, alpha: float) -> None:
        self.length = int(np.ceil(10 / promised))
        self._least = int(binom.isf(alpha, self.length, promised)) + 1

    def rang(self, hits: Hits) -> int | None:
        whole = hits[: len(hits) // self.length * self.length].reshape(-1, self.length).sum(axis=1)
        found = np.flatnonzero(whole >= self._least)
        return None if not found.size else (int(found[0]) + 1) * self.length


class Repeated:
    """The exact binomial test of everything so far, looked at after every transaction."""

    def __init__(self, promised: float, alpha: float, num_transactions: int) -> None:
        self._least = binom.isf(alpha, np.arange(1, num_transactions + 1), promised) + 1

    def rang(self, hits: Hits) -> int | None:
        found = np.flatnonzero(np.cumsum(hits) >= self._least[: len(hits)])
        return None if not found.size else int(found[0]) + 1


@dataclass(frozen=True)
class FalseAlarms:
    """Shares of the runs that rang at some time, though no promise was broken."""

    promised: float
    rate: float
    alpha: float
    alarm: float
    window: float
    repeated: float


def false_alarms(
    promised: float, rate: float, alpha: float, runs: int, length: int, rng: np.random.Generator
) -> FalseAlarms:
    window, repeated = Window(promised, alpha), Repeated(promised, alpha, length)
    rung = np.zeros(3)
    for _ in range(runs):
        hits = rng.random(length) < rate
        found = (rang(alarm(alpha), hits, promised), window.rang(hits), repeated.rang(hits))
        rung += [one is not None for one in found]
    return FalseAlarms(promised, rate, alpha, *(rung / runs))


@dataclass(frozen=True)
class Delays:
    """Mean transactions from the beginning of a drift until it rang."""

    promised: float
    ratio: float
    quiet: int
    floor: float
    alarm: float
    window: float
    off: float  # of the beginning that the alarm says, in the median
    early: int  # runs that rang in the quiet time, which do not count


def delays(
    promised: float, ratio: float, quiet: int, alpha: float, runs: int, rng: np.random.Generator
) -> Delays:
    window = Window(promised, alpha)
    late, late_window, off, early = [], [], [], 0
    for _ in range(runs):
        watched = alarm(alpha)
        if quiet and rang(watched, rng.random(quiet) < promised, promised) is not None:
            early += 1
            continue
        hits = np.empty(0, bool)
        rung = rung_window = None
        while (rung is None or rung_window is None) and len(hits) < MOST:
            more = rng.random(max(CHUNK, window.length)) < ratio * promised
            rung = rang(watched, more, promised)
            hits = np.append(hits, more)
            rung_window = window.rang(hits)
        ring = watched.status()[1].ring
        late.append(MOST if rung is None else rung - quiet)
        late_window.append(MOST if rung_window is None else rung_window)
        off.append(MOST if ring is None else abs(ring.since.transaction - quiet - 1))
    return Delays(
        promised,
        ratio,
        quiet,
        floor(promised, ratio, alpha),
        float(np.mean(late)),
        float(np.mean(late_window)),
        float(np.median(off)),
        early,
    )
