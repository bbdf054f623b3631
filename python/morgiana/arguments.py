"""What an argument must be. A refusal names it and the type that came, never the value: that may
be a template or a key which was put in the wrong place."""

from __future__ import annotations

import math
import numbers
import operator
import os
from collections.abc import Iterable
from typing import Any

import numpy

from morgiana import _core
from morgiana.errors import Error


def refusal(name: str, expected: str, given: object, remedy: str = "") -> TypeError:
    written = f"; write morgiana.{remedy}" if remedy else ""
    return TypeError(f"{name} is {expected}, got {type(given).__name__}{written}")


def real_number(name: str, given: Any, expected: str = "a number") -> float:
    """As a float that is not below it, so that no bound is lowered. Errors: TypeError."""
    is_number = isinstance(given, numbers.Real) and not isinstance(given, bool)
    if not is_number:
        raise refusal(name, expected, given)
    try:
        nearest = float(given)
    except OverflowError:
        return math.inf if given > 0 else -math.inf
    return math.nextafter(nearest, math.inf) if nearest < given else nearest


def whole_number(name: str, given: Any) -> int:
    """Errors: TypeError; invalid_argument beyond 64 bits."""
    try:
        number = operator.index(given)
    except TypeError:
        raise refusal(name, "an int", given) from None
    if isinstance(given, bool):
        raise refusal(name, "an int", given)
    if not -(2**63) <= number < 2**63:
        raise Error("invalid_argument", f"{name} does not fit into 64 bits")
    return number


def flag(name: str, given: object) -> bool:
    """Errors: TypeError."""
    if not isinstance(given, (bool, numpy.bool_)):
        raise refusal(name, "a bool", given)
    return bool(given)


def choice(name: str, given: object, *choices: str) -> str:
    """Errors: TypeError; invalid_argument, showing the choices."""
    expected = " or ".join(f'"{one}"' for one in choices)
    if not isinstance(given, str):
        raise refusal(name, expected, given)
    if given not in choices:
        raise Error("invalid_argument", f"{name} is {expected}, got {given!r}")
    return given


def file_name(name: str, given: Any) -> bytes:
    """A path as the operating system takes it. Errors: TypeError."""
    try:
        return os.fsencode(given)
    except TypeError:
        raise refusal(name, "a str or os.PathLike", given) from None


def text(name: str, given: object) -> str:
    """Errors: TypeError; invalid_argument (a lone surrogate, which UTF-8 has not)."""
    if not isinstance(given, str):
        raise refusal(name, "a str", given)
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Error("invalid_argument", f"{name} is UTF-8, this one holds a lone surrogate") from None
    return given


def several(name: str, given: Iterable[str]) -> Iterable[str]:
    """An iterable of str; one str is an iterable of its letters. Errors: TypeError."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise refusal(name, "an iterable of str, [id] for one", given)
    return given


def threads(max_threads: int) -> _core.Execution:
    """Errors: TypeError; invalid_argument."""
    return _core.execution(whole_number("max_threads", max_threads), None)


def enrol_checks(duplicate: float | None, hub: float | None, max_matches: int) -> _core.EnrolChecks:
    return _core.enrol_checks(
        None if duplicate is None else real_number("duplicate_threshold", duplicate),
        None if hub is None else real_number("hub_threshold", hub),
        whole_number("max_hub_matches", max_matches),
    )


def is_batched(sync: str) -> bool:
    """Errors: TypeError; invalid_argument."""
    return choice("sync", sync, "commit", "batched") == "batched"


def memory_of(references: str, residual_codes: bool) -> tuple[bool, bool]:
    """Whether references are resident, and whether there are residual codes. Errors: as is_batched."""
    kept = choice("references", references, "sealed", "resident")
    return kept == "resident", flag("residual_codes", residual_codes)
