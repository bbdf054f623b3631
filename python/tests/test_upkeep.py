"""Backups are galleries of one state; a check finds what was changed, beside who writes, too."""

import os
import signal
import sqlite3
import sys
import threading
import time
from dataclasses import FrozenInstanceError

import pytest

import morgiana as mg


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "copy.morgiana"


@pytest.fixture
def large(gallery, rows):
    """More pages than are copied at once, so that a backup has something to tell."""
    gallery.enrol([f"s{i}" for i in range(30000)], rows(30000))
    return gallery


def spoil(path, statement):
    """Changes the database behind the library's back."""
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_check_counts_what_is_authentic_beside_the_writer(gallery, path, key, rows):
    gallery.enrol(["a", "a", "b"], rows(3))
    gallery.remove("b")
    report = mg.Gallery.check(path, key=key, max_threads=2)
    assert isinstance(report, mg.CheckReport)
    assert (report.num_subjects, report.num_references, report.num_commits) == (1, 2, 3)
    assert (report.num_pending_erasures, report.problems) == (0, ())
    assert report.file_system and isinstance(report.overwrites_in_place, bool)


def test_a_check_says_in_words_what_was_changed(gallery, path, key, rows):
    gallery.enrol(["a", "b"], rows(2))
    gallery.close()
    spoil(path, "UPDATE commits SET head = zeroblob(length(head)) WHERE sequence = 1")
    spoil(path, "INSERT INTO erasures VALUES (9, 2, 1, 1)")
    report = mg.Gallery.check(path, key=key)
    assert [problem.split(": ")[0] for problem in report.problems] == [
        "commits",
        "ledger of erasures",
    ]
    assert isinstance(report.problems, tuple) and report.num_subjects == 2


def test_a_problem_may_name_a_file_that_is_not_utf8(tmp_path, model, key, rows):
    path = os.fsencode(tmp_path) + b"/g\xff"
    with mg.Gallery.create(os.fsdecode(path), model=model, key=key) as gallery:
        gallery.enrol("a", rows(1))
    spoil(path, "UPDATE subjects SET cohorts = 1")
    (problem,) = mg.Gallery.check(os.fsdecode(path), key=key).problems
    assert problem.startswith("records: ") and problem.isprintable()


def test_a_report_is_a_value_that_is_neither_true_nor_false(gallery, path, key):
    report = mg.Gallery.check(path, key=key)
    assert report == mg.Gallery.check(path, key=key)
    with pytest.raises(TypeError, match="neither true nor false; ask .problems"):
        bool(report)
    with pytest.raises(FrozenInstanceError):
        report.problems = ()


def test_a_wrong_question_is_raised(gallery, path, key, tmp_path):
    other = mg.KeySource.create_file(tmp_path / "other.key")
    for question, code in (
        (lambda: mg.Gallery.check(tmp_path / "none", key=key), "not_found"),
        (lambda: mg.Gallery.check(path, key=other), "wrong_key"),
        (lambda: mg.Gallery.check(path, key=key, max_threads=0), "invalid_argument"),
        (lambda: mg.Gallery.check("", key=key), "invalid_argument"),
    ):
        with pytest.raises(mg.Error) as raised:
            question()
        assert raised.value.code == code
    for question, words in (
        (lambda: mg.Gallery.check(1, key=key), "path is a str or os.PathLike, got int"),
        (lambda: mg.Gallery.check(path, key="k"), "key is a morgiana.KeySource, got str"),
        (lambda: gallery.backup(1), "path is a str or os.PathLike, got int"),
    ):
        with pytest.raises(TypeError, match=words):
            question()


def test_a_backup_is_a_gallery_of_its_moment(gallery, key, rows, copy):
    x = rows(2)
    gallery.enrol(["a", "b"], x)
    assert gallery.backup(copy) is None
    gallery.remove("a")
    assert mg.Gallery.check(copy, key=key).problems == ()
    with mg.Gallery.open(copy, key=key) as opened:
        assert opened.identify(x, threshold=0.9).subjects == ["a", "b"]
        opened.remove("b")
    assert gallery.identify(x, threshold=0.9).subjects == ["b"]


