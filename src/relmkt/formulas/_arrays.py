"""Numbers and arrays of any kind as float64 arrays of one shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FloatArray", "broadcast"]

FloatArray = NDArray[np.float64]


def broadcast(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """The values as float64 arrays of their common shape."""
    arrays = [np.asarray(value, dtype=np.float64) for value in values]
    return tuple(np.broadcast_arrays(*arrays))
