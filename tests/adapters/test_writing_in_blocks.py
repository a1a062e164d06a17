"""Files written some rows at a time hold what they would hold if written at once."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.adapters.files import rows_of, write_blocks, write_rows
from relmkt.columns import Portfolio
from relmkt.domain import PlanLine
from relmkt.errors import FileError, InvalidValueError
from relmkt.plans import PlanLines
from tests.strategies import columns

FORMATS = ("csv", "jsonl", "parquet")

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
rows = st.lists(
    st.tuples(st.none() | texts, st.none() | st.floats(-1e9, 1e9), st.sampled_from([-1, 0, 1])),
    min_size=1,
    max_size=12,
)


def parted(columns, cuts):
    """The same rows in blocks."""
    size = len(next(iter(columns.values())))
    edges = sorted({0, size, *(cut % size for cut in cuts)})
    return [
        {name: values[start:stop] for name, values in columns.items()}
        for start, stop in pairwise(edges)
    ]


def content(write, what, format):
    page = io.BytesIO()
    write("-", what, format=format, stream=page)
    return page.getvalue()


def as_rows(parquet):
    Path("back.parquet").write_bytes(parquet)
    with duckdb.connect() as connection:
        described = connection.execute("DESCRIBE SELECT * FROM 'back.parquet'").fetchall()
        types = {name: sort for name, sort, *_ in described}
        return types, connection.execute("SELECT * FROM 'back.parquet'").fetchall()


@settings(max_examples=15)
@given(rows=rows, cuts=st.lists(st.integers(0, 11), max_size=3), format=st.sampled_from(FORMATS))
def test_blocks_hold_what_all_rows_hold(tmp_path_factory, rows, cuts, format):
    said, numbers, flags = zip(*rows, strict=True)
    columns = {
        "text": np.array(said, dtype=object),
        "number": np.array(numbers, dtype=np.float64),
        "flag": np.ma.array(np.array(flags) == 1, mask=np.array(flags) == -1),
        "day": np.datetime64("2026-03-01", "D") + np.arange(len(rows)),
    }
    whole = content(write_rows, columns, format)
    part = content(write_blocks, parted(columns, cuts), format)
    if format == "parquet":
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path_factory.mktemp("parquet"))
            assert as_rows(part) == as_rows(whole)
    else:
        assert part == whole


def test_zipped_blocks_are_one_file(folder):
    write_blocks("o.csv.gz", ({"id": [number]} for number in range(3)))
    with gzip.open("o.csv.gz", "rt", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["id"], ["0"], ["1"], ["2"]]


@pytest.mark.parametrize("format", FORMATS)
def test_a_block_that_fails_leaves_the_file_as_it_was(folder, format):
    name = f"plan.{format}"
    Path(name).write_text("the plan of yesterday", encoding="utf-8")

    def blocks():
        yield {"id": [1]}
        raise KeyError("no more")

    with pytest.raises(KeyError):
        write_blocks(name, blocks())
    with pytest.raises(InvalidValueError):
        write_blocks(name, [{"id": [1.0]}, {"id": [np.inf]}])
    assert Path(name).read_text(encoding="utf-8") == "the plan of yesterday"
    assert [path.name for path in Path().iterdir()] == [name]


@pytest.mark.parametrize(
    "blocks", [[{"a": [1]}, {"b": [1]}], [{"a": [1], "b": [2]}, {"b": [2], "a": [1]}]]
)
def test_blocks_with_other_columns_are_refused(folder, blocks):
    with pytest.raises(InvalidValueError, match="'blocks' must have the columns"):
        write_blocks("o.csv", blocks)
    assert not list(Path().iterdir())


def test_no_block_is_refused(folder):
    with pytest.raises(InvalidValueError, match="'blocks' must be at least one"):
        write_blocks("o.csv", [])


def test_values_of_other_sorts_than_those_of_the_first_block_are_refused(folder):
    with pytest.raises(FileError, match=r"o\.parquet: cannot be written"):
        write_blocks("o.parquet", [{"a": [1]}, {"a": ["x"]}])
    assert not list(Path().iterdir())


def test_columns_keep_their_sort_where_everything_is_absent(folder):
    known = Portfolio(customer=["a"], barred=[True], headroom=[1.0], status=["active"])
    absent = Portfolio(customer=["b"], barred=[None], headroom=[None], status=[None])
    write_blocks("o.parquet", [rows_of(absent), rows_of(known)])
    types, found = as_rows(Path("o.parquet").read_bytes())
    assert types == {
        "customer": "VARCHAR",
        "barred": "BOOLEAN",
        "headroom": "DOUBLE",
        "status": "VARCHAR",
    }
    assert found == [("b", None, None, None), ("a", True, 1.0, "active")]


@settings(max_examples=10)
@given(lines=columns(PlanLines, max_size=4, ids=st.integers(0, 9)))
def test_columns_are_written_as_their_values_are(lines):
    by_values = {name: lines.values(name) for name in lines.names}
    assert content(write_rows, rows_of(lines), "jsonl") == content(write_rows, by_values, "jsonl")


def test_days_and_flags_of_lines_are_written(folder):
    lines = PlanLines.of([PlanLine(customer=7, settled=True, as_of=date(2026, 3, 31))])
    write_rows("o.jsonl", rows_of(lines))
    assert json.loads(Path("o.jsonl").read_text(encoding="utf-8")) == {
        "customer": 7,
        "settled": True,
        "as_of": "2026-03-31",
    }
