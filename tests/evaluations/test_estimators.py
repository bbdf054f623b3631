"""The attacks on ourselves: what estimates is right, what must succeed does, refusals are counted."""

import json

import morgiana as mg
import numpy as np
import pytest
from evaluations import boundary, contests, linkage, people, plots, procrustes, rest, scores, unlinkability
from evaluations.belief import log_normal_cdf
from evaluations.budget import Budget, Ledger
from evaluations.intervals import mean_of
from evaluations.oracle import Callers, Identify, Verify, enrolled
from evaluations.people import unit
from evaluations.population import Population, cosines
from evaluations.report import Findings
from evaluations.traffic import Traffic

DIM = 32
THRESHOLD = 0.432


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def cast():
    rng = np.random.default_rng(8)
    return people.split(people.synthetic(DIM, rng, 400), 12, 40, rng)


@pytest.fixture(scope="module")
def gallery(cast, tmp_path_factory):
    with enrolled(tmp_path_factory.mktemp("gallery"), cast) as gallery:
        yield gallery


@pytest.fixture(scope="module")
def population(cast):
    return Population.of(cast)


def test_nobody_is_in_two_groups(rng):
    photographs = people.synthetic(DIM, rng, 50)
    cast = people.split(photographs, 10, 20, rng)
    assert (len(cast.targets), len(cast.others), len(cast.strangers)) == (10, 20, 4 * 20)
    enrolled_rows = np.concatenate([cast.targets, cast.others])
    assert (enrolled_rows @ cast.strangers.T).max() < 0.95  # photographs of one identity may be that near
    assert cast.weights.sum() == pytest.approx(1)


def test_two_photographs_are_of_one_identity_and_differ(rng):
    photographs = people.synthetic(DIM, rng, 50)
    two = people.two_photographs(photographs, rng)
    assert len(two) == 50 and (two[:, 0] != two[:, 1]).all()
    assert (photographs.identity[two[:, 0]] == photographs.identity[two[:, 1]]).all()


@pytest.mark.parametrize(
    ("z", "expected"),
    [(-12, -75.410673), (-5, -15.064998), (-1, -1.841022), (0, -0.693147), (3, -0.00135081)],
)
def test_the_normal_distribution_is_right_far_out(z, expected):
    assert log_normal_cdf(np.array([float(z)]))[0] == pytest.approx(expected, rel=1e-3)


def test_d_sys_of_one_distribution_is_near_its_floor_and_of_two_near_one(rng):
    mated, non_mated = rng.standard_normal(1500), rng.standard_normal(15_000)
    same = unlinkability.measure("", "", mated, non_mated, 1.0, rng)
    assert same.d < same.floor + 0.03 and same.low < 0.02
    apart = unlinkability.measure("", "", mated + 20, non_mated, 1.0, rng)
    assert apart.d > 0.99 and apart.low > 0.98


def test_d_sys_is_what_its_definition_says():
    """Two bins: mated 3/4 and 1/4, non-mated 1/4 and 3/4, so D is 2 · 3/4 - 1 in the first and 0."""
    mated = np.repeat([1.0, 0.0], [75, 25])
    non_mated = np.repeat([1.0, 0.0], [25, 75])
    assert unlinkability.d_sys(mated, non_mated, 1.0, bins=2) == pytest.approx(0.75 * 0.5)
    assert unlinkability.d_sys(mated, non_mated, 1 / 3, bins=2) == pytest.approx(0)


