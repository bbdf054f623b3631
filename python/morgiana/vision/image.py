"""One way in for pictures: whatever comes, either upright RGB pixels or an error that says why."""

import io
import os
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from morgiana.vision.errors import VisionError

Pixels: TypeAlias = NDArray[np.uint8]
ImageLike: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | Pixels

MAX_PIXELS = 64_000_000  # 192 MB of RGB; the largest common phone photograph has 50 million
FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")  # none that starts other programs
EIGHT_BIT_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})


def load(image: ImageLike) -> Pixels:
    """The pixels of a picture, upright.

    Input:  a path, the bytes of a file, a PIL image, or a uint8 array [height, width, 3] in RGB
            or [height, width] grey. EXIF orientation is applied; transparency lies on white.
    Shape:  uint8 [height, width, 3] RGB, contiguous; an array that is so already is not copied.
    Errors: bad_image: unreadable, truncated or empty; over MAX_PIXELS (found before decoding);
            not 8 bits a channel; an array of another type or shape.
    """
    if isinstance(image, np.ndarray):
        return _from_array(image)
    if isinstance(image, Image.Image):
        return _decoded(image, "the PIL image")
    if isinstance(image, bytes):
        return _from_file(io.BytesIO(image), f"the image of {len(image)} bytes")
    if isinstance(image, (str, os.PathLike)):
        return _from_file(Path(image), f"the image {os.fspath(image)}")
    raise VisionError(
        "bad_image",
        "expected a path, bytes, a PIL image or a uint8 array, "
        f"got {type(image).__module__}.{type(image).__qualname__}",
    )


def _from_array(array: NDArray[np.generic]) -> Pixels:
    grey, colour = array.ndim == 2, array.ndim == 3 and array.shape[2] == 3
    if array.dtype != np.uint8 or not (grey or colour):
        raise VisionError(
            "bad_image",
            "expected uint8 [height, width, 3] in RGB or uint8 [height, width] grey, "
            f"got {array.dtype} {list(array.shape)}",
        )
    _check_size(array.shape[1], array.shape[0], "the array")
    if grey:
        array = np.repeat(array[:, :, np.newaxis], 3, axis=2)
    return np.ascontiguousarray(array, dtype=np.uint8)


def _from_file(file: Path | io.BytesIO, name: str) -> Pixels:
    try:
        opened = Image.open(file, formats=FORMATS)
    except Exception as error:  # decoders fail in many ways; each means the same to the caller
        raise VisionError("bad_image", f"{name} cannot be read: {_reason(error)}") from error
    with opened:
        return _decoded(opened, name)


def _decoded(image: Image.Image, name: str) -> Pixels:
    _check_size(image.width, image.height, name)
    if image.mode not in EIGHT_BIT_MODES:
        raise VisionError(
            "bad_image", f"{name} has pixel mode {image.mode}, expected 8 bits a channel"
        )
    try:
        pixels = np.asarray(_on_white(ImageOps.exif_transpose(image)))
    except Exception as error:  # as above: truncated data is found only here
        raise VisionError("bad_image", f"{name} cannot be decoded: {_reason(error)}") from error
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _check_size(width: int, height: int, name: str) -> None:
    if width < 1 or height < 1:
        raise VisionError("bad_image", f"{name} has {width} × {height} pixels, expected at least 1")
    if width * height > MAX_PIXELS:
        raise VisionError(
            "bad_image",
            f"{name} has {width} × {height} pixels, the limit is {MAX_PIXELS} (image.MAX_PIXELS)",
        )


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # its own text names an object in memory
        return f"it is no {', '.join(FORMATS)} file"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
