"""Days since a dealer got a new product: against plain loops, and what is not known to be new."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import SalesLog, days_since_launch
from relmkt.errors import InvalidValueError

FIRST = date(2025, 1, 1)
AS_OF = FIRST + timedelta(days=40)

lines = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.integers(0, 50),
        st.sampled_from(["sell_in", "sell_out"]),
        st.sampled_from(["lamp", "lantern", "candle", None]),
        st.sampled_from([3, -1, None]),
    ),
    max_size=12,
)


def log_of(rows):
    return SalesLog(
        dealer=[row[0] for row in rows],
        sold_at=[FIRST + timedelta(days=row[1]) for row in rows],
        flow=[row[2] for row in rows],
        product=[row[3] for row in rows],
        quantity=[row[4] for row in rows],
    )


def by_hand(rows, dealer, unknown_days):
    start = min(row[1] for row in rows) if rows else 0
    first: dict[str, int] = {}
    for name, day, flow, product, quantity in rows:
        is_in = flow == "sell_in" and (quantity is None or quantity > 0)
        if name == dealer and is_in and product is not None and day <= 40:
            first[product] = min(first.get(product, day), day)
    new = [day for day in first.values() if day > start + unknown_days]
    return 40 - max(new) if new else math.nan


@given(lines, st.sampled_from([0, 5, 90]))
@settings(max_examples=80)
def test_it_is_what_loops_tell(rows, unknown_days):
    found = days_since_launch(log_of(rows), ["A", "B"], as_of=AS_OF, unknown_days=unknown_days)
    expected = [by_hand(rows, dealer, unknown_days) for dealer in "AB"]
    np.testing.assert_array_equal(found, expected)


def test_what_is_first_seen_when_the_log_begins_is_not_known_to_be_new():
    rows = [("A", 0, "sell_in", "lamp", 1), ("A", 30, "sell_in", "lantern", 1)]
    assert days_since_launch(log_of(rows), ["A"], as_of=AS_OF, unknown_days=29).tolist() == [10]
    assert np.isnan(days_since_launch(log_of(rows), ["A"], as_of=AS_OF)).all()


def test_a_part_of_the_sales_may_begin_later_than_all_of_them():
    rows = [("A", 0, "sell_in", "lamp", 1), ("A", 9, "sell_in", "lantern", 1)]
    found = days_since_launch(
        log_of(rows), ["A"], as_of=AS_OF, since=FIRST - timedelta(days=90), unknown_days=89
    )
    assert found.tolist() == [31]


def test_days_below_zero_are_refused():
    with pytest.raises(InvalidValueError, match="'unknown_days' must be at least 0"):
        days_since_launch(log_of([]), ["A"], as_of=AS_OF, unknown_days=-1)
