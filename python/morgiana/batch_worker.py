"""The thread behind a ``BatchQueue``."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import numpy
import numpy.typing

from morgiana._core import Identification, Identifications
from morgiana.errors import Error

Search = Callable[..., Identifications]


@dataclass(frozen=True, eq=False)
class Request:
    probe: numpy.typing.NDArray[numpy.float32]
    arrived: float  # seconds of the monotonic clock
    deadline: float  # the same; infinite where there is none
    future: Future[Identification]


class BatchWorker:
    """The requests that wait, and the thread that takes and answers them."""

    def __init__(
        self, identify: Search, max_wait: float, max_batch: int, max_waiting: int
    ) -> None:
        self._identify, self._max_wait = identify, max_wait
        self._max_batch, self._max_waiting = max_batch, max_waiting
        self._waiting: deque[Request] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        # The interpreter waits for other threads before it closes queues, and would for ever.
        self._thread = threading.Thread(target=self._run, name="morgiana.BatchQueue", daemon=True)
        self._thread.start()

    def put(self, request: Request) -> None:
        with self._changed:
            if self._is_closed:
                raise Error("closed", "the batch queue is closed")
            if len(self._waiting) >= self._max_waiting:
                raise Error("limit_reached", f"{self._max_waiting} requests wait, no more may")
            self._waiting.append(request)
            if len(self._waiting) == 1 or len(self._waiting) >= self._max_batch:
                self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:  # in a callback it is
            self._thread.join()

    def _run(self) -> None:
        while self._answer(self._next_batch()):
            pass  # the batch has no name here, which would keep its probes until the next

    def _next_batch(self) -> list[Request]:
        """Empty at the end alone."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if self._waiting:
                left = self._waiting[0].arrived + self._max_wait - time.monotonic()
                self._changed.wait_for(self._is_due, max(left, 0.0))
            size = min(len(self._waiting), self._max_batch)
            return [self._waiting.popleft() for _ in range(size)]

    def _is_due(self) -> bool:
        return self._is_closed or len(self._waiting) >= self._max_batch

    def _answer(self, batch: list[Request]) -> bool:
        live = [request for request in batch if request.future.set_running_or_notify_cancel()]
        now = time.monotonic()
        for request in live:
            if request.deadline <= now:
                request.future.set_exception(too_late())
        in_time = [request for request in live if request.deadline > now]
        if in_time:
            self._search(in_time)
        return bool(batch)

    def _search(self, requests: list[Request]) -> None:
        left = max(request.deadline for request in requests) - time.monotonic()
        timeout_ms = None if left == math.inf else max(left, 0.0) * 1e3
        answers: list[Identification] = []
        try:
            probes = numpy.stack([request.probe for request in requests])
            answers = list(self._identify(probes, timeout_ms=timeout_ms))
        except Exception as error:
            if len(requests) == 1:  # the error's frames would keep the probe
                return requests[0].future.set_exception(error.with_traceback(None))
        for request in requests[len(answers) :]:  # all or none: what fails one may not fail others
            self._search([request])
        for request, answer in zip(requests, answers, strict=False):
            if request.deadline <= time.monotonic():
                request.future.set_exception(too_late())
            else:
                request.future.set_result(answer)


def too_late() -> Error:
    return Error("deadline_exceeded", "the timeout of the request passed before its answer")
