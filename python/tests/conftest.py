from __future__ import annotations

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
