"""SFace (OpenCV Zoo 2021dec): turns an aligned face into an embedding.

Source: Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition",
2021.
"""

import numpy as np
from numpy.typing import NDArray

from morgiana.vision import models
from morgiana.vision.align import SIZE
from morgiana.vision.errors import VisionError
from morgiana.vision.image import Pixels
from morgiana.vision.runtime import Network


class SFace:
    """The installed embedder. Safe from many threads at once."""

    def __init__(self, *, threads: int = 2) -> None:
        """Errors: invalid_argument; model_missing; model_corrupt."""
        self._network = Network(models.load("sface-2021dec"), "sface-2021dec", threads)

    def embed(self, face: Pixels) -> NDArray[np.float32]:
        """The direction that stands for a face; compare two by their cosine.

        One face at a time: an embedding must not depend on who else is in the picture, and a
        batched matrix product rounds differently.
        Shape:  face uint8 [112, 112, 3] RGB, from `align.aligned`; result float32 [128], unit norm.
        Errors: bad_image (another type or shape).
        """
        if face.dtype != np.uint8 or face.shape != (SIZE, SIZE, 3):
            raise VisionError(
                "bad_image",
                f"expected an aligned face, uint8 [{SIZE}, {SIZE}, 3], "
                f"got {face.dtype} {list(face.shape)}",
            )
        rgb = face.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
        embedding = self._network(rgb)["fc1"][0].astype(np.float64)
        unit: NDArray[np.float32] = (embedding / np.linalg.norm(embedding)).astype(np.float32)
        return unit
