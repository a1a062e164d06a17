"""What each move releases, asks for and is expected to gain, by the firm's assumptions."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.assumptions import Assumptions
from relmkt.columns import Portfolio
from relmkt.domain import Abstention, CustomerFacts, Strategy
from relmkt.rules import Decisions

__all__ = ["CashFlows", "cash_flows"]

Numbers = NDArray[np.float64]


@attrs.frozen(eq=False)
class CashFlows:
    """Money by customer, each array of shape (n,); 0 where a move has none, NaN where unknown.

    Attributes
    ----------
    released
        Cash that the move sets free in a current period.
    asked
        Cash that the move asks for.
    gain
        Net gain expected of what is asked for.
    """

    released: Numbers
    asked: Numbers
    gain: Numbers


def cash_flows(
    decisions: Decisions[CustomerFacts, Strategy | Abstention],
    portfolio: Portfolio,
    assumptions: Assumptions,
) -> CashFlows:
    """The cash side of every decision.

    - HARVEST releases the profit of a period; RE-ENGINEER the reducible share of the cost to serve;
      END the loss that it avoids.
    - START asks the cost of acquisition and gains the acquisition gain; WIN BACK asks the cost of
      regaining and gains the win-back gain; PROTECT asks the cost of protecting and gains the
      assumed effect on the value at stake (retained value less residual value); ENHANCE asks the
      cost of enhancing and gains the headroom. Gains are net of what is asked.

    Parameters
    ----------
    decisions
        The strategies.
    portfolio
        The facts that they were decided on, row by row.
    assumptions
        The costs and the effects.

    Returns
    -------
    CashFlows
        Released, asked and gained.
    """
    cost_to_serve = portfolio.current_contribution - portfolio.current_profit
    at_stake = np.maximum(portfolio.retained_value - portfolio.residual_value, 0.0)
    released = {
        Strategy.HARVEST: np.maximum(portfolio.current_profit, 0.0),
        Strategy.REENGINEER: assumptions.reducible_share * cost_to_serve,
        Strategy.END: np.maximum(-portfolio.avoidable_profit, 0.0),
    }
    asked = {
        Strategy.START: assumptions.cost_of_acquisition,
        Strategy.WIN_BACK: assumptions.cost_of_regaining,
        Strategy.PROTECT: assumptions.cost_of_protecting,
        Strategy.ENHANCE: assumptions.cost_of_enhancing,
    }
    headroom = portfolio.headroom
    gain = {
        Strategy.START: portfolio.acquisition_gain,
        Strategy.WIN_BACK: portfolio.winback_gain,
        Strategy.PROTECT: assumptions.effect_of_protecting * at_stake
        - assumptions.cost_of_protecting,
        # Who is to be enhanced for the value ahead, without headroom, has no gain that we know of.
        Strategy.ENHANCE: np.where(headroom > 0, headroom, np.nan) - assumptions.cost_of_enhancing,
    }
    return CashFlows(
        released=_by_strategy(decisions, released),
        asked=_by_strategy(decisions, asked),
        gain=_by_strategy(decisions, gain),
    )


def _by_strategy(
    decisions: Decisions[CustomerFacts, Strategy | Abstention],
    amounts: Mapping[Strategy, Numbers | float],
) -> Numbers:
    found = np.zeros(len(decisions))
    for strategy, amount in amounts.items():
        rows = decisions.where(strategy)
        found[rows] = np.broadcast_to(amount, rows.shape)[rows]
    found.flags.writeable = False
    return found
