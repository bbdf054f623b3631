"""Scenes run as a person runs them: a process, its arguments, its transcript."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from morgiana import vision

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
People = dict[str, list[Path]]
Run = Callable[..., subprocess.CompletedProcess[str]]


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session", autouse=True)
def models() -> None:
    for name in vision.models.names():
        if not vision.models.is_installed(name):
            pytest.skip(
                f"model {name} is not in {vision.models.directory()}: python -m morgiana.vision install"
            )


@pytest.fixture(scope="session")
def photographs() -> dict[str, Path]:
    """Those of the demo, by name; fetched where they are not there yet."""
    demo = loaded(EXAMPLES / "demo" / "photographs.py")
    cache = Path(os.environ.get("MORGIANA_PHOTOGRAPHS", ROOT / "build" / "demo" / "photographs"))
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests beside this one want them as well
        try:
            return {picture.name: picture.path for picture in demo.photographs(cache)}
        except demo.PhotographError as error:
            pytest.skip(f"the demo's photographs cannot be fetched: {error}")


@pytest.fixture(scope="session")
def lfw() -> People:
    """Forty people of LFW with four photographs each on which nobody else is, by name."""
    folder = Path(os.environ.get("MORGIANA_TEST_DATA", ROOT.parent / "shared" / "data")) / "lfw" / "images"
    if not folder.is_dir():
        pytest.skip(f"no photographs of LFW in {folder}; set MORGIANA_TEST_DATA")
    detector = vision.YuNet()
    people: People = {}
    for person in sorted(folder.iterdir()):
        paths = sorted(person.glob("*.jpg"))
        if len(paths) < 4 or any(len(detector.detect(vision.image.load(path))) != 1 for path in paths):
            continue
        people[person.name] = paths
        if len(people) == 40:
            break
    return people


@pytest.fixture(scope="session")
def run() -> Run:
    """run("gate/gate.py", …): what it printed, and how it ended."""

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(EXAMPLES / script), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    return run


@pytest.fixture
def make_site(tmp_path: Path, run: Run) -> Callable[..., Path]:
    """make_site({"E-1": [photograph, …], …}, "gate/gate.json"): by gate.py create."""

    def make_site(people: People, policy: str) -> Path:
        for subject, paths in people.items():
            laid(tmp_path / "people" / subject, [(path.stem, path) for path in paths])
        ran = run("gate/gate.py", "create", tmp_path / "site", "--people", tmp_path / "people",
                  "--policy", EXAMPLES / policy)  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return tmp_path / "site"

    return make_site


def laid(folder: Path, named: list[tuple[str, Path]]) -> Path:
    """A folder of copies by new names."""
    folder.mkdir(parents=True)
    for name, path in named:
        shutil.copy(path, folder / f"{name}{path.suffix}")
    return folder


@pytest.fixture
def lay() -> Callable[[Path, list[tuple[str, Path]]], Path]:
    return laid


@pytest.fixture
def load() -> Callable[[str], ModuleType]:
    """load("attendance/day_report.py"): a module of a scene."""
    return lambda path: loaded(EXAMPLES / path)
