"""Lines to purchases, and purchases to the columns of summaries: the arithmetic behind them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import Sorted
from relmkt.calendars import ONE_DAY, FixedUnit, Span, day_end, local_days
from relmkt.orders import OrderLog

__all__ = [
    "NOTHING_LEFT",
    "Asked",
    "Clock",
    "Lines",
    "Merge",
    "Purchases",
    "Refunds",
    "day_clock",
    "fixed",
    "instant_clock",
    "of_money",
    "of_period",
    "of_times",
    "purchases_of",
]

Merge: TypeAlias = Literal["day"] | None
"""Whether the lines of one day are one purchase, or each line is one."""

Refunds: TypeAlias = Literal["net", "drop", "error"]
"""What becomes of lines with a negative amount."""

Floats: TypeAlias = NDArray[np.float64]

NOTHING_LEFT = 1e-9
"""A day whose lines leave less than this share of what changed hands has left nothing: in binary
0.1 + 0.2 - 0.3 is not exactly zero."""

_MICROSECONDS = (86_400_000_000, 1_000_000, 1)
"""A day, a second and a microsecond: instants are counted in the coarsest that fits them all."""


@attrs.frozen
class Asked:
    """What is to be known of the orders; see `summarize`."""

    as_of: date
    unit: FixedUnit
    zone: str | None
    merge: Merge
    refunds: Refunds
    period: Span | None

    @property
    def current(self) -> date | None:
        """The first day of the current period, where there is one."""
        return None if self.period is None else self.period.end(self.as_of + ONE_DAY, -1)


# ------------------------------------------------------------------------------------- time


@attrs.frozen
class Clock:
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


def day_clock(days: NDArray[Any], as_of: date) -> tuple[Clock, NDArray[Any]]:
    origin = days.min()
    end = int((np.datetime64(as_of, "D") - origin).astype(np.int64))
    return Clock(origin, end, 1, None), (days - origin).astype(np.int32)


def instant_clock(
    log: OrderLog, rows: NDArray[np.intp] | None, as_of: date, zone: str | None
) -> tuple[Clock, NDArray[Any]]:
    instants = log.ordered_at if rows is None else log.ordered_at[rows]
    origin = instants.min()
    moments = (instants - origin).astype(np.int64)
    over = as_of + ONE_DAY if zone is None else day_end(as_of, zone)
    end = int((np.datetime64(over, "us") - origin).astype(np.int64))
    tick = next(n for n in _MICROSECONDS if end % n == 0 and not (moments % n).any())
    moments //= tick
    return Clock(origin, end // tick, _MICROSECONDS[0] // tick, zone), moments


# -------------------------------------------------------------------------------- purchases


class Lines:
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
class Purchases:
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


def purchases_of(lines: Lines, order: Sorted, merge: Merge) -> Purchases:
    at, amounts = _by_day(lines, order) if merge == "day" else _line_by_line(lines)
    if at is None:
        return Purchases(order.codes, order.moments, amounts, lines.current)
    current = None if lines.current is None else lines.current[at]
    return Purchases(order.codes[at], order.moments[at], amounts, current)


def _line_by_line(lines: Lines) -> tuple[NDArray[np.intp] | None, Floats]:
    """Where the purchases are among the lines (None for everywhere), and their amounts."""
    if lines.negative is None:
        return None, lines.amounts
    at = np.flatnonzero(~lines.negative)
    return at, lines.amounts[at]


def _by_day(lines: Lines, order: Sorted) -> tuple[NDArray[np.intp] | None, Floats]:
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
    bought = ~is_touched | (left > NOTHING_LEFT * moved)
    return at[bought], left[bought]


# ------------------------------------------------------------------------------ the columns


def of_times(
    purchases: Purchases, size: int, clock: Clock, unit_days: float
) -> dict[str, NDArray[Any]]:
    """Counts, times and gaps, and the mean amount; absent for customers without a purchase."""
    codes, moments = purchases.codes, purchases.moments
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    if not starts.size:
        return {"orders": fixed(np.zeros(size)), "frequency": fixed(np.zeros(size))}
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
        return fixed(found)

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

    Where several share the first instant, each is the first to the same degree, so that the order
    of the log has no say.
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


def of_money(lines: Lines, *, dropped: bool) -> dict[str, NDArray[Any]]:
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
    return {name: fixed(values) for name, values in found.items()}


def of_period(lines: Lines, purchases: Purchases) -> dict[str, NDArray[Any]]:
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
    return {name: fixed(values) for name, values in found.items()}


def fixed(array: NDArray[Any]) -> NDArray[Any]:
    """Closed to writing, so that `Columns` shares it."""
    array.flags.writeable = False
    return array
