"""Enrolment, removal, and what a gallery keeps."""

import pickle

import numpy
import pytest

import morgiana as mg


def test_what_is_enrolled_is_found_counted_and_contained(gallery, rows):
    x = rows(3)
    gallery.enrol(["a", "b", "c"], x)
    assert len(gallery) == 3
    assert "b" in gallery and "d" not in gallery
    found = gallery.identify(x, threshold=0.9)
    assert [answer.candidates for answer in found] == [["a"], ["b"], ["c"]]


def test_equal_ids_anywhere_are_references_of_one_subject(gallery, rows):
    x = rows(3)
    gallery.enrol(["a", "b", "a"], x)
    assert (gallery.stats().num_subjects, gallery.stats().num_references) == (2, 3)
    assert gallery.identify(x[2], threshold=0.9)[0].candidates == ["a"]


def test_one_str_is_one_subject_with_all_rows(gallery, rows):
    x = rows(3)
    gallery.enrol("E-1042", x[:2])
    gallery.enrol("E-1043", x[2])
    assert (len(gallery), gallery.stats().num_references) == (2, 3)


def test_ids_may_come_from_any_iterable_of_str(gallery, rows):
    gallery.enrol((f"s{i}" for i in range(2)), rows(2))
    gallery.enrol(numpy.array(["t0", "t1"]), rows(2))
    assert len(gallery) == 4


def test_enrolled_subjects_survive_close_and_open(gallery, path, key, model, rows):
    x = rows(2)
    gallery.enrol(["a", "Zoë 李"], x)
    gallery.close()
    with mg.Gallery.open(path, key=mg.KeySource.file(key.path)) as reopened:
        assert reopened.model == model
        assert reopened.identify(x[1], threshold=0.9)[0].candidates == ["Zoë 李"]


def test_removed_subjects_are_gone_at_once_and_after_reopening(gallery, path, key, rows):
    x = rows(3)
    gallery.enrol(["a", "b", "c"], x)
    removal = gallery.remove(["a", "b"])
    assert removal.num_removed == 2 and removal.erasure in ("done", "pending")
    assert gallery.remove("c").num_removed == 1
    assert list(gallery.identify(x, threshold=-1.0).subjects) == []
    gallery.close()
    with mg.Gallery.open(path, key=key) as reopened:
        assert len(reopened) == 0 and "a" not in reopened


def test_a_removed_id_can_be_enrolled_again(gallery, rows):
    x = rows(2)
    gallery.enrol("a", x[0])
    gallery.remove("a")
    gallery.enrol("a", x[1])
    assert gallery.identify(x, threshold=0.9).subjects == ["a"]


def test_stats_say_model_counts_sizes_and_tier(gallery, model, rows):
    gallery.enrol(["a", "b", "b"], rows(3))
    stats = gallery.stats()
    assert stats.model == model
    assert (stats.num_subjects, stats.num_references, stats.num_pending_erasures) == (2, 3, 0)
    assert stats.index_bytes > 0 and stats.file_bytes > 0 and stats.tier


def test_close_is_idempotent_and_leaving_the_context_closes(path, model, key):
    with mg.Gallery.create(path, model=model, key=key) as gallery:
        gallery.close()
    gallery.close()
    mg.Gallery.open(path, key=key).close()


def test_repr_names_file_count_and_model_and_no_values(gallery, rows):
    gallery.enrol(["a", "b"], rows(2))
    assert repr(gallery) == "<Gallery campus.morgiana: 2 subjects, test-net 64-D>"
    gallery.close()
    assert repr(gallery) == "<Gallery campus.morgiana: closed, test-net 64-D>"


def test_a_gallery_cannot_be_pickled(gallery):
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(gallery)


def test_paths_need_not_be_ascii(tmp_path, model, rows):
    folder = tmp_path / "Größe-李"
    folder.mkdir()
    key = mg.KeySource.create_file(folder / "k")
    with mg.Gallery.create(folder / "g", model=model, key=key) as gallery:
        gallery.enrol("a", rows(1))
    assert (folder / "g").exists()
