"""Brings a face to the pose that the embedding network was trained on."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from morgiana.vision.errors import VisionError
from morgiana.vision.image import Pixels

SIZE = 112

# Source: ArcFace and OpenCV Zoo (SFace). The order is that of Face.landmarks: the subject's right
# eye, which is left in the picture, comes first.
TEMPLATE = np.array(
    [
        [38.2946, 51.6963],  # right eye
        [73.5318, 51.5014],  # left eye
        [56.0252, 71.7366],  # nose
        [41.5493, 92.3655],  # right mouth corner
        [70.7299, 92.2041],  # left mouth corner
    ]
)


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rotation, uniform scale and shift that bring points closest to others.

    Least squares in closed form: with a point as a complex number x + iy, a similarity without
    reflection is z → az + b, and a = Σ s̄t / Σ|s|² over the centred points. It equals Umeyama
    (1991) wherever that finds no reflection, and cannot mirror a face.
    Shape:  source and target [n, 2], n ≥ 2; result [2, 3], to be applied to (x, y, 1).
    Errors: bad_landmarks: not finite, or all at one place.
    """
    s, t = (points[:, 0] + 1j * points[:, 1] for points in (source, target))
    s_mean, t_mean = s.mean(), t.mean()
    spread = float(np.sum(np.abs(s - s_mean) ** 2))
    if not (np.isfinite(s).all() and spread > 0.0):
        raise VisionError("bad_landmarks", "landmarks must be finite and not all at one place")
    a = np.sum(np.conj(s - s_mean) * (t - t_mean)) / spread
    b = t_mean - a * s_mean
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def aligned(pixels: Pixels, landmarks: NDArray[np.floating]) -> tuple[Pixels, float]:
    """The face at these landmarks as the network wants it, and how much of it is in the picture.

    A face larger than the template is first averaged over whole pixels, so that fine texture
    does not turn into noise. What lies outside the picture is black.
    Shape:  pixels uint8 [height, width, 3]; landmarks [5, 2]; results uint8 [112, 112, 3] and
            a share from 0 to 1.
    Errors: bad_landmarks.
    """
    to_template = similarity(landmarks, TEMPLATE)
    columns, rows = _sample_points(to_template)
    scale = math.hypot(to_template[0, 0], to_template[1, 0])
    step = max(1, math.floor(1.0 / scale))
    left, right = _reach(columns, step, pixels.shape[1])
    top, bottom = _reach(rows, step, pixels.shape[0])
    face = pixels[top:bottom, left:right]
    if step > 1:
        face = np.asarray(Image.fromarray(face).reduce(step))
    # The centre of averaged pixel k is that of the step pixels it covers.
    columns, rows = (columns - left + 0.5) / step - 0.5, (rows - top + 0.5) / step - 0.5
    return _bilinear(face, columns, rows)


def _reach(points: NDArray[np.float64], step: int, limit: int) -> tuple[int, int]:
    """The pixels along one axis that these sample points need: first and behind last."""
    first = min(max(0.0, points.min() - 2 * step), limit - 1.0)
    last = max(first, min(limit - 1.0, points.max() + 2 * step))
    return math.floor(first), math.ceil(last) + 1


def _sample_points(
    to_template: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where in the picture each pixel of the aligned face comes from: x and y, [112, 112]."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    target = np.stack([x - to_template[0, 2], y - to_template[1, 2]])
    source = np.tensordot(np.linalg.inv(to_template[:, :2]), target, axes=1)
    return source[0], source[1]


def _bilinear(
    pixels: Pixels, columns: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[Pixels, float]:
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0))).astype(np.float32)
    height, width = pixels.shape[:2]
    inside = (abs(columns - width / 2 + 0.5) <= width / 2) & (
        abs(rows - height / 2 + 0.5) <= height / 2
    )
    columns, rows = np.clip(columns, -1, width) + 1, np.clip(rows, -1, height) + 1
    left = np.minimum(columns.astype(np.intp), width)
    top = np.minimum(rows.astype(np.intp), height)
    x = (columns - left).astype(np.float32)[..., np.newaxis]
    y = (rows - top).astype(np.float32)[..., np.newaxis]
    upper = padded[top, left] * (1 - x) + padded[top, left + 1] * x
    lower = padded[top + 1, left] * (1 - x) + padded[top + 1, left + 1] * x
    blended = upper * (1 - y) + lower * y
    return np.rint(blended).astype(np.uint8), float(inside.mean())
