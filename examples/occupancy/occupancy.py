"""Tells lights and air how many people are in each zone, over MQTT, and nobody who they are.

occupancy.py SITE --area laboratory --zone Europe/Berlin --broker mqtt.campus.example --port 8883 --ca ca.pem

SITE is the folder of the gates (../gate/gate.py); its passages are read, no gallery and no key.
MORGIANA_MQTT_PASSWORD is the broker's, with --username.
"""

import argparse
import os
import queue
import signal
import ssl
import sys
import threading
import time
from contextlib import closing
from datetime import time as local_time
from pathlib import Path

from head_count import HeadCount, head_count, last_reset_s
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

import morgiana as mg
from morgiana import vision

QOS_AT_LEAST_ONCE = 1
_TIMEOUT_S = 5.0


class Publisher:
    """Keeps retained topics equal to the counts. Nothing is queued while the broker is away, as an old
    count may not overtake a new one: with each connection comes all that holds then."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options, self._status = options, f"{options.topic}/status"
        self._client: mqtt.Client | None = None
        self._published: dict[str, HeadCount] = {}

    def publish(self, counts: dict[str, HeadCount]) -> list[str]:
        """Returns the areas that were published anew, acknowledged by the broker. Errors: OSError and
        RuntimeError: the broker is away; the next call connects again."""
        try:
            if self._client is None or not self._client.is_connected():
                self._drop()
                self._client = self._connected()
                self._send(self._client, self._status, "online")
            changed = [area for area, count in counts.items() if self._published.get(area) != count]
            for area in changed:
                self._send(self._client, f"{self._options.topic}/{area}/people", counts[area].to_json())
                self._published[area] = counts[area]
            return changed
        except (OSError, RuntimeError):
            self._drop()
            raise

    def close(self) -> None:
        """Says so, as the broker does where the process ends without. Errors: as ``publish``."""
        try:
            if self._client is not None and self._client.is_connected():
                self._send(self._client, self._status, "offline")
        finally:
            self._drop()

    def _drop(self) -> None:
        """With the client goes what it had not sent, and the belief that the broker knows the counts."""
        client, self._client, self._published = self._client, None, {}
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _send(self, client: mqtt.Client, topic: str, payload: str) -> None:
        sent = client.publish(topic, payload, QOS_AT_LEAST_ONCE, retain=True)
        sent.wait_for_publish(_TIMEOUT_S)
        if not sent.is_published():
            raise TimeoutError(f"no acknowledgement within {_TIMEOUT_S:.0f} s")

    def _connected(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        client.will_set(self._status, "offline", QOS_AT_LEAST_ONCE, retain=True)
        if self._options.ca is not None:
            client.tls_set(ca_certs=str(self._options.ca))
        if self._options.username is not None:
            client.username_pw_set(self._options.username, os.environ["MORGIANA_MQTT_PASSWORD"])
        answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        client.on_connect = lambda *arguments: answers.put(str(arguments[3]))
        client.connect(self._options.broker, self._options.port, keepalive=15)
        client.loop_start()
        try:
            answer = answers.get(timeout=_TIMEOUT_S)
        except queue.Empty:
            client.loop_stop()
            raise TimeoutError(f"no answer within {_TIMEOUT_S:.0f} s") from None
        if not client.is_connected():
            client.loop_stop()
            raise ConnectionError(f"it answered: {answer}")
        return client


def run(options: argparse.Namespace, stop: threading.Event) -> None:
    """Counts at a steady beat, not when somebody passes: else the time of a message is that of a passage."""
    publisher = Publisher(options)
    with mg.PassageStore.open(options.site / "passages") as passages, closing(publisher):
        known = passages.areas()  # none at a new site
        for area in sorted(set(options.area) - set(known)) if known else []:
            print(
                f"{area} counts as empty: no passage was recorded yet; known: {', '.join(known)}", flush=True
            )
        while not stop.is_set():
            since_s = last_reset_s(time.time(), options.reset, options.zone)
            counts = {area: head_count(passages, area, since_s, options.least_group) for area in options.area}
            try:
                for area in publisher.publish(counts):
                    print(f"{area}: {counts[area].to_json()}", flush=True)
            except (OSError, RuntimeError) as error:
                print(f"broker {options.broker}: {error}; counts go on, to be published", flush=True)
            stop.wait(options.beat_s)


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--area", action="append", required=True, help="of a gate; again for each zone")
    parser.add_argument("--zone", type=vision.time_zone, required=True, help="such as Europe/Berlin")
    forgets = "local time at which who is still inside is forgotten; default: 04:00"
    parser.add_argument("--reset", type=local_time.fromisoformat, default=local_time(4), help=forgets)
    parser.add_argument("--least-group", type=int, default=3, help="below it counts are a range; default: 3")
    parser.add_argument("--beat-s", type=float, default=30.0, help="default: 30")
    parser.add_argument("--topic", default="occupancy", help="TOPIC/AREA/people; default: occupancy")
    parser.add_argument("--broker", required=True)
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--ca", type=Path, help="certificates for TLS; without, it is plain text")
    parser.add_argument("--username")
    options = parser.parse_args(arguments)
    if any(set("+#/") & set(area) or not area for area in options.area):
        parser.error("an area in a topic holds none of + # /")
    if options.username is not None and "MORGIANA_MQTT_PASSWORD" not in os.environ:
        parser.error("--username needs MORGIANA_MQTT_PASSWORD")
    try:
        ssl.create_default_context(cafile=options.ca)
    except OSError as error:
        parser.error(f"no certificates are in {options.ca}: {error}")
    return options


def main(arguments: list[str] | None = None) -> int:
    options, stop = parsed(arguments), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        run(options, stop)
        return 0
    except (mg.Error, OSError, RuntimeError) as error:
        print(f"occupancy.py: {error}; the broker keeps the last counts", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
