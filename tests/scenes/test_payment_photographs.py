"""The scene `payment` on the photographs of the demo, which pip fetches."""

import base64
import json
import os
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("PIL", reason="photographs need Pillow")
pytest.importorskip("onnxruntime", reason="photographs need onnxruntime")

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
sys.path[:0] = [str(HERE), str(EXAMPLES / "payment"), str(EXAMPLES / "demo")]

import payment_folder
import service
from payment_folder import Person
from photographs import PhotographError, photographs
from sale import Sale

import morgiana as mg
from morgiana import vision

CUSTOMERS = {"E-1001": ("obama", "1961"), "E-1002": ("biden", "1942"), "E-1003": ("astronaut", "1956")}
PICTURES = os.environ.get("MORGIANA_PHOTOGRAPHS", HERE.parents[1] / "build" / "demo" / "photographs")


@pytest.fixture(scope="module")
def faces():
    for name in vision.models.names():
        if not vision.models.is_installed(name):
            pytest.skip(f"model {name} is not in {vision.models.directory()}")
    try:
        pictures = photographs(PICTURES)
    except PhotographError as error:
        pytest.skip(f"no photographs: {error}")
    pipeline = vision.Pipeline()
    return {picture.name: pipeline(picture.path) for picture in pictures}


@pytest.fixture
def customers(faces):
    return [
        Person(subject, digits, faces[picture][0].embedding)
        for subject, (picture, digits) in CUSTOMERS.items()
    ]


@pytest.fixture(params=["vending", "cafeteria"])
def till(request, tmp_path, customers):
    payment_folder.make(tmp_path, customers)
    cashier = service.open_cashier(tmp_path, payment_folder.stated(request.param))
    yield cashier
    cashier.log.close()
    cashier.gallery.close()


def said(till, face, *prices, digits=None, sale=None):
    """What the service answers a terminal."""
    sale = sale or Sale.of("till-1", [mg.Amount(price, "EUR") for price in prices])
    asked = {
        "verb": "pay",
        "terminal": sale.terminal,
        "nonce": sale.nonce,
        "minor_units": sale.amount.minor_units,
        "currency": sale.amount.currency,
        "begun_at_s": sale.begun_at_s,
        "captured_at_s": int(time.time()),
        "attempt": 1,
        "digits": digits,
        "embedding": base64.b64encode(face.embedding.tobytes()).decode(),
    }
    answer = service.answer(till, json.dumps(asked).encode())
    return answer.get("refused") or answer.get("failed") or till.ledger.find(answer["booked"]).account


def test_people_pay_by_their_faces_and_strangers_do_not(till, faces):
    party = till.stated.name
    account = till.gallery.pseudonym("E-1001", party)
    assert said(till, faces["obama2"][0], 180) == account
    assert said(till, faces["obama3"][0], 250) == account
    assert till.ledger.spent_today(account, "EUR") == mg.Amount(430, "EUR")
    assert said(till, faces["astronaut"][0], 180) == till.gallery.pseudonym("E-1003", party)
    strangers = [*faces["group"], *faces["tom_hanks"]]
    assert len(strangers) >= 6
    assert {said(till, face, 180) for face in strangers} == {"no_candidate"}
    assert not any(faces[name] for name in ("mask_black", "mask_blue", "mask_green", "mask_white"))


def test_what_a_large_amount_needs_is_the_policys(till, faces):
    face, account = faces["obama2"][0], till.gallery.pseudonym("E-1001", till.stated.name)
    if till.stated.name == "vending machine":
        assert said(till, face, 501) == "amount_above_limit"
        assert said(till, face, 501, digits="1961") == "amount_above_limit"
        assert [said(till, face, 500) for _ in range(3)] == [account] * 3
        assert said(till, face, 1) == "day_limit_reached"
    else:
        assert said(till, face, 900, 850) == "amount_needs_step_up"
        assert said(till, face, 900, 850, digits="1942") == "wrong_digits"
        assert said(till, face, 900, 850, digits="1961") == account
        assert said(till, face, 5000, digits="1961") == "day_limit_reached"
        assert [said(till, face, 1500), said(till, face, 1500)] == [account] * 2
        assert [said(till, face, 1251), said(till, face, 1250)] == ["day_limit_reached", account]


def test_a_service_answers_what_it_does_not_understand_and_pays_nothing(till, faces):
    assert {
        service.answer(till, line)["failed"]
        for line in (b"", b"[]", b"{}", b"\xff", b'{"minor_units": 1.5, "currency": "EUR"}', b'"pay"')
    } == {"bad_request"}
    assert said(till, faces["obama2"][0], 180, digits="196") == "bad_request"
    assert said(till, faces["obama2"][0], 180, digits=1961) == "bad_request"
    assert len(till.log) == 0
