"""What happened: contacts that were made or announced, and events of planned ones."""

from __future__ import annotations

from datetime import date, datetime

from relmkt.domain.contact import Channel, Purpose, TaskEventKind
from relmkt.records import (
    Constraint,
    CustomerId,
    Handles,
    day,
    identity,
    instant,
    member,
    record,
    text,
)
from relmkt.rules import known

__all__ = ["Contact", "TaskEvent"]


@record
class Contact:
    """One contact that was made, or that a department has planned for a later day.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import Contact
    >>> Contact(customer="C-17", day=date(2026, 3, 2), channel="phone").channel
    <Channel.PHONE: 'phone'>
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    day: date = day("the day of the contact")
    purpose: Purpose | None = member(
        Purpose, "what it was for; marketing, to be careful, where absent", default=None
    )
    channel: Channel | None = member(Channel, "the way of it", default=None)
    department: str | None = text("the department that made or planned it", default=None)


@record
class TaskEvent:
    """One thing that happened to a planned contact; of one that was put off, to which day.

    Examples
    --------
    >>> from datetime import date, datetime
    >>> from relmkt.domain import TaskEvent
    >>> event = TaskEvent(
    ...     key="purchase/2026-03-02/thank/C-17",
    ...     kind="snoozed",
    ...     at=datetime(2026, 3, 9, 10, 30),
    ...     day=date(2026, 3, 16),
    ... )
    >>> event.kind
    <TaskEventKind.SNOOZED: 'snoozed'>
    """

    key: str = identity("the key of the task")
    kind: TaskEventKind = member(TaskEventKind, "what happened")
    at: datetime = instant("when it happened")
    day: date | None = day("the day that it was planned for, or put off to", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        return (
            Constraint(
                "day",
                (on.kind != TaskEventKind.SNOOZED) | known(on.day),
                remedy="say to which day the task is put off",
            ),
        )
