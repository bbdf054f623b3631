"""How often subjects may be refused before they are withheld."""

from __future__ import annotations

from dataclasses import dataclass

from morgiana import _core
from morgiana.arguments import real_number, refusal, whole_number


@dataclass(frozen=True)
class RefusalBudget:
    """How often a day (UTC) a subject may be refused to one caller, and to all, before it is withheld.

    A caller who sees no scores learns from each refusal close to the threshold on which side of it
    a subject's references lie, and some thousand such answers give them away. ``verify`` counts
    every refusal, ``identify`` who scores less than the threshold by at most ``band``, and a
    runner-up that does. Counts are durable before the answer is given, and hold for all processes that
    have the gallery open. What a budget does not stop: docs/SECURITY-MODEL.md.
    """

    per_caller: int = 20  # of one subject to one caller; at least 1, at most per_subject
    per_subject: int = 40  # of one subject to all callers
    band: float = 0.03  # of cosine, from 0 to 2

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument."""
        self._native()

    def _native(self) -> _core.RefusalBudget:
        """Errors: TypeError; invalid_argument."""
        return _core.refusal_budget(
            whole_number("per_caller", self.per_caller),
            whole_number("per_subject", self.per_subject),
            real_number("band", self.band),
        )


def native_budget(refusals: RefusalBudget | None) -> _core.RefusalBudget | None:
    if refusals is not None and not isinstance(refusals, RefusalBudget):
        raise refusal("refusals", "a morgiana.RefusalBudget or None", refusals)
    return None if refusals is None else refusals._native()
