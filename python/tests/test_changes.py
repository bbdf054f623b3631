"""Updates, the list of who is enrolled, and enrolments on threads that say how far they are."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy
import pytest

import morgiana as mg


@pytest.fixture
def many(rows):
    """More subjects than are written at once, so that an enrolment has something to tell."""
    return [f"s{i}" for i in range(3000)], rows(3000)


def test_update_replaces_all_references_and_cohorts(gallery, rows):
    x = rows(4)
    gallery.enrol(["a", "a", "b"], x[:3], cohorts=[1, 1, 1])
    assert gallery.update("a", x[3], cohorts=2) in ("done", "pending")
    assert gallery.identify(x, threshold=0.9).subjects == ["b", "a"]
    assert gallery.identify(x, threshold=0.9, cohorts=2).subjects == ["a"]
    assert (gallery.stats().num_subjects, gallery.stats().num_references) == (2, 2)


def test_update_is_erased_at_once_where_nobody_reads_and_survives_reopening(
    gallery, path, key, rows
):
    x = rows(4)
    gallery.enrol(["a", "b"], x[:2])
    assert gallery.update(["b", "a"], x[2:], max_threads=2) == "done"
    assert gallery.stats().num_pending_erasures == 0
    gallery.close()
    with mg.Gallery.open(path, key=key) as reopened:
        assert reopened.identify(x, threshold=0.9).subjects == ["b", "a"]


def test_who_is_enrolled_by_another_name_is_refused_on_demand(gallery, rows):
    x = rows(4)
    gallery.enrol(["a", "b"], x[:2])
    for verb, ids in ((gallery.enrol, ["c", "d"]), (gallery.update, ["a", "a"])):
        with pytest.raises(mg.Error) as raised:
            verb(ids, numpy.stack([x[2], x[1]]), duplicate_threshold=0.9)
        assert raised.value.code == "duplicate_enrolment"
        assert "matches subject '" in str(raised.value)
    assert list(gallery.subjects()) == ["a", "b"]
    gallery.enrol(["c", "d"], x[2:], duplicate_threshold=0.9, hub_threshold=0.9, max_hub_matches=0)
    with pytest.raises(mg.Error) as raised:
        gallery.enrol("e", x[0], hub_threshold=0.9, max_hub_matches=0)
    assert raised.value.code == "hub_reference"
    gallery.enrol("e", x[0], hub_threshold=0.9, max_hub_matches=1)


@pytest.mark.parametrize("bad", [1.5, 2.0, float("nan")])
@pytest.mark.parametrize("name", ["duplicate_threshold", "hub_threshold"])
def test_a_threshold_to_refuse_by_is_a_cosine(gallery, rows, name, bad):
    with pytest.raises(mg.Error) as raised:
        gallery.enrol("a", rows(1)[0], **{name: bad})
    assert raised.value.code == "invalid_argument"
    assert gallery.stats().num_subjects == 0


def test_an_update_of_somebody_unknown_changes_nobody(gallery, rows):
    x = rows(3)
    gallery.enrol("a", x[0])
    with pytest.raises(mg.Error) as raised:
        gallery.update(["a", "b"], x[1:])
    assert raised.value.code == "unknown_subject"
    assert gallery.identify(x, threshold=0.9).subjects == ["a"]
    assert gallery.verify("a", x[0], threshold=0.9).accepted


@pytest.mark.parametrize("num_subjects", [0, 1, 999, 1000, 1001, 2000])
def test_subjects_lists_everybody_once_in_the_order_of_their_bytes(gallery, rows, num_subjects):
    ids = [f"{'Zoë' if i % 2 else 'ab'}-{i}" for i in range(num_subjects)]
    if ids:
        gallery.enrol(ids, rows(num_subjects))
    listed = gallery.subjects()
    assert iter(listed) is listed
    assert list(listed) == sorted(ids, key=str.encode)


def test_who_is_removed_before_its_page_is_read_is_not_listed(gallery, rows):
    ids = [f"s{i:04}" for i in range(1500)]
    gallery.enrol(ids, rows(1500))
    listed = gallery.subjects()
    first = next(listed)
    gallery.remove(["s1000", "s1499"])
    assert [first, *listed] == ids[:1000] + ids[1001:1499]


@pytest.mark.parametrize("max_threads", [1, 2, numpy.int32(3)])
def test_what_threads_enrol_is_found(gallery, path, key, many, max_threads):
    ids, x = many
    gallery.enrol(ids, x, max_threads=max_threads)
    assert gallery.identify(x, threshold=0.99).subjects == ids
    gallery.close()
    with mg.Gallery.open(path, key=key, max_threads=max_threads) as reopened:
        assert reopened.identify(x, threshold=0.99).subjects == ids


PROGRAM = """
import os, sys
import numpy
import morgiana as mg

