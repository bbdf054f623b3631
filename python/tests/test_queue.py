"""One answer for each request, as alone, however they were batched."""

import gc
import subprocess
import sys
import threading
import weakref
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from types import SimpleNamespace

import numpy
import pytest

import morgiana as mg

PATIENT_MS = 600_000  # a batch that waits so long starts because it is full or the queue closes
NUM_SUBJECTS = 100


class WatchedGallery(mg.Gallery):
    """Notes the size of every batch; `doors` lets batches in one by one, where it is set."""

    batches = ()
    doors = None
    error = None
    after = staticmethod(lambda: None)

    def identify(self, probes, **options):
        if options.get("timeout_ms") == 0 or len(probes) == 0:  # asks what is wrong, not who it is
            return super().identify(probes, **options)
        self.batches = [*self.batches, len(probes)]
        if self.doors is not None:
            self.doors.entered.release()
            self.doors.open.acquire()
        if self.error is not None:
            self.error(probes)
        found = super().identify(probes, **options)
        self.after()
        return found


@pytest.fixture
def people(path, model, key, rows):
    """A watched gallery and a probe of everybody in it."""
    with WatchedGallery.create(path, model=model, key=key, refusals=None) as gallery:
        references = rows(NUM_SUBJECTS)
        gallery.enrol([f"s{i}" for i in range(NUM_SUBJECTS)], references)
        yield gallery, references + rows(NUM_SUBJECTS) / 2


def shown(answer):
    scores = None if answer.scores is None else answer.scores.tolist()
    return answer.candidates, scores, answer.num_accepted, answer.runner_up


def code_of(call):
    with pytest.raises(mg.Error) as raised:
        call()
    return raised.value.code


def occupy(gallery, queue, probe):
    """Has the worker search for one probe until a door is opened."""
    gallery.doors = SimpleNamespace(entered=threading.Semaphore(0), open=threading.Semaphore(0))
    future = queue.submit(probe)
    gallery.doors.entered.acquire()
    return future


@pytest.mark.parametrize("max_batch", [1, 7, 256])
def test_every_answer_is_the_one_that_the_probe_gets_alone(people, max_batch):
    gallery, probes = people
    asked = {"threshold": 0.2, "margin": 0.3, "max_candidates": 3, "include_scores": True}
    asked |= {"assurance": "probable", "miss_probability": 1e-12, "cohorts": 5, "max_threads": 2}
    asked |= {"exclude": ["s3", "s4"]}
    alone = [shown(mg.Gallery.identify(gallery, probe, **asked)[0]) for probe in probes]
    once = {"exclude": iter(["s3", "s4"])}  # to be there for every batch
    with mg.BatchQueue(gallery, max_batch=max_batch, **asked | once) as queue:
        for _ in range(2):
            futures = [queue.submit(probe) for probe in probes]
            assert [shown(future.result()) for future in futures] == alone
    assert alone[0][0][0] == "s0" and "s3" not in alone[3][0]
    assert any(one[3] for one in alone)


def test_requests_of_many_threads_become_one_batch(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=8, max_wait_ms=PATIENT_MS) as queue:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(queue.identify, probes[:8]))
    assert [answer.candidates for answer in found] == [[f"s{i}"] for i in range(8)]
    assert gallery.batches == [8]


def test_no_batch_is_larger_than_asked_and_none_waits_once_a_search_took_its_time(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=4, max_wait_ms=0) as queue:
        first = occupy(gallery, queue, probes[0])
        others = [queue.submit(probe) for probe in probes[1:11]]
        gallery.doors.open.release(10)
        assert [f.result().candidates for f in [first, *others]] == [[f"s{i}"] for i in range(11)]
    assert gallery.batches == [1, 4, 4, 2]


def spoiled(probe, value):
    probe = probe.copy()
    probe[5] = value
    return probe


BAD_PROBES = [
    lambda x: spoiled(x, numpy.nan),
    lambda x: x * 0,
    lambda x: x[:32],
    lambda x: x[:, None],
    lambda x: x.astype(numpy.float64),
    lambda x: x.astype(">f4"),
    lambda x: numpy.repeat(x, 2)[::2],
    lambda x: numpy.ma.masked_array(x),
    lambda x: x.tolist(),
    lambda x: None,
]


@pytest.mark.parametrize("spoil", BAD_PROBES)
def test_a_bad_probe_fails_alone_and_as_it_would_without_the_queue(people, spoil):
    gallery, probes = people
    bad = spoil(probes[0])
    with pytest.raises((mg.Error, TypeError)) as expected:
        mg.Gallery.identify(gallery, bad, threshold=0.5)
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=2, max_wait_ms=PATIENT_MS) as queue:
        before = queue.submit(probes[1])
        for ask in (queue.submit, queue.identify):
            with pytest.raises(type(expected.value)) as raised:
                ask(bad)
            assert str(raised.value) == str(expected.value)
        after = queue.submit(probes[2])
        assert [before.result().candidates, after.result().candidates] == [["s1"], ["s2"]]
    assert gallery.batches == [2]


