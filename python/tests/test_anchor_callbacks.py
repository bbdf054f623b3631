"""Anchors that are called back: what they raise and do, on many threads, and at the end."""

import gc
import subprocess
import sys
import threading
import weakref

import pytest

import morgiana as mg


def code_of(call):
    with pytest.raises(mg.Error) as refused:
        call()
    return refused.value.code


class Away(RuntimeError):
    pass


def test_what_a_callback_raises_is_the_cause(gallery, path, key, rows, register):
    gallery.set_anchor(register.anchor())
    register.failure = Away("the register is away")
    with pytest.raises(mg.Error) as refused:
        gallery.enrol("ada", rows(1))
    assert refused.value.code == "anchor_failed"
    assert "Away: the register is away; the change is made and durable" in refused.value.message
    assert refused.value.__cause__ is register.failure
    frames = []
    trace = register.failure.__traceback__
    while trace:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert "read" in frames
    assert "ada" in gallery
    gallery.close()
    with pytest.raises(mg.Error) as refused:
        mg.Gallery.open(path, key=key, anchor=register.anchor())
    assert refused.value.code == "anchor_failed" and refused.value.__cause__ is register.failure
    register.failure = None
    with mg.Gallery.open(path, key=key, anchor=register.anchor()) as again:
        again.enrol("bob", rows(1))
        assert len(again) == 2


class Mute(Exception):
    def __str__(self):
        raise Away


def test_an_exception_that_cannot_say_what_it_is_arrives_too(gallery, rows, register):
    gallery.set_anchor(register.anchor())
    register.failure = Mute()
    with pytest.raises(mg.Error, match="anchor_failed: anchor of the caller: Mute; ") as refused:
        gallery.enrol("ada", rows(1))
    assert refused.value.__cause__ is register.failure


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_raised_as_it_is(gallery, rows, register, raised):
    gallery.set_anchor(register.anchor())
    register.failure = raised()
    with pytest.raises(raised) as stopped:
        gallery.enrol("ada", rows(1))
    assert stopped.value is register.failure
    assert stopped.value.__context__.code == "anchor_failed"
    assert "ada" in gallery
    register.failure = None
    gallery.enrol("bob", rows(1))


@pytest.mark.parametrize("held", [None, "", bytearray(144), 7, []])
def test_read_returns_bytes(gallery, path, key, held):
    anchor = mg.Anchor.callback(lambda: held, lambda expected, following: True)
    gallery.close()
    with pytest.raises(mg.Error) as refused:
        mg.Gallery.open(path, key=key, anchor=anchor)
    cause = refused.value.__cause__
    assert isinstance(cause, TypeError) and "read of an anchor returns bytes, got" in str(cause)


@pytest.mark.parametrize("answer", [None, 1, 0, "yes"])
def test_compare_and_swap_returns_a_bool(gallery, rows, register, answer):
    gallery.set_anchor(register.anchor())
    forgetful = mg.Anchor.callback(lambda: b"", lambda expected, following: answer)
    with pytest.raises(mg.Error) as refused:
        gallery.set_anchor(forgetful)
    cause = refused.value.__cause__
    assert isinstance(cause, TypeError) and "compare_and_swap of an anchor returns bool, got" in str(cause)
    gallery.enrol("ada", rows(1))  # still by the one it had
    assert register.num_swaps == 2


def test_a_callback_searches_and_changes_nothing(gallery, rows, register):
    x, codes, found = rows(2), [], []

    def swap(expected, following):
        if "ada" in gallery:
            found.append(gallery.identify(x[0], threshold=0.9).subjects)
            for change in (
                lambda: gallery.enrol("eve", x[1]),
                lambda: gallery.remove("ada"),
                lambda: gallery.update("ada", x[1]),
                gallery.flush,
            ):
                codes.append(code_of(change))
        return register.swap(expected, following)

    gallery.set_anchor(mg.Anchor.callback(register.read, swap))
    gallery.enrol("ada", x[0])
    assert codes == ["invalid_argument"] * 4 and found == [["ada"]]
    assert list(gallery.subjects()) == ["ada"]


