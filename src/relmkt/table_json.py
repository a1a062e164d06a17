"""Table JSON: the rules themselves, for hosts in other languages; what comes back is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

from relmkt._json_text import check_keys, check_schema, day_from, parsed, written
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.json_schema import declared_by
from relmkt.records import Schema
from relmkt.rules import (
    Absent,
    AllOf,
    AnyOf,
    Basis,
    Checklist,
    Comparison,
    Condition,
    Feature,
    Flagged,
    Handle,
    Kind,
    OneOf,
    Op,
    Rule,
    Table,
    Threshold,
)
from relmkt.rules.conditions import COMPARE

__all__ = ["TABLE_SCHEMA", "table_from_json", "table_to_json"]

R = TypeVar("R")

TABLE_SCHEMA = 1
"""The version of the format; it rises when an older reader could misread a newer file."""

_TABLE, _CHECKLIST = "table", "checklist"
_KEYS = (
    *("kind", "schema", "name", "record", "version", "undecided"),
    *("basis", "constants", "features", "rules"),
)
_RULE_KEYS = ("id", "when", "outcome", "reason", "otherwise")


def table_to_json(table: Table[Any, Any] | Checklist[Any, Any]) -> str:
    """A table or a checklist as JSON that a host in any language can run.

    It holds the rules in order, each with its condition as nested objects, the features that they
    and their reasons speak of, as they are declared, and the version. How it is read is told on
    the page "Tables for other languages".

    Parameters
    ----------
    table
        The table or checklist. Its outcomes are written as the words that they print.

    Returns
    -------
    str
        JSON with two spaces of indent and a line feed at the end.

    Raises
    ------
    InvalidValueError
        When two outcomes print the same word, or one prints none, so that nobody could tell them
        apart.

    Examples
    --------
    >>> import json
    >>> from relmkt.records import handles, identity, number, record, schema
    >>> from relmkt.rules import ALWAYS, Rule, Table
    >>> from relmkt.table_json import table_to_json
    >>> @record
    ... class Account:
    ...     account: str = identity("the account's number")
    ...     overdue: float | None = number(
    ...         "days since the invoice fell due", unit="day", default=None
    ...     )
    >>> rules = [Rule("late", handles(Account).overdue > 30, "call"), Rule("fine", ALWAYS, "wait")]
    >>> table = Table(name="dunning", facts=schema(Account), rules=rules)
    >>> for rule in json.loads(table_to_json(table))["rules"]:
    ...     print(rule["when"], rule["outcome"])
    {'feature': 'overdue', 'op': '>', 'bound': 30.0} call
    {'all': []} wait
    """
    undecided = table.undecided if isinstance(table, Table) else None
    told = dict.fromkeys(name for at in range(len(table.rules)) for name in table.words_of(at))
    _check_words(table.outcomes)
    content: dict[str, Any] = {
        "kind": _TABLE if isinstance(table, Table) else _CHECKLIST,
        "schema": TABLE_SCHEMA,
        "name": table.name,
        "record": table.facts.record_type.__name__,
        "version": table.version,
        "undecided": None if undecided is None else str(undecided),
        **({} if table.basis is None else {"basis": table.basis.as_dict()}),
        "constants": dict(table.constants),
        "features": [_declared(table.facts.features[name]) for name in told],
        "rules": [
            {
                "id": rule.id,
                "when": _condition(rule.when, table.facts.features),
                "outcome": str(rule.outcome),
                "reason": rule.reason,
                "otherwise": rule.otherwise,
            }
            for rule in table.rules
        ],
    }
    return written(content)


def table_from_json(
    text: str, record_type: type[R], *, outcomes: Iterable[type[Enum]] = ()
) -> Table[R, Any] | Checklist[R, Any]:
    """Read a table or a checklist back.

    Parameters
    ----------
    text
        What `table_to_json` wrote, perhaps edited. Who edits the rules takes the key ``version``
        out, for a version that is stated must be that of the rules.
    record_type
        The record type that it decides on. Each feature that the file declares must be declared
        alike.
    outcomes
        The enumerations that the outcomes belong to; without any, outcomes are plain words.

    Raises
    ------
    InvalidValueError
        When the text is no JSON or no such table, is of another format version, was made for
        another record type or for features that were declared otherwise, or was changed without
        a new version.
    UnknownNameError
        When it names a key, a feature, a value or an outcome that nobody declared.

    Examples
    --------
    >>> from relmkt.domain import Abstention, CustomerFacts, Strategy
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.table_json import table_from_json, table_to_json
    >>> policy = StrategyPolicy(retained_value_high=500, residual_value_high=300, cost_ratio_high=1)
    >>> text = table_to_json(policy.table())
    >>> read = table_from_json(text, CustomerFacts, outcomes=[Strategy, Abstention])
    >>> read == policy.table(), read.version == policy.table().version
    (True, True)
    """
    try:
        return _table(parsed(text, "table"), record_type, tuple(outcomes))
    except RecursionError:
        raise InvalidValueError(
            "when", "be nested less deeply", f"{len(text):,} letters", where="the table"
        ) from None


def _table(
    content: Mapping[str, Any], record_type: type[R], outcomes: tuple[type[Enum], ...]
) -> Table[R, Any] | Checklist[R, Any]:
    check_schema(content, TABLE_SCHEMA)  # before the keys: a newer format may have others
    check_keys(content, _KEYS, "the table")
    kind = content.get("kind")
    if kind not in (_TABLE, _CHECKLIST):
        raise InvalidValueError("kind", f"be '{_TABLE}' or '{_CHECKLIST}'", kind)
    facts = declared_by("record_type", record_type)
    if content.get("record") != record_type.__name__:
        raise InvalidValueError("record", f"be '{record_type.__name__}'", content.get("record"))
    for declared in _list(content.get("features"), "features"):
        _check_declared(_object(declared, "feature"), facts)
    word = _words(outcomes)
    made: dict[str, Any] = {
        "name": _text(content.get("name"), "name"),
        "facts": facts,
        "basis": _basis(content["basis"]) if "basis" in content else None,
        "constants": {
            name: _constant(value, name)
            for name, value in _object(content.get("constants"), "constants").items()
        },
        "rules": [
            _rule(_object(rule, "rule"), facts, word)
            for rule in _list(content.get("rules"), "rules")
        ],
    }
    undecided = content.get("undecided")
    table: Table[R, Any] | Checklist[R, Any]
    if kind == _TABLE:
        table = Table(**made, undecided=None if undecided is None else word(undecided))
    else:
        if undecided is not None:
            raise InvalidValueError("undecided", "be null in a checklist", undecided)
        table = Checklist(**made)
    stated = content.get("version", table.version)
    if stated != table.version:
        raise InvalidValueError(
            "version",
            f"be that of the rules ({table.version})",
            stated,
            remedy="they were changed: take the version out if they are meant",
        )
    return table


# ------------------------------------------------------------------------------------- writing


def _check_words(outcomes: tuple[Any, ...]) -> None:
    seen: dict[str, Any] = {}
    for outcome in outcomes:
        if not str(outcome):
            raise InvalidValueError("outcome", "print a word", outcome)
        if str(outcome) in seen:
            raise InvalidValueError(
                "outcome",
                "print a word of its own",
                outcome,
                remedy=f"{seen[str(outcome)]!r} prints the same",
            )
        seen[str(outcome)] = outcome


def _declared(feature: Feature) -> dict[str, Any]:
    """What a host needs to know of a feature; what is not so is left out."""
    told: dict[str, Any] = {
        "name": feature.name,
        "kind": feature.kind.value,
        "label": feature.label,
        "denial": feature.denial if feature.kind is Kind.FLAG else None,
        "meaning": feature.meaning,
        "unit": feature.unit,
        "lower": feature.lower,
        "upper": feature.upper,
        "whole": feature.whole or None,
        "values": list(feature.values) or None,
        "set": feature.member_of,
        "required": feature.required or None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _condition(condition: Condition, features: Mapping[str, Feature]) -> dict[str, Any]:
    match condition:
        case Threshold(feature, op, bound):
            return {"feature": feature, "op": op.value, "bound": bound}
        case Comparison(left, op, right):
            return {"left": left, "op": op.value, "right": right}
        case Flagged(feature, expected):
            return {"flag": feature, "is": expected}
        case OneOf(feature, values, inside):
            words = [word for word in features[feature].values if word in values]
            return {"member": feature, "in" if inside else "not in": words}
        case Absent(feature, expected):
            return {"absent": feature, "is": expected}
        case AllOf(of):
            return {"all": [_condition(part, features) for part in of]}
        case _:
            return {"any": [_condition(part, features) for part in condition.of]}


# ------------------------------------------------------------------------------------- reading


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidValueError(name, "be a list", value)
    return cast("list[Any]", value)


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidValueError(name, "be an object", value)
    return cast("dict[str, Any]", value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidValueError(name, "be text", value)
    return value


def _basis(value: object) -> Basis:
    stated = _object(value, "basis")
    check_keys(stated, ("valid_from", "reference"), "the basis")
    return Basis(
        day_from(stated.get("valid_from"), "valid_from"),
        _text(stated.get("reference"), "reference"),
    )


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidValueError(name, "be true or false", value)
    return value


def _constant(value: object, name: str) -> float | int | str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise InvalidValueError(name, "be a number or a text", value)
    return value


def _check_declared(stated: Mapping[str, Any], facts: Schema[Any]) -> None:
    """Refuse features that mean something else here than where the file was written."""
    name = _text(stated.get("name"), "name")
    known = _declared(_feature(name, facts, "the features"))
    # Words and meanings may be bettered; kinds, units, bounds and values change what is decided.
    for key in ("kind", "unit", "lower", "upper", "whole", "values", "set", "required"):
        if stated.get(key) != known.get(key):
            raise InvalidValueError(
                name,
                f"have as '{key}' what {facts.record_type.__name__} declares ({known.get(key)})",
                stated.get(key),
                remedy="the table was made for another version of the record type",
            )


def _feature(name: str, facts: Schema[Any], where: str) -> Feature:
    if name not in facts.features:
        raise UnknownNameError("feature", name, facts.features, where=where)
    return facts.features[name]


def _words(types: tuple[type[Enum], ...]) -> Callable[[object], Any]:
    """From a word to the outcome that it stands for."""
    known = {str(member): member for words in types for member in words}

    def found(value: object) -> Any:
        word = _text(value, "outcome")
        if not types:
            return word
        if word not in known:
            raise UnknownNameError("outcome", word, known)
        return known[word]

    return found


def _rule(
    stated: Mapping[str, Any], facts: Schema[Any], word: Callable[[object], Any]
) -> Rule[Any]:
    name = _text(stated.get("id"), "id")
    check_keys(stated, _RULE_KEYS, f"rule {name}")
    return Rule(
        name,
        _read(_object(stated.get("when"), "when"), facts, f"rule {name}"),
        word(stated.get("outcome")),
        _text(stated.get("reason", "{because}"), "reason"),
        _flag(stated.get("otherwise", False), "otherwise"),
    )


def _read(stated: Mapping[str, Any], facts: Schema[Any], where: str) -> Condition:
    keys = set(stated)
    for several, made in (("all", AllOf), ("any", AnyOf)):
        if keys == {several}:
            parts = _list(stated[several], several)
            return made(tuple(_read(_object(part, several), facts, where) for part in parts))
    for shape, read in _ATOMS.items():
        if keys == set(shape):
            return read(stated, facts, where)
    raise InvalidValueError(
        "when",
        "have the keys of one kind of condition",
        sorted(keys),
        where=where,
        remedy=", or ".join(" and ".join(shape) for shape in (("all",), ("any",), *_ATOMS)),
    )


def _asked(stated: Mapping[str, Any], key: str, facts: Schema[Any], where: str, *, of: Kind) -> str:
    name = _text(stated[key], key)
    kind = _feature(name, facts, where).kind
    if kind is not of:
        raise InvalidValueError(name, f"be a {of.value} to be asked so", kind.value, where=where)
    return name


def _compare(stated: Mapping[str, Any], where: str) -> Callable[[Any, Any], Any]:
    sign = _text(stated["op"], "op")
    if sign not in list(Op):
        raise UnknownNameError("op", sign, list(Op), where=where)
    return COMPARE[Op(sign)]


# The handles know what may be asked of each kind, and what with.


def _threshold(stated: Mapping[str, Any], facts: Schema[Any], where: str) -> Condition:
    name = _asked(stated, "feature", facts, where, of=Kind.NUMBER)
    return _compare(stated, where)(Handle(facts.features[name]), stated["bound"])


def _comparison(stated: Mapping[str, Any], facts: Schema[Any], where: str) -> Condition:
    left, right = (_asked(stated, key, facts, where, of=Kind.NUMBER) for key in ("left", "right"))
    return _compare(stated, where)(Handle(facts.features[left]), Handle(facts.features[right]))


def _flagged(stated: Mapping[str, Any], facts: Schema[Any], where: str) -> Condition:
    return Flagged(_asked(stated, "flag", facts, where, of=Kind.FLAG), _flag(stated["is"], "is"))


def _one_of(stated: Mapping[str, Any], facts: Schema[Any], where: str) -> Condition:
    name = _asked(stated, "member", facts, where, of=Kind.MEMBER)
    inside = "in" in stated
    words = _list(stated["in" if inside else "not in"], name)
    chosen = Handle(facts.features[name]).is_in(_text(word, name) for word in words)
    return chosen if inside else ~chosen


def _absent(stated: Mapping[str, Any], facts: Schema[Any], where: str) -> Condition:
    name = _feature(_text(stated["absent"], "absent"), facts, where).name
    return Absent(name, _flag(stated["is"], "is"))


_ATOMS: dict[tuple[str, ...], Callable[[Mapping[str, Any], Schema[Any], str], Condition]] = {
    ("feature", "op", "bound"): _threshold,
    ("left", "op", "right"): _comparison,
    ("flag", "is"): _flagged,
    ("member", "in"): _one_of,
    ("member", "not in"): _one_of,
    ("absent", "is"): _absent,
}
