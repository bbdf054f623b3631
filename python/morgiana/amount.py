"""Money."""

from __future__ import annotations

from dataclasses import dataclass

from morgiana.arguments import text, whole_number


@dataclass(frozen=True)
class Amount:
    """A sum in the smallest units of its currency: 12.50 EUR are 1250 of EUR."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        """Errors: TypeError. A sum or a currency that is none is refused where it is used."""
        object.__setattr__(self, "minor_units", whole_number("minor_units", self.minor_units))
        text("currency", self.currency)

    def _native(self) -> tuple[int, str]:
        return self.minor_units, self.currency
