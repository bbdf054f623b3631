"""The accounting of refusals, as the library does it: for a day, by caller and subject and by subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluations.people import Array

TARGET = 0.05  # cosine gained, that a day's budget should leave

@dataclass(frozen=True)
class Budget:
    """The defaults are the library's. `above` and `counts_accepted` are what it could count besides."""

    per_caller: int = 20
    over_callers: int = 40
    below: float = 0.03  # identify counts scores in [threshold - below, threshold + above)
    above: float = 0.0
    counts_accepted: bool = False  # verify counts every answer, not only refusals


class Ledger:
    """What was counted against each target, and so who may still ask about it."""

    def __init__(self, num_targets: int, budget: Budget | None) -> None:
        self.budget = budget
        self.counted = np.zeros(num_targets, np.int64)
        self._by_caller: dict[str, Array] = {}

    def is_spent(self, caller: str) -> Array:
        if self.budget is None:
            return np.zeros(len(self.counted), bool)
        result: Array = (self._of(caller) >= self.budget.per_caller) | (
            self.counted >= self.budget.over_callers
        )
        return result

    def count(self, caller: str, rows: Array) -> None:
        self._of(caller)[rows] += 1
        self.counted[rows] += 1

    def _of(self, caller: str) -> Array:
        return self._by_caller.setdefault(caller, np.zeros(len(self.counted), np.int64))
