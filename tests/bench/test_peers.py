"""The comparison with peers: wrong answers are seen, and targets are not met by chance."""

import json
from dataclasses import replace

import morgiana_bench
import numpy as np
import pytest
from peers import crowds, plan, race, report, targets, truth
from peers.rows import Roofs, Row

THRESHOLD = 0.45


@pytest.fixture(scope="module")
def crowd():
    return crowds.make(crowds.Isotropic(64), 5000, 20)


@pytest.fixture(scope="module")
def expected(crowd):
    return truth.compare_all(crowd, (THRESHOLD,))


def index_of(crowd):
    index = morgiana_bench.Index(crowd.dim)
    index.add(crowd.x[:3000])
    index.add(crowd.x[3000:])
    return index


def test_mates_lie_at_their_cosines(crowd):
    scores = np.sum(crowd.probes * crowd.x[crowd.mates.ravel()], axis=1)
    wanted = np.repeat(crowds.COSINES, crowd.mates.shape[1])
    np.testing.assert_allclose(scores, wanted, atol=1e-6)


@pytest.mark.parametrize("tier", morgiana_bench.tiers())
@pytest.mark.parametrize("threads", [1, 2])
def test_the_index_leaves_everybody_who_is_accepted(crowd, expected, tier, threads):
    search = index_of(crowd).search
    how = {"threshold": THRESHOLD, "tier": tier, "threads": threads}
    one_by_one = [search(probe[None], **how)[0] for probe in crowd.probes]
    assert search(crowd.probes, **how) == one_by_one
    truth.check_survivors("ours", crowd, expected, one_by_one, THRESHOLD)
    assert truth.mates_found(crowd, one_by_one, THRESHOLD) == {"0.5": 1, "0.66": 1, "0.75": 1}


def test_the_first_references_can_be_searched_alone(crowd):
    probes = crowd.x[[7, 4999]]
    assert [7] in [list(rows) for rows in index_of(crowd).search(probes, threshold=0.9)]
    found = index_of(crowd).search(probes, threshold=0.9, num_references=1000)
    assert [len(rows) for rows in found] == [1, 0]
    with pytest.raises(ValueError):
        index_of(crowd).search(probes, threshold=0.9, num_references=6000)


def test_a_missed_or_an_added_reference_is_seen(crowd, expected):
    right = expected.accepted[THRESHOLD]
    truth.check_accepted("right", crowd, expected, right, THRESHOLD)
    missed = [rows[1:] for rows in right]
    added = [np.append(rows, (rows.max(initial=0) + 1) % crowd.count) for rows in right]
    with pytest.raises(truth.WrongAnswer):
        truth.check_survivors("missed", crowd, expected, missed, THRESHOLD)
    for wrong in (missed, added):
        with pytest.raises(truth.WrongAnswer):
            truth.check_accepted("wrong", crowd, expected, wrong, THRESHOLD)
    with pytest.raises(truth.WrongAnswer):
        truth.check_best("wrong", crowd, expected, [[(rows[0] + 1) % crowd.count] for rows in right])


def test_every_runner_has_a_timed_turn_in_every_round():
    asked = []
    runners = [race.Runner("one", lambda probes: asked.append(len(probes))), race.Runner("many", len, 7)]
    race.race("test", runners, np.zeros((3, 2), np.float32), rounds=4)
    assert all(len(runner.times_ms) >= 4 for runner in runners)
    assert set(asked) == {1} and len(asked) == len(runners[0].times_ms) + 4


def row(engine, work, ms, threads=1, batch=1, bytes_per_reference=560.0):
    found = {"0.5": 1.0, "0.66": 1.0, "0.75": 1.0}
    return Row(work, engine, "c", 1000, threads, batch, ms, (ms, ms), 100 / ms, found, bytes_per_reference)


def rows_of(ms):
    rows = [row("FAISS RaBitQFastScan", "search", 10.0)]
    for work, threads, batch in (
        ("proven 0.45", 1, 1), ("proven 0.45", 2, 1), ("proven 0.6", 1, 1), ("probable 0.45", 1, 1),
        ("probable 0.6", 1, 1), ("proven 0.45, avx2", 1, 1), ("proven 0.45", 1, 256), ("proven 0.45", 2, 256),
    ):  # fmt: skip
        rows.append(row("Morgiana index", work, ms / threads, threads, batch))
    rows.append(row("Morgiana index", "proven 0.45, avx512-vnni", 3 * ms, batch=256))
    return rows + [row("Morgiana sealed", f"identify {t}", ms) for t in (0.45, 0.6)]


