"""Searches at a gate whose people are known by other means: what a calibration of that gate is made of."""

from __future__ import annotations

import datetime
import hashlib
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, final

import numpy

from morgiana import _core
from morgiana.arguments import file_name, real_number, refusal, text, whole_number
from morgiana.calibration import Calibration, few, numbered_pairs
from morgiana.durable_database import created, opened, transaction, translated
from morgiana.errors import Error
from morgiana.gallery import Gallery
from morgiana.search import Identification
from morgiana.types import Model

Path = str | os.PathLike[str]

_APPLICATION_ID = 0x4D47534C  # "MGSL"
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE log (model TEXT NOT NULL, dim INTEGER NOT NULL, floor REAL NOT NULL) STRICT;
CREATE TABLE subjects (
  subject TEXT PRIMARY KEY, enrolment INTEGER NOT NULL, num_references INTEGER NOT NULL) STRICT;
CREATE TABLE searches (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at_s INTEGER NOT NULL, person TEXT,
  num_withheld INTEGER NOT NULL) STRICT;
CREATE TABLE found (
  search INTEGER NOT NULL REFERENCES searches ON DELETE CASCADE, subject TEXT NOT NULL, score REAL NOT NULL,
  PRIMARY KEY (search, subject)) STRICT, WITHOUT ROWID;
