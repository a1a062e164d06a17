"""Cadences: what follows upon an event, after how long, by which way, and for whom which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import attrs

from relmkt.calendars import Span
from relmkt.domain import Approach, Channel, ContactEvent, ContactFacts, Move, Purpose, Stage, Tier
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import ACTIONS
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Condition, Rule, Table, absent
from relmkt.thresholds import Policy, policy, threshold

__all__ = ["Cadence", "CadenceName", "CadencePolicy", "Step"]

_KOTLER = "an example in Kotler & Keller, Marketing Management"

PHONE = (Channel.PHONE, Channel.EMAIL)
MESSAGE = (Channel.EMAIL, Channel.APP, Channel.POST)


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
    """Thank for the first purchase, make an offer, call if all stays silent."""
    REFERRAL = "referral"
    """Ask one who speaks for the firm to recommend it."""
    OFFERS_OFTEN = "offers_often"
    """Make offers to those who are close."""
    OFFERS = "offers"
    """Make offers from time to time."""
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
    text
        What is to be done, in a few words.
    purpose
        What it is for.
    channels
        The ways of contact, the most wanted first; none for a duty of the user alone.
    after
        How long after the event; or else
    every
        again after every such span from the event; or else
    within
        so many working days from the day of the plan, a whole number of at least 0.
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
    text: str = ""
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
        within: object = self.within
        whole = isinstance(within, int) and not isinstance(within, bool)
        if within is not None and not (whole and within >= 0):
            raise InvalidValueError(
                "within", "be a whole number of at least 0", within, where=self.action
            )

    @property
    def when(self) -> str:
        """When it is done, in words."""
        if self.within is not None:
            return f"within {self.within} working {'day' if self.within == 1 else 'days'}"
        return f"{self.after} after" if self.every is None else f"every {self.every}"

    def __str__(self) -> str:
        return f"{self.action} {self.when}"


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

    Raises
    ------
    InvalidValueError
        For a number that is not whole, a negative number of days, and a span below 1.

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
    welcome: welcome.thank 1 week after, welcome.offer 4 weeks after, \
welcome.call_if_silent 10 weeks after
    """

    answer_days: float = threshold(
        default=1,
        unit="working days",
        meaning="an open complaint is answered within so many",
        whole=True,
        least=0,
    )
    protect_days: float = threshold(
        default=3,
        unit="working days",
        meaning="one at risk is called within so many",
        whole=True,
        least=0,
    )
    follow_up_days: float = threshold(
        default=2,
        unit="working days",
        meaning="a prospect is followed up within so many",
        whole=True,
        least=0,
    )
    win_back_days: float = threshold(
        default=5,
        unit="working days",
        meaning="one who has gone is asked why within so many",
        whole=True,
        least=0,
    )
    review_days: float = threshold(
        default=10,
        unit="working days",
        meaning="a person reviews, or approves, within so many",
        whole=True,
        least=0,
    )
    self_service_days: float = threshold(
        default=10,
        unit="working days",
        meaning="self-service is told of within so many",
        whole=True,
        least=0,
    )
    thank_weeks: float = threshold(
        default=1,
        unit="weeks",
        meaning="from the first purchase to the thanks",
        source=_KOTLER,
        whole=True,
        least=1,
    )
    offer_weeks: float = threshold(
        default=5,
        unit="weeks",
        meaning="from the first purchase to an offer",
        source=_KOTLER,
        whole=True,
        least=1,
    )
    silence_weeks: float = threshold(
        default=10,
        unit="weeks",
        meaning="from the first purchase to a call, where no other has followed",
        source=_KOTLER,
        whole=True,
        least=1,
    )
    after_sale_weeks: float = threshold(
        default=1,
        unit="weeks",
        meaning="from a sale to the question how it went",
        whole=True,
        least=1,
    )
    partnership_months: float = threshold(
        default=1, unit="months", meaning="between two meetings with a partner", whole=True, least=1
    )
    proactive_months: float = threshold(
        default=3,
        unit="months",
        meaning="between two contacts of a proactive relationship",
        whole=True,
        least=1,
    )
    offers_months: float = threshold(
        default=6,
        unit="months",
        meaning="between two offers to those who are not close",
        whole=True,
        least=1,
    )
    questions_months: float = threshold(
        default=6,
        unit="months",
        meaning="between two questions for faults and ideas",
        whole=True,
        least=1,
    )

    def cadences(self) -> Mapping[str, Cadence]:
        """The cadences by name, with these numbers."""
        numbers = self.numbers()

        def days(name: str) -> int:
            return int(numbers[f"{name}_days"])

        def span(name: str) -> Span:
            unit = "week" if f"{name}_weeks" in numbers else "month"
            return Span(int(numbers[f"{name}_{unit}s"]), unit)

        def own(key: str, text: str, channels: tuple[Channel, ...], **when: Any) -> Step:
            return Step(action=key, text=text, channels=channels, **when)

        thank = own("welcome.thank", "Thank for the first purchase.", MESSAGE, after=span("thank"))
        offer = own("welcome.offer", "Make a second offer.", MESSAGE, after=span("offer"))
        call = own(
            "welcome.call_if_silent",
            "Call, with an offer, for nothing has followed.",
            PHONE,
            after=span("silence"),
            if_silent=True,
        )
        answer = own(
            "complaint.answer",
            "Answer the complaint.",
            PHONE,
            purpose=Purpose.SERVICE,
            within=days("answer"),
        )
        recommend = own(
            "inspired.recommend", "Ask it to recommend the firm.", PHONE, every=span("offers")
        )
        invite = _act("reactive.invite_calls", after=span("after_sale"))
        steps: dict[CadenceName, tuple[Step, ...]] = {
            CadenceName.SILENT: (),
            CadenceName.ANSWER: (answer,),
            CadenceName.PROTECT: (_act("protect.call", within=days("protect")),),
            CadenceName.WIN_BACK: (
                _act("win_back.ask_why", within=days("win_back")),
                _act("win_back.offer_return", within=days("win_back")),
            ),
            CadenceName.FOLLOW_UP: (_act("start.invite", within=days("follow_up")),),
            CadenceName.REVIEW: (_act("review.decide", within=days("review")),),
            CadenceName.ENDING: (
                _act("end.approve", within=days("review")),
                _act("end.notify", within=days("review")),
            ),
            CadenceName.SELF_SERVICE: (_act("reengineer.automate", within=days("self_service")),),
            CadenceName.WELCOME: (thank, offer, call),
            CadenceName.REFERRAL: (recommend,),
            CadenceName.OFFERS_OFTEN: (_act("enhance.cross_sell", every=span("proactive")),),
            CadenceName.OFFERS: (_act("enhance.cross_sell", every=span("offers")),),
            CadenceName.PARTNERSHIP: (
                _act("partnership.work_together", every=span("partnership")),
            ),
            CadenceName.PROACTIVE: (_act("proactive.advise", every=span("proactive")),),
            CadenceName.ACCOUNTABLE: (
                _act("accountable.call_after_sale", after=span("after_sale")),
                _act("accountable.ask_faults", every=span("questions")),
            ),
            CadenceName.REACTIVE: (invite,),
        }
        return MappingProxyType({name: Cadence(name, own) for name, own in steps.items()})

    def table(self) -> Table[ContactFacts, CadenceName]:
        """The table that chooses a cadence for a customer and an event."""
        on = handles(ContactFacts)
        name = CadenceName
        unset = absent(on.approach)
        large = on.tier.is_in([Tier.TOP, Tier.BIG])

        def at(*approaches: Approach) -> Condition:
            """The level is set, and is one of these; where nobody set it, it is none of them."""
            return ~unset & on.approach.is_in(approaches)

        close = at(Approach.PROACTIVE, Approach.PARTNERSHIP) | (unset & large)
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
                    name.OFFERS_OFTEN,
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
                    name.REACTIVE,
                    "pays its way, and is not called unasked",
                ),
                Rule("speaks for us", speaks, name.REFERRAL, "returns unasked, and speaks for us"),
                Rule(
                    "partner",
                    at(Approach.PARTNERSHIP),
                    name.PARTNERSHIP,
                    "a partner",
                ),
                Rule("close", close, name.PROACTIVE, "to be kept close"),
                Rule(
                    "accountable",
                    at(Approach.ACCOUNTABLE),
                    name.ACCOUNTABLE,
                    "the firm answers for what it sold",
                ),
                Rule(
                    "basic",
                    at(Approach.BASIC),
                    name.SILENT,
                    "no contact is called for: {because}",
                ),
                Rule("any other", ALWAYS, name.REACTIVE, "may have questions", otherwise=True),
            ],
            constants=self.numbers(),
        )


def _act(key: str, **when: Any) -> Step:
    """A step that does one of the actions that a decision stands for."""
    act = ACTIONS[key]
    return Step(action=key, text=act.text, purpose=act.purpose, channels=act.channels, **when)


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
