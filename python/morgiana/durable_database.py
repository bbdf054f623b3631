"""Files of SQLite whose commits outlive a loss of power, with this package's errors."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from morgiana.errors import Error

_BUSY_TIMEOUT_MS = 5000


Rows = tuple[str, Iterable[tuple[Any, ...]]]  # a statement, and the values of each row


def created(file: bytes, schema: str, *rows: Rows) -> sqlite3.Connection:
    """A new file of mode 0600, with its name on the disk; nothing is left where it fails.

    Errors: invalid_argument; already_exists; not_found (the folder); storage_full; storage_failed.
    """
    _require_path(file)
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise Error("already_exists", f"{os.fsdecode(file)} is there already") from None
    except FileNotFoundError:
        raise Error("not_found", f"there is no folder for {os.fsdecode(file)}") from None
    except OSError as error:
        raise Error("storage_failed", f"{os.fsdecode(file)}: {error.strerror}") from error
    with ExitStack() as left:
        for name in (file, file + b"-wal", file + b"-shm"):
            left.callback(_remove, name)
        with translated(file):
            connection = _connected(file)
            left.callback(connection.close)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {schema}")
            for statement, values in rows:
                connection.executemany(statement, values)
            connection.execute("COMMIT")
            _sync_folder(file)
        left.pop_all()
    return connection


def opened(file: bytes) -> sqlite3.Connection:
    """One that is missing is not made anew, as that would forget what it held.

    Errors: invalid_argument; not_found; unsupported_format; storage_failed.
    """
    _require_path(file)
    if not os.path.isfile(file):
        raise Error("not_found", f"there is no file {os.fsdecode(file)}")
    with translated(file):
        return _connected(file)


@contextmanager
def translated(file: bytes) -> Iterator[None]:
    """Errors of SQLite as those of this package: locked (another process holds it for 5 s);
    storage_full; unsupported_format; storage_failed."""
    try:
        yield
    except sqlite3.Error as error:
        kind = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        code = {
            sqlite3.SQLITE_FULL: "storage_full",
            sqlite3.SQLITE_BUSY: "locked",
            sqlite3.SQLITE_LOCKED: "locked",
            sqlite3.SQLITE_NOTADB: "unsupported_format",
        }.get(kind, "storage_failed")
        raise Error(code, f"{os.fsdecode(file)}: {error}") from error


class DurableFile:
    """One open file of its kind. In a forked child it is closed; another file in its place is refused.

    Threads: any, one after the other. Errors of every verb: closed; replaced; locked; storage_full;
    storage_failed.
    """

    def __init__(self, connection: sqlite3.Connection, file: bytes, what: str) -> None:
        """``what``: what the file holds, for messages."""
        self._connection: sqlite3.Connection | None = connection
        self._file, self._what = file, what
        self._identity, self._process = _identity(file), os.getpid()
        self._turn = threading.RLock()

    @classmethod
    def opened(cls, file: bytes, what: str, application_id: int, version: int) -> Self:
        """Errors: invalid_argument; not_found; unsupported_format; storage_failed."""
        connection = opened(file)
        with translated(file):
            stated = ("application_id", "user_version")
            known = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in stated]
        if known != [application_id, version]:
            connection.close()
            raise Error("unsupported_format", f"{os.fsdecode(file)} holds no {what} of version {version}")
        return cls(connection, file, what)

    @contextmanager
    def turn(self) -> Iterator[sqlite3.Connection]:
        """Nobody else in this process meanwhile."""
        self._require_own_process()  # before the lock, which a thread of the parent may have held at the fork
        with self._turn, translated(self._file):
            if self._connection is None:
                raise self._closed()
            if _identity(self._file) != self._identity:
                raise Error("replaced", f"{os.fsdecode(self._file)} is not the file that was opened")
            yield self._connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Nobody else in any process meanwhile; durable at its end, and nothing of it where it raises.

        A signal that comes while it ends may raise although all of it is durable.
        Errors: invalid_argument (one inside another of the same thread, which goes on).
        """
        with self.turn() as connection:
            if connection.in_transaction:
                raise Error(
                    "invalid_argument", f"the {self._what} are held exclusively by this thread already"
                )
            try:
                # In here: a signal that comes while it waits ends it, too.
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                self._require_own_process()
                connection.execute("COMMIT")
            except BaseException:
                if os.getpid() == self._process and connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _require_own_process(self) -> None:
        if os.getpid() != self._process:
            raise self._closed()

    def _closed(self) -> Error:
        return Error("closed", f"the {self._what} {os.fsdecode(self._file)} are closed")

    def rows(self, statement: str, *values: str | int) -> list[Any]:
        with self.turn() as connection:
            return connection.execute(statement, values).fetchall()

    def changed(self, statement: str, *values: str | int) -> int:
        """How many rows a statement changed."""
        with self.turn() as connection:
            return connection.execute(statement, values).rowcount

    def erase(self) -> None:
        """What was deleted is still in the log in front of the file, until this returns.

        Errors: locked (somebody reads the file, a backup, say: ask again).
        """
        with self.turn() as connection:
            if connection.in_transaction:
                raise Error(
                    "invalid_argument", f"the {self._what} are held exclusively: erase them afterwards"
                )
            connection.execute("PRAGMA busy_timeout = 100")  # it holds up who writes while it waits
            try:
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        if busy:
            name = os.fsdecode(self._file)
            raise Error(
                "locked", f"{name}: deleted, and not erased while another process reads it; ask again"
            )

    def close(self) -> None:
        """Idempotent; nothing in a forked child."""
        if os.getpid() != self._process:
            return
        with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()


def _identity(file: bytes) -> tuple[int, int] | None:
    try:
        found = os.stat(file)
    except OSError:  # gone, with its folder or without
        return None
    return found.st_dev, found.st_ino


def _connected(file: bytes) -> sqlite3.Connection:
    """No transaction but those that are begun. Threads: the caller's turns."""
    connection = sqlite3.connect(
        f"{Path(os.fsdecode(file)).absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    busy = f"busy_timeout = {_BUSY_TIMEOUT_MS}"
    for setting in ("synchronous = FULL", "secure_delete = ON", "foreign_keys = ON", busy):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _remove(file: bytes) -> None:
    with suppress(FileNotFoundError):
        os.unlink(file)


def _require_path(file: bytes) -> None:
    if not file or b"\0" in file:
        raise Error("invalid_argument", "the path of a file is empty or has a zero byte")


def _sync_folder(file: bytes) -> None:
    """A file whose name is not on the disk yet is lost with the power."""
    folder = os.open(os.path.dirname(os.path.abspath(file)), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
