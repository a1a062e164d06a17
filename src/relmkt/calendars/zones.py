"""Time zones: the local day of an instant, and when a local day is over."""

from __future__ import annotations

import difflib
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import NDArray

from relmkt.calendars.spans import ONE_DAY
from relmkt.errors import InvalidValueError

__all__ = ["day_end", "local_days", "time_zone", "utc_instants"]

_ONE_SECOND = timedelta(seconds=1)

_BLOCK = 1 << 16
"""Rows at a time, so that temporaries stay small beside the columns."""

PROBED = (datetime(1, 1, 2), datetime(9999, 12, 30))
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
    changes, between = offset_changes(first, last, place)
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
    changes, between = offset_changes(
        max(first, PROBED[0].date() + ONE_DAY) - ONE_DAY,
        min(last, PROBED[1].date() - ONE_DAY) + ONE_DAY,
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
    moments, offsets = offset_changes(day - 2 * ONE_DAY, day + 2 * ONE_DAY, time_zone(zone))
    starts = [PROBED[0], *moments]
    ends = [*moments, PROBED[1]]
    return max(
        min(end, midnight - offset)
        for start, end, offset in zip(starts, ends, offsets, strict=True)
        if start + offset < midnight  # the day, or one before it, is met under this offset
    )


def offset_changes(first: date, last: date, zone: tzinfo) -> tuple[list[datetime], list[timedelta]]:
    """When a zone's offset from UTC changes, and its offsets before, between and after.

    The zones of the standard library do not tell their changes, so each day of the range is asked;
    between two days that differ the second of the change is found by halving.
    """
    day = datetime(first.year, first.month, first.day)
    offset = offset_at(day, zone)
    moments: list[datetime] = []
    offsets = [offset]
    for _ in range((last - first).days + 1):
        next_day = min(day, PROBED[1]) + ONE_DAY
        then = offset_at(next_day, zone)
        if then != offset:
            before, after = day, next_day
            while after - before > _ONE_SECOND:
                middle = before + (after - before) // _ONE_SECOND // 2 * _ONE_SECOND
                if offset_at(middle, zone) == offset:
                    before = middle
                else:
                    after = middle
            moments.append(after)
            offsets.append(then)
        day, offset = next_day, then
    return moments, offsets


def offset_at(moment: datetime, zone: tzinfo) -> timedelta:
    """The offset of local time from UTC at a moment in UTC."""
    probed = min(max(moment, PROBED[0]), PROBED[1])
    return probed.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta(0)
