"""The position of a brand that dealers are matched with, and what speaks against one."""

from __future__ import annotations

from enum import StrEnum

from relmkt.domain.distributor import DealerId
from relmkt.domain.market import BrandMarketId
from relmkt.records import Constraint, Handles, flag, identity, number, record, text

__all__ = ["BrandPosition", "CandidateFacts", "Objection"]


class Objection(StrEnum):
    """What speaks against taking a dealer on, however well it matches otherwise."""

    BARRED = "barred"
    """The law, or a court, forbids to supply it."""
    CONFLICT = "conflict"
    """It is bound to a rival, or its interests are against those of the brand."""
    TERRITORY_TAKEN = "territory_taken"
    """Its territory has been promised to another dealer alone."""
    UNDERFUNDED = "underfunded"
    """Its own money is not enough to carry the brand."""
    POOR_MATCH = "poor_match"
    """It is too far from the position of the brand, whatever is still unknown of it."""
    PLAN_REFUSED = "plan_refused"
    """It does not want the plan that both would carry together."""


@record
class BrandPosition:
    """Where a brand stands in a market: what a dealer of it should be close to.

    An absent fact is one on which the position says nothing; dealers are not matched by it.

    Examples
    --------
    >>> from relmkt.domain import BrandPosition
    >>> position = BrandPosition(
    ...     brand_market="Lumen in North", segment="young families", price_level=1.2
    ... )
    >>> position.capital_adequate is None
    True
    """

    brand_market: BrandMarketId = identity("the id of the brand in the market, kept as given")
    segment: str | None = text("the customers whom the brand is for", default=None)
    price_level: float | None = number(
        "the prices of the brand, for each unit of the average price of the market",
        unit="ratio",
        lower=0,
        default=None,
    )
    value_orientation: float | None = number(
        "how much the brand puts service and quality before a low price: 0 not at all, 1 always",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    capability: float | None = number(
        "what the brand asks of a dealer, of all that it might ask: to sell, store, deliver, serve",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    capital_adequate: float | None = number(
        "own money of a dealer that is enough to carry the brand",
        unit="currency",
        lower=0,
        default=None,
    )
    currency: str | None = text("the currency of the money", default=None)


@record
class CandidateFacts:
    """What the conditions for taking a dealer on ask; every fact but the id may be absent.

    Examples
    --------
    >>> from relmkt.domain import CandidateFacts
    >>> CandidateFacts(dealer="D-7", match_lowest=0.5, match_highest=0.7).conflict is None
    True
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    match_lowest: float | None = number(
        "the match with the position of the brand if what is unknown does not fit at all",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    match_highest: float | None = number(
        "the match with the position of the brand if what is unknown fits wholly",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    capital_ratio: float | None = number(
        "own money, for each unit of what is adequate", unit="ratio", lower=0, default=None
    )
    barred: bool | None = flag("whether the law forbids to supply the dealer", default=None)
    conflict: bool | None = flag(
        "whether the dealer is bound to a rival, or has interests against the brand",
        spoken="conflict of interests",
        denied="no conflict of interests",
        default=None,
    )
    territory_free: bool | None = flag(
        "whether no other dealer has its territory alone", denied="territory taken", default=None
    )
    accepts_plan: bool | None = flag(
        "whether the dealer wants the plan of the coming years, and bears its part of it",
        spoken="plan accepted",
        denied="plan refused",
        default=None,
    )

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        return (
            Constraint(
                "match_highest",
                on.match_highest >= on.match_lowest,
                remedy="the highest match is not below the lowest",
            ),
        )
