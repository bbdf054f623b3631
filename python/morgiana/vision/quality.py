"""How well a face can be recognised, from five measurements with their limits stated here.

This is no standard and no prediction of a score: it finds pictures that are known to embed
badly, and names the reason, so that a person can be asked for a better one.

The limits were measured with SFace, on 400 photographs of LFW against another photograph of each
person, 4 % of which score below 0.432 (there FMR is 1e-4). Reduced, blurred, flattened and cut
off step by step, more than half of them fall below it near a measurement's first limit (a third
for `visible`), and no more than 6 % beyond its second. LFW has too few profiles to tell for
`frontality`: 2 of 11 below 0.2 were missed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morgiana.vision.image import Pixels

# (of no use up to here, nothing to gain from here)
INTER_EYE_PX = (7.0, 16.0)
SHARPNESS = (0.035, 0.08)
CONTRAST = (7.0, 22.0)
FRONTALITY = (0.0, 0.4)
VISIBLE = (0.5, 0.85)


@dataclass(frozen=True)
class Quality:
    """Measurements of one face.

    Each is mapped to 0 at the first of its two limits in this file and to 1 at the second,
    linearly between them; the score is the smallest, as one fault is enough to spoil a face.
    """

    inter_eye_px: float  # between the eyes, in pixels of the picture
    sharpness: float  # mean absolute Laplacian of the aligned grey face, over its contrast
    contrast: float  # standard deviation of the aligned grey face, in grey levels
    frontality: float  # 1: the nose halfway between the eyes; 0: level with one of them
    visible: float  # share of the aligned face that lies inside the picture

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return min(self._parts().values())

    @property
    def usable(self) -> bool:
        """Whether every measurement is beyond the limit where it is of no use."""
        return self.score > 0.0

    @property
    def weakest(self) -> str:
        """The name of the measurement that decides the score."""
        parts = self._parts()
        return min(parts, key=lambda name: parts[name])

    def _parts(self) -> dict[str, float]:
        return {
            "inter_eye_px": _ramp(self.inter_eye_px, INTER_EYE_PX),
            "sharpness": _ramp(self.sharpness, SHARPNESS),
            "contrast": _ramp(self.contrast, CONTRAST),
            "frontality": _ramp(self.frontality, FRONTALITY),
            "visible": _ramp(self.visible, VISIBLE),
        }


def measure(landmarks: NDArray[np.floating], aligned: Pixels, visible: float) -> Quality:
    """Shape: landmarks [5, 2] in the picture; aligned uint8 [112, 112, 3], both as in `align`."""
    right_eye, left_eye, nose = landmarks[:3].astype(np.float64)
    between = left_eye - right_eye
    distance = float(np.hypot(*between))
    grey = aligned.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    contrast = float(grey.std())
    return Quality(
        inter_eye_px=distance,
        sharpness=float(np.abs(_laplacian(grey)).mean()) / contrast if contrast > 0.0 else 0.0,
        contrast=contrast,
        frontality=_frontality(float((nose - right_eye) @ between), distance),
        visible=visible,
    )


def _frontality(nose: float, distance: float) -> float:
    """Nose: its place along the line between the eyes, 0 at the right, distance² at the left."""
    if distance == 0.0:
        return 0.0
    return max(0.0, 1.0 - abs(2.0 * nose / distance**2 - 1.0))


def _laplacian(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    inner = grey[1:-1, 1:-1]
    return grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4.0 * inner


def _ramp(value: float, limits: tuple[float, float]) -> float:
    none, full = limits
    return min(1.0, max(0.0, (value - none) / (full - none)))
