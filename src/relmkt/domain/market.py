"""A brand in a market: the phase that it is in, and the facts that tell."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

from relmkt.records import Constraint, Handles, day, flag, identity, member, number, record, text

__all__ = [
    "BrandMarket",
    "BrandMarketId",
    "ChannelFacts",
    "HistoryGap",
    "MarketFacts",
    "Phase",
    "TrendMethod",
]

BrandMarketId: TypeAlias = Any
"""An opaque id: kept as given, compared for equality, never parsed."""


class Phase(StrEnum):
    """The phases of a brand in a market: those of the product life cycle, as its channel sees them.

    The phase belongs to the brand in the market, and to no dealer.
    """

    INTRODUCTION = "introduction"
    """New there, and sells little yet."""
    GROWTH = "growth"
    """Sales rise, and the dealers earn well."""
    MATURITY = "maturity"
    """Sales stand, prices have become transparent, and the dealers earn less."""
    DECLINE = "decline"
    """Sales fall, and the dealers earn too little."""
    UNDETERMINED = "undetermined"
    """Too little is known, or what is known does not agree."""


class HistoryGap(StrEnum):
    """Why something could not be estimated from a history of sales."""

    NO_RECORD = "no_record"
    """There is no record that tells of it at all."""
    TOO_SHORT = "too_short"
    """The history has fewer months than the estimate needs."""
    TOO_GAPPY = "too_gappy"
    """Too many months of the history have no record."""
    NOT_POSITIVE = "not_positive"
    """In too many months more goods were returned than sold."""


class TrendMethod(StrEnum):
    """How the seasons were kept out of a trend."""

    SAME_MONTHS = "same_months"
    """Each month was compared with the same months of other years."""
    NOT_ADJUSTED = "not_adjusted"
    """Not at all: the history is too short to tell a season from a trend."""


@record
class BrandMarket:
    """One brand in one market: the thing that has a phase.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import BrandMarket
    >>> BrandMarket(
    ...     brand_market="Lumen in North", brand="Lumen", market="North", launched=date(2025, 3, 1)
    ... ).brand
    'Lumen'
    """

    brand_market: BrandMarketId = identity("the id of the brand in the market, kept as given")
    brand: str = text("the brand")
    market: str = text("the market")
    launched: date | None = day(
        "the day on which the brand was first sold in the market", default=None
    )
    currency: str | None = text("the currency of amounts there", default=None)


@record
class MarketFacts:
    """What the table of phases asks of a brand in a market; every fact but the id may be absent.

    A trend or a change is what is added in one year, as a share of what there was, or in points
    of a share. Absent means that nobody could tell, and `gap` says why.

    Examples
    --------
    >>> from relmkt.domain import MarketFacts
    >>> facts = MarketFacts(
    ...     brand_market="Lumen in North", sales_trend=0.2, trend_low=0.12, trend_high=0.29
    ... )
    >>> facts.dealer_margin is None
    True
    """

    brand_market: BrandMarketId = identity("the id of the brand in the market, kept as given")
    brand: str | None = text("the brand", default=None)
    market: str | None = text("the market", default=None)
    market_age: float | None = number(
        "months since the brand was first sold in the market",
        unit="month",
        lower=0,
        default=None,
    )
    months: int | None = number(
        "months from the first that has a record of a sale to the last that was asked for",
        unit="month",
        lower=0,
        whole=True,
        default=None,
    )
    months_missing: int | None = number(
        "months among these that have no record of a sale",
        unit="month",
        lower=0,
        whole=True,
        default=None,
    )
    gap: HistoryGap | None = member(
        HistoryGap, "why the trend could not be estimated; absent where it was", default=None
    )
    method: TrendMethod | None = member(
        TrendMethod, "how the seasons were kept out of the trend", default=None
    )
    recent_sales: float | None = number(
        "mean sales of a month, over the latest twelve of the history or as many as it has",
        unit="amount a month",
        default=None,
    )
    sales_trend: float | None = number(
        "growth of sales in a year", unit="share a year", lower=-1, default=None
    )
    trend_low: float | None = number(
        "lower end of the interval of the growth of sales",
        unit="share a year",
        lower=-1,
        default=None,
    )
    trend_high: float | None = number(
        "upper end of the interval of the growth of sales",
        unit="share a year",
        lower=-1,
        default=None,
    )
    dealer_margin: float | None = number(
        "what the dealers keep of each unit of their sales, over the latest twelve months",
        unit="share",
        default=None,
    )
    margin_change: float | None = number(
        "change of that margin in a year", unit="points a year", default=None
    )
    margin_gap: HistoryGap | None = member(
        HistoryGap, "why margin and change could not be estimated", default=None
    )
    price_spread: float | None = number(
        "how far the dealers' prices of the same product lie apart, over the latest twelve months: "
        "their standard deviation as a share of their mean",
        unit="ratio",
        lower=0,
        default=None,
    )
    spread_change: float | None = number(
        "change of that spread in a year", unit="points a year", default=None
    )
    spread_gap: HistoryGap | None = member(
        HistoryGap, "why spread and change could not be estimated", default=None
    )

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        around = "the interval of a trend encloses it"
        return (
            Constraint("trend_low", on.trend_low <= on.sales_trend, remedy=around),
            Constraint("trend_high", on.trend_high >= on.sales_trend, remedy=around),
            Constraint("trend_high", on.trend_high >= on.trend_low, remedy=around),
            Constraint(
                "months_missing",
                on.months_missing <= on.months,
                remedy="only months of the history can be missing from it",
            ),
        )


@record
class ChannelFacts:
    """What the checklist of a phase asks of one brand in one market; see `policies.channel`.

    Examples
    --------
    >>> from relmkt.domain import ChannelFacts
    >>> ChannelFacts(brand_market="Lumen in North", phase="growth", target_set=False).phase
    <Phase.GROWTH: 'growth'>
    """

    brand_market: BrandMarketId = identity("the id of the brand in the market, kept as given")
    phase: Phase | None = member(Phase, "the phase of the brand in the market", default=None)
    criteria_set: bool | None = flag(
        "whether criteria for dealers have been set from the position of the brand",
        denied="no criteria set",
        default=None,
    )
    poorly_matched: int | None = number(
        "dealers that are too far from the position of the brand; see `policies.SelectionPolicy`",
        unit="dealer",
        lower=0,
        whole=True,
        default=None,
    )
    plan_disclosed: bool | None = flag(
        "whether the plan for the coming year has been disclosed to the dealers",
        denied="plan not disclosed",
        default=None,
    )
    risk_share: float | None = number(
        "share of the risk of the introduction that the dealers bear",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    rebate_published: bool | None = flag(
        "whether the schedule of rebates has been published to all the dealers it is for",
        spoken="rebate schedule published",
        denied="rebate schedule not published",
        default=None,
    )
    like_terms: bool | None = flag(
        "whether dealers of one class have the same rules",
        spoken="same class, same rule",
        denied="dealers of one class have different rules",
        default=None,
    )
    territory_designated: bool | None = flag(
        "whether each dealer has designated outlets or a designated territory",
        denied="no territory designated",
        default=None,
    )
    target_set: bool | None = flag(
        "whether each dealer has a target", denied="no target set", default=None
    )
    diversion_signals: int | None = number(
        "dealers of whom several signals of diversion agree; see `policies.DiversionPolicy`",
        unit="dealer",
        lower=0,
        whole=True,
        default=None,
    )
    price_cut_share: float | None = number(
        "share of the dealers that sell below the price that pays for their costs",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    rebate_into_price: float | None = number(
        "share of the rebates that the dealers spend on lower prices",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    quantity_rebate: bool | None = flag(
        "whether a rebate on quantity is being paid", denied="no quantity rebate", default=None
    )
    stock_months: float | None = number(
        "months of sales that lie in stock at the dealers",
        unit="month",
        lower=0,
        default=None,
    )
    obligations_listed: bool | None = flag(
        "whether what is owed to the dealers and to their customers has been listed",
        denied="obligations not listed",
        default=None,
    )
    successor_named: bool | None = flag(
        "whether the dealers know what comes after the product",
        denied="no successor named",
        default=None,
    )
