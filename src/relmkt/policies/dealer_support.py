"""Support of dealers: alerts on one relationship, and what a joint promotion still lacks."""

from __future__ import annotations

from typing import Any

import attrs

from relmkt.domain import (
    DealerFacts,
    PromotionGap,
    PromotionPlan,
    PromotionSide,
    SupportAlert,
)
from relmkt.records import handles, schema
from relmkt.rules import Checklist, Rule, any_of
from relmkt.thresholds import Policy, Quantile, policy, threshold

__all__ = ["PROMOTION_PARTS", "PromotionPart", "PromotionPolicy", "SupportPolicy"]


@policy
class SupportPolicy(Policy):
    """The thresholds of the alerts on the support of a dealer; all are our defaults.

    Examples
    --------
    >>> from relmkt.domain import DealerFacts
    >>> from relmkt.policies import SupportPolicy
    >>> facts = DealerFacts(
    ...     dealer="D-7", key_dealer=True, days_since_contact=45, contacts=8, contact_share=0.875
    ... )
    >>> found = SupportPolicy().checklist().decide(facts)
    >>> [alert.value for alert in found.outcomes]
    ['one_contact', 'avoided']
    >>> found.reasons["D3"]
    'to avoid trouble by keeping away loses a dealer: key dealer, days since contact 45 > 30'
    """

    contact_share_most: float | Quantile = threshold(
        default=0.8, unit="share", meaning="share of the contacts that one employee may have"
    )
    revenue_share_most: float | Quantile = threshold(
        default=0.8, unit="share", meaning="share of the revenue that may hang on one employee"
    )
    contacts_least: float | Quantile = threshold(
        default=5.0, unit="contact", meaning="contacts from which a share of them says anything"
    )
    silence_most: float | Quantile = threshold(
        default=30.0, unit="day", meaning="days without contact that a key dealer may have"
    )
    training_least: float | Quantile = threshold(
        default=0.7, unit="share", meaning="share of its topics in which a dealer must be trained"
    )
    information_most: float | Quantile = threshold(
        default=90.0, unit="day", meaning="days without information that a key dealer may have"
    )
    repeat_fall: float | Quantile = threshold(
        default=0.05, unit="points", meaning="fall of the repeat rate from which something is new"
    )
    launch_most: float | Quantile = threshold(
        default=180.0, unit="day", meaning="days without a new product while customers leave"
    )
    attitude_least: float | Quantile = threshold(
        default=0.5, unit="share", meaning="attitude below which a dealer is not content"
    )
    answers_least: float | Quantile = threshold(
        default=3.0, unit="answer", meaning="answers from which there is an attitude"
    )
    attitude_age_most: float | Quantile = threshold(
        default=365.0, unit="day", meaning="days after which an attitude is of the past"
    )

    def checklist(self) -> Checklist[DealerFacts, SupportAlert]:
        """The checklist of alerts with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(DealerFacts)
        enough = on.contacts >= limits["contacts_least"]
        is_old = on.days_since_attitude > limits["attitude_age_most"]
        is_thin = on.attitude_answers < limits["answers_least"]
        return Checklist(
            name="support",
            facts=schema(DealerFacts),
            rules=[
                Rule(
                    "D1",
                    enough & (on.contact_share > limits["contact_share_most"]),
                    SupportAlert.ONE_CONTACT,
                    "who leaves would take the relationship along: {because}",
                ),
                Rule(
                    "D2",
                    on.revenue_share > limits["revenue_share_most"],
                    SupportAlert.ONE_SELLER,
                    "who leaves would take the revenue along: {because}",
                ),
                Rule(
                    "D3",
                    on.key_dealer
                    & ((on.days_since_contact > limits["silence_most"]) | (on.contacts <= 0)),
                    SupportAlert.AVOIDED,
                    "to avoid trouble by keeping away loses a dealer: {because}",
                ),
                Rule(
                    "D4",
                    on.training_coverage < limits["training_least"],
                    SupportAlert.UNTRAINED,
                    "training is offered before it is asked for: {because}",
                ),
                Rule(
                    "D5",
                    on.key_dealer & (on.days_since_information > limits["information_most"]),
                    SupportAlert.UNINFORMED,
                    "what the firm knows is of use to the dealer: {because}",
                ),
                Rule(
                    "D6",
                    (on.repeat_change <= -limits["repeat_fall"])
                    & (on.days_since_launch > limits["launch_most"]),
                    SupportAlert.LAUNCH_DUE,
                    "loyalty to a product comes and goes, so launch: {because}",
                ),
                Rule(
                    "D7",
                    (on.attitude < limits["attitude_least"]) & ~is_old & ~is_thin,
                    SupportAlert.ATTITUDE_LOW,
                    "it says so itself: {because}",
                ),
                Rule(
                    "D8",
                    is_old | is_thin,
                    SupportAlert.ATTITUDE_UNKNOWN,
                    "ask, for sales do not tell: {because}",
                ),
            ],
            constants=limits,
        )


@attrs.frozen
class PromotionPart:
    """One thing that a joint promotion needs.

    Attributes
    ----------
    fact
        The fact of `PromotionPlan` that says whether it has been supplied.
    gap
        What is lacking without it.
    side
        Whose part it is.
    lead
        The threshold of `PromotionPolicy` that says how long before the start it is due.
    """

    fact: str
    gap: PromotionGap
    side: PromotionSide
    lead: str


_Gap, _Side = PromotionGap, PromotionSide

PROMOTION_PARTS: tuple[PromotionPart, ...] = (
    PromotionPart("outlets_named", _Gap.DEALER_OUTLETS, _Side.DEALER, "outlets_days"),
    PromotionPart("habits_told", _Gap.DEALER_HABITS, _Side.DEALER, "habits_days"),
    PromotionPart("stock_ready", _Gap.DEALER_STOCK, _Side.DEALER, "stock_days"),
    PromotionPart("plan_shared", _Gap.FIRM_PLAN, _Side.FIRM, "plan_days"),
    PromotionPart("material_ready", _Gap.FIRM_MATERIAL, _Side.FIRM, "material_days"),
    PromotionPart("budget_agreed", _Gap.FIRM_BUDGET, _Side.FIRM, "budget_days"),
    PromotionPart("aim_agreed", _Gap.BOTH_AIM, _Side.BOTH, "aim_days"),
)
"""What a joint promotion needs, from whom, and which lead time it has.

