"""What comes again, against a walk through the months by hand."""

from __future__ import annotations

import calendar
import itertools
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.calendars import Recurrence, Span
from relmkt.errors import InvalidValueError

anchors = st.dates(date(2019, 12, 25), date(2021, 3, 5))
spans = st.builds(Span, st.integers(1, 30), st.sampled_from(["day", "week", "month", "year"]))


def by_hand(span: Span, start: date, n: int) -> date:
    count = span.count * n
    if span.unit in ("day", "week"):
        return start + timedelta(count * (7 if span.unit == "week" else 1))
    months = start.year * 12 + start.month - 1 + count * (12 if span.unit == "year" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


@given(spans, anchors, st.integers(0, 40))
def test_an_occurrence_lies_where_counting_by_hand_puts_it(span, start, n):
    assert Recurrence(span).occurrence(start, n) == by_hand(span, start, n)


@given(spans, anchors, st.integers(-40, 1500))
def test_the_first_on_or_after_a_day_is_the_one_that_a_walk_meets(span, start, ahead):
    day = start + timedelta(ahead)
    met = (by_hand(span, start, n) for n in itertools.count())
    assert Recurrence(span).first_after(start, day) == next(one for one in met if one >= day)


@given(spans, st.lists(st.tuples(anchors, st.integers(-40, 900), st.integers(0, 9)), max_size=9))
def test_arrays_are_answered_as_their_days_are(span, rows):
    recurrence = Recurrence(span)
    starts = np.array([start for start, _, _ in rows] + [None], dtype="datetime64[D]")
    numbers = np.array([n for _, _, n in rows] + [0])
    days = np.array([start + timedelta(gap) for start, gap, _ in rows] + [None], "datetime64[D]")
    assert recurrence.occurrence(starts, numbers).tolist() == [
        *(recurrence.occurrence(start, n) for start, _, n in rows),
        None,
    ]
    assert recurrence.occurrence(starts, 2).tolist() == [
        *(recurrence.occurrence(start, 2) for start, _, _ in rows),
        None,
    ]
    assert recurrence.first_after(starts, days).tolist() == [
        *(recurrence.first_after(start, start + timedelta(gap)) for start, gap, _ in rows),
        None,
    ]
    assert recurrence.first_after(starts, date(2020, 2, 29)).tolist() == [
        *(recurrence.first_after(start, date(2020, 2, 29)) for start, _, _ in rows),
        None,
    ]


def test_the_end_of_the_month_does_not_drift():
    monthly = Recurrence("1 month")
    assert [monthly.occurrence(date(2024, 1, 31), n).day for n in range(6)] == [
        31, 29, 31, 30, 31, 30,
    ]  # fmt: skip
    yearly = Recurrence("1 year")
    assert yearly.occurrence(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert yearly.occurrence(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert str(monthly) == "every 1 month"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda _: Recurrence("monthly"), "'span' must be"),
        (lambda r: r.occurrence(date(2026, 1, 1), -1), "'n' must be at least 0, got -1"),
        (lambda r: r.occurrence(date(2026, 1, 1), 0.5), "'n' must be a whole number"),
        (lambda r: r.occurrence(date(2026, 1, 1), np.array([1])), "'n' must be one whole number"),
        (lambda r: r.occurrence(datetime(2026, 1, 1), 1), "'start' must be a date"),
        (lambda r: r.occurrence(date(9999, 12, 31), 1), "before the year 10000"),
        (lambda r: r.first_after(date(9999, 12, 30), date(9999, 12, 31)), "before the year 10000"),
        (lambda r: r.first_after(np.array([1]), date(2026, 1, 1)), "'start' must be an array"),
        (lambda r: r.first_after(np.array(["2026-01-01"], "M8[D]"), "today"), "'day' must be"),
        (
            lambda r: r.occurrence(np.array(["2026-01-01"], "M8[D]"), np.array([1, 2])),
            "'start' must have the shape",
        ),
    ],
)
def test_what_cannot_come_again_is_refused(asked, told):
    with pytest.raises(InvalidValueError, match=told):
        asked(Recurrence("1 month"))
