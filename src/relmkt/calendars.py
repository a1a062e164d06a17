"""Time spans, rates and year fractions by the calendar: the only place that imports dateutil."""

from __future__ import annotations

import difflib
import itertools
import math
import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Literal, Self, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import attrs
import numpy as np
from dateutil.relativedelta import relativedelta
from numpy.typing import NDArray

from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = [
    "FixedUnit",
    "Rate",
    "Span",
    "SpanUnit",
    "day_end",
    "days_per",
    "discount_steps",
    "elapsed",
    "local_days",
    "steps",
    "time_zone",
    "utc_instants",
]

FixedUnit = Literal["day", "week"]
"""Units of fixed length, in which recency and age are measured."""

SpanUnit = Literal["day", "week", "month", "year"]
"""Units of a span; months and years are as long as the calendar says."""
_ONE_SECOND = timedelta(seconds=1)
ONE_DAY = timedelta(days=1)
ONE_MICROSECOND = timedelta(microseconds=1)

_DAYS: dict[str, float] = {"day": 1.0, "week": 7.0}
_SPAN = re.compile(r"\s*(\d+)\s*([A-Za-z]+?)s?\s*", re.IGNORECASE)
_RATE = re.compile(r"\s*([0-9.eE+-]+)\s*(%?)\s*(?:per|/|a|an)\s*([A-Za-z]+)\s*", re.IGNORECASE)


def days_per(unit: FixedUnit) -> float:
    """Days in one unit of fixed length.

    Parameters
    ----------
    unit
        ``"day"`` or ``"week"``.

    Raises
    ------
    UnknownNameError
        For a month or a year, which have no fixed length, and for anything else.

    Examples
    --------
    >>> from relmkt.calendars import days_per
    >>> days_per("week")
    7.0
    """
    if unit not in _DAYS:
        raise UnknownNameError("unit of fixed length", str(unit), _DAYS)
    return _DAYS[unit]


