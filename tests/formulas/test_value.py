"""What customers are worth: laws, and sums done by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.formulas.value import (
    UNBOUNDED_COST_RATIO,
    cost_to_serve_ratio,
    lifetime_value,
    net_reward,
)

purchases = st.floats(0, 1e4)
money = st.floats(0, 1e6)
rates = st.floats(0, 1)


def value(bought, spend, *, margin_rate=0.4, cost_per_order=2.0, service=5.0):
    found = lifetime_value(
        [bought], [spend], margin_rate=margin_rate, cost_per_order=cost_per_order, service=service
    )
    return float(found[0])


def test_a_customer_is_worth_the_margins_less_the_costs():
    # Two purchases of 30 at 40 percent bring 24; serving them costs 4, keeping the customer 5.
    assert value(2.0, 30.0) == 15.0
    assert value(0.0, 30.0) == -5.0


@given(purchases, money, rates, money, money)
def test_value_is_that_of_exact_fractions(bought, spend, rate, per_order, service):
    each = Fraction(rate) * Fraction(spend) - Fraction(per_order)
    exact = Fraction(bought) * each - Fraction(service)
    size = bought * (rate * spend + per_order) + service
    found = value(bought, spend, margin_rate=rate, cost_per_order=per_order, service=service)
    assert abs(found - float(exact)) <= 1e-14 * size + 1e-300


@given(purchases, money, rates, money, money, money)
def test_more_cost_never_raises_a_value(bought, spend, rate, per_order, service, more):
    plain = value(bought, spend, margin_rate=rate, cost_per_order=per_order, service=service)
    for dearer in (
        {"cost_per_order": per_order + more, "service": service},
        {"cost_per_order": per_order, "service": service + more},
    ):
        assert value(bought, spend, margin_rate=rate, **dearer) <= plain


def test_what_is_not_known_has_no_value():
    found = lifetime_value(
        [math.nan, 1.0], [1.0, math.nan], margin_rate=1, cost_per_order=0, service=0
    )
    assert np.isnan(found).all()


@given(st.floats(0, 1e9), st.floats(-1e9, 1e9))
def test_the_cost_ratio_is_cost_for_each_unit_of_revenue_and_bounded(cost, revenue):
    found = float(cost_to_serve_ratio(cost, revenue))
    assert 0.0 <= found <= UNBOUNDED_COST_RATIO
    if cost == 0:
        assert found == 0.0
    elif revenue <= 0:
        assert found == UNBOUNDED_COST_RATIO
    else:
        assert found == pytest.approx(min(cost / revenue, UNBOUNDED_COST_RATIO), rel=1e-12)


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(-1e9, 1e9))
def test_the_cost_ratio_rises_with_the_cost(one, other, revenue):
    less, more = sorted((one, other))
    assert cost_to_serve_ratio(less, revenue) <= cost_to_serve_ratio(more, revenue)


def test_the_cost_ratio_of_what_is_not_known_is_not_known():
    assert np.isnan(cost_to_serve_ratio([math.nan, 1.0], [1.0, math.nan])).all()
    assert cost_to_serve_ratio([], []).shape == (0,)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_consumer_never_owes_and_a_dealer_nets_what_it_is(reward, penalty):
    dealer, consumer = net_reward(reward, penalty, is_consumer=[False, True]).tolist()
    assert dealer == reward - penalty
    assert consumer == (dealer if reward >= penalty else 0)


def test_what_is_not_known_nets_nothing_known():
    assert np.isnan(net_reward([np.nan, 1], [1, np.nan], is_consumer=[True, False])).all()
