"""Enrols people from photographs, recognises them in others, refuses strangers, and shows it.

Run by scripts/demo. Ends with 1 if anybody was answered wrongly.
"""

import argparse
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

import morgiana as mg
import report
import scenes
from morgiana import vision
from photographs import Photograph, photographs

MODEL = mg.Model("sface-2021dec", 128)
POLICY = mg.Policy(mg.Threshold(scenes.THRESHOLD, fmr=scenes.FMR), margin=scenes.MARGIN)
NUM_CROWD = 100_000
CROWD_BATCH = 10_000


@dataclass(frozen=True)
class Answer:
    """What one face of one visit was told, and what it had to be told."""

    visit: scenes.Visit
    number: int  # of the face in its photograph
    face: vision.Face
    decision: mg.Decision

    @property
    def is_right(self) -> bool:
        return self.decision.subject == self.visit.subject


def find_faces(pictures: list[Photograph]) -> dict[str, list[vision.Face]]:
    pipeline = vision.Pipeline()
    bar = tqdm(pictures, "finding faces", unit="photo", disable=None)
    return {picture.name: pipeline(picture.path) for picture in bar}


def make_gallery(folder: Path, name: str) -> mg.Gallery:
    key = mg.KeySource.create_file(folder / f"{name}.key")
    return mg.Gallery.create(folder / f"{name}.morgiana", model=MODEL, key=key)


def enrol_people(gallery: mg.Gallery, faces: dict[str, list[vision.Face]]) -> None:
    for person in scenes.ENROLLED:
        references = np.stack([faces[name][0].embedding for name in person.photographs])
        gallery.enrol(person.subject, references)


def visit_all(gallery: mg.Gallery, faces: dict[str, list[vision.Face]]) -> list[Answer]:
    answers = []
    for visit in scenes.VISITS:
        for number, face in enumerate(faces[visit.photograph], start=1):
            found = gallery.identify(
                face.embedding, threshold=POLICY.accept, margin=POLICY.margin
            )
            answers.append(Answer(visit, number, face, mg.decide(found[0], POLICY)))
    return answers


def nearest_of(gallery: mg.Gallery, face: vision.Face) -> report.Nearest:
    """Asks for scores, and of everybody, to show them. A gate never does: scores give templates away."""
    found = gallery.identify(face.embedding, threshold=-1.0, max_candidates=2, include_scores=True)
    first, second = found[0].scores
    return report.Nearest(float(first), float(first - second))


def enrol_crowd(gallery: mg.Gallery) -> float:
    """Enrols strangers drawn at random on the sphere; returns the seconds that enrolling took."""
    random = np.random.default_rng(2)
    seconds = 0.0
    for first in tqdm(range(0, NUM_CROWD, CROWD_BATCH), "enrolling a crowd", unit="batch", disable=None):
        vectors = random.standard_normal((CROWD_BATCH, MODEL.dim), dtype=np.float32)
        begin = time.perf_counter()
        gallery.enrol([f"C-{i:06}" for i in range(first, first + CROWD_BATCH)], vectors)
        seconds += time.perf_counter() - begin
    return seconds


def time_identify(gallery: mg.Gallery, probe: np.ndarray, rounds: int = 200) -> float:
    """Median seconds of one identify."""
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        gallery.identify(probe, threshold=POLICY.accept, margin=POLICY.margin)
        seconds.append(time.perf_counter() - begin)
    return float(np.median(seconds))


def measure_crowd(folder: Path, faces: dict[str, list[vision.Face]]) -> dict[str, float | str]:
    with make_gallery(folder, "crowd") as gallery:
        enrol_people(gallery, faces)
        enrol_seconds = enrol_crowd(gallery)
        answers = visit_all(gallery, faces)
        stats = gallery.stats()
        return {
            "references": stats.num_references,
            "tier": stats.tier,
            "enrol_us_per_reference": 1e6 * enrol_seconds / NUM_CROWD,
            "identify_ms": 1e3 * time_identify(gallery, faces["obama2"][0].embedding),
            "index_bytes_per_reference": stats.index_bytes / stats.num_references,
            "file_bytes_per_reference": stats.file_bytes / stats.num_references,
            "wrong_answers": sum(not answer.is_right for answer in answers),
        }


def show(answers: list[Answer], nearest: list[report.Nearest]) -> None:
    print(
        f"{'place':16} {'photograph':12} {'face':4} {'decision':15} {'reason':14} {'subject':8} "
        f"{'score':>6} {'lead':>5}  answer"
    )
    for answer, near in zip(answers, nearest, strict=True):
        mark = "right" if answer.is_right else "WRONG"
        print(
            f"{answer.visit.place:16} {answer.visit.photograph:12} {answer.number:<4} "
            f"{answer.decision.outcome:15} {answer.decision.reason:14} "
            f"{answer.decision.subject or '-':8} {near.score:6.2f} {near.lead:5.2f}  {mark}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where everything is written")
    folder = parser.parse_args().folder
    working = folder / "galleries"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True)

    pictures = photographs(folder / "photographs")
    faces = find_faces(pictures)
    with make_gallery(working, "gate") as gallery:
        enrol_people(gallery, faces)
        answers = visit_all(gallery, faces)
        nearest = [nearest_of(gallery, answer.face) for answer in answers]
    crowd = measure_crowd(working, faces)
    page = report.write(folder / "report", pictures, faces, answers, nearest, crowd)

    show(answers, nearest)
    print(f"score: of the nearest subject; lead: over the next one. {report.WHY_SCORES}\n")
    print(f"The same among {int(crowd['references']):,} references, {crowd['wrong_answers']} answered wrongly:")
    for name, value in report.crowd_rows(crowd):
        print(f"{name:44} {value}")
    num_wrong = sum(not answer.is_right for answer in answers) + int(crowd["wrong_answers"])
    print(f"{len(answers)} faces answered, {num_wrong} wrongly; the report is {page}")
    return 1 if num_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
