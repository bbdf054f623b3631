"""Where the key of a gallery comes from."""

from __future__ import annotations

import os
from typing import Any, final

from morgiana import _core
from morgiana.arguments import file_name, refusal


@final
class KeySource:
    """What opens a gallery: a key file that only its owner can read (mode 0600), or a passphrase.

    ``KeySource(path)`` is ``KeySource.file(path)``. Read when a gallery is made or opened, and when
    its keys are rotated.
    """

    __slots__ = ("_native",)
    _native: _core.KeySource

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._native = _core.KeySource.file(file_name("path", path))

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> KeySource:
        """An existing key file."""
        return cls(path)

    @classmethod
    def create_file(cls, path: str | os.PathLike[str]) -> KeySource:
        """Writes a new key file with 256 random bits, mode 0600.

        Errors: already_exists (nothing is overwritten); not_found (the folder); storage_full;
        storage_failed.
        """
        return cls._of(_core.KeySource.create_file(file_name("path", path)))

    @classmethod
    def passphrase(cls, passphrase: str | bytes) -> KeySource:
        """A passphrase, a str as UTF-8, kept in memory that is not swapped or dumped; what Python
        holds of it is not wiped.

        It protects against who has the files as far as it cannot be guessed: prefer a key file
        where nobody types. Cost: 600,000 iterations of PBKDF2, some 0.2 s, whenever it is read.
        Errors: invalid_argument (fewer than 8 bytes).
        """
        if not isinstance(passphrase, (str, bytes)):
            raise refusal("passphrase", "a str or bytes", passphrase)
        secret = passphrase.encode() if isinstance(passphrase, str) else passphrase
        return cls._of(_core.KeySource.passphrase(secret))

    @classmethod
    def _of(cls, native: _core.KeySource) -> KeySource:
        source = cls.__new__(cls)
        source._native = native
        return source

    @property
    def path(self) -> str:
        """Of the key file; empty of a passphrase."""
        return os.fsdecode(self._native.path())

    def __eq__(self, other: object) -> bool:
        """The same key file by the same name, or the same object."""
        if not isinstance(other, KeySource):
            return NotImplemented
        return self is other or (self.path != "" and self.path == other.path)

    def __hash__(self) -> int:
        return hash(self.path) if self.path else object.__hash__(self)

    def __repr__(self) -> str:
        return f"<morgiana.KeySource, {self._native.name()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.path:
            raise TypeError("a passphrase is not pickled: that would write it down")
        return (KeySource, (self.path,))
