"""BG/NBD: how often customers buy, and after which purchase they leave.

While active, a customer buys at the rate lambda; after each repeat purchase she leaves with the
probability p. Across customers, lambda follows a gamma distribution with shape ``r`` and rate
``alpha``, and p a beta distribution with parameters ``a`` and ``b``.

Source: P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), "'Counting Your Customers' the Easy Way:
An Alternative to the Pareto/NBD Model", *Marketing Science* 24(2), 275-284, DOI
10.1287/mksc.1040.0098.

Every function takes numbers or arrays that broadcast, and returns a float64 array of the broadcast
shape. Times are in one unit, the one that ``alpha`` is in. Nothing is checked here: parameters are
positive, frequencies whole, and ``0 <= recency <= age``; `relmkt.models.BGNBD` checks at the door.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from relmkt.formulas._arrays import FloatArray, broadcast
from relmkt.formulas._beta_mean import chebyshev_log, exits_weighted_by_chance
from relmkt.formulas._rising import log_beta_ratio, log_rising, reciprocals

__all__ = [
    "conditional_expected_purchases",
    "discounted_expected_purchases",
    "expected_purchases",
    "log_likelihood",
    "log_likelihood_gradient",
    "probability_alive",
    "probability_of_no_purchase",
]


def log_likelihood(
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
) -> FloatArray:
    """Log-likelihood of each customer's history, with all its constants.

    Written as the likelihood of a customer who is still active, plus log(1 + odds of having left).
    Each part is finite for a history of zero length, for a purchase on the last day, and for
    parameters from the smallest to the largest.

    Parameters
    ----------
    frequency
        Repeat purchases, x.
    recency
        Time from the first to the last purchase, t_x.
    age
        Time from the first purchase to the end of observation, T.
    r, alpha, a, b
        Parameters.

    Returns
    -------
    array
        One value for each customer.

    References
    ----------
    Fader, Hardie & Lee (2005), the likelihood function for a randomly chosen customer, DOI
    10.1287/mksc.1040.0098.

    Examples
    --------
    >>> from relmkt.formulas import bg_nbd
    >>> value = bg_nbd.log_likelihood(2, 30.43, 38.86, r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> round(float(value), 4)
    -9.4586
    """
    x, t_x, T = broadcast(frequency, recency, age)
    active = log_rising(r, x) - r * np.log1p(T / alpha) - x * np.log(alpha + T)
    return (
        active
        + log_beta_ratio(a, b, x)
        + np.logaddexp(0.0, _log_odds_left(x, t_x, T, r, alpha, a, b))
    )


def log_likelihood_gradient(
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
) -> FloatArray:
    """Derivatives of `log_likelihood` by r, alpha, a and b, along a last axis of length 4.

    Parameters
    ----------
    frequency, recency, age, r, alpha, a, b
        As for `log_likelihood`.

    Returns
    -------
    array
        Shape ``(..., 4)``.

    Examples
    --------
    >>> from relmkt.formulas import bg_nbd
    >>> bg_nbd.log_likelihood_gradient(
    ...     [0, 2], [0, 30.43], 38.86, r=0.243, alpha=4.414, a=0.793, b=2.426
    ... ).shape
    (2, 4)
    """
    x, t_x, T = broadcast(frequency, recency, age)
    left = 1.0 - _share_active(_log_odds_left(x, t_x, T, r, alpha, a, b))
    silence = (T - t_x) / (alpha + t_x)
    by_r = reciprocals(r, x) - np.log1p(T / alpha) + left * np.log1p(silence)
    by_alpha = (r * T / alpha - x) / (alpha + T) - left * (r + x) * silence / (alpha + T)
    by_a = left / a - reciprocals(a + b, x)
    by_b = reciprocals(b, x) - reciprocals(a + b, x) - left / (b + np.maximum(x - 1.0, 0.0))
    return np.stack((by_r, by_alpha, by_a, by_b), axis=-1)


def probability_alive(
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
) -> FloatArray:
    """Probability that the customer is still active at the end of observation.

    Exactly 1 for customers without a repeat purchase: in this model nobody leaves before one.

    Parameters
    ----------
    frequency, recency, age, r, alpha, a, b
        As for `log_likelihood`.

    Returns
    -------
    array
        Between 0 and 1.

    References
    ----------
    P. S. Fader, B. G. S. Hardie and K. L. Lee (2008), "Computing P(alive) Using the BG/NBD Model".

    Examples
    --------
    >>> from relmkt.formulas import bg_nbd
    >>> alive = bg_nbd.probability_alive(
    ...     [0, 2], [0, 30.43], 38.86, r=0.243, alpha=4.414, a=0.793, b=2.426
    ... )
    >>> alive.round(6).tolist()
    [1.0, 0.726579]
    """
    x, t_x, T = broadcast(frequency, recency, age)
    return _share_active(_log_odds_left(x, t_x, T, r, alpha, a, b))


def probability_of_no_purchase(
    horizon: ArrayLike,
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
) -> FloatArray:
    """Probability that the customer buys nothing within the horizon after the end of observation.

    She has left, or she is active and makes no purchase: 1 - P(alive) (1 - ((alpha + T) / (alpha +
    T + h))^(r + x)), added up from its two positive parts.

    Parameters
    ----------
    horizon
        Length of the time ahead, h; at least 0.
    frequency, recency, age, r, alpha, a, b
        As for `log_likelihood`.

    Returns
    -------
    array
        Between 0 and 1.

    References
    ----------
    Follows from P(alive) and the gamma mixture of the rate in Fader, Hardie & Lee (2005), DOI
    10.1287/mksc.1040.0098.

    Examples
    --------
    >>> from relmkt.formulas import bg_nbd
    >>> none = bg_nbd.probability_of_no_purchase(
    ...     39, 2, 30.43, 38.86, r=0.243, alpha=4.414, a=0.793, b=2.426
    ... )
    >>> round(float(none), 6)
    0.445373
    """
    h, x, t_x, T = broadcast(horizon, frequency, recency, age)
    odds = _log_odds_left(x, t_x, T, r, alpha, a, b)
    quiet = np.exp(-(r + x) * np.log1p(h / (alpha + T)))
    return _share_active(-odds) + _share_active(odds) * quiet


def expected_purchases(
    horizon: ArrayLike, *, r: float, alpha: float, a: float, b: float
) -> FloatArray:
    """Expected repeat purchases of a new customer within the horizon, E[X(t)].

    Parameters
    ----------
    horizon
        Time since the first purchase, t; at least 0.
    r, alpha, a, b
        Parameters.

    Returns
    -------
    array
        One value for each horizon.

    References
    ----------
    Fader, Hardie & Lee (2005), Eq. (9), as the mean over p of E[X(t) | p] = (1 - (1 + p t /
    alpha)^-r) / p (see `relmkt.formulas._beta_mean`), which holds at a = 1 and at a + b < 1 as
    well.

    Examples
    --------
    >>> from relmkt.formulas import bg_nbd
    >>> bg_nbd.expected_purchases([1, 78], r=0.243, alpha=4.414, a=0.793, b=2.426).round(3).tolist()
    [0.053, 1.861]
    """
    return conditional_expected_purchases(horizon, 0, 0, 0, r=r, alpha=alpha, a=a, b=b)


def conditional_expected_purchases(
    horizon: ArrayLike,
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
) -> FloatArray:
    """Expected purchases within the horizon after the end of observation, given the history.

    The printed equation divides a difference by a - 1. Read as what it stands for, it is simpler:
    the probability of being active, times what a new customer is expected to buy when the
    parameters are brought up to date to r + x, alpha + T, a and b + x. That expectation is a mean
    over p of positive terms, so that no digits are lost for any parameters.

    Parameters
    ----------
    horizon
        Length of the time ahead, t; at least 0.
    frequency, recency, age, r, alpha, a, b
        As for `log_likelihood`.

    Returns
    -------
    array
        One value for each customer.

    References
    ----------
    Fader, Hardie & Lee (2005), Eq. (10), DOI 10.1287/mksc.1040.0098.

    Examples
    --------
    >>> from relmkt.formulas import bg_nbd
    >>> ahead = bg_nbd.conditional_expected_purchases(
    ...     39, 2, 30.43, 38.86, r=0.243, alpha=4.414, a=0.793, b=2.426
    ... )
    >>> round(float(ahead), 5)
    1.22603
    """
    t, x, t_x, T = broadcast(horizon, frequency, recency, age)
    once = np.ones(1)

    def while_active(count: float, per: FloatArray) -> FloatArray:
        return exits_weighted_by_chance(r + count, a, b + count, once, once, per)

    active = _share_active(_log_odds_left(x, t_x, T, r, alpha, a, b))
    return active * _by_frequency(while_active, x, t / (alpha + T))


def discounted_expected_purchases(
    times: ArrayLike,
    factors: ArrayLike,
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
) -> FloatArray:
    """Expected purchases of each coming step times its discount factor, added up over the steps.

    The purchases of a step are incremental: those expected by its end less those expected by its
    start. Summed by parts, with E(t_k) from `conditional_expected_purchases`, the total is the sum
    of (d_k - d_(k+1)) E(t_k), in which no two nearly equal expectations are subtracted.

    Parameters
    ----------
    times
        Ends of the steps, increasing and above 0, from the end of observation; shape (k,).
    factors
        Discount factor of each step; shape (k,).
    frequency, recency, age, r, alpha, a, b
        As for `log_likelihood`.

    Returns
    -------
    array
        One value for each customer.

    References
    ----------
    Fader, Hardie & Lee (2005), Eq. (10), DOI 10.1287/mksc.1040.0098.

    Examples
    --------
    >>> from relmkt.formulas import bg_nbd
    >>> value = bg_nbd.discounted_expected_purchases(
    ...     [13, 26, 39], [1, 1, 1], 2, 30.43, 38.86, r=0.243, alpha=4.414, a=0.793, b=2.426
    ... )
    >>> round(float(value), 5)
    1.22603
    """
    x, t_x, T = broadcast(frequency, recency, age)
    ends, worth = np.atleast_1d(*broadcast(times, factors))
    fall = worth - np.append(worth[1:], 0.0)

    def while_active(count: float, per: FloatArray) -> FloatArray:
        return exits_weighted_by_chance(r + count, a, b + count, ends, fall, per)

    active = _share_active(_log_odds_left(x, t_x, T, r, alpha, a, b))
    return active * _by_frequency(while_active, x, 1.0 / (alpha + T))


def _log_odds_left(
    x: FloatArray, t_x: FloatArray, T: FloatArray, r: float, alpha: float, a: float, b: float
) -> FloatArray:
    """Log of P(left) / P(active): minus infinity without a repeat purchase.

    b + (x - 1), in this order: b + x - 1 would lose a small b.
    """
    silence = (r + x) * np.log1p((T - t_x) / (alpha + t_x))
    odds = np.log(a) - np.log(b + np.maximum(x - 1.0, 0.0)) + silence
    return np.where(x > 0.0, odds, -np.inf)


def _share_active(log_odds_left: FloatArray) -> FloatArray:
    """1 / (1 + e^odds), for odds of any size and sign."""
    small = np.exp(-np.abs(log_odds_left))
    return np.where(log_odds_left > 0.0, small, 1.0) / (1.0 + small)


def _by_frequency(
    function: Callable[[float, FloatArray], FloatArray], x: FloatArray, per: FloatArray
) -> FloatArray:
    """function(x, per) for every customer, one distinct x at a time; 0 where per is 0.

    For one x it is a smooth positive function of one number, which few values determine.
    """
    shape, x, per = x.shape, x.ravel(), per.ravel()
    # A radix sort of small integers takes a tenth of the time of a sort of floats.
    small = x.size > 0 and float(x.max()) < 2**16
    order = np.argsort(x.astype(np.uint16) if small else x, kind="stable")
    sorted_x = x[order]
    bounds = np.flatnonzero(np.diff(sorted_x)) + 1
    result = np.zeros(x.size)
    for group in np.split(order, bounds) if x.size else ():
        some = group[per[group] > 0.0]
        if some.size:
            count = float(x[some[0]])
            result[some] = chebyshev_log(lambda at, count=count: function(count, at), per[some])
    return result.reshape(shape)
