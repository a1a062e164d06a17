"""What migration up the pyramid brings: printed figures, and a customer-by-customer count."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.formulas.migration import margin_ratio_implied, profit_change, revenue_gains

CUSTOMERS = [10, 40, 150, 800]


@pytest.mark.parametrize(
    ("revenue", "percent"), [([300, 300, 200, 200], "5.38"), ([500, 300, 150, 50], "6.85")]
)
def test_two_percent_of_each_tier_up_gives_the_printed_percentages(revenue, percent):
    gain = revenue_gains(CUSTOMERS, revenue, 0.02).sum()
    assert f"{100 * gain / sum(revenue):.2f}" == percent


def test_twenty_of_a_thousand_near_the_top_are_worth_twenty_times_those_near_the_base():
    revenue = [300, 300, 200, 200]
    near_the_top = revenue_gains(CUSTOMERS, revenue, [20 / 40, 0, 0]).sum() / 1000
    near_the_base = revenue_gains(CUSTOMERS, revenue, [0, 0, 20 / 800]).sum() / 1000
    assert f"{near_the_top:.2f}" == "0.45"
    assert f"{near_the_base:.3f}" == "0.022"


def test_ten_percent_revenue_and_fifty_percent_profit_imply_five_times_the_margin():
    assert margin_ratio_implied(0.50, 0.10) == pytest.approx(5)
    assert profit_change(0.10, incremental_margin=0.50, base_margin=0.10) == pytest.approx(0.50)


counts = st.lists(st.integers(1, 500), min_size=2, max_size=6)


@given(st.data(), counts)
def test_the_gain_is_what_moving_one_customer_after_the_other_adds_up_to(data, customers):
    revenue = [
        data.draw(st.integers(0, 100_000), label="revenue of a tier") / 100 for _ in customers
    ]
    moved = [data.draw(st.integers(0, n), label="movers") for n in customers[1:]]
    average = [total / n for total, n in zip(revenue, customers, strict=True)]
    book = [[average[tier]] * n for tier, n in enumerate(customers)]
    before = math.fsum(map(math.fsum, book))
    for tier, movers in enumerate(moved, start=1):
        for row in range(movers):
            book[tier][row] = average[tier - 1]
    after = math.fsum(map(math.fsum, book))
    shares = [m / n for m, n in zip(moved, customers[1:], strict=True)]
    assert revenue_gains(customers, revenue, shares).sum() == pytest.approx(
        after - before, abs=1e-6
    )


@given(counts, st.floats(0, 1))
def test_moving_up_never_loses_where_the_averages_fall_from_tier_to_tier(customers, share):
    averages = [2.0**-tier for tier in range(len(customers))]
    revenue = np.multiply(customers, averages)
    assert (revenue_gains(customers, revenue, share) >= 0).all()


@given(counts, st.floats(0.001, 0.5))
def test_twice_the_movers_bring_twice_the_gain(customers, share):
    revenue = [100.0 / (tier + 1) for tier in range(len(customers))]
    once, twice = (revenue_gains(customers, revenue, f) for f in (share, 2 * share))
    np.testing.assert_allclose(twice, 2 * once)


def test_a_step_into_an_empty_tier_is_unknown_and_one_out_of_it_is_nothing():
    gains = revenue_gains([1, 0, 10], [50, 0, 20], 0.1)
    assert gains[0] == 0.0
    assert math.isnan(gains[1])
    assert revenue_gains([1, 0, 10], [50, 0, 20], 0.0).tolist() == [0.0, 0.0]


def test_a_change_relative_to_nothing_has_no_meaning():
    assert np.isnan(profit_change(0.1, incremental_margin=0.5, base_margin=[0.0, -0.2])).all()
    assert np.isnan(margin_ratio_implied(0.5, 0.0))
