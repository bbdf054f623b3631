"""migrate: batches of passes between two galleries of two models."""

import pytest
from npy_file import DIM, npy

NEW_DIM = 48
PASSING = ["--threshold", "0.6", "--new-threshold", "0.6", "--enrol-at", "0.8", "--enrol-margin", "0.1"]


@pytest.fixture
def newer(morgiana, enrolled, write):
    """An empty gallery of a newer model; photographs of Bob, Ada and Ada again by that one."""
    made = morgiana("create", "n", "--model", "newer", "--dim", NEW_DIM, "--key", "k2", "--create-key")
    assert made.returncode == 0, made.stderr
    write("probes.npy", npy([enrolled[1], enrolled[0], enrolled[2]]))
    photographs = [[float(i % 7 == p) + 0.01 for i in range(NEW_DIM)] for p in (1, 2, 3)]
    write("new.npy", npy(photographs))
    return ["n", "--key", "k2"]


@pytest.fixture
def migrate(morgiana, newer):
    line = ["migrate", "g", "n", "--key", "k", "--new-key", "k2", *PASSING]
    return lambda *more: morgiana(*line, *more)


def unit(vector):
    norm = sum(value * value for value in vector) ** 0.5
    return [value / norm for value in vector]


BOTH = ["--probes", "probes.npy", "--new-probes", "new.npy"]


def test_each_pass_has_a_line_and_the_last_one_says_how_far_it_has_come(migrate, morgiana, newer):
    ran = migrate(*BOTH)
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == [
        "0\tgranted\taccepted\tbob\tenrolled",
        "1\tgranted\taccepted\tada\tenrolled",
        "2\tgranted\taccepted\tada\talready",
        "n has 2 of 2 subjects of g",
    ]
    assert ran.returncode == 0
    assert morgiana("list", *newer).stdout == "ada\nbob\n"
    assert [line.split("\t")[-1] for line in migrate(*BOTH).stdout.splitlines()[:3]] == ["already"] * 3


def test_a_stranger_is_not_granted_and_the_exit_code_says_so(migrate, write, vectors):
    vectors(3)
    write("stranger.npy", npy(vectors(1)))
    write("one.npy", npy([[float(i % 5 == 1) + 0.01 for i in range(NEW_DIM)]]))
    ran = migrate("--probes", "stranger.npy", "--new-probes", "one.npy")
    assert ran.returncode == 1
    assert ran.stdout == "0\tdenied\tno_candidate\t-\tnobody\nn has 0 of 2 subjects of g\n"


def test_rows_that_are_not_pairs_are_refused_before_anybody_passes(migrate, morgiana, newer, write):
    write("one.npy", npy([[1.0] * NEW_DIM]))
    ran = migrate("--probes", "probes.npy", "--new-probes", "one.npy")
    assert ran.returncode == 3 and ran.stdout == ""
    assert "probes.npy has 3 rows, and one.npy has 1 row" in ran.stderr
    write("short.npy", npy([[1.0] * NEW_DIM] * 2 + [[0.0] * NEW_DIM]))
    ran = migrate("--probes", "probes.npy", "--new-probes", "short.npy")
    assert ran.returncode == 3 and "zero_norm: short.npy row 2" in ran.stderr
    assert morgiana("list", *newer).stdout == ""


def test_a_policy_that_enrols_more_than_it_grants_is_refused(migrate, morgiana, newer):
    ran = migrate(*BOTH, "--margin", "0.2")
    assert ran.returncode == 3 and "enrol_margin below older.margin" in ran.stderr
    ran = morgiana("migrate", "g", "n", "--key", "k", *PASSING, *BOTH)
    assert ran.returncode == 2 and "--new-key" in ran.stderr
    for left_out in ("--threshold", "--new-threshold", "--enrol-at", "--enrol-margin"):
        at = PASSING.index(left_out)
        rest = PASSING[:at] + PASSING[at + 2 :]
        ran = morgiana("migrate", "g", "n", "--key", "k", "--new-key", "k2", *rest, *BOTH)
        assert ran.returncode == 2 and f"{left_out} is required" in ran.stderr


def test_both_galleries_have_keys_and_anchors_of_their_own(migrate, morgiana, newer, tmp_path):
    assert morgiana("set-anchor", "n", "--key", "k2", "--anchor", "na").returncode == 0
    before = (tmp_path / "na").read_bytes()
    ran = migrate(*BOTH, "--new-anchor", "na")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "na").read_bytes() != before
    ran = migrate(*BOTH, "--anchor", "na")  # it holds a commit of the other gallery
    assert ran.returncode == 3 and ran.stdout == ""
    ran = morgiana("migrate", "g", "n", "--key", "k", "--new-key", "k", *PASSING, *BOTH)
    assert ran.returncode == 3 and "wrong_key" in ran.stderr


def test_refusals_of_passes_are_counted_by_caller(migrate, enrolled, vectors, write):
    """Bob nearly, as often as a caller may ask, then Bob."""
    bob = unit(enrolled[1])
    (other,) = vectors(1)
    along = sum(a * b for a, b in zip(bob, other))
    away = unit([a - along * b for a, b in zip(other, bob)])
    near = [0.59 * b + 0.8074 * a for a, b in zip(away, bob)]
    write("near.npy", npy([near] * 20 + [bob]))
    write("any.npy", npy([[float(i % 5 == 1) + 0.01 for i in range(NEW_DIM)]] * 21))
    asked = ["--probes", "near.npy", "--new-probes", "any.npy"]

    def last(*more):
        return migrate(*asked, *more).stdout.splitlines()[20].split("\t")[1:5]

    assert last("--caller", "gate") == ["not_determined", "withheld", "-", "nobody"]
    assert last("--caller", "gate") == ["not_determined", "withheld", "-", "nobody"]
    assert last("--uncounted") == ["granted", "accepted", "bob", "enrolled"]
