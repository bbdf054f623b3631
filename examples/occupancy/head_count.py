"""How many people are in each zone, from the passages of gates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import morgiana as mg


@dataclass(frozen=True)
class HeadCount:
    """The least and the most that may be inside: one number, or a range where the number would tell
    of single people."""

    at_least: int
    at_most: int

    def to_json(self) -> str:
        return json.dumps({"at_least": self.at_least, "at_most": self.at_most})


def last_reset_s(now_s: float, reset: time, zone: ZoneInfo) -> int:
    """When it was last this local hour: who went in before then is not counted any more."""
    local = datetime.fromtimestamp(now_s, zone)
    today = datetime.combine(local.date(), reset, zone)
    if today.timestamp() > now_s:
        today = datetime.combine(local.date() - timedelta(days=1), reset, zone)
    return int(today.timestamp())


def head_count(passages: mg.PassageStore, zone_name: str, since_s: int, least_group: int) -> HeadCount:
    """Counted anew each time, from who went in and not out since the reset: it cannot be negative, and
    no event that was missed, or seen twice, adds up. From 1 to below ``least_group`` it is that range."""
    number = passages.num_inside(zone_name, since_s=since_s)
    if 0 < number < least_group:
        return HeadCount(1, least_group - 1)
    return HeadCount(number, number)
