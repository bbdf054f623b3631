"""The facts of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from morgiana import _core
from morgiana.amount import Amount
from morgiana.arguments import choice, flag, refusal, text, whole_number
from morgiana.rules import optional_whole_number


class Direction(StrEnum):
    """Which way somebody goes through a gate. Values are appended, never renamed."""

    NONE = "none"
    IN = "in"
    OUT = "out"

    @classmethod
    def of(cls, given: Direction | str) -> Direction:
        """Errors: TypeError; invalid_argument."""
        return cls(choice("direction", given, *cls))


@dataclass(frozen=True)
class Passage:
    """A passage that was granted. ``at_s`` is Unix time."""

    at_s: int
    area: str
    direction: Direction | Literal["none", "in", "out"] = Direction.NONE

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument (direction)."""
        object.__setattr__(self, "at_s", whole_number("at_s", self.at_s))
        text("area", self.area)
        object.__setattr__(self, "direction", Direction.of(self.direction))

    def _native(self) -> tuple[int, str, str]:
        return self.at_s, self.area, str(self.direction)


@dataclass(frozen=True)
class SubjectFacts:
    """What you know of whom the decision would grant: ``subject_in_question`` names them.

    ``cohorts`` are those of ``Gallery.enrolled``, None where they were not looked up.
    ``last_passage`` is the last one through the context's area, None where it was not looked up or
    there never was one; ``never_passed`` says that it was looked up, and there was none.
    ``spent_today`` is what was paid since local midnight, without this amount; None where it was not
    looked up.
    """

    subject: str
    cohorts: int | None = None
    last_passage: Passage | None = None
    spent_today: Amount | None = None
    never_passed: bool = False

    def __post_init__(self) -> None:
        """Errors: TypeError."""
        text("subject", self.subject)
        if self.last_passage is not None and not isinstance(self.last_passage, Passage):
            raise refusal("last_passage", "a morgiana.Passage or None", self.last_passage)
        if self.spent_today is not None and not isinstance(self.spent_today, Amount):
            raise refusal("spent_today", "a morgiana.Amount or None", self.spent_today)
        flag("never_passed", self.never_passed)

    def _native(
        self,
    ) -> tuple[str, int | None, tuple[int, str, str] | None, tuple[int, str] | None, bool]:
        last = self.last_passage
        spent = self.spent_today
        return (
            self.subject,
            self.cohorts,
            None if last is None else last._native(),
            None if spent is None else spent._native(),
            bool(self.never_passed),
        )


@dataclass(frozen=True, kw_only=True)
class Context:
    """A decision asks no clock and no ledger; what a rule needs and is not here is not_determined.

    Times are Unix times, all of them cut to whole seconds. ``utc_offset_s`` is that of local time,
    east positive. ``attempt`` counts this transaction's from 1, ``begun_at_s`` is its beginning,
    ``captured_at_s`` that of the photograph; ``has_second_factor`` says that one was given in it, by
    whom is in question.
    """

    now_s: int
    utc_offset_s: int = 0
    area: str = ""
    direction: Direction | Literal["none", "in", "out"] = Direction.NONE
    amount: Amount | None = None
    attempt: int | None = None
    begun_at_s: int | None = None
    captured_at_s: int | None = None
    has_second_factor: bool = False
    facts: SubjectFacts | None = None

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument (direction; a number that no field holds)."""
        for name in ("now_s", "utc_offset_s"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name)))
        for name in ("attempt", "begun_at_s", "captured_at_s"):
            optional_whole_number(name, getattr(self, name))
        text("area", self.area)
        object.__setattr__(self, "direction", Direction.of(self.direction))
        flag("has_second_factor", self.has_second_factor)
        if self.amount is not None and not isinstance(self.amount, Amount):
            raise refusal("amount", "a morgiana.Amount or None", self.amount)
        if self.facts is not None and not isinstance(self.facts, SubjectFacts):
            raise refusal("facts", "a morgiana.SubjectFacts or None", self.facts)
        self._native()

    def _native(self) -> _core.Context:
        return _core.context(
            self.now_s,
            self.utc_offset_s,
            self.area,
            str(self.direction),
            None if self.amount is None else self.amount._native(),
            self.attempt,
            self.begun_at_s,
            self.captured_at_s,
            bool(self.has_second_factor),
            None if self.facts is None else self.facts._native(),
        )
