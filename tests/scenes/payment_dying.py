"""One payment by a process that kills itself at a step: FOLDER STEP NONCE."""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parents[2] / "examples" / "payment"))

import numpy as np
import payment_folder
from cashier import Cashier
from sale import Sale, Showing
from service import ISSUER

import morgiana as mg
from morgiana.payment import Phones, SqliteLedger

STEPS = ("identified", "signed", "begun", "used", "inserted", "booked")


class Dying:
    """Stands in the place of a part, and kills the process before or after one of its verbs."""

    def __init__(self, part: object, verb: str, *, after: bool, said: str | None = None) -> None:
        """``said`` is the verb's first argument, if it matters."""
        self._part, self._verb, self._after, self._said = part, verb, after, said

    def __getattr__(self, name: str) -> object:
        verb = getattr(self._part, name)
        if name != self._verb:
            return verb

        def last(*arguments: object, **named: object) -> object:
            if self._said is not None and arguments[0] != self._said:
                return verb(*arguments, **named)
            if self._after:
                verb(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        return last


def main(folder: Path, step: str, nonce: str) -> None:
    stated = payment_folder.stated("cafeteria")
    gallery = mg.Gallery.open(folder / "customers.morgiana", key=mg.KeySource.file(folder / "customers.key"))
    signer = mg.ReceiptSigner(gallery, issuer=ISSUER, terminal="service")
    verifier = mg.ReceiptVerifier({ISSUER: signer.public_key}, relying_party=stated.name)
    nonces = mg.NonceStore.open(folder / "nonces")
    log = mg.ReceiptLog.open(folder / "receipts.log", signer)
    if step in ("begun", "used"):
        nonces = Dying(nonces, "use", after=step == "used")
    if step in ("identified", "signed"):
        log = Dying(log, "sign", after=step == "signed")
    ledger = SqliteLedger(folder / "ledger.sqlite", verifier, nonces, stated.policy.rules.day_limits)
    if step == "inserted":
        ledger._file._connection = Dying(ledger._file._connection, "execute", after=False, said="COMMIT")
    if step == "booked":
        ledger = Dying(ledger, "book", after=True)
    phones = Phones(folder / "phones.sqlite")
    cashier = Cashier(gallery, stated, phones, log, ledger, stated.name)
    now_s = int(time.time())
    sale = Sale("till-1", nonce, mg.Amount(1250, "EUR"), now_s)
    cashier.pay(sale, Showing(np.load(folder / "probe.npy"), now_s))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
