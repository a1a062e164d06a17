"""The main job on one screen: from an order log to a strategy for every customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date
from typing import Any, cast

import attrs
import numpy as np

from relmkt.assumptions import Assumptions
from relmkt.calendars import ONE_DAY, ONE_MICROSECOND, FixedUnit, Span, day_end
from relmkt.cash_flows import cash_flows
from relmkt.columns import Portfolio, Relationships
from relmkt.contact_candidates import known_by_row
from relmkt.dated_policies import DatedPolicy
from relmkt.errors import InvalidValueError
from relmkt.facts import customer_facts, margin_rate_ahead, with_known_facts
from relmkt.models.forecasts import Forecasts, Models, fit, forecast
from relmkt.orders import OrderLog
from relmkt.planning import ContactCandidates, ContactOptions, with_consent
from relmkt.plans import Plan
from relmkt.policies import ApproachPolicy, BondPolicy, StrategyPolicy
from relmkt.relationships import relationship_facts, with_known_relationships
from relmkt.rules import Basis
from relmkt.segments import PyramidReport, cash_statement, customer_pyramid
from relmkt.summaries import Summaries, summarize

__all__ = ["PLANNED", "facts_from", "plan", "plan_from_summaries"]

PLANNED = (
    "orders",
    "frequency",
    "recency",
    "age",
    "monetary_value",
    "revenue",
    "margin",
    "gap_mean",
    "period_orders",
    "period_revenue",
    "period_margin",
)
"""The columns of `Summaries` that a plan asks for, beside the ids."""


def plan(
    log: OrderLog,
    *,
    as_of: date,
    facts: Portfolio | None = None,
    relationships: Relationships | None = None,
    assumptions: Assumptions | None = None,
    policy: StrategyPolicy | DatedPolicy[StrategyPolicy] | None = None,
    approach_policy: ApproachPolicy | None = None,
    bond_policy: BondPolicy | None = None,
    contacts: ContactOptions | None = None,
    models: Models | None = None,
    unit: FixedUnit = "week",
    zone: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """Find the right relationship strategy for every customer, with its rule and reason.

    Parameters
    ----------
    log
        The orders, in one currency.
    as_of
        The day of the plan; its own orders count, later ones are left out.
    facts
        What is known beside the orders, by customer: competitor pull, headroom, reducible cost,
        benchmark customers, legal bars, and prospects, who are in no order. It overrules estimates.
    relationships
        What is known of the relationships, by customer: how each is approached today and since
        when, its segment, whether it wants to be close, its bonds. It overrules estimates.
    assumptions
        Margins, costs, horizons, and what is taken for facts that nobody knows.
    policy
        The thresholds; those that depend on the portfolio are calibrated on this one. Of a dated
        policy the edition decides that is valid on the day of the plan, and each line says which.
    approach_policy, bond_policy
        The thresholds of approach and bond, calibrated on the facts of the relationships.
    contacts
        By which cadences, on which days and with what knowledge contacts are planned. Who is barred
        from all contact there, as an erased customer is, is barred for the strategy too.
    models
        Fitted models, for example of last month; unless given, they are fitted to the log.
    unit
        The unit of time of the models, ``"week"`` or ``"day"``; it changes no decision.
    zone
        The time zone whose days count, where the orders' instants have a zone.
    progress
        Called with a few words at each stage of long work.

    Returns
    -------
    Plan
        Lines, decisions, approaches, bonds, tiers, forecasts, cash, and where each fact came from.

    Raises
    ------
    InvalidValueError
        When an argument is of another type than it must be, when the log holds no order up to
        ``as_of``, when it is in another currency than the assumptions, or when the policy has no
        edition that is valid on that day.
    InvalidRowsError
        When the facts name customers who are in no order and are no prospects, or one twice.

    Examples
    --------
    >>> from datetime import date
    >>> import relmkt
    >>> from relmkt.datasets import cdnow_orders
    >>> plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
    >>> len(plan)
    2357
    """
    for name, value in (
        ("log", log),
        ("facts", facts),
        ("relationships", relationships),
        ("assumptions", assumptions),
        ("policy", policy),
        ("approach_policy", approach_policy),
        ("bond_policy", bond_policy),
        ("contacts", contacts),
        ("models", models),
    ):
        _check_type(name, value)
    _chosen(policy, as_of)
    tell = progress or _say_nothing
    assumed = assumptions or Assumptions()
    _one_currency(log.one_currency, assumed.currency)
    if not len(log):
        raise InvalidValueError("log", "hold at least one order", 0)
    tell("summarizing the orders")
    summaries = summarize(log, as_of=as_of, unit=unit, zone=zone, period=assumed.period)
    return plan_from_summaries(
        summaries,
        facts=facts,
        relationships=relationships,
        assumptions=assumed,
        policy=policy,
        approach_policy=approach_policy,
        bond_policy=bond_policy,
        contacts=contacts or _contacts_in(zone),
        models=models,
        progress=progress,
    )


def plan_from_summaries(
    summaries: Summaries,
    *,
    facts: Portfolio | None = None,
    relationships: Relationships | None = None,
    assumptions: Assumptions | None = None,
    policy: StrategyPolicy | DatedPolicy[StrategyPolicy] | None = None,
    approach_policy: ApproachPolicy | None = None,
    bond_policy: BondPolicy | None = None,
    contacts: ContactOptions | None = None,
    models: Models | None = None,
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """Find the strategies for customers whose orders are summarized already.

    This is what `plan` does after its first step, for summaries that were made elsewhere: by a
    database, or of a log that is larger than memory
    (`relmkt.adapters.files.read_summaries`). The same summaries give the same plan.

    Parameters
    ----------
    summaries
        What the orders say of each customer on the day of the plan, with the current period of the
        assumptions in it. Columns that a plan does not ask for may be left out.
    facts, relationships, assumptions, policy, approach_policy, bond_policy
        As for `plan`.
    contacts, models, progress
        As for `plan`.

    Returns
    -------
    Plan
        As that of `plan`, on the day ``summaries.as_of``.

    Raises
    ------
    InvalidValueError
        As for `plan`, when the summaries are of no customer, and when their current period is
        another than that of the assumptions.
    InvalidRowsError
        As for `plan`.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.datasets import cdnow_orders
    >>> from relmkt.pipeline import plan_from_summaries
    >>> from relmkt.summaries import summarize
    >>> summaries = summarize(cdnow_orders(), as_of=date(1998, 6, 30), period="12 months")
    >>> len(plan_from_summaries(summaries))
    2357
    """
    for name, value in (
        ("summaries", summaries),
        ("facts", facts),
        ("relationships", relationships),
        ("assumptions", assumptions),
        ("policy", policy),
        ("approach_policy", approach_policy),
        ("bond_policy", bond_policy),
        ("contacts", contacts),
        ("models", models),
    ):
        _check_type(name, value)
    stated, basis = _chosen(policy, summaries.as_of)
    tell = progress or _say_nothing
    assumed = assumptions or Assumptions()
    currency = _one_currency(summaries.currency, assumed.currency)
    _check_summaries(summaries, assumed)
    tell("fitting the models")
    fitted = models or fit(summaries)
    tell("forecasting")
    forecasts = forecast(summaries, fitted, assumed)
    portfolio, given = facts_from(summaries, forecasts, fitted, assumed, facts)
    options = contacts or _contacts_in(summaries.zone)
    known = _known_contacts(options, portfolio, summaries.as_of)
    portfolio = _with_bars(portfolio, known)
    tell("deciding")
    calibrated = stated.calibrate(portfolio)
    table = attrs.evolve(calibrated.table(), basis=basis)
    decisions = table.decide(portfolio, assume=assumed.facts)
    decided_on = cast("Portfolio", decisions.rows)
    flows = cash_flows(decisions, decided_on, assumed)
    pyramid = _pyramid(summaries, portfolio)
    ties = relationship_facts(decided_on, summaries, pyramid.codes)
    if relationships is not None:
        told = with_known_relationships(
            ties,
            relationships,
            margin=portfolio.current_contribution,
            as_of=summaries.as_of,
        )
        ties, given = told.relationships, {**told.given, **given}
    approaches = (approach_policy or ApproachPolicy()).calibrate(ties).table()
    bonds = (bond_policy or BondPolicy()).calibrate(ties).table()
    levels = approaches.decide(ties, assume=assumed.relationship_facts)
    made = Plan(
        as_of=summaries.as_of,
        currency=currency,
        assumptions=assumed,
        policy=calibrated,
        models=fitted,
        summaries=summaries,
        forecasts=forecasts,
        portfolio=portfolio,
        decisions=decisions,
        pyramid=pyramid,
        relationships=ties,
        approaches=levels,
        bonds=bonds.decide(ties, assume=assumed.relationship_facts),
        contact_options=options,
        known_contacts=known,
        planned_contacts=None,
        flows=flows,
        cash=cash_statement(decisions, released=flows.released, asked=flows.asked, gain=flows.gain),
        given=given,
    )
    asked_once = (options.capacity, options.log, options.events, options.consent)
    if all(one is None for one in asked_once):
        return made
    tell("planning contacts")
    return attrs.evolve(made, planned_contacts=made.contacts)


def _known_contacts(
    options: ContactOptions, portfolio: Portfolio, as_of: date
) -> ContactCandidates | None:
    """What is known about contacting the customers; None where nothing is told of any."""
    if options.facts is None and options.consent is None:
        return None
    known = options.facts or ContactCandidates(customer=portfolio.ids[:0])
    found = known_by_row(known, portfolio)
    if options.consent is None:
        return found
    over = day_end(as_of, options.zone).replace(tzinfo=UTC)
    return with_consent(found, options.consent, at=over - ONE_MICROSECOND)


def _with_bars(portfolio: Portfolio, known: ContactCandidates | None) -> Portfolio:
    """Whom nobody may contact at all is barred for the strategy too."""
    if known is None or "barred" not in known.names or not (known.barred == 1).any():
        return portfolio
    barred = np.where(known.barred == 1, np.int8(1), portfolio.column("barred"))
    return portfolio.replace(barred=barred)


def facts_from(
    summaries: Summaries,
    forecasts: Forecasts,
    models: Models,
    assumptions: Assumptions,
    facts: Portfolio | None = None,
) -> tuple[Portfolio, Mapping[str, int]]:
    """What is known of each customer on the day of the summaries: all that a policy decides on.

    Parameters
    ----------
    summaries, forecasts
        What the orders say, and what the models expect.
    models, assumptions
        What the forecasts were made with.
    facts
        What is known beside the orders; it overrules estimates.

    Returns
    -------
    portfolio
        The facts before assumptions fill them; prospects come last.
    given
        For each fact that was known beside the orders, for how many customers it was.

    Raises
    ------
    InvalidRowsError
        When the facts name customers who are in no order and are no prospects, or one twice.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.assumptions import Assumptions
    >>> from relmkt.datasets import cdnow_orders
    >>> from relmkt.models.forecasts import fit, forecast
    >>> from relmkt.pipeline import facts_from
    >>> from relmkt.summaries import summarize
    >>> assumed = Assumptions()
    >>> summaries = summarize(cdnow_orders(), as_of=date(1998, 6, 30), period=assumed.period)
    >>> models = fit(summaries)
    >>> forecasts = forecast(summaries, models, assumed)
    >>> portfolio, given = facts_from(summaries, forecasts, models, assumed)
    >>> len(portfolio), given
    (2357, {})
    """
    portfolio = customer_facts(summaries, forecasts, assumptions)
    if facts is None:
        return portfolio, {}
    known = with_known_facts(
        portfolio,
        facts,
        models=models,
        assumptions=assumptions,
        as_of=summaries.as_of,
        margin_rate=margin_rate_ahead(summaries, assumptions),
    )
    return known.portfolio, known.given


_TYPES: dict[str, tuple[Any, str, str]] = {
    "log": (
        OrderLog,
        "be an OrderLog",
        "make one with OrderLog.from_frame(df, customer=..., ordered_at=..., amount=...)",
    ),
    "summaries": (
        Summaries,
        "be Summaries",
        "make them with relmkt.summarize(log, as_of=..., period=...)",
    ),
    "facts": (
        Portfolio,
        "be a Portfolio or None",
        "make one with Portfolio.from_frame(df, customer=..., headroom=...)",
    ),
    "assumptions": (
        Assumptions,
        "be Assumptions or None",
        "write for example Assumptions(margin_rate=0.3)",
    ),
    "policy": (
        (StrategyPolicy, DatedPolicy),
        "be a StrategyPolicy, a dated one or None",
        "write for example StrategyPolicy(target_profit=0)",
    ),
    "relationships": (
        Relationships,
        "be Relationships or None",
        "make them with Relationships.from_frame(df, customer=..., approach_now=...)",
    ),
    "approach_policy": (
        ApproachPolicy,
        "be an ApproachPolicy or None",
        "write for example ApproachPolicy(customers_many=0.2)",
    ),
    "bond_policy": (
        BondPolicy,
        "be a BondPolicy or None",
        "write for example BondPolicy(profile_enough=0.9)",
    ),
    "contacts": (
        ContactOptions,
        "be ContactOptions or None",
        "write for example ContactOptions(zone='Europe/Berlin')",
    ),
    "models": (
        Models,
        "be Models or None",
        "make them with relmkt.models.forecasts.fit(summaries)",
    ),
}
"""What each argument must be, and how to make one."""


def _check_type(name: str, value: object) -> None:
    """The door: whoever has a data frame in hand is told here what to make of it."""
    kind, rule, remedy = _TYPES[name]
    if isinstance(value, kind) or (value is None and name not in ("log", "summaries")):
        return
    # A data frame printed in a message would hide it: its type says enough.
    raise InvalidValueError(name, rule, type(value), remedy=remedy)


def _chosen(
    policy: StrategyPolicy | DatedPolicy[StrategyPolicy] | None, as_of: date
) -> tuple[StrategyPolicy, Basis | None]:
    """The policy that is valid on the day, and what it rests on where it has dates."""
    if not isinstance(policy, DatedPolicy):
        return policy or StrategyPolicy(), None
    _check_type("policy", policy.editions[0].policy)
    edition = policy.edition_at(as_of)
    return edition.policy, edition.basis


def _check_summaries(summaries: Summaries, assumptions: Assumptions) -> None:
    if not len(summaries):
        later = summaries.later_orders
        if not later:
            raise InvalidValueError("summaries", "be of at least one customer", 0)
        raise InvalidValueError(
            "as_of",
            "not be before the first order",
            str(summaries.as_of),
            remedy=f"all {later:,} order lines are of later days",
        )
    began = None if summaries.period is None else _begin(summaries.period, summaries.as_of)
    if began != _begin(assumptions.period, summaries.as_of):
        raise InvalidValueError(
            "period",
            f"be that of the assumptions ({assumptions.period})",
            None if summaries.period is None else str(summaries.period),
            where="the summaries",
            remedy=f"summarize with period='{assumptions.period}', or assume the other",
        )


def _begin(period: Span, as_of: date) -> date:
    """The first day of the current period, which the day of the plan ends."""
    return period.end(as_of + ONE_DAY, -1)


def _pyramid(summaries: Summaries, portfolio: Portfolio) -> PyramidReport:
    """The tiers: who bought in the period is ranked, all refunded or not; prospects come last.

    Who stands in the log with a refund only has bought before it began.
    """
    ahead = np.zeros(len(portfolio) - len(summaries), dtype=np.bool_)
    return customer_pyramid(
        portfolio.current_revenue,
        active=np.append(summaries.period_orders > 0, ahead),
        bought_before=np.append(np.ones(len(summaries), dtype=np.bool_), ahead),
        profit=portfolio.current_profit,
    )


def _one_currency(logged: str | None, assumed: str | None) -> str | None:
    if logged is not None and assumed is not None and logged != assumed:
        raise InvalidValueError(
            "currency",
            f"be that of the orders ({logged})",
            assumed,
            remedy="costs and orders must be in one currency",
        )
    return logged or assumed


def _contacts_in(zone: str | None) -> ContactOptions:
    """The default options, by the clocks of the zone whose days the orders were counted in."""
    return ContactOptions() if zone is None else ContactOptions(zone=zone)


def _say_nothing(stage: str) -> None:
    del stage
