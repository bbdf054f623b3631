"""A log of searches of known people, and the calibration of a gate that is made of it."""

import os
import sqlite3

import numpy as np
import pytest

import morgiana as mg
from morgiana.metrics import prediction_interval

FLOOR = 0.2
NUM_SUBJECTS = 60


@pytest.fixture
def enrolled(gallery, rows):
    """The first ten subjects have two references; returns a pose of everybody and of as many strangers."""
    x = rows(NUM_SUBJECTS + 40)
    ids = [f"E-{i:03}" for i in range(NUM_SUBJECTS)]
    gallery.enrol(ids + ids[:10], np.concatenate([x[:NUM_SUBJECTS], x[:10] + 0.4 * rows(10)]))
    return x


@pytest.fixture
def log(tmp_path, gallery, enrolled):
    with mg.SearchLog.create(tmp_path / "gate.searches", gallery, floor=FLOOR) as made:
        yield made


def people(enrolled):
    """Name and rows, three each: thirty who are enrolled and forty strangers."""
    source = np.random.default_rng(3)
    for i in [*range(0, NUM_SUBJECTS, 2), *range(NUM_SUBJECTS, len(enrolled))]:
        name = f"E-{i:03}" if i < NUM_SUBJECTS else f"visitor {i}"
        noise = source.standard_normal((3, enrolled.shape[1])).astype(np.float32)
        yield name, enrolled[i] + 0.8 * noise


def filled(log, gallery, enrolled):
    probes = list(people(enrolled))
    for name, rows in probes:
        for row in rows:
            log.identify(gallery, row, person=name)
    return probes


def test_a_search_is_decided_on_and_named_later(gallery, enrolled, log):
    policy = mg.Policy(0.6, margin=0.05)
    logged = log.identify(gallery, enrolled[3], margin=policy.margin, at_s=77)
    decision = mg.decide(logged.found, policy)
    assert (decision.outcome, decision.subject) == ("granted", "E-003")
    assert log.unnamed() == [(logged.number, 77)]
    log.name(logged.number, "E-003")
    assert log.unnamed() == []
    log.name(logged.number, "E-004")  # an attendant was wrong
    with pytest.raises(mg.Error, match="no search 99") as thrown:
        log.name(99, "E-003")
    assert thrown.value.code == "not_found"


def test_rates_are_those_of_going_through_all_searches(gallery, enrolled, log):
    probes = filled(log, gallery, enrolled)
    found = log.calibrate(gallery, data="test gate")
    assert (found.num_searches, found.num_people, found.num_subjects) == (210, 70, NUM_SUBJECTS)
    assert found.num_enrolled == 30
    assert found.calibration.evidence.num_images == 210 + NUM_SUBJECTS + 10

    single = {f"E-{i:03}" for i in range(10, NUM_SUBJECTS)}  # the others have two references
    one = next(c for c in found.calibration.curves if (c.references_per_subject, c.num_probes) == (1, 1))
    for at in (0, 20):
        threshold = one.thresholds[at]
        found_any, found_pair, missed = [], [], []
        for name, rows in probes:
            answers = [
                dict(zip(a.candidates, a.scores, strict=True))
                for a in gallery.identify(
                    rows, threshold=float(threshold), max_candidates=100, include_scores=True
                )
            ]
            found_any.append(
                np.mean([any(who in single and who != name for who in answer) for answer in answers])
            )
            found_pair.append(sum(who in single and who != name for answer in answers for who in answer) / 3)
            if name in single:
                missed.append(np.mean([name not in answer for answer in answers]))
        num_compared = 70 * 50 - 25
        assert one.fpir.value[at] == pytest.approx(np.mean(found_any), abs=1e-12)
        assert one.fmr.value[at] == pytest.approx(sum(found_pair) / num_compared, abs=1e-12)
        assert one.fnmr.value[at] == pytest.approx(np.mean(missed), abs=1e-12)
    assert one.fpir.value[0] > 0.5 > one.fpir.value[20] > 0
    assert found.calibration.parse(found.calibration.to_json()).digest == found.calibration.digest


def test_who_was_not_enrolled_alike_all_the_time_does_not_count(gallery, enrolled, log, rows):
    filled(log, gallery, enrolled)
    before = log.calibrate(gallery, data="d")
    gallery.enrol("late", rows(1))
    gallery.update("E-020", rows(1))
    gallery.remove("E-021")
    after = log.calibrate(gallery, data="d")
    assert (after.num_subjects, after.num_changed) == (before.num_subjects - 2, 2)
    assert after.num_people == before.num_people, "E-020 counts as a stranger among the others"
    assert after.calibration.digest != before.calibration.digest


