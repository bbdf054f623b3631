"""What evaluations read: embeddings, whose they are, pairs to verify, pairs that do not count."""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy

from morgiana.calibration import Calibration
from morgiana.errors import Error


@dataclass(frozen=True)
class VerificationPairs:
    """Rows of the embeddings, two by two, in folds."""

    first: numpy.typing.NDArray[numpy.int64]
    second: numpy.typing.NDArray[numpy.int64]
    is_mated: numpy.typing.NDArray[numpy.bool_]
    folds: numpy.typing.NDArray[numpy.int64]


def _lines(path: Path) -> list[str]:
    """Errors: not_found; invalid_argument."""
    try:
        return path.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        raise Error("not_found", f"there is no file {path}") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise Error("invalid_argument", f"{path} is no text in UTF-8: {error}") from None


def embeddings(path: Path) -> numpy.typing.NDArray[numpy.floating]:
    """[images, dim] floats of a .npy file. Errors: not_found; invalid_argument."""
    try:
        found = numpy.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise Error("not_found", f"there is no file {path}") from None
    except (ValueError, EOFError, OSError) as error:
        raise Error("invalid_argument", f"{path} is no .npy file: {error}") from None
    if not isinstance(found, numpy.ndarray) or found.ndim != 2 or found.dtype.kind != "f":
        raise Error("invalid_argument", f"{path} holds no floats [images, dim]")
    return found


def identities(path: Path, column: str | None = None) -> list[str]:
    """A name a line, or the column of a CSV with a header. Errors: not_found; invalid_argument."""
    lines = _lines(path)
    if column is None:
        return [line.strip() for line in lines if line.strip()]
    rows = csv.DictReader(lines)
    if column not in (rows.fieldnames or ()):
        raise Error(
            "invalid_argument", f"{path} has no column {column!r}; it has {', '.join(rows.fieldnames or ())}"
        )
    names = []
    for row in rows:
        name = (row[column] or "").strip()
        if not name:
            raise Error("invalid_argument", f"{path}:{rows.line_num} has no {column}")
        names.append(name)
    return names


def excluded_pairs(path: Path) -> list[tuple[str, str]]:
    """Pairs of identities, a line each: CSV of two names, and why. Errors: as identities."""
    pairs = []
    for number, row in enumerate(csv.reader(_lines(path)), start=1):
        if not row or row[0].startswith("#"):
            continue
        if len(row) < 3 or not row[2].strip():
            raise Error("invalid_argument", f"{path}:{number} is not two identities and the reason")
        pairs.append((row[0].strip(), row[1].strip()))
    return pairs


def verification_pairs(path: Path, names: list[str]) -> VerificationPairs:
    """LFW's pairs.txt, or a CSV first,second,is_mated,fold of rows from 0.

    Errors: not_found; invalid_argument, naming the line.
    """
    lines = _lines(path)
    header = lines[0].split() if lines else []
    if len(header) == 2 and all(_is_number(word) for word in header):
        rows = _of_lfw(path, lines, names)
    else:
        rows = _of_csv(path, lines, len(names))
    if not rows:
        raise Error("invalid_argument", f"{path} names no pair")
    first, second, is_mated, folds = zip(*rows, strict=True)
    return VerificationPairs(
        numpy.array(first), numpy.array(second), numpy.array(is_mated), numpy.array(folds)
    )


Row = tuple[int, int, bool, int]


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _of_lfw(path: Path, lines: list[str], names: list[str]) -> list[Row]:
    """Folds of so many mated pairs (name, image, image) and as many others (name, image, name, image)."""
    num_folds, num_pairs = (int(word) for word in lines[0].split())
    if len(lines) != 1 + 2 * num_folds * num_pairs:
        raise Error(
            "invalid_argument", f"{path} announces {2 * num_folds * num_pairs} pairs and has {len(lines) - 1}"
        )
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)

    def image(name: str, number: str, line: int) -> int:
        of_name = rows.get(name, [])
        if not _is_number(number) or not 1 <= int(number) <= len(of_name):
            raise Error(
                "invalid_argument", f"{path}:{line} names image {number} of {name!r}, who has {len(of_name)}"
            )
        return of_name[int(number) - 1]

    found = []
    for line, text in enumerate(lines[1:], start=2):
        words = text.split("\t")
        fold = (line - 2) // (2 * num_pairs)
        if len(words) == 3:
            found.append((image(words[0], words[1], line), image(words[0], words[2], line), True, fold))
        elif len(words) == 4:
            found.append((image(words[0], words[1], line), image(words[2], words[3], line), False, fold))
        else:
            raise Error("invalid_argument", f"{path}:{line} is no pair")
    return found


def _of_csv(path: Path, lines: list[str], num_rows: int) -> list[Row]:
    rows = csv.DictReader(lines)
    wanted = ("first", "second", "is_mated", "fold")
    if not set(wanted) <= set(rows.fieldnames or ()):
        raise Error("invalid_argument", f"{path} is neither LFW's pairs.txt nor a CSV {','.join(wanted)}")
    found = []
    for line, row in enumerate(rows, start=2):
        try:
            pair = int(row["first"]), int(row["second"]), bool(int(row["is_mated"])), int(row["fold"])
        except (TypeError, ValueError):
            raise Error("invalid_argument", f"{path}:{line} holds what is no whole number") from None
        if not all(0 <= place < num_rows for place in pair[:2]):
            raise Error("invalid_argument", f"{path}:{line} names a row that is not from 0 to {num_rows - 1}")
        found.append(pair)
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as `sha256sum` says it. Errors: not_found; storage_failed."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise Error("not_found", f"there is no file {path}") from None
    except OSError as error:
        raise Error("storage_failed", f"{path} cannot be read: {error.strerror}") from None


def written(path: Path, text: str) -> None:
    """In one step: what was there before stays whole until then. Errors: storage_failed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".part")
        beside.write_text(text, "utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise Error("storage_failed", f"{path} cannot be written: {error.strerror}") from None


def require_replaceable(path: Path) -> None:
    """None is there, or another calibration. Errors: already_exists."""
    if not path.exists():
        return
    try:
        Calibration.load(path)
    except Error:
        raise Error("already_exists", f"{path} is there and no calibration; it is left as it is") from None
