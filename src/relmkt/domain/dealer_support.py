"""The support of dealers: contacts, trainings, answers, information and joint promotions."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from relmkt.domain.distributor import DealerId
from relmkt.records import Constraint, Handles, day, flag, identity, number, record, text
from relmkt.rules import absent, known

__all__ = [
    "AttitudeAnswer",
    "DealerContact",
    "DealerFacts",
    "DealerTraining",
    "InformationItem",
    "PromotionGap",
    "PromotionPlan",
    "PromotionSide",
    "SupportAlert",
]


class SupportAlert(StrEnum):
    """What wants doing about the relationship with a dealer."""

    ONE_CONTACT = "one_contact"
    """Nearly all contacts with the dealer are those of one employee."""
    ONE_SELLER = "one_seller"
    """Nearly all revenue from the dealer hangs on one employee."""
    AVOIDED = "avoided"
    """Nobody has been in touch with a key dealer for too long."""
    UNTRAINED = "untrained"
    """The dealer lacks too much of the training that its range asks for."""
    UNINFORMED = "uninformed"
    """A key dealer has been told nothing for too long."""
    LAUNCH_DUE = "launch_due"
    """Its customers come back less, and nothing new has come for long."""
    ATTITUDE_LOW = "attitude_low"
    """The dealer says that it is not content."""
    ATTITUDE_UNKNOWN = "attitude_unknown"
    """The dealer was not asked, or too long ago, or too little."""


class PromotionGap(StrEnum):
    """What a joint promotion still lacks, and who must supply it."""

    DEALER_OUTLETS = "dealer_outlets"
    """From the dealer: the outlets at which it takes place."""
    DEALER_HABITS = "dealer_habits"
    """From the dealer: local days and habits of customers."""
    DEALER_STOCK = "dealer_stock"
    """From the dealer: that it has the goods and the staff."""
    FIRM_PLAN = "firm_plan"
    """From the firm: where it stands in the plan of the year."""
    FIRM_MATERIAL = "firm_material"
    """From the firm: displays, samples and training."""
    FIRM_BUDGET = "firm_budget"
    """From the firm: who pays for what, and how much."""
    BOTH_AIM = "both_aim"
    """From both: what it is to bring, and how that is measured."""
    TOO_LATE = "too_late"
    """It starts before what is lacking could be supplied."""


class PromotionSide(StrEnum):
    """Whose part of a joint promotion something is."""

    DEALER = "dealer"
    """The dealer's, who knows its outlets and customers."""
    FIRM = "firm"
    """The firm's, which knows the whole."""
    BOTH = "both"
    """Both have to agree on it."""


@record
class DealerContact:
    """One contact between the firm and a dealer, whoever began it.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import DealerContact
    >>> DealerContact(dealer="D-7", contacted_on=date(2026, 3, 1), employee="Ines").revenue is None
    True
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    contacted_on: date = day("the day of the contact")
    employee: str | None = text("the employee of the firm who had it", default=None)
    topic: str | None = text("what it was about", default=None)
    revenue: float | None = number(
        "orders that it led to; negative for what was returned", unit="currency", default=None
    )


@record
class DealerTraining:
    """One training that a dealer got.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import DealerTraining
    >>> DealerTraining(dealer="D-7", topic="displays", held_on=date(2026, 3, 1)).topic
    'displays'
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    topic: str = text("what was taught")
    held_on: date = day("the day on which it ended")


@record
class AttitudeAnswer:
    """One answer of a dealer to one item of a survey, with the scale that it was given on.

    Attitude is what a dealer says when it is asked. It is never read off its sales: who buys
    because it must is not content.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import AttitudeAnswer
    >>> answer = AttitudeAnswer(
    ...     dealer="D-7",
    ...     item="we are treated fairly",
    ...     asked_on=date(2026, 3, 1),
    ...     answer=4,
    ...     scale_low=1,
    ...     scale_high=5,
    ... )
    >>> answer.answer
    4.0
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    item: str = text("the item of the survey")
    asked_on: date = day("the day of the answer")
    answer: float = number("the answer on the scale", unit="point")
    scale_low: float = number("the worst answer of the scale", unit="point")
    scale_high: float = number("the best answer of the scale", unit="point")

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        within = "an answer lies on its scale; turn an item round that asks for the bad"
        return (
            Constraint("scale_high", on.scale_high > on.scale_low, remedy="best above worst"),
            Constraint("answer", on.answer >= on.scale_low, remedy=within),
            Constraint("answer", on.answer <= on.scale_high, remedy=within),
        )


@record
class InformationItem:
    """One piece of information that the firm might give to dealers, and to whom it may.

    To whom it may be given must be said: an item that is for nobody is shown to nobody. What is
    known from one dealer is confidential to it, whatever else is said of the item.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import InformationItem
    >>> item = InformationItem(
    ...     item="I-1", topic="trade trends", told_on=date(2026, 3, 1), for_classes="city; village"
    ... )
    >>> item.class_names
    ('city', 'village')
    """

    item: Any = identity("the id of the item, kept as given")
    topic: str = text("what it is about")
    told_on: date = day("the day from which it is known")
    for_all: bool | None = flag("whether every dealer may have it", default=None)
    for_classes: str | None = text(
        "the classes of dealers that may have it, parted by semicolons", default=None
    )
    confidential_to: str | None = text(
        "the dealer whose data it holds, as a text; nobody else may have it", default=None
    )

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that may have it, one by one."""
        parts = (part.strip() for part in (self.for_classes or "").split(";"))
        return tuple(dict.fromkeys(part for part in parts if part))


