"""Where figures come from: they mean nothing without it."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

import morgiana
import morgiana_bench

PEERS = ("faiss-cpu", "usearch", "scalable-vs", "scann-core", "hnswlib", "numpy")


def describe() -> dict[str, object]:
    fields: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line)
    return {
        "cpu": fields.get("model name", platform.machine()),
        "cpu_family_model": f"{fields.get('cpu family')}/{fields.get('model')}",
        "cores": len(os.sched_getaffinity(0)),
        "cache": fields.get("cache size", "unknown"),
        "memory_gib": round(int(total.split()[1]) / 2**20),
        "system": f"{platform.system()}, {' '.join(platform.libc_ver())}",
        "tiers": morgiana_bench.tiers(),
        "tier": morgiana_bench.chosen_tier(),
        "date": date.today().isoformat(),
        "morgiana": morgiana.__version__,
        "peers": {name: version(name) for name in PEERS},
    }
