"""Thresholds are plain numbers, or quantiles that a portfolio makes plain numbers."""

from __future__ import annotations

import math
from decimal import Decimal

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel import Markets
from relmkt.columns import Portfolio
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import ApproachPolicy, PhasePolicy
from relmkt.testing.strategies import policies
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold, thresholds

values = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=12)
levels = st.sampled_from([0.0, 0.5, 0.8, 1.0]) | st.floats(0, 1)


@policy
class Sample(Policy):
    plain: float | Quantile = threshold(default=1.0, unit="one", meaning="as it is")
    middle: float | Quantile = threshold(
        default=Quantile("headroom", 0.5), unit="currency", meaning="the middle", source="a book"
    )
    remark: str = attrs.field(default="")


@policy
class Counts(Policy):
    looks: float = threshold(default=2, unit="looks", meaning="how many", whole=True, least=1)
    rate: float | Quantile = threshold(default=0.5, unit="one", meaning="a rate", least=0)


def portfolio_of(headroom):
    return Portfolio(customer=np.arange(len(headroom)), headroom=headroom)


@given(values, levels)
def test_a_quantile_lies_between_known_values_and_has_its_share_below(headroom, level):
    known = sorted(value for value in headroom if value is not None)
    found = Quantile("headroom", level).of(portfolio_of(headroom))
    if not known:
        assert found == 0.0
        return
    at = level * (len(known) - 1)
    low, high = known[math.floor(at)], known[math.ceil(at)]
    assert low - 1e-6 <= found <= high + 1e-6
    assert found == pytest.approx(low + (high - low) * (at - math.floor(at)), rel=1e-9, abs=1e-6)


@given(values, levels, st.floats(-1e6, 1e6))
def test_only_values_above_count_and_else_the_stated_number(headroom, level, above):
    known = [value for value in headroom if value is not None and value > above]
    found = Quantile("headroom", level, above=above, otherwise=-7.0).of(portfolio_of(headroom))
    if known:
        assert found == Quantile("headroom", level).of(portfolio_of(known))
    else:
        assert found == -7.0


@pytest.mark.parametrize("level", [-0.01, 1.01, math.nan, "0.5", None, True])
def test_a_level_is_a_share(level):
    with pytest.raises(InvalidValueError, match="'level' must be a share between 0 and 1"):
        Quantile("headroom", level)


@pytest.mark.parametrize("fact", ["status", "barred", "customer", "significance_benchmark"])
def test_only_numbers_have_quantiles(fact):
    with pytest.raises(
        InvalidValueError, match=f"'fact' must be the name of a number, got '{fact}'"
    ):
        Quantile(fact, 0.5).of(Portfolio(customer=["a"], status=["active"]))


def test_a_quantile_of_an_unknown_fact_is_refused():
    with pytest.raises(UnknownNameError, match="no column 'hedroom'; did you mean 'headroom'"):
        Quantile("hedroom", 0.5).of(portfolio_of([1]))


def test_a_quantile_says_what_it_is():
    assert str(Quantile("retained_value", 0.5)) == "the median retained value"
    assert str(Quantile("retained_value", 0.8)) == "the retained value that the top 0.2 reach"


@pytest.mark.parametrize("value", [math.inf, math.nan, "1", None, True, 10**400, 1j])
def test_a_threshold_is_a_finite_number(value):
    with pytest.raises(InvalidValueError, match="'plain' must be a finite number or a Quantile"):
        Sample(plain=value)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), Decimal(2)])
def test_a_threshold_may_be_any_sort_of_number(value):
    assert Sample(plain=value, middle=0).numbers() == {"plain": 2.0, "middle": 0.0}
    assert type(Sample(plain=value, middle=0).numbers()["plain"]) is float


def test_calibrating_makes_plain_numbers_and_leaves_the_rest():
    found = Sample(remark="kept").calibrate(portfolio_of([10, None, 30]))
    assert found == Sample(middle=20.0, remark="kept")
    assert found.values() == found.numbers() == {"plain": 1.0, "middle": 20.0}
    with pytest.raises(InvalidValueError) as caught:
        Sample().numbers()
    assert str(caught.value) == (
        "'middle' must be a plain number, got 'the median headroom': "
        "call calibrate(portfolio) first"
    )


def test_thresholds_are_declared_as_data():
    plain, middle = thresholds(Sample)
    assert (plain.name, plain.unit, plain.meaning, plain.default) == (
        "plain",
        "one",
        "as it is",
        1.0,
    )
    assert (plain.source, middle.source) == (OUR_DEFAULT, "a book")


def test_policies_cannot_be_changed_and_take_names_only():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Sample().plain = 2
    with pytest.raises(TypeError):
        Sample(1.0)


def test_a_quantile_says_among_whom():
    assert str(Quantile("x", 0.5, above=0.0)) == "the median x of those above 0"
    assert str(Quantile("x", 0.75, above=2.5)) == "the x that the top 0.25 of those above 2.5 reach"


@pytest.mark.parametrize(
    ("policy_type", "low", "high"),
    [
        (ApproachPolicy, "customers_few", "customers_many"),
        (ApproachPolicy, "margin_low", "margin_high"),
        (PhasePolicy, "margin_floor", "margin_high"),
    ],
)
def test_thresholds_out_of_order_are_refused_and_equal_ones_are_not(policy_type, low, high):
    assert policy_type(**{low: 0.5, high: 0.5}).values()[low] == 0.5
    with pytest.raises(
        InvalidValueError, match=rf"'{low}' must not exceed '{high}' \(0.25\), got 0.5: between"
    ):
        policy_type(**{low: 0.5, high: 0.25})


def test_the_order_of_quantiles_is_asked_once_they_are_numbers():
    shares = Markets(brand_market=[1, 2, 3], dealer_margin=[0.1, 0.2, 0.3])
    turned = PhasePolicy(
        margin_floor=Quantile("dealer_margin", 1.0), margin_high=Quantile("dealer_margin", 0.0)
    )
    assert PhasePolicy(margin_floor=9, margin_high=Quantile("dealer_margin", 0.5)).margin_floor == 9
    with pytest.raises(InvalidValueError, match=r"'margin_floor' must not exceed 'margin_high'"):
        turned.calibrate(shares)


def test_a_threshold_may_be_declared_a_whole_number_and_with_a_least_one():
    looks, rate = thresholds(Counts)
    assert (looks.whole, looks.least, rate.whole, rate.least) == (True, 1, False, 0)
    assert Counts(looks=3.0, rate=0.25).numbers() == {"looks": 3.0, "rate": 0.25}
    assert Counts(rate=Quantile("headroom", 0.5)).values()["rate"] == Quantile("headroom", 0.5)
    with pytest.raises(InvalidValueError, match=r"'looks' must be a whole number, got 1\.5: it "):
        Counts(looks=1.5)
    with pytest.raises(InvalidValueError, match=r"'rate' must be at least 0, got -0\.5"):
        Counts(rate=-0.5)


@given(policies(Counts))
def test_drawn_policies_keep_what_their_thresholds_declare(drawn):
    assert drawn.looks >= 1
    assert float(drawn.looks).is_integer()
    assert drawn.rate >= 0