def test_a_follower_makes_a_backup_of_what_returned_before(gallery, path, key, rows, copy):
    with mg.Gallery.follow(path, key=key) as follower:
        gallery.enrol(["a", "b"], rows(2))
        gallery.remove("a")
        follower.backup(copy)
    with mg.Gallery.open(copy, key=key) as opened:
        assert list(opened.subjects()) == ["b"]


def test_a_backup_overwrites_nothing(gallery, path, tmp_path):
    (tmp_path / "there").write_text("mine")
    for to, code in (
        (tmp_path / "there", "already_exists"),
        (path, "already_exists"),
        (tmp_path / "no" / "where", "not_found"),
        (tmp_path / "x.keyset", "invalid_argument"),
    ):
        with pytest.raises(mg.Error) as raised:
            gallery.backup(to)
        assert raised.value.code == code
    assert (tmp_path / "there").read_text() == "mine"


def test_a_callable_is_told_how_many_pages_are_copied(large, copy):
    told = []
    large.backup(copy, progress=lambda *numbers: told.append(numbers))
    done = [num_done for num_done, _ in told]
    assert len(told) > 1 and done == sorted(set(done)) and told[-1] == (done[-1], done[-1])


def test_changes_go_on_beside_a_backup_and_are_not_in_it(large, key, rows, copy):
    x = rows(2)
    changes = [lambda: large.enrol("t", x[0]), lambda: large.update("s0", x[1])]

    def change(num_done, num_all):
        if changes:
            changes.pop()()

    large.backup(copy, progress=change)
    assert changes == [] and "t" in large
    assert large.verify("s0", x[1], threshold=0.9).accepted
    assert mg.Gallery.check(copy, key=key).problems == ()
    with mg.Gallery.open(copy, key=key) as opened:
        assert "t" not in opened and not opened.verify("s0", x[1], threshold=0.9).accepted


def files_in(folder):
    """Without lock files, which stay: who waits for one must find the same."""
    return {name for name in os.listdir(folder) if not name.endswith(".lock")}


def test_what_a_callable_raises_ends_the_backup_and_leaves_nothing(large, copy, tmp_path):
    def refuse(num_done, num_all):
        raise LookupError("enough")

    before = files_in(tmp_path)
    with pytest.raises(LookupError, match="enough"):
        large.backup(copy, progress=refuse)
    assert files_in(tmp_path) == before
    large.backup(copy)


class Interrupted(Exception):
    pass


def test_a_signal_ends_a_backup_between_pages_and_leaves_nothing(large, copy, tmp_path):
    """Another thread sends it from the first page on: the backup that has no callable asks too."""

    def interrupt(*_):
        raise Interrupted

    unfinished = lambda: files_in(tmp_path) - before  # noqa: E731
    before = files_in(tmp_path)

    def send():
        while not unfinished():
            time.sleep(0.0001)
        signal.raise_signal(signal.SIGALRM)

    handler = signal.signal(signal.SIGALRM, interrupt)
    sender = threading.Thread(target=send)
    sender.start()
    try:
        with pytest.raises(Interrupted):
            large.backup(copy)
    finally:
        sender.join()
        signal.signal(signal.SIGALRM, handler)
    assert not unfinished()


def test_progress_shows_a_bar_that_ends_full(large, copy, capsys):
    pytest.importorskip("tqdm")
    large.backup(copy, progress=True)
    shown = capsys.readouterr()
    assert "backing up: 100%" in shown.err and "page/s" in shown.err


def test_a_bar_without_tqdm_names_the_extra_and_copies_nothing(gallery, copy, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"needs tqdm: pip install 'morgiana\[progress\]'"):
        gallery.backup(copy, progress=True)
    assert not copy.exists()


@pytest.mark.parametrize("given", [None, 1, "yes", []])
def test_progress_is_a_bool_or_a_callable(gallery, copy, given):
    with pytest.raises(TypeError) as raised:
        gallery.backup(copy, progress=given)
    assert str(raised.value) == (
        f"progress is a bool or a callable (num_done, num_all), got {type(given).__name__}"
    )
    assert not copy.exists()
