"""What every part of the report looks at: the plan, its lines, and what hangs on each move."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.adapters.report._words import asked
from relmkt.domain import Strategy
from relmkt.plans import Plan, PlanLines
from relmkt.segments.cash import SOURCES

__all__ = ["WEEK", "Found", "money", "todo"]

WEEK = 7
"""Days, that of the plan included, whose contacts are to be done first."""


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Found:
    """A plan, and what several parts of the report ask of it.

    Attributes
    ----------
    plan
        The plan.
    """

    plan: Plan

    @cached_property
    def lines(self) -> PlanLines:
        """The lines, without their reasons: those are written out for the rows that are shown."""
        return self.plan.lines(reasons=False)

    def column(self, name: str) -> NDArray[Any] | None:
        """A column of the lines, if the plan knows it for anybody."""
        if name not in self.lines.names or bool(self.lines.absent(name).all()):
            return None
        return self.lines.column(name)

    def reasons(self, rows: NDArray[np.intp]) -> list[str]:
        """Why, for some rows."""
        return self.plan.decisions.rows_at(rows).reasons()

    @cached_property
    def stake(self) -> NDArray[np.float64]:
        """What hangs on each move, shape (n,); NaN where nothing does, or it is unknown.

        Of one to protect it is the value that would be lost; of another move that asks for cash
        the gain expected; of one that releases cash that cash.
        """
        plan, portfolio = self.plan, self.plan.portfolio
        found = np.full(len(plan), np.nan)
        for strategy in Strategy:
            rows = plan.decisions.where(strategy)
            if strategy is Strategy.PROTECT:
                worth = portfolio.retained_value - portfolio.residual_value
            elif strategy in SOURCES:
                worth = plan.flows.released
            else:
                worth = plan.flows.gain
            found[rows] = worth[rows]
        return found

    @cached_property
    def due(self) -> NDArray[Any] | None:
        """For each customer the days until the next contact, -1 where there is none.

        None where the plan holds no contact at all. A duty of the user alone, which has a day but
        no channel, is no contact.
        """
        days = self.column("next_contact")
        if days is None:
            return None
        ahead = (days - np.datetime64(self.plan.as_of, "D")).astype("timedelta64[D]")
        known = ~np.isnat(days) & (self.lines.column("contact_channel") >= 0)
        found = np.full(len(days), -1, dtype=np.int64)
        # A contact whose day has passed is due today.
        found[known] = np.maximum(ahead[known].astype(np.int64), 0)
        return found

    @cached_property
    def pressing(self) -> NDArray[np.intp]:
        """The rows, the most pressing first.

        First who is to be contacted within a week, then the others. Of both, what hangs on the
        move leads, and then the value ahead; equal ones stay in the order of the plan.
        """
        value = self.plan.portfolio.residual_value
        keys: list[NDArray[Any]] = [
            -np.nan_to_num(value, nan=-np.inf),
            -np.nan_to_num(self.stake, nan=-np.inf),
        ]
        if self.due is not None:
            keys.append((self.due < 0) | (self.due >= WEEK))
        return np.lexsort(keys)


def todo(found: Found, rows: NDArray[np.intp]) -> list[str]:
    """What to do with some customers: the next contact, or else what the strategy stands for."""
    texts = {step.action: step.text for _, step in found.plan.contacts.steps}
    known: dict[tuple[str | None, ...], str] = {}
    told: list[str] = []
    names = ("contact_action", "actions", "strategy")
    for row in zip(*(found.lines.values(name, rows) for name in names), strict=True):
        if row not in known:
            contact, keys, strategy = row
            known[row] = texts.get(contact, "") or asked(keys, strategy)
        told.append(known[row])
    return told


def money(plan: Plan) -> str:
    """The currency after an amount, where it is known."""
    return f" {plan.currency}" if plan.currency else ""
