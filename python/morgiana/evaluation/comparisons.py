"""Every image compared with every other, in blocks: what a calibration is estimated from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy

from morgiana.errors import Error

Floats = numpy.typing.NDArray[numpy.float32]
Indices = numpy.typing.NDArray[numpy.uint32]

BLOCK_ROWS = 1024
BINS = 400  # of scores, over [-1, 1]
MOST_PAIRS = 4_000_000  # non-mated ones that are kept
FLOOR_FMR = 1e-2  # where a calibration begins, where so many pairs can be kept


@dataclass(frozen=True)
class Pairs:
    first: Indices
    second: Indices
    scores: Floats

    @classmethod
    def joined(cls, parts: list[tuple[Indices, Indices, Floats]]) -> Pairs:
        if not parts:
            return cls(
                numpy.empty(0, numpy.uint32), numpy.empty(0, numpy.uint32), numpy.empty(0, numpy.float32)
            )
        first, second, scores = (numpy.concatenate(column) for column in zip(*parts, strict=True))
        return cls(first.astype(numpy.uint32), second.astype(numpy.uint32), scores.astype(numpy.float32))

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def arrays(self) -> tuple[Indices, Indices, Floats]:
        return self.first, self.second, self.scores


@dataclass(frozen=True)
class Comparisons:
    """`mated`: every pair of one identity. `non_mated`: those of two that reach the floor.

    Histograms count all pairs by score, in BINS equal bins over [-1, 1].
    """

    identity_of: Indices  # [images], 0, 1, 2, …
    names: tuple[str, ...]  # of the identities
    mated: Pairs
    non_mated: Pairs
    floor: float
    mated_histogram: numpy.typing.NDArray[numpy.int64]
    non_mated_histogram: numpy.typing.NDArray[numpy.int64]


def unit_rows(embeddings: numpy.typing.ArrayLike) -> Floats:
    """Errors: invalid_argument (not [n, dim] floats, a row without direction or finite length)."""
    array = numpy.asarray(embeddings)
    if array.ndim != 2 or array.dtype.kind != "f":
        raise Error(
            "invalid_argument",
            f"embeddings are floats [images, dim], got {array.dtype} {list(array.shape)}",
        )
    rows = array.astype(numpy.float64)
    norms = numpy.linalg.norm(rows, axis=1)
    wrong = numpy.flatnonzero(~(numpy.isfinite(norms) & (norms > 0)))
    if wrong.size:
        raise Error("invalid_argument", f"embedding {wrong[0]} holds NaN, infinity or only zeros")
    return numpy.ascontiguousarray(rows / norms[:, None], numpy.float32)


def _blocks(rows: Floats, tick: Callable[[int], None]) -> Iterator[tuple[int, Floats]]:
    """First row, and the scores of a block's rows with all from there on."""
    for first in range(0, len(rows), BLOCK_ROWS):
        scores = rows[first : first + BLOCK_ROWS] @ rows[first:].T
        yield first, numpy.clip(scores, -1, 1)
        tick(min(BLOCK_ROWS, len(rows) - first))


def _histogram(scores: Floats) -> numpy.typing.NDArray[numpy.int64]:
    return numpy.histogram(scores, BINS, (-1, 1))[0].astype(numpy.int64)


def _floor(histogram: numpy.typing.NDArray[numpy.int64]) -> float:
    """The lowest edge of a bin that few non-mated scores reach, or that of the highest bin.

    Errors: invalid_argument.
    """
    reached = numpy.cumsum(histogram[::-1])[::-1]
    low_enough = numpy.flatnonzero(reached <= min(MOST_PAIRS, FLOOR_FMR * reached[0]))
    edge = min(int(low_enough[0]), BINS - 1) if low_enough.size else BINS - 1
    if reached[edge] > MOST_PAIRS:
        raise Error(
            "invalid_argument",
            f"{reached[edge]} pairs of strangers score as one person does; these are no embeddings",
        )
    return float(numpy.float32(-1 + 2 * edge / BINS))


def compare_all(
    embeddings: numpy.typing.ArrayLike,
    identities: numpy.typing.ArrayLike,
    tick: Callable[[int], None] = lambda num_rows: None,
) -> Comparisons:
    """Two passes over all pairs; `tick` hears how many rows are done, of twice as many.

    Errors: invalid_argument.
    """
    rows = unit_rows(embeddings)
    named, places = numpy.unique(numpy.asarray(identities).astype(str), return_inverse=True)
    if places.shape != (len(rows),):
        raise Error("invalid_argument", f"{len(rows)} embeddings came with {places.size} identities")
    numbers: Indices = places.astype(numpy.uint32)
    mated: list[tuple[Indices, Indices, Floats]] = []
    counts = numpy.zeros((2, BINS), numpy.int64)
    for first, scores in _blocks(rows, tick):
        later = numpy.arange(len(rows) - first) > numpy.arange(len(scores))[:, None]
        same = numbers[first : first + len(scores), None] == numbers[first:]
        i, k = numpy.nonzero(same & later)
        mated.append(((i + first).astype(numpy.uint32), (k + first).astype(numpy.uint32), scores[i, k]))
        counts[0] += _histogram(scores[i, k])
        counts[1] += _histogram(scores[~same & later])
    floor = _floor(counts[1])
    non_mated: list[tuple[Indices, Indices, Floats]] = []
    for first, scores in _blocks(rows, tick):
        i, k = numpy.nonzero(scores >= floor)
        keep = (k > i) & (numbers[i + first] != numbers[k + first])
        i, k = i[keep], k[keep]
        non_mated.append(((i + first).astype(numpy.uint32), (k + first).astype(numpy.uint32), scores[i, k]))
    return Comparisons(
        numbers,
        tuple(map(str, named)),
        Pairs.joined(mated),
        Pairs.joined(non_mated),
        floor,
        counts[0],
        counts[1],
    )
