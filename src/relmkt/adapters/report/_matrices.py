"""The two profitability matrices: profit today against cost to serve, and against value ahead."""

from __future__ import annotations

from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._counts import counted
from relmkt.adapters.report._found import Found, money
from relmkt.adapters.report._section import Section
from relmkt.adapters.report._words import amount, amounts, listed, share, spoken
from relmkt.columns import Portfolio
from relmkt.domain import FutureCell, PresentCell, Status
from relmkt.rules import Decisions, Table
from relmkt.segments import LINKED_STRATEGIES, MatrixPolicy, future_matrix, present_matrix
from relmkt.segments._common import percent
from relmkt.thresholds import Quantile

__all__ = ["Cell", "Matrices", "Matrix", "matrices"]

_SHADES = 5


@attrs.frozen(kw_only=True)
class Cell:
    """One cell: how many customers, and what one is led to think of."""

    name: str
    customers: str
    share: str
    value: str
    leads_to: str
    shade: int


@attrs.frozen(kw_only=True)
class Matrix:
    """Four cells, by rows; the first column is the high one."""

    name: str
    columns: tuple[str, str]
    rows: tuple[tuple[str, tuple[Cell, Cell]], ...]
    cuts: str
    notes: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Matrices(Section):
    """Both matrices."""

    matrices: tuple[Matrix, ...]


def matrices(found: Found) -> Matrices:
    """Both matrices, of the customers who are active.

    Medians are of these: the lost, of whom nothing is expected, would move them.
    """
    plan = found.plan
    is_active: NDArray[np.bool_] = plan.portfolio.status == list(Status).index(Status.ACTIVE)
    active = plan.portfolio[np.flatnonzero(is_active)]
    policy = MatrixPolicy(
        cost_ratio_high=Quantile("cost_to_serve_ratio", 0.5, above=0.0, otherwise=1.0),
        target_profit=plan.policy.target_profit,
    ).calibrate(active)
    limits, unit = policy.numbers(), money(plan)
    present = _matrix(
        active,
        unit,
        present_matrix(policy),
        name="Today: contribution against cost to serve",
        columns=("high contribution", "low contribution"),
        rows=(
            ("low cost to serve", (PresentCell.MOST_PROFITABLE, PresentCell.PROFITABLE_CHEAP)),
            ("high cost to serve", (PresentCell.PROFITABLE_COSTLY, PresentCell.LEAST_PROFITABLE)),
        ),
        cuts=f"High contribution: from {amount(limits['target_contribution'])}{unit} in the "
        "period, before cost to serve. " + _dear(active, limits["cost_ratio_high"]),
    )
    future = _matrix(
        active,
        unit,
        future_matrix(policy),
        name="Ahead: profit today against value ahead",
        columns=("high profit today", "low profit today"),
        rows=(
            ("high value ahead", (FutureCell.BEST, FutureCell.INVEST)),
            ("low value ahead", (FutureCell.RETAIN, FutureCell.WORST)),
        ),
        cuts=f"High profit: from {amount(limits['target_profit'])}{unit} in the period, net of "
        f"cost to serve. High value ahead: from {amount(limits['residual_value_high'])}{unit}, "
        "the median of active customers.",
    )
    return Matrices(
        id="matrices",
        label="Profitability matrices",
        title=_title(present, future),
        lead="Each active customer stands in one cell of each. The cells lead one to think of a "
        "strategy, and decide nothing: that is done by the rules, which ask for more facts.",
        matrices=(present, future),
    )


def _matrix(
    active: Portfolio,
    unit: str,
    table: Table[Any, Any],
    *,
    name: str,
    columns: tuple[str, str],
    rows: tuple[tuple[str, tuple[Any, Any]], ...],
    cuts: str,
) -> Matrix:
    decided = cast("Decisions[Any, Any]", table.decide(active))
    value = np.nan_to_num(active.residual_value)
    everybody = int(np.count_nonzero(decided.settled))

    words = [word for _, pair in rows for word in pair]
    held = [decided.where(word) & decided.settled for word in words]
    worth = amounts([float(value[where].sum()) for where in held])

    def cell(word: Any) -> Cell:
        at = words.index(word)
        count = int(np.count_nonzero(held[at]))
        part = count / everybody if everybody else 0.0
        return Cell(
            name=spoken(str(word)),
            customers=f"{count:,}",
            share=share(part) if everybody else "",
            value=worth[at] + unit,
            leads_to=listed([spoken(str(strategy)) for strategy in LINKED_STRATEGIES[word]]),
            shade=min(_SHADES - 1, int(_SHADES * part)),
        )

    made = tuple((label, (cell(first), cell(second))) for label, (first, second) in rows)
    unclear = len(active) - everybody
    notes: list[str] = []
    if unclear:
        notes.append(
            f"Of {counted(unclear, 'customer')} a fact is missing, so that they stand in no cell."
        )
    if not everybody:
        notes.append("No active customer can be placed.")
    return Matrix(
        name=name,
        columns=columns,
        rows=made,
        cuts=cuts,
        notes=tuple(notes),
    )


def _dear(active: Portfolio, limit: float) -> str:
    """From where on a customer is dear to serve, and of whom that is the median."""
    if not (active.cost_to_serve_ratio > 0).any():
        return "Nobody costs anything to serve, as far as it is known, so that all are cheap."
    return (
        f"High cost to serve: from {percent(limit)} of revenue, the median of active customers who "
        "cost anything."
    )


def _title(present: Matrix, future: Matrix) -> str:
    """What the best cell of each holds: the first one."""
    told = [
        f"{best.share} {words}"
        for best, words in (
            (present.rows[0][1][0], "of active customers bring much and cost little today"),
            (future.rows[0][1][0], "pay today and are worth much ahead"),
        )
        if best.share
    ]
    return "; ".join(told) or "No active customer can be placed in the matrices"
