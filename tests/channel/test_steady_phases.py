"""Phases in the light of what stood: left later than they are entered, and never at a wobble."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import Agreements, ChannelReview, Distributors, SalesLog, review_channel
from relmkt.domain import Hold, Phase
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.policies import PhasePolicy, banded
from relmkt.simulation import channel_market
from relmkt.steady import Standings

DEALERS = Distributors(dealer=["D-7", "D-8"], market=["North", "North"])
NONE = Agreements(dealer=[], starts=[])
LOOKS = [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


def month_before(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 - months
    return date(at // 12, at % 12 + 1, 15)


def sales(day: date, growth: float, brand: str = "Lumen", margin: float = 0.2) -> SalesLog:
    """Three years of sales up to a day, which grow by so much a year, as the trend has it."""
    days = [month_before(day, back) for back in range(35, -1, -1)]
    sold = [100 * (1 + growth) ** (month / 12) for month in range(36)]
    return SalesLog(
        dealer=["D-7"] * 36,
        sold_at=days,
        flow=["sell_out"] * 36,
        brand=[brand] * 36,
        market=["North"] * 36,
        product=["lamp"] * 36,
        quantity=sold,
        amount=[quantity * 10 for quantity in sold],
        dealer_margin=[quantity * 10 * margin for quantity in sold],
    )


def looked(day: date, growth: float, **others: object) -> ChannelReview:
    return review_channel(
        sales(day, growth), as_of=day, distributors=DEALERS, agreements=NONE, **others
    )


def phase(review: ChannelReview) -> Phase:
    found = review.phases[0].outcome
    assert found is not None
    return found


STEADY = banded(PhasePolicy(sales_small=0))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.085, 0.115), min_size=3, max_size=3))
def test_a_brand_that_wobbles_inside_the_band_does_not_flip(rates):
    standings = None
    for day, rate in zip(LOOKS, [0.15, *rates], strict=True):
        review = looked(day, rate, steady=STEADY, standings=standings)
        standings = review.standings
        assert phase(review) is Phase.GROWTH
        alone = phase(looked(day, rate, phase_policy=STEADY.policy))
        assert (alone is Phase.GROWTH) == (review.phases[0].held is None)
    assert standings is not None
    assert standings[0].since == LOOKS[0]


def test_outside_the_band_a_phase_is_left_once_it_is_confirmed_and_lasted():
    standings, told = None, []
    for day, rate in zip(LOOKS, [0.15, -0.1, -0.1, -0.1], strict=True):
        review = looked(day, rate, steady=STEADY, standings=standings)
        standings = review.standings
        told.append((phase(review), review.phases[0].held))
    assert told == [
        (Phase.GROWTH, None),
        (Phase.GROWTH, Hold.CONFIRMATION),
        (Phase.GROWTH, Hold.DWELL),
        (Phase.UNDETERMINED, None),
    ]
    assert phase(looked(LOOKS[1], -0.1)) is Phase.UNDETERMINED


@pytest.mark.parametrize("seed", range(3))
def test_with_the_same_sales_twice_nothing_changes(seed):
    made = channel_market(seed, dealers=40)
    known = {
        "as_of": date(2025, 12, 31),
        "distributors": made.distributors,
        "agreements": made.agreements,
        "brand_markets": made.brand_markets,
    }
    alone = review_channel(made.sales, **known)
    assert (alone.standings, alone.steady_phases) == (None, None)
    first = review_channel(made.sales, **known, steady=banded(PhasePolicy()))
    again = review_channel(made.sales, **known, standings=first.standings)
    assert first.phases.labels() == alone.phases.labels() == again.phases.labels()
    assert first.conditions.rows.values("phase") == again.conditions.rows.values("phase")
    for one, other in pairwise([first, again]):
        assert list(one.standings) == list(other.standings)
    assert not again.steady_phases.changed.any()
    assert set(again.steady_phases.held()) == {None}


def test_conditions_are_those_of_the_phase_that_stands():
    first = looked(LOOKS[0], 0.15, steady=STEADY)
    second = looked(LOOKS[1], -0.1, steady=STEADY, standings=first.standings)
    assert second.conditions.rows.values("phase") == [Phase.GROWTH]
    assert "rebate_published" in second.conditions[0].missing


def test_a_brand_that_is_not_looked_at_keeps_its_standing():
    first = looked(LOOKS[0], 0.15, steady=STEADY)
    other = review_channel(
        sales(LOOKS[1], 0.15, brand="Nox"),
        as_of=LOOKS[1],
        distributors=DEALERS,
        agreements=NONE,
        standings=first.standings,
    )
    assert [one.customer for one in other.standings] == ["Nox in North", "Lumen in North"]


def test_standings_that_cannot_be_are_refused():
    first = looked(LOOKS[1], 0.15, steady=STEADY).standings
    with pytest.raises(InvalidValueError, match="not be before the latest look"):
        looked(LOOKS[0], 0.15, standings=first)
    with pytest.raises(InvalidRowsError, match="is there already"):
        looked(LOOKS[2], 0.15, standings=Standings.concatenated([first, first]))
    with pytest.raises(UnknownNameError, match="no outcome 'grwth'"):
        looked(LOOKS[2], 0.15, standings=first.replace(outcome=["grwth"]))
    with pytest.raises(InvalidValueError, match="'phase_policy' must be left out beside 'steady'"):
        looked(LOOKS[0], 0.15, steady=STEADY, phase_policy=PhasePolicy())
