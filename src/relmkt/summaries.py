"""From an order log and a day to what the log says of each customer on that day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar, get_args, overload

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, named
from relmkt._frames import frame_like
from relmkt._grouping import by_first_appearance, by_id_and_moment
from relmkt._narwhals import READING, given_back, held_frame, is_lazy, named_columns, plain_texts
from relmkt._purchases import (
    Asked,
    Lines,
    Merge,
    Refunds,
    day_clock,
    fixed,
    instant_clock,
    of_money,
    of_period,
    of_times,
    purchases_of,
)
from relmkt._summary_frames import summary_columns, summary_frame
from relmkt.calendars import FixedUnit, Span, checked_day, days_per
from relmkt.columns import Columns
from relmkt.domain import Summary
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.orders import OrderLog
from relmkt.records import schema

F = TypeVar("F")
T = TypeVar("T")

__all__ = ["Merge", "Refunds", "Summaries", "summarize"]


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


@overload
def summarize(
    log: OrderLog,
    *,
    as_of: date,
    unit: FixedUnit = "week",
    zone: str | None = None,
    merge: Merge = "day",
    refunds: Refunds = "net",
    period: Span | str | None = None,
) -> Summaries: ...


@overload
def summarize(
    log: F,
    *,
    columns: Mapping[str, str],
    as_of: date,
    unit: FixedUnit = "week",
    zone: str | None = None,
    merge: Merge = "day",
    refunds: Refunds = "net",
    period: Span | str | None = None,
) -> F: ...


def summarize(
    log: OrderLog | F,
    *,
    columns: Mapping[str, str] | None = None,
    as_of: date | None = None,
    unit: FixedUnit = "week",
    zone: str | None = None,
    merge: Merge = "day",
    refunds: Refunds = "net",
    period: Span | str | None = None,
) -> Summaries | F:
    """What an order log says of each customer on one day.

    Customers come in the order in which they first appear in the log, be it sorted or not.

    **Orders after** ``as_of`` are left out, as if they were not in the log, and their number is
    kept in ``later_orders``. So the summary for calibration is that of the same log on an earlier
    day, and a customer whose first line comes later is not there yet.

    **Purchases.** With ``merge="day"`` all lines of a customer on one calendar day are one
    purchase, and its amount is their sum. With ``merge=None`` each line that is not negative is a
    purchase at its instant, and two lines at the same instant are two; should these be the first,
    each is the first in equal part, so that the order of the log has no say. A line with the amount
    zero is a purchase (a free sample; Gamma-Gamma cannot use a mean of zero, so drop such lines
    first if they are no purchases to you).

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

    **Data frames, relations, lazy frames.** With ``columns`` the orders may also stand in what
    narwhals knows: pandas, Polars, PyArrow, DuckDB, Spark, Dask, Ibis, SQLFrame. The answer is of
    the same kind: one row for each customer, and the columns of `Summary` by their names, save
    those for which nothing was given or asked (``margin``, ``discount``, ``refunds``, the period).
    So the columns follow from the question, never from the data; what is absent is null. A frame in
    memory is read as an order log, and refused as one; its customers come in the order in which
    they first appear. A lazy frame stays lazy and nothing is run here; its rows come in the order
    of the engine. Counts and days are the same everywhere to the last bit, all else to about 12
    digits, for every engine adds up in an order of its own.

    **What only a run can tell** a lazy frame cannot refuse. It is kept where it can be seen: a
    customer with a line that no order log would take (without a time or a finite amount, with an
    infinite cost, quantity or margin, with a discount below 0) has a row in which all else is
    absent, and ``orders`` is absent nowhere else; lines without a customer are a row without one.

    Parameters
    ----------
    log
        The orders: an order log, or a frame with ``columns``.
    columns
        For a frame, and only for one: for each field of `Order` that it has the name of its column,
        for example ``{"customer": "id", "ordered_at": "day", "amount": "eur"}``; these three are
        needed. Of a lazy frame the currency is not among them.
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
        ``"net"``, ``"drop"`` or ``"error"``; for a lazy frame not the last, for that would run it.
    period
        The length of the current period, for example ``"12 months"``; it ends with ``as_of``, that
        day included. It fills ``period_orders``, ``period_revenue`` and ``period_margin``.

    Returns
    -------
    summaries
        One row for each customer: `Summaries`, or a frame of the kind that was given.

    Raises
    ------
    InvalidValueError
        For a day that is no date, an unknown zone, and a zone where none belongs or none where one
        does; for a frame without ``columns``, or with columns of the wrong sort, and for what the
        kind of frame cannot do.
    InvalidRowsError
        For refunds with ``refunds="error"``, and for bad rows of a frame in memory.
    UnknownNameError
        For an unknown unit or word, a field that orders do not have, and a column that the frame
        does not have.
    MissingExtraError
        For a frame, when the extra ``frames`` is not installed.

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

    The same where the orders are, here in DuckDB:

    >>> import duckdb
    >>> orders = duckdb.sql(
    ...     "SELECT 'C-1' AS id, DATE '2026-01-01' + CAST(7 * n AS INTEGER) AS day, 20.0 AS eur "
    ...     "FROM range(3) AS weeks(n)"
    ... )
    >>> columns = {"customer": "id", "ordered_at": "day", "amount": "eur"}
    >>> found = summarize(orders, columns=columns, as_of=date(2026, 1, 29))
    >>> found.project("customer, frequency, recency, age, revenue").fetchall()
    [('C-1', 2, 2.0, 4.0, 60.0)]
    """
    asked = asked_for(as_of, unit=unit, zone=zone, merge=merge, refunds=refunds, period=period)
    if isinstance(log, OrderLog):
        if columns is not None:
            raise InvalidValueError(
                "columns", "be left out for an order log", columns, remedy="it has its own"
            )
        return _of_log(log, asked)[0]
    if columns is None:
        raise InvalidValueError(
            "columns",
            "be given for a data frame",
            columns,
            remedy='say which are what: columns={"customer": "id", "ordered_at": "day", '
            '"amount": "eur"}',
        )
    return _of_frame(log, columns, asked)


def asked_for(
    as_of: date | None,
    *,
    unit: FixedUnit,
    zone: str | None,
    merge: Merge,
    period: Span | str | None,
    refunds: Refunds = "net",
) -> Asked:
    """The question, if it is one; see `summarize`."""
    days_per(unit)
    return Asked(
        as_of=_a_day(as_of),
        unit=unit,
        zone=zone,
        merge=_one_of("merge", merge, ("day", None)),
        refunds=_one_of("refunds", refunds, get_args(Refunds)),
        period=None if period is None else Span.parse(period),
    )


def _of_frame(frame: F, columns: Mapping[str, str], asked: Asked) -> F:
    columns = named_columns(columns)
    for name in ("customer", "ordered_at", "amount"):
        if name not in columns:
            raise InvalidValueError("columns", f"say which is '{name}'", dict(columns))
    held: Any = held_frame(frame, READING)
    if is_lazy(held):
        return summary_frame(frame, columns, asked)
    # In memory an order log is the plainest way: it looks at every value before it counts.
    found, rows = _of_log(OrderLog.from_frame(frame, **columns), asked)
    features = schema(Summary).features
    names = summary_columns(columns, asked)
    values = [(features[name], found.column(name)) for name in names[1:]]
    ids = plain_texts(held[columns["customer"]])[rows].alias("customer")
    made: Any = held_frame(frame_like(frame, values, frozenset()), READING)
    return given_back(frame, made.with_columns(ids).select(names))


def _of_log(log: OrderLog, asked: Asked) -> tuple[Summaries, NDArray[np.integer[Any]]]:
    """The summaries, and for each the first row of the log that counts."""
    as_of, zone, merge, refunds = asked.as_of, asked.zone, asked.merge, asked.refunds
    unit_days = days_per(asked.unit)
    days = log.days(zone)
    rows, later = _rows_that_count(log, days, as_of, refunds)
    details: dict[str, Any] = {
        "as_of": as_of,
        "unit": asked.unit,
        "zone": zone,
        "merge": merge,
        "period": asked.period,
        "currency": log.one_currency,
        "later_orders": later,
    }
    if not len(log) or (rows is not None and not rows.size):
        return Summaries(customer=log.ids[:0], **details), np.empty(0, dtype=np.intp)

    codes, firsts = by_first_appearance(log.ids)
    if rows is not None:  # the first appearance that counts is one among the lines that do
        codes, heads = by_first_appearance(codes[rows])
        firsts = rows[heads]
        days = days[rows]
    is_current = None if asked.current is None else days >= np.datetime64(asked.current, "D")
    if merge == "day":
        clock, moments = day_clock(days, as_of)
    else:
        clock, moments = instant_clock(log, rows, as_of, zone)
    del days  # here and below: on ten million lines each such array counts
    order = by_id_and_moment(codes, moments)
    del codes, moments
    with np.errstate(over="ignore"):  # a total that is infinite is refused by name
        lines = Lines(log, rows, order, is_current)
        purchases = purchases_of(lines, order, merge)
        del order
        found = Summaries(
            customer=fixed(log.ids[firsts]),
            **of_times(purchases, lines.count, clock, unit_days),
            **of_money(lines, dropped=refunds == "drop"),
            **of_period(lines, purchases),
            **details,
        )
    return found, firsts


# ------------------------------------------------------------------------------ at the door


def _a_day(as_of: object) -> date:
    day = checked_day("as_of", as_of)
    if day == date.max:
        raise InvalidValueError("as_of", "be followed by another day", day)
    return day


def _one_of(name: str, word: T, words: tuple[object, ...]) -> T:
    if word not in words:
        raise UnknownNameError(f"way for '{name}'", str(word), [str(known) for known in words])
    return word


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
