"""How rules speak: atoms and numbers as a reader would say them, and the proof of an answer."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import attrs

from relmkt.errors import InvalidValueError
from relmkt.rules.conditions import (
    Absent,
    AllOf,
    AnyOf,
    Atom,
    Comparison,
    Condition,
    Flagged,
    OneOf,
    Threshold,
)
from relmkt.rules.features import Feature

__all__ = [
    "UNKNOWN",
    "Template",
    "answer",
    "compared",
    "exactly",
    "judged",
    "proof",
    "said",
    "shown",
    "unsettled",
]

UNKNOWN = "unknown"
"""What a reason prints in the place of an absent fact."""

Values: TypeAlias = Mapping[str, Any]


def judged(condition: Condition, values: Values) -> tuple[bool | None, tuple[Atom, ...]]:
    """The answer (True, False or None for unknown), and the atoms that make it so.

    For a true condition these are the atoms that carry it; for a false one the first that fails
    (of alternatives, all of them, for all failed); for an unknown one those that would matter.
    """
    return _JUDGES[type(condition)](condition, values)


def answer(condition: Condition, values: Values) -> bool | None:
    """True, False or None (unknown)."""
    return judged(condition, values)[0]


def proof(condition: Condition, values: Values) -> tuple[Atom, ...]:
    """The atoms that make a condition's answer what it is."""
    return judged(condition, values)[1]


def _threshold(atom: Threshold, values: Values) -> _Judged:
    value = values[atom.feature]
    return (None if value is None else atom.op.holds(value, atom.bound)), (atom,)


def _comparison(atom: Comparison, values: Values) -> _Judged:
    left, right = values[atom.left], values[atom.right]
    return (None if left is None or right is None else atom.op.holds(left, right)), (atom,)


def _flagged(atom: Flagged, values: Values) -> _Judged:
    value = values[atom.feature]
    return (None if value is None else value is atom.expected), (atom,)


def _one_of(atom: OneOf, values: Values) -> _Judged:
    value = values[atom.feature]
    return (None if value is None else (value in atom.values) is atom.inside), (atom,)


def _absent(atom: Absent, values: Values) -> _Judged:
    return (values[atom.feature] is None) is atom.expected, (atom,)


def _all_of(condition: AllOf, values: Values) -> _Judged:
    return _joined(condition.of, values, decisive=False)


def _any_of(condition: AnyOf, values: Values) -> _Judged:
    return _joined(condition.of, values, decisive=True)


def _joined(of: tuple[Condition, ...], values: Values, *, decisive: bool) -> _Judged:
    """One part with the decisive answer decides; an unknown one leaves it open."""
    held: list[Atom] = []
    doubtful: list[Atom] = []
    unknown = False
    for part in of:
        found, atoms = _JUDGES[type(part)](part, values)
        if found is decisive:
            return decisive, atoms
        if found is None:
            unknown = True
            doubtful += atoms
        else:
            held += atoms
    if unknown:
        return None, tuple(dict.fromkeys(doubtful))
    return not decisive, tuple(dict.fromkeys(held))


_Judged: TypeAlias = tuple[bool | None, tuple[Atom, ...]]

_JUDGES: dict[type, Callable[[Any, Values], _Judged]] = {
    Threshold: _threshold,
    Comparison: _comparison,
    Flagged: _flagged,
    OneOf: _one_of,
    Absent: _absent,
    AllOf: _all_of,
    AnyOf: _any_of,
}


def unsettled(condition: Condition, values: Values) -> tuple[str, ...]:
    """The absent facts that an unknown condition waits for, in order of appearance."""
    names: dict[str, None] = {}
    for atom in proof(condition, values):
        asked = (atom.left, atom.right) if isinstance(atom, Comparison) else (atom.feature,)
        names.update({name: None for name in asked if values[name] is None})
    return tuple(names)


def shown(value: Any) -> str:
    """A value for a reader: 1,234 for money in the thousands, 0.71 for a share, a word as it is."""
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return _number(value)
        case _:
            return str(value)


