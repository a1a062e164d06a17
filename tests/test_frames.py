"""Any eager frame in, the same columns out, and the same kind of frame back."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from relmkt.columns import Portfolio
from relmkt.datasets import cdnow_orders
from relmkt.domain import CustomerFacts, Significance, Status
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.orders import OrderLog
from relmkt.summaries import Summaries, summarize

NULLABLE = {
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(),
}
KINDS = {
    "pandas": lambda table: table.to_pandas(),
    "pandas nullable": lambda table: table.to_pandas(types_mapper=NULLABLE.get),
    "pandas arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "pyarrow": lambda table: table,
}
NAMES = {"customer": "who", "ordered_at": "when", "amount": "eur"}


@pytest.fixture(params=KINDS)
def kind(request):
    """Makes a frame of one kind from a PyArrow table."""
    return KINDS[request.param]


def table(**columns):
    given = {
        "who": pa.array(["a", "b", "a"]),
        "when": pa.array([datetime(2026, 3, d) for d in (1, 2, 3)], pa.timestamp("us")),
        "eur": pa.array([10.05, 2.0, -1.5]),
    }
    return pa.table({**given, **columns})


def log_from(frame, **names):
    return OrderLog.from_frame(frame, **NAMES, **names)


# ------------------------------------------------------------------------------------ reading


def test_a_frame_of_any_kind_gives_the_same_log(kind):
    log = log_from(kind(table()))
    assert log.ids.tolist() == ["a", "b", "a"]
    assert log.amount.tolist() == [10.05, 2.0, -1.5]
    assert log[1].ordered_at == datetime(2026, 3, 2)
    assert not log.in_utc("ordered_at")


def test_gaps_are_absent_in_every_sort_of_column(kind):
    frame = kind(
        table(
            cost=pa.array([1, None, 3], pa.int64()),
            rebate=pa.array([None, 0.5, None]),
            shop=pa.array(["web", None, ""]),
            nothing=pa.nulls(3),
        )
    )
    names = {"unit_cost": "cost", "discount": "rebate", "channel": "shop", "margin": "nothing"}
    log = log_from(frame, **names)
    np.testing.assert_array_equal(log.unit_cost, [1, np.nan, 3])
    np.testing.assert_array_equal(log.discount, [np.nan, 0.5, np.nan])
    assert log.channel.tolist() == ["web", None, ""]
    assert log.absent("margin").all()


@pytest.mark.parametrize("values", [[3, 1, 3], ["003", "3", "003"], ["2**70", "x", "y" * 99]])
def test_ids_are_kept_as_given(kind, values):
    log = log_from(kind(table(who=pa.array(values))))
    assert log.ids.tolist() == values
    assert {type(one) for one in log.ids.tolist()} == {type(values[0])}


def test_ids_of_several_sorts_in_one_pandas_column_are_kept_as_given():
    frame = table().to_pandas()
    frame["who"] = pd.Series([1, "1", 2.5], dtype=object)
    assert log_from(frame).ids.tolist() == [1, "1", 2.5]


@pytest.mark.parametrize("kind", ["pandas", "pandas arrow", "polars", "pyarrow"])
@pytest.mark.parametrize("index", [pa.int8(), pa.int32(), pa.uint16()])
def test_texts_that_a_frame_holds_by_number_are_read_as_texts(kind, index):
    words = pa.array(["b", "a"])
    if kind == "polars":
        index = pa.uint32()
    if kind == "pandas" and pa.types.is_unsigned_integer(index):
        index = pa.int16()  # PyArrow makes no categories of others
    halves = [
        pa.DictionaryArray.from_arrays(pa.array(codes, index), words)
        for codes in ([0, 1, None], [1, None])
    ]
    who = pa.chunked_array(halves)
    ids = pa.array(["x"] * 5).dictionary_encode()
    given = pa.table({"who": ids, "when": [datetime(2026, 3, 1)] * 5, "eur": [1.0] * 5, "is": who})
    log = log_from(KINDS[kind](given), product="is")
    assert log.product.tolist() == ["b", "a", None, "a", None]
    assert log.numbered("product").values == ["b", "a", None]
    assert log.ids.tolist() == ["x"] * 5


def test_categories_are_read_as_their_words():
    frame = table().to_pandas().astype({"who": "category"})
    assert log_from(frame).ids.tolist() == ["a", "b", "a"]
    frame = pl.from_arrow(table()).with_columns(pl.col("who").cast(pl.Enum(["a", "b"])))
    assert log_from(frame).ids.tolist() == ["a", "b", "a"]


def test_a_missing_id_is_refused_by_row(kind):
    for ids in (pa.array(["a", None, "b"]), pa.array([1, None, 2])):
        with pytest.raises(InvalidRowsError, match=r"'customer' must be given, got \w+ for row 1"):
            log_from(kind(table(who=ids)))


def test_a_missing_amount_or_time_is_refused_by_row(kind):
    with pytest.raises(InvalidRowsError, match="'amount' must be given, got nan for row 1"):
        log_from(kind(table(eur=pa.array([1.0, None, 2.0]))))
    when = pa.array([datetime(2026, 3, 1), None, datetime(2026, 3, 1)], pa.timestamp("us"))
    with pytest.raises(InvalidRowsError, match="'ordered_at' must be given, got None for row 1"):
        log_from(kind(table(when=when)))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_with_a_zone_are_kept_in_utc(kind, unit):
    moment = datetime(2026, 7, 1, 12, 30, 5, tzinfo=UTC)
    frame = kind(table(when=pa.array([moment] * 3, pa.timestamp(unit, "America/New_York"))))
    log = log_from(frame)
    assert log.in_utc("ordered_at")
    assert log[0].ordered_at == moment


def test_times_are_cut_to_the_microsecond(kind):
    nanoseconds = pa.array([-1, 0, 1_999], pa.int64()).cast(pa.timestamp("ns"))
    log = log_from(kind(table(when=nanoseconds)))
    assert [one.ordered_at.microsecond for one in log] == [999_999, 0, 1]


def test_dates_are_the_midnights_that_begin_them(kind):
    log = log_from(kind(table(when=pa.array([date(2026, 3, d) for d in (1, 2, 3)]))))
    assert log[2].ordered_at == datetime(2026, 3, 3)
    assert not log.in_utc("ordered_at")


def test_python_objects_in_a_pandas_column_are_read_one_by_one():
    frame = table().to_pandas()
    frame["when"] = pd.Series([date(2026, 3, 1)] * 3, dtype=object)
    frame["eur"] = pd.Series([Decimal("10.05"), 2, 1.5], dtype=object)
    frame["cost"] = pd.Series([Decimal(1), None, np.nan], dtype=object)
    log = log_from(frame, unit_cost="cost")
    assert log.amount.tolist() == [10.05, 2.0, 1.5]
    assert log.absent("unit_cost").tolist() == [False, True, True]
    assert log[0].ordered_at == datetime(2026, 3, 1)


def test_decimals_are_the_nearest_floats(kind):
    amounts = pa.array([Decimal("10.05"), Decimal("2.00"), Decimal("-1.50")], pa.decimal128(9, 2))
    assert log_from(kind(table(eur=amounts))).amount.tolist() == [10.05, 2.0, -1.5]


def test_an_integer_that_would_be_rounded_is_refused_also_beside_a_gap(kind):
    if kind is KINDS["pandas"]:
        pytest.skip("here pandas has rounded it before we can see it")
    costs = pa.array([2**53 + 1, None, 1], pa.int64())
    with pytest.raises(InvalidRowsError, match=r"'unit_cost' must be at most 2\*\*53 in size"):
        log_from(kind(table(cost=costs)), unit_cost="cost")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            {"eur": pa.array(["10,05", "2", "3"])},
            "'amount' must be numbers, got 'String' for column 'eur': it is text",
        ),
        (
            {"eur": pa.array([True, False, True])},
            "'amount' must be numbers, got 'Boolean' for column 'eur'",
        ),
        (
            {"when": pa.array(["1.3.2026"] * 3)},
            "'ordered_at' must be dates or datetimes, got 'String' for column 'when': it is text",
        ),
        (
            {"when": pa.array([20260301] * 3)},
            "'ordered_at' must be dates or datetimes, got 'Int64' for column 'when'",
        ),
    ],
)
def test_columns_of_the_wrong_sort_are_refused_with_what_to_do(kind, column, message):
    with pytest.raises(InvalidValueError, match=message):
        log_from(kind(table(**column)))


def test_texts_are_not_made_of_numbers(kind):
    with pytest.raises(
        InvalidValueError, match="'channel' must be text, got 'Int64' for column 'n'"
    ):
        log_from(kind(table(n=pa.array([1, 2, 3]))), channel="n")


def test_an_unknown_column_is_answered_with_the_nearest(kind):
    with pytest.raises(
        UnknownNameError, match="no column 'eurs' in the data frame; did you mean 'eur'"
    ):
        OrderLog.from_frame(kind(table()), customer="who", ordered_at="when", amount="eurs")
    with pytest.raises(UnknownNameError, match="no field 'chanel'; did you mean 'channel'"):
        log_from(kind(table()), chanel="who")


def test_the_callers_frame_is_not_changed_and_does_not_reach_into_the_log():
    frame = table().to_pandas()
    before = frame.copy(deep=True)
    log = log_from(frame)
    summarize(log, as_of=date(2026, 3, 31))
    pd.testing.assert_frame_equal(frame, before)
    frame.loc[0, "eur"] = 99.0
    assert log.amount[0] == 10.05


def test_a_lazy_frame_is_refused_with_what_to_do():
    with pytest.raises(
        InvalidValueError, match=r"'frame' must be in memory, got 'polars.LazyFrame': .*collect"
    ):
        log_from(pl.from_arrow(table()).lazy())


@pytest.mark.parametrize("thing", [[1, 2], {"who": ["a"]}, np.ones(3), pl.Series([1])])
def test_what_is_no_frame_is_refused(thing):
    with pytest.raises(InvalidValueError, match="'frame' must be a data frame"):
        log_from(thing)


def test_two_columns_of_one_name_are_refused():
    frame = pd.DataFrame([["a", "b"]], columns=["who", "who"])
    with pytest.raises(InvalidValueError, match="'frame' must have one column of each name"):
        log_from(frame)


def test_an_empty_frame_gives_an_empty_log(kind):
    assert len(log_from(kind(table().slice(0, 0)))) == 0


def test_an_empty_column_of_a_dictionary_gives_an_empty_log():
    words = pa.chunked_array([], pa.dictionary(pa.int32(), pa.string()))
    days = pa.chunked_array([], pa.timestamp("us"))
    frame = pa.table(
        {"customer": words, "ordered_at": days, "amount": pa.chunked_array([], pa.float64())}
    )
    named = {name: name for name in frame.column_names}
    assert len(OrderLog.from_frame(frame, **named)) == 0


def test_without_narwhals_the_error_names_the_extra():
    program = (
        "import sys; sys.modules['narwhals'] = None\n"
        "from relmkt.orders import OrderLog\n"
        "from relmkt.errors import MissingExtraError\n"
        "try:\n"
        "    OrderLog.from_frame({}, customer='a', ordered_at='b', amount='c')\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install 'relmkt[frames]'" in told.stdout


# ------------------------------------------------------------------------------------ writing


def portfolio():
    return Portfolio.of(
        [
            CustomerFacts(
                customer="C-1",
                status=Status.ACTIVE,
                attrition_risk=0.25,
                significance={Significance.HIGH_VOLUME},
            ),
            CustomerFacts(customer="C-2"),
        ]
    )


def test_what_is_written_to_a_frame_is_read_back_from_it(kind):
    found = portfolio()
    frame = found.to_frame(like=kind(table()))
    assert Portfolio.from_frame(frame, **{name: name for name in found.names}) == found


def test_orders_in_utc_are_read_back_from_their_frame(kind):
    log = OrderLog(
        customer=[3, 2**60],
        ordered_at=[datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(1950, 1, 1, tzinfo=UTC)],
        amount=[1.5, -2.0],
        channel=["web", None],
        product=[None, None],
        unit_cost=[None, 2.5],
    )
    frame = log.to_frame(like=kind(table()))
    assert OrderLog.from_frame(frame, **{name: name for name in log.names}) == log


def test_summaries_are_read_back_from_their_frame(kind):
    found = summarize(cdnow_orders()[:40], as_of=date(1997, 9, 30), period="1 month")
    frame = found.to_frame(like=kind(table()))
    details = {name: getattr(found, name) for name in found.details}
    assert Summaries.from_frame(frame, **{name: name for name in found.names}, **details) == found


def test_the_frame_is_of_the_same_kind_as_the_one_shown(kind):
    like = kind(table())
    assert type(portfolio().to_frame(like=like)) is type(like)


def test_a_frame_has_words_for_codes_and_null_for_what_is_absent():
    frame = portfolio().to_frame(like=pl.DataFrame())
    assert frame["status"].to_list() == ["active", None]
    assert frame["significance_high_volume"].to_list() == [True, None]
    assert frame["attrition_risk"].to_list() == [0.25, None]
    frame = portfolio().to_frame(like=pd.DataFrame())
    assert frame["status"].isna().tolist() == [False, True]
    assert frame["significance_high_volume"].tolist() == [True, None]


def test_a_frame_has_integers_for_counts_and_days_for_days():
    found = summarize(cdnow_orders()[:9], as_of=date(1997, 9, 30))
    frame = found.to_frame(like=pl.DataFrame())
    assert (frame["orders"].dtype, frame["first_order"].dtype) == (pl.Int64, pl.Date)
    assert found.to_frame(like=pd.DataFrame())["orders"].dtype == np.int64
    gaps = Summaries(customer=[1, 2], orders=[2, None]).to_frame(like=pa.table({"a": [1]}))
    assert gaps["orders"].to_pylist() == [2, None]
    assert gaps["orders"].type == pa.int64()


def test_a_time_of_day_is_no_day():
    when = [datetime(2026, 3, 1), datetime(2026, 3, 1, 12)]
    frame = pd.DataFrame({"id": [1, 2], "first": when})
    with pytest.raises(
        InvalidValueError, match=r"'first_order' must be dates.*some have a time of day"
    ):
        Summaries.from_frame(frame, customer="id", first_order="first")
    with pytest.raises(InvalidValueError, match="'first_order' must be dates, got 'String'"):
        Summaries.from_frame(frame.astype({"first": str}), customer="id", first_order="first")


def test_days_are_read_from_dates_in_a_frame_of_any_kind(kind):
    days = [date(2026, 3, 1), None]
    frame = kind(pa.table({"id": [1, 2], "first": pa.array(days, pa.date32())}))
    found = Summaries.from_frame(frame, customer="id", first_order="first")
    assert [one.first_order for one in found] == days


def test_ids_of_several_sorts_are_refused_where_a_frame_can_hold_only_one():
    log = OrderLog(customer=[1, "1"], ordered_at=[date(2026, 3, 1)] * 2, amount=[1, 2])
    assert log.to_frame(like=pd.DataFrame())["customer"].tolist() == [1, "1"]
    with pytest.raises(InvalidValueError, match="'customer' must be of one sort"):
        log.to_frame(like=pa.table({"a": [1]}))


def test_a_lazy_frame_is_no_model_for_another():
    with pytest.raises(InvalidValueError, match="'frame' must be in memory"):
        portfolio().to_frame(like=pl.LazyFrame())
