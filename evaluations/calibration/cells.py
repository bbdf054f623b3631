"""Intervals held against people who were not in the estimate, or who were drawn from a population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import morgiana as mg
from evaluations.calibration.people import People
from morgiana.calibration import Calibration, CalibrationCurve
from morgiana.evaluation.comparisons import Comparisons
from morgiana.metrics import prediction_interval

LEAST_PAIRS = 30  # distinct identity pairs that reach a threshold which is predicted at
Step = Callable[[str], None]


def estimated(
    found: Comparisons, excluded: list[tuple[str, str]], thresholds: list[float], references: int
) -> CalibrationCurve:
    """The curve of so many references and one probe, at these thresholds."""
    model = mg.Model("sample", 128)
    return Calibration.of_comparisons(
        found, model, "0", "a sample", excluded, references, 1, thresholds
    ).curves[-1]


@dataclass(frozen=True)
class Prediction:
    """One half of the identities predicts FPIR of the other, at one threshold, in ten splits."""

    references: int
    threshold: float
    num_subjects: float
    splits: int  # with enough pairs
    observed: float  # means over these
    predicted: float
    independent: float  # 1 - (1 - FMR)^n, identity-balanced
    covered: int


def predictions(
    people: People, thresholds: list[float], rng: np.random.Generator, step: Step
) -> list[Prediction]:
    """Ten splits, galleries with one reference a subject and with three."""
    found = []
    for references in (1, 3):
        halves = []
        for number in range(10):
            step(f"  {references} references, split {number + 1} of 10")
            first = np.zeros(people.num_identities, np.int64)
            first[rng.permutation(people.num_identities)[: people.num_identities // 2]] = 1
            halves.append(
                [estimated(*people.sample(half), thresholds, references) for half in (first, 1 - first)]
            )
        for at, threshold in enumerate(thresholds):
            usable = [(a, b) for a, b in halves if a.num_identity_pairs[at] >= LEAST_PAIRS]
            if usable:
                found.append(_prediction(references, threshold, at, usable))
    return found


def _prediction(
    references: int, threshold: float, at: int, halves: list[tuple[CalibrationCurve, CalibrationCurve]]
) -> Prediction:
    covered = 0
    for known, other in halves:
        trials = known.fpir.effective_trials[at]
        share = other.num_probe_identities / known.num_probe_identities
        low, high = prediction_interval(known.fpir.value[at], trials, trials * share)
        covered += bool(low <= other.fpir.value[at] <= high)
    known, other = ([pair[i] for pair in halves] for i in (0, 1))
    return Prediction(
        references,
        threshold,
        float(np.mean([curve.num_subjects for curve in known])),
        len(halves),
        float(np.mean([curve.fpir.value[at] for curve in other])),
        float(np.mean([curve.fpir.value[at] for curve in known])),
        float(np.mean([1 - (1 - curve.fmr.value[at]) ** curve.num_subjects for curve in known])),
        covered,
    )


@dataclass(frozen=True)
class Coverage:
    """How often the 95 % interval of FMR held that of the population which was sampled."""

    num_identities: int  # drawn, with replacement
    threshold: float
    expected_pairs: float  # of identities that reach it
    zero: float  # share of the samples in which none did
    covered: float
    samples: int


def coverage(
    people: People,
    sizes: list[int],
    thresholds: list[float],
    samples: int,
    rng: np.random.Generator,
    step: Step,
) -> list[Coverage]:
    whole = estimated(*people.sample(np.ones(people.num_identities, np.int64)), thresholds, 1)
    found = []
    for size in sizes:
        held = np.zeros(len(thresholds), np.int64)
        zero = np.zeros(len(thresholds), np.int64)
        for number in range(samples):
            if number % 50 == 0:
                step(f"  {size} identities, sample {number} of {samples}")
            drawn = np.bincount(rng.integers(0, people.num_identities, size), minlength=people.num_identities)
            curve = estimated(*people.sample(drawn), thresholds, 1)
            held += (curve.fmr.low <= whole.fmr.value) & (whole.fmr.value <= curve.fmr.high)
            zero += curve.fmr.value == 0
        pairs = size * (size - 1) / 2
        found += [
            Coverage(
                size, t, float(whole.fmr.value[i] * pairs), zero[i] / samples, held[i] / samples, samples
            )
            for i, t in enumerate(thresholds)
        ]
    return found
