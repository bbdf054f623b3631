"""Answers equal exhaustive comparison, and decisions follow from them."""

import numpy
import pytest

import morgiana as mg

# Half a unit in the last place of a float32 score near 1, twice: the reference rounds as well.
SCORE_TOLERANCE = 2.0**-23


def unit(x):
    """What a template stores: normalised in double, rounded to float32."""
    return (x / numpy.linalg.norm(x.astype(numpy.float64), axis=1, keepdims=True)).astype(
        numpy.float32
    )


def exhaustive(probes, ids, references, threshold):
    """For each probe the (subject, score) at or above the threshold, best first, ties by id."""
    scores = unit(probes).astype(numpy.float64) @ unit(references).astype(numpy.float64).T
    answers = []
    for row in scores.astype(numpy.float32):
        best = {}
        for subject, score in zip(ids, row):
            best[subject] = max(score, best.get(subject, score))
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0].encode()))
        answers.append([item for item in ranked if item[1] >= numpy.float32(threshold)])
    return answers


@pytest.mark.parametrize("dim", [32, 64, 100, 512])
@pytest.mark.parametrize("threshold", [-1.0, 0.1, 0.3])
def test_answers_equal_exhaustive_comparison(path, key, rows, dim, threshold):
    references, probes = rows(600, dim), rows(20, dim)
    ids = [f"s{i * 7 % 250:03}" for i in range(600)]  # two or three references each, interleaved
    probes[:5] = references[:5] + 0.5 * probes[:5]
    with mg.Gallery.create(path, model=mg.Model("net", dim), key=key) as gallery:
        gallery.enrol(ids, references)
        found = gallery.identify(
            probes, threshold=threshold, max_candidates=600, include_scores=True
        )
    expected = exhaustive(probes, ids, references, threshold)
    assert sum(map(len, expected)) > 0
    for answer, wanted in zip(found, expected, strict=True):
        assert answer.candidates == [subject for subject, _ in wanted]
        assert answer.num_accepted == len(wanted)
        scores = numpy.array([score for _, score in wanted], dtype=numpy.float32)
        numpy.testing.assert_allclose(answer.scores, scores, rtol=0, atol=SCORE_TOLERANCE)


def test_ties_are_ordered_by_id_in_bytes(gallery, rows):
    x = rows(1)
    ids = ["b", "a", "é", "Z", "a1"]
    gallery.enrol(ids, numpy.repeat(x, len(ids), axis=0))
    answer = gallery.identify(x, threshold=0.9, include_scores=True)[0]
    assert answer.candidates == sorted(ids, key=str.encode)
    assert len(set(answer.scores.tolist())) == 1


def test_the_list_is_cut_but_the_count_is_not(gallery, rows):
    x = rows(1)
    gallery.enrol([f"s{i}" for i in range(9)], numpy.repeat(x, 9, axis=0))
    answer = gallery.identify(x, threshold=0.9, max_candidates=4)[0]
    assert answer.candidates == ["s0", "s1", "s2", "s3"]
    assert answer.num_accepted == 9


def test_flat_answers_are_the_single_answers_in_a_row(gallery, rows):
    x = rows(40)
    gallery.enrol([f"s{i}" for i in range(40)], x)
    found = gallery.identify(x[:10], threshold=0.1, include_scores=True)
    assert len(found) == 10
    assert found.offsets.dtype == numpy.int64 and found.offsets.shape == (11,)
    assert found.scores.dtype == numpy.float32 and len(found.scores) == len(found.subjects)
    for i in range(10):
        part = slice(found.offsets[i], found.offsets[i + 1])
        assert found.subjects[part] == found[i].candidates
        assert found.scores[part].tolist() == found[i].scores.tolist()
    assert [answer.candidates for answer in found] == [found[i].candidates for i in range(10)]
    assert found[-1].candidates == found[9].candidates
    with pytest.raises(IndexError):
        found[10]


def test_scores_stay_inside_unless_asked_for(gallery, rows):
    x = rows(1)
    gallery.enrol("a", x)
    found = gallery.identify(x, threshold=0.5)
    assert found.scores is None and found[0].scores is None
    assert gallery.verify("a", x, threshold=0.5).score is None


