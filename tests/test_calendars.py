"""Spans and rates by the calendar: no month has 30 days, and none has 4.345 weeks."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from relmkt.calendars import (
    Rate,
    Span,
    days_per,
    discount_steps,
    elapsed,
    steps,
    time_zone,
    utc_instants,
)
from relmkt.errors import InvalidValueError, UnknownNameError

UNITS = ["day", "week", "month", "year"]
days = st.dates(date(1600, 1, 1), date(2400, 12, 31))
units = st.sampled_from(UNITS)
spans = st.builds(Span, st.integers(1, 120), units)


@given(spans)
def test_a_span_is_read_back_from_its_words(span):
    assert Span.parse(str(span)) == span
    assert Span.parse(span) is span
    assert Span.parse(f"  {span.count}{span.unit.upper()}S ") == span


@given(days, spans)
def test_a_span_ends_as_many_units_later_as_it_counts(start, span):
    assert elapsed(start, span.end(start), span.unit) == span.count
    assert span.days(start) == (span.end(start) - start).days > 0


@given(days, spans, st.integers(0, 5))
def test_several_spans_are_one_of_as_many_units(start, span, times):
    if times:
        assert span.end(start, times) == Span(span.count * times, span.unit).end(start)
    else:
        assert span.end(start, times) == start


@given(days, st.integers(1, 120))
def test_months_keep_the_day_or_end_with_the_month(start, count):
    end = Span(count, "month").end(start)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == count
    assert end.day == start.day or (end.day < start.day and (end + timedelta(1)).day == 1)


@given(days, st.integers(1, 100))
def test_a_year_is_twelve_months_and_a_week_seven_days(start, count):
    assert Span(count, "year").end(start) == Span(12 * count, "month").end(start)
    assert Span(count, "week").end(start) == start + timedelta(7 * count)


@given(days, days, days, units)
def test_elapsed_time_grows_day_by_day(a, b, c, unit):
    a, b, c = sorted((a, b, c))
    assert 0 <= elapsed(a, b, unit) <= elapsed(a, c, unit)
    assert elapsed(a, a, unit) == 0
    if b < c:
        assert elapsed(a, b, unit) < elapsed(a, c, unit)


@given(days, days)
def test_days_and_weeks_differ_by_seven(a, b):
    a, b = sorted((a, b))
    assert elapsed(a, b, "day") == (b - a).days
    assert elapsed(a, b, "week") == (b - a).days / days_per("week")


@pytest.mark.parametrize(
    ("start", "end", "unit", "count"),
    [
        (date(2024, 1, 31), date(2024, 2, 29), "month", 1),
        (date(2023, 1, 31), date(2023, 2, 27), "month", 27 / 28),
        (date(2024, 2, 29), date(2025, 2, 28), "year", 1),
        (date(2024, 2, 29), date(2028, 2, 29), "year", 4),
        (date(2023, 1, 1), date(2024, 7, 1), "year", 1 + 182 / 366),
        (date(2024, 1, 1), date(2024, 1, 16), "month", 15 / 31),
    ],
)
def test_elapsed_by_hand(start, end, unit, count):
    assert elapsed(start, end, unit) == pytest.approx(count, rel=1e-15)


def test_time_does_not_run_backward():
    with pytest.raises(InvalidValueError, match=r"'end' must not be before 'start' \(2024-01-02\)"):
        elapsed(date(2024, 1, 2), date(2024, 1, 1), "day")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Span(0, "day"), "'count' must be a whole number of at least 1, got 0"),
        (lambda: Span(1.5, "day"), "'count' must be a whole number of at least 1, got 1.5"),
        (lambda: Span(True, "day"), "'count' must be a whole number of at least 1, got True"),
        (lambda: Span.parse("a year"), "'span' must be a whole number and a unit, got 'a year'"),
        (lambda: Span.parse("1.5 years"), "write for example '12 months'"),
        (lambda: Span.parse("0 days"), "'count' must be a whole number of at least 1"),
        (lambda: Span(9_000, "year").end(date(2024, 1, 1)), "for a start on 2024-01-01"),
        (
            lambda: Span(10**12, "day").end(date(2024, 1, 1)),
            "'span' must end before the year 10000",
        ),
        (lambda: Rate(-1.0), "'value' must be a finite share above -1, got -1.0"),
        (lambda: Rate(math.inf), "'value' must be a finite share above -1, got inf"),
        (lambda: Rate(math.nan), "'value' must be a finite share above -1, got nan"),
        (lambda: Rate.parse("ten"), "'rate' must be a share and a unit, got 'ten': write for"),
        (lambda: Rate.parse("1.2.3 per year"), "write for example '10% per year'"),
        (lambda: Rate.parse("-200% per year"), "'value' must be a finite share above -1, got -2.0"),
    ],
)
def test_what_is_no_span_or_rate_is_refused(call, told):
    with pytest.raises(InvalidValueError, match=told):
        call()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Span(1, "fortnight"), "no unit of time 'fortnight'; there are: day, week, month"),
        (lambda: Span(1, 7), "no unit of time '7'"),
        (lambda: Span.parse("3 moths"), "did you mean 'month'"),
        (lambda: Rate.parse("10% per yr"), "no unit of time 'yr'"),
        (lambda: days_per("month"), "no unit of fixed length 'month'; there are: day, week"),
        (lambda: elapsed(date(2024, 1, 1), date(2025, 1, 1), "decade"), "no unit of time 'decade'"),
    ],
)
def test_an_unknown_unit_is_answered_with_the_known_ones(call, told):
    with pytest.raises(UnknownNameError, match=told):
        call()


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10% per year", Rate(0.10)),
        ("10 %/year", Rate(0.10)),
        ("0.8 % per month", Rate(0.008, "month")),
        ("0.1 a year", Rate(0.1)),
        ("12.5%", Rate(0.125)),
        ("1e-3 per day", Rate(0.001, "day")),
        ("-5% PER YEAR", Rate(-0.05)),
        (0.1, Rate(0.1)),
        (0, Rate(0.0)),
        (Rate(0.3, "week"), Rate(0.3, "week")),
    ],
)
def test_rates_are_read_from_words(text, rate):
    found = Rate.parse(text)
    assert found.per == rate.per
    assert found.value == pytest.approx(rate.value, rel=1e-15)


def test_a_rate_is_printed_with_its_unit():
    assert str(Rate(0.1)) == "0.1 per year"
    assert str(Span(1, "week")) == "1 week"
    assert str(Span(2, "week")) == "2 weeks"


rates = st.builds(Rate, st.floats(-0.2, 0.5), units.filter(lambda unit: unit in ("month", "year")))


@given(rates, days, st.integers(1, 24))
def test_a_rate_discounts_whole_units_by_compounding(rate, start, count):
    end = Span(count, rate.per).end(start)
    assert rate.factor(start, end) == pytest.approx((1 + rate.value) ** -count, rel=1e-12)
    assert rate.factor(start, start) == 1


@given(rates, days, days, days)
def test_a_positive_rate_values_later_money_less(rate, a, b, c):
    a, b, c = sorted((a, b, c))
    assume((c - a).days < 20 * 365)
    if rate.value >= 0:
        assert rate.factor(a, c) <= rate.factor(a, b) <= 1
    else:
        assert rate.factor(a, c) >= rate.factor(a, b) >= 1


@given(spans, days, spans)
def test_steps_fill_the_span_and_only_the_last_is_cut(span, start, step):
    last = span.end(start)
    assume((last - start).days <= 3_000)
    ends = steps(span, start, step)
    assert ends[-1] == last
    assert list(ends) == sorted(set(ends))
    assert ends[0] > start
    for count, end in enumerate(ends[:-1], start=1):
        assert end == step.end(start, count)
    assert step.end(start, len(ends)) >= last


@given(rates, days, spans)
def test_money_in_the_middle_of_a_step_is_worth_what_lies_between_its_ends(rate, start, horizon):
    last = horizon.end(start)
    assume((last - start).days <= 3_000)
    found, worth = discount_steps(horizon, rate, start)
    ends = steps(horizon, start, Span(1, "month" if horizon.unit == "year" else horizon.unit))
    assert found == tuple((end - start).days for end in ends)
    before = 1.0
    for end, middle in zip(ends, worth, strict=True):
        after = rate.factor(start, end)
        assert middle**2 == pytest.approx(before * after, rel=1e-12)
        before = after


local_times = st.datetimes(datetime(2009, 1, 1), datetime(2013, 12, 31))


@given(
    st.lists(local_times, max_size=5),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Seoul"]),
)
def test_instants_of_local_times_are_those_of_the_standard_library(times, zone):
    found = utc_instants(np.array(times, dtype="datetime64[us]"), zone)
    expected = [
        t.replace(tzinfo=time_zone(zone)).astimezone(UTC).replace(tzinfo=None) for t in times
    ]
    assert found.tolist() == expected


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_where_clocks_change_the_first_of_two_hours_counts_and_none_is_lost(day):
    times = np.datetime64(day, "us") + np.arange(0, 6 * 3600, 60) * np.timedelta64(10**6, "us")
    expected = [
        t.replace(tzinfo=time_zone("Europe/Berlin")).astimezone(UTC).replace(tzinfo=None)
        for t in times.tolist()
    ]
    assert utc_instants(times, "Europe/Berlin").tolist() == expected


def test_local_times_that_are_not_known_stay_so():
    times = np.array(["NaT", "2026-07-01"], dtype="datetime64[us]")
    assert np.isnat(utc_instants(times, "Europe/Berlin")).tolist() == [True, False]
    assert np.isnat(utc_instants(times[:1], "Europe/Berlin")).all()


def test_the_first_and_the_last_days_of_all_have_local_times_too():
    for year in (1, 9999):
        times = np.array([f"{year:04}-06-30T12:00", f"{year:04}-07-01"], dtype="datetime64[us]")
        assert utc_instants(times, "UTC").tolist() == times.tolist()
