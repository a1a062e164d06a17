"""A policy is verified whatever numbers a portfolio will give its thresholds."""

from __future__ import annotations

import re

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt import policies
from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts, Strategy
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.planning import SkipPolicy
from relmkt.policies import SHIPPED, StrategyPolicy, marked, stand_ins, verify_policy
from relmkt.policies import verification as module
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, ANYTHING, Rule, Table, absent, never
from relmkt.thresholds import Policy, Quantile, policy, threshold

on = handles(CustomerFacts)
NUMBERS = {"retained_value_high": 200.0, "residual_value_high": 150.0, "cost_ratio_high": 0.3}


def verified(tried, **options):
    return verify_policy(tried, StrategyPolicy.table, **options)


@policy
class Tried(Policy):
    """Two thresholds of one fact, and one that no rule asks about."""

    low: float | Quantile = threshold(default=Quantile("headroom", 0.2), unit="one", meaning="low")
    high: float | Quantile = threshold(
        default=Quantile("headroom", 0.8), unit="one", meaning="high"
    )
    idle: float | Quantile = threshold(default=1.0, unit="one", meaning="asked by nobody")


def table(tried):
    """With the low one above the high one the middle can never be; on the high one neither."""
    limits = tried.numbers()
    rules = [
        Rule("over", on.headroom >= limits["high"], "over"),
        Rule("middle", (on.headroom >= limits["low"]) & (on.headroom < limits["high"]), "middle"),
        Rule("zero", on.headroom == 0, "zero"),
        Rule("under", ALWAYS, "under"),
    ]
    return Table(name="tried", facts=schema(CustomerFacts), rules=rules)


# ------------------------------------------------------------------------------- the stand-ins


def test_a_policy_of_plain_numbers_stands_for_itself():
    plain = StrategyPolicy(**NUMBERS)
    assert stand_ins(plain, StrategyPolicy.table) == (plain,)
    (trial,) = verified(plain).trials
    assert trial.policy == plain
    assert trial.verification.table == plain.table()


def test_every_policy_with_promises_ships_by_the_name_of_its_table():
    promising = {
        kind
        for kind in map(vars(policies).get, policies.__all__)
        if isinstance(kind, type) and issubclass(kind, Policy) and hasattr(kind, "promises")
    }
    assert promising <= set(SHIPPED.values())
    for name, kind in SHIPPED.items():
        assert marked(kind())[0].table().name == name


@pytest.mark.parametrize("kind", SHIPPED.values(), ids=SHIPPED)
def test_every_shipped_policy_is_sound_and_keeps_its_promises(kind):
    found = verify_policy(kind(), kind.table, never=kind.promises)
    assert found.sound
    assert not found.findings


CHECKLISTS = {
    kind.__name__: kind().checklist
    for kind in map(vars(policies).get, policies.__all__)
    if isinstance(kind, type) and issubclass(kind, Policy) and hasattr(kind, "checklist")
} | {"procedure_faults": policies.procedure_faults}


@pytest.mark.parametrize("made", CHECKLISTS.values(), ids=CHECKLISTS)
def test_of_every_checklist_each_rule_holds_for_somebody(made):
    verified = made().verify()
    assert verified.sound
    assert not verified.findings


def test_what_was_asked_is_told_with_what_was_found():
    tried = Tried(low=-1, high=2)
    statement = never("over", as_="headroom")
    found = verify_policy(tried, table, never=iter([statement]))
    assert (found.policy, found.promises, found.overlaps) == (tried, (statement,), ())
    assert found.depends == {}
    assert verify_policy(tried, table, overlaps=True).overlaps


def test_the_shipped_policy_stands_in_six_orders():
    tried = stand_ins(StrategyPolicy(), StrategyPolicy.table)
    assert {(plain.residual_value_high, plain.cost_ratio_high) for plain in tried} == {
        (residual, ratio) for residual in (-1.0, 0.0, 1.0) for ratio in (0.0, 1.0)
    }
    assert len(tried) == 6


