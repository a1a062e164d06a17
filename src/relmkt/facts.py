"""From summaries, forecasts and assumptions to the facts that decide, and what others know."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, joined, named
from relmkt._grouping import by_first_appearance, refuse_other_ids
from relmkt.assumptions import Assumptions
from relmkt.calendars import discount_steps
from relmkt.columns import Columns, Portfolio
from relmkt.domain import Status
from relmkt.errors import InvalidRowsError
from relmkt.formulas.value import cost_to_serve_ratio, lifetime_value
from relmkt.models.forecasts import Forecasts, Models
from relmkt.rules import ABSENT_CODE
from relmkt.summaries import Summaries

__all__ = [
    "KnownFacts",
    "customer_facts",
    "known_gap",
    "overruled",
    "rows_in",
    "with_known_facts",
]

Numbers = NDArray[np.float64]

_MONEY_NOW = (
    "current_revenue",
    "current_contribution",
    "current_profit",
    "avoidable_profit",
    "cost_to_serve_ratio",
)

STATUS_CODE = {status: np.int8(code) for code, status in enumerate(Status)}


@attrs.frozen(eq=False)
class KnownFacts:
    """Facts of a portfolio with what a second source knew of them.

    Attributes
    ----------
    portfolio
        The facts, known ones in the place of estimates; prospects follow the customers of the log.
    given
        For each fact that the second source gives, how many customers it was known for.
    """

    portfolio: Portfolio
    given: dict[str, int]


def customer_facts(
    summaries: Summaries, forecasts: Forecasts, assumptions: Assumptions
) -> Portfolio:
    """The facts that an order log can tell, by the assumptions.

    - *Current* figures are of the summaries' period: the margin of its orders (from the log's
      margins; where it has none, revenue times the assumed rate), less the cost of its orders,
      contacts and upkeep.
    - *Retained value* is the value within the horizon of a customer who never leaves; *residual
      value* that of the customer as things stand; both net of cost to serve and contact, which run
      on as long as the firm serves. The margin rate ahead is that of the log's margins, where they
      cover half of its revenue, or else the assumed one.
    - *Lost* is who is active with a probability below the assumed one or, after one purchase only,
      has been silent for longer than the assumed multiple of the cohort's gap (`known_gap`).
      The rest are *active*; where the models or the gap cannot tell, the status is absent. No log
      shows a farewell, and some of the lost return: in the CDNOW sample, looked at on 1997-09-30
      with the default assumptions, 13.2% of 1,318 one-time buyers who were called lost bought
      again in the 39 weeks that followed (of the 93 others 20.4%), and 34.5% of 84 repeat
      customers (of the 862 others 53.6%).
    - *Win-back gain* is the value of a customer who is active again, less the cost of regaining. It
      is there for every buyer, for others may know of one that the relationship is over.
    - *Significance*: the first by revenue in the period, and by retained value.

    Parameters
    ----------
    summaries
        The histories, with the current period in them.
    forecasts
        What the models expect, row by row the same customers.
    assumptions
        Margins, costs and horizons.

    Returns
    -------
    Portfolio
        One row for each row of the summaries; what no model can tell is absent.
    """
    rate = margin_rate_ahead(summaries, assumptions)
    revenue = summaries.period_revenue
    contribution = _contribution(summaries, assumptions)
    cost = _cost_to_serve(summaries, assumptions)
    service = discounted_service_cost(assumptions, summaries.as_of)

    def value(purchases: Numbers) -> Numbers:
        return lifetime_value(
            purchases,
            forecasts.expected_spend,
            margin_rate=rate,
            cost_per_order=assumptions.cost_per_order,
            service=service,
        )

    retained = value(forecasts.retained_purchases)
    winback_gain = value(forecasts.regained_purchases) - assumptions.cost_of_regaining
    return Portfolio(
        customer=summaries.ids,
        status=_status(summaries, forecasts, assumptions),
        significance_high_volume=_first(revenue, assumptions.high_volume_share),
        significance_high_future_value=_first(retained, assumptions.high_value_share),
        current_revenue=revenue,
        current_contribution=contribution,
        current_profit=contribution - cost,
        avoidable_profit=contribution - assumptions.avoidable_share * cost,
        cost_to_serve_ratio=cost_to_serve_ratio(cost, revenue),
        retained_value=retained,
        residual_value=value(forecasts.discounted_purchases),
        attrition_risk=forecasts.attrition_risk,
        winback_gain=winback_gain,
    )


def margin_rate_ahead(summaries: Summaries, assumptions: Assumptions) -> float:
    """Margin for each unit of revenue ahead.

    That of the customers whose margins the log tells, if they bring at least half of its revenue;
    else the assumed rate, for a few customers do not speak for the rest.
    """
    known = ~np.isnan(summaries.margin)
    # Summed without rounding, so that the order of the customers has no say.
    revenue = math.fsum(summaries.revenue[known].tolist())
    if revenue <= 0 or revenue < 0.5 * math.fsum(summaries.revenue.tolist()):
        return assumptions.margin_rate
    return math.fsum(summaries.margin[known].tolist()) / revenue


def _contribution(summaries: Summaries, assumptions: Assumptions) -> Numbers:
    told = summaries.period_margin
    assumed = assumptions.margin_rate * summaries.period_revenue
    return np.where(np.isnan(told), assumed, told)


def _cost_to_serve(summaries: Summaries, assumptions: Assumptions) -> Numbers:
    return assumptions.cost_per_order * summaries.period_orders + _upkeep(assumptions)


def _upkeep(assumptions: Assumptions) -> float:
    """Contacts and upkeep of one customer for one current period."""
    contacts = assumptions.cost_per_contact * assumptions.contacts_per_period
    return contacts + assumptions.cost_per_period


def discounted_service_cost(assumptions: Assumptions, as_of: date) -> float:
    """Contacts and upkeep of one customer over the horizon, discounted to ``as_of``."""
    days, factors = discount_steps(assumptions.horizon, assumptions.discount_rate, as_of)
    lengths = np.diff(np.array([0, *days]))
    return (
        _upkeep(assumptions) * float(lengths @ np.array(factors)) / assumptions.period.days(as_of)
    )


def known_gap(summaries: Summaries) -> float:
    """The cohort's gap: the median, over repeat customers, of their mean time between purchases.

    In the unit of the summaries; NaN where nobody has bought twice.
    """
    gaps = summaries.gap_mean[~np.isnan(summaries.gap_mean)]
    return float(np.median(gaps)) if gaps.size else np.nan


def _status(
    summaries: Summaries, forecasts: Forecasts, assumptions: Assumptions
) -> NDArray[np.int8]:
    """Active or lost; absent where there is no gap, or no forecast, to tell it by."""
    silence = summaries.age - summaries.recency
    longest = assumptions.lost_after_gaps * known_gap(summaries)
    alive = forecasts.probability_alive
    once = summaries.frequency == 0
    lost = np.where(once, silence > longest, alive < assumptions.lost_below)
    known = (summaries.orders > 0) & ~np.isnan(np.where(once, longest, alive))
    status = np.where(lost, STATUS_CODE[Status.LOST], STATUS_CODE[Status.ACTIVE])
    return np.where(known, status, ABSENT_CODE).astype(np.int8)


def _first(values: Numbers, share: float) -> NDArray[np.int8]:
    """Whether each known value is among the first ``share`` of them and above 0, with ties."""
    known = values[~np.isnan(values)]
    places = int(np.floor(share * known.size + 0.5))
    found = np.full(len(values), -1, dtype=np.int8)
    if known.size:
        cut = np.partition(known, known.size - places)[known.size - places] if places else np.inf
        found[~np.isnan(values)] = (known >= cut) & (known > 0)
    return found


def with_known_facts(
    portfolio: Portfolio,
    known: Portfolio,
    *,
    models: Models,
    assumptions: Assumptions,
    as_of: date,
    margin_rate: float,
) -> KnownFacts:
    """What a second source knows, in the place of estimates; its prospects are added.

    A customer whose relationship the firm has ended, or whose need is known to be gone, is lost
    unless the status is told. A prospect without a stated acquisition gain is given one: the value
    of a new customer within the horizon, the first order included, less the cost of acquisition.

    Parameters
    ----------
    portfolio
        The facts of the customers of an order log.
    known
        Facts by customer, as many as are known.
    models, assumptions, as_of, margin_rate
        What the value of a new customer rests on.

    Returns
    -------
    KnownFacts
        The merged facts, and how many were given.

    Raises
    ------
    InvalidRowsError
        When a customer is in no order and is not said to be a prospect, when a prospect has
        ordered, and when a customer has two rows.
    InvalidValueError
        When ids are texts in one source and numbers in the other.
    """
    rows = rows_in(known, portfolio)
    here = rows >= 0
    ordered = np.zeros(len(known), dtype=np.bool_)
    ordered[rows[here]] = True
    _refuse_strangers(known, ordered)
    merged, given = overruled(portfolio, known, rows)
    customers = _rederived(portfolio, merged, known, rows, assumptions)
    over = (customers.ended_by_us == 1) | (customers.need_gone == 1)
    over[here] &= known.absent("status")[rows[here]]
    customers = customers.replace(
        status=np.where(over, STATUS_CODE[Status.LOST], customers.status).astype(np.int8)
    )
    prospects = known[~ordered]
    if "acquisition_gain" not in known.names or prospects.absent("acquisition_gain").any():
        gain = _value_of_new_customer(models, assumptions, as_of, margin_rate)
        gains = np.where(prospects.absent("acquisition_gain"), gain, prospects.acquisition_gain)
        prospects = prospects.replace(acquisition_gain=gains)
    return KnownFacts(Portfolio.concatenated([customers, prospects]), given)


def rows_in(known: Columns[Any], columns: Columns[Any]) -> NDArray[np.intp]:
    """For every row of the columns, that of the same customer in what is known; -1 for none.

    Raises
    ------
    InvalidValueError
        When ids are texts in one and numbers in the other.
    InvalidRowsError
        When what is known has two rows of one customer.
    """
    _refuse_other_sorts(columns.ids, known.ids)
    codes, firsts = by_first_appearance(joined([known.ids, columns.ids]))
    told, asked = codes[: len(known)], codes[len(known) :]
    if told.max(initial=-1) + 1 < len(told):  # fewer customers than rows
        _refuse_twins(known.ids.tolist())
    place = np.full(len(firsts), -1, dtype=np.intp)
    place[told] = np.arange(len(told))
    return place[asked]


def overruled(
    columns: Columns[Any], known: Columns[Any], rows: NDArray[np.intp]
) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
    """The columns that a second source knows something of, with that in the place of estimates.

    Parameters
    ----------
    columns
        The estimates.
    known
        What is known, of the same record type.
    rows
        For every row of the columns, that of the known ones, as `rows_in` tells.

    Returns
    -------
    merged
        The new columns by name.
    given
        For each fact of the second source, how many customers it was known for.
    """
    here = rows >= 0
    given: dict[str, int] = {}
    merged: dict[str, NDArray[Any]] = {}
    for name in known.names:
        if name == "customer":
            continue
        told = ~known.absent(name)
        given[name] = int(np.count_nonzero(told))
        column = columns.column(name).copy()
        write = here.copy()
        write[here] = told[rows[here]]
        column[write] = known.column(name)[rows[write]]
        merged[name] = column
    return merged, given


def _rederived(
    portfolio: Portfolio,
    merged: dict[str, Any],
    known: Portfolio,
    rows: NDArray[np.intp],
    assumptions: Assumptions,
) -> Portfolio:
    """The facts with what is known in them, and what follows from it where that was not told.

    Contribution, profit and the cost to serve between them, avoidable profit and the cost ratio
    must not contradict each other: a profit that is told comes with the estimated cost to serve.
    """
    cost = portfolio.current_contribution - portfolio.current_profit
    here = rows >= 0
    told = {name: here.copy() for name in _MONEY_NOW}
    for name, where in told.items():
        where[here] = ~known.absent(name)[rows[here]]
    now = {name: merged.get(name, portfolio.column(name)) for name in _MONEY_NOW}
    revenue, contribution, profit, avoidable, ratio = _MONEY_NOW
    from_profit = told[profit] & ~told[contribution]
    now[contribution] = np.where(from_profit, now[profit] + cost, now[contribution])
    from_contribution = told[contribution] & ~told[profit]
    now[profit] = np.where(from_contribution, now[contribution] - cost, now[profit])
    cost = now[contribution] - now[profit]
    changed = told[profit] | told[contribution]
    kept = (1.0 - assumptions.avoidable_share) * cost
    now[avoidable] = np.where(changed & ~told[avoidable], now[profit] + kept, now[avoidable])
    ratios = cost_to_serve_ratio(np.maximum(cost, 0.0), now[revenue])
    now[ratio] = np.where((changed | told[revenue]) & ~told[ratio], ratios, now[ratio])
    return portfolio.replace(**{**merged, **now})


def _refuse_other_sorts(logged: NDArray[Any], known: NDArray[Any]) -> None:
    if known.dtype.kind == logged.dtype.kind != "O":  # so that nobody has to look at each
        return
    rule = "be in the known facts what it is in the order log"
    refuse_other_ids(logged.tolist(), known.tolist(), rule)


def _refuse_twins(known: list[Any]) -> None:
    twice = [customer for customer, rows in Counter(known).items() if rows > 1]
    raise InvalidRowsError(
        "the known facts",
        [f"customer {customer!r} must have one row only" for customer in twice[:NAMED_ROWS]],
        total=len(known) - len(set(known)),
        remedy="put what is known of a customer into one row",
    )


def _refuse_strangers(known: Portfolio, ordered: NDArray[np.bool_]) -> None:
    prospect = known.status == STATUS_CODE[Status.PROSPECT]
    for wrong, rule, remedy in (
        (
            ~ordered & ~prospect,
            "be in the order log, or have the status 'prospect'",
            "are the ids written the same way in both?",
        ),
        (
            ordered & prospect,
            "have no orders, being a prospect",
            "who has ordered is 'active' or 'lost', or leave the status to be estimated",
        ),
    ):
        rows = np.flatnonzero(wrong)
        if rows.size:
            raise InvalidRowsError(
                "the known facts",
                [
                    f"customer {named(known.ids, row)} must {rule}"
                    for row in rows[:NAMED_ROWS].tolist()
                ],
                total=int(rows.size),
                remedy=remedy,
            )


def _value_of_new_customer(
    models: Models, assumptions: Assumptions, as_of: date, margin_rate: float
) -> float:
    """Value of one who first orders today, less the cost of acquisition; NaN if unknown."""
    purchases, spend = models.purchases, models.spend
    if not (purchases.status.usable and spend.status.usable and spend.q > 1):
        return np.nan
    repeat = purchases.discounted_expected_purchases(
        0, 0, 0, horizon=assumptions.horizon, rate=assumptions.discount_rate, as_of=as_of
    )
    value = lifetime_value(
        1.0 + float(repeat),
        spend.population_mean,
        margin_rate=margin_rate,
        cost_per_order=assumptions.cost_per_order,
        service=discounted_service_cost(assumptions, as_of),
    )
    return float(value) - assumptions.cost_of_acquisition