CREATE INDEX by_subject ON found (subject);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
"""
_MOST_FOUND = 1000
_STEPS = 200  # of a calibration's thresholds, in a cosine of 1


@dataclass(frozen=True)
class LoggedSearch:
    """``found`` is to be decided on; ``number`` names the search when it is known who that was."""

    number: int
    found: Identification


@dataclass(frozen=True)
class LogCalibration:
    """What a log says, and what of it: ``num_searches`` of ``num_people`` among ``num_subjects``.

    Left out are ``num_unnamed`` searches of who is not known, ``num_withheld`` where a subject was
    withheld, and subjects that were not enrolled alike all the time, ``num_changed`` of them.
    """

    calibration: Calibration
    num_searches: int
    num_people: int
    num_subjects: int
    num_unnamed: int
    num_withheld: int
    num_changed: int


@dataclass(frozen=True)
class _Counted:
    """What counts of a log, and how much does not."""

    searches: list[tuple[int, str]]  # number and person
    subjects: dict[str, int]  # with their number of references
    found: list[tuple[int, str, float]]
    num_unnamed: int
    num_withheld: int
    num_changed: int

    def digest(self) -> str:
        """SHA-256, in hexadecimal digits."""
        digest = hashlib.sha256()
        for rows in (self.searches, sorted(self.subjects.items()), self.found):
            digest.update(repr(rows).encode())
        return digest.hexdigest()


@final
class SearchLog:
    """Who was found in each search, with scores from a floor on, durable; and who it really was, once
    that is known: by a badge, a PIN, an attendant. Made by ``create`` or ``open``.

    It holds names and scores in plain text, in a file of mode 0600, and no template: keep it as long as
    it is needed. Threads: any. Any number of processes may have it open. Errors of every verb:
    closed; locked (another process holds it for 5 s); storage_full; storage_failed.
    """

    def __init__(self, connection: sqlite3.Connection, path: bytes) -> None:
        with translated(path):
            stated = ("application_id", "user_version")
            known = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in stated]
            is_log = known == [_APPLICATION_ID, _VERSION]
            of = connection.execute("SELECT * FROM log").fetchone() if is_log else None
            connection.execute("PRAGMA foreign_keys = ON")
        if of is None:  # another file, or one whose creation was cut
            connection.close()
            name = os.fsdecode(path)
            raise Error("unsupported_format", f"{name} is no log of searches of version {_VERSION}")
        self._model, self._floor = Model(of[0], of[1]), float(of[2])
        self._database: sqlite3.Connection | None = connection
        self._path = path
        self._turn = threading.Lock()

    @classmethod
    def create(cls, path: Path, gallery: Gallery, *, floor: float) -> Self:
        """Of the subjects that are enrolled now: whoever comes later, or is changed, does not count.

        ``floor`` is the least score that is logged, cut to a multiple of 0.005: one that a stranger
        in a hundred reaches of one subject, and below every threshold that is decided by. The
        shipped calibrations begin there. Cost: 20 µs a subject.
        Errors: invalid_argument; already_exists; not_found (the folder).
        """
        least = real_number("floor", floor)
        if not -1.0 <= least <= 1.0:
            raise Error("invalid_argument", f"a floor is a cosine from -1 to 1, got {least}")
        if not isinstance(gallery, Gallery):
            raise refusal("gallery", "a morgiana.Gallery", gallery)
        file = file_name("path", path)
        enrolled = _enrolled(gallery)
        steps = math.floor(least * _STEPS + 1e-6)
        connection = created(file, _SCHEMA)
        with translated(file), transaction(connection):
            connection.execute(
                "INSERT INTO log VALUES (?, ?, ?)",
                (gallery.model.name, gallery.model.dim, float(numpy.float32(steps / _STEPS))),
            )
            connection.executemany(
                "INSERT INTO subjects VALUES (?, ?, ?)",
                [(subject, *now) for subject, now in enrolled.items()],
            )
        return cls(connection, file)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Errors: not_found; unsupported_format."""
        file = file_name("path", path)
        return cls(opened(file), file)

    @property
    def floor(self) -> float:
        return self._floor

    @property
    def model(self) -> Model:
        return self._model

    def identify(
        self,
        gallery: Gallery,
        probe: Any,
        *,
        person: str | None = None,
        margin: float = 0.0,
        caller: str = "",
        at_s: int | None = None,
    ) -> LoggedSearch:
        """Searches everybody by the floor, and is durable when it returns.

        ``decide`` on what it found, by a policy with a higher threshold and no larger margin. Every
        score from the floor on counts as an answer, so that a ``RefusalBudget`` counts few refusals:
        collect at a gate that somebody watches. ``person`` may be said later by ``name``.
        Shape: probe [dim]. Cost: a search and a sync of the disk.
        Errors: as Gallery.identify; model_mismatch; invalid_argument (several probes; more than a
        thousand subjects reach the floor).
        """
        self._require_model(gallery)
        answers = gallery.identify(
            probe, threshold=self._floor, margin=margin, max_candidates=_MOST_FOUND,
            include_scores=True, caller=caller,
        )  # fmt: skip
        if len(answers) != 1:
            raise Error("invalid_argument", f"a search is of one probe, got {len(answers)}")
        found = answers[0]
        if found.num_accepted > _MOST_FOUND:
            raise Error(
                "invalid_argument",
                f"{found.num_accepted} subjects reach {self._floor:g}: a log needs a higher floor",
            )
        named = None if person is None else text("person", person)
        when_s = int(time.time()) if at_s is None else whole_number("at_s", at_s)
        row = (when_s, named, found.searched.num_withheld)
        with self._turn, translated(self._path), transaction(self._open()):
            cursor = self._open().execute(
                "INSERT INTO searches (at_s, person, num_withheld) VALUES (?, ?, ?)", row
            )
            number = int(cursor.lastrowid or 0)
            scores = [] if found.scores is None else found.scores.tolist()
            self._open().executemany(
                "INSERT INTO found VALUES (?, ?, ?)",
                [(number, subject, score) for subject, score in zip(found.candidates, scores, strict=True)],
            )
        return LoggedSearch(number, found)

    def name(self, number: int, person: str) -> None:
        """Who it really was: the id of a subject, or any name of who is not enrolled, the same each time
        that they come. Not whom the search found: then nobody was ever missed. Errors: not_found."""
        values = (text("person", person), whole_number("number", number))
        with self._turn, translated(self._path):
            changed = self._open().execute("UPDATE searches SET person = ? WHERE number = ?", values)
        if not changed.rowcount:
            raise Error("not_found", f"there is no search {number}")

    def unnamed(self) -> list[tuple[int, int]]:
        """Number and time of the searches of which it is not known who it was, in their order."""
        return self._rows("SELECT number, at_s FROM searches WHERE person IS NULL ORDER BY number")

    def forget(self, person: str) -> int:
        """Erases a person's searches, returning how many, and the person from those of others. Not in
        what a file system or a backup kept of the file."""
        name = text("person", person)
        with self._turn, translated(self._path), transaction(self._open()):
            self._open().execute("DELETE FROM subjects WHERE subject = ?", (name,))
            self._open().execute("DELETE FROM found WHERE subject = ?", (name,))
            erased = self._open().execute("DELETE FROM searches WHERE person = ?", (name,)).rowcount
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")  # the log in front of the file held them, too
        return int(erased)

    def forget_before(self, at_s: int) -> int:
        """Erases older searches, and returns how many."""
        with self._turn, translated(self._path), transaction(self._open()):
            erased = self._open().execute(
                "DELETE FROM searches WHERE at_s < ?", (whole_number("at_s", at_s),)
            )
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased.rowcount

    def calibrate(
        self,
        gallery: Gallery,
        *,
        data: str,
        excluded: Iterable[tuple[str, str]] = (),
        most_probes: int = 3,
    ) -> LogCalibration:
        """FMR, FPIR and FNMR at this gate, of the subjects that are still enrolled as they were.

        ``data`` says which gate and when. ``excluded`` are pairs that were adjudicated as one person.
        A curve of r references is of those who have as many or more, by all that they have; one of
        several probes takes that many searches of a person as one transaction.
        Errors: model_mismatch; invalid_argument (fewer than two people are named, or nobody is left
        who is enrolled).
        """
        self._require_model(gallery)
        counted = self._counted(gallery)
        people = {person for _, person in counted.searches}
        if len(people) < 2 or not counted.subjects:
            raise Error(
                "invalid_argument",
                f"searches of {len(people)} people among {len(counted.subjects)} subjects say nothing of strangers",
            )
        numbers = {name: number for number, name in enumerate(sorted(people | set(counted.subjects)))}
        places = {number: place for place, (number, _) in enumerate(counted.searches)}
        pairs = numbered_pairs(excluded, numbers)
        native = _core.Calibration.estimate_log(
            self._model.name,
            self._model.dim,
            {
                "data": text("data", data),
                "data_sha256": counted.digest(),
                "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                "num_identities": len(numbers),
                "num_images": len(counted.searches) + sum(counted.subjects.values()),
                "num_excluded_pairs": len(pairs),
            },
            numpy.array([numbers[person] for _, person in counted.searches], numpy.uint32),
            numpy.array([counted.subjects.get(name, 0) for name in numbers], numpy.uint32),
            (
                numpy.array([places[search] for search, _, _ in counted.found], numpy.uint32),
                numpy.array([numbers[subject] for _, subject, _ in counted.found], numpy.uint32),
                numpy.array([score for _, _, score in counted.found], numpy.float32),
            ),
            self._floor,
            pairs,
            few("most_probes", most_probes),
        )
        return LogCalibration(
            Calibration(native),
            num_searches=len(counted.searches),
            num_people=len(people),
            num_subjects=len(counted.subjects),
            num_unnamed=counted.num_unnamed,
            num_withheld=counted.num_withheld,
            num_changed=counted.num_changed,
        )

    def close(self) -> None:
        """Idempotent."""
        with self._turn:
            database, self._database = self._database, None
            if database is not None:
                database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            raise Error("closed", f"the searches {os.fsdecode(self._path)} are closed")
        return self._database

    def _rows(self, statement: str, *values: str | int) -> list[Any]:
        with self._turn, translated(self._path):
            return self._open().execute(statement, values).fetchall()

    def _counted(self, gallery: Gallery) -> _Counted:
        now = _enrolled(gallery)
        known = self._rows("SELECT subject, enrolment, num_references FROM subjects ORDER BY subject")
        subjects = {subject: count for subject, *was, count in known if now.get(subject) == (*was, count)}
        rows = self._rows("SELECT number, person, num_withheld FROM searches ORDER BY number")
        named = [row for row in rows if row[1] is not None]
        searches = {number: person for number, person, num_withheld in named if not num_withheld}
        found = self._rows("SELECT search, subject, score FROM found ORDER BY search, subject")
        return _Counted(
            list(searches.items()),
            subjects,
            [row for row in found if row[0] in searches and row[1] in subjects],
            num_unnamed=len(rows) - len(named),
            num_withheld=len(named) - len(searches),
            num_changed=len(known) - len(subjects),
        )

    def _require_model(self, gallery: Gallery) -> None:
        if not isinstance(gallery, Gallery):
            raise refusal("gallery", "a morgiana.Gallery", gallery)
        if gallery.model != self._model:
            raise Error("model_mismatch", f"the log is of {self._model}, the gallery of {gallery.model}")


def _enrolled(gallery: Gallery) -> dict[str, tuple[int, int]]:
    """Enrolment and number of references of each subject."""
    found = {}
    for subject in gallery.subjects():
        one = gallery.enrolled(subject)
        if one is not None:  # removed meanwhile
            found[subject] = (one.enrolment, one.num_references)
    return found
