"""Searches at a gate whose people are known by other means: what a calibration of that gate is made of."""

from __future__ import annotations

import datetime
import hashlib
import math
import os
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, final

import numpy

from morgiana import _core
from morgiana.arguments import file_name, real_number, refusal, text, whole_number
from morgiana.calibration import Calibration, few, numbered_pairs
from morgiana.durable_database import DurableFile, created
from morgiana.errors import Error
from morgiana.gallery import Gallery
from morgiana.search import Identification
from morgiana.types import Model

Path = str | os.PathLike[str]

_APPLICATION_ID = 0x4D47534C  # "MGSL"
_VERSION = 1
_WHAT = "searches"
_SCHEMA = f"""
CREATE TABLE log (
  gallery TEXT NOT NULL, model TEXT NOT NULL, dim INTEGER NOT NULL, floor REAL NOT NULL) STRICT;
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
_MOST_FOUND = 1_000_000  # whoever reaches the floor
_STEPS = 200  # of a calibration's thresholds, in a cosine of 1
_MOST_NAME_BYTES = 256  # as a subject's id


@dataclass(frozen=True)
class LoggedSearch:
    """``found`` is to be decided on; ``number`` names the search when it is known who that was."""

    number: int
    found: Identification


@dataclass(frozen=True)
class LogCalibration:
    """What a log says, and what of it: ``num_searches`` of ``num_people``, of whom ``num_enrolled`` are
    among the ``num_subjects``; FNMR is theirs.

    Left out are ``num_unnamed`` searches of who is not known, ``num_withheld`` where a subject was
    withheld, and ``num_changed`` subjects who were not enrolled alike all the time.
    """

    calibration: Calibration
    num_searches: int
    num_people: int
    num_enrolled: int
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
    it is needed. Threads: any. Any number of processes may have it open. Fork: the handle is closed in
    the child process. Errors of every verb: closed; locked (another process holds it for 5 s);
    storage_full; storage_failed; replaced.
    """

    def __init__(self, file: DurableFile) -> None:
        if not isinstance(file, DurableFile):
            raise TypeError("a SearchLog is made by SearchLog.create or SearchLog.open")
        self._file = file
        self._gallery, model, dim, self._floor = file.rows("SELECT * FROM log")[0]
        self._model = Model(model, dim)

    @classmethod
    def create(cls, path: Path, gallery: Gallery, *, floor: float) -> Self:
        """Of the subjects that are enrolled now: whoever comes later, or is changed, does not count.

        ``floor`` is the least score that is logged, cut to a multiple of 0.005: one that a stranger
        in a hundred reaches of one subject, and below every threshold that is decided by. The
        shipped calibrations begin there. Cost: 30 µs a subject.
        Errors: invalid_argument; already_exists; not_found (the folder).
        """
        least = real_number("floor", floor)
        if not -1.0 <= least <= 1.0:
            raise Error("invalid_argument", f"a floor is a cosine from -1 to 1, got {least}")
        if not isinstance(gallery, Gallery):
            raise refusal("gallery", "a morgiana.Gallery", gallery)
        file = file_name("path", path)
        least = float(numpy.float32(math.floor(least * _STEPS + 1e-6) / _STEPS))
        of = (gallery.id, gallery.model.name, gallery.model.dim, least)
        subjects = [(subject, *known) for subject, known in _enrolled(gallery).items()]
        connection = created(
            file,
            _SCHEMA,
            ("INSERT INTO log VALUES (?, ?, ?, ?)", [of]),
            ("INSERT INTO subjects VALUES (?, ?, ?)", subjects),
        )
        return cls(DurableFile(connection, file, _WHAT))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Errors: not_found; unsupported_format."""
        return cls(DurableFile.opened(file_name("path", path), _WHAT, _APPLICATION_ID, _VERSION))

    @property
    def floor(self) -> float:
        return float(self._floor)

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

        ``decide`` on what it found, by a policy with a higher threshold and no larger margin; of a
        policy by a risk take the threshold that its calibration gives. Every score from the floor on
        counts as an answer, so that a ``RefusalBudget`` counts few refusals: collect at a gate that
        somebody watches. ``person`` may be said later by ``name``.
        Shape: probe [dim]. Cost: a search, a row for each subject that reaches the floor, a sync of
        the disk.
        Errors: as Gallery.identify; invalid_argument (several probes; another gallery than the log's).
        """
        self._require(gallery)
        answers = gallery.identify(
            probe, threshold=self.floor, margin=margin, max_candidates=_MOST_FOUND,
            include_scores=True, caller=caller,
        )  # fmt: skip
        if len(answers) != 1:
            raise Error("invalid_argument", f"a search is of one probe, got {len(answers)}")
        found = answers[0]
        named = None if person is None else _name(person)
        when_s = int(time.time()) if at_s is None else whole_number("at_s", at_s)
        row = (when_s, named, found.searched.num_withheld)
        scores = [] if found.scores is None else found.scores.tolist()
        with self._file.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO searches (at_s, person, num_withheld) VALUES (?, ?, ?)", row
            )
            number = int(cursor.lastrowid or 0)
            connection.executemany(  # of nobody who cannot count: who came later, or was forgotten
                "INSERT INTO found SELECT ?1, ?2, ?3 WHERE ?2 IN (SELECT subject FROM subjects)",
                [(number, subject, score) for subject, score in zip(found.candidates, scores, strict=True)],
            )
        return LoggedSearch(number, found)

    def name(self, number: int, person: str) -> None:
        """Who it really was: the id of a subject, or any name of who is not enrolled, the same each time
        that they come. Not whom the search found: then nobody was ever missed. A name is an id by its
        bytes. Errors: not_found; invalid_argument (not 1 to 256 bytes without control characters)."""
        values = (_name(person), whole_number("number", number))
        if not self._file.changed("UPDATE searches SET person = ? WHERE number = ?", *values):
            raise Error("not_found", f"there is no search {number}")

    def unnamed(self) -> list[tuple[int, int]]:
        """Number and time of the searches of which it is not known who it was, in their order."""
        return self._file.rows("SELECT number, at_s FROM searches WHERE person IS NULL ORDER BY number")

    def forget(self, person: str) -> int:
        """Erases a person's searches, returning how many, and the person from those of others and from
        those to come. Not in what a file system or a backup kept of the file. Errors: locked (all that
        is deleted, and in the file until nobody else reads it: ask again)."""
        name = text("person", person)
        with self._file.transaction() as connection:
            connection.execute("DELETE FROM subjects WHERE subject = ?", (name,))
            connection.execute("DELETE FROM found WHERE subject = ?", (name,))
            num_erased = connection.execute("DELETE FROM searches WHERE person = ?", (name,)).rowcount
        self._file.erase()
        return num_erased

    def forget_before(self, at_s: int) -> int:
        """Erases older searches, and returns how many. Errors: as forget."""
        num_erased = self._file.changed("DELETE FROM searches WHERE at_s < ?", whole_number("at_s", at_s))
        self._file.erase()
        return num_erased

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
        A curve of r references is of the subjects who have so many; one of k probes takes k searches of
        a person as one transaction, of those who came so often.
        Errors: invalid_argument (another gallery than the log's; fewer than two people are named, or
        nobody is left who is enrolled). Cost: some 20 µs a score that counts.
        """
        self._require(gallery)
        counted = self._counted(gallery)
        people = {person for _, person in counted.searches}
        if len(people) < 2 or not counted.subjects:
            among = f"{len(people)} people among {len(counted.subjects)} subjects"
            raise Error("invalid_argument", f"searches of {among} say nothing of strangers")
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
            self.floor,
            pairs,
            few("most_probes", most_probes),
        )
        return LogCalibration(
            Calibration(native),
            num_searches=len(counted.searches),
            num_people=len(people),
            num_enrolled=len(people & set(counted.subjects)),
            num_subjects=len(counted.subjects),
            num_unnamed=counted.num_unnamed,
            num_withheld=counted.num_withheld,
            num_changed=counted.num_changed,
        )

    def close(self) -> None:
        """Idempotent."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _counted(self, gallery: Gallery) -> _Counted:
        now = _enrolled(gallery)
        with self._file.transaction():  # all of one moment
            known = self._file.rows(
                "SELECT subject, enrolment, num_references FROM subjects ORDER BY subject"
            )
            rows = self._file.rows("SELECT number, person, num_withheld FROM searches ORDER BY number")
            found = self._file.rows("SELECT search, subject, score FROM found ORDER BY search, subject")
        subjects = {subject: count for subject, *was, count in known if now.get(subject) == (*was, count)}
        named = [row for row in rows if row[1] is not None]
        searches = {number: person for number, person, num_withheld in named if not num_withheld}
        return _Counted(
            list(searches.items()),
            subjects,
            [row for row in found if row[0] in searches and row[1] in subjects],
            num_unnamed=len(rows) - len(named),
            num_withheld=len(named) - len(searches),
            num_changed=len(known) - len(subjects),
        )

    def _require(self, gallery: Gallery) -> None:
        if not isinstance(gallery, Gallery):
            raise refusal("gallery", "a morgiana.Gallery", gallery)
        if gallery.id != self._gallery:
            raise Error(
                "invalid_argument", f"the log is of gallery {self._gallery}, this one is {gallery.id}"
            )


def _name(person: str) -> str:
    name = text("person", person)
    is_readable = all(unicodedata.category(letter) != "Cc" for letter in name)
    if not 1 <= len(name.encode()) <= _MOST_NAME_BYTES or not is_readable:
        raise Error("invalid_argument", "a person is named by 1 to 256 bytes without control characters")
    return name


def _enrolled(gallery: Gallery) -> dict[str, tuple[int, int]]:
    """Enrolment and number of references of each subject."""
    found = {}
    for subject in gallery.subjects():
        one = gallery.enrolled(subject)
        if one is not None:  # removed meanwhile
            found[subject] = (one.enrolment, one.num_references)
    return found
