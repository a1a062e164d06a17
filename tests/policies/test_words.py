"""What the rules of each policy are called, what each of them says, and which take the rest."""

from __future__ import annotations

import pytest

from relmkt.policies import (
    SHIPPED,
    ApproachPolicy,
    BondPolicy,
    ChannelPolicy,
    ClosenessPolicy,
    DiversionPolicy,
    FairnessPolicy,
    PhasePolicy,
    PromotionPolicy,
    SanctionPolicy,
    SelectionPolicy,
    SupportPolicy,
    bond_warnings,
    procedure_faults,
)

TABLES = {  # how it says that a fact is missing, and the rules for what is left
    ApproachPolicy(): ("approach", "undecided", {"A14"}),
    BondPolicy(): ("bond", "undecided", {"B7"}),
    ClosenessPolicy(): ("closeness", "undecided", set()),
    DiversionPolicy(): ("diversion", "unknown", {"V3"}),
    FairnessPolicy(): ("fairness", "undetermined", set()),
    PhasePolicy(sales_small=1000): ("phase", "undetermined", {"P5"}),
    SanctionPolicy(): ("sanctions", None, set()),
}

CHANNEL = {
    "I1": "no_criteria",
    "I2": "poor_match",
    "I3": "plan_not_disclosed",
    "I4": "too_much_risk",
    "G1": "schedule_not_published",
    "G2": "unlike_terms",
    "G3": "no_territory",
    "G4": "no_target",
    "M1": "diversion",
    "M2": "price_war",
    "M3": "rebate_funds_price_war",
    "D1": "stock_at_risk",
    "D2": "obligations_unknown",
    "D3": "no_successor",
}
SIGNALS = {
    "S1": "never_sold",
    "S2": "just_over_bracket",
    "S3": "far_from_home",
    "S4": "undercut",
}
OBJECTIONS = {
    "S1": "barred",
    "S2": "conflict",
    "S3": "territory_taken",
    "S4": "underfunded",
    "S5": "poor_match",
    "S6": "plan_refused",
}
ALERTS = {
    "D1": "one_contact",
    "D2": "one_seller",
    "D3": "avoided",
    "D4": "untrained",
    "D5": "uninformed",
    "D6": "launch_due",
    "D7": "attitude_low",
    "D8": "attitude_unknown",
}
GAPS = {
    "J1": "dealer_outlets",
    "J2": "dealer_habits",
    "J3": "dealer_stock",
    "J4": "firm_plan",
    "J5": "firm_material",
    "J6": "firm_budget",
    "J7": "both_aim",
    "J8": "too_late",
}
CHECKLISTS = {
    ChannelPolicy(): ("channel", CHANNEL),
    DiversionPolicy(): ("diversion signals", SIGNALS),
    SelectionPolicy(): ("objections", OBJECTIONS),
    SupportPolicy(): ("support", ALERTS),
    PromotionPolicy(): ("joint promotion", GAPS),
}
FAULTS = {
    "P1": "not_published",
    "E1": "no_evidence",
    "P2": "not_consistent",
    "E2": "no_evidence",
    "P3": "not_explained",
    "E3": "no_evidence",
    "P4": "not_appealable",
    "E4": "no_evidence",
}


@pytest.mark.parametrize("policy", TABLES, ids=lambda policy: TABLES[policy][0])
def test_a_table_is_called_so_and_leaves_the_rest_to_these_rules(policy):
    table = policy.table()
    rest = {rule.id for rule in table.rules if rule.otherwise}
    undecided = None if table.undecided is None else str(table.undecided)
    assert (table.name, undecided, rest) == TABLES[policy]
    assert table.constants == policy.numbers()


@pytest.mark.parametrize("policy", CHECKLISTS, ids=lambda policy: CHECKLISTS[policy][0])
def test_a_checklist_is_called_so_and_says_these_words(policy):
    checklist = policy.checklist()
    told = {rule.id: str(rule.outcome) for rule in checklist.rules}
    assert (checklist.name, told) == CHECKLISTS[policy]
    assert checklist.constants == policy.numbers()


def test_the_checklists_without_thresholds_say_these_words():
    faults, warnings = procedure_faults(), bond_warnings()
    assert (faults.name, warnings.name) == ("procedure", "bond warnings")
    assert {rule.id: str(rule.outcome) for rule in faults.rules} == FAULTS
    assert {rule.id: str(rule.outcome) for rule in warnings.rules} == {
        "W1": "only_financial",
        "W2": "only_exit_cost",
    }


def test_every_shipped_table_stands_here_or_with_the_strategies():
    assert {type(policy) for policy in TABLES} == set(SHIPPED.values()) - {SHIPPED["strategy"]}
