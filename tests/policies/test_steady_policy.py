"""A policy with exit thresholds: who hovers at a threshold keeps the strategy."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.calendars import Span
from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts, Hold, Strategy
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import (
    ApproachPolicy,
    PhasePolicy,
    SelectionPolicy,
    SteadyPolicy,
    StrategyPolicy,
    banded,
)
from relmkt.steady import Steady, loosened
from relmkt.testing.strategies import policies, records
from relmkt.thresholds import Quantile

PLAIN = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3)
START = date(2026, 1, 31)


def customer(**facts):
    held = {
        "status": "active",
        "barred": False,
        "significance": set(),
        "retained_value": 800,
        "residual_value": 800,
        "attrition_risk": 0.1,
        "competitor_pull": 0.1,
        "wallet_share_falling": False,
        "current_profit": 100,
        "avoidable_profit": 100,
        "cost_to_serve_ratio": 0.1,
        "cost_reducible": False,
        "headroom": 0,
    }
    return CustomerFacts(customer="C-17", **{**held, **facts})


def path(policy, facts):
    steady = policy.steady()
    standing, found = None, []
    for month, each in enumerate(facts):
        decision = steady.decide(each, standing, as_of=START + timedelta(days=30 * month))
        standing = decision.standing
        found.append(decision)
    return found


def outcomes(decisions):
    return [str(decision.outcome) for decision in decisions]


def test_a_customer_at_risk_is_protected_until_the_risk_is_well_below_the_threshold():
    risks = [0.45, 0.52, 0.48, 0.41, 0.39]
    facts = [customer(attrition_risk=risk) for risk in risks]
    policy = SteadyPolicy(policy=PLAIN, exit={"attrition_risk_high": 0.4})
    found = path(policy, facts)
    assert outcomes(found) == ["maintain", "protect", "protect", "protect", "maintain"]
    assert found[2].held is Hold.BAND
    assert found[2].reason.endswith("attrition risk 0.48 ≥ 0.4")


def test_protecting_and_the_law_wait_for_nothing_and_are_left_with_patience():
    policy = banded(PLAIN, confirmations=3, dwell="1 year")
    calm, risky, barred = customer(), customer(attrition_risk=0.9), customer(barred=True)
    assert outcomes(path(policy, [calm, risky, barred, calm])) == [
        "maintain",
        "protect",
        "hold",
        "hold",
    ]
    patient = attrs.evolve(policy, urgent=())
    assert outcomes(path(patient, [calm, risky, barred, calm])) == ["maintain"] * 4


def test_one_band_holds_those_on_either_side_of_the_threshold():
    facts = [customer(residual_value=value) for value in (145, 160, 145, 160, 145)]
    one_sided = SteadyPolicy(policy=PLAIN, exit={"residual_value_high": 120})
    assert len(set(outcomes(path(one_sided, facts)))) == 2
    both = SteadyPolicy(policy=PLAIN, exit={"residual_value_high": (120, 180)})
    assert outcomes(path(both, facts)) == ["harvest"] * 5


WIDE = {
    "attrition_risk": (0.41, 0.59),
    "competitor_pull": (0.41, 0.59),
    "retained_value": (165, 235),
    "residual_value": (125, 175),
    "cost_to_serve_ratio": (0.25, 0.35),
}


@settings(max_examples=60)
@given(records(CustomerFacts, complete=True), st.data())
def test_who_wobbles_inside_the_bands_never_comes_back_to_a_strategy_left(facts, data):
    policy = banded(PLAIN, dwell=None, confirmations=1)
    facts = attrs.evolve(facts, retained_value=None, residual_value=None)
    always = {"retained_value", "residual_value"}
    wobbling = [name for name in WIDE if name in always or data.draw(st.booleans())]
    seen = []
    for _ in range(6):
        moved = {name: data.draw(st.floats(*WIDE[name])) for name in wobbling}
        try:
            seen.append(attrs.evolve(facts, **moved))
        except InvalidValueError:  # a rule between fields
            continue
    runs = [outcome for outcome, _ in itertools.groupby(outcomes(path(policy, seen)))]
    assert len(runs) == len(set(runs))


@settings(max_examples=30)
@given(policies(StrategyPolicy, plain=True), st.data())
def test_without_bands_and_patience_it_decides_as_the_policy_does(policy, data):
    rows = [data.draw(records(CustomerFacts, complete=True)) for _ in range(4)]
    rows = [attrs.evolve(facts, customer="C") for facts in rows]
    bare = SteadyPolicy(policy=policy)
    table = policy.table()
    assert [d.outcome for d in path(bare, rows)] == [table.decide(facts).outcome for facts in rows]


@settings(max_examples=30)
@given(policies(StrategyPolicy, plain=True))
def test_the_band_of_any_policy_is_possible(policy):
    steady = banded(policy).steady()
    assert steady.entering == policy.table()
    assert (steady.dwell, steady.confirmations) == (Span(3, "month"), 2)


def test_the_table_of_each_strategy_verifies_within_the_default_bands():
    steady = banded(PLAIN).steady()
    for outcome, table in steady.tables.items():
        found = table.verify(never=StrategyPolicy.promises)
        assert found.gap is None, outcome
        assert not found.unsatisfiable, outcome
        assert not found.broken, outcome


def test_calibrating_makes_numbers_of_the_exits_too():
    portfolio = Portfolio(
        customer=range(101),
        retained_value=[*map(float, range(101))],
        residual_value=[*map(float, range(101))],
        cost_to_serve_ratio=[0.0] * 101,
    )
    calibrated = banded(StrategyPolicy()).calibrate(portfolio)
    assert calibrated.exit["retained_value_high"] == pytest.approx((75, 85))
    assert calibrated.policy == StrategyPolicy().calibrate(portfolio)
    # Nobody costs anything: all quantiles are the same, and there is no band.
    assert "cost_ratio_high" not in calibrated.exit
    assert calibrated.calibrate(portfolio) == calibrated
    assert calibrated.table() == calibrated.policy.table()
    single = SteadyPolicy(
        policy=StrategyPolicy(), exit={"retained_value_high": Quantile("retained_value", 0.7)}
    )
    assert single.calibrate(portfolio).exit == {"retained_value_high": (70.0,)}


def test_a_quantile_on_the_wrong_side_is_refused_once_it_is_a_number():
    portfolio = Portfolio(customer=range(11), retained_value=[*map(float, range(11))])
    policy = SteadyPolicy(
        policy=StrategyPolicy(), exit={"retained_value_high": Quantile("retained_value", 0.9)}
    )
    with pytest.raises(InvalidValueError, match="must make a rule easier to stay in"):
        policy.calibrate(portfolio)


def test_a_policy_that_waits_for_a_portfolio_does_not_decide_yet():
    with pytest.raises(InvalidValueError, match="call calibrate"):
        banded(StrategyPolicy()).steady()


def test_no_band_is_asked_for_by_a_width_of_nothing():
    assert banded(StrategyPolicy(), share=0, level=0).exit == {}
    assert set(banded(PLAIN).exit) == {
        "retained_value_high",
        "residual_value_high",
        "attrition_risk_high",
        "competitor_pull_high",
        "cost_ratio_high",
    }


def test_the_band_of_a_number_is_a_share_of_its_size_and_that_of_a_level_ends_with_the_levels():
    def band(name, value, **widths):
        return banded(StrategyPolicy(**{name: value}), **widths).exit[name]

    assert band("target_profit", -10) == (-12, -8)
    assert band("target_profit", 10, share=0.5) == (5, 15)
    levels = {0.98: (0.93, 1), 0.02: (0, 0.07), 0.5: (0.45, 0.55), 0: (0, 0.05), 1: (0.95, 1)}
    for level, ends in levels.items():
        found = band("retained_value_high", Quantile("retained_value", level))
        assert tuple(end.level for end in found) == ends
        assert {end.fact for end in found} == {"retained_value"}
    finest = band("retained_value_high", Quantile("retained_value", 0.12345678912))
    assert tuple(end.level for end in finest) == (0.0734567891, 0.1734567891)
    (low, high) = band("retained_value_high", Quantile("retained_value", 0.5), level=0.1)
    assert (low.level, high.level) == (0.4, 0.6)
    assert "acquisition_hurdle" not in banded(StrategyPolicy()).exit
    assert set(banded(StrategyPolicy(), share=0).exit) == {
        "retained_value_high",
        "residual_value_high",
        "cost_ratio_high",
    }


@pytest.mark.parametrize("width", [-0.1, float("nan"), float("inf"), True])
def test_a_width_is_a_number_of_at_least_nothing(width):
    with pytest.raises(
        InvalidValueError, match=rf"^'share' must be a number of at least 0, got {width}$"
    ):
        banded(PLAIN, share=width)
    with pytest.raises(
        InvalidValueError, match=rf"^'level' must be a number of at least 0, got {width}$"
    ):
        banded(PLAIN, level=width)


THRESHOLDS = ", ".join(PLAIN.values())
RULES = ", ".join(rule.id for rule in PLAIN.table().rules)
EXIT = "'exit of attrition_risk_high' must"
POLICY = "'policy' must be a policy that builds a table, got"


@pytest.mark.parametrize(
    ("stated", "error", "told"),
    [
        (
            {"exit": {"atrition_risk_high": 0.4}},
            UnknownNameError,
            (
                "no threshold 'atrition_risk_high' in exit; did you mean 'attrition_risk_high'? "
                f"There are: {THRESHOLDS}"
            ),
        ),
        (
            {"exit": {"attrition_risk_high": 0.6}},
            InvalidValueError,
            (
                f"{EXIT} make a rule easier to stay in than to enter, got 0.6: "
                "it is entered at 0.5, so try the other side of that"
            ),
        ),
        (
            {"exit": {"attrition_risk_high": 0.5}},
            InvalidValueError,
            (
                f"{EXIT} make a rule easier to stay in than to enter, got 0.5: "
                "it is entered at 0.5, so try the other side of that"
            ),
        ),
        (
            {"exit": {"attrition_risk_high": (0.3, 0.4)}},
            InvalidValueError,
            f"{EXIT} enclose the threshold (0.5), got (0.3, 0.4)",
        ),
        (
            {"exit": {"attrition_risk_high": (0.6, 0.7)}},
            InvalidValueError,
            f"{EXIT} enclose the threshold (0.5), got (0.6, 0.7)",
        ),
        (
            {"exit": {"attrition_risk_high": (0.3, 0.5, 0.6)}},
            InvalidValueError,
            f"{EXIT} be one value, or a pair round the threshold, got (0.3, 0.5, 0.6)",
        ),
        (
            {"exit": {"attrition_risk_high": float("nan")}},
            InvalidValueError,
            "'attrition_risk_high' must be a finite number or a Quantile, got nan",
        ),
        (
            {"exit": [("attrition_risk_high", 0.4)]},
            InvalidValueError,
            (
                "'exit' must be a mapping from thresholds to exits, "
                "got [('attrition_risk_high', 0.4)]: such as {\"attrition_risk_high\": 0.4}"
            ),
        ),
        (
            {"confirmations": 0},
            InvalidValueError,
            "'confirmations' must be a whole number of at least 1, got 0",
        ),
        (
            {"urgent": None},
            InvalidValueError,
            "'urgent' must be the ids of rules, got None: such as (\"R0\",)",
        ),
        (
            {"urgent": "R55"},
            UnknownNameError,
            f"no rule 'R55' in urgent; did you mean 'R5'? There are: {RULES}",
        ),
        (
            {"policy": StrategyPolicy},
            InvalidValueError,
            f"{POLICY} <class 'relmkt.policies.strategy.StrategyPolicy'>: such as StrategyPolicy()",
        ),
        (
            {"policy": SelectionPolicy()},
            InvalidValueError,
            (
                f"{POLICY} SelectionPolicy(match_enough=0.6, capital_enough=1.0): "
                "such as StrategyPolicy()"
            ),
        ),
    ],
)
def test_names_and_numbers_are_checked_at_the_door(stated, error, told):
    with pytest.raises(error) as caught:
        SteadyPolicy(**{"policy": PLAIN, **stated})
    assert str(caught.value) == told


def test_a_pair_may_begin_or_end_at_the_threshold():
    for pair in ((0.4, 0.5), (0.5, 0.6)):
        assert SteadyPolicy(policy=PLAIN, exit={"attrition_risk_high": pair}).exit == {
            "attrition_risk_high": pair
        }
    listed = SteadyPolicy(policy=PLAIN, exit={"attrition_risk_high": [0.4]})
    assert listed.exit == {"attrition_risk_high": (0.4,)}


def test_an_exit_is_compared_as_soon_as_both_its_numbers_are_known():
    waiting = StrategyPolicy()
    for exits in (
        {"retained_value_high": (100, 200)},
        {"retained_value_high": (100,)},
        {"attrition_risk_high": (Quantile("attrition_risk", 0.4),)},
    ):
        assert SteadyPolicy(policy=waiting, exit=exits).exit == exits
    neighbor = ApproachPolicy(customers_few=Quantile("segment_share", 0.2))
    assert SteadyPolicy(policy=neighbor, exit={"customers_many": 0.2}).exit
    with pytest.raises(InvalidValueError, match="so try the other side"):
        SteadyPolicy(policy=neighbor, exit={"customers_many": 0.3})


def test_a_threshold_in_order_with_another_moves_it_along():
    margins = ApproachPolicy(margin_low=0.5, margin_high=0.5)
    assert SteadyPolicy(policy=margins, exit={"margin_low": 0.6}).exit
    shares = ApproachPolicy(customers_few=0.25, customers_many=0.25)
    assert SteadyPolicy(policy=shares, exit={"customers_many": 0.2}).exit


def test_a_staying_table_is_the_entering_one_loosened_and_without_exits_there_is_none():
    bare = SteadyPolicy(policy=PLAIN).steady()
    assert bare == Steady(entering=PLAIN.table(), urgent=("R0", "R5"))
    assert bare.staying is None
    staying = SteadyPolicy(policy=PLAIN, exit={"attrition_risk_high": 0.4}).steady().staying
    other = attrs.evolve(PLAIN, attrition_risk_high=0.4).table()
    assert staying == loosened(PLAIN.table(), other)
    assert staying.constants == PLAIN.numbers()


def test_the_urgent_rules_are_those_of_the_strategies_unless_others_are_named():
    assert SteadyPolicy(policy=PLAIN).urgent == ("R0", "R5")
    assert SteadyPolicy(policy=PLAIN, urgent="R0").urgent == ("R0",)
    rules = {rule.id: rule.outcome for rule in PLAIN.table().rules}
    assert rules["R5"] is Strategy.PROTECT


def test_bands_that_reach_over_each_other_are_possible():
    """Thresholds in order stay so: one that a band would pass moves along."""
    close = banded(ApproachPolicy(margin_low=0.5, margin_high=0.5), share=0.1)
    assert close.exit["margin_low"] == close.exit["margin_high"] == pytest.approx((0.45, 0.55))
    staying = close.steady().table("reactive")
    assert staying.verify().sound
    waiting = ApproachPolicy(margin_high=Quantile("segment_margin_index", 0.8))
    assert banded(waiting).exit["margin_low"]
    with pytest.raises(InvalidValueError, match="'margin_low' must not exceed 'margin_high'"):
        ApproachPolicy(margin_low=0.6, margin_high=0.5)


@given(policies(ApproachPolicy, plain=True) | policies(PhasePolicy, plain=True))
def test_the_band_of_any_policy_with_an_order_is_possible(policy):
    assert banded(policy).steady().entering == policy.table()
