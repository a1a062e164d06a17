"""Conditions and reasons in general: what they say of every record, without a record's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relmkt.rules._words import UNKNOWN, Template, shown
from relmkt.rules.conditions import (
    Absent,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Flagged,
    OneOf,
    Threshold,
)
from relmkt.rules.features import Feature

__all__ = ["general_reason", "phrase"]

_ANY_VALUE = "…"


def phrase(condition: Condition, features: Mapping[str, Feature]) -> str:
    """What a condition asks, in words: ``attrition risk ≥ 0.5 and (high volume or benchmark)``.

    Examples
    --------
    >>> from relmkt.rules import Feature, Handle, Kind
    >>> from relmkt.rules._phrases import phrase
    >>> risk = Feature(name="attrition_risk", kind=Kind.NUMBER)
    >>> barred = Feature(name="barred", kind=Kind.FLAG)
    >>> asked = (Handle(risk) >= 0.5) & ~Handle(barred)
    >>> phrase(asked, {"attrition_risk": risk, "barred": barred})
    'attrition risk ≥ 0.5 and not barred'
    """
    match condition:
        case Threshold(feature, op, bound):
            return f"{features[feature].label} {op.sign} {shown(bound)}"
        case Comparison(left, op, right):
            return f"{features[left].label} {op.sign} {features[right].label}"
        case Flagged(feature, expected):
            return features[feature].label if expected else features[feature].denial
        case OneOf():
            return _one_of(condition, features[condition.feature])
        case Absent(feature, expected):
            return f"{features[feature].label} {UNKNOWN if expected else 'known'}"
        case AllOf(of):
            return _joined(of, "and", AnyOf, "always", features)
        case _:
            return _joined(condition.of, "or", AllOf, "never", features)


def _one_of(atom: OneOf, feature: Feature) -> str:
    words = [shown(word) for word in feature.values if word in atom.values]
    if not words:
        return "never" if atom.inside else f"{feature.label} known"
    return f"{feature.label} {'' if atom.inside else 'not '}{' or '.join(words)}"


def _joined(
    of: tuple[Condition, ...],
    word: str,
    bracketed: type,
    empty: str,
    features: Mapping[str, Feature],
) -> str:
    parts: list[str] = []
    for part in of:
        told = phrase(part, features)
        is_list = isinstance(part, bracketed) and len(getattr(part, "of", ())) > 1
        parts.append(f"({told})" if is_list else told)
    return f" {word} ".join(parts) or empty


def general_reason(
    template: str,
    condition: Condition,
    features: Mapping[str, Feature],
    constants: Mapping[str, Any],
) -> str:
    """A reason as it stands for every record: the condition for its proof, … for each fact."""
    words = {**dict.fromkeys(features, _ANY_VALUE), **constants}
    return Template(template).filled(words, [phrase(condition, features)])
