"""From an order log and a day to what the log says of each customer on that day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, TypeAlias, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, named
from relmkt._grouping import Sorted, by_first_appearance, by_id_and_moment
from relmkt.calendars import ONE_DAY, FixedUnit, Span, day_end, days_per, local_days, time_zone
from relmkt.columns import Columns
from relmkt.domain import Summary
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.orders import OrderLog

__all__ = ["Merge", "Refunds", "Summaries", "summarize"]

Merge: TypeAlias = Literal["day"] | None
"""Whether the lines of one day are one purchase, or each line is one."""

Refunds: TypeAlias = Literal["net", "drop", "error"]
"""What becomes of lines with a negative amount."""

Floats: TypeAlias = NDArray[np.float64]

_NOTHING_LEFT = 1e-9
"""A day whose lines leave less than this share of what changed hands has left nothing: in binary
0.1 + 0.2 - 0.3 is not exactly zero."""

_MICROSECONDS = (86_400_000_000, 1_000_000, 1)
"""A day, a second and a microsecond: instants are counted in the coarsest that fits them all."""


class Summaries(Columns[Summary]):
    """What an order log says of many customers: the columns of `Summary`.

    Attributes
    ----------
    as_of
        The day that the summaries speak of; its own orders are in them.
    unit
        The unit of all times.
    zone
        The time zone whose days count; None where orders have none.
    merge
        ``"day"`` where the lines of a day were one purchase, None where each was one.
    period
        The length of the current period, which ends with ``as_of``; None where there is none.
    currency
        The currency of all amounts; None where the log did not say.
    later_orders
        How many lines lay after ``as_of`` and were left out.
    """

    record_type = Summary
    details = ("as_of", "unit", "zone", "merge", "period", "currency", "later_orders")

    as_of: date
    unit: FixedUnit
    zone: str | None
    merge: Merge
    period: Span | None
    currency: str | None
    later_orders: int


def summarize(
    log: OrderLog,
    *,
    as_of: date,
    unit: FixedUnit = "week",
    zone: str | None = None,
    merge: Merge = "day",
    refunds: Refunds = "net",
    period: Span | str | None = None,
) -> Summaries:
    """What an order log says of each customer on one day.

    Customers come in the order in which they first appear in the log, be it sorted or not.

    **Orders after** ``as_of`` are left out, as if they were not in the log, and their number is
    kept in ``later_orders``. So the summary for calibration is that of the same log on an earlier
    day, and a customer whose first line comes later is not there yet.

    **Purchases.** With ``merge="day"`` all lines of a customer on one calendar day are one
    purchase, and its amount is their sum. With ``merge=None`` each line that is not negative is a
    purchase at its instant, and two lines at the same instant are two; should these be the first,
    each is the first in equal part, so that the order of the log has no say. A line with the amount zero
    is a purchase (a free sample; Gamma-Gamma cannot use a mean of zero, so drop such lines first
    if they are no purchases to you).

    **Refunds** are lines with a negative amount. With ``refunds="net"`` they lower ``revenue`` and
    ``margin``, are added up in ``refunds``, and are never purchases themselves. With
    ``merge="day"`` they also lower the amount of a purchase *of the same day*; a day of which
    nothing is left is no purchase. They touch no purchase of another day, neither its amount in the
    mean nor its place in the count: the log does not tell which purchase was undone. With
    ``refunds="drop"`` such lines are left out, as if they were not in the log, and ``refunds`` is
    absent. With ``refunds="error"`` they are refused, and named.

    **Times.** ``recency`` is the time from the first purchase to the last, ``age`` that from the
    first purchase to ``as_of``, both in whole days over the days in the unit. With ``merge=None``
    they are exact to the microsecond, and ``age`` runs to the end of the day ``as_of``.

    **A single purchase** has frequency 0 and recency 0; ``monetary_value``, the mean over the
    repeat purchases, is absent, as are the gaps. The mean of gaps needs two purchases, their spread
    three. **A customer without a purchase** (all lines were refunds) is kept, with 0 orders, the
    totals, and absent times.

    **Totals** are over all lines. ``margin`` is the sum of the lines' margins or, where a line has
    none, of amount - unit_cost * quantity; if any line of the customer has neither, it is absent.
    ``discount`` is summed over the lines that are not negative, and absent if any of them has none.

    An empty log gives empty summaries.

    Parameters
    ----------
    log
        The orders.
    as_of
        The day to speak of; its own orders are counted.
    unit
        ``"day"`` or ``"week"``.
    zone
        The time zone whose calendar days count, for example ``"Europe/Berlin"``. Needed when the
        instants of the log have a zone; not allowed when they have none, for these are read as the
        local time that they show.
    merge
        ``"day"``: one purchase for each customer and day. None: each line by itself.
    refunds
        ``"net"``, ``"drop"`` or ``"error"``.
    period
        The length of the current period, for example ``"12 months"``; it ends with ``as_of``, that
        day included. It fills ``period_orders``, ``period_revenue`` and ``period_margin``.

    Returns
    -------
    summaries
        One row for each customer.

    Raises
    ------
    InvalidValueError
        For a day that is no date, an unknown zone, and a zone where none belongs or none where one
        does.
    InvalidRowsError
        For refunds with ``refunds="error"``.
    UnknownNameError
        For an unknown unit or word.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). "Counting your customers" the easy way.
    Marketing Science 24(2), 275-284, for (x, t_x, T), here frequency, recency and age.
    https://doi.org/10.1287/mksc.1040.0098

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.orders import OrderLog
    >>> from relmkt.summaries import summarize
    >>> log = OrderLog(
    ...     customer=["C-1", "C-2", "C-1", "C-1"],
    ...     ordered_at=[date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 15), date(2026, 1, 20)],
    ...     amount=[20.0, 35.0, 30.0, -5.0],
    ... )
    >>> found = summarize(log, as_of=date(2026, 1, 29))
    >>> found.frequency, found.recency, found.age
    (array([1., 0.]), array([2., 0.]), array([4., 3.]))
    >>> found.monetary_value, found.revenue, found.refunds
    (array([30., nan]), array([45., 35.]), array([5., 0.]))
    """
    _check_as_of(as_of)
    _check_word("merge", merge, ("day", None))
    _check_word("refunds", refunds, get_args(Refunds))
    unit_days = days_per(unit)
    span = None if period is None else Span.parse(period)
    days = _days(log, zone)
    rows, later = _rows_that_count(log, days, as_of, refunds)
    details: dict[str, Any] = {
        "as_of": as_of,
        "unit": unit,
        "zone": zone,
        "merge": merge,
        "period": span,
        "currency": log.one_currency,
        "later_orders": later,
    }
    if not len(log) or (rows is not None and not rows.size):
        return Summaries(customer=log.ids[:0], **details)

    codes, firsts = by_first_appearance(log.ids)
    if rows is not None:  # the first appearance that counts is one among the lines that do
        codes, heads = by_first_appearance(codes[rows])
        firsts = rows[heads]
        days = days[rows]
    is_current = None if span is None else days >= np.datetime64(span.end(as_of + ONE_DAY, -1), "D")
    if merge == "day":
        clock, moments = _day_clock(days, as_of)
    else:
        clock, moments = _instant_clock(log, rows, as_of, zone)
    del days  # here and below: on ten million lines each such array counts
    order = by_id_and_moment(codes, moments)
    del codes, moments
    lines = _Lines(log, rows, order, is_current)
    purchases = _purchases(lines, order, merge)
    del order
    return Summaries(
        customer=_fixed(log.ids[firsts]),
        **_of_times(purchases, lines.count, clock, unit_days),
        **_of_money(lines, dropped=refunds == "drop"),
        **_of_period(lines, purchases),
        **details,
    )


# ------------------------------------------------------------------------------ at the door


def _check_as_of(as_of: object) -> None:
    if not isinstance(as_of, date) or isinstance(as_of, datetime):
        raise InvalidValueError(
            "as_of",
            "be a date",
            as_of,
            remedy="write date(2026, 3, 31); of an instant, its day in the zone that counts",
        )
    if as_of == date.max:
        raise InvalidValueError("as_of", "be followed by another day", as_of)


def _check_word(name: str, word: object, words: tuple[object, ...]) -> None:
    if word not in words:
        raise UnknownNameError(f"way for '{name}'", str(word), [str(known) for known in words])


def _days(log: OrderLog, zone: str | None) -> NDArray[Any]:
    """The calendar day of each line."""
    if log.in_utc("ordered_at"):
        if zone is None:
            raise InvalidValueError(
                "zone",
                "be given for orders whose times have a zone",
                zone,
                remedy='the day of an order depends on the place: zone="Europe/Berlin", zone="UTC"',
            )
        return local_days(log.ordered_at, zone)
    if zone is not None and len(log):
        raise InvalidValueError(
            "zone",
            "be left out for orders whose times have no zone",
            zone,
            remedy="their days are read as they stand",
        )
    if zone is not None:
        time_zone(zone)
    return log.ordered_at.astype("datetime64[D]")


def _rows_that_count(
    log: OrderLog, days: NDArray[Any], as_of: date, refunds: Refunds
) -> tuple[NDArray[np.intp] | None, int]:
    """The rows to summarize (None for all of them), and how many lie after the day."""
    counts = days <= np.datetime64(as_of, "D")
    later = ~counts
    if refunds != "net":
        negative = log.amount < 0
        if refunds == "error":
            _refuse_refunds(log, np.flatnonzero(negative & counts))
        else:
            counts &= ~negative
            later &= ~negative
    return (None if counts.all() else np.flatnonzero(counts)), int(np.count_nonzero(later))


def _refuse_refunds(log: OrderLog, rows: NDArray[np.intp]) -> None:
    if not rows.size:
        return
    raise InvalidRowsError(
        "the order log",
        [
            str(
                InvalidValueError(
                    "amount",
                    "not be negative",
                    log.amount[row],
                    where=f"row {row} (customer {named(log.ids, row)})",
                )
            )
            for row in rows[:NAMED_ROWS].tolist()
        ],
        total=int(rows.size),
        remedy="refunds='net' takes refunds off the totals, refunds='drop' leaves them out",
    )


# ------------------------------------------------------------------------------------- time


@attrs.frozen
class _Clock:
    """How the moments of lines are counted: in whole ticks since the earliest.

    Attributes
    ----------
    origin
        When tick 0 was: a day, or an instant.
    end
        The tick to which an age runs.
    ticks
        How many make a day.
    zone
        The zone of ``origin``, where there is one.
    """

    origin: np.datetime64
    end: int
    ticks: int
    zone: str | None

    def days(self, moments: NDArray[Any]) -> NDArray[Any]:
        """The calendar days of moments."""
        tick = np.timedelta64(_MICROSECONDS[0] // self.ticks, "us")
        times = self.origin + moments.astype(np.int64) * tick
        return times.astype("datetime64[D]") if self.zone is None else local_days(times, self.zone)


def _day_clock(days: NDArray[Any], as_of: date) -> tuple[_Clock, NDArray[Any]]:
    origin = days.min()
    end = int((np.datetime64(as_of, "D") - origin).astype(np.int64))
    return _Clock(origin, end, 1, None), (days - origin).astype(np.int32)


def _instant_clock(
    log: OrderLog, rows: NDArray[np.intp] | None, as_of: date, zone: str | None
) -> tuple[_Clock, NDArray[Any]]:
    instants = log.ordered_at if rows is None else log.ordered_at[rows]
    origin = instants.min()
    moments = (instants - origin).astype(np.int64)
    over = as_of + ONE_DAY if zone is None else day_end(as_of, zone)
    end = int((np.datetime64(over, "us") - origin).astype(np.int64))
    tick = next(n for n in _MICROSECONDS if end % n == 0 and not (moments % n).any())
    moments //= tick
    return _Clock(origin, end // tick, _MICROSECONDS[0] // tick, zone), moments


# -------------------------------------------------------------------------------- purchases


class _Lines:
    """The lines that count, customer by customer and in order of time.

    Attributes
    ----------
    amounts
        Shape (n,).
    negative
        Which are refunds, shape (n,); None if no line is.
    current
        Which lie in the current period, shape (n,); None if there is no such period.
    count
        How many customers there are.
    """

    def __init__(
        self,
        log: OrderLog,
        rows: NDArray[np.intp] | None,
        order: Sorted,
        is_current: NDArray[np.bool_] | None,
    ) -> None:
        self.names = log.names
        self._log = log
        self._rows = (
            order.rows if rows is None else rows if order.rows is None else rows[order.rows]
        )
        self._starts = np.flatnonzero(np.diff(order.codes, prepend=-1))
        self.count = len(self._starts)
        self.amounts: Floats = self.column("amount")
        negative = self.amounts < 0
        self.negative = negative if negative.any() else None
        self.current = (
            is_current if is_current is None or order.rows is None else is_current[order.rows]
        )

    def column(self, name: str) -> NDArray[Any]:
        """The values of a column of the log, shape (n,)."""
        values = self._log.column(name)
        return values if self._rows is None else values[self._rows]

    def total(self, values: NDArray[Any]) -> Floats:
        """The sum of the values of each customer's lines, shape (count,)."""
        return np.add.reduceat(values, self._starts)

    def margins(self) -> Floats | None:
        """The margin of each line, NaN where it is not known; None if that is everywhere."""
        margins: Floats | None = self.column("margin") if "margin" in self.names else None
        if not {"unit_cost", "quantity"} <= set(self.names):
            return margins
        costed = self.amounts - self.column("unit_cost") * self.column("quantity")
        return costed if margins is None else np.where(np.isnan(margins), costed, margins)


