"""Sales of a channel: what went into it, and what came out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from relmkt.domain.distributor import DealerId
from relmkt.records import (
    Constraint,
    Handles,
    flag,
    identity,
    instant,
    member,
    number,
    record,
    text,
)

__all__ = ["Flow", "SalesRecord"]


class Flow(StrEnum):
    """Which way goods went; what is sold in and not sold out lies in stock."""

    SELL_IN = "sell_in"
    """From the firm to the dealer."""
    SELL_OUT = "sell_out"
    """From the dealer to its customers."""


@record
class SalesRecord:
    """One line of sales: from the firm to a dealer, or from a dealer to its customers.

    Returned goods are a line with a negative quantity and a negative amount. The price of a unit
    is the amount by the quantity.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import SalesRecord
    >>> sale = SalesRecord(
    ...     dealer="D-7", sold_at=date(2026, 3, 1), flow="sell_out", quantity=4, amount=320
    ... )
    >>> sale.flow
    <Flow.SELL_OUT: 'sell_out'>
    >>> SalesRecord(
    ...     dealer="D-7", sold_at=date(2026, 3, 1), flow="sell_out", quantity=-4, amount=320
    ... )
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'amount' must fit the other fields (quantity -4 < 0, \
amount 320 > 0), got 320.0 for dealer 'D-7': of returned goods both quantity and amount are negative
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    sold_at: datetime = instant("when it was sold")
    flow: Flow = member(Flow, "whether goods went into the channel or out of it")
    line: str | None = text(
        "the number of the line, so that one that is told twice is known", default=None
    )
    brand: str | None = text("the brand", default=None)
    market: str | None = text("the market", default=None)
    product: str | None = text("the product", default=None)
    territory: str | None = text(
        "the territory of the customer, or of the place of delivery", default=None
    )
    outlet: str | None = text("the outlet that sold it or took delivery", default=None)
    quantity: float | None = number(
        "units sold; negative for returned goods", unit="unit", default=None
    )
    amount: float | None = number(
        "what was to be paid for them; negative for returned goods", unit="currency", default=None
    )
    dealer_margin: float | None = number(
        "amount less what the dealer paid for the goods, of a sale to its customers",
        unit="currency",
        default=None,
    )
    on_deal: bool | None = flag(
        "whether it was sold at a price of a promotion",
        spoken="on a deal",
        denied="not on a deal",
        default=None,
    )
    currency: str | None = text("the currency of the amount", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        together = "of returned goods both quantity and amount are negative"
        return (
            Constraint("amount", (on.quantity >= 0) | (on.amount <= 0), remedy=together),
            Constraint("amount", (on.quantity <= 0) | (on.amount >= 0), remedy=together),
        )
