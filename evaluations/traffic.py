"""What counting costs honest people: refusals that a campus causes for each subject in a day."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from evaluations.budget import Budget
from evaluations.people import Array, Photographs, one_photograph, two_photographs

PEOPLE = 10_000
SCANS = 200_000
CALLERS = 20
OWN_SCANS = SCANS // PEOPLE  # of each subject in a day, all at one caller: the worst for its budget


@dataclass(frozen=True)
class Row:
    threshold: float
    counted: str
    non_mated_rate: float  # of a comparison with somebody else
    mated_rate: float  # of a scan of one's own
    per_caller: float  # counts a day for a subject and a caller, on average
    per_subject: float  # over all callers
    top_percent: float  # of the one subject in a hundred that most people resemble, per caller
    withheld: float  # share of subjects whose count is above a limit of the default budget

    def record(self) -> dict[str, object]:
        return asdict(self)


class Traffic:
    def __init__(self, people: Photographs, rng: np.random.Generator) -> None:
        everybody = people.x[one_photograph(people, np.unique(people.identity), rng)].astype(np.float32)
        self._non_mated = everybody @ everybody.T  # [subject, probe]
        np.fill_diagonal(self._non_mated, np.nan)
        two = two_photographs(people, rng)
        self._mated: Array = np.sum(people.x[two[:, 0]] * people.x[two[:, 1]], axis=1)

    def of(self, threshold: float, below: float, above: float) -> Row:
        low, high = threshold - below, threshold + above
        by_subject = ((self._non_mated >= low) & (self._non_mated < high)).mean(axis=1)
        own = float(((self._mated >= low) & (self._mated < high)).mean())
        strangers = by_subject * (SCANS - OWN_SCANS)
        at_caller = strangers / CALLERS + OWN_SCANS * own
        over_callers = strangers + OWN_SCANS * own
        budget = Budget()
        is_withheld = (at_caller >= budget.per_caller) | (over_callers >= budget.over_callers)
        name = f"[t - {below:g}, t)" if above == 0 else f"[t - {below:g}, t + {above:g})"
        return Row(
            threshold, name, float(by_subject.mean()), own, float(at_caller.mean()), float(over_callers.mean()),
            float(np.percentile(at_caller, 99)), float(is_withheld.mean()),
        )  # fmt: skip

    def refused(self, threshold: float) -> Row:
        """Of verify, where a subject is claimed by nobody else."""
        own = float((self._mated < threshold).mean())
        count = OWN_SCANS * own
        return Row(threshold, "refusals of verify", 0.0, own, count, count, count, 0.0)
