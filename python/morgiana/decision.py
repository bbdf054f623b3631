"""From scores to an answer: granted, denied or not determined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from morgiana import _core
from morgiana.errors import Error
from morgiana.types import Threshold


class Outcome(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    NOT_DETERMINED = "not_determined"


class Reason(StrEnum):
    """Why. Values are appended, never renamed."""

    ACCEPTED = "accepted"
    NO_CANDIDATE = "no_candidate"
    CLAIM_REJECTED = "claim_rejected"
    AMBIGUOUS = "ambiguous"
    EMPTY_GALLERY = "empty_gallery"
    SEARCH_TOO_NARROW = "search_too_narrow"
    INVALID_POLICY = "invalid_policy"


@dataclass(frozen=True, init=False)
class Policy:
    """What must hold before access is granted; ``margin`` is the least lead over the second."""

    accept: Threshold
    margin: float

    def __init__(self, accept: Threshold | float, margin: float = 0.0) -> None:
        """Errors: invalid_argument (a threshold that is no cosine, a margin not from 0 to 2)."""
        if not 0 <= margin <= 2:
            raise Error("invalid_argument", f"margin {margin} is not from 0 to 2")
        object.__setattr__(self, "accept", Threshold.of(accept))
        object.__setattr__(self, "margin", margin)


@dataclass(frozen=True)
class Decision:
    """``subject`` is set with granted only."""

    outcome: Outcome
    reason: Reason
    subject: str | None
    policy: Policy


def decide(result: _core.Identification | _core.Verification, policy: Policy) -> Decision:
    """Grants, denies or declines to say, from scores, threshold and margin alone. Pure.

    A search that could not have seen what the policy asks for is not_determined, never granted.
    """
    outcome, reason, subject = _core.decide(
        result, policy.accept.at_least, policy.accept.fmr, policy.margin
    )
    return Decision(Outcome(outcome), Reason(reason), subject, policy)
