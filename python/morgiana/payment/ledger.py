"""Who takes the money: what a ledger promises, whatever keeps it."""

from dataclasses import dataclass
from typing import Protocol

from morgiana.amount import Amount
from morgiana.decision import Outcome


class Refused(Exception):
    """Not paid by this attempt. It does not end the sale: a booking does, or ``Ledger.cancel``."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(outcome, reason)
        self.outcome, self.reason = outcome, reason


@dataclass(frozen=True)
class Booking:
    """A sale that was paid. ``account`` is the customer's pseudonym, ``receipt`` the evidence."""

    nonce: str
    account: str
    amount: Amount
    booked_at_s: int
    receipt: str


class Ledger(Protocol):
    """A sale, which its nonce names, ends once: booked or cancelled, durable when the verb returns.

    Errors of every verb: those of the store that keeps it. They leave open whether the sale ended:
    ask again, every verb is idempotent.
    """

    def find(self, nonce: str) -> Booking | None:
        """Of a sale that is open or was cancelled None."""
        ...

    def spent_today(self, account: str, currency: str) -> Amount:
        """Since local midnight, for ``SubjectFacts``."""
        ...

    def book(self, receipt: str, nonce: str, amount: Amount) -> Booking:
        """Uses the receipt, holds the day limit and books, all or nothing, one booking after the other.

        A sale that was booked returns its booking, whichever of its receipts is given.
        Errors: Refused; those of ``ReceiptVerifier.verify`` and ``NonceStore.use``.
        """
        ...

    def cancel(self, nonce: str) -> Booking | None:
        """The sale is never booked from now on; one that was booked before stays, and is returned."""
        ...
