"""What is left of who was removed: purge, renew, receipts; and refusals that are counted."""

import base64
import json

import pytest
from npy_file import DIM, npy


def payload(jws: str) -> dict[str, object]:
    part = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_removal_has_a_receipt_that_tells_of_the_purge(morgiana, gallery, enrolled):
    removed = morgiana("remove", *gallery, "--id", "ada")
    assert removed.stdout == "removed 1 subject by commit 3; their sealed bytes are erased\n"
    receipt = morgiana("erasure-receipt", *gallery, "--commit", 3)
    assert receipt.returncode == 0, receipt.stderr
    said = payload(receipt.stdout)
    assert (said["subject_keys"], said["wrapping_keys_destroyed"]) == ([1], False)
    purged = morgiana("purge", *gallery)
    assert purged.stdout == (
        "purged; rewrapped 1 subject; the old wrapping keys are destroyed, the old keyset overwritten\n"
    )
    after = payload(morgiana("erasure-receipt", *gallery, "--commit", 3).stdout)
    assert after["wrapping_keys_destroyed"] is True
    none = morgiana("erasure-receipt", *gallery, "--commit", 2)
    assert none.returncode == 3 and "not_found: commit 2" in none.stderr
    key = json.loads(morgiana("info", *gallery, "--json").stdout)["receipt_key"]
    assert (key["kty"], key["crv"], len(key["x"])) == ("OKP", "Ed25519", 43)


def test_everybody_stays_in_a_renewal(morgiana, gallery, enrolled):
    ran = morgiana("renew", *gallery, "--threads", 2)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "renewed 2 subjects; the old keys are destroyed, the old keyset overwritten\n"
    assert morgiana("list", *gallery).stdout == "ada\nbob\n"
    assert morgiana("check", *gallery).returncode == 0


@pytest.fixture
def refused(morgiana, gallery, enrolled, vectors, write):
    """Verifies a stranger as ada."""
    probe = write("stranger.npy", npy([[-1.0] + [0.5] * (DIM - 1)]))

    def verify(*line: object):
        return morgiana("verify", *gallery, "--id", "ada", "--probe", probe, "--threshold", 0.9, *line)

    return verify


def test_refusals_are_counted_by_caller(morgiana, gallery, refused):
    for _ in range(20):
        assert refused("--caller", "gate").returncode == 1
    spent = refused("--caller", "gate", "--json")
    assert (spent.returncode, spent.stderr) == (1, "")
    answer = json.loads(spent.stdout)
    assert "subject 'ada' was refused too often today" in answer.pop("reason")
    assert answer == {"subject": "ada", "accepted": False, "withheld": True}
    identify = ["identify", *gallery, "--threshold", 0.9, "--probes", "ada.npy", "--caller", "gate"]
    found = morgiana(*identify)
    assert (found.returncode, found.stdout) == (1, "0\tnot_determined\twithheld\t-\n")
    searched = json.loads(morgiana(*identify, "--json").stdout)["probes"][0]["searched"]
    assert searched["num_withheld"] == 1
    assert refused("--caller", "till").returncode == 1
    assert refused("--caller", "gate", "--uncounted").returncode == 1
    info = json.loads(morgiana("info", *gallery, "--json").stdout)
    assert (info["num_refusals_today"], info["num_withheld"]) == (21, 1)
    lines = morgiana("info", *gallery).stdout
    assert "refusals today     21\nwithheld today     1\n" in lines
