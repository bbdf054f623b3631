"""The scene `payment`: what is paid, what is refused, and what a crash leaves. Faces are numbers here."""

import runpy
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "examples" / "payment")]

import payment_dying
import payment_folder
from payment_folder import DIM, like, unit
from payment_till import Till, euros, refused, sale_of
from payment_till import cafeteria, faces, folder, source, vending  # noqa: F401, fixtures
from sale import Sale, Showing

import morgiana as mg
from morgiana.payment import Phones, Refused, SqliteLedger


def test_the_readme_makes_what_a_till_opens(tmp_path, monkeypatch, faces):
    monkeypatch.chdir(tmp_path)
    readme = (payment_folder.EXAMPLE / "README.md").read_text()
    (tmp_path / "make.py").write_text(readme.split("```python\n")[1].split("```")[0])
    runpy.run_path(str(tmp_path / "make.py"), {"embedding": faces["ada"]})
    till = Till(tmp_path, "cafeteria")
    assert till.pay(sale_of(1501), faces["ada"], digits="1961").amount == euros(1501)
    till.close()


def test_an_article_is_paid_the_moment_the_face_is_shown(vending, faces, source):
    sale = sale_of(180)
    booking = vending.pay(sale, like(faces["ada"], 0.8, source))
    assert booking.account == vending.gallery.pseudonym("ada", "vending machine")
    assert (booking.nonce, booking.amount) == (sale.nonce, euros(180))
    assert vending.ledger.find(sale.nonce) == booking
    assert vending.ledger.spent_today(booking.account, "EUR") == euros(180)


def test_a_basket_is_one_sale(cafeteria, faces):
    assert cafeteria.pay(sale_of(450, 320, 180), faces["ada"]).amount == euros(950)
    assert refused(sale_of) == ("denied", "not_one_currency")
    assert refused(Sale.of, "till-1", [euros(1), mg.Amount(1, "CHF")]) == ("denied", "not_one_currency")


def test_a_sale_that_is_asked_again_is_paid_once(vending, faces):
    sale = sale_of(180)
    first = vending.pay(sale, faces["ada"])
    assert vending.pay(sale, faces["bob"]) == first and len(vending.log) == 1
    other = Sale(sale.terminal, sale.nonce, euros(90), sale.begun_at_s)
    assert refused(vending.pay, other, faces["ada"]) == ("denied", "sale_has_ended")
    for terminal in ("till-2", "till", ""):
        assert refused(Sale, terminal, sale.nonce, sale.amount, 0) == ("denied", "nonce_of_another_terminal")


def test_two_receipts_of_one_sale_book_it_once(vending, faces):
    sale = sale_of(180)
    first, second = (vending.receipt(sale, faces["ada"]) for _ in range(2))
    booking = vending.ledger.book(first, sale.nonce, sale.amount)
    assert vending.ledger.book(second, sale.nonce, sale.amount) == booking
    assert vending.ledger.book(first, sale.nonce, sale.amount) == booking
    assert vending.ledger.spent_today(booking.account, "EUR") == euros(180)


def test_a_receipt_pays_no_other_sale_amount_or_party(vending, faces):
    sale, other = sale_of(180), sale_of(180)
    receipt = vending.receipt(sale, faces["ada"])
    book = vending.ledger.book
    assert refused(book, receipt, other.nonce, sale.amount) == "foreign"
    assert refused(book, receipt, sale.nonce, euros(90)) == "foreign"
    assert refused(book, receipt, sale.nonce, mg.Amount(180, "CHF")) == "foreign"
    abroad = vending.another_ledger(party="cafeteria")
    assert refused(abroad.book, receipt, sale.nonce, sale.amount) == "foreign"
    head, claims, signature = receipt.split(".")
    tampered = [f"{head}.{claims[:-2]}AA.{signature}", f"{head}.{claims}.{signature[:-4]}AAAA", receipt[:-1]]
    assert {refused(book, one, sale.nonce, sale.amount) for one in tampered} == {"not_authentic"}
    assert book(receipt, sale.nonce, sale.amount).nonce == sale.nonce


def test_a_receipt_is_refused_that_is_late_unlogged_or_of_a_denial(vending, faces, source):
    sale = sale_of(180)
    ledger = vending.another_ledger(leeway_s=0)
    brief = vending.receipt(sale, faces["ada"], vending.signer_for(1))
    unlogged = vending.receipt(sale, faces["ada"], vending.signer)
    stranger = vending.receipt(sale, unit(source.standard_normal(DIM)))
    assert refused(ledger.book, unlogged, sale.nonce, sale.amount) == ("denied", "receipt_not_logged")
    assert refused(ledger.book, stranger, sale.nonce, sale.amount) == ("denied", "no_candidate")
    time.sleep(2.1)
    assert refused(ledger.book, brief, sale.nonce, sale.amount) == "expired"
    assert vending.ledger.find(sale.nonce) is None


