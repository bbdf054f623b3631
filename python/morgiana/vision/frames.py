"""Where pictures come from, one after the other: a folder, or a camera."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from morgiana.vision import image as images
from morgiana.vision.errors import VisionError
from morgiana.vision.image import Pixels

_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture and when it was taken.

    Shape: pixels uint8 [height, width, 3] in RGB, upright.
    Units: captured_at_s is Unix time; number counts a source's frames from 1.
    """

    pixels: Pixels
    captured_at_s: float
    number: int
    name: str


class FrameSource(Protocol):
    """Frames in the order in which they were taken, once; close it when they are not wanted any more."""

    def __iter__(self) -> Iterator[Frame]: ...

    def now_s(self) -> float:
        """The clock that frames are stamped by: of a recording, when its newest frame was taken."""

    def close(self) -> None: ...


class FolderSource:
    """The images of a folder in the order of their names, as if taken at a steady rate.

    Names, not clocks, decide: a run with the same folder, rate and beginning is the same run.
    """

    def __init__(self, folder: str | os.PathLike[str], *, frames_per_s: float, begins_at_s: float) -> None:
        """Files of other suffixes than an image's, and those that begin with a dot, are passed over.

        Units:  begins_at_s is Unix time, of the first frame.
        Errors: not_found (no such folder, or no image in it); invalid_argument (the rate).
        """
        if not 0 < frames_per_s < float("inf"):
            raise VisionError("invalid_argument", f"frames_per_s is {frames_per_s}, expected above 0")
        self._frames_per_s, self._begins_at_s = frames_per_s, begins_at_s
        self._paths, self._given_at_s = images_in(folder), begins_at_s

    def __iter__(self) -> Iterator[Frame]:
        """Errors: bad_image, which names the file. An image that cannot be read is no empty frame."""
        for number, path in enumerate(self._paths, start=1):
            captured_at_s = self._begins_at_s + (number - 1) / self._frames_per_s
            self._given_at_s = captured_at_s
            yield Frame(images.load(path), captured_at_s, number, path.name)

    def now_s(self) -> float:
        return self._given_at_s

    def __len__(self) -> int:
        return len(self._paths)

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class CameraSource:
    """A camera through OpenCV, without end: who has seen enough closes it.

    Every picture is read, so that none waits in the driver and is old when it comes; one is given at
    most every ``least_interval_s``, stamped when it was read.
    """

    def __init__(
        self,
        device: int | str,
        *,
        least_interval_s: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``device`` is a number, or what OpenCV opens: a file, an address.

        Errors: dependency_missing; camera_failed (it cannot be opened).
        """
        try:
            cv2: Any = importlib.import_module("cv2")
        except ImportError as error:
            raise VisionError(
                "dependency_missing", "a camera needs OpenCV: pip install opencv-python-headless"
            ) from error
        self._name = f"camera {device}"
        self._least_interval_s, self._clock = least_interval_s, clock
        self._capture = cv2.VideoCapture(device)
        if not self._capture.isOpened():
            self._capture.release()
            raise VisionError("camera_failed", f"{self._name} cannot be opened")

    def __iter__(self) -> Iterator[Frame]:
        """Errors: camera_failed: it has stopped, or it was closed; open another one."""
        number, given_at_s = 0, -float("inf")
        while True:
            is_read, picture = self._capture.read()
            captured_at_s = self._clock()
            if not is_read or picture is None:
                raise VisionError("camera_failed", f"{self._name} stopped delivering after {number} frames")
            # A clock that was set back does not silence the camera.
            if 0 <= captured_at_s - given_at_s < self._least_interval_s:
                continue
            number, given_at_s = number + 1, captured_at_s
            yield Frame(self._in_rgb(picture), captured_at_s, number, f"{self._name} #{number}")

    def now_s(self) -> float:
        return self._clock()

    def _in_rgb(self, picture: Any) -> Pixels:
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise VisionError(
                "camera_failed",
                f"{self._name} delivers {picture.dtype} {list(picture.shape)}, expected uint8 [h, w, 3]",
            )
        return images.load(picture[:, :, ::-1])  # OpenCV's order is BGR

    def close(self) -> None:
        """Gives the camera to others; idempotent."""
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def images_in(folder: str | os.PathLike[str]) -> list[Path]:
    """Paths in the order of their names. Errors: not_found (no such folder, or no image in it)."""
    place = Path(folder)
    if not place.is_dir():
        raise VisionError("not_found", f"there is no folder {place}")
    paths = sorted(path for path in place.iterdir() if _is_image(path))
    if not paths:
        raise VisionError("not_found", f"there is no image in the folder {place}")
    return paths


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file()
