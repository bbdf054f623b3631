"""What scores of a model stand for: error rates by threshold, with the evidence they rest on."""

from __future__ import annotations

import datetime
import hashlib
import importlib.resources
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy
import numpy.typing

from morgiana import _core
from morgiana.arguments import file_name, real_number, refusal, text, whole_number
from morgiana.errors import Error
from morgiana.metrics import Interval
from morgiana.types import Model, Threshold

Rates = numpy.typing.NDArray[numpy.float64]


class Support(StrEnum):
    """How far the evidence reaches.

    ``observed``: no more people than were observed. ``modelled``: up to ten times as many, by the
    spread of strangers; the interval is wide. ``unsupported``: no number is given.
    """

    OBSERVED = "observed"
    MODELLED = "modelled"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class PredictedRisk:
    """How often a stranger's transaction ends with a candidate: FPIR, and its 95 % interval.

    Where it is unsupported there is no number, and ``why`` says what the evidence ends at.
    """

    support: Support
    fpir: float | None
    bounds: Interval | None
    why: str

    @classmethod
    def _of(cls, given: tuple[str, float, float, float, str]) -> PredictedRisk:
        support, fpir, low, high, why = given
        if support == Support.UNSUPPORTED:
            return cls(Support(support), None, None, why)
        return cls(Support(support), fpir, Interval(low, high), why)


@dataclass(frozen=True)
class ResolvedRisk:
    """A threshold that keeps a risk, by the upper end of its interval.

    ``accept`` is ``None`` where the risk is unsupported; ``least_supported`` is the least risk that
    the evidence supports for this population, ``None`` where it supports none.
    """

    accept: Threshold | None
    predicted: PredictedRisk
    least_supported: float | None

    @classmethod
    def _of(
        cls,
        given: tuple[float | None, float | None, tuple[str, float, float, float, str], float | None],
    ) -> ResolvedRisk:
        accept, fmr, predicted, least = given
        threshold = None if accept is None else Threshold(accept, fmr)
        return cls(threshold, PredictedRisk._of(predicted), least)


@dataclass(frozen=True)
class Evidence:
    """What a calibration was made of."""

    data: str
    data_sha256: str
    date: str
    num_identities: int
    num_images: int
    num_excluded_pairs: int


@dataclass(frozen=True)
class ObservedRates:
    """A rate at each threshold, its 95 % interval, and how many independent trials say as much."""

    value: Rates
    low: Rates
    high: Rates
    effective_trials: Rates


@dataclass(frozen=True)
class CalibrationCurve:
    """What was observed of subjects with so many references and transactions of so many probes.

    ``fpir`` is of ``num_subjects`` subjects; ``fnmr`` of one probe, ``None`` where nobody has
    enough images; ``num_identity_pairs`` reached each threshold.
    """

    references_per_subject: int
    num_probes: int
    num_probe_identities: int
    num_subjects: float
    thresholds: numpy.typing.NDArray[numpy.float32]
    num_identity_pairs: numpy.typing.NDArray[numpy.uint64]
    is_supported: numpy.typing.NDArray[numpy.bool_]
    fmr: ObservedRates
    fpir: ObservedRates
    fnmr: ObservedRates | None


