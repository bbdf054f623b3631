"""A gate grants what its policy grants, and whatever breaks in it, at whatever step, the door stays shut."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import morgiana as mg

DIM = 32
UTC = ZoneInfo("UTC")
BEGIN_S = 1_772_438_400  # Monday, 2 March 2026, 08:00 UTC
POLICY = {
    "format": 1,
    "name": "lab",
    "version": 1,
    "accept": {"at_least": 0.5},
    "margin": 0.05,
    "rules": {
        "access": [{"area": "lab", "cohorts": [1], "from": "07:00", "to": "19:00"}],
        "anti_passback": [{"area": "lab", "reset_after_s": 3600}],
        "debounce_s": 5,
        "max_capture_age_s": 10,
    },
}


class Faces:
    """Finds the face that a frame's first pixel names: an axis; 255 is no face, 254 is far away."""

    def largest(self, pixels):
        axis = int(pixels[0, 0, 0])
        if axis == 255:
            raise mg.Error("no_face", "no face in the picture")
        embedding = np.eye(1, DIM, axis % DIM, dtype=np.float32)[0]
        return SimpleNamespace(
            embedding=embedding, quality=SimpleNamespace(inter_eye_px=10 if axis == 254 else 40)
        )


def frame(axis: int, at_s: float = BEGIN_S):
    return SimpleNamespace(pixels=np.full((1, 1, 3), axis, np.uint8), captured_at_s=at_s)


class Clock:
    now_s = float(BEGIN_S)

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site with E-0 and E-1 of group 1, and E-2 of group 2."""
    key = mg.KeySource.create_file(tmp_path / "key")
    policy = json.dumps(POLICY).encode()
    with mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", DIM), key=key) as site:
        site.gallery.enrol(["E-0", "E-1", "E-2"], np.eye(3, DIM, dtype=np.float32), cohorts=[2, 2, 4])
    return tmp_path / "site"


def opened(folder: Path) -> mg.Site:
    return mg.Site.open(folder, key=mg.KeySource.file(folder.parent / "key"))


@pytest.fixture
def site(folder):
    with opened(folder) as site:
        yield site


def gate_of(site: mg.Site, clock, terminal: str = "gate-1") -> mg.Gate:
    return site.gate(Faces(), terminal=terminal, area="lab", issuer="campus", zone=UTC, clock=clock)


@pytest.fixture
def gate(site, clock):
    return gate_of(site, clock)


def answered(admission: mg.Admission) -> tuple[str, str]:
    return str(admission.answer), admission.reason


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


def test_a_removed_subject_leaves_no_passage_and_is_removed_again_where_it_was_cut_off(site, gate):
    gate.admit(frame(0), "in")
    site.gallery.remove("E-0")
    assert site.remove("E-0") is None
    assert site.passages.last("E-0", "lab") is None
    with pytest.raises(mg.Error) as refused:
        site.remove("E-0")
    assert refused.value.code == "unknown_subject"
    removal = site.remove("E-1")
    assert removal.num_removed == 1 and site.gallery.erasure_receipt(removal.commit).num_subjects == 1


def test_a_removal_says_its_commit_where_the_passages_are_read_meanwhile(site, gate):
    gate.admit(frame(0), "in")
    reader = sqlite3.connect(site.folder / "passages", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM passages").fetchone()
    with pytest.raises(
        mg.Error, match=r"E-0 is removed by commit (\d+), erasure done, its passages are not"
    ) as told:
        site.remove("E-0")
    assert told.value.code == "locked"
    assert "E-0" not in site.gallery and site.passages.last("E-0", "lab") is None
    reader.close()
    commit = int(told.value.message.split("commit ")[1].split(",")[0])
    assert site.gallery.erasure_receipt(commit).num_subjects == 1


def test_a_site_that_could_not_be_made_is_not_in_the_way_of_the_next_try(tmp_path, monkeypatch):
    policy = b'{"format": 1, "name": "n", "version": 1, "margin": 0, "accept": {"at_least": 0.5}}'
    key = mg.KeySource.create_file(tmp_path / "key")
    with monkeypatch.context() as patch:
        patch.setattr(
            mg.PassageStore, "create", lambda path: (_ for _ in ()).throw(mg.Error("storage_full", "full"))
        )
        with pytest.raises(mg.Error, match="full"):
            mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", 64), key=key)
    assert list((tmp_path / "site").iterdir()) == []
    mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", 64), key=key).close()
    with pytest.raises(mg.Error, match="already_exists"):
        mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", 64), key=key)
    mg.Site.open(tmp_path / "site", key=key).close()


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


def test_a_site_is_not_made_over_another_nor_with_a_policy_that_is_not_understood(folder, tmp_path):
    key = mg.KeySource.file(tmp_path / "key")
    for place, policy, code in (
        (folder, json.dumps(POLICY), "already_exists"),
        (tmp_path / "new", "{}", "bad_policy"),
    ):
        with pytest.raises(mg.Error) as refused:
            mg.Site.create(place, policy=policy.encode(), model=mg.Model("net", DIM), key=key)
        assert refused.value.code == code
    assert not (tmp_path / "new").exists()
    for name in ("people.morgiana", "passages", "policy.json"):
        half = tmp_path / f"half of a site, {name}"
        half.mkdir()
        (half / name).write_text("somebody's")
        with pytest.raises(mg.Error) as refused:
            mg.Site.create(half, policy=json.dumps(POLICY).encode(), model=mg.Model("net", DIM), key=key)
        assert refused.value.code == "already_exists"
        assert [path.name for path in half.iterdir()] == [name]


PROGRAM = """
import os, signal, sys, time
sys.path[:0] = [{tests!r}]
import morgiana as mg
from test_gate import Clock, Faces, UTC, frame
from pathlib import Path

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

