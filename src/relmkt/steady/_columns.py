"""Steady decisions on columns: the same as on records, without a Python loop over the rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, joined, named
from relmkt._grouping import by_first_appearance
from relmkt.calendars import Span
from relmkt.domain import Hold
from relmkt.errors import InvalidRowsError
from relmkt.rules import Decisions, Layout, Table

if TYPE_CHECKING:
    from relmkt.steady.tables import Steady

__all__ = ["HOLDS", "NOBODY", "Look", "State", "looked_at", "matched", "refuse_twins"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")
Codes = NDArray[np.int16]
Days = NDArray[np.datetime64]

NOBODY = -2
"""The code of one who has no standing yet; -1 is an outcome for which there is no word."""

HOLDS = tuple(Hold)
"""The words that the codes of what is held stand for."""

_BAND, _CONFIRMATION, _DWELL, _UNSETTLED = range(len(HOLDS))


@attrs.frozen(eq=False)
class State:
    """What stands, in codes, one place for each row.

    Attributes
    ----------
    outcome, proposed
        Codes of outcomes; `NOBODY` where there is no standing, or nothing else was proposed.
    since, looked
        Days, NaT where there is no standing.
    times
        Looks in a row that proposed the other outcome.
    """

    outcome: Codes
    since: Days
    proposed: Codes
    times: NDArray[np.int32]
    looked: Days

    @classmethod
    def empty(cls, size: int) -> State:
        """Nobody has a standing."""
        return cls(
            np.full(size, NOBODY, dtype=np.int16),
            np.full(size, np.datetime64("NaT"), dtype="datetime64[D]"),
            np.full(size, NOBODY, dtype=np.int16),
            np.zeros(size, dtype=np.int32),
            np.full(size, np.datetime64("NaT"), dtype="datetime64[D]"),
        )

    def at(self, places: NDArray[np.intp]) -> State:
        """The state of some places; -1 is a place of nobody."""
        found = State.empty(len(places))
        known = places >= 0
        for name in _NAMES:
            getattr(found, name)[known] = getattr(self, name)[places[known]]
        return found

    def put(self, places: NDArray[np.intp], other: State, size: int) -> State:
        """The state with some places (up to ``size``) taken from another."""
        made = State.empty(size)
        for name in _NAMES:
            array = getattr(made, name)
            array[: len(self.outcome)] = getattr(self, name)
            array[places] = getattr(other, name)
        return made


_NAMES = tuple(field.name for field in attrs.fields(State))


@attrs.frozen(eq=False)
class Look(Generic[R, OutcomeT]):
    """One look at many rows, in codes.

    Attributes
    ----------
    plain
        What the entering table decides by itself.
    outcome, proposal
        What stands after the look, and what the table of the standing outcome says.
    rule, settled
        Of the proposal: the position of its rule, and whether it is settled.
    changed, held
        Who has another outcome than before; and a code of `Hold`, -1 where nothing is held.
    state
        What stands now.
    """

    plain: Decisions[R, OutcomeT]
    outcome: Codes
    proposal: Codes
    rule: Codes
    settled: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    held: NDArray[np.int8]
    state: State


def looked_at(
    steady: Steady[R, OutcomeT],
    rows: Layout,
    before: State,
    as_of: date,
    assume: Mapping[str, Any] | None,
) -> Look[R, OutcomeT]:
    """Decide on rows whose standings are at the same places."""
    plain: Decisions[R, OutcomeT] = steady.entering.decide(rows, assume=assume)
    open_codes = steady.open_codes
    stands = ~np.isin(before.outcome, (NOBODY, *open_codes))
    proposal, rule = plain.outcome.astype(np.int16), plain.rule.astype(np.int16)
    settled = plain.settled.copy()
    at_once = settled & np.isin(rule, steady.urgent_places)
    possible = np.zeros(len(rows), dtype=np.bool_)
    agrees = settled & (proposal == before.outcome)
    asked = stands & ~agrees & ~at_once
    standing: list[int] = np.unique(before.outcome[asked]).tolist()
    for code in standing:
        at = np.flatnonzero(asked & (before.outcome == code))
        word: OutcomeT = plain.outcomes[code]
        found = plain.rows_at(at)
        table: Table[R, OutcomeT] = steady.table(word)
        if table is not plain.table:
            found = table.decide(found.rows)
        proposal[at], rule[at], settled[at] = found.outcome, found.rule, found.settled
        doubtful = np.flatnonzero(~found.settled)
        if doubtful.size:
            possible[at[doubtful]] = [word in words for words in found.rows_at(doubtful).possible()]

    day = np.datetime64(as_of, "D")
    same = stands & settled & (proposal == before.outcome)
    unsettled = stands & ~settled & possible
    other = stands & ~same & ~unsettled
    again = other & (before.proposed == proposal)
    times = np.where(again, before.times + (before.looked < day), other).astype(np.int32)
    confirmed = times >= steady.confirmations
    lasted = _lasted(steady.dwell, before.since, other & confirmed, as_of)
    goes = other & (at_once | (confirmed & lasted))
    waits = other & ~goes

    held = np.full(len(rows), -1, dtype=np.int8)
    held[same & ~agrees] = _BAND
    held[unsettled] = _UNSETTLED
    held[waits] = np.where(confirmed[waits], _DWELL, _CONFIRMATION)
    outcome = np.where(same | unsettled | waits, before.outcome, proposal)
    changed = (outcome != before.outcome) & (before.outcome != NOBODY)
    state = State(
        outcome,
        np.where(outcome == before.outcome, before.since, day),
        np.where(waits, proposal, np.int16(NOBODY)),
        np.where(waits, times, np.int32(0)),
        np.full(len(rows), day, dtype="datetime64[D]"),
    )
    return Look(plain, outcome, proposal, rule, settled, changed, held, state)


def _lasted(
    dwell: Span | None, since: Days, asked: NDArray[np.bool_], as_of: date
) -> NDArray[np.bool_]:
    """Where the dwell is over; there are few days on which outcomes were taken."""
    if dwell is None:
        return asked
    days, places = np.unique(since[asked], return_inverse=True)
    over = np.array([dwell.end(day) <= as_of for day in days.tolist()], dtype=np.bool_)
    found = asked.copy()
    found[asked] = over[places.reshape(-1)]
    return found


def matched(ids: NDArray[Any], others: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The place of each of the others among the ids, and which of the others are new.

    Parameters
    ----------
    ids
        Ids, each once, shape (n,).
    others
        Ids, each once, shape (m,).

    Returns
    -------
    places
        Shape (m,); those of new ones follow on the ids, in their order.
    new
        The rows of the new ones, ascending.
    """
    size = len(ids)
    if len(others) >= size and ids.dtype == others.dtype and np.array_equal(ids, others[:size]):
        places = np.arange(len(others), dtype=np.intp)
    elif not len(others):
        places = np.zeros(0, dtype=np.intp)
    else:
        codes, _ = by_first_appearance(joined([ids, others]))
        places = codes[size:].astype(np.intp)
    return places, np.flatnonzero(places >= size)


def refuse_twins(what: str, ids: NDArray[Any]) -> None:
    """Refuse ids of which one is there twice."""
    firsts = by_first_appearance(ids)[1]
    if len(firsts) == len(ids):
        return
    rows = np.setdiff1d(np.arange(len(ids)), firsts)
    raise InvalidRowsError(
        what,
        [f"row {row}: {named(ids, row)} is there already" for row in rows[:NAMED_ROWS].tolist()],
        total=int(rows.size),
        remedy="each customer can have one standing only",
    )
