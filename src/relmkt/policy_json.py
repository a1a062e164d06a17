"""Policy JSON: named thresholds, for people to edit; what comes back is checked before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from relmkt._json_text import check_keys, check_schema, day_from, parsed, written
from relmkt.dated_policies import DatedPolicy, Edition
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.thresholds import Policy, Quantile, thresholds

__all__ = ["POLICY_SCHEMA", "any_policy_from_json", "policy_from_json", "policy_to_json"]

P = TypeVar("P", bound=Policy)

POLICY_SCHEMA = 1
"""The version of the format; it rises when an older reader could misread a newer file."""

_KEYS = ("policy", "schema", "thresholds", "about")
_DATED_KEYS = ("policy", "schema", "editions", "about")
_EDITION_KEYS = ("valid_from", "reference", "thresholds")


def policy_to_json(policy: Policy | DatedPolicy[Any]) -> str:
    """A policy as JSON that a person can edit.

    The file holds the name of the policy, the version of the format, and each threshold by name: a
    number, or a quantile of the portfolio. What each threshold means stands beside them under
    ``about``, which is not read back. A dated policy holds ``editions`` instead, the earliest
    first, each with ``valid_from``, ``reference`` and all its thresholds.

    Parameters
    ----------
    policy
        The policy, or a dated one.

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
    return written(policy_as_data(policy))


def policy_as_data(policy: Policy | DatedPolicy[Any]) -> dict[str, Any]:
    """The content of `policy_to_json`."""
    if isinstance(policy, DatedPolicy):
        policy_type: type[Policy] = policy.policy_type
        held: dict[str, Any] = {
            "editions": [
                {**each.basis.as_dict(), "thresholds": _thresholds(each.policy)}
                for each in policy.editions
            ]
        }
    else:
        policy_type = type(policy)
        held = {"thresholds": _thresholds(policy)}
    return {
        "policy": policy_type.__name__,
        "schema": POLICY_SCHEMA,
        **held,
        "about": {
            declared.name: f"{declared.meaning} ({declared.unit}; {declared.source})"
            for declared in thresholds(policy_type)
        },
    }


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
        When the text is no JSON or no such policy, is of a newer format, leaves a threshold out,
        holds a threshold that is neither a finite number nor a quantile, or is a dated policy.
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
    policy = any_policy_from_json(text, policy_type)
    if isinstance(policy, DatedPolicy):
        raise InvalidValueError(
            "policy",
            "be valid on every day here",
            f"{len(policy.editions)} editions",
            remedy="read dated policies with any_policy_from_json",
        )
    return policy


def any_policy_from_json(text: str, policy_type: type[P]) -> P | DatedPolicy[P]:
    """Read a policy back, or a dated policy: whichever the text holds.

    Parameters
    ----------
    text
        What `policy_to_json` wrote, perhaps edited.
    policy_type
        The type of the policy, or of the policies in the editions.

    Raises
    ------
    InvalidValueError, UnknownNameError
        As for `policy_from_json`; and where editions are out of order, begin on the same day, or
        leave out since when they are valid, or who decided so.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.dated_policies import DatedPolicy, Edition
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.policy_json import any_policy_from_json, policy_to_json
    >>> edition = Edition(
    ...     valid_from=date(2026, 7, 1), policy=StrategyPolicy(), reference="board 12/2026"
    ... )
    >>> dated = DatedPolicy([edition])
    >>> any_policy_from_json(policy_to_json(dated), StrategyPolicy) == dated
    True
    """
    return any_policy_from_data(parsed(text, "policy"), policy_type)


def any_policy_from_data(content: Mapping[str, Any], policy_type: type[P]) -> P | DatedPolicy[P]:
    """The policy of a content that was parsed, as `any_policy_from_json` reads it."""
    if content.get("policy") != policy_type.__name__:
        raise InvalidValueError("policy", f"be '{policy_type.__name__}'", content.get("policy"))
    check_schema(content, POLICY_SCHEMA)  # before the keys: a newer format may have others
    if "editions" not in content:
        check_keys(content, _KEYS, "the policy")
        return _policy(content.get("thresholds"), policy_type, "the policy")
    check_keys(content, _DATED_KEYS, "the dated policy")
    editions = content["editions"]
    if not isinstance(editions, list):
        raise InvalidValueError("editions", "be a list, the earliest first", editions)
    return DatedPolicy(_edition(each, policy_type) for each in cast("list[Any]", editions))


def _edition(stated: object, policy_type: type[P]) -> Edition[P]:
    if not isinstance(stated, dict):
        raise InvalidValueError(
            "edition", "be an object with valid_from, reference and thresholds", stated
        )
    given = cast("dict[str, Any]", stated)
    valid_from = day_from(given.get("valid_from"), "valid_from")
    where = f"the edition of {valid_from}"
    check_keys(given, _EDITION_KEYS, where)
    return Edition(
        valid_from=valid_from,
        policy=_policy(given.get("thresholds"), policy_type, where),
        reference=cast("str", given.get("reference")),  # checked by the edition
    )


def _policy(stated: object, policy_type: type[P], where: str) -> P:
    if not isinstance(stated, dict):
        raise InvalidValueError(
            "thresholds", "be an object with a value for each threshold", stated, where=where
        )
    given = cast("dict[str, Any]", stated)
    names = [declared.name for declared in thresholds(policy_type)]
    for name in given:
        if name not in names:
            raise UnknownNameError("threshold", name, names, where=where)
    for name in names:
        if name not in given:
            raise InvalidValueError(
                name,
                "be stated",
                None,
                where=where,
                remedy="a default that changes must not change a policy",
            )
    return policy_type(**{name: value_from_data(name, value) for name, value in given.items()})


def _thresholds(policy: Policy) -> dict[str, Any]:
    return {name: value_as_data(value) for name, value in policy.values().items()}


def value_as_data(value: float | Quantile) -> Any:
    """A number, or a quantile as an object."""
    if not isinstance(value, Quantile):
        return value
    found: dict[str, Any] = {"quantile": value.level, "of": value.fact}
    if value.above != Quantile(value.fact, value.level).above:
        found["above"] = value.above
    if value.otherwise != 0.0:
        found["otherwise"] = value.otherwise
    return found


def value_from_data(name: str, value: Any) -> float | Quantile:
    """The number or the quantile; a number is checked by whoever takes it."""
    if not isinstance(value, dict):
        return cast("float", value)
    found = cast("dict[str, Any]", value)
    words = {"quantile": "level", "of": "fact", "above": "above", "otherwise": "otherwise"}
    check_keys(found, words, f"threshold '{name}'")
    for key in ("quantile", "of"):
        if key not in found:
            raise InvalidValueError(name, f"state '{key}' of its quantile", found)
    return Quantile(**{words[key]: given for key, given in found.items()})
