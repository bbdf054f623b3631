"""Who searches: peers by their Python packages, ours by its index and by its galleries.

Every engine has `search(probes, threads)`: for each probe the rows that it names.
"""

from __future__ import annotations

from pathlib import Path

import faiss
import hnswlib
import morgiana
import morgiana_bench
import numpy as np
import svs
from scann import scann_ops_pybind
from usearch.index import Index as UsearchIndex
from usearch.index import MetricKind
from usearch.index import search as usearch_search

from peers.crowds import Crowd
from peers.rows import Rows

NEIGHBOURS = 10  # that a peer is asked for
EVERYBODY = 1_000_000  # we are asked for all who reach the threshold
DEFAULT_BLAS_THRESHOLD = faiss.cvar.distance_compute_blas_threshold
MISS = 1e-9  # of probable mode


class Faiss:
    def __init__(self, name: str, index: faiss.Index, crowd: Crowd, bytes_per_reference: float) -> None:
        self.name = name
        self.bytes_per_reference = bytes_per_reference
        self._index = index
        if not index.is_trained:
            index.train(crowd.x[:50_000])
        index.add(crowd.x)

    def search(self, probes: np.ndarray, threads: int = 1) -> Rows:
        set_faiss(threads, len(probes))
        return self._index.search(probes, NEIGHBOURS)[1]


def set_faiss(threads: int, num_probes: int) -> None:
    """What is fastest. By default batches of 128 dimensions miss the matrix product, which is seven
    times as fast there; for one probe it takes twice as long."""
    faiss.omp_set_num_threads(threads)
    faiss.cvar.distance_compute_blas_threshold = 1 if num_probes >= 20 else DEFAULT_BLAS_THRESHOLD


def flat(crowd: Crowd) -> Faiss:
    return Faiss("FAISS flat", faiss.IndexFlatIP(crowd.dim), crowd, 4 * crowd.dim)


