"""What the report rests on: claims beside one's own figures, assumptions, facts, thresholds."""

from __future__ import annotations

import math
from typing import Any, cast

import attrs
import numpy as np

from relmkt._counts import counted
from relmkt.adapters.report._bars import Bar, bars
from relmkt.adapters.report._found import Found
from relmkt.adapters.report._section import Section
from relmkt.adapters.report._words import STATUSES, called, listed, said_day, sentence, spoken
from relmkt.assumptions import ASSUMED_FACTS, ASSUMED_RELATIONSHIP_FACTS, Assumptions
from relmkt.calendars import ONE_DAY, days_per
from relmkt.policies import StrategyPolicy
from relmkt.rules import shown, stated
from relmkt.segments import Measured, measure_claims
from relmkt.segments.claims import existing_revenue, spend_beyond_customers
from relmkt.thresholds import thresholds

__all__ = ["Basis", "Claims", "basis", "claims"]

_ORDER = (
    "top_fifth_revenue",
    "top_fifth_profit",
    "existing_revenue",
    "spend_beyond_customers",
    "upgradable",
    "migration_revenue",
    "migration_profit",
)


@attrs.frozen(kw_only=True)
class ClaimRow:
    """A claim, the figure here, and how far the claim was traced."""

    said: str
    bar: Bar | None
    marks: tuple[Bar, ...]
    source: str
    status: str


@attrs.frozen(kw_only=True)
class Claims(Section):
    """What the trade says, measured here."""

    rows: tuple[ClaimRow, ...]
    statuses: tuple[tuple[str, str], ...]


def claims(found: Found) -> Claims:
    """Every claim of the register that this plan can measure, and why where it cannot."""
    plan = found.plan
    own = measure_claims(plan.portfolio, pyramid=plan.pyramid)
    measured = {one.claim.key: one for one in own}
    for one in (_existing(found), spend_beyond_customers(plan.cash)):
        measured[one.claim.key] = one
    told = [measured[key] for key in _ORDER]
    values = [None if math.isnan(one.value) else one.value for one in told]
    # The figures and the claims share one scale; a claim is drawn as the end of a bar.
    flat = [*values, *(stated for one in told for stated in one.claim.stated)]
    drawn = bars(flat)
    marks = iter(drawn[len(told) :])
    first = next((one for one in told if not math.isnan(one.value)), None)
    return Claims(
        id="claims",
        label="Claims of the trade, measured here",
        title=sentence(first.said) if first else "None of the claims can be measured here",
        lead="Trade literature is full of general figures. None is taken for true: each stands "
        "beside the figure of these customers, with its source and how far it was traced.",
        rows=tuple(
            ClaimRow(
                said=sentence(one.said) + ".",
                bar=bar,
                marks=tuple(cast("Bar", next(marks)) for _ in one.claim.stated),
                source=one.claim.source,
                status=one.claim.status.value,
            )
            for one, bar in zip(told, drawn[: len(told)], strict=True)
        ),
        statuses=tuple(
            (sentence(status.value), meaning)
            for status, meaning in STATUSES.items()
            if any(one.claim.status is status for one in told)
        ),
    )


def _existing(found: Found) -> Measured:
    """Who bought first before the current period began brings so much of its revenue."""
    plan = found.plan
    revenue = plan.portfolio.current_revenue[: len(plan.summaries)]
    age = plan.summaries.age * days_per(plan.summaries.unit)
    began = plan.assumptions.period.end(plan.as_of + ONE_DAY, -1)
    known = ~np.isnan(revenue) & ~np.isnan(age)
    # Ages in weeks come back as days with an error in the last digits.
    before = np.rint(age[known]) > (plan.as_of - began).days
    return existing_revenue(revenue[known], existing=before)


@attrs.frozen(kw_only=True)
class Setting:
    """An assumption, or a threshold: what it means, its value, and where that is from."""

    meaning: str
    name: str
    value: str
    unit: str
    source: str


@attrs.frozen(kw_only=True)
class FactRow:
    """Where one fact comes from."""

    name: str
    given: str
    estimated: str
    assumed: str
    value: str
    absent: str
    unsettling: str


