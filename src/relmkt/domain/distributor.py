"""Distributors: the dealers that carry a brand to its market, and what they bring."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from relmkt.records import day, identity, number, record, text

__all__ = ["DealerId", "Distributor"]

DealerId: TypeAlias = Any
"""An opaque id: kept as given, compared for equality, never parsed."""


@record
class Distributor:
    """One dealer: where it stands, whom it serves, and what it can put into a brand.

    Dealers of one class are treated alike: the same rules, the same schedule of rebates. What the
    firm and a dealer have agreed stands in an `Agreement`, one record for each.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import Distributor
    >>> dealer = Distributor(
    ...     dealer="D-7", dealer_class="city", market="North", opened=date(2024, 5, 1)
    ... )
    >>> dealer.market, dealer.capital is None
    ('North', True)
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    dealer_class: str | None = text(
        "the class of dealers for which the same rules hold", default=None
    )
    market: str | None = text("the market in which the dealer sells", default=None)
    territory: str | None = text("the territory in which the dealer has its place", default=None)
    opened: date | None = day("the day on which the relationship began", default=None)
    segment: str | None = text("the customers whom the dealer mostly serves", default=None)
    price_level: float | None = number(
        "the dealer's usual prices, for each unit of the average price of the market",
        unit="ratio",
        lower=0,
        default=None,
    )
    value_orientation: float | None = number(
        "how much the dealer puts service and quality before a low price: 0 not at all, 1 always",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    capability: float | None = number(
        "what the dealer can do of all that the brand asks: sell, store, deliver, serve",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    capital: float | None = number(
        "own money that the dealer can put into the brand",
        unit="currency",
        lower=0,
        default=None,
    )
    currency: str | None = text("the currency of the money", default=None)
