"""The words of many rows at once: the same as those of single decisions, in less time.

What a rule says of a row depends on the answers to its atoms, and on nothing else but the numbers
that are printed. So rows are put together by their answers, the proof is looked for once for each
such pattern, and the sentences of its rows are written column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.rules._blocks import Block, Layout, Verdict, absent_in
from relmkt.rules._words import Template, answer, compared, proof, said, shown
from relmkt.rules.conditions import (
    Atom,
    Comparison,
    Condition,
    OneOf,
    Threshold,
    atoms,
    features_in,
)
from relmkt.rules.features import Feature

if TYPE_CHECKING:
    from relmkt.rules.tables import Table

__all__ = ["Speaker", "possible_outcomes"]

T = TypeVar("T")
V = TypeVar("V")

_NO_MATTER = 4
"""The state of an answer that does not matter; of others it is 1 for unknown, 2 true, 3 false."""


class Speaker:
    """A table made ready to speak of many rows.

    Parameters
    ----------
    table
        The table that decided on the rows.
    """

    def __init__(self, table: Table[Any, Any]) -> None:
        self._table = table
        self._asked: dict[int, _Asked] = {}

    def reasons(self, rows: Layout, rule: NDArray[Any]) -> list[str]:
        """Why, for every row, given the position of the rule that decided it (-1 for none)."""
        found = [""] * len(rows)
        for index in np.unique(rule).tolist():
            for group in self._groups(rows, np.flatnonzero(rule == index), index):
                if index < 0:
                    told: Iterable[str] = [self._table.reason(-1, group.first)] * len(group.rows)
                else:
                    told = _told(self._table, index, group)
                for row, reason in zip(group.rows, told, strict=True):
                    found[row] = reason
        return found

    def missing(self, rows: Layout, rule: NDArray[Any]) -> list[tuple[str, ...]]:
        """For every row the absent facts that would settle it; none where a rule decided."""
        return self._open_of(rows, rule, self._table.missing)

    def possible(self, rows: Layout, rule: NDArray[Any]) -> list[tuple[Any, ...]]:
        """For every row the outcomes that are possible; one where a rule decided."""
        found = self._open_of(rows, rule, partial(possible_outcomes, self._table))
        own = [(rule.outcome,) for rule in self._table.rules]
        return [
            own[at] if at >= 0 else words for at, words in zip(rule.tolist(), found, strict=True)
        ]

    def _open_of(
        self, rows: Layout, rule: NDArray[Any], told: Callable[[dict[str, Any]], tuple[T, ...]]
    ) -> list[tuple[T, ...]]:
        """What is told of every row that no rule decided, by its facts; nothing of the others.

        It may depend on the answers to the rules up to the first true one, and on the facts that
        those wait for, and on nothing else.
        """
        found: list[tuple[T, ...]] = [()] * len(rows)
        for group in self._groups(rows, np.flatnonzero(rule < 0), -1):
            words = told(group.first)
            for row in group.rows:
                found[row] = words
        return found

    def _groups(self, rows: Layout, chosen: NDArray[np.intp], index: int) -> Iterable[_Group]:
        """The chosen rows, put together by their answers to one rule (to all of them for -1)."""
        if not chosen.size:
            return
        asked = self._asked.get(index)
        if asked is None:
            asked = self._asked[index] = _asked(self._table, index)
        patterns = _patterns(asked, rows, chosen, self._table.facts.features)
        columns = {name: rows.values(name, chosen) for name in asked.words}
        places: dict[bytes, list[int]] = {}
        for place, pattern in enumerate(patterns):
            places.setdefault(pattern, []).append(place)
        held = chosen.tolist()
        for together in places.values():
            yield _Group(columns, held, together)


def possible_outcomes(table: Table[Any, T], values: Mapping[str, Any]) -> tuple[T, ...]:
    """The outcomes of the rules that may still decide: unknown ones, up to the first true one."""
    found: dict[T, None] = {}
    for rule in table.rules:
        held = answer(rule.when, values)
        if held is not False:
            found[rule.outcome] = None
        if held:
            break
    return tuple(found)


@attrs.frozen(eq=False)
class _Asked:
    """What one rule asks, or (for -1) all of them.

    Parameters
    ----------
    whens
        The conditions.
    names
        The features that they ask about.
    words
        The features that are spoken of.
    atoms
        Their atoms, each with the positions of the conditions that ask it.
    compared
        The features that are compared with each other: an unknown answer does not tell which of
        them is absent.
    """

    whens: tuple[Condition, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]
    atoms: Mapping[Atom, tuple[int, ...]]
    compared: tuple[str, ...]


def _asked(table: Table[Any, Any], index: int) -> _Asked:
    whens = tuple(rule.when for rule in (table.rules if index < 0 else table.rules[index:][:1]))
    askers: dict[Atom, dict[int, None]] = {}
    for at, when in enumerate(whens):
        for atom in atoms(when):
            askers.setdefault(atom, {})[at] = None
    return _Asked(
        whens,
        tuple(dict.fromkeys(name for when in whens for name in features_in(when))),
        table.words_of(index),
        {atom: tuple(places) for atom, places in askers.items()},
        tuple(
            dict.fromkeys(
                name
                for atom in askers
                if isinstance(atom, Comparison)
                for name in features_in(atom)
            )
        ),
    )


class _Group:
    """Rows with the same answers to the same atoms."""

    def __init__(
        self, columns: Mapping[str, list[Any]], rows: Sequence[int], places: list[int]
    ) -> None:
        self.rows = [rows[place] for place in places]
        self.first = {name: column[places[0]] for name, column in columns.items()}
        self._columns = columns
        self._places = places

    def values(self, name: str) -> list[Any]:
        """The values of one feature, row by row."""
        return [*map(self._columns[name].__getitem__, self._places)]


def _patterns(
    asked: _Asked, rows: Layout, chosen: NDArray[np.intp], features: Mapping[str, Feature]
) -> list[bytes]:
    """For every row the answers that matter, one byte for each, none of them 0.

    Of one rule all atoms matter. Of all rules, those up to the first true one do, and of these the
    atoms where they are unknown.
    """
    columns = {name: rows.column(name)[chosen] for name in asked.names}
    gaps = frozenset(name for name in asked.names if rows.has_absent(name))
    block = Block(columns, gaps, features, len(chosen))
    states: list[NDArray[np.uint8]] = []
    open_rules: list[NDArray[np.bool_]] = []
    if len(asked.whens) > 1:
        reached = np.ones(len(chosen), dtype=np.bool_)
        for when in asked.whens:
            verdict = block.verdict(when)
            states.append(np.where(reached, _state(verdict), np.uint8(_NO_MATTER)))
            open_rules.append(reached & ~(verdict.true | verdict.failed()))
            reached = reached & ~verdict.true
    for atom, askers in asked.atoms.items():
        state = _state(block.verdict(atom))
        if open_rules:
            matters = open_rules[askers[0]]
            for at in askers[1:]:
                matters = matters | open_rules[at]
            state = np.where(matters, state, np.uint8(_NO_MATTER))
        states.append(state)
    states += [
        np.uint8(1) + absent_in(features[name].kind, columns[name]).view(np.uint8)
        for name in asked.compared
        if name in gaps
    ]
    if not states:
        return [b""] * len(chosen)
    # As texts of fixed width, for those become Python objects at once.
    return np.stack(states, axis=1).view(f"S{len(states)}").ravel().tolist()


def _state(verdict: Verdict) -> NDArray[np.uint8]:
    true, false = verdict.true.view(np.uint8), verdict.failed().view(np.uint8)
    return np.uint8(1) + true + np.uint8(2) * false


def _told(table: Table[Any, Any], index: int, group: _Group) -> list[str]:
    """The sentences of the rows that one rule decided, all for the same cause."""
    rule = table.rules[index]
    template = Template(rule.reason)
    words: dict[str, Iterable[str]] = {}
    for name in template.names():
        if name == "because":
            parts = [
                _said(atom, group, table.facts.features) for atom in proof(rule.when, group.first)
            ]
            words[name] = map(", ".join, zip(*parts, strict=True)) if parts else _same("", group)
        elif name in table.constants:
            words[name] = _same(shown(table.constants[name]), group)
        else:
            words[name] = map(shown, group.values(name))
    if not words:
        return _same(template.text.format(), group)
    filled: Callable[..., str] = template.text.format
    if len(words) == 1:
        ((name, column),) = words.items()
        return [filled(**{name: word}) for word in column]
    return [
        filled(**dict(zip(words, row, strict=True))) for row in zip(*words.values(), strict=True)
    ]


def _said(atom: Atom, group: _Group, features: Mapping[str, Feature]) -> list[str]:
    """What the rows say to an atom that they all answer alike."""
    held = answer(atom, group.first)
    match atom:
        case Threshold(feature, op, bound) if held is not None:
            sign = (op if held else op.opposite).sign
            return _each_once(
                group.values(feature), partial(compared, features[feature], sign=sign, bound=bound)
            )
        case Comparison() | OneOf() if held is not None:
            names = features_in(atom)
            return _each_once(
                [*zip(*map(group.values, names), strict=True)],
                lambda rows: [
                    said(atom, dict(zip(names, values, strict=True)), features) for values in rows
                ],
            )
        case _:
            return _same(said(atom, group.first, features), group)


def _each_once(values: list[V], tell: Callable[[list[V]], list[str]]) -> list[str]:
    """What is told of each value, worked out once for all rows that have it: often they are few."""
    distinct = [*dict.fromkeys(values)]
    told = dict(zip(distinct, tell(distinct), strict=True))
    return [*map(told.__getitem__, values)]


def _same(word: T, group: _Group) -> list[T]:
    return [word] * len(group.rows)
