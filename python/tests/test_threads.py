"""Many threads at once: the GIL is released, and a removed subject is never found again."""

import sys
import threading

import pytest

import morgiana as mg


@pytest.fixture
def patient_interpreter():
    """No thread is made to hand over the GIL: it moves only where a call gives it up."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000.0)
    yield
    sys.setswitchinterval(before)


def runs_beside(call):
    """Whether this thread gets the GIL while `call` is at work in another."""
    started, finished = threading.Event(), []

    def work():
        started.set()
        call()
        finished.append(True)

    worker = threading.Thread(target=work)
    worker.start()
    started.wait()
    was_running = not finished
    worker.join()
    return was_running


def test_other_threads_run_while_the_library_works(gallery, rows, patient_interpreter):
    x, probes = rows(20000), rows(2000)
    ids = [f"s{i}" for i in range(20000)]
    gallery.enrol("first", rows(1))  # loads numpy's interface, which gives the GIL up by itself
    assert runs_beside(lambda: gallery.enrol(ids, x))
    assert runs_beside(lambda: gallery.update(ids, x))
    assert runs_beside(lambda: gallery.identify(probes, threshold=0.3))


def test_no_search_that_starts_after_remove_finds_the_subject(gallery, rows):
    x = rows(50)
    gallery.enrol([f"fixed{i}" for i in range(40)], x[:40])
    removed, failures, done = set(), [], threading.Event()

    def search():
        while not done.is_set():
            gone = set(removed)
            found = gallery.identify(x, threshold=0.9)
            failures.extend(gone.intersection(found.subjects))
            if found.subjects[:40] != [f"fixed{i}" for i in range(40)]:
                failures.append("a fixed subject was not found")

    searchers = [threading.Thread(target=search) for _ in range(3)]
    for thread in searchers:
        thread.start()
    try:
        for turn in range(30):
            subject = f"guest{turn}"
            gallery.enrol(subject, x[40 + turn % 10])
            assert gallery.identify(x[40 + turn % 10], threshold=0.9).subjects == [subject]
            gallery.remove(subject)
            removed.add(subject)
    finally:
        done.set()
        for thread in searchers:
            thread.join()
    assert failures == []


def test_close_waits_for_searches_and_later_ones_are_refused(gallery, rows):
    x = rows(500)
    gallery.enrol([f"s{i}" for i in range(500)], x)
    codes = []

    def search():
        try:
            while True:
                assert len(gallery.identify(x, threshold=0.9).subjects) == 500
        except mg.Error as error:
            codes.append(error.code)

    searchers = [threading.Thread(target=search) for _ in range(3)]
    for thread in searchers:
        thread.start()
    gallery.close()
    for thread in searchers:
        thread.join()
    assert codes == ["closed"] * 3
