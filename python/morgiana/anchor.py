"""Places outside a gallery that hold its newest commit, so that an older copy is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, final

from morgiana import _core
from morgiana.arguments import file_name, refusal
from morgiana.keys import token_arguments

Read = Callable[[], bytes]
CompareAndSwap = Callable[[bytes, bytes], bool]


@final
class Ledger:
    """Whom a gallery has revoked, kept by you beside the anchor that you keep: ``Gallery.restore``.

    ``append(entries)`` adds bytes, durably, all or none, and returns None; ``read()`` returns all of them, ``b""`` where
    there are none yet. Entries are of 40 bytes, in any order, authentic and secret to nobody. Both
    are called as those of ``Anchor.callback`` are, and what they raise is told in the same way.
    """

    __slots__ = ("append", "read")

    def __init__(self, *, append: Callable[[bytes], object], read: Read) -> None:
        for name, given in (("append", append), ("read", read)):
            if not callable(given):
                raise refusal(name, "callable", given)
        self.append, self.read = append, read


@final
class Anchor:
    """A place outside a gallery that holds its newest commit: 144 bytes, secret to nobody.

    Without one, an older copy of all files of a gallery, which lets in who was revoked since, opens
    like any other. An anchor is worth what its place is worth: who can bring back an older gallery
    and an older anchor together is not noticed. Each gallery has an anchor of its own.
    Errors of the verbs that use it: rolled_back (the gallery is older than the anchor says, or a copy
    that was left behind); not_authentic (the anchor holds something else); anchor_failed (it holds
    nothing, or failed; what a callback raised is its ``__cause__``). A change that ends with
    anchor_failed is made and durable all the same; the next one moves the anchor.
    """

    __slots__ = ("_native",)
    _native: _core.Anchor

    def __init__(self) -> None:
        raise TypeError("an Anchor is made by Anchor.file, Anchor.token or Anchor.callback")

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> Anchor:
        """A file, on another medium or machine than the gallery; ``path`` with ``.revoked`` is its
        ledger of whom the gallery has revoked, which ``Gallery.restore`` needs."""
        return cls._of(_core.Anchor.file(file_name("path", path)))

    @classmethod
    def token(
        cls, module: str | os.PathLike[str], *, token: str, object: str, pin: str | bytes
    ) -> Anchor:
        """A private data object of a PKCS#11 token, ``object`` by its label, made where there is none.

        ``module`` is the library of the token's maker, ``token`` a label; the PIN is kept as that of
        a ``KeySource`` is, and not tried again once it was refused. It holds against who copies and
        puts back files, but not against who has the PIN: PKCS#11 has no counter that only rises. A
        new object is made before the old one is destroyed, and the newer of two counts, so that one
        is left however it is cut off. Cost: an object made and one destroyed a change; cards bear a
        limited number of writes.
        """
        arguments = token_arguments(module, token, "object", object, pin)
        return cls._of(_core.Anchor.token(*arguments))

    @classmethod
    def callback(
        cls, read: Read, compare_and_swap: CompareAndSwap, *, ledger: Ledger | None = None
    ) -> Anchor:
        """A register of yours: a table of a database, a service, a monotonic counter.

        ``read()`` returns what is stored, ``b""`` where nothing was yet. ``compare_and_swap(expected,
        next)`` stores ``next`` durably where ``expected`` is stored now, at once for all who ask, and
        returns whether it did. Both are called on the threads that call the gallery, one at a time for
        a handle, and with the GIL, which waiting threads do not hold. They may search the gallery;
        changes of it from there are invalid_argument. They must not close it, nor wait for a thread
        that changes it.
        What they raise is the ``__cause__`` of an anchor_failed, for every thread whose change it was
        to anchor; what is no Exception, such as KeyboardInterrupt, is raised as it is in the thread
        that it came to, and the change is durable all the same.
        The gallery keeps both until it is closed. Without a ``ledger`` it cannot be restored from a
        backup without whom it has revoked.
        """
        for name, given in (("read", read), ("compare_and_swap", compare_and_swap)):
            if not callable(given):
                raise refusal(name, "callable", given)
        if ledger is not None and not isinstance(ledger, Ledger):
            raise refusal("ledger", "a morgiana.Ledger or None", ledger)
        kept = None if ledger is None else (ledger.append, ledger.read)
        return cls._of(_core.Anchor.callback(read, compare_and_swap, kept))

    @classmethod
    def _of(cls, native: _core.Anchor) -> Anchor:
        anchor = cls.__new__(cls)
        anchor._native = native
        return anchor

    def __repr__(self) -> str:
        return f"<morgiana.Anchor, {self._native.name()}>"

    def __reduce__(self) -> Any:
        raise TypeError("an Anchor is not pickled; make it anew where it is needed")


def native_anchor(anchor: Anchor | None) -> _core.Anchor | None:
    """Errors: TypeError."""
    if anchor is None:
        return None
    if not isinstance(anchor, Anchor):
        raise refusal("anchor", "a morgiana.Anchor", anchor, "Anchor.file(path)")
    return anchor._native
