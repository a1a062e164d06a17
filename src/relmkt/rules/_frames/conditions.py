"""Conditions on frames: a pair of expressions, where it is true and where false; never null."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import attrs

from relmkt.rules._frames.columns import Reading
from relmkt.rules._words import answer
from relmkt.rules.conditions import (
    COMPARE,
    AllOf,
    AnyOf,
    Atom,
    Comparison,
    Condition,
    Flagged,
    OneOf,
    Op,
    Threshold,
    features_in,
)
from relmkt.rules.features import Feature

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["Conditions", "Mask", "Sides", "balanced"]

T = TypeVar("T")

Mask: TypeAlias = Any
"""An expression that is true or false, never null; or a plain bool where it is so in every row."""


@attrs.frozen(eq=False)
class Sides:
    """Where a condition is true and where it is false; elsewhere it is unknown."""

    true: Mask
    false: Mask


class Conditions:
    """Conditions as expressions, each atom made once.

    Every atom is guarded: known, and so. A negated condition is made of negated atoms, so `~` is
    only ever put before what is true or false, and the engines, which disagree about nulls and
    NaN, are never asked about either.

    Parameters
    ----------
    nw
        narwhals.
    readings
        For each feature that conditions ask about an expression, null where it is absent; or one
        plain value (None for absent) that it has in every row.
    features
        The features by name.
    """

    def __init__(
        self, nw: Any, readings: Mapping[str, Reading], features: Mapping[str, Feature]
    ) -> None:
        self._nw = nw
        self._readings = readings
        self._features = features
        self._asked: dict[Atom, Sides] = {}

    def sides(self, condition: Condition) -> Sides:
        """Where the condition is true and where it is false."""
        match condition:
            case AllOf(of):
                parts = [self.sides(part) for part in of]
                return Sides(
                    _every([part.true for part in parts]), _some([part.false for part in parts])
                )
            case AnyOf(of):
                parts = [self.sides(part) for part in of]
                return Sides(
                    _some([part.true for part in parts]), _every([part.false for part in parts])
                )
            case _:
                found = self._asked.get(condition)
                if found is None:
                    found = self._asked[condition] = self._atom(condition)
                return found

    def _atom(self, atom: Atom) -> Sides:
        readings = {name: self._readings[name] for name in features_in(atom)}
        if not any(isinstance(value, self._nw.Expr) for value in readings.values()):
            held = answer(atom, readings)
            return Sides(held is True, held is False)
        if any(value is None for value in readings.values()):
            return Sides(False, False)
        match atom:
            case Threshold(feature, op, bound):
                return self._compared(readings[feature], op, bound)
            case Comparison(left, op, right):
                return self._compared(readings[left], op, readings[right])
            case Flagged(feature, expected):
                flag = readings[feature]
                return Sides(_known(flag) & (flag == expected), _known(flag) & (flag != expected))
            case OneOf(feature, values, inside):
                return self._one_of(feature, readings[feature], values, inside)
            case _:
                value = readings[atom.feature]
                gone, here = value.is_null(), _known(value)
                return Sides(gone, here) if atom.expected else Sides(here, gone)

    def _compared(self, left: Reading, op: Op, right: Reading) -> Sides:
        sides = [side for side in (left, right) if isinstance(side, self._nw.Expr)]
        known = _every([_known(side) for side in sides])
        return Sides(
            known & cast("Any", COMPARE[op](left, right)),
            known & cast("Any", COMPARE[op.opposite](left, right)),
        )

    def _one_of(self, feature: str, value: nw.Expr, words: frozenset[str], inside: bool) -> Sides:
        chosen = [word for word in self._features[feature].values if word in words]
        others = [word for word in self._features[feature].values if word not in words]
        # A reading holds no other words, so "not one of these" is "one of the others".
        within, without = self._among(value, chosen), self._among(value, others)
        return Sides(within, without) if inside else Sides(without, within)

    def _among(self, value: nw.Expr, words: Sequence[str]) -> Mask:
        # Not every engine takes an empty list.
        return _known(value) & value.is_in(list(words)) if words else False


def _known(value: nw.Expr) -> nw.Expr:
    return ~value.is_null()


def _every(masks: Sequence[Mask]) -> Mask:
    if any(mask is False for mask in masks):
        return False
    return balanced(_both, [mask for mask in masks if mask is not True], True)


def _some(masks: Sequence[Mask]) -> Mask:
    if any(mask is True for mask in masks):
        return True
    return balanced(_either, [mask for mask in masks if mask is not False], False)


def _both(left: Mask, right: Mask) -> Mask:
    return left & right


def _either(left: Mask, right: Mask) -> Mask:
    return left | right


def balanced(merge: Callable[[T, T], T], parts: Sequence[T], empty: T) -> T:
    """The parts merged two by two: as deep as the logarithm of their number."""
    if not parts:
        return empty
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return merge(balanced(merge, parts[:middle], empty), balanced(merge, parts[middle:], empty))
