"""What the references of a gallery say of themselves, and where that contradicts a calibration."""

from __future__ import annotations

from dataclasses import dataclass

from morgiana import _core
from morgiana.arguments import refusal
from morgiana.calibration import Calibration
from morgiana.metrics import Interval


@dataclass(frozen=True)
class GalleryCalibration:
    """``duplicates`` are pairs of subjects, the highest score first; ``hubs`` match many others, the
    most first; neither has more than a thousand. ``calibration`` has no FNMR: references of one
    subject are mostly of one sitting, and say nothing of a gate."""

    calibration: Calibration
    duplicates: tuple[tuple[str, str], ...]
    hubs: tuple[str, ...]
    num_subjects: int
    num_references: int


@dataclass(frozen=True)
class CalibrationDeparture:
    """FMR of one probe is half as large again in one of them or more, and not even intervals of
    99.9 % have anything in common. ``here_bounds`` and ``there_bounds`` are of 95 %."""

    threshold: float
    here: float
    here_bounds: Interval
    there: float
    there_bounds: Interval


def departures(here: Calibration, there: Calibration) -> tuple[CalibrationDeparture, ...]:
    """Where two calibrations of one model contradict each other, at the thresholds that both support.

    By the fewest references a subject that both have figures for. Two that are of the same people's
    faces contradict each other anywhere in one case of a hundred at most (docs/calibration.md).
    Errors: TypeError; model_mismatch; invalid_argument where they have nothing in common.
    """
    for name, given in (("here", here), ("there", there)):
        if not isinstance(given, Calibration):
            raise refusal(name, "a morgiana.Calibration", given)
    return tuple(
        CalibrationDeparture(threshold, a, Interval(a_low, a_high), b, Interval(b_low, b_high))
        for threshold, (a, a_low, a_high), (b, b_low, b_high) in _core.departures(
            here._native, there._native
        )
    )
