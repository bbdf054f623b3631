"""How much is measured: all of it, or what fits into four minutes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    is_whole: bool  # every crowd and peer, and growth to ten times as many references
    probes_of_a_cosine: int
    single_rounds: int
    batch_rounds: int  # of everybody
    more_batch_rounds: int  # of ours and of what is compared with it
    graph_references: int
    graph_rounds: int
    first_graphs: tuple[str, ...]  # beside the first crowd; building them takes longest
    last_graphs: tuple[str, ...]


LIBRARIES = ("hnswlib", "USearch", "FAISS")

QUICK = Plan(
    is_whole=False,
    probes_of_a_cosine=8,
    single_rounds=5,
    batch_rounds=1,
    more_batch_rounds=2,
    graph_references=30_000,
    graph_rounds=50,
    first_graphs=("USearch",),
    last_graphs=("hnswlib", "USearch"),
)
FULL = Plan(
    is_whole=True,
    probes_of_a_cosine=32,
    single_rounds=15,
    batch_rounds=3,
    more_batch_rounds=5,
    graph_references=100_000,
    graph_rounds=300,
    first_graphs=LIBRARIES,
    last_graphs=LIBRARIES,
)