@attrs.frozen(eq=False)
class _Purchases:
    """Purchases, customer by customer and in order of time.

    Attributes
    ----------
    codes, moments, amounts
        Of each purchase, shape (m,).
    current
        Which lie in the current period, shape (m,); None if there is no such period.
    """

    codes: NDArray[np.int32]
    moments: NDArray[Any]
    amounts: Floats
    current: NDArray[np.bool_] | None


def _purchases(lines: _Lines, order: Sorted, merge: Merge) -> _Purchases:
    at, amounts = _by_day(lines, order) if merge == "day" else _line_by_line(lines)
    if at is None:
        return _Purchases(order.codes, order.moments, amounts, lines.current)
    current = None if lines.current is None else lines.current[at]
    return _Purchases(order.codes[at], order.moments[at], amounts, current)


def _line_by_line(lines: _Lines) -> tuple[NDArray[np.intp] | None, Floats]:
    """Where the purchases are among the lines (None for everywhere), and their amounts."""
    if lines.negative is None:
        return None, lines.amounts
    at = np.flatnonzero(~lines.negative)
    return at, lines.amounts[at]


def _by_day(lines: _Lines, order: Sorted) -> tuple[NDArray[np.intp] | None, Floats]:
    """The same where the lines of a day are one purchase: its first line, and what was left."""
    new = np.ones(len(order.codes), dtype=np.bool_)
    np.not_equal(order.codes[1:], order.codes[:-1], out=new[1:])
    new[1:] |= order.moments[1:] != order.moments[:-1]
    if lines.negative is None and new.all():
        return None, lines.amounts
    at = np.flatnonzero(new)
    left: Floats = np.add.reduceat(lines.amounts, at)
    if lines.negative is None:
        return at, left
    is_touched = np.logical_or.reduceat(lines.negative, at)
    moved: Floats = np.add.reduceat(np.abs(lines.amounts), at)
    bought = ~is_touched | (left > _NOTHING_LEFT * moved)
    return at[bought], left[bought]


