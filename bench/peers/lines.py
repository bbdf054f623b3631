"""The comparison over one crowd: peers and our three lines, one query and many."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import morgiana_bench
import numpy as np
from tqdm import tqdm

from peers import engines, truth
from peers.crowds import Crowd
from peers.plan import Plan
from peers.race import Runner, race
from peers.rows import BATCH, Roofs, Row, Rows

THRESHOLDS = (0.45, 0.6)
FIRST_ROUNDS = 1_000_000  # of products, a few ms
ROOF_MS = 100  # as a batch takes a second, a shorter look would miss what disturbs it


@dataclass
class Line:
    """A runner and what its row says besides its time."""

    work: str
    engine: object
    threads: int
    runner: Runner
    mates_found: dict[str, float] | None = None


def compare(crowd: Crowd, plan: Plan) -> tuple[list[Row], Roofs, engines.CodesOnly]:
    expected = truth.compare_all(crowd, THRESHOLDS)
    with tempfile.TemporaryDirectory(prefix="morgiana-bench-") as folder:
        peers, codes, galleries = _build(crowd, Path(folder), plan)
        lines = [line for peer in peers for line in _peer_lines(peer, crowd, expected, plan)]
        lines += _code_lines(codes, crowd, expected)
        for gallery in galleries:
            lines += _gallery_lines(gallery, crowd, expected)
        roofs = _roof_runners(crowd)
        single = [line.runner for line in lines if line.runner.batch == 1]
        batches = [line.runner for line in lines if line.runner.batch > 1]
        again = [runner for runner in batches if runner.name.startswith("Morgiana") or runner.name == "FAISS flat"]
        both = [roof.runner for roof in roofs]
        race(f"{crowd.name}: single probes", single + both, crowd.probes, plan.single_rounds)
        race(f"{crowd.name}: batches", batches, crowd.probes, plan.batch_rounds)
        race(f"{crowd.name}: batches again", again + both, crowd.probes, plan.more_batch_rounds)
        for gallery in galleries:
            gallery.close()
    return _rows(lines, crowd), _roofs(roofs), codes


def _build(crowd: Crowd, folder: Path, plan: Plan):
    """What is compared; two at a time, none of it timed."""
    jobs: dict[str, Callable[[], object]] = {
        "sealed": partial(engines.Identify, crowd, "sealed", folder),
        "resident": partial(engines.Identify, crowd, "resident", folder),
        "peers": partial(engines.exact_peers, crowd, plan.is_whole),
        "codes": partial(engines.codes_of, crowd),
    }
    with ThreadPoolExecutor(2) as pool:
        futures = {name: pool.submit(job) for name, job in jobs.items()}
        made = {}
        for name in tqdm(futures, desc=f"{crowd.name}: building", leave=False, disable=None):
            made[name] = futures[name].result()
    return made["peers"], made["codes"], (made["sealed"], made["resident"])


def _peer_lines(peer, crowd: Crowd, expected: truth.Truth, plan: Plan) -> list[Line]:
    answers = peer.search(crowd.probes)
    if peer.name in ("FAISS flat", "Intel SVS flat"):
        truth.check_best(peer.name, crowd, expected, answers)
    found = truth.mates_found(crowd, answers)
    settings = [(1, 1), (1, 64)]
    if peer.name == "FAISS flat":
        settings = [(1, 1), (2, 1), (1, 64), (1, BATCH)] + ([(2, BATCH)] if plan.is_whole else [])
    if peer.name == "FAISS RaBitQFastScan":
        settings = [(1, 1), (2, 1), (1, BATCH)]
    return [
        Line("search", peer, threads, Runner(peer.name, partial(peer.search, threads=threads), batch), found)
        for threads, batch in settings
    ]


def _code_lines(codes: engines.CodesOnly, crowd: Crowd, expected: truth.Truth) -> list[Line]:
    lines = []

    def add(work: str, threads: int, batch: int, threshold: float, **how) -> None:
        search = partial(codes.search, threads=threads, threshold=threshold, **how)
        answers = _answers(search, crowd.probes, batch)
        if "miss" not in how:
            truth.check_survivors(f"{codes.name}, {work}", crowd, expected, answers, threshold)
        found = truth.mates_found(crowd, answers, threshold)
        lines.append(Line(work, codes, threads, Runner(codes.name, search, batch), found))

    for threshold in THRESHOLDS:
        for threads in (1, 2):
            add(f"proven {threshold}", threads, 1, threshold)
        add(f"probable {threshold}", 1, 1, threshold, miss=engines.MISS)
    for tier in ("avx512", "avx2"):
        if tier in morgiana_bench.tiers():
            add(f"proven 0.45, {tier}", 1, 1, 0.45, tier=tier)
    for threads in (1, 2):
        add("proven 0.45", threads, BATCH, 0.45)
    for unit in morgiana_bench.multipliers():
        if unit.tier != morgiana_bench.chosen_tier():  # which is the line above
            add(f"proven 0.45, {unit.tier}", 1, BATCH, 0.45, tier=unit.tier)
    return lines


def _answers(search: Callable, probes: np.ndarray, batch: int) -> Rows:
    """One by one where that is what will be timed: other code answers a batch."""
    return search(probes) if batch > 1 else [search(probe[None])[0] for probe in probes]


def _gallery_lines(gallery: engines.Identify, crowd: Crowd, expected: truth.Truth) -> list[Line]:
    lines = []
    for threshold, threads, batch in ((0.45, 1, 1), (0.6, 1, 1), (0.45, 2, 1), (0.45, 1, BATCH)):
        search = partial(gallery.search, threads=threads, threshold=threshold)
        answers = _answers(search, crowd.probes, batch)
        truth.check_accepted(gallery.name, crowd, expected, answers, threshold)
        found = truth.mates_found(crowd, answers, threshold)
        lines.append(
            Line(f"identify {threshold}", gallery, threads, Runner(gallery.name, search, batch), found)
        )
    return lines


@dataclass
class Roof:
    """What bounds us: memory that is read, where there is no tier, or the units of a tier."""

    runner: Runner
    threads: int
    giga: float  # bytes, or products, of a run
    tier: str | None = None


def _roof_runners(crowd: Crowd) -> list[Roof]:
    """Reading as many bytes as two planes of codes take, and multiplying in registers."""
    num_bytes = crowd.count * crowd.dim // 2
    memory = morgiana_bench.Memory(num_bytes)
    roofs = []
    for threads in (1, 2):
        read = Runner("read", lambda _, threads=threads: memory.read(threads))
        roofs.append(Roof(read, threads, num_bytes / 1e9))
        for unit in morgiana_bench.multipliers():
            rounds = _rounds_for(unit, ROOF_MS)
            multiply = Runner(unit.tier, lambda _, unit=unit, r=rounds, n=threads: unit.multiply(r, n))
            products = rounds * unit.products_per_round * threads
            roofs.append(Roof(multiply, threads, products / 1e9, unit.tier))
    return roofs


def _rounds_for(unit, wanted_ms: float) -> int:
    begin = time.perf_counter()
    unit.multiply(FIRST_ROUNDS, 1)
    return int(FIRST_ROUNDS * max(1.0, wanted_ms / 1e3 / (time.perf_counter() - begin)))


def _roofs(measured: list[Roof]) -> Roofs:
    roofs = Roofs({}, {})
    for roof in measured:
        rates = roofs.read_gb_per_s
        if roof.tier is not None:
            rates = roofs.giga_products_per_s.setdefault(roof.tier, {})
        rates[roof.threads] = 1e3 * roof.giga / float(np.median(roof.runner.times_ms))
    return roofs


def _rows(lines: list[Line], crowd: Crowd) -> list[Row]:
    flat = {
        (line.threads, line.runner.batch): line.runner.ms_per_query
        for line in lines
        if line.runner.name == "FAISS flat"
    }
    rows = []
    for line in lines:
        batch = line.runner.batch
        base = flat.get((line.threads, batch))
        ms = line.runner.ms_per_query
        rows.append(
            Row(
                line.work, line.runner.name, crowd.name, crowd.count, line.threads, batch, ms,
                line.runner.spread, base and base / ms, line.mates_found,
                line.engine.bytes_per_reference,
            )  # fmt: skip
        )
    return rows
