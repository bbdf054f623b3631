"""Open-set identification: people who are enrolled look for themselves, strangers for anybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from morgiana.errors import Error
from morgiana.evaluation.comparisons import BLOCK_ROWS, unit_rows
from morgiana.metrics import DetCurve, Interval, clopper_pearson


@dataclass(frozen=True)
class OpenSet:
    """One reference a subject, drawn at random; a probe of each that has another image; strangers
    are a random part of the people, enrolled nowhere, with one probe each."""

    num_subjects: int
    num_mated: int
    num_strangers: int
    curve: DetCurve  # FPIR and FNIR by threshold, of candidates at rank 1
    rank_one: float  # closed set: the best is the mate, whatever its score
    rank_one_bounds: Interval


def open_set(
    embeddings: numpy.typing.ArrayLike,
    identities: list[str],
    rng: numpy.random.Generator,
    strangers: float = 0.3,
) -> OpenSet:
    """Errors: invalid_argument (nobody has two images, or too few people)."""
    rows = unit_rows(embeddings)
    numbers = numpy.unique(numpy.asarray(identities, str), return_inverse=True)[1]
    order = rng.permutation(len(rows))  # whose first image is drawn at random
    by_person = order[numpy.argsort(numbers[order], kind="stable")]
    first = numpy.flatnonzero(numpy.diff(numbers[by_person], prepend=-1))
    num_people = len(first)
    num_images = numpy.diff(numpy.append(first, len(rows)))
    is_stranger = rng.permutation(num_people) < int(strangers * num_people)
    reference = by_person[first[~is_stranger]]
    mated_people = numpy.flatnonzero(~is_stranger & (num_images > 1))
    if not is_stranger.any() or not mated_people.size:
        raise Error("invalid_argument", "open-set identification needs people with two images, and strangers")
    mated = by_person[first[mated_people] + 1]
    mate = numpy.searchsorted(numpy.flatnonzero(~is_stranger), mated_people)
    unknown = by_person[first[is_stranger]]
    best, rank, own = _searched(rows[mated], rows[reference], mate)
    found_first = numpy.where(rank == 0, own, -numpy.inf).astype(numpy.float32)
    stranger_best = _searched(rows[unknown], rows[reference], numpy.zeros(len(unknown), int))[0]
    num_first = int((rank == 0).sum())
    return OpenSet(
        len(reference),
        len(mated),
        len(unknown),
        DetCurve(found_first, stranger_best),
        num_first / len(mated),
        clopper_pearson(num_first, len(mated)),
    )


def _searched(
    probes: numpy.typing.NDArray[numpy.float32],
    references: numpy.typing.NDArray[numpy.float32],
    mate: numpy.typing.NDArray[numpy.int64],
) -> tuple[
    numpy.typing.NDArray[numpy.float32],
    numpy.typing.NDArray[numpy.int64],
    numpy.typing.NDArray[numpy.float32],
]:
    """Of each probe: the best score, how many score above its mate, and the mate's score."""
    best, rank, own = [], [], []
    for start in range(0, len(probes), BLOCK_ROWS):
        scores = numpy.clip(probes[start : start + BLOCK_ROWS] @ references.T, -1, 1)
        of_mate = scores[numpy.arange(len(scores)), mate[start : start + BLOCK_ROWS]]
        best.append(scores.max(axis=1))
        rank.append((scores > of_mate[:, None]).sum(axis=1))
        own.append(of_mate)
    return numpy.concatenate(best), numpy.concatenate(rank), numpy.concatenate(own)
