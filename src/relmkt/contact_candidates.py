"""From the decisions of a plan to what may call for a contact with each customer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import days_per
from relmkt.columns import Portfolio
from relmkt.domain import (
    Abstention,
    Approach,
    ContactEvent,
    CustomerFacts,
    Move,
    RelationshipFacts,
    Stage,
    Status,
    Strategy,
)
from relmkt.facts import STATUS_CODE, overruled, rows_in
from relmkt.planning import ContactCandidates
from relmkt.policies import ApproachOutcome, StrategyOutcome
from relmkt.rules import ABSENT_CODE, Decisions
from relmkt.summaries import Summaries

__all__ = ["contact_candidates", "known_by_row"]

Codes = NDArray[np.int8]


def contact_candidates(
    decisions: Decisions[CustomerFacts, StrategyOutcome],
    approaches: Decisions[RelationshipFacts, ApproachOutcome],
    tiers: Codes,
    portfolio: Portfolio,
    summaries: Summaries,
    known: ContactCandidates | None = None,
) -> ContactCandidates:
    """For every customer the event that a contact would follow upon, and the facts about it.

    - A complaint that is known to be open comes before all else. It is of the day that is known
      of it (``event_at``), and else of the last purchase: so where a second complaint may follow
      upon an answered one before the customer buys again, tell its day. One that is told again
      without it is taken for the first, and `ContactPlan.answered` and its line say so.
    - For a prospect the event is the *inquiry*, whose day no order log tells.
    - Of those who have bought all events are of the day of the last purchase: a *loss* for one who
      is lost, a *silence* for one to protect, a *review* for one to review or to end, the *first
      purchase* for whoever has bought once, and else a *purchase*. So the same event keeps its day,
      and its key, whenever a plan is made, until the customer buys again.
    - The *stage* is acquire for a prospect, lapsed for one who is lost, convert after one purchase,
      and retain after several.

    Parameters
    ----------
    decisions
        The strategies.
    approaches
        The levels of relationship marketing; an abstention is none of them.
    tiers
        Codes of the pyramid, shape (n,).
    portfolio
        The facts of the customers; prospects come last.
    summaries
        The histories of those who have bought.
    known
        What is known beside, by customer; it overrules what is found here, but for a bar, which
        nothing lifts. Customers of whom the plan knows nothing are left out.

    Returns
    -------
    ContactCandidates
        One row for each customer.

    Raises
    ------
    InvalidValueError
        When ids are texts in one source and numbers in the other.
    InvalidRowsError
        When what is known has two rows of one customer.
    """
    moves = _codes_of(decisions, list(Move))
    ahead = len(portfolio) - len(summaries)
    bought = np.arange(len(portfolio)) < len(summaries)
    silence = (summaries.age - summaries.recency) * days_per(summaries.unit)
    since = np.concatenate([np.floor(silence + 0.5), np.full(ahead, np.nan)])
    event_at = np.datetime64(summaries.as_of, "D") - np.nan_to_num(since).astype("timedelta64[D]")
    event_at[np.isnan(since)] = np.datetime64("NaT")
    once = np.concatenate([summaries.frequency == 0, np.zeros(ahead, dtype=np.bool_)])
    lost = portfolio.status == STATUS_CODE[Status.LOST]
    prospect = ~bought | (portfolio.status == STATUS_CODE[Status.PROSPECT])
    looked_at = np.isin(moves, [_code(Abstention.REVIEW), _code(Strategy.END)])
    event = np.select(
        [prospect, lost, moves == _code(Strategy.PROTECT), looked_at, once],
        [
            _event(ContactEvent.INQUIRY),
            _event(ContactEvent.LOSS),
            _event(ContactEvent.SILENCE),
            _event(ContactEvent.REVIEW),
            _event(ContactEvent.FIRST_PURCHASE),
        ],
        _event(ContactEvent.PURCHASE),
    ).astype(np.int8)
    stage = np.select(
        [prospect, lost, once],
        [list(Stage).index(word) for word in (Stage.ACQUIRE, Stage.LAPSED, Stage.CONVERT)],
        list(Stage).index(Stage.RETAIN),
    ).astype(np.int8)
    found = ContactCandidates(
        customer=portfolio.ids,
        event=event,
        event_at=event_at,
        stage=stage,
        tier=tiers,
        strategy=moves,
        approach=_codes_of(approaches, list(Approach)),
        barred=portfolio.barred if "barred" in portfolio.names else None,
        ended_by_us=portfolio.ended_by_us if "ended_by_us" in portfolio.names else None,
        value=portfolio.residual_value,
    )
    if known is None:
        return found
    merged, _ = overruled(found, known, rows_in(known, found))
    if "barred" in merged:  # whom one of the two sources bars is barred
        merged["barred"] = np.where(found.column("barred") == 1, np.int8(1), merged["barred"])
    complains = merged.get("open_complaint")
    if complains is not None:
        told = merged.get("event", event).copy()
        told[complains == 1] = _event(ContactEvent.COMPLAINT)
        merged["event"] = told
    return found.replace(**merged)


def known_by_row(known: ContactCandidates, portfolio: Portfolio) -> ContactCandidates:
    """What is known about contacting customers, row by row those of a portfolio.

    Customers whom the portfolio does not have are left out; of those who are not known all is
    absent.

    Raises
    ------
    InvalidValueError
        When ids are texts in one source and numbers in the other.
    InvalidRowsError
        When what is known has two rows of one customer.

    Examples
    --------
    >>> from relmkt import Portfolio
    >>> from relmkt.contact_candidates import known_by_row
    >>> from relmkt.planning import ContactCandidates
    >>> known = ContactCandidates(customer=["C-2", "C-9"], consent_email=[True, False])
    >>> known_by_row(known, Portfolio(customer=["C-1", "C-2"])).values("consent_email")
    [None, True]
    """
    empty = ContactCandidates(customer=portfolio.ids)
    merged, _ = overruled(empty, known, rows_in(known, empty))
    return empty.replace(**merged)


def _codes_of(decisions: Decisions[Any, Any], words: list[Any]) -> Codes:
    """The outcomes as codes of a closed list; absent where the list has no such word."""
    names = [str(word) for word in words]
    table = decisions.table
    told = [*map(str, table.outcomes), str(table.undecided)]
    codes = [names.index(name) if name in names else ABSENT_CODE for name in told]
    # Undecided rows have the code of the table's word for it, or -1: the last one here.
    return np.array(codes, dtype=np.int8)[decisions.outcome]


def _code(outcome: Strategy | Abstention) -> int:
    return list(Move).index(Move(outcome.value))


def _event(word: ContactEvent) -> int:
    return list(ContactEvent).index(word)
