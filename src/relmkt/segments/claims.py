"""Claims of the trade held against one's own figures: measured, and never taken for true.

Each claim is a `Claim` with its source and with how far that has been traced; each has a function
that measures it and says the result in a sentence, with the claim beside it.
"""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.columns import Portfolio
from relmkt.domain import Strategy
from relmkt.domain.claim import Claim
from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import top_share
from relmkt.formulas.migration import margin_ratio_implied
from relmkt.segments._common import amounts, flags, percent, stated_percent
from relmkt.segments._register import CLAIMS
from relmkt.segments.cash import USES, CashStatement
from relmkt.segments.migration import Migration, migrate_pyramid
from relmkt.segments.pyramid import RANKED, PyramidReport, portfolio_pyramid

__all__ = [
    "CLAIMS",
    "Measured",
    "existing_revenue",
    "measure_claims",
    "migration_profit",
    "migration_revenue",
    "spend_beyond_customers",
    "top_fifth_profit",
    "top_fifth_revenue",
    "upgradable",
]


@attrs.frozen
class Measured:
    """A claim beside one's own figure.

    Attributes
    ----------
    claim
        The claim.
    value
        The figure here, as a share; NaN where it cannot be measured.
    said
        Both in a sentence.
    """

    claim: Claim
    value: float
    said: str

    def __str__(self) -> str:
        return self.said


def top_fifth_revenue(revenue: ArrayLike) -> Measured:
    """What share of revenue the top 20% of customers bring.

    Parameters
    ----------
    revenue
        Revenue in the period of those who bought in it, shape (n,).

    Returns
    -------
    Measured
        The share, and the sentence.

    Examples
    --------
    >>> from relmkt.segments.claims import top_fifth_revenue
    >>> print(top_fifth_revenue([610, 100, 100, 100, 90]))
    the top 20% bring 61% of revenue here; the claim says 80%
    """
    return _top_fifth("top_fifth_revenue", revenue, "revenue", "80%")


def top_fifth_profit(profit: ArrayLike) -> Measured:
    """What share of profit the most profitable 20% of customers bring.

    Ranked by profit, so this is the whale curve at 20%.

    Parameters
    ----------
    profit
        Profit in the period of those who bought in it, shape (n,); losses are negative.

    Returns
    -------
    Measured
        The share; NaN where there is no profit in all.

    Examples
    --------
    >>> from relmkt.segments.claims import top_fifth_profit
    >>> print(top_fifth_profit([120, 20, 10, -10, -40]))
    the top 20% bring 120% of profit here; the claim says more than 100%
    """
    return _top_fifth("top_fifth_profit", profit, "profit", "more than 100%")


def existing_revenue(revenue: ArrayLike, *, existing: ArrayLike) -> Measured:
    """What share of revenue comes from those who were customers before the period.

    Parameters
    ----------
    revenue
        Revenue in the period, shape (n,).
    existing
        Who had bought before the period began, shape (n,).

    Returns
    -------
    Measured
        The share; NaN where there is no revenue in all.

    Raises
    ------
    InvalidValueError
        When lengths differ, or an amount is NaN or infinite.

    Examples
    --------
    >>> from relmkt.segments.claims import existing_revenue
    >>> print(existing_revenue([70, 20, 10], existing=[True, True, False]))
    existing customers bring 90% of revenue here; the claim says up to 90%
    """
    income = _complete("revenue", revenue)
    held = flags("existing", existing, len(income))
    total = float(income.sum())
    if not total > 0.0:
        return _unmeasured("existing_revenue", "the revenue in all is not positive")
    share = float(income[held].sum()) / total
    return _measured(
        "existing_revenue",
        share,
        f"existing customers bring {percent(share)} of revenue here; the claim says up to 90%",
    )


def spend_beyond_customers(statement: CashStatement) -> Measured:
    """What share of the money in a statement of cash goes to those who are not customers.

    These are the prospects (START) and the lost (WIN BACK); customers are those under ENHANCE
    and PROTECT. Measured on what is funded, so on this plan and not on past budgets.

    Parameters
    ----------
    statement
        Sources and uses of cash.

    Returns
    -------
    Measured
        The share; NaN where nothing is spent.

    Examples
    --------
    >>> from relmkt.segments import cash_statement
    >>> from relmkt.segments.claims import spend_beyond_customers
    >>> statement = cash_statement(
    ...     ["harvest", "start", "protect"], released=[90, 0, 0], asked=[0, 30, 60], gain=[0, 9, 9]
    ... )
    >>> print(spend_beyond_customers(statement))
    33.3% of what is spent here goes to people who are not customers; the claim says the bulk
    """
    beyond = (Strategy.START, Strategy.WIN_BACK)
    if not statement.spent > 0.0:
        return _unmeasured("spend_beyond_customers", "nothing is spent")
    spent = {strategy: statement.line(strategy).funded_amount for strategy in USES}
    share = sum(spent[strategy] for strategy in beyond) / sum(spent.values())
    return _measured(
        "spend_beyond_customers",
        share,
        f"{percent(share)} of what is spent here goes to people who are not customers; "
        "the claim says the bulk",
    )


