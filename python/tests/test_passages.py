"""Passages outlive the process, are recorded by one at a time, and say what a crash left."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import morgiana as mg


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "passages"


@pytest.fixture
def passages(file: Path):
    with mg.PassageStore.create(file) as opened:
        yield opened


def passes(
    passages: mg.PassageStore, subject: str, at_s: int, area: str = "lab", direction: str = "in"
) -> int:
    number = passages.record(subject, mg.Passage(at_s, area, direction), terminal="gate-1")
    passages.settle(number)
    return number


def test_the_last_passage_is_of_a_subject_an_area_and_a_direction(passages, file):
    passes(passages, "A", 100)
    passes(passages, "A", 200, direction="out")
    passes(passages, "A", 300, area="hall")
    passes(passages, "B", 400)
    passages.close()
    with mg.PassageStore.open(file) as opened:
        assert opened.last("A", "lab") == mg.Passage(200, "lab", "out")
        assert opened.last("A", "lab", "in") == mg.Passage(100, "lab", "in")
        assert opened.last("A", "hall") == mg.Passage(300, "hall", "in")
        assert opened.last("B", "hall") is None


def test_the_last_passage_is_the_one_that_was_recorded_last_where_clocks_differ(passages):
    passes(passages, "A", 100)
    passes(passages, "A", 99, direction="out")
    assert passages.last("A", "lab") == mg.Passage(99, "lab", "out")


def test_a_pending_passage_counts_for_who_asks_and_not_as_one_that_took_place(passages):
    number = passages.record("A", mg.Passage(100, "lab", "in"), terminal="gate-1")
    assert passages.last("A", "lab") == mg.Passage(100, "lab", "in")
    assert passages.settled("lab") == [] and passages.num_inside("lab") == 0
    passages.settle(number)
    (settled,) = passages.settled("lab")
    assert settled == mg.RecordedPassage(number, "A", mg.Passage(100, "lab", "in"), "gate-1")
    assert passages.num_inside("lab") == 1
    with pytest.raises(mg.Error) as twice:
        passages.settle(number)
    assert twice.value.code == "not_found"


def test_only_what_a_terminal_left_pending_is_withdrawn(passages):
    passes(passages, "A", 100)
    passages.record("B", mg.Passage(100, "lab", "in"), terminal="gate-1")
    other = passages.record("C", mg.Passage(100, "lab", "in"), terminal="gate-2")
    assert passages.withdraw_pending("gate-1") == 1
    assert passages.last("B", "lab") is None and passages.last("A", "lab") is not None
    passages.settle(other)
    with pytest.raises(mg.Error) as gone:
        passages.withdraw(other + 1)
    assert gone.value.code == "not_found"


def test_settled_passages_are_those_from_a_time_until_before_another(passages):
    for at_s in (300, 100, 200):
        passes(passages, "A", at_s)
    assert [one.passage.at_s for one in passages.settled("lab", since_s=100, until_s=300)] == [100, 200]


def test_areas_are_those_that_anybody_went_through(passages):
    assert passages.areas() == []
    for area in ("lab", "hall", "lab"):
        passages.record("A", mg.Passage(100, area, "in"), terminal="gate-1")
    assert passages.areas() == ["hall", "lab"]
    passages.forget("A")
    assert passages.areas() == []


def test_who_is_inside_is_counted_once_and_not_before_a_time(passages):
    for subject, at_s, direction in (
        ("A", 10, "in"),
        ("A", 20, "in"),
        ("B", 20, "in"),
        ("B", 30, "out"),
        ("C", 5, "in"),
    ):
        passes(passages, subject, at_s, direction=direction)
    passes(passages, "D", 40, area="hall")
    assert passages.num_inside("lab") == 2 and passages.num_inside("lab", since_s=10) == 1
    assert passages.num_inside("nowhere") == 0


def test_what_is_forgotten_is_on_the_disk_no_more(passages, file):
    for i in range(50):
        passes(passages, "SUBJECT-1042", i)
    passes(passages, "E-7", 100)
    assert passages.forget("SUBJECT-1042") == 50 and passages.forget_before(100) == 0
    for path in file.parent.iterdir():
        assert b"SUBJECT-1042" not in path.read_bytes(), path
    assert passages.forget_before(101) == 1 and passages.last("E-7", "lab") is None


def test_all_or_nothing_of_an_exclusive_turn_is_kept(passages):
    with pytest.raises(RuntimeError), passages.exclusively():
        passages.record("A", mg.Passage(100, "lab", "in"), terminal="gate-1")
        raise RuntimeError("the lamp went out")
    assert passages.last("A", "lab") is None
    with passages.exclusively():
        passages.record("A", mg.Passage(100, "lab", "in"), terminal="gate-1")
    assert passages.last("A", "lab") is not None


def test_of_many_who_look_and_then_record_one_is_first(file, passages):
    """Eight handles, each on a thread: without turns, several would find nobody and record."""
    recorded, barrier = [], threading.Barrier(8)

    def look_and_record(i: int) -> None:
        with mg.PassageStore.open(file) as mine:
            barrier.wait()
            with mine.exclusively():
                if mine.last("A", "lab") is None:
                    recorded.append(mine.record("A", mg.Passage(i, "lab", "in"), terminal=f"gate-{i}"))

    threads = [threading.Thread(target=look_and_record, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(recorded) == 1


def test_what_settle_returned_for_is_there_after_kill_9(file, passages):
    program = (
        "import os, sys, morgiana as mg\n"
        "store = mg.PassageStore.open(sys.argv[1])\n"
        "i = 0\n"
        "while True:\n"
        "    i += 1\n"
        "    store.settle(store.record(f'E-{i}', mg.Passage(i, 'lab', 'in'), terminal='gate-1'))\n"
        "    print(i, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True)
    told = [int(process.stdout.readline()) for _ in range(50)]
    process.kill()
    told += [int(line) for line in process.stdout.read().split("\n") if line]
    process.wait()
    kept = [one.subject for one in passages.settled("lab")]
    assert kept[: len(told)] == [f"E-{i}" for i in told] and len(kept) - len(told) <= 1
    assert passages.withdraw_pending("gate-1") <= 1


def test_a_file_that_is_taken_away_or_exchanged_is_refused(file, passages):
    os.rename(file, file.with_name("elsewhere"))
    for _ in range(2):
        with pytest.raises(mg.Error) as refused:
            passages.last("A", "lab")
        assert refused.value.code == "replaced"
        if not file.exists():
            mg.PassageStore.create(file).close()


def test_nothing_is_overwritten_and_nothing_is_made_anew(file, passages, tmp_path):
    for make, path, code in (
        (mg.PassageStore.create, file, "already_exists"),
        (mg.PassageStore.create, tmp_path / "no" / "folder", "not_found"),
        (mg.PassageStore.open, tmp_path / "nothing", "not_found"),
    ):
        with pytest.raises(mg.Error) as refused:
            make(path)
        assert refused.value.code == code


def test_what_is_no_store_of_passages_is_refused(tmp_path):
    (tmp_path / "text").write_text("x" * 5000)
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE t (x)").connection.close()
    (tmp_path / "empty").touch()
    for name in ("text", "other", "empty"):
        with pytest.raises(mg.Error) as refused:
            mg.PassageStore.open(tmp_path / name)
        assert refused.value.code == "unsupported_format", name


def test_a_signal_that_comes_while_it_waits_leaves_no_transaction(passages, monkeypatch):
    """Ctrl-C is raised between the statement that begins and the line behind it."""

    class Interrupted:
        def __init__(self, connection):
            self.connection = connection

        def execute(self, statement, *values):
            done = self.connection.execute(statement, *values)
            if statement == "BEGIN IMMEDIATE":
                raise KeyboardInterrupt
            return done

        def __getattr__(self, name):
            return getattr(self.connection, name)

    with monkeypatch.context() as patch:
        patch.setattr(passages._file, "_connection", Interrupted(passages._file._connection))
        with pytest.raises(KeyboardInterrupt), passages.exclusively():
            pass
    assert not passages._file._connection.in_transaction
    with passages.exclusively():
        pass


def test_who_waits_too_long_for_another_is_told(file, passages, monkeypatch):
    monkeypatch.setattr("morgiana.durable_database._BUSY_TIMEOUT_MS", 50)
    with mg.PassageStore.open(file) as other, passages.exclusively():
        with pytest.raises(mg.Error) as refused, other.exclusively():
            pass
    assert refused.value.code == "locked"


def test_a_full_disk_is_told_and_nothing_is_recorded(file, passages):
    passages._file._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(mg.Error) as refused:
        for i in range(5000):
            passages.record(f"E-{i}", mg.Passage(i, "lab", "in"), terminal="gate-1")
    assert refused.value.code == "storage_full"
    passages._file._connection.execute("PRAGMA max_page_count = 100000")
    assert passages.last(f"E-{5000}", "lab") is None


def test_others_cannot_read_it(file, passages):
    passes(passages, "A", 1)
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.glob("passages*")} == {0o600}


def test_a_closed_or_forked_handle_is_closed(file, passages):
    child = os.fork()
    if child == 0:
        try:
            passages.last("A", "lab")
        except mg.Error as error:
            os._exit(0 if error.code == "closed" else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    passages.close()
    passages.close()
    with pytest.raises(mg.Error) as refused:
        passages.last("A", "lab")
    assert refused.value.code == "closed"
    with pytest.raises(TypeError):
        mg.PassageStore(None, b"")


def test_one_exclusive_block_in_another_is_refused_and_ends_nothing(passages):
    passage = mg.Passage(1, "lab", "in")
    with passages.exclusively():
        passages.record("a", passage, terminal="t")
        with (
            pytest.raises(mg.Error, match="are held exclusively by this thread already"),
            passages.exclusively(),
        ):
            pass
        with pytest.raises(mg.Error, match="erase them afterwards"):
            passages.forget("b")
        passages.record("c", passage, terminal="t")
    assert passages.last("a", "lab") == passages.last("c", "lab") == passage


def test_a_child_that_is_forked_inside_a_block_commits_nothing_and_does_not_hang(passages):
    with pytest.raises(RuntimeError), passages.exclusively():
        passages.record("a", mg.Passage(1, "lab", "in"), terminal="t")
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            try:
                passages.last("a", "lab")
            except mg.Error as error:
                passages.close()
                os._exit(0 if error.code == "closed" else 2)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        raise RuntimeError
    assert passages.last("a", "lab") is None


def test_a_child_that_leaves_the_block_of_its_parent_commits_nothing(passages):
    child = None
    try:
        with passages.exclusively():
            passages.record("a", mg.Passage(1, "lab", "in"), terminal="t")
            child = os.fork()
            if child:
                raise RuntimeError
    except RuntimeError:
        pass  # the parent takes it back
    except mg.Error as error:
        os._exit(0 if error.code == "closed" else 2)
    if child == 0:
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert passages.last("a", "lab") is None


def test_nothing_is_left_of_a_store_that_could_not_be_made(tmp_path, monkeypatch):
    from morgiana import durable_database

    def fails(file):
        raise mg.Error("storage_full", "no room")

    monkeypatch.setattr(durable_database, "_sync_folder", fails)
    with pytest.raises(mg.Error, match="no room"):
        mg.PassageStore.create(tmp_path / "passages")
    assert list(tmp_path.iterdir()) == []
