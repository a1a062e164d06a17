"""Planned contacts as columns."""

from __future__ import annotations

from relmkt.columns import Columns
from relmkt.domain import ContactTask

__all__ = ["ContactTasks"]


class ContactTasks(Columns[ContactTask]):
    """Planned contacts, one row each: the columns of `ContactTask`.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.planning import ContactTasks
    >>> tasks = ContactTasks(
    ...     customer=["C-17"],
    ...     key=["C-17/purchase/2026-03-02/thank"],
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
