"""The scan of codes as the gallery grows; vectors are drawn, coded and let go of."""

from __future__ import annotations

from functools import partial

import faiss
import numpy as np
from tqdm import tqdm

from peers import crowds, engines
from peers.race import Runner, race
from peers.rows import Row

WORKS = (("proven 0.45", 0.45, 0.0), ("proven 0.6", 0.6, 0.0), ("probable 0.45", 0.45, engines.MISS))
FLAT_TO = 1_000_000


def stream(source: crowds.Source, most: int) -> tuple[engines.CodesOnly, np.ndarray]:
    """The codes of so many, and the first of them as they are for FAISS."""
    codes = engines.CodesOnly(source.dim)
    vectors = np.empty((min(most, FLAT_TO), source.dim), np.float32)
    with tqdm(total=most, desc=f"{source.name}: coding", leave=False, disable=None) as progress:
        for begin in range(0, most, crowds.BLOCK):
            some = crowds.block(source, begin // crowds.BLOCK)[: most - begin]
            codes.add(some)
            vectors[begin : begin + len(some)] = some[: max(0, len(vectors) - begin)]
            progress.update(len(some))
    return codes, vectors


def measure(
    source: crowds.Source, codes: engines.CodesOnly, vectors: np.ndarray, rounds: int = 7
) -> list[Row]:
    most = codes.count
    sizes = [count for step in range(4, 8) for count in (10**step, 3 * 10**step) if count <= most]
    probes = source.draw(np.random.default_rng(3), rounds)
    rows = []
    for size in sizes:
        runners = [
            Runner(work, partial(codes.search, threshold=threshold, miss=miss, num_references=size))
            for work, threshold, miss in WORKS
        ]
        if size <= len(vectors):
            runners.append(Runner("search", partial(_flat, vectors[:size])))
        race(f"{source.name}: {size} references", runners, probes, rounds)
        base = runners[-1].ms_per_query if size <= len(vectors) else None
        for runner in runners:
            is_ours = runner.name != "search"
            rows.append(
                Row(
                    runner.name, "Morgiana index" if is_ours else "FAISS flat", source.name, size,
                    1, 1, runner.ms_per_query, runner.spread, base and base / runner.ms_per_query, None,
                    codes.bytes_per_reference if is_ours else 4 * source.dim,
                )  # fmt: skip
            )
    return rows


def _flat(x: np.ndarray, probes: np.ndarray) -> object:
    engines.set_faiss(1, len(probes))
    return faiss.knn(probes, x, 10, metric=faiss.METRIC_INNER_PRODUCT)
