"""One query against FAISS, beside ours: isotropic vectors, one thread.

Our program is stopped every two seconds for a round of FAISS, so that both meet the same machine; every
figure is a median over the whole run, and a repetition of ours that was stopped is among the slow ones.

Usage: flat.py build/bench/bench/bench_morgiana [references]   (needs faiss-cpu and numpy)
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable

import faiss
import numpy as np

REPETITIONS = 9
PHASES = [
    ["--benchmark_filter=read_bandwidth/real_time/threads|scan_index",
     "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.1"],
    ["--benchmark_filter=identify", "--benchmark_min_time=0.2"],
]  # fmt: skip


class Peers:
    """Times of FAISS in ms by (engine, dimensions), one probe after the other."""

    def __init__(self, count: int) -> None:
        faiss.omp_set_num_threads(1)
        self.times: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.indexes: dict[tuple[str, int], faiss.Index] = {}
        self.probes: dict[int, np.ndarray] = {}
        self.asked = 0
        for dim in (512, 128):
            x = np.random.default_rng(1).standard_normal((count, dim), dtype=np.float32)
            x /= np.linalg.norm(x, axis=1, keepdims=True)
            self.probes[dim] = x[:100].copy()
            flat = faiss.IndexFlatIP(dim)
            coarse = faiss.IndexRaBitQFastScan(dim, faiss.METRIC_INNER_PRODUCT)
            coarse.train(x[:50_000])
            for name, index in (("flat", flat), ("rabitq", coarse)):
                index.add(x)
                self.indexes[name, dim] = index
            assert int(flat.search(x[7:8], 1)[1][0, 0]) == 7

    def round(self) -> None:
        self.asked += 1
        for (name, dim), index in self.indexes.items():
            probe = self.probes[dim][self.asked % 100][None]
            index.search(probe, 1)  # Untimed: our program has had the caches until now.
            begin = time.perf_counter()
            index.search(probe, 1)
            self.times[name, dim].append(1e3 * (time.perf_counter() - begin))

    def median(self, name: str, dim: int) -> float:
        return statistics.median(self.times[name, dim])


def run_beside(command: list[str], count: int, beside: Callable[[], None]) -> list[dict]:
    """The rows of our program, which stands still while `beside` runs."""
    environment = os.environ | {"MORGIANA_BENCH_REFERENCES": str(count)}
    with tempfile.TemporaryFile("w+") as shown:
        program = subprocess.Popen(command, env=environment, stdout=shown)
        while program.poll() is None:
            time.sleep(2)
            program.send_signal(signal.SIGSTOP)
            beside()
            program.send_signal(signal.SIGCONT)
        if program.returncode != 0:
            raise SystemExit(f"{command[0]} ended with {program.returncode}")
        shown.seek(0)
        return json.load(shown)["benchmarks"]


def main() -> None:
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    peers = Peers(count)
    rows: list[dict] = []
    for options in PHASES:
        command = [program, *options, f"--benchmark_repetitions={REPETITIONS}", "--benchmark_format=json"]
        rows += run_beside(command, count, peers.round)
    print(f"FAISS {faiss.__version__}, {count} references, {peers.asked} rounds: "
          + ", ".join(f"{name} {dim}-D {peers.median(name, dim):.2f} ms" for name, dim in peers.times))
    print("\n| work | ms | GB/s | × FAISS flat | × RaBitQFastScan |\n|---|---|---|---|---|")
    medians = (row for row in rows if row.get("aggregate_name") == "median")
    for row in sorted(medians, key=lambda row: (row["family_index"], row["per_family_instance_index"])):
        parts = row["run_name"].split("/")
        gigabytes = f"{row['bytes_per_second'] / 1e9:.1f}" if "bytes_per_second" in row else ""
        line = f"| {row['run_name']} {row.get('label', '')} | {row['real_time']:.3f} | {gigabytes} |"
        if parts[0] == "read_bandwidth":
            print(line + " | |")
            continue
        ratios = [peers.median(name, int(parts[1])) / row["real_time"] for name in ("flat", "rabitq")]
        print(line + f" {ratios[0]:.1f} | {ratios[1]:.1f} |")


if __name__ == "__main__":
    main()
