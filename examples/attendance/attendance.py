"""A clock that knows people by their faces, and what they worked, as CSV.

attendance.py clock SITE --direction in --camera 0 --zone Europe/Berlin
attendance.py report SITE --first 2026-03-02 --last 2026-03-08 --zone Europe/Berlin --out week.csv

A site is made by ../gate/gate.py create, with attendance.json for its policy.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

try:
    import day_report

    import morgiana as mg
    from morgiana import vision
    from morgiana.site_options import add_site_options, followed_site
except ImportError as error:
    sys.exit(f"attendance.py: {error}; README.md says what it needs")

AREA = "clock"


def clock(options: argparse.Namespace) -> None:
    with followed_site(options) as site, closing(vision.source_of(options)) as source:
        names = {"terminal": options.terminal, "area": AREA, "issuer": options.issuer}
        gate = site.gate(vision.Pipeline(), **names, zone=options.zone, clock=source.now_s)
        for frame in source:
            admission = gate.admit(frame, options.direction)
            at = datetime.fromtimestamp(frame.captured_at_s, options.zone).isoformat(" ", "seconds")
            print(f"{at}  {frame.name:24} {options.direction:3}  {said(admission)}", flush=True)


def said(admission: mg.Admission) -> str:
    if admission.answer is mg.Answer.GRANTED:
        return f"counted   {admission.subject}"
    if admission.reason == mg.Reason.REPEATED_READING:
        return "counted before, and once"
    return f"NOT COUNTED: {admission}" if admission.answer is not mg.Answer.NOBODY else "nobody"


def report(options: argparse.Namespace) -> None:
    """Needs no key and no gallery: passages alone."""
    if options.last < options.first:
        raise mg.Error("invalid_argument", f"{options.last} is before {options.first}")
    with mg.PassageStore.open(options.site / "passages") as passages:
        longest_s = round(options.longest_shift_h * 3600)
        table = day_report.rows(passages, AREA, options.first, options.last, options.zone, longest_s)
    day_report.write(options.out, table)
    num_unpaired = sum(int(row[day_report.FIELDS.index("num_unpaired")]) for row in table)
    print(f"{options.out}: {len(table)} rows, {num_unpaired} readings unpaired")


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    clocking = verbs.add_parser("clock", help="counts who comes and goes")
    reporting = verbs.add_parser("report", help="hours worked, as CSV")
    add_site_options(clocking)
    vision.add_source_options(clocking)
    clocking.add_argument("--direction", choices=["in", "out"], required=True)
    clocking.add_argument("--terminal", default="clock-1")
    clocking.add_argument("--issuer", default="campus")
    reporting.add_argument("site", type=Path, metavar="SITE")
    for name in ("--first", "--last"):
        reporting.add_argument(name, type=date.fromisoformat, required=True, metavar="DAY")
    reporting.add_argument("--zone", type=vision.time_zone, required=True)
    reporting.add_argument("--longest-shift-h", type=float, default=16.0, help="default: 16")
    reporting.add_argument("--out", type=Path, required=True)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    try:
        if options.verb == "report":
            report(options)
        else:
            clock(options)
        return 0
    except KeyboardInterrupt:
        return 0
    except (mg.Error, OSError) as error:
        print(f"attendance.py: {error}; nothing was counted or written since", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
