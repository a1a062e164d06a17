"""Looks back: what an order log would have told on each of several days, as a plan would see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from relmkt.assumptions import Assumptions
from relmkt.calendars import ONE_DAY, FixedUnit, Span, SpanUnit
from relmkt.columns import Portfolio
from relmkt.domain import Status
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.facts import STATUS_CODE
from relmkt.models.forecasts import Models, fit, forecast
from relmkt.orders import OrderLog
from relmkt.pipeline import facts_from
from relmkt.summaries import summarize

__all__ = ["Period", "looks", "period_ends"]

Period = Literal["week", "month", "quarter", "year"]
"""How often to look: at the end of each of these, a week ending on Sunday."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def period_ends(every: Period, first: date, last: date) -> tuple[date, ...]:
    """The last days of the weeks, months, quarters or years that end between two days.

    Parameters
    ----------
    every
        ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``.
    first, last
        The range, both days included.

    Raises
    ------
    UnknownNameError
        For another period.
    InvalidValueError
        When no period ends in the range.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.looks import period_ends
    >>> [str(day) for day in period_ends("quarter", date(2025, 7, 1), date(2026, 1, 15))]
    ['2025-09-30', '2025-12-31']
    """
    if every not in get_args(Period):
        raise UnknownNameError("period", every, get_args(Period))
    found: list[date] = []
    if every == "week":
        start, step = first - ONE_DAY * first.weekday(), Span(1, "week")
    else:
        months = _MONTHS[every]
        start = date(first.year, (first.month - 1) // months * months + 1, 1)
        step = Span(months, _MONTH)
    while (end := step.end(start, len(found) + 1) - ONE_DAY) <= last:
        found.append(end)
    found = [day for day in found if day >= first]
    if not found:
        raise InvalidValueError(
            "range", f"hold the end of a {every}", f"{first} to {last}", remedy="widen the range"
        )
    return tuple(found)


_MONTH: SpanUnit = "month"


def looks(
    log: OrderLog,
    days: Iterable[date],
    *,
    facts: Portfolio | None = None,
    assumptions: Assumptions | None = None,
    models: Models | None = None,
    refit: bool = False,
    unit: FixedUnit = "week",
    zone: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Iterator[tuple[date, Portfolio]]:
    """The facts of every customer on each of the days, one look at a time.

    Each look knows the orders up to its day, and no later ones. The models are fitted at the first
    look whose orders allow it, and then kept: so a customer moves because of what the customer
    did, and not because the models were fitted to others.

    Parameters
    ----------
    log
        The orders, in one currency.
    days
        The days of the looks, in the order of time.
    facts
        What is known beside the orders. It is the same at every look, for nobody has said when it
        became known; customers who have not ordered yet, and are no prospects, are left out of it.
    assumptions
        Margins, costs and horizons.
    models
        Fitted models to use instead.
    refit
        Whether to fit the models at every look anew.
    unit
        The unit of time of the models.
    zone
        The time zone whose days count, where the orders' instants have a zone.
    progress
        Called with a few words at each look.

    Raises
    ------
    InvalidValueError
        When there is no order up to the first day, or the models are stated and to be fitted.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.datasets import cdnow_orders
    >>> from relmkt.looks import looks
    >>> days = [date(1997, 2, 28), date(1997, 6, 30)]
    >>> [(str(day), len(portfolio)) for day, portfolio in looks(cdnow_orders(), days)]
    [('1997-02-28', 1638), ('1997-06-30', 2357)]
    """
    if models is not None and refit:
        raise InvalidValueError("refit", "be False where models are stated", refit)
    assumed = assumptions or Assumptions()
    fitted = models
    for day in days:
        if progress is not None:
            progress(f"what was known on {day}")
        summaries = summarize(log, as_of=day, unit=unit, zone=zone, period=assumed.period)
        if not len(summaries):
            raise InvalidValueError(
                "days", "not be before the first order", str(day), remedy="look later"
            )
        if fitted is None or refit or (models is None and not _usable(fitted)):
            fitted = fit(summaries)
        known = None if facts is None else _known(facts, summaries.ids)
        forecasts = forecast(summaries, fitted, assumed)
        yield day, facts_from(summaries, forecasts, fitted, assumed, known)[0]


def _usable(models: Models) -> bool:
    return models.purchases.status.usable and models.spend.status.usable


def _known(facts: Portfolio, ordered: NDArray[Any]) -> Portfolio:
    """The facts of those who have ordered already, and of prospects who have not."""
    ids: set[Any] = set(ordered.tolist())
    given: list[Any] = facts.ids.tolist()
    there = np.array([customer in ids for customer in given], dtype=np.bool_)
    prospect: NDArray[np.bool_] = facts.status == STATUS_CODE[Status.PROSPECT]
    return facts[there | prospect]
