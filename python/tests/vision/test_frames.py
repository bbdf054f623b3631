"""Frames come in order, at a stated rate, and where they end or fail they say so."""

from __future__ import annotations

import argparse
import itertools
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from morgiana import vision


def picture(path: Path, grey: int) -> None:
    Image.new("RGB", (8, 6), (grey, 0, 0)).save(path)


def test_a_folder_gives_its_images_in_the_order_of_their_names_at_its_rate(tmp_path):
    for name, grey in (("b.png", 2), ("a.PNG", 1), ("c.bmp", 3)):
        picture(tmp_path / name, grey)
    (tmp_path / "notes.txt").write_text("no image")
    picture(tmp_path / ".hidden.png", 9)
    (tmp_path / "folder.png").mkdir()
    with vision.FolderSource(tmp_path, frames_per_s=4, begins_at_s=100.0) as source:
        frames = list(source)
        assert len(source) == 3 and source.now_s() == 100.5
    told = [(f.name, f.number, f.captured_at_s, int(f.pixels[0, 0, 0])) for f in frames]
    assert told == [("a.PNG", 1, 100.0, 1), ("b.png", 2, 100.25, 2), ("c.bmp", 3, 100.5, 3)]
    assert frames[0].pixels.shape == (6, 8, 3) and frames[0].pixels.dtype == np.uint8


def test_the_clock_of_a_folder_is_that_of_the_frame_which_was_given(tmp_path):
    for name in "abc":
        picture(tmp_path / f"{name}.png", 0)
    source = vision.FolderSource(tmp_path, frames_per_s=1, begins_at_s=50.0)
    assert source.now_s() == 50.0
    assert all(source.now_s() == frame.captured_at_s for frame in source)


def test_a_folder_that_is_not_there_or_has_no_image_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(vision.VisionError, match=str(folder)) as refused:
            vision.FolderSource(folder, frames_per_s=1, begins_at_s=0)
        assert refused.value.code == "not_found"


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan")])
def test_a_rate_that_is_none_is_refused(tmp_path, rate):
    picture(tmp_path / "a.png", 0)
    with pytest.raises(vision.VisionError) as refused:
        vision.FolderSource(tmp_path, frames_per_s=rate, begins_at_s=0)
    assert refused.value.code == "invalid_argument"


def test_an_image_that_cannot_be_read_is_named_where_it_comes(tmp_path):
    picture(tmp_path / "a.png", 0)
    (tmp_path / "b.png").write_bytes(b"no image")
    frames = iter(vision.FolderSource(tmp_path, frames_per_s=1, begins_at_s=0))
    assert next(frames).name == "a.png"
    with pytest.raises(vision.VisionError, match=r"b\.png") as refused:
        next(frames)
    assert refused.value.code == "bad_image"


class Capture:
    """A camera of OpenCV that gives what it was given, then fails."""

    def __init__(self, pictures=(), opens=True):
        self.pictures, self.opens, self.num_released = list(pictures), opens, 0

    def isOpened(self):
        return self.opens

    def read(self):
        return (True, self.pictures.pop(0)) if self.pictures and not self.num_released else (False, None)

    def release(self):
        self.num_released += 1


@pytest.fixture
def camera(monkeypatch):
    def camera(capture, **options):
        monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace(VideoCapture=lambda device: capture))
        return vision.CameraSource(7, **options)

    return camera


def bgr(blue: int) -> np.ndarray:
    return np.full((6, 8, 3), (blue, 1, 2), np.uint8)


def test_a_camera_s_pictures_are_turned_to_rgb_and_stamped_when_they_were_read(camera):
    clock = itertools.count(1000.0).__next__
    with camera(Capture([bgr(10), bgr(20)]), clock=clock) as source:
        first, second = itertools.islice(source, 2)
    assert first.pixels[0, 0].tolist() == [2, 1, 10] and second.pixels[0, 0].tolist() == [2, 1, 20]
    assert (first.captured_at_s, second.captured_at_s) == (1000.0, 1001.0)
    assert (first.number, second.number, first.name) == (1, 2, "camera 7 #1")


def test_pictures_within_the_least_interval_are_read_and_passed_over(camera):
    times = iter([0.0, 0.2, 0.4, 0.6, 0.1, 0.3])  # the clock is set back before the fifth
    source = camera(Capture([bgr(i) for i in range(6)]), least_interval_s=0.5, clock=lambda: next(times))
    given = [int(frame.pixels[0, 0, 2]) for frame in itertools.islice(source, 3)]
    assert given == [0, 3, 4]


def test_a_camera_that_stops_ends_with_an_error_that_names_it(camera):
    frames = iter(camera(Capture([bgr(1)])))
    next(frames)
    with pytest.raises(vision.VisionError, match="camera 7 stopped delivering after 1 frames") as refused:
        next(frames)
    assert refused.value.code == "camera_failed"


def test_a_camera_that_was_closed_gives_nothing_more(camera):
    source = camera(Capture([bgr(1), bgr(2)]))
    frames = iter(source)
    next(frames)
    source.close()
    with pytest.raises(vision.VisionError):
        next(frames)


def test_a_camera_that_cannot_be_opened_is_released_and_named(camera):
    capture = Capture(opens=False)
    with pytest.raises(vision.VisionError, match="camera 7 cannot be opened") as refused:
        camera(capture)
    assert refused.value.code == "camera_failed" and capture.num_released == 1


def test_pixels_of_another_kind_are_refused(camera):
    with pytest.raises(vision.VisionError, match=r"uint16 \[6, 8, 3\]"):
        next(iter(camera(Capture([bgr(1).astype(np.uint16)]))))


def test_without_opencv_the_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(vision.VisionError, match="pip install opencv-python-headless") as refused:
        vision.CameraSource(0)
    assert refused.value.code == "dependency_missing"


def test_options_of_a_command_line_make_a_source(tmp_path, camera):
    picture(tmp_path / "a.png", 0)
    parser = argparse.ArgumentParser()
    vision.add_source_options(parser)
    zone = ["--zone", "Europe/Berlin"]
    folder = parser.parse_args(["--frames", str(tmp_path), "--begins", "2026-03-02T08:00", *zone])
    (frame,) = vision.source_of(folder)
    assert frame.captured_at_s == datetime.fromisoformat("2026-03-02T07:00+00:00").timestamp()
    with pytest.raises(SystemExit):
        parser.parse_args(["--frames", str(tmp_path), "--zone", "Berlin/Europe"])
    camera(Capture())
    assert isinstance(vision.source_of(parser.parse_args(["--camera", "0", *zone])), vision.CameraSource)
