"""A steady policy as JSON comes back as it was, and what was spoiled is refused."""

from __future__ import annotations

import json
from datetime import date

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.dated_policies import DatedPolicy, Edition
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import (
    ApproachPolicy,
    SteadyPolicy,
    StrategyPolicy,
    banded,
    steady_policy_from_json,
    steady_policy_to_json,
)
from relmkt.policies.steady_json import STEADY_SCHEMA
from relmkt.policy_json import policy_to_json
from relmkt.testing.strategies import policies

DAY = date(2026, 7, 1)
NEWER = "a newer relmkt wrote it, or nobody said; a guess could change decisions"
UNSTATED = (
    "must be stated, got None for the steady policy: "
    "a default that changes must not change a policy"
)
KEYS = "kind, schema, policy, exit, dwell, confirmations, urgent, about"
EXIT = "'exit of attrition_risk_high' must"
THRESHOLDS = ", ".join(StrategyPolicy().values())
RULES = ", ".join(f"R{at}" for at in range(12))


def default():
    return banded(StrategyPolicy())


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([StrategyPolicy, ApproachPolicy]).flatmap(policies),
    st.none() | st.sampled_from(["1 week", "3 months", "2 years"]),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.1, 0.2]),
    st.booleans(),
)
def test_what_was_written_comes_back(policy, dwell, confirmations, share, waits):
    steady = banded(policy, dwell=dwell, confirmations=confirmations, share=share)
    if waits:
        steady = attrs.evolve(steady, urgent=())
    text = steady_policy_to_json(steady)
    found = steady_policy_from_json(text, type(policy))
    assert found == steady
    assert steady_policy_to_json(found) == text


