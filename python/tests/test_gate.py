"""A gate grants what its policy grants, and whatever breaks in it, at whatever step, the door stays shut."""

from __future__ import annotations

import json
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from lab_gate import BEGIN_S, DIM, POLICY, UTC, Faces, answered, frame, gate_of, opened
from lab_gate import clock, folder, gate, site  # noqa: F401, fixtures

import morgiana as mg


def test_who_is_granted_is_recorded_and_has_a_receipt_for_the_area(site, gate):
    admission = gate.admit(frame(0), "in")
    assert answered(admission) == ("granted", "accepted") and admission.subject == "E-0"
    assert [one.passage for one in site.passages.settled("lab")] == [admission.passage]
    key = mg.ReceiptSigner(site.gallery, issuer="campus", terminal="gate-1").public_key
    receipt = mg.ReceiptVerifier({"campus": key}, relying_party="lab").verify(admission.receipt)
    assert receipt.outcome == "granted" and receipt.subject == site.gallery.pseudonym("E-0", "lab")
    assert receipt.policy_sha256 == site.policy.digest and receipt.sequence == 1


def calibration() -> mg.Calibration:
    """Of 400 people at random: strangers are far apart in 32 dimensions."""
    rows = np.random.default_rng(5).standard_normal((400, DIM))
    return mg.Calibration.estimate(rows, np.arange(400), "net", data="made up", most_references=1)


def test_a_gate_by_a_risk_says_which_one_and_by_which_calibration(tmp_path, clock):
    policy = {key: value for key, value in POLICY.items() if key != "accept"}
    policy["risk"] = {"fpir": 0.05, "probes": 1}
    policy["rules"] = POLICY["rules"] | {"max_attempts": 1}
    known, model = calibration(), mg.Model("net", DIM)
    key = mg.KeySource.create_file(tmp_path / "key")
    named = {"policy": json.dumps(policy).encode(), "model": model, "key": key}
    with pytest.raises(mg.Error, match="goes with a calibration"):
        mg.Site.create(tmp_path / "site", **named)
    with mg.Site.create(tmp_path / "site", **named, calibration=known) as site:
        site.gallery.enrol(["E-0", "E-1", "E-2"], np.eye(3, DIM, dtype=np.float32), cohorts=2)
    with opened(tmp_path / "site") as site:
        admission = gate_of(site, clock).admit(frame(0), "in")
        assert admission.subject == "E-0"
        assert admission.decision.resolved.predicted.bounds.high <= 0.05
        key = mg.ReceiptSigner(site.gallery, issuer="campus", terminal="gate-1").public_key
        receipt = mg.ReceiptVerifier({"campus": key}, relying_party="lab").verify(admission.receipt)
        assert (receipt.fpir, receipt.calibration) == (0.05, known.digest)
        assert receipt.threshold == admission.decision.resolved.accept
        crowd = np.random.default_rng(6).standard_normal((5000, DIM)).astype(np.float32)
        site.gallery.enrol([f"C-{number}" for number in range(5000)], crowd, cohorts=2)
        admission = gate_of(site, clock, "gate-2").admit(frame(1), "in")
        assert answered(admission) == ("blocked", "risk_unsupported")
    other = mg.Calibration.shipped("sface-2021dec")
    with pytest.raises(mg.Error, match="model_mismatch"):
        mg.Site.create(tmp_path / "new", **named, calibration=other)
    assert not (tmp_path / "new").exists()
    (tmp_path / "site" / "calibration.json").unlink()
    with pytest.raises(mg.Error, match="calibration.json"):
        opened(tmp_path / "site")


def test_a_gate_that_would_ask_without_end_keeps_no_risk(tmp_path, clock):
    policy = {key: value for key, value in POLICY.items() if key != "accept"}
    policy["risk"] = {"fpir": 0.05}
    key = mg.KeySource.create_file(tmp_path / "key")
    site = mg.Site.create(
        tmp_path / "site", policy=json.dumps(policy).encode(), model=mg.Model("net", DIM), key=key,
        calibration=calibration(),
    )  # fmt: skip
    with site, pytest.raises(mg.Error, match="max_attempts"):
        gate_of(site, clock)


@pytest.mark.parametrize("least_px", [float("nan"), float("inf"), -1.0])
def test_a_gate_is_of_an_area_and_of_faces_that_are_near(site, clock, least_px):
    asked = {"terminal": "gate-1", "issuer": "campus", "zone": UTC, "clock": clock}
    with pytest.raises(mg.Error, match="least_inter_eye_px"):
        site.gate(Faces(), area="lab", least_inter_eye_px=least_px, **asked)
    with pytest.raises(mg.Error, match="1 to 256 bytes"):
        site.gate(Faces(), area="", **asked)


def test_an_error_holds_no_face(site, clock):
    gate = gate_of(site, clock)
    gate._faces = SimpleNamespace(largest=lambda pixels: 1 / 0)
    admission = gate.admit(frame(0), "in")
    assert answered(admission) == ("blocked", "ZeroDivisionError")
    assert admission.error.__traceback__ is None


