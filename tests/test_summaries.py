"""Summaries against an oracle in plain Python, the laws they keep, and the two CDNOW inputs."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import statistics
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relmkt import _grouping
from relmkt._grouping import by_first_appearance, by_id_and_moment
from relmkt.calendars import day_end, local_days
from relmkt.columns import Columns
from relmkt.datasets import cdnow_orders
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.orders import OrderLog
from relmkt.summaries import Summaries, summarize

CALIBRATION = date(1997, 9, 30)

# Around a change of the clocks; the last two change at midnight, one of them a whole day.
ZONES = {
    None: date(2024, 2, 20),
    "UTC": date(2024, 2, 20),
    "Europe/Berlin": date(2024, 3, 20),
    "America/New_York": date(2023, 10, 28),
    "Asia/Kolkata": date(2024, 2, 20),
    "America/St_Johns": date(2010, 10, 30),
    "America/Havana": date(2024, 10, 28),
    "Pacific/Apia": date(2011, 12, 24),
}


# ------------------------------------------------------------------------------------ oracle


@attrs.frozen
class Line:
    """One line with its amount in whole cents, so that the oracle adds up exactly."""

    customer: object
    at: datetime
    cents: int
    discount: int | None = None
    margin: int | None = None
    unit_cost: int | None = None
    quantity: int | None = None


@attrs.frozen
class Case:
    """A log and a question."""

    lines: list[Line]
    zone: str | None
    as_of: date
    unit: str = "week"
    merge: str | None = "day"
    refunds: str = "net"
    period_days: int | None = 14

    @property
    def log(self):
        def column(name, scale):
            values = [getattr(line, name) for line in self.lines]
            return (
                None
                if None in {*values} == {None}
                else [v if v is None else v / scale for v in values]
            )

        return OrderLog(
            customer=[line.customer for line in self.lines],
            ordered_at=[line.at for line in self.lines],
            amount=[line.cents / 100 for line in self.lines],
            discount=column("discount", 100),
            margin=column("margin", 100),
            unit_cost=column("unit_cost", 100),
            quantity=column("quantity", 1),
        )

    def summaries(self, log=None, **changes):
        asked = {
            "as_of": self.as_of,
            "unit": self.unit,
            "zone": self.zone,
            "merge": self.merge,
            "refunds": self.refunds,
            "period": self.period_days and f"{self.period_days} days",
        }
        return summarize(self.log if log is None else log, **{**asked, **changes})


def day_of(moment, zone):
    return moment.date() if zone is None else moment.astimezone(ZoneInfo(zone)).date()


@cache
def last_minute_of(day, zone):
    """The end of a day found by looking at every minute of the days around it."""
    start = datetime(day.year, day.month, day.day, tzinfo=None if zone is None else UTC)
    minutes = (start + timedelta(minutes=m) for m in range(-36 * 60, 60 * 60))
    return max(m for m in minutes if day_of(m, zone) <= day) + timedelta(minutes=1)


def expected(case):
    """What each customer's summary should be, one customer at a time."""
    by_customer: dict[object, list[Line]] = {}
    for line in case.lines:
        if day_of(line.at, case.zone) > case.as_of or (case.refunds == "drop" and line.cents < 0):
            continue
        by_customer.setdefault(line.customer, []).append(line)
    return {customer: expected_of_one(case, lines) for customer, lines in by_customer.items()}