def goals_of(ms, roof):
    """`roof`: how much more than our time allows memory and units could give; 2 threads gain 2 `roof`."""
    read, products = roof * 1000 * (512 / 2 + 8) / 1e6 / ms, roof * 1000 * 512 / 1e6 / ms
    rates = {1: products, 2: 2 * roof * products}
    roofs = Roofs({1: read, 2: 2 * roof * read}, {"amx": rates, "avx512-vnni": {1: products / 3}})
    return list(targets.of_crowd(rows_of(ms), roofs, 512, 296.0))


def test_targets_are_what_was_got():
    goals = goals_of(ms=4.0, roof=1.25)
    assert len(goals) == 15
    for goal in goals:
        if "FAISS flat" in goal.name:
            assert goal.got == 100 / 4
        elif "RaBitQ" in goal.name:
            assert goal.got == 10 / 4
        elif "share" in goal.name:
            assert goal.got == pytest.approx(1 / 1.25)
        else:
            assert (goal.got, goal.met) == ((560, True) if "memory" in goal.name else (296, False))


def test_who_is_slow_meets_no_target():
    slow = [goal for goal in goals_of(ms=1000.0, roof=2) if "bytes" not in goal.name]
    fast = [goal for goal in goals_of(ms=1.0, roof=1) if "bytes" not in goal.name]
    assert not any(goal.met for goal in slow) and all(goal.met for goal in fast)


def test_a_graph_is_beaten_by_who_is_faster_at_its_own_hit_rate():
    def graph(ms, share):
        return replace(row("x HNSW", "ef", ms), mates_found={"0.5": share})

    ours = replace(row("Morgiana resident", "identify", 2.0), mates_found={"0.5": 1.0})
    share, ratio = targets.beside_graphs([ours, graph(1.0, 0.5), graph(3.0, 0.9), graph(9.0, 0.9)])
    assert (share.got, ratio.got) == (1, 1.5)
    missing = replace(ours, mates_found={"0.5": 0.5})
    share, ratio = targets.beside_graphs([missing, graph(1.0, 0.5), graph(3.0, 0.9)])
    assert (share.met, ratio.got) == (False, 0.5)


def test_a_quick_run_measures_less_of_each():
    quick, full = plan.QUICK, plan.FULL
    assert quick.graph_references < full.graph_references and set(quick.last_graphs) < set(full.last_graphs)
    assert (quick.single_rounds, quick.batch_rounds) < (full.single_rounds, full.batch_rounds)


def test_growth_is_linear_where_a_reference_costs_the_same():
    rows = [replace(row("Morgiana index", "w", n / 1e6), references=n) for n in (10**4, 10**6, 10**7)]
    assert [goal.got for goal in targets.of_growth(rows)] == [1]
    rows[-1] = replace(rows[-1], ms_per_query=12.0)
    assert [goal.met for goal in targets.of_growth(rows)] == [False]


def test_the_report_has_what_was_measured(tmp_path):
    machine = {
        "cpu": "a cpu", "cpu_family_model": "6/1", "cores": 2, "cache": "1 MB", "memory_gib": 1, "system": "s",
        "tiers": ["scalar"], "peers": {"faiss-cpu": "1"},
    }  # fmt: skip
    rows, goals = rows_of(2.0), [targets.Target("speed", 8, 7.9), targets.Target("bytes", 10, 9, True)]
    roofs = {"c": Roofs({1: 10.0}, {})}
    report.write_json(tmp_path / "new" / "out.json", machine, roofs, rows, goals)
    content = json.loads((tmp_path / "new" / "out.json").read_text())
    assert [target["met"] for target in content["targets"]] == [False, True]
    assert {"work", "engine", "threads", "batch", "ms_per_query", "ratio_to_faiss_flat", "mates_found",
            "bytes_per_reference"} <= set(content["rows"][0])  # fmt: skip
    text = report.markdown(machine, roofs, rows, goals, [])
    assert "| speed | ≥ 8 | 7.9 | **no** |" in text and "| bytes | ≤ 10 | 9 | yes |" in text
    assert text.count("Morgiana index") == 9
    roofs["c"].giga_products_per_s["amx"] = {1: 3000.0, 2: 6000.0}
    assert "amx 3000 G/s on 1, 6000 G/s on 2" in report.markdown(machine, roofs, 3 * rows, goals, [])
    grown = [replace(row("Morgiana index", "w", n / 1e6), references=n, mates_found=None) for n in (10**4, 10**6)]
    assert "| 1,000,000 | 1 ms |" in report.markdown(machine, roofs, grown, goals, [])
    assert report.plot_growth(tmp_path / "growth.png", grown).stat().st_size > 0
