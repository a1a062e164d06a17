"""What earlier contacts and earlier plans say about each candidate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import refuse_other_ids
from relmkt.calendars import local_days
from relmkt.domain import Purpose, TaskEventKind
from relmkt.planning._steps import key_of
from relmkt.planning.cadences import Step
from relmkt.planning.contact_columns import ContactLog, TaskEvents
from relmkt.planning.tasks import TaskStanding

__all__ = ["Near", "Told", "contacts_done", "contacts_near", "said_by_whom"]

Days = NDArray[np.datetime64]


@attrs.frozen(eq=False)
class Told:
    """Where the steps of one candidate stand by the ledger."""

    standings: dict[str, TaskStanding]
    event: str
    event_at: date | None
    customer: object

    def __call__(self, step: Step, number: int) -> TaskStanding | None:
        return self.standings.get(key_of(self.event, self.event_at, step, number, self.customer))


@attrs.frozen(eq=False)
class Near:
    """Of the candidates near which contacts were made or planned, how many, and by whom.

    Attributes
    ----------
    count
        Marketing contacts within the window, shape (n,).
    planned_by
        For rows that another department has planned for, the words of it.
    days
        For each customer of whom the log tells, the days of all of them, made or planned.
    """

    count: NDArray[np.float64]
    planned_by: dict[int, str]
    days: Mapping[Any, list[date]]


def contacts_done(
    events: TaskEvents,
    ids: NDArray[Any],
    purposes: Mapping[str, Purpose],
    *,
    as_of: date,
    window: float,
    zone: str,
) -> list[tuple[Any, date]]:
    """Customer and day of each marketing contact that the ledger of tasks knows as done.

    Parameters
    ----------
    events
        What happened to tasks.
    ids
        The customers of the candidates, shape (n,).
    purposes
        The purpose of each action that cadences have; another one counts as marketing.
    as_of
        The day of the plan.
    window
        Days before it from which on contacts matter.
    zone
        The zone whose days count, where the instants of the events have a zone.
    """
    rows = np.flatnonzero(events.column("kind") == list(TaskEventKind).index(TaskEventKind.DONE))
    moments = events.column("at")[rows]
    days = local_days(moments, zone) if events.in_utc("at") else moments.astype("datetime64[D]")
    told = (days >= _first_day(as_of, window)) & (days <= np.datetime64(as_of, "D"))
    rows, days = rows[told], days[told]
    if not rows.size:
        return []
    customers = {str(customer): customer for customer in ids.tolist()}
    found: list[tuple[Any, date]] = []
    for key, day in zip(events.ids[rows].tolist(), days.tolist(), strict=True):
        _, _, action, name = (*str(key).split("/", 3), *[""] * 3)[:4]
        if action not in purposes:  # the number of an occurrence
            action = action.rpartition(".")[0]
        if name in customers and purposes.get(action) is not Purpose.SERVICE:
            found.append((customers[name], day))
    return found


def contacts_near(
    log: ContactLog | None,
    done: list[tuple[Any, date]],
    ids: NDArray[Any],
    days: Days,
    departments: list[str | None] | None,
    *,
    as_of: date,
    window: float,
) -> Near:
    """Contacts of the log, and tasks done, less than a window from the day of each candidate.

    A later one by another department is its plan; all the others count in the window.

    Parameters
    ----------
    log
        The contacts; None for none. Those of another purpose than marketing are left out.
    done
        Contacts by customer and day; one of which the log tells too is one.
    ids, days
        Customer and day of each candidate, shape (n,); NaT where none is called for.
    departments
        The department of each candidate; None where none is told of any.
    as_of
        The day of the plan.
    window
        The window in days.

    Raises
    ------
    InvalidValueError
        When ids are texts here and numbers there.
    """
    count = np.zeros(len(ids))
    planned_by: dict[int, str] = {}
    near: dict[Any, list[tuple[date, str | None]]] = defaultdict(list)
    if log is not None:
        refuse_other_ids(
            ids[:1].tolist(),
            log.ids[:1].tolist(),
            "be in the log of contacts what it is in the plan",
        )
        for customer, day, department in _relevant(log, as_of, window):
            near[customer].append((day, department))
    for customer, day in dict.fromkeys(done):
        if all(day != other for other, _ in near[customer]):
            near[customer].append((day, None))
    if near:
        for row, customer in enumerate(ids.tolist()):
            day: date | None = days[row].item() if customer in near else None
            if day is None:
                continue
            own = None if departments is None else departments[row]
            for other, department in sorted(near[customer], key=lambda one: (one[0], one[1] or "")):
                if abs((other - day).days) >= window:
                    continue
                if other > as_of and department is not None and department != own:
                    planned_by.setdefault(row, said_by_whom(department, other))
                else:
                    count[row] += 1
    return Near(count, planned_by, {who: [day for day, _ in told] for who, told in near.items()})


def said_by_whom(department: str | None, day: date) -> str:
    """By which department a contact is planned already, and for which day."""
    return f"for {day}" if not department else f"by department {department} for {day}"


def _relevant(
    log: ContactLog, as_of: date, window: float
) -> Iterator[tuple[Any, date, str | None]]:
    """Marketing contacts that may lie in the window of one made from the day of the plan on."""
    first = _first_day(as_of, window)
    service = list(Purpose).index(Purpose.SERVICE)
    rows = np.flatnonzero((log.column("day") >= first) & (log.column("purpose") != service))
    part = log[rows]
    # One contact that two files tell of is one.
    yield from dict.fromkeys(
        zip(part.ids.tolist(), part.values("day"), part.values("department"), strict=True)
    )


def _first_day(as_of: date, window: float) -> np.datetime64:
    return np.datetime64(as_of - timedelta(days=min(int(window), (as_of - date.min).days)), "D")
