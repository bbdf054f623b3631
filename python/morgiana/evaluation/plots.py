"""Pictures of an evaluation: DET on normal-deviate axes, scores, FNIR against FPIR."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy

from morgiana.errors import Error
from morgiana.evaluation.comparisons import BINS
from morgiana.evaluation.report import Evaluation
from morgiana.metrics import DetCurve

TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.4)


def _pyplot() -> Any:
    """Errors: not_found, naming the extra."""
    try:
        import matplotlib
    except ImportError:
        raise Error("not_found", "pictures need matplotlib: pip install 'morgiana[plots]'") from None
    matplotlib.use("Agg")
    import matplotlib.pyplot

    return matplotlib.pyplot


def _deviate(rate: Any) -> Any:
    """The normal deviate of a rate."""
    return numpy.vectorize(NormalDist().inv_cdf, otypes=[float])(numpy.clip(rate, 1e-9, 1 - 1e-9))


def _label(rate: float) -> str:
    return f"{rate * 100:g} %" if rate >= 1e-3 else f"{rate:.0e}"


def _deviate_axes(axes: Any, x: str, y: str, lowest: float) -> None:
    ticks = [tick for tick in TICKS if tick >= lowest]
    for axis, name in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_ticks(_deviate(ticks), [_label(tick) for tick in ticks])
        axis.set_label_text(name)
    axes.grid(True, alpha=0.3)


def _det(pyplot: Any, found: Evaluation, path: Path) -> None:
    """Identity-balanced, with intervals; the protocol's pairs beside it."""
    figure, axes = pyplot.subplots(figsize=(7, 6), layout="constrained")
    curve = found.plain
    if curve.fnmr is not None:
        supported, fmr, fnmr = curve.is_supported, curve.fmr, curve.fnmr
        x, y = _deviate(fmr.value), _deviate(fnmr.value)
        axes.fill_between(
            x[supported], _deviate(fnmr.low)[supported], _deviate(fnmr.high)[supported], alpha=0.2
        )
        axes.plot(x[supported], y[supported], label="every identity weighs the same, 95 % interval of FNMR")
        if (~supported).any():
            axes.plot(
                x[~supported], y[~supported], ":", color="C0", label="unsupported: under 30 independent pairs"
            )
        for at in numpy.flatnonzero(supported)[:: max(1, int(supported.sum() // 8))]:
            axes.annotate(
                f"{curve.thresholds[at]:.2f}",
                (x[at], y[at]),
                textcoords="offset points",
                xytext=(4, 4),
                fontsize=8,
            )
    if found.fold_curve is not None:
        _step(axes, found.fold_curve, "pairs of the protocol")
    _deviate_axes(axes, "FMR", "FNMR", 1e-6)
    axes.set_xlim(_deviate(8e-7), _deviate(0.2))
    axes.set_ylim(_deviate(1e-3), _deviate(0.6))
    axes.set_title(
        f"Detection error trade-off, {found.calibration.model.name}; thresholds along the curve", fontsize=10
    )
    axes.legend(fontsize=8, loc="upper right")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _step(axes: Any, curve: DetCurve, label: str) -> None:
    inside = (curve.false_positive > 0) & (curve.false_negative > 0)
    axes.plot(
        _deviate(curve.false_positive[inside]), _deviate(curve.false_negative[inside]), lw=1, label=label
    )


def _histogram(pyplot: Any, found: Evaluation, path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    edges = numpy.linspace(-1, 1, BINS + 1)
    for counts, label in (
        (found.comparisons.non_mated_histogram, "two people"),
        (found.comparisons.mated_histogram, "one person"),
    ):
        total = counts.sum()
        if total:
            axes.stairs(
                counts / total * BINS / 2,
                edges,
                fill=True,
                alpha=0.5,
                label=f"{label}, {total:,} pairs of images",
            )
    axes.set_xlim(-0.4, 1)
    axes.set_yscale("log")
    axes.set_xlabel("score (cosine)")
    axes.set_ylabel("density, logarithmic")
    axes.legend(fontsize=8, loc="upper left")
    axes.set_ylim(1e-6, 100)  # room for the legend
    axes.set_title(f"Scores of {found.calibration.model.name}", fontsize=10)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _identification(pyplot: Any, found: Evaluation, path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 5), layout="constrained")
    curve = found.open_set.curve
    seen = curve.false_positive > 0
    axes.plot(curve.false_positive[seen], curve.false_negative[seen])
    for rate in (0.3, 0.1, 0.03, 0.01):
        point = curve.at_false_positive(rate)
        axes.annotate(
            f"{point.threshold:.2f}",
            (point.false_positive, point.false_negative),
            textcoords="offset points",
            xytext=(4, 4),
            fontsize=8,
        )
        axes.plot(point.false_positive, point.false_negative, "o", color="C0", ms=4)
    axes.axvline(30 / found.open_set.num_strangers, color="grey", ls=":", lw=1)
    axes.text(
        30 / found.open_set.num_strangers,
        0.98,
        "fewer than 30 strangers decide ",
        ha="right",
        va="top",
        fontsize=8,
        color="grey",
    )
    axes.set_xscale("log")
    axes.set_xlabel(f"FPIR, of {found.open_set.num_strangers:,} strangers")
    axes.set_ylabel(f"FNIR at rank 1, of {found.open_set.num_mated:,} people")
    axes.grid(True, alpha=0.3)
    axes.set_title(
        f"Open-set identification among {found.open_set.num_subjects:,} enrolled; thresholds along the curve",
        fontsize=10,
    )
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def draw(found: Evaluation, folder: Path) -> None:
    """histogram.png, det.png and identification.png. Errors: not_found (matplotlib)."""
    pyplot = _pyplot()
    _histogram(pyplot, found, folder / "histogram.png")
    _det(pyplot, found, folder / "det.png")
    _identification(pyplot, found, folder / "identification.png")
