"""How evenly an allocation is spread over those who get it: Jain's index, largest by smallest.

Both take one amount for each, shape (n,), in any order: shuffling, or counting in another currency,
changes nothing but the last digits, nor does taking everybody twice. They are of allocations, so a
negative amount is refused: what was taken back is set against what was given first, and who is
below zero then is told by name and not by an index. The Gini coefficient, which knows what to do
with negative amounts, is in `relmkt.formulas.concentration`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from relmkt.errors import InvalidValueError
from relmkt.formulas._arrays import FloatArray, amounts_of

__all__ = ["jain_index", "max_min_ratio"]


def jain_index(values: ArrayLike) -> float:
    """Jain's index of fairness: the square of the sum over n times the sum of the squares.

    It is the share of those who would be served if an amount were given equally to some and not at
    all to the rest: 0.2 is as uneven as all for one in five.

    Parameters
    ----------
    values
        One amount for each, shape (n,), none of them negative.

    Returns
    -------
    float
        Between 1/n (one has all) and 1 (all have the same); NaN where every amount is zero, for
        then nothing was allocated, and where there is nobody.

    Raises
    ------
    InvalidValueError
        For an amount that is negative, NaN or infinite.

    References
    ----------
    R. K. Jain, D.-M. W. Chiu and W. R. Hawe (1984), "A Quantitative Measure of Fairness and
    Discrimination for Resource Allocation in Shared Computer Systems", DEC Research Report TR-301.

    Examples
    --------
    >>> from relmkt.formulas.fairness import jain_index
    >>> jain_index([5, 5, 5, 5]), jain_index([0, 0, 0, 10]), round(jain_index([50, 30, 50]), 4)
    (1.0, 0.25, 0.9548)
    """
    shares = _of_the_largest(values)
    if not shares.any():
        return float("nan")
    n = len(shares)
    index = float(shares.sum()) ** 2 / (n * float(np.square(shares).sum()))
    return min(max(index, 1.0 / n), 1.0)


def max_min_ratio(values: ArrayLike) -> float:
    """The largest amount for each unit of the smallest.

    Parameters
    ----------
    values
        One amount for each, shape (n,), none of them negative.

    Returns
    -------
    float
        At least 1; infinite where somebody has nothing and another something; NaN where every
        amount is zero, and where there is nobody.

    Raises
    ------
    InvalidValueError
        For an amount that is negative, NaN or infinite.

    Examples
    --------
    >>> from relmkt.formulas.fairness import max_min_ratio
    >>> max_min_ratio([20, 60, 40]), max_min_ratio([0, 60])
    (3.0, inf)
    """
    shares = _of_the_largest(values)
    if not shares.any():
        return float("nan")
    with np.errstate(divide="ignore", over="ignore"):
        return float(np.float64(1.0) / shares.min())


def _of_the_largest(values: ArrayLike) -> FloatArray:
    """Every amount as a share of the largest, so that no square is too large or too small."""
    amounts = amounts_of(values, each="dealer")
    if len(amounts) and amounts.min() < 0.0:
        row = int(np.argmin(amounts))
        raise InvalidValueError(
            "values",
            "be at least 0",
            amounts[row],
            where=f"row {row}",
            remedy="an allocation is what was given; tell of who is below zero apart",
        )
    largest = amounts.max(initial=0.0)
    return amounts / largest if largest > 0.0 else amounts
