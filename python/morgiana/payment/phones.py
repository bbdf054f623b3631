"""The last digits of customers' telephone numbers: a second factor that also narrows the search."""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Iterable, Mapping

from morgiana.arguments import file_name, text
from morgiana.durable_database import DurableFile, created, opened

_DAY_S = 86_400
_SCHEMA = """
CREATE TABLE phones (
  subject TEXT PRIMARY KEY, digits TEXT NOT NULL,
  wrong_day INTEGER NOT NULL DEFAULT 0, num_wrong INTEGER NOT NULL DEFAULT 0) STRICT;
"""


def cohort_of(digits: str) -> int:
    """The one of a gallery's 64 groups in which who has these digits is enrolled and searched.

    Errors: ValueError (not four digits).
    """
    if len(digits) != 4 or not (digits.isascii() and digits.isdigit()):
        raise ValueError("a telephone number is asked for its last four digits")
    return 1 << int(digits) % 64


class Phones:
    """Four digits are guessed in 10,000 tries, so a subject has ``max_wrong`` a day (UTC), after which
    the right ones do not help either. Threads: any; any number of processes may have the file open.
    """

    def __init__(self, path: str | os.PathLike[str], *, max_wrong: int = 3) -> None:
        """Opens what ``create`` made. Errors: not_found; unsupported_format; and of every verb closed,
        replaced, locked, storage_full, storage_failed."""
        self._max_wrong = max_wrong
        file = file_name("path", path)
        self._file = DurableFile(opened(file), file, "telephone numbers")

    @staticmethod
    def create(path: str | os.PathLike[str]) -> None:
        """Errors: already_exists; not_found (the folder); storage_full; storage_failed."""
        created(file_name("path", path), _SCHEMA).close()

    def register(self, digits: Mapping[str, str]) -> None:
        """``digits`` by subject, all or none. Errors: ValueError; storage_failed (one is there already)."""
        for one in digits.values():
            cohort_of(one)
        with self._file.transaction() as database:
            database.executemany("INSERT INTO phones (subject, digits) VALUES (?, ?)", digits.items())

    def remove(self, subject: str) -> bool:
        """Erases the digits of a subject and its wrong guesses; whether there were any. First the gallery:
        who is found and has no digits pays small amounts still. Not in what a file system or a backup kept
        of the file. Errors: locked (deleted, and in the file until nobody else reads it: ask again)."""
        num_removed = self._file.changed("DELETE FROM phones WHERE subject = ?", text("subject", subject))
        self._file.erase()
        return num_removed > 0

    def owners(self, digits: str, candidates: Iterable[str], now_s: int) -> set[str]:
        """Who of the candidates has these digits. Where nobody has, it counts against each of them,
        durable before it is answered. Errors: ValueError (not four digits), which counts nothing."""
        cohort_of(digits)
        day = now_s // _DAY_S
        asked = list(candidates)
        with self._file.transaction() as database:
            found = {subject for subject in asked if self._has(database, subject, digits, day)}
            if not found:
                database.executemany(
                    "UPDATE phones SET num_wrong = iif(wrong_day < ?1, 0, num_wrong) + 1,"
                    " wrong_day = max(wrong_day, ?1) WHERE subject = ?2",
                    [(day, subject) for subject in asked],
                )
        return found

    def close(self) -> None:
        """Idempotent; every verb fails from then on."""
        self._file.close()

    def _has(self, database: sqlite3.Connection, subject: str, digits: str, day: int) -> bool:
        """On a day before the last wrong one the clock was set back, which gives no guesses."""
        row = database.execute(
            "SELECT digits, iif(wrong_day < ?, 0, num_wrong) FROM phones WHERE subject = ?",
            (day, subject),
        ).fetchone()
        return (
            row is not None
            and row[1] < self._max_wrong
            and hmac.compare_digest(row[0].encode(), digits.encode())
        )
