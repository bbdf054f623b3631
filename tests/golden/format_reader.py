"""Reads a gallery as docs/FORMAT.md describes it, and shares no code with the library."""

from __future__ import annotations

import hmac
import sqlite3
from dataclasses import dataclass
from hashlib import pbkdf2_hmac, sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

APPLICATION_ID = 0x4D52474E
FORMAT_VERSION = 1
REFERENCES_PER_SUBJECT = 1 << 20
SLOT_BYTES, SLOTS_PER_ROW = 64, 128
NONCE_BYTES, TAG_BYTES = 12, 16


class NotAuthentic(Exception):
    pass


@dataclass(frozen=True)
class Keyset:
    uuid: bytes
    generation: int
    wrapping_keys: dict[int, bytes]
    rotation_seed: bytes
    state_key: bytes


@dataclass(frozen=True)
class Head:
    sequence: int
    previous: bytes
    num_subjects: int
    num_references: int
    next_subject_key: int
    num_wraps: int
    keyset_generation: int
    state_sum: int


@dataclass(frozen=True)
class Subject:
    subject_key: int
    generation: int
    cohorts: int
    enrolled_at: int
    slot: int
    references: list[bytes]  # float32, little-endian


@dataclass(frozen=True)
class Erasure:
    subject_key: int
    revoked_in: int
    revoked_at: int
    erased_at: int | None


@dataclass(frozen=True)
class Gallery:
    model_name: str
    dim: int
    heads: list[Head]
    subjects: dict[str, Subject]
    erasures: list[Erasure]


def require(ok: bool, what: str) -> None:
    if not ok:
        raise NotAuthentic(what)


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def u64(value: int) -> bytes:
    return (value % (1 << 64)).to_bytes(8, "little")


