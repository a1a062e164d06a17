"""Where a customer's decision stands between two looks, and what holds it where it is."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from relmkt.records import CustomerId, day, identity, number, record, text

__all__ = ["Hold", "Standing"]


class Hold(StrEnum):
    """Why an outcome stands although the plain table would say another."""

    BAND = "band"
    """The outcome is not entered any more, and not left either: its exit threshold holds it."""
    CONFIRMATION = "confirmation"
    """Another outcome is proposed, and not yet at enough looks in a row."""
    DWELL = "dwell"
    """Another outcome is confirmed, and the standing one has not lasted long enough."""
    UNSETTLED = "unsettled"
    """A missing fact could change the outcome, and the standing one is still possible."""


@record
class Standing:
    """What must be known of earlier looks to decide steadily at the next one; nothing else is.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import Standing
    >>> day = date(2026, 3, 31)
    >>> Standing(customer="C-17", outcome="harvest", since=day, looked=day, times=0).outcome
    'harvest'
    """

    customer: CustomerId = identity("the customer's id, kept as given")
    since: date = day("the day on which the outcome was taken")
    looked: date = day("the day of the latest look")
    times: int = number(
        "looks in a row that proposed the other outcome", unit="look", lower=0, whole=True
    )
    outcome: str | None = text(
        "the outcome that stands; absent where a table has no word for undecided", default=None
    )
    proposed: str | None = text(
        "the other outcome that the latest looks proposed; absent where none did", default=None
    )
