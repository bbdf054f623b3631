"""Options hold what was meant: a number that is none, or none at all, is a wrong command line."""

import json
import struct

import pytest
from npy_file import DIM, npy


@pytest.fixture
def stranger(morgiana, gallery, write, vectors):
    """Ada is enrolled; q.npy holds somebody else, whose score with her is above 0."""
    ada, other = vectors(2)
    if sum(a * b for a, b in zip(ada, other)) < 0:
        other = [-value for value in other]
    write("x.npy", npy([ada]))
    write("q.npy", npy([other]))
    assert morgiana("enrol", *gallery, "--embeddings", "x.npy", "--id", "ada").returncode == 0
    return [*gallery, "--probes", "q.npy"]


NO_NUMBERS = ["", " ", "0.5x", "0,5", " 0.5", "0.5 ", "+0.5", "--"]
NO_NUMBERS += ["nan", "inf", "-inf", "0x1p-1", "1e400"]
NO_WHOLE_NUMBERS = ["", " ", "-1", "+1", "1.0", "1e3", " 1", "0", "18446744073709551616", "9" * 40]


@pytest.mark.parametrize("given", [*NO_NUMBERS, "1.0000000001", "-1.0000000001", "45"])
def test_a_threshold_that_is_no_cosine_is_a_wrong_command_line(morgiana, stranger, given):
    gallery = stranger[:3]
    lines = [
        ["identify", *stranger, "--threshold", given],
        ["verify", *gallery, "--probe", "q.npy", "--id", "ada", "--threshold", given],
    ]
    for line in lines:
        ran = morgiana(*line)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "--threshold" in ran.stderr


@pytest.mark.parametrize("given", [*NO_NUMBERS, "-0.1", "-1e-300", "2.0000000001"])
def test_a_margin_that_is_no_distance_is_a_wrong_command_line(morgiana, stranger, given):
    ran = morgiana("identify", *stranger, "--threshold", "0", "--margin", given)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--margin" in ran.stderr


def test_a_misspelt_option_is_named_beside_the_one_that_is_missing(morgiana, gallery):
    ran = morgiana("create", "other", *gallery[1:], "--model", "m", "--dimension", "128")
    assert ran.returncode == 2
    assert ran.stderr.startswith("create: --dim is required; not understood: --dimension 128\n")
    ran = morgiana("identify")
    assert ran.stderr.startswith("identify: gallery is required\n")


@pytest.mark.parametrize("option", ["--max-candidates", "--threads", "--cohorts"])
@pytest.mark.parametrize("given", NO_WHOLE_NUMBERS)
def test_a_count_that_is_none_is_a_wrong_command_line(morgiana, stranger, option, given):
    ran = morgiana("identify", *stranger, "--threshold", "0", option, given)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert option in ran.stderr


@pytest.mark.parametrize("verb", ["enrol", "update"])
@pytest.mark.parametrize("given", [*NO_WHOLE_NUMBERS, "4294967296"])
def test_a_number_of_threads_that_is_none_changes_nobody(morgiana, stranger, verb, given):
    arguments = [*stranger[:3], "--embeddings", "q.npy", "--id", "ada"]
    ran = morgiana(verb, *arguments, "--threads", given)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--threads" in ran.stderr
    assert morgiana("identify", *stranger, "--threshold", "0.9").returncode == 1


@pytest.mark.parametrize("verb", ["enrol", "update", "remove", "create", "compact"])
def test_only_what_reads_follows(morgiana, gallery, verb):
    assert "--follow" not in morgiana(verb, "--help").stdout
    ran = morgiana(verb, *gallery, "--follow")
    assert (ran.returncode, ran.stdout) == (2, "")


@pytest.mark.parametrize(
    "line",
    [
        ["identify", "--timeout-ms", ""],
        ["identify", "--timeout-ms", "-1"],
        ["identify", "--timeout-ms", "1.5"],
        ["identify", "--threads", "4294967296"],
        ["identify", "--cohorts", "0x"],
        ["identify", "--cohorts", "0xg"],
        ["identify", "--cohorts", "0x10000000000000000"],
        ["identify", "--assurance", ""],
        ["identify", "--assurance", "certain"],
    ],
)
def test_other_options_are_as_strict(morgiana, stranger, line):
    ran = morgiana(line[0], *stranger, "--threshold", "0", *line[1:])
    assert (ran.returncode, ran.stdout) == (2, "")
    assert line[1] in ran.stderr


@pytest.mark.parametrize("given", [*NO_WHOLE_NUMBERS, "31", "4097", "4294967328"])
def test_a_dimension_that_is_no_count_makes_nothing(morgiana, tmp_path, given):
    ran = morgiana("create", "g", "--key", "k", "--model", "m", "--create-key", "--dim", given)
    assert ran.returncode == 2 and "--dim" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_numbers_as_people_write_them_are_read(morgiana, stranger):
    for given in ("0", "-1", ".01", "1e-2", "1.", "1", "-0.5"):
        assert morgiana("identify", *stranger, "--threshold", given).returncode in (0, 1)
    assert morgiana("identify", *stranger, "--threshold", "0").returncode == 0


