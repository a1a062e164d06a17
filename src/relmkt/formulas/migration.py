"""What it brings when customers move up a tier, and what that does to profit.

Tiers stand in order from the top, shape (k,). The one assumption is that those who move come to
bring the average of the tier that they reach, and that they brought that of the one they leave.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["margin_ratio_implied", "profit_change", "revenue_gains"]

FloatArray = NDArray[np.float64]


def revenue_gains(customers: ArrayLike, revenue: ArrayLike, share: ArrayLike) -> FloatArray:
    """What moving a share of each tier up one tier adds to revenue, step by step.

    The gain of the step from tier i to the one above is f_i · n_i · (a_{i−1} − a_i), with f the
    share that moves, n the customers of a tier and a their average revenue. The sum over the steps
    is the gain in all. Tiers move at once: nobody moves twice.

    Parameters
    ----------
    customers
        Customers in each tier, from the top, shape (k,).
    revenue
        Revenue of each tier, shape (k,).
    share
        The share of each tier below the top that moves, shape (k − 1,), or one for all.

    Returns
    -------
    array
        Shape (k − 1,), in the unit of revenue. Zero where nobody moves; NaN where somebody moves
        up into a tier without customers, whose average nobody knows.

    References
    ----------
    The arithmetic behind the "2% migration" of J. Curry and A. Curry (2000), *The Customer
    Marketing Method*, Free Press; written out here, not printed there.

    Examples
    --------
    >>> from relmkt.formulas.migration import revenue_gains
    >>> gains = revenue_gains([10, 40, 150, 800], [300, 300, 200, 200], 0.02)
    >>> gains.round(2), round(float(gains.sum()), 2)
    (array([18.  , 18.5 , 17.33]), 53.83)
    """
    n = np.asarray(customers, dtype=np.float64)
    total = np.asarray(revenue, dtype=np.float64)
    average = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    moved = np.asarray(share, dtype=np.float64) * n[1:]
    return np.where(moved > 0, moved * (average[:-1] - average[1:]), 0.0)


def profit_change(
    revenue_change: ArrayLike, *, incremental_margin: ArrayLike, base_margin: ArrayLike
) -> FloatArray:
    """The relative change of profit that a relative change of revenue makes.

    Δprofit/profit = Δrevenue/revenue × incremental margin ÷ base margin.

    Parameters
    ----------
    revenue_change
        Relative change of revenue, for example 0.1 for 10% more.
    incremental_margin
        What remains as profit of one more unit of revenue.
    base_margin
        Profit over revenue today; above 0.

    Returns
    -------
    array
        The relative change of profit; NaN where the base margin is not positive, since a change
        relative to no profit has no meaning.

    Examples
    --------
    >>> from relmkt.formulas.migration import profit_change
    >>> float(profit_change(0.10, incremental_margin=0.5, base_margin=0.1))
    0.5
    """
    change = np.asarray(revenue_change, dtype=np.float64)
    added = np.asarray(incremental_margin, dtype=np.float64)
    base = np.asarray(base_margin, dtype=np.float64)
    change, added, base = np.broadcast_arrays(change, added, base)
    ratio = np.divide(added, base, out=np.full(base.shape, np.nan), where=base > 0)
    return change * ratio


def margin_ratio_implied(profit_change: ArrayLike, revenue_change: ArrayLike) -> FloatArray:
    """How many times the base margin the incremental margin must be, for both changes to be true.

    Parameters
    ----------
    profit_change
        Relative change of profit.
    revenue_change
        Relative change of revenue.

    Returns
    -------
    array
        Incremental margin over base margin; NaN where revenue does not change.

    Examples
    --------
    >>> from relmkt.formulas.migration import margin_ratio_implied
    >>> float(margin_ratio_implied(0.50, 0.10))
    5.0
    """
    profit = np.asarray(profit_change, dtype=np.float64)
    revenue = np.asarray(revenue_change, dtype=np.float64)
    profit, revenue = np.broadcast_arrays(profit, revenue)
    return np.divide(profit, revenue, out=np.full(revenue.shape, np.nan), where=revenue != 0)
