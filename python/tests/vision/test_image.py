import io
import re
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morgiana import vision
from morgiana.vision import image as images


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def noise(height: int = 48, width: int = 64) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


JPEG = encoded(Image.fromarray(noise()), "JPEG")
PNG = encoded(Image.fromarray(noise()))

BAD_BYTES = {
    "empty": (b"", "is no BMP, JPEG, PNG, TIFF, WEBP file"),
    "text": (b"not a picture\n" * 100, "is no BMP, JPEG, PNG, TIFF, WEBP file"),
    "truncated JPEG": (JPEG[: len(JPEG) // 2], "truncated"),
    "truncated PNG": (PNG[: len(PNG) // 2], "cannot be"),
    "PNG header alone": (PNG[:40], "cannot be"),
    "corrupt PNG": (PNG[:60] + bytes(40) + PNG[100:], "cannot be"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no BMP"),
    "16 bits": (encoded(Image.fromarray(np.zeros((8, 8), np.uint16))), "I;16"),
}


@pytest.mark.parametrize("content, said", BAD_BYTES.values(), ids=BAD_BYTES.keys())
def test_bytes_that_are_no_picture_are_refused(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "picture.jpg"
    file.write_bytes(content)
    for source in (content, file, str(file)):
        with pytest.raises(vision.VisionError, match=re.escape(said)) as caught:
            images.load(source)
        assert caught.value.code == "bad_image"


def test_a_path_without_a_picture_is_refused_by_name(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path, "Is a directory"),
        (tmp_path / "gone.jpg", "No such file"),
        ("with\0null", "null"),
    ):
        with pytest.raises(vision.VisionError, match=said) as caught:
            images.load(path)
        assert caught.value.code == "bad_image"
        assert str(path) in caught.value.message


BAD_ARRAYS = {
    "float64": np.zeros((8, 8, 3)),
    "bool": np.zeros((8, 8, 3), bool),
    "one row": np.zeros(8, np.uint8),
    "four channels": np.zeros((8, 8, 4), np.uint8),
    "channels first": np.zeros((3, 8, 8), np.uint8),
    "a batch": np.zeros((1, 8, 8, 3), np.uint8),
}


@pytest.mark.parametrize("array", BAD_ARRAYS.values(), ids=BAD_ARRAYS.keys())
def test_an_array_of_another_type_or_shape_is_refused_with_both_named(array: np.ndarray) -> None:
    got = f"expected uint8.*got {array.dtype} {re.escape(str(list(array.shape)))}"
    with pytest.raises(vision.VisionError, match=got):
        images.load(array)


@pytest.mark.parametrize("shape", [(0, 8, 3), (8, 0, 3), (0, 0)])
def test_an_array_without_pixels_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(vision.VisionError, match="expected at least 1"):
        images.load(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("nothing", [None, 7, [[0, 0, 0]]])
def test_another_object_is_refused_with_its_type(nothing: object) -> None:
    with pytest.raises(vision.VisionError, match=type(nothing).__name__):
        images.load(nothing)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [9_000, 12_000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_takes_memory(side: int) -> None:
    bomb = png_that_claims(side, side)
    tracemalloc.start()
    try:
        with pytest.raises(vision.VisionError, match=r"the limit is|cannot be read") as caught:
            images.load(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.code == "bad_image"


def test_an_array_over_the_limit_is_refused_without_touching_it() -> None:
    huge = np.broadcast_to(np.uint8(0), (20_000, 20_000, 3))  # three bytes behind 1.2 GB
    with pytest.raises(vision.VisionError, match="the limit is 64000000"):
        images.load(huge)


def test_every_way_in_gives_the_same_pixels(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(PNG)
    for source in (PNG, file, str(file), Image.fromarray(noise()), noise(), noise()[::-1][::-1]):
        loaded = images.load(source)
        assert loaded.dtype == np.uint8 and loaded.flags.c_contiguous
        np.testing.assert_array_equal(loaded, noise())


def test_an_array_that_is_ready_is_not_copied() -> None:
    pixels = noise()
    assert images.load(pixels) is pixels


def test_grey_becomes_three_equal_channels() -> None:
    grey = noise()[:, :, 0]
    expected = np.stack([grey] * 3, axis=2)
    np.testing.assert_array_equal(images.load(grey), expected)
    np.testing.assert_array_equal(images.load(Image.fromarray(grey)), expected)


def test_transparency_lies_on_white() -> None:
    clear = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    assert (images.load(clear) == 255).all()


TURNS = {
    1: (0, False),
    2: (0, True),
    3: (2, False),
    4: (2, True),
    5: (3, True),
    6: (1, False),
    7: (1, True),
    8: (3, False),
}


@pytest.mark.parametrize("orientation", TURNS)
def test_exif_orientation_is_applied(orientation: int) -> None:
    """Stored as a camera does: turned by quarters, then mirrored, which the tag says to undo."""
    turns, mirrored = TURNS[orientation]
    stored = np.rot90(noise(), turns)
    stored = stored[:, ::-1] if mirrored else stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(Image.fromarray(np.ascontiguousarray(stored)), exif=exif)
    np.testing.assert_array_equal(images.load(content), noise())
