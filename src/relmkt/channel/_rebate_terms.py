"""Agreements as events are held against them, each with its schedule."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

import attrs
import numpy as np

from relmkt.channel._decimals import added, as_decimal, rounded
from relmkt.channel.contract_years import Place, places_of
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, Designation, RebateBasis, RebateEvent, RebateEventKind

__all__ = ["Term"]

_NONE = Decimal(0)


@attrs.frozen(eq=False)
class Term:
    """An agreement as events are held against it."""

    agreement: Agreement
    schedule: RebateSchedule | None
    places: frozenset[Place] | None = attrs.field(init=False)
    first: np.datetime64 = attrs.field(init=False)
    last: np.datetime64 = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        named = frozenset(places_of(self.agreement))
        put = object.__setattr__
        put(self, "places", None if self.anywhere or not named else named)
        put(self, "first", np.datetime64(self.agreement.starts, "D"))
        put(self, "last", np.datetime64(self.agreement.ends or "9999-12-31", "D"))

    @property
    def anywhere(self) -> bool:
        """Whether sales count wherever they were made."""
        return self.schedule is not None and self.schedule.by is Designation.POINTS

    def goods_of(self, event: RebateEvent) -> bool:
        """Whether it is on the goods of an event; money may be told without its goods."""
        mine = self.agreement
        is_sale = event.kind is RebateEventKind.SALE
        return (event.agreement is None or event.agreement == mine.agreement) and all(
            held is None or held == told or (told is None and not is_sale)
            for held, told in ((mine.brand, event.brand), (mine.market, event.market))
        )

    def place_of(self, event: RebateEvent) -> Place | None:
        """The designated place at which a sale was made, the outlet before the territory."""
        told: tuple[Place, ...] = (
            ("outlet", event.outlet or ""),
            ("territory", event.territory or ""),
        )
        return next((place for place in told if place in (self.places or ())), None)

    def holds_where(self, event: RebateEvent) -> bool:
        """Whether the place of an event is right; money has no place."""
        is_sale = event.kind is RebateEventKind.SALE
        return not is_sale or self.places is None or self.place_of(event) is not None

    @property
    def paying(self) -> RebateSchedule:
        """The schedule of a term of which it is known that it has one."""
        return cast("RebateSchedule", self.schedule)

    @property
    def by_amount(self) -> bool:
        """Whether volume is money."""
        return self.schedule is not None and self.schedule.basis is RebateBasis.AMOUNT

    @property
    def parted(self) -> bool:
        """Whether each designated point reaches the brackets by itself."""
        return self.schedule is not None and self.schedule.by is Designation.EACH_OUTLET

    def entitled(self, volumes: Sequence[Decimal]) -> list[Decimal]:
        """The rebate on what each point brought; where more came back than was sold, none.

        The target is that of the agreement: all points reach it together.
        """
        schedule = self.paying
        target = schedule.target_of(self.agreement)
        if target is not None:
            if added(volumes) < as_decimal(target, "target"):
                return [self.as_money(_NONE)] * len(volumes)
            schedule = attrs.evolve(schedule, from_target=False)
        return [schedule.rebate(max(volume, _NONE)) for volume in volumes]

    def as_money(self, value: Decimal) -> Decimal:
        """The same amount, with as many decimals as the currency has where that is enough."""
        written = rounded(value, self.paying.exponent, self.paying.rounding)
        return written if written == value else value
