"""Sums of money, never floats."""

from __future__ import annotations

from dataclasses import dataclass

from morgiana.arguments import refusal, text, whole_number
from morgiana.errors import Error


@dataclass(frozen=True)
class Amount:
    """In the smallest units of its currency: 12.50 EUR are ``Amount(1250, "EUR")``."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument (negative; a currency that is not three of A-Z)."""
        object.__setattr__(self, "minor_units", whole_number("minor_units", self.minor_units))
        if self.minor_units < 0:
            raise Error("invalid_argument", "an amount is not negative")
        text("currency", self.currency)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        if len(self.currency) != 3 or not all(letter in letters for letter in self.currency):
            raise Error("invalid_argument", "a currency is three of A-Z (ISO 4217)")

    def _native(self) -> tuple[int, str]:
        return self.minor_units, self.currency


def native_amount(given: Amount | None) -> tuple[int, str] | None:
    """Errors: TypeError."""
    if given is None:
        return None
    if not isinstance(given, Amount):
        raise refusal("amount", "a morgiana.Amount", given, "Amount(1250, 'EUR')")
    return given._native()
