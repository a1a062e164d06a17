"""Orders, and what a log of them says of one customer."""

from __future__ import annotations

from datetime import date, datetime

from relmkt.records import (
    Constraint,
    CustomerId,
    Handles,
    day,
    identity,
    instant,
    number,
    record,
    text,
)

__all__ = ["Order", "Summary"]


@record
class Order:
    """One line of an order log; a refund is a line with a negative amount.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import Order
    >>> Order(customer="C-17", ordered_at=date(2026, 3, 1), amount=29.33).amount
    29.33
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    ordered_at: datetime = instant("when the order was placed")
    amount: float = number("what was paid; negative for a refund", unit="currency")
    unit_cost: float | None = number("cost of one unit of the goods", unit="currency", default=None)
    quantity: float | None = number(
        "units bought; negative for a return", unit="unit", default=None
    )
    margin: float | None = number(
        "amount less the cost of the goods", unit="currency", default=None
    )
    discount: float | None = number(
        "discount given on this line", unit="currency", lower=0, default=None
    )
    channel: str | None = text("where the order was placed", default=None)
    product: str | None = text("what was bought", default=None)
    currency: str | None = text("the currency of the amount", default=None)


@record
class Summary:
    """What an order log says of one customer on one day.

    Times are in the unit of the summaries (day or week), counted from the first purchase.

    Examples
    --------
    >>> from relmkt.domain import Summary
    >>> Summary(customer="C-17", orders=3, frequency=2, recency=31.5, age=30.0)
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'recency' must not exceed 'age' (30.0), got 31.5 for \
customer 'C-17': recency is measured from the first purchase
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    orders: int | None = number(
        "purchases, the first one too", unit="purchase", lower=0, whole=True, default=None
    )
    frequency: int | None = number(
        "repeat purchases: those after the first",
        unit="purchase",
        lower=0,
        whole=True,
        default=None,
    )
    recency: float | None = number(
        "time from the first purchase to the last", unit="time", lower=0, default=None
    )
    age: float | None = number(
        "time from the first purchase to the day asked", unit="time", lower=0, default=None
    )
    monetary_value: float | None = number(
        "mean amount of the repeat purchases", unit="currency", default=None
    )
    first_order: date | None = day("day of the first purchase", default=None)
    last_order: date | None = day("day of the last purchase", default=None)
    revenue: float | None = number("all amounts, net of refunds", unit="currency", default=None)
    margin: float | None = number("all margins, net of refunds", unit="currency", default=None)
    discount: float | None = number("all discounts", unit="currency", lower=0, default=None)
    refunds: float | None = number(
        "what was refunded, as a positive number", unit="currency", lower=0, default=None
    )
    gap_mean: float | None = number(
        "mean time between purchases", unit="time", lower=0, default=None
    )
    gap_spread: float | None = number(
        "sample standard deviation of the times between purchases",
        unit="time",
        lower=0,
        default=None,
    )
    period_orders: int | None = number(
        "purchases in the current period", unit="purchase", lower=0, whole=True, default=None
    )
    period_revenue: float | None = number(
        "amounts in the current period, net of refunds", unit="currency", default=None
    )
    period_margin: float | None = number(
        "margins in the current period, net of refunds", unit="currency", default=None
    )

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        return (
            Constraint(
                "recency",
                on.recency <= on.age,
                remedy="recency is measured from the first purchase",
            ),
            Constraint(
                "recency",
                (on.frequency > 0) | (on.recency == 0),
                remedy="without a repeat purchase the last purchase is the first",
            ),
        )
