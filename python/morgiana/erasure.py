"""What became of those who were removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NoReturn


@dataclass(frozen=True)
class Removal:
    """Revocation is immediate; erasure of the sealed bytes may have to wait for a reader.

    ``commit`` took them out, maybe with others: ``Gallery.erasure_receipt``.
    """

    num_removed: int
    erasure: Literal["done", "pending"]
    commit: int


@dataclass(frozen=True)
class ErasureReceipt:
    """Whom one commit revoked, and what became of their sealed bytes, signed by the gallery.

    ``are_wrapping_keys_destroyed``: whether the wrapping keys under which theirs lay are gone as
    well (``purge``), so that blocks which a disk kept cannot be opened with the keys that the gallery
    has. ``jws`` is a JSON Web Signature (EdDSA with Ed25519) of a JSON object: gallery, model, commit,
    subject_keys (internal numbers, as ids are not kept), revoked_at and erased_at (Unix time; null
    while pending), wrapping_keys_destroyed, head (of the newest commit: sequence, sha256), iat.
    """

    num_subjects: int
    is_erased: bool
    are_wrapping_keys_destroyed: bool
    jws: str

    def __bool__(self) -> NoReturn:
        raise TypeError("an ErasureReceipt is neither true nor false; ask .is_erased")


@dataclass(frozen=True)
class KeyRotation:
    """``old_keys`` is pending where a search or a backup still needs them, or where the disk
    failed: rotate again. ``is_overwritten``: whether the bytes of the keyset that held them were
    overwritten as well, as far as its file system overwrites in place."""

    num_rewrapped: int
    old_keys: Literal["done", "pending"]
    is_overwritten: bool


@dataclass(frozen=True)
class Purge:
    """``is_overwritten`` as of ``KeyRotation``."""

    num_rewrapped: int
    is_overwritten: bool


@dataclass(frozen=True)
class Renewal:
    """``is_overwritten`` as of ``KeyRotation``."""

    num_renewed: int
    is_overwritten: bool


@dataclass(frozen=True)
class Restoration:
    """``num_subjects`` are enrolled now. ``revoked`` are whom the backup enrolled and the gallery had
    removed or updated since, in ascending order of their bytes."""

    num_subjects: int
    revoked: tuple[str, ...]
