"""Conditions: small immutable questions about named features, true, false or unknown."""

from __future__ import annotations

import enum
import math
import numbers
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn, TypeAlias, cast

import attrs

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules.features import Feature, Kind

__all__ = [
    "ALWAYS",
    "NEVER",
    "Absent",
    "AllOf",
    "AnyOf",
    "Comparison",
    "Condition",
    "Flagged",
    "Handle",
    "OneOf",
    "Op",
    "Threshold",
    "absent",
    "all_of",
    "any_of",
    "as_condition",
    "atoms",
    "features_in",
    "known",
    "negate",
]


class Op(enum.StrEnum):
    """The comparisons of numbers."""

    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    EQ = "=="
    NE = "!="

    @property
    def opposite(self) -> Op:
        """The comparison that holds exactly when this one fails."""
        return _OPPOSITE[self]

    @property
    def sign(self) -> str:
        """How the comparison is printed for a reader."""
        return _SIGN[self]

    def holds(self, left: float, right: float) -> bool:
        """Whether the comparison holds between two numbers."""
        return COMPARE[self](left, right)


COMPARE: dict[Op, Callable[[float, float], bool]] = {
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
}
_OPPOSITE = {
    Op.LT: Op.GE,
    Op.GE: Op.LT,
    Op.LE: Op.GT,
    Op.GT: Op.LE,
    Op.EQ: Op.NE,
    Op.NE: Op.EQ,
}
_SIGN = {Op.LT: "<", Op.LE: "≤", Op.GT: ">", Op.GE: "≥", Op.EQ: "=", Op.NE: "≠"}


class _Node:
    """Combined with ``&`` and ``|``, negated with ``~``, never a bool."""

    __slots__ = ()

    def __and__(self, other: object) -> AllOf:
        return all_of(cast("Condition", self), _operand(other, "&"))

    def __or__(self, other: object) -> AnyOf:
        return any_of(cast("Condition", self), _operand(other, "|"))

    def __invert__(self) -> Condition:
        return negate(cast("Condition", self))

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_TRUTH)


_NO_TRUTH = (
    "a condition is neither true nor false before it meets a record: "
    "write & for 'and', | for 'or', ~ for 'not', and (low <= x) & (x < high) for a chain"
)


@attrs.frozen
class Threshold(_Node):
    """The number is known, and stands in this relation to a bound."""

    feature: str
    op: Op
    # Equal thresholds must have equal versions: 0, 0.0 and -0.0 are one.
    bound: float = attrs.field(converter=lambda bound: float(bound) + 0.0)


@attrs.frozen
class Comparison(_Node):
    """Both numbers are known, and the first stands in this relation to the second."""

    left: str
    op: Op
    right: str


@attrs.frozen
class Flagged(_Node):
    """The flag is known, and is as expected."""

    feature: str
    expected: bool = True


@attrs.frozen
class OneOf(_Node):
    """The member is known, and is (or is not) one of these words."""

    feature: str
    values: frozenset[str]
    inside: bool = True


@attrs.frozen
class Absent(_Node):
    """The fact is absent (or, expected False, is known); this alone is never unknown."""

    feature: str
    expected: bool = True


@attrs.frozen
class AllOf(_Node):
    """Every one of these holds; with none of them, always true."""

    of: tuple[Condition, ...] = ()


@attrs.frozen
class AnyOf(_Node):
    """At least one of these holds; with none of them, never true."""

    of: tuple[Condition, ...] = ()


Condition: TypeAlias = Threshold | Comparison | Flagged | OneOf | Absent | AllOf | AnyOf
Atom: TypeAlias = Threshold | Comparison | Flagged | OneOf | Absent

ALWAYS = AllOf()
"""The condition of a catch-all rule."""

NEVER = AnyOf()
"""The condition that nothing meets."""


@attrs.frozen(eq=False, repr=False)
class Handle:
    """A feature that builds conditions with ordinary operators.

    Handles come from `relmkt.records.handles`. Numbers are compared with numbers or with other
    numeric handles, members with their words; a flag is a condition as it stands.

    Examples
    --------
    >>> from relmkt.rules import Feature, Handle, Kind
    >>> risk = Handle(Feature(name="risk", kind=Kind.NUMBER))
    >>> risk >= 0.5
    Threshold(feature='risk', op=<Op.GE: '>='>, bound=0.5)
    >>> ~(risk >= 0.5)
    Threshold(feature='risk', op=<Op.LT: '<'>, bound=0.5)
    """

    feature: Feature

    # Comparing builds a condition, so a handle has no equality of its own and cannot be a key.
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __lt__(self, other: object) -> Condition:
        return self._compare(Op.LT, other)

    def __le__(self, other: object) -> Condition:
        return self._compare(Op.LE, other)

    def __gt__(self, other: object) -> Condition:
        return self._compare(Op.GT, other)

    def __ge__(self, other: object) -> Condition:
        return self._compare(Op.GE, other)

    def __eq__(self, other: object) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._same(other, Op.EQ)

    def __ne__(self, other: object) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._same(other, Op.NE)

    def __and__(self, other: object) -> AllOf:
        return as_condition(self) & other

    def __or__(self, other: object) -> AnyOf:
        return as_condition(self) | other

    def __invert__(self) -> Condition:
        return ~as_condition(self)

    def __bool__(self) -> NoReturn:
        raise TypeError(_NO_TRUTH)

    def __repr__(self) -> str:
        return f"<{self.feature.kind.value} {self.feature.name}>"

    def is_in(self, values: Iterable[str]) -> Condition:
        """The member is known and is one of these words (with no words: never).

        Raises
        ------
        UnknownNameError
            When one of the words is not a value of this feature.
        """
        self._needs(Kind.MEMBER, "asked for membership")
        words = [str(value) for value in values]
        for word in words:
            if word not in self.feature.values:
                raise UnknownNameError(
                    "value", word, self.feature.values, where=f"'{self.feature.name}'"
                )
        return OneOf(self.feature.name, frozenset(words))

    def _compare(self, op: Op, other: object) -> Condition:
        self._needs(Kind.NUMBER, f"compared with {op.value}")
        name = self.feature.name
        if isinstance(other, Handle):
            other._needs(Kind.NUMBER, f"compared with {op.value}")
            return Comparison(name, op, other.feature.name)
        return Threshold(name, op, _bound(name, other))

    def _same(self, other: object, op: Op) -> Condition:
        if self.feature.kind is Kind.MEMBER and isinstance(other, str):
            chosen = self.is_in([other])
            return chosen if op is Op.EQ else ~chosen
        if self.feature.kind is Kind.FLAG and isinstance(other, bool):
            return Flagged(self.feature.name, other is (op is Op.EQ))
        return self._compare(op, other)

    def _needs(self, kind: Kind, asked: str) -> None:
        if self.feature.kind is not kind:
            raise InvalidValueError(
                self.feature.name,
                f"be a {kind.value} to be {asked}",
                f"a {self.feature.kind.value}",
                remedy=_ASK[self.feature.kind],
            )


