"""The comparison over one crowd: peers and our three lines, one query and many."""

from __future__ import annotations

import tempfile
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
from peers.race import Runner, race
from peers.rows import Roofs, Row, Rows

THRESHOLDS = (0.45, 0.6)
BATCH = 256
PRODUCT_ROUNDS = 1_000_000


@dataclass
class Line:
    """A runner and what its row says besides its time."""

    work: str
    engine: object
    threads: int
    runner: Runner
    mates_found: dict[str, float] | None = None


def compare(crowd: Crowd, is_quick: bool) -> tuple[list[Row], Roofs, engines.CodesOnly]:
    expected = truth.compare_all(crowd, THRESHOLDS)
    with tempfile.TemporaryDirectory(prefix="morgiana-bench-") as folder:
        peers, codes, galleries = _build(crowd, Path(folder), is_quick)
        lines = [line for peer in peers for line in _peer_lines(peer, crowd, expected, is_quick)]
        lines += _code_lines(codes, crowd, expected)
        for gallery in galleries:
            lines += _gallery_lines(gallery, crowd, expected)
        roofs = _roof_runners(crowd)
        single = [line.runner for line in lines if line.runner.batch == 1]
        batches = [line.runner for line in lines if line.runner.batch > 1]
        again = [runner for runner in batches if runner.name.startswith("Morgiana") or runner.name == "FAISS flat"]
        both = [runner for runner, _ in roofs]
        race(f"{crowd.name}: single probes", single + both, crowd.probes, 5 if is_quick else 15)
        race(f"{crowd.name}: batches", batches, crowd.probes, 1 if is_quick else 3)
        race(f"{crowd.name}: batches again", again + both, crowd.probes, 2 if is_quick else 5)
        for gallery in galleries:
            gallery.close()
    return _rows(lines, crowd), _roofs(roofs, crowd), codes


def _build(crowd: Crowd, folder: Path, is_quick: bool):
    """What is compared; two at a time, none of it timed."""
    jobs: dict[str, Callable[[], object]] = {
        "sealed": partial(engines.Identify, crowd, "sealed", folder),
        "resident": partial(engines.Identify, crowd, "resident", folder),
        "peers": partial(engines.exact_peers, crowd, is_quick),
        "codes": partial(engines.codes_of, crowd),
    }
    with ThreadPoolExecutor(2) as pool:
        futures = {name: pool.submit(job) for name, job in jobs.items()}
        made = {}
        for name in tqdm(futures, desc=f"{crowd.name}: building", leave=False, disable=None):
            made[name] = futures[name].result()
    return made["peers"], made["codes"], (made["sealed"], made["resident"])


def _peer_lines(peer, crowd: Crowd, expected: truth.Truth, is_quick: bool) -> list[Line]:
    answers = peer.search(crowd.probes)
    if peer.name in ("FAISS flat", "Intel SVS flat"):
        truth.check_best(peer.name, crowd, expected, answers)
    found = truth.mates_found(crowd, answers)
    settings = [(1, 1), (1, 64)]
    if peer.name == "FAISS flat":
        settings = [(1, 1), (2, 1), (1, 64), (1, BATCH)] + ([] if is_quick else [(2, BATCH)])
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


def _roof_runners(crowd: Crowd) -> list[tuple[Runner, int]]:
    """Reading as many bytes as two planes of codes take, and multiplying in registers."""
    memory = morgiana_bench.Memory(crowd.count * crowd.dim // 2)
    runners = []
    for threads in (1, 2):
        runners.append((Runner("read", lambda _, threads=threads: memory.read(threads)), threads))
        if morgiana_bench.has_integer_products():
            multiply = partial(morgiana_bench.multiply, PRODUCT_ROUNDS)
            runners.append((Runner("multiply", lambda _, threads=threads: multiply(threads)), threads))
    return runners


def _roofs(runners: list[tuple[Runner, int]], crowd: Crowd) -> Roofs:
    roofs = Roofs({}, {})
    for runner, threads in runners:
        seconds = float(np.median(runner.times_ms)) / 1e3
        if runner.name == "read":
            roofs.read_gb_per_s[threads] = crowd.count * crowd.dim // 2 / seconds / 1e9
        else:
            products = PRODUCT_ROUNDS * morgiana_bench.PRODUCTS_PER_ROUND * threads
            roofs.giga_products_per_s[threads] = products / seconds / 1e9
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
