"""Trends of many short series at once, with the seasons kept out, and how far they may be off."""

from __future__ import annotations

import math
from functools import lru_cache

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.errors import InvalidValueError

__all__ = ["LinearTrend", "linear_trend", "student_t"]

FloatArray = NDArray[np.float64]

_HALVINGS = 60
"""Each halves the interval, so that after these a float64 has no digit left to gain."""


@attrs.frozen(eq=False, kw_only=True)
class LinearTrend:
    """The slope of each series, and how far it may be off.

    Attributes
    ----------
    slope
        What is added from one column to the next, shape (k,); NaN where the values fix none.
    error
        The standard error of the slope, shape (k,); NaN where no value is left over to tell.
    freedom
        The degrees of freedom: the values less the estimated means and the slope, shape (k,).
    """

    slope: FloatArray
    error: FloatArray
    freedom: NDArray[np.int64]


def linear_trend(values: ArrayLike, seasons: ArrayLike | None = None) -> LinearTrend:
    """The slope of every row over its columns, by least squares, with a level for each season.

    Where values y and times t are taken from their own means within each season, the slope is
    the sum of t · y by the sum of t², and its variance that of the residuals by the sum of t²
    (the within estimator: Frisch & Waugh 1933, Wooldridge, *Introductory Econometrics*, ch. 14).
    Each column is then compared with those of the same season alone: a season that comes again in
    the same way every year adds nothing to the slope. Without seasons it is the plain regression
    on a line.

    The error takes what is left over to be independent from column to column, and equally large.
    Where months of much follow months of much, it is too small.

    Parameters
    ----------
    values
        One series in each row, shape (k, m); NaN where there is none.
    seasons
        For each column the number of its season, from 0, shape (m,); None for one season.

    Raises
    ------
    InvalidValueError
        When the shapes do not fit.

    Examples
    --------
    >>> from relmkt.formulas.trends import linear_trend
    >>> high_and_low = [[10, 0, 12, 2, 14, 4]]
    >>> found = linear_trend(high_and_low, seasons=[0, 1, 0, 1, 0, 1])
    >>> found.slope.tolist(), found.error.tolist(), found.freedom.tolist()
    ([1.0], [0.0], [3])
    >>> linear_trend(high_and_low).slope.round(3).tolist()
    [0.057]
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 2:
        raise InvalidValueError("values", "have two dimensions", y.ndim, remedy="one row a series")
    codes = np.zeros(y.shape[1], np.intp) if seasons is None else np.asarray(seasons, dtype=np.intp)
    if codes.shape != y.shape[1:]:
        raise InvalidValueError("seasons", f"have {y.shape[1]} numbers, one a column", codes.shape)
    is_known = ~np.isnan(y)
    t = np.where(is_known, np.arange(y.shape[1], dtype=np.float64), 0.0)
    y = np.where(is_known, y, 0.0)
    means = np.zeros(len(y), dtype=np.int64)
    for season in np.unique(codes):
        at = codes == season
        count = is_known[:, at].sum(axis=1)
        means += count > 0
        each = np.maximum(count, 1)[:, None]
        for part in (t, y):
            part[:, at] -= part[:, at].sum(axis=1, keepdims=True) / each
    t[~is_known] = y[~is_known] = 0.0
    spread = (t * t).sum(axis=1)
    is_fixed = spread > 0
    freedom = np.where(is_fixed, is_known.sum(axis=1) - means - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(is_fixed, (t * y).sum(axis=1) / spread, np.nan)
        left = y - np.where(is_fixed, slope, 0.0)[:, None] * t
        error = np.sqrt((left * left).sum(axis=1) / (freedom * spread))
    return LinearTrend(slope=slope, error=np.where(freedom > 0, error, np.nan), freedom=freedom)


def student_t(confidence: float, freedom: ArrayLike) -> FloatArray:
    """How many standard errors an interval reaches to either side, by Student's t distribution.

    Parameters
    ----------
    confidence
        The share of such intervals that hold the truth, between 0 and 1.
    freedom
        Degrees of freedom, whole numbers, of any shape; NaN comes of those below 1.

    Raises
    ------
    InvalidValueError
        When the confidence is no share.

    Notes
    -----
    For whole degrees of freedom the distribution is a finite sum (Abramowitz & Stegun 1964,
    26.7.3 and 26.7.4); it is inverted by bisection.

    Examples
    --------
    >>> from relmkt.formulas.trends import student_t
    >>> student_t(0.95, [1, 11, 22]).round(3).tolist()
    [12.706, 2.201, 2.074]
    """
    if not 0 < confidence < 1:
        raise InvalidValueError("confidence", "lie between 0 and 1", confidence)
    held = np.asarray(freedom, dtype=np.int64)
    found = {n: _quantile(float(confidence), n) for n in np.unique(held).tolist()}
    flat = [found[n] for n in held.ravel().tolist()]
    return np.array(flat, dtype=np.float64).reshape(held.shape)


@lru_cache(maxsize=1024)
def _quantile(confidence: float, freedom: int) -> float:
    if freedom < 1:
        return math.nan
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _central(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _central(theta: float, nu: int) -> float:
    """P(|T| < t) with tan θ = t / √ν: Eq. 26.7.3 for odd ν, 26.7.4 for even ν."""
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = nu % 2
    term = cosine if odd else 1.0
    total = term if nu > 1 else 0.0
    for k in range(2 + odd, nu - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 / math.pi * (theta + sine * total) if odd else sine * total
