"""Attacks on ourselves, each with a control and a baseline: see scripts/evaluate-leakage."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import morgiana as mg
import numpy as np

from evaluations import (
    channels,
    contests,
    linkage,
    people,
    procrustes,
    rest,
    scores,
    traffic,
    unlinkability,
)
from evaluations.budget import Budget
from evaluations.oracle import enrolled
from evaluations.plan import FULL, QUICK, Plan
from evaluations.population import Population
from evaluations.report import Findings

SFACE = ("SFace 128-D", "sface128.f32.npy", 128)
FUSED = ("fused512", "fused512.f16.npy", 512)
OMEGAS = (1.0, 0.01)
Step = Callable[[str], None]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/evaluate-leakage", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ends within 3 minutes on 2 cores")
    parser.add_argument("--out", type=Path, default=Path("build/leakage"), help="folder of the report")
    parser.add_argument("--seed", type=int, help="of everything that is drawn (default: a new one)")
    options = parser.parse_args()
    if options.out.exists() and not options.out.is_dir():
        parser.error(f"--out is no folder: {options.out}")
    return options


class Run:
    def __init__(self, plan: Plan, seed: int, out: Path, step: Step) -> None:
        self._plan = plan
        self._out = out
        self._step = step
        self._rng = np.random.default_rng(seed)
        self._people = self._photographs(SFACE)
        self.findings = Findings(
            {
                "data": self._people.name, "date": date.today().isoformat(), "seed": seed,
                "targets": plan.num_targets, "enrolled beside": plan.num_others,
                "morgiana": mg.__version__, "python": platform.python_version(), "numpy": np.__version__,
            }
        )  # fmt: skip

    def _photographs(self, source: tuple[str, str, int]) -> people.Photographs:
        loaded = people.load(*source, self._rng)
        if not loaded.is_real:
            print(f"WARNING: {people.missing(source[1])}", file=sys.stderr, flush=True)
        return loaded

    def everything(self) -> None:
        cast = people.split(self._people, self._plan.num_targets, self._plan.num_others, self._rng)
        population = Population.of(cast)
        with tempfile.TemporaryDirectory(prefix="morgiana-leakage-") as folder:
            gallery = enrolled(Path(folder), cast)
            self._scores(gallery, cast, population)
            self._boundary(contests.Contest(gallery, cast, population, self._plan, self._rng))
            gallery.close()
            key = mg.KeySource.file(Path(folder) / "evaluation.key")
            sealed = mg.Gallery.open(gallery.path, key=key, refusals=None)
            self._step("channels: times of near and far refusals")
            self._channels(sealed, cast)
            sealed.close()
        self._linkage()
        self._step("honest traffic")
        self._traffic()

    def _save(self) -> None:
        """After every part: what is found is kept, whatever becomes of the next."""
        self.findings.write(self._out)

    def _scores(self, gallery: mg.Gallery, cast: people.Cast, population: Population) -> None:
        self._step(f"scores: {cast.name}")
        self.findings.scores += scores.attack(gallery, cast, population, self._rng)
        if self._plan.is_whole:
            wide = people.split(self._photographs(FUSED), len(cast.targets), 100, self._rng)
            self._step(f"scores: {wide.name}, {wide.dim}-D")
            with tempfile.TemporaryDirectory(prefix="morgiana-leakage-") as folder:
                with enrolled(Path(folder), wide) as other:
                    self.findings.scores += scores.attack(other, wide, Population.of(wide), self._rng)
        self._save()

    def _boundary(self, contest: contests.Contest) -> None:
        found = self.findings
        found.about["population mean"] = str(contest.baseline)
        self._step("accept and deny: controls without a budget")
        found.controls += self._told(contest.controls())
        found.curves = [curve.record() for curve in contest.curves]
        self._save()
        for threshold in contests.THRESHOLDS:
            self._step(f"accept and deny: the default budget at {threshold}")
            found.budgeted += self._told(contest.within(threshold, Budget(), "default"))
            self._save()
        found.budgeted += self._told(contest.chosen_threshold(Budget(), "default"))
        if self._plan.is_whole:
            self._step("accept and deny: other budgets")
            found.others += self._told(contest.other_budgets())
        self._save()

    def _told(self, rows: Iterator[contests.Row]) -> list[contests.Row]:
        kept = []
        for row in rows:
            self._step(f"  {row.verb} {row.threshold:g}, {row.attacker}: gain {row.gain}")
            kept.append(row)
        return kept

    def _linkage(self) -> None:
        self._step("linkage: codes of two galleries")
        pairs = linkage.pairs(self._people, self._rng, self._plan.num_linked)
        found = self.findings
        for pair in pairs.values():
            self._step(f"  {pair.name}")
            found.linked += linkage.attacks(pair, self._rng)
        for name in ("same", "shared", "different"):
            self._step(f"  known pairs, {pairs[name].name}")
            found.known += linkage.known_pairs(pairs[name], self._rng)
        self._save()
        self._step("linkage: D_sys")
        self._unlinkability()
        self._save()

    def _unlinkability(self) -> None:
        for what, score, matrix, mate in self._linkage_scores():
            mated, non_mated = unlinkability.mated_and_not(matrix, mate, self._rng)
            measured = [
                unlinkability.measure(what, score, mated, non_mated, omega, self._rng) for omega in OMEGAS
            ]
            self.findings.linkable += measured
            shown = {"what": what, "score": score, "d": measured[0].d}
            self.findings.densities.append(shown | unlinkability.histogram(mated, non_mated))

    def _linkage_scores(self) -> Iterator[tuple[str, str, people.Array, people.Array]]:
        two = people.two_photographs(self._people, self._rng)[: self._plan.num_linked]
        first = self._people.x[two[:, 0]]
        with tempfile.TemporaryDirectory(prefix="morgiana-leakage-") as folder:
            records = [rest.sealed_records(Path(folder) / f"{name}.morgiana", first) for name in "ab"]
        yield "sealed records, same references", "bytes", rest.byte_scores(*records), np.arange(len(two))
        second = self._people.x[two[:, 1]]
        kept = linkage.pair_of("same seed", first, second, self._rng, is_renewed=False)
        yield "codes, other photographs, same seed", "codes as they are", kept.old @ kept.new.T, kept.mate
        for name, x in (("same references", first), ("other photographs", second)):
            pair = linkage.pair_of(name, first, x, self._rng, is_renewed=True)
            what = f"codes, {name}, new seed"
            yield what, "codes as they are", pair.old @ pair.new.T, pair.mate
            profiles = linkage.profile_scores(pair)
            yield what, "angles alone", profiles, pair.mate
            turn = procrustes.refined(pair.old, pair.new, linkage.by_profiles(profiles, pair))
            yield what, "after alignment", linkage.aligned(pair, turn), pair.mate
        known = self._people.dim // 2
        turn = procrustes.rotation(pair.old[:known], pair.new[pair.mate[:known]])
        turn = procrustes.refined(pair.old, pair.new, turn)
        yield what, f"after alignment by {known} pairs", linkage.aligned(pair, turn), pair.mate

    def _channels(self, gallery: mg.Gallery, cast: people.Cast) -> None:
        threshold = contests.THRESHOLDS[0]
        rounds = self._plan.timing_rounds
        self.findings.timings += channels.timings(gallery, cast, threshold, rounds, self._rng)
        self.findings.statements = channels.statements(gallery, cast, threshold, self._rng)
        self._save()

    def _traffic(self) -> None:
        campus = traffic.Traffic(self._people, self._rng)
        for threshold in (0.432, 0.5, 0.55):
            self.findings.traffic.append(campus.refused(threshold))
            for below, above in ((0.03, 0.0), (0.1, 0.0), (0.03, 0.1)):
                self.findings.traffic.append(campus.of(threshold, below, above))
        self._save()


def main() -> None:
    options = arguments()
    begin = time.perf_counter()

    def step(what: str) -> None:
        print(f"[{time.perf_counter() - begin:4.0f} s] {what}", flush=True)

    options.out.mkdir(parents=True, exist_ok=True)
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4))
    run = Run(QUICK if options.quick else FULL, seed, options.out, step)
    run.everything()
    step(f"{options.out}/report.md")


if __name__ == "__main__":
    main()
