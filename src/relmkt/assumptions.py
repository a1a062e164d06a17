"""What an order log cannot tell and the firm must state: each with its unit, default and source."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from relmkt.calendars import Rate, Span
from relmkt.domain import Bond, CustomerFacts, RelationshipFacts
from relmkt.errors import InvalidValueError
from relmkt.records import schema
from relmkt.records._fields import as_float
from relmkt.thresholds import about

__all__ = ["ASSUMED_FACTS", "ASSUMED_RELATIONSHIP_FACTS", "Assumptions"]

ASSUMED_FACTS: Mapping[str, Any] = MappingProxyType(
    {
        "barred": False,
        "ended_by_us": False,
        "need_gone": False,
        "significance_high_volume": False,
        "significance_high_future_value": False,
        "significance_benchmark": False,
        "significance_door_opener": False,
        "significance_inspiration": False,
        "competitor_pull": 0.0,
        "wallet_share_falling": False,
        "cost_reducible": False,
        "headroom": 0.0,
    }
)
"""What is taken for facts that no order log holds, unless a facts file knows better: that nothing
special is the case. Each decision says which of these it rests on."""

ASSUMED_RELATIONSHIP_FACTS: Mapping[str, Any] = MappingProxyType(
    {"bond_now": Bond.FINANCIAL, "next_bond_gain": 0.0, "next_bond_cost": 0.0}
)
"""What is taken for facts of the relationship that nobody states: that incentives reach everyone,
and that no other bond gains. Whether a customer is barred is assumed with the facts above."""


def _number(value: float) -> float:
    """Any number as a float; what is none is refused by name, once its field is known."""
    found = as_float(value)
    return value if found is None else found


def _finite(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    del instance
    if not isinstance(value, float) or not math.isfinite(value):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(attribute.name, "be a finite number", value)


def _amount(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    _finite(instance, attribute, value)
    if value < 0:
        raise InvalidValueError(attribute.name, "be at least 0", value)


def _share(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    _finite(instance, attribute, value)
    if not 0 <= value <= 1:
        raise InvalidValueError(
            attribute.name, "be a share between 0 and 1", value, remedy="30 percent is 0.30"
        )


def _frozen(record_type: type[Any]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """A converter that checks assumed facts by the record type, and copies them."""

    def frozen(facts: Mapping[str, Any]) -> Mapping[str, Any]:
        declared = schema(record_type)
        if declared.identity in facts:
            raise InvalidValueError(
                declared.identity,
                "not be assumed",
                facts[declared.identity],
                remedy="it names the row",
            )
        return MappingProxyType(declared.checked(facts))

    return frozen


@attrs.frozen(kw_only=True)
class Assumptions:
    """The firm's margins, costs and horizons, where the data do not hold them.

    Every field has a default that is scale-free (a share, a span, or no cost at all), so that it
    fits any currency; a plan says which it used.

    Examples
    --------
    >>> from relmkt.assumptions import Assumptions
    >>> stated = Assumptions(margin_rate=0.4, cost_per_order=2.5, horizon="2 years")
    >>> str(stated.horizon), stated.discount_rate.value
    ('2 years', 0.1)
    """

    margin_rate: float = attrs.field(
        default=0.30,
        converter=_number,
        validator=_share,
        metadata=about(
            unit="share of revenue",
            meaning="margin before cost to serve, where the orders hold no margins",
        ),
    )
    cost_per_order: float = attrs.field(
        default=0.0,
        converter=_number,
        validator=_amount,
        metadata=about(unit="currency per order", meaning="cost of serving one order"),
    )
    cost_per_contact: float = attrs.field(
        default=0.0,
        converter=_number,
        validator=_amount,
        metadata=about(unit="currency per contact", meaning="cost of one contact"),
    )
    contacts_per_period: float = attrs.field(
        default=12.0,
        converter=_number,
        validator=_amount,
        metadata=about(
            unit="contacts per current period", meaning="how often a customer is contacted"
        ),
    )
    cost_per_period: float = attrs.field(
        default=0.0,
        converter=_number,
        validator=_amount,
        metadata=about(
            unit="currency per current period", meaning="cost of keeping a customer on the books"
        ),
    )
    avoidable_share: float = attrs.field(
        default=1.0,
        converter=_number,
        validator=_share,
        metadata=about(
            unit="share of cost to serve", meaning="what ending the relationship would really save"
        ),
    )
    reducible_share: float = attrs.field(
        default=0.25,
        converter=_number,
        validator=_share,
        metadata=about(
            unit="share of cost to serve", meaning="what re-engineering saves, where it is possible"
        ),
    )
    cost_of_acquisition: float = attrs.field(
        default=0.0,
        converter=_number,
        validator=_amount,
        metadata=about(unit="currency per prospect won", meaning="cost of winning a prospect"),
    )
    cost_of_regaining: float = attrs.field(
        default=0.0,
        converter=_number,
        validator=_amount,
        metadata=about(unit="currency per customer regained", meaning="cost of winning one back"),
    )
    cost_of_protecting: float = attrs.field(
        default=0.0,
        converter=_number,
        validator=_amount,
        metadata=about(unit="currency per customer", meaning="cost of an effort to hold one"),
    )
    cost_of_enhancing: float = attrs.field(
        default=0.0,
        converter=_number,
        validator=_amount,
        metadata=about(unit="currency per customer", meaning="cost of an effort to sell one more"),
    )
    effect_of_protecting: float = attrs.field(
        default=0.20,
        converter=_number,
        validator=_share,
        metadata=about(
            unit="share of the value at stake",
            meaning="what an effort to hold a customer saves of what would be lost",
        ),
    )
    discount_rate: Rate = attrs.field(
        default=Rate(0.10, "year"),
        converter=Rate.parse,
        metadata=about(unit="share per unit of time", meaning="effective discount rate"),
    )
    horizon: Span = attrs.field(
        default=Span(3, "year"),
        converter=Span.parse,
        metadata=about(unit="span", meaning="how far ahead value is counted"),
    )
    risk_horizon: Span = attrs.field(
        default=Span(6, "month"),
        converter=Span.parse,
        metadata=about(
            unit="span", meaning="attrition risk is the probability of no purchase within it"
        ),
    )
    period: Span = attrs.field(
        default=Span(1, "year"),
        converter=Span.parse,
        metadata=about(unit="span", meaning="the current period, ending on the day of the plan"),
    )
    lost_below: float = attrs.field(
        default=0.20,
        converter=_number,
        validator=_share,
        metadata=about(
            unit="probability",
            meaning="a repeat customer whose probability of being active is below it is lost",
            source="our default; the docstring of customer_facts says how many came back",
        ),
    )
    lost_after_gaps: float = attrs.field(
        default=4.0,
        converter=_number,
        validator=_amount,
        metadata=about(
            unit="multiple of the cohort's gap",
            meaning="a one-time buyer silent for longer is lost",
            source="our default; the docstring of customer_facts says how many came back",
        ),
    )
    high_volume_share: float = attrs.field(
        default=0.05,
        converter=_number,
        validator=_share,
        metadata=about(
            unit="share of customers",
            meaning="the first by revenue in the period are significant for their volume",
        ),
    )
    high_value_share: float = attrs.field(
        default=0.05,
        converter=_number,
        validator=_share,
        metadata=about(
            unit="share of customers",
            meaning="the first by retained value are significant for their future value",
        ),
    )
    currency: str | None = attrs.field(
        default=None, metadata=about(unit="code", meaning="the currency of all amounts")
    )
    facts: Mapping[str, Any] = attrs.field(
        default=ASSUMED_FACTS,
        converter=_frozen(CustomerFacts),
        metadata=about(unit="facts", meaning="what is taken for facts that are absent"),
    )
    relationship_facts: Mapping[str, Any] = attrs.field(
        default=ASSUMED_RELATIONSHIP_FACTS,
        converter=_frozen(RelationshipFacts),
        metadata=about(
            unit="facts", meaning="what is taken for facts of the relationship that are absent"
        ),
    )
