"""Receipts of decisions, beside an unrelated implementation of JOSE (PyPI's jwcrypto)."""

import dataclasses
import json
import threading
import time

import pytest

import morgiana as mg

ISSUER = "https://campus.example/gate"
PARTY = "https://cafeteria.example"
POLICY = mg.Policy(accept=mg.Threshold(0.9, fmr=1e-5))
PRICE = mg.Amount(1250, "EUR")


@pytest.fixture
def signer(gallery):
    return mg.ReceiptSigner(gallery, issuer=ISSUER, terminal="till-3")


@pytest.fixture
def verifier(signer):
    return mg.ReceiptVerifier({ISSUER: signer.public_key}, relying_party=PARTY)


@pytest.fixture
def granted(gallery, rows):
    x = rows(1)
    gallery.enrol("ada", x)
    decision = mg.decide(gallery.identify(x, threshold=0.9)[0], POLICY)
    assert decision.outcome == "granted"
    return decision


@pytest.fixture
def denied(gallery, granted, rows):
    return mg.decide(gallery.identify(rows(1), threshold=0.9)[0], POLICY)


@pytest.fixture
def jose():
    return pytest.importorskip("jwcrypto.jwk"), pytest.importorskip("jwcrypto.jws")


def code_of(call, *arguments, **named):
    with pytest.raises(mg.Error) as refused:
        call(*arguments, **named)
    return refused.value.code


def test_a_receipt_says_what_was_decided(gallery, signer, verifier, granted):
    jws = signer.sign(
        granted,
        relying_party=PARTY,
        nonce="n-1",
        amount=PRICE,
        calibration="lfw",
        policy_sha256="5" * 64,
    )
    receipt = verifier.verify(jws, nonce="n-1", amount=PRICE)
    assert receipt.outcome is mg.Outcome.GRANTED and receipt.reason is mg.Reason.ACCEPTED
    assert receipt.subject == gallery.pseudonym("ada", PARTY) != gallery.pseudonym("ada", ISSUER)
    assert (receipt.issuer, receipt.relying_party, receipt.terminal) == (ISSUER, PARTY, "till-3")
    assert (receipt.amount, receipt.nonce, receipt.calibration) == (PRICE, "n-1", "lfw")
    assert receipt.threshold.fmr == 1e-5 and receipt.threshold.at_least == pytest.approx(0.9)
    assert (receipt.model, receipt.tier) == (gallery.model.name, gallery.stats().tier)
    assert receipt.expires_at_s - receipt.issued_at_s == 120
    assert (receipt.sequence, receipt.previous_sha256, receipt.not_before_s) == (None, None, None)
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(receipt)


def test_a_denial_is_signed_and_names_nobody(signer, verifier, denied):
    receipt = verifier.verify(signer.sign(denied, relying_party=PARTY))
    assert (receipt.outcome, receipt.reason, receipt.subject) == ("denied", "no_candidate", None)


def test_another_library_verifies_a_receipt(signer, granted, jose):
    jwk, jws = jose
    token = jws.JWS()
    token.allowed_algs = ["Ed25519"]
    token.deserialize(signer.sign(granted, relying_party=PARTY), jwk.JWK.from_json(signer.public_key))
    assert token.jose_header == {
        "alg": "Ed25519",
        "kid": signer.key_id,
        "typ": "decision-receipt+jwt",
    }
    said = json.loads(token.payload)
    assert (said["iss"], said["aud"], said["decision"]) == (ISSUER, PARTY, "granted")
    assert not any("score" in name for name in said)
    assert jwk.JWK.from_json(signer.public_key).thumbprint() == signer.key_id
    with pytest.raises(jws.InvalidJWSSignature):
        token.deserialize(
            signer.sign(granted, relying_party=PARTY), jwk.JWK.generate(kty="OKP", crv="Ed25519")
        )


@pytest.fixture
def foreign(jose):
    """What another library signs: foreign(changes to the claims, header) -> (verifier, token)."""
    jwk, jws = jose
    key = jwk.JWK.generate(kty="OKP", crv="Ed25519")
    now = int(time.time())
    claims = {
        "jti": "AAECAwQFBgcICQoLDA0ODw",
        "iss": ISSUER,
        "aud": PARTY,
        "terminal": "t",
        "iat": now,
        "exp": now + 60,
        "decision": "denied",
        "reason": "no_candidate",
        "gallery": "00112233-4455-6677-8899-aabbccddeeff",
        "model": "net",
        "tier": "scalar",
        "head": {"sequence": 1, "sha256": "0" * 64},
    }

    def sign(alg="Ed25519", header=None, **changes):
        token = jws.JWS(json.dumps({**claims, **changes}))
        token.allowed_algs = ["Ed25519", "EdDSA"]
        protected = {"alg": alg, "kid": key.thumbprint(), "typ": "decision-receipt+jwt"}
        token.add_signature(key, alg, json.dumps({**protected, **(header or {})}))
        return token.serialize(compact=True)

    public = key.export_public()
    return mg.ReceiptVerifier({ISSUER: [public]}, relying_party=PARTY, leeway_s=0), sign


@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
def test_what_another_library_signs_is_verified(foreign, alg):
    verifier, sign = foreign
    assert verifier.verify(sign(alg)).model == "net"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"header": {"jku": "https://evil.example"}}, "not_authentic"),
        ({"header": {"typ": "JWT"}}, "not_authentic"),
        ({"header": {"kid": "another"}}, "not_authentic"),
        ({"aud": "another"}, "foreign"),
        ({"iss": "another"}, "foreign"),
        ({"exp": int(time.time()) - 100, "iat": int(time.time()) - 200}, "expired"),
        ({"nbf": int(time.time()) + 5000}, "expired"),
        ({"sub": "somebody"}, "not_authentic"),
        ({"jti": "short"}, "not_authentic"),
    ],
)
def test_what_is_signed_and_not_for_us_is_refused(foreign, changes, code):
    verifier, sign = foreign
    assert code_of(verifier.verify, sign(**changes)) == code


