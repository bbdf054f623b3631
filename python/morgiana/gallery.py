"""Enrolled subjects of one model: durable and sealed on disk, searchable in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import numpy
import numpy.typing

from morgiana import _core
from morgiana.errors import Error
from morgiana.keys import KeySource
from morgiana.types import Model, Threshold

Embeddings = numpy.typing.NDArray[numpy.float32]


@dataclass(frozen=True)
class Removal:
    """Revocation is immediate; erasure of the sealed bytes may have to wait for a reader."""

    num_removed: int
    erasure: Literal["done", "pending"]


@dataclass(frozen=True)
class Stats:
    """``index_bytes`` are in memory, ``file_bytes`` on disk; ``tier`` is the instruction tier."""

    model: Model
    num_subjects: int
    num_references: int
    num_pending_erasures: int
    index_bytes: int
    file_bytes: int
    tier: str


class Gallery:
    """Made by ``create`` or ``open``; one handle at a time has a gallery open.

    Threads: ``identify``, ``verify``, ``in`` and ``stats`` from many threads at once; ``enrol``
    and ``remove`` take turns. The GIL is released while the library works.
    Arrays: float32, C-contiguous, [n, dim] or one embedding [dim]; never converted.
    Errors of every verb: closed; storage_full; storage_failed; not_authentic; crypto_failed.
    """

    def __init__(self, native: _core.Gallery, path: str) -> None:
        self._native = native
        self._path = path

    @classmethod
    def create(cls, path: str | os.PathLike[str], *, model: Model, key: KeySource) -> Self:
        """Errors: already_exists (nothing is overwritten); invalid_argument; bad_key_file; locked."""
        native = _core.Gallery.create(
            os.fsencode(path), model.name, model.dim, os.fsencode(key.path)
        )
        return cls(native, os.fspath(path))

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, key: KeySource) -> Self:
        """Errors: not_found; not_a_gallery; unsupported_format; wrong_key; bad_key_file; locked."""
        return cls(_core.Gallery.open(os.fsencode(path), os.fsencode(key.path)), os.fspath(path))

    @property
    def path(self) -> str:
        return self._path

    @property
    def model(self) -> Model:
        return Model(*self._native.model)

    def enrol(self, ids: str | Iterable[str], embeddings: Embeddings) -> None:
        """Enrols new subjects, all or none; durable, and found by every later search.

        One id for each row, equal ids are several references of one subject; or one str for all
        rows. Errors: duplicate_subject; dim_mismatch; not_finite and zero_norm, naming the row;
        invalid_argument.
        """
        self._native.enrol(ids, embeddings)

    def identify(
        self,
        probes: Embeddings,
        *,
        threshold: Threshold | float,
        margin: float = 0.0,
        max_candidates: int = 10,
        include_scores: bool = False,
    ) -> _core.Identifications:
        """For each probe every subject that reaches the threshold, best first, ties by id. Exact.

        Scores can rebuild a template: ``include_scores`` is for calibration and audit.
        Errors: dim_mismatch; not_finite and zero_norm, naming the row; invalid_argument.
        """
        accept = Threshold.of(threshold)
        return self._native.identify(
            probes, accept.at_least, accept.fmr, margin, max_candidates, include_scores
        )

    def verify(
        self,
        claimed: str,
        probe: Embeddings,
        *,
        threshold: Threshold | float,
        include_scores: bool = False,
    ) -> _core.Verification:
        """Compares one probe with the references of one claimed subject.

        Errors: unknown_subject; dim_mismatch; not_finite; zero_norm; invalid_argument.
        """
        accept = Threshold.of(threshold)
        return self._native.verify(claimed, probe, accept.at_least, accept.fmr, include_scores)

    def remove(self, ids: str | Iterable[str]) -> Removal:
        """Revokes subjects, all or none; no search that starts afterwards can return them.

        Errors: unknown_subject; invalid_argument.
        """
        num_removed, is_erased = self._native.remove(ids)
        return Removal(num_removed, "done" if is_erased else "pending")

    def stats(self) -> Stats:
        return Stats(model=self.model, **self._native.counts())

    def close(self) -> None:
        """Releases files, keys and memory; idempotent. Waits for running calls."""
        self._native.close()

    def __len__(self) -> int:
        """How many subjects are enrolled."""
        return self._native.counts()["num_subjects"]

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
