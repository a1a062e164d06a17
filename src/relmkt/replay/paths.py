"""Paths: the outcome of every customer at every look, and how often it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Generic, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._counts import counted
from relmkt.errors import UnknownNameError
from relmkt.rules import shown

__all__ = ["NOT_THERE", "Delays", "Paths", "delays", "walked"]

OutcomeT = TypeVar("OutcomeT")
Codes = NDArray[np.int16]
Counts = NDArray[np.int64]

NOT_THERE = -1
"""The code of a customer who was not there."""


@attrs.frozen(kw_only=True, eq=False)
class Paths(Generic[OutcomeT]):
    """The outcome of every customer at every look, and how often it changed.

    A change lies between two looks at which the customer was there, one after the other; to come
    is none.

    Attributes
    ----------
    days
        The days of the looks.
    outcomes
        The words that the codes stand for; None where a table has no word for undecided.
    codes
        Positions in ``outcomes``, shape (looks, n), read-only; -1 where a customer was not there.
    transitions
        How often customers went from each outcome (the row) to each (the column), or stayed, shape
        (k, k).
    value_moved
        What they were worth together at the look of the change, as far as it is known, shape
        (k, k); zeros where it was not asked for.
    changes
        How often each customer changed, shape (n,).
    returns
        How often each customer came back to the outcome left at the change before, at most
        ``within`` looks later, shape (n,).
    within
        The looks that count as soon.
    mean_days_between
        The mean of the days between two changes of one customer; NaN where nobody changed twice.
    """

    days: tuple[date, ...]
    outcomes: tuple[OutcomeT | None, ...]
    codes: Codes
    transitions: Counts
    value_moved: NDArray[np.float64]
    changes: Counts
    returns: Counts
    within: int
    mean_days_between: float

    @property
    def counts(self) -> Counts:
        """How many customers had each outcome at each look, shape (looks, k)."""
        return np.array(
            [np.bincount(row + 1, minlength=len(self.outcomes) + 1)[1:] for row in self.codes],
            dtype=np.int64,
        ).reshape(len(self.days), len(self.outcomes))

    @property
    def total_changes(self) -> int:
        """How often anybody changed."""
        return int(self.changes.sum())

    @property
    def share_returning(self) -> float:
        """The share of customers who came back soon; NaN where there are no customers."""
        size = len(self.returns)
        return np.count_nonzero(self.returns) / size if size else float("nan")

    def __str__(self) -> str:
        size = len(self.changes)
        told = counted(self.total_changes, "change")
        if size:
            told += f", {shown(self.total_changes / size)} for each customer"
        if self.total_changes:
            told += f"; {self.share_returning:.1%} came back within {counted(self.within, 'look')}"
        if not np.isnan(self.mean_days_between):
            told += f"; {counted(round(self.mean_days_between), 'day')} between two changes"
        return told

    def count(self, from_: OutcomeT | None, to: OutcomeT | None) -> int:
        """How often customers went from one outcome to another (or stayed).

        Raises
        ------
        UnknownNameError
            When an outcome is not one of the table.
        """
        places: list[int] = []
        for outcome in (from_, to):
            if outcome not in self.outcomes:
                raise UnknownNameError("outcome", outcome, map(str, self.outcomes))
            places.append(self.outcomes.index(outcome))
        return int(self.transitions[places[0], places[1]])


@attrs.frozen(kw_only=True)
class Delays:
    """What steadiness cost: how much later a change came than without it.

    Attributes
    ----------
    changes
        The changes that were made.
    late
        How many of them came later than the plain table said so, without a break, since.
    mean_looks, mean_days
        How much later these came on average; NaN where none was late.
    waiting
        How many customers stood elsewhere at their last look than the plain table said.
    mean_days_waiting
        For how long on average the plain table had said so; NaN where nobody waits.
    """

    changes: int
    late: int
    mean_looks: float
    mean_days: float
    waiting: int
    mean_days_waiting: float


def walked(
    days: Sequence[date],
    outcomes: tuple[OutcomeT | None, ...],
    codes: Codes,
    values: Sequence[NDArray[np.float64]],
    within: int,
) -> Paths[OutcomeT]:
    """The figures of paths.

    Parameters
    ----------
    days
        The days of the looks.
    outcomes
        The words that the codes stand for.
    codes
        Shape (looks, n); -1 where a customer was not there.
    values
        For each look what each customer is worth, shape (n,); empty where nobody asked.
    within
        The looks within which one comes back soon.
    """
    looks, size = codes.shape
    kinds = len(outcomes)
    transitions = np.zeros(kinds * kinds, dtype=np.int64)
    value_moved = np.zeros(kinds * kinds)
    changes, returns = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    now, left = np.full(size, NOT_THERE, dtype=np.int16), np.full(size, NOT_THERE, dtype=np.int16)
    changed_at = np.full(size, -1, dtype=np.int32)
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    gaps, gap_days = 0, 0
    for look in range(looks):
        there = codes[look] != NOT_THERE
        both = np.flatnonzero(there & (now != NOT_THERE))
        before, after = now[both].astype(np.intp), codes[look][both].astype(np.intp)
        pairs = before * kinds + after
        transitions += np.bincount(pairs, minlength=kinds * kinds)
        moved = before != after
        who, came = both[moved], after[moved]
        if values:
            worth = np.nan_to_num(values[look][who], nan=0.0)
            value_moved += np.bincount(pairs[moved], worth, minlength=kinds * kinds)
        again = changed_at[who] >= 0
        gaps += int(np.count_nonzero(again))
        gap_days += int((ordinals[look] - ordinals[changed_at[who[again]]]).sum())
        returns[who] += again & (left[who] == came) & (look - changed_at[who] <= within)
        changes[who] += 1
        left[who], changed_at[who] = before[moved], look
        np.copyto(now, codes[look], where=there)
    for array in (codes, transitions, value_moved, changes, returns):
        array.flags.writeable = False
    return Paths(
        days=tuple(days),
        outcomes=outcomes,
        codes=codes,
        transitions=transitions.reshape(kinds, kinds),
        value_moved=value_moved.reshape(kinds, kinds),
        changes=changes,
        returns=returns,
        within=within,
        mean_days_between=gap_days / gaps if gaps else float("nan"),
    )


def delays(days: Sequence[date], steady: Codes, plain: Codes) -> Delays:
    """How much later changes came than the plain table said so, without a break, since.

    Parameters
    ----------
    days
        The days of the looks.
    steady, plain
        The codes of both paths, shape (looks, n); -1 where a customer was not there.
    """
    looks, size = steady.shape
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    stands, said = (np.full(size, NOT_THERE, dtype=np.int16) for _ in "ab")
    said_at, seen_at = np.zeros(size, dtype=np.intp), np.zeros(size, dtype=np.intp)
    changes, late, late_looks, late_days = 0, 0, 0, 0
    for look in range(looks):
        there = steady[look] != NOT_THERE
        said_at[there & (plain[look] != said)] = look
        np.copyto(said, plain[look], where=there)
        changed = np.flatnonzero(there & (stands != NOT_THERE) & (stands != steady[look]))
        np.copyto(stands, steady[look], where=there)
        seen_at[there] = look
        since = said_at[changed]
        changes += len(changed)
        late += int(np.count_nonzero(since < look))
        late_looks += int((look - since).sum())
        late_days += int((ordinals[look] - ordinals[since]).sum())
    waiting = np.flatnonzero(stands != said)
    waited = ordinals[seen_at[waiting]] - ordinals[said_at[waiting]]
    nothing = float("nan")
    return Delays(
        changes=changes,
        late=late,
        mean_looks=late_looks / late if late else nothing,
        mean_days=late_days / late if late else nothing,
        waiting=len(waiting),
        mean_days_waiting=float(waited.mean()) if len(waiting) else nothing,
    )
