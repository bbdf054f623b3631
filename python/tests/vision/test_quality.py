import numpy as np
import pytest
from PIL import Image, ImageFilter

from morgiana.vision import Quality, align, quality

FACE = np.random.default_rng(5).integers(0, 256, (112, 112, 3), dtype=np.uint8)
GOOD = Quality(inter_eye_px=60, sharpness=0.2, contrast=50, frontality=0.9, visible=1.0)


def measured(
    landmarks: np.ndarray = align.TEMPLATE, face: np.ndarray = FACE, visible: float = 1.0
) -> Quality:
    return quality.measure(landmarks, face, visible)


def test_a_good_face_has_the_full_score() -> None:
    assert GOOD.score == 1.0 and GOOD.usable


LIMITS = {
    "inter_eye_px": quality.INTER_EYE_PX,
    "sharpness": quality.SHARPNESS,
    "contrast": quality.CONTRAST,
    "frontality": quality.FRONTALITY,
    "visible": quality.VISIBLE,
}


@pytest.mark.parametrize("name", LIMITS)
def test_one_fault_decides_the_score_and_is_named(name: str) -> None:
    none, full = LIMITS[name]
    for value, score in ((none - 1, 0.0), (none, 0.0), ((none + full) / 2, 0.5)):
        faulty = Quality(**{**vars(GOOD), name: value})
        assert faulty.score == pytest.approx(score)
        assert faulty.usable == (score > 0) and faulty.weakest == name
    assert Quality(**{**vars(GOOD), name: full}).score == 1.0


def test_the_inter_eye_distance_is_that_in_the_picture() -> None:
    assert measured(align.TEMPLATE * 3).inter_eye_px == pytest.approx(3 * 35.2377, abs=1e-3)


def test_blur_lowers_sharpness_and_flattening_lowers_contrast_alone() -> None:
    blurred = np.asarray(Image.fromarray(FACE).filter(ImageFilter.GaussianBlur(2)))
    assert measured(face=blurred).sharpness < measured().sharpness
    flat = (FACE // 4).astype(np.uint8)
    assert measured(face=flat).contrast == pytest.approx(measured().contrast / 4, rel=0.02)
    assert measured(face=flat).sharpness == pytest.approx(measured().sharpness, rel=0.02)


def test_a_face_without_texture_is_not_usable() -> None:
    empty = measured(face=np.full((112, 112, 3), 90, np.uint8))
    assert (empty.sharpness, empty.contrast, empty.usable) == (0.0, 0.0, False)


@pytest.mark.parametrize("degrees", [0, 30, 180])
@pytest.mark.parametrize("nose, expected", [(0.5, 1.0), (0.25, 0.5), (1.0, 0.0), (1.3, 0.0)])
def test_frontality_is_where_the_nose_is_between_the_eyes(
    nose: float, expected: float, degrees: float
) -> None:
    angle = np.deg2rad(degrees)
    across = np.array([np.cos(angle), np.sin(angle)]) * 40
    down = np.array([-np.sin(angle), np.cos(angle)]) * 25
    eye = np.array([100.0, 80.0])
    landmarks = np.stack([eye, eye + across, eye + nose * across + down, eye, eye])
    assert measured(landmarks).frontality == pytest.approx(expected, abs=1e-6)


def test_eyes_at_one_place_are_not_frontal() -> None:
    landmarks = align.TEMPLATE.copy()
    landmarks[1] = landmarks[0]
    assert measured(landmarks).frontality == 0.0
