"""Pictures of what was predicted and of how often intervals held."""

from __future__ import annotations

from pathlib import Path

import matplotlib

from evaluations.calibration.cells import Coverage, Prediction

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the backend is chosen)


def draw(predicted: list[Prediction], covered: list[Coverage], folder: Path) -> None:
    _predictions(predicted, folder / "predictions.png")
    _coverage(covered, folder / "coverage.png")


def _predictions(rows: list[Prediction], path: Path) -> None:
    figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for references, colour in ((1, "C0"), (3, "C1")):
        own = [row for row in rows if row.references == references]
        observed = [row.observed for row in own]
        name = f"{references} reference{'s' if references > 1 else ''}, {own[0].num_subjects:.0f} enrolled"
        axes.plot(
            observed, [row.predicted / row.observed for row in own], "o-", color=colour, ms=4, label=name
        )
        axes.plot(
            observed,
            [row.independent / row.observed for row in own],
            "x:",
            color=colour,
            label=f"1 − (1 − FMR)^n, {name}",
        )
    axes.axhline(1, color="grey", lw=1)
    axes.set_xscale("log")
    axes.set_xlabel("FPIR observed on the other half, mean of ten splits")
    axes.set_ylabel("predicted by the one half / observed")
    axes.grid(True, alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _coverage(rows: list[Coverage], path: Path) -> None:
    figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
    axes.axhspan(0.945, 0.98, color="C2", alpha=0.15, label="wanted")
    for size in sorted({row.num_identities for row in rows}):
        own = sorted((row.expected_pairs, row.covered) for row in rows if row.num_identities == size)
        axes.plot(*zip(*own, strict=True), "o-", ms=4, lw=1, label=f"{size:,} identities")
    axes.set_xscale("log")
    axes.set_ylim(0.9, 1.002)
    axes.set_xlabel("pairs of people expected to reach the threshold")
    axes.set_ylabel("samples whose 95 % interval held the truth")
    axes.grid(True, alpha=0.3)
    axes.legend(fontsize=8, loc="lower left")
    figure.savefig(path, dpi=150)
    plt.close(figure)
