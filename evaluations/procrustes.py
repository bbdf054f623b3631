"""Rotations between two sets of vectors, from pairs that are known or guessed."""

from __future__ import annotations

import numpy as np

from evaluations.people import Array

ROUNDS = 25
ENOUGH = 1e-3  # change of a rotation, by norm
FIRST_SHARE, MORE_SHARE = 0.3, 0.07  # of the guessed pairs, the surest are believed, more each round


def rotation(a: Array, b: Array) -> Array:
    """The orthogonal R for which a R is nearest to b (Schönemann 1966). Shape: a, b [n, dim]."""
    left, _, right = np.linalg.svd(a.T @ b)
    result: Array = left @ right
    return result


def mutual(scores: Array) -> tuple[Array, Array]:
    """Rows and columns that are each other's best, the highest score first."""
    best_column, best_row = scores.argmax(axis=1), np.ascontiguousarray(scores.T).argmax(axis=1)
    rows = np.nonzero(best_row[best_column] == np.arange(len(scores)))[0]
    rows = rows[np.argsort(-scores[rows, best_column[rows]])]
    return rows, best_column[rows]


def refined(a: Array, b: Array, first: Array) -> Array:
    """From a rotation that is a little right to one that fits: pairs, rotation, pairs again."""
    a, b, best = a.astype(np.float32), b.astype(np.float32), first.astype(np.float32)
    for number in range(ROUNDS):
        rows, columns = mutual((a @ best) @ b.T)
        share = min(1.0, FIRST_SHARE + MORE_SHARE * number)
        count = max(2 * a.shape[1], int(share * len(rows)))
        before, best = best, rotation(a[rows[:count]], b[columns[:count]])
        if share == 1.0 and np.linalg.norm(best - before) < ENOUGH:
            break
    return best