@attrs.frozen(kw_only=True)
class Basis(Section):
    """Assumptions, facts and thresholds."""

    facts: tuple[FactRow, ...]
    assumptions: tuple[Setting, ...]
    thresholds: tuple[Setting, ...]
    rules: tuple[tuple[str, str, str, str], ...]
    version: str
    day: str
    notes: tuple[str, ...]


def basis(found: Found) -> Basis:
    """What was assumed, what is absent, and the thresholds that decided."""
    plan = found.plan
    sources = plan.sources()
    relied = [source.name for source in sources if source.relied_on]
    unsettling = [source.name for source in sources if source.unsettling]
    if unsettling:
        title = f"Some decisions wait for facts: {listed([called(name) for name in unsettling])}"
    elif relied:
        title = (
            f"Decisions rest on {counted(len(relied), 'assumed fact')} that nobody has looked up"
        )
    else:
        title = "Every fact that a decision rests on is known or estimated"
    return Basis(
        id="basis",
        label="What this rests on",
        title=title,
        lead="An order log does not tell margins, costs, or what competitors do. What was stated, "
        "what was taken for granted, and what is not known stands here; other values would give "
        "another plan.",
        facts=tuple(
            FactRow(
                name=called(source.name),
                given=_count(source.given),
                estimated=_count(source.estimated),
                assumed=_count(source.assumed),
                value=shown(source.value) if source.assumed else "",
                absent=_count(source.absent),
                unsettling=_count(source.unsettling),
            )
            for source in sources
        ),
        assumptions=tuple(_assumptions(plan.assumptions, plan.currency)),
        thresholds=tuple(
            Setting(
                meaning=declared.meaning,
                name=spoken(declared.name),
                value=shown(value),
                unit=_unit(declared.unit, plan.currency),
                source=declared.source,
            )
            for declared, value in (
                (declared, getattr(plan.policy, declared.name))
                for declared in thresholds(StrategyPolicy)
            )
        ),
        rules=tuple(
            (
                rule.id,
                spoken(str(rule.outcome)),
                _plain(rule.reason),
                stated(rule.when, plan.decisions.table.facts.features),
            )
            for rule in plan.decisions.table.rules
        ),
        version=plan.decisions.table.version,
        day=said_day(plan.as_of),
        notes=tuple(f"{sentence(note)}." for note in plan.notes),
    )


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _unit(unit: str, currency: str | None) -> str:
    """The unit, with the name of the currency where it is known."""
    return unit.replace("currency", currency) if currency else unit


def _plain(reason: str) -> str:
    """The words of a reason before its numbers."""
    return reason.partition("{")[0].rpartition(":")[0] or reason.partition(": ")[0]


def _assumptions(assumed: Assumptions, currency: str | None) -> list[Setting]:
    made: list[Setting] = []
    for declared in thresholds(Assumptions):
        value: Any = getattr(assumed, declared.name)
        if declared.unit == "facts":
            continue
        made.append(
            Setting(
                meaning=declared.meaning,
                name=spoken(declared.name),
                value="not stated" if value is None else shown(value),
                unit=_unit(declared.unit, currency) if isinstance(value, float) else "",
                source="by default" if value == declared.default else "stated",
            )
        )
    taken = {**assumed.relationship_facts, **assumed.facts}
    usually = {**ASSUMED_RELATIONSHIP_FACTS, **ASSUMED_FACTS}
    for name, value in taken.items():
        usual = name in usually and usually[name] == value
        made.append(
            Setting(
                meaning=f"{called(name)}, where it is absent",
                name=spoken(name),
                value=shown(value),
                unit="",
                source="by default" if usual else "stated",
            )
        )
    return made


def subtitle(found: Found) -> str:
    """What stands under the title of the report."""
    plan = found.plan
    money = f"amounts in {plan.currency}" if plan.currency else "the currency is not stated"
    return f"{sentence(counted(len(plan), 'customer'))} on {said_day(plan.as_of)}; {money}"
