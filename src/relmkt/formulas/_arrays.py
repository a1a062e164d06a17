"""Numbers and arrays of any kind as float64 arrays of one shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.errors import InvalidValueError

__all__ = ["FloatArray", "amounts_of", "broadcast"]

FloatArray = NDArray[np.float64]


def broadcast(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """The values as float64 arrays of their common shape."""
    arrays = [np.asarray(value, dtype=np.float64) for value in values]
    return tuple(np.broadcast_arrays(*arrays))


def amounts_of(values: ArrayLike, *, each: str = "customer") -> FloatArray:
    """A copy of the amounts, one for each customer or dealer, if all of them are numbers."""
    given: NDArray[Any] = np.asarray(values)
    if given.ndim != 1:
        raise InvalidValueError(
            "values", f"be one amount for each {each}", f"an array of shape {given.shape}"
        )
    amounts = np.array(given, dtype=np.float64)
    finite = np.isfinite(amounts)
    if not finite.all():
        row = int(np.argmin(finite))
        raise InvalidValueError(
            "values",
            "be finite",
            amounts[row],
            where=f"row {row}",
            remedy=f"leave out the {each}s whose amount is not known, and say how many they are",
        )
    return amounts
