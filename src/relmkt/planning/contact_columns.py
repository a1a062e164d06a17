"""Contacts as columns: those to be made, those made, and what became of tasks."""

from __future__ import annotations

from relmkt.columns import Columns
from relmkt.domain import Contact, ContactFacts, ContactTask, TaskEvent

__all__ = ["ContactCandidates", "ContactLog", "ContactTasks", "TaskEvents"]


class ContactTasks(Columns[ContactTask]):
    """Planned contacts, one row each: the columns of `ContactTask`.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.planning import ContactTasks
    >>> tasks = ContactTasks(
    ...     customer=["C-17"],
    ...     key=["purchase/2026-03-02/thank/C-17"],
    ...     event=["purchase"],
    ...     event_at=[date(2026, 3, 2)],
    ...     action=["thank"],
    ...     purpose=["service"],
    ...     due=[date(2026, 3, 9)],
    ...     state=["scheduled"],
    ... )
    >>> len(tasks), tasks[0].action
    (1, 'thank')
    """

    record_type = ContactTask


class ContactCandidates(Columns[ContactFacts]):
    """What may call for a contact, one row for each customer and event: the facts about it."""

    record_type = ContactFacts


class ContactLog(Columns[Contact]):
    """Contacts that were made, or that somebody has planned: the columns of `Contact`."""

    record_type = Contact


class TaskEvents(Columns[TaskEvent]):
    """What became of planned contacts, in any order, some twice: the columns of `TaskEvent`."""

    record_type = TaskEvent
