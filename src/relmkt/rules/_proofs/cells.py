"""The cells that thresholds cut: for every feature a few values that stand for all others."""

from __future__ import annotations

import math
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import attrs

from relmkt.rules.conditions import Comparison, Condition, Op, Threshold, atoms
from relmkt.rules.features import Feature, Kind

__all__ = [
    "Cells",
    "between",
    "bounds_of",
    "compared",
    "cut",
    "peers_of",
    "range_of",
    "rank",
    "ranked",
    "twin_of",
]

_LARGEST_COUNT = 2**53

_ALIKE: dict[Kind, tuple[Any, ...]] = {
    Kind.FLAG: (False, True),
    Kind.TEXT: ("witness",),
    Kind.INSTANT: (datetime(2000, 1, 1),),
    Kind.DAY: (date(2000, 1, 1),),
}
"""Values of the kinds that are not cut; of those that rules do not read, one is enough."""


@attrs.frozen
class Cells:
    """The cells of one feature as the bits of a number, in rising order, absence on top.

    Attributes
    ----------
    values
        The value that stands for each known cell. Features that are compared with each other
        share them, so that equal bits are equal values.
    known
        The bits of the values that this feature can have.
    absent
        The bit of absence; 0 where the fact must be given.
    """

    values: tuple[Any, ...]
    known: int
    absent: int

    @property
    def all(self) -> int:
        """Every cell of the feature."""
        return self.known | self.absent

    def where(self, holds: Callable[[Any], bool]) -> int:
        """The known cells whose value meets a test."""
        bits = sum(1 << at for at, value in enumerate(self.values) if holds(value))
        return bits & self.known

    def choices(self) -> list[Any]:
        """A value of every cell, None for absence."""
        known = [value for at, value in enumerate(self.values) if self.known >> at & 1]
        return [*known, None] if self.absent else known

    def beside(self, op: Op, bound: float) -> int:
        """The known cells whose number stands in this relation to a bound."""
        below = (1 << bisect_left(self.values, bound)) - 1
        up_to = (1 << bisect_right(self.values, bound)) - 1
        match op:
            case Op.LT:
                bits = below
            case Op.LE:
                bits = up_to
            case Op.GT:
                bits = ~up_to
            case Op.GE:
                bits = ~below
            case Op.EQ:
                bits = up_to & ~below
            case _:
                bits = ~up_to | below
        return bits & self.known

    def chosen(self, bits: int) -> Any:
        """One value of these cells: None if it may be absent, else the one shortest to say."""
        if bits & self.absent:
            return None
        values = (value for at, value in enumerate(self.values) if bits >> at & 1)
        return min(values, key=lambda value: len(str(value)))


def twin_of(name: str) -> str:
    """The name under which a feature is met a second time, with another value."""
    return f"{name}'"


def compared(
    conditions: Iterable[Condition], twin: str | None = None
) -> tuple[tuple[str, str], ...]:
    """The pairs of features that are compared with each other, in the order of their names.

    Parameters
    ----------
    conditions
        What is asked of the features.
    twin
        A feature that is met twice: its second is compared with it, and with all that it is.
    """
    asked = (atom for condition in conditions for atom in atoms(condition))
    pairs = {
        (min(atom.left, atom.right), max(atom.left, atom.right))
        for atom in asked
        if isinstance(atom, Comparison) and atom.left != atom.right
    }
    if twin is not None:
        others = {other for pair in pairs if twin in pair for other in pair}
        second = twin_of(twin)
        pairs |= {(min(other, second), max(other, second)) for other in (*others, twin)}
    return tuple(sorted(pairs))


def cut(
    features: Mapping[str, Feature], conditions: Iterable[Condition], twin: str | None = None
) -> dict[str, Cells]:
    """The cells of each feature under all thresholds, by name.

    Numbers that are compared with each other are cut as one variable: at the thresholds and bounds
    of all of them, with as many values in every open interval as there are numbers, so that they
    can stand there in every order.

    Parameters
    ----------
    features
        The features by name.
    conditions
        What is asked of them.
    twin
        A feature that is met twice; it is given a second entry, and the two are compared.
    """
    conditions = tuple(conditions)
    peers = peers_of(features, conditions, twin)
    bounds = bounds_of(conditions)
    found: dict[str, Cells] = {}
    for name, feature in features.items():
        if name in found:
            continue
        if feature.kind is Kind.NUMBER:
            members = [features[peer] for peer in peers[name] if peer in features]
            cuts = [bound for peer in members for bound in bounds.get(peer.name, ())]
            points = _points(members, cuts, len(peers[name]))
            found.update({peer.name: _number_cells(peer, points) for peer in members})
        else:
            values = _ALIKE.get(feature.kind, feature.values)
            found[name] = _cells(feature, values, (1 << len(values)) - 1)
    if twin is not None:
        found[twin_of(twin)] = found[twin]
    return found


