"""Who comes back, period by period, against plain loops; and what an alert makes of it."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import Distributors, brand_retention, repeat_rates, support_facts
from relmkt.errors import InvalidValueError
from relmkt.orders import OrderLog
from relmkt.policies import SupportPolicy

START = date(2025, 1, 1)
BRANDS = {"a1": "Aura", "a2": "Aura", "b1": "Brisk"}
DEALERS = {"a1": "D-1", "a2": 2, "b1": ("D", 3)}
lines = st.lists(
    st.tuples(
        st.sampled_from("uvwxyz"),
        st.integers(-20, 400).map(lambda n: START + timedelta(days=n)),
        st.sampled_from([10.0, 5.0, 0.0, -3.0]),
        st.sampled_from(["a1", "a2", "b1", "??", None]),
    ),
    max_size=30,
)


@st.composite
def spans(draw, least=2):
    """Periods with gaps between some of them, and some of one day."""
    count = draw(st.integers(least, 5))
    cuts = draw(
        st.lists(st.integers(0, 380), min_size=2 * count, max_size=2 * count, unique=True).map(
            sorted
        )
    )
    days = [START + timedelta(days=cut) for cut in cuts]
    pairs = list(zip(days[::2], days[1::2], strict=True))
    if draw(st.booleans()):
        pairs[0] = (pairs[0][0], pairs[0][0])
    return pairs


def orders_of(rows):
    names, days, amounts, products = zip(*rows, strict=True) if rows else ((), (), (), ())
    return OrderLog(
        customer=list(names), ordered_at=list(days), amount=list(amounts), product=list(products)
    )


def per_line(values):
    """An array of what is given, as it is."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def who_bought(rows, group, period):
    first, last = period
    return {
        who
        for who, on, amount, product in rows
        if first <= on <= last and amount > 0 and DEALERS.get(product) == group
    }


@given(lines, spans())
@settings(max_examples=120)
def test_rates_are_those_that_loops_count(rows, periods):
    found = repeat_rates(
        orders_of(rows), per_line([DEALERS.get(row[3]) for row in rows]), periods=periods
    )
    inside = [
        row
        for row in rows
        if row[2] > 0 and any(first <= row[1] <= last for first, last in periods)
    ]
    seen = dict.fromkeys(DEALERS[row[3]] for row in inside if row[3] in DEALERS)
    assert found.groups == tuple(seen)
    assert found.unknown_lines == sum(row[3] not in DEALERS for row in inside)
    assert found.customers.shape == (len(seen), len(periods))
    assert found.repeated.shape == (len(seen), len(periods) - 1)
    for at, group in enumerate(seen):
        sets = [who_bought(rows, group, period) for period in periods]
        assert found.customers[at].tolist() == [len(own) for own in sets]
        pairs = list(pairwise(sets))
        assert found.repeated[at].tolist() == [len(own & after) for own, after in pairs]
        rates = [len(own & after) / len(own) if own else math.nan for own, after in pairs]
        assert found.rate[at].tolist() == pytest.approx(rates, nan_ok=True)
        changes = [after - before for before, after in pairwise(rates)]
        assert found.change[at].tolist() == pytest.approx(changes, nan_ok=True)


@given(lines, spans(least=3), st.integers(1, 3))
def test_the_last_change_is_that_of_the_group_and_of_enough_customers(rows, periods, least):
    found = repeat_rates(orders_of(rows), BRANDS, periods=periods)
    asked = ["Brisk", "Aura", "Crest"]
    told = found.latest_change(asked, least_customers=least).tolist()
    for group, change in zip(asked, told, strict=True):
        if group not in found.groups:
            assert math.isnan(change)
            continue
        at = found.groups.index(group)
        enough = found.customers[at, -3] >= least and found.customers[at, -2] >= least
        expected = found.change[at, -1] if enough else math.nan
        assert change == pytest.approx(expected, nan_ok=True)


@given(lines, spans())
def test_between_two_periods_who_repeats_has_stayed(rows, periods):
    orders = orders_of(rows)
    stayed = brand_retention(orders, BRANDS, first=periods[0], second=periods[1])
    found = repeat_rates(orders, BRANDS, periods=periods[:2])
    count = {brand: at for at, brand in enumerate(found.groups)}
    for at, brand in enumerate(stayed.brands):
        mine = count[brand]
        assert found.customers[mine, 0] == stayed.customers[at]
        assert found.repeated[mine, 0] == stayed.stayed[at]
    assert found.unknown_lines == stayed.unknown_lines


@given(lines, spans(), st.randoms())
def test_the_order_of_the_lines_changes_no_count(rows, periods, random):
    shuffled = random.sample(rows, len(rows))
    one, other = (
        repeat_rates(orders_of(each), BRANDS, periods=periods) for each in (rows, shuffled)
    )
    assert sorted(zip(one.groups, one.repeated.tolist(), strict=True)) == sorted(
        zip(other.groups, other.repeated.tolist(), strict=True)
    )


def test_a_dealer_whose_customers_come_back_less_is_due_for_a_launch():
    years = [(date(year, 1, 1), date(year, 12, 31)) for year in (2023, 2024, 2025)]
    bought = {2023: "abcd", 2024: "abcd", 2025: "ab"}
    rows = [(who, date(year, 6, 1)) for year, names in bought.items() for who in names]
    orders = OrderLog(
        customer=[who for who, _ in rows],
        ordered_at=[on for _, on in rows],
        amount=[1.0] * len(rows),
        channel=["D-7"] * len(rows),
    )
    found = repeat_rates(orders, orders.channel, periods=years)
    facts = support_facts(
        Distributors(dealer=["D-7", "D-8"]),
        as_of=date(2026, 1, 1),
        repeat_change=found.latest_change(["D-7", "D-8"]),
        days_since_launch=[400, 400],
    )
    assert facts[0].repeat_change == -0.5
    checked = SupportPolicy().checklist().decide(facts)
    assert checked.held() == [("D6",), ()]
    assert "D6" in checked[1].unknown


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"periods": []}, "'periods' must be at least two, got 0"),
        ({"periods": [(START, START)]}, "'periods' must be at least two, got 1"),
        ({"periods": [(START, date(2024, 1, 1))] * 2}, "'periods' must not end before they begin"),
        ({"periods": [(START, START)] * 2}, "must begin after the one before .2025-01-01."),
        (
            {"groups": ["D-1"]},
            "'groups' must be one for each line .2., got 'an array of shape .1,.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(options, match):
    orders = OrderLog(customer=[1, 2], ordered_at=[START, START], amount=[1.0, 1.0])
    told = {"groups": ["D-1", "D-2"], "periods": [(START, START), (date(2026, 1, 1),) * 2]}
    with pytest.raises(InvalidValueError, match=match):
        repeat_rates(orders, **told | options)


def test_two_periods_have_no_change():
    orders = OrderLog(customer=[1], ordered_at=[START], amount=[1.0])
    found = repeat_rates(orders, ["D-1"], periods=[(START, START), (date(2026, 1, 1),) * 2])
    assert found.change.shape == (1, 0)
    with pytest.raises(InvalidValueError, match="'periods' must be at least three, got 2"):
        found.latest_change(["D-1"])
