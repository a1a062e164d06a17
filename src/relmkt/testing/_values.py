"""Values of single features, drawn where comparisons go wrong if they ever do."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from relmkt.rules import Feature, Kind

__all__ = ["BOUNDS", "COMMON", "identities", "near", "numbers_of", "values_of"]

COMMON = (0.0, -0.0, 1.0, -1.0, 0.5, 100.0, 5e-324, -5e-324, 1e-9, 1e300, -1e300)
"""Numbers at which comparisons go wrong if they ever do."""

BOUNDS = (0.0, -0.0, 0.5, 1.0, 2.0, 100.0)
"""Thresholds of generated conditions; records hold them, and their neighbors, often."""

_EXACT = 2**53


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
    close = [x for x in near(often) if lower <= x <= upper]
    marked = [x for x in (*edges, *COMMON) if lower <= x <= upper]
    if not feature.whole:
        floats = st.floats(
            feature.lower, feature.upper, allow_nan=False, allow_infinity=False, width=64
        )
        return _often(close, marked, floats)
    low, high = math.ceil(max(lower, -_EXACT)), math.floor(min(upper, _EXACT))

    def whole(values: Iterable[float]) -> list[int]:
        sizes = [x for x in values if abs(x) <= _EXACT]
        counts = {count for x in sizes for count in (math.floor(x), math.ceil(x))}
        return sorted(count for count in counts if low <= count <= high)

    return _often(whole(close), whole(marked), st.integers(low, high))


def _often(
    close: list[Any], marked: list[Any], rest: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """One of these, each list as often as the rest, unless it is empty."""
    return st.one_of([*(st.sampled_from(values) for values in (close, marked) if values), rest])


def _instants(*, zoned: bool) -> st.SearchStrategy[datetime]:
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
            return _instants(zoned=zoned)
        case Kind.DAY:
            return st.dates()
        case Kind.TEXT:
            return st.text(max_size=5)


def identities() -> st.SearchStrategy[Any]:
    """Ids of every sort that people use: numbers, texts (leading zeros, odd ends), pairs."""
    texts = st.sampled_from(["007", "7", "a\0", " ", "é", "x" * 100, "=1+1"]) | st.text(min_size=1)
    return st.integers() | texts | st.tuples(st.integers(), texts)
