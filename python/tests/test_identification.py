"""Open-set identification agrees with counting, and its intervals hold where people are drawn anew."""

import numpy as np
import pytest

import morgiana as mg
from morgiana.evaluation.identification import OpenSet, open_set


def crowd(
    rng: np.random.Generator, num_people: int, dim: int = 16, spread: float = 0.25
) -> tuple[np.ndarray, list[str]]:
    """People differ: in how many images they have, how alike these are, and how near others are."""
    rows, names = [], []
    for number in range(num_people):
        centre = rng.normal(size=dim)
        if rng.random() < 0.2:
            centre[0] += 2  # a crowd within the crowd, who are close to each other
        noise = spread * rng.gamma(2.0, 1.0)
        for _ in range(rng.integers(1, 7)):
            rows.append(centre + noise * rng.normal(size=dim))
            names.append(f"p{number:04}")
    return np.array(rows, np.float32), names


def counted(people: OpenSet, threshold: float) -> tuple[float, float]:
    found, missed = {}, {}
    for who, best in zip(people.strangers.identity, people.strangers.best, strict=True):
        found.setdefault(int(who), []).append(best >= np.float32(threshold))
    for who, mate, best in zip(people.mated.identity, people.mated.mate, people.mated.best, strict=True):
        missed.setdefault(int(who), []).append(best > mate or mate < np.float32(threshold))
    return tuple(float(np.mean([np.mean(each) for each in one.values()])) for one in (found, missed))


def test_rates_are_means_over_people_of_means_over_probes() -> None:
    rows, names = crowd(np.random.default_rng(1), 150)
    people = open_set(rows, names, np.random.default_rng(2))
    thresholds = np.array([-1, 0.3, 0.5, 0.7, 0.9], np.float32)
    fpir, fnir = people.rates(thresholds)
    for at, threshold in enumerate(thresholds):
        assert (fpir.value[at], fnir.value[at]) == pytest.approx(counted(people, threshold), abs=1e-12)
        if threshold < 0:
            continue
        point = np.searchsorted(people.curve.thresholds, threshold)
        assert people.curve.false_positive[point] == pytest.approx(fpir.value[at], abs=1e-9)
        assert people.curve.false_negative[point] == pytest.approx(fnir.value[at], abs=1e-9)
    assert np.all(fpir.effective_trials <= people.num_strangers)
    assert np.all(fnir.effective_trials <= people.num_mated)


def test_who_is_searched_for_is_who_is_enrolled() -> None:
    rows, names = crowd(np.random.default_rng(3), 80)
    people = open_set(rows, names, np.random.default_rng(4))
    assert people.is_subject.sum() == people.num_subjects == 56
    assert people.is_subject[people.mated.identity].all()
    assert not people.is_subject[people.strangers.identity].any()
    assert people.is_subject[people.mated.best_subject].all()
    assert np.all(people.mated.best_subject != people.mated.identity)
    unit = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    mated = sum(
        names.count(name) - 1 for name, enrolled in zip(sorted(set(names)), people.is_subject) if enrolled
    )
    assert len(people.mated.identity) == mated
    assert len(people.strangers.identity) == len(unit) - mated - people.num_subjects


def with_hubs(rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """300 people, of whom one in twenty is near everybody."""
    rows, names = [], []
    for number in range(300):
        centre = rng.normal(size=24) * (0.45 if rng.random() < 0.05 else 1)
        centre[0] += 3
        for _ in range(rng.integers(1, 4)):
            rows.append(centre + 0.5 * rng.normal(size=24))
            names.append(f"p{number:04}")
    return np.array(rows, np.float32), names


def test_intervals_hold_what_they_say_where_people_are_drawn_anew() -> None:
    """240 crowds of one population; what an interval is to hold is the mean of their rates. 95 % intended;
    of 240 a share below 0.90 comes by chance less than once in a thousand times. Of few subjects hubs
    make many strangers fail: then effective trials are fewer than strangers, by as much as rates scatter
    more than by people alone, to four standard errors of a variance of 240."""
    thresholds = np.array([0.6, 0.65, 0.7], np.float32)
    rng = np.random.default_rng(5)
    sets = [open_set(*with_hubs(rng), rng, strangers=0.8) for _ in range(240)]
    found = [people.rates(thresholds) for people in sets]
    for which in (0, 1):
        truth = np.mean([rates[which].value for rates in found], axis=0)
        held = np.mean(
            [(rates[which].low <= truth) & (truth <= rates[which].high) for rates in found], axis=0
        )
        assert np.all(held >= 0.9), held
    num = sets[0].num_strangers
    truth = np.mean([rates[0].value for rates in found], axis=0)
    estimated = np.mean([num / rates[0].effective_trials for rates in found], axis=0)
    scatter = np.var([rates[0].value for rates in found], axis=0) / (truth * (1 - truth) / num)
    assert np.all(estimated > 1.15), estimated
    assert np.all(np.abs(estimated / scatter - 1) < 4 * np.sqrt(2 / 240)), (estimated, scatter)


def test_too_few_people_are_refused() -> None:
    rng = np.random.default_rng(6)
    with pytest.raises(mg.Error, match="people with two images, strangers, and three subjects"):
        open_set(rng.normal(size=(20, 8)).astype(np.float32), [f"p{i:02}" for i in range(20)], rng)
    with pytest.raises(mg.Error, match="three subjects"):
        open_set(rng.normal(size=(6, 8)).astype(np.float32), ["a", "a", "b", "b", "c", "c"], rng)
