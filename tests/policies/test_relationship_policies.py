"""Approach, closeness and bond: the tables in code are the tables in words, for every cell."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import attrs
import numpy as np
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmkt.columns import Relationships
from relmkt.domain import Abstention, Approach, Bond, Closeness, RelationshipFacts
from relmkt.errors import InvalidValueError
from relmkt.policies import (
    ApproachPolicy,
    BondPolicy,
    ClosenessPolicy,
    bond_warnings,
    verify_policy,
)
from relmkt.policy_json import policy_from_json, policy_to_json
from relmkt.rules import never
from relmkt.table_json import table_from_json, table_to_json
from relmkt.testing import laws
from relmkt.testing.strategies import bounds_in, policies, records
from relmkt.thresholds import OUR_DEFAULT, Quantile, thresholds
from tests.policies.relationship_tables import (
    APPROACH_AXES,
    APPROACH_LIMITS,
    APPROACHES,
    BOND_AXES,
    BONDS,
    CLOSENESS,
    GRID,
    approach_for,
    bond_for,
)

SHIPPED = (ApproachPolicy, ClosenessPolicy, BondPolicy)
SITUATIONS = yaml.safe_load(
    Path(__file__).with_name("relationship_situations.yaml").read_text(encoding="utf-8")
)
TABLES = {  # each is made in the test that asks it
    "approach": ApproachPolicy().table,
    "closeness": ClosenessPolicy().table,
    "bond": BondPolicy().table,
    "warnings": bond_warnings,
}


def combinations(axes):
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def columns(rows):
    return Relationships(
        customer=np.arange(len(rows)), **{name: [row[name] for row in rows] for name in rows[0]}
    )


# ------------------------------------------------------------------------- every combination


def test_every_cell_of_the_approach_is_decided_as_the_words_say():
    rows = combinations(APPROACH_AXES)
    decisions = ApproachPolicy(**APPROACH_LIMITS).table().decide(columns(rows))
    assert len(rows) == np.prod([len(axis) for axis in APPROACH_AXES.values()])
    assert [str(word) for word in decisions.labels()] == [approach_for(row) for row in rows]
    assert decisions.settled.all()
    assert set(decisions.rule.tolist()) == set(range(len(decisions.table.rules)))


def test_every_cell_of_the_bonds_is_decided_as_the_words_say():
    rows = combinations(BOND_AXES)
    decisions = BondPolicy(profile_enough=0.6).table().decide(columns(rows))
    assert [str(word) for word in decisions.labels()] == [bond_for(row) for row in rows]
    assert set(decisions.rule.tolist()) == {*range(len(decisions.table.rules)), -1}


def test_the_two_questions_of_closeness_have_four_answers():
    table = ClosenessPolicy(closeness_hurdle=10).table()
    for (wanted, gains), word in CLOSENESS.items():
        for gain in (10.01, 500) if gains else (10, -3):
            facts = RelationshipFacts(
                customer="C", barred=False, wants_closeness=wanted, closeness_gain=gain
            )
            assert table.decide(facts).outcome == word
            assert table.decide(Relationships.of([facts])).labels() == [word]
    assert {*CLOSENESS.values()} == {*Closeness}


@given(policies(ApproachPolicy, plain=True), st.data())
@settings(max_examples=30)
def test_any_policy_of_approaches_decides_any_customer_as_the_words_say(policy, data):
    table = policy.table()
    facts = data.draw(records(RelationshipFacts, often=bounds_in(table), complete=True))
    numbers = policy.numbers()
    numbers["customers_few"] = min(numbers["customers_few"], numbers["customers_many"])
    # With crossed cut points a margin may be high and low at once, of which the grid says nothing.
    assume(not numbers["margin_high"] < facts.segment_margin_index <= numbers["margin_low"])
    words = {name: getattr(facts, name) for name in APPROACH_AXES}
    assert table.decide(facts).outcome == approach_for(words, numbers)


# ------------------------------------------------------------------------------------- the laws


def test_on_a_cut_point_the_less_costly_of_two_levels_holds():
    table = ApproachPolicy().table()

    def approach(share, margin):
        facts = RelationshipFacts(
            customer="C",
            barred=False,
            has_bought=True,
            large_account=True,
            segment_share=share,
            segment_margin_index=margin,
        )
        return list(Approach).index(table.decide(facts).outcome)

    for share, margin in product((0.04, 0.05, 0.1, 0.25, 0.3), (0.5, 1.5)):
        assert approach(share, margin) <= approach(share, margin + 0.01)
        assert approach(share, margin) == approach(share, margin - 0.01)
    for share, margin in product((0.05, 0.25), (0.4, 1.0, 2.0)):
        assert approach(share, margin) < approach(share - 0.01, margin)
        assert approach(share, margin) == approach(share + 0.01, margin)
    assert len(GRID) == 9


def test_nobody_goes_up_by_more_than_one_step_nor_up_at_all_against_its_will():
    rows = [row for row in combinations(APPROACH_AXES) if row["approach_now"] is not None]
    decided = ApproachPolicy(**APPROACH_LIMITS).table().decide(columns(rows)).labels()
    for row, word in zip(rows, decided, strict=True):
        if row["barred"]:
            assert word == "hold"
            continue
        step = APPROACHES.index(word) - APPROACHES.index(row["approach_now"])
        assert step <= 1
        if row["wants_closeness"] is False or not row["has_bought"]:
            assert step <= 0
        if word == "partnership":
            assert row["large_account"]


def test_step_by_step_every_customer_reaches_the_cell_of_its_segment_and_stays():
    table = ApproachPolicy().table()
    for share, margin in product((0.01, 0.1, 0.5), (0.1, 1.0, 3.0)):
        facts = RelationshipFacts(
            customer="C",
            barred=False,
            has_bought=True,
            large_account=True,
            segment_share=share,
            segment_margin_index=margin,
        )
        goal = table.decide(facts).outcome
        path = [Approach.BASIC]
        while (step := table.decide(attrs.evolve(facts, approach_now=path[-1])).outcome) != path[
            -1
        ]:
            path.append(step)
        assert path == list(Approach)[: list(Approach).index(goal) + 1]


@pytest.mark.parametrize("policy", SHIPPED)
def test_the_shipped_policy_is_sound_and_keeps_its_promises(policy):
    found = verify_policy(policy(), policy.table, never=policy.promises, overlaps=True)
    assert found.sound
    assert not found.findings


@pytest.mark.parametrize("policy", SHIPPED)
def test_the_policy_breaks_no_law(policy):
    laws.check_policy(policy(), never=policy.promises, max_examples=8)


def test_the_promises_of_the_approach_name_every_level_in_both_directions():
    told = Counter(promise.feature for promise in ApproachPolicy.promises)
    assert told.pop("barred") == 1
    assert set(told.values()) == {4}
    falling = {promise.feature for promise in ApproachPolicy.promises if not promise.rises}
    assert falling == {"segment_share"}
    assert {p.feature for p in BondPolicy.promises if not p.rises} == {"next_bond_cost"}


def test_a_promise_that_is_none_is_found_out():
    broken = never(Approach.REACTIVE, Approach.ACCOUNTABLE, as_="segment_margin_index")
    assert not verify_policy(ApproachPolicy(), ApproachPolicy.table, never=[broken]).sound


def test_the_checklist_of_bonds_can_warn_of_everything():
    assert bond_warnings().verify().sound
    laws.check_checklist(bond_warnings(), max_examples=8)


@pytest.mark.parametrize("policy", SHIPPED)
def test_the_policy_and_its_table_come_back_from_json(policy):
    made = policy()
    assert policy_from_json(policy_to_json(made), policy) == made
    outcomes = (Approach, Bond, Closeness, Abstention)
    again = table_from_json(table_to_json(made.table()), RelationshipFacts, outcomes=outcomes)
    assert again.version == made.table().version


@pytest.mark.parametrize("policy", SHIPPED)
def test_every_threshold_is_declared_and_says_that_the_number_is_ours(policy):
    for threshold in thresholds(policy):
        assert threshold.unit
        assert threshold.meaning
        assert OUR_DEFAULT in threshold.source


def test_a_policy_decides_only_with_plain_numbers():
    policy = ApproachPolicy(margin_high=Quantile("segment_margin_index", 0.5))
    with pytest.raises(InvalidValueError, match=r"'margin_high' must be a plain number"):
        policy.table()
    rows = Relationships(customer=[1, 2, 3], segment_margin_index=[1, 2, None])
    assert policy.calibrate(rows).margin_high == 1.5


# ----------------------------------------------------------------------------------- situations


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each["situation"] for each in SITUATIONS])
def test_a_situation_in_words(situation):
    table = TABLES[situation["table"]]()
    facts = RelationshipFacts(customer="C", **situation["facts"])
    for found in (table.decide(facts), table.decide(Relationships.of([facts]))[0]):
        if "held" in situation:
            assert list(found.held) == situation["held"]
            assert dict(found.reasons) == situation.get("reasons", {})
            continue
        assert found.outcome == situation["outcome"]
        assert found.rule == situation.get("rule")
        if "missing" in situation:
            assert list(found.missing) == situation["missing"]
        if situation.get("rule"):
            assert found.reason == situation["reason"]


def test_there_is_a_situation_for_every_rule_and_for_undecided():
    told = Counter((each["table"], each.get("rule")) for each in SITUATIONS)
    for name, make in TABLES.items():
        if name != "warnings":
            rules = {(name, rule.id) for rule in make().rules}
            assert {key for key in told if key[0] == name} == rules | {(name, None)}
    answers = {"outcome", "rule", "missing", "reason", "held", "reasons"}
    assert set().union(*SITUATIONS) == {"situation", "table", "facts", *answers}
    names = [each["situation"] for each in SITUATIONS]
    assert len(set(names)) == len(names)


def test_the_words_are_those_of_the_oracle():
    assert tuple(Approach) == APPROACHES
    assert tuple(Bond) == BONDS
