"""Files of SQLite whose commits outlive a loss of power."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path


def create_file(path: str | os.PathLike[str], schema: str) -> None:
    """Errors: FileExistsError; OSError; sqlite3.Error."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    database = open_file(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(f"BEGIN IMMEDIATE; {schema} COMMIT;")
    database.close()


def open_file(path: str | os.PathLike[str]) -> sqlite3.Connection:
    """Of what is there: a file that was lost is not made anew, as that would forget what it held.

    In autocommit; for one thread at a time. Errors: sqlite3.Error.
    """
    database = sqlite3.connect(
        f"{Path(path).absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=30,
        isolation_level=None,
        check_same_thread=False,
    )
    database.execute("PRAGMA synchronous = FULL")
    return database