def test_another_answer_than_the_one_asked_for_is_foreign(signer, verifier, granted):
    jws = signer.sign(granted, relying_party=PARTY, nonce="n-1", amount=PRICE)
    assert code_of(verifier.verify, jws, nonce="n-2") == "foreign"
    assert code_of(verifier.verify, jws, amount=mg.Amount(1250, "USD")) == "foreign"
    assert code_of(verifier.verify, jws, nonce="") == "invalid_argument"
    assert code_of(verifier.verify, jws[:-2]) == "not_authentic"


def test_a_receipt_is_used_once(signer, verifier, granted, tmp_path):
    store = mg.NonceStore.create(tmp_path / "nonces")
    receipt = verifier.verify(signer.sign(granted, relying_party=PARTY))
    store.use(receipt)
    assert code_of(store.use, receipt) == "replayed"
    beside = mg.NonceStore.open(tmp_path / "nonces")
    assert code_of(beside.use, receipt) == "replayed"
    # Other fields make no other receipt.
    with pytest.raises(TypeError):
        dataclasses.replace(receipt, id="another")
    assert code_of(mg.NonceStore.create, tmp_path / "nonces") == "already_exists"
    assert code_of(mg.NonceStore.open, tmp_path / "none") == "not_found"


def test_one_of_many_threads_uses_a_receipt(signer, verifier, granted, tmp_path):
    store = mg.NonceStore.create(tmp_path / "nonces")
    receipt = verifier.verify(signer.sign(granted, relying_party=PARTY))
    codes = []

    def use():
        try:
            store.use(receipt)
            codes.append("used")
        except mg.Error as error:
            codes.append(error.code)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["replayed"] * 7 + ["used"]


def test_a_log_is_audited(signer, granted, denied, tmp_path):
    path = tmp_path / "receipts.log"
    with mg.ReceiptLog.create(path, signer, checkpoint_every=2) as log:
        given = [log.sign(d, relying_party=PARTY) for d in (granted, denied, granted)]
        kept = log.checkpoint()
        assert len(log) == 3
        assert code_of(mg.ReceiptLog.open, path, signer) == "locked"
    text = path.read_text()
    assert [line for line in text.splitlines() if line in given] == given
    report = mg.audit(path, signer.public_key, checkpoint=kept, least_receipts=3)
    assert report.first_wrong is None
    assert (report.issuer, report.num_receipts, report.num_unsealed) == (ISSUER, 3, 0)
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(report)
    path.write_text(text.rsplit("\n", 3)[0] + "\n")
    assert mg.audit(path, [signer.public_key]).first_wrong is None
    cut = mg.audit(path, [signer.public_key], checkpoint=kept)
    assert cut.first_wrong.line == report.num_receipts + report.num_checkpoints - 1
    assert code_of(mg.ReceiptLog.open, path, signer) == "rolled_back"
    path.write_text(text)
    with mg.ReceiptLog.open(path, signer) as log:
        log.sign(granted, relying_party=PARTY)
        assert len(log) == 4
    assert code_of(log.checkpoint) == "closed"


def test_nothing_is_signed_for_a_closed_gallery(gallery, signer, granted):
    gallery.close()
    assert code_of(signer.sign, granted, relying_party=PARTY) == "closed"


def test_arguments_are_named(gallery, signer, verifier, granted, tmp_path):
    for call in (
        lambda: mg.ReceiptSigner(None, issuer=ISSUER, terminal="t"),
        lambda: mg.ReceiptSigner(gallery, issuer=1, terminal="t"),
        lambda: signer.sign("granted", relying_party=PARTY),
        lambda: signer.sign(granted, relying_party=b"x"),
        lambda: signer.sign(granted, relying_party=PARTY, amount=12.5),
        lambda: mg.Amount(12.5, "EUR"),
        lambda: mg.ReceiptVerifier([signer.public_key], relying_party=PARTY),
        lambda: verifier.verify(b"jws"),
        lambda: mg.NonceStore.create(tmp_path / "nonces").use("jws"),
        lambda: mg.ReceiptLog.create(tmp_path / "log", gallery),
        lambda: mg.Receipt("jws"),
        lambda: mg.audit(tmp_path / "log", 1),
        lambda: gallery.pseudonym("ada", 1),
    ):
        with pytest.raises(TypeError):
            call()
    for call in (
        lambda: mg.ReceiptSigner(gallery, issuer="", terminal="t"),
        lambda: mg.ReceiptSigner(gallery, issuer=ISSUER, terminal="t", lifetime_s=0),
        lambda: signer.sign(granted, relying_party=""),
        lambda: signer.sign(granted, relying_party=PARTY, nonce=""),
        lambda: signer.sign(granted, relying_party=PARTY, policy_sha256="5"),
        lambda: signer.sign(granted, relying_party=PARTY, amount=mg.Amount(2**53, "EUR")),
        lambda: mg.Amount(-1, "EUR"),
        lambda: mg.Amount(1, "eur"),
        lambda: mg.ReceiptVerifier({}, relying_party=PARTY),
        lambda: mg.ReceiptLog.create(tmp_path / "log", signer, checkpoint_every=0),
        lambda: mg.audit(tmp_path / "log", []),
        lambda: gallery.pseudonym("ada", "caf\u00e9"),
    ):
        assert code_of(call) == "invalid_argument"
