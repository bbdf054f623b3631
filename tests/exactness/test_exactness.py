"""identify equals exhaustive comparison in float64: same subjects, same order, same float scores."""

import csv
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import morgiana as mg

# Exact in float32: a stated threshold between two floats asks for the upper one.
THRESHOLDS = [float(np.float32(least)) for least in (0.3, 0.363, 0.45, 0.6)]
# At 0.9 a search of 512-D begins with the signs.
NEAR_THRESHOLDS = [*THRESHOLDS, float(np.float32(0.9))]
# Fewer than six probes are searched for one by one, more in one product; 257 take two passes.
BATCHES = [1] * 40 + [3] * 30 + [16] * 8 + [257]
THREADS = [1, 2, 8]
# Every STRIDE-th photograph is a probe, against all references.
STRIDE = int(os.environ.get("MORGIANA_PROBE_STRIDE", "1"))


def unit(x: np.ndarray) -> np.ndarray:
    """Unit float32 rows, as a Template keeps them."""
    x = x.astype(np.float64)
    return np.ascontiguousarray((x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32))


def gallery_of(folder: Path, x: np.ndarray) -> mg.Gallery:
    """Counts no refusals, as everybody is asked for at every threshold."""
    key = mg.KeySource.create_file(folder / "key")
    model = mg.Model("lfw", x.shape[1])
    gallery = mg.Gallery.create(folder / "g", model=model, key=key, refusals=None)
    gallery.enrol([f"{i:06}" for i in range(len(x))], x)
    return gallery


def exhaustive(x: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """Float scores of every probe with every reference, from sums in float64; cosines, so in [-1, 1]."""
    return (probes.astype(np.float64) @ x.astype(np.float64).T).astype(np.float32).clip(-1, 1)


def check_batch(
    gallery: mg.Gallery, scores: np.ndarray, probes: np.ndarray, least: float, threads: int = 1
) -> int:
    """Compares one batch of answers with the matrix of scores; returns how many were accepted."""
    found = gallery.identify(
        probes,
        threshold=least,
        max_candidates=len(scores[0]),
        include_scores=True,
        max_threads=threads,
    )
    rows, columns = np.nonzero(scores >= np.float32(least))
    order = np.lexsort((columns, -scores[rows, columns].astype(np.float64), rows))
    rows, columns = rows[order], columns[order]
    assert found.scores is not None
    np.testing.assert_array_equal(
        np.repeat(np.arange(len(probes)), np.diff(found.offsets)), rows
    )
    np.testing.assert_array_equal(np.array(found.subjects, dtype=np.int64), columns)
    np.testing.assert_array_equal(found.scores, scores[rows, columns])
    return len(rows)


def batches(probes: np.ndarray) -> Iterator[np.ndarray]:
    """All of them, in batches of the sizes above in turn."""
    first = 0
    for size in itertools.cycle(BATCHES):
        if first >= len(probes):
            return
        yield probes[first : first + size]
        first += size


@pytest.mark.parametrize("name", ["sface128.f32.npy", "fused512.f16.npy"])
def test_every_photograph_against_all_others(name: str, lfw: Path, tmp_path: Path) -> None:
    """Leave-one-out: a photograph's own reference is accepted as well, and compared like the rest."""
    x = unit(np.load(lfw / name))
    with open(lfw / "ids.csv", encoding="utf-8") as file:
        assert len(x) == sum(1 for _ in csv.reader(file)) - 1
    with gallery_of(tmp_path, x) as gallery:
        num_accepted = dict.fromkeys(THRESHOLDS, 0)
        all_probes = np.ascontiguousarray(x[::STRIDE])
        for turn, probes in enumerate(batches(all_probes)):
            scores = exhaustive(x, probes)
            threads = THREADS[turn % len(THREADS)]
            for least in THRESHOLDS:
                num_accepted[least] += check_batch(gallery, scores, probes, least, threads)
        counts = ", ".join(f"{least:.3f}: {number}" for least, number in num_accepted.items())
        print(f"{name}: {len(all_probes)} probes, accepted {counts}, tier {gallery.stats().tier}")
    assert all(number > len(all_probes) for number in num_accepted.values())


def near_threshold(probe: np.ndarray, least: float, count: int, seed: int) -> np.ndarray:
    """Unit references whose float score is within two float steps of the threshold."""
    random = np.random.default_rng(seed)
    target = np.float32(least)
    step = float(np.nextafter(target, np.float32(2))) - float(target)
    q = probe.astype(np.float64)
    w = random.standard_normal((count, len(q)))
    w -= np.outer(w @ q / (q @ q), q)
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    x = (float(target) * q + np.sqrt(1 - float(target) ** 2) * w).astype(np.float32)
    lever = int(np.argmax(np.abs(q)))
    wanted = float(target) + step * random.integers(-2, 3, count)
    missing = wanted - x.astype(np.float64) @ q
    x[:, lever] += (missing / q[lever]).astype(np.float32)
    assert np.abs(x.astype(np.float64) @ q - float(target)).max() < 2.5 * step
    return x


def awkward(probes: np.ndarray) -> np.ndarray:
    """Duplicates and antipodes of the probes, one-hot and constant vectors."""
    dim = probes.shape[1]
    constant = np.full((2, dim), [[1.0], [-1.0]], dtype=np.float32)
    return unit(np.concatenate([probes, probes, -probes, np.eye(dim, dtype=np.float32)[:40], constant]))


@pytest.mark.parametrize("dim", [64, 128, 200, 512, 513, 1000])
def test_references_within_two_float_steps_of_the_threshold(dim: int, tmp_path: Path) -> None:
    """The same answer in the same order, however many threads search, and sealed or resident."""
    random = np.random.default_rng(dim)
    probes = unit(random.standard_normal((len(NEAR_THRESHOLDS), dim)))
    count = 12_500 if STRIDE == 1 or dim in (128, 512) else 2_500
    near = [near_threshold(p, t, count, i) for i, (p, t) in enumerate(zip(probes, NEAR_THRESHOLDS))]
    x = np.concatenate([*near, awkward(probes)])
    scores = exhaustive(x, probes)
    gallery_of(tmp_path, x).close()
    for references in ("sealed", "resident"):
        with mg.Gallery.open(
            tmp_path / "g",
            key=mg.KeySource.file(tmp_path / "key"),
            references=references,
            refusals=None,
        ) as gallery:
            for threads, size in itertools.product(THREADS, (1, 7)):
                for i, least in enumerate(NEAR_THRESHOLDS):
                    same = np.repeat([i], size)
                    accepted = check_batch(gallery, scores[same], probes[same], least, threads)
                    # About three of five steps reach it.
                    assert 0.4 * count * size < accepted < 0.8 * count * size
            print(f"{len(x)} references at {dim}-D, {references}, tier {gallery.stats().tier}")
