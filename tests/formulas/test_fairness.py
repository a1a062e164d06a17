"""Jain's index and the ratio of the extremes: their laws, against sums in exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import gini
from relmkt.formulas.fairness import jain_index, max_min_ratio

cents = st.integers(0, 10_000_00).map(lambda amount: amount / 100)
allocations = st.lists(cents, min_size=1, max_size=30).filter(any)


def jain_by_hand(values):
    """The definition in fractions: (Σ x)² / (n Σ x²)."""
    exact = [Fraction(value) for value in values]
    return float(sum(exact) ** 2 / (len(exact) * sum(one * one for one in exact)))


@given(st.integers(1, 40), st.integers(0, 40), st.floats(0.01, 1e6))
def test_where_k_of_n_are_served_alike_and_the_others_not_it_is_k_by_n(served, others, amount):
    # The reading that Jain, Chiu and Hawe give of the index.
    allocation = [amount] * served + [0] * others
    assert jain_index(allocation) == pytest.approx(served / (served + others), rel=1e-12)


@given(allocations)
def test_the_index_is_the_definition(values):
    assert jain_index(values) == pytest.approx(jain_by_hand(values), rel=1e-12)


@given(allocations)
def test_the_index_is_that_of_the_coefficient_of_variation(values):
    mean = math.fsum(values) / len(values)
    variance = math.fsum((one - mean) ** 2 for one in values) / len(values)
    assert jain_index(values) == pytest.approx(1 / (1 + variance / mean**2), rel=1e-9)


@given(allocations)
def test_the_index_lies_between_one_over_n_and_one(values):
    assert 1 / len(values) <= jain_index(values) <= 1


@given(allocations)
def test_the_index_is_one_only_where_all_are_alike(values):
    alike = len(set(values)) == 1
    assert (jain_index(values) >= 1 - 1e-15) is alike or min(values) > 0.999 * max(values)
    if alike:
        assert jain_index(values) == pytest.approx(1, abs=1e-15)
        assert max_min_ratio(values) == 1


@given(allocations, st.randoms(use_true_random=False), st.floats(1e-3, 1e3))
def test_order_and_currency_change_nothing(values, random, rate):
    shuffled = [value * rate for value in values]
    random.shuffle(shuffled)
    for index in (jain_index, max_min_ratio, gini):
        assert index(shuffled) == pytest.approx(index(values), rel=1e-9, abs=1e-12)


@given(allocations, st.integers(2, 4))
def test_everybody_taken_several_times_changes_nothing(values, times):
    for index in (jain_index, max_min_ratio, gini):
        assert index(values * times) == pytest.approx(index(values), rel=1e-9, abs=1e-12)


@given(allocations, st.data())
def test_to_give_from_the_richer_to_the_poorer_is_never_less_fair(values, data):
    assume(len(values) > 1)
    order = sorted(range(len(values)), key=values.__getitem__)
    poor, rich = order[0], order[-1]
    moved = data.draw(st.floats(0, 0.5)) * (values[rich] - values[poor])
    after = list(values)
    after[poor] += moved
    after[rich] -= moved
    assert jain_index(after) >= jain_index(values) - 1e-12
    assert max_min_ratio(after) <= max_min_ratio(values) * (1 + 1e-12)


@given(allocations)
def test_the_ratio_is_the_largest_by_the_smallest(values):
    low, high = min(values), max(values)
    expected = math.inf if low == 0 else high / low
    assert max_min_ratio(values) == pytest.approx(expected, rel=1e-12)


def test_the_smallest_and_the_largest_numbers_are_no_trouble():
    assert jain_index([1e-300, 1e-300]) == 1
    assert jain_index([1e300, 1e300, 0, 0]) == 0.5
    assert max_min_ratio([5e-324, 1e300]) == math.inf


@pytest.mark.parametrize("index", [jain_index, max_min_ratio])
def test_nothing_allocated_has_no_fairness(index):
    assert math.isnan(index([]))
    assert math.isnan(index([0, 0]))


@pytest.mark.parametrize("index", [jain_index, max_min_ratio])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([3, -0.01], r"'values' must be at least 0, got -0\.01 for row 1: an allocation"),
        ([3, math.nan], "be finite, got nan for row 1: leave out the dealers"),
        ([[1]], "be one amount for each dealer"),
    ],
)
def test_an_amount_that_is_no_allocation_is_refused(index, values, message):
    with pytest.raises(InvalidValueError, match=message):
        index(values)