def peers_of(
    features: Iterable[str], conditions: Iterable[Condition], twin: str | None = None
) -> dict[str, list[str]]:
    """For each feature those that it is compared with, directly or through others, and itself.

    Features that are compared with each other have the same list.
    """
    peers = {name: [name] for name in features}
    if twin is not None:
        peers[twin] = [twin, twin_of(twin)]
    for left, right in compared(conditions):
        if peers[left] is not peers[right]:
            peers[left] += peers[right]
            peers.update(dict.fromkeys(peers[right], peers[left]))
    return peers


def bounds_of(conditions: Iterable[Condition]) -> dict[str, list[float]]:
    """The thresholds of each feature that has any."""
    found: dict[str, list[float]] = {}
    for atom in (atom for condition in conditions for atom in atoms(condition)):
        if isinstance(atom, Threshold):
            found.setdefault(atom.feature, []).append(atom.bound)
    return found


def _cells(feature: Feature, values: tuple[Any, ...], known: int) -> Cells:
    return Cells(values, known, 0 if feature.required else 1 << len(values))


def _number_cells(feature: Feature, points: tuple[float, ...]) -> Cells:
    lower, upper = range_of(feature)
    known = sum(
        1 << at
        for at, point in enumerate(points)
        if lower <= point <= upper and (point.is_integer() or not feature.whole)
    )
    return _cells(feature, points, known)


def range_of(feature: Feature) -> tuple[float, float]:
    """The least and the greatest value that a record would take."""
    widest = _LARGEST_COUNT if feature.whole else math.inf
    lower = -widest if feature.lower is None else max(feature.lower, -widest)
    upper = widest if feature.upper is None else min(feature.upper, widest)
    return float(lower), float(upper)


def _points(members: list[Feature], bounds: Iterable[float], enough: int) -> tuple[float, ...]:
    """The cuts, and between each two of them values enough for every order of the members."""
    ends = (end for member in members for end in range_of(member))
    cuts = sorted({bound + 0.0 for bound in (*bounds, *ends) if math.isfinite(bound)})
    points = list(cuts)
    for lower, upper in pairwise([-math.inf, *cuts, math.inf]):
        # Where there are integers for everybody, reals can take them as well. Where there are
        # fewer, those are cuts too, and the reals stand between them.
        steps: list[float] = []
        if any(member.whole for member in members):
            steps = between(lower, upper, enough, whole=True)
            points += steps
        if len(steps) < enough and not all(member.whole for member in members):
            for low, high in pairwise([lower, *steps, upper]):
                points += between(low, high, enough)
    return tuple(sorted(points))


def between(lower: float, upper: float, count: int, *, whole: bool = False) -> list[float]:
    """Different numbers strictly between two others, rising; all there are if there are fewer.

    Parameters
    ----------
    lower, upper
        The ends; infinite where there is none.
    count
        How many are wanted.
    whole
        Whether they must be integers of at most 2**53 in size.
    """
    if whole:
        first = -_LARGEST_COUNT if lower < -_LARGEST_COUNT else math.floor(lower) + 1
        last = _LARGEST_COUNT if upper > _LARGEST_COUNT else math.ceil(upper) - 1
        if math.isinf(lower):
            first = max(first, min(0, last - count + 1))
        return [float(number) for number in range(first, min(last, first + count - 1) + 1)]
    for digits in range(1, 18):
        found = [float(f"{number:.{digits}g}") for number in _spread(lower, upper, count)]
        if all(low < high for low, high in pairwise([lower, *found, upper])):
            return found
    first, last = rank(lower) + 1, rank(upper) - 1
    room = last - first + 1
    if room <= count:
        return [ranked(at) for at in range(first, last + 1)]
    return [ranked(first - 1 + (room + 1) * at // (count + 1)) for at in range(1, count + 1)]


def _spread(lower: float, upper: float, count: int) -> list[float]:
    """Numbers at equal distances, as far as floating point gives them."""
    steps = range(1, count + 1)
    if math.isfinite(lower) and math.isfinite(upper):
        shares = [step / (count + 1) for step in steps]
        return [lower * (1 - share) + upper * share for share in shares]
    if math.isfinite(lower):
        return [lower + max(1.0, abs(lower)) * step for step in steps]
    if math.isfinite(upper):
        return [upper - max(1.0, abs(upper)) * step for step in reversed(steps)]
    return [float(step) for step in steps]


def rank(number: float) -> int:
    """The position of a float among all floats, 0 for zero."""
    bits: int = struct.unpack("<q", struct.pack("<d", abs(number)))[0]
    return bits if number > 0 else -bits


def ranked(position: int) -> float:
    """The float at this position."""
    number: float = struct.unpack("<d", struct.pack("<q", abs(position)))[0]
    return number if position >= 0 else -number