def test_no_probe_has_no_answer(gallery, rows):
    gallery.enrol("a", rows(1))
    found = gallery.identify(rows(0), threshold=0.5, include_scores=True)
    assert len(found) == 0 and found.offsets.tolist() == [0] and found.scores.shape == (0,)


def test_an_answer_outlives_its_batch_and_its_gallery(gallery, rows):
    x = rows(1)
    gallery.enrol("a", x)
    answer = gallery.identify(x, threshold=0.5)[0]
    gallery.close()
    assert answer.candidates == ["a"]


def test_verify_takes_the_best_reference_of_the_claimed_subject_alone(gallery, rows):
    x = rows(3)
    gallery.enrol(["a", "a", "b"], x)
    compared = gallery.verify("a", x[1], threshold=mg.Threshold(0.9, fmr=1e-5), include_scores=True)
    assert compared.accepted and compared.claimed == "a"
    assert compared.score == pytest.approx(1.0, abs=1e-6)
    assert not gallery.verify("a", x[2], threshold=0.9).accepted


def near(x, cosine, rows):
    """A unit vector whose cosine with x is the one given."""
    other = rows(1)[0].astype(numpy.float64)
    x = x / numpy.linalg.norm(x)
    other -= (other @ x) * x
    other /= numpy.linalg.norm(other)
    return (cosine * x + numpy.sqrt(1 - cosine**2) * other).astype(numpy.float32)


def test_a_clear_winner_is_granted_and_a_close_second_is_ambiguous(gallery, rows):
    probe = rows(1)[0]
    gallery.enrol("first", near(probe, 0.80, rows))
    gallery.enrol("second", near(probe, 0.77, rows))
    found = gallery.identify(probe, threshold=0.5, margin=0.1)[0]
    assert found.runner_up == "second"
    wide = mg.decide(found, mg.Policy(accept=mg.Threshold(0.5), margin=0.01))
    assert (wide.outcome, wide.reason, wide.subject) == ("granted", "accepted", "first")
    close = mg.decide(found, mg.Policy(accept=0.5, margin=0.1))
    assert (close.outcome, close.reason) == (mg.Outcome.STEP_UP, mg.Reason.AMBIGUOUS)
    assert close.subject is None and close.policy.accept == mg.Threshold(0.5)


def test_a_second_below_the_threshold_still_counts_for_the_margin(gallery, rows):
    probe = rows(1)[0]
    gallery.enrol("first", near(probe, 0.80, rows))
    gallery.enrol("second", near(probe, 0.77, rows))
    found = gallery.identify(probe, threshold=0.79, margin=0.1)[0]
    assert found.candidates == ["first"] and found.runner_up == "second"
    assert mg.decide(found, mg.Policy(0.79, 0.1)).reason == "ambiguous"


def test_strangers_are_denied_and_empty_or_narrow_searches_decide_nothing(gallery, rows):
    probe = rows(1)
    policy = mg.Policy(0.5)
    empty = gallery.identify(probe, threshold=0.5)[0]
    assert mg.decide(empty, policy).reason == "empty_gallery"
    gallery.enrol("a", -probe)
    stranger = gallery.identify(probe, threshold=0.5)[0]
    assert mg.decide(stranger, policy).reason == "no_candidate"
    narrow = gallery.identify(-probe, threshold=0.9)[0]
    assert mg.decide(narrow, policy).reason == "search_too_narrow"


@pytest.mark.parametrize("threshold", [float("nan"), 45, -5])
def test_a_policy_that_can_never_be_meant_is_refused(threshold):
    with pytest.raises(mg.Error, match="is not a cosine") as refused:
        mg.Policy(threshold)
    assert refused.value.code == "invalid_argument"
    with pytest.raises(mg.Error, match="margin"):
        mg.Policy(0.5, margin=-threshold if threshold > 0 else threshold)


def test_a_verification_is_decided_too(gallery, rows):
    x = rows(2)
    gallery.enrol("a", x[0])
    policy = mg.Policy(0.9)
    granted = mg.decide(gallery.verify("a", x[0], threshold=0.5), policy)
    assert (granted.outcome, granted.subject) == ("granted", "a")
    denied = mg.decide(gallery.verify("a", x[1], threshold=0.5), policy)
    assert (denied.outcome, denied.reason) == ("denied", "claim_rejected")
