from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest

import morgiana as mg

DIM = 64
Rows = Callable[..., numpy.ndarray]


@pytest.fixture
def model() -> mg.Model:
    return mg.Model("test-net", DIM)


@pytest.fixture
def key(tmp_path: Path) -> mg.KeySource:
    return mg.KeySource.create_file(tmp_path / "campus.key")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "campus.morgiana"


@pytest.fixture
def gallery(path: Path, model: mg.Model, key: mg.KeySource) -> Iterator[mg.Gallery]:
    """Counts no refusals: tests ask for strangers at thresholds that nobody would use."""
    with mg.Gallery.create(path, model=model, key=key, refusals=None) as opened:
        yield opened


@pytest.fixture
def rows() -> Rows:
    """rows(n): n random embeddings, the same in every run."""
    source = numpy.random.default_rng(20240229)

    def draw(num_rows: int, dim: int = DIM) -> numpy.ndarray:
        return source.standard_normal((num_rows, dim)).astype(numpy.float32)

    return draw


class Register:
    """An anchor in memory with its ledger, which a test can break."""

    def __init__(self) -> None:
        self.held = b""
        self.ledger = b""
        self.lock = threading.Lock()
        self.failure: BaseException | None = None
        self.num_swaps = 0

    def read(self) -> bytes:
        if self.failure:
            raise self.failure
        return self.held

    def swap(self, expected: bytes, following: bytes) -> bool:
        assert type(expected) is bytes and type(following) is bytes and len(following) == 144
        if self.failure:
            raise self.failure
        with self.lock:
            if self.held != expected:
                return False
            self.held = following
            self.num_swaps += 1
            return True

    def append(self, entries: bytes) -> None:
        assert type(entries) is bytes and len(entries) % 40 == 0
        if self.failure:
            raise self.failure
        self.ledger += entries

    def anchor(self, ledger: mg.Ledger | None = None) -> mg.Anchor:
        return mg.Anchor.callback(self.read, self.swap, ledger=ledger)

    def ledger_too(self) -> mg.Ledger:
        return mg.Ledger(append=self.append, read=lambda: self.ledger)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture(scope="session")
def data() -> Path:
    """The data of research, which is no part of the project."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    found = Path(os.environ.get("MORGIANA_TEST_DATA", beside))
    return found if found.is_dir() else pytest.skip(f"no test data at {found}")


@pytest.fixture(scope="session")
def lfw(data: Path) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Embeddings of LFW by SFace, and who each is."""
    names = [line.split(",")[1] for line in (data / "lfw" / "ids.csv").read_text().splitlines()[1:]]
    return numpy.load(data / "lfw" / "sface128.f32.npy"), numpy.array(names)
