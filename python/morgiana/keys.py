"""Where the key of a gallery comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass

from morgiana import _core
from morgiana.arguments import file_name


@dataclass(frozen=True)
class KeySource:
    """A key file that only its owner can read (mode 0600). Holds a path, never key bytes."""

    path: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", os.fsdecode(file_name("path", self.path)))

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> KeySource:
        """An existing key file, read when a gallery is opened."""
        return cls(os.fsdecode(file_name("path", path)))

    @classmethod
    def create_file(cls, path: str | os.PathLike[str]) -> KeySource:
        """Writes a new key file with 256 random bits, mode 0600.

        Errors: already_exists (nothing is overwritten); not_found (the folder); storage_full;
        storage_failed.
        """
        _core.create_key_file(file_name("path", path))
        return cls.file(path)
