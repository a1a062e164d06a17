"""Strategies, tiers, cash, and the most valuable at risk."""

from __future__ import annotations

import math

import attrs
import numpy as np

from relmkt._counts import counted
from relmkt.adapters.report._bars import Bar, bars
from relmkt.adapters.report._found import Found, money
from relmkt.adapters.report._section import Section
from relmkt.adapters.report._words import (
    MEANINGS,
    TIERS,
    amount,
    amounts,
    brief,
    parted,
    risk,
    sentence,
    share,
    shown_id,
    spoken,
)
from relmkt.domain import Abstention, Strategy, Tier
from relmkt.segments._common import percent, stated_percent

__all__ = ["AtRisk", "Cash", "Pyramid", "Strategies", "at_risk", "cash", "pyramid", "strategies"]

_AT_RISK = 10


@attrs.frozen(kw_only=True)
class Row:
    """Two figures of one thing, each with a bar."""

    word: str
    name: str
    meaning: str
    is_strategy: bool
    customers: str
    customers_share: str
    customers_bar: Bar | None
    value: str
    value_share: str
    value_bar: Bar | None


@attrs.frozen(kw_only=True)
class Strategies(Section):
    """Strategies by customers and by value."""

    rows: tuple[Row, ...]
    horizon: str
    total: str


def strategies(found: Found) -> Strategies:
    """How many customers each strategy has, and what value is in their hands."""
    plan = found.plan
    lines = plan.strategies()
    counts = bars([float(line.customers) for line in lines])
    values = bars([line.value for line in lines])
    known = [line.value for line in lines if line.value is not None]
    said = amounts([line.value for line in lines])
    total = sum(known)
    rows = tuple(
        Row(
            word=str(line.outcome),
            name=spoken(line.outcome),
            meaning=MEANINGS[line.outcome],
            is_strategy=isinstance(line.outcome, Strategy),
            customers=f"{line.customers:,}",
            customers_share=share(line.share),
            customers_bar=counts[at],
            value=said[at],
            value_share=share(line.value / total) if line.value is not None and total > 0 else "",
            value_bar=values[at],
        )
        for at, line in enumerate(lines)
    )
    top = max(lines, key=lambda line: -math.inf if line.value is None else line.value)
    if len(lines) == 1:
        title = f"Every customer is {_whom(top.outcome)}"
    elif top.value is not None and top.value > 0 < total:
        title = (
            f"{percent(top.value / total)} of the value ahead lies with the "
            f"{percent(top.share)} of customers {_whom(top.outcome)}"
        )
    else:
        most = max(lines, key=lambda line: line.customers)
        title = f"{percent(most.share)} of customers are {_whom(most.outcome)}"
    return Strategies(
        id="strategies",
        label="Strategies",
        title=title,
        lead="Every customer has one move: one of seven strategies (blue), or, in gray, none of "
        f"them. Value ahead is what is expected over {plan.assumptions.horizon}, net of the cost "
        "to serve; it can be below zero.",
        rows=rows,
        horizon=str(plan.assumptions.horizon),
        total=amount(total) if known else "unknown",
    )


def _whom(outcome: Strategy | Abstention) -> str:
    return "undecided" if outcome == Abstention.UNDECIDED else f"to {spoken(outcome)}"


@attrs.frozen(kw_only=True)
class Pyramid(Section):
    """Tiers by customers and by revenue."""

    rows: tuple[Row, ...]
    period: str
    notes: tuple[str, ...]


