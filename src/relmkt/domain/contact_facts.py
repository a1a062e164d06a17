"""What is known about one contact that may be made: whom it concerns, and what speaks against."""

from __future__ import annotations

from datetime import date

from relmkt.domain.contact import Channel, ContactEvent, Purpose
from relmkt.domain.lifecycle import Stage
from relmkt.domain.pyramid import Tier
from relmkt.domain.relationship import Approach
from relmkt.domain.strategy import Move
from relmkt.records import (
    CustomerId,
    MemberSet,
    day,
    flag,
    identity,
    member,
    members,
    number,
    record,
    text,
)

__all__ = ["ContactFacts"]


@record
class ContactFacts:
    """One customer and one event that may call for a contact; every fact but the id may be absent.

    The last seven facts are about one step of a cadence. Planning fills them in; whoever decides
    on a single contact may state them.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import Channel, ContactFacts
    >>> facts = ContactFacts(
    ...     customer="C-17",
    ...     event="purchase",
    ...     event_at=date(2026, 3, 2),
    ...     strategy="maintain",
    ...     consent={"email": True},
    ... )
    >>> facts.consent.get(Channel.EMAIL), facts.consent.get(Channel.PHONE)
    (True, None)
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    event: ContactEvent | None = member(
        ContactEvent, "what a contact would follow upon", default=None
    )
    event_at: date | None = day("the day of the event", default=None)
    stage: Stage | None = member(Stage, "place in the customer life cycle", default=None)
    tier: Tier | None = member(Tier, "place in the customer pyramid", default=None)
    strategy: Move | None = member(Move, "what was decided of the customer", default=None)
    approach: Approach | None = member(
        Approach, "the level of relationship marketing", default=None
    )
    consent: MemberSet[Channel] | None = members(
        Channel, "the channels by which the customer agrees to get marketing", default=None
    )
    barred: bool | None = flag("whether the customer is erased, or under a legal bar", default=None)
    deceased: bool | None = flag("whether the customer has died", default=None)
    ended_by_us: bool | None = flag("whether the firm has ended the relationship", default=None)
    open_complaint: bool | None = flag(
        "whether a complaint of the customer is open",
        spoken="a complaint is open",
        denied="no complaint is open",
        default=None,
    )
    bought_since: bool | None = flag(
        "whether the customer has bought since the event",
        spoken="has bought since",
        denied="has not bought since",
        default=None,
    )
    value: float | None = number(
        "expected value ahead as things stand", unit="currency", default=None
    )
    zone: str | None = text("the customer's time zone, by its IANA name", default=None)
    owner: str | None = text("the user whose task it would be", default=None)
    department: str | None = text("the department that would make the contact", default=None)
    purpose: Purpose | None = member(Purpose, "what the contact is for", default=None)
    consented: bool | None = flag(
        "whether the customer agrees to marketing by the channel of the contact",
        spoken="the customer agrees",
        denied="the customer does not agree",
        default=None,
    )
    if_silent: bool | None = flag(
        "whether the contact is made only where the customer has stayed silent", default=None
    )
    days_late: float | None = number(
        "days since a step counted from the event fell due, negative before; 0 for one that the "
        "plan counts from its own day",
        unit="day",
        default=None,
    )
    contacts_in_window: int | None = number(
        "marketing contacts within the window round the day of the contact",
        unit="contact",
        lower=0,
        whole=True,
        default=None,
    )
    duplicate: bool | None = flag(
        "whether the same contact, or another department's within the window, is planned already",
        default=None,
    )
    planned_by: str | None = text(
        "by which department, and for which day, it is planned already", default=None
    )
