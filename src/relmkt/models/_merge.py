"""Equal rows counted once, exactly and in an order that depends on nothing but the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relmkt.formulas._arrays import FloatArray

__all__ = ["merge_rows"]

_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


def merge_rows(
    columns: tuple[FloatArray, ...], weights: FloatArray
) -> tuple[tuple[FloatArray, ...], FloatArray]:
    """The distinct rows of equally long columns, and the weight of each.

    Rows are sorted by a 64-bit hash of their bits, which is several times as fast as sorting by
    every column, and neighbors are merged where all columns agree. Two unlike rows that share a
    hash stay two rows: a collision can at worst leave equal rows apart, and never joins unlike
    ones. The hash order is also as good as random, so that the first rows are a fair sample of all.
    """
    order = np.argsort(_hashes(columns), kind="quicksort")
    ordered = tuple(column[order] for column in columns)
    new = np.ones(order.size, dtype=bool)
    if order.size:
        new[1:] = False
        for column in ordered:
            new[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(new)
    merged = tuple(column[starts] for column in ordered)
    if not starts.size:
        return merged, np.zeros(0)
    totals = np.add.reduceat(weights[order], starts)
    kept = totals > 0.0
    return tuple(column[kept] for column in merged), totals[kept]


def _hashes(columns: tuple[FloatArray, ...]) -> NDArray[np.uint64]:
    mixed = np.zeros(columns[0].shape, dtype=np.uint64)
    for column, factor in zip(columns, _FACTORS, strict=False):
        # Adding zero makes -0.0 and 0.0 the same bits.
        mixed ^= (column + 0.0).view(np.uint64)
        mixed *= np.uint64(factor)
        mixed ^= mixed >> np.uint64(29)
    return mixed
