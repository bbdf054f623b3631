"""Anchors: an older copy of a gallery is refused by what is held outside of it."""

import gc
import os
import pickle
import shutil
import subprocess
import sys
import threading
import weakref

import pytest

import morgiana as mg


class Register:
    """A register in memory, which a test can break."""

    def __init__(self):
        self.held = b""
        self.lock = threading.Lock()
        self.failure = None
        self.num_swaps = 0

    def read(self):
        if self.failure:
            raise self.failure
        return self.held

    def swap(self, expected, following):
        assert type(expected) is bytes and type(following) is bytes and len(following) == 144
        if self.failure:
            raise self.failure
        with self.lock:
            if self.held != expected:
                return False
            self.held = following
            self.num_swaps += 1
            return True

    def anchor(self):
        return mg.Anchor.callback(self.read, self.swap)


@pytest.fixture
def register():
    return Register()


@pytest.fixture(params=["file", "callback"])
def anchor(request, tmp_path, register):
    return mg.Anchor.file(tmp_path / "anchor") if request.param == "file" else register.anchor()


def copy(source, target):
    for suffix in ("", "-wal", ".keyset"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
        if os.path.exists(f"{source}{suffix}"):
            shutil.copyfile(f"{source}{suffix}", f"{target}{suffix}")


def code_of(call):
    with pytest.raises(mg.Error) as refused:
        call()
    return refused.value.code


def test_an_older_copy_is_refused_and_opens_without_the_anchor(path, model, key, rows, anchor):
    old, newest = path.with_name("old"), path.with_name("newest")
    with mg.Gallery.create(path, model=model, key=key, anchor=anchor) as gallery:
        gallery.enrol(["ada", "bob"], rows(2))
    copy(path, old)
    with mg.Gallery.open(path, key=key, anchor=anchor) as gallery:
        gallery.remove("bob")
    copy(path, newest)
    copy(old, path)
    with mg.Gallery.open(path, key=key) as gallery:
        assert "bob" in gallery
    assert code_of(lambda: mg.Gallery.open(path, key=key, anchor=anchor)) == "rolled_back"
    assert code_of(lambda: mg.Gallery.follow(path, key=key, anchor=anchor)) == "rolled_back"
    (problem,) = mg.Gallery.check(path, key=key, anchor=anchor).problems
    assert "was brought back to an older state" in problem
    assert mg.Gallery.check(path, key=key).problems == ()
    copy(newest, path)
    assert mg.Gallery.check(path, key=key, anchor=anchor).problems == ()
    with mg.Gallery.open(path, key=key, anchor=anchor) as gallery:
        assert list(gallery.subjects()) == ["ada"]
        with mg.Gallery.follow(path, key=key, anchor=anchor) as follower:
            assert "bob" not in follower


def test_an_anchor_is_given_to_a_gallery_that_has_none(gallery, path, key, rows, anchor):
    gallery.enrol("ada", rows(1))
    old = path.with_name("old")
    copy(path, old)
    gallery.set_anchor(anchor)
    assert code_of(lambda: gallery.set_anchor(anchor)) == "already_exists"
    gallery.remove("ada")
    gallery.close()
    copy(old, path)
    assert code_of(lambda: mg.Gallery.open(path, key=key, anchor=anchor)) == "rolled_back"


def test_what_holds_nothing_or_something_else_opens_nothing(gallery, path, model, key, tmp_path, register):
    empty = mg.Anchor.file(tmp_path / "none")
    gallery.set_anchor(register.anchor())
    gallery.close()
    with pytest.raises(mg.Error, match="anchor_failed: .*holds nothing.*set_anchor"):
        mg.Gallery.open(path, key=key, anchor=empty)
    other = tmp_path / "other"
    assert code_of(lambda: mg.Gallery.create(other, model=model, key=key, anchor=register.anchor())) == (
        "already_exists"
    )
    assert not other.exists()
    mg.Gallery.create(other, model=model, key=key).close()
    assert code_of(lambda: mg.Gallery.open(other, key=key, anchor=register.anchor())) == "not_authentic"
    assert code_of(lambda: mg.Gallery.check(other, key=key, anchor=empty)) == "anchor_failed"


def test_a_follower_is_given_none(gallery, path, key, register):
    with mg.Gallery.follow(path, key=key) as follower:
        assert code_of(lambda: follower.set_anchor(register.anchor())) == "read_only"
    assert register.held == b""


def test_batched_enrolments_move_it_when_they_are_durable(path, model, key, rows, register):
    with mg.Gallery.create(path, model=model, key=key, sync="batched", anchor=register.anchor()) as gallery:
        before = register.num_swaps
        gallery.enrol("ada", rows(1))
        assert register.num_swaps == before
        gallery.flush()
        assert register.num_swaps == before + 1
        gallery.enrol("bob", rows(1))
    assert register.num_swaps == before + 2


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
    assert "swap" in frames
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


def test_what_makes_an_anchor_is_checked(gallery, path, key, tmp_path):
    anchor = mg.Anchor.file(tmp_path / "anchor")
    assert repr(anchor) == f"<morgiana.Anchor, anchor {tmp_path}/anchor>"
    assert repr(mg.Anchor.callback(bytes, bool)) == "<morgiana.Anchor, anchor of the caller>"
    with pytest.raises(TypeError, match="an Anchor is made by"):
        mg.Anchor()
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(anchor)
    with pytest.raises(TypeError, match="compare_and_swap is callable, got NoneType"):
        mg.Anchor.callback(bytes, None)
    with pytest.raises(TypeError, match="path is a str or os.PathLike, got int"):
        mg.Anchor.file(7)
    for wrong in (dict(token=7), dict(object=None), dict(pin=135791)):
        with pytest.raises(TypeError, match=f"{next(iter(wrong))} is a str"):
            mg.Anchor.token(MODULE, **dict(token="t", object="o", pin="p") | wrong)
    for call in (
        lambda given: mg.Gallery.open(path, key=key, anchor=given),
        lambda given: mg.Gallery.follow(path, key=key, anchor=given),
        lambda given: mg.Gallery.check(path, key=key, anchor=given),
        lambda given: mg.Gallery.create(tmp_path / "n", model=gallery.model, key=key, anchor=given),
        lambda given: gallery.set_anchor(given),
    ):
        with pytest.raises(TypeError, match=r"anchor is a morgiana.Anchor, got str; write morgiana.Anchor"):
            call(str(tmp_path / "anchor"))
    with pytest.raises(TypeError, match="anchor is a morgiana.Anchor, got NoneType"):
        gallery.set_anchor(None)


MODULE = "/usr/lib/softhsm/libsofthsm2.so"

IN_A_TOKEN = """
import morgiana as mg, numpy, shutil, sys
path, module, tokens = sys.argv[1:]
at = dict(token="gate", object="campus", pin="135791")
anchor = mg.Anchor.token(module, **at)
assert repr(anchor) == "<morgiana.Anchor, anchor 'campus' of token 'gate'>"
key = mg.KeySource.create_file(path + ".key")
def refused(code, **wrong):
    try:
        mg.Gallery.open(path, key=key, anchor=mg.Anchor.token(module, **at | wrong))
    except mg.Error as error:
        assert error.code == code and "135791" not in str(error), error
        return str(error)
    sys.exit("opened")
with mg.Gallery.create(path, model=mg.Model("m", 64), key=key, anchor=anchor) as gallery:
    gallery.enrol("ada", numpy.ones(64, "float32"))
for suffix in ("", ".keyset"):
    shutil.copy(path + suffix, path + suffix + ".old")
with mg.Gallery.open(path, key=key, anchor=anchor) as gallery:
    gallery.remove("ada")
assert "the PIN is wrong" in refused("anchor_failed", pin="975319")
assert "there is no token 'none'" in refused("anchor_failed", token="none")
assert "holds nothing" in refused("anchor_failed", object="none")
with mg.Gallery.open(path, key=key, anchor=anchor) as gallery:
    shutil.move(tokens, tokens + ".away")
    try:
        gallery.enrol("bob", numpy.ones(64, "float32"))
    except mg.Error as error:
        assert error.code == "anchor_failed" and "made and durable" in str(error), error
    assert "bob" in gallery
for suffix in ("", ".keyset"):
    shutil.copy(path + suffix + ".old", path + suffix)
print("done")
"""


def test_a_token_holds_one(path, tmp_path, monkeypatch):
    util = shutil.which("softhsm2-util")
    if util is None or not os.path.exists(MODULE):
        pytest.skip("absent: SoftHSM (Debian's softhsm2)")
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    (tmp_path / "conf").write_text(f"directories.tokendir = {tokens}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "conf"))
    init = [util, "--init-token", "--free", "--label", "gate", "--pin", "135791", "--so-pin", "24680246"]
    subprocess.run(init, check=True, capture_output=True)
    program = [sys.executable, "-c", IN_A_TOKEN, str(path), MODULE, str(tokens)]
    ran = subprocess.run(program, capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stdout) == (0, "done\n"), ran.stderr
    shutil.move(f"{tokens}.away", tokens)
    older = f"""
import morgiana as mg, sys
try:
    mg.Gallery.open({str(path)!r}, key=mg.KeySource.file({str(path) + ".key"!r}),
                    anchor=mg.Anchor.token({MODULE!r}, token="gate", object="campus", pin="135791"))
except mg.Error as error:
    sys.exit(0 if error.code == "rolled_back" else str(error))
sys.exit("opened")
"""
    subprocess.run([sys.executable, "-c", older], check=True)
