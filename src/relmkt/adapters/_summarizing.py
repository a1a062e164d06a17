"""Summaries of a file of orders that is larger than memory: only they are held, not the orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import attrs
import numpy as np

from relmkt.adapters._engine import checked_memory, literal, watched
from relmkt.adapters._loading import duplicates, texts_in, values_in
from relmkt.adapters._reading import OrderOptions, StagedOrders, staged_orders
from relmkt.adapters._table import counted
from relmkt.calendars import FixedUnit, Span, local_days
from relmkt.domain import Order
from relmkt.errors import UnknownNameError
from relmkt.orders import refuse_zone
from relmkt.records import schema
from relmkt.rules import Kind
from relmkt.summaries import Merge, Summaries, summarize

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["SummariesRead", "read_summaries"]


@attrs.frozen(kw_only=True)
class SummariesRead:
    """What a file of orders says of each customer, and what there was in it.

    Parameters
    ----------
    summaries
        One row for each customer, in the order in which they first appear in the file.
    rows, duplicate_rows, columns
        As in `OrdersRead`.
    """

    summaries: Summaries
    rows: int
    duplicate_rows: int
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
    watch: Callable[[float], None] | None = None,
    **options: Unpack[OrderOptions],
) -> SummariesRead:
    r"""Summarize a file of orders that need not fit into memory.

    The same rows are refused in the same words as by `read_orders`, and the summaries are those
    of `relmkt.summarize`, but that sums are added up in another order, which may change the last
    digits. DuckDB does the work within a bound; what exceeds it lies in a temporary folder, which
    is removed at the end. In the memory of this process there are the summaries alone.

    A Parquet file whose ids are integers or texts, whose numbers are integers or floats and whose
    times are dates or timestamps is read where it is. Of any other file a copy is laid aside first.

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
        day = _last_day(connection, zone) if as_of is None else as_of
        tell("looking for identical rows")
        with watched(connection, watch):
            twice = duplicates(connection, staged)
        tell("summarizing the orders")
        found = summarize(
            connection.table("lines"),
            columns=lines,
            as_of=day,
            unit=unit,
            zone=zone,
            merge=merge,
            period=period,
        )
        kept = [name for name in found.columns if name in names]
        with watched(connection, watch):
            later = _make_firsts(connection, day, zone)
        with watched(connection, watch):
            found.select(*kept).create("answers")
        tell("fetching the summaries")
        with watched(connection, watch):
            _make_summaries(connection, kept)
        summaries = Summaries(
            **_columns(connection, staged.texts, kept),
            as_of=day,
            unit=unit,
            zone=zone,
            merge=merge,
            period=None if period is None else Span.parse(period),
            currency=_currency(orders),
            later_orders=later,
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
    orders.connection.execute(f"CREATE VIEW lines AS SELECT {listed}, rowid AS row FROM loaded")
    return {name: name for name in made}


def _last_day(connection: DuckDBPyConnection, zone: str | None) -> date:
    latest = "ordered_at" if zone is None else "timezone('UTC', ordered_at)"
    found = connection.execute(f"SELECT max({latest}) AS v FROM lines").fetchnumpy()["v"]
    instant = np.ma.getdata(found)
    days = instant.astype("datetime64[D]") if zone is None else local_days(instant, zone)
    return days[0].item()


def _make_firsts(connection: DuckDBPyConnection, as_of: date, zone: str | None) -> int:
    """Make a table of each customer's first row that counts, and count the later ones."""
    at = "ordered_at" if zone is None else f"timezone({literal(zone)}, ordered_at)"
    is_later = f"CAST({at} AS DATE) > DATE '{as_of}'"
    connection.execute(
        "CREATE TABLE firsts AS SELECT customer, min(row) AS row FROM lines"
        f" WHERE NOT {is_later} GROUP BY customer"
    )
    return counted(connection, f"SELECT count(*) FROM lines WHERE {is_later}")


def _make_summaries(connection: DuckDBPyConnection, names: list[str]) -> None:
    """Make a table of the answers in the order of first appearance; drop what it is made of."""
    kept = [
        f"CAST({name} AS DOUBLE) AS {name}" if _is_number(name) else name
        for name in names
        if name != "customer"
    ]
    connection.execute(
        f"CREATE TABLE summaries AS SELECT customer{''.join(f', {sql}' for sql in kept)}"
        " FROM answers JOIN firsts USING (customer) ORDER BY row"
    )
    connection.execute("DROP TABLE answers")
    connection.execute("DROP TABLE firsts")


def _is_number(name: str) -> bool:
    return schema(Summaries.record_type).features[name].kind is Kind.NUMBER


def _columns(
    connection: DuckDBPyConnection, texts: frozenset[str], names: list[str]
) -> dict[str, Any]:
    rows = counted(connection, "SELECT count(*) FROM summaries")
    found = {name: values_in(connection, name, "summaries") for name in names if name != "customer"}
    if "customer" in texts:
        return {"customer": texts_in(connection, "customer", rows, "summaries")} | found
    return {"customer": values_in(connection, "customer", "summaries")} | found


def _currency(orders: StagedOrders) -> str | None:
    column = orders.staged.columns.get("currency")
    if column is None:
        return None
    return orders.connection.execute(f"SELECT max({column}) FROM loaded").fetchall()[0][0]
