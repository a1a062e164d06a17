"""What a strategy, an approach and a bond stand for in deeds: the actions, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import attrs

from relmkt.domain import Abstention, Approach, Bond, Channel, Purpose, Strategy

__all__ = ["ACTIONS", "Action", "actions_for", "actions_of", "translated"]

_BUTTLE = "Buttle, Customer Relationship Management, ch. 5"
_KOTLER = "Kotler, Marketing Management"
_BERRY = "Berry & Parasuraman 1991; Berry 1995"
_LATER = "later literature on bonds"
_MITTAL = "Mittal et al. 2008"
_STAUSS = "Stauss & Friege 1999"
_OURS = "our default"


@attrs.frozen(kw_only=True)
class Action:
    """One thing to do.

    Attributes
    ----------
    key
        Its name, unique; also the message key of the text.
    text
        What to do, in a few words.
    owner
        The word that it belongs to: a strategy, an abstention, an approach, a bond, a phase.
    purpose
        What it is for: the law and the customer's consent tell marketing from service.
    channels
        The ways to reach the customer, the preferred one first; none where nobody is contacted.
    source
        Where it comes from.
    advised
        Whether it is what to do; else it is what not to do.
    reason
        Why, in a few words, where the owner does not say it.

    Examples
    --------
    >>> from relmkt.policies import ACTIONS
    >>> ACTIONS["win_back.ask_why"].text
    'Ask why it left, and record the answer.'
    """

    key: str
    text: str
    owner: StrEnum
    purpose: Purpose
    channels: tuple[Channel, ...]
    source: str
    advised: bool = True
    reason: str = ""


_EMAIL, _PHONE, _SMS, _POST, _VISIT, _APP = Channel
_MARKETING, _SERVICE = Purpose

_DECLARED: tuple[tuple[StrEnum, str, str, Purpose, tuple[Channel, ...], str], ...] = (
    (
        Strategy.START,
        "invite",
        "Invite it to a first purchase, with an offer that fits its inquiry.",
        _MARKETING,
        (_EMAIL, _PHONE, _VISIT),
        _BUTTLE,
    ),
    (
        Strategy.WIN_BACK,
        "ask_why",
        "Ask why it left, and record the answer.",
        _SERVICE,
        (_PHONE, _EMAIL, _POST),
        _STAUSS,
    ),
    (
        Strategy.WIN_BACK,
        "offer_return",
        "Mend the cause, and offer a way back that is worth it for both.",
        _MARKETING,
        (_PHONE, _EMAIL, _POST),
        _STAUSS,
    ),
    (
        Strategy.PROTECT,
        "call",
        "Have the person whom it knows get in touch, and ask what is missing.",
        _MARKETING,
        (_PHONE, _VISIT, _EMAIL),
        _BUTTLE,
    ),
    (
        Strategy.PROTECT,
        "first_in_line",
        "Serve it first, and mend what it complains of without delay.",
        _SERVICE,
        (),
        _OURS,
    ),
    (
        Strategy.REENGINEER,
        "automate",
        "Move orders and questions to channels that cost little.",
        _SERVICE,
        (_EMAIL, _APP),
        _BUTTLE,
    ),
    (
        Strategy.REENGINEER,
        "cut_cost",
        "Find what makes it dear to serve, and agree on minimum orders or fees.",
        _SERVICE,
        (),
        _MITTAL,
    ),
    (
        Strategy.END,
        "approve",
        "Have a person approve the end, after reassessing, educating and renegotiating.",
        _SERVICE,
        (),
        _MITTAL,
    ),
    (
        Strategy.END,
        "notify",
        "Once approved: give notice, fulfill what is owed, and name where else to go.",
        _SERVICE,
        (_POST, _EMAIL),
        _MITTAL,
    ),
    (
        Strategy.ENHANCE,
        "cross_sell",
        "Offer what goes with its purchases, and then the better grade of them.",
        _MARKETING,
        (_EMAIL, _PHONE, _APP),
        _BUTTLE,
    ),
    (
        Strategy.HARVEST,
        "take_orders",
        "Take its orders, and spend nothing on development.",
        _SERVICE,
        (),
        _BUTTLE,
    ),
    (
        Abstention.HOLD,
        "serve_only",
        "Contact it for nothing but what the law or a contract asks.",
        _SERVICE,
        (),
        _OURS,
    ),
    (
        Abstention.DO_NOT_PURSUE,
        "answer_only",
        "Answer if it asks; spend nothing on winning it.",
        _SERVICE,
        (),
        _OURS,
    ),
    (
        Abstention.LET_GO,
        "record_why",
        "Record why it left, as far as that is known.",
        _SERVICE,
        (),
        _BUTTLE,
    ),
    (
        Abstention.MAINTAIN,
        "carry_on",
        "Carry on as before.",
        _SERVICE,
        (),
        _OURS,
    ),
    (
        Abstention.REVIEW,
        "decide",
        "Have a person decide, by a stated day.",
        _SERVICE,
        (),
        _OURS,
    ),
    (
        Abstention.UNDECIDED,
        "find_out",
        "Find out the missing facts that the decision names.",
        _SERVICE,
        (),
        _OURS,
    ),
    (
        Approach.BASIC,
        "sell",
        "Sell, and no more.",
        _SERVICE,
        (),
        _KOTLER,
    ),
    (
        Approach.REACTIVE,
        "invite_calls",
        "With each sale, ask it to call with questions, comments or complaints.",
        _SERVICE,
        (_EMAIL, _APP, _SMS),
        _KOTLER,
    ),
    (
        Approach.ACCOUNTABLE,
        "call_after_sale",
        "Call soon after the sale: does it meet what was expected?",
        _SERVICE,
        (_PHONE, _EMAIL),
        _KOTLER,
    ),
    (
        Approach.ACCOUNTABLE,
        "ask_faults",
        "Ask for faults and ideas, and pass them on.",
        _SERVICE,
        (_PHONE, _EMAIL),
        _KOTLER,
    ),
    (
        Approach.PROACTIVE,
        "advise",
        "From time to time advise it on better use, and on new products.",
        _MARKETING,
        (_PHONE, _EMAIL, _VISIT),
        _KOTLER,
    ),
    (
        Approach.PARTNERSHIP,
        "work_together",
        "Work with it continuously, with a team that is named.",
        _MARKETING,
        (_VISIT, _PHONE),
        _KOTLER,
    ),
    (
        Approach.PARTNERSHIP,
        "tailor",
        "Make products of its own together.",
        _MARKETING,
        (_VISIT, _PHONE),
        _KOTLER,
    ),
    (
        Bond.FINANCIAL,
        "coupon",
        "Incentives: a coupon, an offer, a catalog.",
        _MARKETING,
        (_EMAIL, _POST, _APP),
        _BERRY,
    ),
    (
        Bond.SOCIAL,
        "named_contact",
        "Give it a named contact, who knows it.",
        _MARKETING,
        (_PHONE, _VISIT, _EMAIL),
        _BERRY,
    ),
    (
        Bond.SOCIAL,
        "status",
        "Recognize it: a special status, and thanks.",
        _MARKETING,
        (_POST, _EMAIL, _APP),
        _BERRY,
    ),
    (
        Bond.CUSTOMIZATION,
        "tailored_offer",
        "Tailor the offer to what it buys.",
        _MARKETING,
        (_EMAIL, _APP, _PHONE),
        _LATER,
    ),
    (
        Bond.STRUCTURAL,
        "join_systems",
        "Join systems: an application, one-click buying, shared data.",
        _MARKETING,
        (_VISIT, _PHONE, _APP),
        _BERRY,
    ),
)

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        (key := f"{owner}.{name}"): Action(
            key=key, text=text, owner=owner, purpose=purpose, channels=channels, source=source
        )
        for owner, name, text, purpose, channels, source in _DECLARED
    }
)
"""Every action by its key, in the order of strategies, abstentions, approaches and bonds.

