"""What lies on disk of two galleries of the same references, without keys."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import morgiana as mg
import numpy as np

from evaluations.people import Array


def sealed_records(file: Path, x: Array) -> Array:
    """Enrols everybody in a new gallery and reads its records as bytes. Shape: [n, bytes]."""
    key = mg.KeySource.create_file(file.with_suffix(".key"))
    with mg.Gallery.create(file, model=mg.Model("evaluation", x.shape[1]), key=key) as gallery:
        gallery.enrol([str(row) for row in range(len(x))], np.ascontiguousarray(x, np.float32))
    database = sqlite3.connect(file)
    try:
        records = database.execute("SELECT sealed FROM refs ORDER BY reference").fetchall()
    finally:
        database.close()
    return np.array([np.frombuffer(record[0], np.uint8) for record in records], np.float64)


def byte_scores(old: Array, new: Array) -> Array:
    """Correlation of the bytes of every two records. Shape: [old, new]."""

    def standard(x: Array) -> Array:
        rest = x - x.mean(axis=1, keepdims=True)
        result: Array = rest / np.linalg.norm(rest, axis=1, keepdims=True)
        return result

    result: Array = standard(old) @ standard(new).T
    return result