def test_a_ledger_that_is_put_back_books_no_receipt_again(vending, faces):
    """The nonces lie elsewhere; the sale is paid by another receipt, as the ledger does not have it."""
    sale = sale_of(180)
    receipt = vending.receipt(sale, faces["ada"])
    with sqlite3.connect(vending.folder / "older.sqlite") as older:
        vending.ledger._file._connection.backup(older)
    older.close()
    vending.ledger.book(receipt, sale.nonce, sale.amount)
    vending.ledger.close()
    shutil.copy(vending.folder / "older.sqlite", vending.folder / "ledger.sqlite")
    ledger = vending.another_ledger()
    assert ledger.find(sale.nonce) is None
    assert refused(ledger.book, receipt, sale.nonce, sale.amount) == "replayed"
    assert vending.cashier_by(ledger).pay(sale, Showing(faces["ada"], int(time.time()))).nonce == sale.nonce


def test_amounts_that_are_none_are_refused(vending, faces):
    for minor_units in (-1, -(2**63)):
        assert refused(sale_of, minor_units) == "invalid_argument"
    assert refused(sale_of, 0) == ("denied", "nothing_to_pay")
    assert refused(sale_of, 500, -400) == "invalid_argument"
    for minor_units in (2**63, 2**64 + 180):
        assert refused(sale_of, minor_units) == "invalid_argument"
    assert refused(sale_of, 2**62, 2**62) == "invalid_argument"
    for minor_units in (2**53, 2**63 - 1):
        assert refused(vending.pay, sale_of(minor_units), faces["ada"]) == ("denied", "amount_above_limit")
        assert refused(vending.receipt, sale_of(minor_units), faces["ada"]) == "invalid_argument"
    francs = Sale.of("till-1", [mg.Amount(100, "CHF")])
    assert refused(vending.pay, francs, faces["ada"]) == ("denied", "currency_not_allowed")
    assert refused(
        vending.ledger.book, vending.receipt(francs, faces["ada"]), francs.nonce, francs.amount
    ) == (
        "denied",
        "day_limit_reached",
    )


def test_a_face_alone_pays_small_amounts(vending, cafeteria_after, faces):
    assert refused(vending.pay, sale_of(501), faces["ada"]) == ("denied", "amount_above_limit")
    till, sale = cafeteria_after(vending), sale_of(1501)
    assert refused(till.pay, sale, faces["ada"]) == ("step_up", "amount_needs_step_up")
    assert till.pay(sale, faces["ada"], attempt=2, digits="1042").amount == euros(1501)
    assert refused(till.pay, sale_of(5001), faces["ada"], digits="1042") == ("denied", "amount_above_limit")


@pytest.fixture
def cafeteria_after():
    opened = []

    def after(till):
        till.close()
        opened.append(Till(till.folder, "cafeteria"))
        return opened[-1]

    yield after
    for till in opened:
        till.close()


def test_wrong_digits_are_counted_and_the_right_ones_do_not_help_then(cafeteria, cafeteria_after, faces):
    for digits in ("1043", "2042", "1106"):  # 1106 is of the same group of 64 as 1042
        sale = sale_of(100)
        assert refused(cafeteria.pay, sale, faces["ada"], digits=digits) == ("step_up", "wrong_digits")
    again = cafeteria_after(cafeteria)
    assert refused(again.pay, sale_of(1501), faces["ada"], digits="1042") == ("step_up", "wrong_digits")
    assert again.pay(sale_of(100), faces["ada"]).amount == euros(100)
    tomorrow_s = int(time.time()) // 86_400 * 86_400 + 86_400
    assert again.phones.owners("1042", ["ada"], tomorrow_s) == {"ada"}
    for digits in ("42", "", "20420", "２０４２"):
        with pytest.raises(ValueError, match="four digits"):
            again.pay(sale_of(1501), faces["bob"], digits=digits)
    assert again.pay(sale_of(1501), faces["bob"], digits="2042").amount == euros(1501)


def test_wrong_digits_of_yesterday_by_a_clock_set_back_count_today(folder):
    phones = Phones(folder / "phones.sqlite")
    for _ in range(3):
        assert phones.owners("0000", ["ada"], 10 * 86_400) == set()
    assert phones.owners("1042", ["ada"], 9 * 86_400) == set()
    assert phones.owners("1042", ["ada"], 10 * 86_400) == set()
    assert phones.owners("1042", ["ada"], 11 * 86_400) == {"ada"}


