"""Policy JSON: named thresholds, for people to edit; what comes back is checked before it runs."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from relmkt._json_text import check_keys, check_schema, parsed, written
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.thresholds import Policy, Quantile, thresholds

__all__ = ["POLICY_SCHEMA", "policy_from_json", "policy_to_json"]

P = TypeVar("P", bound=Policy)

POLICY_SCHEMA = 1
"""The version of the format; it rises when an older reader could misread a newer file."""

_KEYS = ("policy", "schema", "thresholds", "about")


def policy_to_json(policy: Policy) -> str:
    """A policy as JSON that a person can edit.

    The file holds the name of the policy, the version of the format, and each threshold by name: a
    number, or a quantile of the portfolio. What each threshold means stands beside them under
    ``about``, which is not read back.

    Parameters
    ----------
    policy
        The policy.

    Returns
    -------
    str
        JSON with two spaces of indent and a line feed at the end.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.policy_json import policy_to_json
    >>> for line in policy_to_json(StrategyPolicy()).splitlines()[:9]:
    ...     print(line)
    {
      "policy": "StrategyPolicy",
      "schema": 1,
      "thresholds": {
        "target_profit": 0.0,
        "retained_value_high": {
          "quantile": 0.8,
          "of": "retained_value"
        },
    """
    content = {
        "policy": type(policy).__name__,
        "schema": POLICY_SCHEMA,
        "thresholds": {name: _written(value) for name, value in policy.values().items()},
        "about": {
            declared.name: f"{declared.meaning} ({declared.unit}; {declared.source})"
            for declared in thresholds(type(policy))
        },
    }
    return written(content)


def policy_from_json(text: str, policy_type: type[P]) -> P:
    """Read a policy back.

    Parameters
    ----------
    text
        What `policy_to_json` wrote, perhaps edited.
    policy_type
        The type of the policy.

    Raises
    ------
    InvalidValueError
        When the text is no JSON or no such policy, is of a newer format, leaves a threshold out, or
        holds a threshold that is neither a finite number nor a quantile.
    UnknownNameError
        When it names a threshold that the policy does not have.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.policy_json import policy_from_json, policy_to_json
    >>> policy = StrategyPolicy(attrition_risk_high=0.6)
    >>> policy_from_json(policy_to_json(policy), StrategyPolicy) == policy
    True
    """
    content = parsed(text, "policy")
    if content.get("policy") != policy_type.__name__:
        raise InvalidValueError("policy", f"be '{policy_type.__name__}'", content.get("policy"))
    check_schema(content, POLICY_SCHEMA)  # before the keys: a newer format may have others
    check_keys(content, _KEYS, "the policy")
    stated = content.get("thresholds")
    if not isinstance(stated, dict):
        raise InvalidValueError(
            "thresholds", "be an object with a value for each threshold", stated
        )
    given = cast("dict[str, Any]", stated)
    names = [declared.name for declared in thresholds(policy_type)]
    for name in given:
        if name not in names:
            raise UnknownNameError("threshold", name, names, where="the policy")
    for name in names:
        if name not in given:
            raise InvalidValueError(
                name, "be stated", None, remedy="a default that changes must not change a policy"
            )
    return policy_type(**{name: _read(name, value) for name, value in given.items()})


def _written(value: float | Quantile) -> Any:
    if not isinstance(value, Quantile):
        return value
    found: dict[str, Any] = {"quantile": value.level, "of": value.fact}
    if value.above != Quantile(value.fact, value.level).above:
        found["above"] = value.above
    if value.otherwise != 0.0:
        found["otherwise"] = value.otherwise
    return found


def _read(name: str, value: Any) -> float | Quantile:
    if not isinstance(value, dict):
        return cast("float", value)
    found = cast("dict[str, Any]", value)
    words = {"quantile": "level", "of": "fact", "above": "above", "otherwise": "otherwise"}
    check_keys(found, words, f"threshold '{name}'")
    for key in ("quantile", "of"):
        if key not in found:
            raise InvalidValueError(name, f"state '{key}' of its quantile", found)
    return Quantile(**{words[key]: given for key, given in found.items()})