site = mg.Site.follow({folder!r}, key=mg.KeySource.file({key!r}))
gate = site.gate(Faces(), terminal={terminal!r}, area="lab", issuer="campus", zone=UTC, clock=Clock())
{setup}
print("ready", flush=True)
sys.stdin.readline()
admission = gate.admit(frame(0), "in")
{after}
print(admission.answer, admission.reason, flush=True)
"""


def process_of(folder: Path, setup: str = "", after: str = "", terminal: str = "gate-1"):
    program = PROGRAM.format(
        tests=str(Path(__file__).parent), folder=str(folder), key=str(folder.parent / "key"),
        terminal=terminal, setup=setup, after=after,
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


SIGNS_AND_DIES = """
sign = gate._log.sign
class Log:
    def sign(self, *arguments, **named):
        sign(*arguments, **named)
        die()
gate._log = Log()
"""


@pytest.mark.parametrize(
    "setup, after, num_withdrawn, num_receipts, again",
    [
        ("mg.PassageStore.record = die", "", 0, 0, ("granted", "accepted")),
        ("mg.ReceiptLog.sign = die", "", 1, 0, ("granted", "accepted")),
        (SIGNS_AND_DIES, "", 1, 1, ("granted", "accepted")),
        ("mg.PassageStore.settle = die", "", 1, 1, ("granted", "accepted")),
        ("", "die()", 0, 1, ("denied", "repeated_reading")),
    ],
    ids=[
        "before the record",
        "before the receipt",
        "behind the receipt",
        "before settling",
        "before the door",
    ],
)
def test_what_kill_9_leaves_at_each_step_is_what_is_stated(
    folder, clock, setup, after, num_withdrawn, num_receipts, again
):
    """docs/gates.md. Once all is settled the passage stays, as the door may have opened."""
    process = process_of(folder, setup, after)
    assert process.communicate("\n", timeout=60)[0] == "" and process.returncode == -signal.SIGKILL
    with opened(folder) as site:
        gate = gate_of(site, clock)
        assert gate.num_withdrawn == num_withdrawn
        report = site.audit("gate-1")
        assert (report.num_receipts, report.first_wrong) == (num_receipts, None)
        assert answered(gate.admit(frame(0), "in")) == again


LOOKS_LONG = """
last = mg.PassageStore.last
def looks_long(self, *arguments):
    found = last(self, *arguments)
    time.sleep(0.5)
    return found
mg.PassageStore.last = looks_long
"""


def test_of_two_gates_that_see_one_person_at_once_one_opens(folder):
    """Each would find that he has not passed yet, and would let him in."""
    processes = [process_of(folder, LOOKS_LONG, terminal=f"gate-{i}") for i in range(2)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert said == ["denied repeated_reading", "granted accepted"]
