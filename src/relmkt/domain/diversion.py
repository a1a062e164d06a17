"""Goods that may have been diverted: facts about a dealer, and how strong the suspicion is."""

from __future__ import annotations

from enum import StrEnum

from relmkt.domain.distributor import DealerId
from relmkt.records import identity, number, record

__all__ = ["DiversionFacts", "Suspicion"]


class Suspicion(StrEnum):
    """What signals of diversion call for; none of them is a finding, and none a sanction."""

    HEAR = "hear"
    """Several signals agree: gather evidence, and hear the dealer."""
    WATCH = "watch"
    """One signal alone: look again."""
    CLEAR = "clear"
    """No signal."""
    UNKNOWN = "unknown"
    """Too little is known to tell."""


@record
class DiversionFacts:
    """What the sales of a dealer say about goods that went elsewhere; all but the id may be absent.

    Examples
    --------
    >>> from relmkt.domain import DiversionFacts
    >>> DiversionFacts(dealer="D-7", foreign_share=0.02).foreign_discount is None
    True
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    sold_in: float | None = number(
        "units bought in the latest twelve months", unit="unit", default=None
    )
    sold_out: float | None = number(
        "units sold in the latest twelve months", unit="unit", default=None
    )
    least_stock: float | None = number(
        "the lowest stock of the latest twelve months, as bought less sold since the first record, "
        "in months of sales",
        unit="month",
        default=None,
    )
    year_end_lift: float | None = number(
        "units bought in the last two months of the latest whole contract year, for each unit sold",
        unit="ratio",
        default=None,
    )
    overshoot: float | None = number(
        "how far the volume of that year that counts for the rebate lies above the bracket reached",
        unit="share",
        lower=0,
        default=None,
    )
    foreign_share: float | None = number(
        "share of the units sold that went outside the dealer's own places",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    foreign_discount: float | None = number(
        "how far the prices there lay below those of other dealers for the same product and month",
        unit="share",
        upper=1,
        default=None,
    )
    home_discount: float | None = number(
        "how far the prices there lay below the dealer's own at home",
        unit="share",
        upper=1,
        default=None,
    )