def test_procrustes_recovers_a_rotation(rng):
    turn = np.linalg.qr(rng.standard_normal((DIM, DIM)))[0]
    x = unit(rng.standard_normal((100, DIM)))
    np.testing.assert_allclose(procrustes.rotation(x, x @ turn), turn, atol=1e-10)
    rough = procrustes.rotation(x[: DIM // 2], (x @ turn)[: DIM // 2])
    assert np.linalg.norm(procrustes.refined(x, x @ turn, rough) - turn) < 1e-3


def test_codes_of_one_seed_are_linked_and_of_two_only_after_alignment(rng):
    x = people.synthetic(DIM, rng, 300).x[::4]
    kept = linkage.pair_of("", x, x, rng, is_renewed=False)
    assert (linkage.aligned(kept, np.eye(DIM)).argmax(axis=1) == kept.mate).all()
    renewed = linkage.pair_of("", x, x, rng, is_renewed=True)
    assert (linkage.aligned(renewed, np.eye(DIM)).argmax(axis=1) == renewed.mate).mean() < 0.1
    turn = procrustes.rotation(renewed.old[:DIM], renewed.new[renewed.mate[:DIM]])
    assert (linkage.aligned(renewed, turn).argmax(axis=1) == renewed.mate).mean() > 0.99


def test_sealed_records_of_the_same_references_have_nothing_in_common(rng, tmp_path):
    x = people.synthetic(DIM, rng, 200).x[::4]
    first, second = (rest.sealed_records(tmp_path / f"{name}.morgiana", x) for name in "ab")
    assert first.shape == second.shape and first.shape[1] > 4 * DIM
    scores = rest.byte_scores(first, second)
    assert abs(np.diag(scores).mean()) < 5 / np.sqrt(first.size)
    assert np.diag(rest.byte_scores(first, first)).mean() == pytest.approx(1)


def test_scores_rebuild_templates(gallery, cast, population, rng):
    rows = {
        (row.attacker, row.scores, row.questions): row.cosine.mean
        for row in scores.attack(gallery, cast, population, rng)
    }
    assert rows["control: the template", "", 0] == pytest.approx(1)
    assert rows["least squares", "exact", 4 * DIM] > 0.999
    assert rows["least squares", "two decimals", 4 * DIM] > 0.99
    assert rows["baseline: population mean", "", 0] < 0.5


@pytest.mark.parametrize("verb", [Verify, Identify])
def test_the_boundary_gives_a_template_away_where_nothing_is_limited(gallery, cast, population, rng, verb):
    given = boundary.given_start(cast.targets, THRESHOLD, rng)
    callers = Callers(verb(gallery, cast.targets, THRESHOLD, None), 1)
    how = boundary.Attacker("", 0.0, 0, 200)
    course = boundary.attack(how, callers, population, cast.targets, rng, given)
    assert course.cosine[-1].mean() >= 0.95
    assert course.cosine[0].mean() == pytest.approx(cosines(population.mean, cast.targets).mean())


def test_rays_need_no_knowledge_of_people(gallery, cast, rng):
    given = boundary.given_start(cast.targets, THRESHOLD, rng)
    callers = Callers(Verify(gallery, cast.targets, THRESHOLD, None), 1)
    course = boundary.bisect_rays(callers, cast.targets, given, DIM, rng)
    assert course.cosine[-1].mean() >= 0.95
    assert (course.asked[-1] == DIM * boundary.RAY_STEPS).all()


def test_a_ledger_counts_by_caller_and_over_callers():
    ledger = Ledger(3, Budget(per_caller=2, over_callers=3))
    ledger.count("a", np.array([0, 1]))
    ledger.count("a", np.array([0]))
    assert ledger.is_spent("a").tolist() == [True, False, False]
    assert ledger.is_spent("b").tolist() == [False, False, False]
    ledger.count("b", np.array([0]))
    assert ledger.is_spent("c").tolist() == [True, False, False]
    assert not Ledger(1, None).is_spent("a").any()


def test_every_refusal_of_verify_is_counted_until_there_is_no_answer(gallery, cast):
    oracle = Verify(gallery, cast.targets, THRESHOLD, Budget(per_caller=3))
    rows = np.arange(2)
    for _ in range(3):
        assert oracle.ask(rows[:1], -cast.targets[:1], "a")[1].all()
    assert oracle.ask(rows, cast.targets[:2], "a")[0].tolist() == [False, True]  # spent, whatever the probe
    assert oracle.ask(rows, cast.targets[:2], "b")[0].all()
    assert oracle.num_counted.tolist()[:2] == [3, 0] and oracle.num_asked.tolist()[:2] == [4, 2]


def test_identify_counts_the_band_alone(gallery, cast, rng):
    oracle = Identify(gallery, cast.targets, THRESHOLD, Budget(per_caller=2))
    row = np.array([0])
    for cosine, counted in ((0.0, 0), (0.395, 0), (0.405, 1), (0.44, 1), (0.431, 2)):
        probe = boundary.given_start(cast.targets[:1], cosine - 0.01, rng)
        is_accepted, is_known = oracle.ask(row, probe, "a")
        assert is_known.all() and is_accepted[0] == (cosine > THRESHOLD)
        assert oracle.num_counted[0] == counted
    assert not oracle.ask(row, cast.targets[:1], "a")[1][0]


@pytest.mark.parametrize("verb", [Verify, Identify])
def test_refusals_are_counted_here_as_the_library_counts_them(verb, gallery, cast, rng, tmp_path):
    """The same questions to the model, and to a gallery of the target alone with its default budget."""
    modelled = verb(gallery, cast.targets, THRESHOLD, Budget())
    key = mg.KeySource.create_file(tmp_path / "key")
    with mg.Gallery.create(tmp_path / "g", model=mg.Model("evaluation", DIM), key=key) as counted:
        counted.enrol("0", cast.targets[0].astype(np.float32))
        for number in range(300):
            caller = f"gate-{number % 3}"
            cosine = THRESHOLD + rng.uniform(-0.06, 0.03) - 0.01
            probe = boundary.given_start(cast.targets[:1], cosine, rng)
            accepted, known = modelled.ask(np.array([0]), probe, caller)
            assert (accepted[0], known[0]) == _ask(counted, verb, probe[0].astype(np.float32), caller), number
        assert counted.stats().num_refusals_today == modelled.num_counted[0] == 40


def _ask(gallery, verb, probe, caller):
    if verb is Identify:
        (answer,) = gallery.identify(probe, threshold=THRESHOLD, caller=caller)
        return answer.candidates == ["0"], answer.searched.num_withheld == 0
    try:
        return gallery.verify("0", probe, threshold=THRESHOLD, caller=caller).accepted, True
    except mg.Error as error:
        assert error.code == "budget_spent"
        return False, False


def test_callers_take_turns_and_end(gallery, cast):
    callers = Callers(Verify(gallery, cast.targets, THRESHOLD, Budget(per_caller=2, over_callers=5)), 4)
    known = [bool(callers.ask(np.array([0]), -cast.targets[:1])[1][0]) for _ in range(7)]
    assert known == [True] * 5 + [False] * 2


def test_an_attack_stays_within_its_budget(gallery, cast, population, rng):
    callers = Callers(Verify(gallery, cast.targets, THRESHOLD, Budget()), 1)
    boundary.attack(boundary.Attacker("", 2.0, 100, 50), callers, population, cast.targets, rng)
    assert callers.oracle.num_counted.max() == 20


def test_traffic_counts_what_lies_in_the_band(rng):
    traffic = Traffic(people.synthetic(DIM, rng, 100), rng)
    row = traffic.of(-1.0, 0.0, 3.0)
    assert row.non_mated_rate == pytest.approx(99 / 100) and row.mated_rate == 1
    assert traffic.of(2.0, 0.1, 0.0).per_caller == 0
    assert traffic.refused(2.0).per_caller == 20


def test_an_interval_holds_its_mean(rng):
    estimate = mean_of(rng.standard_normal(100), rng)
    assert estimate.low < estimate.mean < estimate.high
    assert 0.2 < estimate.high - estimate.low < 0.6


def test_a_curve_holds_what_was_known_after_so_many_questions_and_refusals(gallery, cast, population, rng):
    given = boundary.given_start(cast.targets, THRESHOLD, rng)
    callers = Callers(Verify(gallery, cast.targets, THRESHOLD, None), 1)
    course = boundary.attack(boundary.Attacker("", 0.0, 0, 50), callers, population, cast.targets, rng, given)
    record = contests.Curve("verify", "rays", course).record()
    assert record["questions"]["at"][-1] == 50 and record["refusals"]["at"][-1] < 50
    assert record["questions"]["cosine"][-1] == pytest.approx(course.cosine[-1].mean())
    assert record["questions"]["cosine"][0] < record["questions"]["cosine"][-1]


def test_both_histograms_are_densities_over_the_same_bins(rng):
    histogram = unlinkability.histogram(rng.standard_normal(100), 5 + rng.standard_normal(1000))
    widths = np.diff(histogram["edges"])
    for name in ("mated", "non_mated"):
        assert np.sum(widths * histogram[name]) == pytest.approx(1)


def findings_of(data, rng):
    """A run that has every picture and of tables what these need."""
    findings = Findings({"data": data, "seed": 1, "targets": 12, "population mean": "0.276 (0.2–0.3)"})
    estimate = mean_of(np.zeros(12), rng)
    for threshold in (0.432, 0.55):
        row = contests.Row("pictures of strangers", "verify", threshold, "default", *[estimate] * 2, 0, 20, 20)
        findings.budgeted.append(row)
    findings.curves = [
        {"verb": "verify", "attacker": "rays"}
        | {by: {"at": [1, 2], "cosine": [0.5, 0.9]} for by in ("questions", "refusals")}
    ]
    findings.known = [linkage.Row("same references", 9, "4 known pairs", estimate, estimate)]
    mated, non_mated = rng.standard_normal(100), rng.standard_normal(1000)
    findings.linkable = [unlinkability.measure("codes", "bytes", mated, non_mated, 1.0, rng)]
    findings.densities = [
        {"what": "codes", "score": "bytes", "d": 0.1} | unlinkability.histogram(mated, non_mated)
    ]
    return findings


def test_every_picture_is_drawn_again_from_the_figures_alone(rng, tmp_path):
    findings_of("SFace 128-D", rng).write(tmp_path)
    report = (tmp_path / "report.md").read_text("utf-8")
    assert all(f"]({name})" in report for name in plots.PARTS.values())
    again = plots.draw(json.loads((tmp_path / "figures.json").read_text("utf-8")), tmp_path)
    assert [path.name for path in again.values()] == list(plots.PARTS.values())


@pytest.mark.parametrize(("data", "is_warned"), [("SFace 128-D", False), (people.SYNTHETIC, True)])
def test_synthetic_identities_are_warned_of_in_the_report_and_every_picture(
    data, is_warned, rng, tmp_path, monkeypatch
):
    titles = []

    def save(figure, file):
        titles.append([text.get_text() for text in figure.texts])
        return file

    monkeypatch.setattr(plots, "_save", save)
    findings_of(data, rng).write(tmp_path)
    head = (tmp_path / "report.md").read_text("utf-8").split("##")[0]
    assert ("**Synthetic identities: says nothing about faces.**" in head) == is_warned
    assert [people.SYNTHETIC_NOTE.upper() in texts for texts in titles] == [is_warned] * len(plots.PARTS)


def test_it_is_said_where_real_photographs_are_looked_for(monkeypatch, rng):
    monkeypatch.setenv("MORGIANA_TEST_DATA", "/nowhere")
    assert not people.load("SFace 128-D", "sface128.f32.npy", DIM, rng).is_real
    assert "/nowhere/lfw" in people.missing("sface128.f32.npy")
