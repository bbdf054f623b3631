"""The zoo's figures are the calibration's, its rule names who differs, and the card names nobody."""

import hashlib
import html.parser
import re

import numpy as np
import pytest
from scipy.stats import binom

import morgiana as mg
from morgiana.calibration import Calibration
from morgiana.evaluation import report
from morgiana.evaluation.card import Source, card, threshold_of
from morgiana.evaluation.comparisons import Comparisons, compare_all
from morgiana.evaluation.identification import open_set
from morgiana.evaluation.zoo import Species, Zoo, _Named, _tail, people_csv, zoo


def people(rng: np.random.Generator, num_images: list[int], dim: int = 10) -> tuple[np.ndarray, list[str]]:
    rows, names = [], []
    for number, count in enumerate(num_images):
        centre = rng.normal(size=dim)
        for _ in range(count):
            rows.append(centre + 0.4 * rng.normal(size=dim))
            names.append(f"name-{number:03}")
    return np.array(rows, np.float32), names


def calibrated(found: Comparisons, excluded: list[tuple[str, str]] | None = None) -> Calibration:
    return Calibration.of_comparisons(found, mg.Model("m", 10), "00ff", "made up", excluded or (), 1, 1)


@pytest.mark.parametrize("num_excluded", [0, 2])
def test_its_means_are_the_rates_of_the_calibration(num_excluded: int) -> None:
    rng = np.random.default_rng(1)
    found = compare_all(*people(rng, list(rng.integers(1, 6, 120))))
    hits = np.argsort(-found.non_mated.scores)[:200]
    pairs = {
        tuple(sorted(found.names[found.identity_of[image[i]]] for image in found.non_mated.arrays[:2]))
        for i in hits
    }
    excluded = sorted(pairs)[:num_excluded]
    curve = calibrated(found, excluded).curves[0]
    for at in (0, len(curve.thresholds) // 3):
        animals = zoo(found, float(curve.thresholds[at]), excluded)
        assert curve.fnmr is not None
        assert np.nanmean(animals.fnmr) == pytest.approx(curve.fnmr.value[at], abs=1e-12)
        assert animals.fpir.mean() == pytest.approx(curve.fpir.value[at], abs=1e-12)
        compared = 120 * 119 - 2 * num_excluded
        assert animals.reached.sum() / compared == pytest.approx(curve.fmr.value[at], abs=1e-12)


def test_tails_are_those_of_the_binomial_distribution() -> None:
    for n, rate, least in (
        (5, 0.3, 2),
        (5748, 1e-3, 20),
        (5748, 1e-3, 3),
        (20, 0.9, 20),
        (9, 0.5, 0),
        (3, 0.1, 4),
    ):
        assert _tail(n, rate, least) == pytest.approx(binom.sf(least - 1, n, rate), rel=1e-9)


def test_so_many_are_named_by_chance_as_it_says() -> None:
    trials = np.array([4, 4, 9, 200])
    named = _Named.of(trials, 0.05, np.array([2, 3, 3, 18]))
    least = [int(binom.isf(0.01, n, 0.05)) + 1 for n in trials]
    assert named.are.tolist() == [e >= k for e, k in zip((2, 3, 3, 18), least, strict=True)]
    expected = sum(binom.sf(k - 1, n, 0.05) for k, n in zip(least, trials, strict=True))
    assert named.by_chance == pytest.approx(expected, rel=1e-9)
    assert not _Named.of(np.array([1, 2]), 0.2, np.array([1, 2])).are.any(), "too few to tell"
    assert _Named.of(np.array([5]), 0.0, np.array([0])).by_chance == 0


def alike(rng: np.random.Generator) -> tuple[Comparisons, np.ndarray, list[str]]:
    rows, names = people(rng, [8] * 100)
    return compare_all(rows, names), rows, names


def test_hardly_anybody_is_named_where_all_are_alike_but_who_is_not_is() -> None:
    rng = np.random.default_rng(2)
    # chance alone: scores that have nothing to do with whose they are
    found, rows, names = alike(rng)
    scores = rng.random(len(found.non_mated)).astype(np.float32)
    mated = rng.random(len(found.mated)).astype(np.float32)
    by_chance = Comparisons(
        found.identity_of,
        found.names,
        type(found.mated)(found.mated.first, found.mated.second, mated),
        type(found.mated)(found.non_mated.first, found.non_mated.second, scores),
        0.0,
        found.mated_histogram,
        found.non_mated_histogram,
    )
    quiet = zoo(by_chance, 0.5)
    for named, by_chance in ((quiet.is_goat, quiet.goats_by_chance), (quiet.is_lamb, quiet.lambs_by_chance)):
        assert by_chance <= 0.01 * 100
        assert named.sum() <= by_chance + 5 * np.sqrt(by_chance)
    rows, names = people(rng, [8] * 100, dim=32)
    rows[8 * 7 : 8 * 8] = rng.normal(size=(8, 32))  # seven's images have nothing in common
    nine = rows[8 * 9] / np.linalg.norm(rows[8 * 9])
    rows[8 * 20 :] += np.sqrt(32) * nine  # and nine is in most others, by half
    animals = zoo(compare_all(rows, names), 0.6)
    assert animals.is_goat[7] and animals.species(7) == Species.GOAT
    assert animals.is_lamb[9] and animals.species(9) == Species.LAMB
    assert animals.reached.argmax() == 9
    assert list(animals.first_row[:3]) == [0, 8, 16]


class Cells(html.parser.HTMLParser):
    """Rows and columns of every table; tags that are closed as they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.widths: list[list[int]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "meta":
            return
        self.open.append(tag)
        if tag == "table":
            self.widths.append([])
        elif tag == "tr":
            self.widths[-1].append(0)
        elif tag in ("td", "th"):
            self.widths[-1][-1] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def evaluated() -> tuple[report.Evaluation, Zoo, int]:
    rng = np.random.default_rng(3)
    rows, names = people(rng, list(rng.integers(1, 9, 150)))
    found = compare_all(rows, names)
    calibration = Calibration.of_comparisons(found, mg.Model("m", 10), "00ff", "made <b>up</b>", (), 2, 2)
    evaluation = report.Evaluation(calibration, found, open_set(rows, names, rng), None, None, 3)
    at = threshold_of(evaluation, 0.005)
    return evaluation, zoo(found, float(evaluation.plain.thresholds[at])), at


def test_the_card_says_what_of_whom_and_where_it_ends_and_names_nobody(
    evaluated: tuple[report.Evaluation, Zoo, int],
) -> None:
    found, animals, at = evaluated
    digest = hashlib.sha256(b"x").hexdigest()
    page = card(found, animals, at, [Source("x.npy", digest)], None, (), "morgiana evaluate")
    for text in (page.as_markdown(), page.as_html()):
        assert "name-" not in text
        for wanted in (
            "What is estimated", "Effective sample sizes", "design effect", "FNIR", "Doddington", "goats",
            "lambs", "No pair of identities was adjudicated", "Not supported", digest, "00ff", "seed 3",
            "of 10,000 subjects",
        ):  # fmt: skip
            assert wanted in text, wanted
    assert "<b>" not in page.as_html() and "made &lt;b&gt;up" in page.as_html()
    cells = Cells()
    cells.feed(page.as_html())
    assert not cells.open
    assert len(cells.widths) >= 5
    for widths in cells.widths:
        assert len(set(widths)) == 1 and len(widths) > 1
    (first, second, score), *_ = found.adjudicate()
    rows = {name: animals.first_row[found.comparisons.names.index(name)] for name in (first, second)}
    pair = f"{rows[first]} and {rows[second]} ({score:.3f})"
    assert pair in page.as_markdown()
    twins = Source("twins.csv", "ab" * 32)
    excluded = card(found, animals, at, [], twins, [(second, first)], "c").as_markdown()
    assert "adjudicated as labelled wrongly" in excluded and "ab" * 32 in excluded and "twins.csv" in excluded
    assert pair not in excluded, "it does not count"


def test_every_person_has_a_line_by_row(evaluated: tuple[report.Evaluation, Zoo, int]) -> None:
    _, animals, _ = evaluated
    lines = people_csv(animals).splitlines()
    assert len(lines) == 151
    rows = [int(line.split(",")[0]) for line in lines[1:]]
    assert rows == sorted(set(rows)) and rows[0] == 0
    for line in lines[1:]:
        assert re.fullmatch(
            r'\d+,\d+,"(sheep|goat|lamb and wolf|goat, lamb and wolf)",[^,]*,[^,]+,[^,]+,[^,]+', line
        )


def test_the_threshold_is_the_least_that_keeps_fmr_by_the_upper_end(
    evaluated: tuple[report.Evaluation, Zoo, int],
) -> None:
    found, _, at = evaluated
    curve = found.plain
    assert curve.is_supported[at] and curve.fmr.high[at] <= 0.005 < curve.fmr.high[at - 1]
    last = int(np.flatnonzero(curve.is_supported)[-1])
    assert threshold_of(found, 1e-9) == last, "the highest that is supported"
