import numpy as np
import pytest

from morgiana.vision import VisionError, align

RNG = np.random.default_rng(7)


def similarity_matrix(scale: float, degrees: float, x: float, y: float) -> np.ndarray:
    c, s = scale * np.cos(np.deg2rad(degrees)), scale * np.sin(np.deg2rad(degrees))
    return np.array([[c, -s, x], [s, c, y]])


def applied(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    moved: np.ndarray = points @ matrix[:, :2].T + matrix[:, 2]
    return moved


def painted(matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """A smooth colour field, defined in template coordinates, seen through a similarity."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    u, v = np.moveaxis(applied(inverse, np.stack([x, y], axis=-1)), -1, 0)
    return field(u, v)


def field(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    waves = [np.sin(u / 12), np.cos(v / 15), np.sin((u + v) / 18)]
    painted: np.ndarray = np.rint(128 + 100 * np.stack(waves, axis=-1)).astype(np.uint8)
    return painted


@pytest.mark.parametrize("scale", [0.1, 1.0, 37.0])
@pytest.mark.parametrize("degrees", [-170, -30, 0, 45, 180])
def test_a_known_similarity_is_recovered(scale: float, degrees: float) -> None:
    points = RNG.normal(0, 50, (5, 2))
    known = similarity_matrix(scale, degrees, 400, -90)
    np.testing.assert_allclose(align.similarity(points, applied(known, points)), known, atol=1e-9)


def test_no_other_similarity_fits_noisy_points_better() -> None:
    source, target = RNG.normal(0, 50, (2, 5, 2))
    best = align.similarity(source, target)
    error = np.sum((applied(best, source) - target) ** 2)
    for _ in range(200):
        a, b, x, y = RNG.normal(0, 1e-3, 4)
        nudge = np.array([[a, -b, x], [b, a, y]])
        assert np.sum((applied(best + nudge, source) - target) ** 2) >= error


def test_a_mirrored_face_is_never_mirrored_back() -> None:
    mirrored = align.TEMPLATE * [-1, 1]
    matrix = align.similarity(mirrored, align.TEMPLATE)
    assert np.linalg.det(matrix[:, :2]) > 0


@pytest.mark.parametrize("bad", [np.full((5, 2), 3.0), np.full((5, 2), np.nan)])
def test_landmarks_without_extent_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(VisionError) as caught:
        align.aligned(np.zeros((50, 50, 3), np.uint8), bad)
    assert caught.value.code == "bad_landmarks"


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.9, 3.3, 8.0])
@pytest.mark.parametrize("degrees", [0, 20, -90])
def test_a_face_of_any_size_and_turn_lands_on_the_template(scale: float, degrees: float) -> None:
    """The picture is smooth: at most 100/12 levels a template pixel, curvature 100/12².

    Bilinear sampling at step h errs by h²/8 of the curvature on each axis, h = 1/scale up to 2
    template pixels; averaging a step of pixels adds at most 1/24 of it. Roundings add 1.
    """
    radius = 120 * scale
    known = similarity_matrix(scale, degrees, 0, 0)
    known[:, 2] = radius - applied(known, np.array([[56.0, 56.0]]))[0]
    pixels = painted(known, int(2 * radius), int(2 * radius))
    face, visible = align.aligned(pixels, applied(known, align.TEMPLATE))
    v, u = np.mgrid[0:112, 0:112].astype(float)
    step = max(1.0, 1 / scale)
    bound = 1.0 + 2 * (step**2 / 8 + 1 / 24) * 100 / 12**2 * 2
    assert np.abs(face.astype(int) - field(u, v)).max() <= bound
    assert visible == 1.0


def test_fine_texture_of_a_large_face_is_averaged() -> None:
    """A chessboard of single pixels: sampled alone it is black and white, averaged it is grey."""
    rows, columns = np.mgrid[0:900, 0:900]
    board = np.repeat((((rows + columns) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)
    face, _ = align.aligned(board, align.TEMPLATE * 8 + 8)
    assert np.abs(face.astype(int) - 127.5).max() <= 1.5


def test_what_lies_outside_the_picture_is_black_and_counted() -> None:
    white = np.full((112, 56, 3), 255, np.uint8)
    face, visible = align.aligned(white, align.TEMPLATE)
    assert visible == 0.5
    assert (face[:, :56] == 255).all() and (face[:, 56:] == 0).all()


def test_a_face_wholly_outside_is_black_and_invisible() -> None:
    white = np.full((40, 40, 3), 255, np.uint8)
    for scale in (1, 9):
        face, visible = align.aligned(white, align.TEMPLATE * scale + [5000, -9000])
        assert visible == 0.0 and not face.any()


def test_the_sample_point_at_the_corner_is_the_corner_pixel() -> None:
    pixels = RNG.integers(0, 256, (112, 112, 3), dtype=np.uint8)
    face, visible = align.aligned(pixels, align.TEMPLATE)
    np.testing.assert_array_equal(face, pixels)
    assert visible == 1.0