def expected_of_one(case, lines):
    unit = {"day": 1, "week": 7}[case.unit]
    if case.merge == "day":
        days: dict[date, list[int]] = {}
        for line in lines:
            days.setdefault(day_of(line.at, case.zone), []).append(line.cents)
        purchases = sorted(
            (day, sum(cents)) for day, cents in days.items() if sum(cents) > 0 or min(cents) >= 0
        )
        end = case.as_of
    else:
        purchases = sorted(
            ((line.at, line.cents) for line in lines if line.cents >= 0), key=lambda p: p[0]
        )
        end = last_minute_of(case.as_of, case.zone)
    times = [time for time, _ in purchases]
    gaps = [(b - a) / timedelta(days=unit) for a, b in pairwise(times)]
    found = {
        "orders": len(purchases),
        "frequency": max(len(purchases) - 1, 0),
        "revenue": sum(line.cents for line in lines) / 100,
    }
    if purchases:
        found["recency"] = (times[-1] - times[0]) / timedelta(days=unit)
        found["age"] = (end - times[0]) / timedelta(days=unit)
        found["first_order"] = times[0] if case.merge else day_of(times[0], case.zone)
        found["last_order"] = times[-1] if case.merge else day_of(times[-1], case.zone)
    if gaps:
        # Of several purchases at the first instant, each is the first to the same degree.
        first = statistics.fmean(cents for time, cents in purchases if time == times[0])
        cents = sum(cents for _, cents in purchases)
        found["monetary_value"] = (cents - first) / len(gaps) / 100
        found["gap_mean"] = statistics.fmean(gaps)
    if len(gaps) > 1:
        found["gap_spread"] = statistics.stdev(gaps)
    if case.refunds != "drop":
        found["refunds"] = -sum(min(line.cents, 0) for line in lines) / 100
    found["margin"] = total(margin_of(line) for line in lines)
    found["discount"] = total(line.discount for line in lines if line.cents >= 0)
    if all(line.discount is None for line in case.lines):
        found["discount"] = None
    if case.period_days is not None:
        start = case.as_of - timedelta(days=case.period_days - 1)
        current = [line for line in lines if day_of(line.at, case.zone) >= start]
        days = [time if case.merge else day_of(time, case.zone) for time in times]
        found["period_orders"] = sum(day >= start for day in days)
        found["period_revenue"] = sum(line.cents for line in current) / 100
        found["period_margin"] = total(margin_of(line) for line in current)
        if no_margins(case):
            found["period_margin"] = None
    return found


def no_margins(case):
    has = {name: any(getattr(line, name) is not None for line in case.lines) for name in NAMES}
    return not has["margin"] and not (has["unit_cost"] and has["quantity"])


NAMES = ("margin", "unit_cost", "quantity")


def margin_of(line):
    if line.margin is not None:
        return line.margin
    if line.unit_cost is None or line.quantity is None:
        return None
    return line.cents - line.unit_cost * line.quantity


def total(cents):
    values = list(cents)
    return None if None in values else sum(values) / 100


CUSTOMERS = {
    "int": st.integers(-3, 3),
    "text": st.sampled_from(["a", "b", "ab", "ä" * 12, "C-0000000001", "C-0000000002"]),
    "object": st.sampled_from([1, "1", ("x", 1), 2**70, date(2020, 1, 1)]),
}


@st.composite
def cases(draw, **fixed):
    zone = draw(st.sampled_from(list(ZONES)))
    start = datetime.combine(ZONES[zone], datetime.min.time(), tzinfo=None if zone is None else UTC)
    customers = CUSTOMERS[draw(st.sampled_from(list(CUSTOMERS)))]
    step = draw(st.sampled_from([timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)]))
    in_window = st.integers(0, timedelta(days=21) // step).map(lambda n: start + n * step)
    cents = st.one_of(st.integers(0, 5_000), st.sampled_from([0, 10, 20, -30, -10, -999]))
    extra = st.one_of(st.none(), st.integers(0, 300))
    has = {name: draw(st.booleans()) for name in ("discount", *NAMES)}
    lines = draw(
        st.lists(
            st.builds(
                Line,
                customer=customers,
                at=in_window,
                cents=cents,
                **{name: extra if given_ else st.none() for name, given_ in has.items()},
            ),
            max_size=25,
        )
    )
    asked = {
        "as_of": ZONES[zone] + timedelta(days=draw(st.integers(-2, 25))),
        "unit": draw(st.sampled_from(["day", "week"])),
        "merge": draw(st.sampled_from(["day", None])),
        "refunds": draw(st.sampled_from(["net", "drop"])),
        "period_days": draw(st.one_of(st.none(), st.integers(1, 30))),
    }
    return Case(lines=lines, zone=zone, **{**asked, **fixed})


def same_columns(left: Columns, right: Columns):
    """Equal in every column, up to the rounding of a sum in another order."""
    assert left.names == right.names
    assert left.ids.tolist() == right.ids.tolist()
    for name in left.names[1:]:
        a, b = left.column(name), right.column(name)
        if a.dtype.kind == "M":
            np.testing.assert_array_equal(a, b, err_msg=name)
        else:
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-11, err_msg=name)


