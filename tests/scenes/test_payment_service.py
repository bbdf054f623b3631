"""The service of `payment` as a process: how it begins, what a terminal of the README is told, what it refuses."""

import base64
import json
import runpy
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "examples" / "payment")]

import payment_folder
import service
from payment_folder import DIM, EXAMPLE, Person, unit
from payment_till import Till, sale_of

import morgiana as mg
from morgiana.payment import Phones

COMMAND = [sys.executable, str(EXAMPLE / "service.py")]


@pytest.fixture
def ada():
    return unit(np.random.default_rng(4).standard_normal(DIM))


@pytest.fixture
def folder(tmp_path, ada):
    payment_folder.make(tmp_path, [Person("customer-ada", "1042", ada)])
    return tmp_path


@contextmanager
def listening(folder):
    """Ready when it says so; ends as by Ctrl-C."""
    command = [*COMMAND, str(folder), str(EXAMPLE / "vending.json")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == f"listening on {folder / 'socket'}\n"
        yield
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0 and errors == ""


def encoded(embedding):
    return base64.b64encode(embedding.tobytes()).decode()


def told(folder, **asked):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / "socket"))
        connection.sendall(json.dumps(asked).encode() + b"\n")
        return json.loads(connection.makefile().readline())


def test_the_terminal_of_the_readme_pays_and_then_cannot_cancel(folder, ada, monkeypatch):
    monkeypatch.chdir(folder)
    snippet = (EXAMPLE / "README.md").read_text().split("```python\n")[2].split("```")[0]
    (folder / "terminal.py").write_text(snippet)
    with listening(folder):
        given = {"face": SimpleNamespace(embedding=ada)}
        paid = runpy.run_path(str(folder / "terminal.py"), given)
        nonce = paid["sale"]["nonce"]
        assert paid["answer"] == {"booked": nonce, "minor_units": 180}
        assert told(folder, **paid["sale"], verb="cancel") == paid["answer"]
        stranger = {"face": SimpleNamespace(embedding=-ada)}
        cancelled = runpy.run_path(str(folder / "terminal.py"), stranger)
        assert cancelled["answer"] == {"cancelled": cancelled["sale"]["nonce"]}


def test_the_readme_names_every_field_of_a_request(folder):
    asked = (EXAMPLE / "README.md").read_text().split("| field |")[1].split("\n\n")[0]
    named = [line.split("`")[1] for line in asked.splitlines() if line.startswith("| `")]
    source = (EXAMPLE / "service.py").read_text()
    assert {part.split('"')[0] for part in source.split('asked["')[1:]} == set(named)


@pytest.mark.parametrize("verb", ["refund", "PAY", "", None, ["pay"]])
def test_a_verb_that_is_neither_pay_nor_cancel_ends_nothing(folder, ada, verb):
    sale = sale_of(180)
    asked = {"terminal": sale.terminal, "nonce": sale.nonce, "minor_units": 180, "currency": "EUR"}
    showing = {"begun_at_s": sale.begun_at_s, "captured_at_s": sale.begun_at_s, "attempt": 1, "digits": None}
    face = {"embedding": encoded(ada)}
    cashier = service.open_cashier(folder, payment_folder.stated("vending"))
    line = json.dumps({"verb": verb} | asked | showing | face).encode()
    assert service.answer(cashier, line) == {"failed": "bad_request"}
    assert len(cashier.log) == 0 and cashier.ledger.find(sale.nonce) is None
    assert cashier.pay(sale, service.Showing(ada, sale.begun_at_s)).nonce == sale.nonce  # it is open still
    cashier.log.close()
    cashier.gallery.close()