def test_two_thresholds_of_one_fact_stand_in_every_order():
    tried = stand_ins(Tried(), table)
    orders = {
        tuple(
            (a > b) - (a < b) for a, b in ((plain.low, plain.high), (plain.low, 0), (plain.high, 0))
        )
        for plain in tried
    }
    # Below, on and above zero, each with the other below, on and above it where there is room.
    assert orders == {
        (-1, -1, -1), (0, -1, -1), (1, -1, -1), (-1, -1, 0), (-1, -1, 1), (1, 0, -1), (0, 0, 0),
        (-1, 0, 1), (1, 1, -1), (1, 1, 0), (-1, 1, 1), (0, 1, 1), (1, 1, 1),
    }  # fmt: skip


def test_a_threshold_that_no_rule_asks_about_has_one_place():
    idle = Tried(low=1, high=2, idle=Quantile("attrition_risk", 0.5))
    (plain,) = stand_ins(idle, table)
    assert 0 <= plain.idle <= 1


def test_a_quantile_stands_within_the_bounds_of_its_fact_or_where_none_counts():
    def ratio(tried):
        return Table(
            name="ratio",
            facts=schema(CustomerFacts),
            rules=[Rule("high", on.headroom >= tried.high, "high"), Rule("all", ALWAYS, "all")],
        )

    risk = Tried(low=0, high=Quantile("attrition_risk", 0.5))
    assert len(stand_ins(risk, ratio)) == 1

    def cut(tried):
        middle = on.headroom >= tried.high
        rules = [Rule("a", middle & (on.headroom < 0), "a"), Rule("b", on.headroom < 7, "b")]
        return Table(name="cut", facts=schema(CustomerFacts), rules=rules)

    assert [plain.high for plain in stand_ins(risk, cut)] == [0.0, 4.0]
    for otherwise, more in ((5.0, []), (7.0, [7.0]), (9.0, [10.0])):
        odd = attrs.evolve(risk, high=Quantile("attrition_risk", 0.5, otherwise=otherwise))
        assert [plain.high for plain in stand_ins(odd, cut)] == [0.0, 4.0, *more]
    asked = StrategyPolicy(**NUMBERS, attrition_risk_high=Quantile("attrition_risk", 0.9))
    risks = [plain.attrition_risk_high for plain in stand_ins(asked, StrategyPolicy.table)]
    assert risks == [0.0, 0.5, 1.0]


def test_marks_are_numbers_that_no_threshold_is():
    plain, marks = marked(StrategyPolicy())
    held = {number for number in StrategyPolicy().values().values() if isinstance(number, float)}
    assert sorted(marks.values()) == [
        "cost_ratio_high",
        "residual_value_high",
        "retained_value_high",
    ]
    assert held.isdisjoint(marks)
    first = min(marks)
    again, others = marked(attrs.evolve(StrategyPolicy(), target_profit=first))
    assert again.target_profit == first
    assert first not in others
    assert all(plain.values()[name] == mark for mark, name in marks.items())


# --------------------------------------------------------------------------- what is found


def test_the_shipped_policy_keeps_its_promises_for_every_portfolio():
    found = verified(StrategyPolicy(), never=StrategyPolicy.promises)
    assert found.sound
    assert found.findings == found.overlaps == ()
    assert found.stopped is None
    assert found.promises == StrategyPolicy.promises
    assert list(found.depends) == list(NUMBERS)


def test_it_keeps_them_wherever_the_other_thresholds_are():
    """Of the facts that are compared with several numbers; those of the others have one place."""
    anywhere = StrategyPolicy(
        target_profit=Quantile("current_profit", 0.5),
        headroom_hurdle=Quantile("headroom", 0.5),
        residual_value_high=Quantile("residual_value", 0.5),
        retained_value_high=200,
        cost_ratio_high=0.3,
    )
    tried = stand_ins(anywhere, StrategyPolicy.table)
    assert len(tried) == 27
    for plain in tried[::2]:  # every second, for time
        assert plain.table().verify(never=StrategyPolicy.promises).findings == ()


@pytest.mark.parametrize("statement", StrategyPolicy.promises, ids=str)
def test_no_promise_is_kept_for_want_of_a_case(statement):
    back = attrs.evolve(statement, rises=not statement.rises)
    (found,) = verified(StrategyPolicy(), never=[back]).findings
    assert len(found.trials) >= 2


def test_what_shows_in_some_orders_only_is_told_with_them():
    found = verify_policy(Tried(), table, overlaps=True)
    middle = [each for each in found.findings if getattr(each.finding, "rule", "") == "middle"]
    assert middle
    shown = {trial.policy for each in middle for trial in each.trials}
    assert shown == {
        trial.policy for trial in found.trials if trial.policy.low >= trial.policy.high
    }
    assert not found.sound
    assert {each.finding.rules for each in found.overlaps} >= {("over", "zero"), ("middle", "zero")}


