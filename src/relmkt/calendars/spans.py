"""Time spans, rates and year fractions: no month has 30 days, and none has 4.345 weeks."""

from __future__ import annotations

import itertools
import math
import re
from datetime import date, timedelta
from typing import Literal, Self, cast, get_args

import attrs
from dateutil.relativedelta import relativedelta

from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = [
    "FixedUnit",
    "Rate",
    "Span",
    "SpanUnit",
    "days_per",
    "discount_steps",
    "elapsed",
    "steps",
]

FixedUnit = Literal["day", "week"]
"""Units of fixed length, in which recency and age are measured."""

SpanUnit = Literal["day", "week", "month", "year"]
"""Units of a span; months and years are as long as the calendar says."""
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
