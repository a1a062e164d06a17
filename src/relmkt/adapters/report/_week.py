"""What to do first: the contacts that are due this week, or else the moves with most at stake."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any, TypeAlias

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

__all__ = ["Day", "First", "Kind", "Same", "Week", "week"]

_SHOWN = 10
"""Customers who are shown, where few strategies call for a contact."""

_FEWEST = 3
"""Customers of each strategy who are shown, where many do."""

_STAKE = (
    "At stake is, of a customer to protect, the value that would be lost; of another move that "
    "costs money, the gain expected of it; of one that frees money, that money."
)
_ORDER = "the first few, those with the most at stake first, and then with the most value ahead"
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@attrs.frozen(kw_only=True)
class First:
    """One customer to begin with: what hangs on it, and why.

    Where nothing hangs on its move, or that is unknown, ``worth`` is the value ahead; ``of`` says
    which it is.
    """

    rank: int
    customer: str
    worth: str
    of: str
    bar: Bar | None
    reason: str
    now: str | None


@attrs.frozen(kw_only=True)
class Same:
    """Customers with whom the same is to be done on the same day, so that it is said once.

    ``why`` and ``now``, the reasons for the move and for the day, are those that all of them share.
    """

    day: str | None
    channel: str | None
    todo: str
    why: str
    now: str | None
    firsts: tuple[First, ...]


@attrs.frozen(kw_only=True)
class Kind:
    """The first few of those whom one strategy is for, by what is to be done with them."""

    move: str
    told: str
    same: tuple[Same, ...]


@attrs.frozen(kw_only=True)
class Day:
    """How many contacts are due on a day."""

    name: str
    contacts: int
    bar: Bar | None


@attrs.frozen(kw_only=True)
class Week(Section):
    """The first part: whom to begin with, the days of the week, and what a person must settle."""

    kinds: tuple[Kind, ...]
    days: tuple[Day, ...]
    dated: bool
    people: tuple[tuple[str, str], ...]


def week(found: Found) -> Week:
    """Whom to contact this week: of each strategy the first few, the most pressing first.

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
        kinds=_kinds(found, rows),
        days=days,
        dated=due is not None,
        people=_people(found),
    )


def _undated(found: Found, moves: int) -> tuple[str, str]:
    undecided = found.plan.decisions.counts()[Abstention.UNDECIDED]
    if undecided and not moves:
        return _nothing_decided(found, undecided)
    if not moves:
        return (
            "Nothing is pressing: no move of this plan has anything at stake",
            "A move is pressing where value may be lost, a gain is expected, or cash is released.",
        )
    total = float(np.nansum(found.stake[found.stake > 0]))
    title = f"Begin with these of {counted(moves, 'customer')} who have a move"
    lead = (
        f"In all, {amount(total)}{money(found.plan)} hang on the moves of this plan. Of each "
        f"strategy {_ORDER}. {_STAKE}"
    )
    return title, lead