@pytest.mark.parametrize(
    "axis, after_s, direction, expected",
    [
        (5, 0, "in", ("denied", "no_candidate")),
        (2, 0, "in", ("denied", "area_not_allowed")),
        (0, 12 * 3600, "in", ("denied", "outside_hours")),
        (255, 0, "in", ("nobody", "no_face")),
        (254, 0, "in", ("nobody", "face_too_small")),
        (1, 1, "in", ("denied", "repeated_reading")),
        (1, 60, "in", ("denied", "passback")),
        (1, 60, "out", ("granted", "accepted")),
        (1, 3601, "in", ("granted", "accepted")),
        (1, -3600, "in", ("blocked", "clock_set_back")),
    ],
)
def test_each_rule_is_asked_with_the_facts_of_who_is_there(
    site, gate, clock, axis, after_s, direction, expected
):
    """E-1 went in at the beginning."""
    assert gate.admit(frame(1), "in").answer == "granted"
    clock.now_s += after_s
    num_receipts = site.audit("gate-1").num_receipts
    assert answered(gate.admit(frame(axis, clock.now_s), direction)) == expected
    assert site.audit("gate-1").num_receipts == num_receipts + (expected[0] != "nobody")
    assert len(site.passages.settled("lab")) == 1 + (expected[0] == "granted")


def test_an_old_picture_is_refused(gate, clock):
    clock.now_s += 11
    assert answered(gate.admit(frame(0), "in")) == ("denied", "capture_expired")


def test_hours_are_those_of_the_zone(site, clock):
    clock.now_s = BEGIN_S - 3600 - 1  # 06:59:59 UTC, 07:59:59 in Berlin
    berlin = site.gate(
        Faces(), terminal="gate-2", area="lab", issuer="campus", zone=ZoneInfo("Europe/Berlin"), clock=clock
    )
    now = frame(0, clock.now_s)
    assert answered(gate_of(site, clock).admit(now, "in")) == ("denied", "outside_hours")
    assert answered(berlin.admit(now, "in")) == ("granted", "accepted")


def test_a_stranger_tries_as_often_as_the_policy_says_until_nobody_is_near(folder, clock):
    limited = {**POLICY, "rules": {**POLICY["rules"], "max_attempts": 2, "max_transaction_s": 60}}
    (folder / "policy.json").write_text(json.dumps(limited))
    with opened(folder) as site:
        gate = gate_of(site, clock)
        said = [gate.admit(frame(axis), "in").reason for axis in (5, 5, 0, 0, 255, 5, 0, 5, 5, 1)]
        assert said == [
            *("no_candidate", "no_candidate", "too_many_attempts", "too_many_attempts", "no_face"),
            *("no_candidate", "accepted", "no_candidate", "no_candidate", "too_many_attempts"),
        ]
        gate.admit(frame(254), "in")
        gate.admit(frame(5), "in")
        clock.now_s += 61
        assert gate.admit(frame(1, clock.now_s), "in").reason == "transaction_expired"


def breaks(*_, **__):
    raise OSError("the cable was cut")


@pytest.mark.parametrize(
    "owner, verb",
    [
        ("_faces", "largest"),
        ("_gallery", "identify"),
        ("_gallery", "enrolled"),
        ("_passages", "last"),
        ("_passages", "record"),
        ("_log", "sign"),
        ("_passages", "settle"),
    ],
)
def test_whatever_fails_blocks_and_leaves_no_passage(site, gate, clock, owner, verb):
    whole = getattr(gate, owner)
    broken = SimpleNamespace(
        **{name: getattr(whole, name) for name in dir(whole) if not name.startswith("_")}
    )
    setattr(broken, verb, breaks)
    setattr(gate, owner, broken)
    admission = gate.admit(frame(0), "in")
    assert answered(admission) == ("blocked", "OSError") and admission.subject is None
    assert "the cable was cut" in str(admission) and admission.passage is None
    setattr(gate, owner, whole)
    assert site.passages.last("E-0", "lab") is None
    assert gate.admit(frame(0), "in").answer == "granted"


def test_a_clock_that_fails_a_frame_that_is_none_and_a_direction_that_is_none_block(gate, clock):
    assert gate.admit(None, "in").answer == "blocked"
    assert answered(gate.admit(frame(0), "sideways")) == ("blocked", "invalid_argument")
    assert gate.admit(frame(0), "none").answer == "blocked"
    assert gate.admit(frame(0, float("nan")), "in").answer == "blocked"
    clock.now_s = float("inf")
    assert gate.admit(frame(0), "in").answer == "blocked"


def test_who_is_removed_while_he_is_decided_on_is_not_let_in(site, gate, monkeypatch):
    """After the search and before the signature."""
    record = site.passages.record

    def removes_first(self, *arguments, **named):
        site.gallery.remove("E-0")
        return record(*arguments, **named)

    monkeypatch.setattr(mg.PassageStore, "record", removes_first)
    assert answered(gate.admit(frame(0), "in")) == ("blocked", "unknown_subject")
    assert site.passages.last("E-0", "lab") is None


def test_an_answer_is_never_asked_for_its_truth(gate):
    admission = gate.admit(frame(5), "in")
    for one in (admission, admission.answer):
        with pytest.raises(TypeError, match="granted"):
            bool(one)


def test_one_terminal_is_one_gate(folder, site, gate, clock):
    with pytest.raises(mg.Error) as refused:
        gate_of(site, clock)
    assert refused.value.code == "locked"
    with pytest.raises(mg.Error) as named:
        gate_of(site, clock, "../elsewhere")
    assert named.value.code == "invalid_argument"
    assert gate_of(site, clock, "gate-2").admit(frame(0), "in").answer == "granted"
