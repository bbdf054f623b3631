"""The demo's report: annotated photographs, a histogram of scores, and one page around them."""

import html
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle
from PIL import Image, ImageOps

import scenes
from morgiana import vision
from photographs import Photograph

if TYPE_CHECKING:
    from demo import Answer

GRANTED, REFUSED, KNOWN = "#1a7f37", "#c4320a", "#0550ae"


# Pixels of height that a picture is shown with at least: a small one is not blown up.
LEAST_HEIGHT = 260
MOST_HEIGHT = 1.3  # of the width, from the top: faces are there
WHY_SCORES = "The demo asks for scores with include_scores; a gate does not, as they give templates away."


@dataclass(frozen=True)
class Nearest:
    """The score of the best subject, accepted or not, and how far the second is behind."""

    score: float
    lead: float


@dataclass(frozen=True)
class Shown:
    """A photograph with boxes: (x, y, width, height), colour, label."""

    picture: Image.Image
    title: str
    boxes: list[tuple[np.ndarray, str, str]]

    @property
    def height(self) -> float:
        most = max(LEAST_HEIGHT, MOST_HEIGHT * self.picture.width)
        return float(np.clip(self.picture.height, LEAST_HEIGHT, most))

    @property
    def width(self) -> float:
        return max(self.picture.width, self.height / MOST_HEIGHT)


