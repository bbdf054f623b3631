"""The broker knows how many people are in, also after it was killed, and nothing of who they are."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import morgiana as mg

mqtt = pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")
from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402

MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
OCCUPANCY = Path(__file__).parents[2] / "examples" / "occupancy" / "occupancy.py"
needs_broker = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
PATIENCE_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """mosquitto without a memory on disk: what it retained is gone when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.port, self._configuration = free_port(), folder / "mosquitto.conf"
        self._configuration.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._configuration)], stderr=subprocess.DEVNULL
        )
        until(lambda: can_connect(self.port), "the broker listens")

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


class Wire:
    """Stands between a client and the broker, and keeps every byte that goes either way."""

    def __init__(self, target: int) -> None:
        self.bytes, self._target, self._server = bytearray(), target, socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._server.accept()
            try:
                broker = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # the broker is dead: so is this connection
                client.close()
                continue
            for source, sink in ((client, broker), (broker, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while received := source.recv(4096):
                self.bytes += received
                sink.sendall(received)
        except OSError:
            pass  # one of both is gone, which the other one is told below
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def until(holds, what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"not within {PATIENCE_S} s: {what}"
        time.sleep(0.05)


def retained(port: int) -> dict[str, object]:
    """What a subscriber that comes now is told."""
    told: dict[str, object] = {}
    subscribed = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda client, data, message: told.update({message.topic: message.payload.decode()})
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("#", qos=1)
    assert subscribed.wait(PATIENCE_S)
    time.sleep(0.2)  # retained messages follow the acknowledgement at once
    client.disconnect()
    client.loop_stop()
    return {topic: json.loads(text) if text.startswith("{") else text for topic, text in told.items()}


def counts(at_least: int, at_most: int | None = None) -> dict[str, int]:
    return {"at_least": at_least, "at_most": at_least if at_most is None else at_most}


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@contextmanager
def occupancy(site: Path, port: int, *options: str, ends_with: int = 0):
    """The scene, at a short beat; the hour of the reset is half a day away."""
    reset = (datetime.now(UTC) + timedelta(hours=12)).strftime("%H:%M")
    command = [
        sys.executable,
        str(OCCUPANCY),
        str(site),
        "--zone",
        "UTC",
        "--reset",
        reset,
        "--beat-s",
        "0.1",
    ]
    command += ["--broker", "127.0.0.1", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.terminate()
        printed, _ = process.communicate(timeout=PATIENCE_S)
        print(printed)
    assert process.returncode == ends_with, printed


def passes(passages: mg.PassageStore, subject: str, area: str, direction: str) -> None:
    at = mg.Passage(int(time.time()), area, direction)
    passages.settle(passages.record(subject, at, terminal="gate-1"))


@needs_broker
def test_people_at_a_gate_are_counted_on_the_broker_and_not_named(
    broker, run, make_site, lay, photographs, tmp_path
):
    site = make_site(
        {"E-1001": [photographs["obama"]], "E-1003": [photographs["astronaut"]]}, "patrol/watch.json"
    )
    come = lay(
        tmp_path / "come", [(name, photographs[name]) for name in ("astronaut", "obama2", "tom_hanks")]
    )
    go = lay(tmp_path / "go", [("obama3", photographs["obama3"])])
    wire = Wire(broker.port)
    printed = ""
    with occupancy(site, wire.port, "--area", "laboratory", "--least-group", "1"):
        until(lambda: retained(broker.port).get("occupancy/laboratory/people") == counts(0), "nobody")
        for frames, direction, number in ((come, "in", 2), (go, "out", 1)):
            printed += run(
                "gate/gate.py", "run", site, "--frames", frames, "--direction", direction, "--zone", "UTC"
            ).stdout
            until(
                lambda n=number: retained(broker.port)["occupancy/laboratory/people"] == counts(n),
                f"{number}",
            )
    assert printed.count("granted") == 3
    assert_anonymous(wire, site, ["E-1001", "E-1003"])


@needs_broker
def test_counts_equal_the_truth_after_the_broker_was_killed_and_came_back(
    broker, run, make_site, lay, lfw, tmp_path
):
    enrolled = list(lfw)[:12]
    site = make_site({name: lfw[name][::2] for name in enrolled}, "patrol/watch.json")
    walk = lay(tmp_path / "walk", [(f"{i:02}", lfw[name][1]) for i, name in enumerate(enrolled)])
    wire = Wire(broker.port)
    areas = ("--area", "laboratory", "--area", "canteen", "--area", "hall")

    def gate(direction: str) -> int:
        ran = run("gate/gate.py", "run", site, "--frames", walk, "--direction", direction,
                  "--frames-per-s", "100", "--zone", "UTC")  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.count("granted")

    with occupancy(site, wire.port, *areas), mg.PassageStore.open(site / "passages") as passages:
        num_in = gate("in")
        assert num_in >= 11
        until(
            lambda: retained(broker.port).get("occupancy/laboratory/people") == counts(num_in), "all are in"
        )
        broker.kill()
        for name in enrolled[:4]:
            passes(passages, name, "laboratory", "out")
            passes(passages, name, "canteen", "in")
        passes(passages, enrolled[0], "canteen", "out")
        broker.start()
        expected = {
            "occupancy/laboratory/people": counts(num_in - 4),
            "occupancy/canteen/people": counts(3),
            "occupancy/hall/people": counts(0),  # as before, and lost with the broker
            "occupancy/status": "online",
        }
        until(lambda: retained(broker.port) == expected, "the truth after the broker came back")
        for name in enrolled[1:3]:
            passes(passages, name, "canteen", "out")
        until(
            lambda: retained(broker.port)["occupancy/canteen/people"] == counts(1, 2),
            "a range for one person",
        )
        assert gate("out") == num_in
        until(lambda: retained(broker.port)["occupancy/laboratory/people"] == counts(0), "all are out")
    until(lambda: retained(broker.port)["occupancy/status"] == "offline", "it says that it ends")
    assert_anonymous(wire, site, enrolled)


@needs_broker
def test_who_is_killed_is_said_to_be_offline_by_the_broker(broker, tmp_path):
    mg.PassageStore.create(tmp_path / "passages").close()
    killed = -signal.SIGKILL
    with occupancy(tmp_path, broker.port, "--area", "laboratory", ends_with=killed) as process:
        until(lambda: retained(broker.port).get("occupancy/status") == "online", "online")
        process.kill()
        until(lambda: retained(broker.port)["occupancy/status"] == "offline", "offline")


@needs_broker
@pytest.mark.parametrize("is_new", [False, True])
def test_an_area_that_nobody_ever_went_through_is_said_with_those_that_are_known(broker, tmp_path, is_new):
    """It may be mistyped, or new; a site at which nobody was yet says nothing."""
    with mg.PassageStore.create(tmp_path / "passages") as passages:
        for area in () if is_new else ("laboratory", "canteen"):
            passes(passages, "E-1001", area, "in")
    printed = ""
    with occupancy(tmp_path, broker.port, "--area", "labratory", "--area", "canteen") as process:
        while "labratory: {" not in printed:
            printed += process.stdout.readline()
    said = "labratory counts as empty: no passage was recorded yet; known: canteen, laboratory\n"
    assert (said in printed) is not is_new and printed.count("no passage") == int(not is_new)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_are_not_there_end_it_at_once_by_their_name(tmp_path, content):
    mg.PassageStore.create(tmp_path / "passages").close()
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    command = [sys.executable, str(OCCUPANCY), str(tmp_path), "--area", "hall", "--zone", "UTC", "--broker"]
    command += ["127.0.0.1", "--port", str(free_port()), "--ca", str(tmp_path / "ca.pem")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ran.returncode == 2 and f"no certificates are in {tmp_path / 'ca.pem'}" in ran.stderr
    assert "broker 127" not in ran.stdout + ran.stderr


def assert_anonymous(wire: Wire, site: Path, subjects: list[str]) -> None:
    """No id, no pseudonym, in whole or in its first half; and there was something in which to find it."""
    sent = bytes(wire.bytes)
    assert b"occupancy/laboratory/people" in sent and b"at_least" in sent
    with mg.Site.follow(site, key=mg.KeySource.file(f"{site}.key")) as opened:
        for subject in subjects:
            assert subject.encode() not in sent
            for party in ("laboratory", "canteen", "campus"):
                pseudonym = opened.gallery.pseudonym(subject, party)
                assert pseudonym[: len(pseudonym) // 2].encode() not in sent


@pytest.fixture
def head_counts(load):
    return load("occupancy/head_count.py")


def test_a_count_is_never_negative_and_forgets_at_the_stated_hour_who_never_left(head_counts, tmp_path):
    zone = ZoneInfo("Europe/Berlin")
    at = {hour: int(datetime(2026, 3, 2, hour, tzinfo=zone).timestamp()) for hour in (3, 5, 6)}
    with mg.PassageStore.create(tmp_path / "passages") as passages:
        for subject, direction, at_s in (
            ("A", "out", at[3]),
            ("B", "in", at[3]),
            ("C", "in", at[5]),
            ("C", "in", at[6]),
        ):
            passage = mg.Passage(at_s, "hall", direction)
            passages.settle(passages.record(subject, passage, terminal="gate-1"))
        passages.record("D", mg.Passage(at[6], "hall", "in"), terminal="gate-1")  # no door has opened yet

        def people(hour: int, least_group: int = 1) -> tuple[int, int]:
            now_s = datetime(2026, 3, 2, hour, 30, tzinfo=zone).timestamp()
            since_s = head_counts.last_reset_s(now_s, datetime(2026, 1, 1, 4).time(), zone)
            count = head_counts.head_count(passages, "hall", since_s, least_group)
            return count.at_least, count.at_most

        assert people(3) == (2, 2)  # B, and C who comes later by these clocks
        assert people(6) == (1, 1)  # C, once; B is forgotten, A was never counted
        assert people(6, least_group=3) == (1, 2)
        passages.forget("C")
        assert people(6, least_group=3) == (0, 0)


@pytest.mark.parametrize(
    "day, before_s", [("2026-03-29", 23 * 3600), ("2026-10-25", 25 * 3600), ("2026-06-05", 24 * 3600)]
)
def test_the_reset_keeps_its_local_hour_when_the_clocks_change(head_counts, day, before_s):
    zone = ZoneInfo("Europe/Berlin")
    reset = datetime(2026, 1, 1, 4).time()
    at_s = datetime.combine(datetime.fromisoformat(day).date(), reset, zone).timestamp()
    assert head_counts.last_reset_s(at_s, reset, zone) == at_s
    assert at_s - head_counts.last_reset_s(at_s - 1, reset, zone) == before_s
