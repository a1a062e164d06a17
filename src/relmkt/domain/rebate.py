"""Rebates: the words of a schedule, and what happens to the rebate of a dealer."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from relmkt.domain.distributor import DealerId
from relmkt.domain.sales import Flow
from relmkt.records import (
    Constraint,
    Handles,
    day,
    flag,
    identity,
    instant,
    member,
    number,
    record,
    text,
)
from relmkt.rules import absent

__all__ = [
    "BudgetRule",
    "Designation",
    "Ineligible",
    "RebateBasis",
    "RebateEvent",
    "RebateEventKind",
    "ScheduleKind",
]


class ScheduleKind(StrEnum):
    """What the rate of a bracket is paid on."""

    MARGINAL = "marginal"
    """On the part of the volume that lies within the bracket: no cliff."""
    WHOLE_VOLUME = "whole_volume"
    """The rate that is reached, on the whole volume: retroactive, with a cliff at each bracket."""


class RebateBasis(StrEnum):
    """What volume is measured in, and so what a rate is for."""

    QUANTITY = "quantity"
    """Units; a rate is money for each unit."""
    AMOUNT = "amount"
    """Money; a rate is a share: 0.03 is three percent, or three points."""


class Designation(StrEnum):
    """What "by designated point" (定点) means: the words allow for both."""

    OUTLETS = "outlets"
    """Designated outlets or territories: only sales there count, all of them taken together."""
    EACH_OUTLET = "each_outlet"
    """Designated outlets or territories, each of which reaches the brackets by itself."""
    POINTS = "points"
    """Fixed percentage points (返点) of the sales, wherever they are made."""


class RebateEventKind(StrEnum):
    """What happened; of one day, in this order."""

    SALE = "sale"
    """Goods were sold; with a negative quantity and amount, returned."""
    NOTICE = "notice"
    """The rebate is withdrawn; it ends when the time of notice is over."""
    CLAWBACK = "clawback"
    """Rebate is taken back for a breach that was proven."""
    PAYMENT = "payment"
    """Rebate was paid; with a negative amount, a payment came back."""


class BudgetRule(StrEnum):
    """Who gets how much where a budget does not suffice for all that was earned."""

    PROPORTIONAL = "proportional"
    """Everybody the same share of what was earned; odd cents by largest remainder."""
    ORDER_OF_EARNING = "order_of_earning"
    """In full, in the order in which it was earned, until nothing is left."""


class Ineligible(StrEnum):
    """Why an event counts for no rebate; the first that holds, in this order."""

    NO_AGREEMENT = "no_agreement"
    """There is no agreement with the dealer on this brand in this market, or they are not told."""
    OUTSIDE_PERIOD = "outside_period"
    """There is, and it does not hold on that day."""
    OUTSIDE_PLACE = "outside_place"
    """It names territories or outlets, and the sale was made elsewhere, or nobody knows where."""
    AMBIGUOUS = "ambiguous"
    """More than one agreement answers to it: say which."""
    NO_SCHEDULE = "no_schedule"
    """The agreement has no schedule of rebates."""
    OTHER_FLOW = "other_flow"
    """The schedule counts what is sold in, and this was not, or the other way round."""
    ON_DEAL = "on_deal"
    """It was sold at a price of a promotion, which the schedule does not count."""
    NO_VOLUME = "no_volume"
    """The quantity, or the amount, by which the schedule counts is not known."""
    WITHDRAWN = "withdrawn"
    """The rebate had been withdrawn, and the time of notice was over."""


@record
class RebateEvent:
    """One thing that happened to the rebate of a dealer; nothing of it is ever changed.

    Money and quantities are read as they are written: 0.1 is a tenth, and not the binary number
    next to it.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import RebateEvent
    >>> sale = RebateEvent(
    ...     dealer="D-7", kind="sale", at=date(2026, 3, 1), flow="sell_in", quantity=40
    ... )
    >>> back = RebateEvent(
    ...     dealer="D-7",
    ...     kind="sale",
    ...     at=date(2026, 4, 9),
    ...     belongs_to=date(2026, 3, 1),
    ...     flow="sell_in",
    ...     quantity=-10,
    ... )
    >>> back.belongs_to
    datetime.date(2026, 3, 1)
    >>> RebateEvent(dealer="D-7", kind="payment", at=date(2026, 4, 9))
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'amount' must fit the other fields (kind payment, amount \
unknown), got None for dealer 'D-7': say how much was paid
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    kind: RebateEventKind = member(RebateEventKind, "what happened")
    at: datetime = instant("when it happened; a day stands for its midnight")
    key: str | None = text("the event's own id; without one its content names it", default=None)
    belongs_to: date | None = day(
        "a day of the contract year that it belongs to, where that is not the day itself: of "
        "returned goods the day of their sale, of a payment a day of the year that is paid",
        default=None,
    )
    agreement: str | None = text(
        "the number of the agreement, where the dealer has several", default=None
    )
    brand: str | None = text("the brand", default=None)
    market: str | None = text("the market", default=None)
    product: str | None = text("the product", default=None)
    territory: str | None = text("the territory of the sale", default=None)
    outlet: str | None = text("the outlet of the sale", default=None)
    flow: Flow | None = member(
        Flow, "whether goods went into the channel or out of it", default=None
    )
    on_deal: bool | None = flag(
        "whether it was sold at a price of a promotion",
        spoken="on a deal",
        denied="not on a deal",
        default=None,
    )
    quantity: float | None = number(
        "units sold; negative for returned goods", unit="unit", default=None
    )
    amount: float | None = number(
        "of a sale what was to be paid; of a payment or a claw-back the rebate paid or taken back",
        unit="currency",
        default=None,
    )
    currency: str | None = text("the currency of the amount", default=None)
    case: str | None = text("the number of the case of a breach", default=None)
    evidence: str | None = text("the evidence of a breach", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        sale = on.kind == RebateEventKind.SALE
        payment = on.kind == RebateEventKind.PAYMENT
        clawback = on.kind == RebateEventKind.CLAWBACK
        together = "of returned goods both quantity and amount are negative"
        return (
            Constraint("amount", ~payment | ~absent(on.amount), remedy="say how much was paid"),
            Constraint(
                "amount",
                ~clawback | (on.amount > 0),
                remedy="say how much is taken back, as a positive amount",
            ),
            Constraint("amount", ~sale | (on.quantity >= 0) | (on.amount <= 0), remedy=together),
            Constraint("amount", ~sale | (on.quantity <= 0) | (on.amount >= 0), remedy=together),
        )
