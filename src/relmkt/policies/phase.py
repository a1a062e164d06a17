"""The phase of a brand in a market: the trend of sales decides, margin and price spread confirm."""

from __future__ import annotations

from typing import ClassVar

from relmkt.domain import MarketFacts, Phase
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, ANYTHING, Monotonicity, Rule, Table, never
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold

__all__ = ["PhasePolicy"]

_PHASES = "product life cycle (the phases); our default (the number)"


@policy
class PhasePolicy(Policy):
    """The thresholds of the table of phases.

    Sales rise or fall where the trend is large enough and its interval leaves out "no growth";
    they stand where the whole interval is near to that. Then the dealers' margin, and at maturity
    the spread of their prices too, must confirm. What is not confirmed, or too uncertain, is
    *undetermined*. So is what wants a fact, and there the decision names the fact; else
    `Table.explain` says of each phase what speaks against it.

    A phase is left more slowly than it is entered if the policy is wrapped: see `banded` and
    `SteadyPolicy`.

    Examples
    --------
    >>> from relmkt.domain import MarketFacts
    >>> from relmkt.policies import PhasePolicy
    >>> facts = MarketFacts(
    ...     brand_market="Lumen in North",
    ...     months=36,
    ...     sales_trend=0.24,
    ...     trend_low=0.18,
    ...     trend_high=0.3,
    ...     dealer_margin=0.22,
    ... )
    >>> decision = PhasePolicy(sales_small=5_000).table().decide(facts)
    >>> decision.outcome.value, decision.rule
    ('growth', 'P2')
    >>> decision.reason
    'sales rise, and the dealers earn well: sales trend 0.24 ≥ 0.1, trend low 0.18 > 0, \
dealer margin 0.22 ≥ 0.15'
    """

    market_young: float | Quantile = threshold(
        default=12.0,
        unit="month",
        meaning="age below which a brand is new in a market",
        source=_PHASES,
    )
    sales_small: float | Quantile = threshold(
        default=Quantile("recent_sales", 0.5),
        unit="amount a month",
        meaning="sales of a month up to which a brand that is new sells little",
        source=OUR_DEFAULT,
    )
    growth_least: float | Quantile = threshold(
        default=0.10,
        unit="share a year",
        meaning="growth of sales from which they rise",
        source=_PHASES,
    )
    decline_least: float | Quantile = threshold(
        default=0.05,
        unit="share a year",
        meaning="loss of sales from which they fall",
        source=OUR_DEFAULT,
    )
    flat_within: float | Quantile = threshold(
        default=0.15,
        unit="share a year",
        meaning="how far from no growth the interval of the trend may reach for sales to stand",
        source=_PHASES,
    )
    margin_high: float | Quantile = threshold(
        default=0.15,
        unit="share of sales",
        meaning="margin from which the dealers earn well",
        source=_PHASES,
    )
    margin_floor: float | Quantile = threshold(
        default=0.05,
        unit="share of sales",
        meaning="margin below which the dealers earn too little",
        source=OUR_DEFAULT,
        at_most="margin_high",
    )
    margin_falls: float | Quantile = threshold(
        default=0.005,
        unit="points a year",
        meaning="loss of margin above which it falls",
        source=_PHASES,
    )
    spread_narrows: float | Quantile = threshold(
        default=0.005,
        unit="points a year",
        meaning="loss of price spread above which prices become transparent",
        source=_PHASES,
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = (
        never(ANYTHING, Phase.INTRODUCTION, as_="market_age"),
        never(ANYTHING, Phase.INTRODUCTION, as_="recent_sales"),
        never(Phase.GROWTH, as_="sales_trend"),
        never(Phase.GROWTH, as_="trend_low"),
        never(Phase.GROWTH, as_="dealer_margin"),
        never(ANYTHING, Phase.DECLINE, as_="sales_trend"),
        never(ANYTHING, Phase.DECLINE, as_="trend_high"),
        never(ANYTHING, Phase.DECLINE, as_="dealer_margin"),
        never(ANYTHING, Phase.MATURITY, as_="margin_change"),
        never(ANYTHING, Phase.MATURITY, as_="spread_change"),
    )
    """What more of a fact never does, wherever the thresholds are.

    :meta hide-value:
    """

    def table(self) -> Table[MarketFacts, Phase]:
        """The table of phases with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(MarketFacts)

        # A history can be no longer than the brand is there: so a long one tells the age.
        young = (on.market_age < limits["market_young"]) & (on.months < limits["market_young"])
        small = on.recent_sales <= limits["sales_small"]

        rise = (on.sales_trend >= limits["growth_least"]) & (on.trend_low > 0)
        fall = (on.sales_trend <= -limits["decline_least"]) & (on.trend_high < 0)
        near = (on.trend_low > -limits["flat_within"]) & (on.trend_high < limits["flat_within"])
        stand = ~rise & ~fall & near

        earn_well = on.dealer_margin >= limits["margin_high"]
        earn_little = on.dealer_margin < limits["margin_floor"]
        margin_falls = on.margin_change < -limits["margin_falls"]
        prices_close = on.spread_change < -limits["spread_narrows"]

        rules: list[Rule[Phase]] = [
            Rule("P1", young & small, Phase.INTRODUCTION, "new, and sells little yet: {because}"),
            Rule(
                "P2",
                rise & earn_well,
                Phase.GROWTH,
                "sales rise, and the dealers earn well: {because}",
            ),
            Rule(
                "P3",
                stand & margin_falls & prices_close,
                Phase.MATURITY,
                "sales stand, margins fall and prices have become transparent: sales trend "
                "{sales_trend}, margin change {margin_change}, spread change {spread_change}",
            ),
            Rule(
                "P4",
                fall & earn_little,
                Phase.DECLINE,
                "sales fall, and the dealers earn too little: {because}",
            ),
            Rule(
                "P5",
                ALWAYS,
                Phase.UNDETERMINED,
                "sales, margin and prices tell of no one phase, or too uncertainly: sales trend "
                "{sales_trend} (from {trend_low} to {trend_high}), dealer margin {dealer_margin}, "
                "margin change {margin_change}, spread change {spread_change}",
                otherwise=True,
            ),
        ]
        return Table(
            name="phase",
            facts=schema(MarketFacts),
            rules=rules,
            undecided=Phase.UNDETERMINED,
            constants=limits,
        )
