"""The run as JSON, as Markdown and as pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator

from peers.crowds import COSINES
from peers.rows import Roofs, Row
from peers.targets import Target

COLOURS = plt.get_cmap("tab10")
PLACES = {"Morgiana resident": 0, "FAISS flat": 3, "hnswlib HNSW": 4, "USearch HNSW i8": 5, "FAISS HNSW": 6}


def write_json(
    file: Path, machine: dict, roofs: dict[str, Roofs], rows: list[Row], targets: list[Target]
) -> None:
    content = {
        "machine": machine,
        "roofs": {crowd: asdict(roof) for crowd, roof in roofs.items()},
        "rows": [asdict(row) for row in rows],
        "targets": [asdict(target) | {"met": target.met} for target in targets],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def markdown(
    machine: dict, roofs: dict[str, Roofs], rows: list[Row], targets: list[Target], plots: list[Path]
) -> str:
    peers = ", ".join(f"{name} {number}" for name, number in machine["peers"].items())
    parts = [
        f"{machine['cpu']} (family/model {machine['cpu_family_model']}), {machine['cores']} cores, cache "
        f"{machine['cache']}, {machine['memory_gib']} GiB, {machine['system']}.\n"
        f"Tiers {', '.join(machine['tiers'])}. Peers: {peers}.",
        "## Targets\n\n" + targets_table(targets),
    ]
    compared = [row for row in rows if row.mates_found is not None]
    for crowd in dict.fromkeys((row.crowd, row.references) for row in compared):
        some = [row for row in compared if (row.crowd, row.references) == crowd]
        title = f"## {crowd[0]}, {crowd[1]:,} references\n\n"
        parts.append(title + _roofs(roofs.get(crowd[0]), len(some) > 20) + _table(some))
    grown = [row for row in rows if row.mates_found is None]
    if grown:
        parts.append(f"## {grown[0].crowd} as the gallery grows\n\n" + _growth(grown))
    parts += [f"![{plot.stem}]({plot.name})" for plot in plots]
    return "\n\n".join(parts) + "\n"


def targets_table(targets: list[Target]) -> str:
    lines = ["| target | at | got | met |", "|---|---|---|---|"]
    for target in targets:
        sign = "≤" if target.is_most else "≥"
        lines.append(
            f"| {target.name} | {sign} {target.target:g} | {target.got:.4g} | {'yes' if target.met else '**no**'} |"
        )
    return "\n".join(lines)


def _roofs(roofs: Roofs | None, is_main: bool) -> str:
    if roofs is None or not is_main:
        return ""
    reads = ", ".join(f"{rate:.1f} GB/s on {n}" for n, rate in roofs.read_gb_per_s.items())
    products = "; ".join(
        f"{tier} " + ", ".join(f"{rate:.0f} G/s on {n}" for n, rate in rates.items())
        for tier, rates in roofs.giga_products_per_s.items()
    )
    return f"Memory reads, by threads: {reads}. Integer products: {products or 'not measured'}.\n\n"


def _table(rows: list[Row]) -> str:
    lines = [
        "| engine | work | threads | probes | ms a probe (quartiles) | × FAISS flat | mates found at "
        + " / ".join(map(str, COSINES))
        + " | bytes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: (row.batch > 1, row.threads, -row.ms_per_query)):
        low, high = row.quartiles_ms
        ratio = f"{row.ratio_to_faiss_flat:.2f}" if row.ratio_to_faiss_flat else ""
        found = row.mates_found or {}
        shares = " / ".join(f"{100 * found[str(c)]:.0f} %" if str(c) in found else "–" for c in COSINES)
        lines.append(
            f"| {row.engine} | {row.work} | {row.threads} | {row.batch} | {row.ms_per_query:.3g} "
            f"({low:.3g}–{high:.3g}) | {ratio} | {shares if found else ''} | {row.bytes_per_reference:.0f} |"
        )
    return "\n".join(lines)


def _growth(rows: list[Row]) -> str:
    """Of rows that name no mates: ms a probe by size."""
    works = list(dict.fromkeys((row.engine, row.work) for row in rows))
    lines = ["| references | " + " | ".join(f"{engine}, {work}" for engine, work in works) + " |"]
    lines.append("|---" * (len(works) + 1) + "|")
    for size in dict.fromkeys(row.references for row in rows):
        at = {(row.engine, row.work): f"{row.ms_per_query:.3g} ms" for row in rows if row.references == size}
        lines.append(f"| {size:,} | " + " | ".join(at.get(work, "") for work in works) + " |")
    return "\n".join(lines)


def caption(machine: dict) -> str:
    """What goes below a picture: figures mean nothing without their machine."""
    return (
        f"{machine['cpu']} (family/model {machine['cpu_family_model']}), {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB; tier {machine['tier']}; {machine['date']}"
    )


def plot_growth(file: Path, rows: list[Row], below: str = "") -> Path:
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for number, work in enumerate(dict.fromkeys(row.work for row in rows)):
        some = [row for row in rows if row.work == work]
        label = some[0].engine if work == "search" else f"{some[0].engine}, {work}"
        axes.loglog(
            [row.references for row in some], [row.ms_per_query for row in some],
            marker="o", color=COLOURS(number), label=label,
        )  # fmt: skip
    axes.set(xlabel="references", ylabel="ms a probe, one thread", title=f"{rows[0].crowd}: one probe")
    return _save(figure, axes, file, below)


def plot_mates(file: Path, rows: list[Row], below: str = "") -> Path:
    cosine = str(min(COSINES))  # the hardest
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for engine in dict.fromkeys(row.engine for row in rows):
        number = PLACES[engine]
        some = sorted((row for row in rows if row.engine == engine), key=lambda row: row.ms_per_query)
        is_graph = "HNSW" in engine
        label = f"{engine}, {some[0].work} to {some[-1].work.removeprefix('ef ')}" if is_graph else engine
        axes.semilogx(
            [row.ms_per_query for row in some], [100 * row.mates_found[cosine] for row in some],
            marker="o", linestyle="-" if is_graph else "", color=COLOURS(number), label=label,
        )  # fmt: skip
        for place, row in enumerate([] if is_graph else some):
            axes.annotate(
                row.work.removeprefix("identify 0.45, ").replace("search", ""),
                (row.ms_per_query, 100 * row.mates_found[cosine]),
                textcoords="offset points", xytext=(7 if place else -7, -3), fontsize=8,
                ha="left" if place else "right", color=COLOURS(number),
            )  # fmt: skip
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.set(
        xlabel="ms a probe, one thread", ylabel=f"% of mates found at cosine {cosine}",
        title=f"{rows[0].crowd}: {rows[0].references:,} references beside graphs",
    )  # fmt: skip
    return _save(figure, axes, file, below)


def _save(figure, axes, file: Path, below: str) -> Path:
    figure.supxlabel(below, fontsize=8, color="#555555")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.9g}")
    axes.xaxis.set_minor_formatter("")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=130)
    plt.close(figure)
    return file
