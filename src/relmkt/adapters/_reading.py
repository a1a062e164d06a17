"""Orders and known facts from files: which column is which, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict, Unpack

import attrs

from relmkt.adapters._cells import Reading
from relmkt.adapters._choosing import cell_of, fact_columns, order_columns
from relmkt.adapters._engine import connected, literal, watched
from relmkt.adapters._loading import Staged, fetched, held, stage
from relmkt.adapters._source import opened
from relmkt.adapters._table import Table, clipped, counted, opened_table
from relmkt.columns import Portfolio, Relationships
from relmkt.domain import CustomerFacts, Order, RelationshipFacts
from relmkt.errors import FileError, InvalidRowsError, InvalidValueError
from relmkt.orders import OrderLog
from relmkt.records import Schema, schema

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "FactsRead",
    "OrderOptions",
    "OrdersRead",
    "StagedOrders",
    "check_limit",
    "opened_file",
    "read_facts",
    "read_orders",
    "refuse_currencies",
    "staged_orders",
    "with_dates",
]

Progress = Callable[[str], None]


class OrderOptions(TypedDict, total=False):
    """How a file of orders is to be read; see `read_orders`."""

    customer: str | None
    date: str | None
    amount: str | None
    columns: Mapping[str, str | None] | None
    delimiter: str | None
    encoding: str | None
    decimal: str
    date_format: str | None
    format: str | None
    stdin: BinaryIO | None
    progress: Progress | None
    limit_problems: int


@attrs.frozen(kw_only=True)
class OrdersRead:
    """An order log, and what there was in its file.

    Parameters
    ----------
    log
        The orders, in the order of the file.
    rows
        How many rows the file has.
    duplicate_rows
        How many rows are identical to an earlier one in every column of the file. They are kept,
        for a customer may buy the same twice; rows are compared by a 64-bit hash.
    columns
        For each field of `Order` that was found, the column that it was read from.
    """

    log: OrderLog
    rows: int
    duplicate_rows: int
    columns: Mapping[str, str]


@attrs.frozen(kw_only=True)
class FactsRead:
    """Known facts by customer, and what there was in their file.

    Parameters
    ----------
    facts
        The facts, in the order of the file; what the file leaves out is absent.
    relationships
        The facts of the relationships, row by row the same customers.
    names
        The facts that the file has columns for.
    rows
        How many customers there are.
    """

    facts: Portfolio
    relationships: Relationships
    names: tuple[str, ...]
    rows: int


def read_orders(
    path: str | Path,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str = ".",
    date_format: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    limit_problems: int = 10,
) -> OrdersRead:
    r"""Read a file of orders: all of it, or an error that names the lines to mend.

    Ids are kept as they are written: ``0004`` stays ``0004``, and integers of Parquet and JSON
    stay integers. Dates are ISO 8601, unless ``date_format`` says otherwise; those with a zone are
    brought to UTC. A cell that is empty is absent.

    Parameters
    ----------
    path
        A file of CSV, Parquet or JSON lines, gzipped or not; or ``"-"`` for ``stdin``.
    customer, date, amount
        The columns with these, if they are called otherwise than in `ALIASES`.
    columns
        The columns of further fields of `Order`, by field; None leaves a field out. A column that
        has the very name of a field is read unasked.
    delimiter
        What parts the fields of CSV; unless given, the one of comma, semicolon, tab and bar that
        parts the first line into most fields.
    encoding
        The encoding of a text, as Python calls it; UTF-8 unless given, with or without a
        byte-order mark.
    decimal
        What parts the whole from the fraction in CSV: ``"."`` or ``","``.
    date_format
        How dates are written, in the codes of ``strptime``, for example ``"%d.%m.%Y"``.
    format
        ``"csv"``, ``"parquet"`` or ``"jsonl"``; unless given, what the name of the file tells.
    stdin
        The binary stream that ``"-"`` stands for.
    progress
        Called with a few words at each stage.
    limit_problems
        How many bad rows an error names; all are counted.

    Raises
    ------
    FileError
        When the file is missing, unreadable, empty, damaged or of another kind, when its dates
        have a zone here and none there, or when it is in two currencies.
    UnknownNameError
        When a column is not there.
    InvalidRowsError
        When rows are bad: each is named by its line and column, with the value and the remedy.
    MissingExtraError
        When DuckDB is not installed.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_orders
    >>> text = b"customer;date;amount\n0004;2026-03-01;29,33\n0018;2026-03-02;-5\n"
    >>> found = read_orders("-", stdin=BytesIO(text), decimal=",")
    >>> found.log.customer.tolist(), found.log.amount.tolist()
    (['0004', '0018'], [29.33, -5.0])
    """
    with staged_orders(
        path,
        customer=customer,
        date=date,
        amount=amount,
        columns=columns,
        delimiter=delimiter,
        encoding=encoding,
        decimal=decimal,
        date_format=date_format,
        format=format,
        stdin=stdin,
        progress=progress,
        limit_problems=limit_problems,
    ) as found:
        loaded = fetched(found.connection, found.staged)
    return OrdersRead(
        log=OrderLog(**loaded.values),
        rows=loaded.rows,
        duplicate_rows=loaded.duplicate_rows,
        columns=found.columns,
    )


@attrs.frozen(kw_only=True)
class StagedOrders:
    """The orders of a file in DuckDB, under the name ``loaded``.

    Parameters
    ----------
    connection
        Where they are.
    name
        The file as the user named it, for messages.
    staged
        What the rows are called there.
    columns
        For each field of `Order` that was found, the column that it was read from.
    """

    connection: DuckDBPyConnection
    name: str
    staged: Staged
    columns: Mapping[str, str]


@contextmanager
def staged_orders(
    path: str | Path,
    *,
    memory: str | None = None,
    watch: Callable[[float], None] | None = None,
    **options: Unpack[OrderOptions],
) -> Generator[StagedOrders, None, None]:
    """The orders of a file, all of them good, as long as the connection lasts.

    Parameters
    ----------
    path
        As in `read_orders`.
    memory
        How much of it DuckDB may take; rows that are easily read again are left in the file then.
        Unless given, all of them are held in memory.
    watch
        Called with the share of the reading that is done.
    **options
        The rest, as in `read_orders`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_orders`.
    """
    reading = _reading(options.get("decimal", "."))
    limit = options.get("limit_problems", 10)
    check_limit(limit)
    with opened_file(
        path,
        options.get("stdin"),
        options.get("format"),
        options.get("encoding"),
        options.get("delimiter"),
        limit,
        options.get("progress"),
        memory,
    ) as (connection, table):
        reading = with_dates(connection, reading, options.get("date_format"))
        asked = {role: options.get(role) for role in ("customer", "date", "amount")}
        chosen = order_columns(table, asked, options.get("columns") or {})
        found: Schema[Any] = schema(Order)
        cells = [cell_of(found, table, name, column, reading) for name, column in chosen.items()]
        with watched(connection, watch):
            staged = stage(connection, table, cells, limit, in_place=memory is not None)
        if not staged.rows:
            raise FileError(table.source.name, "has a header and no orders")
        refuse_currencies(connection, table, list(chosen))
        yield StagedOrders(
            connection=connection,
            name=table.source.name,
            staged=staged,
            columns=MappingProxyType(chosen),
        )


def read_facts(
    path: str | Path,
    *,
    customer: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str = ".",
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    limit_problems: int = 10,
) -> FactsRead:
    r"""Read a file of known facts: one row for each customer.

    The columns are any of `CustomerFacts` and of `RelationshipFacts`; a fact of both is of both.
    Every other column must bear the name of a fact. Flags are yes or no (true or false, 1 or 0).
    A set of words stands in one column, with semicolons (``none`` if it is known to be empty), or
    in one flag for each word (``significance_benchmark``), of which some may be left out. An empty
    cell is absent.

    Parameters
    ----------
    path, delimiter, encoding, decimal, format, stdin, progress, limit_problems
        As in `read_orders`.
    customer
        The column with the ids, if it is called otherwise than in `ALIASES`.

    Raises
    ------
    FileError, MissingExtraError
        As in `read_orders`.
    UnknownNameError
        When a column is no fact.
    InvalidRowsError
        When rows are bad, or a customer has two of them.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_facts
    >>> text = b"customer,headroom,significance\nC-17,250,benchmark; door opener\nC-18,,\n"
    >>> found = read_facts("-", stdin=BytesIO(text))
    >>> found.facts[0].headroom, list(found.facts[0].significance)
    (250.0, [<Significance.BENCHMARK: 'benchmark'>, <Significance.DOOR_OPENER: 'door_opener'>])
    >>> found.facts[1].significance is None
    True
    """
    reading = _reading(decimal)
    check_limit(limit_problems)
    with opened_file(path, stdin, format, encoding, delimiter, limit_problems, progress) as (
        connection,
        table,
    ):
        found: Schema[Any] = schema(CustomerFacts)
        more: Schema[Any] = schema(RelationshipFacts)
        chosen = fact_columns(table, (found, more), customer)
        cells = [
            cell_of(
                found if name in found.features or name in found.sets else more,
                table,
                name,
                column,
                reading,
            )
            for name, column in chosen.items()
        ]
        loaded = fetched(connection, stage(connection, table, cells, limit_problems))
        _refuse_two_rows(connection, table, limit_problems)
        facts = loaded.columns(Portfolio, table)
        relationships = loaded.columns(Relationships, table)
    return FactsRead(
        facts=facts,
        relationships=relationships,
        names=tuple(name for name in loaded.data if name != found.identity),
        rows=loaded.rows,
    )


# ------------------------------------------------------------------------------------ options


def _reading(decimal: str) -> Reading:
    if decimal not in (".", ","):
        raise InvalidValueError("decimal", "be '.' or ','", decimal)
    return Reading(decimal=decimal)


def check_limit(limit: int) -> None:
    """Raise unless an error is to name at least one bad row."""
    if limit < 1:
        raise InvalidValueError("limit_problems", "be at least 1", limit)


def with_dates(
    connection: DuckDBPyConnection, reading: Reading, date_format: str | None
) -> Reading:
    """How texts are to be read, with the way that dates are written."""
    if date_format is None:
        return reading
    import duckdb

    try:
        told = connection.execute(
            f"SELECT typeof(try_strptime('', {literal(date_format)}))"
        ).fetchone()
    except duckdb.Error:
        raise InvalidValueError(
            "date_format",
            "be written in the codes of strptime",
            date_format,
            remedy="as '%d.%m.%Y'",
        ) from None
    zoned = told is not None and "ZONE" in str(told[0])
    return attrs.evolve(reading, date_format=date_format, zoned_format=zoned)


@contextmanager
def opened_file(
    path: str | Path,
    stdin: BinaryIO | None,
    format: str | None,
    encoding: str | None,
    delimiter: str | None,
    limit: int,
    progress: Progress | None,
    memory: str | None = None,
) -> Generator[tuple[DuckDBPyConnection, Table], None, None]:
    """The table in a file, and the connection that it is read by, as long as that lasts."""
    if progress is not None:
        progress(f"opening {path}")
    with (
        opened(path, stdin=stdin, format=format, encoding=encoding) as source,
        connected(source.folder, source.path, memory=memory) as connection,
    ):
        table = opened_table(connection, source, delimiter=delimiter, limit=limit)
        if progress is not None:
            progress(f"reading {path}")
        yield connection, table


# ------------------------------------------------------------------------------ what is refused


def refuse_currencies(connection: DuckDBPyConnection, table: Table, fields: list[str]) -> None:
    """Raise where amounts are in two currencies, or in one that is not known everywhere."""
    if "currency" not in fields:
        return
    value = held(fields.index("currency"))
    found = connection.execute(
        f"SELECT {value}, min(rowid) AS row FROM loaded GROUP BY ALL ORDER BY row LIMIT 2"
    ).fetchall()
    if len(found) == 2:
        places = table.places([int(row) for _, row in found])
        one, other = ("none" if name is None else clipped(name) for name, _ in found)
        raise FileError(
            table.source.name,
            f"is in two currencies: {one} ({places[0]}) and {other} ({places[1]})",
            remedy="bring all amounts into one currency, and name it on each line",
        )


def _refuse_two_rows(connection: DuckDBPyConnection, table: Table, limit: int) -> None:
    spots = f"SELECT {held(0)} AS id, list(rowid ORDER BY rowid) AS spots FROM loaded GROUP BY id"
    twice = f"FROM ({spots}) WHERE len(spots) > 1"
    total = counted(connection, f"SELECT coalesce(sum(len(spots) - 1), 0) {twice}")
    if not total:
        return
    found = connection.execute(
        f"SELECT id, spots[1], spots[2] {twice} ORDER BY spots[2] LIMIT {limit}"
    ).fetchall()
    places = table.places([row for _, *rows in found for row in rows])
    raise InvalidRowsError(
        table.source.name,
        [
            f"{second}: customer {clipped(str(customer))!r} stands on {first} already"
            for (customer, *_), first, second in zip(found, places[::2], places[1::2], strict=True)
        ],
        total=total,
        remedy="give each customer one row",
    )
