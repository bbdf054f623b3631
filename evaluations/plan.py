"""How much is tried: all of it, or what fits into three minutes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    is_whole: bool  # other budgets, fused512, and everything at both thresholds
    num_targets: int
    num_others: int  # enrolled beside them
    num_baits: int  # of identify, where far refusals are not counted
    num_questions: int  # that follow the first acceptance
    num_frugal_questions: int  # of those that spare refusals
    num_linked: int  # subjects of a gallery
    timing_rounds: int


QUICK = Plan(False, 40, 1000, 1000, 256, 512, 1000, 20)
FULL = Plan(True, 100, 1000, 5000, 512, 1536, 5749, 60)
