"""Decimal numbers: read as they are written, added without rounding, and rounded once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
)
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import plain
from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = [
    "EXACT",
    "added",
    "as_decimal",
    "check_exponent",
    "check_rounding",
    "exact_sums",
    "quotient",
    "rounded",
]

EXACT = Context(prec=400, traps=[Inexact, InvalidOperation])
"""Adds and multiplies what `as_decimal` lets in without ever rounding."""

_ROUNDING = {
    mode.removeprefix("ROUND_").lower(): mode
    for mode in (
        ROUND_HALF_UP,
        ROUND_HALF_EVEN,
        ROUND_HALF_DOWN,
        ROUND_UP,
        ROUND_DOWN,
        ROUND_CEILING,
        ROUND_FLOOR,
    )
}
_ROUNDS = Context(prec=400)
_QUOTIENTS = Context(prec=28)
_LONGEST = 40
"""Digits of a number at the door: far more than money has, and few enough to multiply exactly."""

_SCALES = (1.0, 1e2, 1e4, 1e6)
_CERTAIN = 1e15
"""Up to 15 digits, a number and the float64 next to it tell each other."""


def as_decimal(value: Any, name: str, *, where: str | None = None) -> Decimal:
    """A number as it is written; a float as the shortest decimal that stands for it."""
    found: Decimal | None = None
    held = plain(value)
    if isinstance(held, (int, float, str, Decimal)) and not isinstance(held, bool):
        try:
            found = Decimal(repr(held) if isinstance(held, float) else held)
        except InvalidOperation:
            found = None
    if found is None:
        raise InvalidValueError(
            name, "be a number", value, where=where, remedy="write for example 12 or '0.035'"
        )
    if not found.is_finite():
        raise InvalidValueError(name, "be finite", value, where=where)
    if abs(found.adjusted()) > _LONGEST or len(found.as_tuple().digits) > _LONGEST:
        raise InvalidValueError(name, f"have at most {_LONGEST} digits", value, where=where)
    return found


def check_rounding(mode: str) -> str:
    """The word of a rounding mode, which is one of those of `decimal`."""
    if mode not in _ROUNDING:
        raise UnknownNameError("rounding", mode, _ROUNDING)
    return mode


def check_exponent(exponent: Any) -> int:
    """The power of ten of the smallest amount of a currency: -2 for cents, 0 for yen."""
    if isinstance(exponent, bool) or not isinstance(exponent, int) or not -6 <= exponent <= 6:
        raise InvalidValueError(
            "exponent",
            "be a whole number from -6 to 6",
            exponent,
            remedy="-2 rounds to cents, 0 to whole units of the currency",
        )
    return exponent


def rounded(value: Decimal, exponent: int, rounding: str) -> Decimal:
    """The value as a multiple of ten to the exponent."""
    return value.quantize(Decimal((0, (1,), exponent)), _ROUNDING[rounding], _ROUNDS)


def added(values: Iterable[Decimal]) -> Decimal:
    """The sum, without rounding."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """The quotient to 28 digits, for which nobody is paid."""
    return _QUOTIENTS.divide(dividend, divisor)


def exact_sums(values: NDArray[np.float64], groups: NDArray[Any], count: int) -> list[Decimal]:
    """The sum of each group's values, as they are written, without rounding.

    Parameters
    ----------
    values
        Numbers, none of them absent, shape (n,).
    groups
        The number of each value's group, shape (n,), below ``count``.
    count
        How many groups.
    """
    whole = _as_whole(values)
    if whole is None:
        sums: list[Decimal] = [Decimal(0)] * count
        for value, group in zip(values.tolist(), cast("list[int]", groups.tolist()), strict=True):
            sums[group] = EXACT.add(sums[group], as_decimal(value, "value"))
        return sums
    numbers, digits = whole
    totals = np.zeros(count, dtype=np.int64)
    np.add.at(totals, groups, numbers)  # a sum by weights would be a float
    return [EXACT.scaleb(Decimal(total), -digits) for total in totals.tolist()]


def _as_whole(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], int] | None:
    """The values times a power of ten, where that is a whole number for sure, and the power.

    A number of up to 15 digits is the only one as short that its float64 stands for. So where a
    whole number of 15 digits, divided, gives the value back, it is what was written.
    """
    for scale in _SCALES:
        numbers = np.rint(values * scale)
        if not (np.abs(numbers) < _CERTAIN).all():
            return None
        if (numbers / scale == values).all():
            fits = float(np.abs(numbers).sum()) < 2.0**62
            return (numbers.astype(np.int64), round(math.log10(scale))) if fits else None
    return None
