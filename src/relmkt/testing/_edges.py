"""Records at every threshold of a table and beside it, where the rule that asks is the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from relmkt.errors import RelmktError
from relmkt.rules import Comparison, Condition, Feature, Kind, Table, atoms
from relmkt.testing._readings import Rules
from relmkt.testing._values import near
from relmkt.testing.strategies import bounds_in

__all__ = ["edges", "simplest"]

_NODE_LIMIT = 2_000
_MOST = 3_000


def edges(table: Rules, given: Iterable[Condition]) -> list[Any]:
    """For each rule a record that it decides, and that record with each fact moved in turn.

    A rule of a checklist decides wherever it holds. Numbers are moved to each bound that they are
    compared with and to the floats beside it, flags and words to all that they can be, and every
    fact to unknown. The last rules of many may be left out: at most 3,000 records are made.
    """
    found: list[Any] = []
    for base in _decided_by_each(table, tuple(given)):
        found += (base, *_moved(table, base))
        if len(found) > _MOST:
            break
    return found[:_MOST]


def _decided_by_each(table: Rules, given: tuple[Condition, ...]) -> Iterator[Any]:
    """For each rule that can decide, a record for which it holds and all before it fail.

    It is the gap of the table in which the rule stands last, and turned round. In a checklist no
    rule stands in the way of another.
    """
    for at, rule in enumerate(table.rules):
        before = table.rules[:at] if isinstance(table, Table) else ()
        turned = attrs.evolve(rule, when=~rule.when, reason="{because}")
        asked: Table[Any, Any] = Table(
            name=table.name, facts=table.facts, rules=[*_unsaid(before), turned]
        )
        gap = asked.verify(given=given, node_limit=_NODE_LIMIT).gap
        if gap is not None:
            yield gap.witness


def _unsaid(rules: Iterable[Any]) -> Iterator[Any]:
    """The rules without their reasons, which may name constants."""
    return (attrs.evolve(rule, reason="{because}") for rule in rules)


def _moved(table: Rules, base: Any) -> Iterator[Any]:
    values = table.facts.values(base)
    for name, choices in _choices(table, values).items():
        for choice in choices:
            if choice != values[name] or type(choice) is not type(values[name]):
                try:
                    yield table.facts.record({**values, name: choice})
                except RelmktError:  # it must be given, or breaks a rule between fields
                    continue


def _choices(table: Rules, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """By feature that is asked about, what it is moved to."""
    bounds = bounds_in(table)
    for rule in table.rules:
        for atom in atoms(rule.when):
            if isinstance(atom, Comparison):
                for one, other in ((atom.left, atom.right), (atom.right, atom.left)):
                    if values[other] is not None:
                        bounds.setdefault(one, []).append(values[other])
    features = table.facts.features
    return {name: _values(features[name], bounds.get(name, ())) for name in table.features}


def _values(feature: Feature, bounds: Iterable[float]) -> list[Any]:
    match feature.kind:
        case Kind.NUMBER if feature.whole:
            beside = {int(bound) + step for bound in bounds for step in (-1, 0, 1)}
            return [*sorted(beside), None]
        case Kind.NUMBER:
            return [*sorted(set(near(bounds))), None]
        case Kind.FLAG:
            return [True, False, None]
        case Kind.MEMBER:
            return [*feature.values, None]
        case _:
            return [None]


def simplest(table: Rules, record: Any, is_bad: Callable[[Any], bool]) -> Any:
    """The record with every fact left out that is not needed for it to be bad."""
    for name in table.facts.features:
        values = table.facts.values(record)
        if values[name] is None:
            continue
        try:
            less = table.facts.record({**values, name: None})
        except RelmktError:  # it must be given
            continue
        if is_bad(less):
            record = less
    return record
