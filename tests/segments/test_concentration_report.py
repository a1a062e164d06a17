"""Concentration in one record: what it holds, and how it reads."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import cumulative_share, gini, top_share
from relmkt.segments import concentration_of

amounts = st.lists(st.integers(-1000, 5000).map(float), max_size=60)


@given(amounts, st.integers(2, 30))
def test_the_record_holds_what_the_formulas_give(values, points):
    found = concentration_of(values, fractions=[0.1, 0.5], points=points)
    np.testing.assert_array_equal(found.shares, top_share(values, [0.1, 0.5]))
    np.testing.assert_equal(found.gini, gini(values))
    assert (found.herfindahl is None) == any(value < 0 for value in values)
    assert found.total == sum(values)
    curve = cumulative_share(values)
    places = np.rint(found.curve_customers * len(values)).astype(int)
    np.testing.assert_array_equal(found.curve_share, curve[places])
    assert len(places) <= points
    assert (places[0], places[-1]) == (0, len(values))
    if values and sum(values) > 0:
        assert found.peak_share == curve.max()


def test_twenty_percent_may_bring_a_hundred_and_forty_of_profit():
    profit = [70, 70, *[0] * 6, -20, -20]
    found = concentration_of(profit, amount="profit", fractions=[0.2])
    assert found.share_of_top(0.2) == pytest.approx(1.4)
    assert (found.peak_customers, found.peak_share) == (0.2, pytest.approx(1.4))
    assert "the best 20% bring 140%; the rest take some away" in str(found)


def test_a_loss_in_all_has_no_shares_and_says_so():
    found = concentration_of([5, -10], amount="profit")
    assert np.isnan(found.shares).all()
    assert math.isnan(found.peak_share)
    assert "not positive" in str(found)
    assert found.gini == pytest.approx(0.5)


def test_nobody_has_no_shares():
    found = concentration_of([])
    assert found.customers == 0
    assert np.isnan(found.shares).all()
    assert math.isnan(found.peak_customers)


def test_without_losses_nothing_is_said_of_them():
    assert "take some away" not in str(concentration_of([5, 10]))


def test_the_arrays_cannot_be_written_to():
    found = concentration_of([5.0, 10.0])
    for array in (found.shares, found.curve_customers, found.curve_share):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_fraction_not_asked_for_is_refused():
    with pytest.raises(InvalidValueError, match=r"be one of 0\.01, 0\.05, 0\.1, 0\.2, 0\.5"):
        concentration_of([5.0, 10.0]).share_of_top(0.3)


def test_a_curve_has_at_least_its_two_ends():
    with pytest.raises(InvalidValueError, match="'points' must be at least 2"):
        concentration_of([1.0], points=1)
