"""Assumptions: each with a unit and a default, and none of them impossible."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.assumptions import ASSUMED_FACTS, Assumptions
from relmkt.calendars import Rate, Span
from relmkt.domain import CustomerFacts, Status
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import schema
from relmkt.thresholds import thresholds

NUMBERS = [field.name for field in attrs.fields(Assumptions) if isinstance(field.default, float)]
SHARES = [
    name for name in NUMBERS if name.endswith(("_rate", "_share", "_below", "effect_of_protecting"))
]


def test_every_assumption_has_a_unit_a_meaning_and_a_default():
    declared = thresholds(Assumptions)
    assert [one.name for one in declared] == [field.name for field in attrs.fields(Assumptions)]
    for one in declared:
        assert one.unit, one.name
        assert one.meaning, one.name
        assert one.source, one.name


def test_defaults_fit_any_currency():
    """Money of a stated amount would be much in one currency and nothing in another."""
    for one in thresholds(Assumptions):
        if one.unit.startswith("currency"):
            assert one.default == 0.0, one.name


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("wrong", [-0.01, float("nan"), float("inf"), True, None, "0.3", [0.3], 1j])
def test_what_is_no_such_number_is_refused_by_name(name, wrong):
    with pytest.raises(InvalidValueError, match=f"'{name}' must be"):
        Assumptions(**{name: wrong})


@pytest.mark.parametrize("name", SHARES)
def test_a_share_above_one_is_refused_with_advice(name):
    with pytest.raises(InvalidValueError) as caught:
        Assumptions(**{name: 30})
    assert str(caught.value) == (
        f"'{name}' must be a share between 0 and 1, got 30.0: 30 percent is 0.30"
    )


@given(st.sampled_from(NUMBERS), st.floats(0, 1), st.sampled_from([float, Decimal, Fraction]))
def test_any_sort_of_number_is_held_as_a_float(name, value, sort):
    held = getattr(Assumptions(**{name: sort(value)}), name)
    assert type(held) is float
    assert held == value


def test_spans_and_rates_are_read_from_text():
    stated = Assumptions(horizon="18 months", discount_rate="2% per month", period=Span(1, "year"))
    assert stated.horizon == Span(18, "month")
    assert stated.discount_rate == Rate(0.02, "month")
    with pytest.raises(InvalidValueError, match="write for example '12 months'"):
        Assumptions(horizon="soon")
    with pytest.raises(UnknownNameError, match="did you mean 'year'"):
        Assumptions(risk_horizon="3 yars")


# ------------------------------------------------------------------------------- assumed facts


def test_what_is_assumed_of_facts_is_that_nothing_special_is_the_case():
    assert set(ASSUMED_FACTS.values()) == {False}  # and 0, which is the same to Python
    assert set(ASSUMED_FACTS) <= set(schema(CustomerFacts).features)


def test_nothing_is_assumed_that_an_order_log_can_tell():
    """A value or a risk taken for granted would hide that a model had failed."""
    told = {"status", "retained_value", "residual_value", "attrition_risk", "current_profit"}
    assert not told & set(ASSUMED_FACTS)


def test_every_assumed_fact_is_one_that_the_strategy_table_asks_for():
    numbers = {one.name: 1.0 for one in thresholds(StrategyPolicy)}
    assert set(ASSUMED_FACTS) <= set(StrategyPolicy(**numbers).table().features)


def test_assumed_facts_are_checked_where_they_are_stated():
    with pytest.raises(UnknownNameError, match="did you mean 'headroom'"):
        Assumptions(facts={"headrom": 0})
    with pytest.raises(InvalidValueError, match="'competitor_pull' must be at most 1, got 7"):
        Assumptions(facts={"competitor_pull": 7})
    with pytest.raises(InvalidValueError, match="'headroom' must be known to be assumed"):
        Assumptions(facts={"headroom": None})
    with pytest.raises(InvalidValueError, match="'customer' must not be assumed"):
        Assumptions(facts={"customer": "C-1"})
    assert Assumptions(facts={"status": "lost"}).facts == {"status": Status.LOST}


def test_assumed_facts_are_a_copy_that_nobody_can_write_to():
    mine = {"headroom": 1.0}
    stated = Assumptions(facts=mine)
    mine["headroom"] = 2.0
    assert stated.facts["headroom"] == 1.0
    with pytest.raises(TypeError):
        stated.facts["headroom"] = 3.0
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        stated.margin_rate = 0.5
