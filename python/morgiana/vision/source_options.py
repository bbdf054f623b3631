"""Options of a command line that say where its frames come from."""

from __future__ import annotations

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from morgiana.vision.frames import CameraSource, FolderSource, FrameSource

_LEAST_INTERVAL_S = 0.5  # two answers a second are as many as a person at a door waits for


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """``--camera``, or ``--frames`` with ``--begins`` and ``--frames-per-s``; and ``--zone``."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--camera", help="its number, or what OpenCV opens")
    source.add_argument("--frames", metavar="FOLDER", help="images in the order of their names")
    parser.add_argument(
        "--begins", type=datetime.fromisoformat, metavar="TIME", help="of the first image: 2026-03-02T08:00"
    )
    parser.add_argument(
        "--frames-per-s", type=float, default=1.0, metavar="RATE", help="of the images; default: 1"
    )
    parser.add_argument("--zone", type=time_zone, required=True, help="local time, such as Europe/Berlin")


def source_of(options: argparse.Namespace) -> FrameSource:
    """Errors: those of ``CameraSource`` and ``FolderSource``."""
    if options.camera is not None:
        camera = str(options.camera)
        device = int(camera) if camera.isdecimal() else camera
        return CameraSource(device, least_interval_s=_LEAST_INTERVAL_S)
    begins = options.begins or datetime.now(options.zone)
    local = begins if begins.tzinfo is not None else begins.replace(tzinfo=options.zone)
    return FolderSource(options.frames, frames_per_s=options.frames_per_s, begins_at_s=local.timestamp())


def time_zone(name: str) -> ZoneInfo:
    """Errors: ArgumentTypeError, which argparse shows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"there is no time zone {name}") from error
