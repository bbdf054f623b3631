"""A gallery as an attacker reaches it: accepted, refused, or no answer because the budget is spent.

Answers are those of morgiana.Gallery. Refusals are counted here, with scores that the attacker
never sees, so that each attack has a day of its own and other rules can be tried;
tests/evaluations holds this accounting against the library's."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import morgiana as mg
import numpy as np

from evaluations.budget import Budget, Ledger
from evaluations.people import Array, Cast

ALL = 1_000_000  # candidates: an attacker takes the whole list


class Oracle(Protocol):
    """`ask` puts a probe for each of some targets: who is accepted, and whose answer is known."""

    @property
    def threshold(self) -> float: ...
    @property
    def num_asked(self) -> Array: ...  # [targets]
    @property
    def num_counted(self) -> Array: ...  # [targets], refusals
    def ask(self, rows: Array, probes: Array, caller: str) -> tuple[Array, Array]: ...


def enrolled(folder: Path, cast: Cast) -> mg.Gallery:
    """A gallery of targets (ids are their rows) and others."""
    key = mg.KeySource.create_file(folder / "evaluation.key")
    gallery = mg.Gallery.create(
        folder / "evaluation.morgiana",
        model=mg.Model("evaluation", cast.dim),
        key=key,
        references="resident",
        refusals=None,
    )
    rows = np.concatenate([cast.targets, cast.others]).astype(np.float32)
    gallery.enrol([str(row) for row in range(len(rows))], rows)
    return gallery


class _Modelled:
    """Refusals are counted as the library counts them; every attack has a day of its own."""

    def __init__(self, gallery: mg.Gallery, targets: Array, threshold: float, budget: Budget | None) -> None:
        self.threshold = threshold
        self.num_asked = np.zeros(len(targets), np.int64)
        self._gallery = gallery
        self._targets = targets
        self._ledger = Ledger(len(targets), budget)
        self._counting = budget or Budget()  # also where nothing is limited

    @property
    def num_counted(self) -> Array:
        return self._ledger.counted

    def ask(self, rows: Array, probes: Array, caller: str) -> tuple[Array, Array]:
        is_known = ~self._ledger.is_spent(caller)[rows]
        is_accepted = np.zeros(len(rows), bool)
        if is_known.any():
            asked = np.ascontiguousarray(probes[is_known], np.float32)
            is_accepted[is_known] = self._answer(rows[is_known], asked)
        self.num_asked[rows[is_known]] += 1
        scores = np.sum(probes * self._targets[rows], axis=1)
        is_counted = is_known & self._is_counted(scores, is_accepted)
        self._ledger.count(caller, rows[is_counted])
        return is_accepted, is_known

    def _answer(self, rows: Array, probes: Array) -> list[bool]:
        raise NotImplementedError

    def _is_counted(self, scores: Array, is_accepted: Array) -> Array:
        raise NotImplementedError


class Verify(_Modelled):
    """1:1, the target is claimed."""

    def _answer(self, rows: Array, probes: Array) -> list[bool]:
        return [
            self._gallery.verify(str(row), probe, threshold=self.threshold).accepted
            for row, probe in zip(rows.tolist(), probes)
        ]

    def _is_counted(self, scores: Array, is_accepted: Array) -> Array:
        result: Array = ~is_accepted | self._counting.counts_accepted
        return result


class Identify(_Modelled):
    """1:N: whether the target is among the candidates. Each attack is on one subject, so what is counted
    for others, and whoever of them is withheld, changes none of its answers."""

    def _answer(self, rows: Array, probes: Array) -> list[bool]:
        is_one = len(probes) > 1 and bool((probes == probes[0]).all())  # baits: the same for everybody
        found = self._gallery.identify(
            probes[:1] if is_one else probes, threshold=self.threshold, max_candidates=ALL
        )
        named = [set(answer.candidates) for answer in found]
        return [str(row) in named[0 if is_one else i] for i, row in enumerate(rows.tolist())]

    def _is_counted(self, scores: Array, is_accepted: Array) -> Array:
        low, high = self.threshold - self._counting.below, self.threshold + self._counting.above
        result: Array = (low <= scores) & (scores < high)
        return result


class Callers:
    """Turns to the next caller for a target once this one's budget is spent."""

    def __init__(self, oracle: Oracle, count: int) -> None:
        self.oracle = oracle
        self._count = count
        self._now = np.zeros(len(oracle.num_asked), np.int64)

    def ask(self, rows: Array, probes: Array) -> tuple[Array, Array]:
        """Accepted, and known."""
        is_accepted = np.zeros(len(rows), bool)
        is_known = np.zeros(len(rows), bool)
        for number in range(self._count):
            some = np.nonzero(~is_known & (self._now[rows] == number))[0]
            if len(some):
                is_accepted[some], is_known[some] = self.oracle.ask(rows[some], probes[some], f"gate-{number}")
                self._now[rows[some[~is_known[some]]]] += 1
        return is_accepted, is_known
