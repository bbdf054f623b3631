"""A ledger in one file of SQLite."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo

from morgiana.amount import Amount
from morgiana.arguments import file_name
from morgiana.decision import Outcome
from morgiana.durable_database import DurableFile, created, opened
from morgiana.payment.ledger import Booking, Refused
from morgiana.receipt import NonceStore, ReceiptVerifier

_LEEWAY_S = 2  # as of docs/policy.md: times are cut to whole seconds
# A row is how a sale ended; without an account it was cancelled.
_SCHEMA = """
CREATE TABLE sales (
  nonce TEXT PRIMARY KEY, account TEXT, minor_units INTEGER, currency TEXT, receipt TEXT,
  ended_at_s INTEGER NOT NULL) STRICT;
CREATE INDEX spending ON sales (account, currency, ended_at_s, minor_units);
CREATE INDEX times ON sales (ended_at_s);
"""


class SqliteLedger:
    """A ``Ledger``; any number of processes may have its file open. Threads: any."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        verifier: ReceiptVerifier,
        nonces: NonceStore,
        day_limits: Iterable[Amount],
        *,
        zone: tzinfo = UTC,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """A currency without a day limit is not taken. A day begins at midnight in ``zone``.

        Errors: not_found; unsupported_format; and of every verb closed, replaced, locked, storage_full,
        storage_failed.
        """
        self._verifier, self._nonces = verifier, nonces
        self._limits = {limit.currency: limit.minor_units for limit in day_limits}
        self._zone, self._clock = zone, clock
        file = file_name("path", path)
        self._file = DurableFile(opened(file), file, "sales")

    @staticmethod
    def create(path: str | os.PathLike[str]) -> None:
        """Once, before the first day. Errors: already_exists; not_found (the folder); storage_full;
        storage_failed."""
        created(file_name("path", path), _SCHEMA).close()

    def find(self, nonce: str) -> Booking | None:
        with self._file.turn() as database:
            return self._ended(database, nonce)[1]

    def spent_today(self, account: str, currency: str) -> Amount:
        with self._file.turn() as database:
            return Amount(self._spent(database, account, currency, int(self._clock())), currency)

    def book(self, receipt: str, nonce: str, amount: Amount) -> Booking:
        verified = self._verifier.verify(receipt, nonce=nonce, amount=amount)
        if verified.outcome != "granted" or verified.subject is None:
            raise Refused(verified.outcome, verified.reason)
        if verified.sequence is None:
            raise Refused(Outcome.DENIED, "receipt_not_logged")
        with self._file.transaction() as database:
            has_ended, booking = self._ended(database, nonce)
            if booking is not None and booking.amount == amount:
                return booking
            if has_ended:
                raise Refused(Outcome.DENIED, "sale_has_ended")
            now_s = self._now_s(database)
            spent = self._spent(database, verified.subject, amount.currency, now_s)
            if spent + amount.minor_units > self._limits.get(amount.currency, 0):
                raise Refused(Outcome.DENIED, "day_limit_reached")
            # Before the commit: a crash in between wastes the receipt, not the sale, which takes another.
            self._nonces.use(verified)
            booking = Booking(nonce, verified.subject, amount, now_s, receipt)
            row = (nonce, booking.account, amount.minor_units, amount.currency, receipt, now_s)
            database.execute("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", row)
        return booking

    def cancel(self, nonce: str) -> Booking | None:
        with self._file.transaction() as database:
            has_ended, booking = self._ended(database, nonce)
            if not has_ended:
                row = (nonce, None, None, None, None, int(self._clock()))
                database.execute("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", row)
            return booking

    def close(self) -> None:
        """Idempotent; every verb fails from then on."""
        self._file.close()

    def _ended(self, database: sqlite3.Connection, nonce: str) -> tuple[bool, Booking | None]:
        row = database.execute("SELECT * FROM sales WHERE nonce = ?", (nonce,)).fetchone()
        if row is None or row[1] is None:
            return row is not None, None
        _, account, minor_units, currency, receipt, ended_at_s = row
        return True, Booking(nonce, account, Amount(minor_units, currency), ended_at_s, receipt)

    def _spent(self, database: sqlite3.Connection, account: str, currency: str, now_s: int) -> int:
        midnight = datetime.fromtimestamp(now_s, self._zone).replace(hour=0, minute=0, second=0, fold=0)
        query = "SELECT SUM(minor_units) FROM sales WHERE account = ? AND currency = ? AND ended_at_s >= ?"
        return database.execute(query, (account, currency, int(midnight.timestamp()))).fetchone()[0] or 0

    def _now_s(self, database: sqlite3.Connection) -> int:
        """Errors: Refused (the clock was set back: the day, and so its limit, is not known)."""
        now_s = int(self._clock())
        newest_s = database.execute("SELECT MAX(ended_at_s) FROM sales WHERE account IS NOT NULL").fetchone()[
            0
        ]
        if newest_s is not None and newest_s > now_s + _LEEWAY_S:
            raise Refused(Outcome.NOT_DETERMINED, "clock_set_back")
        return now_s
