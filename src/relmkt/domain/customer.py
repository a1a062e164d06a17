"""Customers: where the relationship stands, why it matters, and the facts that decide about it."""

from __future__ import annotations

from enum import StrEnum

from relmkt.records import CustomerId, MemberSet, flag, identity, member, members, number, record

__all__ = ["CustomerFacts", "Significance", "Status"]


class Status(StrEnum):
    """Where the relationship stands today."""

    PROSPECT = "prospect"
    """In contact, has never bought."""
    ACTIVE = "active"
    """Has bought, and is taken to be buying still."""
    LOST = "lost"
    """Has bought, and has gone: closed the account, or fell silent for too long."""


class Significance(StrEnum):
    """Why a customer matters beyond its own profit (Buttle, *Customer Relationship Management*)."""

    HIGH_VOLUME = "high_volume"
    """Buys so much that it carries fixed cost."""
    HIGH_FUTURE_VALUE = "high_future_value"
    """Is expected to be worth much in the years ahead."""
    BENCHMARK = "benchmark"
    """Others follow its choice."""
    DOOR_OPENER = "door_opener"
    """Opens a new market or region to the firm."""
    INSPIRATION = "inspiration"
    """Makes the firm better by its ideas or its demands."""


@record
class CustomerFacts:
    """What is known of one customer on one day; every fact but the id may be absent.

    Money is in one currency, stated beside the portfolio. "Current" means the period that the
    assumptions state, ending on the day of the plan.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> facts = CustomerFacts(customer="C-17", status="active", attrition_risk=0.7)
    >>> facts.status
    <Status.ACTIVE: 'active'>
    >>> facts.headroom is None
    True
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    status: Status | None = member(Status, "where the relationship stands", default=None)
    significance: MemberSet[Significance] | None = members(
        Significance, "why the customer matters beyond its own profit", default=None
    )
    current_revenue: float | None = number(
        "revenue in the current period", unit="currency", default=None
    )
    current_contribution: float | None = number(
        "margin in the current period, before cost to serve", unit="currency", default=None
    )
    current_profit: float | None = number(
        "margin in the current period, net of cost to serve", unit="currency", default=None
    )
    avoidable_profit: float | None = number(
        "margin in the current period, net of the costs that ending the relationship would save",
        unit="currency",
        default=None,
    )
    cost_to_serve_ratio: float | None = number(
        "cost to serve in the current period for each unit of revenue",
        unit="ratio",
        lower=0,
        default=None,
    )
    cost_reducible: bool | None = flag(
        "whether the cost to serve could be reduced",
        spoken="cost to serve reducible",
        denied="cost to serve not reducible",
        default=None,
    )
    retained_value: float | None = number(
        "lifetime value if the customer is retained: attrition not discounted",
        unit="currency",
        default=None,
    )
    residual_value: float | None = number(
        "expected value ahead as things stand, net of cost to serve and contact",
        unit="currency",
        default=None,
    )
    attrition_risk: float | None = number(
        "probability of no purchase within the risk horizon",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    competitor_pull: float | None = number(
        "how strongly competitors attract the customer",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    wallet_share_falling: bool | None = flag(
        "whether the firm's share of the customer's wallet is falling",
        spoken="share of wallet falling",
        denied="share of wallet not falling",
        default=None,
    )
    headroom: float | None = number(
        "expected net gain from up-selling and cross-selling, after cost to serve",
        unit="currency",
        default=None,
    )
    acquisition_gain: float | None = number(
        "lifetime value less the cost of acquisition", unit="currency", default=None
    )
    winback_gain: float | None = number(
        "second lifetime value less the cost of regaining",
        unit="currency",
        spoken="win-back gain",
        default=None,
    )
    ended_by_us: bool | None = flag("whether the firm has ended the relationship", default=None)
    need_gone: bool | None = flag(
        "whether the customer no longer needs the product, or has moved away",
        denied="need not gone",
        default=None,
    )
    barred: bool | None = flag(
        "whether the customer is erased, deceased, or under a legal bar", default=None
    )