@given(cases())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_summaries_agree_with_an_oracle_that_takes_one_customer_at_a_time(case):
    found = case.summaries()
    wanted = expected(case)
    assert found.ids.tolist() == list(wanted)
    for summary in found:
        want = wanted[summary.customer]
        for name, value in attrs.asdict(summary).items():
            if name == "customer":
                continue
            right = want.get(name)
            if name == "margin" and no_margins(case):
                right = None
            if isinstance(right, float):
                assert value == pytest.approx(right, rel=1e-12, abs=1e-11), name
            else:
                assert value == right, name


# -------------------------------------------------------------------------------------- laws


@given(cases(), st.randoms(use_true_random=False))
def test_shuffling_the_log_changes_nothing_but_the_order_of_customers(case, random):
    shuffled = random.sample(case.lines, len(case.lines))
    found, other = case.summaries(), case.summaries(attrs.evolve(case, lines=shuffled).log)
    where = {customer: row for row, customer in enumerate(other.ids.tolist())}
    assert where.keys() == set(found.ids.tolist())
    if len(found):
        same_columns(found, other[[where[customer] for customer in found.ids.tolist()]])


@given(cases())
def test_a_sorted_log_and_an_unsorted_one_give_the_same(case):
    first_seen = {line.customer: row for row, line in reversed(list(enumerate(case.lines)))}
    ordered = sorted(case.lines, key=lambda line: (first_seen[line.customer], line.at))
    found = case.summaries(attrs.evolve(case, lines=ordered).log)
    # Lines that are left out may have been the first of their customer, so the order may differ.
    where = {customer: row for row, customer in enumerate(found.ids.tolist())}
    other = case.summaries()
    if len(other):
        same_columns(found[[where[customer] for customer in other.ids.tolist()]], other)


@given(cases(), st.integers(0, 1_000))
def test_an_order_after_the_day_asked_changes_nothing_and_is_counted(case, hours):
    late = datetime.combine(case.as_of + timedelta(days=3), datetime.min.time())
    at = late.replace(tzinfo=None if case.zone is None else UTC) + timedelta(hours=hours)
    customers = [line.customer for line in case.lines[:2]]
    added = [Line(customer, at, 500) for customer in customers]
    found, more = case.summaries(), case.summaries(attrs.evolve(case, lines=added + case.lines).log)
    assert more.later_orders == found.later_orders + len(added)
    same_columns(more, found)


@given(cases())
def test_weeks_are_days_over_seven(case):
    weeks, days = case.summaries(unit="week"), case.summaries(unit="day")
    for name in ("recency", "age", "gap_mean", "gap_spread"):
        np.testing.assert_allclose(days.column(name), 7 * weeks.column(name), rtol=1e-12)
    for name in ("frequency", "orders", "monetary_value", "revenue"):
        np.testing.assert_array_equal(days.column(name), weeks.column(name))


@given(cases(refunds="net"))
def test_dropping_refunds_is_leaving_their_lines_out(case):
    log = case.log
    kept = case.summaries(log[log.amount >= 0])
    dropped = case.summaries(refunds="drop")
    assert "refunds" not in dropped.names
    assert kept.replace(refunds=None) == dropped


@given(cases(refunds="net"))
def test_revenue_and_refunds_add_up_to_all_that_was_paid(case):
    log, found = case.log, case.summaries()
    days = (
        log.ordered_at.astype("M8[D]")
        if case.zone is None
        else local_days(log.ordered_at, case.zone)
    )
    counted = log.amount[days <= np.datetime64(case.as_of)]
    assert found.revenue.sum() + found.refunds.sum() == pytest.approx(counted[counted > 0].sum())


@given(cases())
def test_a_part_of_the_log_by_customer_gives_that_part_of_the_summaries(case):
    log, found = case.log, case.summaries()
    if len(found):
        mine = np.array([line.customer == found.ids.tolist()[0] for line in case.lines])
        one = case.summaries(log[mine])
        for name in one.names[1:]:
            np.testing.assert_array_equal(one.column(name), found[:1].column(name), err_msg=name)


# --------------------------------------------------------------------------------- situations


def one_customer(*lines, **asked):
    """The summary of one customer's lines, each a day of January 2026 and an amount."""
    log = OrderLog(
        customer=["C-17"] * len(lines),
        ordered_at=[date(2026, 1, day) for day, _ in lines],
        amount=[amount for _, amount in lines],
    )
    return summarize(log, **{"as_of": date(2026, 1, 31), "unit": "day", **asked})[0]


