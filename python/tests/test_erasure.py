"""Receipts of erasures, purge, renewal, and budgets of refusals."""

import base64
import json
import threading

import numpy
import pytest

import morgiana as mg


def payload(jws: str) -> dict[str, object]:
    part = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_receipt_says_what_became_of_who_was_removed(gallery, rows):
    gallery.enrol(["ada", "bob", "cid"], rows(3))
    removal = gallery.remove(["ada", "cid"])
    receipt = gallery.erasure_receipt(removal.commit)
    assert (receipt.num_subjects, receipt.is_erased) == (2, True)
    assert not receipt.are_wrapping_keys_destroyed
    assert payload(receipt.jws)["subject_keys"] == [1, 3]
    purge = gallery.purge()
    assert (purge.num_rewrapped, purge.is_overwritten) == (1, True)
    assert gallery.erasure_receipt(removal.commit).are_wrapping_keys_destroyed
    assert json.loads(gallery.receipt_key())["crv"] == "Ed25519"
    with pytest.raises(mg.Error) as refused:
        gallery.erasure_receipt(1)
    assert refused.value.code == "not_found"
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(receipt)


def test_another_library_verifies_a_receipt(gallery, rows):
    jwt = pytest.importorskip("jwt", reason="PyJWT verifies it where it is installed")
    gallery.enrol(["ada"], rows(1))
    receipt = gallery.erasure_receipt(gallery.remove("ada").commit)
    key = jwt.PyJWK.from_json(gallery.receipt_key(), algorithm="EdDSA")
    said = jwt.decode(receipt.jws, key.key, algorithms=["EdDSA"], options={"verify_iat": False})
    assert said == payload(receipt.jws)
    with pytest.raises(jwt.InvalidSignatureError):
        head, body, signature = receipt.jws.split(".")
        other = ("B" if signature[0] == "A" else "A") + signature[1:]
        jwt.decode(f"{head}.{body}.{other}", key.key, algorithms=["EdDSA"])


def test_everybody_is_found_while_keys_are_renewed(path, key, model, rows):
    people = rows(700)
    with mg.Gallery.create(path, model=model, key=key, refusals=None) as gallery:
        gallery.enrol([f"p{i}" for i in range(700)], people)
        told: list[tuple[int, int]] = []
        missed: list[int] = []
        is_over = threading.Event()

        def search() -> None:
            while not is_over.is_set():
                for i, found in enumerate(gallery.identify(people[:50], threshold=0.9)):
                    if found.candidates != [f"p{i}"]:
                        missed.append(i)

        searcher = threading.Thread(target=search)
        searcher.start()
        try:
            for _ in range(50):  # a search may hold the log for a moment
                try:
                    renewal = gallery.renew(progress=lambda done, all: told.append((done, all)))
                    break
                except mg.Error as error:
                    assert error.code == "locked"
        finally:
            is_over.set()
            searcher.join()
        assert renewal.num_renewed == 700 and missed == [] and told
        assert len(gallery) == 700


def test_refusals_are_counted_where_nothing_is_said(path, key, model, rows):
    ada, stranger = rows(2)
    with mg.Gallery.create(path, model=model, key=key) as gallery:
        gallery.enrol(["ada"], ada)
        default = mg.RefusalBudget()
        for _ in range(default.per_caller):
            assert not gallery.verify("ada", stranger, threshold=0.9).accepted
        with pytest.raises(mg.Error, match=f"{default.per_caller} times to this caller or {default.per_subject} times"):
            gallery.verify("ada", ada, threshold=0.9)


def test_a_budget_withholds_who_was_refused_too_often(path, key, model, rows):
    ada, stranger = rows(2)
    budget = mg.RefusalBudget(per_caller=2, per_subject=3)
    with mg.Gallery.create(path, model=model, key=key, refusals=budget) as gallery:
        gallery.enrol(["ada"], ada)
        for _ in range(2):
            assert not gallery.verify("ada", stranger, threshold=0.9, caller="gate").accepted
        with pytest.raises(mg.Error) as spent:
            gallery.verify("ada", ada, threshold=0.9, caller="gate")
        assert spent.value.code == "budget_spent"
        (found,) = gallery.identify(ada, threshold=0.9, caller="gate")
        assert (found.candidates, found.searched.num_withheld) == ([], 1)
        decision = mg.decide(found, mg.Policy(0.9))
        assert (decision.outcome, decision.reason) == ("not_determined", "withheld")
        assert "1 withheld" in repr(found.searched)
        (other,) = gallery.identify(ada, threshold=0.9, caller="till")
        assert other.candidates == ["ada"]
        assert (gallery.stats().num_refusals_today, gallery.stats().num_withheld) == (2, 1)
        with mg.BatchQueue(gallery, threshold=0.9, caller="gate") as queue:
            assert queue.identify(ada).candidates == []
    with mg.Gallery.open(path, key=key, refusals=None) as gallery:
        assert gallery.verify("ada", ada, threshold=0.9, caller="gate").accepted
    with mg.Gallery.follow(path, key=key, refusals=budget) as gallery:
        with pytest.raises(mg.Error, match="withheld until midnight"):
            gallery.verify("ada", ada, threshold=0.9, caller="gate")


@pytest.mark.parametrize(
    "given", [{"per_caller": 0}, {"per_subject": 2**32}, {"band": float("nan")}, {"band": -0.1}]
)
def test_what_is_no_budget_is_refused(path, key, model, given):
    with pytest.raises(mg.Error) as refused:
        mg.Gallery.create(path, model=model, key=key, refusals=mg.RefusalBudget(**given))
    assert refused.value.code == "invalid_argument" and not path.exists()


def test_a_caller_is_a_str(gallery, rows):
    gallery.enrol(["ada"], rows(1))
    for wrong in (7, None, b"gate"):
        with pytest.raises(TypeError, match="caller is a str"):
            gallery.verify("ada", rows(1), threshold=0.5, caller=wrong)
    for wrong in ("gate\n", "\udc80", "x" * 257):
        with pytest.raises(mg.Error) as refused:
            gallery.identify(numpy.ones(64, numpy.float32), threshold=0.5, caller=wrong)
        assert refused.value.code == "invalid_argument"
    with pytest.raises(TypeError, match="refusals is a morgiana.RefusalBudget or None"):
        mg.Gallery.open("x", key=mg.KeySource("y"), refusals=20)
