"""What a terminal wants to be paid, and a customer who shows the face to pay it."""

import secrets
import time
from dataclasses import dataclass, field

import morgiana as mg
from morgiana.gallery import Embeddings
from morgiana.payment import Refused


@dataclass(frozen=True)
class Sale:
    """One article or a basket. The terminal keeps it on disk until it has ended, to ask again by its
    nonce after a lost answer. The nonce begins with the terminal's name, so that receipts name it."""

    terminal: str
    nonce: str
    amount: mg.Amount
    begun_at_s: int

    def __post_init__(self) -> None:
        """Errors: Refused."""
        is_named = self.nonce.isascii() and self.nonce.isprintable() and len(self.nonce) <= 128
        if not is_named or not self.terminal or self.terminal != self.nonce.rpartition("/")[0]:
            raise Refused(mg.Outcome.DENIED, "nonce_of_another_terminal")
        if self.amount.minor_units == 0:
            raise Refused(mg.Outcome.DENIED, "nothing_to_pay")

    @classmethod
    def of(cls, terminal: str, basket: list[mg.Amount]) -> "Sale":
        """Errors: Refused; invalid_argument."""
        currencies = {price.currency for price in basket}
        if len(currencies) != 1:
            raise Refused(mg.Outcome.DENIED, "not_one_currency")
        total = mg.Amount(sum(price.minor_units for price in basket), currencies.pop())
        return cls(terminal, f"{terminal}/{secrets.token_hex(16)}", total, int(time.time()))


@dataclass(frozen=True, eq=False)
class Showing:
    """A face at the till, and the last digits of a telephone number where a step up asked for them."""

    embedding: Embeddings = field(repr=False)
    captured_at_s: int
    attempt: int = 1
    digits: str | None = field(default=None, repr=False)
