"""Runs ONNX models with onnxruntime, quietly and on few threads."""

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped, unused-ignore]
from numpy.typing import NDArray

from morgiana.vision.errors import VisionError

MAX_THREADS = 256
_LOG_ERRORS_ONLY = 3


class Network:
    """A loaded model with one image input. Safe from many threads at once."""

    def __init__(self, onnx: bytes, name: str, threads: int) -> None:
        """Errors: invalid_argument (threads); model_corrupt (onnxruntime cannot load it)."""
        if not 1 <= threads <= MAX_THREADS:
            raise VisionError(
                "invalid_argument", f"threads is {threads}, expected 1 to {MAX_THREADS}"
            )
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _LOG_ERRORS_ONLY
        # Idle workers that spin would take the cores that the matching needs next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no public common type
            raise VisionError(
                "model_corrupt", f"onnxruntime cannot load model {name}: {error}"
            ) from error
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def __call__(self, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Shape: image [1, 3, height, width]; the result holds every output by its name."""
        values = self._session.run(self._outputs, {self._input: image})
        return {name: np.asarray(value) for name, value in zip(self._outputs, values, strict=True)}
