"""What opens a gallery: key files, passphrases, and changing both while it is in use."""

import os
import pickle
import shutil
import subprocess
import sys

import pytest

import morgiana as mg

WORDS = "correct horse battery staple"


def test_a_passphrase_opens_what_it_made(path, model, rows):
    source = mg.KeySource.passphrase(WORDS)
    with mg.Gallery.create(path, model=model, key=source) as gallery:
        gallery.enrol("ada", rows(1))
    for same in (source, mg.KeySource.passphrase(WORDS.encode())):
        with mg.Gallery.open(path, key=same) as gallery:
            assert list(gallery.subjects()) == ["ada"]
    for other in (mg.KeySource.passphrase(WORDS + "!"), mg.KeySource.file("none")):
        with pytest.raises(mg.Error) as refused:
            mg.Gallery.open(path, key=other)
        assert refused.value.code == "wrong_key"


def test_a_passphrase_is_shown_nowhere(path, model):
    source = mg.KeySource.passphrase(WORDS)
    assert repr(source) == "<morgiana.KeySource, passphrase>" and source.path == ""
    assert source == source and source != mg.KeySource.passphrase(WORDS)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(source)
    with pytest.raises(mg.Error, match="8 bytes at least, got 5"):
        mg.KeySource.passphrase("short")
    for wrong in (7, None, bytearray(WORDS.encode())):
        with pytest.raises(TypeError, match="passphrase is a str or bytes, got"):
            mg.KeySource.passphrase(wrong)


def test_a_passphrase_that_is_no_text_is_in_no_exception():
    for make in (
        mg.KeySource.passphrase,
        lambda pin: mg.KeySource.token("lib.so", token="t", key="k", pin=pin),
    ):
        with pytest.raises(mg.Error, match="lone surrogate") as refused:
            make(WORDS + "\ud800")
        told = refused.value
        assert told.code == "invalid_argument" and WORDS not in str(told)
        assert told.__context__ is None and told.__cause__ is None


def test_a_key_file_is_its_path(key):
    assert pickle.loads(pickle.dumps(key)) == key and hash(key) == hash(mg.KeySource(key.path))
    assert repr(key) == f"<morgiana.KeySource, key file {key.path}>"
    assert key != key.path and key != mg.KeySource(key.path + "2")


def test_the_key_is_changed_while_the_gallery_is_in_use(gallery, path, key, tmp_path, rows):
    other = mg.KeySource.create_file(tmp_path / "other.key")
    mg.Gallery.change_key(path, key=key, new_key=other)
    gallery.enrol("ada", rows(1))
    gallery.close()
    with pytest.raises(mg.Error) as refused:
        mg.Gallery.open(path, key=key)
    assert refused.value.code == "wrong_key"
    mg.Gallery.change_key(path, key=other, new_key=mg.KeySource.passphrase(WORDS))
    with mg.Gallery.open(path, key=mg.KeySource.passphrase(WORDS)) as again:
        assert "ada" in again
    with pytest.raises(TypeError, match="new_key is a morgiana.KeySource"):
        mg.Gallery.change_key(path, key=other, new_key=WORDS)


def test_keys_are_rotated_while_others_follow(gallery, path, key, rows):
    gallery.enrol([f"s{i}" for i in range(3000)], rows(3000))
    told = []
    with mg.Gallery.follow(path, key=key) as follower:
        rotation = gallery.rotate_keys(progress=lambda done, everyone: told.append((done, everyone)))
        assert rotation == mg.KeyRotation(3000, "done", True)
        assert told[0] == (2048, 3000) and told[-1] == (3000, 3000)
        assert "s17" in follower
        with pytest.raises(mg.Error) as refused:
            follower.rotate_keys()
        assert refused.value.code == "read_only"


def test_a_rotation_that_was_ended_is_gone_on_with(gallery, rows):
    gallery.enrol([f"s{i}" for i in range(3000)], rows(3000))

    def stop(done, everyone):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gallery.rotate_keys(progress=stop)
    assert gallery.rotate_keys().num_rewrapped == 3000


MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture
def hsm(tmp_path, monkeypatch):
    """A SoftHSM with a token "gate", for a process that is started with this environment."""
    util = shutil.which("softhsm2-util")
    if util is None or not os.path.exists(MODULE):
        pytest.skip("absent: SoftHSM (Debian's softhsm2)")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "conf"))
    init = [util, "--init-token", "--free", "--label", "gate", "--pin", "135791", "--so-pin", "24680246"]
    subprocess.run(init, check=True, capture_output=True)


def test_a_token_opens_what_it_made(hsm, path, rows, tmp_path):
    program = f"""
import morgiana as mg, numpy, sys
at = dict(token="gate", key="gates", pin="135791")
key = mg.KeySource.create_in_token({MODULE!r}, **at)
assert repr(key) == "<morgiana.KeySource, key 'gates' of token 'gate'>" and key.path == ""
with mg.Gallery.create({str(path)!r}, model=mg.Model("m", 64), key=key) as gallery:
    gallery.enrol("ada", numpy.ones(64, "float32"))
with mg.Gallery.open({str(path)!r}, key=mg.KeySource.token({MODULE!r}, **at)) as gallery:
    assert "ada" in gallery
for wrong in (dict(at, pin="975319"), dict(at, token="none"), dict(at, key="none")):
    try:
        mg.Gallery.open({str(path)!r}, key=mg.KeySource.token({MODULE!r}, **wrong))
    except mg.Error as error:
        assert error.code == "token_failed" and "135791" not in str(error)
    else:
        sys.exit("opened")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_names_a_token_is_text():
    for wrong in (dict(token=7), dict(key=None), dict(pin=135791)):
        with pytest.raises(TypeError):
            mg.KeySource.token(MODULE, **dict(token="t", key="k", pin="p") | wrong)
