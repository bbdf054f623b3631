"""Biometric matching: exact open-set search over sealed galleries, and decisions.

The spine: ``Gallery.identify`` answers with an ``Identification``, ``decide`` with a ``Decision``,
``ReceiptSigner.sign`` with what proves it to others.
"""

from typing import TYPE_CHECKING, Any

from morgiana._core import __version__
from morgiana.amount import Amount
from morgiana.anchor import Anchor, Ledger
from morgiana.contents import EnrolledSubject, Stats
from morgiana.decision import Decision, Outcome, Policy, Reason, decide
from morgiana.erasure import ErasureReceipt, KeyRotation, Purge, Removal, Renewal, Restoration
from morgiana.errors import Error
from morgiana.gallery import Gallery
from morgiana.keys import KeySource
from morgiana.migration import Migration, MigrationProgress, MigrationRemoval, Pass, Reenrolment
from morgiana.queue import BatchQueue
from morgiana.receipt import NonceStore, Receipt, ReceiptSigner, ReceiptVerifier
from morgiana.receipt_log import AuditReport, ReceiptLog, WrongLine, audit
from morgiana.refusals import RefusalBudget
from morgiana.report import CheckReport
from morgiana.search import Identification, Identifications, Searched, Verification
from morgiana.types import Assurance, Model, Threshold

__all__ = [
    "Amount",
    "Anchor",
    "Assurance",
    "AuditReport",
    "BatchQueue",
    "CheckReport",
    "Decision",
    "EnrolledSubject",
    "ErasureReceipt",
    "Error",
    "Gallery",
    "Identification",
    "Identifications",
    "KeyRotation",
    "KeySource",
    "Ledger",
    "Migration",
    "MigrationProgress",
    "MigrationRemoval",
    "Model",
    "NonceStore",
    "Outcome",
    "Pass",
    "Policy",
    "Purge",
    "Reason",
    "Receipt",
    "ReceiptLog",
    "ReceiptSigner",
    "ReceiptVerifier",
    "Reenrolment",
    "RefusalBudget",
    "Removal",
    "Renewal",
    "Restoration",
    "Searched",
    "Stats",
    "Threshold",
    "Verification",
    "WrongLine",
    "__version__",
    "audit",
    "decide",
]

if TYPE_CHECKING:
    from morgiana import vision as vision


def __getattr__(name: str) -> Any:
    """The vision layer is imported when it is first used, as it needs the extra of that name."""
    if name == "vision":
        import importlib

        return importlib.import_module("morgiana.vision")
    raise AttributeError(f"module 'morgiana' has no attribute {name!r}")
