"""D_sys: how much more likely two templates are mated than not, given a linkage score, on average over
mated pairs (Gomez-Barrero et al. 2018, IEEE TIFS 13(6))."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from evaluations.people import Array

BINS = 20
OTHERS = 10  # non-mated pairs of each subject
RESAMPLES = 200
HISTOGRAM_BINS = 60


def d_sys(mated: Array, non_mated: Array, omega: float = 1.0, bins: int = BINS) -> float:
    """Local measure D(s) = 2 ωLR/(1 + ωLR) - 1 where that is positive, over bins that hold equally much of
    both densities together. `omega` is the prior ratio of mated to non-mated pairs."""
    alike = np.repeat(mated, max(1, round(len(non_mated) / len(mated))))
    edges = np.quantile(np.concatenate([alike, non_mated]), np.linspace(0, 1, bins + 1)[1:-1])
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
    low: float  # 95 % interval of the true value: basic bootstrap, which takes off the floor
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

    d = d_sys(mated, non_mated, omega)
    low, high = np.percentile(resampled(mated, non_mated), (2.5, 97.5)) - d
    floor = np.array(
        [
            d_sys(values[: len(mated)], values[len(mated) :], omega)
            for values in (rng.standard_normal(len(mated) + len(non_mated)) for _ in range(RESAMPLES))
        ]
    )
    return Linkability(
        what, score, len(mated), omega, d, max(0.0, d - float(high)), min(1.0, d - float(low)),
        float(floor.mean()), float(np.percentile(floor, 97.5)),
    )  # fmt: skip


def histogram(mated: Array, non_mated: Array) -> dict[str, list[float]]:
    """Densities of both over the same bins."""
    both = np.concatenate([mated, non_mated])
    edges = np.linspace(both.min(), both.max() + 1e-9, HISTOGRAM_BINS + 1)
    densities = {"mated": mated, "non_mated": non_mated}
    return {"edges": edges.tolist()} | {
        name: np.histogram(scores, edges, density=True)[0].tolist() for name, scores in densities.items()
    }


def mated_and_not(scores: Array, mate: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Each subject with its mate, and with others at random."""
    rows = np.repeat(np.arange(len(mate)), OTHERS)
    other = mate[(rows + rng.integers(1, len(mate), len(rows))) % len(mate)]
    return scores[np.arange(len(mate)), mate], scores[rows, other]
