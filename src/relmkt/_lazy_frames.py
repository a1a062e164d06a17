"""What engines do not share: opening a frame, local days, and the row before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from relmkt.errors import InvalidValueError, MissingExtraError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["local_days", "opened", "utc_times", "with_neighbor"]


def opened(frame: object) -> Any:
    """A frame as narwhals holds it, eager or lazy."""
    try:
        import narwhals.stable.v2 as nw
    except ImportError:
        raise MissingExtraError(
            "narwhals", extra="frames", purpose="reading a data frame"
        ) from None
    sort = f"{type(frame).__module__.partition('.')[0]}.{type(frame).__name__}"
    try:
        held = nw.from_native(frame, pass_through=True)
    except nw.exceptions.DuplicateError as error:
        raise InvalidValueError(
            "frame", "have one column of each name", str(error), remedy="rename or drop the others"
        ) from None
    if not isinstance(held, nw.DataFrame | nw.LazyFrame):
        raise InvalidValueError(
            "frame", "be a data frame", sort, remedy="pandas, Polars and PyArrow frames are known"
        )
    return cast("Any", held)


def local_days(
    frame: nw.LazyFrame[Any], column: str, zone: str | None
) -> tuple[nw.LazyFrame[Any], nw.Expr]:
    """The calendar days of a column's times in a zone: an expression, and the frame it is for."""
    import narwhals.stable.v2 as nw

    times = nw.col(column)
    if frame.collect_schema()[column] == nw.Date:
        return frame, times
    if zone is None:
        return frame, times.dt.date()
    if frame.implementation.is_duckdb():
        frame, name = _in_duckdb(frame, column, zone)
        return frame, nw.col(name).dt.date()
    return frame, times.dt.convert_time_zone(zone).dt.date()


def utc_times(frame: nw.LazyFrame[Any], column: str) -> tuple[nw.LazyFrame[Any], str]:
    """The times of a column as clocks in UTC show them; where there is no zone, as they are."""
    import narwhals.stable.v2 as nw

    zone = getattr(frame.collect_schema()[column], "time_zone", None)
    if zone is None:
        return frame, column
    if frame.implementation.is_duckdb():
        return _in_duckdb(frame, column, "UTC")
    name = nw.generate_temporary_column_name(8, frame.collect_schema().names())
    return frame.with_columns(nw.col(column).dt.convert_time_zone("UTC").alias(name)), name


def with_neighbor(
    frame: nw.LazyFrame[Any], column: str, name: str, steps: int, who: list[str]
) -> nw.LazyFrame[Any]:
    """With the value so many rows before (or, if negative, after) among the rows of the same kind.

    Rows are in the order of the column.
    """
    import narwhals.stable.v2 as nw

    return frame.with_columns(nw.col(column).shift(steps).over(*who, order_by=column).alias(name))


def _in_duckdb(frame: nw.LazyFrame[Any], column: str, zone: str) -> tuple[nw.LazyFrame[Any], str]:
    """With a column of the times that clocks in a zone show, as DuckDB itself converts them.

    It has one zone for a connection; to narwhals there is no other.
    """
    import narwhals.stable.v2 as nw

    name = nw.generate_temporary_column_name(8, frame.collect_schema().names())
    source = column.replace('"', '""')
    made = f"""timezone('{zone}', "{source}") AS "{name}\""""
    return nw.from_native(frame.to_native().project(f"*, {made}")), name
