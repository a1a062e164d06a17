"""One planned contact: whom, why, by which way, when, and where it stands."""

from __future__ import annotations

from datetime import date, datetime

from relmkt.domain.contact import Channel, ContactEvent, Purpose, TaskState
from relmkt.domain.pyramid import Tier
from relmkt.domain.relationship import Approach
from relmkt.records import CustomerId, day, flag, identity, instant, member, number, record, text

__all__ = ["ContactTask"]


@record
class ContactTask:
    """One contact that is to be made with a customer, or one duty of the user about it.

    Its key is the same whenever the same contact is planned again: by it a task that was done, put
    off or canceled is known. A task without a channel is the user's own work, and no message to the
    customer. It falls due on a day in the customer's zone, and the hours in which the customer may
    be contacted may lie on another day of the user's calendar.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import ContactTask
    >>> task = ContactTask(
    ...     customer="C-17",
    ...     key="first_purchase/2026-03-02/thank/C-17",
    ...     event="first_purchase",
    ...     event_at=date(2026, 3, 2),
    ...     action="thank",
    ...     purpose="service",
    ...     channel="email",
    ...     due=date(2026, 3, 9),
    ...     state="scheduled",
    ... )
    >>> task.channel
    <Channel.EMAIL: 'email'>
    >>> task.not_before is None
    True
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    key: str = text("what the same contact is known by whenever it is planned again")
    event: ContactEvent = member(ContactEvent, "what the contact follows upon")
    event_at: date | None = day("the day of the event; absent where nobody knows it", default=None)
    action: str = text("what is to be done, as the key of a message")
    purpose: Purpose = member(Purpose, "what the contact is for")
    channel: Channel | None = member(
        Channel, "the way of the contact; absent for a duty of the user alone", default=None
    )
    due: date = day("the day on which it is to be done, in the customer's zone")
    task_day: date | None = day("that day in the zone of the user", default=None)
    not_before: datetime | None = instant(
        "the instant from which the customer may be contacted: on that day or, where it has "
        "passed, on the next that is worked",
        default=None,
    )
    not_after: datetime | None = instant("the instant at which those hours are over", default=None)
    state: TaskState = member(TaskState, "where it stands on the day of the plan")
    reason: str | None = text("why, with the days", default=None)
    settled: bool | None = flag(
        "whether no missing fact could stop the contact",
        denied="a missing fact could stop the contact",
        default=None,
    )
    missing: str | None = text("the facts that would settle it, parted by semicolons", default=None)
    value: float | None = number(
        "expected value ahead of the customer as things stand", unit="currency", default=None
    )
    owner: str | None = text("the user whose task it is", default=None)
    department: str | None = text("the department that planned it", default=None)
    strategy: str | None = text("the strategy, or abstention, of the customer", default=None)
    approach: Approach | None = member(
        Approach, "the level of relationship marketing", default=None
    )
    tier: Tier | None = member(Tier, "place in the customer pyramid", default=None)