def test_what_no_terminal_asks_ends_nothing(folder, ada):
    cashier = service.open_cashier(folder, payment_folder.stated("vending"))
    sale = sale_of(180)
    asked = {
        "verb": "pay",
        "terminal": sale.terminal,
        "nonce": sale.nonce,
        "minor_units": 180,
        "currency": "EUR",
    }
    asked |= {"begun_at_s": sale.begun_at_s, "captured_at_s": sale.begun_at_s, "attempt": 1, "digits": None}
    asked |= {"embedding": encoded(ada)}
    assert service.answer(cashier, b"[" * 50_000) == {"failed": "bad_request"}
    twice = json.dumps(asked | {"embedding": encoded(ada) + "*" + encoded(ada)})
    assert service.answer(cashier, twice.encode()) == {"failed": "bad_request"}
    for nonce in ("till-1/\0", "till-1/" + "x" * 30_000, "till-1/ü"):
        line = json.dumps(asked | {"verb": "cancel", "nonce": nonce}).encode()
        assert service.answer(cashier, line)["refused"] == "nonce_of_another_terminal"
        assert cashier.ledger.find(nonce) is None
    cashier.log.close()
    cashier.gallery.close()


def test_what_it_cannot_begin_with_is_one_line(folder, tmp_path):
    policy = str(EXAMPLE / "vending.json")
    for arguments, said in (
        ([str(tmp_path / "nowhere"), policy], "nowhere"),
        ([str(folder), str(tmp_path / "none.json")], "none.json"),
    ):
        ran = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 1 and ran.stdout == ""
        assert said in ran.stderr and ran.stderr.count("\n") == 1 and "nobody pays" in ran.stderr
    ran = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "usage:" in ran.stderr and "Traceback" not in ran.stderr


def everything_in(folder, name):
    return b"".join(path.read_bytes() for path in folder.glob(f"{name}*"))


def test_of_a_customer_who_is_removed_a_booking_under_a_pseudonym_stays(folder, ada):
    till = Till(folder, "cafeteria")
    sale = sale_of(1501)
    account = till.pay(sale, ada, digits="1042").account
    assert b"customer-ada" in everything_in(folder, "phones.sqlite")
    till.gallery.remove("customer-ada")
    assert till.phones.remove("customer-ada") and not till.phones.remove("customer-ada")
    till.close()
    for path in folder.iterdir():
        assert path.is_dir() or b"customer-ada" not in path.read_bytes(), path
    again = Till(folder, "cafeteria")
    assert again.ledger.find(sale.nonce).account == account
    with pytest.raises(mg.Error, match="unknown_subject"):
        again.gallery.pseudonym("customer-ada", "cafeteria")
    again.close()


def test_digits_that_were_removed_are_in_no_file_while_the_phones_are_open(tmp_path):
    Phones.create(tmp_path / "phones.sqlite")
    phones = Phones(tmp_path / "phones.sqlite")
    phones.register({"gone-for-good": "7391", "stays": "2042"})
    for _ in range(3):
        phones.owners("0000", ["gone-for-good", "stays"], 0)
    assert phones.remove("gone-for-good")
    kept = everything_in(tmp_path, "phones.sqlite")
    assert b"gone-for-good" not in kept and b"7391" not in kept and b"stays" in kept
    assert phones.owners("7391", ["gone-for-good"], 86_400) == set()
    phones.register({"gone-for-good": "7391"})  # another customer: no wrong guesses are left
    assert phones.owners("7391", ["gone-for-good"], 0) == {"gone-for-good"}
    assert phones.owners("2042", ["stays"], 0) == set()  # had three wrong ones, and still has
    phones.close()
    with pytest.raises(mg.Error, match="closed"):
        phones.remove("stays")
    with pytest.raises(TypeError):
        phones.remove(7391)


def test_phones_that_another_process_reads_are_deleted_and_said_not_to_be_erased(tmp_path):
    Phones.create(tmp_path / "phones.sqlite")
    phones = Phones(tmp_path / "phones.sqlite")
    phones.register({"gone-for-good": "7391"})
    reader = sqlite3.connect(tmp_path / "phones.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM phones").fetchone() == (1,)
    with pytest.raises(mg.Error, match="not erased") as refused:
        phones.remove("gone-for-good")
    assert refused.value.code == "locked"
    reader.close()
    assert not phones.remove("gone-for-good")
    assert b"7391" not in everything_in(tmp_path, "phones.sqlite")
    phones.close()
