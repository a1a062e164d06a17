"""What to do with the dealers in each phase of a brand, and what not to do: the deeds, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from relmkt.domain import Channel, Phase, Purpose
from relmkt.policies.actions import Action, actions_of
from relmkt.thresholds import OUR_DEFAULT

__all__ = ["PHASE_ACTIONS", "phase_actions"]

_SELECTION = "channel-member selection"
_REBATES = "target-volume rebates for designated points"
_FAIRNESS = "Kumar, Scheer & Steenkamp 1995"
_DOUBLE_EDGED = "trade writing on rebates, which calls them a double-edged sword"
_LIFE_CYCLE = "product life cycle"
_EXTENSION = "our extension: the sources only name the phase"

_VISIT, _PHONE, _EMAIL, _POST = Channel.VISIT, Channel.PHONE, Channel.EMAIL, Channel.POST


def _action(
    phase: Phase,
    name: str,
    text: str,
    reason: str,
    source: str,
    *channels: Channel,
    advised: bool = True,
) -> Action:
    return Action(
        key=f"{phase}.{name}",
        text=text,
        owner=phase,
        purpose=Purpose.SERVICE,
        channels=channels,
        source=source,
        advised=advised,
        reason=reason,
    )


_DECLARED = (
    _action(
        Phase.INTRODUCTION,
        "long_term_plan",
        "Make a plan for several years, before the first delivery.",
        "dealers invest where they see how long it will last",
        _SELECTION,
    ),
    _action(
        Phase.INTRODUCTION,
        "set_criteria",
        "Set the criteria for dealers by the position of the brand, and choose those that match.",
        "a dealer that is well matched grows with the brand",
        _SELECTION,
    ),
    _action(
        Phase.INTRODUCTION,
        "invest_together",
        "Enter into a partnership, and invest together.",
        "what both have put in, both look after",
        _SELECTION,
        _VISIT,
        _PHONE,
    ),
    _action(
        Phase.INTRODUCTION,
        "disclose_plan",
        "Disclose the plan for the coming year to the dealers.",
        "it gives the channel confidence",
        _SELECTION,
        _VISIT,
        _EMAIL,
    ),
    _action(
        Phase.INTRODUCTION,
        "share_risk",
        "Bear a stated share of the risk.",
        "a new product may fail, and the dealer did not make it",
        _SELECTION,
    ),
    _action(
        Phase.GROWTH,
        "rebate_by_target",
        "Pay a rebate by designated point and quantity, by a published schedule.",
        "how the profit is divided now decides on loyalty",
        _REBATES,
        _VISIT,
        _EMAIL,
    ),
    _action(
        Phase.GROWTH,
        "supervise_split",
        "Supervise how the profit is divided over the dealers.",
        "both earn most in this phase, and watch what the other gets",
        _REBATES,
    ),
    _action(
        Phase.GROWTH,
        "report_fairness",
        "Report to each dealer how fair the division is, in procedure and in result.",
        "both kinds of fairness raise the quality of a relationship, the procedure more",
        _FAIRNESS,
        _VISIT,
        _EMAIL,
    ),
    _action(
        Phase.MATURITY,
        "new_product",
        "Launch a new product under the same brand.",
        "the price of the old one is known to all, and earns the dealer little",
        _LIFE_CYCLE,
        _VISIT,
        _EMAIL,
    ),
    _action(
        Phase.MATURITY,
        "advertise",
        "Raise advertising and promotion.",
        "what customers ask for, dealers keep",
        _LIFE_CYCLE,
    ),
    _action(
        Phase.MATURITY,
        "show_research",
        "Show what research and development can do.",
        "dealers stay with a maker that has more to come",
        _LIFE_CYCLE,
        _VISIT,
        _EMAIL,
    ),
    _action(
        Phase.MATURITY,
        "supervise_channel",
        "Tighten the supervision of the channel: diversion and false claims first.",
        "as margins fall, goods are moved to where the rebate is",
        _DOUBLE_EDGED,
        _VISIT,
    ),
    _action(
        Phase.MATURITY,
        "withdraw_quantity_rebate",
        "Withdraw the rebate on quantity, with the notice that was agreed on.",
        "it ends as a lower price, and pays for diversion",
        _DOUBLE_EDGED,
        _VISIT,
        _POST,
    ),
    _action(
        Phase.DECLINE,
        "protect_stock",
        "Protect the dealers on stock: take it back, or bear the loss in price.",
        "they bought it trusting in the brand",
        _EXTENSION,
        _VISIT,
        _PHONE,
    ),
    _action(
        Phase.DECLINE,
        "move_to_successor",
        "Move the dealers to the successor.",
        "the relationship is to outlast the product",
        _EXTENSION,
        _VISIT,
        _PHONE,
    ),
    _action(
        Phase.DECLINE,
        "prune",
        "Part kindly from the dealers for whom nothing comes after it.",
        "others see how it is done",
        _EXTENSION,
        _VISIT,
    ),
    _action(
        Phase.DECLINE,
        "announce_end",
        "Announce the end of the product, with the notice that was agreed on.",
        "dealers owe service to their own customers",
        _EXTENSION,
        _POST,
        _EMAIL,
    ),
    _action(
        Phase.UNDETERMINED,
        "find_out",
        "Find out what is missing, and carry on as before.",
        "a policy for the wrong phase costs more than to wait",
        OUR_DEFAULT,
    ),
    _action(
        Phase.INTRODUCTION,
        "only_the_strongest",
        "Choose only the strongest dealers.",
        "the strongest need the brand least",
        _SELECTION,
        advised=False,
    ),
    _action(
        Phase.INTRODUCTION,
        "anyone_who_pays",
        "Ship to anyone who pays.",
        "a dealer that does not match spoils the position of the brand",
        _SELECTION,
        advised=False,
    ),
    _action(
        Phase.INTRODUCTION,
        "push_all_risk",
        "Push all the risk to the dealers.",
        "who bears all of it leaves at the first loss",
        _SELECTION,
        advised=False,
    ),
    _action(
        Phase.GROWTH,
        "talk_alone",
        "Rely on talk alone.",
        "now that both earn, what is earned is asked about, not what is said",
        _REBATES,
        advised=False,
    ),
    _action(
        Phase.MATURITY,
        "fund_price_war",
        "Keep a rebate on volume that funds a price war.",
        "it is passed on in the price, and no dealer earns it",
        _DOUBLE_EDGED,
        advised=False,
    ),
    _action(
        Phase.DECLINE,
        "dump_stock",
        "Dump stock on the dealers.",
        "the loss returns as distrust of the next product",
        _EXTENSION,
        advised=False,
    ),
)

PHASE_ACTIONS: Mapping[str, Action] = MappingProxyType({action.key: action for action in _DECLARED})
"""What to do with the dealers in each phase, and what not to do, by key.

:meta hide-value:
"""


def phase_actions(phase: Phase) -> tuple[Action, ...]:
    """What to do in a phase, and then what not to do.

    Examples
    --------
    >>> from relmkt.domain import Phase
    >>> from relmkt.policies import phase_actions
    >>> for action in phase_actions(Phase.GROWTH):
    ...     print("do" if action.advised else "do not", "-", action.text)
    do - Pay a rebate by designated point and quantity, by a published schedule.
    do - Supervise how the profit is divided over the dealers.
    do - Report to each dealer how fair the division is, in procedure and in result.
    do not - Rely on talk alone.
    """
    return tuple(actions_of(phase, PHASE_ACTIONS))
