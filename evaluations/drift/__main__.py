"""The alarm of broken promises held against chance and against people: false alarms and delays."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

import morgiana as mg
from evaluations.drift.strangers import Strangers, strangers
from evaluations.drift.streams import delays, false_alarms

LENGTH = 100_000
PROMISES = (1e-3, 1e-2)
RATIOS = (1.5, 2.0, 5.0, 10.0)
ALPHA_OF_DELAYS = 0.01


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/evaluate-drift", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--out", type=Path, default=Path("build/drift"), help="folder of the report")
    parser.add_argument("--seed", type=int, help="of everything that is drawn (default: a new one)")
    return parser.parse_args()


def _false_alarms(runs: int, rng: np.random.Generator, step: Callable[[str], None]) -> list[str]:
    lines = [
        (
            f"Shares of {runs:,} runs of {LENGTH:,} transactions that rang at some time, each looked at "
            "after every transaction."
        ),
        "",
        "| promised | true rate | alpha | alarm | a test of each window | a test of all so far |",
        "|---|---|---|---|---|---|",
    ]
    for promised, rate, alpha in (
        (1e-2, 1e-2, 0.05),
        (1e-2, 1e-2, 0.01),
        (1e-3, 1e-3, 0.05),
        (0.2, 0.2, 0.05),
        (1e-2, 8e-3, 0.05),
    ):
        step(f"  promised {promised:g}, true {rate:g}, alpha {alpha:g}")
        one = false_alarms(promised, rate, alpha, runs, LENGTH, rng)
        lines.append(
            f"| {promised:g} | {rate:g} | {alpha:g} | {one.alarm:.4f} | {one.window:.3f} | {one.repeated:.3f} |"
        )
    return lines


def _delays(runs: int, rng: np.random.Generator, step: Callable[[str], None]) -> list[str]:
    lines = [
        (
            f"Mean transactions from the beginning of a drift until it rang, of {runs} runs; alpha "
            f"{ALPHA_OF_DELAYS:g}. The floor is log(1/alpha) / KL; the window is of 10 promised hits. In "
            "the last column how far off the beginning is that the alarm says, in the median."
        ),
        "",
        "| promised | ratio | quiet before | floor | alarm | alarm / floor | window | beginning off by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for promised in PROMISES:
        for ratio in RATIOS:
            for quiet in (0, LENGTH):
                step(f"  promised {promised:g}, ratio {ratio:g}, after {quiet:,}")
                one = delays(promised, ratio, quiet, ALPHA_OF_DELAYS, runs, rng)
                lines.append(
                    f"| {promised:g} | {ratio:g} | {quiet:,} | {one.floor:,.0f} | {one.alarm:,.0f} "
                    f"| {one.alarm / one.floor:.1f} | {one.window:,.0f} | {one.off:,.0f} |"
                )
    return lines


def _strangers(rows: list[Strangers]) -> list[str]:
    lines = [
        "| share of one direction | FPIR at 0.44 / promised | rang | in the median after | clean cohort rang |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        after = "–" if np.isnan(row.transactions) else f"{row.transactions:.0f}"
        lines.append(
            f"| {row.strength:g} | {row.rate:.2f} | {row.rung} of {row.splits} | {after} "
            f"| {row.others} of {row.splits} |"
        )
    return lines


def main() -> int:
    options = arguments()
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if options.seed is None else options.seed
    rng = np.random.default_rng(seed)
    began = time.monotonic()

    def step(text: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {text}", flush=True)

    part = 10 if options.quick else 1
    step("streams that keep their promise")
    text = ["# The alarm held against chance and people", ""]
    text += [f"morgiana {mg.__version__}, {date.today().isoformat()}, seed {seed}.", ""]
    text += ["## False alarms", "", *_false_alarms(2_000 // part, rng, step), ""]
    step("streams that drift")
    text += ["## Delays", "", *_delays(200 // part, rng, step), ""]
    step("half of the people as strangers")
    try:
        text += ["## People", "", *_strangers(strangers(40 // part, rng, step)), ""]
    except FileNotFoundError as error:
        print(f"without people, as there are no embeddings (MORGIANA_TEST_DATA): {error}", file=sys.stderr)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "report.md").write_text("\n".join(text), "utf-8")
    step(f"{options.out / 'report.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
