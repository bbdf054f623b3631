"""The networks' answers on real photographs, against those computed elsewhere."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morgiana import vision

LANDMARKS = "rex rey lex ley nx ny rmx rmy lmx lmy".split()


@dataclass(frozen=True)
class Reference:
    """One photograph of LFW with what the same networks found in it elsewhere."""

    path: Path
    box: np.ndarray
    landmarks: np.ndarray
    embedding: np.ndarray


@pytest.fixture(scope="session")
def references(data: Path) -> list[Reference]:
    """60 photographs, evenly spread over the 1,200."""
    folder = data / "lfw"
    if not (folder / "detections.csv").is_file():
        pytest.skip(f"no LFW reference data in {folder}; set MORGIANA_TEST_DATA")
    with open(folder / "ids.csv") as ids, open(folder / "detections.csv") as found:
        row_of = {Path(row["file"]).name: int(row["row"]) for row in csv.DictReader(ids)}
        detections = {row["file"]: row for row in csv.DictReader(found)}
    embeddings = np.load(folder / "sface128.f32.npy", mmap_mode="r")
    chosen = []
    for path in sorted((folder / "images").rglob("*.jpg"))[::20]:
        row = detections[path.name]
        box = np.array([float(row[key]) for key in "xywh"])
        landmarks = np.array([float(row[key]) for key in LANDMARKS]).reshape(5, 2)
        chosen.append(Reference(path, box, landmarks, np.array(embeddings[row_of[path.name]])))
    return chosen


def nearest(faces: list[vision.Face], reference: Reference) -> vision.Face:
    return min(faces, key=lambda face: float(np.abs(face.box - reference.box).max()))


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    common = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    intersection = float(np.prod(np.maximum(common, 0)))
    return intersection / float(a[2] * a[3] + b[2] * b[3] - intersection)


def test_boxes_and_landmarks_are_those_of_the_reference(
    pipeline: vision.Pipeline, references: list[Reference]
) -> None:
    """Recorded to 0.001 pixel. Float32 sums of up to 1,000 terms in another order differ by
    1,000 · 2⁻²⁴ of an offset of at most 250 pixels: 0.015."""
    for reference in references:
        face = nearest(pipeline(reference.path), reference)
        assert np.abs(face.box - reference.box).max() <= 0.0155
        assert np.abs(face.landmarks - reference.landmarks).max() <= 0.0155


def test_embeddings_are_those_of_the_reference(
    pipeline: vision.Pipeline, references: list[Reference]
) -> None:
    """Landmarks that differ by up to 0.0155 pixel move single grey levels of the aligned face,
    no more than shifting all of it by 0.05 pixel does: what that costs here is the bound."""
    embedder = vision.SFace()
    for reference in references:
        pixels = vision.image.load(reference.path)
        here = embedder.embed(vision.align.aligned(pixels, reference.landmarks)[0])
        shifted = embedder.embed(vision.align.aligned(pixels, reference.landmarks + 0.05)[0])
        cost = 1 - here @ shifted
        face = nearest(pipeline(pixels), reference)
        assert 1 - face.embedding @ reference.embedding <= cost
        assert 1 - here @ reference.embedding <= cost


def test_a_face_is_what_its_declaration_says(
    pipeline: vision.Pipeline, references: list[Reference]
) -> None:
    for reference in references:
        faces = pipeline(reference.path)
        areas = [face.box[2] * face.box[3] for face in faces]
        assert areas == sorted(areas, reverse=True)
        for face in faces:
            arrays = (face.box, face.landmarks, face.embedding)
            assert [array.shape for array in arrays] == [(4,), (5, 2), (128,)]
            assert all(array.dtype == np.float32 for array in arrays)
            # 128 components, each rounded to float32 once
            assert abs(np.linalg.norm(face.embedding.astype(float)) - 1) <= 2**-24
            assert 0.6 <= face.confidence <= 1.0


def test_the_subjects_right_is_left_in_an_upright_picture(
    pipeline: vision.Pipeline, references: list[Reference]
) -> None:
    for reference in references:
        right_eye, left_eye, nose, right_mouth, left_mouth = pipeline.largest(
            reference.path
        ).landmarks
        assert right_eye[0] < left_eye[0] and right_mouth[0] < left_mouth[0]
        assert max(right_eye[1], left_eye[1]) < min(right_mouth[1], left_mouth[1])


@pytest.mark.parametrize("orientation, turns", [(3, 2), (6, 1), (8, 3)])
def test_a_turned_picture_gives_the_same_face_as_the_upright_one(
    pipeline: vision.Pipeline, references: list[Reference], orientation: int, turns: int
) -> None:
    upright = vision.image.load(references[0].path)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(np.rot90(upright, turns))).save(stream, "PNG", exif=exif)
    turned, expected = pipeline.largest(stream.getvalue()), pipeline.largest(upright)
    np.testing.assert_array_equal(turned.landmarks, expected.landmarks)
    np.testing.assert_array_equal(turned.embedding, expected.embedding)


@pytest.mark.parametrize("side", [125, 640, 1400, 4000])
def test_the_same_face_is_found_and_recognised_at_any_size(
    pipeline: vision.Pipeline, references: list[Reference], side: int
) -> None:
    """0.509 is the score that strangers reach once in 100,000 comparisons (SFace on LFW)."""
    for reference in references[::6]:
        picture = Image.open(reference.path).resize((side, side), Image.Resampling.BICUBIC)
        face = nearest(pipeline(picture), reference_at(reference, side / 250))
        assert overlap(face.box, reference.box * side / 250) > vision.yunet.MAX_OVERLAP
        assert face.embedding @ reference.embedding > 0.509


def reference_at(reference: Reference, scale: float) -> Reference:
    box, landmarks = reference.box * scale, reference.landmarks * scale
    return Reference(reference.path, box, landmarks, reference.embedding)


def test_many_threads_get_the_answers_of_one(
    pipeline: vision.Pipeline, references: list[Reference]
) -> None:
    paths = [reference.path for reference in references[:8]]
    alone = [pipeline.largest(path).embedding for path in paths]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda path: pipeline.largest(path).embedding, paths * 3))
    np.testing.assert_array_equal(together, alone * 3)
