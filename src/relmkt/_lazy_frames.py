"""What engines do not share: days and instants as numbers, and the row before."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from relmkt.calendars import ONE_DAY, ONE_MICROSECOND
from relmkt.errors import InvalidValueError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    Lazy = nw.LazyFrame[Any]

__all__ = ["MICROSECONDS_A_DAY", "Days", "instants", "with_neighbor"]

MICROSECONDS_A_DAY = ONE_DAY // ONE_MICROSECOND

_EPOCH = date(1970, 1, 1)


# ------------------------------------------------------------------------------ days, instants


class Days:
    """How an engine holds days and counts them.

    Most have dates. Dask has them only in columns of Arrow, so there a day is its midnight.
    """

    def __init__(self, frame: Lazy) -> None:
        import narwhals.stable.v2 as nw

        self.nw = nw
        self._kind = frame.implementation

    def constant(self, day: date) -> nw.Expr:
        if self._kind.is_dask():
            return self.nw.lit(datetime(day.year, day.month, day.day))
        if _is_spark(self._kind):  # which cannot be given a day of the first thousand years
            return self.nw.lit(day.isoformat()).cast(self.nw.Date)
        return self.nw.lit(day)

    def is_one(self, day: nw.Expr) -> nw.Expr:
        """Where a day is known and no earlier than a date can be; one beyond the last has not come.

        What DuckDB calls minus infinity is a day to it.
        """
        return ~day.is_null() if self._kind.is_dask() else day >= self.constant(date.min)

    def local(self, frame: Lazy, column: str, zone: str | None) -> tuple[Lazy, nw.Expr]:
        """The days of a column's times in a zone: an expression, and the frame it is for."""
        nw = self.nw
        times = nw.col(column)
        if self._kind.is_dask():
            if frame.collect_schema()[column] == nw.Date:
                return frame, times.cast(nw.Datetime("us"))
            if zone is not None:
                times = times.dt.convert_time_zone(zone).dt.replace_time_zone(None)
            return frame, times.dt.truncate("1d")
        if frame.collect_schema()[column] == nw.Date:
            return frame, times
        if zone is None:
            return frame, times.dt.date()
        if self._kind.is_duckdb():
            name = _unused(frame)
            made = f"timezone('{zone}', {_quoted(column)})::DATE AS {name}"
            return nw.from_native(frame.to_native().project(f"*, {made}")), nw.col(name)
        if _is_spark(self._kind):
            # The function gives the instant at which clocks in UTC show what those of the zone do.
            name = _unused(frame)
            shown = f"unix_micros(from_utc_timestamp({_ticked(column)}, '{zone}'))"
            days = f"CAST(floor({shown} / {MICROSECONDS_A_DAY}D) AS INT)"
            made = f"date_add(DATE'1970-01-01', {days}) AS {name}"
            return nw.from_native(frame.to_native().selectExpr("*", made)), nw.col(name)
        if self._kind.is_polars():
            return frame, times.dt.convert_time_zone(zone).dt.date()
        raise InvalidValueError(
            "ordered_at",
            "be days, or times without a zone, in this kind of frame",
            f"times with a zone in {self._kind.name}",
            where=f"column '{column}'",
            remedy="narwhals does not tell such an engine which zone counts: make a column of the "
            "local days by its own means",
        )

    def number(self, column: str) -> nw.Expr:
        """The days of a column as numbers, the same as ``date.toordinal``."""
        nw = self.nw
        day = nw.col(column)
        if self._kind.is_duckdb():
            # It takes days from days, and what follows is long in its SQL.
            return (day.cast(nw.Date) - nw.lit(date.min)).cast(nw.Int64) + 1
        if self._kind.is_dask():  # whose year of no day is NaN, which is no integer to it
            known = ~day.is_null()
            return nw.when(known).then(
                _ordinal(nw.when(known).then(day).otherwise(self.constant(_EPOCH)))
            )
        return _ordinal(day)


