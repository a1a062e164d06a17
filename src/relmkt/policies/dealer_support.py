"""Support of dealers: alerts on one relationship, and what a joint promotion still lacks."""

from __future__ import annotations

from relmkt.domain import DealerFacts, PromotionGap, PromotionPlan, SupportAlert
from relmkt.records import handles, schema
from relmkt.rules import Checklist, Rule
from relmkt.thresholds import Policy, Quantile, policy, threshold

__all__ = ["PromotionPolicy", "SupportPolicy"]


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


@policy
class PromotionPolicy(Policy):
    """The threshold of the checklist of a joint promotion.

    Examples
    --------
    >>> from relmkt.domain import PromotionPlan
    >>> from relmkt.policies import PromotionPolicy
    >>> plan = PromotionPlan(
    ...     promotion="P-1", outlets_named=False, material_ready=False, days_to_start=10
    ... )
    >>> found = PromotionPolicy().checklist().decide(plan)
    >>> [gap.value for gap in found.outcomes]
    ['dealer_outlets', 'firm_material', 'too_late']
    """

    lead_days: float | Quantile = threshold(
        default=21.0, unit="day", meaning="days before the start by which all must be supplied"
    )

    def checklist(self) -> Checklist[PromotionPlan, PromotionGap]:
        """The checklist of what is lacking, and from whom.

        Raises
        ------
        InvalidValueError
            When the threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(PromotionPlan)
        dealer, firm = "the dealer knows its outlets and customers", "the firm knows the whole"
        parts = (
            ("J1", on.outlets_named, PromotionGap.DEALER_OUTLETS, dealer),
            ("J2", on.habits_told, PromotionGap.DEALER_HABITS, dealer),
            ("J3", on.stock_ready, PromotionGap.DEALER_STOCK, dealer),
            ("J4", on.plan_shared, PromotionGap.FIRM_PLAN, firm),
            ("J5", on.material_ready, PromotionGap.FIRM_MATERIAL, firm),
            ("J6", on.budget_agreed, PromotionGap.FIRM_BUDGET, firm),
            ("J7", on.aim_agreed, PromotionGap.BOTH_AIM, "both must want the same"),
        )
        rules = [Rule(id_, ~part, gap, f"{why}: {{because}}") for id_, part, gap, why in parts]
        lacking = ~parts[0][1]
        for _, part, _, _ in parts[1:]:
            lacking = lacking | ~part
        rules.append(
            Rule(
                "J8",
                lacking & (on.days_to_start < limits["lead_days"]),
                PromotionGap.TOO_LATE,
                "what is lacking cannot come in time: {because}",
            )
        )
        return Checklist(
            name="joint promotion", facts=schema(PromotionPlan), rules=rules, constants=limits
        )
