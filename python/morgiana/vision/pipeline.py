"""From a photograph to the embeddings of the faces in it."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from morgiana.vision import image as images
from morgiana.vision.align import aligned
from morgiana.vision.errors import VisionError
from morgiana.vision.image import ImageLike, Pixels
from morgiana.vision.quality import Quality, measure
from morgiana.vision.sface import SFace
from morgiana.vision.yunet import Detection, YuNet


class Detector(Protocol):
    def detect(self, pixels: Pixels) -> list[Detection]: ...


class Embedder(Protocol):
    def embed(self, face: Pixels) -> NDArray[np.float32]: ...


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture.

    Shape: box float32 [4] as x, y, width, height; landmarks float32 [5, 2] as x, y: the subject's
           right eye, left eye, nose, right and left mouth corner; embedding float32 [128].
    Units: pixels of the upright picture; confidence from 0 to 1; the embedding has unit norm.
    """

    box: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    confidence: float
    quality: Quality
    embedding: NDArray[np.float32] = field(repr=False)  # a template; keep it out of logs


class Pipeline:
    """Finds, aligns and embeds faces. Safe from many threads at once."""

    def __init__(
        self,
        *,
        detector: Detector | None = None,
        embedder: Embedder | None = None,
        min_confidence: float = 0.6,
        threads: int = 2,
    ) -> None:
        """Loads the installed models, or uses the given detector and embedder.

        Units:  min_confidence of the installed detector, above 0 and up to 1; threads of each.
        Errors: model_missing; model_corrupt; invalid_argument.
        """
        if detector is None:
            detector = YuNet(min_confidence=min_confidence, threads=threads)
        if embedder is None:
            embedder = SFace(threads=threads)
        self._detector, self._embedder = detector, embedder

    def __call__(self, image: ImageLike) -> list[Face]:
        """Every face in a picture, largest first; an empty list where there is none.

        Input:  a path, the bytes of a file, a PIL image, or a uint8 array [height, width, 3] in
                RGB or [height, width] grey.
        Errors: bad_image.
        """
        pixels = images.load(image)
        return [self._face(pixels, found) for found in self._detector.detect(pixels)]

    def largest(self, image: ImageLike) -> Face:
        """The face with the largest box, which is most likely the nearest; embeds no other.

        Errors: no_face; bad_image.
        """
        pixels = images.load(image)
        found = self._detector.detect(pixels)
        if not found:
            height, width = pixels.shape[:2]
            raise VisionError("no_face", f"no face in the picture of {width} × {height} pixels")
        return self._face(pixels, max(found, key=lambda face: float(face.box[2] * face.box[3])))

    def _face(self, pixels: Pixels, found: Detection) -> Face:
        crop, visible = aligned(pixels, found.landmarks)
        return Face(
            box=found.box,
            landmarks=found.landmarks,
            confidence=found.confidence,
            quality=measure(found.landmarks, crop, visible),
            embedding=self._embedder.embed(crop),
        )
