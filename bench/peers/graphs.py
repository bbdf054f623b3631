"""Graphs of neighbours beside ours: how long a search takes, and how many mates it finds."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from tqdm import tqdm

from peers import engines, truth
from peers.crowds import Crowd
from peers.race import Runner, race
from peers.rows import Row

THRESHOLD = 0.45
EFFORTS = (32, 64, 128, 256, 512)


def compare(crowd: Crowd, libraries: tuple[str, ...], rounds: int) -> list[Row]:
    searches = []  # work, engine, search
    for library in tqdm(libraries, desc=f"{crowd.name}: graphs of {crowd.count}", leave=False, disable=None):
        graph = engines.Hnsw(library, crowd, threads=2)
        searches += [(f"ef {effort}", graph, partial(graph.search, effort=effort)) for effort in EFFORTS]
    flat = engines.flat(crowd)
    searches.append(("search", flat, flat.search))
    with tempfile.TemporaryDirectory(prefix="morgiana-bench-") as folder:
        gallery = engines.Identify(crowd, "resident", Path(folder))
        for mode in ("proven", "probable"):
            search = partial(gallery.search, threshold=THRESHOLD, assurance=mode)
            searches.append((f"identify {THRESHOLD}, {mode}", gallery, search))
        proven = gallery.search(crowd.probes, threshold=THRESHOLD)
        expected = truth.compare_all(crowd, (THRESHOLD,))
        truth.check_accepted(gallery.name, crowd, expected, proven, THRESHOLD)
        runners = [Runner(engine.name, search) for _, engine, search in searches]
        race(f"{crowd.name}: beside graphs", runners, crowd.probes, rounds)
        found = [truth.mates_found(crowd, search(crowd.probes)) for _, _, search in searches]
        gallery.close()
    base = next(runner.ms_per_query for runner in runners if runner.name == flat.name)
    return [
        Row(
            work, engine.name, crowd.name, crowd.count, 1, 1, runner.ms_per_query, runner.spread,
            base / runner.ms_per_query, shares, engine.bytes_per_reference,
        )  # fmt: skip
        for (work, engine, _), runner, shares in zip(searches, runners, found)
    ]
