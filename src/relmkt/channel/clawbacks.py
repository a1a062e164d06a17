"""Claw-backs on record, held against the register of breaches."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import local_days
from relmkt.channel.columns import Breaches, Distributors
from relmkt.channel.conduct import breach_conduct
from relmkt.channel.rebate_events import TAKES_REBATE, RebateEvents
from relmkt.domain import Breach, RebateEvent, RebateEventKind
from relmkt.ledgers import in_order
from relmkt.policies import SanctionPolicy

__all__ = ["CheckedClawback", "checked_clawbacks"]

_CLAWBACK = list(RebateEventKind).index(RebateEventKind.CLAWBACK)


@attrs.frozen(kw_only=True)
class CheckedClawback:
    """A claw-back, and what the register says of it. The ledger holds it as it is on record.

    Attributes
    ----------
    event
        The claw-back.
    day
        The day on which rebate was taken back.
    is_justified
        Whether the table of sanctions goes so far for the case; None where no register was given.
    reason
        What the table leads to and why, or why there is no case to ask it for.
    """

    event: RebateEvent
    day: date
    is_justified: bool | None
    reason: str

    @property
    def amount(self) -> str:
        """How much was taken back, with the currency where it is told."""
        return f"{self.event.amount:,.12g} {self.event.currency or ''}".rstrip()

    def __str__(self) -> str:
        case = f" ({self.event.case})" if self.event.case else ""
        return f"{self.event.dealer}{case} on {self.day}, {self.amount}: {self.reason}"


def checked_clawbacks(
    events: RebateEvents,
    *,
    as_of: date,
    register: Breaches | None,
    dealers: Distributors | None = None,
    policy: SanctionPolicy | None = None,
    zone: str | None = None,
) -> tuple[CheckedClawback, ...]:
    """Whether the register of breaches justifies each claw-back up to a day.

    `clawback` makes no event that the table of sanctions does not allow. Events from a file were
    made elsewhere; here the same table is asked for the same case, as it was known on the day of
    the claw-back. The case is the one of the dealer with the number that the event gives, or, where
    it gives none, with the same evidence. Nothing is refused, and no money is changed: a claw-back
    that is not justified is for people to look at.

    Parameters
    ----------
    events
        The events; all but claw-backs are passed over, and what is told twice counts once.
    as_of
        The day; what happened later is not known then.
    register
        The cases. Without them no claw-back is checked.
    dealers
        Since when each dealer has been one.
    policy
        The thresholds of the table, in plain numbers; unless given, the defaults.
    zone
        The time zone in which days begin, for events whose times have one.

    Returns
    -------
    checked
        One for each claw-back, by dealer and day.

    Raises
    ------
    InvalidRowsError
        When one key stands for two events that differ.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import Breaches
    >>> from relmkt.channel.clawbacks import checked_clawbacks
    >>> from relmkt.channel.rebate_events import RebateEvents
    >>> events = RebateEvents(
    ...     dealer=["D-7"],
    ...     kind=["clawback"],
    ...     at=[date(2026, 3, 1)],
    ...     amount=[500],
    ...     case=["B-1"],
    ...     evidence=["a rumor"],
    ... )
    >>> cases = Breaches(
    ...     dealer=["D-7"],
    ...     case=["B-1"],
    ...     term_kind=["counterfeit"],
    ...     written=[True],
    ...     lawful=[True],
    ...     same_for_all=[True],
    ...     appealable=[True],
    ...     has_evidence=[False],
    ... )
    >>> for one in checked_clawbacks(events, as_of=date(2026, 6, 1), register=cases):
    ...     print(one.is_justified, one)
    False D-7 (B-1) on 2026-03-01, 500: gather evidence: without evidence there is no case: \
conduct breach, no evidence
    """
    taken: NDArray[np.bool_] = events.kind == _CLAWBACK
    mine = in_order(events[taken], moment="at", tie="kind", key="key")
    at = mine.column("at")
    days = at.astype("datetime64[D]") if zone is None else local_days(at, zone)
    cases = [] if register is None else list(register)
    found: list[CheckedClawback] = []
    for row in np.flatnonzero(days <= np.datetime64(as_of, "D")).tolist():
        event, day = mine[row], days[row].item()
        is_justified, reason = None, "no register of breaches was given"
        if register is not None:
            own = [one for one in cases if one.dealer == event.dealer]
            is_justified, reason = _judged(event, day, own, dealers, policy or SanctionPolicy())
        found.append(
            CheckedClawback(event=event, day=day, is_justified=is_justified, reason=reason)
        )
    return tuple(found)


def _judged(
    event: RebateEvent,
    day: date,
    own: list[Breach],
    dealers: Distributors | None,
    policy: SanctionPolicy,
) -> tuple[bool, str]:
    """Whether the table goes so far for the case that an event belongs to, and why."""
    rows = [row for row, one in enumerate(own) if _is_case_of(event, one)]
    if not rows:
        return False, (
            f"the register has no case {event.case!r} of the dealer"
            if event.case
            else "no case of the dealer in the register has that evidence"
        )
    if len(rows) > 1:
        return False, (
            f"the register has {len(rows)} such cases of the dealer, and nobody can tell which it "
            "is"
        )
    conduct = breach_conduct(Breaches.of(own), as_of=day, dealers=dealers)
    decided = policy.table().decide(conduct)[rows[0]]
    words = " or ".join(decided.possible).replace("_", " ")
    return TAKES_REBATE.issuperset(decided.possible), f"{words}: {decided.reason}"


def _is_case_of(event: RebateEvent, case: Breach) -> bool:
    if event.case is not None:
        return event.case == case.case
    told = (event.evidence or "").strip()
    return bool(told) and told == (case.evidence or "").strip()
