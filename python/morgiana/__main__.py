"""python -m morgiana evaluate | calibrate | calibrate-log: what a model's scores stand for."""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy

from morgiana.calibration import Calibration, digest_of
from morgiana.errors import Error
from morgiana.evaluation import card, inputs, plots, report
from morgiana.evaluation.comparisons import Comparisons, compare_all
from morgiana.evaluation.identification import open_set
from morgiana.evaluation.zoo import people_csv, zoo
from morgiana.gallery import Gallery
from morgiana.gallery_calibration import departures
from morgiana.keys import KeySource
from morgiana.metrics import DetCurve, fold_accuracy
from morgiana.search_log import SearchLog
from morgiana.types import Model

REFUSED, FAILED = 1, 3  # as the command-line tool of the library


def _whole(word: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number from 0 up")
    return int(word)


def _rate(word: str) -> float:
    try:
        rate = float(word)
    except ValueError:
        rate = 0.0
    if not 0.0 < rate < 1.0:
        raise argparse.ArgumentTypeError(f"{word!r} is no rate between 0 and 1")
    return rate


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="morgiana", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    evaluate = verbs.add_parser("evaluate", help="error rates, thresholds and pictures of a model")
    calibrate = verbs.add_parser("calibrate", help="a calibration file, which resolves risks to thresholds")
    for verb in (evaluate, calibrate):
        verb.add_argument("embeddings", type=Path, help=".npy, floats [images, dim]")
        verb.add_argument(
            "--identities", type=Path, required=True, help="whose each row is: a name a line, or a CSV"
        )
        verb.add_argument("--column", help="of the CSV; without it the file is a name a line")
        verb.add_argument("--model", required=True, help="name of the network")
        verb.add_argument("--data", required=True, help="which images these are, and how they were taken")
        verb.add_argument("--exclude", type=Path, help="CSV of two identities and the reason: label errors")
    evaluate.add_argument(
        "--pairs", type=Path, help="LFW's pairs.txt, or a CSV first,second,is_mated,fold of rows"
    )
    evaluate.add_argument("--seed", type=_whole, default=1, help="of who is a stranger (default: 1)")
    evaluate.add_argument(
        "--card", action="store_true", help="card.md and card.html, a page on it all, and card-people.csv"
    )
    evaluate.add_argument(
        "--card-fmr",
        type=_rate,
        default=1e-4,
        help="whose threshold the card's people are of (default: 0.0001)",
    )
    evaluate.add_argument(
        "--out", type=Path, required=True, help="folder of report.md, report.json and pictures"
    )
    calibrate.add_argument("--out", type=Path, required=True, help="the file that is written")
    of_log = verbs.add_parser("calibrate-log", help="a calibration of a gate, from searches of known people")
    of_log.add_argument("log", type=Path, help="that morgiana.SearchLog made")
    of_log.add_argument("--gallery", type=Path, required=True, help="that was searched")
    environment = os.environ.get("MORGIANA_KEY_FILE") or None
    of_log.add_argument(
        "--key",
        type=Path,
        default=environment,
        required=environment is None,
        help="key file of the gallery (Env: MORGIANA_KEY_FILE); of a passphrase or token: SearchLog.calibrate",
    )
    of_log.add_argument("--data", required=True, help="which gate this is, and when")
    of_log.add_argument("--exclude", type=Path, help="CSV of two people who are one, and the reason")
    of_log.add_argument(
        "--beside", type=Path, help="a calibration to hold it against; ends with 1 where it departs"
    )
    of_log.add_argument("--out", type=Path, required=True, help="the file that is written")
    return parser


@contextmanager
def _progress(num_images: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, where tqdm is there."""
    try:
        tqdm = importlib.import_module("tqdm").tqdm
    except ImportError:
        yield lambda num_rows: None
        return
    with tqdm(total=2 * num_images, desc="comparing", unit=" rows", disable=None) as bar:
        yield bar.update


class _Given:
    """What both verbs read."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.embeddings = inputs.embeddings(options.embeddings)
        self.names = inputs.identities(options.identities, options.column)
        self.model = Model(options.model, int(self.embeddings.shape[1]))
        self.data = options.data
        self.excluded = inputs.excluded_pairs(options.exclude) if options.exclude else []

    def compared(self) -> tuple[Comparisons, Calibration]:
        with _progress(len(self.embeddings)) as tick:
            found = compare_all(self.embeddings, self.names, tick)
        digest = digest_of(self.embeddings, self.names)
        return found, Calibration.of_comparisons(found, self.model, digest, self.data, self.excluded)


def _evaluate(options: argparse.Namespace, command: str) -> int:
    given = _Given(options)
    pairs = inputs.verification_pairs(options.pairs, given.names) if options.pairs else None
    comparisons, calibration = given.compared()
    folds, curve = None, None
    if pairs is not None:
        rows = given.embeddings.astype(numpy.float64)
        rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
        scores = (rows[pairs.first] * rows[pairs.second]).sum(axis=1).astype(numpy.float32)
        folds = fold_accuracy(scores, pairs.is_mated, pairs.folds)
        curve = DetCurve(scores[pairs.is_mated], scores[~pairs.is_mated])
    people = open_set(given.embeddings, given.names, numpy.random.default_rng(options.seed))
    found = report.Evaluation(calibration, comparisons, people, folds, curve, options.seed)
    inputs.written(options.out / "report.json", report.as_json(found))
    plots.draw(found, options.out)
    inputs.written(options.out / "report.md", report.as_markdown(found, command))
    print(options.out / "report.md")
    if options.card:
        _card(options, found, given.excluded, command)
    return 0


def _card(
    options: argparse.Namespace, found: report.Evaluation, excluded: list[tuple[str, str]], command: str
) -> None:
    at = card.threshold_of(found, options.card_fmr)
    animals = zoo(found.comparisons, float(found.plain.thresholds[at]), excluded)
    given = (options.embeddings, options.identities, options.pairs)
    sources = [card.Source(path.name, inputs.digest(path)) for path in given if path is not None]
    adjudicated = (
        card.Source(options.exclude.name, inputs.digest(options.exclude)) if options.exclude else None
    )
    page = card.card(found, animals, at, sources, adjudicated, excluded, command)
    inputs.written(options.out / "card-people.csv", people_csv(animals))
    inputs.written(options.out / "card.html", page.as_html())
    inputs.written(options.out / "card.md", page.as_markdown())
    print(options.out / "card.md")


def _calibrate(options: argparse.Namespace, _: str) -> int:
    inputs.require_replaceable(options.out)
    calibration = _Given(options).compared()[1]
    inputs.written(options.out, calibration.to_json())
    rows = report.predicted(calibration)
    for row in rows:
        if row["threshold"] is not None:
            ends = f"threshold {row['threshold']:.3f}, {row['support']}"
        elif row["least_supported"] is None:
            ends = "unsupported"
        else:
            ends = f"unsupported; {row['least_supported']:.2g} at least"
        print(f"{row['num_subjects']:>7,} subjects, FPIR at most {row['risk']:<6g} {ends}")
    if all(row["threshold"] is None for row in rows):
        print(
            f"morgiana: {calibration.evidence.num_identities:,} people are too few for any of these risks; for how many"
            " to photograph see docs/calibration.md",
            file=sys.stderr,
        )
    print(options.out)
    return 0


def _calibrate_log(options: argparse.Namespace, _: str) -> int:
    inputs.require_replaceable(options.out)
    beside = Calibration.load(options.beside) if options.beside else None
    excluded = inputs.excluded_pairs(options.exclude) if options.exclude else []
    with (
        Gallery.follow(options.gallery, key=KeySource.file(options.key)) as gallery,
        SearchLog.open(options.log) as log,
    ):
        if beside is not None and beside.model != log.model:
            raise Error("model_mismatch", f"the log is of {log.model}, {options.beside} of {beside.model}")
        found = log.calibrate(gallery, data=options.data, excluded=excluded)
    inputs.written(options.out, found.calibration.to_json())
    print(
        f"{found.num_searches:,} searches of {found.num_people:,} people, {found.num_enrolled:,} of them enrolled,"
        f" among {found.num_subjects:,} subjects; left out: {found.num_unnamed:,} unnamed,"
        f" {found.num_withheld:,} with somebody withheld, {found.num_changed:,} subjects who changed"
    )
    print(options.out)
    if beside is None:
        return 0
    departed = departures(found.calibration, beside)
    for one in departed:
        print(
            f"departs from {options.beside} at {one.threshold:.3f}: FMR"
            f" {one.here:.1e} ({one.here_bounds.low:.1e} to {one.here_bounds.high:.1e}) here,"
            f" {one.there:.1e} ({one.there_bounds.low:.1e} to {one.there_bounds.high:.1e}) there"
        )
    if not departed:
        print(f"agrees with {options.beside}")
    return REFUSED if departed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    try:
        verb = {"evaluate": _evaluate, "calibrate": _calibrate, "calibrate-log": _calibrate_log}[options.verb]
        return verb(options, shlex.join(["morgiana", *given]))
    except Error as error:
        print(f"morgiana: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # nobody reads on; what was to be written is written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