def sq8(crowd: Crowd) -> Faiss:
    index = faiss.IndexScalarQuantizer(crowd.dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    return Faiss("FAISS SQ8", index, crowd, index.code_size)


def rabitq(crowd: Crowd) -> Faiss:
    index = faiss.IndexRaBitQFastScan(crowd.dim, faiss.METRIC_INNER_PRODUCT)
    return Faiss("FAISS RaBitQFastScan", index, crowd, index.code_size)


class UsearchExact:
    """Bytes of 127 times the largest value that nearly all of a crowd stay below."""

    name = "USearch exact i8"

    def __init__(self, crowd: Crowd) -> None:
        self.bytes_per_reference = crowd.dim
        self._scale = np.float32(127 / np.quantile(np.abs(crowd.x[:10_000]), 0.9999))
        self._rows = np.empty(crowd.x.shape, np.int8)
        for begin in range(0, crowd.count, 50_000):
            self._rows[begin : begin + 50_000] = self._bytes(crowd.x[begin : begin + 50_000])

    def _bytes(self, x: np.ndarray) -> np.ndarray:
        return np.rint(x * self._scale).clip(-127, 127).astype(np.int8)

    def search(self, probes: np.ndarray, threads: int = 1) -> Rows:
        found = usearch_search(
            self._rows, self._bytes(probes), NEIGHBOURS, MetricKind.IP, exact=True, threads=threads
        )
        return np.atleast_2d(found.keys)


class SvsFlat:
    name = "Intel SVS flat"

    def __init__(self, crowd: Crowd) -> None:
        self.bytes_per_reference = 4 * crowd.dim
        self._index = svs.Flat(crowd.x, distance=svs.DistanceType.MIP, num_threads=1)

    def search(self, probes: np.ndarray, threads: int = 1) -> Rows:
        if self._index.num_threads != threads:
            self._index.num_threads = threads
        return self._index.search(probes, NEIGHBOURS)[0]


class ScannBruteForce:
    name = "ScaNN brute force i8"

    def __init__(self, crowd: Crowd) -> None:
        self.bytes_per_reference = crowd.dim
        builder = scann_ops_pybind.builder(crowd.x, NEIGHBOURS, "dot_product")
        self._index = builder.score_brute_force(True).build()

    def search(self, probes: np.ndarray, threads: int = 1) -> Rows:
        if threads != 1:
            raise ValueError("measured on one thread")
        if len(probes) == 1:
            return self._index.search(probes[0])[0][None]
        return self._index.search_batched(probes)[0]


def exact_peers(crowd: Crowd, is_whole: bool) -> list:
    """The first is what all are compared with."""
    makers = [flat, rabitq, UsearchExact, SvsFlat, ScannBruteForce] + ([sq8] if is_whole else [])
    return [make(crowd) for make in makers]


class CodesOnly:
    """The scan of our codes, which leaves the pairs that are still to be scored."""

    name = "Morgiana index"

    def __init__(self, dim: int) -> None:
        self.count = 0
        self._index = morgiana_bench.Index(dim)

    def add(self, x: np.ndarray) -> None:
        self._index.add(x)
        self.count += len(x)

    @property
    def bytes_per_reference(self) -> float:
        return self._index.bytes / self.count

    def search(
        self,
        probes: np.ndarray,
        threads: int = 1,
        *,
        threshold: float,
        miss: float = 0.0,
        tier: str = "",
        num_references: int | None = None,
    ) -> Rows:
        return self._index.search(
            probes, threshold=threshold, miss=miss, threads=threads, tier=tier,
            num_references=num_references,
        )  # fmt: skip


def bytes_without_residual(dim: int) -> float:
    """Of memory a reference, where a gallery is opened without residual codes."""
    index = morgiana_bench.Index(dim, residual=False)
    count = 16 * 4096  # a segment
    index.add(np.tile(np.eye(1, dim, dtype=np.float32), (count, 1)))
    return index.bytes / count


def codes_of(crowd: Crowd) -> CodesOnly:
    codes = CodesOnly(crowd.dim)
    codes.add(crowd.x)
    return codes


class Identify:
    """identify of a gallery in a folder of its own: whom it names is proven and scored."""

    def __init__(self, crowd: Crowd, references: str, folder: Path) -> None:
        self.name = f"Morgiana {references}"
        key = morgiana.KeySource.create_file(folder / f"{references}.key")
        self._gallery = morgiana.Gallery.create(
            folder / f"{references}.morgiana", model=morgiana.Model("bench", crowd.dim), key=key,
            references=references, refusals=None,
        )  # fmt: skip
        for begin in range(0, crowd.count, 20_000):
            rows = crowd.x[begin : begin + 20_000]
            self._gallery.enrol([str(begin + i) for i in range(len(rows))], rows)
        stats = self._gallery.stats()
        self.bytes_per_reference = stats.index_bytes / stats.num_references

    def search(
        self, probes: np.ndarray, threads: int = 1, *, threshold: float, assurance: str = "proven"
    ) -> Rows:
        found = self._gallery.identify(
            probes, threshold=threshold, assurance=assurance, max_threads=threads,
            max_candidates=EVERYBODY,
        )  # fmt: skip
        return [np.array([int(subject) for subject in answer.candidates], np.int64) for answer in found]

    def close(self) -> None:
        self._gallery.close()


class Hnsw:
    """A graph of one of three libraries; `effort` is how many nodes a search keeps."""

    def __init__(self, library: str, crowd: Crowd, threads: int) -> None:
        self.name = f"{library} HNSW" + (" i8" if library == "USearch" else "")
        self.library = library
        links, effort = 16, 200
        rows = np.arange(crowd.count)
        if library == "hnswlib":
            self._index = hnswlib.Index(space="ip", dim=crowd.dim)
            self._index.init_index(max_elements=crowd.count, M=links, ef_construction=effort)
            self._index.add_items(crowd.x, rows, num_threads=threads)
            self.bytes_per_reference = 4 * crowd.dim + 8 * links
        elif library == "USearch":
            self._index = UsearchIndex(
                ndim=crowd.dim, metric="ip", dtype="i8", connectivity=links, expansion_add=effort
            )
            self._index.add(rows, crowd.x, threads=threads)
            self.bytes_per_reference = self._index.memory_usage / crowd.count  # and what it keeps in reserve
        else:
            faiss.omp_set_num_threads(threads)
            self._index = faiss.IndexHNSWFlat(crowd.dim, links, faiss.METRIC_INNER_PRODUCT)
            self._index.hnsw.efConstruction = effort
            self._index.add(crowd.x)
            self.bytes_per_reference = 4 * crowd.dim + 8 * links

    def search(self, probes: np.ndarray, effort: int) -> Rows:
        if self.library == "hnswlib":
            self._index.set_ef(effort)
            return self._index.knn_query(probes, k=NEIGHBOURS, num_threads=1)[0]
        if self.library == "USearch":
            self._index.expansion_search = effort
            return np.atleast_2d(self._index.search(probes, NEIGHBOURS, threads=1).keys)
        set_faiss(1, len(probes))
        self._index.hnsw.efSearch = effort
        return self._index.search(probes, NEIGHBOURS)[1]
