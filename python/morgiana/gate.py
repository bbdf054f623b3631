"""From a frame to an open door, or one that stays shut and says why."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

from morgiana import _core
from morgiana.arguments import real_number, refusal, text
from morgiana.calibration import Calibration
from morgiana.context import Context, Direction, Passage, SubjectFacts
from morgiana.decision import Decision, Outcome, decide, subject_in_question
from morgiana.errors import Error
from morgiana.passages import PassageStore
from morgiana.policy import PolicyFile
from morgiana.receipt_log import ReceiptLog

if TYPE_CHECKING:
    from morgiana.gallery import Gallery
    from morgiana.vision import Face, Frame, Pipeline


class Answer(StrEnum):
    """What a gate does. ``granted``: the door may open. ``denied``: it stays shut. ``blocked``: it stays
    shut as something is not known or has failed; somebody has to look. ``nobody``: no face is near."""

    GRANTED = "granted"
    DENIED = "denied"
    BLOCKED = "blocked"
    NOBODY = "nobody"

    def __bool__(self) -> NoReturn:
        raise TypeError('an Answer is neither true nor false; ask whether it is "granted"')


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The answer to one frame. ``reason`` is the decision's, ``no_face``, ``face_too_small``, or the code of
    ``error``. ``passage`` is set with granted only; ``receipt`` with every decision that was signed."""

    answer: Answer
    reason: str
    decision: Decision | None = None
    passage: Passage | None = None
    receipt: str | None = None
    error: Exception | None = None

    @property
    def subject(self) -> str | None:
        """Set with granted only."""
        if self.answer is not Answer.GRANTED or self.decision is None:
            return None
        return self.decision.subject

    def __str__(self) -> str:
        said = f"{self.answer:8} {self.reason}"
        if self.error is not None:
            return f"{said}: {getattr(self.error, 'message', None) or self.error}"
        return f"{said} {self.subject}" if self.subject else said

    def __bool__(self) -> NoReturn:
        raise TypeError('an Admission is neither true nor false; ask .answer == "granted"')


