"""Templates from accept and deny alone. An attack finds a probe that is accepted, then asks where the
answer tells most; it learns from answers and never sees a score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from evaluations.belief import Belief
from evaluations.oracle import Callers
from evaluations.people import Array, unit
from evaluations.population import Population, cosines

RAY_STEPS = 12  # halvings of an angle below π/2: to 0.0004
NOTE_EVERY = 16


@dataclass
class Course:
    """Cosine to each target along the way, by questions and by counted refusals. Lists of [targets]."""

    targets: Array
    asked: list[Array] = field(default_factory=list)
    counted: list[Array] = field(default_factory=list)
    cosine: list[Array] = field(default_factory=list)

    def note(self, callers: Callers, estimates: Array) -> None:
        self.asked.append(callers.oracle.num_asked.copy())
        self.counted.append(callers.oracle.num_counted.copy())
        self.cosine.append(cosines(estimates, self.targets))

    def reached(self, by: Iterable[Array], most: float) -> Array:
        """What was known at the last note with at most so many. Shape: [targets]."""
        within = np.array(list(by)) <= most
        last = len(within) - 1 - np.argmax(within[::-1], axis=0)
        result: Array = np.array(self.cosine)[last, np.arange(within.shape[1])]
        return result


@dataclass(frozen=True)
class Attacker:
    """`wanted_z`: a question is accepted with probability Φ(wanted_z). Zero learns most from a question;
    two learns most from a refusal, where accepted answers are not counted."""

    name: str
    wanted_z: float
    num_baits: int
    num_questions: int  # after the first bait that was accepted
    pictures: Array | None = None  # baits, where these are real people [n, dim]


def attack(
    how: Attacker, callers: Callers, population: Population, targets: Array, rng: np.random.Generator,
    given: Array | None = None,
) -> Course:  # fmt: skip
    """`given`: probes known to be accepted, of the positive control."""
    course = Course(targets)
    belief = Belief(population, len(targets), rng)
    threshold = callers.oracle.threshold
    everybody = np.arange(len(targets))
    course.note(callers, belief.mean)
    if given is None:
        started = _bait(how, callers, population, belief, course, rng)
    else:
        belief.learn(everybody, given, threshold, np.ones(len(targets), bool))
        started = everybody
    for number in range(how.num_questions):
        if not len(started):
            break
        probes = belief.probe(started, threshold, how.wanted_z)
        is_accepted, is_known = callers.ask(started, probes)
        started, probes = started[is_known], probes[is_known]
        belief.learn(started, probes, threshold, is_accepted[is_known])
        if number % NOTE_EVERY == 0 or number < NOTE_EVERY:
            course.note(callers, belief.mean)
    course.note(callers, belief.mean)
    return course


def _bait(
    how: Attacker, callers: Callers, population: Population, belief: Belief, course: Course,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Asks for everybody until one bait is accepted, the budget is spent or all are used. Refusals
    say next to nothing. Returns who has a start."""
    waiting = np.arange(len(course.targets))
    started: list[int] = []
    baits = population.baits(rng, how.num_baits) if how.pictures is None else how.pictures[: how.num_baits]
    for bait in baits:
        probes = np.tile(bait, (len(waiting), 1))
        is_accepted, is_known = callers.ask(waiting, probes)
        now = waiting[is_accepted]
        belief.learn(now, probes[: len(now)], callers.oracle.threshold, np.ones(len(now), bool))
        started += now.tolist()
        waiting = waiting[is_known & ~is_accepted]
        if not len(waiting):
            break
    course.note(callers, belief.mean)
    return np.array(sorted(started), np.int64)


def collect(
    callers: Callers, population: Population, targets: Array, count: int, rng: np.random.Generator
) -> Course:
    """The sum of all baits that were accepted, and no question that follows from an answer."""
    course = Course(targets)
    sums = np.tile(population.mean, (len(targets), 1))
    course.note(callers, sums)
    everybody = np.arange(len(targets))
    for number, bait in enumerate(population.baits(rng, count), 1):
        is_accepted, _ = callers.ask(everybody, np.tile(bait, (len(targets), 1)))
        sums[is_accepted] += bait
        if number % max(1, count // 20) == 0:
            course.note(callers, sums)
    return course


def bisect_rays(
    callers: Callers, targets: Array, given: Array, num_rays: int, rng: np.random.Generator
) -> Course:
    """From an accepted probe along random rays to where answers change; all these points have the same
    score, so the template is the solution of a linear system. Knows nothing of people."""
    course = Course(targets)
    everybody = np.arange(len(targets))
    points: list[Array] = []
    course.note(callers, given)
    for number in range(num_rays):
        ray = rng.standard_normal(given.shape)
        ray = unit(ray - np.sum(ray * given, axis=1, keepdims=True) * given)
        low, high = np.zeros(len(targets)), np.full(len(targets), np.pi / 2)
        for _ in range(RAY_STEPS):
            middle = ((low + high) / 2)[:, None]
            is_accepted, _ = callers.ask(everybody, np.cos(middle) * given + np.sin(middle) * ray)
            low = np.where(is_accepted, middle[:, 0], low)
            high = np.where(is_accepted, high, middle[:, 0])
        angle = ((low + high) / 2)[:, None]
        points.append(np.cos(angle) * given + np.sin(angle) * ray)
        if (number + 1) % 8 == 0 or number + 1 == num_rays:
            course.note(callers, _solve(np.stack(points, axis=1)))
    return course


def _solve(points: Array) -> Array:
    """The vector with equal products with all points, least squares, or the shortest such vector.
    Shape: points [n, rays, dim]."""
    products = points @ points.transpose(0, 2, 1) + 1e-9 * np.eye(points.shape[1])
    weights = np.linalg.solve(products, np.ones((*points.shape[:2], 1)))
    result: Array = np.sum(weights * points, axis=1)
    return result


def given_start(targets: Array, threshold: float, rng: np.random.Generator) -> Array:
    """A probe that is accepted narrowly, in a direction that says nothing else."""
    noise = rng.standard_normal(targets.shape)
    across = unit(noise - np.sum(noise * targets, axis=1, keepdims=True) * targets)
    cosine = threshold + 0.01
    result: Array = cosine * targets + np.sqrt(1 - cosine**2) * across
    return result
