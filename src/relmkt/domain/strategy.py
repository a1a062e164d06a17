"""The seven customer-management strategies, and the six ways of abstaining from one."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Abstention", "Move", "Strategy"]


class Strategy(StrEnum):
    """The seven core customer-management strategies (Buttle, *CRM*, chapter 5)."""

    START = "start"
    """Begin a relationship that is likely to be worth more than it costs."""
    WIN_BACK = "win_back"
    """Regain one who has gone, and learn why."""
    PROTECT = "protect"
    """Hold one who matters and may be drawn away."""
    REENGINEER = "reengineer"
    """Serve more cheaply one whose cost to serve eats the profit."""
    END = "end"
    """End, kindly and with a person's approval, what will never contribute."""
    ENHANCE = "enhance"
    """Sell more, or better: up the value ladder and across the range."""
    HARVEST = "harvest"
    """Take the cash, spend little, and fund new relationships with it."""


class Abstention(StrEnum):
    """What is decided where none of the seven strategies is; these are no strategies."""

    HOLD = "hold"
    """The law comes before marketing: do nothing."""
    DO_NOT_PURSUE = "do_not_pursue"
    """A prospect that would cost more than it brings."""
    LET_GO = "let_go"
    """One who has gone and is not worth regaining; record why."""
    MAINTAIN = "maintain"
    """Fine as it is."""
    REVIEW = "review"
    """A person should decide, on a date."""
    UNDECIDED = "undecided"
    """A missing fact could change the answer."""


class Move(StrEnum):
    """What was decided of a customer: a strategy or an abstention, as one closed list."""

    START = Strategy.START.value
    """The strategy of this name, and so are the six that follow."""
    WIN_BACK = Strategy.WIN_BACK.value
    """To regain."""
    PROTECT = Strategy.PROTECT.value
    """To hold."""
    REENGINEER = Strategy.REENGINEER.value
    """To serve more cheaply."""
    END = Strategy.END.value
    """To end."""
    ENHANCE = Strategy.ENHANCE.value
    """To sell more."""
    HARVEST = Strategy.HARVEST.value
    """To take the cash."""
    HOLD = Abstention.HOLD.value
    """The abstention of this name, and so are the five that follow."""
    DO_NOT_PURSUE = Abstention.DO_NOT_PURSUE.value
    """Not to win."""
    LET_GO = Abstention.LET_GO.value
    """Not to regain."""
    MAINTAIN = Abstention.MAINTAIN.value
    """To leave as it is."""
    REVIEW = Abstention.REVIEW.value
    """To be looked at by a person."""
    UNDECIDED = Abstention.UNDECIDED.value
    """Not known yet."""
