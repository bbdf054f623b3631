"""Whom a search compares, how surely, how long, and what an open gallery keeps in memory."""

import signal
import threading

import numpy
import pytest

import morgiana as mg

ALL = 2**64 - 1


@pytest.fixture
def three(gallery, rows):
    """a, b and c in cohorts 1, 2 and all, with a probe that finds each; a has two references."""
    x = rows(3)
    gallery.enrol(["a", "b", "a"], x[[0, 1, 0]], cohorts=[1, 2, 1])
    gallery.enrol("c", x[2])
    return x


@pytest.mark.parametrize(
    "cohorts, found, num_references",
    [
        (None, ["a", "b", "c"], 4),
        (ALL, ["a", "b", "c"], 4),
        (1, ["a", "c"], 3),
        (numpy.uint64(2), ["b", "c"], 2),
        (3, ["a", "b", "c"], 4),
        (2**63, ["c"], 1),
    ],
)
def test_a_search_compares_whom_it_shares_a_cohort_with(
    gallery, three, cohorts, found, num_references
):
    answers = gallery.identify(three, threshold=0.9, cohorts=cohorts)
    assert answers.subjects == found
    for answer in answers:
        searched = answer.searched
        assert (searched.num_subjects, searched.num_references) == (len(found), num_references)


@pytest.mark.parametrize(
    "cohorts",
    [
        [1, 2, 1],
        (1, 2, 1),
        numpy.array([1, 2, 1]),
        numpy.array([1, 2, 1], dtype=numpy.uint8),
        iter([1, 2, 1]),
    ],
)
def test_masks_come_one_a_row_from_any_iterable(gallery, rows, cohorts):
    x = rows(3)
    gallery.enrol(["a", "b", "a"], x, cohorts=cohorts)
    assert gallery.identify(x, threshold=0.9, cohorts=1).subjects == ["a", "a"]
    assert gallery.identify(x, threshold=0.9, cohorts=2).subjects == ["b"]


@pytest.mark.parametrize("mask", [4, numpy.int64(4), [4, 4, 4]])
def test_one_mask_holds_for_all_rows(gallery, rows, mask):
    x = rows(3)
    gallery.enrol("a", x, cohorts=mask)
    assert len(gallery.identify(x, threshold=0.9, cohorts=4).subjects) == 3
    assert gallery.identify(x, threshold=0.9, cohorts=ALL - 4).subjects == []


@pytest.mark.parametrize("mask", [1, 2**63, ALL])
def test_cohorts_are_kept(gallery, path, key, rows, mask):
    x = rows(1)
    gallery.enrol("a", x, cohorts=mask)
    gallery.close()
    with mg.Gallery.open(path, key=key) as reopened:
        assert reopened.identify(x, threshold=0.9, cohorts=mask).subjects == ["a"]
        if mask != ALL:
            assert reopened.identify(x, threshold=0.9, cohorts=ALL - mask).subjects == []


@pytest.mark.parametrize(
    "ids, cohorts, says",
    [
        (["a", "b", "a"], [1, 2, 3], "row 2: other cohorts than 'a' has in an earlier row"),
        ("a", [1, 1, 2], "row 2: other cohorts than 'a'"),
        (["a", "b", "c"], [1, 2], "2 cohorts came with 3 embeddings"),
        (["a", "b", "c"], [1, 2, 3, 4], "4 cohorts came with 3 embeddings"),
        (["a", "b", "c"], [1, 2**64, 3], "cohorts[1] is a mask of 64 bits"),
        (["a", "b", "c"], [1, 2, -3], "cohorts[2] is a mask of 64 bits"),
        (["a", "b", "c"], [1, 0, 3], "cohort"),
        (["a", "b", "c"], 0, "cohort"),
    ],
)
def test_masks_that_do_not_fit_enrol_nobody(gallery, rows, ids, cohorts, says):
    with pytest.raises(mg.Error) as raised:
        gallery.enrol(ids, rows(3), cohorts=cohorts)
    assert raised.value.code == "invalid_argument" and says in raised.value.message
    assert len(gallery) == 0


