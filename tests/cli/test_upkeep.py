"""What keeps a gallery: check finds what was changed, a backup is a gallery, compact erases."""

import json
import os
import re
import sqlite3

import pytest
from npy_file import npy
from terminal import shown_on_a_terminal


@pytest.fixture
def spoil(tmp_path):
    """Changes the database behind the library's back."""

    def run_sql(*statements):
        connection = sqlite3.connect(tmp_path / "g")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return run_sql


def words(text):
    """The lines of a report, each a name and what it says."""
    return dict(re.split(r"  +", line, maxsplit=1) for line in text.splitlines())


REACH = {
    True: "what is erased is gone from the file system",
    False: "what is erased may stay: the file system copies on write, keeps a log or snapshots, "
    "or is not known",
}


def test_check_counts_what_is_authentic_and_says_where_it_lies(morgiana, gallery, enrolled):
    assert morgiana("remove", *gallery, "--id", "bob").returncode == 0
    ran = morgiana("check", *gallery)
    assert (ran.returncode, ran.stderr) == (0, "")
    shown = words(ran.stdout)
    answer = json.loads(morgiana("check", *gallery, "--json", "--threads", "2").stdout)
    assert answer.pop("file_system") == shown.pop("file system") != ""
    assert shown.pop("erasure") == REACH[answer.pop("overwrites_in_place")]
    assert shown == {
        "subjects": "1",
        "references": "2",
        "commits": "3",
        "pending erasures": "0",
        "problems": "0",
    }
    assert answer == {
        "num_subjects": 1,
        "num_references": 2,
        "num_commits": 3,
        "num_pending_erasures": 0,
        "problems": [],
    }


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no tmpfs")
def test_check_says_that_erasure_reaches_a_file_system_in_memory(morgiana, gallery, shm):
    to = str(shm / "copy")
    assert morgiana("backup", *gallery, to).returncode == 0
    shown = words(morgiana("check", to, *gallery[1:]).stdout)
    assert (shown["file system"], shown["erasure"]) == ("tmpfs", REACH[True])


def test_check_lists_each_problem_on_a_line_and_exits_with_1(morgiana, gallery, enrolled, spoil):
    spoil("UPDATE commits SET head = zeroblob(length(head)) WHERE sequence = 1")
    spoil("INSERT INTO erasures VALUES (9, 2, 1, 1)")
    ran = morgiana("check", *gallery)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "problems           2\n" in ran.stdout
    listed = [line for line in ran.stdout.splitlines() if line.startswith("problem: ")]
    assert [line.split(": ")[1] for line in listed] == ["commits", "ledger of erasures"]
    in_json = morgiana("check", *gallery, "--json")
    assert in_json.returncode == 1
    assert [f"problem: {one}" for one in json.loads(in_json.stdout)["problems"]] == listed


def test_a_problem_of_several_lines_is_shown_on_one(morgiana, gallery, enrolled, spoil):
    """SQLite says in one text what is wrong with the pages; here, that several are lost."""
    spoil("CREATE TABLE lost (content BLOB)", "INSERT INTO lost VALUES (zeroblob(100000))")
    spoil("PRAGMA writable_schema = ON", "DELETE FROM sqlite_master WHERE name = 'lost'")
    ran = morgiana("check", *gallery, "--json")
    assert ran.returncode == 1 and any("\n" in one for one in json.loads(ran.stdout)["problems"])
    listed = morgiana("check", *gallery).stdout.split("problems  ")[1].splitlines()[1:]
    assert listed and all(line.startswith("problem: ") for line in listed)


def test_a_wrong_question_is_no_problem_of_the_gallery(morgiana, gallery, enrolled):
    morgiana("create", "other", "--key", "k2", "--model", "net", "--dim", "32", "--create-key")
    for line, code in ((["none", "--key", "k"], "not_found"), (["g", "--key", "k2"], "wrong_key")):
        ran = morgiana("check", *line)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert ran.stderr.startswith(f"morgiana: {code}: ")


def test_check_and_backup_work_beside_the_process_that_has_the_gallery_open(
    morgiana, gallery, enrolled, held
):
    assert morgiana("check", *gallery).returncode == 0
    made = morgiana("backup", *gallery, "copy")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == "copied g to copy; the same key opens it\n"
    search = ["--probes", "x.npy", "--threshold", "0.9"]
    assert morgiana("identify", "copy", *gallery[1:], *search).returncode == 0
    locked = morgiana("compact", *gallery)
    assert locked.returncode == 3 and locked.stderr.startswith("morgiana: locked: ")


def test_a_backup_is_of_its_moment_and_whole(morgiana, gallery, enrolled):
    copy = ["copy", *gallery[1:]]
    assert morgiana("backup", *gallery, "copy").returncode == 0
    assert morgiana("remove", *gallery, "--id", "ada").returncode == 0
    assert morgiana("list", *copy).stdout == "ada\nbob\n"
    assert morgiana("check", *copy).returncode == 0
    assert morgiana("remove", *copy, "--id", "bob").returncode == 0
    assert morgiana("list", *gallery).stdout == "bob\n"


def test_a_backup_overwrites_nothing_and_leaves_nothing_behind(
    morgiana, gallery, enrolled, write, tmp_path
):
    write("there", "mine")
    files = lambda: sorted(set(os.listdir(tmp_path)) - {"g-wal", "g-shm"})  # noqa: E731
    before = files()
    for to, code in (("there", "already_exists"), ("g", "already_exists"), ("no/x", "not_found")):
        ran = morgiana("backup", *gallery, to)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert ran.stderr.startswith(f"morgiana: {code}: ")
    assert files() == before
    assert (tmp_path / "there").read_text() == "mine"


def test_a_backup_shows_how_far_it_is(morgiana, write, tmp_path):
    large = ["large", "--key", "k"]
    morgiana("create", *large, "--model", "net", "--dim", 512, "--create-key")
    write("x.npy", npy([[1.0] * 512] * 4000))
    enrolled = morgiana("enrol", *large, "--embeddings", "x.npy", "--id", "ada", "--threads", "2")
    assert enrolled.returncode == 0, enrolled.stderr
    shown = shown_on_a_terminal(tmp_path, "backup", *large, "copy").decode()
    told = re.findall(r"copied (\d+) of (\d+) pages \.\.\.", shown)
    done = [int(num_done) for num_done, _ in told]
    assert len(done) > 1 and done == sorted(done) and told[-1][0] == told[-1][1]
    assert shown.endswith("\r\x1b[K")


def test_compact_says_what_erasure_waits_for_its_reader(morgiana, gallery, enrolled, tmp_path):
    reader = sqlite3.connect(tmp_path / "g", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM refs").fetchone()
    removed = morgiana("remove", *gallery, "--id", "ada")
    assert "erased when the last reader is done" in removed.stdout
    waits = morgiana("compact", *gallery)
    assert (waits.returncode, waits.stdout) == (0, "compacted; 1 erasure pending\n")
    reader.close()
    done = morgiana("compact", *gallery)
    assert (done.returncode, done.stdout) == (0, "compacted; 0 erasures pending\n")
    assert morgiana("list", *gallery).stdout == "bob\n"