_ASK = {
    Kind.NUMBER: "compare it with a number",
    Kind.FLAG: "use it as it stands, or ~ for its opposite",
    Kind.MEMBER: "write == with one of its words, or is_in([...])",
    Kind.INSTANT: "rules may ask only whether it is absent",
    Kind.DAY: "rules may ask only whether it is absent",
    Kind.TEXT: "rules may ask only whether it is absent",
}


def _bound(name: str, value: object) -> float:
    if not isinstance(value, bool) and isinstance(value, numbers.Real):
        try:
            bound = float(value)
        except OverflowError:
            bound = math.inf
        is_rounded = isinstance(value, numbers.Integral) and bound != value
        if math.isfinite(bound) and not is_rounded:
            return bound
    raise InvalidValueError(
        name,
        "be compared with a finite number that a float64 holds",
        value,
        remedy="state the threshold as a number; absent(...) asks whether a fact is unknown",
    )


def as_condition(value: object) -> Condition:
    """A condition as it is; a flag's handle as the condition that the flag is set.

    Raises
    ------
    InvalidValueError
        For a handle that is no flag, and for anything else.
    """
    if isinstance(value, Handle):
        value._needs(Kind.FLAG, "a condition as it stands")  # pyright: ignore[reportPrivateUsage]
        return Flagged(value.feature.name)
    if isinstance(value, _Node):
        return cast("Condition", value)
    raise InvalidValueError(
        "condition",
        "be built from handles",
        value,
        remedy="a comparison with a plain value gives a bool: start it with a handle",
    )


def _operand(value: object, sign: str) -> Condition:
    try:
        return as_condition(value)
    except InvalidValueError as error:
        raise TypeError(f"{error} (on the right of {sign})") from None


def all_of(*conditions: object) -> AllOf:
    """Every condition holds.

    Examples
    --------
    >>> from relmkt.rules import Feature, Handle, Kind, all_of
    >>> risk = Handle(Feature(name="risk", kind=Kind.NUMBER))
    >>> all_of(risk >= 0.5, risk < 0.9) == (risk >= 0.5) & (risk < 0.9)
    True
    """
    flat: list[Condition] = []
    for condition in map(as_condition, conditions):
        flat.extend(condition.of if isinstance(condition, AllOf) else (condition,))
    return AllOf(tuple(flat))


def any_of(*conditions: object) -> AnyOf:
    """At least one condition holds; the counterpart of `all_of`."""
    flat: list[Condition] = []
    for condition in map(as_condition, conditions):
        flat.extend(condition.of if isinstance(condition, AnyOf) else (condition,))
    return AnyOf(tuple(flat))


def absent(handle: Handle) -> Condition:
    """The fact is not known; never itself unknown.

    A rule that asks it decides by what is known, and so may decide otherwise once more is known.
    """
    return Absent(handle.feature.name)


def known(handle: Handle) -> Condition:
    """The fact is known, whatever it is; never itself unknown."""
    return Absent(handle.feature.name, expected=False)


def negate(condition: Condition) -> Condition:
    """The condition that is true exactly where this one is false, and unknown where it is unknown.

    The negation is pushed into the atoms (De Morgan), so no Not node is needed and every engine
    gives the same answer once its atoms are guarded.
    """
    match condition:
        case Threshold(feature, op, bound):
            return Threshold(feature, op.opposite, bound)
        case Comparison(left, op, right):
            return Comparison(left, op.opposite, right)
        case Flagged(feature, expected):
            return Flagged(feature, not expected)
        case OneOf(feature, values, inside):
            return OneOf(feature, values, not inside)
        case Absent(feature, expected):
            return Absent(feature, not expected)
        case AllOf(of):
            return AnyOf(tuple(negate(part) for part in of))
        case _:
            return AllOf(tuple(negate(part) for part in condition.of))


def atoms(condition: Condition) -> Iterator[Atom]:
    """The atoms of a condition from left to right."""
    if isinstance(condition, (AllOf, AnyOf)):
        for part in condition.of:
            yield from atoms(part)
    else:
        yield condition


def features_in(condition: Condition) -> tuple[str, ...]:
    """The names of the features that a condition asks about, each once, in order of appearance."""
    names: dict[str, None] = {}
    for atom in atoms(condition):
        if isinstance(atom, Comparison):
            names.update({atom.left: None, atom.right: None})
        else:
            names[atom.feature] = None
    return tuple(names)
