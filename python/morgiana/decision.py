"""From scores to an answer: granted, denied, a step up or not determined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from morgiana import _core
from morgiana.arguments import refusal
from morgiana.calibration import ResolvedRisk
from morgiana.context import Context
from morgiana.policy import Policy


class Outcome(StrEnum):
    """Compared, never asked for its truth: ``"denied"`` would be true. Only ``granted`` lets somebody
    in; ``step_up`` asks for more than a face: a second factor, or a search among fewer people."""

    GRANTED = "granted"
    DENIED = "denied"
    NOT_DETERMINED = "not_determined"
    STEP_UP = "step_up"

    def __bool__(self) -> NoReturn:
        raise TypeError('an Outcome is neither true nor false; ask whether it is "granted"')


class Reason(StrEnum):
    """Why. Values are appended, never renamed.

    ``empty_gallery``: nobody was compared, as nobody is enrolled, or nobody of the cohorts who is
    not excluded. ``withheld``: there is no candidate, or none far enough ahead of a
    subject whose ``RefusalBudget`` is spent. ``models_disagree``: the two models of a
    ``Migration`` name different subjects. ``risk_unsupported``: the calibration has no threshold for
    the risk among those who were to be compared. From ``invalid_context`` on they are of rules:
    docs/policy.md.
    """

    ACCEPTED = "accepted"
    NO_CANDIDATE = "no_candidate"
    CLAIM_REJECTED = "claim_rejected"
    AMBIGUOUS = "ambiguous"
    EMPTY_GALLERY = "empty_gallery"
    SEARCH_TOO_NARROW = "search_too_narrow"
    INVALID_POLICY = "invalid_policy"
    WITHHELD = "withheld"
    MODELS_DISAGREE = "models_disagree"
    INVALID_CONTEXT = "invalid_context"
    CLOCK_SET_BACK = "clock_set_back"
    CONTEXT_MISSING = "context_missing"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    TRANSACTION_EXPIRED = "transaction_expired"
    CAPTURE_EXPIRED = "capture_expired"
    CURRENCY_NOT_ALLOWED = "currency_not_allowed"
    AMOUNT_ABOVE_LIMIT = "amount_above_limit"
    FACTS_MISSING = "facts_missing"
    FACTS_OF_ANOTHER = "facts_of_another"
    AREA_NOT_ALLOWED = "area_not_allowed"
    OUTSIDE_HOURS = "outside_hours"
    REPEATED_READING = "repeated_reading"
    PASSBACK = "passback"
    DAY_LIMIT_REACHED = "day_limit_reached"
    AMOUNT_NEEDS_STEP_UP = "amount_needs_step_up"
    RISK_UNSUPPORTED = "risk_unsupported"


@dataclass(frozen=True)
class Decision:
    """``subject`` is set with granted only; ``resolved`` is what the policy's risk came to."""

    outcome: Outcome
    reason: Reason
    subject: str | None
    policy: Policy
    resolved: ResolvedRisk | None = None

    def __bool__(self) -> NoReturn:
        raise TypeError('a Decision is neither true nor false; ask .outcome == "granted"')


def decide(
    result: _core.Identification | _core.Verification,
    policy: Policy,
    context: Context | None = None,
) -> Decision:
    """Grants, denies, asks for a step up or declines to say, from scores, threshold, margin, rules
    and context alone. Pure.

    Rules only narrow what the comparison grants; a policy that has any is not_determined without a
    context. A search that could not have seen what the policy asks for is not_determined, never
    granted; so is one by a larger risk than the policy's, or by one that its calibration cannot
    answer for. Where two subjects are within the margin it is step_up, whatever second factor there
    was: search again with fewer ``cohorts``.
    """
    _require_one_answer(result, policy)
    if context is not None and not isinstance(context, Context):
        raise refusal("context", "a morgiana.Context or None", context)
    native = None if context is None else context._native()
    outcome, reason, subject, resolved = _core.decide(result, policy._native(), native)
    return Decision(Outcome(outcome), Reason(reason), subject, policy, resolved)


def subject_in_question(
    result: _core.Identification | _core.Verification, policy: Policy
) -> str | None:
    """Whom the comparison accepts, to look up ``Context.facts`` for. Not yet granted: the rules have
    not been asked."""
    _require_one_answer(result, policy)
    return _core.subject_in_question(result, policy._native())


def _require_one_answer(result: object, policy: object) -> None:
    if isinstance(result, _core.Identifications):
        raise TypeError("decide takes one answer, got Identifications; decide on each of its items")
    if not isinstance(result, (_core.Identification, _core.Verification)):
        expected = "an Identification or a Verification"
        raise TypeError(f"decide takes {expected}, got {type(result).__name__}")
    if not isinstance(policy, Policy):
        raise refusal("policy", "a morgiana.Policy", policy)
