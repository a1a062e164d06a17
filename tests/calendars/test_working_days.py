"""Working days, against a walk through the calendar day by day."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.calendars import WorkingCalendar
from relmkt.errors import InvalidValueError, UnknownNameError

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ONE = timedelta(1)
some_days = st.dates(date(2023, 12, 1), date(2024, 3, 31))
calendars = st.builds(
    WorkingCalendar,
    weekdays=st.sets(st.sampled_from(WEEK), min_size=1),
    holidays=st.lists(some_days, max_size=12),
)
rolls = st.sampled_from(["forward", "backward"])


def worked(calendar: WorkingCalendar, day: date) -> bool:
    return WEEK[day.weekday()] in calendar.weekdays and day not in calendar.holidays


def walk(calendar: WorkingCalendar, day: date, n: int, roll: str) -> date:
    while not worked(calendar, day):
        day += ONE if roll == "forward" else -ONE
    while n:
        day += ONE if n > 0 else -ONE
        if worked(calendar, day):
            n += -1 if n > 0 else 1
    return day


@given(calendars, some_days, st.integers(-25, 25), rolls)
def test_one_day_is_counted_as_by_walking(calendar, day, n, roll):
    assert calendar.is_working(day) is worked(calendar, day)
    assert calendar.next_working_day(day, roll=roll) == walk(calendar, day, 0, roll)
    assert calendar.add_working_days(day, n, roll=roll) == walk(calendar, day, n, roll)


@given(calendars, st.lists(some_days, max_size=8), st.integers(-9, 9), rolls)
def test_an_array_is_counted_as_its_days_are(calendar, days, n, roll):
    column = np.array([*days, None], dtype="datetime64[D]")
    assert calendar.is_working(column).tolist() == [*map(calendar.is_working, days), False]
    found = calendar.next_working_day(column, roll=roll).tolist()
    assert found == [*(calendar.next_working_day(day, roll=roll) for day in days), None]
    counts = np.arange(len(column)) + n
    found = calendar.add_working_days(column, counts, roll=roll).tolist()
    assert found[:-1] == [
        calendar.add_working_days(day, n + i, roll=roll) for i, day in enumerate(days)
    ]
    assert found[-1] is None


@given(calendars, some_days)
def test_the_next_working_day_is_the_day_itself_where_it_is_worked(calendar, day):
    found = calendar.next_working_day(day)
    assert calendar.is_working(found)
    assert found >= day
    assert (found == day) is calendar.is_working(day)
    assert calendar.next_working_day(found) == found


def test_the_order_in_which_a_calendar_is_told_does_not_matter():
    one = WorkingCalendar(weekdays=["fri", "mon"], holidays=[date(2026, 5, 1), date(2026, 1, 1)])
    other = WorkingCalendar(
        weekdays=("mon", "fri", "mon"),
        holidays=[date(2026, 1, 1), date(2026, 5, 1), date(2026, 1, 1)],
    )
    assert one == other
    assert hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == other  # noqa: S301
    assert WorkingCalendar(weekdays="sun").weekdays == ("sun",)


def test_office_hours_follow_the_clock_of_the_office():
    office = WorkingCalendar(opens=time(8, 30), closes=time(17))
    winter = office.office_hours(date(2026, 1, 5), "Europe/Berlin")
    assert winter == (
        datetime(2026, 1, 5, 7, 30, tzinfo=UTC),
        datetime(2026, 1, 5, 16, tzinfo=UTC),
    )
    assert all(instant.tzinfo is UTC for instant in winter)
    assert office.office_hours(date(2026, 7, 6), "Europe/Berlin")[0].hour == 6
    assert office.office_hours(date(2026, 7, 5), "Europe/Berlin") is None


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"weekdays": []}, InvalidValueError, "'weekdays' must name at least one day"),
        ({"weekdays": ["Monday"]}, UnknownNameError, "no weekday 'Monday'"),
        ({"holidays": [datetime(2026, 1, 1)]}, InvalidValueError, "'holidays' must be a date"),
        ({"holidays": ["2026-01-01"]}, InvalidValueError, "'holidays' must be a date"),
        ({"opens": "09:00"}, InvalidValueError, "'opens' must be a time of day"),
        ({"closes": time(17, tzinfo=UTC)}, InvalidValueError, "'closes' must be a time of day"),
        ({"opens": time(17), "closes": time(9)}, InvalidValueError, "'closes' must be after"),
        ({"opens": time(9), "closes": time(9)}, InvalidValueError, "'closes' must be after"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(given, error, told):
    with pytest.raises(error, match=told):
        WorkingCalendar(**given)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda c: c.is_working("2026-01-01"), "'day' must be a date"),
        (lambda c: c.is_working(datetime(2026, 1, 1)), "local_days"),
        (lambda c: c.is_working(np.datetime64("2026-01-01")), "local_days"),
        (lambda c: c.is_working(np.array(["2026-01-01"], "datetime64[us]")), "local_days"),
        (lambda c: c.is_working(np.array([1])), r"datetime64\[D\], got dtype\('int64'\)"),
        (lambda c: c.add_working_days(date(2026, 1, 1), 1.5), "'n' must be a whole number"),
        (lambda c: c.add_working_days(date(2026, 1, 1), True), "'n' must be a whole number"),
        (lambda c: c.add_working_days(date(2026, 1, 1), np.array([1])), "'n' must be one whole"),
        (lambda c: c.add_working_days(date.max, 1), "the years 1 to 9999"),
        (lambda c: c.add_working_days(date.min, -1), "the years 1 to 9999"),
        (lambda c: c.office_hours(date(2026, 1, 1), "Here"), "'zone' must be"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(asked, told):
    with pytest.raises(InvalidValueError, match=told):
        asked(WorkingCalendar())


def test_a_way_to_roll_that_is_none_is_refused():
    with pytest.raises(UnknownNameError, match="no way to roll 'nearest'"):
        WorkingCalendar().next_working_day(date(2026, 1, 1), roll="nearest")
