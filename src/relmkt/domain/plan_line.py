"""One line of a plan: the move for one customer, with the reason and the figures."""

from __future__ import annotations

from datetime import date

from relmkt.domain.contact import Channel
from relmkt.domain.customer import Status
from relmkt.domain.pyramid import Tier
from relmkt.records import CustomerId, day, flag, identity, member, number, record, text

__all__ = ["PlanLine"]


@record
class PlanLine:
    """The next right move for one customer, with its rule and reason, the tier, value and risk.

    Examples
    --------
    >>> from relmkt.domain import PlanLine
    >>> PlanLine(customer="C-17", strategy="protect", tier="top").tier
    <Tier.TOP: 'top'>
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    strategy: str | None = text("one of the seven strategies, or an abstention", default=None)
    rule: str | None = text("the rule that decided; absent where none did", default=None)
    reason: str | None = text("why, with the numbers", default=None)
    next_strategy: str | None = text("what the next rule that also holds would say", default=None)
    settled: bool | None = flag("whether no missing fact could change the strategy", default=None)
    missing: str | None = text("the facts that would settle it, parted by semicolons", default=None)
    assumed: str | None = text(
        "the facts that were assumed and asked for, parted by semicolons", default=None
    )
    status: Status | None = member(Status, "where the relationship stands", default=None)
    tier: Tier | None = member(Tier, "place in the customer pyramid", default=None)
    value: float | None = number(
        "expected value ahead as things stand, net of cost to serve and contact",
        unit="currency",
        default=None,
    )
    retained_value: float | None = number("value ahead if retained", unit="currency", default=None)
    attrition_risk: float | None = number(
        "probability of no purchase within the risk horizon",
        unit="probability",
        lower=0,
        upper=1,
        default=None,
    )
    probability_alive: float | None = number(
        "probability of being active", unit="probability", lower=0, upper=1, default=None
    )
    expected_purchases: float | None = number(
        "purchases expected within the horizon", unit="purchase", lower=0, default=None
    )
    expected_spend: float | None = number(
        "spend expected at a purchase", unit="currency", default=None
    )
    current_revenue: float | None = number(
        "revenue in the current period", unit="currency", default=None
    )
    current_profit: float | None = number(
        "margin in the current period, net of cost to serve", unit="currency", default=None
    )
    cash_released: float | None = number(
        "cash that the move releases", unit="currency", lower=0, default=None
    )
    cash_asked: float | None = number(
        "cash that the move asks for", unit="currency", lower=0, default=None
    )
    expected_gain: float | None = number(
        "net gain expected of the cash asked", unit="currency", default=None
    )
    funded: bool | None = flag(
        "whether the cash released reaches the move that asks for it", default=None
    )
    approach: str | None = text("one of the five approaches, or an abstention", default=None)
    approach_reason: str | None = text("why this approach", default=None)
    bond: str | None = text("one of the four bonds, or an abstention", default=None)
    bond_reason: str | None = text("why this bond", default=None)
    actions: str | None = text(
        "the keys of what to do, in order, parted by semicolons", default=None
    )
    next_contact: date | None = day(
        "the day on which the next contact is due, by the clock of the user", default=None
    )
    contact_channel: Channel | None = member(
        Channel, "the way of the next contact; absent for a duty of the user alone", default=None
    )
    contact_action: str | None = text("the key of what to do then", default=None)
    contact_key: str | None = text("the key of the task, for the ledger of tasks", default=None)
    contact_reason: str | None = text("why this contact, or why none", default=None)
    as_of: date | None = day("the day of the plan", default=None)
    currency: str | None = text("the currency of the amounts", default=None)
    policy_version: str | None = text("the version of the policy that decided", default=None)
    policy_valid_from: date | None = day(
        "the day from which its thresholds are valid, if it says so", default=None
    )
    policy_reference: str | None = text("who decided on these thresholds", default=None)
