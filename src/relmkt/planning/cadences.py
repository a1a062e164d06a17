"""Cadences: what follows upon an event, after how long, by which way, and for whom which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import attrs

from relmkt.calendars import Span
from relmkt.domain import Approach, Channel, ContactEvent, ContactFacts, Move, Purpose, Stage, Tier
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Rule, Table, absent
from relmkt.thresholds import Policy, policy, threshold

__all__ = ["Cadence", "CadenceName", "CadencePolicy", "Step"]

_KOTLER = "an example in Kotler & Keller, Marketing Management"

PHONE = (Channel.PHONE, Channel.EMAIL)
MESSAGE = (Channel.EMAIL, Channel.APP, Channel.SMS, Channel.POST)
PERSON = (Channel.VISIT, Channel.PHONE, Channel.EMAIL)


class CadenceName(StrEnum):
    """The cadences that the default policy chooses among."""

    SILENT = "silent"
    """No contact is called for."""
    ANSWER = "answer"
    """Answer a complaint."""
    PROTECT = "protect"
    """Call one who matters before it leaves."""
    WIN_BACK = "win_back"
    """Ask one who has gone why, and offer a way back."""
    FOLLOW_UP = "follow_up"
    """Follow up a prospect."""
    REVIEW = "review"
    """Have a person look at the relationship."""
    ENDING = "ending"
    """Have a person approve, and give notice of, the end of the relationship."""
    SELF_SERVICE = "self_service"
    """Tell of the ways to be served that cost less."""
    WELCOME = "welcome"
    """Thank for the first purchase, make an offer, call if all stays silent; then once a year."""
    REFERRAL = "referral"
    """Ask one who speaks for the firm to recommend it."""
    OFFERS_IN_PERSON = "offers_in_person"
    """Make offers often, and in person."""
    OFFERS = "offers"
    """Make offers from time to time, by message."""
    YEARLY = "yearly"
    """Be remembered once a year."""
    PARTNERSHIP = "partnership"
    """Meet continuously."""
    PROACTIVE = "proactive"
    """Get in touch from time to time with advice and news."""
    ACCOUNTABLE = "accountable"
    """Call soon after the sale, and now and then ask for faults and ideas."""
    REACTIVE = "reactive"
    """Invite questions and complaints once after the sale."""


def _channels(given: Iterable[str]) -> tuple[Channel, ...]:
    words = [given] if isinstance(given, str) else given
    found: list[Channel] = []
    for word in words:
        if word not in tuple(Channel):
            raise UnknownNameError("channel", str(word), [channel.value for channel in Channel])
        found.append(Channel(word))
    return tuple(dict.fromkeys(found))


def _span(given: str | Span | None) -> Span | None:
    return None if given is None else Span.parse(given)


@attrs.frozen(kw_only=True)
class Step:
    """One step of a cadence: what to do, and when.

    Parameters
    ----------
    action
        What is to be done, as the key of a message; unique in its cadence, without a slash.
    purpose
        What it is for.
    channels
        The ways of contact, the most wanted first; none for a duty of the user alone.
    after
        How long after the event; or else
    every
        again after every such span from the event; or else
    within
        so many working days from the day of the plan, at least 0.
    if_silent
        Whether it is done only where the customer has bought nothing since the event.

    Raises
    ------
    InvalidValueError
        Unless one of ``after``, ``every`` and ``within`` is given, and for a bad action.
    UnknownNameError
        For a channel that is none.

    Examples
    --------
    >>> from relmkt.planning import Step
    >>> print(Step(action="thank", channels=["email"], after="1 week"))
    thank 1 week after
    """

    action: str
    purpose: Purpose = attrs.field(default=Purpose.MARKETING, converter=Purpose)
    channels: tuple[Channel, ...] = attrs.field(default=(), converter=_channels)
    after: Span | None = attrs.field(default=None, converter=_span)
    every: Span | None = attrs.field(default=None, converter=_span)
    within: int | None = None
    if_silent: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.action or "/" in self.action:
            raise InvalidValueError("action", "be a word without a slash", self.action)
        given = [name for name in ("after", "every", "within") if getattr(self, name) is not None]
        if len(given) != 1:
            raise InvalidValueError(
                "after", "be given, or 'every', or 'within', and only one", given, where=self.action
            )
        if self.within is not None and self.within < 0:
            raise InvalidValueError("within", "be at least 0", self.within, where=self.action)

    def __str__(self) -> str:
        if self.within is not None:
            return f"{self.action} within {self.within} working days"
        if self.every is not None:
            return f"{self.action} every {self.every}"
        return f"{self.action} {self.after} after"


@attrs.frozen
class Cadence:
    """Steps in their order; each becomes due when those before it are done or have passed.

    Parameters
    ----------
    name
        The name by which a table chooses it.
    steps
        The steps; only the last one may recur. Without any, no contact is called for.

    Raises
    ------
    InvalidValueError
        When two steps have the same action, or one before the last recurs.

    Examples
    --------
    >>> from relmkt.planning import Cadence, Step
    >>> cadence = Cadence(
    ...     "welcome",
    ...     [Step(action="thank", after="1 week"), Step(action="advise", every="3 months")],
    ... )
    >>> print(cadence)
    welcome: thank 1 week after, advise every 3 months
    """

    name: str
    steps: tuple[Step, ...] = attrs.field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        actions = [step.action for step in self.steps]
        if len(set(actions)) < len(actions):
            raise InvalidValueError("steps", "have different actions", actions, where=self.name)
        if any(step.every is not None for step in self.steps[:-1]):
            raise InvalidValueError("steps", "recur in the last one only", actions, where=self.name)

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(map(str, self.steps)) or 'no contact'}"


@policy
class CadencePolicy(Policy):
    """How soon and how often each kind of customer is contacted after each kind of event.

    The numbers of the 1, 5 and 10 weeks are Kotler and Keller's example; the rest, and which
    cadence is for whom, are our defaults. What was decided of the customer comes first, then the
    first purchase, then the level of relationship marketing (Kotler); where nobody set that level
    the tier stands in for it.

    Examples
    --------
    >>> from relmkt.domain import ContactFacts
    >>> from relmkt.planning import CadencePolicy
    >>> policy = CadencePolicy(offer_weeks=4)
    >>> decision = policy.table().decide(
    ...     ContactFacts(customer="C-17", event="first_purchase", strategy="maintain")
    ... )
    >>> decision.outcome.value
    'welcome'
    >>> print(policy.cadences()[decision.outcome])
    welcome: thank 1 week after, offer 4 weeks after, call_if_silent 10 weeks after, \
