"""Which attackers meet which budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import morgiana as mg
import numpy as np

from evaluations.boundary import Attacker, Course, attack, bisect_rays, collect, given_start
from evaluations.budget import TARGET, Budget
from evaluations.intervals import Estimate, mean_of
from evaluations.oracle import Callers, Identify, Verify
from evaluations.people import Array, Cast
from evaluations.plan import Plan
from evaluations.population import Population, cosines

THRESHOLDS = (0.432, 0.55)
CHOSEN = 0.28  # the threshold of an attacker who may choose it: half of the questions are accepted
STARTED = 0.1  # cosine gained, from which an attack has a start


@dataclass(frozen=True)
class Row:
    attacker: str
    verb: str
    threshold: float
    limits: str
    cosine: Estimate
    gain: Estimate  # over the population mean
    started: float  # share of targets
    asked: float  # medians
    counted: float

    @property
    def is_below_target(self) -> bool:
        return self.gain.mean <= TARGET

    def record(self) -> dict[str, object]:
        return asdict(self) | {"is_below_target": self.is_below_target}


@dataclass(frozen=True)
class Curve:
    verb: str
    attacker: str
    course: Course

    def record(self) -> dict[str, object]:
        """Mean cosine over targets, at most so many questions or counted refusals each."""
        by = {"questions": self.course.asked, "refusals": self.course.counted}
        return {"verb": self.verb, "attacker": self.attacker} | {name: self._by(n) for name, n in by.items()}

    def _by(self, numbers: list[Array]) -> dict[str, list[float]]:
        at = np.unique(np.round(np.geomspace(1, max(2, float(np.median(numbers[-1]))), 40)))
        means = [float(self.course.reached(numbers, float(most)).mean()) for most in at]
        return {"at": at.tolist(), "cosine": means}


class Contest:
    def __init__(
        self, gallery: mg.Gallery, cast: Cast, population: Population, plan: Plan, rng: np.random.Generator
    ) -> None:
        self._gallery = gallery
        self._cast = cast
        self._population = population
        self._plan = plan
        self._rng = rng
        self._guess = cosines(np.tile(population.mean, (len(cast.targets), 1)), cast.targets)
        self.curves: list[Curve] = []
        most = plan.num_frugal_questions
        self._quick = Attacker("learns most from a question", 0.0, plan.num_baits, plan.num_questions)
        self._frugal = Attacker("learns most from a refusal", 2.0, plan.num_baits, most)

    @property
    def baseline(self) -> Estimate:
        return mean_of(self._guess, self._rng)

    def controls(self, threshold: float = THRESHOLDS[0]) -> Iterator[Row]:
        """Without a budget, from a probe that is known to be accepted."""
        targets = self._cast.targets
        given = given_start(targets, threshold, self._rng)
        callers = self._callers(Verify, threshold, None, 1)
        name = "control: rays from a given start"
        yield self._row(name, callers, bisect_rays(callers, targets, given, self._cast.dim, self._rng), "none")
        for how in (self._quick, self._frugal):
            for verb in (Verify, Identify):
                callers = self._callers(verb, threshold, None, 1)
                course = attack(how, callers, self._population, targets, self._rng, given)
                yield self._row(f"control: {how.name}, from a given start", callers, course, "none")

    def within(self, threshold: float, budget: Budget | None, limits: str) -> Iterator[Row]:
        """Every attacker, from nothing."""
        for how in (self._of_pictures(), self._quick, self._frugal):
            for verb in (Verify, Identify):
                for count in (1, 5):
                    yield self.one(how, verb, threshold, budget, limits, count)
        callers = self._callers(Identify, threshold, budget, 1)
        course = collect(callers, self._population, self._cast.targets, self._plan.num_baits, self._rng)
        yield self._row("adds up what is accepted", callers, course, limits)

    def chosen_threshold(self, budget: Budget | None, limits: str) -> Iterator[Row]:
        for verb in (Verify, Identify):
            how = replace(self._frugal, name="chooses the threshold")
            yield self.one(how, verb, CHOSEN, budget, limits, 1)

    def other_budgets(self) -> Iterator[Row]:
        """What could be counted besides; attackers are the strongest of each verb."""
        quick, frugal = self._quick, self._frugal
        few = replace(frugal, name=f"{frugal.name}, 500 strangers a caller", num_baits=500)
        for threshold in (*THRESHOLDS[:1], 0.5):
            if threshold not in THRESHOLDS:
                for verb in (Verify, Identify):
                    yield self.one(frugal, verb, threshold, Budget(), "default", 5)
            days = Budget(per_caller=1000, over_callers=1000)
            yield self.one(frugal, Verify, threshold, days, "ten days of 100", 1)
            five = Budget(per_caller=5, over_callers=20)
            yield self.one(frugal, Verify, threshold, five, "5 / 20 refusals", 5)
            every = Budget(per_caller=60, over_callers=60, counts_accepted=True)
            yield self.one(quick, Verify, threshold, every, "60 answers", 1)
            ten = Budget(per_caller=10, over_callers=10)
            yield self.one(frugal, Verify, threshold, ten, "10 refusals, all callers", 1)
            wide, both = Budget(below=0.1), Budget(above=0.1)
            yield self.one(frugal, Identify, threshold, wide, "default, in [t - 0.1, t)", 1)
            yield self.one(frugal, Identify, threshold, both, "default, in [t - 0.03, t + 0.1)", 1)
            strict = Budget(per_caller=5, over_callers=5, above=0.1)
            yield self.one(frugal, Identify, threshold, strict, "5 in [t - 0.03, t + 0.1), all callers", 1)
            yield self.one(few, Identify, threshold, strict, "the same", 1)

    def one(
        self, how: Attacker, verb: type[Verify | Identify], threshold: float, budget: Budget | None,
        limits: str, num_callers: int,
    ) -> Row:  # fmt: skip
        callers = self._callers(verb, threshold, budget, num_callers)
        course = attack(how, callers, self._population, self._cast.targets, self._rng)
        several = f", {num_callers} callers" if num_callers > 1 else ""
        return self._row(how.name + several, callers, course, limits)

    def _of_pictures(self) -> Attacker:
        """Pictures of real people as baits; who is accepted is refined as well."""
        order = self._rng.permutation(len(self._cast.strangers))
        return replace(self._quick, name="pictures of strangers", pictures=self._cast.strangers[order])

    def _callers(
        self, verb: type[Verify | Identify], threshold: float, budget: Budget | None, count: int
    ) -> Callers:
        return Callers(verb(self._gallery, self._cast.targets, threshold, budget), count)

    def _row(self, name: str, callers: Callers, course: Course, limits: str) -> Row:
        oracle = callers.oracle
        verb = type(oracle).__name__.lower()
        what = name.removeprefix("control: ").removesuffix("from a given start").rstrip(", ")
        self.curves.append(Curve(verb, what, course))
        reached: Array = course.cosine[-1]
        gain = reached - self._guess
        return Row(
            name, verb, oracle.threshold, limits, mean_of(reached, self._rng), mean_of(gain, self._rng),
            float((gain > STARTED).mean()), float(np.median(oracle.num_asked)),
            float(np.median(oracle.num_counted)),
        )  # fmt: skip
