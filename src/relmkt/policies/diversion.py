"""Signals of diversion, and what they call for: evidence and a hearing, never a sanction."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping
from typing import ClassVar

from relmkt.domain import DiversionFacts, Suspicion
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Checklist, Condition, Monotonicity, Rule, Table, never
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold

__all__ = ["DiversionPolicy"]


@policy
class DiversionPolicy(Policy):
    """The thresholds of the signals of diversion.

    Four signals, each of which has innocent explanations too: bought and never sold, bought at the
    end of a year just over a bracket, sold far from home, sold there below everybody's price. One
    of them is to be watched; two of them that are known to hold call for evidence and a hearing.
    What follows then is for the register of breaches and `SanctionPolicy` alone.

    Examples
    --------
    >>> from relmkt.domain import DiversionFacts
    >>> from relmkt.policies import DiversionPolicy
    >>> facts = DiversionFacts(
    ...     dealer="D-7",
    ...     least_stock=2.6,
    ...     year_end_lift=1.9,
    ...     overshoot=0.01,
    ...     foreign_share=0.03,
    ...     foreign_discount=0.01,
    ...     home_discount=0.0,
    ... )
    >>> policy = DiversionPolicy()
    >>> policy.checklist().decide(facts).outcomes
    ('never_sold', 'just_over_bracket')
    >>> policy.table().decide(facts).outcome.value
    'hear'
    """

    stock_most: float | Quantile = threshold(
        default=1.25,
        unit="month",
        meaning="lowest stock of a year above which goods seem never to have been sold",
        source=OUR_DEFAULT,
    )
    lift_most: float | Quantile = threshold(
        default=1.25,
        unit="ratio",
        meaning="purchases at the end of a year, by what was sold, above which they are a spike",
        source=OUR_DEFAULT,
    )
    overshoot_most: float | Quantile = threshold(
        default=0.04,
        unit="share",
        meaning="how far above a bracket a volume lies at most to be just over it",
        source=OUR_DEFAULT,
    )
    foreign_most: float | Quantile = threshold(
        default=0.08,
        unit="share",
        meaning="share of sales outside the own places above which it is more than passive sales",
        source=OUR_DEFAULT,
    )
    discount_most: float | Quantile = threshold(
        default=0.05,
        unit="share",
        meaning="how far below others, and below the own price, foreign prices may lie",
        source=OUR_DEFAULT,
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = tuple(
        promise
        for fact in (
            "least_stock",
            "year_end_lift",
            "foreign_share",
            "foreign_discount",
            "home_discount",
        )
        for promise in (
            never(Suspicion.HEAR, (Suspicion.WATCH, Suspicion.CLEAR), as_=fact),
            never(Suspicion.WATCH, Suspicion.CLEAR, as_=fact),
        )
    )
    """What more of a fact never does, wherever the thresholds are.

    :meta hide-value:
    """

    def checklist(self) -> Checklist[DiversionFacts, str]:
        """The named signals with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        said = {
            "never_sold": "bought, and not seen to be sold: {because}",
            "just_over_bracket": "a spike at the end of the year, just over a bracket: {because}",
            "far_from_home": "sold outside the own places: {because}",
            "undercut": "sold there below others and below the own price: {because}",
        }
        rules = [
            Rule(f"S{number}", condition, name, said[name])
            for number, (name, condition) in enumerate(_signals(limits).items(), start=1)
        ]
        return Checklist(
            name="diversion signals", facts=schema(DiversionFacts), rules=rules, constants=limits
        )

    def table(self) -> Table[DiversionFacts, Suspicion]:
        """What the signals call for, with these thresholds; two that are known are enough.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        signals = tuple(_signals(limits).values())
        two = _any(one & other for one, other in itertools.combinations(signals, 2))
        rules: list[Rule[Suspicion]] = [
            Rule(
                "V1",
                two,
                Suspicion.HEAR,
                "several signals agree; gather evidence, and hear the dealer: {because}",
            ),
            Rule(
                "V2",
                _any(signals),
                Suspicion.WATCH,
                "one signal alone has innocent reasons too: {because}",
            ),
            Rule("V3", ALWAYS, Suspicion.CLEAR, "no signal of diversion", otherwise=True),
        ]
        return Table(
            name="diversion",
            facts=schema(DiversionFacts),
            rules=rules,
            undecided=Suspicion.UNKNOWN,
            constants=limits,
        )


def _signals(limits: Mapping[str, float]) -> dict[str, Condition]:
    on = handles(DiversionFacts)
    return {
        "never_sold": on.least_stock > limits["stock_most"],
        "just_over_bracket": (on.year_end_lift > limits["lift_most"])
        & (on.overshoot <= limits["overshoot_most"]),
        "far_from_home": on.foreign_share > limits["foreign_most"],
        # Where nothing was sold there are no prices, and none that undercut.
        "undercut": (on.foreign_share > 0)
        & (on.foreign_discount > limits["discount_most"])
        & (on.home_discount > limits["discount_most"]),
    }


def _any(conditions: Iterable[Condition]) -> Condition:
    return functools.reduce(lambda one, other: one | other, conditions)