def _nothing_decided(found: Found, undecided: int) -> tuple[str, str]:
    """What to find out first, where no rule could decide because nobody knows enough."""
    everybody = undecided == len(found.plan)
    who = "all of them" if everybody else f"{undecided:,} of them"
    title = f"Nothing could be decided of {counted(undecided, 'customer')}: facts are missing"
    if not everybody:
        title += ", and no other has anything at stake"
    asked = sorted(found.plan.sources(), key=lambda source: -source.unsettling)
    told = [
        f"{called(source.name)} ({source.unsettling:,} of {undecided:,})"
        for source in asked[:_FEWEST]
        if source.unsettling
    ]
    return title, (
        f"A rule decides as soon as enough is known; for {who} it is not. Find out first what "
        f"would settle most: {listed(told)}. Put it into the file of facts, or state what to "
        "assume."
    )


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
    lead = (
        "Below stand the contacts of the next seven days by day, and of each strategy that calls "
        f"for them {_ORDER}. A contact whose day has passed stands under the first day. {_STAKE}"
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


def _kinds(found: Found, rows: NDArray[np.intp]) -> tuple[Kind, ...]:
    """Of each strategy the first few; that one leads whose first has the most at stake."""
    words: list[Strategy | Abstention | None] = found.plan.decisions.labels()
    members: dict[Strategy | Abstention | None, list[int]] = {}
    places: list[int] = rows.tolist()
    for row in places:
        members.setdefault(words[row], []).append(row)
    few = max(_FEWEST, math.ceil(_SHOWN / max(len(members), 1)))
    shown = [row for own in members.values() for row in own[:few]]
    said = dict(zip(shown, _said(found, np.array(shown, dtype=np.intp)), strict=True))
    kinds: list[Kind] = []
    for word, own in members.items():
        rest = f", the first {few:,} of them" if len(own) > few else ""
        kinds.append(
            Kind(
                move="" if word is None else spoken(word),
                told=f"{counted(len(own), 'customer')}{rest}",
                same=_alike([said[row] for row in own[:few]]),
            )
        )
    return tuple(kinds)


_Doing: TypeAlias = tuple[str | None, str | None, str]
"""Of a contact its day and its way, and what is to be done."""


def _said(found: Found, rows: NDArray[np.intp]) -> list[tuple[_Doing, First]]:
    """What is to be done with each customer, and what stands with it."""
    lines, plan = found.lines, found.plan
    words: list[Strategy | Abstention | None] = plan.decisions.labels()
    stakes = [None if np.isnan(stake) else stake for stake in found.stake[rows].tolist()]
    drawn, said = bars([*stakes, 0.0]), amounts(stakes)

    def told(name: str) -> list[Any]:
        if found.column(name) is None:
            return [None] * len(rows)
        return lines.values(name, rows)

    ahead = plan.portfolio.residual_value[rows].tolist()
    values = amounts([None if math.isnan(value) else value for value in ahead])
    reasons = found.reasons(rows)
    days, channels = map(told, ("next_contact", "contact_channel"))
    actions = todo(found, rows)
    told_of: list[tuple[_Doing, First]] = []
    places: list[int] = rows.tolist()
    for at, row in enumerate(places):
        word, day, channel = words[row], days[at], channels[at]
        doing = (
            None if day is None else _day(max(day, plan.as_of)),
            None if channel is None else spoken(str(channel)),
            actions[at] or ("" if word is None else sentence(MEANINGS[word]) + "."),
        )
        first = First(
            rank=0,
            customer=shown_id(lines.ids[row]),
            worth=values[at] if stakes[at] is None else said[at],
            of="value ahead" if stakes[at] is None else "at stake",
            bar=drawn[at],
            reason=reasons[at],
            now=None if day is None else plan.line(row).contact_reason,
        )
        told_of.append((doing, first))
    return told_of


def _alike(said: list[tuple[_Doing, First]]) -> tuple[Same, ...]:
    """The customers of one strategy; what is to be done with several stands once, at the first."""
    groups: dict[_Doing, list[First]] = {}
    for rank, (doing, first) in enumerate(said, 1):
        groups.setdefault(doing, []).append(attrs.evolve(first, rank=rank))
    return tuple(_same(*doing, members) for doing, members in groups.items())


def _same(day: str | None, channel: str | None, todo: str, firsts: list[First]) -> Same:
    """The members of a group, each with what is not true of all of them."""
    nows = {first.now for first in firsts}
    now = nows.pop() if len(nows) == 1 and len(firsts) > 1 else None
    why, reasons = parted([first.reason for first in firsts])
    return Same(
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
    answered = int(np.count_nonzero(plan.contacts.answered()))
    if answered:
        text = (
            f"{counted(answered, 'complaint')} told as open, though the answer is done or called "
            "off: close it, or tell the day of the new one."
        )
        told.append(("complaint", text))
    return tuple(told)


def _agreed(text: str, count: int) -> str:
    """The verb of one customer, or of several."""
    if count != 1:
        return text
    return text.replace("are to", "is to", 1).replace("fit no", "fits no", 1).replace(" each", "")
