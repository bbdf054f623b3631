"""The run as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluations import contests, linkage, plots, scores, traffic
from evaluations.budget import TARGET, Budget
from evaluations.channels import Timing
from evaluations.people import SYNTHETIC, SYNTHETIC_NOTE
from evaluations.unlinkability import BINS, Linkability


@dataclass
class Findings:
    about: dict[str, Any]
    scores: list[scores.Row] = field(default_factory=list)
    controls: list[contests.Row] = field(default_factory=list)
    budgeted: list[contests.Row] = field(default_factory=list)
    others: list[contests.Row] = field(default_factory=list)
    traffic: list[traffic.Row] = field(default_factory=list)
    linked: list[linkage.Row] = field(default_factory=list)
    known: list[linkage.Row] = field(default_factory=list)
    linkable: list[Linkability] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    statements: dict[str, bool] = field(default_factory=dict)
    curves: list[dict[str, object]] = field(default_factory=list)  # as they are drawn
    densities: list[dict[str, object]] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """All that is found, as JSON has it."""
        lists = {
            name: [row.record() for row in getattr(self, name)]
            for name in (
                "scores", "controls", "budgeted", "others", "traffic", "linked", "known", "linkable", "timings",
            )
        }  # fmt: skip
        drawn = {"curves": self.curves, "densities": self.densities}
        return {"about": self.about, **lists, "statements": self.statements, **drawn}

    def write(self, folder: Path) -> None:
        figures = self.figures()
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        pictures = plots.draw(figures, folder)
        (folder / "report.md").write_text(self._markdown(pictures), "utf-8")

    def _markdown(self, pictures: dict[str, Path]) -> str:
        about = ", ".join(f"{name} {value}" for name, value in self.about.items())
        sections = {  # and the part that a picture shows
            "Scores": (_scores(self.scores), ""),
            "Accept and deny without a budget": (_contests(self.controls), "curves"),
            "Within a day's default budget": (_contests(self.budgeted), "budgeted"),
            "Other budgets": (_contests(self.others), ""),
            "What counting costs honest people": (_traffic(self.traffic), ""),
            "Linkage of codes": (_linked(self.linked), ""),
            "Linkage with known pairs": (_linked(self.known), "known"),
            f"D_sys, {BINS} bins": (_linkable(self.linkable), "densities"),
            "Other channels": (_channels(self.timings, self.statements), ""),
        }
        parts = ["# Attacks on ourselves"]
        if self.about["data"] == SYNTHETIC:
            parts.append(f"**{SYNTHETIC_NOTE[0].upper()}{SYNTHETIC_NOTE[1:]}.**")
        parts.append(f"{about}.")
        for title, (text, part) in sections.items():
            if text:
                parts += [f"## {title}", text]
            if part in pictures:
                parts.append(f"![{pictures[part].stem}]({pictures[part].name})")
        return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _scores(rows: list[scores.Row]) -> str:
    head = ("embeddings", "attacker", "scores", "questions", "cosine")
    return table(
        head, [(row.embeddings, row.attacker, row.scores, str(row.questions), str(row.cosine)) for row in rows]
    )


def _contests(rows: list[contests.Row]) -> str:
    head = (
        "verb", "threshold", "limits", "attacker", "cosine", "gain", f"gain ≤ {TARGET}", "with a start",
        "questions", "counted",
    )  # fmt: skip
    return table(
        head,
        [
            (
                row.verb, f"{row.threshold:g}", row.limits, row.attacker, str(row.cosine), str(row.gain),
                "yes" if row.is_below_target else "**no**", f"{100 * row.started:.0f} %", f"{row.asked:.0f}",
                f"{row.counted:.0f}",
            )
            for row in rows
        ],
    )  # fmt: skip


def _traffic(rows: list[traffic.Row]) -> str:
    head = (
        "threshold", "counted", "of comparisons with others", "of own scans", "a day, subject and caller",
        "subject, all callers", "1 % most resembled, a caller",
        f"subjects above {Budget().per_caller} / {Budget().over_callers}",
    )  # fmt: skip
    return table(
        head,
        [
            (
                f"{row.threshold:g}", row.counted, f"{row.non_mated_rate:.1e}", f"{100 * row.mated_rate:.1f} %",
                f"{row.per_caller:.2f}", f"{row.per_subject:.2f}", f"{row.top_percent:.1f}",
                f"{100 * row.withheld:.2g} %",
            )
            for row in rows
        ],
    )  # fmt: skip


def _linked(rows: list[linkage.Row]) -> str:
    head = ("galleries", "subjects", "attack", "linked", "refined")
    return table(
        head,
        [
            (row.galleries, f"{row.subjects:,}", row.attack, str(row.linked), str(row.refined or "–"))
            for row in rows
        ],
    )


def _linkable(rows: list[Linkability]) -> str:
    head = ("what", "score", "pairs", "ω", "D_sys (interval)", "floor (97.5 %)")
    return table(
        head,
        [
            (
                row.what, row.score, f"{row.pairs:,}", f"{row.omega:g}",
                f"{row.d:.3f} ({row.low:.3f}–{row.high:.3f})", f"{row.floor:.3f} ({row.floor_high:.3f})",
            )
            for row in rows
        ],
    )  # fmt: skip


def _channels(timings: list[Timing], statements: dict[str, bool]) -> str:
    if not timings:
        return ""
    rows = [(row.what, f"{row.near_us:.1f}", f"{row.far_us:.1f}", f"{row.effect:+.3f}") for row in timings]
    times = table(("time of", "near, µs", "far, µs", "Cliff's delta"), rows)
    said = table(("statement", "holds"), [(name, "yes" if ok else "**no**") for name, ok in statements.items()])
    return f"{times}\n\n{said}"