class Calibration:
    """Error rates of a model by threshold (docs/calibration.md). Immutable.

    Identities weigh the same, however many images they have. Strangers differ, so that FPIR is not
    1 - (1 - FMR)^n.
    """

    def __init__(self, _native: _core.Calibration) -> None:
        if not isinstance(_native, _core.Calibration):
            raise refusal("a calibration", "made by estimate, load, parse or shipped", _native)
        self._native = _native

    @classmethod
    def estimate(
        cls,
        embeddings: numpy.typing.ArrayLike,
        identities: numpy.typing.ArrayLike,
        model: str,
        *,
        data: str,
        excluded: Iterable[tuple[str, str]] = (),
        most_references: int = 3,
        most_probes: int = 3,
        progress: Callable[[int], None] = lambda num_rows: None,
    ) -> Calibration:
        """Of images of many people: each compared with each.

        Shape: embeddings [images, dim] floats, identities [images]. ``data`` says which they are
        and how they were taken. ``excluded`` are pairs of identities that were adjudicated as
        labelled wrongly: they count as not compared. ``progress`` hears of rows, twice each.
        Errors: invalid_argument. Cost: two products of all rows with all.
        """
        from morgiana.evaluation.comparisons import compare_all

        rows = numpy.asarray(embeddings)
        found = compare_all(rows, identities, progress)
        return cls.of_comparisons(
            found, Model(model, int(rows.shape[1])), digest_of(rows, identities), data, excluded,
            most_references, most_probes,
        )  # fmt: skip

    @classmethod
    def of_comparisons(
        cls,
        found: object,
        model: Model,
        data_sha256: str,
        data: str,
        excluded: Iterable[tuple[str, str]] = (),
        most_references: int = 3,
        most_probes: int = 3,
        thresholds: numpy.typing.ArrayLike | None = None,
    ) -> Calibration:
        """Of what ``morgiana.evaluation.comparisons.compare_all`` found.

        ``thresholds`` ascend from its floor; without any they are 0.005 apart.
        """
        from morgiana.evaluation.comparisons import Comparisons

        if not isinstance(found, Comparisons):
            raise refusal("comparisons", "what compare_all returns", found)
        pairs = numbered_pairs(excluded, {name: number for number, name in enumerate(found.names)})
        evidence: dict[str, str | int] = {
            "data": text("data", data),
            "data_sha256": text("data_sha256", data_sha256),
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "num_identities": len(found.names),
            "num_images": len(found.identity_of),
            "num_excluded_pairs": len(pairs),
        }
        return cls(
            _core.Calibration.estimate(
                model.name,
                model.dim,
                evidence,
                found.identity_of,
                found.mated.arrays,
                found.non_mated.arrays,
                found.floor,
                pairs,
                numpy.asarray(() if thresholds is None else thresholds, numpy.float32),
                few("most_references", most_references),
                few("most_probes", most_probes),
            )
        )

    @classmethod
    def parse(cls, json: str, source: str = "the calibration") -> Calibration:
        """Of a text that ``to_json`` wrote.

        Errors: TypeError; bad_calibration, which names ``source``, line and field;
        unsupported_format.
        """
        return cls(_core.Calibration.parse(text("json", json), text("source", source)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Calibration:
        """Errors: TypeError; not_found; storage_failed; otherwise as parse."""
        return cls(_core.Calibration.load(file_name("path", path)))

    @classmethod
    def shipped(cls, name: str) -> Calibration:
        """One that comes with the package: ``"sface-2021dec"``. Errors: not_found."""
        known = shipped_names()
        if name not in known:
            raise Error("not_found", f"no calibration {name!r} is shipped; there is {', '.join(known)}")
        files = importlib.resources.files("morgiana") / "calibrations"
        return cls.parse((files / f"{name}.json").read_text("utf-8"), name)

    def to_json(self) -> str:
        return self._native.to_json()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of ``to_json``, in hexadecimal digits: what a receipt names it by."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def model(self) -> Model:
        return Model(*self._native.model)

    @property
    def evidence(self) -> Evidence:
        return Evidence(*self._native.evidence())

    @property
    def curves(self) -> tuple[CalibrationCurve, ...]:
        """One for each number of references a subject and of probes a transaction."""
        curves = []
        for table in self._native.tables():
            missed = table["fnmr"]
            curves.append(
                CalibrationCurve(
                    table["references_per_subject"],
                    table["num_probes"],
                    table["num_probe_identities"],
                    table["num_subjects"],
                    table["thresholds"],
                    table["num_identity_pairs"],
                    table["is_supported"],
                    ObservedRates(**table["fmr"]),
                    ObservedRates(**table["fpir"]),
                    None if missed is None else ObservedRates(**missed),
                )
            )
        return tuple(curves)

    def risk(
        self,
        threshold: Threshold | float,
        *,
        num_subjects: int,
        num_references: int | None = None,
        num_probes: int = 1,
    ) -> PredictedRisk:
        """FPIR of a threshold for so many subjects, with one reference each unless said otherwise.

        Errors: invalid_argument.
        """
        at_least = Threshold.of(threshold).at_least
        return PredictedRisk._of(
            self._native.risk(at_least, *_population(num_subjects, num_references, num_probes))
        )

    def threshold_for(
        self,
        fpir: float,
        *,
        num_subjects: int,
        num_references: int | None = None,
        num_probes: int = 1,
    ) -> ResolvedRisk:
        """The least threshold whose FPIR stays below this, by the upper end of its interval.

        Errors: invalid_argument.
        """
        return ResolvedRisk._of(
            self._native.threshold_for(
                real_number("fpir", fpir), *_population(num_subjects, num_references, num_probes)
            )
        )

    @staticmethod
    def _native_of(given: Calibration | None) -> _core.Calibration | None:
        if given is not None and not isinstance(given, Calibration):
            raise refusal("calibration", "a morgiana.Calibration or None", given)
        return None if given is None else given._native

    def __repr__(self) -> str:
        evidence = self.evidence
        size = f"{evidence.num_identities} identities, {evidence.num_images} images"
        return f"<Calibration of {self.model.name}: {size}>"


def shipped_names() -> tuple[str, ...]:
    files = importlib.resources.files("morgiana") / "calibrations"
    return tuple(
        sorted(file.name.removesuffix(".json") for file in files.iterdir() if file.name.endswith(".json"))
    )


def digest_of(embeddings: numpy.typing.ArrayLike, identities: numpy.typing.ArrayLike) -> str:
    """SHA-256 of the rows, as they lie, and of whose they are."""
    digest = hashlib.sha256(numpy.ascontiguousarray(embeddings).tobytes())
    digest.update("\n".join(map(str, numpy.asarray(identities).tolist())).encode())
    return digest.hexdigest()


def numbered_pairs(excluded: Iterable[tuple[str, str]], numbers: dict[str, int]) -> list[tuple[int, int]]:
    """Pairs of identities, each once. Errors: invalid_argument."""
    distinct = set()
    for pair in excluded:
        if isinstance(pair, str) or len(pair) != 2:
            raise refusal("excluded", "pairs of identities", pair)
        one, other = pair
        if one not in numbers or other not in numbers:
            missing = one if one not in numbers else other
            raise Error("invalid_argument", f"the excluded identity {missing!r} is none of those compared")
        if one == other:
            raise Error("invalid_argument", f"{one!r} is excluded from itself; a pair is of two")
        distinct.add((min(numbers[one], numbers[other]), max(numbers[one], numbers[other])))
    return sorted(distinct)


def _population(num_subjects: int, num_references: int | None, num_probes: int) -> tuple[int, int, int]:
    subjects = whole_number("num_subjects", num_subjects)
    references = subjects if num_references is None else whole_number("num_references", num_references)
    probes = whole_number("num_probes", num_probes)
    for name, number in (("num_subjects", subjects), ("num_references", references), ("num_probes", probes)):
        if not 1 <= number < 2**32:
            raise Error("invalid_argument", f"{name} is from 1 to 2^32 - 1, got {number}")
    return subjects, references, probes


def few(name: str, given: int) -> int:
    number = whole_number(name, given)
    if not 1 <= number <= 10:
        raise Error("invalid_argument", f"{name} is from 1 to 10, got {number}")
    return number