def test_a_request_has_one_probe_and_is_answered_though_nobody_else_comes(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5) as queue:
        for rows in (probes, probes[:1], probes[:0]):
            assert code_of(lambda rows=rows: queue.submit(rows)) == "invalid_argument"
        unusual = probes[0].view(type("Unusual", (numpy.ndarray,), {}))
        assert queue.identify(unusual).candidates == ["s0"]
    assert gallery.batches == [1]


def test_what_fails_in_a_search_fails_for_its_probe_alone(people):
    gallery, probes = people

    def refuse(batch):
        if (batch == probes[1]).all(axis=1).any():
            raise mg.Error("not_authentic", "the record of somebody like the second")

    gallery.error = refuse
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=3, max_wait_ms=PATIENT_MS) as queue:
        futures = [queue.submit(probe) for probe in probes[:3]]
        error = futures[1].exception()
        assert error.__traceback__ is None and error.__context__ is None  # no frame keeps a probe
        assert code_of(futures[1].result) == "not_authentic"
        assert [futures[i].result().candidates for i in (0, 2)] == [["s0"], ["s2"]]


def test_the_probe_is_copied(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_wait_ms=PATIENT_MS) as queue:
        array = probes[7].copy()
        future = queue.submit(array)
        array[:] = probes[8]
    assert future.result().candidates == ["s7"]


def test_an_expired_request_is_not_searched_and_the_others_are(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=3, max_wait_ms=PATIENT_MS) as queue:
        limits = (None, 0, 1e9)
        futures = [queue.submit(probe, limit) for probe, limit in zip(probes, limits)]
        assert code_of(futures[1].result) == "deadline_exceeded"
        assert [futures[i].result().candidates for i in (0, 2)] == [["s0"], ["s2"]]
    assert gallery.batches == [2]


def test_identify_waits_no_longer_than_its_timeout(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_wait_ms=PATIENT_MS) as queue:
        assert code_of(lambda: queue.identify(probes[0], timeout_ms=1)) == "deadline_exceeded"
    assert not gallery.batches  # whom nobody waits for is not searched


def test_who_is_interrupted_while_waiting_takes_the_request_back(people, monkeypatch):
    gallery, probes = people

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Future, "result", interrupt)
    with mg.BatchQueue(gallery, threshold=0.5, max_wait_ms=PATIENT_MS) as queue:
        with pytest.raises(KeyboardInterrupt):
            queue.identify(probes[0])
    assert not gallery.batches


def test_an_answer_after_its_own_deadline_is_late_though_others_had_time(people, monkeypatch):
    gallery, probes = people
    now = [1000.0]
    for module in ("morgiana.queue", "morgiana.batch_worker"):
        monkeypatch.setattr(sys.modules[module].time, "monotonic", lambda: now[0])
    gallery.after = lambda: now.__setitem__(0, 1001.0)
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=2, max_wait_ms=PATIENT_MS) as queue:
        short = queue.submit(probes[0], timeout_ms=500)
        long = queue.submit(probes[1], timeout_ms=5000)
        assert long.result().candidates == ["s1"]
        assert code_of(short.result) == "deadline_exceeded"
    assert gallery.batches == [2]


def test_a_batch_is_searched_with_its_largest_deadline(people, monkeypatch):
    gallery, probes = people
    limits = []
    inherited = WatchedGallery.identify

    def noted(self, batch, **options):
        if len(batch) == 2:
            limits.append(options["timeout_ms"])
        return inherited(self, batch, **options)

    monkeypatch.setattr(WatchedGallery, "identify", noted)
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=2, max_wait_ms=PATIENT_MS) as queue:
        for pair in ((1e8, 1e9), (1e8, None)):
            for future in [queue.submit(probes[0], timeout_ms=limit) for limit in pair]:
                future.result()
    assert 1e8 < limits[0] <= 1e9 and limits[1] is None


def test_a_full_queue_refuses_at_once_and_takes_again_when_there_is_room(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_waiting=2, max_wait_ms=0) as queue:
        first = occupy(gallery, queue, probes[0])
        waiting = [queue.submit(probe) for probe in probes[1:3]]
        assert code_of(lambda: queue.submit(probes[3])) == "limit_reached"
        gallery.doors.open.release(10)
        assert [f.result().candidates for f in (first, *waiting)] == [["s0"], ["s1"], ["s2"]]
        assert queue.identify(probes[3]).candidates == ["s3"]


def test_close_answers_who_waits_and_refuses_who_comes(people):
    gallery, probes = people
    queue = mg.BatchQueue(gallery, threshold=0.5, max_batch=4, max_wait_ms=PATIENT_MS)
    futures = [queue.submit(probe) for probe in probes[:3]]
    queue.close()
    assert all(future.done() for future in futures)
    assert [future.result().candidates for future in futures] == [["s0"], ["s1"], ["s2"]]
    for ask in (queue.submit, queue.identify):
        assert code_of(lambda ask=ask: ask(probes[0])) == "closed"
    queue.close()
    assert len(gallery) == NUM_SUBJECTS  # the gallery is the caller's


