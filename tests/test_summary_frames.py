"""Summaries of frames and relations: the same as those of an order log, on every engine."""

from __future__ import annotations

import attrs
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from tests.summary_laws import named_cases, same_summary


@attrs.frozen
class Kind:
    """A kind of frame; see `tests.summary_laws`."""

    make: object
    rows: object


CONNECTION = duckdb.connect()
CONNECTION.execute("SET TimeZone = 'Asia/Tokyo'")  # which no case asks for


def pandas_rows(frame):
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def duckdb_rows(relation):
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


LAZY = {
    "Polars, lazy": Kind(
        lambda table: pl.from_arrow(table).lazy(), lambda frame: frame.collect().to_dicts()
    ),
    "DuckDB": Kind(CONNECTION.from_arrow, duckdb_rows),
}
EAGER = {
    "Polars": Kind(pl.from_arrow, pl.DataFrame.to_dicts),
    "PyArrow": Kind(lambda table: table, pa.Table.to_pylist),
    "pandas": Kind(pa.Table.to_pandas, pandas_rows),
    "pandas, Arrow": Kind(lambda table: table.to_pandas(types_mapper=pd.ArrowDtype), pandas_rows),
}
KINDS = LAZY | EAGER


@pytest.mark.parametrize("kind", LAZY)
@given(case=named_cases())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_an_engine_gives_what_the_order_log_gives(kind, case):
    same_summary(LAZY[kind], case)


@pytest.mark.parametrize("kind", EAGER)
@given(case=named_cases())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_a_frame_in_memory_gives_what_the_order_log_gives_in_its_order(kind, case):
    found = EAGER[kind].rows(same_summary(EAGER[kind], case))
    assert [row["customer"] for row in found] == case.summaries().ids.tolist()
