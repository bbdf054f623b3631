"""What gates of one site share on disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from morgiana.calibration import Calibration
from morgiana.erasure import Removal
from morgiana.errors import Error
from morgiana.gallery import Gallery
from morgiana.gate import Gate
from morgiana.keys import KeySource
from morgiana.passages import PassageStore
from morgiana.policy import PolicyFile
from morgiana.receipt import ReceiptSigner
from morgiana.receipt_log import AuditReport, ReceiptLog, audit
from morgiana.types import Model

if TYPE_CHECKING:
    from morgiana.vision import Pipeline


class Site:
    """A folder: ``people.morgiana``, the gallery; ``passages``; ``policy.json``, with ``calibration.json``
    where it is by a risk; and for each terminal ``receipts-<terminal>.log``. Made by ``create``, ``open`` or ``follow``; the key belongs elsewhere.

    Closed with everything that it has opened. Fork and threads: as of a ``Gallery``.
    """

    def __init__(
        self,
        folder: Path,
        gallery: Gallery,
        passages: PassageStore,
        policy: PolicyFile,
        calibration: Calibration | None,
    ) -> None:
        self.folder, self.gallery, self.passages = folder, gallery, passages
        self.policy, self.calibration = policy, calibration
        self._opened = ExitStack()
        self._logs: dict[str, tuple[ReceiptLog, ReceiptSigner]] = {}
        self._opened.callback(gallery.close)
        self._opened.callback(passages.close)

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        *,
        policy: bytes,
        model: Model,
        key: KeySource,
        calibration: Calibration | None = None,
    ) -> Self:
        """In a folder that may be there already, and holds no site. ``policy`` is JSON: docs/policy.md; one
        by a risk needs a ``calibration``.

        Errors: bad_policy, invalid_argument, model_mismatch and already_exists (nothing is made; nothing is left where another one comes); otherwise as ``Gallery.create`` and
        ``PassageStore.create``.
        """
        parsed = PolicyFile.parse(policy, "policy.json")
        if (parsed.policy.risk is None) != (calibration is None):
            raise Error("invalid_argument", "a policy by a risk goes with a calibration, no other does")
        _require_model(calibration, model)
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for name in ("people.morgiana", "passages", "policy.json", "calibration.json"):
            if (place / name).exists():
                raise Error("already_exists", f"{place / name} is there already")
        with ExitStack() as made:
            gallery = Gallery.create(place / "people.morgiana", model=model, key=key)
            made.callback(_take_back, place, "people.morgiana*")
            made.enter_context(gallery)
            passages = PassageStore.create(place / "passages")
            made.callback(_take_back, place, "passages*")
            made.enter_context(passages)
            if calibration is not None:
                (place / "calibration.json").write_text(calibration.to_json(), "utf-8")
            (place / "policy.json").write_bytes(policy)
            made.pop_all()
        return cls(place, gallery, passages, parsed, calibration)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, key: KeySource) -> Self:
        """In the one process that enrols and removes. Errors: as ``Gallery.open``, ``PassageStore.open``,
        ``PolicyFile.load`` and ``Calibration.load``."""
        return cls._of(Path(folder), Gallery.open(Path(folder) / "people.morgiana", key=key))

    @classmethod
    def follow(cls, folder: str | os.PathLike[str], *, key: KeySource) -> Self:
        """In any other process, such as that of a second gate: ``Gallery.follow``. Errors: as ``open``."""
        return cls._of(Path(folder), Gallery.follow(Path(folder) / "people.morgiana", key=key))

    @classmethod
    def _of(cls, folder: Path, gallery: Gallery) -> Self:
        with ExitStack() as opened:
            opened.enter_context(gallery)
            policy = PolicyFile.load(folder / "policy.json")
            is_by_risk = policy.policy.risk is not None
            calibration = Calibration.load(folder / "calibration.json") if is_by_risk else None
            _require_model(calibration, gallery.model)
            passages = opened.enter_context(PassageStore.open(folder / "passages"))
            opened.pop_all()
        return cls(folder, gallery, passages, policy, calibration)

    def gate(
        self,
        faces: Pipeline,
        *,
        terminal: str,
        area: str,
        issuer: str,
        zone: ZoneInfo,
        least_inter_eye_px: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> Gate:
        """A gate with a log of its own, made where the terminal has none; receipts are for ``area``.

        Errors: locked (another process is that terminal, or a gate here); those of ``ReceiptLog.open``.
        """
        if not terminal.replace("-", "").isalnum() or not terminal.isascii():
            raise Error("invalid_argument", f"a terminal is named by letters, digits and -, not {terminal!r}")
        signer = ReceiptSigner(self.gallery, issuer=issuer, terminal=terminal)
        path = self._log_path(terminal)
        with ExitStack() as made:  # a log that no gate writes to would lock the terminal out
            log = ReceiptLog.open(path, signer) if path.exists() else ReceiptLog.create(path, signer)
            made.callback(log.close)
            gate = Gate(
                self.gallery, self.policy, self.passages, log, faces,
                terminal=terminal, area=area, relying_party=area, zone=zone,
                least_inter_eye_px=least_inter_eye_px, calibration=self.calibration, clock=clock,
            )  # fmt: skip
            self._opened.push(made.pop_all())
        self._logs[terminal] = log, signer
        return gate

    def audit(self, terminal: str) -> AuditReport:
        """Of a terminal's log, after a checkpoint, which it must hold.

        Errors: not_found (no gate of that name was opened here); those of ``morgiana.audit``.
        """
        if terminal not in self._logs:
            raise Error("not_found", f"no gate {terminal} was opened here")
        log, signer = self._logs[terminal]
        return audit(
            self._log_path(terminal), signer.public_key, checkpoint=log.checkpoint(), least_receipts=len(log)
        )

    def remove(self, subject: str) -> Removal | None:
        """Revokes a subject, then erases its passages; again where it was cut off in between, and then None.

        Errors: unknown_subject (neither is there, or not any more); as ``Gallery.remove`` and
        ``PassageStore.forget``, whose message says the commit of a removal that is done.
        """
        removal = self.gallery.remove(subject) if subject in self.gallery else None
        try:
            num_passages = self.passages.forget(subject)
        except Error as error:
            if removal is None:
                raise
            done = f"{subject} is removed by commit {removal.commit}, erasure {removal.erasure}, its passages are not"
            raise Error(error.code, f"{done}: {error}") from error
        if not num_passages and removal is None:
            gone = "is not enrolled, and has no passages, or none any more"
            raise Error("unknown_subject", f"{subject} {gone}")
        return removal

    def close(self) -> None:
        """Idempotent."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _log_path(self, terminal: str) -> Path:
        return self.folder / f"receipts-{terminal}.log"


def _take_back(place: Path, made: str) -> None:
    """Of a site that could not be made whole, as it would be in the way of the next try."""
    for file in place.glob(made):
        file.unlink()


def _require_model(calibration: Calibration | None, model: Model) -> None:
    if calibration is not None and calibration.model != model:
        known, wanted = calibration.model, model
        raise Error(
            "model_mismatch",
            f"the calibration is of model {known.name} ({known.dim}), the gallery of {wanted.name} ({wanted.dim})",
        )
