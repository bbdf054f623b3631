"""Error rates of comparisons and searches (ISO/IEC 19795-1), with their bounds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy
import numpy.typing

from morgiana import _core
from morgiana.arguments import real_number
from morgiana.errors import Error

Floats = numpy.typing.NDArray[numpy.float32]
Rates = numpy.typing.NDArray[numpy.float64]


class Interval(NamedTuple):
    low: float
    high: float


class OperatingPoint(NamedTuple):
    """Both error rates where every score of at least the threshold is accepted."""

    threshold: float
    false_positive: float
    false_negative: float


class FoldAccuracy(NamedTuple):
    """Accuracy by folds: its mean, the standard error of that, and each fold's."""

    mean: float
    standard_error: float
    accuracy: tuple[float, ...]
    thresholds: Floats


def _vector(
    name: str, given: numpy.typing.ArrayLike, dtype: numpy.typing.DTypeLike
) -> numpy.typing.NDArray[Any]:
    """Errors: invalid_argument (not one-dimensional, or of values that would change)."""
    array = numpy.asarray(given)
    if array.ndim != 1:
        raise Error("invalid_argument", f"{name} is one-dimensional, got {array.ndim} dimensions")
    if array.size and not numpy.can_cast(array.dtype, dtype, casting="same_kind"):
        raise Error("invalid_argument", f"{name} is of {numpy.dtype(dtype)}, got {array.dtype}")
    return numpy.ascontiguousarray(array, dtype)


def clopper_pearson(num_errors: float, num_trials: float, confidence: float = 0.95) -> Interval:
    """The exact two-sided interval of a proportion; counts may be fractions, as effective ones are.

    Errors: invalid_argument.
    """
    return Interval(
        *_core.clopper_pearson(
            real_number("num_errors", num_errors),
            real_number("num_trials", num_trials),
            real_number("confidence", confidence),
        )
    )


def prediction_interval(
    rate: float, effective_trials: float, observed_trials: float, confidence: float = 0.95
) -> Interval:
    """Where a rate will be observed in so many trials, that was estimated from others.

    Wider than the interval of the rate itself, as the observation has its own chance: both are
    arcsines of square roots, whose variance does not depend on the rate. Errors: invalid_argument.
    """
    return Interval(
        *_core.prediction_interval(
            real_number("rate", rate),
            real_number("effective_trials", effective_trials),
            real_number("observed_trials", observed_trials),
            real_number("confidence", confidence),
        )
    )


class DetCurve:
    """Both error rates at each threshold at which one changes: a detection error trade-off.

    Of comparisons: FMR and FNMR. Of searches, with the best non-mated score of each and the mated
    one, -inf where it was not found: FPIR and FNIR. Weights make people weigh the same, however
    many images they have.
    """

    def __init__(
        self,
        mated: numpy.typing.ArrayLike,
        non_mated: numpy.typing.ArrayLike,
        mated_weights: numpy.typing.ArrayLike = (),
        non_mated_weights: numpy.typing.ArrayLike = (),
    ) -> None:
        """Scores [n] as float32, weights [n] or none. Errors: invalid_argument."""
        self._native = _core.det_curve(
            _vector("mated", mated, numpy.float32),
            _vector("non_mated", non_mated, numpy.float32),
            _vector("mated_weights", mated_weights, numpy.float64),
            _vector("non_mated_weights", non_mated_weights, numpy.float64),
        )

    @property
    def thresholds(self) -> Floats:
        """Ascending: each distinct score, and one above all."""
        return self._native.thresholds

    @property
    def false_positive(self) -> Rates:
        return self._native.false_positive

    @property
    def false_negative(self) -> Rates:
        return self._native.false_negative

    @property
    def equal_error_rate(self) -> float:
        """On the straight line between the two points around it."""
        return self._native.equal_error_rate()

    def at_false_positive(self, at_most: float) -> OperatingPoint:
        """The least threshold with such a rate: FNMR at an FMR. Errors: invalid_argument."""
        return OperatingPoint(*self._native.at_false_positive(real_number("at_most", at_most)))


def fold_accuracy(
    scores: numpy.typing.ArrayLike,
    is_mated: numpy.typing.ArrayLike,
    folds: numpy.typing.ArrayLike,
) -> FoldAccuracy:
    """Each fold told by the threshold that tells most of the others rightly (LFW, View 2).

    Folds are numbered from 0. Errors: invalid_argument.
    """
    numbers = _vector("folds", folds, numpy.int64)
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < 2**32 - 1):
        raise Error("invalid_argument", "folds are numbered from 0")
    mean, error, accuracy, thresholds = _core.fold_accuracy(
        _vector("scores", scores, numpy.float32),
        _vector("is_mated", is_mated, numpy.bool_),
        numbers.astype(numpy.uint32),
    )
    return FoldAccuracy(mean, error, tuple(accuracy), thresholds)