@pytest.mark.parametrize("cohorts", [True, 1.0, "1", [1, 2.0, 3], [1, "2", 3], [1, True, 3]])
def test_masks_that_are_no_whole_numbers_enrol_nobody(gallery, rows, cohorts):
    with pytest.raises(TypeError, match="cohorts.* is a bit mask in an int, got"):
        gallery.enrol(["a", "b", "c"], rows(3), cohorts=cohorts)
    assert len(gallery) == 0


@pytest.mark.parametrize("exclude", [["a"], ("a",), {"a": 1}, iter(["a"]), ["a", "a", "nobody"]])
def test_who_is_excluded_is_not_compared(gallery, three, exclude):
    answers = gallery.identify(three, threshold=0.9, exclude=exclude)
    assert answers.subjects == ["b", "c"]
    assert (answers[0].searched.num_subjects, answers[0].searched.num_references) == (2, 2)


def test_who_is_excluded_does_not_make_an_answer_ambiguous(gallery, rows):
    x = rows(1)
    gallery.enrol(["a", "twin"], numpy.concatenate([x, x]))
    policy = mg.Policy(0.9, margin=0.1)
    found = gallery.identify(x, threshold=0.9, margin=0.1)[0]
    assert mg.decide(found, policy).reason == "ambiguous"
    found = gallery.identify(x, threshold=0.9, margin=0.1, exclude=["twin"])[0]
    assert mg.decide(found, policy).subject == "a"
    nobody = gallery.identify(x, threshold=0.9, margin=0.1, exclude=["twin", "a"])[0]
    assert mg.decide(nobody, policy).reason == "empty_gallery"


def test_an_id_that_is_none_excludes_nobody_and_answers_nothing(gallery, three):
    with pytest.raises(mg.Error, match=r"exclude\[1\]: ") as raised:
        gallery.identify(three, threshold=0.9, exclude=["a", ""])
    assert raised.value.code == "invalid_argument"


def test_an_answer_says_how_sure_it_is(gallery, rows):
    x = rows(300)
    gallery.enrol([f"s{i}" for i in range(300)], x)
    proven = gallery.identify(x[0], threshold=0.5)[0]
    assert proven.searched.assurance == mg.Assurance.proven()
    assert repr(proven.searched) == "<Searched: 300 subjects, 300 references, proven>"
    probable = gallery.identify(x[0], threshold=0.5, assurance="probable")[0]
    assert probable.searched.assurance == mg.Assurance.probable(1e-9)
    assert "probable, missed with 1e-09 each" in repr(probable.searched)
    less = gallery.identify(x[0], threshold=0.5, assurance="probable", miss_probability=1e-3)[0]
    assert less.searched.assurance == mg.Assurance(1e-3)
    same = gallery.identify(x[0], threshold=0.5, assurance=mg.Assurance(1e-3))[0]
    assert same.searched.assurance == less.searched.assurance
    assert proven.candidates == probable.candidates == less.candidates == ["s0"]


def test_a_search_less_sure_than_the_policy_is_too_narrow(gallery, rows):
    x = rows(1)
    gallery.enrol("a", x)
    found = gallery.identify(x, threshold=0.5, assurance="probable", miss_probability=1e-6)[0]
    for assurance in ("proven", "probable", mg.Assurance(1e-7)):
        policy = mg.Policy(0.5, assurance=assurance)
        assert mg.decide(found, policy).reason == "search_too_narrow"
    for assurance in (mg.Assurance(1e-6), mg.Assurance.probable(1e-3)):
        decision = mg.decide(found, mg.Policy(0.5, assurance=assurance))
        assert decision.outcome == "granted" and decision.policy.assurance == assurance
    proven = gallery.identify(x, threshold=0.5)[0]
    assert mg.decide(proven, mg.Policy(0.5, assurance="probable")).outcome == "granted"


@pytest.mark.parametrize("miss_probability", [-1e-9, 1e-16, 0.011, 1, float("nan")])
def test_an_assurance_that_can_never_be_meant_is_refused(miss_probability):
    with pytest.raises(mg.Error, match="miss probability") as raised:
        mg.Assurance(miss_probability)
    assert raised.value.code == "invalid_argument"


@pytest.mark.parametrize("assurance", ["proven", mg.Assurance(1e-12), mg.Assurance.proven()])
def test_of_two_assurances_none_is_dropped(gallery, rows, assurance):
    gallery.enrol("a", rows(1))
    with pytest.raises(mg.Error, match="miss_probability goes with assurance=") as raised:
        gallery.identify(rows(1), threshold=0.5, assurance=assurance, miss_probability=0.01)
    assert raised.value.code == "invalid_argument"


