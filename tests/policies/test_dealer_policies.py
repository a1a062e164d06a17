"""Fairness to dealers and their support: the policies in code say what the words say."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from relmkt.channel import Fairness, PromotionPlans, Supports
from relmkt.domain import (
    DealerFacts,
    FairnessFacts,
    FairnessVerdict,
    ProcedureFault,
    PromotionGap,
    PromotionPlan,
    SupportAlert,
)
from relmkt.errors import InvalidValueError
from relmkt.policies import (
    PROMOTION_PARTS,
    FairnessPolicy,
    PromotionPolicy,
    SupportPolicy,
    procedure_faults,
    verify_policy,
)
from relmkt.policy_json import policy_from_json, policy_to_json
from relmkt.records import schema
from relmkt.table_json import table_from_json, table_to_json
from relmkt.testing import laws
from relmkt.testing.strategies import bounds_in, records
from relmkt.thresholds import OUR_DEFAULT, thresholds

SITUATIONS = yaml.safe_load(
    Path(__file__).with_name("dealer_situations.yaml").read_text(encoding="utf-8")
)
SUBJECTS = {  # each is made in the test that asks it
    "fairness": (FairnessPolicy().table, FairnessFacts, Fairness),
    "procedure": (procedure_faults, FairnessFacts, Fairness),
    "support": (SupportPolicy().checklist, DealerFacts, Supports),
    "promotion": (PromotionPolicy().checklist, PromotionPlan, PromotionPlans),
}
PARTS = ("published", "consistent", "explained", "appealable")
ORDER = ("unfair", "uneven", "fair")


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each["situation"] for each in SITUATIONS])
def test_a_situation_in_words(situation):
    make, record_type, columns = SUBJECTS[situation["policy"]]
    rules = make()
    facts = record_type(**{schema(record_type).identity: "X"}, **situation["facts"])
    for found in (rules.decide(facts), rules.decide(columns.of([facts]))[0]):
        if "held" in situation:
            assert list(found.held) == situation["held"]
            assert dict(found.reasons) == situation.get("reasons", {})
            continue
        assert found.outcome == situation["outcome"]
        assert found.rule == situation["rule"]
        if "missing" in situation:
            assert list(found.missing) == situation["missing"]
        if situation["rule"]:
            assert found.reason == situation["reason"]


def verdict_by_hand(facts):
    """The verdict from its text: procedure first, then the three limits."""
    if not all(facts[part] for part in PARTS):
        return "unfair"
    even = facts["gini"] <= 0.2 and facts["jain"] >= 0.9 and facts["max_min_ratio"] <= 3
    return "fair" if even else "uneven"


def test_every_cell_of_the_table_of_fairness_is_decided_as_the_words_say():
    axes = dict.fromkeys(PARTS, (False, True)) | {
        "gini": (0.0, 0.2, 0.21),
        "jain": (0.89, 0.9, 1.0),
        "max_min_ratio": (1.0, 3.0, 3.1),
    }
    rows = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    columns = Fairness(
        dealer_class=[f"class {at}" for at in range(len(rows))],
        **{name: [row[name] for row in rows] for name in axes},
    )
    decided = FairnessPolicy().table().decide(columns)
    assert [str(word) for word in decided.labels()] == [verdict_by_hand(row) for row in rows]
    assert decided.settled.all()


@given(
    records(FairnessFacts, often=bounds_in(FairnessPolicy().table())),
    records(FairnessFacts, often=bounds_in(FairnessPolicy().table())),
)
@settings(max_examples=60)
def test_no_result_lifts_a_wrong_procedure_to_a_right_one(wrong, right):
    table = FairnessPolicy().table()
    wrongly, rightly = table.decide(wrong), table.decide(right)
    if False in [getattr(wrong, part) for part in PARTS]:
        assert wrongly.outcome is FairnessVerdict.UNFAIR
    if all(getattr(right, part) for part in PARTS):
        assert rightly.outcome is not FairnessVerdict.UNFAIR
    if None in [getattr(right, part) for part in PARTS]:
        assert rightly.outcome in {FairnessVerdict.UNFAIR, FairnessVerdict.UNDETERMINED}


def test_the_table_of_fairness_is_sound_and_keeps_its_promises():
    policy = FairnessPolicy()
    found = verify_policy(policy, FairnessPolicy.table, never=policy.promises, overlaps=True)
    assert found.sound
    assert not found.findings
    laws.check_policy(policy, never=policy.promises, max_examples=8)


def test_the_promises_name_every_part_and_every_index():
    told = {(one.feature, one.rises) for one in FairnessPolicy.promises}
    assert told == {(part, True) for part in (*PARTS, "jain")} | {
        ("gini", False),
        ("max_min_ratio", False),
        ("got_none", False),
    }


def test_the_checklist_of_procedure_breaks_no_law():
    assert procedure_faults().verify().sound
    assert {rule.outcome for rule in procedure_faults().rules} == {*ProcedureFault}
    laws.check_checklist(procedure_faults(), max_examples=8)
    laws.check_columns(Fairness, max_examples=8)


def test_the_policy_of_fairness_and_its_table_come_back_from_json():
    policy = FairnessPolicy(gini_most=0.3)
    assert policy_from_json(policy_to_json(policy), FairnessPolicy) == policy
    text = table_to_json(policy.table())
    again = table_from_json(text, FairnessFacts, outcomes=(FairnessVerdict,))
    assert again.version == policy.table().version


def test_what_is_not_so_cannot_be_shown():
    with pytest.raises(InvalidValueError, match="what is not so cannot be shown to be"):
        FairnessFacts(dealer_class="city", explained=False, explained_shown=True)


def test_nothing_has_no_multiple():
    assert FairnessFacts(dealer_class="city", got_none=0, max_min_ratio=2).got_none == 0
    with pytest.raises(InvalidValueError, match="nothing has no multiple"):
        FairnessFacts(dealer_class="city", got_none=1, max_min_ratio=2)


@pytest.mark.parametrize(
    ("policy", "outcomes"), [(SupportPolicy, SupportAlert), (PromotionPolicy, PromotionGap)]
)
def test_the_checklists_of_support_break_no_law(policy, outcomes):
    checklist = policy().checklist()
    assert checklist.verify().sound
    assert {rule.outcome for rule in checklist.rules} == {*outcomes}
    laws.check_checklist(checklist, max_examples=6)
    again = policy_from_json(policy_to_json(policy()), policy)
    assert again.checklist().version == checklist.version


def test_there_is_a_situation_for_every_rule():
    for name, (make, _, _) in SUBJECTS.items():
        mine = [each for each in SITUATIONS if each["policy"] == name]
        told = {one for each in mine for one in each.get("held", [each.get("rule")])}
        wanted = {rule.id for rule in make().rules}
        assert told - {None} == (wanted if name != "procedure" else {"E2", "P3"})


def test_what_is_wanted_of_a_promotion_is_asked_of_one_side_or_of_both():
    sides = {gap.value.split("_")[0] for gap in PromotionGap if gap is not PromotionGap.TOO_LATE}
    assert sides == {"dealer", "firm", "both"}


def test_the_lead_times_of_a_promotion_are_days_before_its_start():
    told = {declared.name: declared for declared in thresholds(PromotionPolicy)}
    assert {part.lead for part in PROMOTION_PARTS} == set(told)
    assert {declared.unit for declared in told.values()} == {"day"}
    assert told["stock_days"].default == PromotionPolicy().stock_days == 7
    assert told["stock_days"].meaning == (
        "days before the start by which the dealer has the goods and the staff"
    )


@pytest.mark.parametrize("policy", [FairnessPolicy, PromotionPolicy, SupportPolicy])
def test_every_number_says_that_it_is_ours(policy):
    for declared in thresholds(policy):
        assert declared.unit
        assert OUR_DEFAULT in declared.source
    assert len(ORDER) == len(FairnessVerdict) - 1
