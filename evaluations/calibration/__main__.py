"""Calibrations held against people: do intervals and predictions keep what they say?"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

import morgiana as mg
from evaluations.calibration.cells import Coverage, Prediction, coverage, predictions
from evaluations.calibration.people import People
from evaluations.calibration.plots import draw

PREDICTED_AT = [0.38, 0.40, 0.42, 0.432, 0.45, 0.47, 0.49, 0.509, 0.53, 0.55]
COVERED_AT = [0.40, 0.432, 0.47, 0.509, 0.55, 0.60]
SIZES = [500, 1000, 2000, 4000, 5749]
SPARSE = 3.0  # expected identity pairs, below which an interval that holds must hold too often


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/evaluate-calibration", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 samples a size, not 1,000")
    parser.add_argument("--out", type=Path, default=Path("build/calibration"), help="folder of the report")
    parser.add_argument("--seed", type=int, help="of everything that is drawn (default: a new one)")
    return parser.parse_args()


def _predicted(rows: list[Prediction]) -> list[str]:
    covered, cells = sum(row.covered for row in rows), sum(row.splits for row in rows)
    lines = [
        f"{covered} of {cells} cells covered: {100 * covered / cells:.1f} % (95 intended, 90 wanted).",
        "",
        "| references | subjects | threshold | observed FPIR | predicted | 1 − (1 − FMR)^n | covered |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.references} | {row.num_subjects:.0f} | {row.threshold:g} | {row.observed:.4f} "
            f"| {row.predicted:.4f} | {row.independent:.4f} | {row.covered} of {row.splits} |"
        )
    return lines


def _covered(rows: list[Coverage]) -> list[str]:
    dense = [row.covered for row in rows if row.expected_pairs >= SPARSE]
    sparse = [row.covered for row in rows if row.expected_pairs < SPARSE]
    error = np.sqrt(0.95 * 0.05 / rows[0].samples)
    lines = [
        f"Cells with {SPARSE:g} expected pairs or more: {min(dense):.3f} to {max(dense):.3f}, "
        f"mean {np.mean(dense):.3f} (94.5 to 98 % wanted); with fewer: {min(sparse):.3f} to {max(sparse):.3f}. "
        f"Standard error of a cell {error:.4f}, of {rows[0].samples} samples.",
        "",
        "| identities | threshold | pairs expected | samples without any | covered |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.num_identities} | {row.threshold:g} | {row.expected_pairs:.1f} | {row.zero:.2f} "
            f"| {row.covered:.3f} |"
        )
    return lines


def main() -> int:
    options = arguments()
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if options.seed is None else options.seed
    rng = np.random.default_rng(seed)
    began = time.monotonic()

    def step(text: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {text}", flush=True)

    step("comparing everybody with everybody")
    try:
        people = People.of_lfw()
    except FileNotFoundError as error:
        print(f"this needs the photographs' embeddings (MORGIANA_TEST_DATA): {error}", file=sys.stderr)
        return 1
    step("half of the people predicts the other half")
    predicted = predictions(people, PREDICTED_AT, rng, step)
    step("samples of people, drawn with replacement")
    samples = 200 if options.quick else 1000
    covered = coverage(people, SIZES, COVERED_AT, samples, rng, step)
    options.out.mkdir(parents=True, exist_ok=True)
    draw(predicted, covered, options.out)
    text = "\n".join(
        [
            "# Calibrations held against people",
            "",
            f"LFW by SFace, 128-D; morgiana {mg.__version__}, {date.today().isoformat()}, seed {seed}.",
            "",
            "## Half of the people predicts the other",
            "",
            *_predicted(predicted),
            "",
            "![predictions](predictions.png)",
            "",
            "## Intervals of FMR hold what they say",
            "",
            *_covered(covered),
            "",
            "![coverage](coverage.png)",
            "",
        ]
    )
    (options.out / "report.md").write_text(text, "utf-8")
    step(f"{options.out / 'report.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