def _number(value: float) -> str:
    value += 0.0  # nobody reads -0
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    if abs(value) >= 1e15 or abs(value) < 1:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"


def exactly(value: Any) -> str:
    """A number as it is shown, or with every digit where rounding would tell another."""
    text = shown(value)
    return text if float(text.replace(",", "")) == value else repr(value)


def _told_apart(left: float, right: float) -> tuple[str, str]:
    """Two numbers as text; with more digits where rounding would change which is the larger."""
    first, second = shown(left), shown(right)
    if _far_apart(left, right) or _same_order(first, second, left, right):
        return first, second
    for digits in range(4, 17):
        first, second = (f"{value + 0.0:,.{digits}g}" for value in (left, right))
        if _same_order(first, second, left, right):
            return first, second
    return repr(left), repr(right)


def _same_order(first: str, second: str, left: float, right: float) -> bool:
    """Whether two texts compare as the numbers do that they tell."""
    a, b = (float(text.replace(",", "")) for text in (first, second))
    return (a > b) is (left > right) and (a < b) is (left < right)


def _far_apart(left: float, right: float) -> bool:
    """Whether rounding cannot make them one: each is rounded by half a percent at most."""
    return abs(left - right) > 0.01 * max(abs(left), abs(right))


def compared(feature: Feature, values: Sequence[float], sign: str, bound: float) -> list[str]:
    """What known numbers say to a threshold that they all answer alike; see `said`."""
    before, limit = f"{feature.label} ", shown(bound)
    after = f" {sign} "
    return [
        before + shown(value) + after + limit
        if _far_apart(value, bound)
        else before + after.join(_told_apart(value, bound))
        for value in values
    ]


def said(atom: Atom, values: Values, features: Mapping[str, Feature]) -> str:
    """What a record says to an atom, in words and numbers, whether or not it holds.

    ``risk ≥ 0.5`` is said as ``attrition risk 0.71 ≥ 0.5`` where it holds, and as
    ``attrition risk 0.2 < 0.5`` where it fails.
    """
    held = answer(atom, values)
    match atom:
        case Threshold(feature, op, bound):
            label = features[feature].label
            if held is None:
                return f"{label} {UNKNOWN}"
            value, limit = _told_apart(values[feature], bound)
            return f"{label} {value} {(op if held else op.opposite).sign} {limit}"
        case Comparison(left, op, right):
            first, second = features[left].label, features[right].label
            if held is None:
                gaps = [name for name in (left, right) if values[name] is None]
                return " and ".join(f"{features[name].label} {UNKNOWN}" for name in gaps)
            a, b = _told_apart(values[left], values[right])
            return f"{first} {a} {(op if held else op.opposite).sign} {second} {b}"
        case Flagged(feature, _):
            return _flag_said(features[feature], values[feature])
        case OneOf(feature, _, _):
            return f"{features[feature].label} {shown(values[feature])}"
        case _:
            label = features[atom.feature].label
            return f"{label} {UNKNOWN}" if values[atom.feature] is None else f"{label} known"


def _flag_said(feature: Feature, value: bool | None) -> str:
    if value is None:
        return f"{feature.label} {UNKNOWN}"
    return feature.label if value else feature.denial


@attrs.frozen
class Template:
    """A reason with places for facts, thresholds and ``{because}``, the proof in numbers."""

    text: str

    def names(self) -> tuple[str, ...]:
        """The names in braces."""
        return _names_in(self.text)

    def filled(self, values: Values, because: Sequence[str]) -> str:
        """The sentence with its numbers."""
        words = {name: shown(values[name]) for name in self.names() if name != "because"}
        return self.text.format(because=", ".join(because), **words)


@lru_cache(maxsize=1024)
def _names_in(text: str) -> tuple[str, ...]:
    # Kept, for a table speaks its few templates again and again.
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise InvalidValueError(
            "reason", "have its braces in pairs", text, remedy=str(error)
        ) from None
    return tuple(name for _, name, _, _ in parts if name is not None)
