"""Templates from scores, as `include_scores` gives them: linear equations, one a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import morgiana as mg
import numpy as np

from evaluations.intervals import Estimate, mean_of
from evaluations.oracle import ALL
from evaluations.people import Array, Cast, unit
from evaluations.population import Population, cosines

EVERYBODY = -1.0  # a threshold that all reach: only who is accepted has a score
ROUNDED = 0.005 / np.sqrt(3)  # standard deviation of what two decimals take away


@dataclass(frozen=True)
class Row:
    embeddings: str
    attacker: str
    scores: str
    questions: int
    cosine: Estimate

    def record(self) -> dict[str, object]:
        return asdict(self)


def asked(gallery: mg.Gallery, num_targets: int, probes: Array) -> Array:
    """By identify: every question tells the score of everybody. Shape: [questions, targets]."""
    found = gallery.identify(
        probes.astype(np.float32), threshold=EVERYBODY, max_candidates=ALL, include_scores=True
    )
    scores = np.full((len(probes), num_targets), np.nan)
    for row, answer in enumerate(found):
        assert answer.scores is not None
        for subject, score in zip(answer.candidates, answer.scores):
            if int(subject) < num_targets:
                scores[row, int(subject)] = score
    return scores


def asked_by_verify(gallery: mg.Gallery, target: int, probes: Array) -> Array:
    return np.array(
        [
            gallery.verify(str(target), probe, threshold=EVERYBODY, include_scores=True).score
            for probe in probes.astype(np.float32)
        ],
        np.float64,
    )


def least_squares(probes: Array, scores: Array) -> Array:
    """Of as few questions as there are, the shortest solution. Shape: [targets, dim]."""
    solution: Array = np.linalg.lstsq(probes, scores, rcond=None)[0].T
    return solution


def informed(probes: Array, scores: Array, population: Population, noise: float) -> Array:
    """The most likely template of a normal population."""
    seen = population.covariance @ probes.T
    system = probes @ seen + noise**2 * np.eye(len(probes))
    rest = scores - (probes @ population.mean)[:, None]
    result: Array = population.mean + (seen @ np.linalg.solve(system, rest)).T
    return result


def attack(
    gallery: mg.Gallery, cast: Cast, population: Population, rng: np.random.Generator
) -> Iterator[Row]:
    num_targets, most = len(cast.targets), 4 * cast.dim
    probes = unit(rng.standard_normal((most, cast.dim)))
    exact = asked(gallery, num_targets, probes)
    by_verify = asked_by_verify(gallery, 0, probes[:20])
    if np.isnan(exact).any() or np.abs(by_verify - exact[:20, 0]).max() > 1e-6:
        raise AssertionError("verify and identify tell different scores")

    def row(attacker: str, scores: str, questions: int, estimates: Array) -> Row:
        return Row(cast.name, attacker, scores, questions, mean_of(cosines(estimates, cast.targets), rng))

    yield row("control: the template", "", 0, cast.targets)
    yield row("baseline: population mean", "", 0, np.tile(population.mean, (num_targets, 1)))
    kinds = (("exact", exact, 1e-6), ("two decimals", np.round(exact, 2), ROUNDED))
    for name, scores, noise in kinds:
        for questions in (cast.dim // 4, cast.dim, most):
            some, told = probes[:questions], scores[:questions]
            yield row("least squares", name, questions, least_squares(some, told))
            yield row("with the population", name, questions, informed(some, told, population, noise))
