"""Installs a wheel into a fresh environment with numpy alone, uses it, and looks at what it brought.

check_wheel.py WHEEL_OR_FOLDER BUILD_ROOT
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77

# The wheel brings its own SQLite and OpenSSL beside those of the interpreter.
SMOKE = """
import sqlite3, ssl
import numpy, morgiana as mg
key = mg.KeySource.create_file("key")
x = numpy.eye(3, 64, dtype=numpy.float32)
with mg.Gallery.create("gallery", model=mg.Model("net", 64), key=key) as gallery:
    gallery.enrol(["a", "b"], x[:2])
    found = gallery.identify(x, threshold=0.5)
    decided = [mg.decide(answer, mg.Policy(0.5)).outcome.value for answer in found]
assert mg.Calibration.shipped("sface-2021dec").threshold_for(0.01, num_subjects=500).accept
assert decided == ["granted", "granted", "denied"], decided
assert sqlite3.connect(":memory:").execute("select 7").fetchone() == (7,)
ssl.create_default_context()
print(mg._core.__file__)
"""


def output_of(*command: object, folder: Path | None = None) -> str:
    ran = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False
    )
    if ran.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def skip(why: str) -> None:
    print(f"skipped: {why}")
    raise SystemExit(SKIPPED)


def newest_wheel(given: Path) -> Path:
    if given.suffix == ".whl" and given.is_file():
        return given
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    wheels = sorted(given.glob(f"morgiana-*-{tag}-*.whl"), key=lambda wheel: wheel.stat().st_mtime)
    if not wheels:
        skip(f"no wheel for {tag} at {given}")
    return wheels[-1]


def make_environment(folder: Path) -> Path:
    """An environment with numpy alone; its interpreter."""
    output_of(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    numpy = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "numpy"], capture_output=True, check=False
    )
    if numpy.returncode != 0:
        skip("numpy cannot be installed here (no network?)")
    return python


def check_library(extension: Path, build_root: Path) -> None:
    symbols = output_of("nm", "-D", "--defined-only", "--format=posix", extension)
    exported = [line.split()[0] for line in symbols.splitlines()]
    if exported != ["PyInit__core"]:
        raise SystemExit(f"{extension.name} exports {exported}, expected PyInit__core alone")
    dynamic = output_of("readelf", "-d", extension)
    for path in re.findall(r"R(?:UN)?PATH.*\[(.*)\]", dynamic):
        if any(not entry.startswith("$ORIGIN") for entry in path.split(":")):
            raise SystemExit(f"{extension.name} looks for libraries in {path}")
    if str(build_root).encode() in extension.read_bytes():
        raise SystemExit(f"{extension.name} names the folder it was built in, {build_root}")


def main() -> None:
    wheel, build_root = newest_wheel(Path(sys.argv[1])), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = make_environment(folder / "venv")
        output_of(python, "-m", "pip", "install", "--quiet", "--no-deps", wheel)
        extension = Path(output_of(python, "-I", "-c", SMOKE, folder=folder).strip())
        if not extension.is_relative_to(folder):
            raise SystemExit(f"{extension} was imported, not the one of {wheel.name}")
        if not (extension.parent / "py.typed").is_file():
            raise SystemExit(f"{wheel.name} has no py.typed")
        check_library(extension, build_root)
    print(f"{wheel.name} installs, works, and exports PyInit__core alone")


main()
