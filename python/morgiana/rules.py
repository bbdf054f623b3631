"""What else must hold where a comparison accepts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from morgiana import _core
from morgiana.amount import Amount
from morgiana.arguments import choice, refusal, text, whole_number

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Needs = Literal["face", "step_up"]
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_Entry = TypeVar("_Entry")


def optional_whole_number(name: str, given: int | None) -> int | None:
    return None if given is None else whole_number(name, given)


@dataclass(frozen=True)
class AccessRule:
    """Who may go through an area's gates, and when: from one minute of the local day until another,
    which itself is outside. One that ends before it begins runs over midnight, and belongs to the
    weekday on which it begins. ``cohorts`` None is everybody."""

    area: str
    cohorts: int | None = None
    weekdays: Iterable[Weekday] = _WEEKDAYS
    from_minute: int = 0
    to_minute: int = 1440

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument (weekdays)."""
        text("area", self.area)
        if isinstance(self.weekdays, str):
            raise refusal("weekdays", "an iterable of str", self.weekdays)
        given = {choice("weekdays", day, *_WEEKDAYS) for day in self.weekdays}
        object.__setattr__(self, "weekdays", tuple(day for day in _WEEKDAYS if day in given))
        for name in ("from_minute", "to_minute"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name)))

    def _native(self) -> tuple[str, int | None, int, int, int]:
        days = sum(1 << _WEEKDAYS.index(day) for day in self.weekdays)
        return self.area, self.cohorts, days, self.from_minute, self.to_minute


@dataclass(frozen=True)
class AntiPassback:
    """An area that a subject who went in must come out of before going in again, or that is
    forgotten after a time."""

    area: str
    reset_after_s: int | None = None

    def __post_init__(self) -> None:
        """Errors: TypeError."""
        text("area", self.area)
        optional_whole_number("reset_after_s", self.reset_after_s)

    def _native(self) -> tuple[str, int | None]:
        return self.area, self.reset_after_s


@dataclass(frozen=True)
class AmountTier:
    """What every amount of this currency needs that is at most ``up_to``, and above the tier
    before."""

    up_to: Amount
    needs: Needs

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument."""
        if not isinstance(self.up_to, Amount):
            raise refusal("up_to", "a morgiana.Amount", self.up_to)
        choice("needs", self.needs, *get_args(Needs))

    def _native(self) -> tuple[tuple[int, str], bool]:
        return self.up_to._native(), self.needs == "step_up"


@dataclass(frozen=True)
class Rules:
    """Rules narrow: none of them grants. What each one means, and for which reason it refuses, is in
    docs/policy.md."""

    access: Iterable[AccessRule] = ()
    anti_passback: Iterable[AntiPassback] = ()
    debounce_s: int | None = None
    amounts: Iterable[AmountTier] = ()
    day_limits: Iterable[Amount] = ()
    max_attempts: int | None = None
    max_transaction_s: int | None = None
    max_capture_age_s: int | None = None

    def __post_init__(self) -> None:
        """Errors: TypeError; invalid_argument, naming the field."""
        lists = {
            "access": AccessRule,
            "anti_passback": AntiPassback,
            "amounts": AmountTier,
            "day_limits": Amount,
        }
        for name, kind in lists.items():
            object.__setattr__(self, name, _entries(name, getattr(self, name), kind))
        for name in ("debounce_s", "max_attempts", "max_transaction_s", "max_capture_age_s"):
            optional_whole_number(name, getattr(self, name))
        self._native()

    def _native(self) -> _core.Rules:
        return _core.rules(
            [rule._native() for rule in self.access],
            [rule._native() for rule in self.anti_passback],
            self.debounce_s,
            [tier._native() for tier in self.amounts],
            [limit._native() for limit in self.day_limits],
            self.max_attempts,
            self.max_transaction_s,
            self.max_capture_age_s,
        )


def _entries(name: str, given: Iterable[_Entry], kind: type[_Entry]) -> tuple[_Entry, ...]:
    if not isinstance(given, Iterable):
        raise refusal(f"rules.{name}", f"an iterable of morgiana.{kind.__name__}", given)
    entries = tuple(given)
    for i, entry in enumerate(entries):
        if not isinstance(entry, kind):
            raise refusal(f"rules.{name}[{i}]", f"a morgiana.{kind.__name__}", entry)
    return entries


def rules_of(stated: _core._Rules) -> Rules:
    """Of what the compiled module states."""
    access, anti_passback, debounce_s, amounts, day_limits, *limits = stated
    return Rules(
        [_access_rule(*rule) for rule in access],
        [AntiPassback(*rule) for rule in anti_passback],
        debounce_s,
        [AmountTier(Amount(*up_to), "step_up" if steps_up else "face") for up_to, steps_up in amounts],
        [Amount(*limit) for limit in day_limits],
        *limits,
    )


def _access_rule(area: str, cohorts: int | None, days: int, from_minute: int, to_minute: int) -> AccessRule:
    weekdays = [day for i, day in enumerate(_WEEKDAYS) if days >> i & 1]
    return AccessRule(area, None if cohorts == 2**64 - 1 else cohorts, weekdays, from_minute, to_minute)
