"""What customers are worth: margins of purchases less what serving costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["UNBOUNDED_COST_RATIO", "cost_to_serve_ratio", "lifetime_value", "net_reward"]

UNBOUNDED_COST_RATIO = 1000.0
"""What stands for the cost ratio of a customer who costs and brings no revenue."""


def lifetime_value(
    purchases: ArrayLike,
    spend: ArrayLike,
    *,
    margin_rate: float,
    cost_per_order: float,
    service: float,
) -> NDArray[np.float64]:
    """Margin of the purchases ahead, less the cost of serving them and of keeping the customer.

    Gupta & Lehmann (2003), "Customers as Assets", *Journal of Interactive Marketing* 17(1), 9-24,
    DOI 10.1002/dir.10045, with expected purchases in the place of a constant retention rate.

    Parameters
    ----------
    purchases
        Discounted expected purchases, shape (n,).
    spend
        Expected spend at a purchase, shape (n,), in currency.
    margin_rate
        Margin before cost to serve, as a share of spend.
    cost_per_order
        Cost of serving one order, in currency.
    service
        Discounted cost of contacts and upkeep over the horizon, in currency.

    Returns
    -------
    array
        In currency, shape (n,); NaN where an input is.

    Examples
    --------
    >>> from relmkt.formulas.value import lifetime_value
    >>> lifetime_value([2.0, 0.1], [30.0, 30.0], margin_rate=0.4, cost_per_order=2, service=5)
    array([15., -4.])
    """
    per_purchase = margin_rate * np.asarray(spend, dtype=np.float64) - cost_per_order
    return np.asarray(purchases, dtype=np.float64) * per_purchase - service


def cost_to_serve_ratio(cost: ArrayLike, revenue: ArrayLike) -> NDArray[np.float64]:
    """Cost to serve for each unit of revenue, at most `UNBOUNDED_COST_RATIO` (our definition).

    Who costs nothing has ratio 0, whatever the revenue; who costs and brings no revenue has the
    largest ratio, for no finite one would do.

    Parameters
    ----------
    cost
        Cost to serve, at least 0, shape (n,).
    revenue
        Revenue in the same period, shape (n,).

    Returns
    -------
    array
        Shape (n,); NaN where an input is.

    Examples
    --------
    >>> from relmkt.formulas.value import cost_to_serve_ratio
    >>> cost_to_serve_ratio([2, 2, 0], [8, 0, 0])
    array([2.5e-01, 1.0e+03, 0.0e+00])
    """
    spent, earned = np.broadcast_arrays(
        np.asarray(cost, dtype=np.float64), np.asarray(revenue, dtype=np.float64)
    )
    bounded = earned * UNBOUNDED_COST_RATIO > spent
    ratio = np.where(spent > 0, UNBOUNDED_COST_RATIO, 0.0)
    np.divide(spent, earned, out=ratio, where=bounded & (earned > 0))
    return np.where(np.isnan(spent) | np.isnan(earned), np.nan, ratio)


def net_reward(
    reward: ArrayLike, penalty: ArrayLike, *, is_consumer: ArrayLike
) -> NDArray[np.float64]:
    """Reward less penalty; never below nothing for a consumer (our rule).

    A consumer may lose what it was given, and owes nothing beyond that.

    Parameters
    ----------
    reward, penalty
        Amounts of at least 0, in currency; they broadcast.
    is_consumer
        Whether it buys for its own use; no penalty takes more from a consumer than its reward.

    Returns
    -------
    array
        In currency; NaN where an amount is.

    Examples
    --------
    >>> from relmkt.formulas.value import net_reward
    >>> net_reward([100, 20, 20], [30, 50, 50], is_consumer=[False, False, True])
    array([ 70., -30.,   0.])
    """
    net = np.asarray(reward, dtype=np.float64) - np.asarray(penalty, dtype=np.float64)
    return np.where(np.asarray(is_consumer, dtype=np.bool_), np.maximum(net, 0.0), net)