def test_many_probes_are_answered_in_their_order(gallery, rows):
    x = rows(2500)
    gallery.enrol([f"s{i}" for i in range(2500)], x)
    found = gallery.identify(x, threshold=0.99)
    assert found.subjects == [f"s{i}" for i in range(2500)]
    assert len(gallery.identify(x[:0], threshold=0.99)) == 0


class Interrupted(Exception):
    pass


def test_a_signal_is_seen_between_probes(gallery, rows):
    def interrupt(*_):
        raise Interrupted

    x = rows(4096)
    gallery.enrol([f"s{i}" for i in range(4096)], x)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        with pytest.raises(Interrupted):
            gallery.identify(numpy.concatenate([x] * 20), threshold=0.2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("max_threads", [1, 2, numpy.int32(3)])
def test_the_answer_does_not_depend_on_the_number_of_threads(gallery, rows, max_threads):
    x = rows(3000)
    gallery.enrol([f"s{i}" for i in range(3000)], x)
    one = gallery.identify(x[:50], threshold=0.2)
    many = gallery.identify(x[:50], threshold=0.2, max_threads=max_threads, timeout_ms=600_000)
    assert one.subjects == many.subjects and one.offsets.tolist() == many.offsets.tolist()


def test_a_deadline_that_passed_is_an_error_and_none_is_none(gallery, rows):
    x = rows(10)
    gallery.enrol([f"s{i}" for i in range(10)], x)
    with pytest.raises(mg.Error) as raised:
        gallery.identify(x, threshold=0.5, timeout_ms=0)
    assert raised.value.code == "deadline_exceeded"
    assert len(gallery.identify(x, threshold=0.5, timeout_ms=None)) == 10
    assert len(gallery.identify(x, threshold=0.5, timeout_ms=1e12)) == 10


def test_a_deadline_ends_a_search_that_is_at_work(gallery, rows):
    x = rows(5000)
    gallery.enrol([f"s{i}" for i in range(5000)], x)
    with pytest.raises(mg.Error) as raised:
        gallery.identify(x[:500], threshold=-1, timeout_ms=2)  # 2.5 million exact scores
    assert raised.value.code == "deadline_exceeded"


def test_searches_go_on_while_a_gallery_is_compacted(gallery, rows):
    x = rows(4000)
    ids = [f"s{i}" for i in range(4000)]
    gallery.enrol(ids, x)
    gallery.remove(ids[:3000])
    before = gallery.stats().index_bytes
    failures = []

    def search():
        while not done.is_set():
            if gallery.identify(x[3500], threshold=0.9).subjects != ["s3500"]:
                failures.append("a subject that is enrolled was not found")

    done = threading.Event()
    searcher = threading.Thread(target=search)
    searcher.start()
    try:
        assert gallery.compact() is None
    finally:
        done.set()
        searcher.join()
    assert failures == []
    assert gallery.stats().index_bytes < before
    assert gallery.identify(x[:3000], threshold=0.9).subjects == []
    assert gallery.stats().num_pending_erasures == 0


def test_a_closed_gallery_is_not_compacted(gallery):
    gallery.close()
    with pytest.raises(mg.Error) as raised:
        gallery.compact()
    assert raised.value.code == "closed"


def test_what_is_kept_in_memory_changes_no_answer(path, key, model, rows):
    x = rows(500)
    answers, sizes = [], {}
    kept = [
        {"references": references, "residual_codes": residual_codes}
        for references in ("sealed", "resident")
        for residual_codes in (True, False)
    ]
    with mg.Gallery.create(path, model=model, key=key, **kept[0]) as gallery:
        gallery.enrol([f"s{i}" for i in range(500)], x)
    for options in kept:
        with mg.Gallery.open(path, key=key, **options) as gallery:
            found = gallery.identify(x[:20], threshold=0.2, include_scores=True)
            answers.append((found.subjects, found.scores.tolist()))
            sizes[tuple(options.values())] = gallery.stats().index_bytes
    assert all(answer == answers[0] for answer in answers)
    assert sizes["sealed", False] < sizes["sealed", True]
