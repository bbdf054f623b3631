"""Who went through which gate and when: what anti-passback, debounce and a day's report are asked of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, final

from morgiana.arguments import file_name, refusal, text, whole_number
from morgiana.context import Direction, Passage
from morgiana.durable_database import DurableFile, created
from morgiana.errors import Error

Path = str | os.PathLike[str]

_APPLICATION_ID = 0x4D475053  # "MGPS"
_VERSION = 1
_WHAT = "passages"
_SCHEMA = f"""
CREATE TABLE passages (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL, area TEXT NOT NULL, direction TEXT NOT NULL,
  at_s INTEGER NOT NULL, terminal TEXT NOT NULL, is_pending INTEGER NOT NULL
) STRICT;
CREATE INDEX by_subject ON passages (subject, area, number);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
"""


@dataclass(frozen=True)
class RecordedPassage:
    """A passage with whose it is and the terminal that recorded it; ``number`` is never given twice."""

    number: int
    subject: str
    passage: Passage
    terminal: str


@final
class PassageStore:
    """Passages, durable and for all processes of one machine. Made by ``create`` or ``open``.

    ``record`` makes a passage *pending*: it counts at once, but nobody was let in for it yet. Once
    all else is durable, ``settle`` makes it final, and then the door opens. So a process that is killed
    leaves either a pending passage, for which no door has opened and which ``withdraw_pending`` takes
    out, or a settled one, for which it may not have opened any more: the subject counts as
    having passed. A passage for which a door opened is never lost. docs/gates.md.

    It holds subject ids in plain text, in a file of mode 0600. Threads: any. Fork: the handle is closed
    in the child process. Errors of every verb: closed; locked (another process holds it for 5 s);
    storage_full; storage_failed; replaced.
    """

    def __init__(self, file: DurableFile) -> None:
        if not isinstance(file, DurableFile):
            raise TypeError("a PassageStore is made by PassageStore.create or PassageStore.open")
        self._file = file

    @classmethod
    def create(cls, path: Path) -> Self:
        """Errors: already_exists; not_found (the folder); storage_full; storage_failed."""
        file = file_name("path", path)
        return cls(DurableFile(created(file, _SCHEMA), file, _WHAT))

    @classmethod
    def open(cls, path: Path) -> Self:
        """One that is missing is not made anew: who is inside would be forgotten.

        Errors: not_found; unsupported_format; storage_failed.
        """
        return cls(DurableFile.opened(file_name("path", path), _WHAT, _APPLICATION_ID, _VERSION))

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Nobody else, in no process, records anything meanwhile: what was looked up inside still holds
        when it is recorded inside. All of it is durable at its end, and none of it where it raises."""
        with self._file.transaction():
            yield

    def last(self, subject: str, area: str, direction: Direction | str | None = None) -> Passage | None:
        """The last one that was recorded of a subject through an area, pending or not; in one direction
        where one is given. None where there never was one."""
        asked = [text("subject", subject), text("area", area)]
        where = "subject = ? AND area = ?"
        if direction is not None:
            where, asked = where + " AND direction = ?", [*asked, str(Direction.of(direction))]
        rows = self._file.rows(
            f"SELECT at_s, area, direction FROM passages WHERE {where} ORDER BY number DESC LIMIT 1", *asked
        )
        return _passage(*rows[0]) if rows else None

    def record(self, subject: str, passage: Passage, *, terminal: str) -> int:
        """Makes a passage pending, and returns its number."""
        if not isinstance(passage, Passage):
            raise refusal("passage", "a morgiana.Passage", passage)
        row = (text("subject", subject), passage.area, str(passage.direction), passage.at_s)
        with self._file.turn() as connection:
            cursor = connection.execute(
                "INSERT INTO passages (subject, area, direction, at_s, terminal, is_pending)"
                " VALUES (?, ?, ?, ?, ?, 1)",
                (*row, text("terminal", terminal)),
            )
            return int(cursor.lastrowid or 0)

    def settle(self, number: int) -> None:
        """From now on the door may open. Errors: not_found (it was withdrawn, or settled before)."""
        if not self._file.changed(
            "UPDATE passages SET is_pending = 0 WHERE number = ? AND is_pending", number
        ):
            raise Error("not_found", f"passage {number} is not pending")

    def withdraw(self, number: int) -> None:
        """Takes a passage out, as if it had not been. Also what an attendant does with a settled one of
        somebody who was not let in after all. Errors: not_found."""
        if not self._file.changed("DELETE FROM passages WHERE number = ?", number):
            raise Error("not_found", f"there is no passage {number}")

    def withdraw_pending(self, terminal: str) -> int:
        """Takes out what a terminal left pending when it ended, and returns how many. Only for who knows
        that no other process is that terminal: who has its ``ReceiptLog`` open does."""
        return self._file.changed(
            "DELETE FROM passages WHERE is_pending AND terminal = ?", text("terminal", terminal)
        )

    def settled(
        self, area: str, *, since_s: int = -(2**63), until_s: int = 2**63 - 1
    ) -> list[RecordedPassage]:
        """Of an area, from ``since_s`` until before ``until_s``, in the order of their times."""
        rows = self._file.rows(
            "SELECT number, subject, terminal, at_s, area, direction FROM passages WHERE NOT is_pending"
            " AND area = ? AND at_s >= ? AND at_s < ? ORDER BY at_s, number",
            text("area", area), whole_number("since_s", since_s), whole_number("until_s", until_s),
        )  # fmt: skip
        return [RecordedPassage(row[0], row[1], _passage(*row[3:]), row[2]) for row in rows]

    def areas(self) -> list[str]:
        """Those of which there are passages, pending or not, by name. Reads all of them."""
        return [row[0] for row in self._file.rows("SELECT DISTINCT area FROM passages ORDER BY area")]

    def num_inside(self, area: str, *, since_s: int = -(2**63)) -> int:
        """How many subjects' last settled passage through an area was in, ``since_s`` or later."""
        rows = self._file.rows(
            "SELECT count(*) FROM passages WHERE direction = 'in' AND at_s >= ? AND number IN"
            " (SELECT max(number) FROM passages WHERE area = ? AND NOT is_pending GROUP BY subject)",
            whole_number("since_s", since_s), text("area", area),
        )  # fmt: skip
        return int(rows[0][0])

    def forget(self, subject: str) -> int:
        """Erases all passages of a subject, and returns how many; who is enrolled by this id again has
        never passed. Not in what a file system or a backup kept of the file. Errors: locked (they are
        deleted, and in the file until nobody else reads it: ask again)."""
        return self._forget("subject = ?", text("subject", subject))

    def forget_before(self, at_s: int) -> int:
        """Erases what is older, and returns how many. Who went in before then has never passed, for
        anti-passback as well: choose it older than every ``reset_after_s``."""
        return self._forget("at_s < ?", whole_number("at_s", at_s))

    def close(self) -> None:
        """Idempotent."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _forget(self, where: str, value: str | int) -> int:
        num_forgotten = self._file.changed(f"DELETE FROM passages WHERE {where}", value)
        self._file.erase()
        return num_forgotten


def _passage(at_s: int, area: str, direction: str) -> Passage:
    return Passage(at_s, area, Direction(direction))
