"""Conditions and tables on any record type, built with the operators that people use."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st

from relmkt.records import Handles, handles, schema
from relmkt.rules import (
    ALWAYS,
    NEVER,
    Checklist,
    Condition,
    Feature,
    Handle,
    Kind,
    Rule,
    Table,
    Threshold,
    absent,
    all_of,
    any_of,
    as_condition,
    atoms,
    known,
)
from relmkt.testing._values import BOUNDS

__all__ = ["bounds_in", "conditions", "tables"]

R = TypeVar("R")

_Operator: TypeAlias = Callable[[Any, Any], Any]

_COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


def _both(left: Any, right: Any) -> Any:
    return left & right


def _either(left: Any, right: Any) -> Any:
    return left | right


def _asked(ask: _Operator, left: Any, right: Any) -> Any:
    return ask(left, right)


def _questions(on: Handles, features: list[Feature], *, absence: bool) -> st.SearchStrategy[Any]:
    """Atoms about features, and handles of flags as they stand."""
    by_kind = {kind: [f for f in features if f.kind is kind] for kind in Kind}

    def handle(kind: Kind) -> st.SearchStrategy[Handle]:
        return st.sampled_from(by_kind[kind]).map(lambda feature: on[feature.name])

    choices: list[st.SearchStrategy[Any]] = [st.sampled_from([ALWAYS, NEVER])]
    if absence:
        choices.append(
            st.sampled_from(features).flatmap(
                lambda feature: st.sampled_from([absent(on[feature.name]), known(on[feature.name])])
            )
        )
    if by_kind[Kind.NUMBER]:
        number, compare = handle(Kind.NUMBER), st.sampled_from(_COMPARISONS)
        choices += [
            st.builds(_asked, compare, number, st.sampled_from(BOUNDS)),
            st.builds(_asked, compare, number, number),
        ]
    if by_kind[Kind.FLAG]:
        choices.append(handle(Kind.FLAG))
        choices.append(st.builds(operator.eq, handle(Kind.FLAG), st.booleans()))
    if by_kind[Kind.MEMBER]:
        choices.append(
            st.sampled_from(by_kind[Kind.MEMBER]).flatmap(
                lambda feature: st.sets(st.sampled_from(feature.values)).map(on[feature.name].is_in)
            )
        )
    sets = sorted({feature.member_of for feature in features if feature.member_of})
    if sets:
        choices.append(st.sampled_from(sets).map(on.any_of))
    return st.one_of(choices)


@functools.cache
def conditions(
    record_type: type[Any], *, max_leaves: int = 6, absence: bool = True
) -> st.SearchStrategy[Condition]:
    """Conditions on a record type.

    Parameters
    ----------
    record_type
        The record type.
    max_leaves
        About how many questions a condition has at most.
    absence
        Whether conditions may ask if a fact is absent, the one question whose answer changes from
        true to false (and not from unknown to either) when the fact becomes known.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.testing.strategies import conditions
    >>> @settings(max_examples=10)
    ... @given(conditions(CustomerFacts))
    ... def law(condition):
    ...     assert ~~condition == condition
    >>> law()
    """
    found = schema(record_type)
    leaves = _questions(handles(record_type), list(found.features.values()), absence=absence)

    def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, max_size=3)
        return st.one_of(
            st.builds(_both, inner, inner),
            st.builds(_either, inner, inner),
            inner.map(operator.invert),
            several.map(lambda parts: all_of(*parts)),
            several.map(lambda parts: any_of(*parts)),
        )

    return st.recursive(leaves, extend, max_leaves=max_leaves).map(as_condition)


def tables(
    record_type: type[R],
    *,
    outcomes: Iterable[str] = ("a", "b", "c"),
    max_rules: int = 6,
    absence: bool = True,
) -> st.SearchStrategy[Table[R, str]]:
    """Tables on a record type, with and without a rule that catches all.

    Parameters
    ----------
    record_type
        The record type.
    outcomes
        The words that the rules lead to.
    max_rules
        How many rules there are at most, the one that catches all left out.
    absence
        Whether conditions may ask if a fact is absent; see `conditions`.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.testing.strategies import records, tables
    >>> @settings(max_examples=10)
    ... @given(tables(CustomerFacts), records(CustomerFacts))
    ... def law(table, facts):
    ...     decision = table.decide(facts)
    ...     assert decision.outcome in {*table.outcomes, None}
    >>> law()
    """
    return _tables(record_type, list(outcomes), max_rules, absence)


@st.composite
def _tables(
    draw: st.DrawFn, record_type: type[Any], words: list[str], max_rules: int, absence: bool
) -> Table[Any, str]:
    rule = st.tuples(conditions(record_type, absence=absence), st.sampled_from(words))
    chosen = draw(st.lists(rule, min_size=1, max_size=max_rules))
    if draw(st.booleans()):
        chosen.append((ALWAYS, draw(st.sampled_from(words))))
    return Table(
        name="drawn",
        facts=schema(record_type),
        rules=[
            Rule(f"r{at}", when, outcome, otherwise=draw(st.booleans()))
            for at, (when, outcome) in enumerate(chosen)
        ],
        undecided=draw(st.sampled_from([None, "?", words[0]])),
    )


def bounds_in(table: Table[Any, Any] | Checklist[Any, Any]) -> dict[str, list[float]]:
    """By feature, the numbers that rules compare it with: what records should often hold.

    Examples
    --------
    >>> from relmkt.segments import MatrixPolicy, present_matrix
    >>> from relmkt.testing.strategies import bounds_in
    >>> bounds_in(present_matrix(MatrixPolicy(cost_ratio_high=0.3)))["cost_to_serve_ratio"]
    [0.3, 0.3, 0.3, 0.3]
    """
    found: dict[str, list[float]] = {}
    for rule in table.rules:
        for atom in atoms(rule.when):
            if isinstance(atom, Threshold):
                found.setdefault(atom.feature, []).append(atom.bound)
    return found
