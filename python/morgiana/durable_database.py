"""Files of SQLite whose commits outlive a loss of power, with this package's errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from morgiana.errors import Error

_BUSY_TIMEOUT_MS = 5000


def created(file: bytes, schema: str) -> sqlite3.Connection:
    """A new file of mode 0600, with its name on the disk; nothing is left where it fails.

    Errors: already_exists; not_found (the folder); storage_full; storage_failed.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise Error("already_exists", f"{os.fsdecode(file)} is there already") from None
    except FileNotFoundError:
        raise Error("not_found", f"there is no folder for {os.fsdecode(file)}") from None
    except OSError as error:
        raise Error("storage_failed", f"{os.fsdecode(file)}: {error.strerror}") from error
    try:
        with translated(file):
            connection = _connected(file)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {schema} COMMIT;")
            _sync_folder(file)
        return connection
    except BaseException:
        os.unlink(file)
        raise


def opened(file: bytes) -> sqlite3.Connection:
    """One that is missing is not made anew, as that would forget what it held.

    Errors: not_found; unsupported_format; storage_failed.
    """
    if not os.path.isfile(file):
        raise Error("not_found", f"there is no file {os.fsdecode(file)}")
    with translated(file):
        return _connected(file)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Of one writer among all processes; durable at its end, and nothing of it where it raises."""
    try:
        connection.execute("BEGIN IMMEDIATE")  # in here: a signal that comes while it waits ends it, too
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


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


def _connected(file: bytes) -> sqlite3.Connection:
    """No transaction but those that are begun. Threads: the caller's turns."""
    connection = sqlite3.connect(
        f"{Path(os.fsdecode(file)).absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    for setting in ("synchronous = FULL", "secure_delete = ON", f"busy_timeout = {_BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _sync_folder(file: bytes) -> None:
    """A file whose name is not on the disk yet is lost with the power."""
    folder = os.open(os.path.dirname(os.path.abspath(file)), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
