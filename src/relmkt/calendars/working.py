"""Working days and office hours of those who do the contacting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any, Literal, get_args, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars._given import a_day, days, whole_numbers
from relmkt.calendars.zones import time_zone
from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = ["Roll", "Weekday", "WorkingCalendar"]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""The days of the week, from Monday on."""

Roll = Literal["forward", "backward"]
"""Which way a day that is not worked gives way: to the next working day, or to the last one."""

_WEEK: tuple[Weekday, ...] = get_args(Weekday)


def _weekdays(names: Iterable[str]) -> tuple[Weekday, ...]:
    given = [names] if isinstance(names, str) else list(names)
    for name in given:
        if name not in _WEEK:
            raise UnknownNameError("weekday", name, _WEEK)
    return tuple(name for name in _WEEK if name in given)


def _check_weekdays(
    instance: object, attribute: attrs.Attribute[Any], value: tuple[Weekday, ...]
) -> None:
    del instance
    if not value:
        raise InvalidValueError(
            attribute.name,
            "name at least one day",
            value,
            remedy="without a working day no contact would ever fall due",
        )


def _holidays(given: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted({a_day("holidays", day) for day in given}))


def _check_time(instance: object, attribute: attrs.Attribute[time], value: time) -> None:
    del instance
    if not isinstance(value, time) or value.tzinfo is not None:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(attribute.name, "be a time of day without a zone", value)


