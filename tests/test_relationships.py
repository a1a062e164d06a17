"""The facts of relationships: what the log tells, what others know, and what a plan makes of it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from math import fsum, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import relmkt
from relmkt.assumptions import ASSUMED_RELATIONSHIP_FACTS, Assumptions
from relmkt.columns import Portfolio, Relationships
from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.domain import Abstention, Approach, Bond, Strategy
from relmkt.errors import InvalidRowsError, InvalidValueError
from relmkt.policies import ACTIONS, ApproachPolicy, BondPolicy, actions_for
from relmkt.records import schema
from relmkt.relationships import (
    relationship_facts,
    segment_figures,
    with_known_relationships,
)
from tests.market import DAY, MODELS, log_of

DAY_OF_CDNOW = date(1998, 6, 30)


@pytest.fixture(scope="module")
def made():
    log = cdnow_orders()
    facts = synthetic_facts(log.ids.tolist(), seed=3)
    return relmkt.plan(log, as_of=DAY_OF_CDNOW, facts=facts)


def planned(market, **options):
    return relmkt.plan(log_of(market), as_of=DAY, models=MODELS, **options)


# ------------------------------------------------------------------------------------ segments

rows = st.tuples(
    st.integers(-1, 3), st.booleans(), st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))
)


def figures_of(found):
    segments, customers, margin = zip(*found, strict=True)
    return segment_figures(
        np.array(segments), np.array(customers, dtype=bool), np.array(margin, dtype=float)
    )


@given(st.lists(rows, min_size=1, max_size=20))
def test_shares_and_margins_are_those_of_the_oracle(found):
    share, index = figures_of(found)
    buyers = sum(bought for _, bought, _ in found)
    told = [m for s, bought, m in found if bought and s >= 0 and not isnan(m)]
    average = fsum(told) / len(told) if told else 0.0
    for (segment, _, _), is_share, is_index in zip(found, share, index, strict=True):
        if segment < 0:
            assert np.isnan(is_share)
            assert np.isnan(is_index)
            continue
        inside = sum(bought for s, bought, _ in found if s == segment)
        assert is_share == (inside / buyers if buyers else 0)
        margins = [m for s, bought, m in found if s == segment and bought and not isnan(m)]
        if not margins or average < -1e-3:
            assert np.isnan(is_index)
            continue
        if average < 1e-3:  # rounding has a say whether it is above 0
            continue
        expected = fsum(margins) / len(margins) / average
        assert is_index == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(st.lists(rows, min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_shuffling_customers_shuffles_their_figures_and_changes_no_bit(found, chance):
    order = list(range(len(found)))
    chance.shuffle(order)
    share, index = figures_of(found)
    shuffled_share, shuffled_index = figures_of([found[at] for at in order])
    np.testing.assert_array_equal(shuffled_share, share[order])
    np.testing.assert_array_equal(shuffled_index, index[order])


def test_without_a_margin_above_zero_on_average_there_is_no_ratio_to_it():
    for margins in ([-1.0, 1.0], [-5.0, 1.0], [np.nan, np.nan]):
        _, index = figures_of([(0, True, margins[0]), (1, True, margins[1])])
        assert np.isnan(index).all()


# ---------------------------------------------------------------------------- what the log tells


def test_who_has_ordered_has_bought_and_who_has_come_back_repeats(made):
    facts = made.relationships
    ahead = len(made) - len(made.summaries)
    assert facts.ids.tolist() == made.portfolio.ids.tolist()
    assert facts.has_bought.tolist() == [1] * len(made.summaries) + [0] * ahead
    assert facts.repeats.tolist() == [*(made.summaries.frequency > 0), *[0] * ahead]
    assert facts.large_account.tolist() == [
        max(code, 0) for code in made.portfolio.significance_high_volume
    ]
    assert facts.barred.tolist() == made.portfolio.barred.tolist()
    assert set(facts.names) == {
        "customer",
        "barred",
        "segment_share",
        "segment_margin_index",
        "has_bought",
        "repeats",
        "large_account",
    }


def test_the_segments_of_a_plan_are_the_tiers_of_the_pyramid(made):
    shares = {}
    for tier, share in zip(made.pyramid.codes, made.relationships.segment_share, strict=True):
        shares.setdefault(int(tier), set()).add(float(share))
    logged = len(made.summaries)
    for tier, share in shares.items():
        inside = np.count_nonzero(made.pyramid.codes[:logged] == tier)
        assert share == {inside / logged}
    index = made.relationships.segment_margin_index
    margin = made.portfolio.current_contribution
    top = made.pyramid.codes == 0
    expected = margin[top].mean() / margin[:logged].mean()
    assert index[top] == pytest.approx(expected)


def test_a_frequency_that_is_not_told_leaves_open_who_repeats(made):
    logged = len(made.summaries)
    summaries = made.summaries.replace(frequency=np.full(logged, np.nan))
    facts = relationship_facts(made.portfolio, summaries, made.pyramid.codes)
    assert set(facts.repeats[:logged].tolist()) == {-1}


# ------------------------------------------------------------------------------- what others know

ESTIMATED = Relationships(
    customer=["a", "b", "c"],
    has_bought=[True, True, False],
    segment_share=[0.5, 0.5, 0.5],
    segment_margin_index=[1.0, 1.0, 1.0],
)
MARGIN = np.array([30.0, 10.0, np.nan])


def known(**columns):
    found = Relationships(**columns)
    return with_known_relationships(ESTIMATED, found, margin=MARGIN, as_of=date(2026, 6, 30))


def test_what_is_known_overrules_the_estimate_and_leaves_the_rest():
    merged = known(customer=["c", "a"], segment_share=[None, 0.1], bond_now=["social", None])
    assert merged.given == {"segment_share": 1, "bond_now": 1}
    assert merged.relationships.segment_share.tolist() == [0.1, 0.5, 0.5]
    assert merged.relationships.values("bond_now") == [None, None, Bond.SOCIAL]
    assert merged.relationships.has_bought.tolist() == [1, 1, 0]


def test_segments_that_are_named_are_those_whose_figures_count():
    merged = known(
        customer=["a", "b", "c"], segment=["key", "rest", "key"], segment_share=[None, None, 0.9]
    ).relationships
    assert merged.segment_share.tolist() == [0.5, 0.5, 0.9]
    assert merged.segment_margin_index.tolist() == [1.5, 0.5, 1.5]
    merged = known(customer=["a"], segment=["key"]).relationships
    assert merged.values("segment_share") == [0.5, None, None]


def test_the_days_at_an_approach_are_counted_unless_they_are_told():
    merged = known(
        customer=["a", "b", "c"],
        approach_since=[date(2026, 6, 1), date(2026, 7, 9), None],
        days_at_approach=[7, None, None],
    ).relationships
    assert merged.values("days_at_approach") == [7, 0, None]
    merged = known(customer=["a"], approach_since=[date(2026, 6, 1)]).relationships
    assert merged.values("days_at_approach") == [29, None, None]


def test_a_column_of_nothing_changes_nothing():
    merged = known(customer=["a"], segment=[None], approach_since=[None], bond_now=[None])
    assert merged.relationships == ESTIMATED


def test_who_is_not_in_the_plan_is_refused():
    with pytest.raises(InvalidRowsError, match="customer 'x' must be a customer of the plan"):
        known(customer=["a", "x"])
    with pytest.raises(InvalidRowsError, match="must have one row only"):
        known(customer=["a", "a"])
    with pytest.raises(InvalidValueError, match="be in the known facts what it is in the order"):
        known(customer=[1])


# ------------------------------------------------------------------------------------- the plan


def test_the_lines_say_approach_bond_and_what_to_do(made):
    lines = made.lines()
    assert lines.values("approach") == [str(word) for word in made.approaches.labels()]
    assert lines.values("bond") == [str(word) for word in made.bonds.labels()]
    assert lines.values("approach_reason") == made.approaches.reasons()
    assert lines.values("bond_reason") == made.bonds.reasons()
    for strategy, approach, bond, keys in zip(
        made.decisions.labels(),
        made.approaches.labels(),
        made.bonds.labels(),
        lines.values("actions"),
        strict=True,
    ):
        expected = actions_for(strategy=strategy, approach=approach, bond=bond)
        assert keys == "; ".join(action.key for action in expected)
        assert set(keys.split("; ")) <= set(ACTIONS)
    bare = made.lines(reasons=False)
    assert set(bare.values("approach_reason")) == set(bare.values("bond_reason")) == {None}
    assert bare.values("actions") == lines.values("actions")


def test_who_is_barred_is_held_in_all_three(made):
    barred = made.decisions.where(Abstention.HOLD)
    assert barred.any()
    assert (made.approaches.where(Abstention.HOLD) == barred).all()
    assert (made.bonds.where(Abstention.HOLD) == barred).all()


def test_prospects_are_sold_to_first_and_partners_are_large(made):
    logged = len(made.summaries)
    ahead = [word for word in made.approaches.labels()[logged:] if word is not Abstention.HOLD]
    assert set(ahead) == {Approach.BASIC}
    partners = made.approaches.where(Approach.PARTNERSHIP)
    assert partners.any()
    assert (made.relationships.large_account[partners] == 1).all()


def test_without_a_word_on_bonds_everyone_is_held_by_incentives_and_the_plan_says_so(made):
    told = Counter(made.bonds.labels())
    assert set(told) == {Bond.FINANCIAL, Abstention.HOLD}
    assert set(made.bonds.assumed) == set(ASSUMED_RELATIONSHIP_FACTS)
    assert made.relationships.absent("bond_now").all()
    bare = planned([{DAY: 5.0}], assumptions=Assumptions(relationship_facts={}))
    assert bare.lines().values("bond") == ["undecided"]
    assert bare.bonds[0].missing[0] == "bond_now"


def test_what_is_known_of_relationships_decides():
    market = [{date(2025, 8, day): 100.0, DAY: 100.0} for day in (1, 2, 3)]
    facts = Relationships(
        customer=["C-0", "C-1"],
        segment_share=[0.01, 0.01],
        segment_margin_index=[5, 5],
        large_account=[True, True],
        approach_now=["accountable", None],
        approach_since=[date(2025, 1, 1), None],
        bond_now=["financial", "financial"],
        identified=[True, True],
        consented=[True, False],
        next_bond_gain=[9, 9],
        next_bond_cost=[5, 5],
    )
    plan = planned(market, relationships=facts)
    assert plan.lines().values("approach")[:2] == ["proactive", "partnership"]
    assert plan.lines().values("bond") == ["social", "financial", "financial"]
    assert plan.given["approach_now"] == 1
    early = planned(
        market, relationships=facts, approach_policy=ApproachPolicy(days_before_step=1e6)
    )
    assert early.lines().values("approach")[0] == "accountable"
    known = facts.replace(bond_now=["social", None], profile_completeness=[0.5, None])
    wide = planned(market, relationships=known, bond_policy=BondPolicy(profile_enough=0.5))
    assert wide.lines().values("bond")[0] == "customization"


def test_facts_and_relationships_are_told_beside_each_other():
    market = [{DAY: 100.0}, {DAY: 50.0}]
    plan = planned(
        market,
        facts=Portfolio(customer=["C-0", "P"], status=[None, "prospect"], barred=[True, None]),
        relationships=Relationships(customer=["P"], approach_now=["basic"]),
    )
    assert plan.lines().values("approach")[0] == "hold"
    assert plan.lines().values("actions")[0] == "hold.serve_only"
    assert plan.given["barred"] == 1
    assert plan.given["approach_now"] == 1


@pytest.mark.parametrize("name", ["relationships", "approach_policy", "bond_policy"])
def test_what_is_neither_relationships_nor_a_policy_is_refused_with_the_way_to_make_it(name):
    with pytest.raises(InvalidValueError) as refused:
        planned([{DAY: 5.0}], **{name: 5})
    assert refused.value.field == name
    assert refused.value.remedy


@given(st.data())
@settings(max_examples=20)
def test_the_blocks_of_a_plan_are_its_lines(made, data):
    size = data.draw(st.integers(400, 1_500))
    blocks = list(made.blocks(size))
    assert [x for block in blocks for x in block.values("approach")] == [
        str(word) for word in made.approaches.labels()
    ]
    row = data.draw(st.integers(0, len(made) - 1))
    assert made.line(row).bond_reason == made.bonds[row].reason
    assert made.line(row).approach_reason == made.approaches[row].reason


def test_what_is_assumed_of_relationships_is_checked_and_cannot_be_written_to():
    assert set(ASSUMED_RELATIONSHIP_FACTS) <= set(schema(Relationships.record_type).features)
    stated = Assumptions(relationship_facts={"bond_now": "social"})
    assert stated.relationship_facts == {"bond_now": Bond.SOCIAL}
    with pytest.raises(relmkt.errors.UnknownNameError, match="bond_noww"):
        Assumptions(relationship_facts={"bond_noww": "social"})
    with pytest.raises(InvalidValueError, match="must not be assumed"):
        Assumptions(relationship_facts={"customer": "a"})
    with pytest.raises(TypeError):
        stated.relationship_facts["bond_now"] = Bond.FINANCIAL


def test_who_is_harvested_is_not_called(made):
    keys = made.lines(reasons=False).values("actions")
    for row in np.flatnonzero(made.decisions.where(Strategy.HARVEST)).tolist():
        owners = {ACTIONS[key].owner for key in keys[row].split("; ")}
        assert not owners & {Approach.ACCOUNTABLE, Approach.PROACTIVE, Approach.PARTNERSHIP}
