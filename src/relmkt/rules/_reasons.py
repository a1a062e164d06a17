"""The words of many rows at once: the same as those of single decisions, in less time.

What a rule says of a row depends on the answers to its atoms, and on nothing else but the numbers
that are printed. So rows are put together by their answers, the proof is looked for once for each
such pattern, and the sentences of its rows are written column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from relmkt.rules._blocks import Block, Layout, absent_in
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

__all__ = ["open_of", "reasons_of"]

T = TypeVar("T")


def reasons_of(table: Table[Any, Any], rows: Layout, rule: NDArray[Any]) -> list[str]:
    """Why, for every row, given the position of the rule that decided it (-1 where none did)."""
    found = [""] * len(rows)
    for index in np.unique(rule).tolist():
        for group in _groups(table, rows, np.flatnonzero(rule == index), index):
            if index < 0:
                told: Iterable[str] = [table.reason(-1, group.first)] * len(group.rows)
            else:
                told = _told(table, index, group)
            for row, reason in zip(group.rows, told, strict=True):
                found[row] = reason
    return found


def open_of(
    table: Table[Any, Any],
    rows: Layout,
    settled: NDArray[np.bool_],
    told: Callable[[dict[str, Any]], tuple[T, ...]],
) -> list[tuple[T, ...]]:
    """What is told of every row that is not settled, by its facts; nothing of the others.

    It must depend on the answers to the rules and on what is absent alone.
    """
    found: list[tuple[T, ...]] = [()] * len(rows)
    for group in _groups(table, rows, np.flatnonzero(~settled), -1):
        words = told(group.first)
        for row in group.rows:
            found[row] = words
    return found


class _Group:
    """Rows with the same answers to the same atoms, and the same gaps."""

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


def _groups(
    table: Table[Any, Any], rows: Layout, chosen: NDArray[np.intp], index: int
) -> Iterable[_Group]:
    """The chosen rows, put together by their answers to one rule (to all of them for -1)."""
    if not chosen.size:
        return
    asked = [rule.when for rule in table.rules] if index < 0 else [table.rules[index].when]
    patterns = _patterns(asked, rows, chosen, table.facts.features)
    columns = {name: rows.values(name, chosen) for name in table.words_of(index)}
    places: dict[bytes, list[int]] = {}
    for place, pattern in enumerate(patterns):
        places.setdefault(pattern, []).append(place)
    held = chosen.tolist()
    for together in places.values():
        yield _Group(columns, held, together)


def _patterns(
    asked: Sequence[Condition],
    rows: Layout,
    chosen: NDArray[np.intp],
    features: Mapping[str, Feature],
) -> list[bytes]:
    """For every row its answers to the atoms and its gaps, one byte for each, none of them 0."""
    names = dict.fromkeys(name for condition in asked for name in features_in(condition))
    columns = {name: rows.column(name)[chosen] for name in names}
    gaps = frozenset(name for name in names if rows.has_absent(name))
    block = Block(columns, gaps, features, len(chosen))
    states: list[NDArray[np.uint8]] = []
    for atom in dict.fromkeys(atom for condition in asked for atom in atoms(condition)):
        verdict = block.verdict(atom)
        states.append(1 + verdict.true.view(np.uint8) + 2 * verdict.failed().view(np.uint8))
    states += [
        1 + absent_in(features[name].kind, columns[name]).view(np.uint8)
        for name in names
        if name in gaps
    ]
    if not states:
        return [b""] * len(chosen)
    # As texts of fixed width, for those become Python objects at once.
    return np.stack(states, axis=1).view(f"S{len(states)}").ravel().tolist()


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
            return compared(features[feature], group.values(feature), sign, bound)
        case Comparison() | OneOf() if held is not None:
            names = features_in(atom)
            columns = [group.values(name) for name in names]
            return [
                said(atom, dict(zip(names, values, strict=True)), features)
                for values in zip(*columns, strict=True)
            ]
        case _:
            return _same(said(atom, group.first, features), group)


def _same(word: T, group: _Group) -> list[T]:
    return [word] * len(group.rows)
