"""The cells of a table, brought into DuckDB and into arrays: all rows are good, or none is kept."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import Texts, Utc
from relmkt.adapters._cells import Cell, Fault, refusal
from relmkt.adapters._source import Source
from relmkt.adapters._table import Table, clipped, counted, refuse_rejects
from relmkt.columns import Columns
from relmkt.errors import FileError, InvalidRowsError
from relmkt.records import schema
from relmkt.rules import Kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "Loaded",
    "Staged",
    "Words",
    "count_duplicates",
    "fetched",
    "held",
    "repeated_words",
    "rows_where",
    "stage",
    "texts_in",
    "values_in",
]

C = TypeVar("C", bound=Columns[Any])

_SLICE = 1_000_000
_OFTEN = 8
"""Texts that stand there so often each, on the average, are numbered."""

_MOST_WORDS = 200_000
_WIDEST = 64
"""Longer texts stay Python objects: a column of fixed width would pay for the longest."""


@attrs.frozen(kw_only=True)
class Staged:
    """The rows of a file under the name ``loaded`` in DuckDB, all of them good.

    Parameters
    ----------
    rows
        How many rows there are.
    columns
        For each feature, SQL for its value.
    texts
        The features that are text.
    zoned
        The features whose instants had a zone, and now are in UTC.
    """

    rows: int
    columns: Mapping[str, str]
    texts: frozenset[str]
    zoned: frozenset[str]


@attrs.frozen(kw_only=True)
class Words:
    """The texts of a feature, each once, and what DuckDB calls the type that numbers them.

    Parameters
    ----------
    kind
        The name of the type.
    listed
        The texts by number.
    """

    kind: str
    listed: NDArray[Any]

    def code(self, column: str) -> str:
        """SQL for the number of a text, -1 where there is none."""
        return f"coalesce(CAST(enum_code(CAST({column} AS {self.kind})) AS INTEGER), -1)"


@attrs.frozen(kw_only=True)
class Loaded:
    """The values of a file.

    Parameters
    ----------
    data
        The values by feature, shape (n,) each.
    rows
        How many rows there are.
    duplicate_rows
        How many rows are fully identical to an earlier one.
    zoned
        The features whose instants had a zone, and now are in UTC.
    """

    data: dict[str, NDArray[Any] | Texts]
    rows: int
    duplicate_rows: int
    zoned: frozenset[str]

    def array(self, name: str) -> NDArray[Any]:
        """The values of a feature, row by row."""
        held = self.data[name]
        return held.array if isinstance(held, Texts) else held

    @property
    def values(self) -> dict[str, Any]:
        """The values by feature, as columns take them: instants of a zone as such."""
        return _with_zones(self.data, self.zoned)

    def columns(self, kind: type[C], table: Table) -> C:
        """The columns of a kind of record, of those features that it has.

        Raises
        ------
        InvalidRowsError
            When rows contradict themselves: each is named by its line.
        """
        features = schema(kind.record_type).features
        try:
            return kind(**{name: value for name, value in self.values.items() if name in features})
        except InvalidRowsError as error:
            places = table.places(error.rows)
            raise InvalidRowsError(
                table.source.name,
                [f"{place}: {said}" for place, said in zip(places, error.problems, strict=True)],
                total=error.total,
                remedy=error.remedy,
                rows=error.rows,
            ) from None


def stage(
    connection: DuckDBPyConnection,
    table: Table,
    cells: Sequence[Cell],
    limit: int,
    *,
    in_place: bool = False,
) -> Staged:
    """Make a table ``loaded`` of every cell that is asked for, with the numbers of the rows.

    Parameters
    ----------
    connection, table, cells
        What is read from where, and how.
    limit
        How many bad rows an error names.
    in_place
        Whether ``loaded`` may be a view of the file, where looking at the file again costs little.

    Raises
    ------
    FileError
        When the file is damaged.
    InvalidRowsError
        When rows have too few or too many fields, or cells hold what they must not.
    """
    parts = list(enumerate(cells))
    raw = ", ".join(f"{cell.text} AS r{at}, {cell.sort} AS k{at}" for at, cell in parts)
    values = ", ".join(f"{cell.value} AS n{at}" for at, cell in parts)
    prepared = ", ".join(cell.prepared(at) for at, cell in parts)
    zones = [f"z{at}" for at, cell in parts if cell.feature.kind is Kind.INSTANT]
    kept = [
        f"{sql} AS {held(at, part)}"
        for at, cell in parts
        for part, sql in enumerate(cell.values(at).values())
    ]
    faults = [cell.fault(at) for at, cell in parts]
    sorts = [f"k{at} = 'int' AS i{at}" for at, cell in parts if cell.is_identity]
    wanted = [*kept, *faults, *zones, *sorts, "h"]
    texts = f"SELECT {raw}, {values}, {table.whole} AS h"
    if in_place and table.row is not None and all(cell.is_direct for cell in cells):
        made = "VIEW"
        texts += f", {table.row} AS rowid"
        wanted.append("rowid")
    else:
        made = "TABLE"
    layers = f"SELECT *, {prepared} FROM ({texts} FROM {table.scan})"
    with _refusing_damage(table.source):
        connection.execute(f"CREATE {made} loaded AS SELECT {', '.join(wanted)} FROM ({layers})")
        rows, bad = _counts(connection, len(cells))
    if table.source.format != "parquet":
        refuse_rejects(connection, table.source, len(table.names), limit)
    if bad:
        _refuse_faults(connection, table, cells, raw, limit, bad)
    columns: dict[str, str] = {}
    written: set[str] = set()
    zoned: set[str] = set()
    for at, cell in parts:
        if cell.feature.kind is Kind.INSTANT and _is_zoned(connection, table, cell, at):
            zoned.add(cell.feature.name)
        whole = cell.is_identity and _is_whole(connection, table, cell, at)
        for part, name in enumerate(cell.values(at)):
            column = held(at, part)
            columns[name] = f"CAST({column} AS BIGINT)" if whole else column
            if (
                not whole
                and (cell.is_identity or (cell.feature.kind is Kind.TEXT))
                and not cell.words
            ):
                written.add(name)
    return Staged(rows=rows, columns=columns, texts=frozenset(written), zoned=frozenset(zoned))


def fetched(
    connection: DuckDBPyConnection, staged: Staged, words: Mapping[str, Words] | None = None
) -> Loaded:
    """The values of ``loaded`` as arrays; the words are told where they are known already."""
    words = repeated_words(connection, staged) if words is None else words
    data: dict[str, NDArray[Any] | Texts] = {}
    for name, column in staged.columns.items():
        if name in words:
            codes = values_in(connection, words[name].code(column))
            data[name] = Texts(codes, words[name].listed)
        elif name in staged.texts:
            data[name] = texts_in(connection, column, staged.rows)
        else:
            data[name] = values_in(connection, column)
    return Loaded(
        data=data,
        rows=staged.rows,
        duplicate_rows=count_duplicates(connection, staged),
        zoned=staged.zoned,
    )


def repeated_words(connection: DuckDBPyConnection, staged: Staged) -> dict[str, Words]:
    """The features whose texts are few and stand there often, with a type for them in DuckDB."""
    found: dict[str, Words] = {}
    names = sorted(staged.texts)
    if staged.rows < _OFTEN or not names:
        return found
    asked = ", ".join(f"approx_count_distinct({staged.columns[name]})" for name in names)
    counts = connection.execute(f"SELECT {asked} FROM loaded").fetchall()[0]
    for name, about in zip(names, counts, strict=True):
        if about > min(staged.rows // _OFTEN, _MOST_WORDS):
            continue
        column, kind = staged.columns[name], f"words_{len(found)}"
        once = f"SELECT DISTINCT {column} AS word FROM loaded WHERE {column} IS NOT NULL"
        connection.execute(f"CREATE TYPE {kind} AS ENUM (SELECT word FROM ({once}) ORDER BY word)")
        told = connection.execute(f"SELECT enum_range(CAST(NULL AS {kind}))").fetchall()[0][0]
        found[name] = Words(kind=kind, listed=np.fromiter(told, dtype=object, count=len(told)))
    return found


def rows_where(
    connection: DuckDBPyConnection, staged: Staged, words: Mapping[str, Words], condition: str
) -> tuple[dict[str, Any], NDArray[np.int64]]:
    """The values of some rows of ``loaded`` as columns take them, and the numbers of the rows.

    Parameters
    ----------
    connection, staged
        Where they are.
    words
        As `repeated_words` tells.
    condition
        SQL that holds for the rows that are wanted; they come in the order of the file.
    """
    asked = {
        name: words[name].code(column) if name in words else column
        for name, column in staged.columns.items()
    }
    listed = ", ".join(f"{sql} AS c{at}" for at, sql in enumerate(asked.values()))
    found: dict[str, Any] = connection.execute(
        f"SELECT {listed}, rowid AS row FROM loaded WHERE {condition}"
    ).fetchnumpy()
    rows: NDArray[np.int64] = np.ma.getdata(found.pop("row")).astype(np.int64)
    order = None if (rows[1:] > rows[:-1]).all() else np.argsort(rows)
    data: dict[str, NDArray[Any] | Texts] = {}
    for at, name in enumerate(asked):
        values = _unmasked(found.pop(f"c{at}"))
        values = values if order is None else values[order]
        values.flags.writeable = False
        data[name] = Texts(values, words[name].listed) if name in words else values
    return _with_zones(data, staged.zoned), rows if order is None else rows[order]


def _with_zones(data: Mapping[str, NDArray[Any] | Texts], zoned: frozenset[str]) -> dict[str, Any]:
    return {
        name: Utc(held) if name in zoned and not isinstance(held, Texts) else held
        for name, held in data.items()
    }


def count_duplicates(connection: DuckDBPyConnection, staged: Staged) -> int:
    """How many rows are fully identical to an earlier one."""
    return staged.rows - counted(connection, "SELECT count(DISTINCT h) FROM loaded")


def held(at: int, part: int = 0) -> str:
    """What a value is called in the table of what was read."""
    return f"v{at}_{part}"


def _counts(connection: DuckDBPyConnection, many: int) -> tuple[int, int]:
    """How many rows there are, and how many of them are bad."""
    faults = ", ".join(f"f{at}" for at in range(many))
    found = connection.execute(f"SELECT count(*), count(coalesce({faults})) FROM loaded").fetchall()
    return int(found[0][0]), int(found[0][1])


@contextmanager
def _refusing_damage(source: Source) -> Generator[None, None, None]:
    """Turn what DuckDB says of a damaged file into what a user can do about it."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        text = str(error)
        if "state machine" in text:
            raise FileError(
                source.name,
                "cannot be parted into lines and fields",
                remedy="let all lines end in the same way, and put fields that hold line ends in"
                " double quotes",
            ) from None
        raise FileError(
            source.name,
            f"cannot be read as {source.format}: {clipped(text.splitlines()[0], 200)}",
        ) from None