def num_threads():
    return len(os.listdir("/proc/self/task"))

path, verb, max_threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
key = mg.KeySource.file(sys.argv[4])
ids = [f"s{i}" for i in range(3000)]
x = numpy.random.default_rng(1).standard_normal((3000, 64), dtype=numpy.float32)
before = num_threads()
if verb in ("open", "follow"):
    getattr(mg.Gallery, verb)(path, key=key, max_threads=max_threads)
else:
    with mg.Gallery.open(path, key=key) as gallery:
        if verb == "enrol":
            gallery.remove(ids)
        getattr(gallery, verb)(ids, x, max_threads=max_threads)
print(num_threads() - before)
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU runs one thread")
@pytest.mark.parametrize("verb", ["open", "follow", "enrol", "update"])
def test_threads_are_started_where_they_are_asked_for(gallery, path, key, many, verb):
    gallery.enrol(*many)
    gallery.close()
    environment = {**os.environ, "PYTHONPATH": str(Path(mg.__file__).parents[1])}
    num_started = [
        int(
            subprocess.run(
                [sys.executable, "-c", PROGRAM, path, verb, str(max_threads), key.path],
                env=environment,
                stdout=subprocess.PIPE,
                check=True,
            ).stdout
        )
        for max_threads in (1, 2)
    ]
    assert num_started[0] == 0 and num_started[1] > 0


def test_a_callable_is_told_how_many_subjects_are_written(gallery, many):
    told = []
    gallery.enrol(*many, progress=lambda *numbers: told.append(numbers))
    assert len(told) > 2 and {num_all for _, num_all in told} == {3000}
    done = [num_done for num_done, _ in told]
    assert done == sorted(set(done)) and done[0] > 0 and done[-1] == 3000


def test_a_callable_may_search_and_finds_nobody_who_is_not_committed(gallery, rows, many):
    x = rows(1)
    gallery.enrol("a", x)
    found = []
    gallery.enrol(
        *many,
        progress=lambda *_: found.append(
            (gallery.identify(x, threshold=0.9).subjects, "s0" in gallery, len(gallery))
        ),
    )
    assert len(found) > 2 and all(one == (["a"], False, 1) for one in found)


def test_a_callable_that_raises_ends_the_enrolment_and_enrols_nobody(gallery, many):
    for last in (0, 3000):  # at once, and when all is written but not committed

        def refuse(num_done, num_all, last=last):
            if num_done >= last:
                raise LookupError("enough")

        with pytest.raises(LookupError, match="enough"):
            gallery.enrol(*many, progress=refuse)
        assert len(gallery) == 0 and list(gallery.subjects()) == []
    gallery.enrol(*many)
    assert len(gallery) == 3000


