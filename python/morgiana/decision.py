"""From scores to an answer: granted, denied or not determined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NoReturn

from morgiana import _core
from morgiana.arguments import real_number, refusal
from morgiana.errors import Error
from morgiana.types import Assurance, Threshold


class Outcome(StrEnum):
    """Compared, never asked for its truth: ``"denied"`` would be true."""

    GRANTED = "granted"
    DENIED = "denied"
    NOT_DETERMINED = "not_determined"

    def __bool__(self) -> NoReturn:
        raise TypeError('an Outcome is neither true nor false; ask whether it is "granted"')


class Reason(StrEnum):
    """Why. Values are appended, never renamed.

    ``empty_gallery``: nobody was compared, as nobody is enrolled, or nobody of the cohorts who is
    not excluded. ``withheld``: no candidate among those compared, and subjects whose
    ``RefusalBudget`` is spent were not. ``models_disagree``: the two models of a
    ``Migration`` name different subjects.
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


@dataclass(frozen=True, init=False)
class Policy:
    """What must hold before access is granted; ``margin`` is the least lead over the second.

    ``assurance`` is the least that the search must have had: who could be missed may be second.
    """

    accept: Threshold
    margin: float
    assurance: Assurance

    def __init__(
        self,
        accept: Threshold | float,
        margin: float = 0.0,
        assurance: Assurance | Literal["proven", "probable"] = "proven",
    ) -> None:
        """Errors: invalid_argument (a threshold that is no cosine, a margin not from 0 to 2)."""
        margin = real_number("margin", margin)
        if not 0 <= margin <= 2:
            raise Error("invalid_argument", f"margin {margin} is not from 0 to 2")
        object.__setattr__(self, "accept", Threshold.of(accept))
        object.__setattr__(self, "margin", margin)
        object.__setattr__(self, "assurance", Assurance.of(assurance))

    def _native(self) -> _core.Policy:
        accept = self.accept
        miss_probability = self.assurance.miss_probability
        return _core.policy(accept.at_least, accept.fmr, self.margin, miss_probability)


@dataclass(frozen=True)
class Decision:
    """``subject`` is set with granted only."""

    outcome: Outcome
    reason: Reason
    subject: str | None
    policy: Policy

    def __bool__(self) -> NoReturn:
        raise TypeError('a Decision is neither true nor false; ask .outcome == "granted"')


def decide(result: _core.Identification | _core.Verification, policy: Policy) -> Decision:
    """Grants, denies or declines to say, from scores, threshold and margin alone. Pure.

    A search that could not have seen what the policy asks for is not_determined, never granted.
    """
    if isinstance(result, _core.Identifications):
        raise TypeError("decide takes one answer, got Identifications; decide on each of its items")
    if not isinstance(result, (_core.Identification, _core.Verification)):
        expected = "an Identification or a Verification"
        raise TypeError(f"decide takes {expected}, got {type(result).__name__}")
    if not isinstance(policy, Policy):
        raise refusal("policy", "a morgiana.Policy", policy)
    outcome, reason, subject = _core.decide(result, policy._native())
    return Decision(Outcome(outcome), Reason(reason), subject, policy)
