"""What numpy finds by comparing every probe with everybody. Answers that claim to be exact are checked
against it before anything is timed; of the others it is said how many mates they find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peers.crowds import COSINES, Crowd
from peers.rows import Rows

ROUNDING = 2e-6  # of a product of float32 vectors, in whatever order it is summed


class WrongAnswer(Exception):
    """An engine that claims to be exact did not answer what numpy finds; nothing is timed."""


@dataclass(frozen=True)
class Truth:
    best: np.ndarray  # [probes], score of the best reference
    accepted: dict[float, list[np.ndarray]]  # by threshold, the rows of each probe
    doubtful: dict[float, list[np.ndarray]]  # so near the threshold that rounding decides


def compare_all(crowd: Crowd, thresholds: tuple[float, ...], at_once: int = 50_000) -> Truth:
    best = np.full(len(crowd.probes), -1, np.float32)
    accepted = {threshold: [[] for _ in crowd.probes] for threshold in thresholds}
    doubtful = {threshold: [[] for _ in crowd.probes] for threshold in thresholds}
    for begin in range(0, crowd.count, at_once):
        scores = crowd.probes @ crowd.x[begin : begin + at_once].T
        np.maximum(best, scores.max(axis=1), out=best)
        for threshold in thresholds:
            for found, holds in (
                (accepted, scores >= threshold),
                (doubtful, np.abs(scores - threshold) <= ROUNDING),
            ):
                for probe, row in zip(*np.nonzero(holds)):
                    found[threshold][probe].append(begin + row)
    return Truth(best, _arrays(accepted), _arrays(doubtful))


def _arrays(found: dict[float, list[list[int]]]) -> dict[float, list[np.ndarray]]:
    return {at: [np.array(rows, np.int64) for rows in probes] for at, probes in found.items()}


def mates_found(crowd: Crowd, answers: Rows, threshold: float = 0.0) -> dict[str, float]:
    """By cosine, the share of mates that an engine names, of those that reach its threshold."""
    named = np.array([mate in rows for mate, rows in zip(crowd.mates.ravel(), answers)])
    shares = named.reshape(crowd.mates.shape).mean(axis=1)
    return {str(cosine): float(share) for cosine, share in zip(COSINES, shares) if cosine > threshold}


def check_best(name: str, crowd: Crowd, truth: Truth, answers: Rows) -> None:
    """The first that an exact peer names is the best, or as good."""
    first = np.array([rows[0] for rows in answers])
    scores = np.sum(crowd.probes * crowd.x[first], axis=1)
    if np.any(scores < truth.best - ROUNDING):
        raise WrongAnswer(f"{name} over {crowd.name}: another reference is better than its first")


def check_survivors(name: str, crowd: Crowd, truth: Truth, answers: Rows, threshold: float) -> None:
    """A proven scan leaves everybody who is accepted."""
    for rows, accepted, doubtful in zip(answers, truth.accepted[threshold], truth.doubtful[threshold]):
        if len(np.setdiff1d(np.setdiff1d(accepted, doubtful), rows)):
            raise WrongAnswer(f"{name} over {crowd.name} at {threshold} misses a reference")


def check_accepted(name: str, crowd: Crowd, truth: Truth, answers: Rows, threshold: float) -> None:
    """Nobody is missed, and nobody named who is below the threshold."""
    expected = zip(truth.accepted[threshold], truth.doubtful[threshold])
    for rows, (accepted, doubtful) in zip(answers, expected):
        wrong = np.setdiff1d(np.setxor1d(rows, accepted), doubtful)
        if len(wrong):
            raise WrongAnswer(f"{name} over {crowd.name} at {threshold} accepts others than numpy")
