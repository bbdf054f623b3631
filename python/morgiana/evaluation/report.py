"""What an evaluation found, as JSON for programs and as Markdown for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy

from morgiana.calibration import Calibration, CalibrationCurve, ObservedRates
from morgiana.evaluation.comparisons import BINS, Comparisons
from morgiana.evaluation.identification import OpenSet
from morgiana.metrics import DetCurve, FoldAccuracy

FMRS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
FPIRS = (0.1, 0.03, 0.01, 0.003)
POPULATIONS = (100, 1000, 10_000)
LEAST_ERRORS = 30.0  # rule of 30, as a calibration's threshold is supported (Doddington 1998)


@dataclass(frozen=True)
class Evaluation:
    calibration: Calibration
    comparisons: Comparisons
    open_set: OpenSet
    folds: FoldAccuracy | None
    fold_curve: DetCurve | None  # of the protocol's pairs
    seed: int

    @property
    def plain(self) -> CalibrationCurve:
        """One reference a subject, one probe a transaction."""
        return self.calibration.curves[0]

    def adjudicate(self, most: int = 20) -> list[tuple[str, str, float]]:
        """The pairs of identities that score highest: twins, siblings, label errors, and luck."""
        found = self.comparisons
        best: dict[tuple[int, int], float] = {}
        for i in numpy.argsort(-found.non_mated.scores, kind="stable"):
            a, b = (
                int(found.identity_of[column[i]])
                for column in (found.non_mated.first, found.non_mated.second)
            )
            best.setdefault((min(a, b), max(a, b)), float(found.non_mated.scores[i]))
            if len(best) == most:
                break
        return [(found.names[a], found.names[b], score) for (a, b), score in best.items()]


def _rate_at(rates: ObservedRates, at: int) -> dict[str, float]:
    return {name: float(getattr(rates, name)[at]) for name in ("value", "low", "high", "effective_trials")}


def _num_errors(rate: dict[str, float]) -> float:
    return rate["value"] * rate["effective_trials"]


def identification(people: OpenSet) -> list[dict[str, Any]]:
    """FPIR and FNIR with their intervals, at the least threshold whose FPIR stays below each risk;
    first FNIR of rank one, whatever the score. ``is_supported``: by 30 independent errors of FPIR."""
    at = [people.curve.at_false_positive(rate).threshold for rate in FPIRS]
    thresholds = sorted({-1.0, *at})
    fpir, fnir = people.rates(thresholds)
    rows: list[dict[str, Any]] = [{"at_most": None, "threshold": None, "fnir": _rate_at(fnir, 0)}]
    for rate, threshold in zip(FPIRS, at, strict=True):
        place = thresholds.index(threshold)
        rows.append(
            {
                "at_most": rate,
                "threshold": threshold,
                "fpir": _rate_at(fpir, place),
                "fnir": _rate_at(fnir, place),
                "is_supported": _num_errors(_rate_at(fpir, place)) >= LEAST_ERRORS,
            }
        )
    return rows


def _rates(curve: CalibrationCurve, at: int) -> dict[str, Any]:
    return {
        "threshold": float(curve.thresholds[at]),
        "num_identity_pairs": int(curve.num_identity_pairs[at]),
        "is_supported": bool(curve.is_supported[at]),
        "fmr": _rate_at(curve.fmr, at),
        "fpir": _rate_at(curve.fpir, at),
        "fnmr": None if curve.fnmr is None else _rate_at(curve.fnmr, at),
    }


def as_json(found: Evaluation) -> str:
    evidence = found.calibration.evidence
    content: dict[str, Any] = {
        "model": {"name": found.calibration.model.name, "dim": found.calibration.model.dim},
        "evidence": vars(evidence),
        "seed": found.seed,
        "histogram": {
            "bins": BINS,
            "mated": found.comparisons.mated_histogram.tolist(),
            "non_mated": found.comparisons.non_mated_histogram.tolist(),
        },
        "verification": {
            "unit": "identity",
            "num_probes_identities": found.plain.num_probe_identities,
            "points": [_rates(found.plain, at) for at in range(len(found.plain.thresholds))],
        },
        "folds": None,
        "identification": {
            "num_subjects": found.open_set.num_subjects,
            "num_mated": found.open_set.num_mated,
            "num_strangers": found.open_set.num_strangers,
            "unit": "identity",
            "points": identification(found.open_set),
        },
        "predicted": predicted(found.calibration),
        "to_adjudicate": [{"first": a, "second": b, "score": score} for a, b, score in found.adjudicate()],
    }
    if found.folds is not None and found.fold_curve is not None:
        content["folds"] = {
            "accuracy": found.folds.mean,
            "standard_error": found.folds.standard_error,
            "of_each": list(found.folds.accuracy),
            "thresholds": found.folds.thresholds.tolist(),
            "equal_error_rate": found.fold_curve.equal_error_rate,
        }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def predicted(calibration: Calibration) -> list[dict[str, Any]]:
    """Thresholds for risks, by how many are enrolled with one reference."""
    rows = []
    for num_subjects in POPULATIONS:
        for risk in FPIRS:
            resolved = calibration.threshold_for(risk, num_subjects=num_subjects)
            rows.append(
                {
                    "num_subjects": num_subjects,
                    "risk": risk,
                    "threshold": None if resolved.accept is None else resolved.accept.at_least,
                    "support": str(resolved.predicted.support),
                    "fpir": resolved.predicted.fpir,
                    "bounds": None if resolved.predicted.bounds is None else list(resolved.predicted.bounds),
                    "least_supported": resolved.least_supported,
                    "why": resolved.predicted.why,
                }
            )
    return rows


def _rate(value: float) -> str:
    return (
        "0"
        if value == 0
        else f"{value:.1e}"
        if value < 1e-3
        else f"{value:.4f}"
        if value < 0.1
        else f"{value:.3f}"
    )


def _with_bounds(value: float, low: float, high: float) -> str:
    return f"{_rate(value)} ({_rate(low)}–{_rate(high)})"


def _thresholds(curve: CalibrationCurve) -> list[str]:
    lines = [
        "| threshold | FMR | FNMR | identity pairs | effective trials | independent pairs | |",
        "|---|---|---|---|---|---|---|",
    ]
    for at in range(0, len(curve.thresholds), 4):
        fmr, fnmr = curve.fmr, curve.fnmr
        missed = "–" if fnmr is None else _with_bounds(fnmr.value[at], fnmr.low[at], fnmr.high[at])
        lines.append(
            f"| {curve.thresholds[at]:.3f} "
            f"| {_with_bounds(fmr.value[at], fmr.low[at], fmr.high[at])} | {missed} "
            f"| {curve.num_identity_pairs[at]} | {fmr.effective_trials[at]:.3g} "
            f"| {_num_errors(_rate_at(fmr, at)):.1f} "
            f"| {'' if curve.is_supported[at] else 'unsupported'} |"
        )
    return lines


def _predictions(calibration: Calibration) -> list[str]:
    lines = ["| enrolled | risk at most | threshold | FPIR | |", "|---|---|---|---|---|"]
    for row in predicted(calibration):
        if row["threshold"] is None:
            least = row["least_supported"]
            ends = "" if least is None else f"; {_rate(least)} at least"
            lines.append(f"| {row['num_subjects']:,} | {row['risk']:g} | – | – | unsupported{ends} |")
        else:
            fpir = _with_bounds(row["fpir"], *row["bounds"])
            at = f"{row['threshold']:.3f}"
            lines.append(f"| {row['num_subjects']:,} | {row['risk']:g} | {at} | {fpir} | {row['support']} |")
    return lines


def _of(rate: dict[str, float]) -> str:
    return _with_bounds(rate["value"], rate["low"], rate["high"])


def _identification(people: OpenSet) -> list[str]:
    rank_one, *points = identification(people)
    missed = rank_one["fnir"]
    return [
        f"{people.num_subjects:,} enrolled with one reference, {people.num_mated:,} of them look for "
        f"themselves with their other images, {people.num_strangers:,} strangers with all of theirs; each "
        "person weighs the same. Rank one, whatever the score: "
        f"{_with_bounds(1 - missed['value'], 1 - missed['high'], 1 - missed['low'])}. A threshold is "
        "unsupported where fewer than 30 independent errors of strangers decide it.",
        "",
        "| FPIR at most | threshold | FPIR | FNIR | effective trials of both | independent errors of both | |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row['at_most']:g} | {row['threshold']:.3f} | {_of(row['fpir'])} | {_of(row['fnir'])} "
            f"| {row['fpir']['effective_trials']:,.0f}, {row['fnir']['effective_trials']:,.0f} "
            f"| {_num_errors(row['fpir']):.1f}, {_num_errors(row['fnir']):.1f} "
            f"| {'' if row['is_supported'] else 'unsupported'} |"
            for row in points
        ),
    ]


def as_markdown(found: Evaluation, command: str) -> str:
    evidence, plain, people = found.calibration.evidence, found.plain, found.open_set
    lines = [
        f"# {found.calibration.model.name}, {found.calibration.model.dim} dimensions",
        "",
        f"{evidence.data}. {evidence.num_images:,} images of {evidence.num_identities:,} identities, "
        f"{evidence.num_excluded_pairs} pairs of identities excluded; {evidence.date}.",
        f"SHA-256 of the embeddings and identities: `{evidence.data_sha256}`.",
        "",
        "The unit is the identity: each weighs the same, however many images it has. Intervals are of "
        "95 % and count that comparisons share people. A threshold is unsupported where fewer than 30 "
        "independent pairs of people reach it: FMR times effective trials, which is less than the pairs "
        "that were counted.",
        "",
        "![score histogram](histogram.png)",
        "",
        "## Verification",
        "",
        *_thresholds(plain),
        "",
        "![DET](det.png)",
        "",
    ]
    if found.folds is not None and found.fold_curve is not None:
        lines += [
            f"Protocol of {len(found.folds.accuracy)} folds: accuracy {found.folds.mean:.4f}, standard "
            f"error {found.folds.standard_error:.4f}; equal error rate of its pairs "
            f"{found.fold_curve.equal_error_rate:.4f}.",
            "",
        ]
    lines += [
        "## Identification",
        "",
        *_identification(people),
        "",
        "![FNIR against FPIR](identification.png)",
        "",
        "## Thresholds for a risk",
        "",
        "FPIR of one probe against subjects with one reference each; kept by the upper end of its interval.",
        "",
        *_predictions(found.calibration),
        "",
        "## To adjudicate",
        "",
        "The pairs of identities that score highest. Twins and siblings are what a gate meets and count; "
        "pairs that are one person by two names are label errors: list them with the reason, and run "
        "again with `--exclude`.",
        "",
        *(f"- {a} and {b}: {score:.3f}" for a, b, score in found.adjudicate()),
        "",
        f"Made by `{command}`.",
        "",
    ]
    return "\n".join(lines)
