"""What a condition asks, in words: for a reader who checks the policy before it meets a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from relmkt.rules.conditions import (
    AllOf,
    AnyOf,
    Atom,
    Comparison,
    Condition,
    Flagged,
    OneOf,
    Op,
    Threshold,
)
from relmkt.rules.features import Feature

__all__ = ["stated"]

_WORDS = {
    Op.LT: "below",
    Op.LE: "at most",
    Op.GT: "above",
    Op.GE: "at least",
    Op.EQ: "equal to",
    Op.NE: "other than",
}

_WHOLE_SET = {
    ("and", True): "every",
    ("and", False): "no",
    ("or", True): "any",
    ("or", False): "not every",
}


def stated(
    condition: Condition,
    features: Mapping[str, Feature],
    called: Mapping[float, str] | None = None,
) -> str:
    """What a condition asks of any record, in words that read well aloud.

    Whole numbers are told in full, others with six significant digits, or two decimals if that is
    more. A question about every word of a set is told as one: *any significance*.

    Parameters
    ----------
    condition
        The condition.
    features
        The features by name; all that the condition asks about are among them.
    called
        Words for bounds, in the place of their numbers.

    Returns
    -------
    str
        Words without an initial capital or a final period; *always* for a catch-all.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.records import handles, schema
    >>> from relmkt.rules import stated
    >>> on, features = handles(CustomerFacts), schema(CustomerFacts).features
    >>> stated(on.status == "active", features)
    'status active'
    >>> stated(
    ...     (on.current_profit < 0) & ((on.headroom > 1200) | on.any_of("significance")), features
    ... )
    'current profit below 0, and either headroom above 1,200 or any significance'
    >>> stated(on.headroom > 1200, features, {1200: "the price of the smallest machine"})
    'headroom above the price of the smallest machine'
    """
    return _Teller(features, called or {}).told(condition)


@attrs.frozen
class _Teller:
    features: Mapping[str, Feature]
    called: Mapping[float, str]

    def told(self, condition: Condition) -> str:
        if not isinstance(condition, (AllOf, AnyOf)):
            return self._atom(condition)
        parts, is_simple = self._parts(condition)
        if not parts:
            return "always" if isinstance(condition, AllOf) else "never"
        word = _joint(condition)
        return _listed(parts, word) if is_simple else f", {word} ".join(parts)

    def _parts(self, condition: AllOf | AnyOf) -> tuple[list[str], bool]:
        """The parts in words, each once, and whether all of them are simple."""
        told: dict[str, bool] = {}
        for part in condition.of:
            if isinstance(part, Flagged):
                told[self._whole_set(condition, part) or self._atom(part)] = True
            elif isinstance(part, (AllOf, AnyOf)):
                words, is_simple = self._nested(part, within=condition)
                told[words] = is_simple
            else:
                told[self._atom(part)] = not (isinstance(part, OneOf) and len(part.values) > 1)
        return list(told), all(told.values())

    def _nested(self, part: AllOf | AnyOf, *, within: AllOf | AnyOf) -> tuple[str, bool]:
        """A part that has parts itself, and whether it can be listed like an atom."""
        words, is_simple = self._parts(part)
        if len(words) < 2:
            return self.told(part), is_simple
        if not is_simple or type(part) is type(within):
            return f"({self.told(part)})", False
        if isinstance(part, AnyOf):
            return f"either {_listed(words, 'or')}", False
        return " and ".join(words), False

    def _whole_set(self, condition: AllOf | AnyOf, part: Flagged) -> str | None:
        """The words for a question about every member of a set, if this is a part of one."""
        field = self.features[part.feature].member_of
        if field is None:
            return None
        members = {name for name, feature in self.features.items() if feature.member_of == field}
        asked = {
            other.feature
            for other in condition.of
            if isinstance(other, Flagged) and other.expected is part.expected
        }
        if not members <= asked:
            return None
        return f"{_WHOLE_SET[_joint(condition), part.expected]} {field.replace('_', ' ')}"

    def _atom(self, atom: Atom) -> str:
        match atom:
            case Threshold(feature, op, bound):
                limit = self.called.get(bound) or _number(bound)
                return f"{self.features[feature].label} {_WORDS[op]} {limit}"
            case Comparison(left, op, right):
                return f"{self.features[left].label} {_WORDS[op]} {self.features[right].label}"
            case Flagged(feature, expected):
                return self.features[feature].label if expected else self.features[feature].denial
            case OneOf(feature, values, inside):
                return _one_of(self.features[feature], values, inside=inside)
            case _:
                word = "unknown" if atom.expected else "known"
                return f"{self.features[atom.feature].label} {word}"


def _joint(condition: AllOf | AnyOf) -> str:
    return "and" if isinstance(condition, AllOf) else "or"


def _one_of(feature: Feature, values: frozenset[str], *, inside: bool) -> str:
    words = [word.replace("_", " ") for word in feature.values if word in values]
    if not words:
        return f"{feature.label} {'none' if inside else 'any'} of its words"
    if len(words) == 1:
        return f"{feature.label} {'' if inside else 'not '}{words[0]}"
    told = f"either {_listed(words, 'or')}" if inside else f"neither {_listed(words, 'nor')}"
    return f"{feature.label} {told}"


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    rounded = float(f"{value:.6g}") if abs(value) < 1e4 else round(value, 2)
    return f"{rounded:,}".removesuffix(".0")


def _listed(words: Sequence[str], joint: str) -> str:
    *first, last = words
    return f"{', '.join(first)} {joint} {last}" if first else last
