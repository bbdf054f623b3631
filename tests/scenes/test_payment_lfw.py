"""A day at the cafeteria with faces of LFW: who pays, who must not, and who is asked for digits."""

import base64
import csv
import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "examples" / "payment")]

import payment_folder
from payment_folder import Person
from sale import Sale, Showing
from service import open_cashier

import morgiana as mg
from morgiana.payment import Refused

NUM_CUSTOMERS, NUM_STRANGERS = 400, 400
RISK = 0.01  # that a stranger is taken for a customer; the calibration says at which threshold


@pytest.fixture(scope="module")
def lfw():
    """Photographs by person, of those who have two at least, then of the others."""
    folder = Path(os.environ.get("MORGIANA_TEST_DATA", ROOT.parent / "shared" / "data")) / "lfw"
    if not (folder / "sface128.f32.npy").exists():
        pytest.skip(f"no LFW embeddings in {folder}; set MORGIANA_TEST_DATA")
    rows = np.load(folder / "sface128.f32.npy", mmap_mode="r")
    with (folder / "ids.csv").open(encoding="utf-8") as file:
        names = [row["identity"] for row in csv.DictReader(file)]
    people = {}
    for i, name in enumerate(names):
        people.setdefault(name, []).append(i)
    photographs = [np.ascontiguousarray(rows[which]) for which in people.values()]
    return sorted(photographs, key=lambda of_one: len(of_one) < 2)


def most(num: int, rate: float) -> float:
    """Of so many, by chance, in all but one of a thousand days."""
    return num * rate + 3.1 * np.sqrt(num * rate * (1 - rate))


def missed_at(calibration: mg.Calibration, accept: float) -> float:
    """FNMR of one photograph against one reference."""
    curve = next(one for one in calibration.curves if one.references_per_subject == one.num_probes == 1)
    return float(np.interp(accept, curve.thresholds, curve.fnmr.value))


@pytest.mark.parametrize("is_by_risk", [False, True])
def test_a_day_at_the_cafeteria(lfw, tmp_path, is_by_risk):
    customers = lfw[:NUM_CUSTOMERS]
    strangers = lfw[-NUM_STRANGERS:]
    digits = [f"{number:04}" for number in np.random.default_rng(6).permutation(10_000)[:NUM_CUSTOMERS]]
    payment_folder.make(
        tmp_path, [Person(f"E-{i}", digits[i], photographs[0]) for i, photographs in enumerate(customers)]
    )
    calibration = mg.Calibration.shipped("sface-2021dec")
    stated = payment_folder.stated("cafeteria", RISK if is_by_risk else None)
    if is_by_risk:
        (tmp_path / "calibration.json").write_text(calibration.to_json())
        kept = calibration.threshold_for(RISK, num_subjects=NUM_CUSTOMERS, num_probes=3)
        accept = kept.accept.at_least
    else:
        accept = stated.policy.accept.at_least
        kept = calibration.threshold_for(
            RISK, num_subjects=NUM_CUSTOMERS, num_probes=stated.policy.rules.max_attempts
        )
        assert accept >= kept.accept.at_least - 1e-6
    till = open_cashier(tmp_path, stated)
    accounts = [till.gallery.pseudonym(f"E-{i}", stated.name) for i in range(NUM_CUSTOMERS)]

    def says(face, i, number=None):
        sale = Sale.of(f"till-{i % 10}", [mg.Amount(1200, "EUR")])
        try:
            return till.pay(sale, Showing(face, int(time.time()), digits=number)).account
        except Refused as refused:
            return refused.reason

    told = Counter()
    for i, photographs in enumerate(customers):
        answer = says(photographs[1], i)
        if answer == "ambiguous":
            answer = says(photographs[1], i, digits[i])
            told["asked for digits"] += 1
        assert answer == accounts[i] or answer not in accounts
        told["paid" if answer in accounts else str(answer)] += 1
    taken = [says(photographs[0], i) for i, photographs in enumerate(strangers)]
    num_taken = sum(answer in accounts for answer in taken)
    print(f"customers: {dict(told)}; {num_taken} of {NUM_STRANGERS} strangers taken for one")
    assert NUM_CUSTOMERS - told["paid"] <= most(NUM_CUSTOMERS, missed_at(calibration, accept))
    assert num_taken <= most(NUM_STRANGERS, RISK)
    till.log.close()
    receipts = [line.split(".")[1] for line in (tmp_path / "receipts.log").read_text().splitlines()]
    named = [calibration.digest in base64.urlsafe_b64decode(one + "==").decode() for one in receipts]
    assert sum(named) == (told["paid"] + num_taken if is_by_risk else 0)
    till.gallery.close()
