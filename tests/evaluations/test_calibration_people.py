"""Samples of people count those who are drawn twice as two, whose pair does not count."""

import numpy as np
import pytest

from evaluations.calibration.cells import estimated
from evaluations.calibration.people import People
from morgiana.evaluation.comparisons import compare_all


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(60, 8))
    whose = np.repeat(np.arange(60), rng.integers(1, 5, 60))
    rows = centres[whose] + 0.5 * rng.normal(size=(len(whose), 8))
    return compare_all(rows.astype(np.float32), [f"p{i:02}" for i in whose])


@pytest.fixture(scope="module")
def people(found):
    return People(found, found.floor)


def test_everybody_once_is_what_was_compared(found, people):
    sample, twice = people.sample(np.ones(60))
    assert twice == []
    assert sorted(sample.mated.scores) == pytest.approx(sorted(found.mated.scores))
    for references in (1, 3):
        whole = estimated(found, [], [t + found.floor for t in (0.0, 0.05)], references)
        again = estimated(sample, [], [t + found.floor for t in (0.0, 0.05)], references)
        assert again.fmr.value == pytest.approx(whole.fmr.value, abs=1e-15)
        assert again.fpir.value == pytest.approx(whole.fpir.value, abs=1e-15)


def test_who_is_drawn_twice_is_two_people_whose_pair_does_not_count(found, people):
    times = np.ones(60, int)
    times[:20] = 2
    times[40:] = 0
    sample, twice = people.sample(times)
    assert len(sample.names) == 60 and len(twice) == 20
    copies = {frozenset(sample.names.index(one) for one in pair) for pair in twice}
    pairs = {
        frozenset(sample.identity_of[[a, b]])
        for a, b in zip(sample.non_mated.first, sample.non_mated.second, strict=True)
    }
    assert not copies & pairs
    assert len(sample.mated) == sum(int(times[found.identity_of[i]]) for i in found.mated.first)
    curve = estimated(sample, twice, [found.floor], 1)
    assert curve.num_subjects == pytest.approx(59 - 2 * 20 / 60)