def fields(*values: int | str | bytes) -> bytes:
    out = b""
    for value in values:
        if isinstance(value, int):
            out += u64(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += u64(len(data)) + data
    return out


def transcript(label: str, *values: int | str | bytes) -> bytes:
    return fields(label, *values)


def derive(key: bytes, label: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(key)


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, sha256).digest()


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Opens nonce ‖ ciphertext ‖ tag."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise NotAuthentic("a sealed record was changed or moved") from None


def read_key_file(path: Path) -> bytes:
    data = path.read_bytes()
    require(len(data) == 48 and data[:16] == b"morgiana key v1\n", "not a key file")
    return data[16:]


KEY_FILE, PASSPHRASE = 0, 1


def read_parameters(data: bytes, count: int) -> tuple[int, bytes, int]:
    """Who holds the KEK, what the holder needs, and where the commitment begins."""
    at = 40 + 5 * count
    if number(data[8:12]) == 1:
        return KEY_FILE, b"", at
    num_bytes = number(data[at + 1 : at + 3])
    return data[at], data[at + 3 : at + 3 + num_bytes], at + 3 + num_bytes


def read_kek(holder: int, parameters: bytes, key_path: Path, passphrase: str) -> bytes:
    if holder == KEY_FILE:
        require(parameters == b"", "a key file needs no parameters")
        return read_key_file(key_path)
    require(holder == PASSPHRASE and len(parameters) == 36, "neither a key file nor a passphrase")
    iterations = number(parameters[:4])
    require(100_000 <= iterations <= 10_000_000, "odd iterations")
    return pbkdf2_hmac("sha256", passphrase.encode(), parameters[4:], iterations, 32)


def read_keyset(path: Path, key_path: Path, passphrase: str = "") -> Keyset:
    data = path.read_bytes()
    require(data[:8] == b"MRGNKEYS" and number(data[8:12]) in (1, 2), "not a keyset that we know")
    count = number(data[36:40])
    require(1 <= count <= 64 and len(data) >= 164 + 37 * count, "the keyset has another length")
    holder, parameters, end_of_parameters = read_parameters(data, count)
    end = end_of_parameters + 32
    require(len(data) == end + 12 + 32 * (count + 2) + 16, "the keyset has another length")
    entries = [data[40 + 5 * i : 45 + 5 * i] for i in range(count)]
    ids = [number(entry[:4]) for entry in entries]
    statuses = [entry[4] for entry in entries]
    require(len(set(ids)) == count and set(statuses) <= {1, 2}, "the keyset has odd entries")
    require(statuses.count(1) == 1, "the keyset has no current key, or several")
    kek = read_kek(holder, parameters, key_path, passphrase)
    commitment = mac(derive(kek, "morgiana/keyset/commit"), data[:28])
    require(hmac.compare_digest(commitment, data[end - 32 : end]), "the key file is another one")
    plain = unseal(derive(kek, "morgiana/keyset/seal"), data[end:], data[:end])
    keys = [plain[i : i + 32] for i in range(0, len(plain), 32)]
    return Keyset(data[12:28], number(data[28:36]), dict(zip(ids, keys)), keys[-2], keys[-1])


class Reader:
    """One open database with its keys."""

    def __init__(self, path: Path, key_path: Path, passphrase: str = "") -> None:
        self.keyset = read_keyset(Path(f"{path}.keyset"), key_path, passphrase)
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("BEGIN")
        require(self.one("PRAGMA application_id") == APPLICATION_ID, "not a gallery")
        require(self.one("PRAGMA user_version") == FORMAT_VERSION, "another format")
        ((self.uuid, self.model_name, self.dim),) = self.database.execute(
            "SELECT uuid, model_name, dim FROM gallery WHERE id = 1"
        )
        require(self.uuid == self.keyset.uuid, "the keyset is of another gallery")
        self.head_key = derive(self.keyset.state_key, "morgiana/head")
        self.row_key = derive(self.keyset.state_key, "morgiana/subject-row")
        self.entry_key = derive(self.keyset.state_key, "morgiana/subject-entry")

    def one(self, sql: str, *values: int) -> Any:
        return self.database.execute(sql, values).fetchone()[0]

    def close(self) -> None:
        self.database.close()

    def head(self, stored: bytes) -> Head:
        require(len(stored) == 144, "a head has another length")
        body, tag = stored[:112], stored[112:]
        bound = transcript(
            "morgiana/head", FORMAT_VERSION, self.uuid, self.model_name, self.dim, body
        )
        require(hmac.compare_digest(mac(self.head_key, bound), tag), "a head was changed")
        return Head(
            sequence=number(body[:8]),
            previous=body[8:40],
            num_subjects=number(body[40:48]),
            num_references=number(body[48:56]),
            next_subject_key=number(body[56:64]),
            num_wraps=number(body[64:72]),
            keyset_generation=number(body[72:80]),
            state_sum=number(body[80:]),
        )

    def heads(self) -> list[Head]:
        """From the first commit to the newest, which is what they are chained for."""
        heads: list[Head] = []
        digest = bytes(32)
        for sequence, stored in self.database.execute(
            "SELECT sequence, head FROM commits ORDER BY 1"
        ):
            head = self.head(stored)
            require(head.sequence == sequence == len(heads) + 1, "a commit is missing or elsewhere")
            require(head.previous == digest, "the chain of commits is broken")
            heads.append(head)
            digest = sha256(stored).digest()
        require(bool(heads), "there is no commit")
        require(heads[-1].keyset_generation == self.keyset.generation, "the keyset is another one")
        return heads

    def subject_key_of(self, subject_key: int, slot: int) -> bytes:
        """The key that the references of a subject are sealed under."""
        row, place = divmod(slot, SLOTS_PER_ROW)
        content = self.one("SELECT content FROM key_slots WHERE row = ?", row)
        require(len(content) == SLOTS_PER_ROW * SLOT_BYTES, "a row of slots has another length")
        wrapped = content[place * SLOT_BYTES : (place + 1) * SLOT_BYTES]
        wrapping_id = number(wrapped[:4])
        require(wrapping_id in self.keyset.wrapping_keys, "the keyset lacks a wrapping key")
        bound = transcript(
            "morgiana/subject-key", FORMAT_VERSION, self.uuid, subject_key, slot, wrapping_id
        )
        return unseal(self.keyset.wrapping_keys[wrapping_id], wrapped[4:], bound)

    def references(self, subject_key: int, slot: int) -> tuple[list[bytes], bytes]:
        """The vectors of a subject, and what its entry says of them."""
        key = self.subject_key_of(subject_key, slot)
        vectors: list[bytes] = []
        named = b""
        first = subject_key * REFERENCES_PER_SUBJECT
        rows = self.database.execute(
            "SELECT reference, sealed FROM refs WHERE reference BETWEEN ? AND ? ORDER BY 1",
            (first, first + REFERENCES_PER_SUBJECT - 1),
        )
        for index, (reference, sealed) in enumerate(rows):
            require(reference == first + index, "a reference is missing")
            require(len(sealed) == 4 * self.dim + 28, "a reference has another length")
            bound = transcript(
                "morgiana/reference",
                FORMAT_VERSION,
                self.uuid,
                self.model_name,
                self.dim,
                subject_key,
                index,
            )
            vectors.append(unseal(key, sealed, bound))
            named += fields(index, sealed[:NONCE_BYTES], sealed[-TAG_BYTES:])
        return vectors, named

    def subjects(self, head: Head) -> dict[str, Subject]:
        subjects: dict[str, Subject] = {}
        state_sum = 0
        rows = self.database.execute(
            "SELECT subject_key, id, generation, cohorts, enrolled_at, slot, tag FROM subjects ORDER BY 1"
        ).fetchall()
        for subject_key, name, generation, cohorts, enrolled_at, slot, tag in rows:
            row = transcript(
                "morgiana/subject-row", subject_key, name, generation, cohorts, enrolled_at, slot
            )
            require(hmac.compare_digest(mac(self.row_key, row), tag), "a row was changed")
            vectors, named = self.references(subject_key, slot)
            entry = mac(
                self.entry_key, transcript("morgiana/subject-entry", subject_key, tag) + named
            )
            state_sum = (state_sum + number(entry)) % (1 << 256)
            subjects[name] = Subject(
                subject_key, generation, cohorts % (1 << 64), enrolled_at, slot, vectors
            )
        num_references = sum(len(one.references) for one in subjects.values())
        require(len(subjects) == head.num_subjects, "subjects are missing, or too many")
        require(num_references == head.num_references, "references are missing, or too many")
        require(self.one("SELECT count(*) FROM refs") == num_references, "a reference is nobody's")
        require(state_sum == head.state_sum, "the living are not those of the newest commit")
        return subjects

    def read(self) -> Gallery:
        heads = self.heads()
        erasures = [
            Erasure(*row) for row in self.database.execute("SELECT * FROM erasures ORDER BY 1")
        ]
        return Gallery(self.model_name, self.dim, heads, self.subjects(heads[-1]), erasures)
