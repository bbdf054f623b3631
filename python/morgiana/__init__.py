"""Biometric matching: exact open-set search over sealed galleries, and decisions.

The spine: ``Gallery.identify`` answers with an ``Identification``, ``decide`` with a ``Decision``,
``ReceiptSigner.sign`` with what proves it to others.
"""

from typing import TYPE_CHECKING, Any

from morgiana._core import __version__
from morgiana.amount import Amount
from morgiana.anchor import Anchor, Ledger
from morgiana.calibration import Calibration, PredictedRisk, ResolvedRisk, Support
from morgiana.contents import EnrolledSubject, Stats
from morgiana.context import Context, Direction, Passage, SubjectFacts
from morgiana.decision import Decision, Outcome, Reason, decide, subject_in_question
from morgiana.drift import DriftAlarm, DriftMoment, DriftRing, DriftStatus, DriftStream
from morgiana.erasure import ErasureReceipt, KeyRotation, Purge, Removal, Renewal, Restoration
from morgiana.errors import Error
from morgiana.gallery import Gallery
from morgiana.gallery_calibration import CalibrationDeparture, GalleryCalibration, departures
from morgiana.gate import Admission, Answer, Gate
from morgiana.keys import KeySource
from morgiana.migration import Migration, MigrationProgress, MigrationRemoval, Pass, Reenrolment
from morgiana.passages import PassageStore, RecordedPassage
from morgiana.policy import Policy, PolicyFile
from morgiana.queue import BatchQueue
from morgiana.receipt import NonceStore, Receipt, ReceiptSigner, ReceiptVerifier
from morgiana.receipt_log import AuditReport, ReceiptLog, WrongLine, audit
from morgiana.refusals import RefusalBudget
from morgiana.report import CheckReport
from morgiana.rules import AccessRule, AmountTier, AntiPassback, Rules
from morgiana.search import Identification, Identifications, Searched, Verification
from morgiana.search_log import LogCalibration, LoggedSearch, SearchLog
from morgiana.site import Site
from morgiana.types import Assurance, Model, Risk, Threshold

__all__ = [
    "AccessRule",
    "Admission",
    "Amount",
    "AmountTier",
    "Anchor",
    "Answer",
    "AntiPassback",
    "Assurance",
    "AuditReport",
    "BatchQueue",
    "Calibration",
    "CalibrationDeparture",
    "CheckReport",
    "Context",
    "Decision",
    "Direction",
    "DriftAlarm",
    "DriftMoment",
    "DriftRing",
    "DriftStatus",
    "DriftStream",
    "EnrolledSubject",
    "ErasureReceipt",
    "Error",
    "Gallery",
    "GalleryCalibration",
    "Gate",
    "Identification",
    "Identifications",
    "KeyRotation",
    "KeySource",
    "Ledger",
    "LogCalibration",
    "LoggedSearch",
    "Migration",
    "MigrationProgress",
    "MigrationRemoval",
    "Model",
    "NonceStore",
    "Outcome",
    "Pass",
    "Passage",
    "PassageStore",
    "Policy",
    "PolicyFile",
    "PredictedRisk",
    "Purge",
    "Reason",
    "Receipt",
    "ReceiptLog",
    "ReceiptSigner",
    "ReceiptVerifier",
    "RecordedPassage",
    "Reenrolment",
    "RefusalBudget",
    "Removal",
    "Renewal",
    "ResolvedRisk",
    "Restoration",
    "Risk",
    "Rules",
    "SearchLog",
    "Searched",
    "Site",
    "Stats",
    "SubjectFacts",
    "Support",
    "Threshold",
    "Verification",
    "WrongLine",
    "__version__",
    "audit",
    "decide",
    "departures",
    "subject_in_question",
]

if TYPE_CHECKING:
    from morgiana import vision as vision


def __getattr__(name: str) -> Any:
    """The vision layer is imported when it is first used, as it needs the extra of that name."""
    if name == "vision":
        import importlib

        return importlib.import_module("morgiana.vision")
    raise AttributeError(f"module 'morgiana' has no attribute {name!r}")
