"""Who errs more than others: Doddington's zoo, by a rule that chance alone seldom meets."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy
import numpy.typing

from morgiana.evaluation.comparisons import Comparisons

Rates = numpy.typing.NDArray[numpy.float64]
Counts = numpy.typing.NDArray[numpy.int64]

BY_CHANCE = 0.01  # that somebody is named who errs as everybody does, at most


class Species(StrEnum):
    """Of Doddington et al. 1998. Cosines are symmetric: who is easily matched, a lamb, matches others as
    easily, a wolf; here they are one."""

    SHEEP = "sheep"
    GOAT = "goat"
    LAMB = "lamb and wolf"
    BOTH = "goat, lamb and wolf"


@dataclass(frozen=True)
class Zoo:
    """Each person at one threshold, with one reference and one probe, drawn at random.

    Shape: all [identities]. ``first_row`` is the first of a person's embeddings: who has the data
    knows whose it is, and nobody else. ``fnmr`` is NaN of who has one image.
    """

    threshold: float
    first_row: Counts
    num_images: Counts
    fnmr: Rates
    fmr: Rates
    reached: Rates  # how many others reach the person, expected
    fpir: Rates  # as a stranger, of all the others enrolled
    is_goat: numpy.typing.NDArray[numpy.bool_]
    is_lamb: numpy.typing.NDArray[numpy.bool_]
    goats_by_chance: float  # how many the rule would name in the mean, were all people alike
    lambs_by_chance: float

    def species(self, person: int) -> Species:
        if self.is_goat[person]:
            return Species.BOTH if self.is_lamb[person] else Species.GOAT
        return Species.LAMB if self.is_lamb[person] else Species.SHEEP


def zoo(found: Comparisons, threshold: float, excluded: Iterable[tuple[str, str]] = ()) -> Zoo:
    """A goat misses itself, and a lamb is reached by others, more often than chance explains were all
    people alike: the tail of the binomial distribution is 1 % or less, of half as many comparisons as a
    goat has images, which share none, and of all other people."""
    num_images = numpy.bincount(found.identity_of).astype(numpy.int64)
    fnmr = _misses(found, threshold, num_images)
    reached, fpir, num_others = _reached(found, threshold, num_images, excluded)
    fmr = reached / numpy.maximum(num_others, 1)
    has_mates = ~numpy.isnan(fnmr)
    trials = numpy.where(has_mates, num_images // 2, 0)
    rate = float(fnmr[has_mates].mean()) if has_mates.any() else 0.0
    goats = _Named.of(trials, rate, numpy.nan_to_num(fnmr) * trials)
    lambs = _Named.of(num_others, float(fmr.mean()), reached)
    first_row = numpy.unique(found.identity_of, return_index=True)[1].astype(numpy.int64)
    return Zoo(
        threshold, first_row, num_images, fnmr, fmr, reached, fpir,
        goats.are, lambs.are, goats.by_chance, lambs.by_chance,
    )  # fmt: skip


@dataclass(frozen=True)
class _Named:
    are: numpy.typing.NDArray[numpy.bool_]
    by_chance: float

    @classmethod
    def of(cls, trials: Counts, rate: float, errors: Rates) -> _Named:
        """Who errs so often in so many trials that all of one rate do so with a chance of 1 % at most."""
        least = {n: _least(n, rate) for n in set(trials.tolist())}
        are = [e + 1e-9 >= least[n] for n, e in zip(trials.tolist(), errors, strict=True)]
        return cls(numpy.array(are), sum(_tail(n, rate, least[n]) for n in trials.tolist()))


def _least(num_trials: int, rate: float) -> int:
    """The least number of errors that comes with a chance of 1 % at most; more than all where none does."""
    least = 1
    while least <= num_trials and _tail(num_trials, rate, least) > BY_CHANCE:
        least += 1
    return least


def _misses(found: Comparisons, threshold: float, num_images: Counts) -> Rates:
    missed = found.mated.scores < numpy.float32(threshold)
    count = numpy.bincount(found.identity_of[found.mated.first[missed]], minlength=len(num_images))
    pairs = num_images * (num_images - 1) / 2
    return numpy.where(num_images > 1, count / numpy.maximum(pairs, 1), numpy.nan)


def _reached(
    found: Comparisons, threshold: float, num_images: Counts, excluded: Iterable[tuple[str, str]]
) -> tuple[Rates, Rates, Counts]:
    """Of each person: the others who reach it, expected; FPIR; and how many others were compared."""
    num_people = len(num_images)
    numbers = {name: number for number, name in enumerate(found.names)}
    apart = {tuple(sorted((numbers[a], numbers[b]))) for a, b in excluded}
    num_others = numpy.full(num_people, num_people - 1, numpy.int64)
    for a, b in apart:
        num_others[[a, b]] -= 1
    hit = found.non_mated.scores >= numpy.float32(threshold)
    images = numpy.concatenate([found.non_mated.first[hit], found.non_mated.second[hit]]).astype(numpy.int64)
    others = numpy.concatenate([found.non_mated.second[hit], found.non_mated.first[hit]])
    subjects = found.identity_of[others].astype(numpy.int64)
    people = found.identity_of[images].astype(numpy.int64)
    if apart:
        gone = numpy.array([min(a, b) * num_people + max(a, b) for a, b in apart])
        keys = numpy.minimum(people, subjects) * num_people + numpy.maximum(people, subjects)
        kept = ~numpy.isin(keys, gone)
        images, subjects, people = images[kept], subjects[kept], people[kept]
    share = 1 / (num_images[people] * num_images[subjects]).astype(numpy.float64)
    reached: Rates = numpy.bincount(people, share, minlength=num_people).astype(numpy.float64)
    keys, count = numpy.unique(images * num_people + subjects, return_counts=True)
    image, subject = keys // num_people, keys % num_people
    log_miss = numpy.log1p(-numpy.minimum(count / num_images[subject], 1 - 1e-15))
    finds = 1 - numpy.exp(numpy.bincount(image, log_miss, minlength=len(found.identity_of)))
    fpir = numpy.bincount(found.identity_of, finds, minlength=num_people) / num_images
    return reached, fpir, num_others


@functools.cache
def _tail(num_trials: int, rate: float, least: int) -> float:
    """The chance of so many or more."""
    if least <= 0:
        return 1.0
    if rate <= 0.0 or least > num_trials:
        return 0.0
    if rate >= 1.0:
        return 1.0
    log = (
        math.lgamma(num_trials + 1)
        - math.lgamma(least + 1)
        - math.lgamma(num_trials - least + 1)
        + least * math.log(rate)
        + (num_trials - least) * math.log1p(-rate)
    )
    term = total = math.exp(log)
    for k in range(least, num_trials):
        term *= (num_trials - k) / (k + 1) * rate / (1 - rate)
        total += term
        if k > num_trials * rate and term < 1e-17 * total:
            break
    return min(1.0, total)


def people_csv(animals: Zoo) -> str:
    """A line for each person, by their first row; an empty FNMR where there is one image."""
    lines = ["first_row,num_images,species,fnmr,fmr,others_who_reach_it,fpir"]
    for i in numpy.argsort(animals.first_row):
        fnmr = "" if numpy.isnan(animals.fnmr[i]) else f"{animals.fnmr[i]:.6g}"
        lines.append(
            f'{animals.first_row[i]},{animals.num_images[i]},"{animals.species(int(i)).value}",{fnmr},'
            f"{animals.fmr[i]:.6g},{animals.reached[i]:.6g},{animals.fpir[i]:.6g}"
        )
    return "\n".join(lines) + "\n"