def test_two_equal_purchases_on_one_day_are_one_purchase_of_twice_the_amount():
    found = one_customer((1, 5.0), (8, 10.05), (8, 10.05))
    assert (found.orders, found.frequency, found.monetary_value) == (2, 1, 20.1)


def test_two_equal_purchases_on_one_day_are_two_where_nothing_is_merged():
    found = one_customer((1, 5.0), (8, 10.05), (8, 10.05), merge=None)
    assert (found.orders, found.frequency, found.monetary_value) == (3, 2, 10.05)
    assert (found.recency, found.gap_mean, found.age) == (7.0, 3.5, 31.0)


def test_cents_are_kept():
    assert one_customer((1, 10.05)).revenue == 10.05


def test_a_single_purchase_has_no_recency_no_mean_and_no_gaps():
    found = one_customer((11, 30.0))
    assert (found.frequency, found.recency, found.age) == (0, 0.0, 20.0)
    assert (found.monetary_value, found.gap_mean, found.gap_spread) == (None, None, None)


def test_mean_of_gaps_needs_two_purchases_and_their_spread_three():
    assert one_customer((1, 1.0), (5, 1.0)).gap_mean == 4.0
    assert one_customer((1, 1.0), (5, 1.0)).gap_spread is None
    assert one_customer((1, 1.0), (5, 1.0), (11, 1.0)).gap_spread == pytest.approx(math.sqrt(2))


def test_of_two_purchases_at_the_first_instant_neither_is_the_first():
    assert one_customer((1, 4.0), (1, 8.0), (9, 3.0), merge=None).monetary_value == (6.0 + 3.0) / 2
    assert one_customer((1, 8.0), (1, 4.0), (9, 3.0), merge=None).monetary_value == (6.0 + 3.0) / 2


def test_recency_is_measured_from_the_first_purchase_and_not_from_today():
    assert one_customer((1, 1.0), (5, 1.0)).recency == 4.0


def test_a_refund_on_a_later_day_lowers_the_totals_and_no_purchase():
    found = one_customer((1, 20.0), (8, 30.0), (9, -30.0))
    assert (found.frequency, found.recency, found.monetary_value) == (1, 7.0, 30.0)
    assert (found.revenue, found.refunds) == (20.0, 30.0)


def test_a_refund_on_the_same_day_lowers_the_purchase_of_that_day():
    found = one_customer((1, 20.0), (8, 30.0), (8, -10.0))
    assert (found.frequency, found.monetary_value, found.revenue) == (1, 20.0, 40.0)


def test_a_day_of_which_nothing_is_left_is_no_purchase_even_in_binary():
    assert 0.1 + 0.2 - 0.3 > 0
    found = one_customer((1, 20.0), (8, 0.1), (8, 0.2), (8, -0.3))
    assert (found.orders, found.frequency, found.last_order) == (1, 0, date(2026, 1, 1))
    assert found.refunds == 0.3


def test_a_free_sample_is_a_purchase():
    found = one_customer((1, 20.0), (8, 0.0))
    assert (found.frequency, found.monetary_value) == (1, 0.0)


def test_a_customer_with_nothing_but_refunds_is_kept_without_purchases():
    found = one_customer((8, -30.0))
    assert (found.orders, found.frequency, found.recency, found.age) == (0, 0, None, None)
    assert (found.first_order, found.revenue, found.refunds) == (None, -30.0, 30.0)


def test_refunds_are_refused_by_row_on_request():
    with pytest.raises(
        InvalidRowsError, match=r"1 bad row in the order log\n.*got -1\.0 for row 1"
    ):
        one_customer((1, 2.0), (2, -1.0), refunds="error")
    assert one_customer((1, 2.0), refunds="error").refunds == 0.0


def test_a_refund_after_the_day_asked_is_not_refused():
    assert one_customer((1, 2.0), (9, -1.0), refunds="error", as_of=date(2026, 1, 5)).orders == 1


def test_orders_of_the_day_asked_are_counted():
    found = one_customer((1, 2.0), (9, 1.0), as_of=date(2026, 1, 9))
    assert (found.frequency, found.recency, found.age) == (1, 8.0, 8.0)


