"""The days on which somebody may be contacted, and the hours, by the clocks of both sides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import ONE_DAY, ONE_MICROSECOND, QuietHours, WorkingCalendar, time_zone
from relmkt.errors import InvalidValueError

__all__ = ["Place", "Slot", "each_once", "slots_by_row", "slots_of"]

Days = NDArray[np.datetime64]

_COUNTED = 1 << 20
"""Numbers below are counted, however few the rows."""

_LOOKED_AT = 1_000
"""Working days after which it is certain that none of them has an hour to contact anybody in."""


@attrs.frozen
class Slot:
    """A day on which somebody may be contacted, and the hours.

    Attributes
    ----------
    day
        The day in the zone of the customer.
    task_day
        The day in the zone of the user, which the user works.
    opens, closes
        The hours in UTC, the second one excluded; None for a duty that no customer notices.
    """

    day: date
    task_day: date
    opens: datetime | None = None
    closes: datetime | None = None


@attrs.define(kw_only=True)
class Place:
    """Where customers live, seen from where the user works; days that were asked are kept.

    Attributes
    ----------
    calendar, zone, quiet
        Of the customers. A place without a zone is that of the user alone.
    user_calendar, user_zone
        Of the user.
    """

    calendar: WorkingCalendar
    zone: str | None
    quiet: QuietHours | None
    user_calendar: WorkingCalendar
    user_zone: str
    _found: dict[date, Slot] = attrs.field(init=False, factory=dict[date, Slot])

    def slot(self, day: date, not_before: date | None = None) -> Slot:
        """The first slot on the day or after it, and not before a day of the user.

        Raises
        ------
        InvalidValueError
            When there is none: the quiet hours and the office hours leave no common hour.
        """
        if not_before is not None:
            day = max(day, not_before - ONE_DAY)  # their calendars differ by a day at the most
        while True:
            found = self._found.get(day)
            if found is None:
                found = self._found[day] = self._search(day)
            if not_before is None or found.task_day >= not_before:
                return found
            day = found.day + ONE_DAY

    def _search(self, day: date) -> Slot:
        if self.zone is None:
            worked = self.user_calendar.next_working_day(day)
            return Slot(worked, worked)
        for _ in range(_LOOKED_AT):
            worked = self.calendar.next_working_day(day)
            found = self._on(worked)
            if found is not None:
                return found
            day = worked + ONE_DAY
        raise InvalidValueError(
            "quiet hours",
            "leave an hour of the working days",
            str(self.quiet),
            where=f"customers in {self.zone}, users in {self.user_zone}",
        )

    def _on(self, day: date) -> Slot | None:
        """The first hours of a working day: office hours, not quiet, on one day of the user."""
        assert self.zone is not None  # noqa: S101
        hours = self.calendar.office_hours(day, self.zone)
        assert hours is not None  # noqa: S101
        opens, closes = hours
        user = time_zone(self.user_zone)
        while True:
            until = closes
            if self.quiet is not None:
                opens = self.quiet.next_allowed(opens, self.zone)
                until = min(until, self.quiet.next_quiet(opens, self.zone))
            if opens >= closes:
                return None
            task_day = opens.astimezone(user).date()
            over = datetime.combine(task_day + ONE_DAY, datetime.min.time(), user).astimezone(UTC)
            over = max(over, opens + ONE_MICROSECOND)  # clocks may go back at midnight
            if self.user_calendar.is_working(task_day):
                return Slot(day, task_day, opens, min(until, over))
            opens = over  # what is left of the day before, by the user's clock, is not worked


def slots_by_row(
    places: list[Place], at: NDArray[np.integer[Any]], days: Days, not_before: date
) -> Callable[[int], Slot]:
    """The first slot of a row on its day or after it, found when it is asked for."""

    def slot(row: int) -> Slot:
        day: Any = days[row].item()
        return places[int(at[row])].slot(day, not_before)

    return slot


def slots_of(
    places: list[Place],
    at: NDArray[np.integer[Any]],
    days: Days,
    *,
    not_before: date | None = None,
) -> tuple[Days, Days]:
    """The day and the user's day of the first slot of every row; each different one asked once.

    Parameters
    ----------
    places
        The places.
    at
        For every row the position of its place, shape (n,).
    days
        The day from which on to look, shape (n,); NaT stays NaT.
    not_before
        A day of the user before which no slot counts.

    Returns
    -------
    day, task_day
        Shape (n,).
    """
    answers = np.full((2, len(days)), np.datetime64("NaT"), dtype="datetime64[D]")
    rows = np.flatnonzero(~np.isnat(days))
    if not rows.size:
        return answers[0], answers[1]
    numbers: NDArray[np.int64] = days[rows].astype(np.int64)
    least = int(numbers.min())
    span = int(numbers.max()) - least + 1
    numbers += at[rows].astype(np.int64) * span - least
    wanted, same = each_once(numbers)
    found = [
        places[number // span].slot(
            date(1970, 1, 1) + timedelta(days=number % span + least), not_before
        )
        for number in wanted
    ]
    for answer, told in zip(
        answers, ([slot.day for slot in found], [slot.task_day for slot in found]), strict=True
    ):
        answer[rows] = np.array(told, dtype="datetime64[D]")[same]
    return answers[0], answers[1]


def each_once(numbers: NDArray[np.int64]) -> tuple[list[int], NDArray[np.integer[Any]]]:
    """The different numbers, ascending, and for every row the position of its own among them.

    Numbers from 0 on that are no larger than the rows are many are counted, not sorted.
    """
    span = int(numbers.max()) + 1 if len(numbers) else 0
    if span > _COUNTED + 4 * len(numbers):
        asked, same = np.unique(numbers, return_inverse=True)
        return asked.tolist(), same
    seen = np.zeros(span, dtype=np.bool_)
    seen[numbers] = True
    asked = np.flatnonzero(seen)
    place = np.zeros(span, dtype=np.int32)
    place[asked] = np.arange(len(asked), dtype=np.int32)
    return asked.tolist(), place[numbers]
