"""The version of a table: a hash of all that can change an outcome."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from relmkt.rules.conditions import (
    Absent,
    AllOf,
    Comparison,
    Condition,
    Flagged,
    OneOf,
    Threshold,
)

if TYPE_CHECKING:
    from relmkt.rules._ruled import RuleList

__all__ = ["as_data", "content_hash"]


def content_hash(table: RuleList[Any, Any], reading: str) -> str:
    """Twelve hexadecimal digits of everything that can change an answer; reasons are left out.

    Parameters
    ----------
    table
        The rules.
    reading
        How they are read, beside the rules themselves.
    """
    rules = [
        [rule.id, as_data(rule.when), str(rule.outcome), *(["otherwise"] if rule.otherwise else [])]
        for rule in table.rules
    ]
    asked = {
        name: [table.facts.features[name].kind.value, *table.facts.features[name].values]
        for name in sorted(table.features)
    }
    content = [table.name, rules, reading, asked]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def as_data(condition: Condition) -> list[Any]:
    """A condition as nested lists of plain values, whatever the order of its parts."""
    match condition:
        case Threshold(feature, op, bound):
            return ["threshold", feature, op.value, bound]
        case Comparison(left, op, right):
            return ["comparison", left, op.value, right]
        case Flagged(feature, expected):
            return ["flagged", feature, expected]
        case OneOf(feature, values, inside):
            return ["one_of", feature, sorted(values), inside]
        case Absent(feature, expected):
            return ["absent", feature, expected]
        case AllOf(of):
            return ["all_of", *sorted(map(as_data, of), key=json.dumps)]
        case _:
            return ["any_of", *sorted(map(as_data, condition.of), key=json.dumps)]
