"""A log of receipts, written here by another library from its description (docs/receipts.md)."""

import hashlib
import json

import pytest

jwk = pytest.importorskip("jwcrypto.jwk", reason="absent: jwcrypto (PyPI)")
jws = pytest.importorskip("jwcrypto.jws")

LOG = "AAECAwQFBgcICQoLDA0ODw"


class Writer:
    """Signs lines, each with the SHA-256 of the one before."""

    def __init__(self):
        self.key = jwk.JWK.generate(kty="OKP", crv="Ed25519")
        self.lines = []
        self.count = 0
        self.checkpoint()

    def sign(self, typ, claims):
        head = hashlib.sha256(self.lines[-1].encode()).hexdigest() if self.lines else "0" * 64
        token = jws.JWS(json.dumps({"iss": "gate", "iat": 1700000000, "prev": head, **claims}))
        token.allowed_algs = ["Ed25519"]
        header = {"alg": "Ed25519", "kid": self.key.thumbprint(), "typ": typ}
        token.add_signature(self.key, "Ed25519", json.dumps(header))
        self.lines.append(token.serialize(compact=True))
        return self.lines[-1]

    def checkpoint(self):
        return self.sign("receipt-checkpoint+jwt", {"log": LOG, "count": self.count})

    def receipt(self):
        self.count += 1
        claims = {
            "jti": f"AAECAwQFBgcICQoLDA0O{self.count:02}"[:21] + "w",
            "aud": "till",
            "terminal": "t",
            "exp": 1700000120,
            "decision": "denied",
            "reason": "no_candidate",
            "gallery": "00112233-4455-6677-8899-aabbccddeeff",
            "model": "net",
            "tier": "scalar",
            "head": {"sequence": 1, "sha256": "0" * 64},
            "sequence": self.count,
        }
        return self.sign("decision-receipt+jwt", claims)


@pytest.fixture
def log(write):
    """The log l of three receipts, a checkpoint behind two of them, and the key in jwk.json."""
    writer = Writer()
    writer.receipt()
    writer.receipt()
    writer.kept = writer.checkpoint()
    writer.receipt()
    write("jwk.json", writer.key.export_public() + "\n")
    write("l", "".join(line + "\n" for line in writer.lines))
    return writer


def test_a_sound_log_passes(morgiana, log, write):
    write("kept", log.kept + "\n")
    ran = morgiana("audit", "l", "--key", "jwk.json", "--checkpoint", "kept", "--least-receipts", 3)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (
        f"log                {LOG}\nissuer             gate\nreceipts           3\n"
        "checkpoints        2\nbehind the last    1\n"
    )
    said = json.loads(morgiana("audit", "l", "--key", "jwk.json", "--json").stdout)
    assert (said["num_receipts"], said["first_wrong"]) == (3, None)


def test_the_first_wrong_line_is_named(morgiana, log, write):
    lines = log.lines
    for changed, line in (
        (lines[:1] + lines[2:], 2),
        ([*lines[:2], lines[2][:-1] + ("Q" if lines[2].endswith("A") else "A"), *lines[3:]], 3),
        ([*lines, lines[-1]], 6),
    ):
        write("l", "".join(one + "\n" for one in changed))
        ran = morgiana("audit", "l", "--key", "jwk.json")
        assert (ran.returncode, ran.stderr) == (1, "")
        assert f"\nwrong: line {line} " in ran.stdout
        said = json.loads(morgiana("audit", "l", "--key", "jwk.json", "--json").stdout)
        assert said["first_wrong"]["line"] == line


def test_a_cut_tail_is_seen_by_what_was_kept(morgiana, log, write):
    write("l", "".join(line + "\n" for line in log.lines[:2]))
    write("kept", log.kept)
    assert morgiana("audit", "l", "--key", "jwk.json").returncode == 0
    cut = morgiana("audit", "l", "--key", "jwk.json", "--checkpoint", "kept")
    assert cut.returncode == 1 and "wrong: line 3 is missing: there were 2 receipts" in cut.stdout
    counted = morgiana("audit", "l", "--key", "jwk.json", "--least-receipts", 2)
    assert counted.returncode == 1 and "wrong: line 3 " in counted.stdout


def test_files_that_are_none_are_refused(morgiana, log, write):
    write("nonsense", "nonsense")
    for line, code in (
        (["audit", "none", "--key", "jwk.json"], "not_found"),
        (["audit", "l", "--key", "none"], "not_found"),
        (["audit", "l", "--key", "nonsense"], "invalid_argument"),
        (["audit", "l", "--key", "jwk.json", "--checkpoint", "nonsense"], "not_authentic"),
    ):
        ran = morgiana(*line)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert ran.stderr.startswith(f"morgiana: {code}: ")
    assert morgiana("audit", "l").returncode == 2


def test_the_key_of_a_gallery_is_printed_for_an_audit(morgiana, gallery, log, write):
    shown = morgiana("signer-key", *gallery)
    assert (shown.returncode, shown.stderr) == (0, "")
    key = json.loads(shown.stdout)
    assert (key["kty"], key["crv"], len(key["x"])) == ("OKP", "Ed25519", 43)
    assert key != json.loads(morgiana("info", *gallery, "--json").stdout)["receipt_key"]
    write("own.json", shown.stdout)
    assert morgiana("audit", "l", "--key", "own.json").returncode == 1  # another signer's
    assert morgiana("audit", "l", "--key", "own.json", "--key", "jwk.json").returncode == 0
