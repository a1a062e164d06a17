"""Contacts on their days: nobody twice for one thing, no window and no day too full, none lost."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import ONE_DAY
from relmkt.planning._slots import Place

__all__ = ["Candidate", "Waiting", "duplicates", "placed"]

Days = NDArray[np.datetime64]


@attrs.frozen
class Candidate:
    """One of several contacts with the same customer.

    Attributes
    ----------
    row
        Its row among the candidates.
    rank
        Its place in the order of urgency: the lower, the sooner.
    key
        What makes it the same contact as another one of this customer.
    marketing
        Whether it counts in the customer's window.
    department
        The department, or an empty text.
    day
        The day on which it would be made.
    """

    row: int
    rank: int
    key: Hashable
    marketing: bool
    department: str
    day: date


def duplicates(contacts: Iterable[Candidate], window: float) -> dict[int, Candidate]:
    """Of one customer the rows that are planned already, each with what stands in its place.

    Of the same contact, and of marketing contacts that different departments would make within a
    window, one is kept: that of the first day; on the same day that of the department whose name
    comes first, and then the more urgent one.
    """
    found: dict[int, Candidate] = {}
    kept: list[Candidate] = []
    for one in sorted(contacts, key=lambda one: (one.day, one.department, one.rank)):
        for other in kept:
            if one.key == other.key or _clash(one, other, window):
                found[one.row] = other
                break
        else:
            kept.append(one)
    return found


def _clash(one: Candidate, other: Candidate, window: float) -> bool:
    return (
        one.marketing
        and other.marketing
        and bool(one.department and other.department)
        and one.department != other.department
        and abs((one.day - other.day).days) < window
    )


@attrs.frozen(eq=False, kw_only=True)
class Waiting:
    """Contacts that wait for a day, the most urgent first; each array of shape (n,).

    Attributes
    ----------
    day
        The first day on which each may be made.
    customer
        The number of the customer.
    marketing
        Whether it counts in the customer's window.
    owner
        The number of the user whose task it is.
    place
        The position of the customer's place.
    """

    day: Days
    customer: NDArray[np.integer[Any]]
    marketing: NDArray[np.bool_]
    owner: NDArray[np.integer[Any]]
    place: NDArray[np.integer[Any]]


def placed(
    waiting: Waiting,
    places: list[Place],
    *,
    window: float,
    per_window: float,
    capacity: int | None,
    not_before: date,
    known: Mapping[int, list[date]],
) -> Days:
    """The day of every contact: its own, or the next on which there is room for it.

    The days are filled one after the other, on each the more urgent first. A customer gets no more
    marketing contacts within a window than it may hold, and a user no more tasks on a day than the
    capacity; what does not fit waits for its next day.

    Parameters
    ----------
    waiting
        The contacts.
    places
        Where customers are.
    window
        Marketing contacts less than so many days apart are in one window.
    per_window
        How many a window may hold, at least 1.
    capacity
        How many tasks a user can do on a day; None for any number.
    not_before
        The day of the user before which nothing is placed.
    known
        The days of the marketing contacts that customers have already, by their numbers.

    Returns
    -------
    days
        Shape (n,).
    """
    return _Diary(waiting, places, window, per_window, capacity, not_before, known).filled()


@attrs.define(eq=False)
class _Diary:
    """Days that are being filled."""

    waiting: Waiting
    places: list[Place]
    window: float
    per_window: float
    capacity: int | None
    not_before: date
    known: Mapping[int, list[date]]
    full: Counter[tuple[int, date]] = attrs.field(factory=Counter[tuple[int, date]])
    made: dict[int, list[date]] = attrs.field(factory=lambda: defaultdict[int, list[date]](list))
    ready: dict[tuple[int, int], list[int]] = attrs.field(
        factory=lambda: defaultdict[tuple[int, int], list[int]](list)
    )
    later: list[tuple[date, int]] = attrs.field(factory=list[tuple[date, int]])

    def filled(self) -> Days:
        found = self.waiting.day.copy()
        order = np.argsort(self.waiting.day, kind="stable")
        comes = self.waiting.day[order].tolist()
        ranks = order.tolist()
        at = 0
        day = comes[0] if comes else date.min
        while at < len(ranks) or self.later or self.ready:
            while at < len(ranks) and comes[at] <= day:
                self._add(ranks[at])
                at += 1
            while self.later and self.later[0][0] <= day:
                self._add(heapq.heappop(self.later)[1])
            for rank in self._fill(day):
                found[rank] = day
            self.ready = defaultdict(list, {key: heap for key, heap in self.ready.items() if heap})
            if self.ready:
                day += ONE_DAY
            else:
                coming = [*comes[at : at + 1], *(soonest for soonest, _ in self.later[:1])]
                day = min(coming, default=day)
        return found

    def _add(self, rank: int) -> None:
        key = int(self.waiting.owner[rank]), int(self.waiting.place[rank])
        heapq.heappush(self.ready[key], rank)

    def _fill(self, day: date) -> Iterator[int]:
        """What is made on a day, the most urgent first."""
        open_today: list[tuple[int, tuple[int, int], date]] = []
        for key, heap in self.ready.items():
            slot = self.places[key[1]].slot(day, self.not_before)
            if slot.day == day:
                heapq.heappush(open_today, (heap[0], key, slot.task_day))
        while open_today:
            rank, key, task_day = heapq.heappop(open_today)
            if self._is_full(key[0], task_day):
                continue
            heap = self.ready[key]
            heapq.heappop(heap)
            if heap:
                heapq.heappush(open_today, (heap[0], key, task_day))
            customer = int(self.waiting.customer[rank])
            if self.waiting.marketing[rank]:
                if self._too_many(customer, day):
                    heapq.heappush(self.later, (day + ONE_DAY, rank))
                    continue
                self.made[customer].append(day)
            self.full[key[0], task_day] += 1
            yield rank

    def _is_full(self, owner: int, task_day: date) -> bool:
        return self.capacity is not None and self.full[owner, task_day] >= self.capacity

    def _too_many(self, customer: int, day: date) -> bool:
        """Whether one more is too many; those made here are of this day or of earlier ones."""
        others = [*self.known.get(customer, ()), *self.made[customer]]
        near = [other for other in others if abs((day - other).days) < self.window]
        return len(near) >= self.per_window
