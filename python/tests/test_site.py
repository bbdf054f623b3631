"""A site is made whole or not at all, and who is removed from it leaves nothing behind."""

from __future__ import annotations

import json
import sqlite3

import pytest
from lab_gate import DIM, POLICY, frame
from lab_gate import clock, folder, gate, site  # noqa: F401, fixtures

import morgiana as mg


def test_a_removed_subject_leaves_no_passage_and_is_removed_again_where_it_was_cut_off(site, gate):
    gate.admit(frame(0), "in")
    site.gallery.remove("E-0")
    assert site.remove("E-0") is None
    assert site.passages.last("E-0", "lab") is None
    with pytest.raises(mg.Error) as refused:
        site.remove("E-0")
    assert refused.value.code == "unknown_subject"
    removal = site.remove("E-1")
    assert removal.num_removed == 1 and site.gallery.erasure_receipt(removal.commit).num_subjects == 1


def test_a_removal_says_its_commit_where_the_passages_are_read_meanwhile(site, gate):
    gate.admit(frame(0), "in")
    reader = sqlite3.connect(site.folder / "passages", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM passages").fetchone()
    with pytest.raises(
        mg.Error, match=r"E-0 is removed by commit (\d+), erasure done, its passages are not"
    ) as told:
        site.remove("E-0")
    assert told.value.code == "locked"
    assert "E-0" not in site.gallery and site.passages.last("E-0", "lab") is None
    reader.close()
    commit = int(told.value.message.split("commit ")[1].split(",")[0])
    assert site.gallery.erasure_receipt(commit).num_subjects == 1


def test_a_site_that_could_not_be_made_is_not_in_the_way_of_the_next_try(tmp_path, monkeypatch):
    policy = b'{"format": 1, "name": "n", "version": 1, "margin": 0, "accept": {"at_least": 0.5}}'
    key = mg.KeySource.create_file(tmp_path / "key")
    with monkeypatch.context() as patch:
        patch.setattr(
            mg.PassageStore, "create", lambda path: (_ for _ in ()).throw(mg.Error("storage_full", "full"))
        )
        with pytest.raises(mg.Error, match="full"):
            mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", 64), key=key)
    assert list((tmp_path / "site").iterdir()) == []
    mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", 64), key=key).close()
    with pytest.raises(mg.Error, match="already_exists"):
        mg.Site.create(tmp_path / "site", policy=policy, model=mg.Model("net", 64), key=key)
    mg.Site.open(tmp_path / "site", key=key).close()


def test_a_site_is_not_made_over_another_nor_with_a_policy_that_is_not_understood(folder, tmp_path):
    key = mg.KeySource.file(tmp_path / "key")
    for place, policy, code in (
        (folder, json.dumps(POLICY), "already_exists"),
        (tmp_path / "new", "{}", "bad_policy"),
    ):
        with pytest.raises(mg.Error) as refused:
            mg.Site.create(place, policy=policy.encode(), model=mg.Model("net", DIM), key=key)
        assert refused.value.code == code
    assert not (tmp_path / "new").exists()
    for name in ("people.morgiana", "passages", "policy.json"):
        half = tmp_path / f"half of a site, {name}"
        half.mkdir()
        (half / name).write_text("somebody's")
        with pytest.raises(mg.Error) as refused:
            mg.Site.create(half, policy=json.dumps(POLICY).encode(), model=mg.Model("net", DIM), key=key)
        assert refused.value.code == "already_exists"
        assert [path.name for path in half.iterdir()] == [name]
