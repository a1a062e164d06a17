"""What is said of cliffs and perverse zones, on the screen and on the page alike."""

from __future__ import annotations

from decimal import Decimal

from relmkt.channel.fairness import spelled
from relmkt.channel.rebate_schedules import PerverseZone
from relmkt.channel.schedule_zones import InZone, ScheduleZones

__all__ = ["gain_of", "jumps_of", "plain", "stood_in", "zone_of"]


def jumps_of(found: ScheduleZones) -> str:
    """How many cliffs there are, and what a unit is taken to lose."""
    if found.schedule.from_target:
        told = "pays from the target on, so that each dealer has cliffs of its own"
    elif not found.cliffs:
        return "no cliff, so nothing to reach at a loss"
    else:
        told = f"{len(found.cliffs):,} cliff{'' if len(found.cliffs) == 1 else 's'}"
    if found.unit_loss is None:
        return f"{told}; the zones before them need what a unit loses that is sold to reach one"
    return f"{told}; a unit that is sold to reach one loses {plain(found.unit_loss)}"


def zone_of(zone: PerverseZone, found: ScheduleZones) -> str:
    """From where on it pays to reach a cliff, and what it brings at most."""
    start = f"from {plain(zone.start)} on" if zone.closed else f"above {plain(zone.start)}"
    return f"{start}, for up to {plain(zone.most)} {found.schedule.currency}"


def stood_in(found: ScheduleZones) -> str:
    """How many contract years ended in a zone."""
    years = len(found.inside)
    words = "contract year that was" if years == 1 else "contract years that were"
    return f"{years:,} {words} over lately ended in a perverse zone"


def gain_of(inside: InZone, found: ScheduleZones) -> str:
    """Where one stood, and what the way to the cliff would have brought."""
    at = "" if inside.point is None else f" at {spelled(inside.point)}"
    stood = f"{plain(inside.volume)}{at}, before {plain(inside.zone.cliff.at)}"
    gained = f"{plain(inside.gain)} {found.schedule.currency}"
    return f"{stood}: reaching it would have gained {gained}"


def plain(value: Decimal) -> str:
    """A number as it is said, to the second decimal: a zone starts where it does, to 28 digits."""
    return f"{round(value, 2).normalize():,f}"
