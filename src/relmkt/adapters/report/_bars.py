"""Bars on one scale, as shares of the width that the page gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

__all__ = ["Bar", "bars"]


@attrs.frozen(kw_only=True)
class Bar:
    """A bar between zero and a value.

    Attributes
    ----------
    start, width
        Where it begins and how long it is, in percent of its place, as an attribute of SVG.
    zero
        Where zero lies, if some bars lie left of it; else None.
    negative
        Whether the value is below zero.
    """

    start: str
    width: str
    zero: str | None = None
    negative: bool = False


def bars(values: Sequence[float | None]) -> tuple[Bar | None, ...]:
    """A bar for each value, all on one scale; None where there is no value.

    Examples
    --------
    >>> from relmkt.adapters.report._bars import bars
    >>> long, short, none = bars([30.0, -10.0, None])
    >>> long.start, long.width, short.start, short.width
    ('25.00%', '75.00%', '0.00%', '25.00%')
    """
    known = [value for value in values if value is not None and not math.isnan(value)]
    low, high = min([0.0, *known]), max([0.0, *known])
    span = (high - low) or 1.0

    def at(value: float) -> str:
        return f"{100 * value / span:.2f}%"

    found: list[Bar | None] = []
    for value in values:
        if value is None or math.isnan(value):
            found.append(None)
            continue
        found.append(
            Bar(
                start=at(min(value, 0.0) - low),
                width=at(abs(value)),
                zero=at(-low) if low < 0 else None,
                negative=value < 0,
            )
        )
    return tuple(found)
