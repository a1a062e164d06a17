"""What is known of one relationship: where it stands, and what a closer one would bring."""

from __future__ import annotations

from datetime import date

from relmkt.domain.relationship import Approach, Bond
from relmkt.records import CustomerId, day, flag, identity, member, number, record, text

__all__ = ["RelationshipFacts"]


@record
class RelationshipFacts:
    """What the tables of approach, closeness and bond ask; every fact but the id may be absent.

    A segment is any group of customers that the firm serves alike. "Average" is that of all the
    customers whose margin is known; money is in the currency of the portfolio.

    Examples
    --------
    >>> from relmkt.domain import RelationshipFacts
    >>> facts = RelationshipFacts(customer="C-17", approach_now="basic", segment_share=0.04)
    >>> facts.approach_now
    <Approach.BASIC: 'basic'>
    >>> facts.large_account is None
    True
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    barred: bool | None = flag(
        "whether the customer is erased, deceased, or under a legal bar", default=None
    )
    segment: str | None = text("the segment that the firm puts the customer into", default=None)
    segment_share: float | None = number(
        "share of the firm's customers that are in the customer's segment",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    segment_margin_index: float | None = number(
        "margin of a customer of the segment, for each unit of margin of the average customer",
        unit="ratio",
        default=None,
    )
    has_bought: bool | None = flag(
        "whether the customer has bought at all", denied="has not bought", default=None
    )
    repeats: bool | None = flag(
        "whether the customer has bought again",
        spoken="bought again",
        denied="has not bought again",
        default=None,
    )
    large_account: bool | None = flag(
        "whether the customer is large enough to work with it on products of its own",
        denied="no large account",
        default=None,
    )
    approach_now: Approach | None = member(
        Approach, "how the customer is approached today", default=None
    )
    approach_since: date | None = day("the day from which it has been so", default=None)
    days_at_approach: float | None = number(
        "days for which the customer has been approached as today",
        unit="day",
        lower=0,
        default=None,
    )
    wants_closeness: bool | None = flag(
        "whether the customer wants a close relationship",
        spoken="closeness wanted",
        denied="closeness not wanted",
        default=None,
    )
    closeness_gain: float | None = number(
        "expected net gain of the firm from being close to the customer",
        unit="currency",
        default=None,
    )
    bond_now: Bond | None = member(
        Bond, "the highest of the bonds that tie the customer today", default=None
    )
    identified: bool | None = flag(
        "whether the firm knows the customer by name when it buys",
        denied="not identified",
        default=None,
    )
    consented: bool | None = flag(
        "whether the customer has consented to being treated by name",
        denied="no consent",
        default=None,
    )
    profile_completeness: float | None = number(
        "share of what tailoring an offer takes that is known of the customer",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    uses_bond_benefits: bool | None = flag(
        "whether the customer uses the benefits of the bonds it has",
        spoken="bond benefits used",
        denied="bond benefits not used",
        default=None,
    )
    tie_adds_value: bool | None = flag(
        "whether a structural tie, present or planned, is of use to the customer, and no mere cost "
        "of leaving",
        denied="tie adds no value",
        default=None,
    )
    next_bond_gain: float | None = number(
        "expected gain from the next bond", unit="currency", default=None
    )
    next_bond_cost: float | None = number(
        "expected cost of the next bond", unit="currency", lower=0, default=None
    )
