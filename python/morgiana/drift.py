"""An alarm that rings when a calibration's promise is no longer kept, whenever one looks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NoReturn

import numpy
import numpy.typing

from morgiana import _core
from morgiana.arguments import choice, file_name, real_number, refusal, several, text, whole_number
from morgiana.calibration import Calibration, PredictedRisk
from morgiana.errors import Error
from morgiana.metrics import _vector


class DriftStream(StrEnum):
    """What is watched of a cohort's transactions.

    ``false_accepts``: those that somebody adjudicated, "that was not him". ``scores``: the best
    non-mated score of each, by the thresholds it reaches.
    """

    FALSE_ACCEPTS = "false_accepts"
    SCORES = "scores"


class DriftMoment(NamedTuple):
    """A transaction of a stream: its number, from 1, and its time, in Unix seconds."""

    transaction: int
    at_s: int


@dataclass(frozen=True)
class DriftRing:
    """When a stream rang, and since when, most likely, its promise is not kept.

    ``threshold`` speaks for it most; ``None`` of false accepts.
    """

    rang: DriftMoment
    since: DriftMoment
    threshold: float | None


@dataclass(frozen=True)
class DriftStatus:
    """One stream of one cohort, as it stands: the e-value of now, and the one it rings at.

    ``ring`` is there from when it rang until it is acknowledged, whatever comes later.
    """

    cohort: str
    stream: DriftStream
    e_value: float
    rings_at: float
    num_transactions: int
    ring: DriftRing | None

    def __bool__(self) -> NoReturn:
        raise TypeError("a DriftStatus is neither true nor false; ask whether .ring is None")


class DriftAlarm:
    """Rings when false accepts come more often, or strangers score higher, than was promised.

    The rates that a calibration promises are given with each transaction, as populations change.
    Looking at every moment, for ever, costs nothing: the chance that anything rings falsely, of all
    cohorts and streams, stays at ``alpha`` (docs/drift.md). Not for several threads at once.
    """

    def __init__(
        self,
        cohorts: Iterable[str],
        *,
        thresholds: numpy.typing.ArrayLike = (),
        alpha: float = 0.01,
    ) -> None:
        """``cohorts``: names of gates, buildings, groups. ``thresholds``: of scores, ascending; without
        any, scores are not watched. Errors: TypeError; invalid_argument."""
        names = [text("a cohort", name) for name in several("cohorts", cohorts)]
        at = _vector("thresholds", thresholds, numpy.float32)
        self._native = _core.DriftAlarm.of(real_number("alpha", alpha), names, at)

    @classmethod
    def _of(cls, native: _core.DriftAlarm) -> DriftAlarm:
        alarm = cls.__new__(cls)
        alarm._native = native
        return alarm

    @classmethod
    def parse(cls, json: str, source: str = "the alarm") -> DriftAlarm:
        """Of a text that ``to_json`` wrote: goes on as if nothing had been.

        Errors: TypeError; invalid_argument, which names ``source``, line and field;
        unsupported_format.
        """
        return cls._of(_core.DriftAlarm.parse(text("json", json), text("source", source)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> DriftAlarm:
        """Errors: TypeError; not_found; storage_failed; otherwise as parse."""
        return cls._of(_core.DriftAlarm.load(file_name("path", path)))

    def to_json(self) -> str:
        """All evidence, to be kept over a restart: the same text for the same state."""
        return self._native.to_json()

    @property
    def alpha(self) -> float:
        return self._native.alpha

    @property
    def cohorts(self) -> tuple[str, ...]:
        return tuple(self._native.cohorts)

    @property
    def thresholds(self) -> numpy.typing.NDArray[numpy.float32]:
        return numpy.asarray(self._native.thresholds, numpy.float32)

    def observe_false_accepts(
        self,
        cohort: str,
        promised: float,
        *,
        num_false_accepts: int,
        at_s: int,
        num_transactions: int = 1,
    ) -> bool:
        """What came of transactions that were adjudicated, or would have been: what nobody complains
        of in time is no false accept. Whether the stream has rung, now or earlier.

        Give them in the order in which they took place, not the complaints first; several together
        count as one look. ``promised``: FPIR of each. Errors: TypeError; invalid_argument (an unknown
        cohort, a rate not in (0, 1), counts, a time before the last one); nothing is counted then.
        """
        return self._native.observe_false_accepts(
            text("cohort", cohort),
            real_number("promised", promised),
            _count("num_transactions", num_transactions),
            _count("num_false_accepts", num_false_accepts),
            whole_number("at_s", at_s),
        )

    def observe_scores(
        self,
        cohort: str,
        best_non_mated: numpy.typing.ArrayLike,
        promised: numpy.typing.ArrayLike,
        *,
        at_s: int,
    ) -> bool:
        """The best score of one transaction, or of each of several, with a subject who is somebody
        else: of a stranger the best, of an enrolled person the runner-up's. Whether the stream has rung.

        Shape: promised [thresholds], FPIR of each. Errors: as observe_false_accepts.
        """
        scores = numpy.atleast_1d(numpy.asarray(best_non_mated))
        return self._native.observe_scores(
            text("cohort", cohort),
            _vector("best_non_mated", scores, numpy.float32),
            _vector("promised", promised, numpy.float64),
            whole_number("at_s", at_s),
        )

    def has_rung(self) -> bool:
        return self._native.has_rung()

    def status(self) -> tuple[DriftStatus, ...]:
        """Of all cohorts in their order; of each, false accepts first."""
        return tuple(
            DriftStatus(
                cohort,
                DriftStream(stream),
                e_value,
                rings_at,
                num_transactions,
                None if ring is None else DriftRing(DriftMoment(*ring[0]), DriftMoment(*ring[1]), ring[2]),
            )
            for cohort, stream, e_value, rings_at, num_transactions, ring in self._native.status()
        )

    def acknowledge(self, cohort: str, stream: DriftStream | str) -> None:
        """Takes note that a stream rang, after its cause was found: it begins anew.

        Errors: TypeError; invalid_argument (it has not rung: evidence is not to be thrown away).
        """
        which = choice("stream", stream, *(str(one) for one in DriftStream))
        self._native.acknowledge(text("cohort", cohort), which == DriftStream.SCORES)

    def __repr__(self) -> str:
        rung = [f"{one.cohort}: {one.stream}" for one in self.status() if one.ring is not None]
        return f"<DriftAlarm of {len(self.cohorts)} cohorts: {', '.join(rung) or 'quiet'}>"


def promised_rate(risk: PredictedRisk, num_people: int | None = None) -> float | None:
    """What a calibration promises to a stream: the upper end of its interval; ``None`` where that is
    unsupported.

    Where the same people come again and again, theirs may well be another rate than that of strangers
    at large: with their number it is raised to what 97.5 % of such groups keep.
    Errors: TypeError; invalid_argument.
    """
    if not isinstance(risk, PredictedRisk):
        raise refusal("risk", "a PredictedRisk", risk)
    if risk.bounds is None:
        return None
    people = None if num_people is None else _count("num_people", num_people)
    return _core.promised_rate(risk.bounds.high, people)


def promised_rates(
    calibration: Calibration,
    thresholds: numpy.typing.ArrayLike,
    *,
    num_subjects: int,
    num_references: int | None = None,
    num_probes: int = 1,
    num_people: int | None = None,
) -> numpy.typing.NDArray[numpy.float64]:
    """Of each threshold, for observe_scores.

    Errors: TypeError; invalid_argument (a threshold that is unsupported for this population).
    """
    rates = []
    for threshold in _vector("thresholds", thresholds, numpy.float32):
        risk = calibration.risk(
            float(threshold), num_subjects=num_subjects, num_references=num_references, num_probes=num_probes
        )
        rate = promised_rate(risk, num_people)
        if rate is None:
            raise Error("invalid_argument", f"nothing is promised of {threshold:g}: {risk.why or 'all do'}")
        rates.append(rate)
    return numpy.array(rates)


def _count(name: str, given: int) -> int:
    number = whole_number(name, given)
    if number < 0:
        raise Error("invalid_argument", f"{name} is from 0 up, got {number}")
    return number
