"""Consent: what a customer said about being contacted, when, where, and in which words."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from relmkt.domain.contact import Channel, Purpose
from relmkt.records import (
    Constraint,
    CustomerId,
    Handles,
    day,
    flag,
    identity,
    instant,
    member,
    record,
    text,
)
from relmkt.rules import absent

__all__ = ["ConsentEvent", "ConsentKind", "ConsentReason"]


class ConsentKind(StrEnum):
    """What happened to a consent; of two at the same instant the later word here counts."""

    GRANTED = "granted"
    """The customer has said yes."""
    WITHDRAWN = "withdrawn"
    """The customer has said no, or no longer: as easily as it said yes (GDPR, Art. 7(3))."""
    OBJECTED = "objected"
    """The customer has objected to direct marketing as such (GDPR, Art. 21(2) and (3))."""
    ERASED = "erased"
    """The customer was erased on request; what was known of it goes, and nobody writes again."""


class ConsentReason(StrEnum):
    """Why a customer may be contacted, or may not: the message key of the reason."""

    GRANTED = "granted"
    """A consent stands."""
    NOT_NEEDED = "not_needed"
    """The contact is owed to the customer, and rests on no consent."""
    NEVER_ASKED = "never_asked"
    """Neither yes nor no is on record."""
    EXPIRED = "expired"
    """There was a consent, and its time is over."""
    WITHDRAWN = "withdrawn"
    """A withdrawal stands."""
    OBJECTED = "objected"
    """An objection to direct marketing stands."""
    ERASED = "erased"
    """The customer was erased, and is not to be contacted again."""


@record
class ConsentEvent:
    """One thing that a customer said about being contacted; nothing of it is ever changed.

    An event without a purpose is for every purpose that rests on consent, one without a channel for
    every channel. The words that the customer saw, and where a proof is kept, stand beside it, for
    whoever relies on a consent has to show it (GDPR, Art. 7(1)).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from relmkt.domain import ConsentEvent
    >>> event = ConsentEvent(
    ...     customer="C-17",
    ...     kind="granted",
    ...     channel="email",
    ...     at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    ...     source="web form",
    ...     wording="Yes, write to me about new products.",
    ... )
    >>> event.kind
    <ConsentKind.GRANTED: 'granted'>

    An objection is to direct marketing as such:

    >>> ConsentEvent(
    ...     customer="C-17",
    ...     kind="objected",
    ...     channel="email",
    ...     at=datetime(2026, 3, 2, tzinfo=UTC),
    ... )
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'channel' must fit the other fields (kind objected, channel \
known), got <Channel.EMAIL: 'email'> for customer 'C-17': an objection closes every channel; to \
close one, record a withdrawal
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    kind: ConsentKind = member(ConsentKind, "what happened to the consent")
    at: datetime = instant("when the customer said it")
    key: str | None = text("the event's own id; without one its content names it", default=None)
    purpose: Purpose | None = member(
        Purpose, "what it is for; absent for all that rests on consent", default=None
    )
    channel: Channel | None = member(Channel, "for which way; absent for all of them", default=None)
    expires: date | None = day(
        "the first day, in UTC, on which the consent no longer holds", default=None
    )
    lifts_objection: bool | None = flag(
        "whether the grant names the customer's objection, and takes it back", default=None
    )
    source: str | None = text("where it was said: a form, a call, a list", default=None)
    wording: str | None = text("the words that the customer saw or said", default=None)
    proof: str | None = text("where the proof is kept", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        granted = on.kind == ConsentKind.GRANTED
        objected = on.kind == ConsentKind.OBJECTED
        erased = on.kind == ConsentKind.ERASED
        return (
            Constraint(
                "channel",
                ~objected | absent(on.channel),
                remedy="an objection closes every channel; to close one, record a withdrawal",
            ),
            Constraint(
                "purpose",
                ~objected | absent(on.purpose) | (on.purpose == Purpose.MARKETING),
                remedy="an objection is to direct marketing; to stop another purpose, record a"
                " withdrawal",
            ),
            Constraint(
                "kind",
                ~erased | (absent(on.purpose) & absent(on.channel)),
                remedy="whoever is erased is erased as a whole: leave out purpose and channel",
            ),
            Constraint(
                "expires",
                granted | absent(on.expires),
                remedy="only a consent ends by itself; a refusal stands until it is taken back",
            ),
            Constraint(
                "lifts_objection",
                granted | absent(on.lifts_objection) | ~on.lifts_objection,
                remedy="only a grant takes an objection back",
            ),
        )
