"""Summaries of frames and relations: the same as those of an order log, on every engine."""

from __future__ import annotations

import math
import re
import statistics
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import attrs
import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from relmkt._purchases import Asked
from relmkt._summary_frames import summary_frame
from relmkt.datasets import cdnow_orders
from relmkt.domain import Summary
from relmkt.errors import (
    InvalidRowsError,
    InvalidValueError,
    MissingExtraError,
    UnknownNameError,
)
from relmkt.records import schema
from relmkt.summaries import summarize
from tests.engines.kinds import duckdb_parquet
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
    "DuckDB, Parquet": Kind(lambda table: duckdb_parquet(table, CONNECTION), duckdb_rows),
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
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_an_engine_gives_what_the_order_log_gives(kind, case):
    same_summary(LAZY[kind], case)


@pytest.mark.parametrize("kind", EAGER)
@given(case=named_cases())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_a_frame_in_memory_gives_what_the_order_log_gives_in_its_order(kind, case):
    found = EAGER[kind].rows(same_summary(EAGER[kind], case))
    assert [row["customer"] for row in found] == case.summaries().ids.tolist()


# -------------------------------------------------------------------------------- what comes out


TABLE = pa.table(
    {
        "id": ["C-1", "C-2", "C-1", "C-1"],
        "day": [date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 15), date(2026, 1, 20)],
        "eur": [20.0, 35.0, 30.0, -5.0],
        "cost": [1, 2, 3, 4],
        "note": ["a", "b", "c", "d"],
    }
)
NAMES = {"customer": "id", "ordered_at": "day", "amount": "eur"}
ASKED = {"columns": NAMES, "as_of": date(2026, 1, 29)}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.fixture(params=LAZY)
def lazy(request):
    return LAZY[request.param]


def replaced(name, values):
    at = TABLE.column_names.index(name)
    return TABLE.set_column(at, name, values if isinstance(values, pa.Array) else pa.array(values))


def test_the_columns_of_an_answer_follow_from_the_question_and_never_from_the_data(kind):
    asked = {"period": "2 weeks", "columns": NAMES | {"margin": "cost", "discount": "cost"}}
    whole = summarize(kind.make(TABLE), **ASKED | asked)
    nothing = summarize(kind.make(TABLE), **ASKED | asked | {"as_of": date(2020, 1, 1)})
    assert nw.from_native(whole).collect_schema().names() == [*schema(Summary).features]
    assert kind.rows(nothing) == []
    least = summarize(kind.make(TABLE), **ASKED, refunds="drop")
    gone = {"margin", "discount", "refunds", "period_orders", "period_revenue", "period_margin"}
    assert {*kind.rows(least)[0]} == {*schema(Summary).features} - gone
    assert {*kind.rows(whole)[0]} == {*schema(Summary).features}


def test_counts_are_integers_and_days_are_days_in_every_kind_of_frame(kind):
    found = summarize(kind.make(TABLE), **ASKED, period="1 week")
    types = nw.from_native(found).collect_schema()
    assert [types[name] for name in ("orders", "frequency", "period_orders")] == [nw.Int64] * 3
    assert types["first_order"] == (nw.Datetime if isinstance(found, pd.DataFrame) else nw.Date)
    assert types["customer"] == nw.String


@pytest.mark.filterwarnings("ignore:.*Resolving the schema.*:UserWarning")
def test_nothing_is_run_before_it_is_asked_for():
    """A scan of a file that is gone: whoever reads it fails."""
    frame = pl.LazyFrame(TABLE.to_pydict()).map_batches(
        lambda _: pytest.fail("it was run"), schema=pl.DataFrame(TABLE.to_pydict()).schema
    )
    assert isinstance(summarize(frame, **ASKED), pl.LazyFrame)


def test_a_relation_runs_when_it_is_fetched_and_sees_what_is_in_the_table_then():
    CONNECTION.register("lines", TABLE)
    CONNECTION.execute("CREATE OR REPLACE TABLE orders AS SELECT * FROM lines")
    found = summarize(CONNECTION.table("orders"), **ASKED)
    CONNECTION.execute("DELETE FROM orders WHERE id = 'C-1'")
    assert [row["customer"] for row in duckdb_rows(found)] == ["C-2"]