# ------------------------------------------------------------------------------ the columns


def _of_times(
    purchases: _Purchases, size: int, clock: _Clock, unit_days: float
) -> dict[str, NDArray[Any]]:
    """Counts, times and gaps, and the mean amount; absent for customers without a purchase."""
    codes, moments = purchases.codes, purchases.moments
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    if not starts.size:
        return {"orders": _fixed(np.zeros(size)), "frequency": _fixed(np.zeros(size))}
    who = codes[starts]
    counts = np.diff(starts, append=len(codes))
    first, last = moments[starts], moments[starts + counts - 1]
    repeats = counts - 1
    unit = clock.ticks * unit_days

    with np.errstate(invalid="ignore", divide="ignore"):  # without repeats: 0 / 0, absent
        later = _without_the_first(purchases.amounts, moments, starts, counts)
        mean_amount = np.add.reduceat(later, starts) / repeats
        mean_gap = (last - first) / repeats
        np.subtract(moments[1:], moments[:-1], out=later[1:])
        later -= np.repeat(mean_gap, counts)
        later[starts] = 0.0
        later *= later
        spread = np.sqrt(np.add.reduceat(later, starts) / (repeats - 1))
    spread[repeats < 2] = np.nan

    def over_all(values: NDArray[Any], absent: Any = np.nan) -> NDArray[Any]:
        found = np.full(size, absent, dtype=values.dtype)
        found[who] = values
        return _fixed(found)

    nat = np.datetime64("NaT")
    return {
        "orders": over_all(counts.astype(np.float64), 0.0),
        "frequency": over_all(repeats.astype(np.float64), 0.0),
        "recency": over_all((last - first) / unit),
        "age": over_all((clock.end - first) / unit),
        "monetary_value": over_all(mean_amount),
        "first_order": over_all(clock.days(first), nat),
        "last_order": over_all(clock.days(last), nat),
        "gap_mean": over_all(mean_gap / unit),
        "gap_spread": over_all(spread / unit),
    }


