"""Estimates agree with counting every choice; predictions hold on people who were not seen."""

import itertools
import json
import pathlib

import numpy as np
import pytest

import morgiana as mg
from morgiana.calibration import Calibration
from morgiana.evaluation.comparisons import Comparisons, Pairs, compare_all
from morgiana.metrics import clopper_pearson


def people(rng: np.random.Generator, num_images: list[int], dim: int = 8) -> tuple[np.ndarray, list[str]]:
    """Close together, so that strangers reach each other."""
    rows, names = [], []
    for number, count in enumerate(num_images):
        centre = rng.normal(size=dim)
        for _ in range(count):
            rows.append(centre + 0.8 * rng.normal(size=dim))
            names.append(f"p{number:02}")
    return np.array(rows, np.float32), names


def counted(scores: np.ndarray, whose: np.ndarray, threshold: float, r: int, k: int) -> tuple[float, float]:
    """FMR and FPIR by going through every choice of references and of probes."""
    images = {p: np.flatnonzero(whose == p) for p in np.unique(whose)}
    probes = [p for p in images if len(images[p]) >= k]
    subjects = [p for p in images if len(images[p]) >= r]
    fmr, fpir = [], []
    for p in probes:
        others = [s for s in subjects if s != p]
        found = []
        for tries in itertools.combinations(images[p], k):
            # Each image of the transaction meets references of its own draw, as the estimate says.
            miss_all = 1.0
            for image in tries:
                for s in others:
                    choices = list(itertools.combinations(images[s], r))
                    hit = np.mean([max(scores[image, i] for i in refs) >= threshold for refs in choices])
                    miss_all *= 1 - hit
            found.append(1 - miss_all)
        fpir.append(np.mean(found))
        for s in others:
            pair = []
            for tries in itertools.combinations(images[p], k):
                miss = 1.0
                for image in tries:
                    choices = list(itertools.combinations(images[s], r))
                    miss *= 1 - np.mean(
                        [max(scores[image, i] for i in refs) >= threshold for refs in choices]
                    )
                pair.append(1 - miss)
            fmr.append(np.mean(pair))
    return float(np.mean(fmr)), float(np.mean(fpir))


def counted_misses(scores: np.ndarray, whose: np.ndarray, threshold: float, r: int) -> float:
    missed = []
    for p in np.unique(whose):
        images = np.flatnonzero(whose == p)
        if len(images) <= r:
            continue
        of_images = []
        for image in images:
            rest = [i for i in images if i != image]
            choices = list(itertools.combinations(rest, r))
            of_images.append(np.mean([max(scores[image, i] for i in refs) < threshold for refs in choices]))
        missed.append(np.mean(of_images))
    return float(np.mean(missed))


