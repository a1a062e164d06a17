"""What the segments share: arrays checked at the door, and numbers said to a reader."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.errors import InvalidValueError

__all__ = ["amounts", "flags", "percent", "read_only", "stated_percent"]

Scalar = TypeVar("Scalar", bound=np.generic)


def amounts(name: str, values: ArrayLike, size: int | None = None) -> NDArray[np.float64]:
    """One amount for each customer, NaN where it is absent; infinity is refused."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or (size is not None and len(found) != size):
        count = "" if size is None else f" ({size:,})"
        raise InvalidValueError(
            name, f"be one amount for each customer{count}", f"an array of shape {found.shape}"
        )
    endless = np.isinf(found)
    if endless.any():
        row = int(np.argmax(endless))
        raise InvalidValueError(name, "be finite", found[row], where=f"row {row}")
    return found


def flags(name: str, values: ArrayLike | None, size: int) -> NDArray[np.bool_]:
    """One flag for each customer; True for all where none are given."""
    if values is None:
        return np.ones(size, dtype=np.bool_)
    given: NDArray[Any] = np.asarray(values)
    found = given.astype(np.bool_)
    if found.shape != (size,):
        raise InvalidValueError(
            name,
            f"be one flag for each customer ({size:,})",
            f"an array of shape {found.shape}",
        )
    if not np.array_equal(found, given):
        raise InvalidValueError(
            name,
            "be True or False throughout",
            "other values",
            remedy="write True or 1, False or 0",
        )
    return found


def read_only(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """The same array, which nobody can write to any more."""
    array.flags.writeable = False
    return array


def percent(share: float) -> str:
    """A share that was measured, for a reader, to a tenth of a percent: 5.4%, 61%, 140%.

    One so small that a tenth would hide it keeps a digit: 0.04%.
    """
    said = f"{100 * share:,.1f}"
    if float(said.replace(",", "")) == 0.0 and share:
        return f"{100 * share:.1g}%"
    return f"{said.removesuffix('.0')}%"


def stated_percent(share: float) -> str:
    """A share that somebody has stated, with all its digits: 2%, 0.25%."""
    return f"{100 * share:.6g}%"
