"""The demo's report: annotated photographs, a histogram of scores, and one page around them."""

import html
from collections import Counter
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


def write(
    folder: Path,
    pictures: list[Photograph],
    faces: dict[str, list[vision.Face]],
    answers: list["Answer"],
    crowd: dict[str, float | str],
) -> Path:
    """Writes everything into the folder and returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {p.name: p.path for p in pictures}
    _enrolment(folder / "enrolment.png", paths, faces)
    _visits(folder / "visits.png", paths, answers)
    _scores(folder / "scores.png", pictures, faces)
    page = folder / "index.html"
    page.write_text(_page(answers, crowd), "utf-8")
    return page


def _draw(axes: plt.Axes, path: Path, boxes: list[tuple[np.ndarray, str, str]], title: str) -> None:
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file).convert("RGB")
    axes.imshow(picture)
    axes.set_title(title, fontsize=10)
    axes.axis("off")
    axes.set_xlim(-0.5, picture.width - 0.5)  # a box that leaves the picture does not widen it
    axes.set_ylim(picture.height - 0.5, -0.5)
    for box, colour, label in boxes:
        x, y = max(float(box[0]), 0), max(float(box[1]), 0)
        width = min(float(box[0] + box[2]), picture.width - 1) - x
        height = min(float(box[1] + box[3]), picture.height - 1) - y
        axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=colour, linewidth=2))
        axes.text(
            x + width / 2,
            max(y, 0.08 * picture.height) - 0.015 * picture.height,
            label,
            color="white",
            fontsize=8,
            ha="center",
            va="bottom",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
        )


def _enrolment(path: Path, paths: dict[str, Path], faces: dict[str, list[vision.Face]]) -> None:
    shown = [(p.subject, name) for p in scenes.ENROLLED for name in p.photographs]
    figure, row = plt.subplots(1, len(shown), figsize=(4 * len(shown), 5), squeeze=False)
    for axes, (subject, name) in zip(row[0], shown, strict=True):
        _draw(axes, paths[name], [(faces[name][0].box, KNOWN, subject)], f"enrolled from {name}")
    _save(figure, path)


def _visits(path: Path, paths: dict[str, Path], answers: list["Answer"]) -> None:
    figure, grid = plt.subplots(2, 2, figsize=(12, 9))
    for axes, visit in zip(grid.flat, scenes.VISITS, strict=True):
        boxes = []
        for number, answer in enumerate((a for a in answers if a.visit == visit), start=1):
            colour = GRANTED if answer.decision.outcome == "granted" else REFUSED
            label = f"{number}: {answer.decision.subject or answer.decision.outcome}"
            boxes.append((answer.face.box, colour, label))
        _draw(axes, paths[visit.photograph], boxes, f"{visit.place}: {visit.photograph}")
    _save(figure, path)


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
    bins = np.linspace(-0.4, 1.0, 57)
    axes.hist(non_mated, bins, color=REFUSED, alpha=0.75, label=f"different people ({len(non_mated)} pairs)")
    axes.hist(mated, bins, color=GRANTED, alpha=0.75, label=f"the same person ({len(mated)} pairs)")
    axes.axvline(scenes.THRESHOLD, color="black", linestyle="--")
    axes.annotate(
        f"threshold {scenes.THRESHOLD}\nFMR {scenes.FMR:g} on LFW",
        (scenes.THRESHOLD, axes.get_ylim()[1] / 2),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )
    axes.set_xlabel("comparison score (cosine)")
    axes.set_ylabel("pairs")
    axes.set_title("Scores of all pairs of faces in the demo's photographs")
    axes.legend(loc="upper right")
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _numbered(answers: list["Answer"]) -> list[tuple[int, "Answer"]]:
    """Each answer with the number of its face in its picture."""
    seen: Counter[scenes.Visit] = Counter()
    numbered = []
    for answer in answers:
        seen[answer.visit] += 1
        numbered.append((seen[answer.visit], answer))
    return numbered


def _page(answers: list["Answer"], crowd: dict[str, float | str]) -> str:
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(str(cell))}</td>"
            for cell in (
                a.visit.place,
                a.visit.photograph,
                number,
                a.decision.outcome,
                a.decision.reason,
                a.decision.subject or "–",
                "yes" if a.is_right else "NO",
            )
        )
        + "</tr>"
        for number, a in _numbered(answers)
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
<p>Threshold {scenes.THRESHOLD}: 1 in {1 / scenes.FMR:,.0f} pairs of different people's photographs in LFW
scores as much.
A second subject within {scenes.MARGIN} of the first would be refused as ambiguous.
None of these photographs was used to enrol.</p>
<img src="visits.png" alt="Photographs with a box and the decision for each face">
<table><tr><th>place<th>photograph<th>face<th>decision<th>reason<th>subject<th>as it had to be</tr>{rows}</table>
<h2>Scores</h2>
<img src="scores.png" alt="Histogram of scores of same and different people">
<h2>The same among {int(crowd["references"]):,} references</h2>
<p>The crowd is random vectors, not faces: this measures speed and exactness, not error rates. Everybody
above was answered again among them, {crowd["wrong_answers"]} wrongly.</p>
<table>
<tr><td>one identify, sealed, one thread ({html.escape(str(crowd["tier"]))})<td>{crowd["identify_ms"]:.2f} ms</tr>
<tr><td>enrolling, durable<td>{crowd["enrol_us_per_reference"]:.0f} µs a reference</tr>
<tr><td>index in memory<td>{crowd["index_bytes_per_reference"]:.0f} bytes a reference</tr>
<tr><td>files<td>{crowd["file_bytes_per_reference"]:.0f} bytes a reference</tr>
</table>
</html>
"""