def upgradable(headroom: ArrayLike, *, satisfied: ArrayLike | None = None) -> Measured:
    """What share of customers could be moved up: with headroom, and satisfied where that is known.

    Parameters
    ----------
    headroom
        Expected net gain from selling each customer more, shape (n,); all of them known.
    satisfied
        Who is satisfied, shape (n,). Where it is not given only headroom counts, so the share is
        the most that it could be, and the sentence says so.

    Returns
    -------
    Measured
        The share; NaN where there is no customer.

    Raises
    ------
    InvalidValueError
        When lengths differ, or an amount is NaN or infinite.

    Examples
    --------
    >>> from relmkt.segments.claims import upgradable
    >>> print(upgradable([50, 0, -10, 20, 0], satisfied=[True, True, True, False, True]))
    20% of customers here have headroom and are satisfied; the claim says 5 to 30%
    """
    room = _complete("headroom", headroom)
    could = (room > 0.0) & flags("satisfied", satisfied, len(room))
    told = "have headroom, satisfied or not"
    if satisfied is not None:
        told = "have headroom and are satisfied"
    if not room.size:
        return _unmeasured("upgradable", "of no customer is the headroom known")
    share = float(np.count_nonzero(could)) / room.size
    return _measured(
        "upgradable",
        share,
        f"{percent(share)} of customers here {told}; the claim says 5 to 30%",
    )


def migration_revenue(report: PyramidReport, *, share: float = 0.02) -> Measured:
    """By how much revenue would grow if 2% of each tier moved up one tier.

    The claim does not say which 2% move, and much hangs on it: a move near the top is worth many
    near the base.

    Parameters
    ----------
    report
        A pyramid of one's own customers.
    share
        The share of each tier that moves.

    Returns
    -------
    Measured
        The relative change; NaN where a tier that somebody would reach is empty.

    Examples
    --------
    >>> from relmkt.segments import customer_pyramid
    >>> from relmkt.segments.claims import migration_revenue
    >>> report = customer_pyramid([30] * 10 + [7.5] * 40 + [4 / 3] * 150 + [0.25] * 800)
    >>> print(migration_revenue(report))
    moving 2% of each tier up one tier would mean 5.4% more revenue here; the claim says it can \
mean 10%, which would take 3.7% of each tier
    """
    move = migrate_pyramid(report, share=share)
    change = move.revenue_change
    if math.isnan(change):
        return _unmeasured("migration_revenue", _why_unknown(move))
    needed = share * move.factor_needed(0.10)
    takes = f", which would take {percent(needed)} of each tier" if 0.0 < needed <= 1.0 else ""
    return _measured(
        "migration_revenue",
        change,
        f"moving {stated_percent(share)} of each tier up one tier would mean {percent(change)} "
        f"more revenue here; the claim says it can mean 10%{takes}",
    )


def migration_profit(
    report: PyramidReport,
    *,
    incremental_margin: float,
    base_margin: float | None = None,
    share: float = 0.02,
) -> Measured:
    """By how much profit would grow if 2% of each tier moved up one tier.

    Parameters
    ----------
    report
        A pyramid of one's own customers.
    incremental_margin
        What remains as profit of one more unit of revenue.
    base_margin
        Profit over revenue today; by default that of the pyramid, if it was given profits.
    share
        The share of each tier that moves.

    Returns
    -------
    Measured
        The relative change; NaN where that of revenue or the base margin is unknown, or where there
        is no profit to compare with.

    Examples
    --------
    >>> from relmkt.segments import customer_pyramid
    >>> from relmkt.segments.claims import migration_profit
    >>> report = customer_pyramid([30] * 10 + [7.5] * 40 + [4 / 3] * 150 + [0.25] * 800)
    >>> print(migration_profit(report, incremental_margin=0.5, base_margin=0.1))
    moving 2% of each tier up one tier would mean 26.9% more profit here, if new revenue leaves \
a margin of 50% and that of today one of 10%; the claim says it can mean 50%, which with 10% \
more revenue takes 5 times the margin
    """
    move = migrate_pyramid(report, share=share)
    base = move.base_margin if base_margin is None else base_margin
    change = move.profit_change(incremental_margin=incremental_margin, base_margin=base)
    if math.isnan(change):
        known = not math.isnan(move.revenue_change)
        why = "a margin is unknown, or there is no profit today" if known else _why_unknown(move)
        return _unmeasured("migration_profit", why)
    times = float(margin_ratio_implied(0.50, 0.10))
    return _measured(
        "migration_profit",
        change,
        f"moving {stated_percent(share)} of each tier up one tier would mean {percent(change)} "
        f"more profit here, if new revenue leaves a margin of {percent(incremental_margin)} and "
        f"that of today one of {percent(base)}; the claim says it can mean 50%, which with "
        f"10% more revenue takes {times:g} times the margin",
    )


