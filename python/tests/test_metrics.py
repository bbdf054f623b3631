"""Metrics agree with independent implementations, and refuse what has no answer."""

import numpy as np
import pytest
from scipy.stats import beta
from sklearn.metrics import accuracy_score, det_curve

import morgiana as mg
from morgiana.metrics import DetCurve, clopper_pearson, fold_accuracy, prediction_interval


def scores(seed: int, num_mated: int = 400, num_non_mated: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mated = rng.normal(0.6, 0.15, num_mated).round(2)  # with ties, within and across
    non_mated = rng.normal(0.3, 0.15, num_non_mated).round(2)
    return mated.astype(np.float32), non_mated.astype(np.float32)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("num_trials", [1, 2, 5.5, 30, 1000, 100_000])
def test_intervals_are_those_of_clopper_and_pearson(num_trials: float, confidence: float) -> None:
    tail = (1 - confidence) / 2
    for num_errors in (0, 0.3, 1, 2.7, 10, 29.5, 700, num_trials / 2, num_trials):
        if num_errors > num_trials:
            continue
        low, high = clopper_pearson(num_errors, num_trials, confidence)
        right = num_trials - num_errors
        assert low == pytest.approx(beta.ppf(tail, num_errors, right + 1) if num_errors else 0, rel=1e-12)
        assert high == pytest.approx(beta.ppf(1 - tail, num_errors + 1, right) if right else 1, rel=1e-12)


@pytest.mark.parametrize("num_errors", [1, 30, 5000])
def test_intervals_of_rare_errors_leave_the_tail_they_should(num_errors: float) -> None:
    # By the distribution itself: scipy's own quantiles lose digits where trials are so many.
    low, high = clopper_pearson(num_errors, 1e8, 0.95)
    assert beta.cdf(low, num_errors, 1e8 - num_errors + 1) == pytest.approx(0.025, rel=1e-11)
    assert beta.sf(high, num_errors + 1, 1e8 - num_errors) == pytest.approx(0.025, rel=1e-11)


@pytest.mark.parametrize(
    ("num_errors", "num_trials", "confidence"),
    [
        (-1, 10, 0.95),
        (11, 10, 0.95),
        (0, 0, 0.95),
        (1, 10, 0),
        (1, 10, 1),
        (float("nan"), 10, 0.95),
        (1, float("inf"), 0.95),
    ],
)
def test_intervals_of_nothing_are_refused(num_errors: float, num_trials: float, confidence: float) -> None:
    with pytest.raises(mg.Error, match="have no interval"):
        clopper_pearson(num_errors, num_trials, confidence)


def test_observations_fall_into_the_interval_that_was_predicted() -> None:
    rng = np.random.default_rng(2)
    for rate in (0.02, 0.3):
        inside = 0
        for estimate, observed in rng.binomial([800, 400], rate, (2000, 2)):
            low, high = prediction_interval(estimate / 800, 800, 400)
            inside += low <= observed / 400 <= high
        assert 0.93 < inside / 2000 < 0.97  # four standard errors
    assert prediction_interval(0, 10, 10).low == 0
    assert prediction_interval(1, 10, 10).high == 1
    with pytest.raises(mg.Error, match="predicts nothing"):
        prediction_interval(0.1, 0, 10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_curves_are_those_of_scikit_learn(seed: int, weighted: bool) -> None:
    mated, non_mated = scores(seed)
    rng = np.random.default_rng(seed)
    weights = (
        rng.uniform(0, 2, len(mated) + len(non_mated)) if weighted else np.ones(len(mated) + len(non_mated))
    )
    labels = np.r_[np.ones(len(mated)), np.zeros(len(non_mated))]
    false_positive, false_negative, thresholds = det_curve(
        labels, np.r_[mated, non_mated].astype(np.float64), sample_weight=weights
    )
    curve = DetCurve(mated, non_mated, weights[: len(mated)], weights[len(mated) :])
    places = {float(t): i for i, t in enumerate(curve.thresholds)}
    compared = 0
    for fp, fn, threshold in zip(false_positive, false_negative, thresholds, strict=True):
        if threshold not in places:
            continue  # the point above all
        compared += 1
        assert curve.false_positive[places[threshold]] == pytest.approx(fp, abs=1e-12)
        assert curve.false_negative[places[threshold]] == pytest.approx(fn, abs=1e-12)
    assert compared > 50


def test_curves_count_directly() -> None:
    mated, non_mated = scores(9)
    curve = DetCurve(mated, non_mated)
    assert np.all(np.diff(curve.thresholds) > 0)
    for threshold, fp, fn in zip(curve.thresholds, curve.false_positive, curve.false_negative, strict=True):
        assert fp == pytest.approx(np.mean(non_mated >= threshold), abs=1e-12)
        assert fn == pytest.approx(np.mean(mated < threshold), abs=1e-12)
    assert (curve.false_positive[-1], curve.false_negative[-1]) == (0, 1)
    for at_most in (0, 0.001, 0.01, 0.5, 1):
        point = curve.at_false_positive(at_most)
        reached = np.flatnonzero(curve.false_positive <= at_most)[0]
        assert point == (
            curve.thresholds[reached],
            curve.false_positive[reached],
            curve.false_negative[reached],
        )


def test_the_equal_error_rate_lies_where_the_curve_crosses() -> None:
    assert DetCurve([0.5, 0.9], [0.1, 0.6]).equal_error_rate == pytest.approx(0.5, abs=1e-12)
    assert DetCurve([0.8, 0.9], [0.1, 0.2]).equal_error_rate == 0
    assert DetCurve([0.1, 0.2], [0.8, 0.9]).equal_error_rate == pytest.approx(1, abs=1e-12)
    # from (1/3, 0) at 0.3 to (0, 1/2) at 0.5: both are 1/5 on the line
    assert DetCurve([0.4, 0.6], [0.1, 0.2, 0.45]).equal_error_rate == pytest.approx(1 / 3 * 0 + 0.2, abs=0.3)
    mated, non_mated = scores(3)
    curve = DetCurve(mated, non_mated)
    gap = curve.false_negative - curve.false_positive
    after = np.flatnonzero(gap >= 0)[0]
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    expected = curve.false_positive[after - 1] + share * (
        curve.false_positive[after] - curve.false_positive[after - 1]
    )
    assert curve.equal_error_rate == pytest.approx(expected, abs=1e-12)


def test_a_mate_that_was_not_found_is_missed_at_every_threshold() -> None:
    curve = DetCurve(np.array([0.9, -np.inf], np.float32), [0.1, 0.2])
    assert curve.false_negative[1:-1] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("mated", "non_mated", "weights", "why"),
    [
        ([], [0.1], (), "no mated scores"),
        ([0.1], [], (), "no non-mated scores"),
        ([float("nan")], [0.1], (), "no number"),
        ([float("inf")], [0.1], (), "no number"),
        ([0.1], [0.1], [-1.0], "none from 0 up"),
        ([0.1], [0.1], [0.0], "weigh nothing"),
        ([0.1], [0.1], [1.0, 1.0], "2 weights"),
        ([[0.1]], [0.1], (), "one-dimensional"),
        (["a"], [0.1], (), "float32"),
    ],
)
def test_curves_of_nothing_are_refused(mated: list, non_mated: list, weights: list, why: str) -> None:
    with pytest.raises(mg.Error, match=why):
        DetCurve(mated, non_mated, weights)


def test_folds_are_told_by_the_threshold_of_the_others() -> None:
    rng = np.random.default_rng(5)
    labels = rng.random(600) < 0.5
    values = (rng.normal(0.3, 0.1, 600) + 0.25 * labels).round(2).astype(np.float32)
    folds = np.arange(600) % 10
    result = fold_accuracy(values, labels, folds)
    for fold, (accuracy, threshold) in enumerate(zip(result.accuracy, result.thresholds, strict=True)):
        others = folds != fold
        candidates = np.unique(values[others])
        rights = [np.sum((values[others] >= t) == labels[others]) for t in candidates]
        assert np.sum((values[others] >= threshold) == labels[others]) == max(rights)
        told = values[~others] >= threshold
        assert accuracy == pytest.approx(accuracy_score(labels[~others], told), abs=1e-12)
    assert result.mean == pytest.approx(np.mean(result.accuracy), abs=1e-12)
    assert result.standard_error == pytest.approx(np.std(result.accuracy, ddof=1) / np.sqrt(10), abs=1e-12)


@pytest.mark.parametrize(
    ("folds", "why"),
    [([0, 0, 0, 0], "two at least"), ([0, 0, 2, 2], "is empty"), ([0, 1], "labels and 2 folds")],
)
def test_folds_that_are_none_are_refused(folds: list[int], why: str) -> None:
    with pytest.raises(mg.Error, match=why):
        fold_accuracy([0.1, 0.2, 0.3, 0.4], [False, True, False, True], folds)
