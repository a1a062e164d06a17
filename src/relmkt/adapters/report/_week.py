"""What to do first: the contacts that are due this week, or else the moves with most at stake."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._counts import counted
from relmkt.adapters.report._bars import Bar, bars
from relmkt.adapters.report._found import WEEK, Found, money, todo
from relmkt.adapters.report._section import Section
from relmkt.adapters.report._words import (
    MEANINGS,
    amount,
    amounts,
    called,
    listed,
    parted,
    said_day,
    sentence,
    shown_id,
    spoken,
)
from relmkt.domain import Abstention, Strategy

__all__ = ["Day", "First", "Same", "Week", "week"]

_SHOWN = 10
_STAKE = (
    "At stake is, of a customer to protect, the value that would be lost; of another move that "
    "costs money, the gain expected of it; of one that frees money, that money."
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@attrs.frozen(kw_only=True)
class First:
    """One customer to begin with: what hangs on it, and why."""

    rank: int
    customer: str
    stake: str
    bar: Bar | None
    reason: str
    now: str | None


@attrs.frozen(kw_only=True)
class Same:
    """Customers with whom the same is to be done on the same day, so that it is said once.

    ``why`` and ``now``, the reasons for the move and for the day, are those that all of them share.
    """

    move: str
    day: str | None
    channel: str | None
    todo: str
    why: str
    now: str | None
    firsts: tuple[First, ...]


@attrs.frozen(kw_only=True)
class Day:
    """How many contacts are due on a day."""

    name: str
    contacts: int
    bar: Bar | None


@attrs.frozen(kw_only=True)
class Week(Section):
    """The first part: whom to begin with, the days of the week, and what a person must settle."""

    same: tuple[Same, ...]
    days: tuple[Day, ...]
    dated: bool
    people: tuple[tuple[str, str], ...]


def week(found: Found) -> Week:
    """Whom to contact this week, the most pressing first.

    Where the plan holds no days of contacts, the customers with most at stake stand for them.
    """
    due = found.due
    if due is None:
        rows = found.pressing[~np.isnan(found.stake[found.pressing])]
        title, lead = _undated(found, len(rows))
        days: tuple[Day, ...] = ()
    else:
        rows = found.pressing[(due[found.pressing] >= 0) & (due[found.pressing] < WEEK)]
        title, lead = _dated(found, due)
        days = _days(found.plan.as_of, due)
    return Week(
        id="week",
        label="This week",
        title=title,
        lead=lead,
        same=_firsts(found, rows[:_SHOWN]),
        days=days,
        dated=due is not None,
        people=_people(found),
    )


def _undated(found: Found, moves: int) -> tuple[str, str]:
    if not moves:
        return (
            "Nothing is pressing: no move of this plan has anything at stake",
            "A move is pressing where value may be lost, a gain is expected, or cash is released.",
        )
    total = float(np.nansum(found.stake[found.stake > 0]))
    title = (
        f"Begin with these {min(moves, _SHOWN)} of {counted(moves, 'customer')} who have a move: "
        "they have the most at stake"
    )
    lead = f"In all, {amount(total)}{money(found.plan)} hang on the moves of this plan. {_STAKE}"
    return title, lead


def _dated(found: Found, due: NDArray[Any]) -> tuple[str, str]:
    now = int(np.count_nonzero(due == 0))
    soon = int(np.count_nonzero((due >= 0) & (due < WEEK)))
    planned = int(np.count_nonzero(due >= 0))
    if not soon:
        later = f"later than {said_day(found.plan.as_of + timedelta(days=WEEK - 1))}."
        lead = f"{counted(planned, 'customer')} have a planned contact, all of them {later}"
        if planned < 2:
            who = "One customer has a planned contact, " + later
            lead = who if planned else "No contact is planned for anybody."
        return "Nobody is to be contacted this week", lead
    today = "none of them today" if not now else f"{now:,} of them today or overdue"
    first = f"the {_SHOWN} with the most at stake" if soon > _SHOWN else "all of them"
    lead = (
        f"Below stand the contacts of the next seven days by day, and {first}. A contact whose day "
        f"has passed stands under the first day. {_STAKE}"
    )
    unsure = int(np.count_nonzero(found.plan.contacts.unsettled() & (due >= 0) & (due < WEEK)))
    if unsure:
        lead += (
            f" Of {unsure:,} a fact is missing that could stop the contact, such as consent: each "
            "says what to check before."
        )
    return f"Contact {counted(soon, 'customer')} this week, {today}", lead


def _days(as_of: date, due: NDArray[Any]) -> tuple[Day, ...]:
    if not ((due >= 0) & (due < WEEK)).any():
        return ()
    counts = [int(np.count_nonzero(due == ahead)) for ahead in range(WEEK)]
    drawn = bars([float(count) for count in counts])
    return tuple(
        Day(name=_day(as_of + timedelta(days=ahead)), contacts=counts[ahead], bar=drawn[ahead])
        for ahead in range(WEEK)
    )


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()][:3]} {said_day(day).rsplit(' ', 1)[0]}"


def _firsts(found: Found, rows: NDArray[np.intp]) -> tuple[Same, ...]:
    """Whom to begin with; what is to be done with several stands once, at the first of them."""
    lines, plan = found.lines, found.plan
    words: list[Strategy | Abstention | None] = plan.decisions.labels()
    stakes = [None if np.isnan(stake) else stake for stake in found.stake[rows].tolist()]
    drawn, said = bars([*stakes, 0.0]), amounts(stakes)

    def told(name: str) -> list[Any]:
        if found.column(name) is None:
            return [None] * len(rows)
        return lines.values(name, rows)

    reasons = found.reasons(rows)
    days, channels = map(told, ("next_contact", "contact_channel"))
    actions = todo(found, rows)
    groups: dict[tuple[str, str | None, str | None, str], list[First]] = {}
    places: list[int] = rows.tolist()
    for at, row in enumerate(places):
        word, day, channel = words[row], days[at], channels[at]
        alike = (
            "" if word is None else spoken(word),
            None if day is None else _day(max(day, plan.as_of)),
            None if channel is None else spoken(str(channel)),
            actions[at] or ("" if word is None else sentence(MEANINGS[word]) + "."),
        )
        first = First(
            rank=at + 1,
            customer=shown_id(lines.ids[row]),
            stake=said[at],
            bar=drawn[at],
            reason=reasons[at],
            now=None if day is None else plan.line(row).contact_reason,
        )
        groups.setdefault(alike, []).append(first)
    return tuple(_same(*alike, members) for alike, members in groups.items())


def _same(move: str, day: str | None, channel: str | None, todo: str, firsts: list[First]) -> Same:
    """The members of a group, each with what is not true of all of them."""
    nows = {first.now for first in firsts}
    now = nows.pop() if len(nows) == 1 and len(firsts) > 1 else None
    why, reasons = parted([first.reason for first in firsts])
    return Same(
        move=move,
        day=day,
        channel=channel,
        todo=todo,
        why=why,
        now=None if now is None else now.removeprefix(f"{why}: "),
        firsts=tuple(
            attrs.evolve(first, reason=reason, now=first.now if now is None else None)
            for first, reason in zip(firsts, reasons, strict=True)
        ),
    )


def _people(found: Found) -> tuple[tuple[str, str], ...]:
    """What no rule may settle: endings to approve, reviews, and facts that are missing."""
    plan = found.plan
    counts = plan.decisions.counts()
    told: list[tuple[str, str]] = []
    for word, text in (
        (Strategy.END, "are to be ended: a person must approve each"),
        (Abstention.REVIEW, "fit no rule: a person should decide"),
    ):
        if counts[word]:
            told.append(
                (str(word), f"{counted(counts[word], 'customer')} {_agreed(text, counts[word])}.")
            )
    if counts[Abstention.UNDECIDED]:
        facts = [source.name for source in plan.sources() if source.unsettling]
        text = (
            f"{counted(counts[Abstention.UNDECIDED], 'customer')} cannot be decided before "
            f"somebody finds out: {listed([called(fact) for fact in facts])}."
        )
        told.append((str(Abstention.UNDECIDED), text))
    return tuple(told)


def _agreed(text: str, count: int) -> str:
    """The verb of one customer, or of several."""
    if count != 1:
        return text
    return text.replace("are to", "is to", 1).replace("fit no", "fits no", 1).replace(" each", "")
