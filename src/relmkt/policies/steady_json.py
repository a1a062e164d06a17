"""Steady policies as JSON: the policy, and how reluctantly what it decides is left."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from relmkt._json_text import check_keys, check_schema, parsed, written
from relmkt.dated_policies import DatedPolicy
from relmkt.errors import InvalidValueError
from relmkt.policies.steady import SteadyPolicy, TablePolicy
from relmkt.policy_json import (
    any_policy_from_data,
    policy_as_data,
    value_as_data,
    value_from_data,
)

__all__ = ["STEADY_SCHEMA", "steady_policy_from_json", "steady_policy_to_json"]

P = TypeVar("P", bound=TablePolicy)

STEADY_SCHEMA = 1
"""The version of the format; it rises when an older reader could misread a newer file."""

_KEYS = ("kind", "schema", "policy", "exit", "dwell", "confirmations", "urgent", "about")
_ABOUT = {
    "exit": "by the name of a threshold, where an outcome is left: one value, or one on either "
    "side of the threshold",
    "dwell": "how long an outcome lasts at least, such as 3 months; null for no time",
    "confirmations": "at how many looks in a row another outcome must be proposed",
    "urgent": "the ids of the rules that wait for nothing",
}


def steady_policy_to_json(steady: SteadyPolicy[Any]) -> str:
    """A steady policy as JSON that a person can edit.

    The file holds the policy as `relmkt.policy_json.policy_to_json` writes it, and beside it the
    exits, the dwell, the confirmations and the urgent rules. What they mean stands under ``about``,
    which is not read back.

    Parameters
    ----------
    steady
        The steady policy.

    Returns
    -------
    str
        JSON with two spaces of indent and a line feed at the end.

    Raises
    ------
    InvalidValueError
        For what is no steady policy.

    Examples
    --------
    >>> import json
    >>> from relmkt.policies import SteadyPolicy, StrategyPolicy, steady_policy_to_json
    >>> steady = SteadyPolicy(
    ...     policy=StrategyPolicy(), exit={"attrition_risk_high": 0.4}, dwell="3 months"
    ... )
    >>> content = json.loads(steady_policy_to_json(steady))
    >>> content["kind"], content["exit"], content["dwell"], content["urgent"]
    ('steady policy', {'attrition_risk_high': [0.4]}, '3 months', ['R0', 'R5'])
    """
    if not isinstance(steady, SteadyPolicy):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(
            "steady", "be a steady policy", steady, remedy="SteadyPolicy or banded makes one"
        )
    return written(
        {
            "kind": "steady policy",
            "schema": STEADY_SCHEMA,
            "policy": policy_as_data(steady.policy),
            "exit": {
                name: [value_as_data(value) for value in values]
                for name, values in steady.exit.items()
            },
            "dwell": None if steady.dwell is None else str(steady.dwell),
            "confirmations": steady.confirmations,
            "urgent": list(steady.urgent),
            "about": _ABOUT,
        }
    )


def steady_policy_from_json(text: str, policy_type: type[P]) -> SteadyPolicy[P]:
    """Read a steady policy back.

    Parameters
    ----------
    text
        What `steady_policy_to_json` wrote, perhaps edited.
    policy_type
        The type of the policy in it.

    Raises
    ------
    InvalidValueError
        When the text is no JSON or no steady policy, is of a newer format, leaves something out, or
        holds a value that is not possible.
    UnknownNameError
        When it names a key, a threshold or a rule that there is not.

    Examples
    --------
    >>> from relmkt.policies import (
    ...     StrategyPolicy,
    ...     banded,
    ...     steady_policy_from_json,
    ...     steady_policy_to_json,
    ... )
    >>> steady = banded(StrategyPolicy())
    >>> steady_policy_from_json(steady_policy_to_json(steady), StrategyPolicy) == steady
    True
    """
    content = parsed(text, "steady policy")
    if content.get("kind") != "steady policy":
        raise InvalidValueError("kind", "be 'steady policy'", content.get("kind"))
    check_schema(content, STEADY_SCHEMA)  # before the keys: a newer format may have others
    check_keys(content, _KEYS, "the steady policy")
    for name in _KEYS[2:-1]:
        if name not in content:
            raise InvalidValueError(
                name,
                "be stated",
                None,
                where="the steady policy",
                remedy="a default that changes must not change a policy",
            )
    policy: Any = any_policy_from_data(_object(content, "policy"), cast("Any", policy_type))
    if isinstance(policy, DatedPolicy):
        raise InvalidValueError(
            "policy", "be valid on every day here", "a dated policy", where="the steady policy"
        )
    return SteadyPolicy(
        policy=policy,
        exit={name: _exit(name, values) for name, values in _object(content, "exit").items()},
        dwell=_text(content["dwell"]),
        confirmations=content["confirmations"],
        urgent=_ids(content["urgent"]),
    )


def _object(content: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(content[name], dict):
        raise InvalidValueError(name, "be an object", content[name], where="the steady policy")
    return cast("dict[str, Any]", content[name])


def _exit(name: str, values: object) -> tuple[Any, ...]:
    if not isinstance(values, list):
        raise InvalidValueError(f"exit of {name}", "be a list of one value or two", values)
    return tuple(value_from_data(name, value) for value in cast("list[Any]", values))


def _text(dwell: object) -> str | None:
    if not isinstance(dwell, (str, type(None))):
        raise InvalidValueError("dwell", "be a text such as '3 months', or null", dwell)
    return dwell


def _ids(urgent: Any) -> tuple[str, ...]:
    ids = cast("list[object]", urgent if isinstance(urgent, list) else [urgent, None])
    if not all(isinstance(each, str) for each in ids):
        raise InvalidValueError("urgent", "be a list of the ids of rules", cast("object", urgent))
    return tuple(cast("list[str]", ids))
