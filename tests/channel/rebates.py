"""What schedules and their oracle share: brackets drawn small, and rebates told in fractions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from relmkt.channel.rebate_schedules import RebateSchedule

tenths = st.integers(0, 60).map(lambda tenths: Fraction(tenths, 10))


@st.composite
def brackets(draw):
    """Up to four brackets with starts and rates of one decimal."""
    starts = sorted(draw(st.sets(st.integers(0, 400), min_size=1, max_size=4)))
    rates = sorted(draw(st.lists(st.integers(0, 60), min_size=len(starts), max_size=len(starts))))
    return [
        (Fraction(start, 10), Fraction(rate, 10)) for start, rate in zip(starts, rates, strict=True)
    ]


def written(pairs):
    """Brackets as somebody writes them."""
    return [(str(float(start)), str(float(rate))) for start, rate in pairs]


@st.composite
def schedules(draw, **fixed):
    """A schedule, and its brackets in fractions."""
    pairs = draw(brackets())
    words = {
        "kind": draw(st.sampled_from(["marginal", "whole_volume"])),
        "from_target": draw(st.booleans()),
        "currency": "EUR",
    } | fixed
    return RebateSchedule(brackets=written(pairs), **words), pairs


def fraction_rebate(pairs, kind, volume, target=None):
    """What a volume earns, as the words of `ScheduleKind` say it, unit by unit of a bracket."""
    volume = Fraction(volume)
    if target is not None and volume < Fraction(target):
        return Fraction(0)
    if kind == "whole_volume":
        reached = [rate for start, rate in pairs if start <= volume]
        return volume * (reached[-1] if reached else 0)
    total = Fraction(0)
    ends = [start for start, _ in pairs[1:]] + [None]
    for (start, rate), end in zip(pairs, ends, strict=True):
        top = volume if end is None else min(volume, end)
        if top > start:
            total += rate * (top - start)
    return total