def test_the_same_finding_with_another_witness_is_one():
    statement = never(Strategy.ENHANCE, as_="current_profit")
    (found,) = verified(StrategyPolicy(), never=[statement]).findings
    assert found.finding.statement == statement
    witnesses = {trial.verification.broken[0].before for trial in found.trials}
    assert len(found.trials) == 3
    assert found.finding.before in witnesses


def test_a_verification_that_stops_says_so(monkeypatch):
    whole = Table.verify
    monkeypatch.setattr(Table, "verify", lambda self, **more: whole(self, node_limit=9, **more))
    found = verified(StrategyPolicy())
    assert not found.sound
    assert found.stopped.startswith("stopped after 9 nodes (node_limit), asking whether")


values = st.lists(st.none() | st.sampled_from([-2.0, 0.0, 0.5, 3.0]), min_size=3, max_size=3)
quantile_facts = st.sampled_from(["headroom", "attrition_risk"])


@settings(max_examples=20)
@given(values, values, quantile_facts, quantile_facts, st.floats(0, 1), st.sampled_from([0.0, 5.0]))
def test_whatever_a_portfolio_gives_one_of_the_tables_tried_has_the_same_faults(
    headroom, risk, low, high, level, otherwise
):
    """The law: the findings of every calibrated policy are those of a trial before."""
    shares = [None if value is None else min(abs(value), 1.0) for value in risk]
    portfolio = Portfolio(customer=range(3), headroom=headroom, attrition_risk=shares)
    tried = Tried(
        low=Quantile(low, level, above=0.0, otherwise=otherwise), high=Quantile(high, 0.5)
    )
    promise = never(ANYTHING, "zero", as_="headroom")

    def faults(findings):
        return {re.split(" for |, as|; but", str(finding))[0] for finding in findings}

    after = table(tried.calibrate(portfolio)).verify(never=[promise])
    before = verify_policy(tried, table, never=[promise])
    assert faults(after.findings) in [
        faults(trial.verification.findings) for trial in before.trials
    ]


def test_an_outcome_decided_past_an_unknown_is_found_and_sound():
    def build(tried):
        rules = [
            Rule("a", on.headroom > tried.high, "x"),
            Rule("b", absent(on.headroom), "x"),
            Rule("c", ALWAYS, "y"),
        ]
        return Table(name="past", facts=schema(CustomerFacts), rules=rules)

    found = verify_policy(Tried(low=0), build)
    assert found.sound
    assert [type(each.finding).__name__ for each in found.findings] == ["PastUnknown"]


# ---------------------------------------------------------------------------------- bad input


def test_a_quantile_of_what_is_no_number_is_refused():
    cases = [
        ("hedroom", UnknownNameError, "no fact 'hedroom' in threshold 'high'; did you mean 'head"),
        ("status", InvalidValueError, "'high' must depend on a number, got 'status, a member'"),
    ]
    for fact, error, message in cases:
        with pytest.raises(error, match=message):
            verify_policy(Tried(high=Quantile(fact, 0.5)), table)


def test_too_many_orders_are_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr(module, "TRIAL_LIMIT", 6)
    assert len(stand_ins(StrategyPolicy(), StrategyPolicy.table)) == 6
    monkeypatch.setattr(module, "TRIAL_LIMIT", 5)
    with pytest.raises(
        InvalidValueError,
        match=r"'thresholds' must stand in at most 5 orders, got 6: state plain numbers for some "
        r"of retained_value_high, residual_value_high, cost_ratio_high",
    ):
        verified(StrategyPolicy())


def test_a_checklist_is_verified_too_and_promises_nothing():
    """It is an outcome that a promise is made of, and a checklist has any number of them."""
    found = verify_policy(SkipPolicy(), SkipPolicy.checklist, overlaps=True)
    assert found.sound
    assert found.overlaps
    with pytest.raises(InvalidValueError) as caught:
        verify_policy(SkipPolicy(), SkipPolicy.checklist, never=[never("skip", as_="value")])
    assert str(caught.value) == (
        "'never' must be left out of a checklist, which has no one outcome, "
        "got 'as value rises, never from skip to anything else'"
    )