def instants(frame: Lazy, column: str) -> tuple[Lazy, nw.Expr]:
    """The microseconds from the beginning of year 1 (in UTC, where there is a zone) to each time.

    Of days they run to midnight.
    """
    import narwhals.stable.v2 as nw

    kind, dtype = frame.implementation, frame.collect_schema()[column]
    times = nw.col(column)
    if dtype == nw.Date:
        passed = Days(frame).number(column) * MICROSECONDS_A_DAY
        if kind.is_duckdb():  # whose infinite days would overflow, and stop it
            is_finite = (times >= nw.lit(date.min)) & (times <= nw.lit(date.max))
            passed = nw.when(is_finite).then(passed)
        return frame, passed
    since_epoch = nw.lit(_EPOCH.toordinal() * MICROSECONDS_A_DAY)
    if kind.is_duckdb():
        name = _unused(frame)
        passed = f"epoch_us({_quoted(column)})"
        if getattr(dtype, "time_unit", "us") == "ns":  # of which it would make the nearest
            parts = f"epoch_ns({_quoted(column)})"
            passed = f"({parts} - ({parts} % 1000 + 1000) % 1000) // 1000"
        made = f"{passed} AS {name}"
        frame = nw.from_native(frame.to_native().project(f"*, {made}"))
        return frame, nw.col(name) + since_epoch
    if _is_spark(kind):
        name = _unused(frame)
        passed = f"unix_micros({_ticked(column)})"
        if getattr(dtype, "time_zone", None) is None:
            passed = f"timestampdiff(MICROSECOND, TIMESTAMP_NTZ'1970-01-01', {_ticked(column)})"
        frame = nw.from_native(frame.to_native().selectExpr("*", f"{passed} AS {name}"))
        return frame, nw.col(name) + since_epoch
    if getattr(dtype, "time_zone", None) is not None:
        times = times.dt.convert_time_zone("UTC")
    passed = _ordinal(times) * MICROSECONDS_A_DAY
    parts = [times.dt.hour(), times.dt.minute(), times.dt.second(), times.dt.microsecond()]
    for part, scale in zip(parts, [3_600_000_000, 60_000_000, 1_000_000, 1], strict=True):
        passed = passed + part.cast(nw.Int64) * scale
    return frame, passed


def _ordinal(times: nw.Expr) -> nw.Expr:
    import narwhals.stable.v2 as nw

    years = times.dt.year().cast(nw.Int64) - 1
    days = times.dt.ordinal_day().cast(nw.Int64)
    return 365 * years + years // 4 - years // 100 + years // 400 + days


def _is_spark(kind: Any) -> bool:
    return kind.is_spark_like() and not kind.is_sqlframe()


def _unused(frame: Lazy) -> str:
    """A name that no column has; letters and digits only."""
    import narwhals.stable.v2 as nw

    return nw.generate_temporary_column_name(8, frame.collect_schema().names())


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _ticked(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


# -------------------------------------------------------------------------------- neighbors


def with_neighbor(frame: Lazy, column: str, name: str, steps: int, who: list[str]) -> Lazy:
    """With the value so many rows before (or, if negative, after) among the rows of the same kind.

    Rows are in the order of the column.
    """
    import narwhals.stable.v2 as nw

    kind = frame.implementation
    if kind.is_polars() and not _sorts_windows(nw.get_native_namespace(frame)):
        native, pl = frame.to_native(), nw.get_native_namespace(frame)
        shifted = pl.col(column).shift(steps).over(who).alias(name)
        return nw.from_native(native.sort(*who, column).with_columns(shifted))
    if kind.is_dask():
        native = frame.to_native().shuffle(on=who[0])
        dtypes = {**native.dtypes, name: _absent_too(native.dtypes[column])}
        made = native.map_partitions(_neighbors, column, name, steps, who, meta=dtypes)
        return nw.from_native(made)
    return frame.with_columns(nw.col(column).shift(steps).over(*who, order_by=column).alias(name))


def _sorts_windows(polars: Any) -> bool:
    """Whether this Polars takes an order in ``over``, as it does from 1.10."""
    return tuple(int(part) for part in polars.__version__.split(".")[:2]) >= (1, 10)


def _neighbors(part: Any, column: str, name: str, steps: int, who: list[str]) -> Any:
    """One part of a Dask frame, which holds all the rows of those whom it holds."""
    part = part.sort_values(column)
    values = part[column].astype(_absent_too(part[column].dtype))
    keys = [part[key] for key in who]
    return part.assign(**{name: values.groupby(keys, dropna=False, sort=False).shift(steps)})


def _absent_too(dtype: Any) -> Any:
    """A type of pandas with room for "no value": that of times has it, that of integers has not."""
    return dtype if dtype.kind == "M" else "Int64"
