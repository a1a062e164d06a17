"""From a register of breaches to the facts that the ladder of rewards and sanctions asks."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import by_first_appearance
from relmkt.channel.columns import Breaches, Conducts, Distributors
from relmkt.domain import Conduct, TermKind
from relmkt.policies.sanctions import FOR_COUNSEL

__all__ = ["breach_conduct"]

_MONTH_DAYS = 365.2425 / 12
"""Days of a mean month of the Gregorian calendar: 146,097 days in 4,800 months."""


def breach_conduct(
    breaches: Breaches, *, as_of: date, dealers: Distributors | None = None
) -> Conducts:
    """What the table of rewards and sanctions asks of each case, as known on a day.

    A step that has no day, or a later one than that asked, has not been taken. How often a dealer
    has done so counts this case, and those of its cases that happened (or else were reported)
    before it and that a sanction could rest on by then: upheld by evidence after a hearing, by a
    written and lawful term that is not about resale prices or passive sales. What is for counsel,
    or was not heard yet, makes no later breach a repeated one. Without a day nobody can tell.

    Parameters
    ----------
    breaches
        The cases, in any order.
    as_of
        The day asked.
    dealers
        Since when each dealer has been one.

    Returns
    -------
    Conducts
        One row for each case, in their order.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import Breaches, breach_conduct
    >>> from relmkt.policies import SanctionPolicy
    >>> cases = Breaches(
    ...     dealer=["D-7", "D-7"],
    ...     term_kind=["promotion_funds", "counterfeit"],
    ...     written=[True, True],
    ...     lawful=[True, True],
    ...     same_for_all=[True, True],
    ...     appealable=[True, True],
    ...     has_evidence=[True, True],
    ...     happened_on=[date(2025, 2, 3), date(2026, 1, 9)],
    ...     notified_on=[date(2025, 2, 20), None],
    ...     heard_on=[date(2025, 3, 6), None],
    ...     upheld=[True, None],
    ... )
    >>> conduct = breach_conduct(cases, as_of=date(2026, 2, 1))
    >>> conduct.times.tolist(), conduct.heard.tolist()
    ([1.0, 2.0], [1, 0])
    >>> SanctionPolicy().table().decide(conduct)[1].outcome.value
    'notify'
    """
    today = np.datetime64(as_of, "D")
    size = len(breaches)
    return Conducts(
        party=breaches.dealer,
        is_consumer=np.zeros(size, dtype=np.bool_),
        conduct=np.full(size, list(Conduct).index(Conduct.BREACH), dtype=np.int8),
        times=_times(breaches, today),
        is_major=breaches.grave,
        relation_months=None if dealers is None else _months(breaches.dealer, dealers, today),
        term_kind=breaches.term_kind,
        written=breaches.written,
        lawful=breaches.lawful,
        same_for_all=breaches.same_for_all,
        appealable=breaches.appealable,
        has_evidence=breaches.has_evidence,
        notified=breaches.notified_on <= today,
        heard=breaches.heard_on <= today,
        upheld=breaches.upheld,
    )


def _times(breaches: Breaches, today: np.datetime64) -> NDArray[np.float64]:
    """The cases of the dealer that count and lie before each, and that one."""
    day = np.where(breaches.absent("happened_on"), breaches.reported_on, breaches.happened_on)
    dealer, _ = by_first_appearance(breaches.dealer)
    rows = np.lexsort((np.arange(len(day)), day, dealer))
    counts = (_could_be_sanctioned(breaches, today) & ~np.isnat(day))[rows]
    before = np.cumsum(counts) - counts
    first = np.flatnonzero(np.diff(dealer[rows], prepend=-1))
    own = before - np.repeat(before[first], np.diff(first, append=len(rows)))
    times = np.empty(len(rows), dtype=np.float64)
    times[rows] = own + 1
    return np.where(np.isnat(day), np.nan, times)


def _could_be_sanctioned(breaches: Breaches, today: np.datetime64) -> NDArray[np.bool_]:
    """Whether a case was upheld by a day, in a way and by a term that a sanction may rest on."""
    found: NDArray[np.bool_] = breaches.heard_on <= today
    for name in ("written", "lawful", "has_evidence", "upheld"):
        found = found & (breaches.column(name) == 1)
    for name in ("same_for_all", "appealable"):
        found &= breaches.column(name) != 0  # who claws back may say so beside the register
    kinds = list(TermKind)
    for kind in FOR_COUNSEL:
        found &= breaches.term_kind != kinds.index(kind)
    return found


def _months(
    names: NDArray[Any], dealers: Distributors, today: np.datetime64
) -> NDArray[np.float64]:
    opened: dict[Any, Any] = dict(zip(dealers.dealer.tolist(), dealers.opened, strict=True))
    nothing = np.datetime64("NaT", "D")
    since = np.array([opened.get(name, nothing) for name in names.tolist()], dtype="datetime64[D]")
    days = (today - since).astype(np.float64)
    return np.where(np.isnat(since) | (days < 0), np.nan, days / _MONTH_DAYS)
