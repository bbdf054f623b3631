# The compiled module (bindings/python). python/tests/test_typing.py compares the two.
from collections.abc import Iterable, Iterator
from typing import TypedDict, final

import numpy
import numpy.typing

__version__: str

class _Counts(TypedDict):
    num_subjects: int
    num_references: int
    num_pending_erasures: int
    index_bytes: int
    file_bytes: int
    tier: str

def create_key_file(path: bytes) -> None: ...
def decide(
    result: Identification | Verification, accept: float, fmr: float | None, margin: float
) -> tuple[str, str, str | None]: ...

@final
class Identification:
    """The accepted subjects of one probe, best first, ties by id."""
    @property
    def candidates(self) -> list[str]: ...
    @property
    def scores(self) -> numpy.typing.NDArray[numpy.float32] | None: ...
    @property
    def num_accepted(self) -> int: ...
    @property
    def runner_up(self) -> str | None: ...

@final
class Identifications:
    """One answer a probe; laid flat, those of probe i are subjects[offsets[i]:offsets[i + 1]]."""
    @property
    def subjects(self) -> list[str]: ...
    @property
    def offsets(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def scores(self) -> numpy.typing.NDArray[numpy.float32] | None: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Identification: ...
    def __iter__(self) -> Iterator[Identification]: ...

@final
class Verification:
    """The answer to a comparison with one claimed subject."""
    @property
    def accepted(self) -> bool: ...
    @property
    def claimed(self) -> str: ...
    @property
    def score(self) -> float | None: ...

@final
class Gallery:
    @staticmethod
    def create(path: bytes, model: str, dim: int, key_path: bytes) -> Gallery: ...
    @staticmethod
    def open(path: bytes, key_path: bytes) -> Gallery: ...
    @property
    def model(self) -> tuple[str, int]: ...
    def enrol(
        self, ids: str | Iterable[str], embeddings: numpy.typing.NDArray[numpy.float32]
    ) -> None: ...
    def identify(
        self,
        probes: numpy.typing.NDArray[numpy.float32],
        accept: float,
        fmr: float | None,
        margin: float,
        max_candidates: int,
        include_scores: bool,
    ) -> Identifications: ...
    def verify(
        self,
        claimed: str,
        probe: numpy.typing.NDArray[numpy.float32],
        accept: float,
        fmr: float | None,
        include_scores: bool,
    ) -> Verification: ...
    def remove(self, ids: str | Iterable[str]) -> tuple[int, bool]: ...
    def contains(self, subject: str) -> bool: ...
    def counts(self) -> _Counts: ...
    def close(self) -> None: ...