def test_a_score_below_the_stated_threshold_is_refused(morgiana, gallery, stranger):
    arguments = ["verify", *gallery, "--probe", "q.npy", "--id", "ada"]
    shown = morgiana(*arguments, "--threshold", "-1", "--scores").stdout.split("\t")[2]
    (score,) = struct.unpack("f", struct.pack("f", float(shown)))
    assert morgiana(*arguments, "--threshold", repr(score)).returncode == 0
    above = f"{score * (1 + 2**-50):.17g}"
    assert float(above) > score
    assert morgiana(*arguments, "--threshold", above).returncode == 1
    assert morgiana("identify", *stranger, "--threshold", above).returncode == 1


def decisions(ran):
    return [line.split("\t")[1:4] for line in ran.stdout.splitlines()]


def test_cohorts_and_exclusions_say_whom_a_search_compares(morgiana, gallery, write, vectors):
    ada, bob = vectors(2)
    for name, cohorts, vector in (("ada", "0x1", ada), ("bob", "6", bob)):
        write("x.npy", npy([vector]))
        arguments = ["--embeddings", "x.npy", "--id", name, "--cohorts", cohorts]
        assert morgiana("enrol", *gallery, *arguments).returncode == 0
    write("q.npy", npy([ada, bob]))
    search = ["identify", *gallery, "--probes", "q.npy", "--threshold", "0.9"]
    granted = lambda name: ["granted", "accepted", name]  # noqa: E731
    denied = ["denied", "no_candidate", "-"]
    assert decisions(morgiana(*search, "--cohorts", "1")) == [granted("ada"), denied]
    assert decisions(morgiana(*search, "--cohorts", "0x4")) == [denied, granted("bob")]
    assert decisions(morgiana(*search, "--cohorts", "3")) == [granted("ada"), granted("bob")]
    assert decisions(morgiana(*search, "--exclude", "bob")) == [granted("ada"), denied]
    neither = morgiana(*search[:1], "--exclude", "ada", "--exclude", "bob", *search[1:])
    assert [line[1] for line in decisions(neither)] == ["empty_gallery"] * 2
    shown = json.loads(morgiana(*search, "--cohorts", "1", "--json").stdout)["probes"][0]
    assert shown["searched"] == {"num_subjects": 1, "num_references": 1, "num_withheld": 0, "miss_probability": 0}
    empty = morgiana(*search, "--exclude", "")
    assert empty.returncode == 3 and empty.stderr.startswith("morgiana: invalid_argument: ")


def test_a_probable_search_is_decided_by_a_policy_that_allows_it(morgiana, gallery, write, vectors):
    write("x.npy", npy(vectors(1)))
    morgiana("enrol", *gallery, "--embeddings", "x.npy", "--id", "ada")
    search = ["identify", *gallery, "--probes", "x.npy", "--threshold", "0.9", "--threads", "2"]
    for assurance, most in (("proven", 0), ("probable", 1e-9)):
        ran = morgiana(*search, "--assurance", assurance, "--timeout-ms", "60000", "--json")
        (probe,) = json.loads(ran.stdout)["probes"]
        assert (ran.returncode, probe["subject"]) == (0, "ada")
        assert probe["searched"]["miss_probability"] <= most


def test_a_search_that_takes_too_long_prints_nothing_and_fails(morgiana, stranger):
    ran = morgiana("identify", *stranger, "--threshold", "0", "--timeout-ms", "0")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("morgiana: deadline_exceeded: ")


VERBS = (
    "create, enrol, update, identify, verify, remove, list, info, check, backup, restore, "
    "compact, change-key, rotate-keys, purge, renew, erasure-receipt, set-anchor, migrate, signer-key, audit, evaluate, calibrate, calibrate-gallery, calibrate-log\n"
)


@pytest.mark.parametrize("line", [[], ["nonsense"], ["identfy", "g", "--key", "k"], ["--nonsense"]])
def test_who_gives_no_verb_is_told_them_all(morgiana, line):
    ran = morgiana(*line)
    assert ran.returncode == 2
    assert VERBS in ran.stderr
    if line[:1] == ["identfy"]:
        assert "identfy" in ran.stderr


def test_a_name_that_no_file_can_have_is_a_typed_error(morgiana, gallery):
    for name in ("x" * 300 + ".npy", "x" * 5000, "a/" * 3000):
        ran = morgiana("enrol", *gallery, "--embeddings", name, "--id", "a")
        assert ran.returncode == 3
        assert ran.stderr.startswith("morgiana: not_found: "), ran.stderr[:100]
    ids = morgiana("enrol", *gallery, "--embeddings", "x.npy", "--ids", "x" * 300)
    assert ids.returncode == 3 and ids.stderr.startswith("morgiana: not_found: ")


def test_one_is_not_many(morgiana, gallery, write, vectors):
    write("x.npy", npy(vectors(2)))
    write("one.npy", npy([[1.0] * DIM]))
    several = morgiana("enrol", *gallery, "--embeddings", "x.npy", "--id", "ada")
    assert several.stdout == "enrolled 1 subject with 2 references\n"
    one = morgiana("enrol", *gallery, "--embeddings", "one.npy", "--id", "bob")
    assert one.stdout == "enrolled 1 subject with 1 reference\n"
    assert morgiana("remove", *gallery, "--id", "ada").stdout.startswith("removed 1 subject by commit 4;")