def test_names_with_quotes_and_names_of_our_own_are_columns_like_others():
    at = pa.array([datetime(2026, 1, 1, 23, 30, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    table = pa.table({"revenue": ["a"], "m\"o`m'ent": at, "customer": [7.0]})
    columns = {"customer": "revenue", "ordered_at": "m\"o`m'ent", "amount": "customer"}
    for kind in LAZY.values():
        for merge in ("day", None):
            found = summarize(
                kind.make(table),
                columns=columns,
                as_of=date(2026, 1, 2),
                zone="Europe/Berlin",
                merge=merge,
            )
            (row,) = kind.rows(found)
            assert (row["customer"], row["revenue"]) == ("a", 7.0)
            assert row["first_order"] == date(2026, 1, 2)


@pytest.mark.parametrize("merge", ["day", None])
def test_infinite_days_of_duckdb_are_no_days_and_do_not_stop_it(merge):
    orders = CONNECTION.sql(
        """
        SELECT * FROM (VALUES ('C-1', DATE '2026-01-01', 1.0), ('C-2', DATE '-infinity', 2.0),
                              ('C-3', DATE 'infinity', 3.0)) AS t(id, day, eur)
        """
    )
    found = summarize(orders, merge=merge, **ASKED).project("customer, orders").fetchall()
    assert sorted(found) == [("C-1", 1), ("C-2", None)]


@pytest.mark.parametrize("merge", ["day", None])
def test_in_a_lazy_frame_times_of_nothing_but_null_are_seen_as_absent(merge):
    orders = pl.LazyFrame({"id": ["C-1", "C-2"], "day": [None, None], "eur": [1.0, 2.0]})
    found = summarize(orders, merge=merge, **ASKED).sort("customer").collect()
    assert found.select("customer", "orders").rows() == [("C-1", None), ("C-2", None)]


def test_ids_that_pyarrow_holds_as_views_come_back_as_texts():
    if not hasattr(pa, "string_view"):
        pytest.skip("this PyArrow has no views of texts")
    views = TABLE["id"].combine_chunks()
    try:
        views = views.cast(pa.string_view())
        views.cast(pa.large_string())
    except pa.ArrowNotImplementedError:
        pytest.skip("this PyArrow cannot cast views of texts")
    found = summarize(TABLE.set_column(0, "id", views), **ASKED)
    assert found["customer"].to_pylist() == ["C-1", "C-2"]


def test_years_far_apart_are_counted_to_the_day(kind):
    days = [date(1, 1, 1), date(1900, 2, 28), date(2000, 2, 29), date(9000, 12, 31)]
    at = pa.array([datetime(d.year, d.month, d.day) for d in days], pa.timestamp("us"))
    table = replaced("day", at if kind is not EAGER["pandas"] else days)
    same = table.set_column(0, "id", pa.array(["C-1"] * 4))
    asked = {**ASKED, "as_of": date(9998, 12, 31), "unit": "day"}
    (row,) = kind.rows(summarize(kind.make(same), **asked))
    assert (row["orders"], row["recency"]) == (3, (days[2] - days[0]).days)
    assert row["age"] == (date(9998, 12, 31) - days[0]).days
    assert row["gap_spread"] == pytest.approx(
        statistics.stdev([(b - a).days for a, b in pairwise(days[:3])]), rel=1e-9
    )


def test_gaps_that_are_all_alike_have_no_spread_be_they_days_or_instants(lazy):
    start = datetime(2020, 1, 1, 9, 41, 7, 123457)
    at = pa.array([start + n * timedelta(days=36, seconds=1) for n in range(60)])
    table = pa.table({"id": ["C-1"] * 60, "day": at, "eur": [1.0] * 60})
    for merge in ("day", None):
        (row,) = lazy.rows(summarize(lazy.make(table), **ASKED, merge=merge))
        assert row["gap_spread"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("merge", ["day", None])
def test_the_place_of_the_first_line_that_counts_is_told_where_places_are(lazy, merge):
    table = TABLE.append_column("at", pa.array([7, 6, 5, 9]))
    asked = Asked(date(2026, 1, 10), "week", None, merge, "net", None)
    found = summary_frame(lazy.make(table), NAMES, asked, place="at")
    assert {row["customer"]: row["at"] for row in lazy.rows(found)} == {"C-1": 7, "C-2": 6}


IDS = {
    "days": pa.array([date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 1), date(2020, 1, 1)]),
    "small integers": pa.array([7, 8, 7, 7], pa.int16()),
    "flags": pa.array([True, False, True, True]),
}


@pytest.mark.parametrize("sort", IDS)
def test_ids_keep_their_type(kind, sort):
    frame = kind.make(replaced("id", IDS[sort]))
    found = summarize(frame, **ASKED)
    types, given = (nw.from_native(one).collect_schema() for one in (found, frame))
    assert types["customer"] == given["id"]
    first = IDS[sort][0].as_py()
    assert {row["customer"]: row["orders"] for row in kind.rows(found)}[first] == 2


def test_the_index_of_a_pandas_frame_has_no_say():
    frame = TABLE.to_pandas().set_index(pd.Index([5, 5, 1, 1]))
    found = summarize(frame, **ASKED)
    assert found["customer"].tolist() == ["C-1", "C-2"]


@pytest.mark.parametrize("type_", [pa.int32(), pa.float32(), pa.decimal128(9, 2)])
def test_amounts_may_be_of_any_type_of_number(kind, type_):
    found = summarize(
        kind.make(replaced("eur", TABLE["eur"].combine_chunks().cast(type_))), **ASKED
    )
    assert {row["customer"]: row["revenue"] for row in kind.rows(found)} == {"C-1": 45, "C-2": 35}


# ------------------------------------------------------------------------ what only a run can tell


BAD_LINES = {
    "an amount that is null": ("eur", [20.0, 35.0, None, 30.0]),
    "an amount that is NaN": ("eur", [20.0, 35.0, math.nan, 30.0]),
    "an infinite amount": ("eur", [20.0, 35.0, math.inf, 30.0]),
    "an amount that is minus infinity": ("eur", [20.0, 35.0, -math.inf, 30.0]),
    "a time that is null": ("day", [date(2026, 1, 1), date(2026, 1, 8), None, date(2026, 1, 9)]),
    "an infinite cost": ("cost", [1.0, 2.0, math.inf, 1.0]),
    "an integer that would be rounded": ("cost", [1, 2, 2**53 + 1, 4]),
    "a day before the first": (
        "day",
        pa.array([20_000, 20_000, -800_000, 20_000], pa.int32()).cast(pa.date32()),
    ),
}


@pytest.mark.parametrize("refunds", ["net", "drop"])
@pytest.mark.parametrize("merge", ["day", None])
@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_customer_with_a_line_that_no_log_takes_is_there_with_nothing_known(
    lazy, bad, merge, refunds
):
    name, values = BAD_LINES[bad]
    columns = NAMES | {"unit_cost": "cost", "quantity": "cost"}
    asked = {**ASKED, "columns": columns, "merge": merge, "refunds": refunds, "period": "1 week"}
    table = replaced(name, values)
    found = {row["customer"]: row for row in lazy.rows(summarize(lazy.make(table), **asked))}
    assert {value for key, value in found["C-1"].items() if key != "customer"} == {None}
    assert found["C-2"]["orders"] == 1
    with pytest.raises(InvalidRowsError, match=r"row 2 \(customer 'C-1'\)"):
        summarize(pl.from_arrow(table), **asked)


def test_what_duckdb_calls_minus_infinity_is_no_day():
    days = "unnest([DATE '-infinity', DATE '2026-01-01', DATE 'infinity'])"
    found = CONNECTION.sql(f"SELECT unnest(['C-1', 'C-2', 'C-2']) AS id, {days} AS day, 1.0 AS eur")
    rows = {row["customer"]: row["orders"] for row in duckdb_rows(summarize(found, **ASKED))}
    assert rows == {"C-1": None, "C-2": 1}


@pytest.mark.parametrize("year", [1960, 2026])
def test_parts_of_a_microsecond_are_left_off_as_in_an_order_log(kind, year):
    last = np.datetime64(f"{year}-01-01T12:00:00.000000999", "ns")
    at = pa.array(np.array([last - np.timedelta64(1_000_000, "ns"), last]))
    table = pa.table({"id": ["C-1"] * 2, "day": at, "eur": [1.0, 2.0]})
    asked = {**ASKED, "merge": None, "unit": "day", "as_of": date(year, 1, 2)}
    (row,) = kind.rows(summarize(kind.make(table), **asked))
    end = datetime(year, 1, 3) - datetime(year, 1, 1, 11, 59, 59, 999000)
    assert row["age"] == pytest.approx(end / timedelta(days=1), rel=1e-15)
    assert row["recency"] == pytest.approx(1e-3 / 86_400, rel=1e-12)


def test_a_column_of_nothing_but_null_is_of_any_sort():
    frame = pl.from_arrow(TABLE).with_columns(cost=pl.lit(None))
    asked = {**ASKED, "columns": NAMES | {"margin": "cost"}}
    for rows in (summarize(frame, **asked), summarize(frame.lazy(), **asked).collect()):
        assert rows["margin"].to_list() == [None, None]
        assert rows.sort("customer")["revenue"].to_list() == [45.0, 35.0]


def test_lines_without_a_customer_are_a_row_of_their_own(lazy):
    table = replaced("id", ["C-1", "C-2", None, None])
    found = {row["customer"]: row for row in lazy.rows(summarize(lazy.make(table), **ASKED))}
    assert (found[None]["orders"], found[None]["revenue"], found["C-1"]["revenue"]) == (1, 25.0, 20)
    with pytest.raises(InvalidRowsError, match="'customer' must be given"):
        summarize(pl.from_arrow(table), **ASKED)


def test_a_negative_discount_is_a_line_that_no_log_takes(lazy):
    table = replaced("cost", [1.0, 2.0, -3.0, math.nan])
    asked = {**ASKED, "columns": NAMES | {"discount": "cost"}}
    found = {row["customer"]: row for row in lazy.rows(summarize(lazy.make(table), **asked))}
    assert (found["C-1"]["orders"], found["C-2"]["discount"]) == (None, 2.0)


# ------------------------------------------------------------------------------------ refusals


def test_no_day_is_no_question(kind):
    with pytest.raises(InvalidValueError, match="'as_of' must be a date, got None"):
        summarize(kind.make(TABLE), columns=NAMES)


def test_a_frame_needs_to_have_its_columns_named(kind):
    with pytest.raises(InvalidValueError, match="'columns' must be given for a data frame"):
        summarize(kind.make(TABLE), as_of=date(2026, 1, 29))
    with pytest.raises(InvalidValueError, match="'columns' must say which is 'amount'"):
        summarize(
            kind.make(TABLE),
            as_of=date(2026, 1, 1),
            columns={"customer": "id", "ordered_at": "day"},
        )


def test_an_order_log_has_columns_of_its_own():
    with pytest.raises(InvalidValueError, match="'columns' must be left out for an order log"):
        summarize(cdnow_orders(), columns=NAMES, as_of=date(2026, 1, 29))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"amount": "euro"}, "no column 'euro' in the data frame; did you mean 'eur'?"),
        ({"discuont": "cost"}, "no field 'discuont'; did you mean 'discount'?"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(kind, names, message):
    with pytest.raises(UnknownNameError, match=re.escape(message)):
        summarize(kind.make(TABLE), **ASKED | {"columns": NAMES | names})


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"amount": "note"}, "'amount' must be numbers, got .* for column 'note': it is text"),
        ({"ordered_at": "note"}, "'ordered_at' must be dates or datetimes, got .* 'note': it is"),
        ({"ordered_at": "cost"}, "'ordered_at' must be dates or datetimes, got .* column 'cost'"),
    ],
)
def test_columns_of_the_wrong_sort_are_refused_in_the_same_words(kind, names, message):
    frame = kind.make(TABLE)
    if isinstance(frame, pd.DataFrame):
        frame = frame.astype({"note": "string"})
    with pytest.raises(InvalidValueError, match=message):
        summarize(frame, **ASKED | {"columns": NAMES | names})


