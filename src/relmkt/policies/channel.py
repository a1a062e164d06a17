"""The conditions that a phase asks of the channel: what is not met, as a checklist."""

from __future__ import annotations

from relmkt.domain import ChannelFacts, Phase
from relmkt.records import handles, schema
from relmkt.rules import Checklist, Rule
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold

__all__ = ["ChannelPolicy"]


@policy
class ChannelPolicy(Policy):
    """The thresholds of the checklist of conditions in each phase.

    Every rule that holds names a condition that is not met. The conditions of a phase are asked in
    that phase alone; those of decline are our extension, for the sources only name it. Which dealer
    matches the position of the brand closely enough `SelectionPolicy` says; here they are counted.

    Examples
    --------
    >>> from relmkt.domain import ChannelFacts
    >>> from relmkt.policies import ChannelPolicy
    >>> facts = ChannelFacts(
    ...     brand_market="Lumen in North",
    ...     phase="growth",
    ...     rebate_published=True,
    ...     like_terms=False,
    ...     target_set=True,
    ... )
    >>> found = ChannelPolicy().checklist().decide(facts)
    >>> found.outcomes, found.missing
    (('unlike_terms',), ('territory_designated',))
    >>> found.reasons["G2"]
    'dealers of one class get the same rule: phase growth, dealers of one class have different \
rules'
    """

    risk_most: float | Quantile = threshold(
        default=0.5,
        unit="share",
        meaning="share of the risk that the dealers may bear",
        source=OUR_DEFAULT,
    )
    diversion_most: float | Quantile = threshold(
        default=0.0,
        unit="dealer",
        meaning="dealers with several signals of diversion above which something must be done",
        source=OUR_DEFAULT,
    )
    price_cut_most: float | Quantile = threshold(
        default=0.1,
        unit="share of the dealers",
        meaning="share of the dealers below their costs above which there is a price war",
        source=OUR_DEFAULT,
    )
    rebate_into_price_most: float | Quantile = threshold(
        default=0.3,
        unit="share of the rebates",
        meaning="share of the rebates in lower prices above which they fund a price war",
        source=OUR_DEFAULT,
    )
    stock_most: float | Quantile = threshold(
        default=2.0,
        unit="month",
        meaning="months of stock at the dealers above which they must be protected on it",
        source=OUR_DEFAULT,
    )

    def checklist(self) -> Checklist[ChannelFacts, str]:
        """The checklist of conditions with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(ChannelFacts)
        enters = on.phase == Phase.INTRODUCTION
        grows = on.phase == Phase.GROWTH
        matures = on.phase == Phase.MATURITY
        declines = on.phase == Phase.DECLINE
        into_price = on.rebate_into_price > limits["rebate_into_price_most"]
        rules: list[Rule[str]] = [
            Rule(
                "I1",
                enters & ~on.criteria_set,
                "no_criteria",
                "criteria come from the position of the brand, before any dealer: {because}",
            ),
            Rule(
                "I2",
                enters & (on.poorly_matched > 0),
                "poor_match",
                "each dealer matches the position of the brand: {because}",
            ),
            Rule(
                "I3",
                enters & ~on.plan_disclosed,
                "plan_not_disclosed",
                "dealers that know the coming year have confidence: {because}",
            ),
            Rule(
                "I4",
                enters & (on.risk_share > limits["risk_most"]),
                "too_much_risk",
                "the risk is shared, not shifted: {because}",
            ),
            Rule(
                "G1",
                grows & ~on.rebate_published,
                "schedule_not_published",
                "a rebate is earned by a schedule that is known: {because}",
            ),
            Rule(
                "G2",
                grows & ~on.like_terms,
                "unlike_terms",
                "dealers of one class get the same rule: {because}",
            ),
            Rule(
                "G3",
                grows & ~on.territory_designated,
                "no_territory",
                "a rebate is for designated points, where it is read so: {because}",
            ),
            Rule(
                "G4",
                grows & ~on.target_set,
                "no_target",
                "a rebate is for a quantity that was agreed on: {because}",
            ),
            Rule(
                "M1",
                matures & (on.diversion_signals > limits["diversion_most"]),
                "diversion",
                "goods seem to cross into others' territories: {because}",
            ),
            Rule(
                "M2",
                matures & (on.price_cut_share > limits["price_cut_most"]),
                "price_war",
                "dealers sell below what pays for their costs: {because}",
            ),
            Rule(
                "M3",
                matures & on.quantity_rebate & into_price,
                "rebate_funds_price_war",
                "withdraw the rebate on quantity, with notice: {because}",
            ),
            Rule(
                "D1",
                declines & (on.stock_months > limits["stock_most"]),
                "stock_at_risk",
                "dealers sit on stock that loses its price: {because}",
            ),
            Rule(
                "D2",
                declines & ~on.obligations_listed,
                "obligations_unknown",
                "what is owed is listed before anything ends: {because}",
            ),
            Rule(
                "D3",
                declines & ~on.successor_named,
                "no_successor",
                "dealers must know what comes after it: {because}",
            ),
        ]
        return Checklist(name="channel", facts=schema(ChannelFacts), rules=rules, constants=limits)
