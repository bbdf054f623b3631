"""Where the key of a gallery comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass

from morgiana import _core


@dataclass(frozen=True)
class KeySource:
    """A key file that only its owner can read (mode 0600). Holds a path, never key bytes."""

    path: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", os.fsdecode(self.path))

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> KeySource:
        """An existing key file, read when a gallery is opened."""
        return cls(os.fsdecode(path))

    @classmethod
    def create_file(cls, path: str | os.PathLike[str]) -> KeySource:
        """Writes a new key file with 256 random bits, mode 0600.

        Errors: already_exists (nothing is overwritten); not_found (the folder); storage_full;
        storage_failed.
        """
        _core.create_key_file(os.fsencode(path))
        return cls.file(path)
