"""The seven customer-management strategies: which one fits a customer, and why."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from relmkt.domain import Abstention, CustomerFacts, Status, Strategy
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, ANYTHING, Monotonicity, Rule, Table, never
from relmkt.thresholds import Policy, Quantile, policy, threshold

__all__ = ["StrategyOutcome", "StrategyPolicy"]

StrategyOutcome: TypeAlias = Strategy | Abstention
"""One of the seven strategies, or an abstention from them."""

_BUTTLE = "Buttle, Customer Relationship Management, ch. 5 (the gate); our default (the number)"


@policy
class StrategyPolicy(Policy):
    """Thresholds of the strategy table; "high" means at or above them.

    The defaults that depend on the portfolio are made numbers by `calibrate`, and only then does
    the policy decide. The rules and their order are those of the table of seven strategies:
    the law first, then prospects, the lost, and of the active ones those at risk, those too dear
    to serve, those beyond repair, those to grow, those to harvest, and the rest.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.policies import StrategyPolicy
    >>> policy = StrategyPolicy(
    ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
    ... )
    >>> decision = policy.table().decide(
    ...     CustomerFacts(
    ...         customer="C-17",
    ...         status="active",
    ...         barred=False,
    ...         retained_value=812.4,
    ...         attrition_risk=0.71,
    ...     )
    ... )
    >>> decision.outcome.value, decision.rule
    ('protect', 'R5')
    >>> decision.reason
    'matters and may leave: status active, retained value 812.40 ≥ 200, attrition risk 0.71 ≥ 0.5'
    """

    target_profit: float | Quantile = threshold(
        default=0.0,
        unit="currency per current period",
        meaning="profit that the firm wants of a customer: by default, that it covers its cost",
    )
    retained_value_high: float | Quantile = threshold(
        default=Quantile("retained_value", 0.8),
        unit="currency",
        meaning="lifetime value, if retained, from which a customer is important",
        source=_BUTTLE,
    )
    residual_value_high: float | Quantile = threshold(
        default=Quantile("residual_value", 0.8),
        unit="currency",
        meaning="value ahead from which a customer is worth investing in",
    )
    attrition_risk_high: float | Quantile = threshold(
        default=0.5, unit="probability", meaning="attrition risk from which a customer is at risk"
    )
    competitor_pull_high: float | Quantile = threshold(
        default=0.5, unit="share", meaning="competitor pull from which a customer is at risk"
    )
    cost_ratio_high: float | Quantile = threshold(
        default=Quantile("cost_to_serve_ratio", 0.5, above=0.0, otherwise=1.0),
        unit="ratio of cost to revenue",
        meaning="cost to serve from which a customer is dear to serve: by default the median of "
        "those who cost anything",
    )
    headroom_hurdle: float | Quantile = threshold(
        default=0.0,
        unit="currency",
        meaning="headroom above which selling more is worth the effort",
    )
    acquisition_hurdle: float | Quantile = threshold(
        default=0.0, unit="currency", meaning="acquisition gain above which a prospect is pursued"
    )
    winback_hurdle: float | Quantile = threshold(
        default=0.0,
        unit="currency",
        meaning="win-back gain above which a lost customer is regained",
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = (
        never(Abstention.HOLD, as_="barred"),
        never(Strategy.START, as_="acquisition_gain"),
        never(Strategy.WIN_BACK, as_="winback_gain"),
        never(Strategy.PROTECT, as_="attrition_risk"),
        never(Strategy.PROTECT, as_="competitor_pull"),
        never(Strategy.PROTECT, as_="wallet_share_falling"),
        never(Strategy.PROTECT, as_="retained_value"),
        never(Strategy.REENGINEER, as_="cost_to_serve_ratio"),
        never(ANYTHING, Strategy.REENGINEER, as_="current_profit"),
        never(ANYTHING, Strategy.END, as_="avoidable_profit"),
        never(ANYTHING, Strategy.END, as_="residual_value"),
        never(ANYTHING, Strategy.END, as_="headroom"),
        never(Strategy.ENHANCE, as_="headroom"),
        never(Strategy.HARVEST, as_="current_profit"),
        never(Abstention.UNDECIDED, (Strategy.HARVEST, Abstention.MAINTAIN), as_="attrition_risk"),
    )
    """What more of a fact never does, wherever the thresholds are.

    :meta hide-value:
    """

    urgent: ClassVar[tuple[str, ...]] = ("R0", "R5")
    """The rules that wait for nothing where decisions are steady: the law, and protecting.

    :meta hide-value:
    """

    def table(self) -> Table[CustomerFacts, StrategyOutcome]:
        """The table of seven strategies with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(CustomerFacts)

        significant = on.any_of("significance")
        prospect = on.status == Status.PROSPECT
        lost = on.status == Status.LOST
        active = on.status == Status.ACTIVE
        important = significant | (on.retained_value >= limits["retained_value_high"])
        at_risk = (
            (on.attrition_risk >= limits["attrition_risk_high"])
            | (on.competitor_pull >= limits["competitor_pull_high"])
            | on.wallet_share_falling
        )
        below_target = on.current_profit < limits["target_profit"]
        dear_to_serve = on.cost_to_serve_ratio >= limits["cost_ratio_high"]
        promising = on.residual_value >= limits["residual_value_high"]

        rules: list[Rule[StrategyOutcome]] = [
            Rule(
                "R0",
                on.barred,
                Abstention.HOLD,
                "the law comes before marketing: {because}",
            ),
            Rule(
                "R1",
                prospect & ((on.acquisition_gain > limits["acquisition_hurdle"]) | significant),
                Strategy.START,
                "worth more than the cost of acquisition, or significant: {because}",
            ),
            Rule(
                "R2",
                prospect,
                Abstention.DO_NOT_PURSUE,
                "acquisition would cost more than it brings: acquisition gain {acquisition_gain}",
                otherwise=True,
            ),
            Rule(
                "R3",
                lost
                & ~on.ended_by_us
                & ~on.need_gone
                & ((on.winback_gain > limits["winback_hurdle"]) | significant),
                Strategy.WIN_BACK,
                "gone, and worth regaining; ask why: {because}",
            ),
            Rule(
                "R4",
                lost,
                Abstention.LET_GO,
                "gone, and not to be regained; record why: win-back gain {winback_gain}, "
                "ended by the firm: {ended_by_us}, need gone: {need_gone}",
                otherwise=True,
            ),
            Rule(
                "R5",
                active & important & at_risk,
                Strategy.PROTECT,
                "matters and may leave: {because}",
            ),
            Rule(
                "R6",
                below_target & dear_to_serve & on.cost_reducible,
                Strategy.REENGINEER,
                "below target because of a cost to serve that can be reduced: {because}",
            ),
            Rule(
                "R7",
                (on.avoidable_profit < 0)
                & (on.residual_value <= 0)
                & (on.headroom <= 0)
                & ~significant,
                Strategy.END,
                "no sign of future profit (a person must approve): {because}",
            ),
            Rule(
                "R8",
                (on.headroom > limits["headroom_hurdle"])
                | (below_target & promising & ~dear_to_serve),
                Strategy.ENHANCE,
                "room to grow: {because}",
            ),
            Rule(
                "R9",
                ~significant & ~promising & (on.current_profit >= 0),
                Strategy.HARVEST,
                "pays its way and will not grow; fund new customers with it: "
                "current profit {current_profit}, value ahead {residual_value}",
            ),
            Rule(
                "R10",
                ~below_target,
                Abstention.MAINTAIN,
                "fine as it is: {because}",
            ),
            Rule(
                "R11",
                ALWAYS,
                Abstention.REVIEW,
                "no rule fits; a person should decide: current profit {current_profit}, "
                "value ahead {residual_value}",
                otherwise=True,
            ),
        ]
        return Table(
            name="strategy",
            facts=schema(CustomerFacts),
            rules=rules,
            undecided=Abstention.UNDECIDED,
            constants=limits,
        )
