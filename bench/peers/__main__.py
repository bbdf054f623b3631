"""Our three lines beside every peer, in one run: see scripts/bench-peers."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from peers import crowds, engines, graphs, growth, lines, machine, report, targets
from peers.plan import FULL, QUICK

MILLION = 1_000_000
LEAST_REFERENCES = 2 * FULL.graph_references
EMBEDDINGS = ("sface128.f32.npy", "fused512.f16.npy")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ends within 4 minutes on 2 cores")
    parser.add_argument(
        "--references", type=int, default=MILLION,
        help="of a gallery (default, and what targets are for: 1000000)",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, help="where the figures go (default: in --report)")
    parser.add_argument("--report", type=Path, default=Path("build/peers/report"), help="folder")
    options = parser.parse_args()
    if options.references < LEAST_REFERENCES:
        parser.error(f"--references is below {LEAST_REFERENCES}: graphs have nearly as many")
    if options.json is not None and options.json.is_dir():
        parser.error(f"--json is a folder: {options.json}")
    if options.report.exists() and not options.report.is_dir():
        parser.error(f"--report is no folder: {options.report}")
    return options


def sources(is_whole: bool) -> list[crowds.Source]:
    """Real embeddings where there are any: tests take theirs from the same folder."""
    data = Path(os.environ.get("MORGIANA_TEST_DATA", "../shared/data")) / "lfw"
    wanted = EMBEDDINGS if is_whole else EMBEDDINGS[:1]
    missing = [name for name in wanted if not (data / name).is_file()]
    if missing:
        print(f"no {' and no '.join(missing)} in {data}: isotropic vectors alone")
        return [crowds.Isotropic(512), crowds.Isotropic(128)]
    sface = crowds.Like("SFace 128-D", data / EMBEDDINGS[0])
    fused = [crowds.Like("fused512", data / EMBEDDINGS[1])] if is_whole else []
    return [crowds.Isotropic(512), *fused, sface]


def main() -> None:
    options = arguments()
    plan = QUICK if options.quick else FULL
    begin = time.perf_counter()

    def step(what: str) -> None:
        print(f"[{time.perf_counter() - begin:4.0f} s] {what}", flush=True)

    rows, roofs, goals, pictures = [], {}, [], []
    about = machine.describe()
    below = report.caption(about)

    def save() -> None:
        """After every part: what is measured is kept, whatever becomes of the next."""
        report.write_json(options.json or options.report / "report.json", about, roofs, rows, goals)
        text = report.markdown(about, roofs, rows, goals, pictures)
        (options.report / "report.md").write_text(text, "utf-8")

    options.report.mkdir(parents=True, exist_ok=True)
    every = sources(plan.is_whole)
    for source in every:
        step(f"{source.name}: {options.references:,} references beside every peer")
        crowd = crowds.make(source, options.references, plan.probes_of_a_cosine)
        some, roofs[source.name], codes = lines.compare(crowd, plan)
        bare_bytes = engines.bytes_without_residual(source.dim)
        goals += targets.of_crowd(some, roofs[source.name], source.dim, bare_bytes)
        rows += some
        save()
        if source is every[0] and not plan.is_whole:
            step(f"{source.name}: growth")
            grown = growth.measure(source, codes, crowd.x)
        del crowd, codes
    for source, libraries in ((every[0], plan.first_graphs), (every[-1], plan.last_graphs)):
        count = plan.graph_references
        step(f"{source.name}: {count:,} references beside graphs")
        crowd = crowds.make(source, count, 100)
        some = graphs.compare(crowd, libraries, plan.graph_rounds)
        goals += targets.beside_graphs(some)
        rows += some
        pictures.append(report.plot_mates(options.report / f"mates-{source.dim}.png", some, below))
        save()
    if plan.is_whole:
        step(f"{every[0].name}: growth to {10 * options.references:,} references")
        grown = growth.measure(every[0], *growth.stream(every[0], 10 * options.references))
    goals += targets.of_growth(grown)
    pictures.append(report.plot_growth(options.report / "growth.png", grown, below))
    rows += grown
    save()
    print(report.targets_table(goals))
    missed = sum(not goal.met for goal in goals)
    step(f"{len(goals) - missed} of {len(goals)} targets met; {options.report}/report.md")


if __name__ == "__main__":
    main()