def test_the_file_says_what_it_holds():
    content = json.loads(steady_policy_to_json(default()))
    assert list(content) == [
        "kind",
        "schema",
        "policy",
        "exit",
        "dwell",
        "confirmations",
        "urgent",
        "about",
    ]
    assert content["policy"] == json.loads(policy_to_json(default().policy))
    assert content["exit"]["attrition_risk_high"] == [0.4, 0.6]
    assert content["exit"]["retained_value_high"][0] == {"quantile": 0.75, "of": "retained_value"}
    assert (content["dwell"], content["confirmations"]) == ("3 months", 2)
    assert (content["kind"], content["schema"]) == ("steady policy", STEADY_SCHEMA)
    assert content["urgent"] == ["R0", "R5"]
    assert set(content["about"]) == {"exit", "dwell", "confirmations", "urgent"}
    assert all(content["about"].values())


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"kind": "table"}, InvalidValueError, "'kind' must be 'steady policy', got 'table'"),
        ({"kind": ...}, InvalidValueError, "'kind' must be 'steady policy', got None"),
        ({"schema": 2}, InvalidValueError, f"'schema' must be 1, got 2: {NEWER}"),
        ({"schema": ...}, InvalidValueError, f"'schema' must be 1, got None: {NEWER}"),
        (
            {"dwel": None},
            UnknownNameError,
            f"no key 'dwel' in the steady policy; did you mean 'dwell'? There are: {KEYS}",
        ),
        ({"exit": ...}, InvalidValueError, f"'exit' {UNSTATED}"),
        ({"dwell": ...}, InvalidValueError, f"'dwell' {UNSTATED}"),
        ({"urgent": ...}, InvalidValueError, f"'urgent' {UNSTATED}"),
        ({"confirmations": ...}, InvalidValueError, f"'confirmations' {UNSTATED}"),
        ({"policy": ...}, InvalidValueError, f"'policy' {UNSTATED}"),
        (
            {"policy": "StrategyPolicy"},
            InvalidValueError,
            "'policy' must be an object, got 'StrategyPolicy' for the steady policy",
        ),
        (
            {"policy": {"policy": "Care"}},
            InvalidValueError,
            "'policy' must be 'StrategyPolicy', got 'Care'",
        ),
        (
            {"exit": []},
            InvalidValueError,
            "'exit' must be an object, got [] for the steady policy",
        ),
        (
            {"exit": {"loss": [1]}},
            UnknownNameError,
            f"no threshold 'loss' in exit; there are: {THRESHOLDS}",
        ),
        (
            {"exit": {"attrition_risk_high": 0.4}},
            InvalidValueError,
            f"{EXIT} be a list of one value or two, got 0.4",
        ),
        (
            {"exit": {"attrition_risk_high": []}},
            InvalidValueError,
            f"{EXIT} be one value, or a pair round the threshold, got ()",
        ),
        (
            {"exit": {"attrition_risk_high": [{"quantile": 0.5}]}},
            InvalidValueError,
            "'attrition_risk_high' must state 'of' of its quantile, got {'quantile': 0.5}",
        ),
        (
            {"exit": {"attrition_risk_high": ["low"]}},
            InvalidValueError,
            "'attrition_risk_high' must be a finite number or a Quantile, got 'low'",
        ),
        (
            {"exit": {"attrition_risk_high": [0.9]}},
            InvalidValueError,
            (
                f"{EXIT} make a rule easier to stay in than to enter, got 0.9: "
                "it is entered at 0.5, so try the other side of that"
            ),
        ),
        (
            {"dwell": 3},
            InvalidValueError,
            "'dwell' must be a text such as '3 months', or null, got 3",
        ),
        (
            {"dwell": "soon"},
            InvalidValueError,
            "'span' must be a whole number and a unit, got 'soon': write for example '12 months'",
        ),
        (
            {"confirmations": 0},
            InvalidValueError,
            "'confirmations' must be a whole number of at least 1, got 0",
        ),
        (
            {"confirmations": "2"},
            InvalidValueError,
            "'confirmations' must be a whole number of at least 1, got '2'",
        ),
        (
            {"urgent": "R0"},
            InvalidValueError,
            "'urgent' must be a list of the ids of rules, got 'R0'",
        ),
        (
            {"urgent": [5]},
            InvalidValueError,
            "'urgent' must be a list of the ids of rules, got [5]",
        ),
        (
            {"urgent": ["R55"]},
            UnknownNameError,
            f"no rule 'R55' in urgent; did you mean 'R5'? There are: {RULES}",
        ),
    ],
)
def test_a_steady_policy_that_was_spoiled_is_refused(changes, error, told):
    content = json.loads(steady_policy_to_json(default())) | changes
    spoiled = {name: value for name, value in content.items() if value is not ...}
    with pytest.raises(error) as caught:
        steady_policy_from_json(json.dumps(spoiled), StrategyPolicy)
    assert str(caught.value) == told


def test_editions_of_one_are_not_steady_as_one():
    edition = Edition(valid_from=DAY, policy=StrategyPolicy(), reference="board 1")
    content = json.loads(steady_policy_to_json(default()))
    content["policy"] = json.loads(policy_to_json(DatedPolicy([edition])))
    with pytest.raises(InvalidValueError) as caught:
        steady_policy_from_json(json.dumps(content), StrategyPolicy)
    assert str(caught.value) == (
        "'policy' must be valid on every day here, got 'a dated policy' for the steady policy"
    )


def test_what_is_no_json_is_told_to_be_none():
    with pytest.raises(InvalidValueError, match=r"^'steady policy' must be a JSON object, got 3$"):
        steady_policy_from_json("3", StrategyPolicy)


@pytest.mark.parametrize("policy", [StrategyPolicy(), None, SteadyPolicy])
def test_only_a_steady_policy_is_written_as_one(policy):
    with pytest.raises(InvalidValueError) as caught:
        steady_policy_to_json(policy)
    told = str(caught.value)
    assert told.startswith("'steady' must be a steady policy, got ")
    assert told.endswith(": SteadyPolicy or banded makes one")
    assert repr(policy)[:50] in told
