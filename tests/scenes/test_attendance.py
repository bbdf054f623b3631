"""Who comes and goes is counted once; a report says the hours that were worked, however often it is made."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

import morgiana as mg

CLOCK = "attendance/attendance.py"
POLICY = "attendance/attendance.json"
BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S = 3600


@pytest.fixture
def clock(run):
    """clock(site, "in", frames, "2026-03-02T08:00", frames_per_s=1)"""

    def clock(site, direction, frames, begins, frames_per_s=1):
        ran = run(CLOCK, "clock", site, "--direction", direction, "--frames", frames, "--begins", begins,
                  "--frames-per-s", frames_per_s, "--zone", BERLIN.key)  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return clock


@pytest.fixture
def report(run, tmp_path):
    """report(site, first, last): its rows by day and subject, and its bytes."""

    def report(site, first, last):
        file = tmp_path / "report.csv"
        ran = run(
            CLOCK, "report", site, "--first", first, "--last", last, "--zone", BERLIN.key, "--out", file
        )
        assert ran.returncode == 0, ran.stderr
        with open(file, newline="") as stream:
            return {(row["day"], row["subject"]): row for row in csv.DictReader(stream)}, file.read_bytes()

    return report


def test_a_night_at_work_is_counted_once_and_a_rerun_changes_nothing(
    clock, report, make_site, lay, photographs, tmp_path
):
    site = make_site({"E-1001": [photographs["obama"]]}, POLICY)
    frames = [("1", photographs["obama2"]), ("2", photographs["obama3"]), ("3", photographs["tom_hanks"])]
    walk = lay(tmp_path / "walk", frames)

    def night():
        came = clock(site, "in", walk, "2026-03-02T22:00")
        return came, clock(site, "out", walk, "2026-03-03T06:30")

    came, left = night()
    for said in (came, left):
        assert said.count("counted   E-1001") == 1 and said.count("counted before, and once") == 1
        assert "NOT COUNTED: denied   no_candidate" in said
    rows, first = report(site, "2026-03-02", "2026-03-02")
    assert list(rows.values()) == [
        {
            "day": "2026-03-02",
            "subject": "E-1001",
            "first_in": "2026-03-02T22:00:00+01:00",
            "last_out": "2026-03-03T06:30:00+01:00",
            "hours_worked": "8.50",
            "num_unpaired": "0",
            "unpaired": "",
        }
    ]
    again = night()
    assert not any("counted   E-1001" in said for said in again)
    assert report(site, "2026-03-02", "2026-03-02")[1] == first
    assert report(site, "2026-03-03", "2026-03-03")[0] == {}


def test_two_days_of_sixteen_people_are_reported_as_they_walked(clock, report, make_site, lay, lfw, tmp_path):
    """Twelve are enrolled by two photographs, four are not. They come a minute apart, and go in the same
    order; the last of the enrolled forgets to clock out on Monday."""
    enrolled, strangers = list(lfw)[:12], list(lfw)[12:16]
    site = make_site({name: lfw[name][::2] for name in enrolled}, POLICY)
    walk = [(f"{i:02}-{name}", lfw[name][1]) for i, name in enumerate(enrolled + strangers)]
    everybody = lay(tmp_path / "everybody", walk)
    forgetful = enrolled[-1]
    without = lay(tmp_path / "without", [(name, path) for name, path in walk if forgetful not in name])
    said = [
        clock(site, direction, frames, begins, frames_per_s=1 / 60)
        for direction, frames, begins in (
            ("in", everybody, "2026-03-02T08:00"),
            ("out", without, "2026-03-02T16:15"),
            ("in", everybody, "2026-03-03T08:00"),
            ("out", everybody, "2026-03-03T17:00"),
        )
    ]
    rows, _ = report(site, "2026-03-02", "2026-03-03")
    known = {subject for _, subject in rows}
    assert known == set(re.findall(r"counted   (\S+)", said[0])) and known <= set(enrolled)
    assert len(known) >= 11  # FNMR of two references is some 2 %
    for (day, subject), row in rows.items():
        minute = enrolled.index(subject)
        is_forgotten = day == "2026-03-02" and subject == forgetful
        expected = "0.00" if is_forgotten else "8.25" if day == "2026-03-02" else "9.00"
        assert row["hours_worked"] == expected, (day, subject)
        assert row["num_unpaired"] == str(int(is_forgotten))
        assert row["first_in"] == f"{day}T08:{minute:02}:00+01:00"
    assert len(rows) == 2 * len(known)


@pytest.fixture
def reported(load, tmp_path):
    """reported([(subject, direction, local time), …], first, last): fields of rows."""
    day_report = load("attendance/day_report.py")

    def reported(readings, first, last):
        with mg.PassageStore.create(tmp_path / "passages") as passages:
            for subject, direction, at in readings:
                at_s = int(datetime.fromisoformat(at).replace(tzinfo=BERLIN).timestamp())
                passages.settle(
                    passages.record(subject, mg.Passage(at_s, "clock", direction), terminal="clock-1")
                )
            found = day_report.rows(
                passages, "clock", date.fromisoformat(first), date.fromisoformat(last), BERLIN, 16 * HOUR_S
            )
        return [dict(zip(day_report.FIELDS, row, strict=True)) for row in found]

    return reported


@pytest.mark.parametrize(
    "night, hours", [("2026-03-28", "7.00"), ("2026-10-24", "9.00"), ("2026-06-05", "8.00")]
)
def test_a_night_is_as_long_as_it_was_when_the_clocks_change(reported, night, hours):
    after = str(date.fromordinal(date.fromisoformat(night).toordinal() + 1))
    rows = reported([("A", "in", f"{night}T22:00"), ("A", "out", f"{after}T06:00")], night, after)
    assert [(row["day"], row["hours_worked"]) for row in rows] == [(night, hours)]


def test_readings_without_their_other_are_flagged_and_count_no_hours(reported):
    readings = [
        ("A", "in", "2026-03-02T08:00"),  # forgot to clock out
        ("A", "in", "2026-03-03T08:00"),
        ("A", "out", "2026-03-03T12:00"),
        ("A", "in", "2026-03-03T13:00"),
        ("A", "out", "2026-03-03T17:30"),
        ("B", "out", "2026-03-03T17:00"),  # forgot to clock in
        ("C", "in", "2026-03-02T23:00"),
        ("C", "out", "2026-03-03T15:01"),  # a minute longer than anybody works
    ]
    rows = {(row["day"], row["subject"]): row for row in reported(readings, "2026-03-02", "2026-03-03")}
    assert {key: (row["hours_worked"], row["unpaired"]) for key, row in rows.items()} == {
        ("2026-03-02", "A"): ("0.00", "in 2026-03-02T08:00:00+01:00"),
        ("2026-03-03", "A"): ("8.50", ""),
        ("2026-03-03", "B"): ("0.00", "out 2026-03-03T17:00:00+01:00"),
        ("2026-03-02", "C"): ("0.00", "in 2026-03-02T23:00:00+01:00"),
        ("2026-03-03", "C"): ("0.00", "out 2026-03-03T15:01:00+01:00"),
    }


def test_a_night_at_the_edge_of_a_report_has_both_its_ends_and_one_row(reported):
    readings = [
        ("A", "in", "2026-03-01T22:00"),
        ("A", "out", "2026-03-02T06:00"),
        ("A", "in", "2026-03-02T22:00"),
    ]
    readings += [("A", "out", "2026-03-03T06:00")]
    (row,) = reported(readings, "2026-03-02", "2026-03-02")
    assert (row["hours_worked"], row["num_unpaired"]) == ("8.00", "0")