def test_many_threads_enrol_while_another_searches(path, model, key, rows, register):
    """The callback waits with the GIL given up, so that everybody meets everybody."""
    x, failures, at_once, most = rows(60), [], [], []

    def swap(expected, following):
        at_once.append(None)
        most.append(len(at_once))
        threading.Event().wait(0.001)
        try:
            return register.swap(expected, following)
        finally:
            at_once.pop()

    gallery = mg.Gallery.create(path, model=model, key=key, anchor=mg.Anchor.callback(register.read, swap))
    gallery.enrol("fixed", x[0])
    done = threading.Event()
    searches = []

    def enrol(first):
        try:
            for i in range(first, 60, 4):
                gallery.enrol(f"s{i}", x[i])
                if gallery.identify(x[i], threshold=0.9).subjects != [f"s{i}"]:
                    failures.append(f"s{i} was not found")
                if i % 5 == 0:
                    gallery.remove(f"s{i}")
        except BaseException as error:
            failures.append(error)

    def search():
        while not done.is_set():
            if gallery.identify(x[0], threshold=0.9).subjects != ["fixed"]:
                failures.append("the fixed subject was not found")
            searches.append(None)

    searcher = threading.Thread(target=search)
    writers = [threading.Thread(target=enrol, args=(first,)) for first in (1, 2, 3, 4)]
    for thread in [searcher, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    searcher.join()
    assert failures == [] and searches and max(most) == 1
    expected = ["fixed", *(f"s{i}" for i in range(1, 60) if i % 5)]
    gallery.close()
    with mg.Gallery.open(path, key=key, anchor=register.anchor()) as again:
        assert list(again.subjects()) == sorted(expected)


def test_one_failure_is_told_to_every_thread_that_waits_for_it(gallery, rows, register):
    """Changes that are committed together share one move of the anchor, and so its failure."""
    x, causes, failure = rows(40), [], Away("for all")
    started = threading.Barrier(4)

    def swap(expected, following):
        if expected == b"":
            return register.swap(expected, following)
        threading.Event().wait(0.002)
        raise failure

    gallery.set_anchor(mg.Anchor.callback(register.read, swap))

    def enrol(first):
        started.wait()
        for i in range(first, 40, 4):
            try:
                gallery.enrol(f"s{i}", x[i])
            except mg.Error as error:
                causes.append((error.code, error.__cause__))

    threads = [threading.Thread(target=enrol, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert causes == [("anchor_failed", failure)] * 40
    assert len(gallery) == 40


def test_it_is_let_go_when_the_gallery_is_closed(path, model, key, register):
    class Store:
        def read(self):
            return register.read()

        def swap(self, expected, following):
            return register.swap(expected, following)

    store = Store()
    alive = weakref.ref(store)
    gallery = mg.Gallery.create(
        path, model=model, key=key, anchor=mg.Anchor.callback(store.read, store.swap)
    )
    del store
    gc.collect()
    assert alive() is not None
    gallery.close()  # without the GIL
    gc.collect()
    assert alive() is None


AT_THE_END = """
import morgiana as mg, numpy, sys, threading
held = b""
def read():
    return held
def swap(expected, following):
    global held
    held = following
    with open({moves!r}, "a") as moves:
        moves.write("moved\\n")
    return True
key = mg.KeySource.create_file({key!r})
gallery = mg.Gallery.create(
    {path!r}, model=mg.Model("m", 64), key=key, sync="batched", anchor=mg.Anchor.callback(read, swap)
)
gallery.enrol("ada", numpy.ones(64, "float32"))
{end}
"""


@pytest.mark.parametrize(
    "end",
    [
        "",  # the module is taken apart with an open gallery
        "mg.kept = gallery",
        "gallery.me = gallery; del gallery",  # a cycle
        "threading.Thread(target=gallery.flush).start()",
        "import atexit; atexit.register(gallery.close)",
    ],
)
def test_an_interpreter_that_ends_with_an_open_gallery_ends(tmp_path, end):
    program = AT_THE_END.format(
        moves=str(tmp_path / "moves"), key=str(tmp_path / "k"), path=str(tmp_path / "g"), end=end
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], timeout=60, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    with mg.Gallery.open(tmp_path / "g", key=mg.KeySource.file(tmp_path / "k")) as gallery:
        assert "ada" in gallery
    if "flush" in end or "close" in end:
        assert (tmp_path / "moves").read_text() == "moved\n" * 2
