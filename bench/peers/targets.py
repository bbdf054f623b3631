"""What the design asks for, and what this run got: ratios of one run on one machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from peers.rows import BATCH, Roofs, Row

CODE_BITS = 4  # of a dimension that a proven scan at 0.45 reads first
CONSTANT_BYTES = 8  # and of every reference


@dataclass(frozen=True)
class Target:
    name: str
    target: float
    got: float
    is_most: bool = False  # the target is an upper limit

    @property
    def met(self) -> bool:
        return self.got <= self.target if self.is_most else self.got >= self.target


def of_crowd(rows: list[Row], roofs: Roofs, dim: int, bare_bytes: float) -> Iterator[Target]:
    """Of the rows of `lines.compare` over one crowd, and its bytes without residual codes."""
    crowd, count = rows[0].crowd, rows[0].references
    by_line = {(row.engine, row.work, row.threads, row.batch): row for row in rows}

    def ours(work: str, line: str = "index", threads: int = 1, batch: int = 1) -> Row:
        return by_line[f"Morgiana {line}", work, threads, batch]

    proven = ours("proven 0.45")
    both = ours("proven 0.45", threads=2)
    rabitq = by_line["FAISS RaBitQFastScan", "search", 1, 1].ms_per_query
    if dim >= 512:
        yield Target(f"{crowd}: proven index 0.45, × FAISS flat", 8, proven.ratio_to_faiss_flat)
        bytes_read = count * (dim * CODE_BITS / 8 + CONSTANT_BYTES)
        share = bytes_read / (proven.ms_per_query * 1e6) / roofs.read_gb_per_s[1]
        yield Target(f"{crowd}: proven index 0.45, share of read bandwidth", 0.85, share)
        yield Target(f"{crowd}: proven index 0.6, × FAISS flat", 15, ours("proven 0.6").ratio_to_faiss_flat)
        batch = ours("proven 0.45", batch=BATCH)
        yield Target(
            f"{crowd}: proven index 0.45, {BATCH} probes, × FAISS flat", 15, batch.ratio_to_faiss_flat
        )
        for tier, rates in roofs.giga_products_per_s.items():
            other = by_line.get(("Morgiana index", f"proven 0.45, {tier}", 1, BATCH))
            one = other or batch  # the tier that everything ran with has no line of its own
            share = count * dim / (one.ms_per_query * 1e6) / rates[1]
            yield Target(f"{crowd}: {BATCH} probes, {tier}, share of its integer peak", 0.8, share)
            if other is None:
                gain = batch.ms_per_query / ours("proven 0.45", threads=2, batch=BATCH).ms_per_query
                share = gain / (rates[2] / rates[1])
                yield Target(f"{crowd}: {BATCH} probes, 2 threads, share of the peak's gain", 0.9, share)
        avx2 = ours("proven 0.45, avx2")
        yield Target(f"{crowd}: proven index 0.45, AVX2, × FAISS flat", 3, avx2.ratio_to_faiss_flat)
    for threshold in (0.45, 0.6):
        sealed = ours(f"identify {threshold}", "sealed").ratio_to_faiss_flat
        yield Target(f"{crowd}: sealed identify {threshold}, × FAISS flat", 6, sealed)
        probable = ours(f"probable {threshold}").ms_per_query
        yield Target(f"{crowd}: probable index {threshold}, × RaBitQFastScan", 2, rabitq / probable)
    gain = proven.ms_per_query / both.ms_per_query
    read_gain = roofs.read_gb_per_s[2] / roofs.read_gb_per_s[1]
    yield Target(f"{crowd}: 2 threads, share of the bandwidth's gain", 0.9, gain / read_gain)
    most = 560 if dim >= 512 else 170
    yield Target(f"{crowd}: bytes of memory a reference", most, proven.bytes_per_reference, is_most=True)
    if dim >= 512:
        yield Target(f"{crowd}: bytes without residual codes", 290, bare_bytes, is_most=True)


def beside_graphs(rows: list[Row]) -> Iterator[Target]:
    """Our time against that of the fastest graph that finds as many mates, or the most."""
    ours = [row for row in rows if row.engine.startswith("Morgiana")]
    graphs = [row for row in rows if "HNSW" in row.engine]
    for mine in ours:
        share = min(mine.mates_found.values())
        yield Target(f"{mine.crowd}: {mine.work} of {mine.references}, share of mates found", 1, share)
        for library in sorted({row.engine for row in graphs}):
            others = [row for row in graphs if row.engine == library]
            best = max(min(row.mates_found.values()) for row in others)
            equal = [row for row in others if min(row.mates_found.values()) >= min(best, share)]
            fastest = min(equal, key=lambda row: row.ms_per_query)
            yield Target(
                f"{mine.crowd}: {mine.work} of {mine.references}, × {library} at its best, which finds "
                f"{100 * best:.0f} % of the mates at its worst cosine",
                1, fastest.ms_per_query / mine.ms_per_query,
            )  # fmt: skip


def of_growth(rows: list[Row]) -> Iterator[Target]:
    """Time a reference at the largest size against that at a million."""
    most = max(row.references for row in rows)
    if most < 10_000_000:
        return
    for work in sorted({row.work for row in rows if row.engine.startswith("Morgiana")}):
        per_reference = {
            row.references: row.ms_per_query / row.references for row in rows if row.work == work
        }
        yield Target(
            f"{rows[0].crowd}: {work}, time a reference at {most} over that at 1000000",
            1.1, per_reference[most] / per_reference[1_000_000], is_most=True,
        )  # fmt: skip
