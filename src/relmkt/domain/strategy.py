"""The seven customer-management strategies, and the six ways of abstaining from one."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Abstention", "Strategy"]


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
