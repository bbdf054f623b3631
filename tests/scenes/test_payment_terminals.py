"""1,000 terminals pay while the service is killed: no payment is lost, doubled or anybody else's.

MORGIANA_PAYMENT_MINUTES=11 is the longer form, ten kills a minute; MORGIANA_PAYMENT_SEED repeats a run.
"""

import asyncio
import base64
import json
import os
import random
import resource
import sqlite3
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "examples" / "payment")]

import payment_folder
import payment_terminals
from payment_folder import DIM, Person, like, unit
from payment_terminals import Plan, Told

import morgiana as mg

NUM_TERMINALS = 1000
PARTY = "cafeteria"
TWINS = 10  # pairs


def plan() -> Plan:
    seed = int(os.environ.get("MORGIANA_PAYMENT_SEED") or random.SystemRandom().randrange(2**31))
    minutes = float(os.environ.get("MORGIANA_PAYMENT_MINUTES", "0"))
    if minutes:
        return Plan(seed, NUM_TERMINALS, int(minutes * 10), (0.1, 8.0), pause_s=25.0)
    return Plan(seed, NUM_TERMINALS, 11, (0.1, 2.0), pause_s=0.0)


def crowd(seed: int, num_people: int) -> list[Person]:
    source = np.random.default_rng(seed)
    faces = [unit(source.standard_normal(DIM)) for _ in range(num_people)]
    for i in range(TWINS):
        faces[-1 - i] = like(faces[i], 0.97, source)
    digits = [f"{number:04}" for number in source.permutation(10_000)[:num_people]]
    return [Person(f"E-{i}", digits[i], face) for i, face in enumerate(faces)]


def policy_with(folder: Path, day_limit: int) -> Path:
    stated = json.loads((payment_folder.EXAMPLE / "cafeteria.json").read_text())
    stated["rules"]["day_limits"][0]["up_to"] = day_limit
    path = folder / "cafeteria.json"
    path.write_text(json.dumps(stated))
    return path


@pytest.fixture
def many_sockets():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] < 4 * NUM_TERMINALS:
        pytest.skip(f"{NUM_TERMINALS} terminals need {4 * NUM_TERMINALS} files, {before[1]} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 4 * NUM_TERMINALS), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def rows_of(folder: Path) -> dict[str, tuple]:
    with sqlite3.connect(folder / "ledger.sqlite") as database:
        rows = database.execute(
            "SELECT nonce, account, minor_units, currency, receipt, ended_at_s FROM sales"
        )
        every = rows.fetchall()
    database.close()
    assert len({row[0] for row in every}) == len(every)
    return {row[0]: row[1:] for row in every}


def claims_of(jws: str) -> dict:
    part = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def check_every_sale(told: Told, rows: dict[str, tuple], accounts: dict[str, str]) -> None:
    assert {one.sale.nonce for one in told.ended} == set(rows)
    assert len(told.ended) == len(rows)
    for one in told.ended:
        account, minor_units, currency, _, _ = rows[one.sale.nonce]
        if one.is_booked:
            assert (account, minor_units, currency) == (
                accounts[one.subject],
                one.sale.amount.minor_units,
                one.sale.amount.currency,
            )
        else:
            assert account is None


def check_day_limit(rows: dict[str, tuple], day_limit: int) -> int:
    spent = Counter()
    for account, minor_units, _, _, ended_at_s in rows.values():
        if account is not None:
            spent[account, ended_at_s // 86_400] += minor_units
    assert max(spent.values()) <= day_limit
    return sum(day_limit - one < 1500 for one in spent.values())


def check_receipts(folder: Path, rows: dict[str, tuple]) -> int:
    """Every booking has a receipt of its own that is a line of a sound log, and says the same."""
    key = mg.KeySource.file(folder / "customers.key")
    booked = {nonce: row for nonce, row in rows.items() if row[0] is not None}
    with mg.Gallery.open(folder / "customers.morgiana", key=key) as gallery:
        signer = mg.ReceiptSigner(gallery, issuer="tills", terminal="service")
        with mg.ReceiptLog.open(folder / "receipts.log", signer) as log:
            kept = log.checkpoint()
        keys = signer.public_key
    report = mg.audit(folder / "receipts.log", keys, checkpoint=kept, least_receipts=len(booked))
    assert report.first_wrong is None
    lines = set((folder / "receipts.log").read_text().splitlines())
    claims = {nonce: claims_of(row[3]) for nonce, row in booked.items()}
    assert all(row[3] in lines for row in booked.values())
    assert len({one["jti"] for one in claims.values()}) == len(booked)
    for nonce, (account, minor_units, currency, _, _) in booked.items():
        said = claims[nonce]
        assert (said["decision"], said["aud"], said["nonce"], said["sub"]) == (
            "granted",
            PARTY,
            nonce,
            account,
        )
        assert said["amount"] == {"minor_units": minor_units, "currency": currency}
    return report.num_receipts


def test_payments_survive_kills(tmp_path, many_sockets):
    planned = plan()
    print(f"seed {planned.seed}", flush=True)
    num_people, day_limit = (4000, 40_000) if planned.pause_s else (2000, 12_000)
    people = crowd(planned.seed, num_people)
    payment_folder.make(tmp_path, people)
    told = asyncio.run(payment_terminals.run(tmp_path, policy_with(tmp_path, day_limit), people, planned))

    key = mg.KeySource.file(tmp_path / "customers.key")
    with mg.Gallery.open(tmp_path / "customers.morgiana", key=key) as gallery:
        accounts = {person.subject: gallery.pseudonym(person.subject, PARTY) for person in people}
    assert mg.Gallery.check(tmp_path / "customers.morgiana", key=key).problems == ()
    rows = rows_of(tmp_path)
    check_every_sale(told, rows, accounts)
    num_at_limit = check_day_limit(rows, day_limit)
    num_receipts = check_receipts(tmp_path, rows)
    num_booked = sum(one.is_booked for one in told.ended)
    p50, p99 = np.percentile(told.seconds, [50, 99])
    print(
        f"{NUM_TERMINALS} terminals, {len(people)} people, {told.num_kills} kills in {told.wall_s:.0f} s: "
        f"{len(told.ended)} sales, {num_booked} booked, {num_booked / told.wall_s:.0f} booked/s, "
        f"{told.num_asked_again} asked again, {num_receipts - num_booked} receipts wasted, "
        f"{num_at_limit} people near their day limit; a sale takes {p50:.2f} s, 99 % {p99:.2f} s\n"
        f"refused: {dict(told.reasons)}"
    )
    assert told.num_kills > planned.num_kills >= 10 and num_booked > NUM_TERMINALS
    assert {"walked_away", "ambiguous", "amount_needs_step_up", "day_limit_reached", "no_candidate"} <= set(
        told.reasons
    )
    assert num_at_limit > 0 and num_receipts > num_booked