:meta hide-value:
"""

_WHY = {
    PromotionSide.DEALER: "the dealer knows its outlets and customers",
    PromotionSide.FIRM: "the firm knows the whole",
    PromotionSide.BOTH: "both must want the same",
}


def _lead(default: float, meaning: str) -> Any:
    return threshold(
        default=default, unit="day", meaning=f"days before the start by which {meaning}"
    )


@policy
class PromotionPolicy(Policy):
    """The lead times of a joint promotion; all are our defaults.

    By them the checklist says what is lacking, and whether it is too late for it; and
    `planning.promotion_duties` gives each part the day on which it is due.

    Examples
    --------
    >>> from relmkt.domain import PromotionPlan
    >>> from relmkt.policies import PromotionPolicy
    >>> plan = PromotionPlan(
    ...     promotion="P-1", outlets_named=False, material_ready=False, days_to_start=20
    ... )
    >>> found = PromotionPolicy().checklist().decide(plan)
    >>> [gap.value for gap in found.outcomes]
    ['dealer_outlets', 'firm_material', 'too_late']
    >>> found.reasons["J8"]
    'what is lacking cannot come in time: outlets not named, days to start 20 < 28'
    """

    outlets_days: float | Quantile = _lead(28.0, "the dealer names the outlets")
    habits_days: float | Quantile = _lead(28.0, "the dealer tells local days and habits")
    stock_days: float | Quantile = _lead(7.0, "the dealer has the goods and the staff")
    plan_days: float | Quantile = _lead(42.0, "the firm shows where it stands in the year")
    material_days: float | Quantile = _lead(14.0, "the firm supplies displays and samples")
    budget_days: float | Quantile = _lead(35.0, "it is agreed who pays for what")
    aim_days: float | Quantile = _lead(42.0, "both agree on what it is to bring")

    def checklist(self) -> Checklist[PromotionPlan, PromotionGap]:
        """The checklist of what is lacking, and from whom.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(PromotionPlan)
        rules = [
            Rule(f"J{at}", ~getattr(on, part.fact), part.gap, f"{_WHY[part.side]}: {{because}}")
            for at, part in enumerate(PROMOTION_PARTS, start=1)
        ]
        late = (
            ~getattr(on, part.fact) & (on.days_to_start < limits[part.lead])
            for part in PROMOTION_PARTS
        )
        rules.append(
            Rule(
                "J8",
                any_of(*late),
                PromotionGap.TOO_LATE,
                "what is lacking cannot come in time: {because}",
            )
        )
        return Checklist(
            name="joint promotion", facts=schema(PromotionPlan), rules=rules, constants=limits
        )
