"""One page on a model's error rates: what was estimated, of whom, how surely, and where it ends."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

import numpy

from morgiana.evaluation.report import Evaluation, _rate, _with_bounds, identification, predicted
from morgiana.evaluation.zoo import Zoo
from morgiana.metrics import clopper_pearson

MOST_ROWS = 6  # of people in a table, and of pairs


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    title: str
    parts: tuple[str | Table, ...]


@dataclass(frozen=True)
class Card:
    title: str
    sections: tuple[Section, ...]

    def as_markdown(self) -> str:
        lines = [f"# {self.title}"]
        for section in self.sections:
            lines += ["", f"## {section.title}"]
            for part in section.parts:
                lines.append("")
                if isinstance(part, str):
                    lines.append(part)
                    continue
                lines += [f"| {' | '.join(part.head)} |", "|" + "---|" * len(part.head)]
                lines += [f"| {' | '.join(row)} |" for row in part.rows]
        return "\n".join(lines) + "\n"

    def as_html(self) -> str:
        """Whole in itself; printed, it is one page of A4."""
        body = []
        for section in self.sections:
            body.append(f"<section><h2>{html.escape(section.title)}</h2>")
            for part in section.parts:
                if isinstance(part, str):
                    body.append(f"<p>{_marked(part)}</p>")
                    continue
                head = "".join(f"<th>{_marked(cell)}</th>" for cell in part.head)
                rows = "".join(
                    "<tr>" + "".join(f"<td>{_marked(cell)}</td>" for cell in row) + "</tr>"
                    for row in part.rows
                )
                body.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
            body.append("</section>")
        title = html.escape(self.title)
        return (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n"
            + "\n".join(body)
            + "\n</body></html>\n"
        )


_STYLE = """
@page { size: A4; margin: 8mm 11mm }
body { font: 7.2pt/1.22 "DejaVu Sans", "Helvetica Neue", Arial, sans-serif; color: #1a1a1a; max-width: 190mm;
  margin: 0 auto }