def test_the_current_period_ends_with_the_day_asked_and_is_as_long_as_the_calendar_says():
    lines = [(1, 1.0), (2, 10.0), (31, 100.0), (31, -50.0)]
    found = one_customer(*lines, as_of=date(2026, 1, 31), period="1 month")
    assert (found.period_orders, found.period_revenue) == (3, 61.0)  # all of January
    found = one_customer(*lines, as_of=date(2026, 2, 1), period="1 month")
    assert (found.period_orders, found.period_revenue) == (2, 60.0)  # from January 2


def test_margin_is_that_of_the_line_or_amount_less_cost_of_the_units():
    log = OrderLog(
        customer=[1, 1, 2, 3],
        ordered_at=[date(2026, 1, 1)] * 4,
        amount=[10.0, 20.0, 5.0, 7.0],
        margin=[4.0, None, None, 1.0],
        unit_cost=[None, 6.0, None, 5.0],
        quantity=[None, 2.0, 1.0, 1.0],
    )
    found = summarize(log, as_of=date(2026, 1, 1))
    np.testing.assert_array_equal(found.margin, [12.0, np.nan, 1.0])


def test_what_no_line_tells_is_absent_and_not_zero():
    found = one_customer((1, 2.0))
    assert (found.margin, found.discount, found.period_orders) == (None, None, None)


def test_customers_come_in_order_of_first_appearance_with_their_ids_as_given():
    log = OrderLog(
        customer=["007", "7", "007"],
        ordered_at=[date(2026, 1, d) for d in (9, 1, 2)],
        amount=[1] * 3,
    )
    assert summarize(log, as_of=date(2026, 1, 31)).ids.tolist() == ["007", "7"]


@pytest.mark.parametrize("dtype", ["i2", "u4", "i8", "f8", "S3", "U5", ">U5", "M8[D]", object])
def test_ids_of_every_sort_are_kept_as_given(dtype):
    ids = np.array([3, 1, 3, 2]).astype("i8" if dtype == "M8[D]" else dtype).astype(dtype)
    log = OrderLog(customer=ids, ordered_at=[date(2026, 1, 1)] * 4, amount=[1.0, 2.0, 4.0, 8.0])
    found = summarize(log, as_of=date(2026, 1, 1))
    assert found.ids.dtype == ids.dtype
    assert found.ids.tolist() == ids[[0, 1, 3]].tolist()
    assert found.revenue.tolist() == [5.0, 2.0, 8.0]


def test_an_empty_log_gives_empty_summaries():
    log = OrderLog(customer=[], ordered_at=[], amount=[])
    found = summarize(log, as_of=CALIBRATION, zone="Europe/Berlin")
    assert (len(found), found.later_orders, found.as_of) == (0, 0, CALIBRATION)
    assert isinstance(found, Summaries)


def test_a_log_that_begins_after_the_day_asked_gives_empty_summaries():
    found = summarize(cdnow_orders(), as_of=date(1996, 12, 31))
    assert (len(found), found.later_orders) == (0, 6919)


def test_summaries_say_what_they_speak_of():
    found = summarize(cdnow_orders(), as_of=CALIBRATION, period="1 year")
    assert (found.as_of, found.unit, found.zone, found.merge) == (CALIBRATION, "week", None, "day")
    assert (found.currency, found.later_orders, str(found.period)) == ("USD", 1959, "1 year")
    assert found[:3].as_of == CALIBRATION


# -------------------------------------------------------------------------------------- zones


@given(
    st.sampled_from([zone for zone in ZONES if zone]),
    st.lists(st.integers(0, 40 * 86_400), min_size=1, max_size=40),
)
def test_local_days_are_those_of_zoneinfo_row_by_row(zone, seconds):
    start = np.datetime64(ZONES[zone], "us")
    instants = start + np.array(seconds) * np.timedelta64(1, "s")
    wanted = [day_of(moment.replace(tzinfo=UTC), zone) for moment in instants.tolist()]
    assert local_days(instants, zone).tolist() == wanted


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone])
def test_a_day_is_over_when_no_later_minute_belongs_to_it(zone):
    for ahead in range(21):
        day = ZONES[zone] + timedelta(days=ahead)
        assert day_end(day, zone).replace(tzinfo=UTC) == last_minute_of(day, zone)


@pytest.mark.parametrize("day", [date(1, 12, 31), date(9999, 1, 1)])
def test_the_end_of_a_day_is_known_where_python_can_say_it(day):
    with pytest.raises(InvalidValueError, match="'day' must lie in the years 2 to 9998"):
        day_end(day, "UTC")


