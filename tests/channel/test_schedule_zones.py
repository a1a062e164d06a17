"""Cliffs and perverse zones of schedules, and whose contract year ended in one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel.contract_years import ContractYear
from relmkt.channel.rebate_balances import PointVolume, RebateBalance
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.channel.schedule_zones import schedule_zones
from relmkt.domain import Agreement
from relmkt.errors import InvalidValueError, UnknownNameError
from tests.channel.rebates import fraction_rebate, schedules

DAY = date(2025, 12, 31)
YEAR = ContractYear(date(2025, 1, 1), date(2026, 1, 1))
ZERO = Decimal(0)
WHOLE = RebateSchedule(brackets=[(100, 2), (500, 3)], kind="whole_volume", currency="EUR")


def balance(dealer, *volumes, schedule="plan", year=YEAR, target=None) -> RebateBalance:
    names = [None] if len(volumes) == 1 else [f"P{at}" for at in range(len(volumes))]
    return RebateBalance(
        agreement=Agreement(dealer=dealer, starts=year.start, target_quantity=target),
        year=year,
        schedule=schedule,
        currency="EUR",
        basis="quantity",
        sales=1,
        points=tuple(
            PointVolume(point=name, volume=Decimal(volume), entitled=ZERO)
            for name, volume in zip(names, volumes, strict=True)
        ),
        **dict.fromkeys(
            ("entitled", "cut", "accrued", "clawed_back", "unrecovered", "paid", "due", "pending"),
            ZERO,
        ),
    )


@given(schedules(), st.integers(0, 450), st.integers(1, 60), st.integers(1, 400))
def test_who_stands_in_a_zone_is_who_gains_by_reaching_some_cliff(made, tenths, loss, goal):
    schedule, pairs = made
    target = Fraction(goal, 10) if schedule.from_target else None
    volume = Fraction(tenths, 10)
    one = balance("D-7", str(float(volume)), target=None if target is None else float(target))
    (found,) = schedule_zones(
        {"plan": schedule}, [one], as_of=DAY, unit_losses={"plan": Decimal(loss) / 10}
    )
    earns = fraction_rebate(pairs, schedule.kind.value, volume, target)
    starts = {start for start, _ in pairs} | ({target} if target is not None else set())
    gains = [
        fraction_rebate(pairs, schedule.kind.value, start, target)
        - earns
        - Fraction(loss, 10) * (start - volume)
        for start in starts
        if start > volume and _jumps(pairs, schedule.kind.value, start, target)
    ]
    best = max([gain for gain in gains if gain > 0], default=None)
    assert [Fraction(one.gain) for one in found.inside] == ([] if best is None else [best])


def _jumps(pairs, kind, start, target):
    """Whether the rebate is higher at a start than right below it."""
    small = Fraction(1, 10**6)
    at, below = (fraction_rebate(pairs, kind, one, target) for one in (start, start - small))
    return start > 0 and at - below > small * 100


def test_without_a_loss_there_are_cliffs_and_no_zones():
    (found,) = schedule_zones({"plan": WHOLE}, [balance("D-7", 499)], as_of=DAY)
    assert [(int(one.at), int(one.size)) for one in found.cliffs] == [(100, 200), (500, 500)]
    assert (found.zones, found.inside, found.unit_loss) == ((), (), None)


def test_only_the_latest_year_that_was_over_lately_is_looked_at():
    over = ContractYear(date(2024, 1, 1), date(2025, 1, 1))
    going = ContractYear(date(2025, 6, 1), date(2026, 6, 1))
    rows = [
        balance("old", 499, year=over),
        balance("new", 499, year=going),
        balance("other", 499, schedule="else"),
        balance("D-7", 499),
        balance("D-8", 440),
        balance("D-9", 500),
    ]
    (found,) = schedule_zones({"plan": WHOLE}, rows, as_of=DAY, unit_losses={"plan": 10})
    assert [(one.dealer, float(one.gain)) for one in found.inside] == [("D-7", 492), ("D-8", 20)]


def test_each_point_stands_where_it_stands_and_a_target_is_reached_together():
    rows = [balance("D-7", 499, 90, -5, target=480)]
    (found,) = schedule_zones({"plan": WHOLE}, rows, as_of=DAY, unit_losses={"plan": 10})
    assert [(one.point, float(one.volume)) for one in found.inside] == [("P0", 499), ("P1", 90)]
    own = RebateSchedule(
        brackets=[(0, 2)], kind="marginal", currency="EUR", from_target=True, by="each_outlet"
    )
    (found,) = schedule_zones({"plan": own}, rows, as_of=DAY, unit_losses={"plan": 10})
    assert (found.cliffs, found.zones, found.inside) == ((), (), ())


def test_of_several_zones_the_one_that_is_worth_the_most_is_told():
    for loss, aim, gain in ((Decimal("3.4"), 100, 166), (Decimal("3.1"), 500, 229)):
        (found,) = schedule_zones(
            {"plan": WHOLE}, [balance("D-7", 90)], as_of=DAY, unit_losses={"plan": loss}
        )
        (one,) = found.inside
        assert (int(one.zone.cliff.at), one.gain) == (aim, gain)


def test_a_loss_that_cannot_be_is_refused():
    for loss in (0, -3, "much"):
        with pytest.raises(InvalidValueError, match="the loss on a unit of plan"):
            schedule_zones({"plan": WHOLE}, as_of=DAY, unit_losses={"plan": loss})
    with pytest.raises(UnknownNameError, match="did you mean 'plan'"):
        schedule_zones({"plan": WHOLE}, as_of=DAY, unit_losses={"plam": 1})
