"""What a till needs besides a decision: a ledger in which each sale ends once, and digits of telephone
numbers. ``examples/payment`` puts them together."""

from morgiana.payment.ledger import Booking, Ledger, Refused
from morgiana.payment.phones import Phones, cohort_of
from morgiana.payment.sqlite_ledger import SqliteLedger

__all__ = ["Booking", "Ledger", "Phones", "Refused", "SqliteLedger", "cohort_of"]
