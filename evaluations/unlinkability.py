"""D_sys: how much more likely two templates are mated than not, given a linkage score, on average over
mated pairs (Gomez-Barrero et al. 2018, IEEE TIFS 13(6))."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from evaluations.people import Array

BINS = 50
RESAMPLES = 200


def d_sys(mated: Array, non_mated: Array, omega: float = 1.0, bins: int = BINS) -> float:
    """Local measure D(s) = 2 ωLR/(1 + ωLR) - 1 where that is positive, over bins that hold equally many
    of all scores. `omega` is the prior ratio of mated to non-mated pairs."""
    edges = np.quantile(np.concatenate([mated, non_mated]), np.linspace(0, 1, bins + 1)[1:-1])
    here = np.bincount(np.searchsorted(edges, mated, side="right"), minlength=bins) / len(mated)
    there = np.bincount(np.searchsorted(edges, non_mated, side="right"), minlength=bins) / len(non_mated)
    both = omega * here + there
    local = np.divide(omega * here - there, both, out=np.zeros(bins), where=both > 0)
    return float(np.sum(here * local.clip(0)))


@dataclass(frozen=True)
class Linkability:
    what: str
    score: str
    pairs: int
    omega: float
    d: float
    low: float
    high: float
    floor: float  # of scores of one distribution, of as many pairs
    floor_high: float  # 97.5 % of such values are below

    def record(self) -> dict[str, object]:
        return asdict(self)


def measure(
    what: str, score: str, mated: Array, non_mated: Array, omega: float, rng: np.random.Generator
) -> Linkability:
    def resampled(first: Array, second: Array) -> Array:
        return np.array(
            [
                d_sys(rng.choice(first, len(mated)), rng.choice(second, len(non_mated)), omega)
                for _ in range(RESAMPLES)
            ]
        )

    low, high = np.percentile(resampled(mated, non_mated), (2.5, 97.5))
    floor = np.array(
        [
            d_sys(values[: len(mated)], values[len(mated) :], omega)
            for values in (rng.standard_normal(len(mated) + len(non_mated)) for _ in range(RESAMPLES))
        ]
    )
    return Linkability(
        what, score, len(mated), omega, d_sys(mated, non_mated, omega), float(low), float(high),
        float(floor.mean()), float(np.percentile(floor, 97.5)),
    )  # fmt: skip


def mated_and_not(scores: Array, mate: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """As many non-mated pairs as mated ones, each subject with somebody else at random."""
    rows = np.arange(len(mate))
    other = mate[(rows + rng.integers(1, len(rows), len(rows))) % len(rows)]
    return scores[rows, mate], scores[rows, other]
