"""What a gate leaves that is killed at any step, and two gates that see one person at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lab_gate import answered, frame, gate_of, opened
from lab_gate import clock, folder  # noqa: F401, fixtures

PROGRAM = """
import os, signal, sys, time
sys.path[:0] = [{tests!r}]
import morgiana as mg
from lab_gate import Clock, Faces, UTC, frame
from pathlib import Path

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

site = mg.Site.follow({folder!r}, key=mg.KeySource.file({key!r}))
gate = site.gate(Faces(), terminal={terminal!r}, area="lab", issuer="campus", zone=UTC, clock=Clock())
{setup}
print("ready", flush=True)
sys.stdin.readline()
admission = gate.admit(frame(0), "in")
{after}
print(admission.answer, admission.reason, flush=True)
"""


def process_of(folder: Path, setup: str = "", after: str = "", terminal: str = "gate-1"):
    program = PROGRAM.format(
        tests=str(Path(__file__).parent), folder=str(folder), key=str(folder.parent / "key"),
        terminal=terminal, setup=setup, after=after,
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


SIGNS_AND_DIES = """
sign = gate._log.sign
class Log:
    def sign(self, *arguments, **named):
        sign(*arguments, **named)
        die()
gate._log = Log()
"""


@pytest.mark.parametrize(
    "setup, after, num_withdrawn, num_receipts, again",
    [
        ("mg.PassageStore.record = die", "", 0, 0, ("granted", "accepted")),
        ("mg.ReceiptLog.sign = die", "", 1, 0, ("granted", "accepted")),
        (SIGNS_AND_DIES, "", 1, 1, ("granted", "accepted")),
        ("mg.PassageStore.settle = die", "", 1, 1, ("granted", "accepted")),
        ("", "die()", 0, 1, ("denied", "repeated_reading")),
    ],
    ids=[
        "before the record",
        "before the receipt",
        "behind the receipt",
        "before settling",
        "before the door",
    ],
)
def test_what_kill_9_leaves_at_each_step_is_what_is_stated(
    folder, clock, setup, after, num_withdrawn, num_receipts, again
):
    """docs/gates.md. Once all is settled the passage stays, as the door may have opened."""
    process = process_of(folder, setup, after)
    assert process.communicate("\n", timeout=60)[0] == "" and process.returncode == -signal.SIGKILL
    with opened(folder) as site:
        gate = gate_of(site, clock)
        assert gate.num_withdrawn == num_withdrawn
        report = site.audit("gate-1")
        assert (report.num_receipts, report.first_wrong) == (num_receipts, None)
        assert answered(gate.admit(frame(0), "in")) == again


LOOKS_LONG = """
last = mg.PassageStore.last
def looks_long(self, *arguments):
    found = last(self, *arguments)
    time.sleep(0.5)
    return found
mg.PassageStore.last = looks_long
"""


def test_of_two_gates_that_see_one_person_at_once_one_opens(folder):
    """Each would find that he has not passed yet, and would let him in."""
    processes = [process_of(folder, LOOKS_LONG, terminal=f"gate-{i}") for i in range(2)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert said == ["denied repeated_reading", "granted accepted"]
