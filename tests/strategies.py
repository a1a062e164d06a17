"""Hypothesis strategies for any record type: its records, its columns, and conditions on it."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import reject
from hypothesis import strategies as st

from relmkt.columns import Columns
from relmkt.errors import InvalidValueError
from relmkt.records import Handles, MemberSet, handles, schema
from relmkt.rules import (
    ALWAYS,
    NEVER,
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

R = TypeVar("R")

COMMON = (0.0, -0.0, 1.0, -1.0, 0.5, 100.0, 5e-324, -5e-324, 1e-9, 1e300, -1e300)
"""Numbers at which comparisons go wrong if they ever do."""

BOUNDS = (0.0, -0.0, 0.5, 1.0, 2.0, 100.0)
"""Thresholds of generated conditions; records hold them, and their neighbors, often."""


def near(values: Iterable[float]) -> list[float]:
    """The values and the floats next to them on either side."""
    return [
        beside
        for value in values
        for beside in (math.nextafter(value, -math.inf), value, math.nextafter(value, math.inf))
    ]


def numbers_of(feature: Feature, often: Iterable[float] = BOUNDS) -> st.SearchStrategy[float | int]:
    """Numbers that a feature may hold: often its bounds, common traps, and the values named."""
    lower = -math.inf if feature.lower is None else feature.lower
    upper = math.inf if feature.upper is None else feature.upper
    edges = [bound for bound in (lower, upper) if math.isfinite(bound)]
    marked = [x for x in (*edges, *COMMON, *near(often)) if lower <= x <= upper]
    if feature.whole:
        counts = sorted({int(x) for x in marked if x == int(x) and abs(x) <= 2**53})
        low, high = max(lower, -(2**53)), min(upper, 2**53)
        return st.sampled_from(counts) | st.integers(int(low), int(high))
    floats = st.floats(
        feature.lower, feature.upper, allow_nan=False, allow_infinity=False, width=64
    )
    return st.sampled_from(marked) | floats


def instants(*, zoned: bool) -> st.SearchStrategy[datetime]:
    """Instants, in UTC or without a zone."""
    return st.datetimes(timezones=st.just(UTC) if zoned else st.none())


@functools.cache
def values_of(
    feature: Feature, *, often: tuple[float, ...] = BOUNDS, zoned: bool = False
) -> st.SearchStrategy[Any]:
    """Known values of a feature, as a record holds them."""
    match feature.kind:
        case Kind.NUMBER:
            return numbers_of(feature, often)
        case Kind.FLAG:
            return st.booleans()
        case Kind.MEMBER:
            return st.sampled_from(feature.values)
        case Kind.INSTANT:
            return instants(zoned=zoned)
        case Kind.DAY:
            return st.dates()
        case Kind.TEXT:
            return st.text(max_size=5)


def identities() -> st.SearchStrategy[Any]:
    """Ids of every sort that people use: numbers, texts (leading zeros, odd ends), pairs."""
    texts = st.sampled_from(["007", "7", "a\0", " ", "é", "x" * 100, "=1+1"]) | st.text(min_size=1)
    return st.integers() | texts | st.tuples(st.integers(), texts)


_IS_ABSENT = st.sampled_from([False, False, True])


@st.composite
def records(
    draw: st.DrawFn,
    record_type: type[R],
    *,
    often: Mapping[str, Iterable[float]] | None = None,
    ids: st.SearchStrategy[Any] | None = None,
    zoned: bool = False,
    complete: bool = False,
) -> R:
    """Records of a type, built from what it declares.

    Parameters
    ----------
    record_type
        The record type.
    often
        By feature, numbers to try often (with their neighbors), for example thresholds.
    ids
        The ids; by default of every sort.
    zoned
        Whether instants have a zone.
    complete
        Whether every fact is known; else about one in three is absent.
    """
    found = schema(record_type)
    words = often or {}
    data: dict[str, Any] = {found.identity: draw(identities() if ids is None else ids)}
    for name, feature in found.features.items():
        if name == found.identity:
            continue
        field = feature.member_of or name
        is_required = found.fields[field].required
        if not (complete or is_required) and draw(_IS_ABSENT):
            continue
        value = draw(values_of(feature, often=tuple(words.get(name, BOUNDS)), zoned=zoned))
        if feature.member_of is None:
            data[name] = value
        else:
            data.setdefault(field, {})[name.removeprefix(f"{field}_")] = value
    try:
        return record_type(**data)
    except InvalidValueError:  # a rule between fields
        reject()


def columns(
    columns_type: type[Columns[R]], *, max_size: int = 8, **options: Any
) -> st.SearchStrategy[Columns[R]]:
    """Columns of a type, with as many rows as asked and gaps in them."""
    return st.lists(records(columns_type.record_type, **options), max_size=max_size).map(
        columns_type.of
    )


def filled(record: R, other: R, names: Iterable[str] | None = None) -> R:
    """The record with its absent facts (or those named) taken from another."""
    found = schema(type(record))
    wanted = set(found.features) if names is None else set(names)
    data: dict[str, Any] = {}
    for field, spec in found.fields.items():
        mine, theirs = getattr(record, field), getattr(other, field)
        if spec.is_set:
            mine = mine or MemberSet(frozenset(), frozenset())
            theirs = theirs or MemberSet(frozenset(), frozenset())
            open_words = {
                word
                for word in spec.words or ()
                if mine.get(word) is None and f"{field}_{word.value}" in wanted
            }
            data[field] = MemberSet(
                mine.present | (theirs.present & open_words),
                mine.without | (theirs.without & open_words),
            )
        else:
            data[field] = theirs if mine is None and field in wanted else mine
    return type(record)(**data)


# ------------------------------------------------------------------------------- conditions


def _questions(on: Handles, features: list[Feature], *, absence: bool) -> st.SearchStrategy[Any]:
    """Atoms about features, and handles of flags as they stand."""
    by_kind = {kind: [f for f in features if f.kind is kind] for kind in Kind}
    compare = st.sampled_from(
        [
            lambda a, b: a < b,
            lambda a, b: a <= b,
            lambda a, b: a > b,
            lambda a, b: a >= b,
            lambda a, b: a == b,
            lambda a, b: a != b,
        ]
    )

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
        number = handle(Kind.NUMBER)
        bound = st.sampled_from(BOUNDS)
        choices += [
            st.builds(lambda ask, a, b: ask(a, b), compare, number, bound),
            st.builds(lambda ask, a, b: ask(a, b), compare, number, number),
        ]
    if by_kind[Kind.FLAG]:
        choices.append(handle(Kind.FLAG))
        choices.append(st.builds(lambda a, b: a == b, handle(Kind.FLAG), st.booleans()))
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
    """Conditions on a record type, built with the operators that people use.

    Parameters
    ----------
    record_type
        The record type.
    max_leaves
        About how many questions a condition has at most.
    absence
        Whether conditions may ask if a fact is absent, the one question whose answer changes from
        true to false (and not from unknown to either) when the fact becomes known.
    """
    found = schema(record_type)
    leaves = _questions(handles(record_type), list(found.features.values()), absence=absence)

    def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, max_size=3)
        return st.one_of(
            st.builds(lambda a, b: a & b, inner, inner),
            st.builds(lambda a, b: a | b, inner, inner),
            inner.map(lambda a: ~a),
            several.map(lambda parts: all_of(*parts)),
            several.map(lambda parts: any_of(*parts)),
        )

    return st.recursive(leaves, extend, max_leaves=max_leaves).map(as_condition)


@st.composite
def tables(
    draw: st.DrawFn,
    record_type: type[R],
    *,
    outcomes: Iterable[str] = ("a", "b", "c"),
    max_rules: int = 6,
    absence: bool = True,
) -> Table[R, str]:
    """Tables on a record type, with and without a rule that catches all."""
    words = list(outcomes)
    chosen = draw(
        st.lists(
            st.tuples(conditions(record_type, absence=absence), st.sampled_from(words)),
            min_size=1,
            max_size=max_rules,
        )
    )
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


def bounds_in(table: Table[Any, Any]) -> dict[str, list[float]]:
    """By feature, the numbers that a table compares it with: what records should often hold."""
    found: dict[str, list[float]] = {}
    for rule in table.rules:
        for atom in atoms(rule.when):
            if isinstance(atom, Threshold):
                found.setdefault(atom.feature, []).append(atom.bound)
    return found
