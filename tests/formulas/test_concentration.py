"""Shares, Gini and Herfindahl: their laws, against naive sums over customers and over pairs."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import (
    cumulative_share,
    gini,
    herfindahl,
    top_count,
    top_share,
)

cents = st.integers(-10_000_00, 10_000_00).map(lambda amount: amount / 100)
amounts = st.lists(cents, max_size=40)
gains = st.lists(cents.map(abs), min_size=1, max_size=40).filter(any)
fractions = st.integers(1, 1000).map(lambda share: share / 1000)


def gini_over_pairs(values):
    """The definition: mean absolute difference of all pairs over twice the mean absolute value."""
    n = len(values)
    pairs = math.fsum(abs(a - b) for a in values for b in values)
    return pairs / (2 * n * math.fsum(map(abs, values)))


@given(st.integers(0, 5000), fractions)
def test_top_count_rounds_half_up_as_on_paper_and_is_at_least_one(n, fraction):
    exact = (Decimal(str(fraction)) * n).quantize(Decimal(1), ROUND_HALF_UP)
    assert top_count(n, fraction) == (max(1, int(exact)) if n else 0)


@given(st.integers(1, 5000), fractions, fractions)
def test_a_larger_fraction_never_holds_fewer(n, one, other):
    small, large = sorted((one, other))
    assert 1 <= top_count(n, small) <= top_count(n, large) <= n


@given(amounts)
def test_cumulative_share_is_the_sum_of_the_largest_over_the_total(values):
    shares = cumulative_share(values)
    total = math.fsum(values)
    assert len(shares) == len(values) + 1
    assert shares[0] == 0.0
    if round(total, 2) <= 0:
        assert np.isnan(shares[1:]).all()
    else:
        ranked = sorted(values, reverse=True)
        naive = [math.fsum(ranked[:k]) / total for k in range(len(ranked) + 1)]
        np.testing.assert_allclose(shares, naive, rtol=1e-6, atol=1e-9)
        assert shares[-1] == 1.0


@given(gains)
def test_the_curve_of_gains_rises_and_bends_down(values):
    shares = cumulative_share(values)
    steps = np.diff(shares)
    assert (steps >= 0).all()
    assert (np.diff(steps) <= 1e-12).all()
    assert shares.max() <= 1.0 + 1e-12


@given(amounts)
def test_the_whale_curve_peaks_where_the_gains_end(values):
    shares = cumulative_share(values)
    if len(values) and not np.isnan(shares[-1]):
        winners = sum(value > 0 for value in values)
        assert shares.max() == shares[winners]


@given(gains, fractions)
def test_the_top_never_brings_less_than_its_share_of_customers(values, fraction):
    share = float(top_share(values, fraction))
    assert share >= top_count(len(values), fraction) / len(values) - 1e-9
    assert share <= 1.0 + 1e-12


@given(amounts.filter(bool), fractions)
def test_top_share_is_read_off_the_curve(values, fraction):
    expected = cumulative_share(values)[top_count(len(values), fraction)]
    np.testing.assert_equal(float(top_share(values, fraction)), expected)


@given(amounts.filter(any))
def test_gini_is_the_mean_difference_over_all_pairs(values):
    assert gini(values) == pytest.approx(gini_over_pairs(values), abs=1e-9)
    assert 0.0 <= gini(values) <= (len(values) - 1) / len(values) + 1e-12


@given(amounts.filter(lambda values: len(values) > 1 and any(values)))
def test_the_corrected_gini_reaches_from_zero_to_one(values):
    n = len(values)
    assert gini(values, corrected=True) == pytest.approx(gini(values) * n / (n - 1))
    assert 0.0 <= gini(values, corrected=True) <= 1.0


@given(gains.filter(lambda values: len(values) > 1), st.randoms())
def test_a_gift_from_the_richest_to_the_poorest_never_raises_the_gini(values, random):
    values = sorted(values)
    gift = random.random() * (values[-1] - values[0]) / 2
    evener = [values[0] + gift, *values[1:-1], values[-1] - gift]
    assert gini(evener) <= gini(values) + 1e-9


@given(gains)
def test_herfindahl_is_the_sum_of_squared_shares(values):
    total = math.fsum(values)
    assert herfindahl(values) == pytest.approx(sum((value / total) ** 2 for value in values))
    assert 1 / len(values) - 1e-12 <= herfindahl(values) <= 1 + 1e-12


@given(amounts.filter(bool), st.randoms())
def test_shuffling_customers_changes_nothing(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    np.testing.assert_array_equal(cumulative_share(values), cumulative_share(shuffled))
    np.testing.assert_equal(gini(values), gini(shuffled))


@given(amounts.filter(bool), st.sampled_from([0.25, 4.0, 1024.0]))
def test_another_currency_changes_nothing(values, rate):
    converted = [value * rate for value in values]
    np.testing.assert_array_equal(cumulative_share(values), cumulative_share(converted))
    np.testing.assert_equal(gini(values), gini(converted))


def test_one_who_has_all_of_n_gives_one_less_one_nth():
    assert gini([0] * 9 + [5]) == pytest.approx(0.9)
    assert gini([-5] + [0] * 8 + [5]) == pytest.approx(0.9)  # the bound with losses too


def test_a_total_that_rounding_alone_makes_has_no_shares():
    assert math.fsum([0.1, 0.2, -0.3]) != 0.0
    assert np.isnan(cumulative_share([0.1, 0.2, -0.3])[1:]).all()


def test_without_customers_or_money_there_is_nothing_to_share():
    assert math.isnan(gini([]))
    assert math.isnan(gini([0.0, 0.0]))
    assert math.isnan(gini([3.0], corrected=True))
    assert gini([3.0]) == 0.0
    assert math.isnan(herfindahl([]))
    assert math.isnan(herfindahl([0.0]))
    assert cumulative_share([]).tolist() == [0.0]
    assert np.isnan(top_share([], [0.2, 0.5])).all()
    assert np.isnan(top_share([-3.0, 1.0], 0.5))


def test_the_amounts_given_are_left_as_they_are():
    values = np.array([1.0, 3.0, 2.0])
    gini(values)
    cumulative_share(values)
    herfindahl(values)
    assert values.tolist() == [1.0, 3.0, 2.0]


@pytest.mark.parametrize("measure", [cumulative_share, gini, herfindahl])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_an_amount_that_is_no_number_is_refused_with_its_row(measure, bad):
    with pytest.raises(InvalidValueError, match=r"'values' must be finite.*row 1"):
        measure([1.0, bad])


def test_a_table_of_amounts_is_refused():
    with pytest.raises(InvalidValueError, match="one amount for each customer"):
        gini([[1.0, 2.0]])


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.01, math.nan])
def test_a_fraction_out_of_bounds_is_refused(fraction):
    with pytest.raises(InvalidValueError, match="'fraction' must be above 0 and at most 1"):
        top_share([1.0], fraction)


def test_fewer_than_no_customers_are_refused():
    with pytest.raises(InvalidValueError, match="'customers' must be at least 0"):
        top_count(-1, 0.2)


def test_herfindahl_refuses_losses():
    with pytest.raises(InvalidValueError, match="square of a negative share"):
        herfindahl([5.0, -1.0])
