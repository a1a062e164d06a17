"""Summaries of a file of orders that is larger than memory: only they are held, not the orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._purchases import fixed
from relmkt._summary_frames import summary_frame
from relmkt.adapters._engine import checked_memory, literal, watched
from relmkt.adapters._loading import count_duplicates, texts_in, values_in
from relmkt.adapters._reading import OrderOptions, StagedOrders, staged_orders
from relmkt.adapters._table import counted
from relmkt.calendars import FixedUnit, Span, local_days
from relmkt.domain import Order
from relmkt.errors import UnknownNameError
from relmkt.logs import refuse_zone
from relmkt.records import schema
from relmkt.rules import Kind
from relmkt.summaries import Merge, Summaries, asked_for

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["SummariesRead", "read_summaries"]


_ROW = "row"
"""The column with the number of a line's row in the file, counted from 0."""


_MONEY = {"revenue", "margin", "discount", "refunds", "period_revenue", "period_margin"}
"""Sums of numbers that are not whole."""

_DIGITS = 12
"""How many digits of a sum are kept."""

_PLACES = 9
"""How many of them may stand behind the point: 0.1 + 0.2 - 0.3 is to be nothing."""


@attrs.frozen(kw_only=True)
class SummariesRead:
    """What a file of orders says of each customer, and what there was in it.

    Parameters
    ----------
    summaries
        One row for each customer, in the order in which they first appear in the file.
    rows, columns
        As in `OrdersRead`.
    duplicate_rows
        As in `OrdersRead`; None if they were not to be counted.
    """

    summaries: Summaries
    rows: int
    duplicate_rows: int | None
    columns: Mapping[str, str]


def read_summaries(
    path: str | Path,
    *,
    memory: str = "512MB",
    as_of: date | None = None,
    unit: FixedUnit = "week",
    zone: str | None = None,
    merge: Merge = "day",
    period: Span | str | None = None,
    only: Iterable[str] | None = None,
    duplicates: bool = True,
    watch: Callable[[float], None] | None = None,
    **options: Unpack[OrderOptions],
) -> SummariesRead:
    r"""Summarize a file of orders that need not fit into memory.

    The same rows are refused in the same words as by `read_orders`, and the summaries are those
    of `relmkt.summarize`, but that sums of money are kept to twelve digits, nine of them behind the
    point at the most: what comes after depends on the order of adding up, which is never the same
    twice. DuckDB does the work within a bound; what exceeds it lies in a temporary folder, which is
    removed at the end. In the memory of this process there are the summaries alone.

    A Parquet file whose ids are integers or texts, whose words are texts, whose numbers are
    integers or floats and whose times are dates or timestamps is read where it is. Of any other
    file a copy is laid aside first.

    Parameters
    ----------
    path
        As in `read_orders`.
    memory
        How much of it DuckDB may take, such as ``"512MB"`` or ``"2GB"``; Python and the summaries
        come on top of it.
    as_of
        The day to speak of; that of the last order unless given.
    unit, zone, merge, period
        As in `relmkt.summarize`.
    only
        The columns of `Summary` that are wanted, beside the ids; all unless given. Those that a
        plan asks for are `relmkt.pipeline.PLANNED`.
    duplicates
        Whether to count the rows that are identical to earlier ones; it takes a tenth to a third of
        the time.
    watch
        Called from another thread, while a query runs, with the share of it that is done.
    **options
        As in `read_orders`: ``customer``, ``date``, ``amount``, ``columns``, ``delimiter``,
        ``encoding``, ``decimal``, ``date_format``, ``format``, ``stdin``, ``progress`` and
        ``limit_problems``.

    Raises
    ------
    FileError, InvalidRowsError
        As in `read_orders`.
    InvalidValueError
        For an amount of memory that is none, or that does not suffice, and as in
        `relmkt.summarize`.
    UnknownNameError
        As in `read_orders`, and for a column that summaries do not have.
    MissingExtraError
        When DuckDB or narwhals is not installed.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_summaries
    >>> text = b"customer,date,amount\nC-2,2026-03-01,20\nC-1,2026-03-02,5\nC-2,2026-03-15,30\n"
    >>> found = read_summaries("-", stdin=BytesIO(text)).summaries
    >>> found.ids.tolist(), found.recency, found.revenue
    (['C-2', 'C-1'], array([2., 0.]), array([50.,  5.]))
    """
    names = _names(only)
    tell = options.get("progress") or _say_nothing
    with staged_orders(path, memory=checked_memory(memory), watch=watch, **options) as orders:
        staged, connection = orders.staged, orders.connection
        refuse_zone(zone, has_zone="ordered_at" in staged.zoned)
        lines = _make_lines(orders)
        last = _last_day(connection, zone)
        day = last if as_of is None else as_of
        twice = None
        if duplicates:
            tell("looking for identical rows")
            with watched(connection, watch):
                twice = count_duplicates(connection, staged)
        tell("summarizing the orders")
        asked = asked_for(day, unit=unit, zone=zone, merge=merge, period=period)
        answers = summary_frame(connection.table("lines"), lines, asked, place=_ROW)
        kept = [name for name in answers.columns if name in names]
        with watched(connection, watch):
            # A mean comes with the number of its terms, see below.
            answers.select(*dict.fromkeys([*kept, "frequency", _ROW])).create_view("asked")
            # A table of its own would be compressed and written, only to be read once.
            connection.execute("CREATE TEMP TABLE answers AS SELECT * FROM asked")
        tell("fetching the summaries")
        summaries = Summaries(
            **_columns(connection, "customer" in staged.texts, kept),
            as_of=day,
            unit=unit,
            zone=zone,
            merge=merge,
            period=asked.period,
            currency=_currency(orders),
            later_orders=0 if zone is None and last <= day else _later(connection, day, zone),
        )
    return SummariesRead(
        summaries=summaries, rows=staged.rows, duplicate_rows=twice, columns=orders.columns
    )


