"""A photograph for enrolment shows one person, or is refused by the subject's name."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from morgiana import vision

WHITE = np.full((4, 4, 3), 255, np.uint8)


def face(inter_eye_px: float, axis: int = 0, sharpness: float = 1.0) -> vision.Face:
    return vision.Face(
        box=np.array([0, 0, 4 * inter_eye_px, 4 * inter_eye_px], np.float32),
        landmarks=np.zeros((5, 2), np.float32),
        confidence=1.0,
        quality=vision.Quality(inter_eye_px, sharpness, contrast=50, frontality=1, visible=1),
        embedding=np.eye(1, 128, axis, dtype=np.float32)[0],
    )


def test_each_photograph_is_a_row_of_its_subject():
    answers = iter([[face(40, 1)], [face(40, 2), face(15, 9)], [face(40, 3)]])
    ids, rows = vision.references_of({"A": [WHITE, WHITE], "B": [WHITE]}, lambda picture: next(answers))
    assert ids == ["A", "A", "B"] and rows.dtype == np.float32
    assert rows.argmax(axis=1).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "faces, code",
    [([], "no_face"), ([face(40), face(20)], "several_faces"), ([face(40, sharpness=0.0)], "poor_face")],
)
def test_what_is_no_photograph_of_one_person_is_refused_by_name(faces, code):
    answers = iter([[face(40)], faces])
    with pytest.raises(vision.VisionError, match="photograph 1 of B") as refused:
        vision.references_of({"A": [WHITE], "B": [WHITE]}, lambda picture: next(answers))
    assert refused.value.code == code


def seen(*parts: float) -> list[vision.Face]:
    """A face of unit norm, by its first coordinates and one that no other face has."""
    one = face(40)
    one.embedding[: len(parts)] = parts
    return [one]


@pytest.mark.parametrize(
    "folder, other",
    [
        ([seen(1, 0), seen(0.3, 0.954)], (2, 1)),
        ([seen(0, 1), seen(1, 0), seen(0.9, 0.436), seen(0.8, 0.6)], None),
        ([seen(0, 1), seen(1, 0), seen(0.99, 0.141)], (1, 3)),
        ([seen(1, 0), seen(0.9, 0.436), seen(0, -1), seen(-0.1, -0.995)], (4, 1)),
    ],
)
def test_a_photograph_of_somebody_else_is_refused_by_subject_and_file(tmp_path, folder, other):
    names = [f"{number}.png" for number in range(1, len(folder) + 1)]
    for name in names:
        (tmp_path / "B").mkdir(exist_ok=True)
        Image.fromarray(WHITE).save(tmp_path / "B" / name)
    answers = iter(folder)

    def pipeline(picture):
        return next(answers)

    if other is None:
        assert len(vision.references_in(tmp_path, pipeline, least_likeness=0.35)[0]) == len(folder)
        return
    with pytest.raises(vision.VisionError) as refused:
        vision.references_in(tmp_path, pipeline, least_likeness=0.35)
    assert refused.value.code == "not_one_person"
    for number in other:
        assert f"photograph {number} of B ({tmp_path / 'B' / names[number - 1]})" in refused.value.message
    answers = iter(folder)
    assert len(vision.references_in(tmp_path, pipeline)[0]) == len(folder)


@pytest.mark.parametrize("likeness", [float("nan"), -1.1, 2])
def test_a_likeness_that_is_none_is_refused(tmp_path, likeness):
    (tmp_path / ".thumbs").mkdir()
    (tmp_path / "B").mkdir()
    Image.fromarray(WHITE).save(tmp_path / "B" / "1.png")
    with pytest.raises(vision.VisionError, match="least_likeness is from -1 to 1"):
        vision.references_in(tmp_path, lambda picture: [], least_likeness=likeness)
    assert list(vision.photographs_by_subject(tmp_path)) == ["B"], "a hidden folder is nobody"


def test_a_single_photograph_in_the_place_of_a_list_is_a_type_error():
    with pytest.raises(TypeError, match="photographs of A"):
        vision.references_of({"A": "portrait.jpg"}, lambda picture: [face(40)])
    with pytest.raises(vision.VisionError, match="there is no photograph"):
        vision.references_of({}, lambda picture: [face(40)])


def test_a_folder_of_folders_is_read_by_subject(tmp_path):
    for subject in ("E-2", "E-1"):
        (tmp_path / subject).mkdir()
        Image.fromarray(WHITE).save(tmp_path / subject / "1.png")
    assert vision.photographs_by_subject(tmp_path) == {
        "E-1": [tmp_path / "E-1" / "1.png"],
        "E-2": [tmp_path / "E-2" / "1.png"],
    }
    (tmp_path / "E-3").mkdir()
    for folder in (tmp_path, tmp_path / "E-1", tmp_path / "nowhere"):
        with pytest.raises(vision.VisionError) as refused:
            vision.photographs_by_subject(folder)
        assert refused.value.code == "not_found"
