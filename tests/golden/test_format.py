"""docs/FORMAT.md is right: a reader made after it finds in every golden gallery what is there."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from format_reader import Gallery, NotAuthentic, Reader

GOLDEN = sorted(Path(__file__).parent.glob("format_*/"))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=GOLDEN, ids=lambda folder: folder.name)
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy: SQLite writes beside a database that it reads."""
    folder = tmp_path / "golden"
    shutil.copytree(request.param, folder)
    return folder


@pytest.fixture
def answers(golden: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((golden / "answers.json").read_text("utf-8"))
    return loaded


def read(folder: Path, passphrase: str = "") -> Gallery:
    reader = Reader(folder / "campus.morgiana", folder / "campus.key", passphrase)
    try:
        return reader.read()
    finally:
        reader.close()


def float_digits(vector: bytes) -> str:
    return "".join(vector[i : i + 4][::-1].hex() for i in range(0, len(vector), 4))


def test_there_is_a_golden_gallery() -> None:
    assert GOLDEN


def test_every_vector_is_recovered(golden: Path, answers: dict[str, Any]) -> None:
    gallery = read(golden)
    assert (gallery.model_name, gallery.dim) == (answers["model"]["name"], answers["model"]["dim"])
    assert sorted(gallery.subjects) == sorted(one["id"] for one in answers["subjects"])
    for expected in answers["subjects"]:
        subject = gallery.subjects[expected["id"]]
        assert subject.generation == expected["generation"]
        assert subject.cohorts == int(expected["cohorts"], 16)
        assert [float_digits(one) for one in subject.references] == expected["references"]


@pytest.mark.parametrize("holder, passphrase", [("key_file", ""), ("passphrase", "golden passphrase")])
def test_a_keyset_of_version_2_opens_the_same(golden: Path, holder: str, passphrase: str) -> None:
    before = read(golden)
    shutil.copy(golden / f"{holder}.keyset", golden / "campus.morgiana.keyset")
    assert (golden / "campus.morgiana.keyset").read_bytes()[8:12] == b"\x02\0\0\0"
    assert read(golden, passphrase) == before
    data = bytearray((golden / "campus.morgiana.keyset").read_bytes())
    for at in (45, 46, 50, len(data) - 20):  # holder, length, parameters or commitment, ciphertext
        changed = bytearray(data)
        changed[at] ^= 1
        (golden / "campus.morgiana.keyset").write_bytes(changed)
        with pytest.raises(NotAuthentic):
            read(golden, passphrase)
    if passphrase:
        (golden / "campus.morgiana.keyset").write_bytes(data)
        with pytest.raises(NotAuthentic):
            read(golden, passphrase + "!")


def test_numbers_keep_their_rules(golden: Path) -> None:
    gallery = read(golden)
    newest = gallery.heads[-1]
    alive = {one.subject_key for one in gallery.subjects.values()}
    gone = {one.subject_key for one in gallery.erasures}
    assert not alive & gone
    assert alive | gone == set(range(1, newest.next_subject_key))
    assert newest.num_wraps == len(alive) + len(gone)
    slots = [one.slot for one in gallery.subjects.values()]
    assert len(set(slots)) == len(slots)
    assert max(slots) >= 128, "no second row of slots is in use"


def test_the_first_head_is_of_an_empty_gallery(golden: Path) -> None:
    first = read(golden).heads[0]
    assert (first.sequence, first.num_subjects, first.num_references) == (1, 0, 0)
    assert (first.next_subject_key, first.num_wraps, first.state_sum) == (1, 0, 0)


def test_erasures_are_finished_and_name_their_commit(golden: Path, answers: dict[str, Any]) -> None:
    gallery = read(golden)
    assert len(gallery.erasures) == answers["num_erasures"]
    for one in gallery.erasures:
        assert 1 < one.revoked_in <= gallery.heads[-1].sequence
        assert one.erased_at is not None and one.erased_at >= one.revoked_at
        before, after = gallery.heads[one.revoked_in - 2], gallery.heads[one.revoked_in - 1]
        assert one.subject_key < before.next_subject_key <= after.next_subject_key


def test_settings_of_the_database(golden: Path) -> None:
    database = sqlite3.connect(golden / "campus.morgiana")
    values = {
        name: database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "journal_mode", "encoding", "auto_vacuum", "integrity_check")
    }
    database.close()
    assert values == {
        "page_size": 16384,
        "journal_mode": "wal",
        "encoding": "UTF-8",
        "auto_vacuum": 0,
        "integrity_check": "ok",
    }


