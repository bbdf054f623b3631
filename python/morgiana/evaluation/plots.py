"""Pictures of an evaluation: DET on normal-deviate axes, scores, FNIR against FPIR."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy

from morgiana.errors import Error
from morgiana.evaluation.comparisons import BINS
from morgiana.evaluation.report import LEAST_ERRORS, Evaluation
from morgiana.metrics import DetCurve

TICKS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99)
_LEAST_APART = 0.25  # deviates between thresholds that are named along the curve
_MOST_STEPS = 150  # along a curve, of its interval


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


def _deviate_axis(axis: Any, name: str, low: float, high: float) -> None:
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axis.set_ticks(_deviate(ticks), [_label(tick) for tick in ticks])
    axis.set_label_text(name)


def _shade(axes: Any, x: Any, low: Any, high: Any, is_supported: Any, step: Any = None) -> None:
    """Intervals, the paler where fewer than 30 errors decide."""
    axes.fill_between(x, low, high, color="C0", alpha=0.08, lw=0, step=step)
    axes.fill_between(x, low, high, where=is_supported, color="C0", alpha=0.15, lw=0, step=step)


def _note(axes: Any, text: str) -> None:
    box = {"boxstyle": "round", "facecolor": "white", "edgecolor": "grey"}
    axes.text(
        0.5, 0.75, text, transform=axes.transAxes, ha="center", va="center", fontsize=9, bbox=box, zorder=4
    )


def _det(pyplot: Any, found: Evaluation, path: Path) -> None:
    """Identity-balanced, with intervals; the protocol's pairs beside it."""
    figure, axes = pyplot.subplots(figsize=(7, 6), layout="constrained")
    fnmr = found.plain.fnmr
    seen = found.plain.fmr.value > 0
    high = 0.6 if fnmr is None or not seen.any() else min(0.995, max(0.6, 1.1 * float(fnmr.high[seen].max())))
    low = 1e-3
    if fnmr is not None and (fnmr.value > 0).any():
        low = min(low, float(fnmr.value[fnmr.value > 0].min()) / 2)
    least = float(found.plain.fmr.value[seen].min(initial=8e-7)) * 0.9
    axes.set_xlim(_deviate(least), _deviate(0.2))
    axes.set_ylim(_deviate(low), _deviate(high))
    _deviate_axis(axes.xaxis, "FMR", least, 0.2)
    _deviate_axis(axes.yaxis, "FNMR", low, high)
    axes.grid(True, alpha=0.3)
    if fnmr is None:
        _note(axes, "nobody has two images: there is no FNMR")
    else:
        _balanced(axes, found, seen, low)
    if found.fold_curve is not None:
        _step(axes, found.fold_curve, "pairs of the protocol")
    axes.set_title(
        f"Detection error trade-off, {found.calibration.model.name}; thresholds along the curve", fontsize=10
    )
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, loc="upper right")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _balanced(axes: Any, found: Evaluation, seen: Any, low: float) -> None:
    """``seen``: the thresholds that somebody reaches. A rate of 0 has no deviate, and lies on the lower edge."""
    curve, fnmr = found.plain, found.plain.fnmr
    assert fnmr is not None
    supported = curve.is_supported[seen]
    x = _deviate(curve.fmr.value[seen])
    y, bottom, top = (
        _deviate(numpy.maximum(rates[seen], low)) for rates in (fnmr.value, fnmr.low, fnmr.high)
    )
    _shade(axes, x, bottom, top, supported)
    if supported.any():
        label = "every identity weighs the same, 95 % interval of FNMR"
        axes.plot(x[supported], y[supported], color="C0", label=label, clip_on=False, zorder=3)
    if (~supported).any():
        from_last = numpy.flatnonzero(supported)[-1:].sum() if supported.any() else 0
        label = "unsupported: under 30 independent pairs"
        axes.plot(x[from_last:], y[from_last:], ":", color="C0", label=label, clip_on=False, zorder=3)
    if not (fnmr.value[seen] > 0).any():
        _note(
            axes,
            "FNMR is 0 at every threshold: no two images of one person\nscored less. Shaded: its 95 % interval.",
        )
    last = numpy.inf
    for at in numpy.flatnonzero(supported if supported.any() else ~supported):
        if last - x[at] >= _LEAST_APART:  # FMR falls
            last = x[at]
            name = f"{curve.thresholds[seen][at]:.2f}"
            axes.annotate(name, (x[at], y[at]), textcoords="offset points", xytext=(4, 4), fontsize=8)


def _step(axes: Any, curve: DetCurve, label: str) -> None:
    inside = (curve.false_positive > 0) & (curve.false_negative > 0)
    if not inside.any():
        label += ": no threshold has errors of both kinds"
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
    people, curve = found.open_set, found.open_set.curve
    seen = numpy.flatnonzero(curve.false_positive > 0)
    axes.plot(curve.false_positive[seen], curve.false_negative[seen], zorder=3)
    steps = numpy.geomspace(curve.false_positive[seen].min(), 1, _MOST_STEPS)
    at = [curve.at_false_positive(float(rate)).threshold for rate in steps]
    fpir, fnir = people.rates(numpy.unique(numpy.maximum(at, -1)))  # -inf where nobody was found
    is_supported = fpir.value * fpir.effective_trials >= LEAST_ERRORS
    _shade(axes, fpir.value, fnir.low, fnir.high, is_supported, "pre")
    for rate in (0.3, 0.1, 0.03, 0.01):
        point = curve.at_false_positive(rate)
        if not point.false_positive:
            continue
        axes.annotate(
            f"{point.threshold:.2f}",
            (point.false_positive, point.false_negative),
            textcoords="offset points",
            xytext=(4, 4),
            fontsize=8,
        )
        axes.plot(point.false_positive, point.false_negative, "o", color="C0", ms=4, clip_on=False, zorder=4)
    if not (curve.false_negative[seen] > 0).any():
        _note(
            axes,
            "FNIR is 0 at every threshold: nobody who is enrolled was missed.\nShaded: its 95 % interval.",
        )
    axes.set_xscale("log")
    axes.set_xlim(min(0.5, float(curve.false_positive[seen].min()) / 1.2), 1)
    axes.set_ylim(0, min(1, 1.1 * float(fnir.high.max())))
    _few_strangers(axes, people.num_strangers)
    axes.set_xlabel(f"FPIR, of {people.num_strangers:,} strangers")
    axes.set_ylabel(f"FNIR at rank 1, of {people.num_mated:,} people, 95 % interval")
    axes.grid(True, alpha=0.3)
    axes.set_title(
        f"Open-set identification among {people.num_subjects:,} enrolled; thresholds along the curve",
        fontsize=10,
    )
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _few_strangers(axes: Any, num_strangers: int) -> None:
    """Where fewer than 30 of them are taken for somebody."""
    at = min(1.0, LEAST_ERRORS / num_strangers)
    axes.axvline(at, color="grey", ls=":", lw=1)
    axes.text(
        at,
        0.98,
        "fewer than 30 strangers decide ",
        transform=axes.get_xaxis_transform(),
        ha="right",
        va="top",
        fontsize=8,
        color="grey",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        zorder=4,
    )


def draw(found: Evaluation, folder: Path) -> None:
    """histogram.png, det.png and identification.png. Errors: not_found (matplotlib)."""
    pyplot = _pyplot()
    _histogram(pyplot, found, folder / "histogram.png")
    _det(pyplot, found, folder / "det.png")
    _identification(pyplot, found, folder / "identification.png")