def _without_the_first(
    amounts: Floats, moments: NDArray[Any], starts: NDArray[np.intp], counts: NDArray[np.intp]
) -> Floats:
    """The amounts with nothing left of each customer's first purchase.

    Where several share the first instant, each is the first to the same degree, so that the order of
    the log has no say.
    """
    later = np.array(amounts)
    is_tied = (counts > 1) & (moments[starts] == moments[starts + (counts > 1)])
    if not is_tied.any():
        later[starts] = 0.0
        return later
    is_first = moments == np.repeat(moments[starts], counts)
    shares = 1.0 / np.add.reduceat(is_first, starts, dtype=np.float64)
    later -= np.where(is_first, later * np.repeat(shares, counts), 0.0)
    return later


def _of_money(lines: _Lines, *, dropped: bool) -> dict[str, NDArray[Any]]:
    """The totals of each customer."""
    found = {"revenue": lines.total(lines.amounts)}
    if not dropped:
        found["refunds"] = (
            np.zeros(lines.count)
            if lines.negative is None
            else lines.total(np.where(lines.negative, -lines.amounts, 0.0))
        )
    margins = lines.margins()
    if margins is not None:
        found["margin"] = lines.total(margins)
    if "discount" in lines.names:
        discounts = lines.column("discount")
        if lines.negative is not None:
            discounts = np.where(lines.negative, 0.0, discounts)
        found["discount"] = lines.total(discounts)
    return {name: _fixed(values) for name, values in found.items()}


def _of_period(lines: _Lines, purchases: _Purchases) -> dict[str, NDArray[Any]]:
    """The same in the current period alone, where there is one."""
    if lines.current is None or purchases.current is None:
        return {}
    codes = purchases.codes[purchases.current]
    found = {
        "period_orders": np.bincount(codes, minlength=lines.count).astype(np.float64),
        "period_revenue": lines.total(np.where(lines.current, lines.amounts, 0.0)),
    }
    margins = lines.margins()
    if margins is not None:
        found["period_margin"] = lines.total(np.where(lines.current, margins, 0.0))
    return {name: _fixed(values) for name, values in found.items()}


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    """Closed to writing, so that `Columns` shares it."""
    array.flags.writeable = False
    return array
