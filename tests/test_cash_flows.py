"""What each move releases, asks and gains: by hand, for every strategy, row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.assumptions import Assumptions
from relmkt.cash_flows import cash_flows
from relmkt.columns import Portfolio
from relmkt.domain import Abstention, CustomerFacts, Strategy
from relmkt.records import handles, schema
from relmkt.rules import Rule, Table
from relmkt.segments.cash import SOURCES, USES

STATED = Assumptions(
    reducible_share=0.25,
    cost_of_acquisition=8.0,
    cost_of_regaining=3.0,
    cost_of_protecting=4.0,
    cost_of_enhancing=2.0,
    effect_of_protecting=0.2,
)
FACTS = {
    "current_contribution": 50.0,
    "current_profit": 30.0,
    "avoidable_profit": -6.0,
    "retained_value": 100.0,
    "residual_value": 40.0,
    "headroom": 25.0,
    "acquisition_gain": 11.0,
    "winback_gain": 9.0,
}
BY_HAND = {
    Strategy.HARVEST: (30.0, 0.0, 0.0),
    Strategy.REENGINEER: (0.25 * 20.0, 0.0, 0.0),
    Strategy.END: (6.0, 0.0, 0.0),
    Strategy.START: (0.0, 8.0, 11.0),
    Strategy.WIN_BACK: (0.0, 3.0, 9.0),
    Strategy.PROTECT: (0.0, 4.0, 0.2 * 60.0 - 4.0),
    Strategy.ENHANCE: (0.0, 2.0, 25.0 - 2.0),
}
WORDS = (*Strategy, *Abstention)


def flows_of(rows):
    """Flows of customers whose strategies are dictated, by a table that knows their ids."""
    on = handles(CustomerFacts)
    # Decided on a number that no flow looks at.
    rules = [Rule(f"R{at}", on.current_revenue == at, word, "") for at, word in enumerate(WORDS)]
    portfolio = Portfolio(
        customer=list(range(len(rows))),
        current_revenue=[float(WORDS.index(word)) for word, _ in rows],
        **{name: [facts.get(name) for _, facts in rows] for name in FACTS},
    )
    decisions = Table(name="dictated", facts=schema(CustomerFacts), rules=rules).decide(portfolio)
    assert decisions.labels() == [word for word, _ in rows]
    return cash_flows(decisions, portfolio, STATED)


@pytest.mark.parametrize("strategy", Strategy)
def test_each_strategy_moves_the_money_that_the_docstring_says(strategy):
    flows = flows_of([(strategy, FACTS)])
    found = (flows.released[0], flows.asked[0], flows.gain[0])
    assert found == pytest.approx(BY_HAND[strategy])


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.just(FACTS)), max_size=12))
def test_every_row_is_told_its_own_and_who_has_no_strategy_moves_nothing(rows):
    flows = flows_of(rows)
    told = [BY_HAND.get(word, (0.0, 0.0, 0.0)) for word, _ in rows]
    for at, column in enumerate((flows.released, flows.asked, flows.gain)):
        assert column.tolist() == pytest.approx([one[at] for one in told])


def test_sources_release_and_uses_ask():
    for strategy in Strategy:
        flows = flows_of([(strategy, FACTS)])
        assert (flows.released[0] > 0) == (strategy in SOURCES)
        assert (flows.asked[0] > 0) == (strategy in USES)


@pytest.mark.parametrize(
    ("strategy", "column", "absent"),
    [
        (Strategy.HARVEST, "released", "current_profit"),
        (Strategy.REENGINEER, "released", "current_contribution"),
        (Strategy.END, "released", "avoidable_profit"),
        (Strategy.START, "gain", "acquisition_gain"),
        (Strategy.WIN_BACK, "gain", "winback_gain"),
        (Strategy.PROTECT, "gain", "retained_value"),
        (Strategy.ENHANCE, "gain", "headroom"),
    ],
)
def test_what_is_absent_makes_its_flow_unknown_and_no_other(strategy, column, absent):
    flows = flows_of([(strategy, FACTS | {absent: None}), (strategy, FACTS)])
    assert math.isnan(getattr(flows, column)[0])
    unknown = [np.isnan(getattr(flows, name)).sum() for name in ("released", "asked", "gain")]
    assert sum(unknown) == 1


def test_nothing_negative_is_released_and_nothing_at_stake_is_not_negative():
    at_loss = FACTS | {"current_profit": -5.0, "avoidable_profit": 2.0, "retained_value": 10.0}
    released = flows_of([(Strategy.HARVEST, at_loss), (Strategy.END, at_loss)]).released
    assert released.tolist() == [0.0, 0.0]
    assert flows_of([(Strategy.PROTECT, at_loss)]).gain.tolist() == [-4.0]


def test_who_is_enhanced_without_headroom_has_no_gain_that_is_known():
    flows = flows_of([(Strategy.ENHANCE, FACTS | {"headroom": -2.0})])
    assert flows.asked.tolist() == [2.0]
    assert np.isnan(flows.gain).all()


def test_flows_are_arrays_that_nobody_can_write_to():
    flows = flows_of([(Strategy.HARVEST, FACTS)])
    for column in (flows.released, flows.asked, flows.gain):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1.0
