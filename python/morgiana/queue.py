"""Single requests from many threads, answered in batches."""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial
from typing import Literal, Self

import numpy

from morgiana._core import Identification
from morgiana.arguments import real_number, refusal, several, whole_number
from morgiana.batch_worker import BatchWorker, Request, Search, too_late
from morgiana.calibration import Calibration
from morgiana.errors import Error
from morgiana.gallery import Embeddings, Gallery
from morgiana.types import Assurance, Risk, Threshold


class BatchQueue:
    """Collects what many threads ask and searches once for all, which is cheaper for each.

    A batch starts when ``max_batch`` probes wait or the first has waited ``max_wait_ms``; while one
    is searched the next gathers. A probe answers as it would alone.
    Threads: every method from many threads at once. One thread is started; it ends with ``close``,
    with the queue, or with the interpreter, once what was waiting has its answer.
    Errors of every verb: those of ``Gallery.identify``; closed; limit_reached (``max_waiting``).
    """

    def __init__(
        self,
        gallery: Gallery,
        *,
        threshold: Threshold | float | None = None,
        margin: float = 0.0,
        max_batch: int = 256,
        max_wait_ms: float = 2.0,
        max_waiting: int = 4096,
        max_candidates: int = 10,
        include_scores: bool = False,
        assurance: Assurance | Literal["proven", "probable"] = "proven",
        miss_probability: float | None = None,
        cohorts: int | None = None,
        exclude: Iterable[str] = (),
        caller: str = "",
        max_threads: int = 1,
        risk: Risk | float | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """The gallery stays the caller's, to be closed after the queue.

        ``max_wait_ms`` is what a lone request pays; where at most n threads ask, each for one
        probe, ``max_batch=n`` makes a full batch wait no longer. ``caller`` is that of all who ask:
        they share its ``RefusalBudget``, so make a queue for each tag. The rest as in
        ``Gallery.identify``. Errors: TypeError; invalid_argument; closed.
        """
        if not isinstance(gallery, Gallery):
            raise refusal("gallery", "a morgiana.Gallery", gallery)
        self._dim = gallery.model.dim
        self._identify: Search = partial(
            gallery.identify,
            threshold=threshold,
            margin=margin,
            max_candidates=max_candidates,
            include_scores=include_scores,
            assurance=assurance,
            miss_probability=miss_probability,
            cohorts=cohorts,
            exclude=tuple(several("exclude", exclude)),
            caller=caller,
            max_threads=max_threads,
            risk=risk,
            calibration=calibration,
        )
        # A search for nobody refuses bad options here, not in every request.
        self._identify(numpy.empty((0, self._dim), numpy.float32))
        max_wait = _milliseconds("max_wait_ms", max_wait_ms) / 1e3
        sizes = _positive("max_batch", max_batch), _positive("max_waiting", max_waiting)
        self._worker = BatchWorker(self._identify, max_wait, *sizes)
        # Knows the worker alone, so a queue that is dropped is collected; runs at exit as well.
        weakref.finalize(self, self._worker.close)

    def identify(self, probe: Embeddings, timeout_ms: float | None = None) -> Identification:
        """Waits for the answer to one probe [dim]. Errors: as of ``submit`` and its future.

        With a timeout it waits no longer, whatever others have asked for.
        """
        future = self.submit(probe, timeout_ms)
        try:
            return future.result(None if timeout_ms is None else timeout_ms / 1e3)
        except TimeoutError:
            raise too_late() from None
        finally:
            future.cancel()  # nobody waits any more

    def submit(
        self, probe: Embeddings, timeout_ms: float | None = None
    ) -> Future[Identification]:
        """Asks for one probe [dim], which is copied; the future has its answer or its error.

        A bad probe is refused here, as ``Gallery.identify`` would refuse it. ``timeout_ms`` from
        now: what has not been answered by then is deadline_exceeded, and not searched where its
        batch has not started; one below ``max_wait_ms`` can only be met by a batch that fills.
        Cancelling takes back a request whose batch has not started. Callbacks of futures run in the
        thread that all wait for: keep them short.
        """
        arrived = time.monotonic()
        wait = math.inf
        if timeout_ms is not None:
            wait = _milliseconds("timeout_ms", timeout_ms) / 1e3
        request = Request(self._copied(probe), arrived, arrived + wait, Future())
        self._worker.put(request)
        return request.future

    def close(self) -> None:
        """Answers what is waiting and refuses what comes; idempotent. The gallery stays open."""
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _copied(self, probe: Embeddings) -> Embeddings:
        is_usual = type(probe) is numpy.ndarray and probe.dtype == numpy.float32
        if is_usual and probe.shape == (self._dim,) and probe.flags.c_contiguous:
            copy = probe.copy()
            if probe.flags.aligned and numpy.isfinite(copy).all() and copy.any():
                return copy
        try:
            self._identify(probe, timeout_ms=0)  # the gallery says what is wrong, before it looks
        except Error as error:
            if error.code != "deadline_exceeded":
                raise
        if probe.ndim != 1:
            raise Error(
                "invalid_argument", f"a request has one probe [{self._dim}], got rows: ask for each"
            )
        return numpy.array(probe)


def _positive(name: str, given: int) -> int:
    number = whole_number(name, given)
    if number < 1:
        raise Error("invalid_argument", f"{name} is at least 1, got {number}")
    return number


def _milliseconds(name: str, given: float) -> float:
    """The limits of ``timeout_ms`` in every verb."""
    number = real_number(name, given)
    if not 0 <= number <= 1e12:
        raise Error("invalid_argument", f"{name} is from 0 to 1e12, got {number}")
    return number
