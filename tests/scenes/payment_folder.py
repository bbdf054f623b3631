"""The files of a till, made as its operator makes them once, and faces that are numbers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import morgiana as mg
from morgiana.payment import Phones, SqliteLedger, cohort_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "payment"

DIM = 128
MODEL = mg.Model("sface-2021dec", DIM)


@dataclass(frozen=True, eq=False)
class Person:
    subject: str
    digits: str
    embedding: np.ndarray


def stated(name: str, risk: float | None = None) -> mg.PolicyFile:
    """The policy of a scene, or the same by a risk of its attempts."""
    said = json.loads((EXAMPLE / f"{name}.json").read_text())
    if risk is not None:
        del said["accept"]
        said["risk"] = {"fpir": risk, "probes": said["rules"]["max_attempts"]}
    return mg.PolicyFile.parse(json.dumps(said))


def make(folder: Path, people: Sequence[Person]) -> None:
    key = mg.KeySource.create_file(folder / "customers.key")
    SqliteLedger.create(folder / "ledger.sqlite")
    Phones.create(folder / "phones.sqlite")
    phones = Phones(folder / "phones.sqlite")
    phones.register({person.subject: person.digits for person in people})
    phones.close()
    with mg.Gallery.create(folder / "customers.morgiana", model=MODEL, key=key) as gallery:
        gallery.enrol(
            [person.subject for person in people],
            np.stack([person.embedding for person in people]),
            [cohort_of(person.digits) for person in people],
        )
        signer = mg.ReceiptSigner(gallery, issuer="tills", terminal="service")
        mg.ReceiptLog.create(folder / "receipts.log", signer).close()
    mg.NonceStore.create(folder / "nonces")


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def like(face: np.ndarray, cosine: float, source: np.random.Generator) -> np.ndarray:
    """Another photograph of a face, that scores so much with it."""
    noise = source.standard_normal(DIM)
    across = unit(noise - (noise @ face) * face)
    return unit(cosine * face + np.sqrt(1 - cosine**2) * across)
