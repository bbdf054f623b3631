"""`--risk` in place of a threshold, and the calibration that a gallery makes of itself."""

import json
import random

import pytest
from npy_file import DIM, npy

NUM_PEOPLE = 130


@pytest.fixture
def crowd(morgiana, gallery, write):
    """130 people; the calibration of their own gallery in c.json."""
    source = random.Random(7)
    rows = [[source.gauss(0, 1) for _ in range(DIM)] for _ in range(NUM_PEOPLE)]
    write("x.npy", npy(rows))
    write("ids.txt", "".join(f"p{number}\n" for number in range(NUM_PEOPLE)))
    ran = morgiana("enrol", *gallery, "--embeddings", "x.npy", "--ids", "ids.txt")
    assert ran.returncode == 0, ran.stderr
    made = morgiana("calibrate-gallery", *gallery, "--data", "made up")
    assert made.returncode == 0, made.stderr
    assert "compared 130 subjects, 130 references" in made.stderr
    write("c.json", made.stdout)
    write("q.npy", npy([rows[3]]))
    return rows


def test_a_search_by_a_risk_shows_the_threshold_in_json(morgiana, gallery, crowd):
    search = ("identify", *gallery, "--probes", "q.npy", "--calibration", "c.json")
    assert morgiana(*search, "--risk", "0.7").stdout.startswith("0\tgranted\taccepted\tp3\tp3")
    shown = json.loads(morgiana(*search, "--risk", "0.7", "--json").stdout)["probes"][0]
    assert shown["risk"]["support"] == "observed"
    assert shown["risk"]["fpir"]["high"] <= 0.7
    few = json.loads(morgiana(*search, "--risk", "0.7", "--cohorts", "0x1", "--json").stdout)
    assert few["probes"][0]["risk"]["threshold"] == shown["risk"]["threshold"]
    by_threshold = json.loads(
        morgiana("identify", *gallery, "--probes", "q.npy", "--threshold", "0.5", "--json").stdout
    )
    assert by_threshold["probes"][0]["risk"] is None


def test_an_unsupported_risk_grants_nobody_and_says_why(morgiana, gallery, crowd):
    search = ("identify", *gallery, "--probes", "q.npy", "--calibration", "c.json", "--risk", "1e-6")
    ran = morgiana(*search)
    assert (ran.returncode, ran.stdout) == (1, "0\tnot_determined\trisk_unsupported\t-\n")
    why = json.loads(morgiana(*search, "--json").stdout)["probes"][0]["risk"]
    assert why["threshold"] is None and "pairs of people" in why["why"]
    claim = ("verify", *gallery, "--id", "p3", "--probe", "q.npy", "--calibration", "c.json")
    refused = morgiana(*claim, "--risk", "1e-9", "--scores")
    assert (refused.returncode, refused.stdout) == (1, "risk_unsupported\tp3\n")
    assert morgiana(*claim, "--risk", "0.01").stdout.startswith("accepted\tp3")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--risk", "0.1"),
        ("--calibration", "c.json"),
        ("--threshold", "0.5", "--calibration", "c.json"),
        ("--threshold", "0.5", "--risk", "0.1", "--calibration", "c.json"),
        ("--risk", "0", "--calibration", "c.json"),
        ("--risk", "1", "--calibration", "c.json"),
        ("--risk", "1e", "--calibration", "c.json"),
        ("--risk", "0.1", "--calibration", "c.json", "--transaction-probes", "0"),
        ("--threshold", "0.5", "--transaction-probes", "2"),
    ],
)
@pytest.mark.parametrize("verb", [("identify", "--probes"), ("verify", "--id", "p3", "--probe")])
def test_a_risk_without_its_calibration_is_a_wrong_command_line(morgiana, stranger_line, verb, options):
    ran = morgiana(verb[0], *stranger_line, *verb[1:], "q.npy", *options)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr


@pytest.fixture
def stranger_line():
    return ["g", "--key", "k"]


def test_a_gallery_names_who_is_enrolled_twice(morgiana, gallery, crowd, write):
    write("again.npy", npy([crowd[5]]))
    assert morgiana("enrol", *gallery, "--embeddings", "again.npy", "--id", "other").returncode == 0
    line = ("calibrate-gallery", *gallery, "--data", "made up", "--duplicates-at", "0.95")
    assert "duplicate\tp5\tother\n" in morgiana(*line).stderr
    left_out = morgiana(*line, "--exclude", "p5", "other")
    assert "duplicate" not in left_out.stderr
    assert json.loads(left_out.stdout)["evidence"]["num_excluded_pairs"] == 1


def test_a_gallery_that_contradicts_another_calibration_ends_with_1(morgiana, gallery, crowd, write, tmp_path):
    same = ("calibrate-gallery", *gallery, "--data", "made up", "--beside")
    agrees = morgiana(*same, "c.json")
    assert agrees.returncode == 0 and "agrees with c.json" in agrees.stderr
    other = json.loads((tmp_path / "c.json").read_text())
    for curve in other["curves"]:
        for point in curve["points"]:  # ten times as good as it is
            for rate in ("fmr", "fpir"):
                point[rate] = [point[rate][0] / 50, point[rate][1] * 50]
    write("better.json", json.dumps(other))
    departs = morgiana(*same, "better.json")
    assert departs.returncode == 1, departs.stderr
    assert "departs from better.json at " in departs.stderr
    assert json.loads(departs.stdout)["model"]["name"] == "net"


def test_a_gallery_of_few_calibrates_nothing(morgiana, gallery, write, vectors):
    write("x.npy", npy(vectors(3)))
    write("ids.txt", "a\nb\nc\n")
    morgiana("enrol", *gallery, "--embeddings", "x.npy", "--ids", "ids.txt")
    ran = morgiana("calibrate-gallery", *gallery, "--data", "few")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "100 subjects" in ran.stderr
