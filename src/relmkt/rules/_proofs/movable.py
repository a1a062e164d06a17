"""What a nearest outcome is asked with: what may move, how far is far, and where to."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._proofs.cells import bounds_of
from relmkt.rules.conditions import Handle
from relmkt.rules.decisions import Decision
from relmkt.rules.features import Feature, Kind

if TYPE_CHECKING:
    from relmkt.rules.tables import Table

__all__ = ["MOVING", "Movable", "Way", "sizes_of", "wanted_of", "ways_of"]

OutcomeT = TypeVar("OutcomeT")

Way: TypeAlias = Literal["up", "down"]
"""The one way in which a fact may move."""

Movable: TypeAlias = Iterable[str | Handle] | Mapping[str, Way | None]
"""The facts that may change: a list of them, or for each the way (None for both)."""

MOVING = (Kind.NUMBER, Kind.FLAG, Kind.MEMBER)
"""The kinds of facts that may change: of the others, rules ask only whether they are known."""

_SEVERAL = (list, tuple)


def ways_of(table: Table[Any, Any], movable: Movable) -> dict[str, Way | None]:
    """The features that may change, each with its way."""
    given = cast("object", movable)
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidValueError(
            "movable", "be a list of facts", given, remedy="write [...] even for one"
        )
    told = dict(cast("Mapping[Any, Any]", given)) if isinstance(given, Mapping) else None
    found: dict[str, Way | None] = {}
    for fact in cast("Iterable[str | Handle]", told or given):
        name = fact.feature.name if isinstance(fact, Handle) else str(fact)
        way = None if told is None else told[fact]
        if way not in (None, "up", "down"):
            raise InvalidValueError("movable", "be 'up', 'down' or None", way, where=f"'{name}'")
        for each in table.facts.sets.get(name, (name,)):
            _check_moves(table, each, way)
            found[each] = way
    return found


def _check_moves(table: Table[Any, Any], name: str, way: Way | None) -> None:
    features = table.facts.features
    if name not in features:
        raise UnknownNameError("fact", name, features, where="movable")
    feature = features[name]
    if feature.kind not in MOVING or (feature.kind is Kind.MEMBER and way is not None):
        raise InvalidValueError(
            "movable",
            "name numbers, flags and words" if way is None else "name what rises and falls",
            f"{name}, of the kind {feature.kind.value}",
        )


def wanted_of(
    table: Table[Any, OutcomeT],
    before: Decision[Any, OutcomeT],
    to: OutcomeT | Iterable[OutcomeT] | None,
) -> tuple[OutcomeT, ...]:
    """The outcomes that are looked for: those that are named, or all others that a rule has."""
    if to is None:
        ruled = dict.fromkeys(rule.outcome for rule in table.rules)
        return tuple(outcome for outcome in ruled if outcome != before.outcome)
    several = isinstance(to, _SEVERAL)
    wanted = tuple(cast("Iterable[OutcomeT]", to)) if several else (cast("OutcomeT", to),)
    if not wanted:
        raise InvalidValueError("to", "name at least one outcome", [])
    for outcome in wanted:
        if outcome not in table.outcomes:
            raise UnknownNameError("outcome", outcome, map(str, table.outcomes), where="to")
    return wanted


def sizes_of(
    table: Table[Any, Any],
    values: Mapping[str, Any],
    ways: Mapping[str, Way | None],
    scale: Mapping[str, float],
) -> dict[str, float]:
    """For each number that may change, the size of a change that counts as one."""
    features = table.facts.features
    for name, size in scale.items():
        if name not in features:
            raise UnknownNameError("fact", name, features, where="scale")
        if features[name].kind is not Kind.NUMBER:
            raise InvalidValueError("scale", "name numbers", f"{name}, which counts as one")
        if isinstance(size, bool) or not isinstance(size, numbers.Real) or not 0 < size < math.inf:
            raise InvalidValueError("scale", "be a finite number above 0", size, where=f"'{name}'")
    bounds = bounds_of(rule.when for rule in table.rules)
    return {
        name: float(scale[name])
        if name in scale
        else _default_size(features[name], values[name], bounds.get(name, []))
        for name in ways
        if features[name].kind is Kind.NUMBER
    }


def _default_size(feature: Feature, value: float | None, bounds: list[float]) -> float:
    lower, upper = feature.lower, feature.upper
    width = math.inf if lower is None or upper is None else upper - lower
    if 0 < width < math.inf:
        return width
    return abs(value or 0.0) or max(map(abs, bounds), default=0.0) or 1.0