def _names(only: Iterable[str] | None) -> set[str]:
    known = schema(Summaries.record_type).features
    wanted = set(known if only is None else only)
    for name in wanted:
        if name not in known:
            raise UnknownNameError("column of summaries", name, known)
    return wanted | {"customer"}


def _say_nothing(stage: str) -> None:
    del stage


def _make_lines(orders: StagedOrders) -> dict[str, str]:
    """Make a view of the lines as an engine takes them, and say what is what in it."""
    features = schema(Order).features
    made: dict[str, str] = {}
    for name, value in orders.staged.columns.items():
        if name == "customer" or features[name].kind is Kind.NUMBER:
            made[name] = value
        elif name == "ordered_at":
            made[name] = f"timezone('UTC', {value})" if name in orders.staged.zoned else value
    listed = ", ".join(f"{value} AS {name}" for name, value in made.items())
    # A view of DuckDB has no numbers of rows but those that it is given.
    orders.connection.execute(f"CREATE VIEW lines AS SELECT {listed}, rowid AS {_ROW} FROM loaded")
    return {name: name for name in made}


def _last_day(connection: DuckDBPyConnection, zone: str | None) -> date:
    latest = "ordered_at" if zone is None else "timezone('UTC', ordered_at)"
    found = connection.execute(f"SELECT max({latest}) AS v FROM lines").fetchnumpy()["v"]
    instant = np.ma.getdata(found)
    days = instant.astype("datetime64[D]") if zone is None else local_days(instant, zone)
    return days[0].item()


def _later(connection: DuckDBPyConnection, as_of: date, zone: str | None) -> int:
    """How many lines lie after the day."""
    at = "ordered_at" if zone is None else f"timezone({literal(zone)}, ordered_at)"
    return counted(
        connection, f"SELECT count(*) FROM lines WHERE CAST({at} AS DATE) > DATE '{as_of}'"
    )


def _columns(
    connection: DuckDBPyConnection, is_text: bool, names: Iterable[str]
) -> dict[str, NDArray[Any]]:
    """The answers, column by column, in the order of first appearance."""
    order = np.argsort(values_in(connection, _ROW, "answers"))
    features = schema(Summaries.record_type).features
    found: dict[str, NDArray[Any]] = {}
    for name in names:
        if name == "customer" and is_text:
            values = texts_in(connection, name, len(order), "answers")
        else:
            is_number = features[name].kind is Kind.NUMBER
            sql = f"CAST({name} AS DOUBLE)" if is_number else name
            values = values_in(connection, sql, "answers")
        found[name] = values[order]
    for name in _MONEY & found.keys():
        found[name] = _settled(found[name])
    frequency = values_in(connection, "CAST(frequency AS DOUBLE)", "answers")[order]
    if "monetary_value" in found:  # a mean: what was added up is its sum
        with np.errstate(invalid="ignore"):  # 0 / 0 where there is no repeat purchase
            found["monetary_value"] = _settled(found["monetary_value"] * frequency) / frequency
    # All lines are sound here, so this is absent only where the amounts add up to no finite number.
    too_large = np.isnan(frequency)
    if too_large.any():  # which the summaries refuse, and name, as those of an order log do
        found["revenue"] = np.where(too_large, np.inf, found.get("revenue", 0.0))
    return {name: fixed(values) for name, values in found.items()}


def _settled(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums to so many digits that the order of their terms has no say.

    Several threads add up in an order that is never the same twice, and the last digits of a sum
    depend on it. Without them the plan is the same each time.
    """
    with np.errstate(divide="ignore"):
        places = _DIGITS - 1 - np.floor(np.log10(np.abs(sums)))
    scale = 10.0 ** np.clip(places, 0.0, _PLACES)
    return np.rint(sums * scale) / scale


def _currency(orders: StagedOrders) -> str | None:
    column = orders.staged.columns.get("currency")
    if column is None:
        return None
    return orders.connection.execute(f"SELECT max({column}) FROM loaded").fetchall()[0][0]
