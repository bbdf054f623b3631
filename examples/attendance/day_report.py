"""From passages through a clock to hours worked, a row for each day and subject."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import morgiana as mg

FIELDS = ("day", "subject", "first_in", "last_out", "hours_worked", "num_unpaired", "unpaired")


@dataclass(frozen=True)
class Shift:
    """An in and the out that follows it; or one of them alone, which is unpaired."""

    subject: str
    readings: tuple[mg.Passage, ...]

    def day(self, zone: ZoneInfo) -> date:
        """The local day on which it begins, also where it ends on the next."""
        return datetime.fromtimestamp(self.readings[0].at_s, zone).date()


def shifts_of(recorded: Iterable[mg.RecordedPassage], longest_s: int) -> list[Shift]:
    """An in is paired with the next reading of its subject, where that is an out at most ``longest_s``
    later: a forgotten out is no shift of two days."""
    shifts: list[Shift] = []
    begun: dict[str, mg.Passage] = {}
    for one in recorded:
        here, before = one.passage, begun.pop(one.subject, None)
        is_out = here.direction is mg.Direction.OUT
        if before is not None and is_out and here.at_s - before.at_s <= longest_s:
            shifts.append(Shift(one.subject, (before, here)))
            continue
        if before is not None:
            shifts.append(Shift(one.subject, (before,)))
        if is_out:
            shifts.append(Shift(one.subject, (here,)))
        elif here.direction is mg.Direction.IN:
            begun[one.subject] = here
    return shifts + [Shift(subject, (before,)) for subject, before in begun.items()]


def rows(
    passages: mg.PassageStore, area: str, first: date, last: date, zone: ZoneInfo, longest_s: int
) -> list[list[str]]:
    """Of the days from ``first`` to ``last``. Readings around them are looked at, so that a night at the
    edge has both of its ends."""
    begin_s, end_s = (
        int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
        for day in (first, last + timedelta(1))
    )
    recorded = passages.settled(area, since_s=begin_s - longest_s, until_s=end_s + longest_s)
    grouped: dict[tuple[date, str], list[Shift]] = defaultdict(list)
    for shift in shifts_of(recorded, longest_s):
        if first <= shift.day(zone) <= last:
            grouped[shift.day(zone), shift.subject].append(shift)
    return [_row(day, subject, shifts, zone) for (day, subject), shifts in sorted(grouped.items())]


def write(file: Path, table: list[list[str]]) -> None:
    """All of it or nothing: who reads the report never sees half of it."""
    part = file.with_name(file.name + ".part")
    with open(part, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([FIELDS, *table])
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, file)


def _row(day: date, subject: str, shifts: list[Shift], zone: ZoneInfo) -> list[str]:
    readings = [one for shift in shifts for one in shift.readings]
    ins = [one.at_s for one in readings if one.direction is mg.Direction.IN]
    outs = [one.at_s for one in readings if one.direction is mg.Direction.OUT]
    pairs = [shift.readings for shift in shifts if len(shift.readings) == 2]
    worked_s = sum(out.at_s - before.at_s for before, out in pairs)
    alone = [shift.readings[0] for shift in shifts if len(shift.readings) == 1]
    unpaired = "; ".join(f"{one.direction} {_local([one.at_s], zone)}" for one in alone)
    ends = [_local(ins[:1], zone), _local(outs[-1:], zone)]
    return [str(day), subject, *ends, f"{worked_s / 3600:.2f}", str(len(alone)), unpaired]


def _local(at_s: list[int], zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_s[0], zone).isoformat() if at_s else ""
