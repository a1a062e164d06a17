"""The ledger of planned contacts: from events in any order, where each task stands on a day."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np

from relmkt.calendars import checked_day, local_days
from relmkt.domain import TaskEventKind, TaskState
from relmkt.ledgers import in_order
from relmkt.planning.contact_columns import TaskEvents

__all__ = ["TaskStanding", "standings", "state_on"]


@attrs.frozen
class TaskStanding:
    """Where one task stands on a day.

    Attributes
    ----------
    state
        Its state.
    due
        The day on which it is to be done; None where no event named one.
    """

    state: TaskState
    due: date | None


def state_on(due: date, day: date) -> TaskState:
    """Whether a task that nothing has happened to is scheduled, due or overdue on a day.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.planning import state_on
    >>> state_on(date(2026, 3, 9), date(2026, 3, 10)).value
    'overdue'
    """
    if due > day:
        return TaskState.SCHEDULED
    return TaskState.DUE if due == day else TaskState.OVERDUE


def standings(events: TaskEvents, day: date, *, zone: str = "UTC") -> dict[str, TaskStanding]:
    """Where each task stands on a day, by its key.

    The order of the events does not matter, nor whether some are told twice. What was *done* stays
    done, whatever else is told of it, and what was *canceled* stays so unless it was done. A task
    is due on the day of its first plan, so that planning it again moves nothing; the last event
    that *snoozed* it moves it to another day, until which it is snoozed. Of events at the same
    instant the earliest plan and the longest pause count.

    Parameters
    ----------
    events
        What happened.
    day
        The day; later events are left out.
    zone
        The zone whose days count, where the instants of the events have a zone.

    Returns
    -------
    dict
        The standing of every task of which an event is told, by key.

    Raises
    ------
    InvalidValueError
        For what is no date, and for an unknown zone.

    Examples
    --------
    >>> from datetime import date, datetime
    >>> from relmkt.planning import TaskEvents, standings
    >>> events = TaskEvents(
    ...     key=["thank/C-1", "thank/C-1", "thank/C-2", "thank/C-2"],
    ...     kind=["planned", "snoozed", "done", "planned"],
    ...     at=[
    ...         datetime(2026, 3, 2),
    ...         datetime(2026, 3, 9),
    ...         datetime(2026, 3, 9),
    ...         datetime(2026, 3, 2),
    ...     ],
    ...     day=[date(2026, 3, 9), date(2026, 3, 12), None, date(2026, 3, 9)],
    ... )
    >>> for key, found in standings(events, date(2026, 3, 10)).items():
    ...     print(key, found.state.value, found.due)
    thank/C-1 snoozed 2026-03-12
    thank/C-2 done 2026-03-09
    """
    checked_day("day", day)
    moments = events.column("at")
    if not len(events):
        return {}
    days = local_days(moments, zone) if events.in_utc("at") else moments.astype("datetime64[D]")
    heard = events[np.flatnonzero(days <= np.datetime64(day, "D"))]
    ordered = in_order(heard, moment="at", tie="kind")
    found: dict[str, _History] = {}
    for key, kind, told in zip(
        ordered.ids.tolist(), ordered.values("kind"), ordered.column("day").tolist(), strict=True
    ):
        found.setdefault(key, _History()).add(TaskEventKind(kind), told)
    return {key: history.standing(day) for key, history in found.items()}


@attrs.define
class _History:
    """What is told of one task, in the order of time."""

    kinds: set[TaskEventKind] = attrs.field(factory=set[TaskEventKind])
    planned: date | None = None
    snoozed: date | None = None

    def add(self, kind: TaskEventKind, told: date | None) -> None:
        self.kinds.add(kind)
        if kind is TaskEventKind.PLANNED:
            self.planned = self.planned or told
        if kind is TaskEventKind.SNOOZED:
            self.snoozed = told

    def standing(self, day: date) -> TaskStanding:
        due = self.snoozed or self.planned
        if TaskEventKind.DONE in self.kinds:
            return TaskStanding(TaskState.DONE, due)
        if TaskEventKind.CANCELED in self.kinds:
            return TaskStanding(TaskState.CANCELED, due)
        if self.snoozed is not None and day < self.snoozed:
            return TaskStanding(TaskState.SNOOZED, due)
        return TaskStanding(TaskState.SCHEDULED if due is None else state_on(due, day), due)
