"""Records of one kind from a file: how every such file is read, whatever the records are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict, TypeVar, Unpack

import attrs

from relmkt.adapters._cells import Reading
from relmkt.adapters._choosing import cell_of, named_columns
from relmkt.adapters._loading import Staged, fetched, stage
from relmkt.adapters._reading import check_limit, opened_file, refuse_currencies, with_dates
from relmkt.adapters._table import Table
from relmkt.adapters._writing import unguarded
from relmkt.columns import Columns
from relmkt.errors import InvalidRowsError
from relmkt.records import Schema, schema

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["FileOptions", "StagedRecords", "read_records", "staged_records"]

C = TypeVar("C", bound=Columns[Any])


class FileOptions(TypedDict, total=False):
    """How a file of records is to be read; see `read_sales`."""

    columns: Mapping[str, str] | None
    ignore: Collection[str]
    delimiter: str | None
    encoding: str | None
    date_format: str | None
    format: str | None
    stdin: BinaryIO | None
    progress: Callable[[str], None] | None
    limit_problems: int


@attrs.frozen(kw_only=True)
class StagedRecords:
    """The records of a file in DuckDB, under the name ``loaded``, all of their cells good.

    Parameters
    ----------
    connection, table
        Where they are, and what they were read from.
    staged
        What the rows are called there.
    """

    connection: DuckDBPyConnection
    table: Table
    staged: Staged


@contextmanager
def staged_records(
    kind: type[Columns[Any]],
    path: str | Path,
    thing: str,
    identity: str | None = None,
    *,
    one_currency: bool = False,
    memory: str | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    delimiter: str | None = None,
    encoding: str | None = None,
    date_format: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Callable[[str], None] | None = None,
    limit_problems: int = 10,
) -> Generator[StagedRecords]:
    """The records of a file, as long as the connection lasts.

    Parameters
    ----------
    kind, path, thing, identity, one_currency
        As for `read_records`.
    memory
        How much of it DuckDB may take; rows that are easily read again are left in the file then.
        Unless given, all of them are held in memory.
    columns, ignore, delimiter, encoding, date_format, format, stdin, progress, limit_problems
        As in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`.
    """
    check_limit(limit_problems)
    found: Schema[Any] = schema(kind.record_type)
    with opened_file(
        path, stdin, format, encoding, delimiter, limit_problems, progress, memory
    ) as (connection, table):
        reading = with_dates(connection, Reading(), date_format)
        chosen = named_columns(table, found, identity, columns or {}, ignore, thing)
        cells = [cell_of(found, table, name, column, reading) for name, column in chosen.items()]
        staged = stage(connection, table, cells, limit_problems, in_place=memory is not None)
        if one_currency:
            refuse_currencies(connection, table, list(chosen))
        yield StagedRecords(connection=connection, table=table, staged=staged)


def read_records(
    kind: type[C],
    path: str | Path,
    thing: str,
    identity: str | None = None,
    *,
    once: bool = False,
    one_currency: bool = False,
    guarded: bool = False,
    **options: Unpack[FileOptions],
) -> C:
    """All the records of a file, or an error that names the lines to mend.

    Parameters
    ----------
    kind
        What they become.
    path, **options
        As in `read_sales`.
    thing
        What one of them is called in messages.
    identity
        The column with the ids, if it is not called as the field is.
    once
        Whether an id may stand there only once.
    one_currency
        Whether all amounts must be in one.
    guarded
        Whether the file is one of our own, so that in CSV the apostrophe that guards an id from
        spreadsheets is to be taken off again.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`.
    """
    with staged_records(kind, path, thing, identity, one_currency=one_currency, **options) as found:
        loaded = fetched(found.connection, found.staged)
        if guarded and found.table.source.format == "csv":
            ids = schema(kind.record_type).identity
            loaded.data[ids] = unguarded(loaded.array(ids))
        made = loaded.columns(kind, found.table)
        if once:
            _refuse_twins(made, found.table, options.get("limit_problems", 10))
    return made


def _refuse_twins(made: Columns[Any], table: Table, limit: int) -> None:
    names: list[Any] = made.ids.tolist()
    first: dict[Any, int] = {}
    twice = [
        (row, first[name]) for row, name in enumerate(names) if first.setdefault(name, row) != row
    ]
    if not twice:
        return
    named = twice[:limit]
    places = table.places([row for pair in named for row in pair])
    raise InvalidRowsError(
        table.source.name,
        [
            f"{place}: {names[row]!r} stands on {before} already"
            for place, before, (row, _) in zip(places[::2], places[1::2], named, strict=True)
        ],
        total=len(twice),
        remedy="give each one row",
        rows=[row for row, _ in named],
    )