h1 { font-size: 12.5pt; margin: 0 0 1mm }
h2 { font-size: 8.4pt; margin: 2mm 0 0.6mm; padding-top: 0.8mm; border-top: 0.3mm solid #bbb }
p { margin: 0.6mm 0 }
table { border-collapse: collapse; width: 100%; margin: 0.8mm 0; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: 0.25mm 1.6mm; border-bottom: 0.1mm solid #ddd; vertical-align: top }
th { font-weight: 600; color: #444 }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
td:nth-child(2) { white-space: nowrap }
code { font: 6.4pt "DejaVu Sans Mono", Menlo, monospace; word-break: break-all }
section { break-inside: avoid }
""".strip()


def _marked(text: str) -> str:
    """Escaped; what stands between backticks is code."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


@dataclass(frozen=True)
class Source:
    """A file that went in, by what `sha256sum` says of it."""

    name: str
    sha256: str


def threshold_of(found: Evaluation, fmr: float) -> int:
    """The place of the least supported threshold whose FMR stays below this by its upper end; else of
    the highest supported one; else of the lowest."""
    curve = found.plain
    supported = numpy.flatnonzero(curve.is_supported)
    kept = supported[curve.fmr.high[supported] <= fmr]
    return int(kept[0] if kept.size else supported[-1] if supported.size else 0)


def card(
    found: Evaluation,
    animals: Zoo,
    at: int,
    sources: Iterable[Source],
    adjudicated: Source | None,
    excluded: Iterable[tuple[str, str]],
    command: str,
) -> Card:
    """``at``: the place of the threshold that the zoo is of. People are rows of the embeddings."""
    model = found.calibration.model
    return Card(
        f"{model.name}: error rates, and whom they are of",
        (
            _estimand(found),
            _sizes(found, at),
            _rates(found, at),
            _species(animals),
            _people(animals),
            _adjudication(found, animals, adjudicated, excluded),
            _unsupported(found),
            _digests(found, sources, command),
        ),
    )


def _estimand(found: Evaluation) -> Section:
    evidence = found.calibration.evidence
    return Section(
        "What is estimated",
        (
            f"{evidence.data}: {evidence.num_images:,} images of {evidence.num_identities:,} people, "
            f"{found.calibration.model.dim} dimensions, cosine; {evidence.date}. The unit is the identity: "
            "a person weighs as much as another, however many images there are. FMR: two people drawn at "
            "random, an image of each, reach the threshold. FNMR: two images of one person do not. FPIR: "
            "a stranger among subjects with one reference each reaches somebody. FNIR: an enrolled "
            "person's other image does not find its own reference first, at the threshold. Intervals are "
            "of 95 % (Clopper and Pearson, of effective trials) and count that comparisons share people.",
        ),
    )


def _sizes(found: Evaluation, at: int) -> Section:
    curve, people = found.plain, found.open_set
    num_people = len(found.comparisons.names)
    point = identification(people)[-2]
    rows = [
        (
            "FMR",
            f"{num_people:,}",
            f"{int(found.comparisons.non_mated_histogram.sum()):,} pairs of images",
            f"{num_people * (num_people - 1) // 2:,} pairs",
            curve.fmr.effective_trials[at],
            num_people * (num_people - 1) / 2,
        ),
        (
            f"FPIR of {curve.num_subjects:,.0f}",
            f"{num_people:,}",
            f"{len(found.comparisons.identity_of):,} probes",
            f"{num_people:,}",
            curve.fpir.effective_trials[at],
            num_people,
        ),
    ]
    if curve.fnmr is not None:
        mated = int((numpy.bincount(found.comparisons.identity_of) > 1).sum())
        pairs = f"{len(found.comparisons.mated):,} pairs of images"
        rows.append(("FNMR", f"{mated:,}", pairs, f"{mated:,}", curve.fnmr.effective_trials[at], mated))
    rows.append(
        (
            f"FNIR of {people.num_subjects:,}",
            f"{people.num_mated:,}",
            f"{len(people.mated.identity):,} probes",
            f"{people.num_mated:,}",
            point["fnir"]["effective_trials"],
            people.num_mated,
        )
    )
    return Section(
        "Effective sample sizes",
        (
            Table(
                ("rate", "people", "comparisons", "by people", "effective trials", "design effect"),
                tuple(
                    (rate, who, what, units, f"{effective:,.0f}", f"{trials / effective:.1f}")
                    for rate, who, what, units, effective, trials in rows
                ),
            ),
            f"At {curve.thresholds[at]:.3f}; FNIR at {point['threshold']:.3f}. As many independent trials "
            "would say as much: comparisons that share people say less than their number.",
        ),
    )


def _rates(found: Evaluation, at: int) -> Section:
    curve = found.plain
    supported = numpy.flatnonzero(curve.is_supported)
    last = supported[-1] if supported.size else at
    places = sorted({int(p) for p in numpy.linspace(0, last, 5).round()} | {at})
    rows = []
    for p in places:
        missed = curve.fnmr
        rows.append(
            (
                f"{curve.thresholds[p]:.3f}",
                _with_bounds(curve.fmr.value[p], curve.fmr.low[p], curve.fmr.high[p]),
                "–" if missed is None else _with_bounds(missed.value[p], missed.low[p], missed.high[p]),
                _with_bounds(curve.fpir.value[p], curve.fpir.low[p], curve.fpir.high[p]),
                f"{int(curve.num_identity_pairs[p]):,}, {curve.fmr.value[p] * curve.fmr.effective_trials[p]:,.0f}",
            )
        )
    searched = tuple(
        (
            f"{row['threshold']:.3f}",
            f"{row['at_most']:g}",
            _with_bounds(*(row["fpir"][name] for name in ("value", "low", "high"))),
            _with_bounds(*(row["fnir"][name] for name in ("value", "low", "high"))),
            "" if row["is_supported"] else "unsupported: fewer than 30 errors",
        )
        for row in identification(found.open_set)[1:]
    )
    people = found.open_set
    return Section(
        "Error rates",
        (
            Table(
                (
                    "threshold",
                    "FMR",
                    "FNMR",
                    f"FPIR of {curve.num_subjects:,.0f} subjects",
                    "identity pairs that reach it, independent ones",
                ),
                tuple(rows),
            ),
            Table(
                ("threshold", f"of {people.num_strangers:,} strangers at most", "FPIR", "FNIR", ""), searched
            ),
        ),
    )


def _species(animals: Zoo) -> Section:
    goat, lamb = animals.is_goat, animals.is_lamb
    has_mates = ~numpy.isnan(animals.fnmr)

    def row(name: str, who: numpy.typing.NDArray[numpy.bool_], by_chance: float | None) -> tuple[str, ...]:
        mates = who & has_mates
        misses, reached = numpy.nansum(animals.fnmr), animals.reached.sum()
        return (
            name,
            f"{int(who.sum()):,} ({100 * who.mean():.1f} %)",
            "–" if by_chance is None else f"{by_chance:.1f}",
            _rate(float(animals.fnmr[mates].mean())) if mates.any() else "–",
            f"{100 * animals.fnmr[mates].sum() / misses:.0f} %" if misses else "–",
            _rate(float(animals.fmr[who].mean())) if who.any() else "–",
            f"{100 * animals.reached[who].sum() / reached:.0f} %" if reached else "–",
        )

    head = (
        "species",
        "people",
        "by chance",
        "own FNMR",
        "of all false non-matches",
        "own FMR",
        "of all ends of false matches",
    )
    return Section(
        f"Doddington's zoo at {animals.threshold:.3f}",
        (
            Table(
                head,
                (
                    row("goats: miss themselves", goat, animals.goats_by_chance),
                    row("lambs, wolves: reached by others, reach them", lamb, animals.lambs_by_chance),
                    row("sheep: the rest", ~goat & ~lamb, None),
                ),
            ),
            "A person gets a species by erring more often than chance explains, were all alike: the tail "
            "of the binomial distribution is 1 % or less, of a goat's floor(images / 2) comparisons that "
            "share no image, and of a lamb's other people. So many would be named by chance alone as the "
            "third column says. Cosines are symmetric: who is easily matched matches others as easily, so "
            f"lambs and wolves are one. Of {int((~has_mates).sum()):,} people with one image nobody can be "
            "a goat.",
        ),
    )


def _people(animals: Zoo) -> Section:
    goats = [i for i in numpy.argsort(-animals.fnmr, kind="stable") if animals.is_goat[i]][:MOST_ROWS]
    lambs = [i for i in numpy.argsort(-animals.reached, kind="stable") if animals.is_lamb[i]][:MOST_ROWS]

    def row(i: int) -> tuple[str, ...]:
        trials = int(animals.num_images[i]) // 2
        own = float(animals.fnmr[i])
        return (
            f"row {animals.first_row[i]}",
            animals.species(i).value,
            str(animals.num_images[i]),
            "–" if numpy.isnan(own) else _with_bounds(own, *clopper_pearson(own * trials, trials)),
            f"{animals.reached[i]:.2f}",
            f"{animals.fmr[i] / animals.fmr.mean():.1f} times" if animals.fmr.mean() > 0 else "–",
            _rate(float(animals.fpir[i])),
        )

    rows = tuple(row(int(i)) for i in dict.fromkeys([*goats, *lambs]))
    if not rows:
        return Section("People who err most", ("Nobody differs from the others by more than chance.",))
    head = (
        "person",
        "species",
        "images",
        "own FNMR",
        "others who reach it",
        "own FMR, of the mean",
        "own FPIR",
    )
    return Section(
        "People who err most",
        (
            Table(head, rows),
            "A person is the first row of the embeddings that is theirs: who has the data knows whose it "
            "is, and nobody else. All people are in `card-people.csv`.",
        ),
    )


def _adjudication(
    found: Evaluation, animals: Zoo, adjudicated: Source | None, excluded_pairs: Iterable[tuple[str, str]]
) -> Section:
    rows = dict(zip(found.comparisons.names, animals.first_row, strict=True))
    excluded = found.calibration.evidence.num_excluded_pairs
    count = "1 pair of identities was" if excluded == 1 else f"{excluded} pairs of identities were"
    left_out = (
        f"{count} adjudicated as labelled wrongly, and left out. The list is `{adjudicated.name}`, "
        f"SHA-256 `{adjudicated.sha256}`."
        if adjudicated is not None
        else "No pair of identities was adjudicated: label errors, if there are any, count as false matches."
    )
    apart = {frozenset(pair) for pair in excluded_pairs}
    left = [one for one in found.adjudicate(MOST_ROWS + len(apart)) if frozenset(one[:2]) not in apart]
    pairs = ", ".join(f"{rows[a]} and {rows[b]} ({score:.3f})" for a, b, score in left[:MOST_ROWS])
    return Section(
        "Adjudication", (left_out, f"Of those that count, rows of the highest score: {pairs or 'none'}.")
    )


def _unsupported(found: Evaluation) -> Section:
    curve, curves = found.plain, found.calibration.curves
    supported = numpy.flatnonzero(curve.is_supported)
    if supported.size:
        last = supported[-1]
        ends = (
            f"Thresholds below {curve.thresholds[0]:.3f}, where the evidence begins, and above "
            f"{curve.thresholds[last]:.3f}, which fewer than 30 independent pairs of people reach: FMR below "
            f"{_rate(float(curve.fmr.high[last]))}."
        )
    else:
        ends = "Every threshold: fewer than 30 independent pairs of people reach any."
    least: dict[int, float | None] = {}
    for row in predicted(found.calibration):
        least[row["num_subjects"]] = row["least_supported"]
    ends += " FPIR, with one reference a subject: " + "; ".join(
        f"of {n:,} subjects {'any' if rate is None else f'below {_rate(rate)}'}" for n, rate in least.items()
    )
    most_references = max(one.references_per_subject for one in curves)
    most_probes = max(one.num_probes for one in curves)
    return Section(
        "Not supported",
        (
            f"{ends}. Galleries of more than ten times {curve.num_subjects:,.0f} subjects, of more than "
            f"{most_references} references a subject, or transactions of more than {most_probes} probes. "
            "Other cameras, light, ages and people than those of the data; images taken years apart; "
            "look-alikes and attacks on purpose.",
        ),
    )


def _digests(found: Evaluation, sources: Iterable[Source], command: str) -> Section:
    rows = [(one.name, f"`{one.sha256}`") for one in sources]
    rows.append(("embeddings and identities, as read", f"`{found.calibration.evidence.data_sha256}`"))
    return Section(
        "Data", (Table(("file", "SHA-256"), tuple(rows)), f"Made by `{command}`, seed {found.seed}.")
    )
