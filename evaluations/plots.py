"""Pictures of a run."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluations.contests import TARGET, Curve, Row
from evaluations.linkage import Row as LinkageRow
from evaluations.people import Array

COLOURS = plt.get_cmap("tab10")


def courses(file: Path, curves: list[Curve], baseline: float) -> Path:
    """Of attacks from a given start: by questions, and by refusals."""
    figure, both = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained", sharey=True)
    for axes, what in zip(both, ("questions", "counted refusals")):
        for number, curve in enumerate(curves):
            by = curve.course.asked if what == "questions" else curve.course.counted
            at = np.unique(np.round(np.geomspace(1, max(2, float(np.median(by[-1]))), 40)))
            means = [curve.course.reached(by, float(most)).mean() for most in at]
            is_identify = curve.name.startswith("identify")
            label = curve.name.replace("control: ", "").replace(", from a given start", "")
            label = label.replace(" from a given start", "")
            axes.plot(at, means, "--" if is_identify else "-", color=COLOURS(number), label=label)
        axes.axhline(baseline, color="grey", linestyle=":", label="population mean")
        axes.set(xscale="log", xlabel=f"{what} about a subject", ylim=(0.2, 1.02))
        axes.xaxis.set_major_formatter("{x:,.9g}")
        axes.grid(True, alpha=0.3)
    both[0].set_ylabel("cosine to the template, mean of targets")
    both[0].legend(fontsize=9, loc="upper left")
    figure.suptitle("Accept and deny without a budget, once a probe was accepted at 0.432")
    return _save(figure, file)


def gains(file: Path, rows: list[Row]) -> Path:
    """Bars of what each attacker gains within the default budget."""
    names = [f"{row.verb}: {row.attacker}" for row in rows]
    labels = list(dict.fromkeys(names))
    thresholds = sorted({row.threshold for row in rows})
    figure, axes = plt.subplots(figsize=(10, 0.42 * len(labels) + 1.6), layout="constrained")
    height = 0.8 / len(thresholds)
    for number, threshold in enumerate(thresholds):
        some = [(labels.index(name), row) for name, row in zip(names, rows) if row.threshold == threshold]
        low = [row.gain.mean - row.gain.low for _, row in some]
        high = [row.gain.high - row.gain.mean for _, row in some]
        axes.barh(
            [place + (number - (len(thresholds) - 1) / 2) * height for place, _ in some],
            [row.gain.mean for _, row in some], height, color=COLOURS(number),
            xerr=np.clip([low, high], 0, None), error_kw={"elinewidth": 1}, label=f"threshold {threshold:g}",
        )  # fmt: skip
    axes.axvline(TARGET, color="black", linestyle=":", label=f"wanted: at most {TARGET}")
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set(xlabel="cosine gained over the population mean in a day's default budget (95 % interval)")
    axes.grid(True, axis="x", alpha=0.3)
    axes.legend(loc="upper right")
    return _save(figure, file)


def densities(file: Path, panels: list[tuple[str, Array, Array]]) -> Path:
    """Linkage scores of mated and of non-mated pairs, a panel each."""
    columns = 3
    lines = -(-len(panels) // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(12, 3.3 * lines), layout="constrained", squeeze=False)
    for axes, panel in zip(grid.flat, panels):
        _density(axes, *panel)
    for axes in list(grid.flat)[len(panels) :]:
        axes.axis("off")
    grid[0, 0].legend(fontsize=9, loc="upper left")
    return _save(figure, file)


def _density(axes: Axes, title: str, mated: Array, non_mated: Array) -> None:
    low, high = np.percentile(np.concatenate([mated, non_mated]), (0.2, 100))
    edges = np.linspace(low, high + 1e-6 * (high - low), 60)
    for scores, name, colour in ((non_mated, "non-mated", 3), (mated, "mated", 0)):
        axes.hist(scores, edges.tolist(), density=True, alpha=0.55, color=COLOURS(colour), label=name)
    axes.set_title(title, fontsize=10)
    axes.set(xlabel="linkage score", ylabel="density")


def pairs_needed(file: Path, rows: list[LinkageRow]) -> Path:
    figure, axes = plt.subplots(figsize=(8, 4.8), layout="constrained")
    for number, name in enumerate(dict.fromkeys(row.galleries for row in rows)):
        some = [row for row in rows if row.galleries == name]
        counts = [int(row.attack.split()[0]) for row in some]
        for style, values, label in (
            ("--", [row.linked.mean for row in some], f"{name}: Procrustes"),
            ("-", [row.refined.mean if row.refined else np.nan for row in some], f"{name}: and refined"),
        ):
            axes.plot(
                counts, 100 * np.array(values), style, marker="o", color=COLOURS(number), label=label,
                linewidth=4 - 1.2 * number, markersize=9 - 2 * number,
            )  # fmt: skip
    axes.set_xticks(counts)
    axes.set(xlabel="pairs known", ylabel="% of the rest linked", ylim=(-3, 103))
    axes.grid(True, alpha=0.3)
    axes.legend(fontsize=9, loc="lower right")
    return _save(figure, file)


def _save(figure: Figure, file: Path) -> Path:
    figure.savefig(file, dpi=120)
    plt.close(figure)
    return file
