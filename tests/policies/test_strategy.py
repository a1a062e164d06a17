"""The seven strategies: the table in code is the table in words, for every combination."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import attrs
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain import Abstention, CustomerFacts, Significance, Status, Strategy
from relmkt.errors import InvalidValueError
from relmkt.policies import StrategyPolicy
from relmkt.rules import never
from relmkt.testing import laws
from relmkt.testing.strategies import bounds_in, policies, records
from relmkt.thresholds import Quantile, thresholds
from tests.policies.table_b1 import AXES, LIMITS, OUTCOMES, combinations, rule_for

POLICY = StrategyPolicy(**LIMITS)
TABLE = POLICY.table()
SITUATIONS = yaml.safe_load(
    Path(__file__).with_name("strategy_situations.yaml").read_text(encoding="utf-8")
)


def customer(facts, **more):
    """A customer from the words of the table, where significance is a yes or a no."""
    known = {name: value for name, value in {**facts, **more}.items() if name != "significant"}
    if facts.get("significant") is not None:
        known["significance"] = {Significance.BENCHMARK} if facts["significant"] else set()
    return CustomerFacts(customer="C", **known)


# ------------------------------------------------------------------------- every combination


@pytest.fixture(scope="module")
def grid():
    """Every combination as columns, and the rule that the words give for each."""
    rows = list(combinations())
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "significant"}
    for word in Significance:
        own = word is Significance.DOOR_OPENER
        columns[f"significance_{word}"] = [own and row["significant"] for row in rows]
    return Portfolio(customer=np.arange(len(rows)), **columns), [rule_for(row) for row in rows]


def test_every_combination_is_decided_as_the_words_say(grid):
    portfolio, expected = grid
    decisions = TABLE.decide(portfolio)
    assert len(portfolio) == np.prod([len(axis) for axis in AXES.values()])
    assert decisions.rule_ids() == expected
    assert decisions.labels() == [OUTCOMES[rule] for rule in expected]
    assert decisions.settled.all()


def test_every_rule_and_every_strategy_is_reached(grid):
    _, expected = grid
    assert set(expected) == set(OUTCOMES) == {rule.id for rule in TABLE.rules}
    assert set(Strategy) <= {TABLE.rules[at].outcome for at in range(len(TABLE.rules))}
    assert {OUTCOMES[rule.id] for rule in TABLE.rules} == {*Strategy, *Abstention} - {"undecided"}


def test_single_customers_are_decided_as_the_words_say(grid):
    portfolio, expected = grid
    for row in range(0, len(portfolio), 41):  # a prime, so that every axis turns
        decision = TABLE.decide(portfolio[row])
        assert decision.rule == expected[row]
        assert decision.outcome == OUTCOMES[expected[row]]
        assert decision.settled


@given(policies(StrategyPolicy, plain=True), st.data())
def test_any_policy_decides_any_customer_as_the_words_say(policy, data):
    table = policy.table()
    facts = data.draw(records(CustomerFacts, often=bounds_in(table), complete=True))
    words = {name: getattr(facts, name) for name in attrs.fields_dict(CustomerFacts)}
    words["significant"] = bool(facts.significance.present)
    expected = rule_for(words, policy.numbers())
    assert table.decide(facts).rule == expected
    assert table.decide(Portfolio.of([facts])).rule_ids() == [expected]


@pytest.mark.parametrize("kind", Significance)
def test_each_kind_of_significance_counts(kind):
    prospect = CustomerFacts(
        customer="C", status="prospect", barred=False, acquisition_gain=0, significance={kind}
    )
    assert TABLE.decide(prospect).outcome is Strategy.START
    assert TABLE.decide(attrs.evolve(prospect, significance=())).rule == "R2"


# ------------------------------------------------------------------------------ what is unknown

PARTS = {  # the axes of the grid, by the facts that each stands for
    "status": [{"status": value} for value in AXES["status"]],
    "significant": [{"significant": value} for value in AXES["significant"]],
    "risk": [
        dict(zip(("attrition_risk", "competitor_pull", "wallet_share_falling"), value, strict=True))
        for value in AXES["risk"]
    ],
    "gain": [{"acquisition_gain": value, "winback_gain": value} for value in AXES["gain"]],
} | {
    name: [{name: value} for value in values]
    for name, values in AXES.items()
    if name not in ("status", "significant", "risk", "gain")
}


@st.composite
def partly_known(draw):
    """Facts at the edges of the grid, with up to four of its axes unknown."""
    unknown = draw(st.sets(st.sampled_from(sorted(PARTS)), max_size=4))
    known = {}
    for name, values in PARTS.items():
        if name not in unknown:
            known |= draw(st.sampled_from(values))
    return known, [PARTS[name] for name in sorted(unknown)]


@given(partly_known())
def test_a_customer_is_settled_only_if_every_completion_agrees(drawn):
    known, open_axes = drawn
    reached = set()
    for parts in product(*open_axes):
        whole = dict(known)
        for part in parts:
            whole |= part
        reached.add(OUTCOMES[rule_for(whole)])
    decision = TABLE.decide(customer(known))
    assert reached <= set(decision.possible)
    if decision.settled:
        assert reached == {decision.outcome}
    else:
        assert len(reached) > 1
        assert decision.missing


@given(partly_known())
def test_a_missing_fact_that_is_asked_for_is_one_that_is_absent(drawn):
    known, _ = drawn
    decision = TABLE.decide(customer(known))
    for name in decision.missing:
        assert name not in known
        assert not (name.startswith("significance_") and "significant" in known)


# --------------------------------------------------------------------------------- monotonicity


@given(policies(StrategyPolicy, plain=True), st.data())
def test_more_risk_never_ends_protection(policy, data):
    table = policy.table()
    facts = data.draw(records(CustomerFacts, often=bounds_in(table)))
    decision = table.decide(facts)
    if decision.outcome is Strategy.PROTECT:
        for name in ("attrition_risk", "competitor_pull"):
            before = getattr(facts, name)
            more = data.draw(st.floats(before or 0, 1))
            assert table.decide(attrs.evolve(facts, **{name: more})).outcome is Strategy.PROTECT
        falling = attrs.evolve(facts, wallet_share_falling=True)
        assert table.decide(falling).outcome is Strategy.PROTECT


@pytest.mark.parametrize(
    ("outcome", "fact"),
    [
        (Strategy.START, "acquisition_gain"),
        (Strategy.WIN_BACK, "winback_gain"),
        (Strategy.PROTECT, "retained_value"),
        (Strategy.ENHANCE, "headroom"),
        (Strategy.REENGINEER, "cost_to_serve_ratio"),
        (Strategy.HARVEST, "current_profit"),
        (Abstention.MAINTAIN, "current_profit"),
    ],
)
def test_more_of_what_speaks_for_a_strategy_never_speaks_against_it(outcome, fact, grid):
    portfolio, _ = grid
    before = TABLE.decide(portfolio).where(outcome)
    assert before.any()
    for more in (0.01, 1.0, 1e6):
        raised = portfolio[before].replace(**{fact: portfolio.column(fact)[before] + more})
        assert TABLE.decide(raised).where(outcome).all()


def test_less_profit_or_hope_never_saves_one_whom_we_end(grid):
    portfolio, _ = grid
    before = TABLE.decide(portfolio).where(Strategy.END)
    for fact in ("avoidable_profit", "residual_value", "headroom"):
        lowered = portfolio[before].replace(**{fact: portfolio.column(fact)[before] - 1})
        assert TABLE.decide(lowered).where(Strategy.END).all()


def test_the_significant_are_never_ended_harvested_or_refused(grid):
    portfolio, _ = grid
    decisions = TABLE.decide(portfolio)
    significant = portfolio.significance_door_opener == 1
    for outcome in (Strategy.END, Strategy.HARVEST, Abstention.DO_NOT_PURSUE):
        assert not (decisions.where(outcome) & significant).any()


def test_the_law_comes_first_whatever_else_is_known(grid):
    portfolio, _ = grid
    assert (TABLE.decide(portfolio).where(Abstention.HOLD) == (portfolio.barred == 1)).all()
    barred = CustomerFacts(customer="C", barred=True)
    assert TABLE.decide(barred).outcome is Abstention.HOLD


@pytest.mark.parametrize("name", list(LIMITS))
def test_a_lower_threshold_never_shrinks_what_it_opens(name, grid):
    opened = {
        "retained_value_high": Strategy.PROTECT,
        "attrition_risk_high": Strategy.PROTECT,
        "competitor_pull_high": Strategy.PROTECT,
        "cost_ratio_high": Strategy.REENGINEER,
        "acquisition_hurdle": Strategy.START,
        "winback_hurdle": Strategy.WIN_BACK,
        "headroom_hurdle": Strategy.ENHANCE,
        "residual_value_high": Strategy.ENHANCE,
        "target_profit": Abstention.MAINTAIN,
    }[name]
    portfolio, _ = grid
    lower = attrs.evolve(POLICY, **{name: LIMITS[name] / 2 - 0.001}).table()
    before, after = (table.decide(portfolio).where(opened) for table in (TABLE, lower))
    assert before.sum() <= after.sum()
    assert (before <= after).all()
    assert lower.version != TABLE.version


def test_next_in_line_is_a_later_strategy_that_would_also_hold():
    both = CustomerFacts(
        customer="C",
        status=Status.ACTIVE,
        barred=False,
        significance=(),
        retained_value=0,
        current_profit=-5,
        cost_to_serve_ratio=0.9,
        cost_reducible=True,
        headroom=50,
    )
    decision = TABLE.decide(both)
    assert (decision.outcome, decision.next) == (Strategy.REENGINEER, Strategy.ENHANCE)


# ----------------------------------------------------------------------------------- situations


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each["situation"] for each in SITUATIONS])
def test_a_situation_in_words(situation):
    policy = StrategyPolicy(**{**LIMITS, **situation.get("thresholds", {})})
    facts = CustomerFacts(customer="C", **situation["facts"])
    table = policy.table()
    for decision in (table.decide(facts), table.decide(Portfolio.of([facts]))[0]):
        assert decision.outcome == situation["outcome"]
        assert decision.rule == situation.get("rule")
        assert set(decision.missing) == set(situation.get("missing", ()))
        if "possible" in situation:
            assert list(decision.possible) == situation["possible"]
        if "reason" in situation:
            assert decision.reason == situation["reason"]


SAID = """
R0 hold: the law comes before marketing: {because}
R1 start: worth more than the cost of acquisition, or significant: {because}
R2 do_not_pursue: acquisition would cost more than it brings: acquisition gain {acquisition_gain}
R3 win_back: gone, and worth regaining; ask why: {because}
R4 let_go: gone, and not to be regained; record why: win-back gain {winback_gain}, \
ended by the firm: {ended_by_us}, need gone: {need_gone}
R5 protect: matters and may leave: {because}
R6 reengineer: below target because of a cost to serve that can be reduced: {because}
R7 end: no sign of future profit (a person must approve): {because}
R8 enhance: room to grow: {because}
R9 harvest: pays its way and will not grow; fund new customers with it: \
current profit {current_profit}, value ahead {residual_value}
R10 maintain: fine as it is: {because}
R11 review: no rule fits; a person should decide: \
current profit {current_profit}, value ahead {residual_value}
"""
REST = {"R2", "R4", "R11"}
"""The rules that take what those before them have left."""


def test_every_rule_says_why_in_these_words():
    table = StrategyPolicy(**LIMITS).table()
    told = [f"{rule.id} {rule.outcome}: {rule.reason}" for rule in table.rules]
    assert told == SAID.strip().splitlines()
    assert {rule.id for rule in table.rules if rule.otherwise} == REST
    assert (table.name, table.undecided) == ("strategy", Abstention.UNDECIDED)
    assert table.constants == LIMITS
    assert table.version == TABLE.version


def test_there_is_a_situation_for_every_rule_and_several_for_undecided():
    told = Counter(situation.get("rule", "undecided") for situation in SITUATIONS)
    assert set(told) == {*OUTCOMES, "undecided"}
    assert told["undecided"] >= 5
    names = [situation["situation"] for situation in SITUATIONS]
    assert len(set(names)) == len(names)
    allowed = {
        "situation",
        "facts",
        "thresholds",
        "outcome",
        "rule",
        "missing",
        "possible",
        "reason",
    }
    assert set().union(*SITUATIONS) <= allowed


# ----------------------------------------------------------------------------------- the policy


def test_a_policy_decides_only_with_plain_numbers():
    with pytest.raises(InvalidValueError, match=r"'retained_value_high' must be a plain number"):
        StrategyPolicy().table()
    portfolio = Portfolio(
        customer=range(5),
        retained_value=[1, 2, 3, 4, 5],
        residual_value=[10, 20, 30, 40, None],
        cost_to_serve_ratio=[0, 0.1, 0.2, 0.3, None],
    )
    policy = StrategyPolicy().calibrate(portfolio)
    assert policy.numbers() == {
        "target_profit": 0.0,
        "retained_value_high": pytest.approx(4.2),
        "residual_value_high": pytest.approx(34.0),
        "attrition_risk_high": 0.5,
        "competitor_pull_high": 0.5,
        "cost_ratio_high": pytest.approx(0.2),
        "headroom_hurdle": 0.0,
        "acquisition_hurdle": 0.0,
        "winback_hurdle": 0.0,
    }
    assert policy.calibrate(portfolio) == policy
    assert policy.table().version == policy.table().version != TABLE.version


@pytest.mark.parametrize("subject", [StrategyPolicy, POLICY])
def test_the_policy_breaks_no_law(subject):
    promise = never(Strategy.PROTECT, as_="attrition_risk")
    laws.check_policy(subject, never=[promise], max_examples=50)


def test_every_threshold_changes_the_version():
    versions = {
        attrs.evolve(POLICY, **{name: LIMITS[name] + 0.125}).table().version for name in LIMITS
    }
    assert len(versions | {TABLE.version}) == len(LIMITS) + 1


def test_every_threshold_is_declared_with_unit_meaning_and_source():
    declared = thresholds(StrategyPolicy)
    assert [threshold.name for threshold in declared] == list(LIMITS)
    for threshold in declared:
        assert threshold.unit
        assert threshold.meaning
        assert threshold.source
        assert isinstance(threshold.default, float | Quantile)
