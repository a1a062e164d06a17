"""Policy JSON: what is written comes back the same, and what is wrong is refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import POLICY_SCHEMA, policy_from_json, policy_to_json
from relmkt.segments import MatrixPolicy
from relmkt.thresholds import Policy, Quantile, thresholds

finite = st.floats(allow_nan=False, allow_infinity=False)
quantiles = st.builds(
    Quantile,
    st.sampled_from(["headroom", "retained_value"]),
    st.floats(0, 1),
    above=st.one_of(st.just(Quantile("headroom", 0.5).above), finite),
    otherwise=finite,
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy that ships, with any thresholds."""
    policy_type = draw(st.sampled_from([StrategyPolicy, MatrixPolicy]))
    return policy_type(
        **{declared.name: draw(finite | quantiles) for declared in thresholds(policy_type)}
    )


@given(policies())
def test_a_policy_comes_back_as_it_was(policy):
    assert policy_from_json(policy_to_json(policy), type(policy)) == policy


@given(policies())
def test_what_is_written_is_json_without_nan_or_infinity(policy):
    content = json.loads(policy_to_json(policy), parse_constant=pytest.fail)
    assert content["schema"] == POLICY_SCHEMA
    assert set(content["about"]) == set(content["thresholds"])


@given(policies())
def test_a_policy_read_back_has_the_same_version(policy):
    if isinstance(policy, StrategyPolicy) and not any(
        isinstance(value, Quantile) for value in policy.values().values()
    ):
        again = policy_from_json(policy_to_json(policy), StrategyPolicy)
        assert again.table().version == policy.table().version


def edited(**changes: object) -> str:
    content = json.loads(policy_to_json(MatrixPolicy()))
    return json.dumps(content | changes)


def with_thresholds(**changes: object) -> str:
    content = json.loads(policy_to_json(MatrixPolicy()))
    content["thresholds"].update(changes)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"'policy' must be JSON, got '\{' for line 1, column 2"),
        ("[1]", r"'policy' must be a JSON object, got \[1\]"),
        (edited(policy="StrategyPolicy"), "'policy' must be 'MatrixPolicy', got 'StrategyPolicy'"),
        (edited(schema=2), "'schema' must be 1, got 2: a newer relmkt wrote it"),
        (edited(schema=True), "'schema' must be 1, got True"),
        (edited(schema=None), "'schema' must be 1, got None"),
        (edited(thresholds=3), "'thresholds' must be an object"),
        (edited(thresholds={}), "'target_contribution' must be stated, got None"),
        (with_thresholds(target_profit="high"), "'target_profit' must be a finite number"),
        (with_thresholds(target_profit=True), "'target_profit' must be a finite number"),
        (
            with_thresholds(target_profit={"of": "headroom"}),
            "'target_profit' must state 'quantile'",
        ),
        (with_thresholds(target_profit={"quantile": 0.5}), "'target_profit' must state 'of'"),
        (
            with_thresholds(target_profit={"quantile": 2, "of": "headroom"}),
            "'level' must be a share between 0 and 1, got 2",
        ),
    ],
)
def test_a_bad_policy_is_refused_with_the_reason(text, message):
    with pytest.raises(InvalidValueError, match=message):
        policy_from_json(text, MatrixPolicy)


def test_nan_and_infinity_are_refused_although_python_reads_them():
    for word in ("NaN", "Infinity", "-Infinity"):
        text = policy_to_json(MatrixPolicy()).replace("0.0", word)
        with pytest.raises(InvalidValueError, match="'number' must be a finite number"):
            policy_from_json(text, MatrixPolicy)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (edited(comment="mine"), "no key 'comment' in the policy"),
        (
            with_thresholds(target_proft=1),
            "no threshold 'target_proft'.*did you mean 'target_profit'",
        ),
        (
            with_thresholds(target_profit={"quantil": 0.5, "of": "headroom"}),
            "no key 'quantil' in threshold 'target_profit'; did you mean 'quantile'",
        ),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_offered(text, message):
    with pytest.raises(UnknownNameError, match=message):
        policy_from_json(text, MatrixPolicy)


def test_what_stands_under_about_is_for_people_and_is_not_read():
    assert policy_from_json(edited(about={"anything": "goes"}), MatrixPolicy) == MatrixPolicy()


def test_a_newer_format_with_a_newer_key_is_refused_for_its_version():
    content = json.loads(policy_to_json(StrategyPolicy())) | {"schema": 2, "currency": "EUR"}
    with pytest.raises(InvalidValueError, match="'schema' must be 1, got 2: a newer relmkt"):
        policy_from_json(json.dumps(content), StrategyPolicy)


@pytest.mark.parametrize("name", ["above", "otherwise"])
@pytest.mark.parametrize("value", ["x", None, [1], True, {}])
def test_the_parts_of_a_quantile_must_be_numbers(name, value):
    content = json.loads(policy_to_json(StrategyPolicy()))
    content["thresholds"]["retained_value_high"][name] = value
    with pytest.raises(InvalidValueError, match=f"'{name}' must be a finite number"):
        policy_from_json(json.dumps(content), StrategyPolicy)
