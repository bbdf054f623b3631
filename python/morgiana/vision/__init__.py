"""Photographs in, face embeddings out: the optional vision layer.

    from morgiana import vision
    vision.models.install_all()
    faces = vision.Pipeline()("photo.jpg")

It needs Pillow and onnxruntime, and onnx while a model is installed:
pip install "morgiana[vision]". No model ships with the package; see `models`.
"""

from importlib.util import find_spec

_missing = [name for name in ("PIL", "onnxruntime") if find_spec(name) is None]
if _missing:
    raise ImportError(
        f"morgiana.vision needs {' and '.join(_missing)}: pip install 'morgiana[vision]'"
    )

from morgiana.vision import align, image, models  # noqa: E402
from morgiana.vision.enrolment import photographs_by_subject, references_in, references_of  # noqa: E402
from morgiana.vision.errors import VisionError  # noqa: E402
from morgiana.vision.frames import (  # noqa: E402
    CameraSource,
    FolderSource,
    Frame,
    FrameSource,
)
from morgiana.vision.pipeline import Detector, Embedder, Face, Pipeline  # noqa: E402
from morgiana.vision.quality import Quality  # noqa: E402
from morgiana.vision.sface import SFace  # noqa: E402
from morgiana.vision.source_options import add_source_options, source_of, time_zone  # noqa: E402
from morgiana.vision.yunet import Detection, YuNet  # noqa: E402

__all__ = [
    "CameraSource",
    "Detection",
    "Detector",
    "Embedder",
    "Face",
    "FolderSource",
    "Frame",
    "FrameSource",
    "Pipeline",
    "Quality",
    "SFace",
    "VisionError",
    "YuNet",
    "add_source_options",
    "align",
    "image",
    "models",
    "photographs_by_subject",
    "references_in",
    "references_of",
    "source_of",
    "time_zone",
]