def zoned():
    at = [datetime(2026, 1, day, 23, 30, tzinfo=UTC) for day in (1, 8, 15, 20)]
    return replaced("day", pa.array(at, pa.timestamp("us", "UTC")))


def test_times_with_a_zone_need_the_zone_whose_days_count(kind):
    with pytest.raises(InvalidValueError, match=r"'zone' must be given for orders .*zone=\"UTC\""):
        summarize(kind.make(zoned()), **ASKED)
    with pytest.raises(InvalidValueError, match="must be a name of the IANA time zone database"):
        summarize(kind.make(zoned()), **ASKED, zone="Europe/Berln")


def test_times_without_a_zone_refuse_one(kind):
    with pytest.raises(InvalidValueError, match="'zone' must be left out for orders"):
        summarize(kind.make(TABLE), **ASKED, zone="UTC")


def test_what_is_no_frame_and_two_columns_of_one_name_are_refused():
    with pytest.raises(InvalidValueError, match=r"'frame' must be a data frame, got 'b"):
        summarize([1], **ASKED)
    twice = pd.DataFrame([["a", date(2026, 1, 1), 1.0, 2.0]], columns=["id", "day", "eur", "eur"])
    with pytest.raises(InvalidValueError, match="'frame' must have one column of each name"):
        summarize(twice, **ASKED)


def test_refunds_and_currencies_that_a_plan_cannot_know_of_are_refused(lazy):
    with pytest.raises(InvalidValueError, match="'refunds' must be 'net' or 'drop' for a lazy"):
        summarize(lazy.make(TABLE), **ASKED, refunds="error")
    with pytest.raises(InvalidValueError, match="'currency' must be left out for a lazy frame"):
        summarize(lazy.make(TABLE), **ASKED | {"columns": NAMES | {"currency": "note"}})
    with pytest.raises(InvalidRowsError, match="1 bad row in the order log"):
        summarize(pl.from_arrow(TABLE), **ASKED, refunds="error")


def test_a_frame_without_narwhals_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "narwhals.stable.v2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'relmkt\[frames\]'"):
        summarize(TABLE, **ASKED)
