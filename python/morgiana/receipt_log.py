"""Receipts in a log that shows what was changed in it, and its audit."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn, Self, final

from morgiana import _core
from morgiana.amount import Amount
from morgiana.arguments import file_name, refusal, several, text, whole_number
from morgiana.decision import Decision
from morgiana.errors import Error
from morgiana.receipt import ReceiptSigner, native_decision, native_request

Path = str | os.PathLike[str]


@final
class ReceiptLog:
    """Signed receipts in their order, a line each, with checkpoints that say how many there were:
    keep those elsewhere, as they show a cut tail to who has no other copy. Made by ``create`` or
    ``open``; one handle at a time writes. Threads: any, one receipt after the other.
    """

    __slots__ = ("_native",)
    _native: _core.ReceiptLog

    def __init__(self, native: _core.ReceiptLog) -> None:
        if not isinstance(native, _core.ReceiptLog):
            raise TypeError("a ReceiptLog is made by ReceiptLog.create or ReceiptLog.open")
        self._native = native

    @classmethod
    def create(cls, path: Path, signer: ReceiptSigner, *, checkpoint_every: int = 1000) -> Self:
        """Beside it ``path``.state, which knows the last line, and ``path``.lock.

        Errors: already_exists; invalid_argument; locked; closed; storage_full; storage_failed.
        """
        arguments = _arguments(path, signer, checkpoint_every)
        return cls(_core.ReceiptLog.create(*arguments))

    @classmethod
    def open(cls, path: Path, signer: ReceiptSigner, *, checkpoint_every: int = 1000) -> Self:
        """Reads every line, and verifies those that the state does not know to be sound. What a crash
        left of a line that nobody was given is cut off.

        Errors: not_found; rolled_back (lines are missing at its end); not_authentic; as create.
        """
        arguments = _arguments(path, signer, checkpoint_every)
        return cls(_core.ReceiptLog.open(*arguments))

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
        """Signs a decision as the next of the log; durable there when it returns.

        Errors: as ``ReceiptSigner.sign``; storage_full; storage_failed: open the log again.
        """
        request = native_request(relying_party, nonce, amount, calibration, policy_sha256)
        return self._native.sign(native_decision(decision), request)

    def checkpoint(self) -> str:
        """Writes a checkpoint now, and returns it, to be kept elsewhere. Errors: as ``sign``."""
        return self._native.checkpoint()

    def __len__(self) -> int:
        return self._native.num_receipts()

    def __bool__(self) -> bool:
        """A log is one, with nothing in it as well."""
        return True

    def close(self) -> None:
        """Gives the files to another handle; idempotent."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class WrongLine:
    """The first line, from 1, that is not as it was written, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class AuditReport:
    """Counts of what is sound, from the first line up to ``first_wrong``, where there is one.

    ``num_unsealed`` receipts stand behind the last checkpoint: a tail that nobody could miss, without
    other evidence.
    """

    log: str
    issuer: str
    num_receipts: int
    num_checkpoints: int
    num_unsealed: int
    first_wrong: WrongLine | None

    def __bool__(self) -> NoReturn:
        """``if audit(…)`` would pass whatever was found."""
        raise TypeError("an AuditReport is neither true nor false; ask .first_wrong is None")


def audit(
    path: Path,
    keys: str | Iterable[str],
    *,
    checkpoint: str | None = None,
    least_receipts: int = 0,
) -> AuditReport:
    """Replays a log: that every line is authentic, of this log and in its place. What is wrong with
    it is a value.

    ``keys`` are the signer's, JSON Web Keys; ``checkpoint`` the newest that was kept elsewhere, which
    must be a line of the log; ``least_receipts`` how many are known to have been there.
    Errors: invalid_argument; not_found; not_authentic (of the checkpoint); storage_failed.
    """
    least = whole_number("least_receipts", least_receipts)
    if least < 0:
        raise Error("invalid_argument", "least_receipts is not negative")
    jwks = [keys] if isinstance(keys, str) else several("keys", keys)
    kept = None if checkpoint is None else text("checkpoint", checkpoint)
    found = _core.audit(file_name("path", path), [text("a key", k) for k in jwks], kept, least)
    wrong = found["first_wrong"]
    return AuditReport(
        log=found["log"],
        issuer=found["issuer"],
        num_receipts=found["num_receipts"],
        num_checkpoints=found["num_checkpoints"],
        num_unsealed=found["num_unsealed"],
        first_wrong=None if wrong is None else WrongLine(*wrong),
    )


def _arguments(
    path: Path, signer: ReceiptSigner, checkpoint_every: int
) -> tuple[bytes, _core.ReceiptSigner, int]:
    """Errors: TypeError; invalid_argument."""
    if not isinstance(signer, ReceiptSigner):
        raise refusal("signer", "a morgiana.ReceiptSigner", signer)
    every = whole_number("checkpoint_every", checkpoint_every)
    if every < 1:
        raise Error("invalid_argument", f"checkpoint_every is {every}, and 1 at least")
    return file_name("path", path), signer._native, every