def test_a_closed_gallery_is_an_error_of_each_request(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=2, max_wait_ms=PATIENT_MS) as queue:
        gallery.close()
        futures = [queue.submit(probe) for probe in probes[:2]]
        assert [code_of(future.result) for future in futures] == ["closed", "closed"]
    assert code_of(lambda: mg.BatchQueue(gallery, threshold=0.5)) == "closed"


def test_a_cancelled_request_is_skipped(people):
    gallery, probes = people
    with mg.BatchQueue(gallery, threshold=0.5, max_batch=3, max_wait_ms=PATIENT_MS) as queue:
        futures = [queue.submit(probe) for probe in probes[:2]]
        assert futures[0].cancel()
        futures.append(queue.submit(probes[2]))
        assert [future.result().candidates for future in futures[1:]] == [["s1"], ["s2"]]
        with pytest.raises(CancelledError):
            futures[0].result()
    assert gallery.batches == [2]


def test_a_callback_may_ask_again_and_close(people):
    gallery, probes = people
    queue = mg.BatchQueue(gallery, threshold=0.5, max_wait_ms=0)
    again, closed = [], threading.Event()

    def ask_and_close(_):
        again.append(queue.submit(probes[1]))
        queue.close()
        closed.set()

    queue.submit(probes[0]).add_done_callback(ask_and_close)
    closed.wait()
    assert again[0].result().candidates == ["s1"]


def test_eight_threads_hammering_get_their_own_answers(people):
    gallery, probes = people
    failures = []

    def ask(thread):
        for turn in range(40):
            who = (thread * 13 + turn) % NUM_SUBJECTS
            found = queue.identify(probes[who])
            if found.candidates != [f"s{who}"]:
                failures.append((who, found.candidates))

    with mg.BatchQueue(gallery, threshold=0.5, max_batch=8, max_wait_ms=1) as queue:
        threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert sum(gallery.batches) == 320


def test_no_thread_is_left_by_close_or_by_a_queue_that_is_dropped(people):
    gallery, probes = people
    before = threading.active_count()
    with mg.BatchQueue(gallery, threshold=0.5) as queue:
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    dropped = weakref.ref(queue)
    queue = mg.BatchQueue(gallery, threshold=0.5, max_wait_ms=PATIENT_MS)
    future = queue.submit(probes[0])
    assert dropped() is None
    del queue
    gc.collect()
    assert threading.active_count() == before
    assert future.result().candidates == ["s0"]


AT_EXIT = """
import sys, threading
import numpy
import morgiana as mg
gallery = mg.Gallery.create(
    sys.argv[1] + "/g", model=mg.Model("m", 64), key=mg.KeySource.create_file(sys.argv[1] + "/k")
)
x = numpy.eye(3, 64, dtype=numpy.float32)
gallery.enrol(["a", "b", "c"], x)
queue = mg.BatchQueue(gallery, threshold=0.5, max_wait_ms=600_000)
def say(future):
    print(future.result().candidates)
queue.submit(x[0]).add_done_callback(say)
patient = mg.BatchQueue(gallery, threshold=0.5, max_batch=2, max_wait_ms=600_000)
threading.Thread(target=lambda: print(patient.identify(x[1]).candidates)).start()
patient.submit(x[2])
"""


def test_an_interpreter_ends_with_a_queue_that_nobody_closed(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", AT_EXIT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert sorted(ran.stdout.split()) == ["['a']", "['b']"]


BAD_OPTIONS = [
    ({"max_batch": 0}, mg.Error),
    ({"max_batch": 2.5}, TypeError),
    ({"max_waiting": 0}, mg.Error),
    ({"max_wait_ms": -1}, mg.Error),
    ({"max_wait_ms": float("nan")}, mg.Error),
    ({"max_wait_ms": "2"}, TypeError),
    ({"threshold": 2}, mg.Error),
    ({"max_candidates": 0}, mg.Error),
    ({"cohorts": 0}, mg.Error),
    ({"exclude": "s1"}, TypeError),
    ({"exclude": [7]}, TypeError),
    ({"max_threads": 0}, mg.Error),
]


@pytest.mark.parametrize("options, kind", BAD_OPTIONS)
def test_bad_options_are_refused_when_the_queue_is_made_and_leave_no_thread(gallery, options, kind):
    before = threading.active_count()
    with pytest.raises(kind):
        mg.BatchQueue(gallery, **{"threshold": 0.5} | options)
    assert threading.active_count() == before


def test_a_bad_gallery_or_timeout_is_refused(people):
    gallery, probes = people
    with pytest.raises(TypeError, match=r"gallery is a morgiana.Gallery, got str"):
        mg.BatchQueue("campus.morgiana", threshold=0.5)
    with mg.BatchQueue(gallery, threshold=0.5) as queue:
        for limit in (-1, float("nan"), 1e13):
            for ask in (queue.submit, queue.identify):
                assert code_of(lambda a=ask, b=limit: a(probes[0], b)) == "invalid_argument"
        with pytest.raises(TypeError, match="timeout_ms is a number, got str"):
            queue.submit(probes[0], "5")