def _refuse_faults(
    connection: DuckDBPyConnection,
    table: Table,
    cells: Sequence[Cell],
    raw: str,
    limit: int,
    total: int,
) -> None:
    codes = [f"f{at}" for at in range(len(cells))]
    bad = f"coalesce({', '.join(codes)}) IS NOT NULL"
    found = connection.execute(
        f"SELECT rowid, {', '.join(codes)} FROM loaded WHERE {bad} ORDER BY rowid LIMIT {limit}"
    ).fetchall()
    rows = [int(row[0]) for row in found]
    texts = _raw_texts(connection, table, len(cells), raw, rows)
    problems: list[str] = []
    for place, row, faults in zip(table.places(rows), rows, found, strict=True):
        said = [
            refusal(cell, Fault(code), text)
            for cell, code, text in zip(cells, faults[1:], texts[row], strict=True)
            if code is not None
        ]
        problems.append(f"{place}: {'; '.join(said)}")
    raise InvalidRowsError(
        table.source.name,
        problems,
        total=total,
        remedy="nothing was read: mend the file and try again",
    )


def _raw_texts(
    connection: DuckDBPyConnection, table: Table, many: int, raw: str, rows: Sequence[int]
) -> dict[int, tuple[str | None, ...]]:
    """The texts of a few rows, from a second look at the file."""
    texts = ", ".join(f"r{at}" for at in range(many))
    found = connection.execute(
        f"SELECT row, {texts} FROM"
        f" (SELECT row_number() OVER () - 1 AS row, * FROM (SELECT {raw} FROM {table.scan}))"
        f" WHERE row IN ({', '.join(map(str, rows))})"
    ).fetchall()
    return {int(row[0]): tuple(row[1:]) for row in found}


