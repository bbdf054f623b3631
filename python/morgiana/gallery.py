"""Enrolled subjects of one model: durable and sealed on disk, searchable in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import numpy
import numpy.typing

from morgiana import _core
from morgiana.anchor import Anchor, native_anchor
from morgiana.arguments import (
    choice,
    file_name,
    flag,
    real_number,
    refusal,
    several,
    text,
    whole_number,
)
from morgiana.decision import Policy
from morgiana.erasure import ErasureReceipt, KeyRotation, Purge, Removal, Renewal
from morgiana.errors import Error
from morgiana.keys import KeySource
from morgiana.progress import Tell, telling
from morgiana.refusals import RefusalBudget, native_budget
from morgiana.report import CheckReport
from morgiana.types import Assurance, Model, Threshold

Embeddings = numpy.typing.NDArray[numpy.float32]
Path = str | os.PathLike[str]
References = Literal["sealed", "resident"]
Sync = Literal["commit", "batched"]
Masks = int | Iterable[int]

_PAGE = 1000


@dataclass(frozen=True)
class Stats:
    """``num_refusals_today`` are those that a ``RefusalBudget`` counted, ``num_withheld`` the subjects
    whose budget is spent today, with one caller at least. ``index_bytes`` are in memory,
    ``file_bytes`` on disk; ``tier`` is the instruction tier."""

    model: Model
    num_subjects: int
    num_references: int
    num_pending_erasures: int
    num_refusals_today: int
    num_withheld: int
    index_bytes: int
    file_bytes: int
    tier: str


class Gallery:
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
        memory = _memory(references, residual_codes)
        file = file_name("path", path)
        native = _core.Gallery.create(
            file,
            model.name,
            model.dim,
            _native(key),
            *memory,
            _is_batched(sync),
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
        memory = _memory(references, residual_codes)
        file = file_name("path", path)
        native = _core.Gallery.open(
            file,
            _native(key),
            *memory,
            _is_batched(sync),
            _threads(max_threads),
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
        memory = _memory(references, residual_codes)
        file = file_name("path", path)
        native = _core.Gallery.follow(
            file,
            _native(key),
            *memory,
            _threads(max_threads),
            native_anchor(anchor),
            native_budget(refusals),
        )
        return cls(native, os.fsdecode(file))

    @staticmethod
    def check(
        path: Path, *, key: KeySource, max_threads: int = 1, anchor: Anchor | None = None
    ) -> CheckReport:
        """Reads and authenticates everything: structure of the file, every record, the chain of
        commits and the ledger of erasures. Beside a process that writes, too. A gallery that is older
        than ``anchor`` says is a problem, one that it cannot be held against is raised.

        What is wrong with the gallery is in ``problems``, what is wrong with the question is
        raised. Errors: not_found; not_a_gallery; unsupported_format; wrong_key; bad_key_file;
        invalid_argument.
        """
        file = file_name("path", path)
        report = _core.Gallery.check(
            file, _native(key), _threads(max_threads), native_anchor(anchor)
        )
        return CheckReport(**report)

    @property
    def path(self) -> str:
        return self._path

    @property
    def model(self) -> Model:
        return Model(*self._native.model)

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
        execution = _threads(max_threads)
        checks = _checks(duplicate_threshold, hub_threshold, max_hub_matches)
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
        checks = _checks(duplicate_threshold, hub_threshold, max_hub_matches)
        is_erased = self._native.update(ids, embeddings, cohorts, _threads(max_threads), checks)
        return "done" if is_erased else "pending"

    def identify(
        self,
        probes: Embeddings,
        *,
        threshold: Threshold | float,
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
    ) -> _core.Identifications:
        """For each probe every subject that reaches the threshold, best first, ties by id.

        Exact, unless ``"probable"`` allows to miss each of them with ``miss_probability``, 1e-9
        where it is not given.
        Compares the subjects that share a bit with ``cohorts``, without those in ``exclude``, each
        of whom costs about 2 µs for every 256 probes; an id that is not enrolled excludes nobody.
        Scores can rebuild a template: ``include_scores`` is for calibration and audit.
        ``caller`` says who asks, a gate or a till: subjects whose ``RefusalBudget`` is spent with it are
        not compared, ``searched.num_withheld`` of them.
        Errors: dim_mismatch; not_finite and zero_norm, naming the row; invalid_argument;
        deadline_exceeded (``timeout_ms`` from the start of the call; nothing is returned).
        """
        execution = _core.execution(
            whole_number("max_threads", max_threads),
            None if timeout_ms is None else real_number("timeout_ms", timeout_ms),
        )
        wanted = Policy(threshold, margin, Assurance.of(assurance, miss_probability))
        options = _core.identify_options(
            wanted._native(),
            whole_number("max_candidates", max_candidates),
            flag("include_scores", include_scores),
            cohorts,
            several("exclude", exclude),
            text("caller", caller),
        )
        return self._native.identify(probes, options, execution)

    def verify(
        self,
        claimed: str,
        probe: Embeddings,
        *,
        threshold: Threshold | float,
        include_scores: bool = False,
        caller: str = "",
    ) -> _core.Verification:
        """Compares one probe with the references of one claimed subject.

        ``caller`` says who asks: ``RefusalBudget``.
        Errors: budget_spent (too many refusals today); unknown_subject; dim_mismatch; not_finite; zero_norm; invalid_argument.
        """
        accept = Threshold.of(threshold)
        options = _core.verify_options(
            accept.at_least,
            accept.fmr,
            flag("include_scores", include_scores),
            text("caller", caller),
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

    def backup(self, path: Path, *, progress: bool | Tell = False) -> None:
        """Copies one state to a new gallery, which the same key opens; durable when it returns.

        Searches and changes go on, erasures wait for its end. A follower can make it too. To put a
        backup in the gallery's place is to bring back whom it enrolled and the gallery has revoked
        since. ``progress`` as in ``enrol``, in pages; a callable may use the gallery, but not close it.
        What is raised ends the backup, and nothing is left.
        Errors: already_exists; not_found (the folder); invalid_argument (the name).
        """
        file = file_name("path", path)
        with telling(progress, "backing up", "page") as tell:
            self._native.backup(file, tell)

    def rotate_keys(self, *, progress: bool | Tell = False) -> KeyRotation:
        """Moves all subject keys under a new wrapping key and destroys the old one.

        Searches and changes go on. From then on no copy of an older file, or of a block that a
        flash disk kept, can be opened with the keys that the gallery has; only who has an older
        keyset and what opened it can. What opens the gallery stays: ``change_key``. ``progress`` as
        in ``enrol``, in subjects; what is raised ends the rotation, which the next one goes on with.
        Errors: locked (keys are being changed, or a search or a backup reads an older state);
        wrong_key (what the gallery was opened with does not open it by now); read_only.
        Cost: some 2 µs a subject.
        """
        with telling(progress, "rotating keys", "subject") as tell:
            num_rewrapped, is_done, is_overwritten = self._native.rotate_keys(tell)
        return KeyRotation(num_rewrapped, "done" if is_done else "pending", is_overwritten)

    def purge(self, *, progress: bool | Tell = False) -> Purge:
        """Makes unreadable what was removed before, for who has the gallery's keys from then on and
        all that the disk ever held: finishes pending erasures, then rotates the keys.

        Errors: locked (a search or a backup reads an older state, and the old wrapping keys are still
        needed: purge again when it has ended); otherwise as ``rotate_keys``.
        """
        with telling(progress, "purging", "subject") as tell:
            return Purge(*self._native.purge(tell))

    def renew(self, *, max_threads: int = 1, progress: bool | Tell = False) -> Renewal:
        """Renews all keys, while searches and changes go on: a wrapping key, a key of each subject
        under which its references are sealed anew, and the rotation of the codes in memory.

        The old ones are destroyed as by ``purge``. Nobody enrols again: ids, cohorts, times and
        references stay. It renews keys, not faces. Who follows keeps codes under the old rotation
        until ``compact``, or until it follows anew. Errors: as ``purge``; limit_reached.
        """
        with telling(progress, "renewing", "subject") as tell:
            return Renewal(*self._native.renew(_threads(max_threads), tell))

    def erasure_receipt(self, commit: int) -> ErasureReceipt:
        """What became of those whom a commit took out (``Removal.commit``), signed.

        Errors: not_found (it took out nobody).
        """
        number = whole_number("commit", commit)
        if number < 1:
            raise Error("invalid_argument", f"commit {number} is none; the first is 1")
        return ErasureReceipt(*self._native.erasure_receipt(number))

    def receipt_key(self) -> str:
        """The public key of its receipts, for the life of a gallery: a JSON Web Key (RFC 8037)."""
        return self._native.receipt_key()

    @staticmethod
    def change_key(path: Path, *, key: KeySource, new_key: KeySource) -> None:
        """Puts another key, of the same kind or not, in the place of the one that opens a gallery.

        The gallery itself is not read: beside processes that have it open, too, which need the new
        one when they open it again or follow a rotation. Copies of the old keyset still open with
        the old key: where that is known to others, ``rotate_keys`` as well.
        Errors: not_found; wrong_key; locked (keys are being changed); those of the sources.
        """
        _core.Gallery.change_key(file_name("path", path), _native(key), _native(new_key, "new_key"))

    def set_anchor(self, anchor: Anchor) -> None:
        """Gives the gallery an anchor that holds nothing yet: to begin with one, or after what it
        held was lost. Others may use the gallery meanwhile.

        Until it returns no older copy is noticed: whether the gallery was the newest then is for you
        to know. Errors: already_exists (it holds something); anchor_failed; read_only.
        """
        if not isinstance(anchor, Anchor):
            raise refusal("anchor", "a morgiana.Anchor", anchor, "Anchor.file(path)")
        self._native.set_anchor(anchor._native)

    def flush(self) -> None:
        """Makes durable what ``sync="batched"`` has not written through yet. Errors: read_only."""
        self._native.flush()

    def subjects(self) -> Iterator[str]:
        """Ids in ascending order of their bytes, read 1,000 at a time, each page of one moment."""
        page = self._native.subjects(_PAGE, "")
        while page:
            yield from page
            page = self._native.subjects(_PAGE, page[-1])

    def stats(self) -> Stats:
        return Stats(model=self.model, **self._native.counts())

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


def _native(key: KeySource, name: str = "key") -> _core.KeySource:
    if not isinstance(key, KeySource):
        raise refusal(name, "a morgiana.KeySource", key, "KeySource.file(path)")
    return key._native


def _is_batched(sync: Sync) -> bool:
    return choice("sync", sync, "commit", "batched") == "batched"


def _threads(max_threads: int) -> _core.Execution:
    return _core.execution(whole_number("max_threads", max_threads), None)


def _checks(duplicate: float | None, hub: float | None, max_matches: int) -> _core.EnrolChecks:
    return _core.enrol_checks(
        None if duplicate is None else real_number("duplicate_threshold", duplicate),
        None if hub is None else real_number("hub_threshold", hub),
        whole_number("max_hub_matches", max_matches),
    )


def _memory(references: References, residual_codes: bool) -> tuple[bool, bool]:
    """Whether references are resident, and whether there are residual codes."""
    kept = choice("references", references, "sealed", "resident")
    return kept == "resident", flag("residual_codes", residual_codes)
