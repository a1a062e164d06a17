"""Summaries where the orders are: one program for every lazy frame that narwhals knows."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from relmkt._lazy_frames import MICROSECONDS_A_DAY, Days, instants, with_neighbor
from relmkt._narwhals import READING, given_back, held_frame, needed_column
from relmkt._purchases import NOTHING_LEFT, Asked
from relmkt.calendars import ONE_DAY, ONE_MICROSECOND, day_end, days_per
from relmkt.domain import Order, Summary
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.logs import refuse_zone
from relmkt.records import schema
from relmkt.rules._frames.columns import sort_of, wrong_sort
from relmkt.rules.features import EXACT_INTEGER, Kind

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["summary_columns", "summary_frame"]

F = TypeVar("F")

_MOST = sys.float_info.max
"""What is larger, or smaller than its negative, is no finite number; NaN is one or the other."""

_TOTALS = ("refunds", "margin", "discount")
"""What is added up over all lines, beside the amount."""

_UNKNOWN = math.inf
"""What is added up where a number is not known: unlike null and NaN, every engine's sum keeps it,
and a total that is greater than any number says that something was missing."""


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
    held = cast("nw.LazyFrame[Any]", held_frame(frame, READING))
    _check(held, columns, asked)
    at = columns["ordered_at"]
    if sort_of(held.collect_schema()[at]) == "Unknown":  # in Polars nothing but null
        import narwhals.stable.v2 as nw

        held = held.with_columns(nw.col(at).cast(nw.Date))
    program = _Program(held, columns, asked, place)
    moments = program.by_moment(program.lines(held))
    return given_back(frame, program.by_customer(program.with_gaps(moments)))


# -------------------------------------------------------------------------------- at the door


def _check(frame: nw.LazyFrame[Any], columns: Mapping[str, str], asked: Asked) -> None:
    """Refuse all that the names and sorts of the columns tell; what they hold only a run tells."""
    import narwhals.stable.v2 as nw

    features = schema(Order).features
    dtypes = frame.collect_schema()
    for feature, column in columns.items():
        if feature not in features:
            raise UnknownNameError("field", feature, features)
        dtype = dtypes[needed_column(column, list(dtypes))]
        if feature == "customer" or (dtype == nw.Unknown and frame.implementation.is_polars()):
            continue  # ids are opaque; and of nothing but null Polars knows no more
        wrong = wrong_sort(features[feature], dtype, column)
        if wrong is not None:
            raise wrong
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

    def __init__(
        self,
        frame: nw.LazyFrame[Any],
        columns: Mapping[str, str],
        asked: Asked,
        place: str | None,
    ) -> None:
        import narwhals.stable.v2 as nw

        self.nw = nw
        self.days = Days(frame)
        self.columns = columns
        self.asked = asked
        self.names = summary_columns(columns, asked)
        self.nets = asked.refunds == "net"
        self.by_day = asked.merge == "day"
        self.places = [] if place is None else [place]

    # ------------------------------------------------------------------------------- lines

    def lines(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The lines that count, with their margins, and whether a log would take them."""
        nw, asked, columns = self.nw, self.asked, self.columns
        dtypes = frame.collect_schema()
        features = schema(Order).features
        numbers = [name for name in columns if features[name].kind is Kind.NUMBER]
        at = columns["ordered_at"]
        frame, day = self.days.local(frame, at, asked.zone)
        moment: list[nw.Expr] = []
        if not self.by_day:
            frame, passed = instants(frame, at)
            moment = [passed.alias("moment")]
        lines = frame.select(
            nw.col(columns["customer"]).alias("customer"),
            day.alias("day"),
            *moment,
            *(self._number(columns[name], dtypes[columns[name]]).alias(name) for name in numbers),
            *self.places,
        )
        return lines.filter(self._counts()).with_columns(*self._derived(numbers))

    def _counts(self) -> nw.Expr:
        """Which lines count; those that nobody can place do, for they are to be seen."""
        nw = self.nw
        day, amount = nw.col("day"), nw.col("amount")
        counts = (day <= self.days.constant(self.asked.as_of)) | day.is_null()
        is_placed = (amount >= 0) | amount.is_null() | (amount < -_MOST)
        return counts if self.nets else counts & is_placed

    def _number(self, column: str, dtype: Any) -> nw.Expr:
        """A column of numbers as floats; NaN, which engines order differently, is none."""
        nw = self.nw
        number = nw.col(column)
        if dtype.is_float():
            # "Is NaN" will not do: DuckDB answers it from the statistics of a Parquet file, which
            # leave out NaN. What is infinite is for the summaries to refuse.
            is_infinite = (number == float("inf")) | (number == float("-inf"))
            number = nw.when((number - number == 0.0) | is_infinite).then(number)
        if dtype == nw.Float64:
            return number
        as_float = number.cast(nw.Float64)
        if not dtype.is_integer():
            return as_float
        # A larger integer would be rounded, so it is no number that a log takes.
        is_exact = number <= EXACT_INTEGER
        if dtype.is_signed_integer():
            is_exact = is_exact & (number >= -EXACT_INTEGER)
        return nw.when(is_exact | number.is_null()).then(as_float).otherwise(nw.lit(_UNKNOWN))

    def _derived(self, numbers: list[str]) -> list[nw.Expr]:
        """What is told of each line by its numbers."""
        nw = self.nw
        nothing, unknown = nw.lit(0.0), nw.lit(_UNKNOWN)
        amount = nw.col("amount")
        is_refund = amount < 0
        counted = nw.when(self._is_sound(numbers)).then(amount).otherwise(unknown)
        made = [counted.alias("amount")]
        if self.nets:
            made.append(
                nw.when(is_refund).then(nothing - amount).otherwise(nothing).alias("refunds")
            )
        if not self.by_day:
            one = nw.lit(1.0)
            made.append(nw.when(is_refund).then(nothing).otherwise(one).alias("purchases"))
            made.append(nw.when(is_refund).then(nothing).otherwise(amount).alias("paid"))
        if "margin" in self.names:
            margin = self._margin(numbers)
            margin = nw.when(margin.is_null()).then(unknown).otherwise(margin)
            made.append(margin.alias("margin"))
        if "discount" in self.names:
            discount = nw.col("discount")
            discount = nw.when(discount.is_null()).then(unknown).otherwise(discount)
            made.append(nw.when(is_refund).then(nothing).otherwise(discount).alias("discount"))
        return made

    def _is_sound(self, numbers: list[str]) -> nw.Expr:
        """Which lines an order log would take."""
        nw = self.nw
        amount = nw.col("amount")
        is_sound = self.days.is_one(nw.col("day")) & (amount >= -_MOST) & (amount <= _MOST)
        for name in numbers:
            if name != "amount":
                x = nw.col(name)
                least = 0.0 if name == "discount" else -_MOST
                is_sound = is_sound & (x.is_null() | ((x >= least) & (x <= _MOST)))
        return is_sound

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
        sums = ["amount", *(name for name in _TOTALS if name in self.names)]
        least = list(self.places)
        if not self.by_day:
            sums += ["purchases", "paid"]
            least.append("day")
        found = lines.group_by("customer", "day" if self.by_day else "moment").agg(
            *(nw.col(name).min() for name in least), *(nw.col(name).sum() for name in sums)
        )
        if not self.by_day:
            return found.with_columns((nw.col("purchases") > 0).alias("is_purchase"))
        if not self.nets:
            return found
        amount, refunds = nw.col("amount"), nw.col("refunds")
        is_left = amount > NOTHING_LEFT * (amount + 2 * refunds)
        return found.with_columns(((refunds == 0) | is_left).alias("is_purchase"))

    def with_gaps(self, moments: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """With the time since the purchase before, absent for the first, and its square."""
        nw = self.nw
        who = ["customer", "is_purchase"] if self.nets else ["customer"]
        if self.by_day:  # days themselves are sorted, for their numbers take more room
            moments = with_neighbor(moments, "day", "before", 1, who)
            gap = self.days.number("day") - self.days.number("before")
            return moments.with_columns(gap.cast(nw.Float64).alias("gap")).with_columns(
                (nw.col("gap") * nw.col("gap")).alias("square")
            )
        moments = with_neighbor(moments, "moment", "before", 1, who)
        gap = (nw.col("moment") - nw.col("before")).cast(nw.Float64)
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
        least, greatest = ["first_order", *self.places], ["last_order"]
        if not self.by_day:
            least.append("first")
            greatest.append("last")
        sums = [name for name in made if name not in {*least, *greatest}]
        sums += [name for name in _TOTALS if name in self.names]
        found = moments.with_columns(*(value.alias(name) for name, value in made.items()))
        return self._finished(
            found.group_by("customer").agg(
                *(nw.col(name).min() for name in least),
                *(nw.col(name).max() for name in greatest),
                *(nw.col(name).sum() for name in sums),
            )
        )

    def _of_purchases(self) -> dict[str, nw.Expr]:
        """What each moment says of the purchases."""
        nw = self.nw
        nothing = nw.lit(0.0)
        amount, day, square = nw.col("amount"), nw.col("day"), nw.col("square")
        is_first = nw.col("gap").is_null()
        if self.by_day:
            purchases, repeats = nw.lit(1.0), nw.when(is_first).then(nothing).otherwise(amount)
            times = {"first_order": day, "last_order": day}
        else:
            purchases, paid = nw.col("purchases"), nw.col("paid")
            # Of several purchases at the first instant, each is the first in equal part.
            repeats = nw.when(is_first).then(paid - paid / purchases).otherwise(paid)
            moment = nw.col("moment")
            times = {"first": moment, "last": moment, "first_order": day, "last_order": day}
            if self.asked.zone is not None:
                # Where clocks go back over midnight, a later instant may fall on an earlier day.
                times["first_order"] = nw.when(is_first).then(day)
                times["last_order"] = nw.when(nw.col("after").is_null()).then(day)
        squares = nw.when(square.is_null()).then(nothing).otherwise(square)
        made = {"orders": purchases, "repeats": repeats, "squares": squares}
        if self.nets:
            is_purchase = nw.col("is_purchase")
            made = {
                name: nw.when(is_purchase).then(value).otherwise(nothing)
                for name, value in made.items()
            }
            times = {name: nw.when(is_purchase).then(value) for name, value in times.items()}
        return made | times | {"revenue": amount}

    def _of_period(self) -> dict[str, nw.Expr]:
        """What each moment says of the current period, where there is one."""
        if self.asked.current is None:
            return {}
        nw = self.nw
        nothing = nw.lit(0.0)
        is_current = nw.col("day") >= self.days.constant(self.asked.current)
        is_counted = is_current & nw.col("is_purchase") if self.nets else is_current
        purchases = nw.lit(1.0) if self.by_day else nw.col("purchases")
        made = {
            "period_orders": nw.when(is_counted).then(purchases).otherwise(nothing),
            "period_revenue": nw.when(is_current).then(nw.col("amount")).otherwise(nothing),
        }
        if "margin" in self.names:
            made["period_margin"] = nw.when(is_current).then(nw.col("margin")).otherwise(nothing)
        return made

    def _finished(self, found: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The columns of a summary from the totals of each customer."""
        nw, asked = self.nw, self.asked
        unit = days_per(asked.unit) * (1 if self.by_day else MICROSECONDS_A_DAY)
        if self.by_day:
            found = found.with_columns(
                self.days.number("first_order").alias("first"),
                self.days.number("last_order").alias("last"),
            )
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
            return (asked.as_of + ONE_DAY).toordinal() * MICROSECONDS_A_DAY
        end = day_end(asked.as_of, asked.zone)
        past_midnight = end - datetime(end.year, end.month, end.day)
        return end.toordinal() * MICROSECONDS_A_DAY + past_midnight // ONE_MICROSECOND

    def _if_sound(self, name: str) -> nw.Expr:
        """A column of the answer, absent where a line was not sound, or lacks what is added up."""
        nw = self.nw
        value = nw.col(name)
        is_known = nw.col("revenue") <= _MOST
        if name in {"margin", "discount", "period_margin"}:
            is_known = is_known & (value <= _MOST)
        return nw.when(is_known).then(value)
