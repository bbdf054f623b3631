"""Plays visits.json to a gate, on photographs of public persons: demonstration.py FOLDER

Ends with 1 where anything is answered otherwise than expected.
"""

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import gate as scene
import numpy as np
from PIL import Image

import morgiana as mg
from morgiana import vision

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "demo"))
from photographs import photographs  # noqa: E402

ZONE = ZoneInfo("Europe/Berlin")


def side_by_side(paths: list[Path], pipeline: vision.Pipeline) -> np.ndarray:
    """The first is the nearest: each face is half as large as the one before."""
    canvas = Image.new("RGB", (960, 640), "grey")
    for number, path in enumerate(paths):
        x, y, width, height = map(float, pipeline.largest(path).box)
        left, top, right, bottom = x - width / 2, y - height / 2, x + 1.5 * width, y + 1.5 * height
        face = Image.open(path).convert("RGB").crop((left, top, right, bottom))
        canvas.paste(face.resize((560 >> number, 560 >> number)), (600 * number, 0))
    return np.asarray(canvas)


def main() -> int:
    folder = Path(sys.argv[1])
    pictures = {picture.name: picture.path for picture in photographs(folder / "photographs")}
    script = json.loads((HERE / "visits.json").read_text("utf-8"))
    pipeline, now_s, num_wrong = vision.Pipeline(), 0.0, 0
    working = folder / "site"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir()
    key = mg.KeySource.create_file(working / "site.key")
    policy, known = (HERE / "gate.json").read_bytes(), mg.Calibration.shipped(scene.MODEL.name)
    place = working / "campus"
    with mg.Site.create(place, policy=policy, model=scene.MODEL, key=key, calibration=known) as site:
        enrolled = {subject: [pictures[name]] for subject, name in script["enrolled"].items()}
        site.gallery.enrol(*vision.references_of(enrolled, pipeline))
        gate = site.gate(
            pipeline, terminal="gate-1", area="laboratory", issuer="campus", zone=ZONE, clock=lambda: now_s
        )
        for number, visit in enumerate(script["visits"], start=1):
            if "removes" in visit:
                site.remove(visit["removes"])
            now_s = datetime.fromisoformat(visit["at"]).replace(tzinfo=ZONE).timestamp()
            shown = [pictures[name] for name in visit["photographs"]]
            pixels = vision.image.load(shown[0]) if len(shown) == 1 else side_by_side(shown, pipeline)
            frame = vision.Frame(pixels, now_s, number, " ".join(visit["photographs"]) or "an empty frame")
            direction = visit.get("direction", "in")
            admission = gate.admit(frame, direction)
            is_right = f"{admission.answer} {admission.reason}" == visit["expected"]
            num_wrong += not is_right
            print(visit["shows"] + ("" if is_right else f"  WRONG: expected {visit['expected']}"))
            print("   ", scene.line(frame, direction, admission, ZONE))
            scene.switch_door(admission)
        return 1 if scene.show_audit(site, "gate-1") or num_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