def measure_claims(
    portfolio: Portfolio, *, pyramid: PyramidReport | None = None
) -> tuple[Measured, ...]:
    """Every claim that the facts of a portfolio can measure, on those whose facts are known.

    Revenue and profit are of those who bought in the period, as the pyramid has them. New revenue
    is taken to leave the contribution before cost to serve that revenue leaves on average today;
    whether more revenue costs nothing more to serve is for the reader to judge. Which customers are
    new, and what is spent, are not among the facts: see `existing_revenue` and
    `spend_beyond_customers`.

    Parameters
    ----------
    portfolio
        The facts.
    pyramid
        The pyramid of the same customers, where it is known from their orders; by default the one
        that the facts alone allow (`portfolio_pyramid`), which leaves out whom it has no status of.

    Returns
    -------
    tuple of Measured
        One for each claim, in the order of `CLAIMS`; NaN where facts are absent.

    Raises
    ------
    InvalidValueError
        When the pyramid is of more or fewer customers.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.segments.claims import measure_claims
    >>> portfolio = Portfolio(
    ...     customer=[1, 2, 3, 4, 5],
    ...     status=["active"] * 5,
    ...     current_revenue=[700, 100, 100, 50, 50],
    ...     headroom=[0, 30, None, 0, 0],
    ... )
    >>> for measured in measure_claims(portfolio):
    ...     print(measured)
    the top 20% bring 70% of revenue here; the claim says 80%
    not measured (the top 20% of customers bring more than 100% of profit): the profit of no \
customer is known
    25% of customers here have headroom, satisfied or not; the claim says 5 to 30%
    not measured (2% of customers moving up can mean 10% more revenue): nobody is medium
    not measured (2% of customers moving up can mean 50% more profit): nobody is medium
    """
    report = portfolio_pyramid(portfolio) if pyramid is None else pyramid
    if len(report.codes) != len(portfolio):
        raise InvalidValueError(
            "pyramid", f"be of the same {len(portfolio):,} customers", len(report.codes)
        )
    bought = (report.codes >= 0) & (report.codes < len(RANKED))
    revenue = portfolio.current_revenue[bought]
    profit = _known(portfolio.current_profit[bought])
    contribution = portfolio.current_contribution[bought]
    customers = (report.codes >= 0) & (report.codes < len(RANKED) + 1)

    both = ~np.isnan(contribution)
    base = ~np.isnan(portfolio.current_profit[bought])
    return (
        top_fifth_revenue(revenue),
        top_fifth_profit(profit),
        upgradable(_known(portfolio.headroom[customers])),
        migration_revenue(report),
        migration_profit(
            report,
            incremental_margin=_margin(contribution[both], revenue[both]),
            base_margin=_margin(profit, revenue[base]),
        ),
    )


def _top_fifth(key: str, values: ArrayLike, what: str, stated: str) -> Measured:
    known = _complete(what, values)
    share = float(top_share(known, 0.20))
    if math.isnan(share):
        none = f"the {what} of no customer is known"
        why = f"the {what} in all is not positive" if known.size else none
        return _unmeasured(key, why)
    return _measured(
        key, share, f"the top 20% bring {percent(share)} of {what} here; the claim says {stated}"
    )


def _measured(key: str, value: float, said: str) -> Measured:
    return Measured(CLAIMS[key], value, said)


def _unmeasured(key: str, why: str) -> Measured:
    claim = CLAIMS[key]
    return Measured(claim, math.nan, f"not measured ({claim.text}): {why}")


def _why_unknown(move: Migration) -> str:
    """Which tier nobody can be compared with."""
    if not move.customers.any():
        return "nobody bought in the period"
    empty = [
        f"nobody is {above.value}"
        for above, gain in zip(RANKED[:-1], np.isnan(move.gains).tolist(), strict=True)
        if gain
    ]
    return ", ".join(empty) or "the revenue in all is not positive"


def _margin(gained: NDArray[np.float64], revenue: NDArray[np.float64]) -> float:
    total = float(revenue.sum())
    return float(gained.sum()) / total if total > 0.0 else math.nan


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _complete(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """One known amount for each customer."""
    found = amounts(name, values)
    absent = np.isnan(found)
    if absent.any():
        row = int(np.argmax(absent))
        raise InvalidValueError(
            name,
            "be known",
            found[row],
            where=f"row {row}",
            remedy="leave out the customers of whom it is not known",
        )
    return found
