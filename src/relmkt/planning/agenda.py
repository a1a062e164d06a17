"""The agenda: what is to be done on a day, the most urgent first."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import checked_day
from relmkt.domain import TaskState
from relmkt.planning._urgency import by_urgency, id_ranks
from relmkt.planning.contact_columns import ContactTasks
from relmkt.planning.tasks import state_on

__all__ = ["agenda", "due_rows"]


def agenda(tasks: ContactTasks, day: date) -> ContactTasks:
    """The tasks that are due or overdue on a day, the most urgent first, with their state then.

    The most urgent is that of the most days overdue times value; a value that is unknown, or below
    0, counts as 0. Then come more days overdue, the higher value, an unknown one after all known
    ones, and the id of the customer. What was done or canceled is left out, and so is what is
    scheduled for a later day, or put off to one. Days are those of the user; where none is told,
    those of the customer.

    Parameters
    ----------
    tasks
        Planned contacts, in any order.
    day
        The day.

    Raises
    ------
    InvalidValueError
        For what is no date.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.planning import ContactCandidates, agenda, plan_contacts
    >>> candidates = ContactCandidates(
    ...     customer=["C-1", "C-2", "C-3"],
    ...     event=["complaint", "silence", "silence"],
    ...     strategy=["maintain", "protect", "protect"],
    ...     value=[50, 900, 120],
    ... )
    >>> tasks = plan_contacts(candidates, as_of=date(2026, 3, 2)).tasks()
    >>> for task in agenda(tasks, date(2026, 3, 5)):
    ...     print(task.customer, task.action, task.state.value)
    C-1 complaint.answer overdue
    C-2 protect.call due
    C-3 protect.call due
    """
    checked_day("day", day)
    days = np.where(np.isnat(tasks.task_day), tasks.due, tasks.task_day)
    closed = [list(TaskState).index(state) for state in (TaskState.DONE, TaskState.CANCELED)]
    days = np.where(np.isin(tasks.state, closed), np.datetime64("NaT"), days)
    rows = due_rows(day, days, tasks.value, tasks.ids, id_ranks(tasks.column("key")))
    if not rows.size:
        return tasks[rows]
    return tasks[rows].replace(state=[state_on(moment, day) for moment in days[rows].tolist()])


def due_rows(
    day: date,
    days: NDArray[np.datetime64],
    value: NDArray[np.float64],
    ids: NDArray[Any],
    *ties: NDArray[Any],
) -> NDArray[np.intp]:
    """The rows that are due or overdue on a day, in the order of `agenda`.

    Parameters
    ----------
    day
        The day.
    days
        The day of each row, shape (n,); NaT where there is nothing to do.
    value, ids
        The value and the customer of each row, shape (n,).
    *ties
        What breaks ties of one customer, the first the strongest; each of shape (n,).

    Examples
    --------
    >>> from datetime import date
    >>> import numpy as np
    >>> from relmkt.planning import due_rows
    >>> days = np.array(["2026-03-05", "2026-03-04", "2026-03-06", "NaT"], "datetime64[D]")
    >>> due_rows(date(2026, 3, 5), days, np.array([900.0, 10, 50, 70]), np.arange(4)).tolist()
    [1, 0]
    """
    rows = np.flatnonzero(days <= np.datetime64(day, "D"))
    own = [tie[rows] for tie in ties]
    return rows[by_urgency(day, days[rows], value[rows], id_ranks(ids[rows]), *own)]
