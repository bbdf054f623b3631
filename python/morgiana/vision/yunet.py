"""YuNet (OpenCV Zoo 2023mar): finds faces and five landmarks of each.

Source: Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023; the decoding is that of
OpenCV's FaceDetectorYN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from morgiana.vision import models
from morgiana.vision.errors import VisionError
from morgiana.vision.image import Pixels
from morgiana.vision.runtime import Network

STRIDES = (8, 16, 32)
MAX_SIDE = 1280  # larger photographs are reduced to this before the search
OVERVIEW_SIDE = 320  # YuNet was trained on faces of 10 to 300 pixels; larger ones are found here
MAX_OVERLAP = 0.3  # intersection over union; OpenCV's default


@dataclass(frozen=True, eq=False)
class Detection:
    """A face found in a picture.

    Shape: box float32 [4] as x, y, width, height; landmarks float32 [5, 2] as x, y: the subject's
           right eye, left eye, nose, right and left mouth corner.
    Units: pixels of the upright picture; both may reach over its edge. Confidence from 0 to 1.
    """

    box: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    confidence: float


class YuNet:
    """The installed detector. Safe from many threads at once."""

    def __init__(self, *, min_confidence: float = 0.6, threads: int = 2) -> None:
        """Errors: invalid_argument; model_missing; model_corrupt."""
        if not 0.0 < min_confidence <= 1.0:
            raise VisionError(
                "invalid_argument", f"min_confidence is {min_confidence}, expected above 0, up to 1"
            )
        self._min_confidence = min_confidence
        self._network = Network(models.load("yunet-2023mar"), "yunet-2023mar", threads)

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Every face, largest first.

        Shape: pixels uint8 [height, width, 3] RGB, as `image.load` returns them.
        Cost:  one pass at up to MAX_SIDE; over OVERVIEW_SIDE also a second, small one.
        """
        longer = max(pixels.shape[:2])
        sides = {min(longer, MAX_SIDE), min(longer, OVERVIEW_SIDE)}
        rows = np.concatenate([self._detect_at(pixels, side / longer) for side in sorted(sides)])
        rows = rows[_suppressed(rows)]
        rows = rows[np.argsort(-rows[:, 2] * rows[:, 3], kind="stable")]
        return [
            Detection(row[:4].copy(), row[4:14].reshape(5, 2).copy(), float(row[14]))
            for row in rows
        ]

    def _detect_at(self, pixels: Pixels, scale: float) -> NDArray[np.float32]:
        """Rows of box, landmarks and confidence, in pixels of the given picture."""
        height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
        resized = _resized(pixels, width, height)
        padded_height, padded_width = (-(-side // 32) * 32 for side in (height, width))
        bgr = np.zeros((1, 3, padded_height, padded_width), np.float32)
        bgr[0, :, :height, :width] = resized[:, :, ::-1].transpose(2, 0, 1)
        rows = _decoded(self._network(bgr), padded_width, self._min_confidence)
        rows[:, 0:14:2] *= pixels.shape[1] / width
        rows[:, 1:14:2] *= pixels.shape[0] / height
        return rows


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def _decoded(
    outputs: dict[str, NDArray[np.float32]], width: int, min_confidence: float
) -> NDArray[np.float32]:
    """The network's anchors at or above the confidence: [n, 15]."""
    found = []
    for stride in STRIDES:
        cls, obj, box, landmarks = (
            outputs[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox", "kps")
        )
        confidence = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
        kept = np.flatnonzero(confidence >= min_confidence)
        row, column = np.divmod(kept, width // stride)
        cell = np.stack([column, row], axis=1).astype(np.float32)
        centre = (cell + box[kept, :2]) * stride
        size = np.exp(box[kept, 2:]) * stride
        points = (landmarks[kept].reshape(-1, 5, 2) + cell[:, np.newaxis]) * stride
        found.append(
            np.hstack([centre - size / 2, size, points.reshape(-1, 10), confidence[kept, None]])
        )
    return np.concatenate(found).astype(np.float32)


def _suppressed(rows: NDArray[np.float32]) -> list[int]:
    """Indices of the most confident of each group of overlapping boxes."""
    first, last = rows[:, :2], rows[:, :2] + rows[:, 2:4]
    area = rows[:, 2] * rows[:, 3]
    kept: list[int] = []
    for i in np.argsort(-rows[:, 14], kind="stable").tolist():
        common = np.minimum(last[i], last[kept]) - np.maximum(first[i], first[kept])
        intersection = np.prod(np.maximum(common, 0), axis=1)
        if (intersection <= MAX_OVERLAP * (area[i] + area[kept] - intersection)).all():
            kept.append(i)
    return kept
