"""Anchors: an older copy of a gallery is refused by what is held outside of it."""

import os
import pickle
import shutil
import subprocess
import sys

import pytest

import morgiana as mg


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
