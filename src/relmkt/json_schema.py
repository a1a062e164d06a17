"""JSON Schema for record types: the one declaration of each field, for hosts in any language."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs

from relmkt.errors import InvalidValueError
from relmkt.records import Schema, schema
from relmkt.rules import (
    Absent,
    AllOf,
    Comparison,
    Condition,
    Flagged,
    Kind,
    OneOf,
    Threshold,
)
from relmkt.rules.features import EXACT_INTEGER

if TYPE_CHECKING:
    from relmkt.records._fields import FieldSpec

__all__ = ["DAY_PATTERN", "INSTANT_PATTERN", "declared_by", "json_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_IN_READING = (
    "Beyond what a schema can say, reading refuses: an id with a fraction, be it 1.0, which to a "
    f"schema is an integer; in a number an integer beyond {EXACT_INTEGER} in size, which would be "
    "rounded; a key that stands twice; a day that no calendar has; half a surrogate pair."
)

_DATE = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_OFFSET = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"

DAY_PATTERN = f"^{_DATE}$"
"""A day as JSON holds it."""

INSTANT_PATTERN = f"^{_DATE}(T{_CLOCK}{_OFFSET}?)?$"
"""A moment as JSON holds it, with an offset where its zone is known; a day is its midnight."""


def json_schema(record_type: type[Any]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record as JSON: one line of JSON lines, one item of an array.

    It says of each field its meaning, unit, bounds and words. A field that may be absent may be
    left out or be null. What a schema cannot say, such as the rules between fields, stands in words
    under ``$comment``, and is checked when the record is read.

    Parameters
    ----------
    record_type
        The record type.

    Returns
    -------
    dict
        The schema, as values that `json.dumps` takes.

    Raises
    ------
    InvalidValueError
        When it is no record type.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.json_schema import json_schema
    >>> found = json_schema(CustomerFacts)
    >>> found["required"]
    ['customer']
    >>> found["properties"]["attrition_risk"]["maximum"]
    1
    """
    declared: Schema[Any] = declared_by("record_type", record_type)
    meaning = (record_type.__doc__ or "").strip().partition("\n")[0]
    found: dict[str, Any] = {
        "$schema": DIALECT,
        "title": record_type.__name__,
        "description": meaning,
        "type": "object",
        "properties": {name: _property(spec) for name, spec in declared.fields.items()},
        "required": [name for name, spec in declared.fields.items() if spec.required],
        "additionalProperties": False,
    }
    told = [_IN_READING]
    rules = [f"{_told(rule.holds)}: {rule.remedy}" for rule in declared.constraints]
    if rules:
        told.append(f"Rules between fields, broken only by known values. {'; '.join(rules)}")
    found["$comment"] = " ".join(told)
    return found


def declared_by(name: str, record_type: type[Any]) -> Schema[Any]:
    """What a record type declares.

    Raises
    ------
    InvalidValueError
        When it is no record type; the message calls it by the name of the argument.
    """
    if isinstance(record_type, type):  # pyright: ignore[reportUnnecessaryIsInstance]
        # Of another class attrs finds no fields, or fields that declare nothing.
        with suppress(KeyError, attrs.exceptions.NotAnAttrsClassError):
            return schema(record_type)
    raise InvalidValueError(
        name, "be of a record type", record_type, remedy="such as those of relmkt.domain"
    )


def _property(spec: FieldSpec) -> dict[str, Any]:
    unit = f" ({spec.unit})" if spec.unit else ""
    return {"description": f"{spec.meaning}{unit}", **_shape(spec)}


def _shape(spec: FieldSpec) -> dict[str, Any]:
    if spec.is_identity:
        return {"type": ["string", "integer"], "minLength": 1}
    if spec.is_set:
        return _set(spec)
    absent: list[Any] = [] if spec.required else [None]
    match spec.kind:
        case Kind.MEMBER:
            return {"enum": [*_words(spec), *absent]}
        case Kind.NUMBER:
            return _number(spec)
        case Kind.FLAG:
            return {"type": _type("boolean", spec)}
        case Kind.INSTANT:
            return {"type": _type("string", spec), "pattern": INSTANT_PATTERN}
        case Kind.DAY:
            return {"type": _type("string", spec), "format": "date", "pattern": DAY_PATTERN}
        case _:
            return {"type": _type("string", spec)}


def _type(word: str, spec: FieldSpec) -> str | list[str]:
    return word if spec.required else [word, "null"]


def _number(spec: FieldSpec) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _type("integer" if spec.whole else "number", spec)}
    largest = EXACT_INTEGER if spec.whole else None
    lower = spec.lower if spec.lower is not None or largest is None else -largest
    upper = spec.upper if spec.upper is not None else largest
    if lower is not None:
        found["minimum"] = _plain(lower)
    if upper is not None:
        found["maximum"] = _plain(upper)
    return found


def _plain(bound: float) -> float:
    return int(bound) if float(bound).is_integer() else bound


def _set(spec: FieldSpec) -> dict[str, Any]:
    words = _words(spec)
    known = {"type": ["boolean", "null"]}
    return {
        "anyOf": [
            {
                "description": "a list is complete: what it leaves out does not hold",
                "type": "array",
                "items": {"enum": words},
            },
            {
                "description": "an object says it word by word: what it leaves out is not known",
                "type": "object",
                "properties": dict.fromkeys(words, known),
                "additionalProperties": False,
            },
            {"type": "null"},
        ]
    }


def _words(spec: FieldSpec) -> list[str]:
    return [word.value for word in spec.words or ()]


def _told(condition: Condition) -> str:
    """A condition in words, its features by name."""
    match condition:
        case Threshold(feature, op, bound):
            return f"{feature} {op.sign} {bound:g}"
        case Comparison(left, op, right):
            return f"{left} {op.sign} {right}"
        case Flagged(feature, expected):
            return feature if expected else f"not {feature}"
        case OneOf(feature, values, inside):
            words = ", ".join(sorted(values))
            return f"{feature} {'is' if inside else 'is not'} one of {words}"
        case Absent(feature, expected):
            return f"{feature} {'is not known' if expected else 'is known'}"
        case AllOf(of):
            return " and ".join(map(_told, of))
        case _:
            return f"({' or '.join(map(_told, condition.of))})"
