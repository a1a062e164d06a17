"""The two profitability matrices: what a customer brings today against what it costs, and ahead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from relmkt.domain import Abstention, CustomerFacts, FutureCell, PresentCell, Strategy
from relmkt.records import handles, schema
from relmkt.rules import Rule, Table
from relmkt.thresholds import Policy, Quantile, policy, threshold

__all__ = ["LINKED_STRATEGIES", "MatrixPolicy", "future_matrix", "present_matrix"]


@policy
class MatrixPolicy(Policy):
    """The cut points of both matrices; a value at its cut point is high.

    Profit is cut at a target: by default that cost is covered. The cost ratio and the value ahead
    are cut, by default, at the median of the portfolio; never at the mean, which a few large
    customers would drag with them. `calibrate` makes the medians plain numbers.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.segments import MatrixPolicy
    >>> portfolio = Portfolio(
    ...     customer=[1, 2, 3], cost_to_serve_ratio=[0.1, 0.2, 0.9], residual_value=[5, 40, 60]
    ... )
    >>> calibrated = MatrixPolicy().calibrate(portfolio)
    >>> calibrated.cost_ratio_high, calibrated.residual_value_high
    (0.2, 40.0)
    """

    target_contribution: float | Quantile = threshold(
        default=0.0,
        unit="currency per current period",
        meaning="margin before cost to serve from which current profit is high in matrix A",
    )
    cost_ratio_high: float | Quantile = threshold(
        default=Quantile("cost_to_serve_ratio", 0.5),
        unit="ratio of cost to revenue",
        meaning="cost to serve from which it is high in matrix A",
    )
    target_profit: float | Quantile = threshold(
        default=0.0,
        unit="currency per current period",
        meaning="margin net of cost to serve from which current profit is high in matrix B",
    )
    residual_value_high: float | Quantile = threshold(
        default=Quantile("residual_value", 0.5),
        unit="currency",
        meaning="value ahead from which future profit is high in matrix B",
    )


LINKED_STRATEGIES: Mapping[PresentCell | FutureCell, tuple[Strategy | Abstention, ...]] = (
    MappingProxyType(
        {
            PresentCell.MOST_PROFITABLE: (Abstention.MAINTAIN, Strategy.PROTECT),
            PresentCell.PROFITABLE_CHEAP: (Strategy.ENHANCE,),
            PresentCell.PROFITABLE_COSTLY: (Strategy.PROTECT, Strategy.REENGINEER),
            PresentCell.LEAST_PROFITABLE: (Strategy.REENGINEER, Strategy.END),
            FutureCell.BEST: (Strategy.PROTECT, Strategy.ENHANCE),
            FutureCell.INVEST: (Strategy.ENHANCE,),
            FutureCell.RETAIN: (Strategy.HARVEST,),
            FutureCell.WORST: (Strategy.REENGINEER, Strategy.END),
        }
    )
)
"""What each cell leads one to think of, first things first; a hint, and no decision. Which strategy
fits a customer is decided by the table of seven strategies, which asks for more facts."""


def present_matrix(policy: MatrixPolicy) -> Table[CustomerFacts, PresentCell]:
    """Matrix A, the present: current contribution against cost to serve.

    Contribution is taken *before* cost to serve, else the same cost would count on both sides.

    Parameters
    ----------
    policy
        The cut points, calibrated.

    Returns
    -------
    Table
        Decides on a record and on a portfolio; undecided where a fact that matters is absent.

    Raises
    ------
    InvalidValueError
        When a cut point still depends on a portfolio: call ``calibrate`` first.

    References
    ----------
    After P. Kotler, D. C. Jain and S. Maesincee (2002), *Marketing Moves*, Harvard Business School
    Press (as a digest of it tells; the book's page was not seen); a sister of B. P. Shapiro, V. K.
    Rangan, R. T. Moriarty and E. B. Ross (1987), "Manage Customers for Profits (Not Just Sales)",
    *Harvard Business Review* 65(5).

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.segments import MatrixPolicy, present_matrix
    >>> table = present_matrix(MatrixPolicy(cost_ratio_high=0.3))
    >>> decision = table.decide(
    ...     CustomerFacts(customer="C-17", current_contribution=80, cost_to_serve_ratio=0.5)
    ... )
    >>> decision.outcome.value
    'profitable_costly'
    >>> table.decide(CustomerFacts(customer="C-18", current_contribution=80)).missing
    ('cost_to_serve_ratio',)
    """
    limits = _numbers(policy, "target_contribution", "cost_ratio_high")
    on = handles(CustomerFacts)
    high = on.current_contribution >= limits["target_contribution"]
    costly = on.cost_to_serve_ratio >= limits["cost_ratio_high"]
    return Table(
        name="present matrix",
        facts=schema(CustomerFacts),
        rules=[
            Rule("A1", high & ~costly, PresentCell.MOST_PROFITABLE, "keep and protect: {because}"),
            Rule(
                "A2",
                ~high & ~costly,
                PresentCell.PROFITABLE_CHEAP,
                "enhance, keep cheap: {because}",
            ),
            Rule(
                "A3",
                high & costly,
                PresentCell.PROFITABLE_COSTLY,
                "protect, and lower the cost: {because}",
            ),
            Rule(
                "A4",
                ~high & costly,
                PresentCell.LEAST_PROFITABLE,
                "re-engineer first, end last: {because}",
            ),
        ],
        constants=limits,
    )


def future_matrix(policy: MatrixPolicy) -> Table[CustomerFacts, FutureCell]:
    """Matrix B, the future: current profit, net of cost to serve, against the value ahead.

    Parameters
    ----------
    policy
        The cut points, calibrated.

    Returns
    -------
    Table
        Decides on a record and on a portfolio; undecided where a fact that matters is absent.

    Raises
    ------
    InvalidValueError
        When a cut point still depends on a portfolio: call ``calibrate`` first.

    References
    ----------
    As for `present_matrix`.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.segments import LINKED_STRATEGIES, MatrixPolicy, future_matrix
    >>> table = future_matrix(MatrixPolicy(residual_value_high=200))
    >>> decision = table.decide(
    ...     CustomerFacts(customer="C-17", current_profit=-5, residual_value=320)
    ... )
    >>> decision.reason
    'enhance: current profit -5 < 0, residual value 320 ≥ 200'
    >>> [strategy.value for strategy in LINKED_STRATEGIES[decision.outcome]]
    ['enhance']
    """
    limits = _numbers(policy, "target_profit", "residual_value_high")
    on = handles(CustomerFacts)
    high = on.current_profit >= limits["target_profit"]
    promising = on.residual_value >= limits["residual_value_high"]
    return Table(
        name="future matrix",
        facts=schema(CustomerFacts),
        rules=[
            Rule("B1", high & promising, FutureCell.BEST, "protect and enhance: {because}"),
            Rule("B2", ~high & promising, FutureCell.INVEST, "enhance: {because}"),
            Rule("B3", high & ~promising, FutureCell.RETAIN, "harvest: {because}"),
            Rule(
                "B4", ~high & ~promising, FutureCell.WORST, "re-engineer first, end last: {because}"
            ),
        ],
        constants=limits,
    )


def _numbers(policy: MatrixPolicy, *names: str) -> dict[str, float]:
    """The cut points of one matrix as plain numbers, whether or not those of the other are."""
    others = {name: 0.0 for name in policy.values() if name not in names}
    plain = attrs.evolve(policy, **others).numbers()
    return {name: plain[name] for name in names}
