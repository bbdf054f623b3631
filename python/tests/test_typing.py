"""The package is typed for its users, and its stub describes the compiled module."""

import os
import re
import site
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import morgiana as mg

PROGRAM = """
from typing import Literal

import numpy
import morgiana as mg

def admit(path: str, probes: numpy.typing.NDArray[numpy.float32]) -> list[str]:
    key = mg.KeySource.file("campus.key")
    held = {"head": b""}

    def swap(expected: bytes, following: bytes) -> bool:
        held["head"] = following
        return True

    anchor = mg.Anchor.callback(lambda: held["head"], swap)
    with mg.Gallery.open(path, key=key, anchor=anchor) as anchored:
        anchored.set_anchor(mg.Anchor.file("campus.anchor"))
    with mg.Gallery.open(path, key=key, references="resident", sync="batched") as gallery:
        gallery.enrol(["a", "b"], probes, cohorts=[1, 2], max_threads=2, progress=True)
        gallery.enrol(["c", "d"], probes, progress=lambda num_done, num_all: num_done < num_all)
        erasure: Literal["done", "pending"] = gallery.update(["a", "b"], probes)
        gallery.flush()
        everybody: list[str] = sorted(gallery.subjects())
        found = gallery.identify(probes, threshold=mg.Threshold(0.45, fmr=1e-5), margin=0.05)
        some = gallery.identify(
            probes, threshold=0.45, assurance="probable", cohorts=1, exclude=["a"], timeout_ms=50
        )
        searched: mg.Searched = some[0].searched
        sure: bool = searched.assurance == mg.Assurance.proven()
        gallery.compact()
        policy = mg.Policy(accept=0.45, margin=0.05, assurance=mg.Assurance.probable(1e-6))
        decisions = [mg.decide(answer, policy) for answer in found]
        rules = mg.Rules(
            access=[mg.AccessRule("lab", cohorts=1, weekdays=["mon"], to_minute=600)],
            amounts=[mg.AmountTier(mg.Amount(1500, "EUR"), "face")],
            max_attempts=3,
        )
        strict = mg.Policy(0.45, rules=rules)
        subject: str | None = mg.subject_in_question(found[0], strict)
        facts = mg.SubjectFacts(subject, 1, mg.Passage(1, "lab", "in")) if subject else None
        moment = mg.Context(now_s=1_700_000_000, area="lab", direction="out", attempt=1, facts=facts)
        decisions.append(mg.decide(found[0], strict, moment))
        loaded: mg.Policy = mg.PolicyFile.load("gate.json").policy
        decisions.append(mg.decide(found[0], loaded, moment))
        compared: mg.Verification = gallery.verify("a", probes, threshold=0.45)
        removal: mg.Removal = gallery.remove(["a"])
        with mg.Gallery.follow(path, key=key, max_threads=2) as follower:
            everybody += follower.subjects()
            follower.backup("copy.morgiana", progress=True)
            migration = mg.Migration(
                follower, gallery, older_policy=policy, newer_policy=policy, enrol_at=0.6, enrol_margin=0.1
            )
            passed: mg.Pass = migration.identify(probes, probes, caller="gate", cohorts=1)
            failed: str | None = passed.error.code if passed.error else None
            taken_out: mg.Removal | None = migration.remove("a").newer
            left: list[str] = list(migration.remaining())
            print(passed.decision.subject, failed, taken_out, left, migration.progress().num_all)
        calibration = mg.Calibration.shipped("sface-2021dec")
        resolved: mg.ResolvedRisk = calibration.threshold_for(0.01, num_subjects=len(gallery))
        if resolved.accept is not None:
            risk: float | None = calibration.risk(resolved.accept, num_subjects=500, num_probes=2).fpir
            print(risk, calibration.curves[0].fmr.value[0])
        alarm = mg.DriftAlarm(["gate"], thresholds=[0.4, 0.46])
        rung: bool = alarm.observe_false_accepts("gate", 0.01, num_false_accepts=0, at_s=1_700_000_000)
        ring: mg.DriftRing | None = alarm.status()[0].ring
        print(rung, ring.since.at_s if ring else None, mg.DriftAlarm.parse(alarm.to_json()).has_rung())
        report: mg.CheckReport = mg.Gallery.check("copy.morgiana", key=key, max_threads=2)
        problems: tuple[str, ...] = report.problems
        print(compared.score, erasure, removal.erasure, everybody, problems)
        print(len(gallery), "a" in gallery, gallery.stats().tier)
        signer = mg.ReceiptSigner(gallery, issuer="i", terminal="t")
        with mg.ReceiptLog.create("receipts.log", signer) as log:
            amount = mg.Amount(1250, "EUR")
            jws: str = log.sign(decisions[0], relying_party="p", nonce="n", amount=amount)
            kept: str = log.checkpoint()
        verifier = mg.ReceiptVerifier({"i": signer.public_key}, relying_party="p")
        receipt: mg.Receipt = verifier.verify(jws, nonce="n", amount=amount)
        mg.NonceStore.create("nonces").use(receipt)
        audited: mg.AuditReport = mg.audit("receipts.log", signer.public_key, checkpoint=kept)
        wrong: int | None = audited.first_wrong.line if audited.first_wrong else None
        print(receipt.subject == gallery.pseudonym("a", "p"), receipt.outcome is mg.Outcome.GRANTED, wrong)
    return [d.subject for d in decisions if d.outcome is mg.Outcome.GRANTED and d.subject]
"""

# Their metaclass and their __init__, which refuses to be called, are pybind11's.
PYBIND11_CLASSES = (
    r"morgiana\._core\.(Anchor|Calibration|Context|Decision|DetCurve|DriftAlarm|EnrolChecks|Execution|Gallery|Identifications?"
    r"|IdentifyOptions|KeySource|Migration|NonceStore|PassOptions|Policy|Receipt|ReceiptLog|ReceiptRequest"
    r"|ReceiptSigner|ReceiptVerifier|RefusalBudget|Rules|Searched|Verification|VerifyOptions)(\.__init__)?"
)


def checked(tool, *arguments, folder):
    """Runs a mypy tool against the package that is under test, wherever it was imported from."""
    pytest.importorskip("mypy")
    environment = {**os.environ, "MYPY_CACHE_DIR": str(folder / "cache")}
    package_root = str(Path(mg.__file__).parents[1])
    if package_root not in site.getsitepackages():  # those mypy finds by itself
        environment |= {"MYPYPATH": package_root, "PYTHONPATH": package_root}
    return subprocess.run(
        [sys.executable, "-m", tool, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_user_program_passes_strict_checking(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    ran = checked("mypy", "--strict", "program.py", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_misuse_does_not_pass(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM.replace('"campus.key"', "42"))
    ran = checked("mypy", "--strict", "program.py", folder=tmp_path)
    assert ran.returncode == 1 and "arg-type" in ran.stdout, ran.stdout + ran.stderr


def test_the_stub_describes_the_compiled_module(tmp_path):
    (tmp_path / "allowed").write_text(PYBIND11_CLASSES)
    ran = checked("mypy.stubtest", "morgiana._core", "--allowlist", "allowed", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_version_is_the_one_of_the_project():
    project = (Path(__file__).parents[2] / "CMakeLists.txt").read_text()
    assert mg.__version__ == re.search(r"project\(morgiana VERSION ([0-9.]+)", project)[1]
    try:
        assert version("morgiana") == mg.__version__
    except PackageNotFoundError:
        pass  # imported from a build tree