def test_what_does_not_count_is_told(tmp_path, model, key, rows):
    x = rows(30)
    budget = mg.RefusalBudget(per_caller=1, per_subject=2)
    with mg.Gallery.create(tmp_path / "h", model=model, key=key, refusals=budget) as gallery:
        gallery.enrol([f"p{i}" for i in range(30)], x)
        with mg.SearchLog.create(tmp_path / "log", gallery, floor=0.3) as log:
            for i in range(5):
                log.identify(gallery, x[i], person=f"p{i}", caller="north")
            log.identify(gallery, x[6], caller="north")
            spent = gallery.verify("p9", x[10], threshold=0.9, caller="north")
            assert not spent.accepted, "p9 has one refusal a day"
            withheld = log.identify(gallery, x[10], person="p10", caller="north").found
            assert withheld.searched.num_withheld == 1
            found = log.calibrate(gallery, data="d")
            assert (found.num_searches, found.num_unnamed, found.num_withheld) == (5, 1, 1)


def test_excluded_pairs_count_as_not_compared(gallery, enrolled, log):
    filled(log, gallery, enrolled)
    plain = log.calibrate(gallery, data="d").calibration.curves[0]
    found = log.calibrate(gallery, data="d", excluded=[("visitor 60", "E-011"), ("E-011", "visitor 60")])
    assert found.calibration.evidence.num_excluded_pairs == 1
    assert found.calibration.curves[0].num_subjects == pytest.approx(plain.num_subjects - 1 / 70)
    with pytest.raises(mg.Error, match="'nobody' is none of those compared"):
        log.calibrate(gallery, data="d", excluded=[("nobody", "E-001")])


def test_who_is_forgotten_leaves_nothing_behind(tmp_path, gallery, enrolled, log):
    filled(log, gallery, enrolled)
    log.identify(gallery, enrolled[2], person="a thief")
    assert log.forget("E-002") == 3
    assert log.forget("E-002") == 0
    log.identify(gallery, enrolled[2], person="a thief")
    held = b"".join(file.read_bytes() for file in tmp_path.glob("gate.searches*"))
    assert b"E-002" not in held and b"E-004" in held
    assert log.forget_before(2**40) == 209
    assert b"a thief" not in b"".join(file.read_bytes() for file in tmp_path.glob("gate.searches*"))


