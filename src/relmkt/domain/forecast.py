"""What models expect of one customer."""

from __future__ import annotations

from relmkt.records import CustomerId, identity, number, record

__all__ = ["Forecast"]


@record
class Forecast:
    """What models expect of one customer from the day of the summaries to the horizon.

    Examples
    --------
    >>> from relmkt.domain import Forecast
    >>> Forecast(customer="C-17", probability_alive=1.0, attrition_risk=0.86).attrition_risk
    0.86
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    probability_alive: float | None = number(
        "probability of being active; exactly 1 for one-time buyers in BG/NBD",
        unit="probability",
        lower=0,
        upper=1,
        default=None,
    )
    attrition_risk: float | None = number(
        "probability of no purchase within the risk horizon",
        unit="probability",
        lower=0,
        upper=1,
        default=None,
    )
    expected_purchases: float | None = number(
        "purchases expected within the horizon", unit="purchase", lower=0, default=None
    )
    discounted_purchases: float | None = number(
        "purchases expected within the horizon, each discounted to today",
        unit="purchase",
        lower=0,
        default=None,
    )
    retained_purchases: float | None = number(
        "the same if the customer is active and never leaves",
        unit="purchase",
        lower=0,
        default=None,
    )
    regained_purchases: float | None = number(
        "the same if the customer is active today and may leave again",
        unit="purchase",
        lower=0,
        default=None,
    )
    expected_spend: float | None = number(
        "spend expected at a purchase", unit="currency", default=None
    )
