"""The order log: three ways in, one log; and what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.domain import Order
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.orders import OrderLog

DAY = date(2026, 3, 1)

finite = st.floats(-1e12, 1e12)
absent_or = st.one_of(st.none(), finite)


@st.composite
def orders(draw):
    zone = draw(st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30))]))
    moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(zone))
    one = st.builds(
        Order,
        customer=draw(st.sampled_from([st.integers(-9, 9), st.text(min_size=1, max_size=4)])),
        ordered_at=moments,
        amount=finite,
        unit_cost=absent_or,
        quantity=absent_or,
        margin=absent_or,
        discount=st.one_of(st.none(), st.floats(0, 1e6)),
        channel=st.one_of(st.none(), st.sampled_from(["web", "shop"])),
        product=st.one_of(st.none(), st.text(max_size=3)),
        currency=st.just(draw(st.sampled_from([None, "EUR"]))),
    )
    return draw(st.lists(one, min_size=1, max_size=6))


def log_of(**columns):
    return OrderLog(
        **{"customer": ["a", "b"], "ordered_at": [DAY] * 2, "amount": [1, 2], **columns}
    )


@given(orders())
def test_records_gathered_are_the_log_and_read_back_are_the_records(records):
    log = OrderLog.of(records)
    assert list(log) == records
    assert log.in_utc("ordered_at") == (records[0].ordered_at.tzinfo is not None)


@given(orders())
def test_mappings_with_gaps_left_out_are_the_same_log(records):
    names = [name for name in Order.__annotations__ if name != "record_type"]
    given_ = [{name: getattr(record, name) for name in names} for record in records]
    without_gaps = [{k: v for k, v in one.items() if v is not None} for one in given_]
    assert OrderLog.from_mappings(without_gaps) == OrderLog.of(records)


def test_equal_rows_are_kept():
    log = OrderLog.from_mappings([{"customer": 1, "ordered_at": DAY, "amount": 10.05}] * 2)
    assert log.amount.tolist() == [10.05, 10.05]


def test_arrays_that_nobody_can_write_to_are_shared_and_others_are_copied():
    amounts, when = np.array([1.0, 2.0]), np.array(["2026-03-01"] * 2, "datetime64[us]")
    when.flags.writeable = False
    log = log_of(amount=amounts, ordered_at=when)
    amounts[0] = 99.0
    assert log.amount[0] == 1.0
    assert np.shares_memory(log.ordered_at, when)
    with pytest.raises(ValueError, match="read-only"):
        log.amount[0] = 5.0


def test_instants_are_cut_to_the_microsecond_also_before_1970():
    times = np.array(["1969-12-31T23:59:59.999999999", "2026-03-01T00:00:00.000000001"], "M8[ns]")
    log = log_of(ordered_at=times)
    assert log[0].ordered_at == datetime(1969, 12, 31, 23, 59, 59, 999999)
    assert log[1].ordered_at == datetime(2026, 3, 1)


def test_replacing_a_column_keeps_instants_in_utc():
    log = log_of(ordered_at=[datetime(2026, 3, 1, tzinfo=UTC)] * 2)
    assert log.replace(amount=[3, 4]).in_utc("ordered_at")
    assert not log.replace(ordered_at=[DAY] * 2).in_utc("ordered_at")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"amount": [1.0, np.inf]}, "'amount' must be finite, got inf for row 1 .customer 'b'."),
        ({"amount": [1.0, np.nan]}, "'amount' must be given, got nan for row 1 .customer 'b'."),
        ({"amount": [None, 1.0]}, "'amount' must be given, got nan for row 0 .customer 'a'."),
        ({"ordered_at": [DAY, None]}, "'ordered_at' must be given, got None for row 1"),
        ({"customer": ["a", None]}, "'customer' must be given, got None for row 1"),
        ({"customer": ["", "b"]}, "'customer' must be given, got '' for row 0"),
        ({"customer": np.array([1.0, np.nan])}, "'customer' must be given, got nan for row 1"),
        ({"customer": [float("nan"), "b"]}, "'customer' must be given, got nan for row 0"),
        (
            {"customer": np.array(["NaT", "2026-01-01"], "M8[D]")},
            "'customer' must be given, got None for row 0",
        ),
        (
            {"amount": [1, "10.05"]},
            "'amount' must be a number, got '10.05' for row 1 .customer 'b'.",
        ),
        (
            {"ordered_at": [DAY, "2026-03-02"]},
            "'ordered_at' must be a date or a datetime, got '2026-03-02' for row 1",
        ),
        ({"discount": [0, -1]}, "'discount' must be at least 0, got -1.0 for row 1"),
        (
            {"ordered_at": np.array(["2026-03-01", "10000-01-01"], "M8[us]")},
            "'ordered_at' must lie in the years 1 to 9999, got '10000-01-01T00:00:00.000000'",
        ),
        (
            {"currency": ["EUR", "USD"]},
            r"must be 'EUR' as in row 0, got 'USD' for row 1 .customer 'b'.\namounts are added up",
        ),
        ({"currency": [None, "USD"]}, "'currency' must be 'USD' as in row 1, got None for row 0"),
        ({"currency": np.array(["EUR", "usd"])}, "'currency' must be 'EUR' as in row 0, got 'usd'"),
    ],
)
def test_bad_rows_are_refused_by_name(columns, message):
    with pytest.raises(InvalidRowsError, match=message):
        log_of(**columns)


@pytest.mark.parametrize("missing", ["ordered_at", "amount"])
def test_a_log_without_a_column_that_orders_need_is_refused(missing):
    with pytest.raises(InvalidValueError, match=f"'{missing}' must be given"):
        log_of(**{missing: None})
    order = {"customer": 1, "ordered_at": DAY, "amount": 1.0}
    del order[missing]
    with pytest.raises(InvalidRowsError, match=f"'{missing}' must be given"):
        OrderLog.from_mappings([order])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"ordered_at": [DAY]}, "'ordered_at' must have 2 values, one for each id"),
        (
            {"ordered_at": [datetime(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)]},
            "'ordered_at' must have a zone throughout or nowhere",
        ),
    ],
)
def test_columns_of_the_wrong_sort_are_refused(columns, message):
    with pytest.raises(InvalidValueError, match=message):
        log_of(**columns)


def test_an_unknown_key_of_a_mapping_is_named_with_its_row():
    with pytest.raises(UnknownNameError, match=r"no field 'amont' in row 1; did you mean 'amount'"):
        OrderLog.from_mappings(
            [{"customer": 1, "ordered_at": DAY, "amount": 1.0}, {"customer": 1, "amont": 2.0}]
        )


def test_logs_in_two_currencies_cannot_be_joined():
    euros, dollars = log_of(currency=["EUR"] * 2), log_of(currency=["USD"] * 2)
    assert OrderLog.concatenated([euros, euros]).one_currency == "EUR"
    with pytest.raises(InvalidRowsError, match="2 bad rows in column 'currency'"):
        OrderLog.concatenated([euros, dollars])
    with pytest.raises(InvalidRowsError, match="got None for row 2"):
        OrderLog.concatenated([euros, log_of()])


def test_a_log_that_does_not_say_its_currency_has_none():
    assert log_of().one_currency is None
    assert log_of(currency=[None, None]).one_currency is None
    assert log_of(currency=np.array(["EUR", "EUR"])).one_currency == "EUR"


@pytest.mark.parametrize("word", ["\0", "EUR\0", ""])
def test_any_text_can_be_the_one_currency(word):
    assert log_of(currency=[word, word]).one_currency == word
    with pytest.raises(InvalidRowsError, match="1 bad row in column 'currency'"):
        log_of(currency=[word, word + "\0"])


def test_a_log_may_be_empty():
    assert len(OrderLog(customer=[], ordered_at=[], amount=[])) == 0
    assert len(OrderLog.from_mappings([])) == 0
    assert OrderLog(customer=[], ordered_at=[], amount=[], currency=[]).one_currency is None


def test_the_last_day_is_that_of_the_latest_order_in_the_zone_that_counts():
    log = OrderLog(
        customer=[1, 2],
        ordered_at=[datetime(2026, 3, 1, 23, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)],
        amount=[1, 1],
    )
    assert log.last_day("UTC") == date(2026, 3, 1)
    assert log.last_day("Europe/Berlin") == date(2026, 3, 2)
    assert log.first_day("UTC") == min(log.days("UTC").tolist())
    assert log.first_day("Europe/Berlin") == min(log.days("Europe/Berlin").tolist())
    with pytest.raises(InvalidValueError, match="'zone' must be given for orders"):
        log.last_day()


def test_the_last_day_of_local_times_is_read_as_it_stands():
    log = OrderLog(customer=[1], ordered_at=[datetime(2026, 3, 1, 23, 30)], amount=[1])
    assert log.last_day() == date(2026, 3, 1)
    with pytest.raises(InvalidValueError, match="'zone' must be left out"):
        log.last_day("UTC")


def test_an_empty_log_has_no_last_day():
    log = OrderLog(customer=[], ordered_at=[], amount=[])
    with pytest.raises(InvalidValueError, match="'log' must hold orders"):
        log.last_day()
