"""The alarm is quiet while promises are kept, rings where they are not, and forgets nothing."""

import csv
import json
import os
import pathlib
import re

import numpy as np
import pytest

import morgiana as mg
from morgiana.calibration import Calibration
from morgiana.drift import promised_rate, promised_rates
from morgiana.evaluation.comparisons import compare_all, unit_rows
from morgiana.metrics import prediction_interval

DATA = os.environ.get("MORGIANA_TEST_DATA", pathlib.Path(__file__).parents[3] / "shared" / "data")
LFW = pathlib.Path(DATA) / "lfw"


def watched(alarm: mg.DriftAlarm, cohort: str, stream: str) -> mg.DriftStatus:
    return next(one for one in alarm.status() if (one.cohort, one.stream) == (cohort, stream))


def test_it_rings_for_the_cohort_that_drifts_and_says_since_when() -> None:
    alarm = mg.DriftAlarm(["north", "south"], alpha=0.05)
    for day in range(40):
        drifts = day >= 30
        for cohort in ("north", "south"):
            wrong = 20 if drifts and cohort == "south" else day % 2
            alarm.observe_false_accepts(
                cohort, 0.005, num_transactions=1000, num_false_accepts=wrong, at_s=day * 86_400
            )
    assert alarm.has_rung()
    quiet, rung = alarm.status()
    assert quiet.ring is None and quiet.e_value < 1
    assert rung.ring is not None and rung.ring.threshold is None
    assert rung.ring.since == mg.DriftMoment(30_001, 30 * 86_400)
    assert 30 * 86_400 <= rung.ring.rang.at_s <= 32 * 86_400
    assert rung.rings_at == pytest.approx(40)  # two cohorts, scores not watched
    assert "south: false_accepts" in repr(alarm)
    alarm.acknowledge("south", "false_accepts")
    assert not alarm.has_rung() and "quiet" in repr(alarm)
    with pytest.raises(mg.Error, match="nothing has rung there"):
        alarm.acknowledge("south", mg.DriftStream.FALSE_ACCEPTS)


def test_the_e_value_is_the_mean_likelihood_ratio_over_ratios_and_beginnings() -> None:
    """Against going through all beginnings, which the recursion does not."""
    rng = np.random.default_rng(3)
    promised = rng.uniform(0.001, 0.3, 300)
    hits = rng.random(300) < 2 * promised
    alarm = mg.DriftAlarm(["all"], alpha=1e-6)
    for at, (rate, hit) in enumerate(zip(promised, hits, strict=True)):
        alarm.observe_false_accepts("all", rate, num_false_accepts=int(hit), at_s=at)
    left = 1 / (1 + np.log1p(np.r_[0, np.cumsum(promised)]))  # of the weights, 1 in the beginning
    expected = left[-1]
    for ratio in (1.2, 1.5, 2, 3, 5, 10, 30, 100):
        steps = np.where(hits, ratio, 1) / (1 + (ratio - 1) * promised)
        for begin in range(300):
            expected += (left[begin] - left[begin + 1]) / 8 * np.prod(steps[begin:])
    assert alarm.status()[0].e_value == pytest.approx(expected, rel=1e-12)


def test_a_restart_forgets_nothing(tmp_path: pathlib.Path) -> None:
    rng = np.random.default_rng(5)
    alarm = mg.DriftAlarm(["a", "b"], thresholds=[0.4, 0.5])
    scores = rng.uniform(0, 0.55, 2000).astype(np.float32)
    alarm.observe_scores("b", scores[:1000], [0.3, 0.1], at_s=1)
    path = tmp_path / "alarm.json"
    path.write_text(alarm.to_json())
    again = mg.DriftAlarm.load(path)
    assert again.to_json() == alarm.to_json()
    for one in (alarm, again):
        one.observe_scores("b", scores[1000:], [0.3, 0.1], at_s=2)
    assert again.to_json() == alarm.to_json()
    assert again.status() == alarm.status()
    assert (again.alpha, again.cohorts, again.thresholds.tolist()) == (
        0.01,
        ("a", "b"),
        pytest.approx([0.4, 0.5]),
    )
    with pytest.raises(mg.Error, match="not_found: opening .*none.json"):
        mg.DriftAlarm.load(tmp_path / "none.json")
    content = json.loads(path.read_text())
    content["cohorts"][1]["scores"]["evidence"][0]["ratios"][2][0] = -1
    with pytest.raises(mg.Error, match=r"it:.*cohorts\[1\].scores.evidence\[0\]: this is no evidence"):
        mg.DriftAlarm.parse(json.dumps(content), "it")


def test_one_transaction_and_several_count_the_same() -> None:
    one_by_one, together = (mg.DriftAlarm(["a"], thresholds=[0.4, 0.5]) for _ in range(2))
    scores = np.linspace(0.2, 0.6, 50)
    for score in scores:
        one_by_one.observe_scores("a", score, [0.3, 0.1], at_s=1)
    together.observe_scores("a", scores, [0.3, 0.1], at_s=1)
    assert one_by_one.to_json() == together.to_json()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cohort": "west"}, "none of that name"),
        ({"promised": 0.0}, "not between 0 and 1"),
        ({"promised": 1.0}, "not between 0 and 1"),
        ({"promised": float("nan")}, "not between 0 and 1"),
        ({"num_transactions": 0}, "cannot be counted"),
        ({"num_transactions": -1}, "num_transactions is from 0 up"),
        ({"num_false_accepts": 3}, "cannot be counted"),
        ({"at_s": 99}, "in the order of their times"),
        ({"at_s": 2**70}, "64 bits"),
    ],
)
def test_what_cannot_be_counted_is_refused_and_changes_nothing(change: dict, why: str) -> None:
    alarm = mg.DriftAlarm(["a"], thresholds=[0.4])
    given = {"cohort": "a", "promised": 0.1, "num_transactions": 2, "num_false_accepts": 1, "at_s": 100}
    alarm.observe_false_accepts(**given)
    before = alarm.to_json()
    with pytest.raises(mg.Error, match=why):
        alarm.observe_false_accepts(**(given | change))
    assert alarm.to_json() == before