:meta hide-value:
"""


@attrs.frozen(kw_only=True)
class _Leave:
    """What a strategy leaves to do of an approach and a bond.

    Parameters
    ----------
    up_to
        The highest approach whose actions it leaves; None for none of them.
    bonds
        Whether it leaves the actions of bonds.
    channels
        The ways that it leaves.
    """

    up_to: Approach | None = Approach.PARTNERSHIP
    bonds: bool = True
    channels: tuple[Channel, ...] = tuple(Channel)


_QUIET = _Leave(up_to=Approach.REACTIVE, bonds=False)
_NOTHING = _Leave(up_to=None, bonds=False)

_LEAVES: Mapping[Strategy | Abstention, _Leave] = MappingProxyType(
    {
        Strategy.START: _Leave(up_to=Approach.BASIC),
        Strategy.WIN_BACK: _QUIET,
        Strategy.PROTECT: _Leave(),
        Strategy.REENGINEER: _Leave(
            up_to=Approach.REACTIVE,
            bonds=False,
            channels=(Channel.EMAIL, Channel.SMS, Channel.APP),
        ),
        Strategy.END: _NOTHING,
        Strategy.ENHANCE: _Leave(),
        Strategy.HARVEST: _QUIET,
        Abstention.HOLD: _NOTHING,
        Abstention.DO_NOT_PURSUE: _NOTHING,
        Abstention.LET_GO: _NOTHING,
        Abstention.MAINTAIN: _Leave(),
        Abstention.REVIEW: _QUIET,
        Abstention.UNDECIDED: _QUIET,
    }
)


def actions_for(
    *,
    strategy: Strategy | Abstention,
    approach: Approach | Abstention | None = None,
    bond: Bond | Abstention | None = None,
) -> tuple[Action, ...]:
    """The actions that a strategy, an approach and a bond stand for together, in order.

    Where they contradict each other the strategy has the word, for it is about the whole
    relationship. Who is harvested, won back or waits for a decision is not called unasked: of a
    higher approach the reactive one is left. Nor is who is re-engineered, and the channels are
    those that cost little. Who is held, ended, let go or not pursued is left alone; a prospect is
    sold to first. A bond is for those on whom the firm spends. Where any of the three is *hold*,
    nothing is left but what that asks for.

    Parameters
    ----------
    strategy
        The strategy, or an abstention.
    approach, bond
        As decided; an abstention, or None, stands for no action of its own.

    Returns
    -------
    tuple of Action
        Those of the strategy, then of the approach, then of the bond; at least one.

    Examples
    --------
    >>> from relmkt.domain import Approach, Bond, Strategy
    >>> from relmkt.policies import actions_for
    >>> together = actions_for(
    ...     strategy=Strategy.HARVEST, approach=Approach.PROACTIVE, bond=Bond.SOCIAL
    ... )
    >>> [action.key for action in together]
    ['harvest.take_orders', 'reactive.invite_calls']
    """
    if Abstention.HOLD in (strategy, approach, bond):
        return tuple(_of(Abstention.HOLD))
    leave = _LEAVES[strategy]
    found = [*_of(strategy)]
    if isinstance(approach, Approach) and leave.up_to is not None:
        found += _of(min(approach, leave.up_to, key=list(Approach).index))
    if isinstance(bond, Bond) and leave.bonds:
        found += _of(bond)
    return tuple(_through(found, leave.channels))


def translated(action: Action, messages: Mapping[str, str]) -> str:
    """The text of an action in other words.

    Parameters
    ----------
    action
        The action.
    messages
        Texts in the words of another language, by action key; the action's own stands in for one
        that is left out.

    Examples
    --------
    >>> from relmkt.policies import ACTIONS, translated
    >>> translated(ACTIONS["basic.sell"], {"basic.sell": "Verkaufen, und nicht mehr."})
    'Verkaufen, und nicht mehr.'
    """
    return messages.get(action.key, action.text)


def actions_of(owner: StrEnum, actions: Mapping[str, Action]) -> Iterable[Action]:
    """The actions that belong to a word, in their order."""
    return (action for action in actions.values() if action.owner == owner)


def _of(owner: StrEnum) -> Iterable[Action]:
    return actions_of(owner, ACTIONS)


def _through(actions: Iterable[Action], channels: tuple[Channel, ...]) -> Iterable[Action]:
    """The actions through these channels alone; one that needs another is not left."""
    for action in actions:
        ways = tuple(channel for channel in action.channels if channel in channels)
        if ways or not action.channels:
            yield attrs.evolve(action, channels=ways)
