"""The whale curve: how much of revenue, and of profit, the best customers bring."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._counts import counted
from relmkt.adapters.report._found import Found
from relmkt.adapters.report._section import Section
from relmkt.adapters.report._words import share
from relmkt.segments import Concentration, concentration_of
from relmkt.segments._common import percent, stated_percent

__all__ = ["Curve", "Line", "curve"]

_POINTS = 101
_SLACK = 0.04
"""By how much of a step a curve may stand out above the last line of the grid."""
_STEPS = (0.2, 0.25, 0.5, 1.0)
_MOST_TICKS = 7
_MIDDLE = 0.62
"""Where on the line of equal shares its name stands."""
_STRAIGHT, _EARLY = 0.01, 0.3
"""A curve that bends less has no bend to be named at, and is named at this share of customers."""
_ROOM = 0.12
"""How far from the left a name needs to be to stand before its line, even on a phone."""
_ABOVE = 1.005
"""Below it a share is said as 100%, and nothing stands out."""


@attrs.frozen(kw_only=True)
class Label:
    """Where the name of a curve stands beside it: a point, a side of it, and above or below."""

    x: str
    y: str
    side: str
    dx: str
    dy: str


@attrs.frozen(kw_only=True)
class Line:
    """One curve, in a square of 100 by 100 whose origin is the upper left corner."""

    name: str
    points: str
    tops: tuple[str, ...]
    label: Label


@attrs.frozen(kw_only=True)
class Tick:
    """A line of the grid: its place in percent from the top, and what it says."""

    at: str
    said: str


@attrs.frozen(kw_only=True)
class Peak:
    """The highest point of the profit, with its words; ``side`` is where they stand."""

    x: str
    y: str
    said: str
    side: str


@attrs.frozen(kw_only=True)
class Curve(Section):
    """The whale curve."""

    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    zero: str
    whole: str
    middle: str
    peak: Peak | None
    named: tuple[Line, ...]
    tops: tuple[str, ...]
    told: str
    notes: tuple[str, ...]


def curve(found: Found) -> Curve:
    """How unevenly revenue and profit are spread over those who bought in the period."""
    plan = found.plan
    bought = (plan.pyramid.codes >= 0) & (plan.pyramid.codes < 4)
    kept: list[Concentration] = []
    notes: list[str] = []
    for name, values in (
        ("revenue", plan.portfolio.current_revenue[bought]),
        ("profit", plan.portfolio.current_profit[bought]),
    ):
        known = values[~np.isnan(values)]
        told = concentration_of(known, amount=name, points=_POINTS)
        if not math.isnan(told.peak_share):
            kept.append(told)
        elif known.size:
            notes.append(f"The {name} in all is not positive, so shares of it have no meaning.")
    if len(kept) == 2 and np.allclose(kept[0].curve_share, kept[1].curve_share, atol=5e-4):
        notes.append(
            "Profit is spread as revenue is, for no cost to serve is stated that differs from "
            "customer to customer."
        )
        kept.pop()
    low = min([0.0, *(float(one.curve_share.min()) for one in kept)])
    high = max([1.0, *(float(one.curve_share.max()) for one in kept)])
    ticks = _ticks(low, high)
    high = max(high, ticks[-1])
    low = min(low, ticks[0])
    room = high - low
    upper = max(kept, key=lambda one: float(one.curve_share.sum()), default=None)
    said = "; ".join(
        f"the best 20% bring {percent(one.share_of_top(0.20))} of {one.amount}" for one in kept
    )
    lines = tuple(
        Line(
            name=one.amount,
            points=_points(one.curve_customers, (high - one.curve_share) / room),
            tops=tuple(share(part) for part in one.shares.tolist()),
            label=_label(one, high, room, above=one is upper),
        )
        for one in kept
    )
    peak = _peak(kept, high, room)
    return Curve(
        id="curve",
        label="Whale curve",
        title=_title(kept),
        lead="Customers who bought in the period stand from left to right, the best first; the "
        "line shows what share of the total they bring together. The steeper it begins, the more "
        "hangs on a few; where it falls again, customers cost more than they bring.",
        lines=lines,
        ticks=tuple(
            Tick(at=f"{100 * (high - tick) / room:.2f}", said=f"{100 * tick:,.0f}%")
            for tick in ticks
        ),
        zero=f"{100 * high / room:.2f}",
        whole=f"{100 * (high - 1.0) / room:.2f}",
        middle=f"{100 * (high - _MIDDLE) / room:.2f}",
        peak=peak,
        # The words at the peak name its line.
        named=lines if peak is None else lines[:-1],
        tops=tuple(stated_percent(fraction) for fraction in kept[0].fractions) if kept else (),
        told=f"Lines of the cumulative share of {' and '.join(one.amount for one in kept)} over "
        f"{counted(kept[0].customers, 'customer')}: {said}."
        if kept
        else "",
        notes=tuple(notes),
    )


def _label(one: Concentration, high: float, room: float, *, above: bool) -> Label:
    """Beside the bend of the curve: above it on the left, or below it on the right."""
    over = one.curve_share - one.curve_customers
    bend = int(np.argmax(over))
    if over[bend] < _STRAIGHT:
        bend = int(np.argmin(np.abs(one.curve_customers - _EARLY)))
    x, y = float(one.curve_customers[bend]), float(one.curve_share[bend])
    side, dx, dy = "start", "0.5em", "1.4em"
    if above:
        # Far to the left there is no room for a name: it stands over the line.
        side, dx, dy = ("end", "-0.5em", "-0.3em") if x >= _ROOM else ("start", "0", "-1.6em")
    return Label(x=f"{100 * x:.2f}", y=f"{100 * (high - y) / room:.2f}", side=side, dx=dx, dy=dy)


def _title(kept: list[Concentration]) -> str:
    if not kept:
        return "There is no revenue in the period to be spread"
    last = kept[-1]
    if last.customers == 1:
        return f"One customer brings all of {last.amount}"
    title = f"The best 20% bring {percent(last.share_of_top(0.20))} of {last.amount}"
    if last.peak_share > _ABOVE:
        rest = percent(1 - last.peak_customers)
        title += f", and the last {rest} take {percent(last.peak_share - 1)} away again"
    return title


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    return " ".join(
        f"{100 * one:.2f},{100 * other:.2f}"
        for one, other in zip(x.tolist(), y.tolist(), strict=True)
    )


def _powers() -> Iterator[float]:
    return (10.0**power for power in itertools.count())


def _ticks(low: float, high: float) -> list[float]:
    """Round shares from the least to the greatest, not too many of them."""
    steps = (by * unit for unit in _powers() for by in _STEPS)
    step = next(step for step in steps if (high - low) / step <= _MOST_TICKS)
    first, last = math.floor(low / step + _SLACK), math.ceil(high / step - _SLACK)
    return [at * step for at in range(first, last + 1)]


def _peak(kept: list[Concentration], high: float, room: float) -> Peak | None:
    """The peak of the profit, where it lies above the whole."""
    last = kept[-1] if kept else None
    if last is None or last.peak_share <= _ABOVE:
        return None
    return Peak(
        x=f"{100 * last.peak_customers:.2f}",
        y=f"{100 * (high - last.peak_share) / room:.2f}",
        said=f"{percent(last.peak_share)} of {last.amount} from {percent(last.peak_customers)}",
        side="end" if last.peak_customers > 0.5 else "start",
    )