@pytest.mark.parametrize(
    ("scores", "promised", "why"),
    [
        ([float("nan")], [0.1, 0.01], "no number"),
        ([0.1], [0.1], "1 rates came for 2 thresholds"),
        ([0.1], [0.01, 0.1], "promised to be reached more often"),
        ([0.1], [0.1, 0.0], "not between 0 and 1"),
        ([[0.1]], [0.1, 0.01], "one-dimensional"),
        (["a"], [0.1, 0.01], "float32"),
    ],
)
def test_scores_that_are_none_are_refused(scores: list, promised: list, why: str) -> None:
    alarm = mg.DriftAlarm(["a"], thresholds=[0.4, 0.5])
    with pytest.raises(mg.Error, match=why):
        alarm.observe_scores("a", scores, promised, at_s=0)
    assert alarm.status()[1].num_transactions == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"cohorts": []}, "1 to 1000 cohorts"),
        ({"cohorts": ["a", "a"]}, "there twice"),
        ({"cohorts": ["a"], "alpha": 0}, "alpha is between 0 and 1"),
        ({"cohorts": ["a"], "thresholds": [0.5, 0.4]}, "ascending"),
        ({"cohorts": ["a"], "thresholds": [0.5, 1.4]}, "ascending"),
        ({"cohorts": ["\ud800"]}, "lone surrogate"),
    ],
)
def test_an_alarm_of_nothing_is_refused(options: dict, why: str) -> None:
    with pytest.raises(mg.Error, match=why):
        mg.DriftAlarm(**options)


def test_types_are_named() -> None:
    with pytest.raises(TypeError, match="cohorts is an iterable of str"):
        mg.DriftAlarm("north")
    alarm = mg.DriftAlarm(["a"])
    with pytest.raises(TypeError, match="promised is a number"):
        alarm.observe_false_accepts("a", "0.1", num_false_accepts=0, at_s=0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="num_false_accepts is an int"):
        alarm.observe_false_accepts("a", 0.1, num_false_accepts=True, at_s=0)
    with pytest.raises(TypeError, match="ask whether .ring is None"):
        bool(alarm.status()[0])
    with pytest.raises(TypeError, match="risk is a PredictedRisk"):
        promised_rate(0.1)  # type: ignore[arg-type]
    with pytest.raises(mg.Error, match='stream is "false_accepts" or "scores"'):
        alarm.acknowledge("a", "both")


def test_what_is_promised_is_the_upper_end() -> None:
    sface = Calibration.shipped("sface-2021dec")
    risk = sface.risk(0.46, num_subjects=500)
    assert risk.bounds is not None
    assert promised_rate(risk) == risk.bounds.high
    assert promised_rate(risk, 300) == pytest.approx(prediction_interval(risk.bounds.high, 1e18, 300).high)
    assert promised_rate(sface.risk(0.9, num_subjects=500)) is None
    rates = promised_rates(sface, [0.42, 0.46], num_subjects=500)
    assert rates[0] > rates[1] == risk.bounds.high
    with pytest.raises(mg.Error, match="nothing is promised of 0.9: .*30 independent pairs"):
        promised_rates(sface, [0.46, 0.9], num_subjects=500)


@pytest.mark.skipif(not (LFW / "ids.csv").exists(), reason="the photographs' embeddings are not there")
def test_real_strangers_keep_what_half_of_the_people_promised_until_scores_degrade() -> None:
    """A camera that adds one direction to every embedding, as a stain on a lens does."""
    with open(LFW / "ids.csv", encoding="utf-8") as file:
        names = np.array([row["name"] for row in csv.DictReader(file)])
    rows = unit_rows(np.load(LFW / "sface128.f32.npy"))
    rng = np.random.default_rng(8)
    people = np.unique(names)
    known = np.isin(names, rng.permutation(people)[: len(people) // 2])
    calibration = Calibration.of_comparisons(
        compare_all(rows[known], names[known]), mg.Model("sface", 128), "0", "half", (), 1, 1
    )

    def one_image_each(mask: np.ndarray) -> np.ndarray:
        order = rng.permutation(np.flatnonzero(mask))
        return order[np.unique(names[order], return_index=True)[1]]

    gallery = rows[one_image_each(known)[1:]]  # as many as a probe was compared with
    strangers = rng.permutation(one_image_each(~known))
    thresholds = [0.38, 0.41, 0.44, 0.46]
    promised = promised_rates(calibration, thresholds, num_subjects=len(gallery))
    alarm = mg.DriftAlarm(["clean", "stained"], thresholds=thresholds, alpha=0.01)
    stain = rows[known].mean(axis=0)
    for cohort, strength in (("clean", 0.0), ("stained", 0.1)):
        seen = unit_rows(rows[strangers] + strength * stain / np.linalg.norm(stain))
        alarm.observe_scores(cohort, (seen @ gallery.T).max(axis=1), promised, at_s=0)
    assert watched(alarm, "clean", "scores").ring is None
    ring = watched(alarm, "stained", "scores").ring
    assert ring is not None and ring.rang.transaction < len(strangers) / 4


def test_the_example_of_the_documentation_runs_as_it_stands() -> None:
    text = (pathlib.Path(__file__).parents[2] / "docs" / "drift.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    exec(compile(example, "docs/drift.md", "exec"), {})