def test_a_twin_is_asked_and_never_taken_for_the_first_hit(cafeteria, faces):
    between = unit(1.02 * faces["cleo"] + faces["dora"])
    sale = sale_of(100)
    assert refused(cafeteria.pay, sale, between) == ("step_up", "ambiguous")
    assert refused(cafeteria.pay, sale, between, digits="1042") == ("step_up", "wrong_digits")
    booking = cafeteria.pay(sale, between, attempt=2, digits="4002")
    assert booking.account == cafeteria.gallery.pseudonym("dora", "cafeteria")


def test_who_knows_the_digits_of_a_likeness_does_not_pay_as_the_nearer_one(cafeteria, faces, source):
    """Gina looks like Ada, and has other digits of the same group of 64."""
    gina = like(faces["ada"], 0.6, source)
    cafeteria.gallery.enrol("gina", gina, payment_folder.cohort_of("1106"))
    cafeteria.phones.register({"gina": "1106"})
    assert refused(cafeteria.pay, sale_of(1501), gina, digits="1042") == ("step_up", "wrong_digits")
    assert cafeteria.pay(sale_of(1501), gina, digits="1106").account == cafeteria.gallery.pseudonym(
        "gina", "cafeteria"
    )


def test_a_stranger_pays_nothing(vending, source):
    stranger = unit(source.standard_normal(DIM))
    assert refused(vending.pay, sale_of(100), stranger) == ("denied", "no_candidate")
    assert refused(vending.pay, sale_of(100), stranger, digits="1042") == ("denied", "no_candidate")
    assert refused(vending.pay, sale_of(100), stranger[:64]) == "dim_mismatch"
    assert len(vending.log) == 0


def test_who_probes_at_one_till_is_withheld_there(vending, faces, source):
    for _ in range(20):
        near = like(faces["ada"], 0.46, source)
        assert refused(vending.pay, sale_of(100), near) == ("denied", "no_candidate")
    assert refused(vending.pay, sale_of(100), faces["ada"]) == ("not_determined", "withheld")
    assert vending.pay(sale_of(100), faces["bob"]).amount == euros(100)
    assert vending.pay(sale_of(100, terminal="till-2"), faces["ada"]).amount == euros(100)


def test_a_twin_who_had_herself_withheld_does_not_pay_as_the_other(vending, faces, source):
    """She is no answer then, and the face is nobody's who is not nearer than she is."""
    across = unit(faces["dora"] - (faces["dora"] @ faces["cleo"]) * faces["cleo"])
    for _ in range(20):
        noise = source.standard_normal(DIM)
        for known in (faces["cleo"], across):
            noise -= (noise @ known) * known
        near_dora_alone = unit(0.15 * faces["cleo"] + 0.76 * across + 0.65 * unit(noise))
        assert refused(vending.pay, sale_of(100), near_dora_alone) == ("denied", "no_candidate")
    assert refused(vending.pay, sale_of(100), faces["dora"]) == ("not_determined", "withheld")
    assert refused(vending.pay, sale_of(100), faces["dora"], digits="4002") == (
        "not_determined",
        "withheld",
    )
    assert vending.pay(sale_of(100), faces["bob"]).amount == euros(100)


def test_what_is_old_or_tried_too_often_is_refused(vending, faces):
    now_s = int(time.time())

    def outcome(begun_at_s, captured_at_s, attempt=1):
        sale = Sale("till-1", sale_of(100).nonce, euros(100), begun_at_s)
        return refused(vending.cashier.pay, sale, Showing(faces["ada"], captured_at_s, attempt))

    assert outcome(now_s, now_s - 12) == ("denied", "capture_expired")
    assert outcome(now_s - 62, now_s) == ("denied", "transaction_expired")
    assert outcome(now_s, now_s, attempt=4) == ("denied", "too_many_attempts")
    assert outcome(now_s + 60, now_s) == ("not_determined", "clock_set_back")


def test_the_ledger_holds_the_day_limit_whatever_was_decided_before(cafeteria, faces):
    """Four receipts of decisions that all saw nothing spent, at two tills at once: three fit."""
    sales = [sale_of(2000) for _ in range(4)]
    receipts = [cafeteria.receipt(sale, faces["ada"]) for sale in sales]
    ledgers = [cafeteria.ledger, cafeteria.another_ledger()] * 2
    said, begin = [], threading.Barrier(4)

    def book(ledger, receipt, sale):
        begin.wait()
        try:
            said.append(ledger.book(receipt, sale.nonce, sale.amount).amount.minor_units)
        except Refused as error:
            said.append(error.reason)

    threads = [
        threading.Thread(target=book, args=each) for each in zip(ledgers, receipts, sales, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, said)) == ["2000", "2000", "2000", "day_limit_reached"]
    account = cafeteria.gallery.pseudonym("ada", "cafeteria")
    assert cafeteria.ledger.spent_today(account, "EUR") == euros(6000)
    assert refused(cafeteria.pay, sale_of(1), faces["ada"]) == ("denied", "day_limit_reached")
    assert len(cafeteria.log) == 4  # decided by what was spent: nothing was signed that cannot be booked
    assert cafeteria.pay(sale_of(1), faces["bob"]).amount == euros(1)