@record
class PromotionPlan:
    """One promotion that firm and dealer plan together: what each has supplied of its part.

    The dealer knows the terminal and local habits, the firm the plan as a whole.

    Examples
    --------
    >>> from relmkt.domain import PromotionPlan
    >>> PromotionPlan(promotion="P-1", dealer="D-7", budget_agreed=True).outlets_named is None
    True
    """

    promotion: Any = identity("the id of the promotion, kept as given")
    dealer: str | None = text("the dealer, as a text", default=None)
    outlets_named: bool | None = flag(
        "whether the dealer has named the outlets", denied="outlets not named", default=None
    )
    habits_told: bool | None = flag(
        "whether the dealer has told local days and habits",
        denied="local habits not told",
        default=None,
    )
    stock_ready: bool | None = flag(
        "whether the dealer has said that goods and staff are there",
        denied="stock and staff not ready",
        default=None,
    )
    plan_shared: bool | None = flag(
        "whether the firm has shown where it stands in the plan of the year",
        denied="plan not shared",
        default=None,
    )
    material_ready: bool | None = flag(
        "whether displays, samples and training of the firm are there",
        denied="material not ready",
        default=None,
    )
    budget_agreed: bool | None = flag(
        "whether it is agreed who pays for what", denied="budget not agreed", default=None
    )
    aim_agreed: bool | None = flag(
        "whether both agree on what it is to bring, and how that is measured",
        denied="aim not agreed",
        default=None,
    )
    days_to_start: float | None = number(
        "days until it starts; below 0 once it has", unit="day", default=None
    )


@record
class DealerFacts:
    """What the alerts on the support of a dealer ask; every fact but the id may be absent.

    Examples
    --------
    >>> from relmkt.domain import DealerFacts
    >>> DealerFacts(dealer="D-7", key_dealer=True, days_since_contact=45).contacts is None
    True
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    key_dealer: bool | None = flag(
        "whether the firm counts the dealer among those that matter most",
        denied="no key dealer",
        default=None,
    )
    contacts: int | None = number(
        "contacts with it in the period", unit="contact", lower=0, whole=True, default=None
    )
    contact_share: float | None = number(
        "share of its contacts that one employee had, at least",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    revenue_share: float | None = number(
        "share of its revenue that hangs on one employee, at least",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    days_since_contact: float | None = number(
        "days since the last contact with it", unit="day", lower=0, default=None
    )
    training_coverage: float | None = number(
        "share of the topics that its range asks for in which it was trained, and lately enough",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    days_since_information: float | None = number(
        "days since it was last given information that it may have",
        unit="day",
        lower=0,
        default=None,
    )
    repeat_change: float | None = number(
        "change of the repeat rate of its customers from one period to the next",
        unit="points",
        lower=-1,
        upper=1,
        default=None,
    )
    days_since_launch: float | None = number(
        "days since it last got a product that was new", unit="day", lower=0, default=None
    )
    attitude: float | None = number(
        "its mean answer in surveys, from 0 for the worst to 1 for the best",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    attitude_answers: int | None = number(
        "answers that the attitude was found from",
        unit="answer",
        lower=0,
        whole=True,
        default=None,
    )
    days_since_attitude: float | None = number(
        "days since the last of these answers", unit="day", lower=0, default=None
    )

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        del cls
        return (
            Constraint(
                "attitude",
                absent(on.attitude) | (known(on.attitude_answers) & (on.attitude_answers >= 1)),
                remedy="attitude is what a dealer answered, and is not inferred",
            ),
        )
