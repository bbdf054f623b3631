"""restore: a gallery of a backup, without whom the lost one has revoked since."""

import os

import pytest
from npy_file import DIM, npy

ANCHOR = ["--anchor", "held"]


@pytest.fixture
def backed_up(morgiana, write, vectors):
    """Ada, Bob and Cid are enrolled in g, which has an anchor; the backup is of then."""
    place = ["g", "--key", "k", *ANCHOR]
    made = morgiana("create", *place, "--create-key", "--model", "net", "--dim", DIM)
    assert made.returncode == 0, made.stderr
    write("x.npy", npy(vectors(3)))
    write("ids.txt", "ada\nbob\ncid\n")
    done = morgiana("enrol", *place, "--embeddings", "x.npy", "--ids", "ids.txt")
    assert done.returncode == 0, done.stderr
    copied = morgiana("backup", *place, "backup")
    assert copied.returncode == 0, copied.stderr
    return place


@pytest.fixture
def lose(tmp_path):
    def take_away():
        for ending in ("", "-wal", "-shm", ".keyset"):
            (tmp_path / ("g" + ending)).unlink(missing_ok=True)

    return take_away


@pytest.fixture
def lost(morgiana, backed_up, lose):
    """Bob was removed since, then all of the gallery but its anchor was lost."""
    removed = morgiana("remove", *backed_up, "--id", "bob")
    assert removed.returncode == 0, removed.stderr
    lose()
    return backed_up


def test_who_was_removed_since_the_backup_is_left_out_and_named(morgiana, lost):
    ran = morgiana("restore", "backup", *lost)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (
        "restored g with 2 subjects; left out, as removed or updated since: 1 subject\nbob\n"
    )
    assert morgiana("list", *lost).stdout == "ada\ncid\n"
    checked = morgiana("check", *lost)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "subjects           2\n" in checked.stdout and "problems           0\n" in checked.stdout
    found = morgiana("identify", *lost, "--probes", "x.npy", "--threshold", "0.9")
    outcomes = [line.split("\t")[1] for line in found.stdout.splitlines()]
    assert outcomes == ["granted", "denied", "granted"]


def test_who_was_updated_since_is_left_out_too_and_enrols_again(
    morgiana, backed_up, lose, write, vectors
):
    write("new.npy", npy(vectors(4)[3:]))
    for name in ("ada", "cid"):
        arguments = [*backed_up, "--embeddings", "new.npy", "--id", name]
        assert morgiana("update", *arguments).returncode == 0
    lose()
    ran = morgiana("restore", "backup", *backed_up, "--threads", "2")
    assert ran.stdout == (
        "restored g with 1 subject; left out, as removed or updated since: 2 subjects\nada\ncid\n"
    )
    again = morgiana("enrol", *backed_up, "--embeddings", "new.npy", "--id", "ada")
    assert again.returncode == 0, again.stderr
    assert morgiana("list", *backed_up).stdout == "ada\nbob\n"


def test_where_nobody_was_revoked_everybody_is_back(morgiana, backed_up, lose):
    lose()
    ran = morgiana("restore", "backup", *backed_up[:3], MORGIANA_ANCHOR_FILE="held")
    assert (ran.returncode, ran.stdout) == (
        0,
        "restored g with 3 subjects; left out, as removed or updated since: 0 subjects\n",
    )


def test_the_anchor_is_moved_to_the_restored_gallery(morgiana, lost):
    assert morgiana("restore", "backup", *lost).returncode == 0
    assert morgiana("remove", *lost, "--id", "cid").returncode == 0
    old = morgiana("list", "backup", *lost[1:])
    assert (old.returncode, old.stdout) == (3, "")
    assert old.stderr.startswith("morgiana: rolled_back: ")


def files(folder):
    """But for locks, and for what SQLite shares beside the backup."""
    return {name for name in os.listdir(folder) if not name.endswith((".lock", "-wal", "-shm"))}


def test_without_an_anchor_nothing_is_restored(morgiana, lost, tmp_path):
    before = files(tmp_path)
    ran = morgiana("restore", "backup", *lost[:3])
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("morgiana: invalid_argument: ")
    assert "--anchor or --anchor-token" in ran.stderr
    assert "a copy of the backup opens as it is, and lets them in" in ran.stderr
    assert files(tmp_path) == before


def test_an_anchor_that_holds_nothing_restores_nothing(morgiana, lost, tmp_path):
    before = files(tmp_path)
    ran = morgiana("restore", "backup", *lost[:3], "--anchor", "none")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("morgiana: anchor_failed: ")
    assert files(tmp_path) == before


@pytest.mark.parametrize("there", ["gallery", "file"])
def test_nothing_is_overwritten(morgiana, backed_up, write, tmp_path, there):
    target = backed_up if there == "gallery" else [write("text", "mine"), *backed_up[1:]]
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    ran = morgiana("restore", "backup", *target)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("morgiana: already_exists: ")
    assert "name another, or move it away" in ran.stderr
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_a_backup_that_is_none_or_another_key_restores_nothing(morgiana, lost, write, tmp_path):
    other = ["create", "other", "--key", "k2", "--create-key", "--model", "net", "--dim", DIM]
    assert morgiana(*other).returncode == 0
    write("text", "mine")
    before = files(tmp_path)
    for backup, key, code in (
        ("none", "k", "not_found"),
        ("text", "k", "not_a_gallery"),
        ("backup", "k2", "wrong_key"),
    ):
        ran = morgiana("restore", backup, "g", "--key", key, *ANCHOR)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert ran.stderr.startswith(f"morgiana: {code}: "), ran.stderr
        assert files(tmp_path) == before


def test_its_help_says_what_it_needs_and_does(morgiana):
    shown = morgiana("restore", "--help")
    assert shown.returncode == 0
    assert "Usage: morgiana restore [OPTIONS] backup gallery\n" in shown.stdout
    said = " ".join(shown.stdout.split())
    assert "The anchor is that of the lost gallery" in said
    assert "Prints the ids of those who are left out" in said
    assert "Nothing is overwritten" in said


@pytest.mark.parametrize("line", [["backup"], ["backup", "g"], ["a", "g", "more", "--key", "k"]])
def test_a_line_that_is_not_whole_is_a_wrong_one(morgiana, line):
    ran = morgiana("restore", *line)
    assert (ran.returncode, ran.stdout) == (2, "")


@pytest.mark.parametrize("verb", [["remove", "--id", "bob"], ["list"]], ids=" ".join)
def test_an_anchor_of_an_empty_name_is_none_that_was_meant(morgiana, backed_up, verb):
    gallery = backed_up[:3]
    given = morgiana(verb[0], *gallery, *verb[1:], "--anchor", "")
    assert given.returncode == 2 and "an empty name" in given.stderr
    unset = morgiana(verb[0], *gallery, *verb[1:], MORGIANA_ANCHOR_FILE="")
    assert unset.returncode == 3 and "MORGIANA_ANCHOR_FILE is set and empty" in unset.stderr
