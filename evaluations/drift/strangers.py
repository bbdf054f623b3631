"""Half of the people promises; the other half comes as strangers, through a lens that gets dirty."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import morgiana as mg
from evaluations.people import folder_of_data
from morgiana.calibration import Calibration
from morgiana.drift import promised_rates
from morgiana.evaluation.comparisons import compare_all, unit_rows

THRESHOLDS = [0.38, 0.41, 0.44, 0.46]
STRENGTHS = (0.0, 0.02, 0.05, 0.1, 0.2)
ALPHA = 0.01


@dataclass(frozen=True)
class Strangers:
    """Of a share of one direction in every embedding: what became of FPIR, and of the alarm."""

    strength: float
    rate: float  # at the third threshold, over the promised one, in the mean
    rung: int
    splits: int
    others: int  # of the splits in which a cohort without it rang, too
    transactions: float  # until it rang, in the median of those in which it did


def strangers(splits: int, rng: np.random.Generator, step: Callable[[str], None]) -> list[Strangers]:
    """Errors: FileNotFoundError."""
    with open(folder_of_data() / "ids.csv", encoding="utf-8") as file:
        names = np.array([row["name"] for row in csv.DictReader(file)])
    rows = unit_rows(np.load(folder_of_data() / "sface128.f32.npy"))
    found: dict[float, list[tuple[float, int | None, bool]]] = {strength: [] for strength in STRENGTHS}
    for number in range(splits):
        step(f"  split {number + 1} of {splits}")
        for strength, one in zip(STRENGTHS, _split(rows, names, rng), strict=True):
            found[strength].append(one)
    summary = []
    for strength, cells in found.items():
        late = [rung for _, rung, _ in cells if rung is not None]
        summary.append(
            Strangers(
                strength,
                float(np.mean([rate for rate, _, _ in cells])),
                len(late),
                splits,
                sum(other for _, _, other in cells),
                float(np.median(late)) if late else float("nan"),
            )
        )
    return summary


def _split(
    rows: np.typing.NDArray[np.float32], names: np.typing.NDArray[np.str_], rng: np.random.Generator
) -> list[tuple[float, int | None, bool]]:
    people = np.unique(names)
    known = np.isin(names, rng.permutation(people)[: len(people) // 2])
    calibration = Calibration.of_comparisons(
        compare_all(rows[known], names[known]), mg.Model("half", rows.shape[1]), "0", "half", (), 1, 1
    )

    def one_image_each(mask: np.typing.NDArray[np.bool_]) -> np.typing.NDArray[np.int64]:
        order = rng.permutation(np.flatnonzero(mask))
        found: np.typing.NDArray[np.int64] = order[np.unique(names[order], return_index=True)[1]]
        return found

    gallery = rows[one_image_each(known)[1:]]  # as many as a probe was compared with
    unknown = rng.permutation(one_image_each(~known))
    half = len(unknown) // 2
    promised = promised_rates(calibration, THRESHOLDS, num_subjects=len(gallery))
    stain = rows[known].mean(axis=0)
    stain /= np.linalg.norm(stain)
    cells = []
    for strength in STRENGTHS:
        alarm = mg.DriftAlarm(["clean", "stained"], thresholds=THRESHOLDS, alpha=ALPHA)
        clean = (rows[unknown[:half]] @ gallery.T).max(axis=1)
        stained = (unit_rows(rows[unknown[half:]] + strength * stain) @ gallery.T).max(axis=1)
        alarm.observe_scores("clean", clean, promised, at_s=0)
        alarm.observe_scores("stained", stained, promised, at_s=0)
        of_clean, of_stained = (one.ring for one in alarm.status() if one.stream == "scores")
        rate = float(np.mean(stained >= np.float32(THRESHOLDS[2])) / promised[2])
        rung = None if of_stained is None else of_stained.rang.transaction
        cells.append((rate, rung, of_clean is not None))
    return cells
