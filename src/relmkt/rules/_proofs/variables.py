"""The variables of a verification: what a table asks about, and what its rules claim of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import combinations
from typing import Any

from relmkt.rules._proofs.cells import Cells, compared, cut, twin_of
from relmkt.rules._proofs.partial import (
    EQUAL,
    GREATER,
    LESS,
    UNRELATED,
    Domains,
    Link,
    Node,
    Reader,
    Triangle,
    all_,
)
from relmkt.rules.conditions import Condition, features_in
from relmkt.rules.features import Feature

__all__ = ["RuleClaims", "Variables", "asked_about"]


def asked_about(
    features: Mapping[str, Feature], conditions: tuple[Condition, ...], twin: str | None = None
) -> dict[str, Feature]:
    """The features that matter: those that conditions ask about, and those that must be given."""
    asked = {name for condition in conditions for name in features_in(condition)} | {twin}
    return {
        name: feature for name, feature in features.items() if name in asked or feature.required
    }


class Variables:
    """The features that matter as variables, what binds them, and how to ask about them.

    Parameters
    ----------
    features
        The features by name.
    conditions
        What is asked of them.
    twin
        A feature that is met twice, with another value.
    cells
        The cells of each feature that matters; by default those that the conditions cut.
    """

    def __init__(
        self,
        features: Mapping[str, Feature],
        conditions: tuple[Condition, ...],
        twin: str | None = None,
        cells: Mapping[str, Cells] | None = None,
    ) -> None:
        used = asked_about(features, conditions, twin)
        self._cells = cut(used, conditions, twin) if cells is None else cells
        self.places = {name: place for place, name in enumerate(self._cells)}
        self.domains = [cells.all for cells in self._cells.values()]
        self._relations: dict[tuple[str, str], int] = {}
        self.bonds: list[Link | Triangle] = []
        for pair in compared(conditions, twin):
            self._relations[pair] = len(self.domains)
            known = (1 << len(self._cells[pair[0]].values)) - 1
            left, right = (self.places[name] for name in pair)
            self.bonds.append(Link(len(self.domains), left, right, known))
            self.domains.append(LESS | EQUAL | GREATER | UNRELATED)
        related = sorted({name for pair in self._relations for name in pair})
        for first, second, third in combinations(related, 3):
            sides = ((first, second), (first, third), (second, third))
            if all(side in self._relations for side in sides):
                self.bonds.append(Triangle(*(self._relations[side] for side in sides)))
        self.reader = Reader(self._cells, self.places, self._relations)

    def elsewhere(self, twin: str) -> Reader:
        """The same questions, with the other value of the feature that is met twice."""
        called = {twin: twin_of(twin)}
        return Reader(self._cells, self.places, self._relations, called)

    def values(self, domains: Domains) -> dict[str, Any]:
        """One value for each feature."""
        return {name: self._cells[name].chosen(domains[at]) for name, at in self.places.items()}

    def relation(self, left: str, right: str) -> int:
        """The variable of how the first of two features stands to the second."""
        return self._relations[left, right]


class RuleClaims:
    """The four questions about each rule of a table, and whether a record is possible.

    Parameters
    ----------
    reader
        Makes nodes of conditions.
    whens
        The conditions of the rules.
    given
        What is true or unknown of every record.
    """

    def __init__(
        self, reader: Reader, whens: tuple[Condition, ...], given: tuple[Condition, ...]
    ) -> None:
        self._reader = reader
        self._whens = whens
        self.possible = all_(reader.not_false(condition) for condition in given)

    @cached_property
    def true(self) -> list[Node]:
        """Each rule is true."""
        return [self._reader.true(when) for when in self._whens]

    @cached_property
    def not_true(self) -> list[Node]:
        """Each rule is false or unknown."""
        return [self._reader.not_true(when) for when in self._whens]

    @cached_property
    def false(self) -> list[Node]:
        """Each rule is false."""
        return [self._reader.false(when) for when in self._whens]

    @cached_property
    def unknown(self) -> list[Node]:
        """Each rule is neither."""
        return [self._reader.unknown(when) for when in self._whens]