def test_local_days_reach_from_the_first_year_to_the_last():
    ends = np.array(["0001-01-01T12:00", "9999-12-31T12:00", "NaT"], "datetime64[us]")
    assert local_days(ends[:2], "UTC").tolist() == [date(1, 1, 1), date(9999, 12, 31)]
    assert local_days(ends[2:], "Asia/Tokyo").tolist() == [None]
    assert local_days(ends[:0], "Asia/Tokyo").tolist() == []
    mixed = np.array(["2024-01-01T20:00", "NaT"], "datetime64[us]")
    assert local_days(mixed, "Asia/Tokyo").tolist() == [date(2024, 1, 2), None]


def evening():
    at = [datetime(2026, 1, 1, 23, 30, tzinfo=UTC), datetime(2026, 1, 2, 10, tzinfo=UTC)]
    return OrderLog(customer=["C-1", "C-1"], ordered_at=at, amount=[1.0, 2.0])


def test_which_orders_share_a_day_depends_on_the_place():
    assert summarize(evening(), as_of=date(2026, 1, 2), zone="UTC")[0].orders == 2
    found = summarize(evening(), as_of=date(2026, 1, 2), zone="Europe/Berlin")
    assert (found[0].orders, found.zone) == (1, "Europe/Berlin")


def test_times_with_a_zone_need_the_zone_whose_days_count():
    with pytest.raises(InvalidValueError, match=r"'zone' must be given .* zone=\"UTC\""):
        summarize(evening(), as_of=date(2026, 1, 2))


def test_times_without_a_zone_refuse_one():
    with pytest.raises(InvalidValueError, match=r"'zone' must be left out .*got 'UTC'"):
        summarize(cdnow_orders(), as_of=CALIBRATION, zone="UTC")


@pytest.mark.parametrize("name", ["Europe/Berln", "../etc/passwd", "Europe", "", 7])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(InvalidValueError, match="must be a name of the IANA time zone database"):
        summarize(evening(), as_of=date(2026, 1, 2), zone=name)


def test_a_machine_without_a_zone_database_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr("relmkt.calendars.zones.available_timezones", set)
    with pytest.raises(InvalidValueError, match="pip install tzdata"):
        local_days(np.array(["2026-01-01"], "datetime64[us]"), "No/Where")


# ------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("as_of", ["1997-09-30", datetime(1997, 9, 30), None, date.max])
def test_the_day_asked_is_a_date(as_of):
    with pytest.raises(InvalidValueError, match="'as_of' must be"):
        summarize(cdnow_orders(), as_of=as_of)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"unit": "month"}, "no unit of fixed length 'month'"),
        ({"merge": "week"}, "no way for 'merge' 'week'"),
        ({"refunds": "nett"}, "no way for 'refunds' 'nett'; did you mean 'net'"),
    ],
)
def test_unknown_words_are_refused_with_those_that_are_known(asked, message):
    with pytest.raises(UnknownNameError, match=message):
        summarize(cdnow_orders(), as_of=CALIBRATION, **asked)


def test_ids_that_cannot_be_compared_are_refused():
    ids = np.empty(1, dtype=object)
    ids[0] = ["a list"]
    log = OrderLog(customer=ids, ordered_at=[date(2026, 1, 1)], amount=[1.0])
    with pytest.raises(InvalidValueError, match="'id' must be hashable"):
        summarize(log, as_of=date(2026, 1, 1))


# ----------------------------------------------------------------------------------- grouping


@given(st.lists(st.sampled_from(["a", "b", "", "aa", "ä", "z" * 9]), max_size=60), st.booleans())
def test_codes_number_the_ids_in_order_of_first_appearance(names, as_runs):
    ids = np.array(sorted(names) if as_runs else names, dtype="U9")
    codes, firsts = by_first_appearance(ids)
    wanted = list(dict.fromkeys(ids.tolist()))
    assert ids[firsts].tolist() == wanted
    assert codes.tolist() == [wanted.index(name) for name in ids.tolist()]
    assert firsts.tolist() == [ids.tolist().index(name) for name in wanted]