def _is_zoned(connection: DuckDBPyConnection, table: Table, cell: Cell, at: int) -> bool:
    """Whether instants have a zone; some with and some without one cannot be put in order."""
    if cell.is_direct:
        return cell.has_zone
    first = _firsts(connection, f"z{at}")
    if len(first) > 1:
        without, zoned = table.places([first[False], first[True]])
        raise FileError(
            table.source.name,
            f"column '{clipped(cell.column)}' has a zone on {zoned} and none on {without}",
            remedy="give all of them a zone, or none",
        )
    return True in first


def _is_whole(connection: DuckDBPyConnection, table: Table, cell: Cell, at: int) -> bool:
    """Whether ids are integers; they are text elsewhere, and never both."""
    if cell.is_direct:
        return cell.is_native
    first = _firsts(connection, f"i{at}")
    if len(first) > 1:
        text, whole = table.places([first[False], first[True]])
        raise FileError(
            table.source.name,
            f"column '{clipped(cell.column)}' is text on {text} and a number on {whole}",
            remedy="write all ids in quotation marks, or none",
        )
    return True in first


def _firsts(connection: DuckDBPyConnection, flag: str) -> dict[bool, int]:
    found = connection.execute(f"SELECT {flag}, min(rowid) FROM loaded GROUP BY {flag}").fetchall()
    return {bool(value): int(row) for value, row in found if value is not None}