def test_what_is_deleted_is_not_called_erased_while_somebody_reads(tmp_path, gallery, enrolled, log):
    filled(log, gallery, enrolled)
    reader = sqlite3.connect(tmp_path / "gate.searches", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM searches").fetchone()
    with pytest.raises(mg.Error, match="deleted, and not erased while another process reads it") as thrown:
        log.forget("E-002")
    assert thrown.value.code == "locked"
    reader.close()
    assert log.forget("E-002") == 0, "it was deleted before, and is erased now"
    assert b"E-002" not in b"".join(file.read_bytes() for file in tmp_path.glob("gate.searches*"))


def test_a_forked_child_has_no_log(gallery, enrolled, log):
    number = log.identify(gallery, enrolled[0]).number
    child = os.fork()
    if child == 0:
        try:
            log.name(number, "E-000")
            os._exit(1)
        except mg.Error as error:
            os._exit(0 if error.code == "closed" else 2)
    assert os.waitpid(child, 0)[1] == 0
    log.name(number, "E-000")


def test_a_log_is_of_one_gallery(tmp_path, model, gallery, enrolled, log):
    key = mg.KeySource.create_file(tmp_path / "other.key")
    with mg.Gallery.create(tmp_path / "other", model=model, key=key, refusals=None) as other:
        other.enrol([f"E-{i:03}" for i in range(NUM_SUBJECTS)], enrolled[NUM_SUBJECTS - 1 :: -1].copy())
        for call in (lambda: log.identify(other, enrolled[0]), lambda: log.calibrate(other, data="d")):
            with pytest.raises(mg.Error, match=f"the log is of gallery {gallery.id}, this one is {other.id}"):
                call()
    gallery.backup(tmp_path / "backup")
    key = mg.KeySource.file(tmp_path / "campus.key")
    with mg.Gallery.open(tmp_path / "backup", key=key) as same:
        assert same.id == gallery.id == gallery.stats().id
        log.identify(same, enrolled[0])


def test_it_is_opened_again_and_says_why_not(tmp_path, gallery, enrolled, log, key):
    log.identify(gallery, enrolled[0], person="E-000")
    assert os.stat(tmp_path / "gate.searches").st_mode & 0o777 == 0o600
    with mg.SearchLog.open(tmp_path / "gate.searches") as again:
        assert (again.floor, again.model) == (log.floor, gallery.model)
        assert again.floor == pytest.approx(FLOOR)
        again.identify(gallery, enrolled[1], person="E-001")
    assert log.calibrate(gallery, data="d").num_searches == 2

    def refused(call):
        with pytest.raises(mg.Error) as thrown:
            call()
        return thrown.value.code

    log.close()
    log.close()
    assert refused(log.unnamed) == "closed"
    assert (
        refused(lambda: mg.SearchLog.create(tmp_path / "gate.searches", gallery, floor=0.2))
        == "already_exists"
    )
    assert refused(lambda: mg.SearchLog.open(tmp_path / "none")) == "not_found"
    mg.PassageStore.create(tmp_path / "passages").close()
    assert refused(lambda: mg.SearchLog.open(tmp_path / "passages")) == "unsupported_format"
    (tmp_path / "text").write_text("no database")
    assert refused(lambda: mg.SearchLog.open(tmp_path / "text")) == "unsupported_format"


def test_misuse_is_refused(tmp_path, gallery, enrolled, log, key, rows):
    def refused(call):
        with pytest.raises(mg.Error) as thrown:
            call()
        return thrown.value.code

    assert refused(lambda: log.identify(gallery, enrolled[:2])) == "invalid_argument"
    assert refused(lambda: log.identify(gallery, enrolled[:0])) == "invalid_argument"
    assert refused(lambda: log.calibrate(gallery, data="d")) == "invalid_argument", "nobody came"
    log.identify(gallery, enrolled[0], person="E-000")
    assert refused(lambda: log.calibrate(gallery, data="d")) == "invalid_argument", "one person"
    log.identify(gallery, enrolled[1], person="E-001")
    assert refused(lambda: log.calibrate(gallery, data="two\nlines")) == "invalid_argument"
    assert refused(lambda: log.calibrate(gallery, data="d", most_probes=0)) == "invalid_argument"
    assert refused(lambda: mg.SearchLog.create(tmp_path / "x", gallery, floor=2.0)) == "invalid_argument"
    assert not (tmp_path / "x").exists()
    for person in ("", "x" * 257, "two\nlines", "nul\0"):
        assert (
            refused(lambda person=person: log.identify(gallery, enrolled[0], person=person))
            == "invalid_argument"
        )
        assert refused(lambda person=person: log.name(1, person)) == "invalid_argument"
    assert refused(lambda: mg.SearchLog.open("a\0b")) == "invalid_argument"
    with pytest.raises(TypeError, match="excluded is pairs of identities"):
        log.calibrate(gallery, data="d", excluded="ab")
    with pytest.raises(TypeError):
        log.identify("gallery", enrolled[0])
    with pytest.raises(TypeError):
        log.identify(gallery, enrolled[0], person=7)


def test_some_visitors_predict_others(tmp_path, lfw):
    """A gate of real faces: one image of 600 people is enrolled; 800 strangers make a calibration, and
    800 others come after them."""
    rows, names = lfw
    people, first = np.unique(names, return_index=True)
    order = np.random.default_rng(5).permutation(len(people))
    subjects, logged, later = order[:600], order[600:1400], order[1400:2200]
    key = mg.KeySource.create_file(tmp_path / "k")
    model = mg.Model("sface-2021dec", 128)
    with (
        mg.Gallery.create(tmp_path / "g", model=model, key=key, refusals=None) as gallery,
        mg.SearchLog.create(
            tmp_path / "log", _enrolled(gallery, people, rows, first, subjects), floor=0.3
        ) as log,
    ):
        for i in logged:
            log.identify(gallery, rows[first[i]], person=str(people[i]))
        calibration = log.calibrate(gallery, data="LFW, strangers").calibration
        shipped = mg.Calibration.shipped("sface-2021dec")
        assert mg.departures(calibration, shipped) == (), "the same cameras"
        answers = [
            len(one.candidates) > 0
            for at in (0.36, 0.40)
            for one in gallery.identify(rows[first[later]], threshold=at)
        ]
    for at, seen in zip((0.36, 0.40), np.reshape(answers, (2, -1)).mean(axis=1), strict=True):
        predicted = calibration.risk(at, num_subjects=600)
        assert predicted.support == "observed"
        curve = calibration.curves[0]
        trials = curve.fpir.effective_trials[int(np.argmin(abs(curve.thresholds - at)))]
        within = prediction_interval(predicted.fpir, trials, trials)  # as many people come later
        assert within.low <= seen <= within.high


def _enrolled(gallery, people, rows, first, subjects):
    gallery.enrol([str(people[i]) for i in subjects], rows[first[subjects]])
    return gallery