def write(
    folder: Path,
    pictures: list[Photograph],
    faces: dict[str, list[vision.Face]],
    answers: list["Answer"],
    nearest: list[Nearest],
    crowd: dict[str, float | str],
) -> Path:
    """Writes everything into the folder and returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {p.name: p.path for p in pictures}
    _enrolment(folder / "enrolment.png", paths, faces)
    _visits(folder / "visits.png", paths, list(zip(answers, nearest, strict=True)))
    _scores(folder / "scores.png", pictures, faces)
    page = folder / "index.html"
    page.write_text(_page(answers, nearest, crowd), "utf-8")
    return page


def crowd_rows(crowd: dict[str, float | str]) -> list[tuple[str, str]]:
    """What was measured among the crowd, in words and with units."""
    return [
        (f"one identify, sealed, one thread ({crowd['tier']})", f"{crowd['identify_ms']:.2f} ms"),
        ("enrolling, durable", f"{crowd['enrol_us_per_reference']:.0f} µs a reference"),
        ("index in memory", f"{crowd['index_bytes_per_reference']:.0f} bytes a reference"),
        ("files", f"{crowd['file_bytes_per_reference']:.0f} bytes a reference"),
    ]


def _read(path: Path) -> Image.Image:
    with Image.open(path) as file:
        return ImageOps.exif_transpose(file).convert("RGB")


def _show(path: Path, rows: list[list[Shown]], width: float = 10.5) -> None:
    """Rows of pictures, those of a row equally high."""
    aspects = [[shown.width / shown.height for shown in row] for row in rows]
    heights = [min(5.6, width / sum(row)) + 0.3 for row in aspects]
    figure = plt.figure(figsize=(width, sum(heights)), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.08)
    for part, row, widths in zip(
        np.atleast_1d(figure.subfigures(len(rows), 1, height_ratios=heights)), rows, aspects, strict=True
    ):
        grid = part.subplots(1, len(row), squeeze=False, width_ratios=widths)
        for axes, shown in zip(grid[0], row, strict=True):
            _draw(axes, shown)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw(axes: plt.Axes, shown: Shown) -> None:
    picture = shown.picture
    axes.imshow(picture)
    axes.set_title(shown.title, fontsize=10)
    axes.set(xticks=[], yticks=[], facecolor="#eeeeee")
    for spine in axes.spines.values():
        spine.set_visible(False)
    left = (picture.width - shown.width) / 2
    top = min(0.0, (picture.height - shown.height) / 2)
    axes.set_xlim(left - 0.5, left + shown.width - 0.5)  # a box that leaves the picture does not widen it
    axes.set_ylim(top + shown.height - 0.5, top - 0.5)
    for box, colour, label in shown.boxes:
        x, y = max(float(box[0]), 0), max(float(box[1]), 0)
        width = min(float(box[0] + box[2]), picture.width - 1) - x
        height = min(float(box[1] + box[3]), picture.height - 1) - y
        axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=colour, linewidth=2))
        is_room_above = y - top > 0.055 * shown.height * len(label.splitlines())
        axes.text(
            x + width / 2,
            y - 0.012 * shown.height if is_room_above else y + height + 0.012 * shown.height,
            label,
            color="white",
            fontsize=8,
            ha="center",
            va="bottom" if is_room_above else "top",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
        )


def _enrolment(path: Path, paths: dict[str, Path], faces: dict[str, list[vision.Face]]) -> None:
    shown = [
        Shown(_read(paths[name]), f"enrolled from {name}", [(faces[name][0].box, KNOWN, person.subject)])
        for person in scenes.ENROLLED
        for name in person.photographs
    ]
    _show(path, [shown])


def _visits(path: Path, paths: dict[str, Path], answers: list[tuple["Answer", Nearest]]) -> None:
    shown = []
    for visit in scenes.VISITS:
        boxes = [_decided(answer, near) for answer, near in answers if answer.visit == visit]
        picture = _read(paths[visit.photograph])
        title = f"{visit.place}: {visit.photograph}"
        if picture.height < LEAST_HEIGHT:
            title += f" ({picture.width} × {picture.height} pixels)"
        shown.append(Shown(picture, title, boxes))
    _show(path, [[s for s in shown if s.width < s.height], [s for s in shown if s.width >= s.height]])


def _decided(answer: "Answer", near: Nearest) -> tuple[np.ndarray, str, str]:
    if answer.decision.outcome == "granted":
        label = f"{answer.number}: {answer.decision.subject}\n{near.score:.2f}, lead {near.lead:.2f}"
        return answer.face.box, GRANTED, label
    return answer.face.box, REFUSED, f"{answer.number}: {answer.decision.outcome}\nnearest {near.score:.2f}"


def _scores(path: Path, pictures: list[Photograph], faces: dict[str, list[vision.Face]]) -> None:
    """Every pair of usable faces in different photographs."""
    people = [
        (name, face.embedding, photograph.name)
        for photograph in pictures
        for name, face in zip(photograph.people, faces[photograph.name], strict=False)
        if "partial" not in photograph.name and len(photograph.people) == len(faces[photograph.name])
    ]
    mated, non_mated = [], []
    for (name_a, a, photo_a), (name_b, b, photo_b) in combinations(people, 2):
        if photo_a == photo_b:
            non_mated.append(float(a @ b))
        else:
            (mated if name_a == name_b else non_mated).append(float(a @ b))
    figure, axes = plt.subplots(figsize=(9, 4.5))
    low = np.floor(20 * min(mated + non_mated)) / 20 - 0.05
    bins = np.arange(low, 1.0, 0.025)
    axes.hist(non_mated, bins, color=REFUSED, alpha=0.75, label=f"different people ({len(non_mated)} pairs)")
    axes.hist(mated, bins, color=GRANTED, alpha=0.75, label=f"the same person ({len(mated)} pairs)")
    axes.axvline(scenes.THRESHOLD, color="black", linestyle="--")
    axes.annotate(
        f"threshold {scenes.THRESHOLD}\nFMR {scenes.FMR:.1g} on LFW",
        (scenes.THRESHOLD, axes.get_ylim()[1] / 2),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )
    axes.set_xlim(low, 1.0)
    axes.set_xlabel("comparison score (cosine)")
    axes.set_ylabel("pairs")
    axes.set_title("Scores of all pairs of faces in the demo's photographs")
    axes.legend(loc="upper right")
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _page(answers: list["Answer"], nearest: list[Nearest], crowd: dict[str, float | str]) -> str:
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(str(cell))}</td>"
            for cell in (
                a.visit.place,
                a.visit.photograph,
                a.number,
                a.decision.outcome,
                a.decision.reason,
                a.decision.subject or "–",
                f"{near.score:.2f}",
                f"{near.lead:.2f}",
                "yes" if a.is_right else "NO",
            )
        )
        + "</tr>"
        for a, near in zip(answers, nearest, strict=True)
    )
    measured = "".join(
        f"<tr><td>{html.escape(name)}<td>{html.escape(value)}</tr>\n" for name, value in crowd_rows(crowd)
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Morgiana demo</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em; }}
img {{ max-width: 100%; }}
table {{ border-collapse: collapse; }}
td, th {{ text-align: left; padding: .3em 1em .3em 0; border-bottom: 1px solid #ddd; }}
</style>
<h1>Morgiana demo</h1>
<p><strong>Nothing here asks whether a face is alive: a photograph of an enrolled person is granted, as
this page shows.</strong></p>
<h2>Enrolled</h2>
<p>One photograph each. Only of E-1001 do the packages hold others.</p>
<img src="enrolment.png" alt="The enrolled people with their subject ids">
<h2>At the gate and the vending machine</h2>
<p>Threshold {scenes.THRESHOLD}: a stranger of LFW scores as much with 1 in {float(f"{1 / scenes.FMR:.1g}"):,.0f} people.
A second subject within {scenes.MARGIN} of the first would be refused as ambiguous.
None of these photographs was used to enrol.
A box says the decision, the score of the nearest subject, and for who is granted its lead over the next.
{html.escape(WHY_SCORES)}</p>
<img src="visits.png" alt="Photographs with a box and the decision for each face">
<table><tr><th>place<th>photograph<th>face<th>decision<th>reason<th>subject<th>nearest score<th>lead<th>as it had to be</tr>{rows}</table>
<h2>Scores</h2>
<img src="scores.png" alt="Histogram of scores of same and different people">
<h2>The same among {int(crowd["references"]):,} references</h2>
<p>The crowd is random vectors, not faces: this measures speed and exactness, not error rates. Everybody
above was answered again among them, {crowd["wrong_answers"]} wrongly.</p>
<table>
{measured}</table>
</html>
"""
