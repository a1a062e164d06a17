"""A file of sales that is larger than memory, part by part: dealers and their markets together."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

import attrs
import numpy as np

from relmkt._coercion import Utc
from relmkt.adapters._engine import checked_memory
from relmkt.adapters._loading import fetched, repeated_words, rows_where
from relmkt.adapters._record_files import FileOptions, StagedRecords, staged_records
from relmkt.channel.columns import Distributors, SalesLog
from relmkt.channel.sales_parts import SalesParts
from relmkt.errors import InvalidRowsError, InvalidValueError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["sales_in_parts"]

_Node: TypeAlias = tuple[str, Any]
"""A dealer or a market."""


@contextmanager
def sales_in_parts(
    path: str | Path,
    *,
    distributors: Distributors | None = None,
    lines: int = 2_000_000,
    memory: str = "512MB",
    dealer: str | None = None,
    **options: Unpack[FileOptions],
) -> Generator[SalesParts]:
    r"""A file of sales that need not fit into memory, as parts for `review_channel`.

    The same rows are refused in the same words as by `read_sales`. Dealers that sell in one market
    are in one part, and so are all markets in which one dealer sells; small parts are put together
    until they have about as many lines as asked. Where dealers sell in each other's markets, or no
    line has a market, all of them are one part.

    Parameters
    ----------
    path, dealer
        As in `read_sales`.
    distributors
        The dealers, whose market is that of lines that name none.
    lines
        About how many lines a part has, at least 1; a market with more is one part all the same.
    memory
        How much of it DuckDB may take, such as ``"512MB"``; Python and the part come on top of it.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`. Rows that contradict themselves are told while the parts are gone
        through.
    InvalidValueError
        For an amount of memory that is none, or that does not suffice, and for no lines.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import sales_in_parts
    >>> text = (
    ...     b"dealer,sold_at,flow,market\nD-7,2026-03-01,sell_out,North\n"
    ...     b"D-8,2026-03-02,sell_out,South\nD-9,2026-03-05,sell_in,North\n"
    ... )
    >>> with sales_in_parts("-", stdin=BytesIO(text), lines=1) as sales:
    ...     print(sales.last_day(), [part.dealer.tolist() for part in sales])
    2026-03-05 [['D-7', 'D-9'], ['D-8']]
    """
    if lines < 1:
        raise InvalidValueError("lines", "be at least 1", lines)
    with staged_records(
        SalesLog,
        path,
        "a sale",
        dealer,
        one_currency=True,
        memory=checked_memory(memory),
        **options,
    ) as found:
        yield SalesParts(
            parts=_parts(found, distributors, lines), ends=_ends(found), source=str(path)
        )


def _ends(found: StagedRecords) -> SalesLog:
    """The first and the last line, with what the days are told by."""
    moment = found.staged.columns["sold_at"]
    told = found.connection.execute(
        f"SELECT unnest([min({moment}), max({moment})]) AS v FROM loaded"
    ).fetchnumpy()["v"]
    moments: Any = np.ma.getdata(told).astype("datetime64[us]")
    if not found.staged.rows:
        moments = moments[:0]
    many = len(moments)
    return SalesLog(
        dealer=["first", "last"][:many],
        sold_at=Utc(moments) if "sold_at" in found.staged.zoned else moments,
        flow=["sell_in"] * many,
    )


def _parts(
    found: StagedRecords, distributors: Distributors | None, lines: int
) -> Iterator[SalesLog]:
    connection, staged, table = found.connection, found.staged, found.table
    words = repeated_words(connection, staged)
    groups = _bundles(connection, staged.columns, distributors, lines)
    dealer = staged.columns["dealer"]
    if len(groups) > 1:
        names = [name for group in groups for name in group.dealers]
        numbers = [number for number, group in enumerate(groups) for _ in group.dealers]
        kind = "BIGINT" if all(isinstance(name, int) for name in names) else "VARCHAR"
        connection.execute(f"CREATE TEMP TABLE part_of (dealer {kind}, part INTEGER)")
        connection.execute("INSERT INTO part_of SELECT unnest($1), unnest($2)", [names, numbers])
    for number, group in enumerate(groups):
        # Between the first and the last row of the part: what lies elsewhere is not even looked at.
        mine = (
            f"rowid BETWEEN {group.first} AND {group.last}"
            f" AND {dealer} IN (SELECT dealer FROM part_of WHERE part = {number})"
        )
        values, _ = rows_where(connection, staged, words, mine if len(groups) > 1 else "true")
        try:
            part = SalesLog(**values)
        except InvalidRowsError:
            # All of them are told together, by their lines.
            fetched(connection, staged, words).columns(SalesLog, table)
            raise
        del values
        yield part


@attrs.define
class _Group:
    """Dealers that are in one part, how many lines they have, and between which rows."""

    dealers: list[Any]
    lines: int
    first: int
    last: int

    def take(self, other: _Group) -> None:
        self.dealers += other.dealers
        self.lines += other.lines
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)


def _bundles(
    connection: DuckDBPyConnection,
    columns: Mapping[str, str],
    distributors: Distributors | None,
    lines: int,
) -> list[_Group]:
    """The dealers of each part: those that no market, and no number of a line, ties to others."""
    market = columns.get("market", "NULL")
    counts = connection.execute(
        f"SELECT {columns['dealer']}, {market}, count(*), min(rowid) AS row, max(rowid)"
        " FROM loaded GROUP BY ALL ORDER BY row"
    ).fetchall()
    homes: dict[Any, Any] = {}
    if distributors is not None:
        homes = dict(zip(distributors.dealer.tolist(), distributors.market.tolist(), strict=True))
    tied = _Tied()
    for dealer, place, *_ in counts:
        tied.tie(("dealer", dealer), ("market", place))
        if place is None and homes.get(dealer) is not None:
            tied.tie(("dealer", dealer), ("market", homes[dealer]))
    for key, dealer in _shared_keys(connection, columns):
        tied.tie(("line", key), ("dealer", dealer))
    groups: dict[_Node, _Group] = {}
    for dealer, _, many, first, last in counts:
        mine = _Group([dealer], many, first, last)
        held = groups.setdefault(tied.head(("dealer", dealer)), mine)
        if held is not mine:
            held.take(mine)
    bundles: list[_Group] = []
    for group in groups.values():
        if bundles and bundles[-1].lines + group.lines <= lines:
            bundles[-1].take(group)
        else:
            bundles.append(group)
    return bundles or [_Group([], 0, 0, 0)]


def _shared_keys(
    connection: DuckDBPyConnection, columns: Mapping[str, str]
) -> list[tuple[Any, Any]]:
    """The numbers of lines that several dealers have, which the ledger of rebates refuses."""
    if "line" not in columns:
        return []
    line, dealer = columns["line"], columns["dealer"]
    shared = (
        f"SELECT {line} FROM loaded WHERE {line} IS NOT NULL GROUP BY ALL"
        f" HAVING min({dealer}) <> max({dealer})"
    )
    return connection.execute(
        f"SELECT DISTINCT {line}, {dealer} FROM loaded WHERE {line} IN ({shared})"
    ).fetchall()


class _Tied:
    """What belongs together, as ties are told one after the other."""

    def __init__(self) -> None:
        self._above: dict[_Node, _Node] = {}

    def head(self, node: _Node) -> _Node:
        """What stands for all that a thing is tied to."""
        path = [node]
        while (above := self._above.get(path[-1], path[-1])) != path[-1]:
            path.append(above)
        for step in path[:-1]:
            self._above[step] = path[-1]
        return path[-1]

    def tie(self, one: _Node, other: _Node) -> None:
        self._above[self.head(one)] = self.head(other)
