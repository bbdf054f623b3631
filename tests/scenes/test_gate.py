"""A gate opens for whom it has to, says why it opens for nobody else, and does not open by failing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import morgiana as mg

GATE = "gate/gate.py"
TIMES = ["--begins", "2026-03-02T08:00", "--zone", "Europe/Berlin"]
NEXT_DAY = ["--begins", "2026-03-03T08:00", "--zone", "Europe/Berlin"]


def granted(transcript: str) -> list[tuple[str, str]]:
    """Frame and subject of each line that grants."""
    return re.findall(r"^\S+ \S+  (\S+) .* granted +accepted (\S+)$", transcript, re.MULTILINE)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory, run, photographs):
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copytree(next(iter(photographs.values())).parent, folder / "photographs")
    return run("gate/demonstration.py", folder)


def test_the_demonstration_answers_every_visit_as_expected(demonstration):
    assert demonstration.returncode == 0, demonstration.stdout + demonstration.stderr
    script = json.loads((Path(__file__).parents[2] / "examples/gate/visits.json").read_text())
    said = re.findall(r"(granted|denied|blocked|nobody) +(\w+)", demonstration.stdout)
    assert [" ".join(pair) for pair in said] == [visit["expected"] for visit in script["visits"]]
    assert {answer for answer, _ in said} == {"granted", "denied", "blocked", "nobody"}


def test_the_door_opens_for_granted_alone_and_every_decision_has_its_receipt(demonstration):
    lines = demonstration.stdout.splitlines()
    opened = [lines[i - 1] for i, line in enumerate(lines) if line.strip() == "door opens"]
    assert opened and all(" granted " in line for line in opened)
    assert len(opened) == demonstration.stdout.count(" granted ")
    num_decisions = len(re.findall(r"(granted|denied|blocked) +\w+", demonstration.stdout))
    assert f"audit: {num_decisions} receipts" in demonstration.stdout


def test_of_a_crowd_each_enters_once_and_no_stranger_does(lfw, photographs, run, make_site, lay, tmp_path):
    """Twenty-four are enrolled by one photograph; they and twelve strangers come, two frames each, and a
    frame of nobody behind them."""
    names = list(lfw)[:36]
    enrolled, strangers = names[:24], names[24:]
    site = make_site({name: lfw[name][:1] for name in enrolled}, "gate/gate.json")
    walk = [(f"{i:02}{shot}-{name}", lfw[name][shot]) for i, name in enumerate(names) for shot in (1, 2)]
    empty = [(f"{i:02}9-nobody", photographs["mask_blue"]) for i in range(len(names))]
    ran = run(GATE, "run", site, "--frames", lay(tmp_path / "walk", walk + empty), *TIMES)
    assert ran.returncode == 0, ran.stderr
    entered = granted(ran.stdout)
    assert all(frame[4:-4] == subject for frame, subject in entered)
    subjects = [subject for _, subject in entered]
    assert len(set(subjects)) == len(subjects) and not set(subjects) & set(strangers)
    # FNMR of one photograph is 3 % at this threshold, of two less: 23 of 24 is seldom missed, and the
    # photographs are always the same.
    assert len(subjects) >= 23
    assert ran.stdout.count("repeated_reading") >= 20
    num_decided = len(walk + empty) - ran.stdout.count(" nobody   ")
    assert len(walk) - 3 <= num_decided <= len(walk) and f"audit: {num_decided} receipts" in ran.stdout


def test_a_frame_that_cannot_be_read_ends_the_gate_shut_and_is_named(
    run, make_site, lay, photographs, tmp_path
):
    site = make_site({"E-1001": [photographs["obama"]]}, "gate/gate.json")
    frames = lay(tmp_path / "frames", [("1", photographs["tom_hanks"]), ("3", photographs["obama2"])])
    (frames / "2.jpg").write_bytes(b"half a picture")
    ran = run(GATE, "run", site, "--frames", frames, *TIMES)
    assert ran.returncode == 1 and "2.jpg" in ran.stderr and "the door stays shut" in ran.stderr
    assert "door opens" not in ran.stdout


def test_what_is_missing_or_damaged_keeps_the_door_shut(run, make_site, lay, photographs, tmp_path):
    site = make_site({"E-1001": [photographs["obama"]]}, "gate/gate.json")
    frames = lay(tmp_path / "frames", [("1", photographs["obama2"])])
    assert "door opens" in run(GATE, "run", site, "--frames", frames, *TIMES).stdout
    for name in ("passages", "policy.json", "people.morgiana.keyset", "receipts-gate-1.log"):
        whole = (site / name).read_bytes()
        (site / name).write_bytes(b"{}")
        damaged = run(GATE, "run", site, "--frames", frames, *NEXT_DAY)
        assert damaged.returncode == 1 and "the door stays shut" in damaged.stderr, name
        assert "door opens" not in damaged.stdout
        (site / name).write_bytes(whole)
    assert "door opens" in run(GATE, "run", site, "--frames", frames, *NEXT_DAY).stdout


def test_who_is_removed_beside_a_running_gate_is_denied_and_his_passages_are_erased(
    run, make_site, lay, photographs, tmp_path
):
    site = make_site({"E-1001": [photographs["obama"]]}, "gate/gate.json")
    frames = lay(tmp_path / "frames", [("1", photographs["obama2"])])
    assert len(granted(run(GATE, "run", site, "--frames", frames, *TIMES).stdout)) == 1
    removed = run(GATE, "remove", site, "E-1001")
    assert removed.returncode == 0 and "door" not in removed.stdout
    commit = int(re.search(r"E-1001 is removed by commit (\d+), erasure done", removed.stdout)[1])
    with mg.Site.open(site, key=mg.KeySource.file(f"{site}.key")) as opened:
        assert opened.gallery.erasure_receipt(commit).is_erased
    assert b"E-1001" not in (site / "passages").read_bytes()
    ran = run(GATE, "run", site, "--frames", frames, *NEXT_DAY)
    assert "empty_gallery" in ran.stdout and "door opens" not in ran.stdout


def one_line(ran) -> str:
    """An error that has nothing to do with a door."""
    assert ran.returncode == 1 and ran.stderr.count("\n") == 1 and "door" not in ran.stderr, ran.stderr
    return ran.stderr


def test_people_are_added_to_a_site_and_a_site_is_not_made_twice(run, make_site, lay, photographs, tmp_path):
    site = make_site({"E-1001": [photographs["obama"]]}, "gate/gate.json")
    lay(tmp_path / "more" / "E-1002", [("1", photographs["biden"])])
    policy = Path(__file__).parents[2] / "examples/gate/gate.json"
    again = run(GATE, "create", site, "--people", tmp_path / "more", "--policy", policy)
    assert "is a site; gate.py enrol adds people to it" in one_line(again)
    enrolled = run(GATE, "enrol", site, "--people", tmp_path / "more")
    assert enrolled.returncode == 0 and enrolled.stdout == "1 people enrolled, 2 in all\n", enrolled.stderr
    assert "duplicate_subject" in one_line(run(GATE, "enrol", site, "--people", tmp_path / "more"))
    assert "unknown_subject: E-1003" in one_line(run(GATE, "remove", site, "E-1003"))
    frames = lay(tmp_path / "frames", [("1", photographs["biden"]), ("2", photographs["obama2"])])
    entered = granted(run(GATE, "run", site, "--frames", frames, *TIMES).stdout)
    assert [subject for _, subject in entered] == ["E-1002", "E-1001"]


def test_two_people_in_a_folder_and_one_person_in_two_are_refused(run, lay, photographs, tmp_path):
    policy = Path(__file__).parents[2] / "examples/gate/gate.json"
    both, site = tmp_path / "both", tmp_path / "site"
    lay(both / "E-1001", [(name, photographs[name]) for name in ("obama", "biden", "obama2")])
    said = one_line(run(GATE, "create", site, "--people", both, "--policy", policy))
    assert "not_one_person" in said and "E-1001/biden.jpg" in said and "obama" in said
    assert not site.exists() and not site.with_suffix(".key").exists()
    twice = tmp_path / "twice"
    lay(twice / "E-1001", [("1", photographs["obama"])])
    lay(twice / "E-1002", [("1", photographs["obama2"])])
    said = one_line(run(GATE, "create", site, "--people", twice, "--policy", policy))
    assert "duplicate_enrolment" in said and "'E-1001'" in said and "'E-1002'" in said
    allowed = run(GATE, "enrol", site, "--people", twice, "--duplicate-threshold", "1")
    assert allowed.stdout == "2 people enrolled, 2 in all\n", allowed.stderr  # twins, say


@pytest.mark.parametrize("script, verb", [(GATE, "run"), ("patrol/patrol.py", None)])
def test_models_that_are_missing_are_named_in_one_line_with_what_to_do(
    run, make_site, lay, photographs, tmp_path, monkeypatch, script, verb
):
    site = make_site({"E-1001": [photographs["obama"]]}, "patrol/watch.json")
    frames = lay(tmp_path / "frames", [("1", photographs["obama2"])])
    monkeypatch.setenv("MORGIANA_MODELS", str(tmp_path / "nothing"))
    ran = run(script, *([verb] if verb else []), site, "--frames", frames, *TIMES)
    assert ran.returncode == 1 and ran.stderr.count("\n") == 1, ran.stderr
    assert "python -m morgiana.vision install," in ran.stderr


@pytest.mark.parametrize("script", [GATE, "attendance/attendance.py", "patrol/patrol.py"])
def test_a_package_that_is_missing_is_named_in_one_line(run, script, tmp_path, monkeypatch):
    (tmp_path / "morgiana").mkdir()  # shadows the installed one, and has none of it
    (tmp_path / "morgiana" / "__init__.py").write_text("import no_such_package\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ran = run(script)
    assert ran.returncode == 1 and ran.stderr.count("\n") == 1, ran.stderr
    assert "No module named 'no_such_package'" in ran.stderr and "README.md" in ran.stderr