def pyramid(found: Found) -> Pyramid:
    """How many customers stand in each tier, and what revenue they bring."""
    plan = found.plan
    report = plan.pyramid
    customers, revenue = report.customers.tolist(), report.revenue.tolist()
    total, everybody = sum(revenue), len(plan)
    tiers = [at for at in range(len(Tier)) if customers[at] or at < len(Tier) - 2]
    counts = bars([float(customers[at]) for at in tiers])
    sums = bars([revenue[at] for at in tiers])
    said = amounts([revenue[at] for at in tiers])
    rows = tuple(
        Row(
            word=str(tuple(Tier)[at]),
            name=tuple(Tier)[at].value,
            meaning=_tier(tuple(Tier)[at], found),
            is_strategy=tuple(Tier)[at] not in (Tier.INACTIVE, Tier.PROSPECT, Tier.SUSPECT),
            customers=f"{customers[at]:,}",
            customers_share=share(customers[at] / everybody),
            customers_bar=counts[place],
            value=said[place],
            value_share=share(revenue[at] / total) if total > 0 else "",
            value_bar=sums[place],
        )
        for place, at in enumerate(tiers)
    )
    top = sum(customers[:3])
    if total > 0 and top:
        who = (
            "The one who bought the most brings"
            if top == 1
            else f"The {top:,} who bought the most bring"
        )
        title = f"{who} {percent(sum(revenue[:3]) / total)} of revenue"
        if top == report.ranked > 1:
            title = f"All {top:,} who bought are in the upper tiers, for they bought so much alike"
        if customers[4]:
            title += f"; {customers[4]:,} bought nothing in the period"
    else:
        title = "Nobody brought revenue in the period"
    notes: list[str] = []
    if report.unknown:
        notes.append(
            f"{counted(report.unknown, 'customer')} stand in no tier, for a fact is missing."
        )
    if report.is_small and report.ranked:
        notes.append(
            f"Only {counted(report.ranked, 'customer')} bought in the period, "
            "so the shares are rough."
        )
    return Pyramid(
        id="pyramid",
        label="Customer pyramid",
        title=title,
        lead=f"Customers ranked by {report.policy.ranked_by} in the current period "
        f"({plan.assumptions.period}, ending on the day of the plan) and cut into tiers. Those "
        "who bought nothing in it stand below, in gray.",
        rows=rows,
        period=str(plan.assumptions.period),
        notes=tuple(notes),
    )


def _tier(tier: Tier, found: Found) -> str:
    policy, cuts = found.plan.pyramid.policy, found.plan.pyramid.cuts
    shares = {
        Tier.TOP: f"the first {stated_percent(policy.top)} of those who bought",
        Tier.BIG: f"the next {stated_percent(policy.big - policy.top)}",
        Tier.MEDIUM: f"the next {stated_percent(policy.medium - policy.big)}",
        Tier.SMALL: f"the other {stated_percent(1 - policy.medium)}",
    }
    least = (
        {} if cuts is None else {Tier.TOP: cuts.top, Tier.BIG: cuts.big, Tier.MEDIUM: cuts.medium}
    )
    meaning = shares.get(tier, TIERS[tier])
    if least.get(tier, 0.0) > 0:
        meaning += f"; from {amount(least[tier])}{money(found.plan)}"
    return meaning


@attrs.frozen(kw_only=True)
class CashRow:
    """A source or use of cash."""

    name: str
    side: str
    customers: str
    amount: str
    bar: Bar | None
    paid: str
    paid_bar: Bar | None


@attrs.frozen(kw_only=True)
class Cash(Section):
    """Sources and uses of cash."""

    rows: tuple[CashRow, ...]
    notes: tuple[str, ...]


