"""Summaries where the orders are: one program for every lazy frame that narwhals knows."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from relmkt._lazy_frames import local_days, opened, utc_times, with_neighbor
from relmkt._purchases import NOTHING_LEFT, Asked
from relmkt.calendars import ONE_DAY, day_end, days_per
from relmkt.domain import Order, Summary
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.orders import refuse_zone
from relmkt.records import schema
from relmkt.rules import Kind

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["is_lazy", "summary_columns", "summary_frame"]

F = TypeVar("F")

_MOST = sys.float_info.max
"""What is larger, or smaller than its negative, is no finite number; NaN is one or the other."""

_MICROSECOND = timedelta(microseconds=1)
_DAY = ONE_DAY // _MICROSECOND


def is_lazy(frame: object) -> bool:
    """Whether a frame holds a question, not its answer."""
    import narwhals.stable.v2 as nw

    return isinstance(opened(frame), nw.LazyFrame)


def summary_columns(given: Mapping[str, str], asked: Asked) -> list[str]:
    """The names of the columns of an answer: those of `Summary` that the question speaks of."""
    has_margin = "margin" in given or {"unit_cost", "quantity"} <= given.keys()
    left_out: set[str] = set()
    if asked.refunds == "drop":
        left_out |= {"refunds"}
    if "discount" not in given:
        left_out |= {"discount"}
    if not has_margin:
        left_out |= {"margin", "period_margin"}
    if asked.period is None:
        left_out |= {"period_orders", "period_revenue", "period_margin"}
    return [name for name in schema(Summary).features if name not in left_out]


def summary_frame(
    frame: F, columns: Mapping[str, str], asked: Asked, *, place: str | None = None
) -> F:
    """The columns of `Summary` of a lazy frame, one row for each customer; nothing is run.

    Lines are gathered by customer and moment, and these by customer. Only the gaps between
    purchases need an order, and they look one row back, so that an engine can do all this in less
    memory than the log takes. Where a column tells the place of each line, the answer has a last
    column of that name with the place of each customer's first line that counts.
    """
    held = opened(frame)
    _check(held, columns, asked)
    program = _Program(columns, asked, place)
    moments = program.by_moment(program.lines(held))
    return cast("F", program.by_customer(program.with_gaps(moments)).to_native())


# -------------------------------------------------------------------------------- at the door


def _check(frame: nw.LazyFrame[Any], columns: Mapping[str, str], asked: Asked) -> None:
    """Refuse all that the names and sorts of the columns tell; what they hold only a run tells."""
    import narwhals.stable.v2 as nw

    features = schema(Order).features
    dtypes = frame.collect_schema()
    for feature, column in columns.items():
        if feature not in features:
            raise UnknownNameError("field", feature, features)
        if column not in dtypes:
            raise UnknownNameError("column", str(column), dtypes, where="the data frame")
        dtype = dtypes[column]
        is_text = dtype == nw.String
        where = f"column '{column}'"
        if features[feature].kind is Kind.NUMBER and not dtype.is_numeric():
            remedy = "it is text: convert it to numbers first, with the decimal mark that it has"
            raise InvalidValueError(
                feature, "be numbers", str(dtype), where=where, remedy=remedy if is_text else None
            )
        if features[feature].kind is Kind.INSTANT and not (
            dtype == nw.Date or dtype == nw.Datetime
        ):
            remedy = "it is text: read it as dates first, in the format that it has"
            raise InvalidValueError(
                feature,
                "be dates or datetimes",
                str(dtype),
                where=where,
                remedy=remedy if is_text else None,
            )
    if "currency" in columns:
        raise InvalidValueError(
            "currency",
            "be left out for a lazy frame",
            columns["currency"],
            remedy="whether all amounts are in one currency only a run can tell: keep the lines of "
            "one first, or read them into an order log",
        )
    if asked.refunds == "error":
        raise InvalidValueError(
            "refunds",
            "be 'net' or 'drop' for a lazy frame",
            asked.refunds,
            remedy="whether there are any only a run can tell: look at the column 'refunds', or "
            "read the orders into an order log",
        )
    dtype = dtypes[columns["ordered_at"]]
    refuse_zone(asked.zone, has_zone=getattr(dtype, "time_zone", None) is not None)


# ------------------------------------------------------------------------------- the program


class _Program:
    """The steps from lines to summaries, each from one lazy frame to the next.

    Everything that is aggregated is a column before: not every engine aggregates an expression.
    """

    def __init__(self, columns: Mapping[str, str], asked: Asked, place: str | None) -> None:
        import narwhals.stable.v2 as nw

        self.nw = nw
        self.columns = columns
        self.asked = asked
        self.names = summary_columns(columns, asked)
        self.nets = asked.refunds == "net"
        self.by_day = asked.merge == "day"
        self.places = [] if place is None else [place]
        self.optional = [name for name in ("margin", "discount") if name in self.names]

    # ------------------------------------------------------------------------------- lines

    def lines(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The lines that count, with their margins, and whether a log would take them."""
        nw, asked, columns = self.nw, self.asked, self.columns
        dtypes = frame.collect_schema()
        features = schema(Order).features
        numbers = [name for name in columns if features[name].kind is Kind.NUMBER]
        at = columns["ordered_at"]
        frame, day = local_days(frame, at, asked.zone)
        moment: list[nw.Expr] = []
        if not self.by_day:
            frame, time = utc_times(frame, at)
            moment = [self._microseconds(time, dtypes[at] == nw.Date).alias("moment")]
        lines = frame.select(
            nw.col(columns["customer"]).alias("customer"),
            day.alias("day"),
            *moment,
            *(self._number(columns[name], dtypes[columns[name]]).alias(name) for name in numbers),
            *self.places,
        )
        day, amount = nw.col("day"), nw.col("amount")
        counts = (day <= nw.lit(asked.as_of)) | day.is_null()
        if not self.nets:
            counts = counts & ((amount >= 0) | amount.is_null())
        is_sound = ~day.is_null() & ~amount.is_null() & (amount >= -_MOST) & (amount <= _MOST)
        for name in numbers:
            if name != "amount":
                x = nw.col(name)
                least = 0.0 if name == "discount" else -_MOST
                is_sound = is_sound & (x.is_null() | ((x >= least) & (x <= _MOST)))
        return lines.filter(counts).with_columns(
            *self._derived(numbers), self._where(~is_sound, "broken")
        )

    def _number(self, column: str, dtype: Any) -> nw.Expr:
        nw = self.nw
        number = nw.col(column)
        if dtype.is_float():
            number = number.fill_nan(None)
        return number if dtype == nw.Float64 else number.cast(nw.Float64)

    def _derived(self, numbers: list[str]) -> list[nw.Expr]:
        """What is told of each line by its numbers."""
        nw = self.nw
        nothing = nw.lit(0.0)
        amount = nw.col("amount")
        is_refund = amount < 0
        made: list[nw.Expr] = []
        if self.nets:
            made.append(nw.when(is_refund).then(-amount).otherwise(nothing).alias("refunds"))
            if not self.by_day:
                made.append(nw.when(is_refund).then(nothing).otherwise(amount).alias("paid"))
        if not self.by_day:
            made.append(nw.when(is_refund).then(nothing).otherwise(nw.lit(1.0)).alias("purchases"))
        if "margin" in self.names:
            margin = self._margin(numbers)
            made += [margin.alias("margin"), self._where(margin.is_null(), "no_margin")]
        if "discount" in self.names:
            discount = nw.when(is_refund).then(nothing).otherwise(nw.col("discount"))
            made += [discount.alias("discount"), self._where(discount.is_null(), "no_discount")]
        return made

    def _where(self, holds: nw.Expr, name: str) -> nw.Expr:
        """One where a condition holds, nought where it does not: the greatest says "anywhere"."""
        return self.nw.when(holds).then(self.nw.lit(1)).otherwise(self.nw.lit(0)).alias(name)

    def _margin(self, numbers: list[str]) -> nw.Expr:
        nw = self.nw
        margin = nw.col("margin")
        if not {"unit_cost", "quantity"} <= {*numbers}:
            return margin
        costed = nw.col("amount") - nw.col("unit_cost") * nw.col("quantity")
        if "margin" not in numbers:
            return costed
        return nw.when(margin.is_null()).then(costed).otherwise(margin)

    # ----------------------------------------------------------------------------- moments

    def by_moment(self, lines: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """One row for each customer and day, or instant; whether it is a purchase, and when."""
        nw = self.nw
        amount, refunds = nw.col("amount"), nw.col("refunds")
        sums = ["amount", *self.optional] + ["refunds"] * self.nets
        totals = [nw.col("broken").max(), *(nw.col(f"no_{name}").max() for name in self.optional)]
        totals += [nw.col(name).min() for name in self.places]
        if self.by_day:
            found = lines.group_by("customer", "day").agg(
                *totals, *(nw.col(name).sum() for name in sums)
            )
            made = [self._ordinal("day").alias("moment")]
            if self.nets:
                is_left = amount > NOTHING_LEFT * (amount + 2 * refunds)
                made.append(((refunds == 0) | is_left).alias("is_purchase"))
        else:
            sums += ["purchases"] + ["paid"] * self.nets
            found = lines.group_by("customer", "moment").agg(
                nw.col("day").min(), *totals, *(nw.col(name).sum() for name in sums)
            )
            made = [(nw.col("purchases") > 0).alias("is_purchase")] if self.nets else []
        return found.with_columns(*made) if made else found

    def _ordinal(self, name: str) -> nw.Expr:
        """A day as a number, the same as ``date.toordinal``."""
        day = self.nw.col(name)
        years = day.dt.year().cast(self.nw.Int64) - 1
        return 365 * years + years // 4 - years // 100 + years // 400 + day.dt.ordinal_day()

    def _microseconds(self, name: str, is_day: bool) -> nw.Expr:
        """An instant as a number: the microseconds up to it, of days as above."""
        days = self._ordinal(name) * _DAY
        if is_day:
            return days
        time = self.nw.col(name).dt
        parts = [time.hour(), time.minute(), time.second(), time.microsecond()]
        scales = [3_600_000_000, 60_000_000, 1_000_000, 1]
        for part, scale in zip(parts, scales, strict=True):
            days = days + part.cast(self.nw.Int64) * scale
        return days

    def with_gaps(self, moments: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """With the time since the purchase before, absent for the first, and its square."""
        nw = self.nw
        who = ["customer", "is_purchase"] if self.nets else ["customer"]
        moments = with_neighbor(moments, "moment", "before", 1, who)
        gap = (nw.col("moment") - nw.col("before")).cast(nw.Float64)
        if self.by_day:
            return moments.with_columns(gap.alias("gap")).with_columns(
                (nw.col("gap") * nw.col("gap")).alias("square")
            )
        if self.asked.zone is not None:
            moments = with_neighbor(moments, "moment", "after", -1, who)
        # Squares of microseconds are not whole numbers that a float can hold, so here the mean is
        # taken off first.
        moments = moments.with_columns(
            gap.alias("gap"),
            nw.col("moment").min().over(*who).alias("first"),
            nw.col("moment").max().over(*who).alias("last"),
            nw.col("purchases").sum().over(*who).alias("orders"),
        )
        span, orders = (nw.col("last") - nw.col("first")).cast(nw.Float64), nw.col("orders")
        mean = nw.when(orders > 1).then(span / (orders - 1)).otherwise(nw.lit(0.0))
        moments = moments.with_columns(mean.alias("mean"))
        off, mean = nw.col("gap") - nw.col("mean"), nw.col("mean")
        # Of several purchases at one instant all but one have no gap.
        ties = (nw.col("purchases") - 1) * mean * mean
        off = nw.when(nw.col("gap").is_null()).then(nw.lit(0.0)).otherwise(off * off)
        return moments.with_columns((off + ties).alias("square"))

    # --------------------------------------------------------------------------- customers

    def by_customer(self, moments: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """One row for each customer, with the columns of a summary."""
        nw = self.nw
        made = self._of_purchases() | self._of_period()
        sums = ["orders", "repeats", "squares", "amount", *self.optional]
        sums += ["refunds"] * self.nets
        sums += [name for name in ("period_orders", "period_revenue") if name in made]
        greatest = ["last", "last_order", "broken", *(f"no_{name}" for name in self.optional)]
        if "period_margin" in made:
            sums.append("period_margin")
            greatest.append("no_period_margin")
        found = (
            moments.with_columns(*(value.alias(name) for name, value in made.items()))
            .group_by("customer")
            .agg(
                nw.col("first").min(),
                nw.col("first_order").min(),
                *(nw.col(name).min() for name in self.places),
                *(nw.col(name).sum() for name in sums),
                *(nw.col(name).max() for name in greatest),
            )
        )
        return self._finished(found)

    def _of_purchases(self) -> dict[str, nw.Expr]:
        """What each moment says of the purchases."""
        nw = self.nw
        one, nothing = nw.lit(1.0), nw.lit(0.0)
        moment, day = nw.col("moment"), nw.col("day")
        purchases = one if self.by_day else nw.col("purchases")
        paid = nw.col("amount" if self.by_day or not self.nets else "paid")
        square, gap = nw.col("square"), nw.col("gap")
        # Of several purchases at the first instant, each is the first in equal part.
        first_paid = nothing if self.by_day else paid - paid / purchases
        repeats = nw.when(gap.is_null()).then(first_paid).otherwise(paid)
        squares = nw.when(square.is_null()).then(nothing).otherwise(square)
        first_day = last_day = day
        if not self.by_day and self.asked.zone is not None:
            # Where clocks go back over midnight, a later instant may fall on an earlier day.
            first_day = nw.when(gap.is_null()).then(day)
            last_day = nw.when(nw.col("after").is_null()).then(day)
        made = {"orders": purchases, "repeats": repeats, "squares": squares}
        times = {"first": moment, "last": moment, "first_order": first_day, "last_order": last_day}
        if not self.nets:
            return made | times
        bought = nw.col("is_purchase")
        return {
            **{
                name: nw.when(bought).then(value).otherwise(nothing) for name, value in made.items()
            },
            **{name: nw.when(bought).then(value) for name, value in times.items()},
        }

    def _of_period(self) -> dict[str, nw.Expr]:
        """What each moment says of the current period, where there is one."""
        if self.asked.current is None:
            return {}
        nw = self.nw
        nothing = nw.lit(0.0)
        is_current = nw.col("day") >= nw.lit(self.asked.current)
        is_counted = is_current & nw.col("is_purchase") if self.nets else is_current
        purchases = nw.lit(1.0) if self.by_day else nw.col("purchases")
        made = {
            "period_orders": nw.when(is_counted).then(purchases).otherwise(nothing),
            "period_revenue": nw.when(is_current).then(nw.col("amount")).otherwise(nothing),
        }
        if "margin" in self.names:
            margin, none = nw.col("margin"), nw.col("no_margin")
            made["period_margin"] = nw.when(is_current).then(margin).otherwise(nothing)
            made["no_period_margin"] = nw.when(is_current).then(none).otherwise(nw.lit(0))
        return made

    def _finished(self, found: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The columns of a summary from the totals of each customer."""
        nw, asked = self.nw, self.asked
        unit = days_per(asked.unit) * (1 if self.by_day else _DAY)
        orders, first = nw.col("orders"), nw.col("first")
        found = found.with_columns(
            nw.when(orders > 1).then(orders - 1).alias("gaps"),
            nw.when(orders > 2).then(orders - 2).alias("freedom"),
            (nw.col("last") - first).cast(nw.Float64).alias("span"),
            (nw.lit(self._end) - first).cast(nw.Float64).alias("age"),
        )
        span, gaps, squares = nw.col("span"), nw.col("gaps"), nw.col("squares")
        if self.by_day:
            # Of whole days every term is a whole number, so that nothing is lost in the difference.
            squares = (gaps * squares - span * span) / gaps
        found = found.with_columns(
            orders.cast(nw.Int64),
            nw.when(orders > 0)
            .then(orders - 1)
            .otherwise(orders)
            .cast(nw.Int64)
            .alias("frequency"),
            (span / unit).alias("recency"),
            (nw.col("age") / unit).alias("age"),
            (nw.col("repeats") / gaps).alias("monetary_value"),
            (span / gaps / unit).alias("gap_mean"),
            ((squares / nw.col("freedom")).sqrt() / unit).alias("gap_spread"),
            nw.col("amount").alias("revenue"),
            *(nw.col(name).cast(nw.Int64) for name in self.names if name == "period_orders"),
        )
        return found.select(
            "customer",
            *(self._if_sound(name).alias(name) for name in self.names[1:]),
            *self.places,
        )

    @property
    def _end(self) -> int:
        """The moment to which an age runs."""
        asked = self.asked
        if self.by_day:
            return asked.as_of.toordinal()
        if asked.zone is None:
            return (asked.as_of + ONE_DAY).toordinal() * _DAY
        end = day_end(asked.as_of, asked.zone)
        past_midnight = end - datetime(end.year, end.month, end.day)
        return end.toordinal() * _DAY + past_midnight // _MICROSECOND

    def _if_sound(self, name: str) -> nw.Expr:
        """A column of the answer, absent where a line was broken, or lacks what is added up."""
        nw = self.nw
        is_known = nw.col("broken") == 0
        if name in {"margin", "discount", "period_margin"}:
            is_known = is_known & (nw.col(f"no_{name}") == 0)
        return nw.when(is_known).then(nw.col(name))
