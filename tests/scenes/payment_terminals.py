"""Many terminals in one process, which pay at a service that is killed again and again."""

import asyncio
import base64
import itertools
import json
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import payment_folder
from payment_folder import DIM, Person, like, unit
from sale import Sale

import morgiana as mg

ANSWER_WITHIN_S = 30
LEAST_SALES = 2  # of a terminal, however slow the machine
LOSES_ANSWER, GIVES_UP, IS_STRANGER, IS_HUNGRY = 0.03, 0.03, 0.02, 0.15  # probabilities of a sale
HUNGRY = slice(20, 28)  # so few that tills ask at once for the last of a day's limit


@dataclass(frozen=True)
class Ended:
    """What a terminal was told of a sale. ``subject`` stood before it."""

    sale: Sale
    subject: str | None
    is_booked: bool


@dataclass(frozen=True)
class Plan:
    """``pause_s`` lies between two sales of a terminal on average, ``life_s`` bounds between two kills."""

    seed: int
    num_terminals: int
    num_kills: int
    life_s: tuple[float, float]
    pause_s: float


@dataclass
class Told:
    ended: list[Ended] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)  # of a sale, with all its retries
    num_asked_again: int = 0
    num_kills: int = 0
    wall_s: float = 0.0


class Service:
    """The example's process, which a signal ends at any moment."""

    def __init__(self, folder: Path, policy: Path) -> None:
        self.socket, self._process = folder / "socket", None
        self._command = [sys.executable, str(payment_folder.EXAMPLE / "service.py"), str(folder), str(policy)]

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(*self._command)

    async def kill(self) -> None:
        assert self._process.returncode is None, "the service ended by itself"
        self._process.send_signal(signal.SIGKILL)
        assert await self._process.wait() == -signal.SIGKILL

    async def is_reached(self) -> None:
        while True:
            assert self._process.returncode is None, "the service ended by itself"
            try:
                _, writer = await asyncio.open_unix_connection(self.socket)
                return writer.close()
            except OSError:
                await asyncio.sleep(0.02)


class Terminal:
    def __init__(self, name: str, service: Service, told: Told, seed: int) -> None:
        self._name, self._socket, self._told = name, service.socket, told
        self._source = np.random.default_rng(seed)
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def work(self, people: list[Person], pause_s: float, is_over: asyncio.Event) -> None:
        for num_sales in itertools.count():
            if is_over.is_set() and num_sales >= LEAST_SALES:
                break
            await asyncio.sleep(self._source.uniform(0, 2 * pause_s))
            await self._sell(self._customer(people))
        self._hang_up()

    def _customer(self, people: list[Person]) -> Person | None:
        if self._source.random() < IS_STRANGER:
            return None
        some = people[HUNGRY] if self._source.random() < IS_HUNGRY else people
        return some[self._source.integers(len(some))]

    async def _sell(self, customer: Person | None) -> None:
        begin = time.perf_counter()
        size = 1600 if self._source.random() < 0.1 else 500  # some baskets need a step up
        prices = self._source.integers(1, size, size=self._source.integers(1, 4))
        sale = Sale.of(self._name, [mg.Amount(int(price), "EUR") for price in prices])
        is_patient = self._source.random() >= GIVES_UP
        answer = await self._ask("pay", sale, customer, 1, None, is_patient)
        if answer.get("outcome") == "step_up" and customer is not None:
            self._told.reasons[answer["refused"]] += 1
            answer = await self._ask("pay", sale, customer, 2, customer.digits)
        if "booked" not in answer:
            self._told.reasons[answer.get("refused") or answer["failed"]] += 1
            answer = await self._ask("cancel", sale, customer, 3, None)
        is_booked = answer.get("booked") == sale.nonce
        assert is_booked or answer == {"cancelled": sale.nonce}, answer
        assert not is_booked or answer["minor_units"] == sale.amount.minor_units
        self._told.ended.append(Ended(sale, customer.subject if customer else None, is_booked))
        self._told.seconds.append(time.perf_counter() - begin)

    async def _ask(
        self,
        verb: str,
        sale: Sale,
        customer: Person | None,
        attempt: int,
        digits: str | None,
        is_patient: bool = True,
    ) -> dict:
        """Until there is an answer: the same sale, by a new photograph, ever later.
        Who is not patient walks away before it comes, while the service still works on it."""
        for num_tries in itertools.count():
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    if self._connection is None:
                        self._connection = await asyncio.open_unix_connection(self._socket)
                    line = self._line(verb, sale, customer, attempt, digits)
                    is_lost = not is_patient or self._source.random() < LOSES_ANSWER
                    if (answer := await self._exchange(line, is_lost)) is not None:
                        return answer
            except (OSError, TimeoutError):
                await asyncio.sleep(self._source.uniform(0.5, 1) * min(1.0, 0.1 * 2**num_tries))
            self._hang_up()
            self._told.num_asked_again += 1
            if not is_patient:
                return {"refused": "walked_away"}
        raise AssertionError("unreachable")

    async def _exchange(self, line: bytes, is_lost: bool) -> dict | None:
        """None where the answer was lost, by the service or on the way."""
        reader, writer = self._connection
        writer.write(line)
        await writer.drain()
        if is_lost:
            return None
        said = await reader.readline()
        return json.loads(said) if said.endswith(b"\n") else None

    def _line(
        self, verb: str, sale: Sale, customer: Person | None, attempt: int, digits: str | None
    ) -> bytes:
        asked = {
            "verb": verb,
            "terminal": sale.terminal,
            "nonce": sale.nonce,
            "minor_units": sale.amount.minor_units,
            "currency": sale.amount.currency,
            "begun_at_s": sale.begun_at_s,
            "captured_at_s": int(time.time()),
            "attempt": attempt,
            "digits": digits,
            "embedding": base64.b64encode(self._photograph(customer).tobytes()).decode(),
        }
        return json.dumps(asked).encode() + b"\n"

    def _photograph(self, customer: Person | None) -> np.ndarray:
        if customer is None:
            return unit(self._source.standard_normal(DIM))
        return like(customer.embedding, self._source.uniform(0.6, 0.95), self._source)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None


async def run(folder: Path, policy: Path, people: list[Person], plan: Plan) -> Told:
    """Kills as planned, then lets every terminal end its sale, and kills once more."""
    told, is_over, service = Told(), asyncio.Event(), Service(folder, policy)
    source = np.random.default_rng(plan.seed)
    begin = time.perf_counter()
    await service.start()
    terminals = [
        Terminal(f"till-{i}", service, told, plan.seed * 100_003 + i) for i in range(plan.num_terminals)
    ]
    async with asyncio.TaskGroup() as group:
        for terminal in terminals:
            group.create_task(terminal.work(people, plan.pause_s, is_over))
        for _ in range(plan.num_kills):
            if source.random() < 0.85:  # the others die while they open their files
                await service.is_reached()
            await asyncio.sleep(source.uniform(*plan.life_s))
            await service.kill()
            told.num_kills += 1
            await service.start()
        await service.is_reached()
        is_over.set()
    told.wall_s = time.perf_counter() - begin
    await service.kill()
    told.num_kills += 1
    return told
