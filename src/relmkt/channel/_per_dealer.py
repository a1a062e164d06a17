"""Arrays with one value for each dealer, checked at the door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._coercion import NAMED_ROWS
from relmkt.errors import InvalidRowsError, InvalidValueError

__all__ = ["dealer_ids", "volume_array"]


def volume_array(name: str, values: ArrayLike, size: int | None = None) -> NDArray[np.float64]:
    """One volume for each dealer, shape (n,), known and at least 0."""
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidValueError(name, "be numbers", type(values).__name__) from None
    if found.ndim != 1 or (size is not None and len(found) != size):
        count = "" if size is None else f" ({size:,})"
        raise InvalidValueError(
            name, f"be one number for each dealer{count}", f"an array of shape {found.shape}"
        )
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if bad.size:
        raise InvalidRowsError(
            name,
            [
                f"row {row}: '{name}' must be known and at least 0, got {found[row]}"
                for row in bad[:NAMED_ROWS].tolist()
            ],
            total=int(bad.size),
            remedy="take returned goods off first; what is not known earns no rebate",
            rows=bad[:NAMED_ROWS].tolist(),
        )
    return found


def dealer_ids(dealers: Iterable[Any], size: int) -> NDArray[Any]:
    """The ids as given, one for each volume."""
    held = list(dealers)
    if len(held) != size:
        raise InvalidValueError("dealers", f"be one for each volume ({size:,})", len(held))
    ids = np.empty(size, dtype=object)
    ids[:] = held
    ids.flags.writeable = False
    return ids
