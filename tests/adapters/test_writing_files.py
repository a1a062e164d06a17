"""Files that are written: whole, in place at once, and with nothing in them that runs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt._coercion import Utc
from relmkt.adapters import _writing
from relmkt.adapters.files import read_orders, write_rows
from relmkt.errors import (
    FileError,
    InvalidValueError,
    MissingExtraError,
    RelmktError,
    UnknownNameError,
)

MARKS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
ROWS = {"customer": ["C-1", None], "value": np.array([29.5, np.nan])}

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
numbers = st.floats(allow_nan=False, allow_infinity=False)


def refused(error: type[RelmktError], *args: object, **options: object) -> str:
    with pytest.raises(error) as caught:
        write_rows(*args, **options)
    return str(caught.value)


def written(columns: dict[str, object], format: str) -> bytes:
    page = io.BytesIO()
    write_rows("-", columns, format=format, stream=page)
    return page.getvalue()


def listed() -> list[str]:
    return [path.name for path in Path.cwd().iterdir()]


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def json_rows(content: bytes) -> list[dict[str, object]]:
    return [
        json.loads(line, parse_constant=pytest.fail)
        for line in content.decode().split("\n")
        if line
    ]


def parquet_rows(content: bytes, folder: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    (folder / "back.parquet").write_bytes(content)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(f"SELECT * FROM '{folder / 'back.parquet'}'")
        return [str(column[1]) for column in found.description], found.fetchall()


# ------------------------------------------------------------------------------ what is written

EVERY = {
    "text": ["a", None, 'say "x",\ny'],
    "number": [1.5, None, -3],
    "count": [1, None, 3],
    "flag": [True, None, False],
    "day": [date(2026, 3, 1), None, date(2026, 3, 2)],
    "instant": [datetime(2026, 3, 1, 9, 30), None, datetime(2026, 3, 1, 0, 0, 0, 500_000)],
}


def test_csv_holds_plain_values_and_nothing_for_absent_ones():
    assert csv_rows(written(EVERY, "csv")) == [
        list(EVERY),
        ["a", "1.5", "1", "true", "2026-03-01", "2026-03-01T09:30:00"],
        ["", "", "", "", "", ""],
        ['say "x",\ny', "-3.0", "3", "false", "2026-03-02", "2026-03-01T00:00:00.5"],
    ]


def test_json_lines_hold_null_for_absent_values():
    rows = json_rows(written(EVERY, "jsonl"))
    assert rows[0] == {
        "text": "a",
        "number": 1.5,
        "count": 1,
        "flag": True,
        "day": "2026-03-01",
        "instant": "2026-03-01T09:30:00",
    }
    assert rows[1] == dict.fromkeys(EVERY)


def test_parquet_holds_types(tmp_path):
    with duckdb.connect() as connection:
        (tmp_path / "o.parquet").write_bytes(written(EVERY, "parquet"))
        types = connection.execute(f"DESCRIBE SELECT * FROM '{tmp_path / 'o.parquet'}'").fetchall()
    assert [row[1] for row in types] == [
        "VARCHAR",
        "DOUBLE",
        "BIGINT",
        "BOOLEAN",
        "DATE",
        "TIMESTAMP",
    ]
    _, rows = parquet_rows(written(EVERY, "parquet"), tmp_path)
    assert rows[1] == (None,) * 6
    assert rows[0] == ("a", 1.5, 1, True, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30))


class Word(StrEnum):
    RETAIN = "retain"


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        (np.array(["a", "bc"]), ["a", "bc"]),
        (np.array(["a", None], dtype=object), ["a", ""]),
        (np.array([1.5, np.nan]), ["1.5", ""]),
        (np.array([1.5, 2], dtype=np.float16), ["1.5", "2.0"]),
        (np.array([1, -1], dtype=np.int8), ["1", "-1"]),
        (np.array([2**63, 1], dtype=np.uint64), [str(2**63), "1"]),
        (np.array([True, False]), ["true", "false"]),
        (np.array(["2026-03-01", "NaT"], dtype="datetime64[D]"), ["2026-03-01", ""]),
        (np.array(["2026-03-01", "NaT"], dtype="datetime64[us]"), ["2026-03-01T00:00:00", ""]),
        (np.array(["2026-03-01T09", "NaT"], dtype="datetime64[s]"), ["2026-03-01T09:00:00", ""]),
        (Utc(np.array(["2026-03-01T09", "NaT"], dtype="M8[us]")), ["2026-03-01T09:00:00Z", ""]),
        ([datetime(2026, 3, 1, 9, tzinfo=UTC), None], ["2026-03-01T09:00:00Z", ""]),
        (
            [datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=2))), None],
            ["2026-03-01T07:00:00Z", ""],
        ),
        ([Word.RETAIN, None], ["retain", ""]),
        ([np.int64(3), np.float64(0.5)], ["3.0", "0.5"]),
        ([2**70, 1], [str(float(2**70)).replace("e+", "e+"), "1.0"]),
        ([7, "0007"], ["7", "0007"]),
        ([None, None], ["", ""]),
        ((1, 2), ["1", "2"]),
    ],
)
def test_values_of_every_sort_are_written(values, cells):
    rows = csv_rows(written({"first": ["x", "y"], "value": values}, "csv"))
    assert [row[1] for row in rows[1:]] == cells


def test_instants_with_a_zone_keep_it_in_parquet(tmp_path):
    content = written({"moment": [datetime(2026, 3, 1, 9, tzinfo=UTC)]}, "parquet")
    (tmp_path / "o.parquet").write_bytes(content)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT typeof(moment), epoch(moment) FROM '{tmp_path / 'o.parquet'}'"
        ).fetchone()
    assert found == ("TIMESTAMP WITH TIME ZONE", datetime(2026, 3, 1, 9, tzinfo=UTC).timestamp())


def test_empty_text_and_absent_text_differ_in_csv():
    assert written({"a": ["x", "y"], "b": ["", None]}, "csv") == b'a,b\nx,""\ny,\n'


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_no_rows_are_written_as_no_rows(format, tmp_path):
    content = written({"a": [], "b": np.array([], dtype="U5"), "c": np.array([])}, format)
    if format == "parquet":
        assert parquet_rows(content, tmp_path)[1] == []
    else:
        assert content == (b"a,b,c\n" if format == "csv" else b"")


@pytest.mark.parametrize("mark", MARKS)
def test_a_text_that_begins_like_a_formula_cannot_run(mark):
    rows = csv_rows(written({"id": [f"{mark}1+1", f"a{mark}"], "n": [-1.5, 2]}, "csv"))
    assert rows[1] == [f"'{mark}1+1", "-1.5"]
    assert rows[2] == [f"a{mark}", "2.0"]


def test_names_of_columns_may_be_anything(tmp_path):
    columns = {"a \"b\", 'c'": ["x"], "select": ["y"]}
    assert csv_rows(written(columns, "csv"))[0] == list(columns)
    assert list(json_rows(written(columns, "jsonl"))[0]) == list(columns)


@given(st.lists(st.tuples(texts, numbers), min_size=1))
def test_csv_is_read_back_as_it_was_but_for_the_apostrophe(rows):
    names, values = [name for name, _ in rows], [value for _, value in rows]
    found = csv_rows(
        written({"name": names, "value": np.array(values), "end": ["."] * len(rows)}, "csv")
    )
    guarded = [f"'{name}" if name[:1] and name[0] in MARKS else name for name in names]
    assert [row[0] for row in found[1:]] == guarded
    assert [float(row[1]) for row in found[1:]] == values


@given(st.lists(st.tuples(texts | st.none(), numbers), min_size=1))
def test_json_lines_are_read_back_as_they_were(rows):
    columns = {"name": [name for name, _ in rows], "value": np.array([value for _, value in rows])}
    found = json_rows(written(columns, "jsonl"))
    assert [(row["name"], row["value"]) for row in found] == rows


@given(rows=st.lists(st.tuples(texts | st.none(), numbers), min_size=1))
def test_parquet_is_read_back_as_it_was(tmp_path_factory, rows):
    columns = {"name": [name for name, _ in rows], "value": np.array([value for _, value in rows])}
    folder = tmp_path_factory.mktemp("parquet")
    assert parquet_rows(written(columns, "parquet"), folder)[1] == rows


@pytest.mark.parametrize("name", ["o.csv", "o.jsonl", "o.parquet", "o.csv.gz", "o.jsonl.gz"])
def test_what_is_written_can_be_read(folder, name):
    columns = {"customer": ["0004", "C 2"], "date": [date(2026, 3, 1)] * 2, "amount": [29.33, -5]}
    write_rows(name, columns)
    log = read_orders(name).log
    assert log.customer.tolist() == ["0004", "C 2"]
    assert log.amount.tolist() == [29.33, -5.0]


def test_a_name_that_ends_in_gz_is_zipped(folder):
    write_rows("o.csv.gz", ROWS)
    assert gzip.decompress(Path("o.csv.gz").read_bytes()) == b"customer,value\nC-1,29.5\n,\n"


def test_text_streams_take_text():
    page = io.StringIO()
    write_rows("-", {"name": ["Müller"]}, stream=page)
    assert page.getvalue() == "name\nMüller\n"


# -------------------------------------------------------------------------------- whole or not


def test_a_file_is_replaced_and_keeps_its_permissions(file):
    name = file("plan.csv", "old")
    Path(name).chmod(0o640)
    write_rows(name, ROWS)
    assert Path(name).read_text() == "customer,value\nC-1,29.5\n,\n"
    assert stat.S_IMODE(Path(name).stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_any_new_file(folder):
    Path("usual").touch()
    write_rows("plan.csv", ROWS)
    assert Path("plan.csv").stat().st_mode == Path("usual").stat().st_mode


def test_a_link_stays_and_what_it_leads_to_is_replaced(file):
    file("real.csv", "old")
    Path("plan.csv").symlink_to("real.csv")
    write_rows("plan.csv", ROWS)
    assert Path("plan.csv").is_symlink()
    assert Path("real.csv").read_text().startswith("customer,value\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_when_writing_breaks_off_the_old_file_stays_and_nothing_else(file, monkeypatch, error):
    name = file("plan.csv", "old")

    def break_off(*args: object) -> None:
        assert len(listed()) == 2, "the new file is made in the same folder"
        raise error

    monkeypatch.setattr(Path, "replace", break_off)
    with pytest.raises((KeyboardInterrupt, FileError)) as caught:
        write_rows(name, ROWS)
    if caught.type is FileError:
        assert str(caught.value) == "plan.csv: cannot be written: No space left on device"
    assert listed() == ["plan.csv"]
    assert Path(name).read_text() == "old"


def test_values_that_cannot_be_written_leave_nothing_behind(file):
    name = file("plan.csv", "old")
    message = refused(FileError, name, {"a": ["\ud800"]})
    assert message.startswith("plan.csv: cannot be written: ")
    assert listed() == ["plan.csv"]
    assert Path(name).read_text() == "old"


def test_a_pipe_is_written_to_and_not_replaced(folder):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo("pipe.csv")
    with subprocess.Popen(["cat", "pipe.csv"], stdout=subprocess.PIPE) as reader:
        write_rows("pipe.csv", ROWS)
        copied, _ = reader.communicate()
    assert stat.S_ISFIFO(Path("pipe.csv").stat().st_mode)
    assert copied == b"customer,value\nC-1,29.5\n,\n"


def test_a_broken_pipe_is_left_to_the_caller():
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError), os.fdopen(writer, "wb", buffering=0) as stream:
        write_rows("-", ROWS, stream=stream)


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("out/plan.csv", "out/plan.csv: there is no folder 'out'; make it first"),
        ("there.csv", "there.csv: is a folder, not a file"),
        ("plan.parquet.gz", "plan.parquet.gz: Parquet is compressed by itself; leave out '.gz'"),
        ("-", "-: there is no standard output here; name a file"),
    ],
)
def test_places_where_nothing_can_be_written_are_refused(folder, name, message):
    Path("there.csv").mkdir()
    assert refused(FileError, name, ROWS) == message


def test_a_folder_that_may_not_be_written_to_says_so(folder, monkeypatch):
    def deny(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_writing, "TemporaryDirectory", deny)
    assert refused(FileError, "o.csv", ROWS) == "o.csv: cannot be written: permission denied"


def test_names_that_tell_no_format_are_refused(folder):
    assert "its name does not tell" in refused(FileError, "plan.xlsx", ROWS)
    assert "no file format 'xlsx'" in refused(UnknownNameError, "plan.csv", ROWS, format="xlsx")


def test_parquet_is_not_written_as_text():
    message = refused(FileError, "-", ROWS, format="parquet", stream=io.StringIO())
    assert message == "-: Parquet cannot be written as text; name a file"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "'columns' must have at least one column, got 0"),
        ({"a": [1, 2], "b": [1]}, "'b' must have 2 values like 'a', got 1"),
        ({"a": [1.0, float("inf")]}, "'a' must be finite, got inf for row 1"),
        ({"a": np.zeros((2, 2))}, "'a' must have one dimension, got (2, 2)"),
        ({"a": [True, 1]}, "'a' must hold {}, got 'flags among other things'"),
        ({"a": [{}]}, "'a' must hold {}, got 'dict'"),
        ({"a": ["x", 1.5]}, "'a' must hold {}, got 'float, str'"),
        ({"a": np.array([1j])}, "'a' must hold {}, got 'complex128'"),
        ({"a": [date(2026, 1, 1), datetime(2026, 1, 1)]}, "'a' must hold {}, got 'date, datetime'"),
        (
            {"a": [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)]},
            "'a' must have a zone throughout or nowhere, got 'both'",
        ),
    ],
)
def test_columns_that_cannot_be_written_are_refused(folder, columns, message):
    sorts = "texts, numbers, flags, dates or datetimes"
    assert refused(InvalidValueError, "o.csv", columns) == message.format(sorts)
    assert listed() == []


def test_without_duckdb_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert "pip install 'relmkt[cli]'" in refused(MissingExtraError, "o.csv", ROWS)
    assert listed() == []