def _check_count(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    del instance
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(attribute.name, "be a whole number of at least 1", value)


def _check_unit(instance: object, attribute: attrs.Attribute[SpanUnit], value: SpanUnit) -> None:
    del instance, attribute
    if value not in get_args(SpanUnit):
        raise UnknownNameError("unit of time", value, get_args(SpanUnit))


@attrs.frozen
class Span:
    """A length of time in calendar units.

    Parameters
    ----------
    count
        How many units; at least 1.
    unit
        ``"day"``, ``"week"``, ``"month"`` or ``"year"``.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import Span
    >>> Span.parse("12 months").days(date(2024, 2, 1))
    366
    >>> str(Span(1, "month"))
    '1 month'
    """

    count: int = attrs.field(validator=_check_count)
    unit: SpanUnit = attrs.field(validator=_check_unit)

    @classmethod
    def parse(cls, text: str | Span) -> Span:
        """Read ``"12 months"``, ``"39 weeks"``, ``"1 year"``; a span is given back as it is.

        Raises
        ------
        InvalidValueError
            When the text is not a whole number followed by a unit.
        UnknownNameError
            When the unit is unknown.
        """
        if isinstance(text, Span):
            return text
        match = _SPAN.fullmatch(str(text))
        if match is None:
            raise InvalidValueError(
                "span", "be a whole number and a unit", text, remedy="write for example '12 months'"
            )
        return cls(int(match[1]), cast("SpanUnit", match[2].lower()))

    def end(self, start: date, times: int = 1) -> date:
        """The day that lies ``times`` spans after ``start``; in a shorter month, its last."""
        try:
            return start + relativedelta(**{f"{self.unit}s": self.count * times})  # pyright: ignore[reportArgumentType]
        except (ValueError, OverflowError):
            raise InvalidValueError(
                "span", "end before the year 10000", str(self), where=f"a start on {start}"
            ) from None

    def days(self, start: date) -> int:
        """The days from ``start`` to the end of the span."""
        return (self.end(start) - start).days

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


def elapsed(start: date, end: date, unit: SpanUnit) -> float:
    """Units from ``start`` to ``end`` by the calendar: whole ones, and the part of the next.

    Parameters
    ----------
    start, end
        Two days; ``end`` not before ``start``.
    unit
        The unit to count in.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import elapsed
    >>> elapsed(date(2023, 1, 1), date(2024, 7, 1), "year") == 1 + 182 / 366
    True
    """
    if end < start:
        raise InvalidValueError("end", f"not be before 'start' ({start})", end)
    if unit in _DAYS:
        return (end - start).days / _DAYS[unit]
    gap = relativedelta(end, start)
    whole = gap.years if unit == "year" else 12 * gap.years + gap.months
    one = Span(1, unit)
    left = one.end(start, whole) if whole else start
    right = one.end(start, whole + 1)
    return whole + (end - left) / (right - left)


def _check_rate(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    del instance
    if not -1.0 < value < float("inf"):
        raise InvalidValueError(
            attribute.name, "be a finite share above -1", value, remedy="10 percent is 0.10"
        )


@attrs.frozen
class Rate:
    """An effective interest or discount rate for each unit of calendar time.

    Parameters
    ----------
    value
        The rate as a share: 0.10 is ten percent. Above -1.
    per
        The unit that it is for.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import Rate
    >>> rate = Rate.parse("10% per year")
    >>> round(rate.factor(date(2024, 1, 1), date(2026, 1, 1)), 6)
    0.826446
    """

    value: float = attrs.field(validator=_check_rate)
    per: SpanUnit = attrs.field(default="year", validator=_check_unit)

    @classmethod
    def parse(cls, text: str | float | Self) -> Rate:
        """Read ``"10% per year"`` or ``"0.8 % per month"``; a bare number is a rate per year.

        Raises
        ------
        InvalidValueError
            When the text is no number, or the rate is out of bounds.
        UnknownNameError
            When the unit is unknown.
        """
        if isinstance(text, Rate):
            return text
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            return cls(float(text))
        match = _RATE.fullmatch(str(text)) or _RATE.fullmatch(f"{text} per year")
        try:
            if match is None:
                raise ValueError(text)
            value = float(match[1])
        except ValueError:
            raise InvalidValueError(
                "rate", "be a share and a unit", text, remedy="write for example '10% per year'"
            ) from None
        unit = cast("SpanUnit", match[3].lower())
        return cls(value / 100 if match[2] else value, unit)

    def factor(self, start: date, end: date) -> float:
        """What one unit of money on ``end`` is worth on ``start``: (1 + value) ** -elapsed."""
        return (1.0 + self.value) ** -elapsed(start, end, self.per)

    def __str__(self) -> str:
        return f"{self.value:.4g} per {self.per}"


def steps(span: Span, start: date, step: Span) -> tuple[date, ...]:
    """The ends of the steps that fill a span, the last one cut where the span ends.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import Span, steps
    >>> [str(day) for day in steps(Span(10, "week"), date(2024, 1, 1), Span(1, "month"))]
    ['2024-02-01', '2024-03-01', '2024-03-11']
    """
    last = span.end(start)
    ends: list[date] = []
    day = start
    while day < last:
        day = min(step.end(start, len(ends) + 1), last)
        ends.append(day)
    return tuple(ends)


def discount_steps(
    horizon: Span, rate: Rate, start: date
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The calendar steps that fill a horizon, and what money in the middle of each is worth.

    A horizon of months or years is cut into months, another into its own unit.

    Parameters
    ----------
    horizon
        How far ahead.
    rate
        The effective discount rate.
    start
        The day that everything is discounted to.

    Returns
    -------
    days
        The ends of the steps, in days from ``start``, increasing.
    factors
        For each step the discount factor halfway through it: the geometric mean of the factors at
        its two ends.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import Rate, Span, discount_steps
    >>> days, factors = discount_steps(Span(2, "month"), Rate(0.12, "year"), date(2026, 1, 1))
    >>> days, [round(factor, 4) for factor in factors]
    ((31, 59), [0.9952, 0.9861])
    """
    one = Span(1, "month" if horizon.unit in ("month", "year") else horizon.unit)
    ends = steps(horizon, start, one)
    worth = [1.0, *(rate.factor(start, end) for end in ends)]
    middles = (math.sqrt(before * after) for before, after in itertools.pairwise(worth))
    return tuple((end - start).days for end in ends), tuple(middles)


# ----------------------------------------------------------------------------- zones and days

_BLOCK = 1 << 16
"""Rows at a time, so that temporaries stay small beside the columns."""

_PROBED = (datetime(1, 1, 2), datetime(9999, 12, 30))
"""Between these every instant has a local time that Python can say."""


def time_zone(name: str) -> tzinfo:
    """The time zone of a name.

    Parameters
    ----------
    name
        A name of the IANA time zone database, for example ``"Europe/Berlin"``, or ``"UTC"``.

    Raises
    ------
    InvalidValueError
        For a name that the database of this machine does not have.

    Examples
    --------
    >>> from relmkt.calendars import time_zone
    >>> time_zone("Europe/Berlin")
    zoneinfo.ZoneInfo(key='Europe/Berlin')
    >>> time_zone("Europe/Berln")
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'zone' must be a name of the IANA time zone database, \
got 'Europe/Berln': did you mean 'Europe/Berlin'?
    """
    if name == "UTC":
        return UTC  # also where the machine has no time zone database
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise InvalidValueError(
            "zone", "be a name of the IANA time zone database", name, remedy=_zone_remedy(str(name))
        ) from None


def _zone_remedy(name: str) -> str:
    known = available_timezones()
    if not known:
        return "this machine has no such database: run  pip install tzdata"
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean '{near[0]}'?" if near else "write for example 'Europe/Berlin' or 'UTC'"


def local_days(instants: NDArray[Any], zone: str) -> NDArray[Any]:
    """The calendar days that instants fall on in a time zone.

    Parameters
    ----------
    instants
        Instants in UTC, datetime64, shape (n,); NaT stays NaT.
    zone
        A name of the IANA time zone database.

    Returns
    -------
    days
        datetime64[D], shape (n,).

    Raises
    ------
    InvalidValueError
        For an unknown zone.

    Examples
    --------
    An hour before midnight in London, Berlin has the next day already:

    >>> import numpy as np
    >>> from relmkt.calendars import local_days
    >>> local_days(
    ...     np.array(["2026-01-31T23:00", "2026-01-31T22:59"], "datetime64[us]"), "Europe/Berlin"
    ... )
    array(['2026-02-01', '2026-01-31'], dtype='datetime64[D]')
    """
    place = time_zone(zone)
    days = np.empty(len(instants), dtype="datetime64[D]")
    if not len(instants):
        return days
    first, last = (
        np.asarray(extreme.reduce(instants)).astype("datetime64[D]").item()
        for extreme in (np.fmin, np.fmax)
    )
    if first is None:  # none of the instants is known
        days[:] = np.datetime64("NaT")
        return days
    changes, between = _offsets(first, last, place)
    moments = np.array(changes, dtype="datetime64[us]")
    offsets = np.array(between, dtype="timedelta64[us]")
    for start in range(0, len(instants), _BLOCK):
        block = instants[start : start + _BLOCK]
        days[start : start + _BLOCK] = (
            block + offsets[np.searchsorted(moments, block, side="right")]
        )
    return days


def utc_instants(times: NDArray[Any], zone: str) -> NDArray[Any]:
    """The instants, in UTC, that the clocks of a time zone show as these times.

    Where clocks go back an hour comes twice: the first one counts. Where they go forward an hour is
    left out: its times are read as if the clocks had not been put forward yet.

    Parameters
    ----------
    times
        Local times, datetime64, shape (n,); NaT stays NaT.
    zone
        A name of the IANA time zone database.

    Returns
    -------
    instants
        datetime64[us], shape (n,).

    Raises
    ------
    InvalidValueError
        For an unknown zone.

    Examples
    --------
    >>> import numpy as np
    >>> from relmkt.calendars import utc_instants
    >>> times = np.array(["2026-01-31T09:30", "2026-07-31T09:30"], "datetime64[us]")
    >>> utc_instants(times, "Europe/Berlin").astype("datetime64[m]")
    array(['2026-01-31T08:30', '2026-07-31T07:30'], dtype='datetime64[m]')
    """
    place = time_zone(zone)
    times = times.astype("datetime64[us]")
    known = times[~np.isnat(times)]
    if not known.size:
        return times
    first, last = (extreme.astype("datetime64[D]").item() for extreme in (known.min(), known.max()))
    changes, between = _offsets(
        max(first, _PROBED[0].date() + ONE_DAY) - ONE_DAY,
        min(last, _PROBED[1].date() - ONE_DAY) + ONE_DAY,
        place,
    )
    offsets = np.array(between, dtype="timedelta64[us]")
    # A change is seen once the clocks show what they never showed before it.
    shown = np.array(changes, dtype="datetime64[us]") + np.maximum(offsets[:-1], offsets[1:])
    return times - offsets[np.searchsorted(shown, times, side="right")]


def day_end(day: date, zone: str) -> datetime:
    """The instant, in UTC and without a zone, at which a calendar day is over for good.

    Where clocks go back over midnight a day ends, comes again and ends again: the later end counts.

    Parameters
    ----------
    day
        The day, in the years 2 to 9998.
    zone
        A name of the IANA time zone database.

    Raises
    ------
    InvalidValueError
        For an unknown zone, and a day beyond those years.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import day_end
    >>> day_end(date(2026, 7, 1), "Europe/Berlin")
    datetime.datetime(2026, 7, 1, 22, 0)
    """
    if not 1 < day.year < 9999:
        raise InvalidValueError("day", "lie in the years 2 to 9998", day)
    midnight = datetime(day.year, day.month, day.day) + ONE_DAY
    moments, offsets = _offsets(day - 2 * ONE_DAY, day + 2 * ONE_DAY, time_zone(zone))
    starts = [_PROBED[0], *moments]
    ends = [*moments, _PROBED[1]]
    return max(
        min(end, midnight - offset)
        for start, end, offset in zip(starts, ends, offsets, strict=True)
        if start + offset < midnight  # the day, or one before it, is met under this offset
    )


def _offsets(first: date, last: date, zone: tzinfo) -> tuple[list[datetime], list[timedelta]]:
    """When a zone's offset from UTC changes, and its offsets before, between and after.

    The zones of the standard library do not tell their changes, so each day of the range is asked;
    between two days that differ the second of the change is found by halving.
    """
    day = datetime(first.year, first.month, first.day)
    offset = _offset(day, zone)
    moments: list[datetime] = []
    offsets = [offset]
    for _ in range((last - first).days + 1):
        next_day = min(day, _PROBED[1]) + ONE_DAY
        then = _offset(next_day, zone)
        if then != offset:
            before, after = day, next_day
            while after - before > _ONE_SECOND:
                middle = before + (after - before) // _ONE_SECOND // 2 * _ONE_SECOND
                if _offset(middle, zone) == offset:
                    before = middle
                else:
                    after = middle
            moments.append(after)
            offsets.append(then)
        day, offset = next_day, then
    return moments, offsets


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    """The offset of local time from UTC at a moment in UTC."""
    probed = min(max(moment, _PROBED[0]), _PROBED[1])
    return probed.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta(0)
