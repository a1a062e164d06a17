"""Partial evaluation: what a condition is worth on the cells that are left of each feature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import combinations, product
from typing import TypeAlias

from relmkt.rules._proofs.cells import Cells
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
    negate,
)

__all__ = [
    "EQUAL",
    "FALSE",
    "GREATER",
    "LESS",
    "TRUE",
    "UNRELATED",
    "Domains",
    "Link",
    "Lit",
    "Node",
    "Reader",
    "Triangle",
    "all_",
    "some",
]

Domains: TypeAlias = list[int]
"""For each variable the cells that are still possible, as bits."""


# Of a three-valued condition two-valued questions are asked ("is it true?", "is it not true?"). So
# an atom says no more than that a variable is in some of its cells. Of two numbers that are
# compared, the relation is a variable too, linked to both.


class Lit:
    """A variable is in one of these cells."""

    __slots__ = ("mask", "var", "vars")

    def __init__(self, var: int, mask: int) -> None:
        self.var = var
        self.mask = mask
        self.vars = 1 << var

    def status(self, domains: Domains) -> bool | None:
        """True or False for all that is possible, None where it is open."""
        domain = domains[self.var]
        held = domain & self.mask
        return False if not held else True if held == domain else None

    def leaf(self, domains: Domains) -> Lit:
        """While it is open: what in it is open."""
        del domains
        return self


class _Several:
    """Several parts together."""

    __slots__ = ("parts", "vars")

    decisive: bool

    def __init__(self, parts: tuple[Node, ...]) -> None:
        self.parts = parts
        self.vars = 0
        for part in parts:
            self.vars |= part.vars

    def status(self, domains: Domains) -> bool | None:
        """True or False for all that is possible, None where it is open."""
        answer: bool | None = not self.decisive
        for part in self.parts:
            found = part.status(domains)
            if found is self.decisive:
                return found
            if found is None:
                answer = None
        return answer

    def leaf(self, domains: Domains) -> Lit:
        """While it is open: what in it is open."""
        part = next(part for part in self.parts if part.status(domains) is None)
        return part.leaf(domains)


class All(_Several):
    """Every part holds."""

    __slots__ = ()
    decisive = False


class Some(_Several):
    """At least one part holds."""

    __slots__ = ()
    decisive = True


Node: TypeAlias = Lit | All | Some

TRUE = All(())
FALSE = Some(())


def all_(parts: Iterable[Node]) -> Node:
    """Every part holds, in the fewest words."""
    return _joined(All, parts)


def some(parts: Iterable[Node]) -> Node:
    """At least one part holds, in the fewest words."""
    return _joined(Some, parts)


def _joined(kind: type[All] | type[Some], parts: Iterable[Node]) -> Node:
    """The parts as one: nested ones of the same kind opened, those on one variable merged."""
    absorbing = FALSE if kind is All else TRUE
    masks: dict[int, int] = {}
    rest: list[Node] = []
    for part in parts:
        if part is absorbing:
            return part
        for inner in part.parts if isinstance(part, kind) else (part,):
            if not isinstance(inner, Lit):
                rest.append(inner)
            elif inner.var not in masks:
                masks[inner.var] = inner.mask
            elif kind is All:
                masks[inner.var] &= inner.mask
            else:
                masks[inner.var] |= inner.mask
    found = [*(Lit(var, mask) for var, mask in masks.items()), *rest]
    if not found:
        return TRUE if kind is All else FALSE
    return found[0] if len(found) == 1 else kind(tuple(found))


# ---------------------------------------------------------------------------------- relations

LESS, EQUAL, GREATER, UNRELATED = 1, 2, 4, 8
"""How one number stands to another, as cells; unrelated where one of the two is absent."""

_RELATIONS = {
    Op.LT: LESS,
    Op.LE: LESS | EQUAL,
    Op.EQ: EQUAL,
    Op.NE: LESS | GREATER,
    Op.GE: EQUAL | GREATER,
    Op.GT: GREATER,
}


class Link:
    """Two numbers and their relation. The cells of both stand for the same values in order.

    Parameters
    ----------
    relation, left, right
        The variables.
    known
        The cells of numbers that are not absence.
    """

    __slots__ = ("known", "left", "relation", "right", "vars")

    def __init__(self, relation: int, left: int, right: int, known: int) -> None:
        self.relation = relation
        self.left = left
        self.right = right
        self.known = known
        self.vars = 1 << relation | 1 << left | 1 << right

    def narrowed(self, domains: Domains) -> tuple[tuple[int, int], ...]:
        """The cells of each variable that have partners in the others."""
        left, right = domains[self.left], domains[self.right]
        relation = domains[self.relation] & self.possible(domains)
        known_left, known_right = left & self.known, right & self.known
        first = second = 0
        if relation & UNRELATED:
            first = left if right & ~self.known else left & ~self.known
            second = right if left & ~self.known else right & ~self.known
        if relation & LESS:
            first |= known_left & (_highest(known_right) - 1)
            second |= known_right & -(_lowest(known_left) << 1)
        if relation & EQUAL:
            first |= known_left & known_right
            second |= known_left & known_right
        if relation & GREATER:
            first |= known_left & -(_lowest(known_right) << 1)
            second |= known_right & (_highest(known_left) - 1)
        return (self.relation, relation), (self.left, first), (self.right, second)

    def possible(self, domains: Domains) -> int:
        """The relations in which some cells of both stand."""
        left, right = domains[self.left], domains[self.right]
        found = UNRELATED if (left | right) & ~self.known else 0
        left &= self.known
        right &= self.known
        if left and right:
            found |= LESS if _lowest(left) < _highest(right) else 0
            found |= EQUAL if left & right else 0
            found |= GREATER if _highest(left) > _lowest(right) else 0
        return found

    def leaf(self, domains: Domains) -> Lit:
        """Where to divide, while the relation excludes what the numbers allow."""
        three = (self.relation, self.left, self.right)
        var = next(var for var in three if domains[var] != _lowest(domains[var]))
        middle = (_lowest(domains[var]).bit_length() + domains[var].bit_length()) // 2
        return Lit(var, (1 << middle) - 1)


class Triangle:
    """The relations of three numbers, each to each, which must agree."""

    __slots__ = ("relations", "vars")

    def __init__(self, first: int, second: int, third: int) -> None:
        self.relations = (first, second, third)
        self.vars = 1 << first | 1 << second | 1 << third

    def narrowed(self, domains: Domains) -> tuple[tuple[int, int], ...]:
        """The cells of each variable that have partners in the others."""
        first, second, third = self.relations
        found = _agreeing(domains[first], domains[second], domains[third])
        return (first, found[0]), (second, found[1]), (third, found[2])


def _relation(left: int | None, right: int | None) -> int:
    if left is None or right is None:
        return UNRELATED
    return LESS if left < right else GREATER if left > right else EQUAL


_AGREE = {
    tuple(_relation(left, right) for left, right in combinations(numbers, 2))
    for numbers in product((0, 1, 2, None), repeat=3)
}
"""The relations of the first number to the second, to the third, and of the second to the third."""


@cache
def _agreeing(first: int, second: int, third: int) -> tuple[int, int, int]:
    found = [0, 0, 0]
    for agreed in _AGREE:
        if agreed[0] & first and agreed[1] & second and agreed[2] & third:
            found = [mine | its for mine, its in zip(found, agreed, strict=True)]
    return found[0], found[1], found[2]


def _lowest(bits: int) -> int:
    return bits & -bits


def _highest(bits: int) -> int:
    return 1 << bits.bit_length() - 1


# ---------------------------------------------------------------------------------- conditions


class Reader:
    """Makes nodes of conditions.

    Parameters
    ----------
    cells
        The cells of each feature.
    places
        The variable of each feature.
    relations
        The variable of how the first of two features stands to the second, where they are compared.
    called
        Other names for some features.
    """

    def __init__(
        self,
        cells: Mapping[str, Cells],
        places: Mapping[str, int],
        relations: Mapping[tuple[str, str], int],
        called: Mapping[str, str] | None = None,
    ) -> None:
        self._cells = cells
        self._places = places
        self._relations = relations
        self._called = called or {}
        # Rules share atoms, and each is asked about in several ways.
        self._read: dict[Atom, tuple[int, int, int]] = {}

    def true(self, condition: Condition) -> Node:
        """The condition is true."""
        match condition:
            case AllOf(of):
                return all_(map(self.true, of))
            case AnyOf(of):
                return some(map(self.true, of))
            case _:
                return _lit(*self._atom(condition))

    def not_true(self, condition: Condition) -> Node:
        """The condition is false or unknown."""
        match condition:
            case AllOf(of):
                return some(map(self.not_true, of))
            case AnyOf(of):
                return all_(map(self.not_true, of))
            case _:
                var, mask, every = self._atom(condition)
                return _lit(var, every & ~mask, every)

    def false(self, condition: Condition) -> Node:
        """The condition is false."""
        return self.true(negate(condition))

    def not_false(self, condition: Condition) -> Node:
        """The condition is true or unknown."""
        return self.not_true(negate(condition))

    def unknown(self, condition: Condition) -> Node:
        """The condition is neither true nor false."""
        return all_([self.not_true(condition), self.not_false(condition)])

    def _atom(self, atom: Atom) -> tuple[int, int, int]:
        """A variable, its cells for which the atom is true, and all of its cells."""
        found = self._read.get(atom)
        if found is None:
            found = self._read[atom] = self._read_anew(atom)
        return found

    def _read_anew(self, atom: Atom) -> tuple[int, int, int]:
        if isinstance(atom, Comparison) and atom.left != atom.right:
            return self._compared(atom)
        name = atom.left if isinstance(atom, Comparison) else atom.feature
        name = self._called.get(name, name)
        cells = self._cells[name]
        match atom:
            case Threshold(_, op, bound):
                mask = cells.beside(op, bound)
            case Comparison(_, op, _):
                mask = cells.known if op.holds(0, 0) else 0
            case Flagged(_, expected):
                mask = cells.where(lambda value: value is expected)
            case OneOf(_, words, inside):
                mask = cells.where(lambda value: (value in words) is inside)
            case _:  # absent or known
                mask = cells.absent if atom.expected else cells.known
        return self._places[name], mask, cells.all

    def _compared(self, atom: Comparison) -> tuple[int, int, int]:
        left, right = (self._called.get(name, name) for name in (atom.left, atom.right))
        mask = _RELATIONS[atom.op]
        if (left, right) not in self._relations:
            left, right = right, left
            mask = mask & EQUAL | (GREATER if mask & LESS else 0) | (LESS if mask & GREATER else 0)
        return self._relations[left, right], mask, LESS | EQUAL | GREATER | UNRELATED


def _lit(var: int, mask: int, every: int) -> Node:
    if not mask:
        return FALSE
    return TRUE if mask == every else Lit(var, mask)
