"""Summaries of files that are never held: the same as of an order log, within a bound."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.adapters._engine import checked_memory, connected, watched
from relmkt.adapters._reading import staged_orders
from relmkt.adapters.files import read_orders, read_summaries
from relmkt.errors import FileError, InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.pipeline import PLANNED
from relmkt.summaries import summarize

DAY = date(2026, 3, 31)
SMALL = checked_memory("128MB")
MONEY = {
    "monetary_value",
    "revenue",
    "refunds",
    "margin",
    "discount",
    "period_revenue",
    "period_margin",
}

customers = st.sampled_from(["0004", "C-2", "née", "x y", "4"])
numbers = st.sampled_from([3, 1, 2**53 + 1, -7])
cents = st.integers(-3_000, 9_000).map(lambda amount: amount / 100)
times = st.integers(-400 * 86_400, 40 * 86_400).map(
    lambda seconds: datetime(2026, 3, 1) + timedelta(seconds=seconds)
)
gaps = st.none() | cents


def logs(ids):
    return st.lists(
        st.tuples(ids, times | st.sampled_from([datetime(2026, 3, 1)]), cents, gaps),
        min_size=1,
        max_size=25,
    )


def parquet(name, rows, id_type="VARCHAR", time_type="TIMESTAMP"):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"CREATE TABLE t (customer {id_type}, date {time_type}, amount DOUBLE, margin DOUBLE)"
        )
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        connection.execute(f"COPY t TO '{name}' (FORMAT parquet)")
    return name


def csv_of(name, rows):
    lines = [
        f"{who},{when.isoformat()},{amount},{'' if margin is None else margin}"
        for who, when, amount, margin in rows
    ]
    Path(name).write_text("\n".join(["customer,date,amount,margin", *lines]), encoding="utf-8")
    return name


def jsonl_of(name, rows):
    keys = ("customer", "date", "amount", "margin")
    lines = [
        json.dumps(dict(zip(keys, (who, when.isoformat(), *rest), strict=True)))
        for who, when, *rest in rows
    ]
    Path(name).write_text("\n".join(lines), encoding="utf-8")
    return name


def check_the_same(path, **options):
    """The law: what an order log of the file says, to the last bit where numbers are whole."""
    read = read_orders(path)
    asked = {"as_of": DAY, "period": "6 months"} | options
    expected = summarize(read.log, **asked)
    found = read_summaries(path, memory="128MB", **asked)
    assert (found.rows, found.duplicate_rows) == (read.rows, read.duplicate_rows)
    assert found.columns == read.columns
    summaries = found.summaries
    assert summaries.ids.tolist() == expected.ids.tolist()
    for name in expected.details:
        assert getattr(summaries, name) == getattr(expected, name)
    for name in expected.record_type.__annotations__:
        if name in MONEY or name == "gap_spread":
            # The difference of squares in the spread loses digits that are not there to be lost.
            loose = 1e-6 if name == "gap_spread" else 1e-9
            np.testing.assert_allclose(
                summaries.column(name), expected.column(name), rtol=1e-9, atol=loose
            )
        else:
            assert np.array_equal(
                summaries.column(name),
                expected.column(name),
                equal_nan=summaries.column(name).dtype.kind in "fM",
            ), name


# ------------------------------------------------------------------------------------ the law


@settings(max_examples=10)
@given(rows=logs(numbers), merge=st.sampled_from(["day", None]))
def test_parquet_read_where_it_is_gives_what_an_order_log_gives(rows, merge):
    with tempfile.TemporaryDirectory() as folder:
        check_the_same(parquet(f"{folder}/o.parquet", rows, "BIGINT"), merge=merge)


@settings(max_examples=10)
@given(rows=logs(customers), write=st.sampled_from([csv_of, jsonl_of, parquet]))
def test_files_of_any_kind_give_what_an_order_log_gives(rows, write):
    with tempfile.TemporaryDirectory() as folder:
        suffix = {csv_of: "csv", jsonl_of: "jsonl", parquet: "parquet"}[write]
        check_the_same(write(f"{folder}/o.{suffix}", rows))


@settings(max_examples=8)
@given(rows=logs(customers), zone=st.sampled_from(["Europe/Berlin", "Pacific/Auckland", "UTC"]))
def test_days_are_those_of_the_zone(rows, zone):
    zoned = [(who, when.replace(tzinfo=UTC), *rest) for who, when, *rest in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = parquet(f"{folder}/o.parquet", zoned, time_type="TIMESTAMPTZ")
        check_the_same(path, zone=zone)
        assert read_summaries(path, memory="128MB", zone=zone).summaries.as_of == (
            read_orders(path).log.last_day(zone)
        )


def test_two_runs_give_the_same_bits(folder):
    draw = np.random.default_rng(5)
    count = 200_000
    given = {
        "customer": draw.integers(0, 300, count),
        "date": np.datetime64("2025-01-01", "us") + draw.integers(0, 400, count) * 86_400_000_000,
        "amount": draw.integers(-300, 9_000, count) / 100,
    }
    with duckdb.connect() as connection:
        connection.register("given", given)
        connection.execute("COPY (SELECT * FROM given) TO 'o.parquet' (FORMAT parquet)")
    first, *others = (read_summaries("o.parquet", memory="128MB").summaries for _ in range(3))
    assert all(other == first for other in others)


# ------------------------------------------------------------------------------ what is refused

BAD = [
    ("CAST(NULL AS BIGINT)", "TIMESTAMP '2026-03-01'", "1.0::DOUBLE"),
    ("7::BIGINT", "CAST(NULL AS TIMESTAMP)", "1.0::DOUBLE"),
    ("7::BIGINT", "TIMESTAMP 'infinity'", "1.0::DOUBLE"),
    ("7::BIGINT", "DATE '12026-03-01'", "1.0::DOUBLE"),
    ("7::BIGINT", "DATE '0044-03-15 (BC)'", "1.0::DOUBLE"),
    ("7::BIGINT", "TIMESTAMPTZ '-infinity'", "1.0::DOUBLE"),
    ("7::BIGINT", "TIMESTAMP '2026-03-01'", "CAST('nan' AS DOUBLE)"),
    ("7::BIGINT", "TIMESTAMP '2026-03-01'", "CAST('inf' AS FLOAT)"),
    ("7::BIGINT", "TIMESTAMP '2026-03-01'", "9007199254740993::BIGINT"),
    ("7::BIGINT", "TIMESTAMP '2026-03-01'", "(-9223372036854775807 - 1)::BIGINT"),
    ("7::BIGINT", "TIMESTAMP '2026-03-01'", "CAST(NULL AS INTEGER)"),
    ("' '::VARCHAR", "TIMESTAMP '2026-03-01'", "1.0::DOUBLE"),
]


@pytest.mark.parametrize(("who", "when", "amount"), BAD)
def test_values_that_have_types_are_refused_as_their_texts_are(folder, who, when, amount):
    listed = f"{who} AS customer, {when} AS date, {amount} AS amount"
    texts = ", ".join(
        f"CAST({value} AS VARCHAR) AS {name}"
        for value, name in ((who, "customer"), (when, "date"), (amount, "amount"))
    )
    said = []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY (SELECT {listed}) TO 'o.parquet' (FORMAT parquet)")
        connection.execute(f"COPY (SELECT {texts}) TO 't.parquet' (FORMAT parquet)")
    for read, path in (
        (read_orders, "o.parquet"),
        (read_summaries, "o.parquet"),
        (read_orders, "t.parquet"),
    ):
        with pytest.raises(InvalidRowsError) as caught:
            read(path)
        said.append(str(caught.value).replace("t.parquet", "o.parquet"))
    assert said[0].startswith("1 bad row in o.parquet")
    assert "row 1" in said[0]
    assert said[0] == said[1] == said[2]


def test_all_bad_rows_are_counted_and_the_first_ones_named(folder):
    rows = [(1, datetime(2026, 3, 1), 1.0, None)] * 5 + [(None, None, None, None)] * 20
    parquet("o.parquet", rows, "BIGINT")
    with pytest.raises(InvalidRowsError) as refused:
        read_summaries("o.parquet", limit_problems=3)
    assert refused.value.total == 20
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "row 6",
        "row 7",
        "row 8",
    ]


def test_bad_lines_of_text_are_named_as_in_reading_them(file):
    path = file("o.csv", "customer,date,amount\na,2026-03-01,5\nb,2026-13-01,x\nc,2026-03-01\n")
    said = []
    for read in (read_orders, read_summaries):
        with pytest.raises(InvalidRowsError) as caught:
            read(path)
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"memory": "512"}, InvalidValueError, "write for example 512MB or 2GB"),
        ({"memory": "much"}, InvalidValueError, "amount with its unit, got 'much'"),
        ({"memory": "-5GB"}, InvalidValueError, "amount with its unit"),
        ({"memory": "127MB"}, InvalidValueError, "be at least 128MB"),
        ({"only": ["revenu"]}, UnknownNameError, "did you mean 'revenue'"),
        ({"zone": "UTC"}, InvalidValueError, "be left out for orders whose times have no zone"),
        ({"as_of": "2026-03-01"}, InvalidValueError, "be a date"),
        ({"unit": "month"}, UnknownNameError, "month"),
        ({"merge": "week"}, UnknownNameError, "week"),
        ({"date": "dat"}, UnknownNameError, "did you mean 'date'"),
    ],
)
def test_what_cannot_be_asked_is_refused(file, options, error, told):
    path = file("o.csv", "customer,date,amount\na,2026-03-01,5\n")
    with pytest.raises(error, match=told):
        read_summaries(path, **options)


def test_times_with_a_zone_need_one(file):
    path = file("o.csv", "customer,date,amount\na,2026-03-01T10:00:00Z,5\n")
    with pytest.raises(InvalidValueError, match="be given for orders whose times have a zone"):
        read_summaries(path)


def test_a_header_without_orders_is_refused(file):
    with pytest.raises(FileError, match="has a header and no orders"):
        read_summaries(file("o.csv", "customer,date,amount\n"))


def test_two_currencies_are_refused_and_one_is_kept(file):
    one = file("o.csv", "customer,date,amount,currency\na,2026-03-01,5,EUR\nb,2026-03-02,5,EUR\n")
    assert read_summaries(one).summaries.currency == "EUR"
    two = file("o.csv", "customer,date,amount,currency\na,2026-03-01,5,EUR\nb,2026-03-02,5,USD\n")
    with pytest.raises(FileError, match="is in two currencies"):
        read_summaries(two)


# ------------------------------------------------------------------------------ what is asked


def test_only_the_columns_that_are_wanted_are_there(file):
    text = "customer,date,amount\na,2026-03-01,5\na,2026-03-08,7\nb,2026-03-02,0.1\n"
    path = file("o.csv", text)
    found = read_summaries(path, only=["monetary_value"]).summaries
    assert found.names == ("customer", "monetary_value")
    assert found.monetary_value[0] == 7.0
    planned = read_summaries(path, only=PLANNED, period="1 year").summaries
    assert set(planned.names) == {"customer", *PLANNED} - {"margin", "period_margin"}


def test_later_orders_are_left_out_and_counted(file):
    path = file("o.csv", "customer,date,amount\nb,2026-03-09,1\na,2026-03-01,5\nb,2026-03-02,5\n")
    found = read_summaries(path, as_of=date(2026, 3, 2)).summaries
    assert (found.ids.tolist(), found.later_orders) == (["a", "b"], 1)
    assert len(read_summaries(path, as_of=date(2026, 2, 1)).summaries) == 0


def test_identical_rows_are_counted_if_that_is_wanted(file):
    path = file("o.csv", "customer,date,amount\na,2026-03-01,5\na,2026-03-01,5\n")
    assert read_summaries(path).duplicate_rows == 1
    assert read_summaries(path, duplicates=False).duplicate_rows is None


def test_what_is_taken_off_again_leaves_nothing(file):
    text = "customer,date,amount\na,2026-03-01,0.1\na,2026-03-02,0.2\na,2026-03-03,-0.3\n"
    assert read_summaries(file("o.csv", text)).summaries.revenue.tolist() == [0.0]


def test_standard_input_is_summarized(folder):
    stream = BytesIO(b"customer,date,amount\na,2026-03-01,5\n")
    assert read_summaries("-", stdin=stream).summaries.ids.tolist() == ["a"]


def test_long_ids_and_those_that_end_in_zeros_are_kept(folder):
    ids = ["x" * 80, "a", "b"]
    parquet("o.parquet", [(who, datetime(2026, 3, 1), 1.0, None) for who in ids])
    assert read_summaries("o.parquet").summaries.ids.tolist() == ids


# ------------------------------------------------------------------------------- how it is done


@pytest.mark.parametrize(
    ("id_type", "time_type", "kind"),
    [
        ("BIGINT", "TIMESTAMP", "VIEW"),
        ("VARCHAR", "DATE", "VIEW"),
        ("INTEGER", "TIMESTAMPTZ", "VIEW"),
        ("UUID", "TIMESTAMP", "BASE TABLE"),
        ("BIGINT", "TIMESTAMP_NS", "BASE TABLE"),
        ("BIGINT", "VARCHAR", "BASE TABLE"),
    ],
)
def test_what_can_be_read_where_it_is_is_not_copied(folder, id_type, time_type, kind):
    ids = "6cfa5d5a-6c26-4d10-a5a5-d51f1fb6dd1e" if id_type == "UUID" else "7"
    parquet("o.parquet", [(ids, "2026-03-01", 1.0, None)], id_type, time_type)
    with staged_orders("o.parquet", memory=SMALL) as orders:
        found = orders.connection.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = 'loaded'"
        ).fetchall()
    assert found == [(kind,)]
    assert len(
        read_summaries("o.parquet", zone="UTC" if time_type[-2:] == "TZ" else None).summaries
    )


def test_a_column_called_as_the_number_of_a_row_is_no_trap(folder):
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES ('b', DATE '2026-03-01', 1.0::DOUBLE, 9),"
            " ('a', DATE '2026-03-01', 2.0::DOUBLE, 3)) t(customer, date, amount, file_row_number))"
            " TO 'o.parquet' (FORMAT parquet)"
        )
    assert read_summaries("o.parquet").summaries.ids.tolist() == ["b", "a"]


def test_nothing_is_left_behind(file, tmp_path, monkeypatch):
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    read_summaries(file("o.csv", "customer,date,amount\na,2026-03-01,5\n"))
    with pytest.raises(InvalidRowsError):
        read_summaries(file("o.csv", "customer,date,amount\na,2026-03-01,?\n"))
    assert not list(aside.iterdir())


def test_the_stages_are_told(file):
    told = []
    read_summaries(file("o.csv", "customer,date,amount\na,2026-03-01,5\n"), progress=told.append)
    assert told == [
        "opening o.csv",
        "reading o.csv",
        "looking for identical rows",
        "summarizing the orders",
        "fetching the summaries",
    ]


class Busy:
    """A connection that is asked how far it has come."""

    def __init__(self, *percents):
        self.percents = list(percents)

    def query_progress(self):
        return self.percents.pop(0) if len(self.percents) > 1 else self.percents[0]


def test_the_share_that_is_done_is_told_while_a_query_runs(monkeypatch):
    monkeypatch.setattr("relmkt.adapters._engine._GLANCE", 0.001)
    shares = []
    with watched(Busy(-1.0, 25.0, 50.0, 130.0), shares.append):
        while 1.0 not in shares:
            pass
    assert shares[:3] == [0.25, 0.5, 1.0]
    ended = len(shares)
    assert len(shares) == ended  # and nobody looks any more


def test_nobody_is_told_if_nobody_watches():
    with watched(Busy(), None):
        pass


def test_too_little_memory_is_said_with_what_to_do(tmp_path):
    with pytest.raises(InvalidValueError) as refused, connected(tmp_path, memory=SMALL):
        raise duckdb.OutOfMemoryException("failed to offload\ndata")
    assert str(refused.value) == (
        "'memory' must suffice for the work, got '128000000 B': give more memory, or more room for "
        "temporary files (failed to offload)"
    )


def test_duckdb_is_held_to_its_bound(tmp_path):
    with connected(tmp_path, memory=SMALL) as connection:
        found = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    assert found == [("122.0 MiB",)]


@pytest.mark.parametrize("only", [None, ["age"], ["customer"]])
def test_amounts_that_add_up_to_no_number_are_refused_whatever_is_asked(tmp_path, only):
    path = tmp_path / "o.csv"
    path.write_text("customer,date,amount\nb,2026-03-03,5\n" + "a,2026-03-01,1e308\n" * 2)
    told = r"'revenue' must be finite, got inf for row 1 \(customer 'a'\)"
    with pytest.raises(InvalidRowsError, match=told):
        read_summaries(path, only=only)
    with pytest.raises(InvalidRowsError, match=told):
        summarize(read_orders(path).log, as_of=DAY)
