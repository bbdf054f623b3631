"""What opens a gallery: key files, passphrases, and changing both while it is in use."""

import pickle

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
    assert gallery.rotate_keys().num_rewrapped == 3000 - 2048
