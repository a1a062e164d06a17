"""Dated policies on the command line: the day chooses the edition, and the answer names it."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from pathlib import Path

import attrs
import pytest

from relmkt.dated_policies import DatedPolicy, Edition
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import any_policy_from_json, policy_to_json
from relmkt.thresholds import Quantile

PLAIN = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3)
STRICT = attrs.evolve(PLAIN, attrition_risk_high=0.4)
FACTS = b'{"customer": "C-1", "status": "active", "retained_value": 812, "attrition_risk": 0.45}\n'


def dated(first, second=STRICT):
    return DatedPolicy(
        [
            Edition(valid_from=date(2025, 1, 1), policy=first, reference="board 41/2024"),
            Edition(valid_from=date(2026, 3, 1), policy=second, reference="board 12/2026"),
        ]
    )


@pytest.fixture
def policy(folder):
    Path("policy.json").write_text(policy_to_json(dated(PLAIN)), encoding="utf-8")
    return "policy.json"


@pytest.mark.parametrize(
    ("day", "outcome", "since", "reference"),
    [
        ("2026-02-28", "maintain", "2025-01-01", "board 41/2024"),
        ("2026-03-01", "protect", "2026-03-01", "board 12/2026"),
    ],
)
def test_decide_takes_the_edition_of_the_day(relmkt, policy, day, outcome, since, reference):
    stated = ("--assume", "current_profit=1", "--assume", "residual_value=200")
    ended = relmkt("decide", policy, "--on", day, *stated, stdin=FACTS)
    found = json.loads(ended.out)
    assert (ended.code, found["outcome"]) == (0, outcome)
    assert found["basis"] == {"valid_from": since, "reference": reference}


def test_decide_asks_for_the_day(relmkt, policy):
    ended = relmkt("decide", policy, stdin=FACTS)
    assert (ended.code, ended.out) == (2, "")
    assert "policy.json has 2 dated editions: state by --on the day" in ended.err
    ended = relmkt("decide", policy, "--on", "2024-12-31", stdin=FACTS)
    assert ended.code == 2
    assert "must not be before the first edition of the policy (2025-01-01)" in ended.err


def test_a_policy_without_dates_is_valid_on_every_day(relmkt, folder):
    Path("plain.json").write_text(policy_to_json(PLAIN), encoding="utf-8")
    ended = relmkt("decide", "plain.json", "--on", "1990-01-01", stdin=FACTS)
    assert ended.code == 0
    assert "basis" not in json.loads(ended.out)


def test_a_threshold_beside_a_dated_policy_is_refused(relmkt, policy):
    stated = ("--threshold", "target_profit=1")
    for command in (
        ("decide", policy, "--on", "2026-03-01", *stated),
        ("plan", "orders.csv", "--policy", policy, *stated),
    ):
        ended = relmkt(*command, stdin=FACTS)
        assert ended.code == 2
        assert "--threshold would change what policy.json says was decided" in ended.err


def test_numbers_are_asked_for_in_the_editions(relmkt, folder):
    open_one = attrs.evolve(PLAIN, target_profit=Quantile("current_profit", 0.5))
    Path("open.json").write_text(policy_to_json(dated(open_one)), encoding="utf-8")
    ended = relmkt("decide", "open.json", "--on", "2025-05-05", stdin=FACTS)
    assert ended.code == 2
    assert "or state numbers in its editions" in ended.err
    assert relmkt("decide", "open.json", "--on", "2026-05-05", stdin=FACTS).code == 0


def test_table_writes_the_rules_of_the_edition(relmkt, policy):
    ended = relmkt("table", policy, "--on", "2026-01-01")
    assert ended.code == 0
    assert json.loads(ended.out)["basis"]["reference"] == "board 41/2024"


def test_verify_checks_every_edition(relmkt, policy):
    ended = relmkt("verify", policy)
    assert ended.code == 0
    for edition in dated(PLAIN).editions:
        version = edition.policy.table().version
        assert f"version {version}, {edition.basis}." in " ".join(ended.out.split())
    (one, two) = json.loads(relmkt("verify", policy, "--json").out)
    assert one["basis"] == {"valid_from": "2025-01-01", "reference": "board 41/2024"}
    assert two["sound"] is True
    chosen = json.loads(relmkt("verify", policy, "--json", "--on", "2025-06-06").out)
    assert chosen == one
    assert relmkt("verify", policy, "--on", "2024-06-06").code == 1


def test_verify_ends_with_1_when_one_edition_is_wrong(relmkt, folder):
    wrong = attrs.evolve(PLAIN, residual_value_high=-sys.float_info.max)
    Path("wrong.json").write_text(policy_to_json(dated(PLAIN, wrong)), encoding="utf-8")
    assert relmkt("verify", "wrong.json", "--on", "2025-06-06").code == 0
    assert relmkt("verify", "wrong.json", "--on", "2026-06-06").code == 1
    assert relmkt("verify", "wrong.json").code == 1


def test_plan_and_explain_take_the_edition_of_their_day(relmkt, folder):
    open_ones = dated(StrategyPolicy(), StrategyPolicy(attrition_risk_high=0.4))
    Path("policy.json").write_text(policy_to_json(open_ones), encoding="utf-8")
    ended = relmkt(
        *("plan", "orders.csv", "--policy", "policy.json", "--out", "plan.csv"),
        *("--policy-out", "used.json"),
    )
    assert ended.code == 0
    assert "valid from 2026-03-01 (board 12/2026)." in " ".join(ended.out.split())
    with Path("plan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["policy_valid_from"] for row in rows} == {"2026-03-01"}
    assert {row["policy_reference"] for row in rows} == {"board 12/2026"}
    used = any_policy_from_json(Path("used.json").read_text(encoding="utf-8"), StrategyPolicy)
    (edition,) = used.editions
    assert edition.basis == open_ones.editions[1].basis
    assert edition.policy.numbers()["attrition_risk_high"] == 0.4
    ended = relmkt(
        *("explain", "orders.csv", "--customer", "anna", "--policy", "policy.json"),
        *("--as-of", "2026-02-20"),
    )
    assert "valid from 2025-01-01 (board 41/2024)" in ended.out


def test_plan_of_a_day_before_the_first_edition_is_refused(relmkt, policy):
    ended = relmkt("plan", "orders.csv", "--as-of", "2024-01-01", "--policy", policy)
    assert ended.code == 1
    assert "before the first edition of the policy (2025-01-01)" in ended.err


def test_plan_takes_a_policy_without_dates_and_thresholds_beside_it(relmkt, folder):
    Path("plain.json").write_text(policy_to_json(PLAIN), encoding="utf-8")
    ended = relmkt(
        *("plan", "orders.csv", "--policy", "plain.json", "--threshold", "target_profit=1"),
        *("--policy-out", "used.json"),
    )
    assert ended.code == 0
    used = any_policy_from_json(Path("used.json").read_text(encoding="utf-8"), StrategyPolicy)
    assert used == attrs.evolve(PLAIN, target_profit=1.0)


def test_the_policy_of_a_plan_is_no_standard_input(relmkt, folder):
    ended = relmkt("plan", "orders.csv", "--policy", "-")
    assert ended.code == 2
    assert "--policy cannot be standard input" in ended.err
