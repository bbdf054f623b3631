"""A till whose parts a test can take one by one."""

import time
from datetime import UTC

import numpy as np
import payment_folder
import pytest
from cashier import Cashier
from payment_folder import DIM, Person, like, unit
from sale import Sale, Showing

import morgiana as mg
from morgiana.payment import Phones, Refused, SqliteLedger

ISSUER = "tills"


def euros(minor_units):
    return mg.Amount(minor_units, "EUR")


def sale_of(*minor_units, terminal="till-1"):
    return Sale.of(terminal, [euros(price) for price in minor_units])


def refused(call, *arguments, **named):
    with pytest.raises((Refused, mg.Error)) as raised:
        call(*arguments, **named)
    error = raised.value
    return error.code if isinstance(error, mg.Error) else (str(error.outcome), error.reason)


class Till:
    """A folder with its parts, which a test can take one by one."""

    def __init__(self, folder, name, clock=time.time):
        self.folder, self.stated, self.clock = folder, payment_folder.stated(name), clock
        key = mg.KeySource.file(folder / "customers.key")
        self.gallery = mg.Gallery.open(folder / "customers.morgiana", key=key)
        self.signer = self.signer_for(120)
        self.log = mg.ReceiptLog.open(folder / "receipts.log", self.signer)
        self.phones = Phones(folder / "phones.sqlite")
        self.ledger = self.another_ledger()
        self.cashier = self.cashier_by(self.ledger)

    def signer_for(self, lifetime_s):
        return mg.ReceiptSigner(self.gallery, issuer=ISSUER, terminal="service", lifetime_s=lifetime_s)

    def another_ledger(self, leeway_s=30, party=None, zone=UTC):
        keys = {ISSUER: self.signer.public_key}
        verifier = mg.ReceiptVerifier(keys, relying_party=party or self.stated.name, leeway_s=leeway_s)
        nonces, limits = mg.NonceStore.open(self.folder / "nonces"), self.stated.policy.rules.day_limits
        path = self.folder / "ledger.sqlite"
        when = {"zone": zone, "clock": lambda: self.clock()}
        return SqliteLedger(path, verifier, nonces, limits, **when)

    def cashier_by(self, ledger):
        parts = (self.gallery, self.stated, self.phones, self.log, ledger)
        return Cashier(*parts, self.stated.name, clock=lambda: self.clock())

    def receipt(self, sale, face, signer=None):
        """Of a decision that asked no rules: what the ledger alone must hold."""
        found = self.gallery.identify(face, threshold=0.45)[0]
        return (signer or self.log).sign(
            mg.decide(found, mg.Policy(0.45)),
            relying_party=self.stated.name,
            nonce=sale.nonce,
            amount=sale.amount,
        )

    def pay(self, sale, face, **named):
        return self.cashier.pay(sale, Showing(face, int(self.clock()), **named))

    def close(self):
        self.ledger.close()
        self.phones.close()
        self.log.close()
        self.gallery.close()


@pytest.fixture
def source():
    return np.random.default_rng(20240306)


@pytest.fixture
def faces(source):
    """Ada and Bob; Cleo and Dora are twins in groups of their own."""
    ada, bob, cleo = (unit(source.standard_normal(DIM)) for _ in range(3))
    return {"ada": ada, "bob": bob, "cleo": cleo, "dora": like(cleo, 0.9, source)}


@pytest.fixture
def folder(tmp_path, faces):
    digits = {"ada": "1042", "bob": "2042", "cleo": "3001", "dora": "4002"}
    payment_folder.make(tmp_path, [Person(who, digits[who], face) for who, face in faces.items()])
    return tmp_path


@pytest.fixture
def vending(folder):
    till = Till(folder, "vending")
    yield till
    till.close()


@pytest.fixture
def cafeteria(folder):
    till = Till(folder, "cafeteria")
    yield till
    till.close()
