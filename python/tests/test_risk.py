"""A risk in place of a threshold: it follows from who is compared, and the answer says which."""

import json

import numpy as np
import pytest

import morgiana as mg

NUM_PEOPLE = 150
RISK = mg.Risk(0.6)  # what so few people support


@pytest.fixture
def crowd(gallery, rows):
    """People of two references each; the first hundred are a cohort."""
    x = rows(NUM_PEOPLE)
    twins = x + 0.3 * rows(NUM_PEOPLE)
    ids = [f"p{i:03}" for i in range(NUM_PEOPLE)]
    groups = [0b01 if i < 100 else 0b10 for i in range(NUM_PEOPLE)]
    gallery.enrol(ids + ids, np.concatenate([x, twins]), cohorts=groups + groups)
    return x


@pytest.fixture
def calibration(gallery, crowd):
    return gallery.calibrate("made up").calibration


def threshold(calibration, num_subjects, num_probes=1):
    resolved = calibration.threshold_for(
        RISK.fpir, num_subjects=num_subjects, num_references=2 * num_subjects, num_probes=num_probes
    )
    return resolved.accept.at_least


def test_a_search_by_a_risk_says_which_threshold_it_came_to(gallery, crowd, calibration):
    def at_least(**options):
        found = gallery.identify(crowd[5], risk=RISK, calibration=calibration, **options)[0]
        assert found.candidates[0] == "p005" and found.resolved.predicted.support == "observed"
        return found.resolved.accept.at_least

    assert at_least() == threshold(calibration, NUM_PEOPLE)
    assert at_least(cohorts=0b01) == threshold(calibration, 100)
    others = [f"p{i:03}" for i in range(20, NUM_PEOPLE)]
    assert at_least(exclude=others) == threshold(calibration, 20)
    assert threshold(calibration, 20) < threshold(calibration, NUM_PEOPLE)
    assert gallery.identify(crowd[5], threshold=0.9)[0].resolved is None


def test_a_policy_by_a_risk_decides_and_its_receipt_says_so(gallery, crowd, calibration):
    policy = mg.Policy(risk=RISK)
    assert policy.accept is None and mg.Policy(risk=0.6) == policy
    found = gallery.identify(crowd[5], risk=policy.risk, calibration=calibration)[0]
    decision = mg.decide(found, policy)
    assert (decision.outcome, decision.subject) == ("granted", "p005")
    assert decision.resolved == found.resolved
    assert mg.subject_in_question(found, policy) == "p005"
    by_threshold = gallery.identify(crowd[5], threshold=0.5)[0]
    assert mg.decide(by_threshold, policy).reason == "search_too_narrow"
    assert mg.decide(found, mg.Policy(risk=0.5)).reason == "search_too_narrow"

    signer = mg.ReceiptSigner(gallery, issuer="https://gate.example", terminal="g")
    verifier = mg.ReceiptVerifier({"https://gate.example": signer.public_key}, relying_party="https://p")
    receipt = verifier.verify(signer.sign(decision, relying_party="https://p"))
    assert receipt.fpir == 0.6
    assert receipt.threshold.at_least == found.resolved.accept.at_least


def test_an_unsupported_risk_grants_nobody_and_says_why(gallery, crowd, calibration):
    found = gallery.identify(crowd[:3], risk=1e-9, calibration=calibration, include_scores=True)
    for answer in found:
        assert answer.candidates == [] and answer.resolved.accept is None
        assert "pairs of people" in answer.resolved.predicted.why
        decision = mg.decide(answer, mg.Policy(risk=1e-9))
        assert (decision.outcome, decision.reason) == ("not_determined", "risk_unsupported")
        assert decision.resolved.predicted.support == "unsupported"
    compared = gallery.verify("p005", crowd[5], risk=1e-9, calibration=calibration, include_scores=True)
    assert not compared.accepted and compared.score is None
    assert mg.decide(compared, mg.Policy(risk=1e-9)).reason == "risk_unsupported"


def test_a_claim_is_a_search_among_one(gallery, crowd, calibration):
    compared = gallery.verify("p005", crowd[5], risk=RISK, calibration=calibration)
    assert compared.accepted
    assert compared.resolved.accept.at_least == threshold(calibration, 1)
    assert mg.decide(compared, mg.Policy(risk=RISK)).outcome == "granted"


def test_more_probes_of_a_transaction_need_more(gallery, rows):
    x = rows(200)
    ids = [f"p{i:03}" for i in range(200)]
    gallery.enrol(ids + ids, np.concatenate([x, x + 0.3 * rows(200)]))
    calibration = gallery.calibrate("made up").calibration
    at = {
        probes: gallery.identify(x[0], risk=mg.Risk(0.6, probes), calibration=calibration)[0].resolved.accept
        for probes in (1, 2)
    }
    assert at[1].at_least < at[2].at_least


