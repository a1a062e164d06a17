"""The cliffs of schedules of rebates, the perverse zones before them, and who stood in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from relmkt.channel._decimals import EXACT, as_decimal
from relmkt.channel.contract_years import ContractYear
from relmkt.channel.rebate_balances import PointVolume, RebateBalance
from relmkt.channel.rebate_schedules import Cliff, PerverseZone, RebateSchedule
from relmkt.channel.rebate_verdicts import latest_years
from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = ["InZone", "ScheduleZones", "schedule_zones"]


@attrs.frozen(kw_only=True)
class InZone:
    """One dealer whose contract year ended in a perverse zone.

    Attributes
    ----------
    dealer, year
        Who, and in which contract year.
    point
        The designated point whose volume counts by itself; None where points are not parted.
    volume
        What was sold there and counts.
    zone
        The zone; where it stood in several, the one that is worth the most.
    gain
        What reaching the cliff would have added to the rebate, less what the units would have
        lost: above 0.
    """

    dealer: Any
    year: ContractYear
    point: str | None
    volume: Decimal
    zone: PerverseZone
    gain: Decimal


@attrs.frozen(kw_only=True)
class ScheduleZones:
    """Where one schedule jumps, and from where on it pays to reach a jump at a loss.

    Attributes
    ----------
    name, schedule
        The schedule.
    unit_loss
        What a unit loses that is sold only to reach a cliff; None where nobody said it, and then
        there is no zone.
    cliffs, zones
        Lowest first, a zone for each cliff. Of a schedule that pays from the target on each dealer
        has its own, so that both are empty here.
    inside
        Whose last contract year ended in a zone, whoever would have gained most first.
    """

    name: str
    schedule: RebateSchedule
    unit_loss: Decimal | None
    cliffs: tuple[Cliff, ...]
    zones: tuple[PerverseZone, ...]
    inside: tuple[InZone, ...]


def schedule_zones(
    schedules: Mapping[str, RebateSchedule],
    balances: Iterable[RebateBalance] = (),
    *,
    as_of: date,
    unit_losses: Mapping[str, Any] | None = None,
) -> tuple[ScheduleZones, ...]:
    """Name the cliffs of schedules and the perverse zones, and who stood in one.

    Parameters
    ----------
    schedules
        The schedules by name.
    balances
        The rebates of contract years; for each agreement the latest of those that were over within
        a year is looked at.
    as_of
        The day.
    unit_losses
        By the name of a schedule, what a unit loses that is sold only to reach a cliff, above 0:
        the discount that it takes to sell it elsewhere, and freight. Of a schedule by amount, what
        each unit of money loses. No sale tells it, and without it there are cliffs and no zones.

    Returns
    -------
    zones
        One for each schedule, in their order.

    Raises
    ------
    UnknownNameError
        When a loss is stated for a schedule that is not there.
    InvalidValueError
        When a loss is not a number above 0.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.rebate_schedules import RebateSchedule
    >>> from relmkt.channel.schedule_zones import schedule_zones
    >>> whole = RebateSchedule(brackets=[(100, 2), (500, 3)], kind="whole_volume", currency="EUR")
    >>> (found,) = schedule_zones(
    ...     {"2025": whole}, as_of=date(2026, 1, 31), unit_losses={"2025": 10}
    ... )
    >>> for zone in found.zones:
    ...     print(f"above {zone.start} and below {zone.cliff.at}")
    above 80 and below 100
    above 437.5 and below 500
    """
    losses = {name: _loss(name, value, schedules) for name, value in (unit_losses or {}).items()}
    latest = [one for mine in latest_years(balances, as_of).values() for one in mine]
    return tuple(
        _zones(name, schedule, losses.get(name), [one for one in latest if one.schedule == name])
        for name, schedule in schedules.items()
    )


def _loss(name: str, value: Any, schedules: Mapping[str, RebateSchedule]) -> Decimal:
    if name not in schedules:
        raise UnknownNameError("schedule", name, schedules, where="the losses on a unit")
    loss = as_decimal(value, f"the loss on a unit of {name}")
    if loss <= 0:
        raise InvalidValueError(
            f"the loss on a unit of {name}",
            "be above 0",
            value,
            remedy="where no unit loses, selling more pays by itself and no zone is perverse",
        )
    return loss


def _zones(
    name: str, schedule: RebateSchedule, loss: Decimal | None, balances: list[RebateBalance]
) -> ScheduleZones:
    own = schedule.from_target
    inside: list[InZone] = []
    if loss is not None:
        for one in balances:
            # All points reach a target together: alone, none of them has a cliff there.
            if not own or len(one.points) == 1:
                target = schedule.target_of(one.agreement)
                zones = schedule.perverse_zones(-loss, target=target)
                inside += (
                    found
                    for point in one.points
                    if (found := _inside(one, point, schedule, target, loss, zones)) is not None
                )
    return ScheduleZones(
        name=name,
        schedule=schedule,
        unit_loss=loss,
        cliffs=() if own else schedule.cliffs(),
        zones=() if own or loss is None else schedule.perverse_zones(-loss),
        inside=tuple(sorted(inside, key=lambda one: -one.gain)),
    )


def _inside(
    balance: RebateBalance,
    point: PointVolume,
    schedule: RebateSchedule,
    target: Any,
    loss: Decimal,
    zones: Sequence[PerverseZone],
) -> InZone | None:
    """Where the volume of a point lies, if it is in a zone.

    A zone that reaches down over an earlier cliff does so because going on from there gains still
    more: so of several the highest is worth the most.
    """
    volume = max(point.volume, Decimal(0))
    zone = next((zone for zone in reversed(zones) if volume in zone), None)
    if zone is None:
        return None
    now, then = (schedule.exact_rebate(at, target=target) for at in (volume, zone.cliff.at))
    lost = EXACT.multiply(loss, EXACT.subtract(zone.cliff.at, volume))
    return InZone(
        dealer=balance.dealer,
        year=balance.year,
        point=point.point,
        volume=volume,
        zone=zone,
        gain=EXACT.subtract(EXACT.subtract(then, now), lost),
    )