def cash(found: Found) -> Cash:
    """What the moves release and ask, and who is paid for."""
    plan = found.plan
    statement, unit = plan.cash, money(plan)
    lines = [line for line in statement.lines if line.customers or line.unknown]
    lengths = bars([line.amount for line in lines] + [line.funded_amount for line in lines])
    asks, paid = (
        amounts([getattr(line, which) for line in lines]) for which in ("amount", "funded_amount")
    )
    rows = tuple(
        CashRow(
            name=spoken(line.strategy),
            side=line.side,
            customers=f"{line.customers + line.unknown:,}",
            amount=asks[at],
            bar=lengths[at],
            paid=f"{paid[at]} for {line.funded_customers:,}" if statement.asked else "",
            paid_bar=lengths[len(lines) + at] if line.side == "use" else None,
        )
        for at, line in enumerate(lines)
    )
    asking = sum(line.customers for line in lines if line.side == "use")
    funded = sum(line.funded_customers for line in lines)
    if not lines:
        title = "No move of this plan releases or asks for cash"
    elif asking and not statement.asked:
        title = (
            f"The moves release {brief(statement.released)}{unit}; what {asking:,} of them cost "
            "is not stated"
        )
    elif not statement.asked:
        title = f"The moves release {brief(statement.released)}{unit} and ask for none"
    else:
        title = (
            f"The {brief(statement.budget)}{unit} released pay for {funded:,} of the {asking:,} "
            "moves that ask for money"
        )
    notes: list[str] = []
    if asking and not statement.asked:
        notes.append(
            "No cost of a move is stated, so that all of them look free. State what it costs to "
            "win, to regain, to protect and to sell more to a customer, and this part tells whom "
            "the money reaches."
        )
    if len(statement.unknown):
        notes.append(
            f"Of {counted(len(statement.unknown), 'customer')} the amount is unknown; "
            "they are in no sum."
        )
    if statement.asked:
        wanted, spent, left, gain = amounts(
            (statement.asked, statement.spent, statement.left, statement.gain)
        )
        notes.append(
            f"Asked {wanted}, spent {spent}, left {left}{unit}; the net gain expected is "
            f"{gain}{unit}."
        )
    return Cash(
        id="cash",
        label="Sources and uses of cash",
        title=title,
        lead="Some moves set money free, others cost money. What is set free is given first where "
        "a unit of it is expected to gain most, and each customer gets all that the move costs or "
        "nothing.",
        rows=rows,
        notes=tuple(notes),
    )


@attrs.frozen(kw_only=True)
class RiskRow:
    """A customer to protect."""

    customer: str
    stake: str
    bar: Bar | None
    risk: str
    tier: str
    reason: str


@attrs.frozen(kw_only=True)
class AtRisk(Section):
    """The most valuable at risk."""

    rows: tuple[RiskRow, ...]


def at_risk(found: Found) -> AtRisk:
    """The customers to protect with the most value at stake, and why they may leave."""
    plan = found.plan
    where = plan.decisions.where(Strategy.PROTECT)
    stakes = found.stake[where]
    total = float(np.nansum(stakes))
    lines = plan.at_risk(_AT_RISK)
    shown = [
        None
        if line.retained_value is None or line.value is None
        else line.retained_value - line.value
        for line in lines
    ]
    drawn, stakes_said = bars(shown), amounts(shown)
    # What all reasons begin with, that they matter and may leave, is what the title says.
    _, reasons = parted([line.reason or "" for line in lines])
    top = sum(one for one in shown if one is not None)
    title = "Nobody who matters is at risk"
    if lines:
        everyone = counted(len(stakes), "customer")
        title = (
            f"{sentence(everyone)} who matter may leave, with {brief(total)}{money(plan)} at stake"
        )
        if len(stakes) == 1:
            title = f"One customer who matters may leave, with {brief(total)}{money(plan)} at stake"
        if len(lines) < len(stakes) and total > 0:
            title += f"; the first {len(lines)} hold {percent(top / total)} of it"
    return AtRisk(
        id="at-risk",
        label="The most valuable at risk",
        title=title,
        lead="At stake is the value of a customer who stays, less the value as things stand. The "
        f"risk is the probability of no purchase within {plan.assumptions.risk_horizon}.",
        rows=tuple(
            RiskRow(
                customer=shown_id(line.customer),
                stake=stake,
                bar=bar,
                risk=risk(line.attrition_risk),
                tier="" if line.tier is None else line.tier.value,
                reason=reason,
            )
            for line, stake, bar, reason in zip(lines, stakes_said, drawn, reasons, strict=True)
        ),
    )