@pytest.mark.parametrize("distinct", [5, 400])
def test_ids_whose_hashes_are_all_alike_are_told_apart(monkeypatch, distinct):
    monkeypatch.setattr(_grouping, "_hashes", lambda ids: np.zeros(len(ids), dtype=np.uint64))
    ids = np.random.default_rng(5).integers(0, distinct, 3_000).astype("U6")
    codes, firsts = by_first_appearance(ids)
    wanted = list(dict.fromkeys(ids.tolist()))
    assert ids[firsts].tolist() == wanted
    np.testing.assert_array_equal(ids[firsts][codes], ids)


def test_ids_of_a_log_longer_than_a_block_are_told_apart():
    ids = np.random.default_rng(6).integers(0, 50_000, 200_000) * 2**40
    _, firsts, inverse = np.unique(ids, return_index=True, return_inverse=True)
    codes, found = by_first_appearance(ids)
    np.testing.assert_array_equal(found, np.sort(firsts))
    np.testing.assert_array_equal(found[codes], firsts[inverse])


@given(
    st.sampled_from([np.int8, np.uint8, np.int64, np.uint64]).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            st.sampled_from([np.iinfo(kind).min, np.iinfo(kind).max - 40, 0]),
            st.lists(st.integers(0, 40), max_size=60),
        )
    )
)
def test_whole_numbers_near_each_other_are_numbered_as_all_ids_are(given_numbers):
    kind, least, numbers = given_numbers
    ids = np.array([int(least) + number for number in numbers], dtype=kind)
    codes, firsts = by_first_appearance(ids)
    wanted = list(dict.fromkeys(ids.tolist()))
    assert ids[firsts].tolist() == wanted
    assert codes.tolist() == [wanted.index(number) for number in ids.tolist()]


def test_minus_zero_is_the_same_id_as_zero():
    assert by_first_appearance(np.array([0.0, -0.0, 1.0]))[0].tolist() == [0, 0, 1]


@given(st.data(), st.sampled_from([3, 2**20, 2**40, 2**60]))
def test_rows_are_sorted_by_code_then_moment_then_place(data, latest):
    size = data.draw(st.integers(1, 30))
    codes = data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    moments = data.draw(st.lists(st.integers(0, latest), min_size=size, max_size=size))
    found = by_id_and_moment(np.array(codes, dtype=np.int32), np.array(moments))
    rows = list(range(size)) if found.rows is None else found.rows.tolist()
    assert rows == sorted(range(size), key=lambda row: (codes[row], moments[row]))
    assert found.codes.tolist() == [codes[row] for row in rows]
    assert found.moments.tolist() == [moments[row] for row in rows]


def test_a_sorted_log_is_not_sorted_again():
    codes = np.repeat(np.arange(40_000, dtype=np.int32), 3)
    moments = np.tile(np.arange(3), 40_000)
    assert by_id_and_moment(codes, moments).rows is None
    assert by_id_and_moment(codes, moments[::-1]).rows is not None


# -------------------------------------------------------------------------------------- CDNOW


def test_cdnow_input_a_has_2357_customers_2457_repeat_purchases_and_946_repeat_buyers():
    found = summarize(cdnow_orders(), as_of=CALIBRATION)
    assert len(found) == 2357
    assert found.frequency.sum() == 2457
    assert (found.frequency > 0).sum() == 946
    np.testing.assert_array_equal(found.recency, np.round(found.recency * 7) / 7)


def test_cdnow_input_b_is_the_rounded_summary_that_lifetimes_ships_for_every_customer():
    """The text of cdnow_customers_summary.csv, written from our summary, has that file's digest."""
    found = summarize(cdnow_orders(), as_of=CALIBRATION)
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["ID", "frequency", "recency", "T"])
    for number, one in enumerate(found, start=1):
        table.writerow([number, one.frequency, round(one.recency, 2), round(one.age, 2)])
    digest = hashlib.sha256(text.getvalue().encode()).hexdigest()
    assert digest == "09d92ca80daaabe8be0f997d4c539f9c9606106baa5b199081fe01cbce5fa9f6"


def test_cdnow_holdout_counts_days_with_a_purchase_and_not_lines():
    """1,882 repeat transactions in the 39 weeks after calibration (Fader, Hardie & Lee 2005)."""
    log = cdnow_orders()
    whole = summarize(log, as_of=date(1998, 6, 30))
    early = summarize(log, as_of=CALIBRATION)
    assert (whole.orders - early.orders).sum() == 1882
