"""Records of one kind from a file: how every such file is read, whatever the records are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypedDict, TypeVar

from relmkt.adapters._cells import Reading
from relmkt.adapters._choosing import cell_of, named_columns
from relmkt.adapters._loading import fetched, stage
from relmkt.adapters._reading import check_limit, opened_file, refuse_currencies, with_dates
from relmkt.adapters._table import Table
from relmkt.columns import Columns
from relmkt.errors import InvalidRowsError
from relmkt.records import Schema, schema

__all__ = ["FileOptions", "read_records"]

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


def read_records(
    kind: type[C],
    path: str | Path,
    thing: str,
    identity: str | None = None,
    *,
    once: bool = False,
    one_currency: bool = False,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    delimiter: str | None = None,
    encoding: str | None = None,
    date_format: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Callable[[str], None] | None = None,
    limit_problems: int = 10,
) -> C:
    """All the records of a file, or an error that names the lines to mend.

    Parameters
    ----------
    kind
        What they become.
    path, columns, ignore, delimiter, encoding, date_format, format, stdin, progress, limit_problems
        As in `read_sales`.
    thing
        What one of them is called in messages.
    identity
        The column with the ids, if it is not called as the field is.
    once
        Whether an id may stand there only once.
    one_currency
        Whether all amounts must be in one.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`.
    """
    check_limit(limit_problems)
    found: Schema[Any] = schema(kind.record_type)
    with opened_file(path, stdin, format, encoding, delimiter, limit_problems, progress) as (
        connection,
        table,
    ):
        reading = with_dates(connection, Reading(), date_format)
        chosen = named_columns(table, found, identity, columns or {}, ignore, thing)
        cells = [cell_of(found, table, name, column, reading) for name, column in chosen.items()]
        staged = stage(connection, table, cells, limit_problems)
        if one_currency:
            refuse_currencies(connection, table, list(chosen))
        made = fetched(connection, staged).columns(kind, table)
        if once:
            _refuse_twins(made, table, limit_problems)
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
