"""One query against FAISS, beside ours: isotropic vectors, one thread, rounds interleaved.

Usage: flat.py build/bench/bench/bench_morgiana [references]   (needs faiss-cpu and numpy)
"""

import json
import os
import subprocess
import sys
import time

import faiss
import numpy as np

ROUNDS = 3
FILTER = "read_bandwidth/real_time/threads|scan_index|identify"


def vectors(count: int, dim: int) -> np.ndarray:
    x = np.random.default_rng(1).standard_normal((count, dim), dtype=np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def time_ms(index: faiss.Index, probes: np.ndarray) -> float:
    """Best of the probes, one by one."""
    taken = []
    for probe in probes:
        begin = time.perf_counter()
        index.search(probe[None], 1)
        taken.append(time.perf_counter() - begin)
    return 1e3 * min(taken)


def faiss_ms(count: int, dim: int) -> dict[str, float]:
    faiss.omp_set_num_threads(1)
    x = vectors(count, dim)
    flat = faiss.IndexFlatIP(dim)
    flat.add(x)
    coarse = faiss.IndexRaBitQFastScan(dim, faiss.METRIC_INNER_PRODUCT)
    coarse.train(x[:50_000])
    coarse.add(x)
    assert int(flat.search(x[7:8], 1)[1][0, 0]) == 7
    best = {"flat": float("inf"), "rabitq": float("inf")}
    for _ in range(ROUNDS):
        best["flat"] = min(best["flat"], time_ms(flat, x[:5]))
        best["rabitq"] = min(best["rabitq"], time_ms(coarse, x[:5]))
    return best


def ours(program: str, count: int) -> list[dict]:
    command = [program, f"--benchmark_filter={FILTER}", "--benchmark_format=json", "--benchmark_min_time=1"]
    environment = os.environ | {"MORGIANA_BENCH_REFERENCES": str(count)}
    shown = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(shown.stdout)["benchmarks"]


def main() -> None:
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    before = {dim: faiss_ms(count, dim) for dim in (512, 128)}
    rows = ours(program, count)
    after = {dim: faiss_ms(count, dim) for dim in (512, 128)}
    peers = {
        dim: {name: min(before[dim][name], after[dim][name]) for name in before[dim]} for dim in before
    }
    for dim, row in peers.items():
        spread = abs(before[dim]["flat"] - after[dim]["flat"]) / row["flat"]
        print(f"FAISS {faiss.__version__} {dim}-D: flat {row['flat']:.2f} ms (before and after "
              f"differ by {spread:.0%}), RaBitQFastScan {row['rabitq']:.2f} ms")
    print("| work | ms | GB/s | × FAISS flat | × RaBitQFastScan |\n|---|---|---|---|---|")
    for row in rows:
        parts = row["name"].split("/")
        gigabytes = row.get("bytes_per_second", 0) / 1e9
        name = f"{row['name']} {row.get('label', '')}"
        if parts[0] == "read_bandwidth":
            print(f"| {name} | {row['real_time']:.3f} | {gigabytes:.1f} | | |")
            continue
        peer = peers[int(parts[1])]
        print(f"| {name} | {row['real_time']:.3f} | {gigabytes:.1f} | "
              f"{peer['flat'] / row['real_time']:.1f} | {peer['rabitq'] / row['real_time']:.1f} |")


if __name__ == "__main__":
    main()
