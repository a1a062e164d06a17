"""Conditions on columns: whole blocks at a time, with absence carried beside the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

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
from relmkt.rules.features import Feature, Kind

__all__ = ["ABSENT_CODE", "Block", "Layout", "Verdict", "absent_in"]

Mask: TypeAlias = NDArray[np.bool_]

ABSENT_CODE = -1
"""What stands for an absent flag or member in its column of small integers."""

_COMPARE: dict[Op, Callable[[Any, Any], Mask]] = {
    Op.LT: np.less,
    Op.LE: np.less_equal,
    Op.GT: np.greater,
    Op.GE: np.greater_equal,
    Op.EQ: np.equal,
    Op.NE: np.not_equal,
}


class Layout(Protocol):
    """Equal-length columns under the names of features (`relmkt.columns.Columns` is one)."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def __getitem__(self, key: Any, /) -> Any:
        """The record of one row, or the layout of some."""
        ...

    @property
    def ids(self) -> NDArray[Any]:
        """The id of each row, as given."""
        ...

    def column(self, name: str) -> NDArray[Any]:
        """The values of a feature: float64 with NaN, int8 codes with -1, or times with NaT."""
        ...

    def values(self, name: str, rows: NDArray[Any] | None = None) -> list[Any]:
        """The values of a feature as records hold them, None where absent; of these rows or all."""
        ...

    def has_absent(self, name: str) -> bool:
        """Whether any value of a feature is absent."""
        ...


@attrs.frozen(eq=False)
class Verdict:
    """Where a condition is true and where it is false; elsewhere it is unknown.

    ``false`` is None when nothing is unknown, so that complete columns never pay for absent ones.
    """

    true: Mask
    false: Mask | None = None

    def failed(self) -> Mask:
        """Where the condition is false."""
        return ~self.true if self.false is None else self.false


class Block:
    """Some rows of a layout, with the answers to atoms that were asked already.

    Rules share atoms ("active" stands in seven rules of twelve), so each is computed once a block.
    """

    def __init__(
        self,
        columns: Mapping[str, NDArray[Any]],
        gaps: frozenset[str],
        features: Mapping[str, Feature],
        size: int,
    ) -> None:
        self._columns = columns
        self._gaps = gaps
        self._features = features
        self._known: dict[str, Mask] = {}
        self._asked: dict[Atom, Verdict] = {}
        self._size = size

    def verdict(self, condition: Condition) -> Verdict:
        """Where the condition is true, false and unknown among these rows."""
        match condition:
            case AllOf(of):
                return self._all(of)
            case AnyOf(of):
                return self._any(of)
            case _:
                found = self._asked.get(condition)
                if found is None:
                    found = self._asked[condition] = self._atom(condition)
                return found

    def _all(self, of: tuple[Condition, ...]) -> Verdict:
        parts = [self.verdict(part) for part in of]
        true = _merged([part.true for part in parts], np.logical_and, np.True_, self._size)
        if all(part.false is None for part in parts):
            return Verdict(true)
        return Verdict(
            true, _merged([part.failed() for part in parts], np.logical_or, np.False_, self._size)
        )

    def _any(self, of: tuple[Condition, ...]) -> Verdict:
        parts = [self.verdict(part) for part in of]
        true = _merged([part.true for part in parts], np.logical_or, np.False_, self._size)
        if all(part.false is None for part in parts):
            return Verdict(true)
        return Verdict(
            true, _merged([part.failed() for part in parts], np.logical_and, np.True_, self._size)
        )

    def _atom(self, atom: Atom) -> Verdict:
        match atom:
            case Threshold(feature, op, bound):
                return self._guarded(_COMPARE[op](self._columns[feature], bound), op, feature)
            case Comparison(left, op, right):
                held = _COMPARE[op](self._columns[left], self._columns[right])
                return self._guarded(held, op, left, right)
            case Flagged(feature, expected):
                held = self._columns[feature] == int(expected)
                return self._guarded(held, Op.EQ, feature)
            case OneOf(feature, values, inside):
                return self._one_of(feature, values, inside)
            case _:
                here = self._is_known(atom.feature)
                return Verdict(~here if atom.expected else here)

    def _one_of(self, feature: str, values: frozenset[str], inside: bool) -> Verdict:
        words = self._features[feature].values
        codes = self._columns[feature]
        chosen = [code for code, word in enumerate(words) if (word in values) is inside]
        # No atom holds for an absent code: it equals none of the chosen ones.
        held = _merged([codes == code for code in chosen], np.logical_or, np.False_, self._size)
        return self._guarded(held, Op.EQ, feature)

    def _guarded(self, held: Mask, op: Op, *features: str) -> Verdict:
        gaps = [feature for feature in features if feature in self._gaps]
        if not gaps:
            return Verdict(held)
        known = _merged(
            [self._is_known(feature) for feature in gaps], np.logical_and, np.True_, self._size
        )
        if op is Op.NE:  # NaN differs from every number: the one comparison that holds for it
            held = held & known
        return Verdict(held, known & ~held)

    def _is_known(self, feature: str) -> Mask:
        found = self._known.get(feature)
        if found is None:
            found = ~absent_in(self._features[feature].kind, self._columns[feature])
            self._known[feature] = found
        return found


def absent_in(kind: Kind, column: NDArray[Any]) -> Mask:
    """Where the values of a column are absent, shape (n,)."""
    match kind:
        case Kind.NUMBER:
            return np.isnan(column)
        case Kind.FLAG | Kind.MEMBER:
            return np.equal(column, ABSENT_CODE)
        case Kind.INSTANT | Kind.DAY:
            return np.isnat(column)
        case _:
            if column.dtype != np.dtype(object):
                return np.zeros(len(column), dtype=np.bool_)
            nothing: Any = None
            return np.equal(column, nothing, dtype=object).astype(np.bool_)


def _merged(masks: list[Mask], merge: Callable[..., Mask], empty: np.bool_, size: int) -> Mask:
    if not masks:
        return np.full(size, empty)
    if len(masks) == 1:
        return masks[0]
    merged = merge(masks[0], masks[1])
    for mask in masks[2:]:
        merge(merged, mask, out=merged)
    return merged
