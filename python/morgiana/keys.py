"""Where the key of a gallery comes from."""

from __future__ import annotations

import os
from typing import Any, final

from morgiana import _core
from morgiana.arguments import file_name, refusal
from morgiana.errors import Error


@final
class KeySource:
    """What opens a gallery: a key file that only its owner can read (mode 0600), a passphrase, or a
    key of a PKCS#11 token.

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
        return cls._of(_core.KeySource.passphrase(_secret("passphrase", passphrase)))

    @classmethod
    def token(
        cls, module: str | os.PathLike[str], *, token: str, key: str, pin: str | bytes
    ) -> KeySource:
        """A key of a PKCS#11 token (a smart card, a security module), which never leaves it.

        ``module`` is the library of the token's maker, ``token`` and ``key`` are labels; the key
        is a secret one that signs with HMAC-SHA-256. The PIN is kept as a passphrase is. Nothing is
        asked of the token before it is read.
        Errors of the verbs that read it: token_failed (no such module, token or key, PIN refused,
        token gone).
        """
        return cls._of(_core.KeySource.token(*token_arguments(module, token, "key", key, pin)))

    @classmethod
    def create_in_token(
        cls, module: str | os.PathLike[str], *, token: str, key: str, pin: str | bytes
    ) -> KeySource:
        """Makes such a key, which the token shows to nobody. Errors: already_exists; token_failed."""
        return cls._of(_core.KeySource.create_in_token(*token_arguments(module, token, "key", key, pin)))

    @classmethod
    def _of(cls, native: _core.KeySource) -> KeySource:
        source = cls.__new__(cls)
        source._native = native
        return source

    @property
    def path(self) -> str:
        """Of the key file; empty of any other source."""
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
            raise TypeError("a passphrase or PIN is not pickled: that would write it down")
        return (KeySource, (self.path,))


def _secret(name: str, given: str | bytes) -> bytes:
    if not isinstance(given, (str, bytes)):
        raise refusal(name, "a str or bytes", given)
    if isinstance(given, bytes):
        return given
    try:
        return given.encode()
    except UnicodeEncodeError:  # which holds the secret
        pass
    raise Error("invalid_argument", f"{name} is UTF-8, this one holds a lone surrogate")


def token_arguments(
    module: str | os.PathLike[str], token: str, name: str, label: str, pin: str | bytes
) -> tuple[bytes, str, str, bytes]:
    """Of what a token has under a label, which comes as the argument ``name``. Errors: TypeError."""
    for argument, text in (("token", token), (name, label)):
        if not isinstance(text, str):
            raise refusal(argument, "a str", text)
    return file_name("module", module), token, label, _secret("pin", pin)


def native_key(key: KeySource, name: str = "key") -> _core.KeySource:
    """Errors: TypeError."""
    if not isinstance(key, KeySource):
        raise refusal(name, "a morgiana.KeySource", key, "KeySource.file(path)")
    return key._native