class Gate:
    """One camera in front of one door. ``admit`` is the only call that the door needs.

    The nearest face, identified in the gallery, is held to the policy with the passages of whom it would
    let in; what is granted is recorded, what is decided is signed, and both are durable when ``admit``
    returns. Whatever fails meanwhile, the answer is ``blocked``. docs/gates.md says what a crash loses.

    A transaction begins with the first face after nobody was near or somebody was granted, and each face is
    an attempt of it: ``max_attempts`` of the policy bounds how often a stranger may try.

    ``terminal`` is that of the log's signer; no other process is that terminal, which the log's lock sees
    to. ``area`` is what it opens. A face with less than ``least_inter_eye_px`` between the eyes is
    somebody in the background. Local hours are those of ``zone``. ``clock`` is Unix time. A policy by a risk
    needs a ``calibration``; receipts name its digest.
    Threads: one frame after the other.
    """

    def __init__(
        self,
        gallery: Gallery,
        policy: PolicyFile,
        passages: PassageStore,
        log: ReceiptLog,
        faces: Pipeline,
        *,
        terminal: str,
        area: str,
        relying_party: str,
        zone: ZoneInfo,
        least_inter_eye_px: float = 30.0,
        timeout_ms: float = 5000.0,
        calibration: Calibration | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Takes out what the terminal left pending when it was killed. Errors: those of ``passages``."""
        if not isinstance(policy, PolicyFile):
            raise refusal("policy", "a morgiana.PolicyFile", policy)
        if policy.policy.risk is not None and calibration is None:
            raise Error("invalid_argument", f"the policy {policy.name} is by a risk, which needs a calibration")
        if policy.policy.risk is not None and policy.policy.rules.max_attempts is None:
            raise Error(
                "invalid_argument",
                f"the policy {policy.name} is by a risk of so many probes, and has no max_attempts: a gate would"
                " ask without end",
            )
        if not 1 <= len(area.encode()) <= 256:
            raise Error("invalid_argument", "an area is named by 1 to 256 bytes")
        least_px = real_number("least_inter_eye_px", least_inter_eye_px)
        if not 0 <= least_px < math.inf:
            raise Error("invalid_argument", f"least_inter_eye_px is a number from 0 on, got {least_px}")
        self._gallery, self._policy, self._calibration = gallery, policy, calibration
        self._passages, self._log, self._faces = passages, log, faces
        self._terminal, self._area = text("terminal", terminal), text("area", area)
        self._relying_party, self._zone = text("relying_party", relying_party), zone
        self._least_inter_eye_px, self._timeout_ms = least_px, timeout_ms
        self._clock = clock
        self._num_attempts, self._begun_at_s = 0, 0
        self.num_withdrawn = passages.withdraw_pending(terminal)

    def admit(self, frame: Frame, direction: Direction | str) -> Admission:
        """Decides on the nearest face of a frame. Never raises what a door could meet: an error is in the
        answer, which is then ``blocked``."""
        try:
            face = self._nearest(frame)
            if isinstance(face, Admission):
                self._num_attempts = 0
                return face
            self._begun_at_s = self._begun_at_s if self._num_attempts else int(self._clock())
            self._num_attempts += 1
            admission = self._decided(face, frame, Direction.of(direction))
            if admission.answer is Answer.GRANTED:
                self._num_attempts = 0
            return admission
        except Exception as error:  # of any kind: camera, network, disk; the door must outlive it, shut
            code = getattr(error, "code", type(error).__name__)
            bare = error.with_traceback(None)  # which holds the frame and the face
            return Admission(answer=Answer.BLOCKED, reason=str(code), error=bare)

    def _nearest(self, frame: Frame) -> Face | Admission:
        try:
            face = self._faces.largest(frame.pixels)
        except Error as error:
            if error.code != "no_face":
                raise
            return Admission(answer=Answer.NOBODY, reason="no_face")
        if face.quality.inter_eye_px < self._least_inter_eye_px:
            return Admission(answer=Answer.NOBODY, reason="face_too_small")
        return face

    def _decided(self, face: Face, frame: Frame, direction: Direction) -> Admission:
        policy = self._policy.policy
        found = self._gallery.identify(
            face.embedding, threshold=policy.accept, risk=policy.risk, margin=policy.margin,
            assurance=policy.assurance, caller=self._terminal, timeout_ms=self._timeout_ms,
            calibration=None if policy.risk is None else self._calibration,
        )[0]  # fmt: skip
        number: int | None = None
        try:
            # Two gates that saw one person at once decide one after the other.
            with self._passages.exclusively():
                now_s = int(self._clock())
                decision = decide(found, policy, self._context(found, frame, direction, now_s))
                passage = None
                if decision.outcome is Outcome.GRANTED and decision.subject is not None:
                    passage = Passage(now_s, self._area, direction)
                    number = self._passages.record(decision.subject, passage, terminal=self._terminal)
            receipt = self._log.sign(
                decision, relying_party=self._relying_party, policy_sha256=self._policy.digest,
                calibration=self._calibration.digest if decision.resolved and self._calibration else None,
            )  # fmt: skip
            if number is not None:
                self._passages.settle(number)
            return Admission(
                answer=_ANSWERS[decision.outcome], reason=str(decision.reason), decision=decision,
                passage=passage, receipt=receipt,
            )  # fmt: skip
        except BaseException:  # the door stays shut, so there was no passage
            if number is not None:
                self._withdraw(number)
            raise

    def _withdraw(self, number: int) -> None:
        """What fails here is why the door stays shut already: the first error is the one to tell, and a
        pending passage is taken out when the terminal is opened again."""
        with suppress(Error):
            self._passages.withdraw(number)

    def _context(
        self, found: _core.Identification, frame: Frame, direction: Direction, now_s: int
    ) -> Context:
        offset = datetime.fromtimestamp(now_s, self._zone).utcoffset()
        if offset is None:
            raise Error("invalid_argument", f"{self._zone} has no offset from UTC")
        subject = subject_in_question(found, self._policy.policy)
        return Context(
            now_s=now_s,
            utc_offset_s=int(offset.total_seconds()),
            area=self._area,
            direction=direction,
            attempt=self._num_attempts,
            begun_at_s=self._begun_at_s,
            captured_at_s=int(frame.captured_at_s),
            facts=None if subject is None else self._facts(subject),
        )

    def _facts(self, subject: str) -> SubjectFacts:
        enrolled = self._gallery.enrolled(subject)
        last = self._passages.last(subject, self._area)
        cohorts = None if enrolled is None else enrolled.cohorts
        return SubjectFacts(subject, cohorts, last, never_passed=last is None)


_ANSWERS = {
    Outcome.GRANTED: Answer.GRANTED,
    Outcome.DENIED: Answer.DENIED,
    Outcome.STEP_UP: Answer.BLOCKED,
    Outcome.NOT_DETERMINED: Answer.BLOCKED,
}
