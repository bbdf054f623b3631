"""How far long work is, told to a callable or shown by tqdm."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from morgiana.arguments import flag, refusal

Tell = Callable[[int, int], object]


@contextmanager
def telling(progress: bool | Tell, what: str, unit: str) -> Iterator[Tell | None]:
    """What to call with (num_done, num_all); None where nobody asked.

    Errors: TypeError; ImportError, naming the extra, where tqdm is to show it and is not there.
    """
    if callable(progress):
        yield progress
    elif not _is_asked(progress):
        yield None
    else:
        with _tqdm()(desc=what, unit=unit) as bar:

            def show(num_done: int, num_all: int) -> None:
                bar.total = num_all
                bar.update(num_done - bar.n)

            yield show


def _is_asked(progress: object) -> bool:
    try:
        return flag("progress", progress)
    except TypeError:
        raise refusal("progress", "a bool or a callable (num_done, num_all)", progress) from None


def _tqdm() -> Any:
    try:
        return importlib.import_module("tqdm").tqdm
    except ImportError:
        raise ImportError(
            "progress=True needs tqdm: pip install 'morgiana[progress]', or pass a callable"
        ) from None
