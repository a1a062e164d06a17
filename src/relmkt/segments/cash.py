"""Sources and uses of cash: what some strategies release pays for what others ask."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, cast

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._counts import counted
from relmkt.domain import Strategy
from relmkt.errors import InvalidValueError
from relmkt.rules import Decisions
from relmkt.segments._common import amounts, read_only

__all__ = ["SOURCES", "USES", "CashLine", "CashStatement", "cash_statement"]

Side: TypeAlias = Literal["source", "use"]

SOURCES = (Strategy.HARVEST, Strategy.REENGINEER, Strategy.END)
"""The strategies that release cash."""

USES = (Strategy.START, Strategy.ENHANCE, Strategy.PROTECT, Strategy.WIN_BACK)
"""The strategies that ask for cash."""

_OTHER = -1
_NAMED = 10

ROUNDING = 1e-9
"""What sums of cents may be off by, as a share of the budget, and still fit it."""


@attrs.frozen(kw_only=True)
class CashLine:
    """One strategy in the statement.

    Attributes
    ----------
    strategy
        The strategy.
    side
        Whether it is a source or a use.
    customers
        Customers under it whose amount is known.
    amount
        What they release or ask.
    unknown
        Customers under it whose amount is absent; they are in none of the sums.
    funded_customers, funded_amount
        Of a use: whom the budget reaches, and what they get. Of a source, 0.
    gain
        Of a use: what is expected of those who are funded, as far as it is known.
    """

    strategy: Strategy
    side: Side
    customers: int
    amount: float
    unknown: int
    funded_customers: int = 0
    funded_amount: float = 0.0
    gain: float = 0.0


@attrs.frozen(kw_only=True, eq=False)
class CashStatement:
    """What is released, what is asked, and who is funded under one budget.

    Attributes
    ----------
    lines
        The sources, then the uses, each strategy once.
    external
        Money from elsewhere that adds to the budget; negative where money must be handed over.
    released, asked
        The totals of both sides, over the amounts that are known.
    budget
        What can be spent: released plus external, and at least 0.
    spent
        What the funded ones get.
    gain
        What is expected of them, net, as far as it is known.
    gain_bound
        No choice of customers could gain more under this budget (Dantzig's bound).
    funded
        Who is funded, shape (n,), read-only.
    unfunded
        The positions of those who ask and get nothing, best first, read-only.
    unfunded_ids
        Their ids in the same order, read-only.
    unknown
        The positions of those whose amount asked or released is absent, read-only.
    """

    lines: tuple[CashLine, ...]
    external: float
    released: float
    asked: float
    budget: float
    spent: float
    gain: float
    gain_bound: float
    funded: NDArray[np.bool_]
    unfunded: NDArray[np.intp]
    unfunded_ids: NDArray[Any]
    unknown: NDArray[np.intp]

    @property
    def binds(self) -> bool:
        """Whether somebody who asks is left without."""
        return len(self.unfunded) > 0

    @property
    def left(self) -> float:
        """What remains of the budget."""
        return max(0.0, self.budget - self.spent)

    def line(self, strategy: Strategy) -> CashLine:
        """The line of a strategy.

        Raises
        ------
        InvalidValueError
            For what is neither a source nor a use.
        """
        for line in self.lines:
            if line.strategy == strategy:
                return line
        raise InvalidValueError("strategy", f"be one of {', '.join(SOURCES + USES)}", strategy)

    def __str__(self) -> str:
        told = ["Sources of cash"]
        told += [_row(line.strategy, line.customers, line.amount) for line in self.lines[:3]]
        told += [_row("external", None, self.external), _row("budget", None, self.budget)]
        told.append("Uses of cash")
        for line in self.lines[3:]:
            share = f"  funded {line.funded_customers:,} with {line.funded_amount:,.2f}"
            told.append(_row(line.strategy, line.customers, line.amount) + share)
        told += [_row("asked", None, self.asked), _row("spent", None, self.spent)]
        told += [_row("left", None, self.left)]
        told.append(
            f"expected net gain {self.gain:,.2f}; no choice could exceed {self.gain_bound:,.2f}"
        )
        if self.binds:
            named = ", ".join(map(str, self.unfunded_ids[:_NAMED].tolist()))
            more = len(self.unfunded) - _NAMED
            told.append(
                f"not funded: {counted(len(self.unfunded), 'customer')}: {named}"
                + (f" and {more:,} more" if more > 0 else "")
            )
        if len(self.unknown):
            told.append(
                f"amount unknown: {counted(len(self.unknown), 'customer')}, in none of the sums"
            )
        return "\n".join(told)


def cash_statement(
    outcomes: Decisions[Any, Any] | Iterable[str | None],
    *,
    released: ArrayLike,
    asked: ArrayLike,
    gain: ArrayLike,
    external: float = 0.0,
    least_return: float | None = None,
    ids: ArrayLike | None = None,
) -> CashStatement:
    """One statement of the cash that strategies release and the cash that they ask.

    HARVEST, RE-ENGINEER and END release cash; START, ENHANCE, PROTECT and WIN BACK ask for it. The
    budget is what is released plus what comes from elsewhere. Where it does not reach, uses are
    ranked by expected net gain per unit of money, equal ones in the order given, and each gets all
    that it asks or nothing: who no longer fits is passed over, and the next is tried. So the choice
    is a good one, not the best one that a search through all could find; ``gain_bound`` tells how
    much better any could be.

    Who asks for nothing is funded however small the budget. Uses that are expected to lose are
    ranked by the same quotient, after all that gain, and so are funded only with what is left;
    ``least_return`` keeps them out. A use whose gain is not known (NaN) ranks last of all. Where
    an amount asked or released is not known, the customer is in none of the sums, and is named.

    Parameters
    ----------
    outcomes
        The strategy of every customer: decisions of a table, or its words. Other outcomes neither
        release nor ask.
    released
        What each customer's strategy would release, at least 0, shape (n,); asked only where the
        strategy is a source.
    asked
        What it would cost, at least 0, shape (n,); asked only where the strategy is a use.
    gain
        What it is expected to gain, net of what it costs, shape (n,); asked only of uses.
    external
        Money that adds to the budget; negative where some of what is released must be handed over.
    least_return
        The least expected net gain per unit of money for which anything is funded; by default none
        is required. With 0, nothing that is expected to lose, or of which the gain is not known,
        is funded.
    ids
        The customers' ids; by default those of the decisions, or else the positions.

    Returns
    -------
    CashStatement
        Lines, totals, and who is funded.

    Raises
    ------
    InvalidValueError
        When lengths differ, an amount that is read is negative, or a number is infinite.

    References
    ----------
    Harvest "to develop new customers": the core strategies of F. Buttle, *Customer Relationship
    Management*. The bound: G. B. Dantzig (1957), "Discrete-Variable Extremum Problems", *Operations
    Research* 5(2), 266-277, DOI 10.1287/opre.5.2.266.

    Examples
    --------
    >>> from relmkt.segments import cash_statement
    >>> statement = cash_statement(
    ...     ["harvest", "start", "protect", "maintain"],
    ...     released=[100, 0, 0, 0],
    ...     asked=[0, 80, 60, 0],
    ...     gain=[0, 40, 90, 0],
    ...     ids=["a", "b", "c", "d"],
    ... )
    >>> (
    ...     statement.budget,
    ...     statement.spent,
    ...     statement.funded.tolist(),
    ...     statement.unfunded_ids.tolist(),
    ... )
    (100.0, 60.0, [False, False, True, False], ['b'])
    """
    codes = _codes(outcomes)
    size = len(codes)
    source = (codes >= 0) & (codes < len(SOURCES))
    use = codes >= len(SOURCES)
    frees = _unsigned("released", released, source)
    asks = _unsigned("asked", asked, use)
    gains = amounts("gain", gain, size)
    if not math.isfinite(external):
        raise InvalidValueError("external", "be finite", external)

    known = (source & ~np.isnan(frees)) | (use & ~np.isnan(asks))
    total_released = float(frees[source & known].sum())
    budget = max(0.0, total_released + external)

    candidates = np.flatnonzero(use & known)
    costs, worth = asks[candidates], gains[candidates]
    returns = _returns(costs, worth)
    order = np.argsort(-returns, kind="stable")
    rows = candidates[order]
    costs, worth, returns = costs[order], worth[order], returns[order]
    worthy = np.ones(len(rows), dtype=np.bool_) if least_return is None else returns >= least_return
    chosen = _fitting(np.where(worthy, costs, np.inf), budget)
    del candidates, order, returns, worthy  # of millions of customers these are much

    funded = np.zeros(size, dtype=np.bool_)
    funded[rows[chosen]] = True
    unfunded = rows[~chosen]
    return CashStatement(
        lines=tuple(
            _line(code, strategy, codes, frees, asks, gains, known, funded)
            for code, strategy in enumerate(SOURCES + USES)
        ),
        external=float(external),
        released=total_released,
        asked=float(costs.sum()),
        budget=budget,
        spent=float(costs[chosen].sum()),
        gain=float(np.nansum(worth[chosen])),
        gain_bound=_bound(costs, worth, budget),
        funded=read_only(funded),
        unfunded=read_only(unfunded),
        unfunded_ids=read_only(_ids(ids, outcomes, size)[unfunded]),
        unknown=read_only(np.flatnonzero((source | use) & ~known)),
    )


def _row(label: str, customers: int | None, amount: float) -> str:
    count = "" if customers is None else f"{customers:,}"
    return f"  {label:<12}{count:>10}{amount:>18,.2f}"


def _returns(costs: NDArray[np.float64], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected net gain per unit of money; a free one comes first, an unknown one last."""
    returns = np.where(worth > 0.0, np.inf, np.where(worth < 0.0, -np.inf, 0.0))
    np.divide(worth, costs, out=returns, where=costs > 0.0)
    returns[np.isnan(worth)] = -np.inf
    return returns


def _fitting(costs: NDArray[np.float64], budget: float) -> NDArray[np.bool_]:
    """Who is funded when each in turn gets all that it asks, if that still fits.

    Takes a whole run of customers at a time, up to the first that does not fit; of the rest only
    those that could still fit are looked at again.
    """
    chosen = np.zeros(len(costs), dtype=np.bool_)
    slack = budget * ROUNDING
    left = budget
    rows = np.flatnonzero(costs <= left + slack)
    while rows.size:
        spent = np.cumsum(costs[rows])
        run = int(np.searchsorted(spent, left + slack, side="right"))
        chosen[rows[:run]] = True
        left -= float(spent[run - 1])
        rows = rows[run:]
        rows = rows[costs[rows] <= left + slack]
    return chosen


def _bound(costs: NDArray[np.float64], worth: NDArray[np.float64], budget: float) -> float:
    """The gain if the last customer could be funded in part: no choice of whole ones exceeds it."""
    gainful = worth > 0.0
    costs, worth = costs[gainful], worth[gainful]
    limit = budget * (1.0 + ROUNDING)
    spent = np.cumsum(costs)
    whole = int(np.searchsorted(spent, limit, side="right"))
    bound = float(worth[:whole].sum())
    if whole < len(costs):
        left = limit - (float(spent[whole - 1]) if whole else 0.0)
        bound += left / float(costs[whole]) * float(worth[whole])
    return bound


def _line(
    code: int,
    strategy: Strategy,
    codes: NDArray[np.int8],
    frees: NDArray[np.float64],
    asks: NDArray[np.float64],
    gains: NDArray[np.float64],
    known: NDArray[np.bool_],
    funded: NDArray[np.bool_],
) -> CashLine:
    here = codes == code
    counted = here & known
    reached = here & funded
    is_source = strategy in SOURCES
    return CashLine(
        strategy=strategy,
        side="source" if is_source else "use",
        customers=int(np.count_nonzero(counted)),
        amount=float((frees if is_source else asks)[counted].sum()),
        unknown=int(np.count_nonzero(here & ~known)),
        funded_customers=int(np.count_nonzero(reached)),
        funded_amount=float(asks[reached].sum()),
        gain=float(np.nansum(gains[reached])),
    )


def _codes(outcomes: Decisions[Any, Any] | Iterable[str | None]) -> NDArray[np.int8]:
    """For every customer the position of the strategy in SOURCES + USES; -1 for other outcomes."""
    place: dict[str | None, int] = {word: code for code, word in enumerate(SOURCES + USES)}
    if isinstance(outcomes, Decisions):
        words = [place.get(word, _OTHER) for word in outcomes.outcomes]
        return np.array([*words, _OTHER], dtype=np.int8)[outcomes.outcome]
    return np.array([place.get(word, _OTHER) for word in outcomes], dtype=np.int8)


def _unsigned(name: str, values: ArrayLike, asked_of: NDArray[np.bool_]) -> NDArray[np.float64]:
    found = amounts(name, values, len(asked_of))
    negative = asked_of & (found < 0.0)
    if negative.any():
        row = int(np.argmax(negative))
        raise InvalidValueError(
            name,
            "be at least 0",
            found[row],
            where=f"row {row}",
            remedy="what is freed and what is asked are both counted from 0 up",
        )
    return found


def _ids(
    ids: ArrayLike | None, outcomes: Decisions[Any, Any] | Iterable[str | None], size: int
) -> NDArray[Any]:
    found: NDArray[Any]
    if ids is not None:
        found = np.asarray(ids)
    elif isinstance(outcomes, Decisions):
        found = cast("Any", outcomes).rows.ids
    else:
        found = np.arange(size)
    if found.shape != (size,):
        raise InvalidValueError("ids", f"have {size:,} values, one for each customer", found.shape)
    return found
