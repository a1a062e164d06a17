"""Phase, conditions and sanctions: the tables in code are the tables in words, for every cell."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmkt.channel import Candidates, Channels, Conducts, Markets
from relmkt.domain import (
    Channel,
    ChannelFacts,
    ConductFacts,
    MarketFacts,
    Phase,
    Purpose,
    Response,
)
from relmkt.errors import InvalidValueError
from relmkt.policies import (
    PHASE_ACTIONS,
    SANCTIONS,
    Action,
    ChannelPolicy,
    PhasePolicy,
    SanctionPolicy,
    SelectionPolicy,
    banded,
    phase_actions,
    verify_policy,
)
from relmkt.policy_json import policy_from_json, policy_to_json
from relmkt.rules import never
from relmkt.table_json import table_from_json, table_to_json
from relmkt.testing import laws
from relmkt.testing.strategies import bounds_in, policies, records
from relmkt.thresholds import OUR_DEFAULT, thresholds
from tests.policies.channel_tables import (
    PHASE_AXES,
    PHASE_LIMITS,
    SANCTION_AXES,
    SANCTION_WORDS,
    phase_for,
    possible,
    response_for,
)

SHIPPED = (PhasePolicy(sales_small=1000), SanctionPolicy())
SITUATIONS = yaml.safe_load(
    Path(__file__).with_name("channel_situations.yaml").read_text(encoding="utf-8")
)
TABLES = {  # each is made in the test that asks it
    "phase": (PhasePolicy(sales_small=1000).table, Markets, "brand_market"),
    "sanctions": (SanctionPolicy().table, Conducts, "party"),
    "channel": (ChannelPolicy().checklist, Channels, "brand_market"),
}


STEPS = (
    *("written", "lawful", "same_for_all", "appealable"),
    *("has_evidence", "notified", "heard", "upheld"),
)


def combinations(axes):
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def market_facts(row, name=1):
    low, trend, high = row["interval"]
    known = {key: value for key, value in row.items() if key != "interval"}
    return {
        "brand_market": name,
        "sales_trend": trend,
        "trend_low": low,
        "trend_high": high,
        **known,
    }


def columns(columns_type, rows):
    return columns_type(**{name: [row[name] for row in rows] for name in rows[0]})


# ------------------------------------------------------------------------- every combination


def test_every_cell_of_the_phases_is_decided_as_the_words_say():
    rows = combinations(PHASE_AXES)
    facts = [market_facts(row, name) for name, row in enumerate(rows)]
    decisions = PhasePolicy(**PHASE_LIMITS).table().decide(columns(Markets, facts))
    assert [str(word) for word in decisions.labels()] == [phase_for(row) for row in rows]
    assert decisions.settled.all()
    assert set(decisions.rule.tolist()) == set(range(len(decisions.table.rules)))


def test_every_cell_of_the_sanctions_is_decided_as_the_words_say():
    rows = [row for row in combinations(SANCTION_AXES) if possible(row)]
    facts = columns(Conducts, [{"party": name, **row} for name, row in enumerate(rows)])
    decisions = SanctionPolicy().table().decide(facts)
    assert [str(word) for word in decisions.labels()] == [response_for(row) for row in rows]
    assert decisions.settled.all()
    assert set(decisions.rule.tolist()) == set(range(len(decisions.table.rules)))


@given(policies(PhasePolicy, plain=True), st.data())
@settings(max_examples=40)
def test_any_policy_of_phases_decides_any_market_as_the_words_say(policy, data):
    table = policy.table()
    facts = data.draw(records(MarketFacts, often=bounds_in(table), complete=True))
    numbers = policy.numbers()
    # With crossed cut points sales may rise and fall at once, of which the words say nothing.
    assume(numbers["growth_least"] > 0 or numbers["decline_least"] > 0)
    words = {name: getattr(facts, name) for name in PHASE_AXES if name != "interval"}
    words["interval"] = (facts.trend_low, facts.sales_trend, facts.trend_high)
    assert table.decide(facts).outcome == phase_for(words, numbers)


# ------------------------------------------------------------------------------------- the laws


@given(records(ConductFacts), policies(SanctionPolicy, plain=True))
@settings(max_examples=300)
def test_nobody_is_sanctioned_without_every_step_of_a_fair_hearing(facts, policy):
    """Whatever else is known or not, and wherever the thresholds are."""
    if policy.table().decide(facts).outcome in SANCTIONS:
        assert facts.conduct == "breach"
        assert facts.term_kind not in ("resale_price", "passive_sales")
        assert all(getattr(facts, step) is True for step in STEPS)


def test_no_cell_with_one_step_missing_is_a_sanction():
    rows = [row for row in combinations(SANCTION_AXES) if possible(row)]
    decided = (
        SanctionPolicy()
        .table()
        .decide(columns(Conducts, [{"party": name, **row} for name, row in enumerate(rows)]))
        .labels()
    )
    sanctioned = [row for row, word in zip(rows, decided, strict=True) if word in SANCTIONS]
    assert sanctioned
    assert all(row[step] is True for row in sanctioned for step in STEPS)
    assert {row["conduct"] for row in sanctioned} == {"breach"}
    kinds = {row["term_kind"] for row in rows} - {"resale_price", "passive_sales"}
    assert {row["term_kind"] for row in sanctioned} == kinds
    assert set(map(str, SANCTIONS)) == SANCTION_WORDS


def test_a_consumer_gets_no_sanction_of_dealers_and_a_dealer_none_of_consumers():
    rows = [row for row in combinations(SANCTION_AXES) if possible(row)]
    decided = (
        SanctionPolicy()
        .table()
        .decide(columns(Conducts, [{"party": name, **row} for name, row in enumerate(rows)]))
    )
    of_dealers = {"warn", "hold_rebate", "end_supply", "partner", "help", "resize", "reclass"}
    for row, word in zip(rows, decided.labels(), strict=True):
        assert (word not in of_dealers) if row["is_consumer"] else (word != "withdraw_privilege")


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: type(policy).__name__)
def test_the_shipped_policy_is_sound_and_keeps_its_promises(policy):
    found = verify_policy(policy, type(policy).table, never=policy.promises, overlaps=True)
    assert found.sound
    assert not found.findings


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: type(policy).__name__)
def test_the_policy_breaks_no_law(policy):
    laws.check_policy(policy, never=policy.promises, max_examples=4)


def test_a_promise_that_is_none_is_found_out():
    for policy, broken in (
        (PhasePolicy(), never(Phase.DECLINE, as_="sales_trend")),
        (SanctionPolicy(), never(Response.HEAR, as_="heard")),
    ):
        assert not verify_policy(policy, type(policy).table, never=[broken]).sound


def test_the_checklist_can_say_each_of_its_warnings():
    assert ChannelPolicy().checklist().verify().sound
    laws.check_checklist(ChannelPolicy().checklist(), max_examples=4)


def test_a_phase_is_left_more_slowly_than_it_is_entered():
    steady = banded(PhasePolicy(sales_small=1000), dwell="6 months", confirmations=2).steady()
    for table in steady.tables.values():
        assert table.verify().sound
    standing, told = None, []
    for month, trend in enumerate((0.12, 0.09, 0.05, 0.05, 0.05), start=1):
        facts = MarketFacts(
            brand_market="Lumen in North",
            months=36,
            sales_trend=trend,
            trend_low=trend - 0.04,
            trend_high=trend + 0.04,
            dealer_margin=0.2,
            margin_change=-0.02,
            spread_change=-0.02,
        )
        decision = steady.decide(facts, standing, as_of=date(2026, 2 * month, 1))
        standing = decision.standing
        told.append(
            (decision.outcome.value, None if decision.held is None else decision.held.value)
        )
    assert told == [
        ("growth", None),
        ("growth", "band"),
        ("growth", "confirmation"),
        ("maturity", None),
        ("maturity", None),
    ]


@given(st.lists(st.none() | st.floats(0, 1), max_size=4), st.floats(0, 1))
def test_who_matches_the_brand_is_decided_once_and_counted_in_the_introduction(matches, enough):
    candidates = Candidates(dealer=list(range(len(matches))), match_highest=matches)
    found = SelectionPolicy(match_enough=enough).checklist().decide(candidates).counts()
    poor = found["S5"]
    facts = ChannelFacts(brand_market=1, phase="introduction", poorly_matched=poor)
    held = ChannelPolicy().checklist().decide(facts).held
    assert held == (
        ("I2",) if any(match is not None and match < enough for match in matches) else ()
    )
    declared = [
        kind for kind in (ChannelPolicy, SelectionPolicy) if hasattr(kind(), "match_enough")
    ]
    assert declared == [SelectionPolicy]


@pytest.mark.parametrize("policy", [*SHIPPED, ChannelPolicy()], ids=lambda one: type(one).__name__)
def test_the_policy_comes_back_from_json_and_says_that_its_numbers_are_ours(policy):
    assert policy_from_json(policy_to_json(policy), type(policy)) == policy
    for threshold in thresholds(type(policy)):
        assert threshold.unit
        assert threshold.meaning
        assert OUR_DEFAULT in threshold.source


@pytest.mark.parametrize(
    ("policy", "record_type", "outcomes"),
    [(SHIPPED[0], MarketFacts, (Phase,)), (SHIPPED[1], ConductFacts, (Response,))],
)
def test_the_table_comes_back_from_json(policy, record_type, outcomes):
    again = table_from_json(table_to_json(policy.table()), record_type, outcomes=outcomes)
    assert again.version == policy.table().version


def test_what_is_little_is_taken_from_the_markets_themselves():
    policy = PhasePolicy()
    with pytest.raises(InvalidValueError, match=r"'sales_small' must be a plain number"):
        policy.table()
    markets = Markets(brand_market=[1, 2, 3], recent_sales=[10, 30, None])
    assert policy.calibrate(markets).sales_small == 20


# -------------------------------------------------------------------------------------- actions


def test_every_phase_has_deeds_and_all_but_the_last_has_taboos_each_with_reason_and_source():
    for phase in Phase:
        told = phase_actions(phase)
        assert any(action.advised for action in told)
        assert any(not action.advised for action in told) == (phase != "undetermined")
        assert [action.advised for action in told] == sorted(
            (action.advised for action in told), reverse=True
        )
    for key, action in PHASE_ACTIONS.items():
        assert key == action.key
        assert key.startswith(f"{action.owner}.")
        assert action.reason
        assert action.source
        assert action.advised or not action.channels
    assert sum(len(phase_actions(phase)) for phase in Phase) == len(PHASE_ACTIONS)


def test_a_deed_is_told_whole():
    assert PHASE_ACTIONS["introduction.disclose_plan"] == Action(
        key="introduction.disclose_plan",
        text="Disclose the plan for the coming year to the dealers.",
        owner=Phase.INTRODUCTION,
        purpose=Purpose.SERVICE,
        channels=(Channel.VISIT, Channel.EMAIL),
        source="channel-member selection",
        advised=True,
        reason="it gives the channel confidence",
    )
    assert PHASE_ACTIONS["decline.dump_stock"] == Action(
        key="decline.dump_stock",
        text="Dump stock on the dealers.",
        owner=Phase.DECLINE,
        purpose=Purpose.SERVICE,
        channels=(),
        source="our extension: the sources only name the phase",
        advised=False,
        reason="the loss returns as distrust of the next product",
    )


def test_what_is_said_of_decline_is_marked_as_our_extension():
    assert {action.source for action in phase_actions(Phase.DECLINE)} == {
        "our extension: the sources only name the phase"
    }


# ----------------------------------------------------------------------------------- situations


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each["situation"] for each in SITUATIONS])
def test_a_situation_in_words(situation):
    make, columns_type, identity = TABLES[situation["table"]]
    table = make()
    facts = columns_type.record_type(**{identity: "X"}, **situation["facts"])
    for found in (table.decide(facts), table.decide(columns_type.of([facts]))[0]):
        if "held" in situation:
            assert list(found.held) == situation["held"]
            assert dict(found.reasons) == situation.get("reasons", {})
            assert found.settled
            continue
        assert found.outcome == situation["outcome"]
        assert found.rule == situation.get("rule")
        if "missing" in situation:
            assert list(found.missing) == situation["missing"]
        if situation.get("rule"):
            assert found.reason == situation["reason"]


def test_there_is_a_situation_for_every_rule_and_for_what_is_not_known():
    told = Counter((each["table"], each.get("rule")) for each in SITUATIONS)
    for name in ("phase", "sanctions"):
        rules = {(name, rule.id) for rule in TABLES[name][0]().rules}
        assert {key for key in told if key[0] == name} == rules | {(name, None)}
    held = {rule for each in SITUATIONS for rule in each.get("held", ())}
    assert held == {rule.id for rule in TABLES["channel"][0]().rules}
    answers = {"outcome", "rule", "missing", "reason", "held", "reasons"}
    assert set().union(*SITUATIONS) == {"situation", "table", "facts", *answers}
    assert len({each["situation"] for each in SITUATIONS}) == len(SITUATIONS)


def test_what_is_not_asked_in_a_phase_is_not_missing_there():
    found = ChannelPolicy().checklist().decide(ChannelFacts(brand_market=1, phase="growth"))
    assert not found.held
    assert found.missing == (
        "rebate_published",
        "like_terms",
        "territory_designated",
        "target_set",
    )


def test_the_rows_of_a_portfolio_are_decided_as_its_records_are():
    rows = [market_facts(row, name) for name, row in enumerate(combinations(PHASE_AXES)[::37])]
    table = PhasePolicy(**PHASE_LIMITS).table()
    together = table.decide(columns(Markets, rows)).labels()
    assert together == [table.decide(MarketFacts(**row)).outcome for row in rows]
    assert np.unique([str(word) for word in together]).size > 2