def test_a_queue_answers_by_a_risk(gallery, crowd, calibration):
    with mg.BatchQueue(gallery, risk=RISK, calibration=calibration) as queue:
        found = queue.submit(crowd[7]).result()
    assert mg.decide(found, mg.Policy(risk=RISK)).subject == "p007"


def test_what_is_no_risk_is_refused(gallery, crowd, calibration):
    def code(**options):
        with pytest.raises(mg.Error) as refused:
            gallery.identify(crowd[5], **options)
        return refused.value.code

    for fpir in (0, 1, -0.1, float("nan"), float("inf")):
        with pytest.raises(mg.Error, match="is not between 0 and 1"):
            mg.Risk(fpir)
    with pytest.raises(mg.Error, match="num_probes is from 1"):
        mg.Risk(0.1, 0)
    with pytest.raises(TypeError):
        mg.Risk("0.1")
    assert code() == code(threshold=0.5, risk=RISK, calibration=calibration) == "invalid_argument"
    assert code(risk=RISK) == "invalid_argument"
    with pytest.raises(TypeError, match="calibration is a morgiana.Calibration or None, got str"):
        gallery.identify(crowd[5], risk=RISK, calibration="sface-2021dec")
    other = mg.Calibration.shipped("sface-2021dec")
    assert code(risk=RISK, calibration=other) == "model_mismatch"
    for policy in ({}, {"accept": 0.5, "risk": 0.1}):
        with pytest.raises(mg.Error, match="by a threshold or by a risk"):
            mg.Policy(**policy)


def test_a_policy_file_states_a_risk():
    stated = {"format": 1, "name": "n", "version": 1, "margin": 0, "risk": {"fpir": 0.01, "probes": 3}}
    read = mg.PolicyFile.parse(json.dumps(stated))
    assert read.policy.risk == mg.Risk(0.01, 3) and read.policy.accept is None
    other = mg.PolicyFile.parse(json.dumps(stated | {"risk": {"fpir": 0.01, "probes": 2}}))
    assert other.digest != read.digest


def test_a_gallery_says_of_itself_what_its_embeddings_say(tmp_path, lfw):
    rows, names = lfw
    known, counts = np.unique(names, return_counts=True)
    chosen = [np.flatnonzero(names == name)[:3] for name in known[counts >= 2][:700]]
    index = np.concatenate(chosen)
    key = mg.KeySource.create_file(tmp_path / "k")
    model = mg.Model("sface-2021dec", 128)
    with mg.Gallery.create(tmp_path / "g", model=model, key=key, refusals=None) as gallery:
        gallery.enrol(names[index].tolist(), rows[index])
        found = gallery.calibrate("LFW", duplicate_threshold=0.8)
        thresholds = found.calibration.curves[0].thresholds
        from morgiana.evaluation.comparisons import compare_all

        expected = mg.Calibration.of_comparisons(
            compare_all(rows[index], names[index]), model, "00", "LFW", thresholds=thresholds[10:]
        )
        for ours, theirs in zip(found.calibration.curves, expected.curves, strict=True):
            assert (ours.references_per_subject, ours.num_probes) == (
                theirs.references_per_subject,
                theirs.num_probes,
            )
            np.testing.assert_allclose(ours.fpir.value[10:], theirs.fpir.value, rtol=1e-9)
            np.testing.assert_allclose(ours.fmr.high[10:], theirs.fmr.high, rtol=1e-9)
        assert found.num_subjects == 700 and found.num_references == len(index)
        shipped = mg.Calibration.shipped("sface-2021dec")
        assert mg.departures(found.calibration, shipped) == ()


def test_a_gallery_that_is_not_like_the_evidence_departs_from_it(tmp_path, lfw):
    """A camera that adds the same to every face makes strangers alike."""
    rows, names = lfw
    _, first = np.unique(names, return_index=True)
    alike = rows[first[:600]] + 0.5 * rows[first[:600]].mean(axis=0) / np.linalg.norm(
        rows[first[:600]].mean(axis=0)
    )
    key = mg.KeySource.create_file(tmp_path / "k")
    model = mg.Model("sface-2021dec", 128)
    with mg.Gallery.create(tmp_path / "g", model=model, key=key, refusals=None) as gallery:
        gallery.enrol(names[first[:600]].tolist(), alike)
        found = gallery.calibrate("one bad camera").calibration
    departed = mg.departures(found, mg.Calibration.shipped("sface-2021dec"))
    assert departed and all(one.here_bounds.low > one.there_bounds.high for one in departed)
