"""Kinds of frames: each is made of a PyArrow table, and read back row by row."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from relmkt.rules import Kind

AT = "at"
"""The column that says which row is which, for databases keep no order."""

NULLABLE = {
    pa.int64(): pd.Int64Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.float32(): pd.Float32Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(),
}


@attrs.frozen
class FrameKind:
    """A kind of frame.

    Attributes
    ----------
    make
        Makes one of a PyArrow table.
    rows
        The rows of one as dicts, with None for null.
    is_lazy
        Whether it is a plan, and nothing is run before it is collected.
    explosive
        Makes a lazy one with a column x that raises when it is run.
    has_decimals
        Whether it has a type for decimal numbers.
    """

    name: str
    make: Callable[[pa.Table], Any]
    rows: Callable[[Any], list[dict[str, Any]]]
    is_lazy: bool = False
    explosive: Callable[[], Any] | None = None
    has_decimals: bool = True

    def read(self, frame, *names):
        """The columns with these names, in the order of the rows."""
        found = sorted(self.rows(frame), key=lambda row: row[AT])
        return [tuple(row[name] for name in names) for row in found]


def pandas_rows(frame):
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def duckdb_rows(relation):
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def polars_categorical(table):
    frame = pl.from_arrow(table)
    words = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.with_columns(pl.col(words).cast(pl.Categorical)) if words else frame


def polars_enum(table):
    frame = pl.from_arrow(table)
    return frame.with_columns(
        pl.col(name).cast(pl.Enum(["unheard of", *frame[name].drop_nulls().unique()]))
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    ).lazy()


def pandas_categorical(table):
    frame = table.to_pandas()
    words = [field.name for field in table.schema if field.type == pa.string()]
    return frame.astype(dict.fromkeys(words, "category"))


def pandas_objects(table):
    """Every value a Python object, as in a frame that was made of rows."""
    return (
        table.to_pandas(integer_object_nulls=True)
        .astype(object)
        .where(lambda frame: frame.notna(), None)
    )


def arrow_dictionary(table):
    words = [field.name for field in table.schema if field.type == pa.string()]
    for name in words:
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table[name].dictionary_encode())
    return table


DUCKDB = duckdb.connect()


def duckdb_relation(table):
    return DUCKDB.from_arrow(table)


def duckdb_enum(table):
    relation = duckdb_relation(table)
    made = []
    for field in table.schema:
        words = sorted({value.as_py() for value in table[field.name]} - {None}, key=str)
        if field.type == pa.string() and words:
            quoted = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
            made.append(f'"{field.name}"::ENUM({quoted}) AS "{field.name}"')
        else:
            made.append(f'"{field.name}"')
    return relation.project(", ".join(made))


PARQUET = TemporaryDirectory(ignore_cleanup_errors=True)
NUMBERS = itertools.count()


def duckdb_parquet(table, connection=DUCKDB):
    """Read from a file whose statistics, as PyArrow writes them, leave out NaN."""
    path = str(Path(PARQUET.name) / f"{next(NUMBERS)}.parquet")
    pq.write_table(table, path)
    return connection.read_parquet(path)


EXPLOSION = "the frame was run"


def polars_explosive():
    def explode(frame):
        raise AssertionError(EXPLOSION)

    return pl.LazyFrame({AT: [0], "x": [1.0]}).map_batches(
        explode, schema={AT: pl.Int64, "x": pl.Float64}
    )


def duckdb_explosive():
    return DUCKDB.sql(f"select 0 as {AT}, error('{EXPLOSION}')::double as x")


IN_CI = [
    FrameKind("pandas", pa.Table.to_pandas, pandas_rows),
    FrameKind("pandas, nullable", lambda t: t.to_pandas(types_mapper=NULLABLE.get), pandas_rows),
    FrameKind("pandas, Arrow", lambda t: t.to_pandas(types_mapper=pd.ArrowDtype), pandas_rows),
    FrameKind("pandas, objects", pandas_objects, pandas_rows),
    FrameKind("pandas, categories", pandas_categorical, pandas_rows),
    FrameKind("Polars", pl.from_arrow, pl.DataFrame.to_dicts),
    FrameKind("Polars, categories", polars_categorical, pl.DataFrame.to_dicts),
    FrameKind(
        "Polars, lazy",
        lambda t: pl.from_arrow(t).lazy(),
        lambda f: f.collect().to_dicts(),
        True,
        polars_explosive,
    ),
    FrameKind("Polars, lazy, enums", polars_enum, lambda f: f.collect().to_dicts(), True),
    FrameKind("PyArrow", lambda t: t, pa.Table.to_pylist),
    FrameKind("PyArrow, dictionaries", arrow_dictionary, pa.Table.to_pylist),
    FrameKind("DuckDB", duckdb_relation, duckdb_rows, True, duckdb_explosive),
    FrameKind("DuckDB, enums", duckdb_enum, duckdb_rows, True),
    FrameKind("DuckDB, Parquet", duckdb_parquet, duckdb_rows, True),
]

_TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.MEMBER: pa.string(),
    Kind.INSTANT: pa.timestamp("us"),
    Kind.DAY: pa.date32(),
    Kind.TEXT: pa.string(),
}


def arrow_table(columns, features, types=None):
    """The columns that are given, all features of them, as a PyArrow table with a row number.

    Parameters
    ----------
    columns
        Columns of records.
    features
        The names of the features to put in.
    types
        By feature another PyArrow type than the usual one.
    """
    known = columns._schema().features
    arrays = {AT: pa.array(range(len(columns)), pa.int64())}
    for name in features:
        usual = pa.int64() if name == columns._schema().identity else _TYPES[known[name].kind]
        wanted = (types or {}).get(name, usual)
        values = columns.values(name)
        if pa.types.is_decimal(wanted):
            values = [None if value is None else Decimal(repr(float(value))) for value in values]
        if pa.types.is_floating(wanted):
            values = [None if value is None else float(value) for value in values]
        arrays[name] = pa.array(values, wanted)
    return pa.table(arrays)
