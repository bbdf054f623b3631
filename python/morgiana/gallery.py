"""Enrolled subjects of one model: durable and sealed on disk, searchable in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Literal, Self

import numpy
import numpy.typing

from morgiana import _core
from morgiana.anchor import Anchor, native_anchor
from morgiana.arguments import (
    enrol_checks,
    file_name,
    flag,
    is_batched,
    memory_of,
    real_number,
    refusal,
    several,
    text,
    threads,
    whole_number,
)
from morgiana.calibration import Calibration
from morgiana.contents import EnrolledSubject, Stats
from morgiana.erasure import Removal
from morgiana.errors import Error
from morgiana.keys import KeySource, native_key
from morgiana.policy import Policy
from morgiana.progress import Tell, telling
from morgiana.refusals import RefusalBudget, native_budget
from morgiana.types import Assurance, Model, Risk, Threshold
from morgiana.upkeep import Upkeep

Embeddings = numpy.typing.NDArray[numpy.float32]
Path = str | os.PathLike[str]
References = Literal["sealed", "resident"]
Sync = Literal["commit", "batched"]
Masks = int | Iterable[int]

_PAGE = 1000


class Gallery(Upkeep):
    """Made by ``create``, ``open`` or ``follow``; one handle at a time has a gallery open, but for
    those that follow.

    Threads: ``identify``, ``verify``, ``in`` and ``stats`` from many threads at once; ``enrol``,
    ``update`` and ``remove`` from many threads are committed together; ``compact`` takes turns
    with them. The GIL is released while the library works.
    Fork: a handle is closed in the child process. One that was forked while a gallery was open cannot
    open any: spawn it, or fork before.
    Arrays: float32, C-contiguous, aligned, [n, dim] or one embedding [dim]; never converted.
    Errors of every verb: closed; storage_full; storage_failed; not_authentic; crypto_failed; and
    TypeError, naming the argument, for an object of another type. An array of another dtype, shape
    or layout is invalid_argument, of another dimension dim_mismatch.
    """

    def __init__(self, native: _core.Gallery, path: str) -> None:
        if not isinstance(native, _core.Gallery):
            raise TypeError("a Gallery is made by Gallery.create, Gallery.open or Gallery.follow")
        self._native = native
        self._path = path

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        model: Model,
        key: KeySource,
        references: References = "sealed",
        residual_codes: bool = True,
        sync: Sync = "commit",
        anchor: Anchor | None = None,
        refusals: RefusalBudget | None = RefusalBudget(),
    ) -> Self:
        """``references``, ``residual_codes``, ``sync`` and ``refusals`` as in ``open``; ``anchor``,
        which holds nothing yet, from now on.

        Errors: already_exists (nothing is overwritten, of an anchor neither); not_found (folder or
        key file); invalid_argument; bad_key_file; locked; anchor_failed.
        """
        if not isinstance(model, Model):
            raise refusal("model", "a morgiana.Model", model, "Model(name, dim)")
        memory = memory_of(references, residual_codes)
        file = file_name("path", path)
        native = _core.Gallery.create(
            file,
            model.name,
            model.dim,
            native_key(key),
            *memory,
            is_batched(sync),
            native_anchor(anchor),
            native_budget(refusals),
        )
        return cls(native, os.fsdecode(file))

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        key: KeySource,
        references: References = "sealed",
        residual_codes: bool = True,
        sync: Sync = "commit",
        max_threads: int = 1,
        anchor: Anchor | None = None,
        refusals: RefusalBudget | None = RefusalBudget(),
    ) -> Self:
        """``references="resident"`` keeps them in memory as well, in plain float32: faster, and
        readable for who can read memory. Without ``residual_codes`` an open gallery takes half the
        memory, and opens more sealed references in a search. With ``sync="batched"`` an enrolment
        is on disk at the next ``remove``, ``update``, ``flush`` or ``close``: a crash of the
        machine, not of the process, may lose what was enrolled since, never a part of it.
        References are decrypted and encoded on ``max_threads``. The gallery must descend from what
        ``anchor`` holds, which each change then moves: it returns when both are durable.
        ``refusals`` bounds what answers give away of a subject in a day; None counts nothing.

        Errors: not_found; not_a_gallery; unsupported_format; wrong_key; bad_key_file; locked;
        invalid_argument; those of the anchor.
        """
        memory = memory_of(references, residual_codes)
        file = file_name("path", path)
        native = _core.Gallery.open(
            file,
            native_key(key),
            *memory,
            is_batched(sync),
            threads(max_threads),
            native_anchor(anchor),
            native_budget(refusals),
        )
        return cls(native, os.fsdecode(file))

    @classmethod
    def follow(
        cls,
        path: Path,
        *,
        key: KeySource,
        references: References = "sealed",
        residual_codes: bool = True,
        max_threads: int = 1,
        anchor: Anchor | None = None,
        refusals: RefusalBudget | None = RefusalBudget(),
    ) -> Self:
        """Reads beside the process that has the gallery open, and follows it.

        Every ``identify``, ``verify``, ``in``, ``stats`` and page of ``subjects`` first takes over
        what was committed there: none that starts after ``remove`` has returned in that process
        can return the subject. Needs to read the files and to write to their folder. ``anchor`` is
        held against the gallery now, and not moved. ``refusals`` counts together with all others.
        Errors: as ``open``, without locked; read_only of the verbs that change a gallery; replaced
        and not_found of every verb, where the file was exchanged or taken away.
        """
        memory = memory_of(references, residual_codes)
        file = file_name("path", path)
        native = _core.Gallery.follow(
            file,
            native_key(key),
            *memory,
            threads(max_threads),
            native_anchor(anchor),
            native_budget(refusals),
        )
        return cls(native, os.fsdecode(file))

    @property
    def path(self) -> str:
        """As it was given."""
        return self._path

    @property
    def model(self) -> Model:
        """Whose embeddings are enrolled; of any other, none is compared."""
        return Model(*self._native.model)

    @property
    def id(self) -> str:
        """UUID of this gallery, whatever its path; its receipts and backups have it, too."""
        return self._native.id

    def enrol(
        self,
        ids: str | Iterable[str],
        embeddings: Embeddings,
        cohorts: Masks | None = None,
        *,
        max_threads: int = 1,
        progress: bool | Tell = False,
        duplicate_threshold: float | None = None,
        hub_threshold: float | None = None,
        max_hub_matches: int = 10,
    ) -> None:
        """Enrols new subjects, all or none; durable (``sync``), and found by every later search.

        One id for each row in their order, equal ids are several references of one subject; or one
        str for all rows. ``cohorts`` are the groups a subject belongs to, a bit each: one mask for
        all rows or one for each, the same for equal ids; None is all 64. References are sealed and
        encoded on ``max_threads``. ``progress=True`` shows a bar (the extra ``progress``); a
        callable is told (num_done, num_all), in subjects, every few hundred, on a thread that
        enrols. It may search the gallery; ``subjects`` and changes are refused. What it
        raises ends the enrolment, as does what a signal handler raises: nobody is enrolled.

        With ``duplicate_threshold``, a reference that scores so much with another subject is
        refused: the same person by two names. With ``hub_threshold``, one that scores so much with
        more than ``max_hub_matches`` other subjects: it would be found in the place of many. New
        references are compared with all that is enrolled, whatever the cohorts, and with the other
        subjects of the call: for each threshold a search of both for every reference, which other
        changes wait for.
        Errors: duplicate_subject; dim_mismatch; not_finite and zero_norm, naming the row;
        duplicate_enrolment; hub_reference; invalid_argument; limit_reached; read_only.
        """
        execution = threads(max_threads)
        checks = enrol_checks(duplicate_threshold, hub_threshold, max_hub_matches)
        with telling(progress, "enrolling", "subject") as tell:
            self._native.enrol(ids, embeddings, cohorts, execution, tell, checks)

    def update(
        self,
        ids: str | Iterable[str],
        embeddings: Embeddings,
        cohorts: Masks | None = None,
        *,
        max_threads: int = 1,
        duplicate_threshold: float | None = None,
        hub_threshold: float | None = None,
        max_hub_matches: int = 10,
    ) -> Literal["done", "pending"]:
        """Replaces cohorts and all references of subjects that are enrolled, all or none.

        Arguments as of ``enrol``. Every search finds either the old references or the new ones; the
        old ones are revoked and erased as by ``remove``, and the answer is its ``erasure``.
        Errors: unknown_subject; otherwise as ``enrol``.
        """
        checks = enrol_checks(duplicate_threshold, hub_threshold, max_hub_matches)
        is_erased = self._native.update(ids, embeddings, cohorts, threads(max_threads), checks)
        return "done" if is_erased else "pending"

    def identify(
        self,
        probes: Embeddings,
        *,
        threshold: Threshold | float | None = None,
        margin: float = 0.0,
        max_candidates: int = 10,
        include_scores: bool = False,
        assurance: Assurance | Literal["proven", "probable"] = "proven",
        miss_probability: float | None = None,
        cohorts: int | None = None,
        exclude: Iterable[str] = (),
        caller: str = "",
        max_threads: int = 1,
        timeout_ms: float | None = None,
        risk: Risk | float | None = None,
        calibration: Calibration | None = None,
    ) -> _core.Identifications:
        """For each probe every subject that reaches the threshold, best first, ties by id.

        With a ``risk`` in place of the threshold, that one follows from the ``calibration`` and who
        is compared: ``resolved`` of each answer. Where the risk is unsupported nobody is compared.
        Exact, unless ``"probable"`` allows to miss each of them with ``miss_probability``, 1e-9
        where it is not given.
        Compares the subjects that share a bit with ``cohorts``, without those in ``exclude``, each
        of whom costs about 2 µs for every 256 probes; an id that is not enrolled excludes nobody.
        Scores can rebuild a template: ``include_scores`` is for calibration and audit.
        ``caller`` says who asks, a gate or a till: subjects whose ``RefusalBudget`` is spent with it are
        no answer, ``searched.num_withheld`` of them, nor is who is not ahead of them by the margin.
        Errors: dim_mismatch; not_finite and zero_norm, naming the row; invalid_argument;
        deadline_exceeded (``timeout_ms`` from the start of the call; nothing is returned).
        """
        execution = _core.execution(
            whole_number("max_threads", max_threads),
            None if timeout_ms is None else real_number("timeout_ms", timeout_ms),
        )
        wanted = Policy(threshold, margin, Assurance.of(assurance, miss_probability), risk=risk)
        options = _core.identify_options(
            wanted._native(),
            whole_number("max_candidates", max_candidates),
            flag("include_scores", include_scores),
            cohorts,
            several("exclude", exclude),
            text("caller", caller),
            Calibration._native_of(calibration),
        )
        return self._native.identify(probes, options, execution)

    def verify(
        self,
        claimed: str,
        probe: Embeddings,
        *,
        threshold: Threshold | float | None = None,
        include_scores: bool = False,
        caller: str = "",
        risk: Risk | float | None = None,
        calibration: Calibration | None = None,
    ) -> _core.Verification:
        """Compares one probe with the references of one claimed subject, by a threshold or a risk.

        ``caller`` says who asks: ``RefusalBudget``.
        Errors: budget_spent (too many refusals today); unknown_subject; dim_mismatch; not_finite; zero_norm; invalid_argument.
        """
        options = _core.verify_options(
            Policy(threshold, risk=risk)._native(),
            flag("include_scores", include_scores),
            text("caller", caller),
            Calibration._native_of(calibration),
        )
        return self._native.verify(claimed, probe, options)

    def remove(self, ids: str | Iterable[str]) -> Removal:
        """Revokes subjects, all or none; no search that starts afterwards can return them.

        Needs a few pages of the disk: on a full one it is storage_full, and the subject stays.
        Errors: unknown_subject; invalid_argument; read_only.
        """
        num_removed, is_erased, commit = self._native.remove(ids)
        return Removal(num_removed, "done" if is_erased else "pending", commit)

    def compact(self) -> None:
        """Gives back the memory of removed references, and finishes pending erasures.

        Takes up the rotation of a renewal in another process. Searches go on.
        """
        self._native.compact()

    def flush(self) -> None:
        """Makes durable what ``sync="batched"`` has not written through yet. Errors: read_only."""
        self._native.flush()

    def subjects(self) -> Iterator[str]:
        """Ids in ascending order of their bytes, read 1,000 at a time, each page of one moment."""
        page = self._native.subjects(_PAGE, "")
        while page:
            yield from page
            page = self._native.subjects(_PAGE, page[-1])

    def enrolled(self, subject: str) -> EnrolledSubject | None:
        """Of the newest commit, authentic; None of who is not enrolled. Errors: not_authentic."""
        found = self._native.enrolled(subject)
        return None if found is None else EnrolledSubject(*found)

    def stats(self) -> Stats:
        """Counts of the newest commit. Errors: those of counting refusals."""
        return Stats(model=self.model, id=self.id, **self._native.counts())

    def close(self) -> None:
        """Releases files, keys and memory; idempotent. Waits for running calls."""
        self._native.close()

    def __len__(self) -> int:
        """How many subjects are enrolled."""
        return self._native.counts()["num_subjects"]

    def __bool__(self) -> bool:
        """An empty gallery is a gallery: ``if gallery`` must not take it for none."""
        return True

    def __contains__(self, subject: str) -> bool:
        return self._native.contains(subject)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        model = self.model
        try:
            state = f"{len(self)} subjects"
        except Error as error:
            state = error.code
        return f"<Gallery {os.path.basename(self._path)}: {state}, {model.name} {model.dim}-D>"

    def __reduce__(self) -> Any:
        raise TypeError(
            "a Gallery is a handle to an open file and cannot be pickled; pass its path"
        )
