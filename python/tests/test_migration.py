"""Migration: people are enrolled by the newer model as they pass, once and not by chance."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest

import morgiana as mg

POLICY = mg.Policy(0.6, 0.05)
PASSING = {"older_policy": POLICY, "newer_policy": POLICY, "enrol_at": 0.8, "enrol_margin": 0.1}


@pytest.fixture
def newer(tmp_path, key):
    with mg.Gallery.create(tmp_path / "newer", model=mg.Model("new-net", 96), key=key) as opened:
        yield opened


@pytest.fixture
def ada(rows):
    """A photograph of Ada by both models, and another one of her."""
    return rows(1)[0], rows(1, 96)[0]


@pytest.fixture
def migration(gallery, newer, ada):
    gallery.enrol("ada", ada[0], cohorts=0b101)
    return mg.Migration(gallery, newer, **PASSING)


def test_a_pass_enrols_whom_the_older_gallery_grants(migration, gallery, newer, ada):
    first = migration.identify(*ada)
    assert first.decision == mg.Decision("granted", "accepted", "ada", POLICY)
    assert (first.model, first.reenrolment, first.error) == (gallery.model, "enrolled", None)
    found = [newer.identify(ada[1], threshold=0.9, cohorts=c)[0].candidates for c in (0b100, 0b10)]
    assert found == [["ada"], []]
    second = migration.identify(*ada)
    assert (second.model, second.reenrolment) == (newer.model, "already")


def test_a_weak_score_is_granted_and_not_enrolled(migration, newer, ada, rows):
    away = rows(1)[0]
    away -= away @ ada[0] / (ada[0] @ ada[0]) * ada[0]
    probe = 0.7 * ada[0] / numpy.linalg.norm(ada[0]) + 0.714 * away / numpy.linalg.norm(away)
    weak = migration.identify(probe.astype(numpy.float32), ada[1])
    assert (weak.decision.subject, weak.reenrolment) == ("ada", "too_weak")
    assert len(newer) == 0


def test_models_that_disagree_determine_nobody(migration, newer, ada):
    newer.enrol("eve", ada[1])
    answer = migration.identify(*ada)
    assert (answer.decision.outcome, answer.decision.reason) == ("not_determined", "models_disagree")
    assert answer.decision.subject is None and answer.model is None
    assert answer.reenrolment == "nobody"


def test_strangers_are_denied_and_options_are_taken(migration, ada, rows):
    assert migration.identify(rows(1), rows(1, 96)).decision.outcome == "denied"
    assert migration.identify(*ada, cohorts=0b10).decision.reason == "empty_gallery"
    assert migration.identify(*ada, exclude=["ada"]).decision.reason == "empty_gallery"
    with pytest.raises(mg.Error, match="deadline_exceeded"):
        migration.identify(*ada, timeout_ms=0)
    with pytest.raises(mg.Error, match="invalid_argument"):
        migration.identify(*ada, caller="a\n")


def test_a_caller_whose_budget_is_spent_is_withheld(gallery, path, key, newer, ada, rows):
    gallery.enrol("ada", ada[0])
    gallery.close()
    older = mg.Gallery.open(path, key=key)
    migration = mg.Migration(older, newer, **PASSING)
    near = ada[0] / numpy.linalg.norm(ada[0])
    away = rows(1)[0]
    away -= away @ near * near
    near = (0.59 * near + 0.8074 * away / numpy.linalg.norm(away)).astype(numpy.float32)
    stranger = rows(1, 96)[0]
    for _ in range(20):
        assert migration.identify(near, stranger, caller="gate").decision.outcome == "denied"
    assert migration.identify(*ada, caller="gate").decision.reason == "withheld"
    assert migration.identify(*ada, caller="till").decision.subject == "ada"
    older.close()


def test_of_many_threads_one_enrols(migration, newer, ada):
    with ThreadPoolExecutor(8) as gates:
        passes = list(gates.map(lambda _: migration.identify(*ada), range(32)))
    assert [p.decision.subject for p in passes] == ["ada"] * 32
    assert sorted(p.reenrolment for p in passes) == ["already"] * 31 + ["enrolled"]
    assert newer.stats().num_references == 1


def test_removal_takes_out_of_both_galleries(migration, gallery, newer, ada):
    migration.identify(*ada)
    with pytest.raises(mg.Error, match="unknown_subject"):
        migration.remove(["ada", "dan"])
    removed = migration.remove(["ada"])
    for one, where in ((removed.older, gallery), (removed.newer, newer)):
        assert (one.num_removed, one.erasure) == (1, "done")
        assert where.erasure_receipt(one.commit).num_subjects == 1
    assert "ada" not in gallery and "ada" not in newer
    gallery.enrol("bob", ada[0])
    alone = migration.remove("bob")
    assert (alone.older.num_removed, alone.newer) == (1, None)


def test_progress_and_who_is_left(migration, gallery, ada, rows):
    gallery.enrol([f"p{i:04}" for i in range(1200)], rows(1200))
    assert migration.progress() == mg.MigrationProgress(0, 1201)
    migration.identify(*ada)
    assert migration.progress() == mg.MigrationProgress(1, 1201)
    assert list(migration.remaining()) == [f"p{i:04}" for i in range(1200)]


def test_an_enrolment_that_fails_is_told_and_not_raised(gallery, tmp_path, key, ada):
    def fail(expected, following):
        raise OSError("the register is away")

    gallery.enrol("ada", ada[0])
    path, model = tmp_path / "anchored", mg.Model("new-net", 96)
    held = {"value": b""}

    def swap(expected, following):
        if held["value"]:
            fail(expected, following)
        held["value"] = following
        return True

    anchor = mg.Anchor.callback(lambda: held["value"], swap)
    with mg.Gallery.create(path, model=model, key=key, anchor=anchor) as anchored:
        answer = mg.Migration(gallery, anchored, **PASSING).identify(*ada)
    assert (answer.decision.subject, answer.reenrolment) == ("ada", "enrolled")
    assert isinstance(answer.error, mg.Error) and answer.error.code == "anchor_failed"


def test_wrong_arguments_are_refused_by_name(migration, gallery, newer, ada):
    for changed, match in [
        ({"enrol_at": 0.5}, "enrol_at is below"),
        ({"enrol_margin": 0.01}, "enrol_margin below"),
        ({"enrol_at": 2}, "not a cosine"),
    ]:
        with pytest.raises(mg.Error, match=match):
            mg.Migration(gallery, newer, **PASSING | changed)
    with pytest.raises(mg.Error, match="of model test-net"):
        mg.Migration(gallery, gallery, **PASSING)
    with pytest.raises(TypeError, match=r"newer is a morgiana\.Gallery, got str"):
        mg.Migration(gallery, "newer", **PASSING)
    with pytest.raises(TypeError, match=r"older_policy is a morgiana\.Policy"):
        mg.Migration(gallery, newer, **PASSING | {"older_policy": 0.5})
    with pytest.raises(TypeError, match="caller is a str"):
        migration.identify(*ada, caller=1)
    with pytest.raises(mg.Error, match="newer_probe"):
        migration.identify(ada[0], ada[0])
    with pytest.raises(mg.Error, match="older_probe is one photograph, got 2 rows"):
        migration.identify(numpy.stack([ada[0], ada[0]]), ada[1])


def test_answers_are_asked_and_not_taken_for_true(migration, ada):
    answer = migration.identify(*ada)
    for question in (answer, answer.reenrolment):
        with pytest.raises(TypeError, match="neither true nor false"):
            bool(question)
    with pytest.raises(TypeError):
        pickle.dumps(migration)