show_news every 12 months
    """

    answer_days: float = threshold(
        default=1, unit="working days", meaning="an open complaint is answered within so many"
    )
    protect_days: float = threshold(
        default=3, unit="working days", meaning="one at risk is called within so many"
    )
    follow_up_days: float = threshold(
        default=2, unit="working days", meaning="a prospect is followed up within so many"
    )
    win_back_days: float = threshold(
        default=5, unit="working days", meaning="one who has gone is asked why within so many"
    )
    review_days: float = threshold(
        default=10, unit="working days", meaning="a person reviews, or approves, within so many"
    )
    self_service_days: float = threshold(
        default=10, unit="working days", meaning="self-service is told of within so many"
    )
    thank_weeks: float = threshold(
        default=1, unit="weeks", meaning="from the first purchase to the thanks", source=_KOTLER
    )
    offer_weeks: float = threshold(
        default=5, unit="weeks", meaning="from the first purchase to an offer", source=_KOTLER
    )
    silence_weeks: float = threshold(
        default=10,
        unit="weeks",
        meaning="from the first purchase to a call, where no other has followed",
        source=_KOTLER,
    )
    after_sale_weeks: float = threshold(
        default=1, unit="weeks", meaning="from a sale to the question how it went"
    )
    partnership_months: float = threshold(
        default=1, unit="months", meaning="between two meetings with a partner"
    )
    proactive_months: float = threshold(
        default=3, unit="months", meaning="between two contacts of a proactive relationship"
    )
    offer_months: float = threshold(
        default=6, unit="months", meaning="between two offers by message"
    )
    yearly_months: float = threshold(
        default=12, unit="months", meaning="between two signs of life to those who are harvested"
    )

    def cadences(self) -> Mapping[str, Cadence]:
        """The cadences by name, with these numbers.

        Raises
        ------
        InvalidValueError
            When a number is not whole, or a span is below 1.
        """

        def days(name: str) -> int:
            return self._whole(name, 0)

        def span(name: str) -> Span:
            return Span(self._whole(name, 1), "week" if name.endswith("weeks") else "month")

        service = Purpose.SERVICE
        steps: dict[CadenceName, tuple[Step, ...]] = {
            CadenceName.SILENT: (),
            CadenceName.ANSWER: (
                Step(
                    action="answer_complaint",
                    purpose=service,
                    channels=PHONE,
                    within=days("answer_days"),
                ),
            ),
            CadenceName.PROTECT: (
                Step(action="protect_call", channels=PHONE, within=days("protect_days")),
            ),
            CadenceName.WIN_BACK: (
                Step(action="ask_why_and_offer", channels=PHONE, within=days("win_back_days")),
            ),
            CadenceName.FOLLOW_UP: (
                Step(action="follow_up", channels=PHONE, within=days("follow_up_days")),
            ),
            CadenceName.REVIEW: (
                Step(action="review", purpose=service, within=days("review_days")),
            ),
            CadenceName.ENDING: (
                Step(action="approve_ending", purpose=service, within=days("review_days")),
            ),
            CadenceName.SELF_SERVICE: (
                Step(
                    action="tell_self_service",
                    purpose=service,
                    channels=MESSAGE,
                    within=days("self_service_days"),
                ),
            ),
            CadenceName.WELCOME: (
                Step(action="thank", channels=MESSAGE, after=span("thank_weeks")),
                Step(action="offer", channels=MESSAGE, after=span("offer_weeks")),
                Step(
                    action="call_if_silent",
                    channels=PHONE,
                    after=span("silence_weeks"),
                    if_silent=True,
                ),
                Step(action="show_news", channels=MESSAGE, every=span("yearly_months")),
            ),
            CadenceName.REFERRAL: (
                Step(action="ask_to_recommend", channels=PHONE, every=span("offer_months")),
            ),
            CadenceName.OFFERS_IN_PERSON: (
                Step(action="offer_in_person", channels=PERSON, every=span("proactive_months")),
            ),
            CadenceName.OFFERS: (
                Step(action="offer_more", channels=MESSAGE, every=span("offer_months")),
            ),
            CadenceName.YEARLY: (
                Step(action="keep_in_mind", channels=MESSAGE, every=span("yearly_months")),
            ),
            CadenceName.PARTNERSHIP: (
                Step(action="meet", channels=PERSON, every=span("partnership_months")),
            ),
            CadenceName.PROACTIVE: (
                Step(action="advise", channels=PHONE, every=span("proactive_months")),
            ),
            CadenceName.ACCOUNTABLE: (
                Step(
                    action="call_after_sale",
                    purpose=service,
                    channels=PHONE,
                    after=span("after_sale_weeks"),
                ),
                Step(action="ask_for_ideas", channels=MESSAGE, every=span("offer_months")),
            ),
            CadenceName.REACTIVE: (
                Step(
                    action="invite_questions",
                    purpose=service,
                    channels=MESSAGE,
                    after=span("after_sale_weeks"),
                ),
                Step(action="show_news", channels=MESSAGE, every=span("yearly_months")),
            ),
        }
        return MappingProxyType({name: Cadence(name, own) for name, own in steps.items()})

    def _whole(self, name: str, least: int) -> int:
        value = self.numbers()[name]
        if not value.is_integer() or value < least:
            raise InvalidValueError(name, f"be a whole number of at least {least}", value)
        return int(value)

    def table(self) -> Table[ContactFacts, CadenceName]:
        """The table that chooses a cadence for a customer and an event."""
        on = handles(ContactFacts)
        name = CadenceName
        unset = absent(on.approach)
        large = on.tier.is_in([Tier.TOP, Tier.BIG])
        close = on.approach.is_in([Approach.PROACTIVE, Approach.PARTNERSHIP]) | (unset & large)
        speaks = ~absent(on.stage) & (on.stage == Stage.INSPIRE)
        without = [Move.HOLD, Move.DO_NOT_PURSUE, Move.LET_GO, Move.UNDECIDED]
        return Table(
            name="cadence",
            facts=schema(ContactFacts),
            rules=[
                Rule(
                    "complaint",
                    on.event == ContactEvent.COMPLAINT,
                    name.ANSWER,
                    "a complaint wants an answer",
                ),
                Rule(
                    "no contact",
                    on.strategy.is_in(without),
                    name.SILENT,
                    "no contact is called for: {because}",
                ),
                Rule(
                    "at risk",
                    on.strategy == Move.PROTECT,
                    name.PROTECT,
                    "matters and may leave",
                ),
                Rule(
                    "gone",
                    on.strategy == Move.WIN_BACK,
                    name.WIN_BACK,
                    "gone, and worth regaining",
                ),
                Rule(
                    "prospect",
                    on.strategy == Move.START,
                    name.FOLLOW_UP,
                    "a prospect worth winning",
                ),
                Rule(
                    "open question",
                    on.strategy == Move.REVIEW,
                    name.REVIEW,
                    "a person should decide",
                ),
                Rule(
                    "no future",
                    on.strategy == Move.END,
                    name.ENDING,
                    "a person must approve the end",
                ),
                Rule(
                    "dear to serve",
                    on.strategy == Move.REENGINEER,
                    name.SELF_SERVICE,
                    "can be served more cheaply",
                ),
                Rule(
                    "first purchase",
                    on.event == ContactEvent.FIRST_PURCHASE,
                    name.WELCOME,
                    "has bought for the first time",
                ),
                Rule(
                    "room to grow, close",
                    (on.strategy == Move.ENHANCE) & close,
                    name.OFFERS_IN_PERSON,
                    "room to grow, and close",
                ),
                Rule(
                    "room to grow",
                    on.strategy == Move.ENHANCE,
                    name.OFFERS,
                    "room to grow",
                    otherwise=True,
                ),
                Rule(
                    "harvested",
                    on.strategy == Move.HARVEST,
                    name.YEARLY,
                    "pays its way; little is spent on it",
                ),
                Rule("speaks for us", speaks, name.REFERRAL, "returns unasked, and speaks for us"),
                Rule(
                    "partner",
                    on.approach == Approach.PARTNERSHIP,
                    name.PARTNERSHIP,
                    "a partner",
                ),
                Rule("close", close, name.PROACTIVE, "to be kept close"),
                Rule(
                    "accountable",
                    on.approach == Approach.ACCOUNTABLE,
                    name.ACCOUNTABLE,
                    "the firm answers for what it sold",
                ),
                Rule(
                    "basic",
                    on.approach == Approach.BASIC,
                    name.SILENT,
                    "no contact is called for: {because}",
                ),
                Rule("any other", ALWAYS, name.REACTIVE, "may have questions", otherwise=True),
            ],
            constants=self.numbers(),
        )


def chosen(cadences: Mapping[str, Cadence], outcomes: tuple[str, ...]) -> tuple[Cadence, ...]:
    """The cadence of each outcome of a table.

    Raises
    ------
    UnknownNameError
        When the table has an outcome that no cadence has the name of.
    """
    for name in outcomes:
        if name not in cadences:
            raise UnknownNameError("cadence", str(name), list(map(str, cadences)))
    return tuple(cadences[name] for name in outcomes)
