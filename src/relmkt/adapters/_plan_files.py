"""The file of a plan, read back: what a later plan is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from relmkt.adapters._cells import Reading
from relmkt.adapters._choosing import cell_of
from relmkt.adapters._engine import connected
from relmkt.adapters._loading import fetched, stage
from relmkt.adapters._source import opened
from relmkt.adapters._table import opened_table
from relmkt.adapters._writing import FORMULA_MARKS
from relmkt.domain import PlanLine
from relmkt.errors import UnknownNameError
from relmkt.plans import PlanLines
from relmkt.records import Schema, schema

__all__ = ["read_plan"]

_NEEDED = ("customer", "strategy")
_PROBLEMS = 10


def read_plan(
    path: str | Path, *, format: str | None = None, stdin: BinaryIO | None = None
) -> PlanLines:
    r"""Read a plan that was written to a file: CSV, Parquet or JSON lines.

    Columns that no plan of this version has are passed over, and columns that are missing are
    absent; the customer and the strategy must be there. In CSV, the apostrophe that guards an id
    from spreadsheets (see `write_rows`) is taken off again.

    Parameters
    ----------
    path
        The file; ``-`` is standard input.
    format
        ``"csv"``, ``"parquet"`` or ``"jsonl"``; unless given, what the name of the file tells.
    stdin
        Standard input, where there is one.

    Returns
    -------
    PlanLines
        The lines, in the order of the file.

    Raises
    ------
    FileError
        When the file is missing, unreadable or damaged.
    UnknownNameError
        When it has no column with the customers, or none with the strategies.
    InvalidRowsError
        When rows are bad.
    MissingExtraError
        When DuckDB is not installed.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_plan
    >>> lines = read_plan("-", stdin=BytesIO(b"customer,strategy,tier\nC-17,protect,top\n"))
    >>> lines[0].strategy, lines[0].tier
    ('protect', <Tier.TOP: 'top'>)
    """
    found: Schema[Any] = schema(PlanLine)
    with (
        opened(path, stdin=stdin, format=format, encoding=None) as source,
        connected(source.folder, source.path) as connection,
    ):
        table = opened_table(connection, source, delimiter=None, limit=_PROBLEMS)
        for name in _NEEDED:
            if name not in table.names:
                where = f"{source.name}, which is no file of a plan"
                raise UnknownNameError("column", name, table.names, where=where)
        names = [name for name in found.features if name in table.names]
        cells = [cell_of(found, table, name, name, Reading()) for name in names]
        data = fetched(connection, stage(connection, table, cells, _PROBLEMS)).data
        if source.format == "csv":
            data[found.identity] = _unguarded(data[found.identity])
    return PlanLines(**data)


def _unguarded(ids: NDArray[Any]) -> NDArray[Any]:
    guards = tuple(f"'{mark}" for mark in FORMULA_MARKS)
    texts: list[str] = ids.tolist()
    if not any(text.startswith(guards) for text in texts):
        return ids
    plain = np.empty(len(texts), dtype=object)
    plain[:] = [text[1:] if text.startswith(guards) else text for text in texts]
    return plain
