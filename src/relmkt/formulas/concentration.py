"""How unevenly a sum is spread over customers: shares of the top, the Gini coefficient, Herfindahl.

Every function takes one amount for each customer, shape (n,), in any order: shuffling customers, or
counting in another currency, changes nothing but the last digits. An absent (NaN) or infinite
amount is refused, since a share of an unknown total is unknown.

**Shares need a positive total.** Where the total is zero, negative, or so small beside the amounts
that rounding alone could have made it, a share of it says nothing, and NaN is returned.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from relmkt.errors import InvalidValueError
from relmkt.formulas._arrays import FloatArray, amounts_of

__all__ = ["cumulative_share", "gini", "herfindahl", "top_count", "top_share"]


def top_count(customers: int, fraction: float) -> int:
    """How many customers the top fraction is: rounded half up, and at least one if there are any.

    The product is rounded as a reader would do it on paper: 29% of 50 is 14.5, and so 15, although
    the nearest binary number to 0.29 lies a little below.

    Parameters
    ----------
    customers
        How many customers there are, at least 0.
    fraction
        The share of them, above 0 and at most 1.

    Returns
    -------
    int
        Between 1 and ``customers``; 0 if there are none.

    Raises
    ------
    InvalidValueError
        When an argument is out of its bounds.

    Examples
    --------
    >>> from relmkt.formulas.concentration import top_count
    >>> top_count(1000, 0.05), top_count(50, 0.29), top_count(7, 0.01), top_count(0, 0.2)
    (50, 15, 1, 0)
    """
    if customers < 0:
        raise InvalidValueError("customers", "be at least 0", customers)
    if not 0.0 < fraction <= 1.0:
        raise InvalidValueError("fraction", "be above 0 and at most 1", fraction)
    if customers == 0:
        return 0
    as_written = Fraction(repr(float(fraction)))
    return max(1, int(customers * as_written + Fraction(1, 2)))


def cumulative_share(values: ArrayLike) -> FloatArray:
    """The share of the total that the first k customers bring, from the largest amount down.

    Of revenue this is the concentration curve (the Lorenz curve read from the top). Of profit it is
    the *whale curve*: it rises above 1 while profitable customers are counted, and comes down to 1
    as those who lose money follow.

    Parameters
    ----------
    values
        One amount for each customer, shape (n,); negative amounts are counted as they are.

    Returns
    -------
    array
        Shape (n + 1,): entry k is the share of the first k, from 0 to 1. All NaN but the first
        where the total is not positive.

    Raises
    ------
    InvalidValueError
        For an amount that is NaN or infinite, or an array that is not one-dimensional.

    References
    ----------
    R. S. Kaplan and R. Cooper (1998), *Cost and Effect*, Harvard Business School Press, on the
    cumulative profitability of customers.

    Examples
    --------
    >>> from relmkt.formulas.concentration import cumulative_share
    >>> cumulative_share([30, -40, 110, 0])
    array([0. , 1.1, 1.4, 1.4, 1. ])
    """
    largest_first, total = _ranked(values)
    shares = np.full(len(largest_first) + 1, np.nan)
    shares[0] = 0.0
    if total > 0.0:
        np.cumsum(largest_first, out=shares[1:])
        shares[1:] /= shares[-1]
    return shares


def top_share(values: ArrayLike, fraction: ArrayLike) -> FloatArray:
    """The share of the total that the top fraction of customers brings.

    The top holds `top_count` customers: the fraction of all, rounded half up, at least one.

    Parameters
    ----------
    values
        One amount for each customer, shape (n,).
    fraction
        One or more shares of customers, each above 0 and at most 1.

    Returns
    -------
    array
        In the shape of ``fraction``. It may exceed 1 where some amounts are negative; NaN where the
        total is not positive.

    Raises
    ------
    InvalidValueError
        For an amount that is NaN or infinite, or a fraction out of its bounds.

    Examples
    --------
    >>> from relmkt.formulas.concentration import top_share
    >>> top_share([50, 20, 10, 10, 10], [0.2, 0.4])
    array([0.5, 0.7])
    """
    shares = cumulative_share(values)
    asked = np.asarray(fraction, dtype=np.float64)
    counts = [top_count(len(shares) - 1, one) for one in asked.ravel().tolist()]
    found = shares[np.array(counts, dtype=np.intp)]
    if len(shares) == 1:
        found = np.full(asked.size, np.nan)
    return found.reshape(asked.shape)


def gini(values: ArrayLike, *, corrected: bool = False) -> float:
    """The Gini coefficient: the mean difference between two customers, over twice the mean size.

    For amounts of which none is negative this is the classical coefficient, from 0 (all alike) to
    (n − 1)/n (one has all). Where some are negative the classical one may exceed 1, or lose its
    sense with the sign of the total. The mean *absolute* amount takes the place of the mean then,
    as Raffinetti, Siletti and Vernizzi propose. This keeps the same bounds, and changes nothing
    where no amount is negative.

    Parameters
    ----------
    values
        One amount for each customer, shape (n,); negative amounts as said above.
    corrected
        Multiply by n/(n − 1), so that the coefficient reaches 1 in a small group too.

    Returns
    -------
    float
        Between 0 and 1. NaN where every amount is zero, where there is no customer, and, corrected,
        where there is only one.

    Raises
    ------
    InvalidValueError
        For an amount that is NaN or infinite.

    References
    ----------
    E. Raffinetti, E. Siletti and A. Vernizzi (2015), "On the Gini coefficient normalization when
    attributes with negative values are considered", *Statistical Methods & Applications* 24(3),
    507-521, DOI 10.1007/s10260-014-0293-4. The correction: G. Deltas (2003), "The Small-Sample Bias
    of the Gini Coefficient", *Review of Economics and Statistics* 85(1), 226-234, DOI
    10.1162/rest.2003.85.1.226.

    Examples
    --------
    >>> from relmkt.formulas.concentration import gini
    >>> gini([0, 0, 0, 10]), gini([0, 0, 0, 10], corrected=True), gini([5, 5, 5, 5])
    (0.75, 1.0, 0.0)
    """
    ascending = amounts_of(values)
    ascending.sort()
    n = len(ascending)
    size = float(np.abs(ascending).sum())
    if size == 0.0 or (corrected and n == 1):
        return float("nan")
    # The sum over all pairs of |x_i − x_j| is 2·Σ (2i − n − 1)·x_(i), with x_(i) the i-th smallest.
    weights = np.arange(1 - n, n, 2, dtype=np.float64)
    weights *= ascending
    coefficient = float(weights.sum()) / (n * size)
    if corrected:
        coefficient *= n / (n - 1)
    return min(max(coefficient, 0.0), 1.0)


def herfindahl(values: ArrayLike) -> float:
    """The Herfindahl-Hirschman index: the sum of the squared shares.

    One over the index is the number of equal customers that would be as concentrated.

    Parameters
    ----------
    values
        One amount for each customer, shape (n,), none of them negative.

    Returns
    -------
    float
        Between 1/n (all alike) and 1 (one has all); NaN where the total is zero.

    Raises
    ------
    InvalidValueError
        For an amount that is negative, NaN or infinite.

    References
    ----------
    A. O. Hirschman (1964), "The Paternity of an Index", *American Economic Review* 54(5), 761.

    Examples
    --------
    >>> from relmkt.formulas.concentration import herfindahl
    >>> herfindahl([25, 25, 25, 25]), herfindahl([50, 25, 25])
    (0.25, 0.375)
    """
    largest_first, total = _ranked(values)
    if len(largest_first) and largest_first[-1] < 0.0:
        raise InvalidValueError(
            "values",
            "be at least 0",
            largest_first[-1],
            remedy="the square of a negative share means nothing; take revenue before refunds",
        )
    if not total > 0.0:
        return float("nan")
    largest_first /= total
    return float(np.square(largest_first, out=largest_first).sum())


def _ranked(values: ArrayLike) -> tuple[FloatArray, float]:
    """A copy, largest first, and its total: 0 where rounding alone could have made it."""
    ordered = amounts_of(values)
    ordered.sort()
    largest_first = np.ascontiguousarray(ordered[::-1])
    total = float(largest_first.sum())
    noise = float(np.abs(largest_first).sum()) * len(largest_first) * np.finfo(np.float64).eps
    return largest_first, total if abs(total) > noise else 0.0