@pytest.mark.parametrize("seed", range(3))
def test_estimates_are_those_of_every_choice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, names = people(rng, [1, 2, 3, 4, 3, 1, 5, 2])
    found = compare_all(rows, names)
    unit = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    scores = (unit.astype(np.float32) @ unit.astype(np.float32).T).astype(np.float64)
    whose = np.array(names)
    # every score as a hit, so that the whole curve is seen
    i, k = np.triu_indices(len(rows), 1)
    other = whose[i] != whose[k]
    pairs = Pairs(
        i[other].astype(np.uint32), k[other].astype(np.uint32), scores[i[other], k[other]].astype(np.float32)
    )
    found = Comparisons(
        found.identity_of,
        found.names,
        found.mated,
        pairs,
        -1.0,
        found.mated_histogram,
        found.non_mated_histogram,
    )
    calibration = Calibration.of_comparisons(found, mg.Model("m", 8), "00ff", "made up")
    for curve in calibration.curves:
        r, k_probes = curve.references_per_subject, curve.num_probes
        for at in (len(curve.thresholds) * 3 // 5, len(curve.thresholds) * 4 // 5):
            threshold = float(curve.thresholds[at])
            fmr, fpir = counted(scores.astype(np.float32), whose, threshold, r, k_probes)
            assert curve.fmr.value[at] == pytest.approx(fmr, abs=1e-12)
            assert curve.fpir.value[at] == pytest.approx(fpir, abs=1e-12)
            if k_probes == 1:
                assert curve.fnmr is not None
                expected = counted_misses(scores.astype(np.float32), whose, threshold, r)
                assert curve.fnmr.value[at] == pytest.approx(expected, abs=1e-12)
            low, high = clopper_pearson(fmr * curve.fmr.effective_trials[at], curve.fmr.effective_trials[at])
            assert (curve.fmr.low[at], curve.fmr.high[at]) == pytest.approx((low, high), rel=1e-9)


def test_variance_is_that_of_a_u_statistic() -> None:
    """One image each: against the textbook's estimate, from all pairs."""
    rng = np.random.default_rng(4)
    rows, names = people(rng, [1] * 150, dim=6)
    calibration = Calibration.estimate(rows, names, "m", data="made up")
    curve = calibration.curves[0]
    unit = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    scores = unit.astype(np.float32) @ unit.astype(np.float32).T
    n = len(rows)
    compared = 0
    for at, threshold in enumerate(curve.thresholds):
        hits = (scores >= threshold) & ~np.eye(n, dtype=bool)
        if hits.sum() / 2 < 60:
            break
        rate = hits.sum() / (n * (n - 1))
        degree = hits.sum(axis=1)
        jackknife = np.sum((2 * degree / (n * (n - 1)) - 2 * rate / n) ** 2)
        variance = jackknife - hits.sum() / 2 * (2 / (n * (n - 1))) ** 2
        trials = n * (n - 1) / 2
        effect = max(1.0, variance / (rate * (1 - rate) / trials))
        assert curve.fmr.effective_trials[at] == pytest.approx(trials / effect, rel=1e-9)
        compared += 1
    assert compared >= 3


def test_an_excluded_pair_does_not_count() -> None:
    rng = np.random.default_rng(1)
    rows, names = people(rng, [2] * 40)
    rows[2:4] = rows[0:2]  # one person by two names
    everybody = Calibration.estimate(rows, names, "m", data="made up").curves[0]
    without = Calibration.estimate(rows, names, "m", data="made up", excluded=[("p00", "p01")])
    assert without.evidence.num_excluded_pairs == 1
    highest = without.curves[0].num_identity_pairs[-1]
    assert highest == everybody.num_identity_pairs[-1] - 1
    with pytest.raises(mg.Error, match="excluded from itself"):
        Calibration.estimate(rows, names, "m", data="made up", excluded=[("p00", "p00")])
    with pytest.raises(mg.Error, match="'nobody' is none of those compared"):
        Calibration.estimate(rows, names, "m", data="made up", excluded=[("p00", "nobody")])


@pytest.mark.parametrize(
    ("rows", "names", "why"),
    [
        (np.ones((3, 8), np.float32), ["a", "a", "a"], "1 identities say nothing of strangers"),
        (np.ones((2, 8), np.float32), ["a"], "2 embeddings came with 1 identities"),
        (np.full((2, 8), np.nan, np.float32), ["a", "b"], "embedding 0 holds NaN"),
        (np.zeros((2, 8), np.float32), ["a", "b"], "only zeros"),
        (np.ones(8, np.float32), ["a"], "floats \\[images, dim\\]"),
        (np.ones((2, 8), np.int32), ["a", "b"], "floats \\[images, dim\\]"),
    ],
)
def test_what_is_no_evidence_is_refused(rows: np.ndarray, names: list[str], why: str) -> None:
    with pytest.raises(mg.Error, match=why):
        Calibration.estimate(rows, names, "m", data="made up")


def test_constant_scores_support_nothing_but_certainty() -> None:
    rows = np.full((40, 8), 0.3, np.float32)
    calibration = Calibration.estimate(rows, [f"p{i}" for i in range(40)], "m", data="one point")
    resolved = calibration.threshold_for(0.01, num_subjects=39)
    assert resolved.accept is None
    assert resolved.predicted.support == "unsupported"


@pytest.fixture(scope="module")
def sface() -> Calibration:
    return Calibration.shipped("sface-2021dec")


def test_a_risk_that_the_evidence_cannot_support_is_not_guessed(sface: Calibration) -> None:
    for risk in (0.01, 0.001, 1e-9):
        resolved = sface.threshold_for(risk, num_subjects=10_000)
        assert resolved.accept is None
        assert resolved.predicted.fpir is None
        assert "30 independent pairs" in resolved.predicted.why
        assert resolved.least_supported is not None and resolved.least_supported > risk
    too_many = sface.threshold_for(0.1, num_subjects=100_000)
    assert too_many.accept is None and "more than ten times" in too_many.predicted.why
    assert "references a subject" in sface.risk(0.5, num_subjects=100, num_references=1000).why


def test_what_is_supported_keeps_the_risk(sface: Calibration) -> None:
    for num_subjects, risk in ((200, 0.01), (1000, 0.02), (5000, 0.1), (10_000, 0.1)):
        resolved = sface.threshold_for(risk, num_subjects=num_subjects)
        assert resolved.accept is not None
        predicted = sface.risk(resolved.accept, num_subjects=num_subjects)
        assert predicted == resolved.predicted
        assert predicted.bounds is not None and predicted.fpir is not None
        assert predicted.bounds.low <= predicted.fpir <= predicted.bounds.high <= risk
        lower = sface.risk(resolved.accept.at_least - 0.005, num_subjects=num_subjects)
        assert lower.bounds is not None and lower.bounds.high > risk


def test_risk_rises_with_people_references_and_probes_and_falls_with_the_threshold(
    sface: Calibration,
) -> None:
    def fpir(threshold: float, n: int, references: int = 1, probes: int = 1) -> float:
        risk = sface.risk(threshold, num_subjects=n, num_references=n * references, num_probes=probes)
        assert risk.fpir is not None, risk.why
        return risk.fpir

    assert fpir(0.45, 100) < fpir(0.45, 1000) < fpir(0.45, 5748) < fpir(0.45, 20_000)
    assert fpir(0.45, 800) < fpir(0.45, 800, 2) < fpir(0.45, 800, 3)
    assert fpir(0.45, 800) < fpir(0.45, 800, 1, 2) < fpir(0.45, 800, 1, 3)
    assert fpir(0.40, 800) > fpir(0.45, 800) > fpir(0.48, 800)


def test_a_calibration_is_read_as_it_was_written(sface: Calibration, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(sface.to_json())
    again = Calibration.load(path)
    assert again.to_json() == sface.to_json()
    assert again.evidence == sface.evidence
    with pytest.raises(mg.Error, match="not_found: opening .*none.json"):
        Calibration.load(tmp_path / "none.json")


def changed(text: str, change: str) -> str:
    content = json.loads(text)
    exec(change, {"c": content})
    return json.dumps(content)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("c['format'] = 2", "unsupported_format: it:1: format: is 2, this build reads up to 1"),
        ("c['format'] = 0", "format: is a whole number from 1"),
        ("c['more'] = 1", "more: is not a field that is known"),
        ("del c['model']", "model: is missing"),
        ("c['model']['dim'] = -1", "model.dim: is a whole number"),
        (
            "c['curves'][0]['points'][3]['fmr'] = [2, 5]",
            r"curves\[0\].points\[3\].fmr\[0\]: is a rate from 0 to 1",
        ),
        ("c['curves'][0]['points'][3]['fmr'] = [0.1]", "is a rate and its effective trials"),
        ("c['curves'][0]['points'][3]['fmr'] = [0.1, 0]", "is a number of trials"),
        ("c['curves'][0]['points'][3]['threshold'] = 3", "is a cosine"),
        ("c['curves'][0]['points'].reverse()", "does not ascend"),
        ("c['curves'][0]['points'] = []", "points: is a list that is not empty"),
        ("c['curves'].append(c['curves'][0])", "is there twice"),
        ("c['curves'] = []", "curves: is a list that is not empty"),
        ("c['curves'] = 3", "curves: is a list"),
        ("c['curves'][0]['num_subjects'] = 0", "holds nothing"),
    ],
)
def test_a_calibration_that_is_none_is_refused(sface: Calibration, change: str, why: str) -> None:
    with pytest.raises(mg.Error, match=why):
        Calibration.parse(changed(sface.to_json(), change), "it")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"format":1,"format":1}', "[" * 100 + "]" * 100, "NaN"]
)
def test_what_is_no_calibration_at_all_is_refused(text: str) -> None:
    with pytest.raises(mg.Error, match="it:1: "):
        Calibration.parse(text, "it")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"most_references": -1}, "most_references is from 1 to 10"),
        ({"most_probes": 2**32}, "most_probes is from 1 to 10"),
        ({"data": "two\nlines"}, "in a line each"),
        ({"data": ""}, "in a line each"),
        ({"data": "\ud800"}, "lone surrogate"),
    ],
)
def test_a_wrong_option_is_named_and_no_embedding_is_shown(wrong: dict, why: str) -> None:
    rows, names = people(np.random.default_rng(1), [2] * 20)
    with pytest.raises(mg.Error, match=why) as refused:
        Calibration.estimate(rows, names, "m", **({"data": "made up"} | wrong))
    assert len(str(refused.value)) < 300
    with pytest.raises(TypeError, match="json is a str"):
        Calibration.parse(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="path is a str"):
        Calibration.load(5)  # type: ignore[arg-type]


def test_a_file_of_huge_counts_is_read_at_once(sface: Calibration) -> None:
    """Intervals of up to 1e12 trials: a series of each would take hours."""
    content = json.loads(sface.to_json())
    for curve in content["curves"]:
        for point in curve["points"]:
            point["fmr"][1] = point["fpir"][1] = 1e12
    again = Calibration.parse(json.dumps(content))
    assert again.curves[0].fmr.effective_trials[0] == 1e12
    content["curves"][0]["points"][0]["fmr"][1] = 1e13
    with pytest.raises(mg.Error, match="is a number of trials"):
        Calibration.parse(json.dumps(content))
