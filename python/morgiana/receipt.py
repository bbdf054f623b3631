"""Signed receipts of decisions: who signs, who verifies, and that each is used once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, final

from morgiana import _core
from morgiana.amount import Amount, native_amount
from morgiana.arguments import file_name, refusal, text, whole_number
from morgiana.decision import Decision, Outcome, Reason
from morgiana.errors import Error
from morgiana.types import Threshold

if TYPE_CHECKING:
    from morgiana.gallery import Gallery

Path = str | os.PathLike[str]


@final
class ReceiptSigner:
    """Signs decisions with a key of the gallery's own, so that others can act on them and prove later
    what was decided: JSON Web Tokens without score, template or image (docs/receipts.md).

    ``issuer`` decides, at ``terminal``; all parties are named by 1 to 256 printable ASCII characters.
    A receipt is taken for ``lifetime_s``, 1 s to 30 days. The gallery is not kept open: once it is
    closed nothing is signed. Threads: any.
    """

    __slots__ = ("_native",)
    _native: _core.ReceiptSigner

    def __init__(
        self, gallery: Gallery, *, issuer: str, terminal: str, lifetime_s: int = 120
    ) -> None:
        """Errors: invalid_argument; closed."""
        native = getattr(gallery, "_native", None)
        if not isinstance(native, _core.Gallery):
            raise refusal("gallery", "a morgiana.Gallery", gallery)
        self._native = _core.ReceiptSigner.of(
            native,
            text("issuer", issuer),
            text("terminal", terminal),
            whole_number("lifetime_s", lifetime_s),
        )

    def sign(
        self,
        decision: Decision,
        *,
        relying_party: str,
        nonce: str | None = None,
        amount: Amount | None = None,
        calibration: str | None = None,
        policy_sha256: str | None = None,
    ) -> str:
        """A compact JSON Web Signature for who is to act on the decision. It writes nothing:
        ``ReceiptLog``.

        Errors: invalid_argument; unknown_subject (granted to who was removed since); closed.
        """
        request = native_request(relying_party, nonce, amount, calibration, policy_sha256)
        return self._native.sign(native_decision(decision), request)

    @property
    def public_key(self) -> str:
        """What verifies, a JSON Web Key (RFC 8037), the same for the life of a gallery."""
        return self._native.public_key()

    @property
    def key_id(self) -> str:
        """Its thumbprint (RFC 7638), which receipts name."""
        return self._native.key_id()


@final
@dataclass(frozen=True, init=False)
class Receipt:
    """What a ``ReceiptVerifier`` found authentic, in time and for who asked; nothing else makes one.

    Whether it grants anything, ``outcome`` says. ``subject`` is a pseudonym, with granted only
    (``Gallery.pseudonym``). Times are Unix time in seconds.
    """

    id: str
    issuer: str
    relying_party: str
    terminal: str
    issued_at_s: int
    not_before_s: int | None
    expires_at_s: int
    outcome: Outcome
    reason: Reason
    subject: str | None
    threshold: Threshold | None
    fpir: float | None
    gallery: str
    model: str
    tier: str
    head_sequence: int
    head_sha256: str
    calibration: str | None
    policy_sha256: str | None
    nonce: str | None
    amount: Amount | None
    sequence: int | None
    previous_sha256: str | None
    _native: _core.Receipt = field(repr=False, compare=False)

    def __init__(self, native: _core.Receipt) -> None:
        if not isinstance(native, _core.Receipt):
            raise TypeError("a Receipt is made by ReceiptVerifier.verify")
        claims = native.claims()
        threshold = claims["threshold"]
        converted = {
            "outcome": Outcome(claims["outcome"]),
            "reason": Reason(claims["reason"]),
            "threshold": None if threshold is None else Threshold(threshold, claims["fmr"]),
            "amount": None if claims["amount"] is None else Amount(*claims["amount"]),
            "_native": native,
        }
        for name, value in {**claims, **converted}.items():
            if name != "fmr":
                object.__setattr__(self, name, value)

    def __bool__(self) -> NoReturn:
        """``if verifier.verify(…)`` would open for a denial, which is signed as well."""
        raise TypeError('a Receipt is neither true nor false; ask .outcome == "granted"')


@final
class ReceiptVerifier:
    """Takes receipts of known keys and issuers for one relying party.

    ``keys`` says which keys each issuer signs with: JSON Web Keys, as ``ReceiptSigner.public_key``.
    ``leeway_s`` is by how much clocks may differ, 0 to 300. Threads: any.
    """

    __slots__ = ("_native",)
    _native: _core.ReceiptVerifier

    def __init__(
        self, keys: Mapping[str, str | Iterable[str]], *, relying_party: str, leeway_s: int = 30
    ) -> None:
        """Errors: invalid_argument (no key, one twice or one that is none)."""
        if not isinstance(keys, Mapping):
            raise refusal("keys", "a mapping of issuers to JSON Web Keys", keys)
        pairs = [
            (text("an issuer", issuer), text("a key", key))
            for issuer, given in keys.items()
            for key in ([given] if isinstance(given, str) else given)
        ]
        self._native = _core.ReceiptVerifier.of(
            pairs, text("relying_party", relying_party), whole_number("leeway_s", leeway_s)
        )

    def verify(
        self, jws: str, *, nonce: str | None = None, amount: Amount | None = None
    ) -> Receipt:
        """``nonce`` and ``amount`` are what was asked for: a receipt that answers something else is
        refused. It does not see that a receipt was used before: ``NonceStore``.

        Errors: not_authentic; foreign (another issuer, relying party, nonce or amount); expired
        (also: not valid yet); invalid_argument (an empty nonce).
        """
        expected = None if nonce is None else text("nonce", nonce)
        return Receipt(self._native.verify(text("jws", jws), expected, native_amount(amount)))


@final
class NonceStore:
    """Which receipts were used, so that each is used once, over all processes of one machine and
    after any crash. Made by ``create`` or ``open``. Threads: any. Fork: as of a ``Gallery``.
    """

    __slots__ = ("_native",)
    _native: _core.NonceStore

    def __init__(self, native: _core.NonceStore) -> None:
        if not isinstance(native, _core.NonceStore):
            raise TypeError("a NonceStore is made by NonceStore.create or NonceStore.open")
        self._native = native

    @classmethod
    def create(cls, path: Path) -> NonceStore:
        """A new store takes no receipt that was issued before it was made.

        Errors: already_exists; storage_full; storage_failed.
        """
        return cls(_core.NonceStore.create(file_name("path", path)))

    @classmethod
    def open(cls, path: Path) -> NonceStore:
        """Errors: not_found; unsupported_format; storage_failed."""
        return cls(_core.NonceStore.open(file_name("path", path)))

    def use(self, receipt: Receipt) -> None:
        """Returns once for a receipt, whoever asks; durable when it returns. On any error the receipt
        is not to be acted on.

        Errors: replayed (it was used); expired; storage_full; storage_failed; locked; replaced.
        """
        if not isinstance(receipt, Receipt):
            raise refusal("receipt", "a morgiana.Receipt", receipt)
        self._native.use(receipt._native)


def native_decision(decision: object) -> _core.Decision:
    """Errors: TypeError; invalid_argument."""
    if not isinstance(decision, Decision):
        raise refusal("decision", "a morgiana.Decision", decision)
    accept = None if decision.resolved is None else decision.resolved.accept
    return _core.decision(
        str(decision.outcome),
        str(decision.reason),
        decision.subject,
        decision.policy._native(),
        None if accept is None else (accept.at_least, accept.fmr),
    )


def native_request(
    relying_party: str,
    nonce: str | None,
    amount: Amount | None,
    calibration: str | None,
    policy_sha256: str | None,
) -> _core.ReceiptRequest:
    """Errors: TypeError; invalid_argument (an empty text where one was given)."""
    given = {"nonce": nonce, "calibration": calibration, "policy_sha256": policy_sha256}
    texts = {name: "" if one is None else text(name, one) for name, one in given.items()}
    for name, one in given.items():
        if one == "":
            raise Error("invalid_argument", f"{name} is empty")
    return _core.receipt_request(
        text("relying_party", relying_party),
        texts["nonce"],
        native_amount(amount),
        texts["calibration"],
        texts["policy_sha256"],
    )
