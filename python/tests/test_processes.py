"""A gallery in several processes: one changes it, others follow; a fork is told so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import morgiana as mg


@pytest.fixture
def follower(gallery, path, key):
    with mg.Gallery.follow(path, key=key) as opened:
        yield opened


def test_a_follower_sees_what_returned_before(gallery, follower, model, rows):
    x = rows(3)
    assert len(follower) == 0 and follower.model == model
    gallery.enrol(["a", "b"], x[:2])
    assert follower.identify(x, threshold=0.9).subjects == ["a", "b"]
    assert follower.verify("b", x[1], threshold=0.9).accepted
    gallery.update("a", x[2])
    assert [answer.candidates for answer in follower.identify(x, threshold=0.9)] == [
        [],
        ["b"],
        ["a"],
    ]
    gallery.remove("b")
    assert "b" not in follower and list(follower.subjects()) == ["a"]
    assert follower.stats().num_references == 1


@pytest.mark.parametrize("options", [{"references": "resident"}, {"residual_codes": False}])
def test_a_follower_keeps_in_memory_what_it_is_asked_to(gallery, path, key, rows, options):
    x = rows(2000)
    ids = [f"s{i}" for i in range(2000)]
    gallery.enrol(ids[:1500], x[:1500])
    with mg.Gallery.follow(path, key=key, max_threads=2, **options) as follower:
        gallery.enrol(ids[1500:], x[1500:])
        assert follower.identify(x, threshold=0.99).subjects == ids
        assert follower.stats().index_bytes != gallery.stats().index_bytes


def test_a_follower_changes_nothing(gallery, follower, rows):
    gallery.enrol("a", rows(1))
    calls = [
        lambda: follower.enrol("b", rows(1)),
        lambda: follower.update("a", rows(1)),
        lambda: follower.remove("a"),
        lambda: follower.flush(),
    ]
    for call in calls:
        with pytest.raises(mg.Error) as raised:
            call()
        assert raised.value.code == "read_only"
    assert list(gallery.subjects()) == ["a"]
    follower.compact()


def test_a_follower_says_that_the_file_was_exchanged(path, key, model, rows):
    with mg.Gallery.create(path, model=model, key=key) as gallery:
        gallery.enrol("a", rows(1))
        with mg.Gallery.create(f"{path}2", model=model, key=key) as other:
            other.enrol("b", rows(1))
    with mg.Gallery.follow(path, key=key) as follower:
        os.rename(f"{path}2", path)
        with pytest.raises(mg.Error) as raised:
            len(follower)
        assert raised.value.code == "replaced"


PROGRAM = """
import sys
import numpy
import morgiana as mg

with mg.Gallery.follow(sys.argv[1], key=mg.KeySource.file(sys.argv[2])) as follower:
    for line in sys.stdin:
        print(",".join(follower.subjects()), len(follower), flush=True)
"""


def test_another_process_follows(gallery, path, key, rows):
    environment = {**os.environ, "PYTHONPATH": str(Path(mg.__file__).parents[1])}
    other = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, path, key.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )

    def asked():
        other.stdin.write("who\n")
        other.stdin.flush()
        return other.stdout.readline()

    try:
        assert asked() == " 0\n"
        gallery.enrol(["a", "b"], rows(2))
        assert asked() == "a,b 2\n"
        gallery.remove("a")
        assert asked() == "b 1\n"
    finally:
        other.stdin.close()
        assert other.wait(timeout=60) == 0
        other.stdout.close()


def status_of_child(work):
    """How a forked process ends that does the work: 0 where nothing was raised."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"in the child: {error!r}\n")
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_handle_is_closed_in_a_forked_process_and_open_in_its_parent(gallery, path, key, rows):
    x = rows(2)
    gallery.enrol("a", x[0])

    def child():
        for call in (
            lambda: gallery.identify(x, threshold=0.9),
            lambda: gallery.enrol("b", x[1]),
            lambda: gallery.stats(),
            lambda: list(gallery.subjects()),
        ):
            with pytest.raises(mg.Error) as raised:
                call()
            assert raised.value.code == "closed"
        gallery.close()
        for again in (mg.Gallery.open, mg.Gallery.follow):  # SQLite's locks are its parent's
            with pytest.raises(mg.Error) as raised:
                again(path, key=key)
            assert raised.value.code == "closed"

    assert status_of_child(child) == 0
    gallery.enrol("b", x[1])
    assert gallery.identify(x, threshold=0.9).subjects == ["a", "b"]


def test_a_follower_is_closed_in_a_forked_process(gallery, follower, rows):
    def child():
        with pytest.raises(mg.Error) as raised:
            len(follower)
        assert raised.value.code == "closed"

    assert status_of_child(child) == 0
    gallery.enrol("a", rows(1))
    assert len(follower) == 1
