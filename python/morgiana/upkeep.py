"""What is done to a gallery besides enrolling and asking: checks, copies, keys, anchors."""

from __future__ import annotations

import os
from collections.abc import Iterable

from morgiana import _core
from morgiana.anchor import Anchor, native_anchor
from morgiana.arguments import enrol_checks, file_name, refusal, text, threads, whole_number
from morgiana.calibration import Calibration
from morgiana.erasure import ErasureReceipt, KeyRotation, Purge, Renewal, Restoration
from morgiana.errors import Error
from morgiana.gallery_calibration import GalleryCalibration
from morgiana.keys import KeySource, native_key
from morgiana.progress import Tell, telling
from morgiana.report import CheckReport

Path = str | os.PathLike[str]


class Upkeep:
    """The part of ``Gallery`` that its operator uses."""

    _native: _core.Gallery

    @staticmethod
    def check(
        path: Path, *, key: KeySource, max_threads: int = 1, anchor: Anchor | None = None
    ) -> CheckReport:
        """Reads and authenticates everything: structure of the file, every record, the chain of
        commits and the ledger of erasures. Beside a process that writes, too. A gallery that is older
        than ``anchor`` says is a problem, one that it cannot be held against is raised.

        What is wrong with the gallery is in ``problems``, what is wrong with the question is
        raised. Errors: not_found; not_a_gallery; unsupported_format; wrong_key; bad_key_file;
        invalid_argument.
        """
        file = file_name("path", path)
        report = _core.Gallery.check(
            file, native_key(key), threads(max_threads), native_anchor(anchor)
        )
        return CheckReport(**report)

    def backup(self, path: Path, *, progress: bool | Tell = False) -> None:
        """Copies one state to a new gallery, which the same key opens; durable when it returns.

        Searches and changes go on, erasures wait for its end. A follower can make it too. To open a
        backup in the gallery's place is to bring back whom the gallery has revoked since;
        ``restore`` leaves them out.
        ``progress`` as in ``enrol``, in pages; a callable may use the gallery, but not close it.
        What is raised ends the backup, and nothing is left.
        Errors: already_exists; not_found (the folder); invalid_argument (the name).
        """
        file = file_name("path", path)
        with telling(progress, "backing up", "page") as tell:
            self._native.backup(file, tell)

    @staticmethod
    def restore(
        backup: Path,
        path: Path,
        *,
        key: KeySource,
        anchor: Anchor,
        max_threads: int = 1,
        progress: bool | Tell = False,
    ) -> Restoration:
        """Makes a gallery of a backup, in the place of one that is lost, without whom that one has
        revoked since: who was removed, and who was updated, as the backup has the old reference.

        They are told in ``revoked``, and enrol again. What was enrolled since is lost. ``anchor`` is
        that of the lost gallery: it says whom, and is moved to the gallery that is made; what is left
        of the old one is refused from then on. Open it afterwards. ``key`` opens the backup.
        ``progress`` as in ``backup``. Cut off, it leaves a gallery that the anchor refuses.
        Errors: already_exists; not_found (also: nobody is left, as after ``renew``); anchor_failed (it
        holds nothing, or keeps no ledger); locked (the old gallery is in use); otherwise as ``open``.
        Nothing is left of it then.
        """
        source, file = file_name("backup", backup), file_name("path", path)
        held, native = _given(anchor), native_key(key)
        with telling(progress, "restoring", "page") as tell:
            num_subjects, revoked = _core.Gallery.restore(
                source, file, native, held, threads(max_threads), tell
            )
        return Restoration(num_subjects, tuple(revoked))

    def calibrate(
        self,
        data: str,
        *,
        cohorts: int | None = None,
        excluded: Iterable[tuple[str, str]] = (),
        duplicate_threshold: float | None = None,
        hub_threshold: float | None = None,
        max_hub_matches: int = 10,
        max_subjects: int = 20_000,
        max_threads: int = 1,
        progress: bool | Tell = False,
    ) -> GalleryCalibration:
        """Error rates among the people enrolled: every reference compared with those of all others.

        ``data`` says in one line who they are and how they were photographed. ``excluded`` are pairs
        of subjects found to be one person: they count as not compared. Pairs that score
        ``duplicate_threshold`` are named, and who scores ``hub_threshold`` with more than
        ``max_hub_matches`` others. No score is given. More than ``max_subjects`` are drawn evenly.
        ``progress`` as in ``enrol``, in references. Changes go on beside it.
        Errors: invalid_argument (fewer than 100 subjects); unknown_subject (one excluded).
        Cost:   a search for every reference, then the estimate on one thread, of which ``progress``
        hears nothing: 9 and 25 s for 30,000 references.
        """
        checks = enrol_checks(duplicate_threshold, hub_threshold, max_hub_matches)
        most = whole_number("max_subjects", max_subjects)
        if most < 100:
            raise Error("invalid_argument", f"max_subjects is at least 100, got {most}")
        with telling(progress, "comparing", "reference") as tell:
            native, duplicates, hubs, num_subjects, num_references = _core.calibrate_gallery(
                self._native,
                text("data", data),
                cohorts,
                [(one, other) for one, other in excluded],
                checks,
                most,
                threads(max_threads),
                tell,
            )
        return GalleryCalibration(
            Calibration(native), duplicates, hubs, num_subjects, num_references
        )

    def rotate_keys(self, *, progress: bool | Tell = False) -> KeyRotation:
        """Moves all subject keys under a new wrapping key and destroys the old one.

        Searches and changes go on. From then on no copy of an older file, or of a block that a
        flash disk kept, can be opened with the keys that the gallery has; only who has an older
        keyset and what opened it can. What opens the gallery stays: ``change_key``. ``progress`` as
        in ``enrol``, in subjects; what is raised ends the rotation, which the next one goes on with.
        Errors: locked (keys are being changed, or a search or a backup reads an older state);
        wrong_key (what the gallery was opened with does not open it by now); read_only.
        Cost: some 2 µs a subject.
        """
        with telling(progress, "rotating keys", "subject") as tell:
            num_rewrapped, is_done, is_overwritten = self._native.rotate_keys(tell)
        return KeyRotation(num_rewrapped, "done" if is_done else "pending", is_overwritten)

    def purge(self, *, progress: bool | Tell = False) -> Purge:
        """Makes unreadable what was removed before, for who has the gallery's keys from then on and
        all that the disk ever held: finishes pending erasures, then rotates the keys.

        Errors: locked (a search or a backup reads an older state, and the old wrapping keys are still
        needed: purge again when it has ended); otherwise as ``rotate_keys``.
        """
        with telling(progress, "purging", "subject") as tell:
            return Purge(*self._native.purge(tell))

    def renew(self, *, max_threads: int = 1, progress: bool | Tell = False) -> Renewal:
        """Renews all keys, while searches and changes go on: a wrapping key, a key of each subject
        under which its references are sealed anew, and the rotation of the codes in memory.

        The old ones are destroyed as by ``purge``. Nobody enrols again: ids, cohorts, times and
        references stay. It renews keys, not faces. Who follows keeps codes under the old rotation
        until ``compact``, or until it follows anew. Backups from before are not restored any more.
        Errors: as ``purge``; limit_reached. Cost: some 100 µs a subject.
        """
        with telling(progress, "renewing", "subject") as tell:
            return Renewal(*self._native.renew(threads(max_threads), tell))

    def erasure_receipt(self, commit: int) -> ErasureReceipt:
        """What became of those whom a commit took out (``Removal.commit``), signed.

        Errors: not_found (it took out nobody).
        """
        number = whole_number("commit", commit)
        if number < 1:
            raise Error("invalid_argument", f"commit {number} is none; the first is 1")
        return ErasureReceipt(*self._native.erasure_receipt(number))

    def receipt_key(self) -> str:
        """The public key of its receipts, for the life of a gallery: a JSON Web Key (RFC 8037)."""
        return self._native.receipt_key()

    def pseudonym(self, subject: str, relying_party: str) -> str:
        """What one relying party knows a subject by: 43 characters.

        The same for as long as the subject keeps its key, so another one after ``update`` and
        ``renew``, and the same after ``rotate_keys``. Two relying parties cannot tell that theirs
        are of one subject, and nobody can say whose one was once the subject is removed and its key
        erased. Errors: unknown_subject; invalid_argument (a relying party has 1 to 256 printable
        ASCII characters).
        """
        return self._native.pseudonym(subject, text("relying_party", relying_party))

    @staticmethod
    def change_key(path: Path, *, key: KeySource, new_key: KeySource) -> None:
        """Puts another key, of the same kind or not, in the place of the one that opens a gallery.

        The gallery itself is not read: beside processes that have it open, too, which need the new
        one when they open it again or follow a rotation. Copies of the old keyset still open with
        the old key: where that is known to others, ``rotate_keys`` as well.
        Errors: not_found; wrong_key; locked (keys are being changed); invalid_argument (the new one
        opens it already); those of the sources.
        """
        _core.Gallery.change_key(file_name("path", path), native_key(key), native_key(new_key, "new_key"))

    def set_anchor(self, anchor: Anchor) -> None:
        """Gives the gallery an anchor that holds nothing yet: to begin with one, or after what it
        held was lost. Others may use the gallery meanwhile.

        Until it returns no older copy is noticed: whether the gallery was the newest then is for you
        to know. Errors: already_exists (it holds something); rolled_back (a ledger that was left beside
        it knows of revocations that the gallery does not); anchor_failed; read_only.
        """
        self._native.set_anchor(_given(anchor))


def _given(anchor: Anchor) -> _core.Anchor:
    native = native_anchor(anchor)
    if native is None:
        raise refusal("anchor", "a morgiana.Anchor", anchor, "Anchor.file(path)")
    return native
