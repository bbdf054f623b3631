"""Backups that take the place of a lost gallery, without whom that one has revoked since."""

import os

import pytest

import morgiana as mg


@pytest.fixture
def anchor(tmp_path):
    return mg.Anchor.file(tmp_path / "held")


@pytest.fixture
def backup(path, key, model, anchor, rows, tmp_path):
    """Of a gallery of Ada, Bob and Cid that is lost; Bob was removed and Cid updated since."""
    copy = tmp_path / "backup"
    with mg.Gallery.create(path, model=model, key=key, anchor=anchor) as gallery:
        gallery.enrol(["ada", "bob", "cid"], rows(3))
        gallery.backup(copy)
        gallery.remove("bob")
        gallery.update("cid", rows(4)[3:])
    lose(path)
    return copy


def lose(path):
    for ending in ("", ".keyset"):
        os.remove(f"{path}{ending}")


def test_who_was_revoked_since_is_left_out_and_named(path, key, anchor, backup):
    told = []
    restored = mg.Gallery.restore(
        backup,
        path,
        key=key,
        anchor=anchor,
        max_threads=2,
        progress=lambda done, all: told.append((done, all)),
    )
    assert restored == mg.Restoration(num_subjects=1, revoked=("bob", "cid"))
    assert told and told[-1][0] == told[-1][1] > 0
    with mg.Gallery.open(path, key=key, anchor=anchor) as gallery:
        assert list(gallery.subjects()) == ["ada"]
    assert mg.Gallery.check(path, key=key, anchor=anchor).problems == ()


def test_a_restore_needs_an_anchor_that_knows(path, key, backup, tmp_path, register):
    for wrong in (mg.Anchor.file(tmp_path / "empty"), register.anchor()):
        with pytest.raises(mg.Error, match="holds nothing") as refused:
            mg.Gallery.restore(backup, path, key=key, anchor=wrong)
        assert refused.value.code == "anchor_failed" and not path.exists()
    for none in (None, "held"):
        with pytest.raises(TypeError, match="anchor is a morgiana.Anchor"):
            mg.Gallery.restore(backup, path, key=key, anchor=none)


def test_what_progress_raises_leaves_nothing(path, key, anchor, backup):
    def stop(done, all):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mg.Gallery.restore(backup, path, key=key, anchor=anchor, progress=stop)
    assert not path.exists() and not os.path.exists(f"{path}.keyset")
    assert mg.Gallery.restore(backup, path, key=key, anchor=anchor).num_subjects == 1


def test_nothing_is_overwritten(path, key, anchor, backup):
    mg.Gallery.restore(backup, path, key=key, anchor=anchor)
    with pytest.raises(mg.Error) as refused:
        mg.Gallery.restore(backup, path, key=key, anchor=anchor)
    assert refused.value.code == "already_exists"
    with mg.Gallery.open(path, key=key, anchor=anchor) as gallery:
        assert "ada" in gallery


def test_a_callback_keeps_a_ledger(path, key, model, rows, tmp_path, register):
    anchor = register.anchor(register.ledger_too())
    with mg.Gallery.create(path, model=model, key=key, anchor=anchor) as gallery:
        gallery.enrol(["ada", "bob", "cid"], rows(3))
        gallery.backup(tmp_path / "backup")
        register.failure = OSError("the register is away")
        with pytest.raises(mg.Error, match="made and durable") as told:
            gallery.remove("bob")
        assert told.value.code == "anchor_failed" and told.value.__cause__ is register.failure
        assert "bob" not in gallery
        register.failure = None
        gallery.remove("cid")
    lose(path)
    restored = mg.Gallery.restore(tmp_path / "backup", path, key=key, anchor=anchor)
    assert restored.revoked == ("bob", "cid")


@pytest.mark.parametrize("given", [None, [], "text", 7])
def test_a_ledger_reads_bytes(path, key, model, register, given):
    anchor = register.anchor(mg.Ledger(append=register.append, read=lambda: given))
    with pytest.raises(mg.Error) as told:
        mg.Gallery.create(path, model=model, key=key, anchor=anchor)
    assert isinstance(told.value.__cause__, TypeError) and "ledger" in str(told.value.__cause__)


def test_a_ledger_that_says_it_did_not_append_is_believed(path, key, model, rows, register):
    appends = [None]
    ledger = mg.Ledger(append=lambda entries: appends[-1], read=lambda: register.ledger)
    with mg.Gallery.create(path, model=model, key=key, anchor=register.anchor(ledger)) as gallery:
        gallery.enrol("ada", rows(1))
        appends.append(False)
        with pytest.raises(mg.Error, match="made and durable") as told:
            gallery.remove("ada")
        assert isinstance(told.value.__cause__, TypeError)


def test_a_ledger_is_one():
    with pytest.raises(TypeError, match="append is callable"):
        mg.Ledger(append=None, read=bytes)
    with pytest.raises(TypeError, match="ledger is a morgiana.Ledger"):
        mg.Anchor.callback(bytes, lambda a, b: True, ledger=(bytes, bytes))


def test_what_is_known_of_somebody_enrolled(gallery, rows):
    gallery.enrol(["ada", "ada", "bob"], rows(3), cohorts=[5, 5, 2])
    ada = gallery.enrolled("ada")
    assert (ada.cohorts, ada.num_references) == (5, 2) and ada.enrolled_at_s > 1_700_000_000
    assert gallery.enrolled("bob").enrolment != ada.enrolment
    gallery.update("ada", rows(1))
    assert gallery.enrolled("ada").enrolment > ada.enrolment
    assert gallery.enrolled("eve") is None
    with pytest.raises(TypeError, match="subject"):
        gallery.enrolled(7)
