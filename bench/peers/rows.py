"""What is measured: lines of the table, and the roofs above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BATCH = 256  # probes of the larger batches
Rows = Sequence[np.ndarray]  # the references that each probe's answer names


@dataclass(frozen=True)
class Row:
    work: str  # what was done: the line of ours, or "search" of a peer
    engine: str
    crowd: str
    references: int
    threads: int
    batch: int
    ms_per_query: float
    quartiles_ms: tuple[float, float]
    ratio_to_faiss_flat: float | None  # of as many threads and probes
    mates_found: dict[str, float] | None  # by cosine
    bytes_per_reference: float


@dataclass(frozen=True)
class Roofs:
    """Of the machine, in the same race, by threads: what memory gives, and what the units of each
    tier multiply."""

    read_gb_per_s: dict[int, float]
    giga_products_per_s: dict[str, dict[int, float]]
