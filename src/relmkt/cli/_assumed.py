"""The assumptions of a plan in words: those that were stated, and those that hold by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from relmkt.assumptions import ASSUMED_FACTS, ASSUMED_RELATIONSHIP_FACTS, Assumptions
from relmkt.calendars import Rate
from relmkt.rules import shown
from relmkt.thresholds import Threshold, thresholds

if TYPE_CHECKING:
    from relmkt.plans import Plan

__all__ = ["told_assumptions"]


def told_assumptions(plan: Plan) -> list[str]:
    """The assumptions in force, in one line or two.

    Whatever differs from its default was stated; costs of nothing are told together.

    Examples
    --------
    >>> from datetime import date
    >>> import relmkt
    >>> from relmkt.cli._assumed import told_assumptions
    >>> log = relmkt.OrderLog(customer=["a"], ordered_at=[date(2026, 1, 1)], amount=[5.0])
    >>> stated = relmkt.Assumptions(margin_rate=0.4, cost_per_order=2, currency="EUR")
    >>> plan = relmkt.plan(log, as_of=date(2026, 1, 8), assumptions=stated)
    >>> told_assumptions(plan)[0]
    'Stated: margin rate = 40% of revenue; cost per order = 2 EUR; currency = EUR.'
    """
    assumed = plan.assumptions
    stated: list[str] = []
    default: list[str] = []
    free: list[str] = []
    for setting in thresholds(Assumptions):
        value: Any = getattr(assumed, setting.name)
        if setting.unit == "facts" or value is None:
            continue
        name = setting.name.replace("_", " ")
        if value != setting.default:
            stated.append(f"{name} = {_told(value, setting, plan.currency)}")
        elif setting.unit.startswith("currency ") and value == 0:
            free.append(name.removeprefix("cost "))
        else:
            default.append(f"{name} = {_told(value, setting, plan.currency)}")
    stated += _told_facts(assumed)
    if free:
        default.append(f"no cost {', '.join(free)}")
    groups = (
        ("Stated", stated),
        ("By default (relmkt plan --help says what each means and how to state it)", default),
    )
    return [f"{title}: {'; '.join(lines)}." for title, lines in groups if lines]


def _told_facts(assumed: Assumptions) -> list[str]:
    """What is taken for absent facts, as far as it is not the default."""
    told = ["nothing taken for absent facts"]
    if assumed.facts:
        told = _changed(assumed.facts, ASSUMED_FACTS)
    if assumed.facts or assumed.relationship_facts:
        told += _changed(assumed.relationship_facts, ASSUMED_RELATIONSHIP_FACTS)
    return told


def _changed(assumed: Mapping[str, Any], default: Mapping[str, Any]) -> list[str]:
    stated = [
        f"{name} where absent = {shown(value)}"
        for name, value in assumed.items()
        if name not in default or default[name] != value
    ]
    return stated + [f"{name} where absent = unknown" for name in default if name not in assumed]


def _told(value: Any, setting: Threshold, currency: str | None) -> str:
    """A value with its unit, as far as the name does not say it already."""
    if isinstance(value, Rate):
        return f"{_percent(value.value)} per {value.per}"
    if not isinstance(value, float):
        return str(value)
    kind, _, of = setting.unit.partition(" of ")
    match kind:
        case "share":
            return f"{_percent(value)} of {of}"
        case "probability":
            return _percent(value)
        case "multiple":
            return f"{_number(value)} times {of}"
        case _ if setting.unit.startswith("currency "):
            return f"{_number(value)} {currency}" if currency else _number(value)
        case _:
            return _number(value)


def _percent(share: float) -> str:
    return f"{_number(round(100 * share, 10))}%"


def _number(value: float) -> str:
    """The number as it was stated, not rounded: 0.005 is not 0.01."""
    return f"{value:,.15g}"
