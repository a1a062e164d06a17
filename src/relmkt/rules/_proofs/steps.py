"""Where facts may move to: for every feature the few values nearest to what it is now."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import attrs

from relmkt.rules._proofs.cells import Cells, bounds_of, peers_of, range_of, rank, ranked
from relmkt.rules._proofs.partial import Domains
from relmkt.rules._proofs.variables import asked_about
from relmkt.rules.conditions import Condition
from relmkt.rules.features import Feature, Kind

__all__ = ["Cost", "Start", "Steps", "beyond", "cost_of", "steps"]

Cost: TypeAlias = tuple[int, float, int]
"""How many facts change, how far in all, and how many of the new values are long to say."""

_FREE: Cost = (0, 0.0, 0)

_SHORT = 6
"""A number of at most so many digits is short; our choice."""

_SHARE_OF_ONE = -2
"""Beside zero, steps are a hundredth (of a unit of currency, or of one): ten to this power."""


@attrs.frozen
class Start:
    """What a fact is now, and how it may move.

    Attributes
    ----------
    value
        Its value; None where it is absent.
    size
        The size of a change that counts as one; None where the fact may not move.
    rises, falls
        Whether it may rise, and fall.
    """

    value: Any
    size: float | None = None
    rises: bool = True
    falls: bool = True

    def may_become(self, value: Any) -> bool:
        """Whether it may have this value. What is absent has nowhere to rise or fall from."""
        if self.value is None:
            return self.size is not None
        if value == self.value:
            return True
        if self.size is None:
            return False
        if self.rises and self.falls:
            return True
        return value > self.value if self.rises else self.falls and value < self.value

    def cost(self, value: Any, distance: float = 1.0, length: int = 0) -> Cost:
        """What it costs to become this value; to become known counts as one."""
        if self.size is None or (self.value is not None and value == self.value):
            return _FREE
        return 1, 1.0 if self.value is None else distance / self.size, length


@attrs.frozen
class Steps:
    """The values that one feature may take, and what each costs.

    Attributes
    ----------
    cells
        A cell for each value.
    costs
        What each cell costs, the cheapest first, with its bit.
    """

    cells: Cells
    costs: tuple[tuple[Cost, int], ...]

    def cheapest(self, domain: int) -> tuple[Cost, int]:
        """The cheapest of some cells, and its bit."""
        return next(found for found in self.costs if found[1] & domain)

    def value(self, domain: int) -> Any:
        """The cheapest value of some cells."""
        _, bit = self.cheapest(domain)
        return None if bit == self.cells.absent else self.cells.values[bit.bit_length() - 1]


def steps(
    features: Mapping[str, Feature], conditions: tuple[Condition, ...], starts: Mapping[str, Start]
) -> dict[str, Steps]:
    """The steps of each feature that matters, by name.

    Of all the ways to lead a record elsewhere, a nearest one has each number as it was, or at a
    threshold or bound, or just beside one. Numbers that are compared with each other share these
    places, among them what each of them is now, and have room beside them for every order.

    Parameters
    ----------
    features
        The features by name.
    conditions
        What is asked of them.
    starts
        What each feature is now, and how it may move.
    """
    used = asked_about(features, conditions)
    peers, bounds = peers_of(used, conditions), bounds_of(conditions)
    found: dict[str, Steps] = {}
    for name, feature in used.items():
        if name in found:
            continue
        if feature.kind is not Kind.NUMBER:
            found[name] = _of_words(feature, starts[name])
            continue
        members = {peer: starts[peer] for peer in peers[name]}
        held = [start.value for start in members.values() if start.value is not None]
        cuts = [*held, *(bound for peer in members for bound in bounds.get(peer, ()))]
        for peer in members:
            cuts += (end for end in range_of(features[peer]) if math.isfinite(end))
        moving = sum(start.size is not None for start in members.values())
        whole = [features[peer].whole for peer in members]
        places = _places(cuts, moving, some_whole=any(whole), all_whole=all(whole))
        for peer, start in members.items():
            found[peer] = _of_number(features[peer], start, places)
    return {name: found[name] for name in used}


def _of_words(feature: Feature, start: Start) -> Steps:
    values: tuple[Any, ...] = (False, True) if feature.kind is Kind.FLAG else feature.values
    if start.size is None and start.value is not None:
        values = (start.value,)
    return _made(start, values, [(start.may_become(value), start.cost(value)) for value in values])


def _of_number(feature: Feature, start: Start, places: list[tuple[float, float, int]]) -> Steps:
    lower, upper = range_of(feature)
    told: list[tuple[bool, Cost]] = []
    for value, near, length in places:
        is_possible = lower <= value <= upper and (value.is_integer() or not feature.whole)
        distance = 0.0 if start.value is None else abs(near - start.value)
        cost = start.cost(value, distance, length)
        told.append((is_possible and start.may_become(value), cost))
    return _made(start, tuple(value for value, _, _ in places), told)


def _made(start: Start, values: tuple[Any, ...], told: list[tuple[bool, Cost]]) -> Steps:
    costs = [(cost, 1 << at) for at, (may_be, cost) in enumerate(told) if may_be]
    known = sum(bit for _, bit in costs)
    absent = 0
    if start.value is None:
        absent = 1 << len(values)
        costs.append((_FREE, absent))
    return Steps(Cells(values, known, absent), tuple(sorted(costs)))


# ------------------------------------------------------------------------------------ numbers


def _places(
    cuts: list[float], moving: int, *, some_whole: bool, all_whole: bool
) -> list[tuple[float, float, int]]:
    """Values in rising order, each with the cut that it is at or beside, and how long it is to say.

    Parameters
    ----------
    cuts
        Thresholds, bounds, and what the numbers are now.
    moving
        How many of the numbers may move: so many can have to stand beside each other.
    some_whole, all_whole
        Whether some of the numbers are whole, and whether all are.
    """
    points = {float(cut) + 0.0 for cut in cuts} or {0.0}
    if some_whole and moving:
        points |= {
            float(number)
            for cut in points.copy()
            for number in range(math.floor(cut) - moving, math.ceil(cut) + moving + 1)
        }
    found = {(point, point, 0 if _is_short(point) else moving + 1) for point in points}
    if not all_whole:
        for low, high in pairwise([-math.inf, *sorted(points), math.inf]):
            # To each the half that is nearer; a float in the very middle goes with the lower.
            middle = low / 2 + high / 2
            if math.isfinite(low):
                above = beyond(low, min(math.nextafter(middle, math.inf), high), moving)
                found |= {(value, low, length) for length, value in enumerate(above, 1)}
            if math.isfinite(high):
                below = beyond(high, max(middle, low), moving)
                found |= {(value, high, length) for length, value in enumerate(below, 1)}
    return sorted(found)


def beyond(start: float, end: float, count: int) -> list[float]:
    """Different short numbers strictly between two others, the nearest to the first foremost.

    They have three digits, or as many more as it takes; beside zero they are hundredths, or as much
    less as it takes. There are fewer of them where there are fewer floats.

    Parameters
    ----------
    start
        Where to begin.
    end
        Where to end; it may be infinite.
    count
        How many are wanted.
    """
    way, exact = 1 if end > start else -1, Fraction(repr(start))  # as it is written: 0.3 is 3/10
    for unit in _units(start, end):
        first = math.floor(way * exact / unit)
        found = [_rounded(way * (first + step) * unit) for step in range(1, count + 1)]
        if all(way * low < way * high for low, high in pairwise([start, *found, end])):
            return found
    first, last = rank(start), rank(end)
    room = min(count, abs(last - first) - 1)
    return [ranked(first + way * step) for step in range(1, room + 1)]


def _units(start: float, end: float) -> Iterator[Fraction]:
    """Powers of ten, falling."""
    if start:
        top = _exponent(start) - 2
    else:
        top = min(_SHARE_OF_ONE, _exponent(end) - 1) if math.isfinite(end) else _SHARE_OF_ONE
    for exponent in range(top, top - 16, -1):
        yield Fraction(10) ** exponent


def _exponent(number: float) -> int:
    return int(f"{number:e}".partition("e")[2])


def _rounded(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _is_short(number: float) -> bool:
    digits = repr(number).partition("e")[0].replace(".", "").replace("-", "")
    return len(digits.strip("0")) <= _SHORT


# ---------------------------------------------------------------------------------- in all


def cost_of(found: Mapping[str, Steps]) -> Callable[[Domains], Cost]:
    """What the cheapest values of some cells cost in all; the features are the first variables."""
    several = tuple((step, dict[int, Cost]()) for step in found.values())

    def cost(domains: Domains) -> Cost:
        changes, length, size = 0, 0, 0.0
        for (step, met), domain in zip(several, domains, strict=False):
            part = met.get(domain)
            if part is None:
                part = met[domain] = step.cheapest(domain)[0]
            changes += part[0]
            size += part[1]
            length += part[2]
        return changes, size, length

    return cost
