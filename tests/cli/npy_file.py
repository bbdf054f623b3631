"""NumPy files, written by hand so that they can be wrong in one place."""

import struct

DIM = 32
Vector = list[float]


def npy(
    rows: list[Vector],
    *,
    descr: str = "<f4",
    order: str = "False",
    shape: str | None = None,
    version: int = 1,
) -> bytes:
    shape = shape or f"({len(rows)}, {len(rows[0]) if rows else DIM})"
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    values = b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + values
