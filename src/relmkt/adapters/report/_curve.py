"""The whale curve: how much of revenue, and of profit, the best customers bring."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.adapters.report._found import Found
from relmkt.adapters.report._section import Section
from relmkt.segments import Concentration, concentration_of
from relmkt.segments._common import counted, percent

__all__ = ["Curve", "Line", "curve"]

_POINTS = 101
_SLACK = 0.04
"""By how much of a step a curve may stand out above the last line of the grid."""
_STEPS = (0.2, 0.25, 0.5, 1.0)
_MOST_TICKS = 7
_ABOVE = 1.005
"""Below it a share is said as 100 %, and nothing stands out."""


@attrs.frozen(kw_only=True)
class Line:
    """One curve, in a square of 100 by 100 whose origin is the upper left corner."""

    name: str
    points: str
    tops: tuple[str, ...]


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
    peak: Peak | None
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
    said = "; ".join(
        f"the best 20 % bring {percent(one.share_of_top(0.20))} of {one.amount}" for one in kept
    )
    return Curve(
        id="curve",
        label="Whale curve",
        title=_title(kept),
        lead="Customers who bought in the period stand from left to right, the best first; the "
        "line shows what share of the total they bring together. The steeper it begins, the more "
        "hangs on a few; where it falls again, customers cost more than they bring.",
        lines=tuple(
            Line(
                name=one.amount,
                points=_points(one.curve_customers, (high - one.curve_share) / room),
                tops=tuple(percent(share) for share in one.shares.tolist()),
            )
            for one in kept
        ),
        ticks=tuple(
            Tick(at=f"{100 * (high - tick) / room:.2f}", said=f"{100 * tick:,.0f} %")
            for tick in ticks
        ),
        zero=f"{100 * high / room:.2f}",
        whole=f"{100 * (high - 1.0) / room:.2f}",
        peak=_peak(kept, high, room),
        tops=tuple(percent(fraction) for fraction in kept[0].fractions) if kept else (),
        told=f"Lines of the cumulative share of {' and '.join(one.amount for one in kept)} over "
        f"{counted(kept[0].customers)}: {said}."
        if kept
        else "",
        notes=tuple(notes),
    )


def _title(kept: list[Concentration]) -> str:
    if not kept:
        return "There is no revenue in the period to be spread"
    last = kept[-1]
    title = f"The best 20 % bring {percent(last.share_of_top(0.20))} of {last.amount}"
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
