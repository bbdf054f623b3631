"""Pictures of a run, drawn from what its figures.json holds: python -m evaluations.plots <folder>."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluations.budget import TARGET, Budget
from evaluations.people import SYNTHETIC, SYNTHETIC_NOTE

Figures = dict[str, Any]

COLOURS = plt.get_cmap("tab10")
PARTS = {  # of figures.json, with their pictures
    "curves": "courses.png", "budgeted": "gains.png", "known": "known-pairs.png", "densities": "densities.png",
}  # fmt: skip
THRESHOLD_COLOURS = {0.28: COLOURS(7), 0.432: COLOURS(1), 0.55: COLOURS(0)}
ATTACKERS = {  # what each does, in words
    "rays": "halves angles between accepted and refused;\nknows nothing of people",
    "learns most from a question": "asks where acceptance is an even chance",
    "learns most from a refusal": "asks where acceptance is 98 % likely,\nso that few answers are refusals",
    "pictures of strangers": "puts photographs of others until one is accepted,\n"
    "then asks where acceptance is an even chance",
    "adds up what is accepted": "sums what is accepted and refines nothing",
    "chooses the threshold": "as 98 % above, at a threshold that accepts half",
}
DENSITY_FLOOR = 0.02


def draw(figures: Figures, folder: Path) -> dict[str, Path]:
    """A picture of each part that is there. Returns them by part."""
    how: dict[str, Callable[[Figures], Figure]] = {
        "curves": _courses, "budgeted": _gains, "known": _pairs_needed, "densities": _densities,
    }  # fmt: skip
    return {
        part: _save(how[part](figures), folder / name) for part, name in PARTS.items() if figures.get(part)
    }


def _courses(figures: Figures) -> Figure:
    """Of attacks from a given start: by questions, and by refusals."""
    figure, both = plt.subplots(1, 2, figsize=(11, 6.4), sharey=True)
    curves = figures["curves"]
    attackers = list(dict.fromkeys(curve["attacker"] for curve in curves))
    for axes, by in zip(both, ("questions", "refusals")):
        for curve in curves:
            is_identify = curve["verb"] == "identify"
            axes.plot(
                curve[by]["at"], curve[by]["cosine"], "--" if is_identify else "-",
                color=COLOURS(attackers.index(curve["attacker"])), linewidth=1.6 if is_identify else 3,
                alpha=1 if is_identify else 0.55,
            )  # fmt: skip
        axes.axhline(_baseline(figures), color="grey", linestyle=":")
        axes.set(xscale="log", ylim=(0.2, 1.02))
        axes.xaxis.set_major_formatter("{x:,.9g}")
        axes.grid(True, alpha=0.3)
    both[0].set(xlabel="questions about a subject (verify and identify: the same curve)")
    both[1].set(xlabel="refusals about a subject that a budget would count")
    both[0].set_ylabel("cosine to the template, mean of targets")
    handles = [_line(COLOURS(n), "-", f"{name}: {ATTACKERS[name]}") for n, name in enumerate(attackers)]
    handles += [
        _line("black", "-", "verify: every refusal counts"),
        _line("black", "--", "identify: what is just below the threshold counts"),
        _line("grey", ":", "guessing the population mean, no question"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=2, fontsize=9, frameon=False)
    _head(
        figure, figures, "Accept and deny rebuild a template where nothing is counted",
        "No budget, threshold 0.432. Every attacker was given one probe that is accepted narrowly: "
        f"how soon does it know the rest? {figures['about']['targets']} targets.",
        bottom=0.2,
    )  # fmt: skip
    return figure


def _baseline(figures: Figures) -> float:
    return float(figures["about"]["population mean"].split()[0])


def _line(colour: object, style: str, label: str) -> Line2D:
    return Line2D([], [], color=colour, linestyle=style, label=label, linewidth=2)  # type: ignore[arg-type]


def _gains(figures: Figures) -> Figure:
    """What each attacker gains within the default budget: a mark for all that was measured."""
    rows = figures["budgeted"]
    labels = list(dict.fromkeys(row["attacker"] for row in rows))
    thresholds = sorted({row["threshold"] for row in rows})
    figure, both = plt.subplots(1, 2, figsize=(12, 0.62 * len(labels) + 2.6), sharey=True, sharex=True)
    lanes = {label: sorted({r["threshold"] for r in rows if r["attacker"] == label}) for label in labels}
    for axes, verb in zip(both, ("verify", "identify")):
        for row in rows:
            if row["verb"] == verb:
                some = lanes[row["attacker"]]
                lane = some.index(row["threshold"]) - (len(some) - 1) / 2
                _gain(axes, labels.index(row["attacker"]) + 0.36 * lane, row)
        axes.axvline(TARGET, color="black", linestyle=":")
        axes.set_title(verb, fontsize=12)
        axes.set(xlabel="cosine gained", xlim=(-0.02, 0.68))
        axes.grid(True, axis="x", alpha=0.3)
        for place in range(1, len(labels)):
            axes.axhline(place - 0.5, color="grey", linewidth=0.4)
    both[0].set_yticks(range(len(labels)), [_attacker(label) for label in labels], fontsize=9)
    both[0].set_ylim(len(labels) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=THRESHOLD_COLOURS[t], marker="o", label=f"threshold {t:g}") for t in thresholds
    ]
    handles.append(_line("black", ":", f"wanted: at most {TARGET}"))
    both[0].legend(handles=handles, loc="center right", fontsize=9)
    budget = Budget()
    _head(
        figure, figures, "What a day of accept and deny gives away within the default budget",
        f"Budget: {budget.per_caller} counted refusals a day of one subject to a caller, "
        f"{budget.over_callers} over all callers. Gain: cosine to the template, above guessing the "
        f"population mean.\nMark and line: mean and 95 % interval over {figures['about']['targets']} "
        "targets. No mark: not measured.",
    )  # fmt: skip
    return figure


def _gain(axes: Axes, place: float, row: dict[str, Any]) -> None:
    gain, colour = row["gain"], THRESHOLD_COLOURS.get(row["threshold"], COLOURS(4))
    axes.barh([place], [gain["mean"]], 0.22, color=colour, alpha=0.35)
    axes.plot([gain["low"], gain["high"]], [place, place], color=colour, linewidth=2)
    axes.plot([gain["mean"]], [place], "o", color=colour, markersize=5)
    at = max(gain["high"], gain["mean"])
    axes.annotate(
        f"{gain['mean']:.3f}", (at, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _attacker(label: str) -> str:
    """With what it does, where it is not the same by several callers."""
    return f"{label}\n({ATTACKERS[label]})" if label in ATTACKERS else label


def _pairs_needed(figures: Figures) -> Figure:
    """A panel for each kind of galleries, with both ways in it."""
    rows = figures["known"]
    kinds = list(dict.fromkeys(row["galleries"] for row in rows))
    figure, panels = plt.subplots(1, len(kinds), figsize=(4 * len(kinds), 5.2), sharey=True, squeeze=False)
    ways = (
        ("linked", 0, "one rotation fitted to the known pairs (orthogonal Procrustes)", -13),
        ("refined", 3, "refined: fitted again and again to the pairs that it finds", 7),
    )
    for axes, kind in zip(panels[0], kinds):
        some = [row for row in rows if row["galleries"] == kind]
        counts = [int(row["attack"].split()[0]) for row in some]
        for way, colour, label, above in ways:
            shares = [100 * row[way]["mean"] for row in some]
            axes.plot(counts, shares, "-o", color=COLOURS(colour), label=label)
            for count, share in zip(counts, shares):
                axes.annotate(
                    f"{share:.1f}", (count, share), xytext=(0, above), textcoords="offset points", ha="center",
                    fontsize=8, color=COLOURS(colour),
                )  # fmt: skip
        axes.set_title(f"{kind}\n{some[0]['subjects']:,} subjects", fontsize=11)
        axes.set_xticks(counts)
        axes.set(xlabel="subjects known in both galleries", ylim=(-10, 110))
        axes.grid(True, alpha=0.3)
    panels[0, 0].set_ylabel("% of the other subjects linked")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="lower center", ncols=2, frameon=False)
    _head(
        figure, figures, "Whoever knows some people in two galleries links the rest by their codes",
        "Codes in memory under different secret rotations. Linked: the right person of the other gallery "
        "scores best.\n"
        "Same references: both galleries were enrolled from the same photographs.",
        bottom=0.08,
    )  # fmt: skip
    return figure


def _densities(figures: Figures) -> Figure:
    """Linkage scores of mated and of non-mated pairs, a panel each."""
    panels, columns = figures["densities"], 3
    lines = -(-len(panels) // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(12, 2.9 * lines + 1.6), squeeze=False, sharey=True)
    for axes, panel in zip(grid.flat, panels):
        _density(axes, panel)
    for axes in list(grid.flat)[len(panels) :]:
        axes.axis("off")
    for line in grid:
        line[0].set_ylabel("density, log")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="lower center", ncols=2, frameon=False)
    _head(
        figure, figures, "Can records of two galleries be linked without a key?",
        "D_sys: 0 where pairs of the same person score as others do, 1 where they never do; "
        f"{_floor(figures):.3f} is its floor, said of scores that tell nothing.\n"
        "Seed: of the secret rotation that codes are kept under; every gallery and every renewal draws a new "
        "one. Other photographs: the second gallery has\n"
        "other photographs of the same persons. Alignment: a rotation "
        "fitted to pairs that are guessed from angles, or known.",
        bottom=0.04,
    )  # fmt: skip
    return figure


def _floor(figures: Figures) -> float:
    return float(np.mean([row["floor"] for row in figures["linkable"] if row["omega"] == 1]))


def _density(axes: Axes, panel: dict[str, Any]) -> None:
    for name, colour, label in (
        ("non_mated", 3, "two different persons (non-mated)"),
        ("mated", 0, "the same person in both galleries (mated)"),
    ):
        axes.stairs(
            np.maximum(panel[name], DENSITY_FLOOR), panel["edges"], baseline=DENSITY_FLOOR, fill=True, alpha=0.5,
            color=COLOURS(colour), label=label,
        )  # fmt: skip
    axes.set_title(f"{panel['what']}\n{panel['score']}: D_sys {panel['d']:.3f}", fontsize=10)
    is_cosine = panel["score"] != "angles alone"
    axes.set(yscale="log", ylim=(DENSITY_FLOOR, 100))
    what = "cosine" if is_cosine else "likeness of sorted angles, −log of a squared distance"
    axes.set_xlabel(what, fontsize=9)
    axes.set_xlim((-0.4, 1.02) if is_cosine else (-8.2, 0.6))
    axes.grid(True, alpha=0.3)


def _head(figure: Figure, figures: Figures, title: str, text: str, bottom: float = 0.0) -> None:
    """Title, explanation and, last, what was measured; room for them, and below for a legend."""
    about = figures["about"]
    inch = 1 / figure.get_figheight()
    y = 1 - 0.12 * inch
    figure.text(0.012, y, title, fontsize=14, weight="bold", va="top")
    y -= 0.32 * inch
    if about["data"] == SYNTHETIC:
        note = SYNTHETIC_NOTE.upper()
        figure.text(0.012, y, note, fontsize=12, weight="bold", color="#c4320a", va="top")
        y -= 0.28 * inch
    measured = f"{about['data']}, seed {about['seed']}"
    if "date" in about:
        measured += f", {about['date']}"
    text = f"{text}\n{measured}."
    figure.text(0.012, y, text, fontsize=9.5, va="top", color="#444444", linespacing=1.35)
    y -= (0.19 * (text.count("\n") + 1) + 0.05) * inch
    figure.set_layout_engine("constrained", rect=(0, bottom, 1, y - bottom))


def _save(figure: Figure, file: Path) -> Path:
    figure.savefig(file, dpi=120)
    plt.close(figure)
    return file


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluations.plots", description=__doc__)
    parser.add_argument("folder", type=Path, help="of figures.json")
    parser.add_argument("--out", type=Path, help="folder of the pictures (default: the same)")
    options = parser.parse_args()
    figures = json.loads((options.folder / "figures.json").read_text("utf-8"))
    for picture in draw(figures, options.out or options.folder).values():
        print(picture)


if __name__ == "__main__":
    main()