def test_a_day_begins_at_midnight_and_not_by_a_clock_set_back(vending, faces):
    midnight_s = int(time.time()) // 86_400 * 86_400
    ledger = vending.ledger

    def book_at(second):
        vending.clock = lambda: midnight_s + second
        sale = sale_of(1500)
        return ledger.book(vending.receipt(sale, faces["ada"]), sale.nonce, sale.amount).booked_at_s

    assert book_at(-1) == midnight_s - 1
    vending.clock = lambda: midnight_s
    account = vending.gallery.pseudonym("ada", "vending machine")
    assert vending.ledger.spent_today(account, "EUR") == euros(0)
    further_east = timezone(timedelta(hours=1))
    assert vending.another_ledger(zone=further_east).spent_today(account, "EUR") == euros(1500)
    assert book_at(0) == midnight_s
    vending.clock = lambda: midnight_s + 1
    assert refused(vending.pay, sale_of(1), faces["ada"])  # begun after now, by this clock
    assert refused(book_at, 2) == ("denied", "day_limit_reached")
    assert refused(book_at, -2) == ("denied", "day_limit_reached")  # yesterday counts what came after it
    assert refused(book_at, -86_400) == ("not_determined", "clock_set_back")


def test_a_day_has_25_hours_where_clocks_are_put_back(vending, faces):
    ledger = vending.another_ledger(zone=ZoneInfo("Europe/Berlin"))
    begun = datetime(2026, 10, 24, 22, 30, tzinfo=UTC).timestamp()  # half past midnight, in summer time
    vending.clock = lambda: begun
    sale = sale_of(1500)
    account = ledger.book(vending.receipt(sale, faces["ada"]), sale.nonce, sale.amount).account
    for hours, spent in ((24.4, 1500), (24.6, 0)):
        vending.clock = lambda hours=hours: begun + hours * 3600
        assert ledger.spent_today(account, "EUR") == euros(spent)


def test_a_cancelled_sale_is_never_booked(vending, faces):
    sale = sale_of(180)
    receipt = vending.receipt(sale, faces["ada"])
    assert vending.cashier.cancel(sale) is None and vending.cashier.cancel(sale) is None
    assert refused(vending.ledger.book, receipt, sale.nonce, sale.amount) == ("denied", "sale_has_ended")
    assert refused(vending.pay, sale, faces["ada"]) == ("denied", "sale_has_ended")
    paid = sale_of(180)
    assert vending.pay(paid, faces["ada"]) == vending.cashier.cancel(paid) == vending.ledger.find(paid.nonce)


def test_a_ledger_waits_for_the_disk(vending):
    with vending.phones._file.turn() as phones:
        for database in (vending.ledger._file._connection, phones):
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_ledger_that_is_lost_is_not_begun_anew(vending):
    """It would know neither what was paid nor what was spent today."""
    vending.ledger.close()
    with pytest.raises(mg.Error, match="already_exists"):
        SqliteLedger.create(vending.folder / "ledger.sqlite")
    (vending.folder / "ledger.sqlite").unlink()
    with pytest.raises(mg.Error, match="not_found"):
        vending.another_ledger()


def test_a_ledger_that_is_replaced_while_it_is_open_books_nothing(vending, faces, tmp_path):
    assert vending.pay(sale_of(180), faces["ada"]).amount == euros(180)
    SqliteLedger.create(tmp_path / "another")
    (tmp_path / "another").rename(vending.folder / "ledger.sqlite")
    with pytest.raises(mg.Error) as refused:
        vending.pay(sale_of(180), faces["ada"])
    assert refused.value.code == "replaced"


@pytest.mark.parametrize("step", payment_dying.STEPS)
def test_a_kill_at_any_step_loses_and_doubles_nothing(folder, faces, step):
    np.save(folder / "probe.npy", faces["ada"])
    sale = sale_of(1250)
    command = [sys.executable, payment_dying.__file__, str(folder), step, sale.nonce]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    till = Till(folder, "cafeteria")
    before = till.ledger.find(sale.nonce)
    assert (before is not None) == (step == "booked")
    booking = till.pay(sale, faces["ada"])
    account = till.gallery.pseudonym("ada", "cafeteria")
    assert before in (None, booking) and booking.account == account
    assert till.ledger.spent_today(account, "EUR") == euros(1250)
    assert len(till.log) == (1 if step in ("identified", "booked") else 2)
    report = mg.audit(folder / "receipts.log", till.signer.public_key, checkpoint=till.log.checkpoint())
    assert report.first_wrong is None
    till.close()