def values_in(connection: DuckDBPyConnection, column: str, table: str = "loaded") -> NDArray[Any]:
    """The values of a column, in the order of the table; closed to writing."""
    found = connection.execute(f"SELECT {column} AS v FROM {table}").fetchnumpy()["v"]
    values = _unmasked(found)
    values.flags.writeable = False
    return values


def _unmasked(found: Any) -> NDArray[Any]:
    """Values with what stands for the absent among them."""
    values: NDArray[Any] = np.ma.getdata(found)
    if isinstance(found, np.ma.MaskedArray):
        blanks: dict[str, Any] = {"f": np.nan, "O": None}
        blank = blanks.get(values.dtype.kind, np.datetime64("NaT", "us"))
        gaps: NDArray[np.bool_] = np.ma.getmaskarray(cast("Any", found))
        values = np.where(gaps, blank, values)
    return np.ascontiguousarray(values)


def texts_in(
    connection: DuckDBPyConnection, column: str, rows: int, table: str = "loaded"
) -> NDArray[Any]:
    """Texts, slice by slice: short ones in a column of fixed width, the rest as objects."""
    told = connection.execute(
        f"SELECT coalesce(max(length({column})), 0), count(*) - count({column}),"
        f" coalesce(bool_or(ends_with({column}, chr(0))), false) FROM {table}"
    ).fetchone()
    width, gaps, ends_in_zero = told or (0, 0, False)
    narrow = width <= _WIDEST and not gaps and not ends_in_zero  # NumPy strips zeros at the end
    texts = np.empty(rows, dtype=f"U{max(width, 1)}" if narrow else object)
    for start in range(0, rows, _SLICE):
        here = f"rowid BETWEEN {start} AND {start + _SLICE - 1}"
        found = connection.execute(f"SELECT {column} AS v FROM {table} WHERE {here}")
        part = cast("NDArray[Any]", found.fetchnumpy()["v"])
        texts[start : start + _SLICE] = np.ma.getdata(part)
        if gaps:
            texts[start : start + _SLICE][np.ma.getmaskarray(part)] = None
    texts.flags.writeable = False
    return texts
