"""From one embedding network to another, while people pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NoReturn

from morgiana import _core
from morgiana.arguments import real_number, refusal, whole_number
from morgiana.decision import Decision, Outcome, Reason
from morgiana.erasure import Removal
from morgiana.errors import Error
from morgiana.gallery import Embeddings, Gallery
from morgiana.policy import Policy
from morgiana.types import Model, Threshold

_PAGE = 1000


class Reenrolment(StrEnum):
    """What a pass did for the newer gallery. Values are appended, never renamed.

    ``too_weak``: the older score or lead is too small for ``enrol_at`` and ``enrol_margin``.
    ``resembles_another``: the new embedding is accepted for another subject by the newer model.
    ``withheld``: subjects who were refused too often today were not compared: maybe it is one.
    ``changed``: the older gallery removed or updated the subject meanwhile.
    """

    NOBODY = "nobody"
    ENROLLED = "enrolled"
    ALREADY = "already"
    TOO_WEAK = "too_weak"
    RESEMBLES_ANOTHER = "resembles_another"
    WITHHELD = "withheld"
    CHANGED = "changed"
    FAILED = "failed"

    def __bool__(self) -> NoReturn:
        raise TypeError('a Reenrolment is neither true nor false; ask whether it is "enrolled"')


@dataclass(frozen=True)
class Pass:
    """``model`` is the one by which the subject was granted; ``error`` says why the enrolment
    failed, or with ``enrolled`` why the anchor could not be moved."""

    decision: Decision
    model: Model | None
    reenrolment: Reenrolment
    error: Error | None

    def __bool__(self) -> NoReturn:
        raise TypeError('a Pass is neither true nor false; ask .decision.outcome == "granted"')


@dataclass(frozen=True)
class MigrationProgress:
    """Of the subjects of the older gallery: those that the newer one has, and all."""

    num_migrated: int
    num_all: int


@dataclass(frozen=True)
class MigrationRemoval:
    """None where a gallery had none of the subjects."""

    older: Removal | None
    newer: Removal | None


class Migration:
    """Two galleries of the same people, by the same ids, under two models, until the newer one knows
    everybody: each person is enrolled by the newer model when the older one knows them.

    Threads: all verbs from many threads at once; the GIL is released while the library works.
    Both galleries stay the caller's, to be closed when nobody passes any more. ``older`` may follow
    another process, which then removes.
    """

    def __init__(
        self,
        older: Gallery,
        newer: Gallery,
        *,
        older_policy: Policy,
        newer_policy: Policy,
        enrol_at: Threshold | float,
        enrol_margin: float,
    ) -> None:
        """``enrol_at`` is the least score by the older model with which somebody is enrolled by the
        newer one, ``enrol_margin`` the least lead then, over everybody; neither is below
        ``older_policy``. An impostor who is accepted by chance gets in once, one who is enrolled
        whenever they come.

        Errors: invalid_argument (policies; galleries of one model); read_only (``newer`` follows).
        """
        for name, gallery in (("older", older), ("newer", newer)):
            if not isinstance(gallery, Gallery):
                raise refusal(name, "a morgiana.Gallery", gallery)
        for name, policy in (("older_policy", older_policy), ("newer_policy", newer_policy)):
            if not isinstance(policy, Policy):
                raise refusal(name, "a morgiana.Policy", policy)
        enrolment = Policy(enrol_at, real_number("enrol_margin", enrol_margin))
        self._native = _core.Migration.migrate(
            older._native,
            newer._native,
            older_policy._native(),
            newer_policy._native(),
            enrolment._native(),
        )
        self._models = (older.model, newer.model)
        self._policies = (older_policy, newer_policy)

    def identify(
        self,
        older_probe: Embeddings,
        newer_probe: Embeddings,
        *,
        cohorts: int | None = None,
        exclude: Iterable[str] = (),
        caller: str = "",
        max_threads: int = 1,
        timeout_ms: float | None = None,
    ) -> Pass:
        """One pass of a person: embeddings of the same photograph, by both models.

        Whom the newer gallery grants is granted, else whom the older one does; where they grant
        different subjects it is ``models_disagree``. Whom the older one alone grants is enrolled in
        the newer, with the cohorts that they have there, once ``enrol_at`` and ``enrol_margin`` are
        reached over everybody, whatever ``cohorts`` and ``exclude`` leave out. A failure of that is
        told, not raised: the door is not shut because a disk is full. ``caller`` names who asks, a
        gate or a till: refusals are counted for each.
        Errors: dim_mismatch; not_finite; zero_norm; invalid_argument; deadline_exceeded; and, where
        somebody was removed meanwhile and could not be taken out again, why not.
        """
        if not isinstance(caller, str):
            raise refusal("caller", "a str", caller)
        execution = _core.execution(
            whole_number("max_threads", max_threads),
            None if timeout_ms is None else real_number("timeout_ms", timeout_ms),
        )
        options = _core.pass_options(cohorts, exclude, caller, execution)
        outcome, reason, subject, is_newer, reenrolment, error = self._native.identify(
            older_probe, newer_probe, options
        )
        return Pass(
            Decision(Outcome(outcome), Reason(reason), subject, self._policies[is_newer is not False]),
            None if is_newer is None else self._models[is_newer],
            Reenrolment(reenrolment),
            None if error is None else Error(*error),
        )

    def remove(self, ids: str | Iterable[str]) -> MigrationRemoval:
        """Revokes subjects in both galleries: nobody who was removed comes in by the other one, and
        no pass that goes on meanwhile leaves them behind.

        Errors: unknown_subject (one that neither has: nobody was removed); invalid_argument;
        read_only (``older`` follows). Of any other, remove them again: out of the older gallery they
        may be already.
        """
        return MigrationRemoval(*(_removal(removed) for removed in self._native.remove(ids)))

    def progress(self) -> MigrationProgress:
        """How far it has come. Cost: some 10 µs a subject of the older gallery."""
        return MigrationProgress(*self._native.progress())

    def remaining(self) -> Iterator[str]:
        """Ids of the older gallery that the newer one does not have, in ascending order of their
        bytes, read 1,000 at a time: whom to call in."""
        page = self._native.remaining(_PAGE, "")
        while page:
            yield from page
            page = self._native.remaining(_PAGE, page[-1])

    def __reduce__(self) -> Any:
        raise TypeError("a Migration is of two handles to open files and cannot be pickled")


def _removal(removed: tuple[int, bool, int] | None) -> Removal | None:
    if removed is None:
        return None
    num_removed, is_erased, commit = removed
    erasure: Literal["done", "pending"] = "done" if is_erased else "pending"
    return Removal(num_removed, erasure, commit)
