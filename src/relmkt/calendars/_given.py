"""What the calendars are asked about: one day, or arrays, checked in one place and asked once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from relmkt.errors import InvalidValueError

__all__ = ["a_day", "checked_day", "days", "distinct_pairs", "is_day", "whole_numbers"]

_LOCAL_DAYS = "take the local day of an instant with local_days"


def is_day(value: object) -> TypeGuard[date]:
    """Whether it is a date, and no instant: that is of another day in each zone."""
    return isinstance(value, date) and not isinstance(value, datetime)


def checked_day(name: str, value: object) -> date:
    """The value, which must be a date.

    Parameters
    ----------
    name
        What an error calls it.
    value
        What was given.

    Raises
    ------
    InvalidValueError
        For an instant too, which belongs to another day in each zone.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import checked_day
    >>> checked_day("as_of", date(2026, 3, 31))
    datetime.date(2026, 3, 31)
    """
    if not is_day(value):
        raise InvalidValueError(
            name,
            "be a date",
            value,
            remedy="write date(2026, 3, 31); of an instant, its day in the zone that counts",
        )
    return value


def a_day(name: str, value: object) -> date:
    """The value, which must be a date and no instant."""
    if not is_day(value):
        instant = isinstance(value, (datetime, np.datetime64))
        raise InvalidValueError(
            name,
            "be a date, or an array of datetime64[D]",
            value,
            remedy=_LOCAL_DAYS if instant else None,
        )
    return value


def days(name: str, values: NDArray[Any]) -> NDArray[np.datetime64]:
    """The values, which must be days: an instant belongs to another day in each zone."""
    if values.dtype != np.dtype("datetime64[D]"):
        raise InvalidValueError(
            name,
            "be an array of datetime64[D]",
            values.dtype,
            remedy=_LOCAL_DAYS if values.dtype.kind == "M" else None,
        )
    return values


def whole_numbers(name: str, value: int | NDArray[Any], least: int | None = None) -> NDArray[Any]:
    """One whole number, or an array of them, as integers of 64 bits."""
    found = np.asarray(value)
    if found.dtype.kind not in "iu":
        raise InvalidValueError(name, "be a whole number, or an array of them", value)
    if least is not None and found.size and found.min() < least:
        raise InvalidValueError(name, f"be at least {least}", int(found.min()))
    return found.astype(np.int64)


def distinct_pairs(
    first: NDArray[Any], second: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.intp]]:
    """The different pairs of the rows of two arrays, and for each row the position of its pair."""
    left, rows_left = np.unique(first, return_inverse=True)
    right, rows_right = np.unique(second, return_inverse=True)
    pairs, rows = np.unique(rows_left * len(right) + rows_right, return_inverse=True)
    return left[pairs // len(right)], right[pairs % len(right)], rows
