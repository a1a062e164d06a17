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
from relmkt.policy_json import policy_to_json
from relmkt.testing.strategies import policies

DAY = date(2026, 7, 1)
STEADY = banded(StrategyPolicy())


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
    content = json.loads(steady_policy_to_json(STEADY))
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
    assert content["policy"] == json.loads(policy_to_json(STEADY.policy))
    assert content["exit"]["attrition_risk_high"] == [0.4, 0.6]
    assert content["exit"]["retained_value_high"][0] == {"quantile": 0.75, "of": "retained_value"}
    assert (content["dwell"], content["confirmations"]) == ("3 months", 2)


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"kind": "table"}, InvalidValueError, "'kind' must be 'steady policy', got 'table'"),
        ({"kind": ...}, InvalidValueError, "'kind' must be 'steady policy', got None"),
        ({"schema": 2}, InvalidValueError, "'schema' must be 1, got 2"),
        ({"schema": ...}, InvalidValueError, "'schema' must be 1, got None"),
        ({"dwel": None}, UnknownNameError, "no key 'dwel' in the steady policy; did you mean 'dw"),
        ({"exit": ...}, InvalidValueError, "'exit' must be stated"),
        ({"dwell": ...}, InvalidValueError, "'dwell' must be stated"),
        ({"urgent": ...}, InvalidValueError, "'urgent' must be stated"),
        ({"confirmations": ...}, InvalidValueError, "'confirmations' must be stated"),
        ({"policy": ...}, InvalidValueError, "'policy' must be stated"),
        ({"policy": "StrategyPolicy"}, InvalidValueError, "'policy' must be an object"),
        ({"policy": {"policy": "Care"}}, InvalidValueError, "'policy' must be 'StrategyPolicy'"),
        ({"exit": []}, InvalidValueError, "'exit' must be an object, got "),
        ({"exit": {"loss": [1]}}, UnknownNameError, "no threshold 'loss' in exit"),
        ({"exit": {"attrition_risk_high": 0.4}}, InvalidValueError, "must be a list of one value"),
        ({"exit": {"attrition_risk_high": []}}, InvalidValueError, "one value, or a pair"),
        ({"exit": {"attrition_risk_high": ["low"]}}, InvalidValueError, "be a finite number"),
        ({"exit": {"attrition_risk_high": [0.9]}}, InvalidValueError, "try the other side"),
        ({"dwell": 3}, InvalidValueError, "'dwell' must be a text such as '3 months', or null"),
        ({"dwell": "soon"}, InvalidValueError, "'span' must be a whole number and a unit"),
        ({"confirmations": 0}, InvalidValueError, "'confirmations' must be a whole number"),
        ({"confirmations": "2"}, InvalidValueError, "'confirmations' must be a whole number"),
        ({"urgent": "R0"}, InvalidValueError, "'urgent' must be a list of the ids of rules"),
        ({"urgent": [5]}, InvalidValueError, "'urgent' must be a list of the ids of rules"),
        ({"urgent": ["R55"]}, UnknownNameError, "no rule 'R55'"),
    ],
)
def test_a_steady_policy_that_was_spoiled_is_refused(changes, error, told):
    content = json.loads(steady_policy_to_json(STEADY)) | changes
    spoiled = {name: value for name, value in content.items() if value is not ...}
    with pytest.raises(error) as caught:
        steady_policy_from_json(json.dumps(spoiled), StrategyPolicy)
    assert told in str(caught.value)


def test_editions_of_one_are_not_steady_as_one():
    edition = Edition(valid_from=DAY, policy=StrategyPolicy(), reference="board 1")
    content = json.loads(steady_policy_to_json(STEADY))
    content["policy"] = json.loads(policy_to_json(DatedPolicy([edition])))
    with pytest.raises(InvalidValueError, match="'policy' must be valid on every day here"):
        steady_policy_from_json(json.dumps(content), StrategyPolicy)


@pytest.mark.parametrize("policy", [StrategyPolicy(), None, SteadyPolicy])
def test_only_a_steady_policy_is_written_as_one(policy):
    with pytest.raises(InvalidValueError, match="'steady' must be a steady policy"):
        steady_policy_to_json(policy)
