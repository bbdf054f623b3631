"""Open-set identification: people who are enrolled look for themselves, strangers for anybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
import numpy.typing

from morgiana import _core
from morgiana.calibration import ObservedRates
from morgiana.errors import Error
from morgiana.evaluation.comparisons import BLOCK_ROWS, unit_rows
from morgiana.metrics import DetCurve

Numbers = numpy.typing.NDArray[numpy.uint32]
Floats = numpy.typing.NDArray[numpy.float32]


@dataclass(frozen=True)
class Searches:
    """Of each probe: whose it is, how its mate scores (of strangers there is none), and the two others
    that score highest."""

    identity: Numbers
    mate: Floats
    best_subject: Numbers  # of the others, the identity that scores highest
    best: Floats
    second: Floats

    @property
    def arrays(self) -> tuple[Numbers, Floats, Numbers, Floats, Floats]:
        return self.identity, self.mate, self.best_subject, self.best, self.second

    @property
    def weights(self) -> numpy.typing.NDArray[numpy.float64]:
        """Each person weighs the same."""
        return 1 / numpy.bincount(self.identity)[self.identity].astype(numpy.float64)

    @property
    def num_people(self) -> int:
        return len(numpy.unique(self.identity))


@dataclass(frozen=True)
class OpenSet:
    """One reference a subject, drawn at random, whose other images look for it; strangers are a random
    part of the people, enrolled nowhere, who look for anybody with all of theirs. Each person weighs
    the same, however many probes they have."""

    num_subjects: int
    mated: Searches
    strangers: Searches
    is_subject: numpy.typing.NDArray[numpy.bool_]  # [identities]
    curve: DetCurve  # FPIR and FNIR by threshold, of candidates at rank 1

    @property
    def num_mated(self) -> int:
        return self.mated.num_people

    @property
    def num_strangers(self) -> int:
        return self.strangers.num_people

    def rates(self, thresholds: numpy.typing.ArrayLike) -> tuple[ObservedRates, ObservedRates]:
        """FPIR and FNIR at thresholds, ascending, with intervals that count that probes share people
        and people fail by the same subjects. At -1 FNIR is that of rank one, whatever the score."""
        found = _core.estimate_identification(
            self.mated.arrays,
            self.strangers.arrays,
            self.is_subject,
            numpy.ascontiguousarray(thresholds, numpy.float32),
        )
        fpir, fnir = (ObservedRates(**columns) for columns in found)
        return fpir, fnir


def open_set(
    embeddings: numpy.typing.ArrayLike,
    identities: list[str],
    rng: numpy.random.Generator,
    strangers: float = 0.3,
) -> OpenSet:
    """Errors: invalid_argument (nobody has two images, or too few people)."""
    rows = unit_rows(embeddings)
    numbers = numpy.unique(numpy.asarray(identities, str), return_inverse=True)[1].astype(numpy.uint32)
    order = rng.permutation(len(rows))  # whose first image is drawn at random
    by_person = order[numpy.argsort(numbers[order], kind="stable")]
    is_first = numpy.diff(numbers[by_person].astype(numpy.int64), prepend=-1) > 0
    num_people = int(is_first.sum())
    is_subject = rng.permutation(num_people) >= int(strangers * num_people)
    is_enrolled = is_subject[numbers[by_person]]
    reference = by_person[is_enrolled & is_first]
    mated = by_person[is_enrolled & ~is_first]
    unknown = by_person[~is_enrolled]
    if not mated.size or not unknown.size or len(reference) < 3:
        raise Error(
            "invalid_argument",
            "open-set identification needs people with two images, strangers, and three subjects",
        )
    subjects = numbers[reference]  # ascending
    own = numpy.searchsorted(subjects, numbers[mated])
    of_mated = _searched(rows[mated], numbers[mated], rows[reference], subjects, own)
    of_strangers = _searched(rows[unknown], numbers[unknown], rows[reference], subjects, None)
    found_first = numpy.where(of_mated.best > of_mated.mate, -numpy.inf, of_mated.mate)
    curve = DetCurve(
        found_first.astype(numpy.float32), of_strangers.best, of_mated.weights, of_strangers.weights
    )
    return OpenSet(len(reference), of_mated, of_strangers, is_subject, curve)


def _searched(
    probes: Floats,
    identity: Numbers,
    references: Floats,
    subjects: Numbers,
    own: numpy.typing.NDArray[numpy.int64] | None,
) -> Searches:
    """``own``: of each probe the place of its mate among the references."""
    mate, place, best, second = [], [], [], []
    for start in range(0, len(probes), BLOCK_ROWS):
        scores = numpy.clip(probes[start : start + BLOCK_ROWS] @ references.T, -1, 1)
        rows = numpy.arange(len(scores))
        if own is not None:
            of_mate = own[start : start + BLOCK_ROWS]
            mate.append(scores[rows, of_mate])
            scores[rows, of_mate] = -2  # none of the others
        first = scores.argmax(axis=1)
        place.append(first)
        best.append(scores[rows, first])
        scores[rows, first] = -2
        second.append(scores.max(axis=1))
    return Searches(
        identity,
        numpy.concatenate(mate) if mate else numpy.empty(0, numpy.float32),
        subjects[numpy.concatenate(place)],
        numpy.concatenate(best),
        numpy.concatenate(second),
    )