def test_every_table_and_column_is_described(golden: Path) -> None:
    text = (ROOT / "docs" / "FORMAT.md").read_text("utf-8")
    database = sqlite3.connect(golden / "campus.morgiana")
    tables = [
        name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    assert tables
    for table in tables:
        section = re.search(rf"^### {table}$(.*?)^##", text, re.MULTILINE | re.DOTALL)
        assert section, table
        described = re.findall(r"^\| `(\w+)` \|", section[1], re.MULTILINE)
        stored = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        assert described == stored, table
    database.close()


def edit(sql: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        database = sqlite3.connect(folder / "campus.morgiana")
        database.execute(sql)
        assert database.total_changes > 0
        database.commit()
        database.close()

    return apply


def flip(name: str, offset: int) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[offset] ^= 1
        (folder / name).write_bytes(data)

    return apply


TAMPERED = {
    "key": flip("campus.key", 40),
    "uuid of keyset": flip("campus.morgiana.keyset", 12),
    "generation of keyset": flip("campus.morgiana.keyset", 28),
    "id of wrapping key": flip("campus.morgiana.keyset", 40),
    "commitment": flip("campus.morgiana.keyset", 45),
    "nonce of keyset": flip("campus.morgiana.keyset", 77),
    "ciphertext of keyset": flip("campus.morgiana.keyset", 89),
    "tag of keyset": flip("campus.morgiana.keyset", 200),
    "uuid": edit("UPDATE gallery SET uuid = zeroblob(16)"),
    "model": edit("UPDATE gallery SET model_name = 'other'"),
    "dim": edit("UPDATE gallery SET dim = 65"),
    "head": edit("UPDATE commits SET head = zeroblob(144) WHERE sequence = 2"),
    "newest head": edit("DELETE FROM commits WHERE sequence = (SELECT max(sequence) FROM commits)"),
    "first head": edit("DELETE FROM commits WHERE sequence = 1"),
    "id": edit("UPDATE subjects SET id = 'x' WHERE id = 'E-1002'"),
    "generation": edit("UPDATE subjects SET generation = 1 WHERE id = 'E-1002'"),
    "cohorts": edit("UPDATE subjects SET cohorts = -1 WHERE id = 'E-1002'"),
    "enrolled_at": edit("UPDATE subjects SET enrolled_at = 0 WHERE id = 'E-1002'"),
    "slot": edit("UPDATE subjects SET slot = 100 WHERE id = 'E-1002'"),
    "subject": edit("DELETE FROM subjects WHERE id = 'E-1002'"),
    "slots": edit("UPDATE key_slots SET content = randomblob(8192) WHERE row = 1"),
    "number": edit("UPDATE refs SET reference = reference + 7 WHERE reference % 1048576 = 1"),
    "last reference": edit(
        "DELETE FROM refs WHERE reference = "
        "(SELECT max(reference) FROM refs WHERE reference % 1048576 = 1)"
    ),
    "reference of nobody": edit("INSERT INTO refs SELECT 7, sealed FROM refs LIMIT 1"),
    "reference": edit("UPDATE refs SET sealed = randomblob(length(sealed))"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_change_is_noticed(golden: Path, what: str) -> None:
    read(golden)
    TAMPERED[what](golden)
    with pytest.raises(NotAuthentic):
        read(golden)