def test_a_callable_that_raises_once_ends_its_enrolment_among_others(gallery, rows):
    """Enrolments that wait together are committed together, and tried again where that fails."""
    x, at_work, may_end, told = rows(3), threading.Event(), threading.Event(), []

    def hold(num_done, num_all):
        at_work.set()
        may_end.wait(timeout=60)

    def refuse_once(num_done, num_all):
        told.append(num_done)
        if len(told) == 1:
            raise LookupError("enough")

    def refused():
        with pytest.raises(LookupError):
            gallery.enrol("refused", x[1], progress=refuse_once)
        refused_ends.append(True)

    refused_ends = []
    first = threading.Thread(target=lambda: gallery.enrol("first", x[0], progress=hold))
    others = [
        threading.Thread(target=refused),
        threading.Thread(target=lambda: gallery.enrol("other", x[2])),
    ]
    first.start()
    at_work.wait()
    for thread in others:
        thread.start()
        thread.join(timeout=0.3)  # it waits for the first
    may_end.set()
    for thread in (first, *others):
        thread.join()
    assert refused_ends == [True]
    assert list(gallery.subjects()) == ["first", "other"]


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("verb", ["enrol", "update"])
def test_a_signal_is_seen_between_what_is_written(gallery, rows, verb):
    def interrupt(*_):
        raise Interrupted

    x = rows(40000)
    ids = [f"s{i}" for i in range(40000)]
    if verb == "update":
        gallery.enrol(ids, x)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        with pytest.raises(Interrupted):
            getattr(gallery, verb)(ids, x[::-1].copy())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if verb == "enrol":
        assert len(gallery) == 0
    else:
        assert gallery.verify("s0", x[0], threshold=0.9).accepted


def test_progress_shows_a_bar_that_ends_full(gallery, many, capsys):
    pytest.importorskip("tqdm")
    gallery.enrol(*many, progress=True)
    shown = capsys.readouterr()
    assert "enrolling: 100%" in shown.err and "3000/3000" in shown.err
    gallery.enrol("t", many[1][0])
    assert capsys.readouterr() == ("", "")


def test_a_bar_without_tqdm_names_the_extra_and_enrols_nobody(gallery, rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"needs tqdm: pip install 'morgiana\[progress\]'"):
        gallery.enrol("a", rows(1), progress=True)
    assert len(gallery) == 0
    gallery.enrol("a", rows(1), progress=print)


@pytest.mark.parametrize("given", [None, 1, "yes", []])
def test_progress_is_a_bool_or_a_callable(gallery, rows, given):
    with pytest.raises(TypeError) as raised:
        gallery.enrol("a", rows(1), progress=given)
    assert str(raised.value) == (
        f"progress is a bool or a callable (num_done, num_all), got {type(given).__name__}"
    )
    assert len(gallery) == 0


def test_batched_enrolments_are_found_at_once_and_kept(path, key, model, rows):
    x = rows(3)
    with mg.Gallery.create(path, model=model, key=key, sync="batched") as gallery:
        gallery.enrol("a", x[0])
        assert gallery.flush() is None
    with mg.Gallery.open(path, key=key, sync="batched") as gallery:
        gallery.enrol("b", x[1])
        assert gallery.identify(x, threshold=0.9).subjects == ["a", "b"]
    with mg.Gallery.open(path, key=key) as gallery:
        assert list(gallery.subjects()) == ["a", "b"]
        gallery.flush()


WRONG_OPTIONS = [
    ("sync", "always", mg.Error),
    ("sync", True, TypeError),
    ("sync", None, TypeError),
    ("max_threads", 0, mg.Error),
    ("max_threads", 2**32, mg.Error),
    ("max_threads", 1.5, TypeError),
    ("max_threads", True, TypeError),
]


@pytest.mark.parametrize("name, given, error", WRONG_OPTIONS)
def test_a_wrong_option_is_named_and_changes_nothing(
    gallery, path, key, model, rows, name, given, error
):
    wrong = {name: given}
    x = rows(1)
    calls = [lambda: mg.Gallery.open(path, key=key, **wrong)]
    if name == "sync":
        calls += [lambda: mg.Gallery.create(f"{path}2", model=model, key=key, **wrong)]
    else:
        calls += [
            lambda: mg.Gallery.follow(path, key=key, **wrong),
            lambda: gallery.enrol("a", x, **wrong),
            lambda: gallery.update("a", x, **wrong),
        ]
    for call in calls:
        with pytest.raises(error, match=f"{name} is ") as raised:
            call()
        if error is mg.Error:
            assert raised.value.code == "invalid_argument"
    assert len(gallery) == 0
