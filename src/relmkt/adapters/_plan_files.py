"""The file of a plan, read back: what a later plan is compared with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from relmkt.adapters._cells import Reading
from relmkt.adapters._choosing import cell_of
from relmkt.adapters._loading import fetched, stage
from relmkt.adapters._reading import check_limit, opened_file
from relmkt.adapters._writing import unguarded
from relmkt.domain import PlanLine
from relmkt.errors import UnknownNameError
from relmkt.plans import PlanLines
from relmkt.records import Schema, schema

__all__ = ["read_plan"]


def read_plan(
    path: str | Path,
    *,
    encoding: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Callable[[str], None] | None = None,
    limit_problems: int = 10,
) -> PlanLines:
    r"""Read a plan that was written to a file: CSV, Parquet or JSON lines.

    Columns that no plan of this version has are passed over, and columns that are missing are
    absent; the customer must be there. In CSV, the apostrophe that guards an id
    from spreadsheets (see `write_rows`) is taken off again.

    Parameters
    ----------
    path, encoding, format, stdin, progress, limit_problems
        As in `read_orders`.

    Returns
    -------
    PlanLines
        The lines, in the order of the file.

    Raises
    ------
    FileError, InvalidRowsError, MissingExtraError
        As in `read_orders`.
    UnknownNameError
        When it has no column with the customers.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_plan
    >>> lines = read_plan("-", stdin=BytesIO(b"customer,strategy,tier\nC-17,protect,top\n"))
    >>> lines[0].strategy, lines[0].tier
    ('protect', <Tier.TOP: 'top'>)
    """
    check_limit(limit_problems)
    with opened_file(path, stdin, format, encoding, None, limit_problems, progress) as (
        connection,
        table,
    ):
        found: Schema[Any] = schema(PlanLine)
        if found.identity not in table.names:
            where = f"{table.source.name}, which is no file of a plan"
            raise UnknownNameError("column", found.identity, table.names, where=where)
        names = [name for name in found.features if name in table.names]
        cells = [cell_of(found, table, name, name, Reading()) for name in names]
        loaded = fetched(connection, stage(connection, table, cells, limit_problems))
        if table.source.format == "csv":
            loaded.data[found.identity] = unguarded(loaded.array(found.identity))
        return loaded.columns(PlanLines, table)
