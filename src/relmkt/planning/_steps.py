"""Which step of a cadence comes next, and on which day it falls due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias, cast

import attrs

from relmkt.calendars import Recurrence, Span, WorkingCalendar, elapsed
from relmkt.domain import TaskState
from relmkt.planning.cadences import Cadence, Step
from relmkt.planning.tasks import TaskStanding

__all__ = ["NextStep", "key_of", "next_step"]


@attrs.frozen
class NextStep:
    """A step, and its day before working days are looked at.

    Attributes
    ----------
    step
        Its position in the cadence.
    number
        Which occurrence it is, from 1 on; 0 for a step that does not recur.
    due
        The day.
    """

    step: int
    number: int
    due: date


def key_of(event: str, event_at: date | None, step: Step, number: int, customer: object) -> str:
    """The key of a task; the customer comes last, so that an id may hold any sign.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.planning import Step
    >>> from relmkt.planning._steps import key_of
    >>> key_of("purchase", date(2026, 3, 2), Step(action="advise", every="3 months"), 2, "C-17")
    'purchase/2026-03-02/advise.2/C-17'
    """
    action = f"{step.action}.{number}" if number else step.action
    return f"{event}/{event_at or '-'}/{action}/{customer}"


Stands: TypeAlias = Callable[[Step, int], TaskStanding | None]
"""Where a step stands, with the number of its occurrence; None where nothing is told of it."""


def _nothing_told(step: Step, number: int) -> None:
    del step, number


def next_step(
    cadence: Cadence,
    event_at: date | None,
    as_of: date,
    *,
    lapse: float,
    calendar: WorkingCalendar,
    stands: Stands = _nothing_told,
) -> NextStep | None:
    """The first step that is neither done with nor later than the lapse, or the last that lapsed.

    Parameters
    ----------
    cadence
        The steps.
    event_at
        The day that they are counted from; where it is not known, the day of the plan.
    as_of
        The day of the plan.
    lapse
        A step that is late by more days is left out.
    calendar
        The working days that steps within so many of them are counted by.
    stands
        Where a step stands by the ledger, which may also have another day for it.

    Returns
    -------
    NextStep or None
        None where all steps are done with, or there is none.
    """
    start = event_at or as_of
    lapsed: NextStep | None = None
    for at, step in enumerate(cadence.steps):
        if step.every is not None:
            return _occurrence(at, step, Recurrence(step.every), start, as_of, lapse, stands)
        told = stands(step, 0)
        if _is_over(told):
            continue
        day = None if told is None else told.due
        if step.within is not None:
            return NextStep(at, 0, day or calendar.add_working_days(as_of, step.within))
        lapsed = NextStep(at, 0, day or cast("Span", step.after).end(start))
        if (as_of - lapsed.due).days <= lapse:
            return lapsed
    return lapsed


def _occurrence(
    at: int,
    step: Step,
    recurrence: Recurrence,
    start: date,
    as_of: date,
    lapse: float,
    stands: Stands,
) -> NextStep:
    """The last occurrence up to the day of the plan, unless it is over or too late: the next."""
    every = recurrence.every
    number = 1
    if as_of > start:
        number = max(1, int(elapsed(start, as_of, every.unit)) // every.count)
    while True:
        told = stands(step, number)
        due = (None if told is None else told.due) or recurrence.occurrence(start, number)
        if not _is_over(told) and (as_of - due).days <= lapse:
            return NextStep(at, number, due)
        number += 1


def _is_over(told: TaskStanding | None) -> bool:
    return told is not None and told.state in (TaskState.DONE, TaskState.CANCELED)
