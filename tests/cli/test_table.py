"""The command table: rules and vectors for hosts in other languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_to_json
from relmkt.table_json import table_to_json
from relmkt.table_vectors import vectors_to_json

POLICY = StrategyPolicy(retained_value_high=500, residual_value_high=300, cost_ratio_high=1)
STATED = [
    text
    for name in ("retained_value_high=500", "residual_value_high=300", "cost_ratio_high=1")
    for text in ("--threshold", name)
]


@pytest.fixture
def policy(file):
    return file("policy.json", policy_to_json(POLICY))


def test_it_writes_the_table_and_its_vectors(relmkt, policy):
    ended = relmkt("table", policy, "--out", "t.json", "--vectors", "v.json")
    assert ended.code == 0, ended.err
    assert ended.out == ""
    assert Path("t.json").read_text("utf-8") == table_to_json(POLICY.table())
    assert Path("v.json").read_text("utf-8") == vectors_to_json(POLICY.table())


def test_thresholds_may_be_stated_and_the_table_goes_to_standard_output(relmkt):
    ended = relmkt("table", *STATED)
    assert ended.code == 0
    assert ended.out == table_to_json(POLICY.table())


def test_a_policy_without_numbers_is_refused_with_the_way_to_have_them(relmkt):
    ended = relmkt("table")
    assert ended.code == 2
    assert "depend on a portfolio" in ended.err.replace("\n", " ")
    assert "--policy-out" in ended.err


def test_both_files_in_one_would_lose_one(relmkt, policy):
    ended = relmkt("table", policy, "--out", "t.json", "--vectors", "t.json")
    assert ended.code == 2
    assert not Path("t.json").exists()


def test_both_files_in_one_would_lose_one_by_whatever_name(relmkt, policy):
    Path("link.json").symlink_to("t.json")
    for other in ("./t.json", str(Path("t.json").resolve()), "link.json"):
        ended = relmkt("table", policy, "--out", "t.json", "--vectors", other)
        assert ended.code == 2
        assert "give each its own" in ended.err
        assert not Path("t.json").exists()
    Path("t.json").write_text("kept", encoding="utf-8")
    Path("twin.json").hardlink_to("t.json")
    assert relmkt("table", policy, "--out", "t.json", "--vectors", "twin.json").code == 2
    assert relmkt("table", policy, "--vectors", "-").code == 2  # the table would go there too


def test_the_vectors_may_go_to_standard_output(relmkt, policy):
    ended = relmkt("table", policy, "--out", "t.json", "--vectors", "-")
    assert (ended.code, ended.out) == (0, vectors_to_json(POLICY.table()))
    assert not Path("-").exists()


def test_the_policy_may_come_from_standard_input(relmkt, folder):
    ended = relmkt("table", "-", stdin=policy_to_json(POLICY).encode())
    assert (ended.code, ended.out) == (0, table_to_json(POLICY.table()))


def test_a_table_is_no_policy(relmkt, policy):
    assert relmkt("table", policy, "--out", "t.json").code == 0
    for command, code in (("table", 2), ("decide", 2), ("verify", 1)):
        ended = relmkt(command, "t.json")
        assert ended.code == code
        assert (
            "t.json: is a table, not a policy; name the policy that it was made of"
        ) in " ".join(ended.err.split())


def test_a_file_that_holds_no_policy_is_named(relmkt, file):
    ended = relmkt("table", file("policy.json", json.dumps([1])))
    assert ended.code == 2
    assert "policy.json: 'policy' must be a JSON object" in ended.err


def test_where_nothing_can_be_written_it_is_said(relmkt, policy):
    ended = relmkt("table", policy, "--out", "nowhere/t.json")
    assert ended.code == 1
    assert "nowhere/t.json: cannot be written" in ended.err
