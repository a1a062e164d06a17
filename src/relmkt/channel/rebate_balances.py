"""What a ledger of rebates answers: balances, and what is left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs

from relmkt.channel._decimals import added
from relmkt.channel.contract_years import ContractYear
from relmkt.domain import Agreement, Ineligible, RebateBasis, RebateEventKind

__all__ = ["LeftOut", "PointVolume", "RebateBalance"]


@attrs.frozen(kw_only=True)
class PointVolume:
    """What one designated point brought.

    Attributes
    ----------
    point
        The outlet or territory; None where points are not parted.
    volume
        What was sold there and counts, returned goods taken off; negative where more came back.
    entitled
        The rebate on it.
    """

    point: str | None
    volume: Decimal
    entitled: Decimal


@attrs.frozen(kw_only=True)
class RebateBalance:
    """Where the rebate of one contract year stands on a day; every figure is derived from events.

    ``accrued == clawed_back + paid + due + pending`` and ``entitled == accrued + cut``, always.

    Attributes
    ----------
    agreement, year, schedule
        Whose, for which days, by which schedule.
    currency
        The currency of all amounts.
    basis
        Whether volumes are units or money.
    sales
        How many lines of sales count.
    points
        What each designated point brought.
    entitled
        What the schedule gives for the volume.
    cut
        What the budget took off that.
    accrued
        What was earned and is in the budget. It may still fall: while the year lasts, when goods
        come back, and as long as other years draw on the same budget.
    clawed_back
        What of it was taken back.
    unrecovered
        What was to be taken back beyond what had been earned.
    paid
        What was paid.
    due
        What is to be paid: all that is left once the year is over, which it is at the end of its
        last day, and before that nothing.
        Negative where more was paid, so that the dealer owes it.
    pending
        What will be due when the year is over, if nothing changes.
    """

    agreement: Agreement
    year: ContractYear
    schedule: str
    currency: str
    basis: RebateBasis
    sales: int
    points: tuple[PointVolume, ...]
    entitled: Decimal
    cut: Decimal
    accrued: Decimal
    clawed_back: Decimal
    unrecovered: Decimal
    paid: Decimal
    due: Decimal
    pending: Decimal

    @property
    def dealer(self) -> Any:
        """The dealer's id."""
        return self.agreement.dealer

    @property
    def volume(self) -> Decimal:
        """What was sold and counts, returned goods taken off."""
        return added(point.volume for point in self.points)

    def __str__(self) -> str:
        return (
            f"{self.dealer}, {self.year}: {self.volume} sold, {self.accrued} {self.currency} earned"
            f", {self.paid} paid, {self.due} due"
        )


@attrs.frozen(kw_only=True)
class LeftOut:
    """Events that count for no rebate, for one reason.

    Attributes
    ----------
    kind, reason
        What they are, and why they do not count.
    events
        How many.
    quantity, amount
        The sum of what is known of them.
    currency
        The currency of the amounts; None where it is not told.
    """

    kind: RebateEventKind
    reason: Ineligible
    events: int
    quantity: Decimal
    amount: Decimal
    currency: str | None