@attrs.frozen(kw_only=True)
class WorkingCalendar:
    """The days and hours that are worked.

    Parameters
    ----------
    weekdays
        The working days of the week; at least one of ``"mon"`` to ``"sun"``. Monday to Friday
        unless another week is given.
    holidays
        Dates that are not worked, in any order.
    opens, closes
        Local office hours; ``opens`` is before ``closes``. 09:00 to 17:00 is our default.

    Raises
    ------
    InvalidValueError
        For a week without a working day, a holiday that is no date, or office hours that end
        before they begin.
    UnknownNameError
        For a weekday that is none.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import WorkingCalendar
    >>> office = WorkingCalendar(holidays=[date(2026, 12, 25)])
    >>> office.is_working(date(2026, 12, 25))
    False
    >>> office.next_working_day(date(2026, 12, 25))
    datetime.date(2026, 12, 28)
    >>> office.next_working_day(date(2026, 12, 25), roll="backward")
    datetime.date(2026, 12, 24)
    >>> office.add_working_days(date(2026, 12, 23), 2)
    datetime.date(2026, 12, 28)

    Arrays of days are answered in one go:

    >>> import numpy as np
    >>> office.is_working(np.array(["2026-12-24", "2026-12-25", "2026-12-26"], "datetime64[D]"))
    array([ True, False, False])
    """

    weekdays: tuple[Weekday, ...] = attrs.field(
        default=("mon", "tue", "wed", "thu", "fri"), converter=_weekdays, validator=_check_weekdays
    )
    holidays: tuple[date, ...] = attrs.field(default=(), converter=_holidays)
    opens: time = attrs.field(default=time(9), validator=_check_time)
    closes: time = attrs.field(default=time(17), validator=_check_time)

    def __attrs_post_init__(self) -> None:
        if self.closes <= self.opens:
            raise InvalidValueError("closes", f"be after 'opens' ({self.opens})", self.closes)

    @overload
    def is_working(self, day: date) -> bool: ...
    @overload
    def is_working(self, day: NDArray[np.datetime64]) -> NDArray[np.bool_]: ...
    def is_working(self, day: date | NDArray[np.datetime64]) -> bool | NDArray[np.bool_]:
        """Whether a day is worked.

        Parameters
        ----------
        day
            A date, or an array of datetime64[D], shape (n,); NaT is not worked.

        Raises
        ------
        InvalidValueError
            For what is no day.
        """
        if isinstance(day, np.ndarray):
            return np.asarray(np.is_busday(days("day", day), busdaycal=self._week()))
        return bool(np.is_busday(np.datetime64(a_day("day", day), "D"), busdaycal=self._week()))

    @overload
    def next_working_day(self, day: date, *, roll: Roll = ...) -> date: ...
    @overload
    def next_working_day(
        self, day: NDArray[np.datetime64], *, roll: Roll = ...
    ) -> NDArray[np.datetime64]: ...
    def next_working_day(
        self, day: date | NDArray[np.datetime64], *, roll: Roll = "forward"
    ) -> date | NDArray[np.datetime64]:
        """The day itself where it is worked, and else the next working day.

        Parameters
        ----------
        day
            A date, or an array of datetime64[D], shape (n,); NaT stays NaT.
        roll
            ``"forward"`` to the next working day, ``"backward"`` to the one before.

        Raises
        ------
        InvalidValueError
            For what is no day, and for a working day beyond the years 1 to 9999.
        UnknownNameError
            For a way to roll that is none.
        """
        return self.add_working_days(day, 0, roll=roll)

    @overload
    def add_working_days(self, day: date, n: int, *, roll: Roll = ...) -> date: ...
    @overload
    def add_working_days(
        self, day: NDArray[np.datetime64], n: int | NDArray[Any], *, roll: Roll = ...
    ) -> NDArray[np.datetime64]: ...
    def add_working_days(
        self,
        day: date | NDArray[np.datetime64],
        n: int | NDArray[Any],
        *,
        roll: Roll = "forward",
    ) -> date | NDArray[np.datetime64]:
        """The day that lies ``n`` working days later.

        A day that is not worked first gives way to one that is, and is counted from there: one
        working day after a Saturday is a Tuesday when it rolls forward, a Monday when backward.

        Parameters
        ----------
        day
            A date, or an array of datetime64[D], shape (n,); NaT stays NaT.
        n
            How many working days; negative ones lie before. For an array one number, or an array
            of integers of its shape.
        roll
            Which way a day that is not worked gives way.

        Raises
        ------
        InvalidValueError
            For what is no day or no whole number, and for a day beyond the years 1 to 9999.
        UnknownNameError
            For a way to roll that is none.

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt.calendars import WorkingCalendar
        >>> saturday = date(2026, 11, 21)
        >>> office = WorkingCalendar()
        >>> [str(office.add_working_days(saturday, 1, roll=way)) for way in ("forward", "backward")]
        ['2026-11-24', '2026-11-23']
        """
        if roll not in get_args(Roll):
            raise UnknownNameError("way to roll", roll, get_args(Roll))
        several = isinstance(day, np.ndarray)
        given = days("day", day) if several else np.datetime64(a_day("day", day), "D")
        count = whole_numbers("n", n)
        if not several and count.ndim:
            raise InvalidValueError("n", "be one whole number for one day", n)
        found = np.busday_offset(given, count, roll=roll, busdaycal=self._week())
        if several:
            return np.asarray(found)
        worked: object = found.item()
        if not isinstance(worked, date):
            raise InvalidValueError("day", "have a working day in the years 1 to 9999", day)
        return worked

    def office_hours(self, day: date, zone: str) -> tuple[datetime, datetime] | None:
        """When the office opens and closes on a day, as instants in UTC; None on a day off.

        Parameters
        ----------
        day
            A date.
        zone
            The office's zone, a name of the IANA time zone database.

        Raises
        ------
        InvalidValueError
            For what is no day, and for an unknown zone.

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt.calendars import WorkingCalendar
        >>> for instant in WorkingCalendar().office_hours(date(2026, 7, 1), "Europe/Berlin"):
        ...     print(instant)
        2026-07-01 07:00:00+00:00
        2026-07-01 15:00:00+00:00
        """
        place = time_zone(zone)
        if not self.is_working(day):
            return None
        first, last = (
            datetime.combine(day, hour, place).astimezone(UTC) for hour in (self.opens, self.closes)
        )
        return first, last

    def _week(self) -> np.busdaycalendar:
        return np.busdaycalendar(
            weekmask=[name in self.weekdays for name in _WEEK],
            holidays=np.array(self.holidays, dtype="datetime64[D]"),
        )
