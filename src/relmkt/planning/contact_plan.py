"""The plan of contacts: what is to be done, in the order of urgency, and what is not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from enum import IntEnum
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import Span
from relmkt.domain import (
    Channel,
    ContactEvent,
    ContactFacts,
    TaskEventKind,
    TaskState,
)
from relmkt.errors import InvalidValueError
from relmkt.planning._slots import Days, Place
from relmkt.planning._steps import key_of
from relmkt.planning.cadences import Cadence, CadenceName, Step
from relmkt.planning.contact_columns import ContactCandidates, ContactTasks, TaskEvents
from relmkt.planning.options import ContactOptions
from relmkt.planning.tasks import state_on
from relmkt.rules import ABSENT_CODE, Checked, Checklist, Decisions

__all__ = ["ContactPlan", "Fate", "NextContacts", "SkippedContact"]

_BLOCK = 1 << 14
"""Tasks that are written out at a time, where not all are wanted at once."""


class Fate(IntEnum):
    """What became of a candidate."""

    PLANNED = 0
    """A contact is planned."""
    SKIPPED = 1
    """A contact is called for, and something speaks against it."""
    NOT_CALLED_FOR = 2
    """Its cadence has no step, or all of them are done with."""
    UNDECIDED = 3
    """A missing fact could change the cadence."""


@attrs.frozen
class SkippedContact:
    """A contact that is called for and not made.

    Attributes
    ----------
    customer, event, event_at, action, due
        What it would have been.
    rules
        The ids of all reasons that hold.
    reason
        The reasons in words.
    """

    customer: Any
    event: ContactEvent | None
    event_at: date | None
    action: str
    due: date
    rules: tuple[str, ...]
    reason: str


@attrs.frozen(eq=False)
class NextContacts:
    """The next contact of some candidates in a row, for one line each.

    Attributes
    ----------
    day
        The day of the user on which it is due; NaT where none is planned, shape (n,).
    channel
        Code of the channel, shape (n,); absent for a duty of the user, and where none is planned.
    action
        What is to be done; None where none is planned.
    key
        The key of the task; None where none is planned.
    reason
        Why, or why not; None where the reasons were not asked for.
    """

    day: Days
    channel: NDArray[np.int8]
    action: list[str | None]
    key: list[str | None]
    reason: list[str | None] | None


@attrs.frozen(kw_only=True, eq=False)
class ContactPlan:
    """The next contact of every candidate, as small arrays; texts are made when asked for.

    Attributes
    ----------
    as_of
        The day of the plan.
    options
        By what it was made.
    facts
        The candidates, with the facts about the step of each.
    decisions
        The cadences.
    checklist, answer
        The reasons not to contact, and for each row and reason 1, 0 or -1 where it is unknown.
    steps
        The steps that ``step`` counts, each with its cadence.
    places
        Where the customers are.
    fate
        What became of each candidate (`Fate`), shape (n,).
    step, number
        The next step, -1 for none, and which occurrence of it, shape (n,).
    due, task_day
        The day in the zone of the customer and in that of the user, shape (n,); NaT for none.
    day, place
        The first day from that of the plan on which the contact can be made, and where.
    channel
        Code of the channel, shape (n,).
    snoozed, moved
        Whether it was put off by a person, or moved for want of room, shape (n,).
    order
        The rows of the planned contacts, the most urgent first.
    """

    as_of: date
    options: ContactOptions
    facts: ContactCandidates
    decisions: Decisions[ContactFacts, CadenceName]
    checklist: Checklist[ContactFacts, str]
    answer: NDArray[np.int8]
    steps: tuple[tuple[Cadence, Step], ...]
    places: tuple[Place, ...]
    fate: NDArray[np.int8]
    step: NDArray[np.signedinteger[Any]]
    number: NDArray[np.signedinteger[Any]]
    due: Days
    task_day: Days
    day: Days
    place: NDArray[np.int32]
    channel: NDArray[np.int8]
    snoozed: NDArray[np.bool_]
    moved: NDArray[np.bool_]
    order: NDArray[np.int32]

    def __len__(self) -> int:
        """How many contacts are planned."""
        return len(self.order)

    # ---------------------------------------------------------------------------- counting

    def counts(self) -> dict[Fate, int]:
        """How many candidates met each fate; together they are all."""
        return {fate: int(np.count_nonzero(self.fate == fate)) for fate in Fate}

    def skip_counts(self) -> dict[str, int]:
        """For each reason, how many contacts it keeps back; of several reasons each counts."""
        skipped = self.fate == Fate.SKIPPED
        return {
            rule.id: int(np.count_nonzero((self.answer[:, at] == 1) & skipped))
            for at, rule in enumerate(self.checklist.rules)
        }

    def unsettled(self) -> NDArray[np.bool_]:
        """The planned contacts that a missing fact could stop, shape (n,)."""
        found = np.zeros(len(self.fate), dtype=np.bool_)
        for at in range(self.answer.shape[1]):
            found |= self.answer[:, at] == ABSENT_CODE
        return found & (self.fate == Fate.PLANNED)

    def answered(self) -> NDArray[np.bool_]:
        """The complaints that are told although their answer was done or called off, shape (n,).

        A complaint is known by its day, so it is for a person to say whether each is the old one,
        which nobody has closed, or another, whose day was not told.
        """
        return self._over(slice(None)) & (self.facts.column("event") == _COMPLAINT)

    def due_by(self, day: date) -> NDArray[np.bool_]:
        """The planned contacts whose day has come by a day of the user, shape (n,)."""
        return (self.task_day <= np.datetime64(day, "D")) & (self.fate == Fate.PLANNED)

    def by_channel(self, day: date) -> dict[Channel | None, int]:
        """How many contacts are due by a day, by channel; None counts the user's own duties."""
        codes = self.channel[self.due_by(day)]
        counted: Counter[int] = Counter(codes.tolist())
        words: dict[Channel | None, int] = {
            word: counted[code] for code, word in enumerate(Channel) if counted[code]
        }
        return words | ({None: counted[ABSENT_CODE]} if counted[ABSENT_CODE] else {})

    # ----------------------------------------------------------------------------- reading

    def tasks(self) -> ContactTasks:
        """The planned contacts, the most urgent first."""
        return self._tasks(self.order)

    def blocks(self, size: int = _BLOCK) -> Iterator[ContactTasks]:
        """The planned contacts, the most urgent first, so many at a time.

        Parameters
        ----------
        size
            Contacts in a block; fewer in the last one.

        Raises
        ------
        InvalidValueError
            When the size is below 1.
        """
        if size < 1:
            raise InvalidValueError("size", "be at least 1", size)
        return (
            self._tasks(self.order[start : start + size])
            for start in range(0, len(self.order), size)
        )

    def skipped(self) -> Iterator[SkippedContact]:
        """The contacts that are called for and not made, in the order of the candidates."""
        rows = np.flatnonzero(self.fate == Fate.SKIPPED)
        for row in rows.tolist():
            against = self._against(row)
            yield SkippedContact(
                customer=self.facts.ids[row : row + 1].tolist()[0],
                event=self._event(row),
                event_at=self.facts.column("event_at")[row].item(),
                action=self._step(row).action,
                due=self.due[row].item(),
                rules=tuple(against),
                reason="; ".join(against.values()),
            )

    def planned_events(self, at: datetime) -> TaskEvents:
        """The planned contacts as events for the ledger, by which a later plan keeps their days.

        Parameters
        ----------
        at
            The instant of planning.

        Examples
        --------
        >>> from datetime import date, datetime
        >>> from relmkt.planning import ContactCandidates, ContactOptions, plan_contacts
        >>> candidates = ContactCandidates(
        ...     customer=["C-1"], event=["silence"], strategy=["protect"]
        ... )
        >>> plan = plan_contacts(candidates, as_of=date(2026, 3, 2))
        >>> options = ContactOptions(events=plan.planned_events(datetime(2026, 3, 2, 9)))
        >>> again = plan_contacts(candidates, as_of=date(2026, 3, 6), options=options)
        >>> (
        ...     [task.state.value for task in again.tasks()],
        ...     again.tasks()[0].due == plan.tasks()[0].due,
        ... )
        (['overdue'], True)
        """
        rows = self.order
        return TaskEvents(
            key=self.keys(rows),
            kind=[TaskEventKind.PLANNED] * len(rows),
            at=[at] * len(rows),
            day=self.due[rows],
        )

    def keys(self, rows: NDArray[Any]) -> list[str]:
        """The keys of the tasks of some candidates."""
        return [
            key_of(event or "-", event_at, step, number, customer)
            for event, event_at, step, number, customer in zip(
                self.facts.values("event", rows),
                self.facts.column("event_at")[rows].tolist(),
                self._steps(rows),
                self.number[rows].tolist(),
                self.facts.ids[rows].tolist(),
                strict=True,
            )
        ]

    def next_contacts(self, *, reasons: bool = True) -> NextContacts:
        """The next contact of each candidate, one for each.

        Parameters
        ----------
        reasons
            Whether to write the reasons out, which takes most of the time.
        """
        rows = np.arange(len(self.fate))
        planned = self.fate == Fate.PLANNED
        action: list[str | None] = [None] * len(rows)
        key: list[str | None] = [None] * len(rows)
        own = np.flatnonzero(planned)
        steps, keys = self._steps(own), self.keys(own)
        for row, step, name in zip(own.tolist(), steps, keys, strict=True):
            action[row], key[row] = step.action, name
        return NextContacts(
            day=np.where(planned, self.task_day, np.datetime64("NaT")),
            channel=np.where(planned, self.channel, ABSENT_CODE).astype(np.int8),
            action=action,
            key=key,
            reason=self._reasons(rows) if reasons else None,
        )

    def part(self, at: slice) -> ContactPlan:
        """The plan of some candidates in a row; what was planned for the others still counts."""
        places = np.full(len(self.fate), -1, dtype=np.int32)
        rows = np.arange(len(self.fate), dtype=np.int32)[at]
        places[rows] = np.arange(len(rows), dtype=np.int32)
        order = places[self.order]
        return attrs.evolve(
            self,
            facts=self.facts[at],
            decisions=self.decisions.rows_at(at),
            answer=self.answer[at],
            fate=self.fate[at],
            step=self.step[at],
            number=self.number[at],
            due=self.due[at],
            task_day=self.task_day[at],
            day=self.day[at],
            place=self.place[at],
            channel=self.channel[at],
            snoozed=self.snoozed[at],
            moved=self.moved[at],
            order=order[order >= 0],
        )

    # ----------------------------------------------------------------------------- texts

    def _event(self, row: int) -> ContactEvent | None:
        code = int(self.facts.column("event")[row])
        return None if code < 0 else list(ContactEvent)[code]

    def _checked(self, row: int) -> Checked[ContactFacts, str]:
        answers = tuple({1: True, 0: False}.get(code) for code in self.answer[row].tolist())
        return Checked(self.checklist, self.facts[row], answers)

    def _tasks(self, rows: NDArray[Any]) -> ContactTasks:
        facts = self.facts
        opens, closes = self._hours(rows)
        unsettled = self.unsettled()[rows]
        return ContactTasks(
            customer=facts.ids[rows],
            key=self.keys(rows),
            event=facts.values("event", rows),
            event_at=facts.column("event_at")[rows],
            action=[step.action for step in self._steps(rows)],
            purpose=facts.column("purpose")[rows],
            channel=self.channel[rows],
            due=self.due[rows],
            task_day=self.task_day[rows],
            not_before=opens,
            not_after=closes,
            state=self._states(rows),
            reason=self._reasons(rows),
            settled=~unsettled,
            missing=self._missing(rows),
            value=facts.column("value")[rows],
            owner=facts.values("owner", rows),
            department=facts.values("department", rows),
            strategy=facts.values("strategy", rows),
            approach=facts.column("approach")[rows],
            tier=facts.column("tier")[rows],
        )

    def _hours(self, rows: NDArray[Any]) -> tuple[list[Any], list[Any]]:
        places: list[int] = self.place[rows].tolist()
        days: list[date] = self.day[rows].tolist()
        slots = [
            self.places[place].slot(day, self.as_of)
            for place, day in zip(places, days, strict=True)
        ]
        return [slot.opens for slot in slots], [slot.closes for slot in slots]

    def _step(self, row: int) -> Step:
        return self.steps[int(self.step[row])][1]

    def _steps(self, rows: NDArray[Any]) -> list[Step]:
        positions: list[int] = self.step[rows].tolist()
        return [self.steps[position][1] for position in positions]

    def _states(self, rows: NDArray[Any]) -> list[TaskState]:
        return [
            TaskState.SNOOZED if snoozed else state_on(day, self.as_of)
            for day, snoozed in zip(
                self.task_day[rows].tolist(), self.snoozed[rows].tolist(), strict=True
            )
        ]

    def _missing(self, rows: NDArray[Any]) -> list[str | None]:
        """The facts that would settle each contact: alike for all that know and lack the same."""
        told: dict[Any, str | None] = {}
        found: list[str | None] = []
        unsettled = self.unsettled()[rows].tolist()
        asked = [name for name in self.checklist.features if self.facts.has_absent(name)]
        gaps = [self.facts.absent(name)[rows].tolist() for name in asked]
        for at, row in enumerate(rows.tolist()):
            if not unsettled[at]:
                found.append(None)
                continue
            key = (self.answer[row].tobytes(), *(gap[at] for gap in gaps))
            if key not in told:
                told[key] = "; ".join(self._checked(row).missing)
            found.append(told[key])
        return found

    def _reasons(self, rows: NDArray[Any]) -> list[str | None]:
        """Why each contact is planned, or is not; said once for all rows of which it is said."""
        said: dict[Any, str] = {}
        found: list[str | None] = []
        for row, fate, is_over, why, *told in zip(
            rows.tolist(),
            self.fate[rows].tolist(),
            self._over(rows).tolist(),
            self.decisions.rows_at(rows).reasons(),
            self.step[rows].tolist(),
            self.number[rows].tolist(),
            self.facts.column("event")[rows].tolist(),
            self.facts.column("event_at")[rows].astype(np.int64).tolist(),
            self.due[rows].astype(np.int64).tolist(),
            self.task_day[rows].astype(np.int64).tolist(),
            self.snoozed[rows].tolist(),
            self.moved[rows].tolist(),
            self.facts.values("contacts_in_window", rows),
            self.facts.values("days_late", rows),
            self.facts.values("planned_by", rows),
            map(bytes, self.answer[rows]),
            strict=True,
        ):
            if fate not in (Fate.PLANNED, Fate.SKIPPED):
                over = _ANSWERED if told[2] == _COMPLAINT else _OVER
                found.append(f"{why}: {over}" if is_over else why)
                continue
            # The day of a skipped contact is in what is said against it.
            key = (fate, why, *told) if fate == Fate.PLANNED else (told[0], *told[-4:])
            if key not in said:
                said[key] = self._why(row, why) if fate == Fate.PLANNED else self._why_not(row)
            found.append(said[key])
        return found

    def _over(self, rows: NDArray[Any] | slice) -> NDArray[np.bool_]:
        """Where a cadence was called for, and all of its steps are done with."""
        own = {cadence.name for cadence, _ in self.steps}
        calling = [at for at, word in enumerate(self.decisions.table.outcomes) if str(word) in own]
        called = np.isin(self.decisions.outcome[rows], calling)
        return called & (self.fate[rows] == Fate.NOT_CALLED_FOR)

    def _why(self, row: int, why: str) -> str:
        parts = [f"{why}: {self._when(row)}"]
        if self.snoozed[row]:
            parts.append(f"put off to {self.due[row]}")
        elif self.moved[row]:
            parts.append(f"moved to {self.due[row]} for want of room")
        elif self.task_day[row] < np.datetime64(self.as_of, "D"):
            parts.append(f"overdue since {self.task_day[row]}")
        if ABSENT_CODE in self.answer[row]:
            parts.append(self._doubt(row))
        return "; ".join(parts)

    def _why_not(self, row: int) -> str:
        return f"no {self._step(row).action}: {'; '.join(self._against(row).values())}"

    def _against(self, row: int) -> dict[str, str]:
        """What speaks against a contact, by the id of the reason."""
        own = np.array([row])
        return {
            rule.id: self.checklist.reason(
                at,
                {name: self.facts.values(name, own)[0] for name in self.checklist.words_of(at)},
            )
            for at, rule in enumerate(self.checklist.rules)
            if self.answer[row, at] == 1
        }

    def _when(self, row: int) -> str:
        step, number = self._step(row), int(self.number[row])
        event_at = self.facts.column("event_at")[row].item()
        if step.within is not None:
            return step.when
        event = self._event(row)
        since = "today" if event_at is None else f"{event_at}"
        if event_at is not None and event is not None:
            since = f"the {_SPOKEN[event]} of {event_at}"
        if step.every is not None:
            after = Span(step.every.count * number, step.every.unit)
            return f"{after} after {since} (every {str(step.every).removeprefix('1 ')})"
        return f"{step.after} after {since}"

    def _doubt(self, row: int) -> str:
        unknown = [
            "consent" if rule.id == "no consent" else f"whether it is {rule.id}"
            for at, rule in enumerate(self.checklist.rules)
            if self.answer[row, at] == ABSENT_CODE
        ]
        return f"{', '.join(unknown)} not known: check before contacting"


_COMPLAINT = list(ContactEvent).index(ContactEvent.COMPLAINT)
_OVER = "all of that is done, or called off"
_ANSWERED = f"{_OVER}; if it is another complaint, tell its day (event_at)"

_SPOKEN = {
    ContactEvent.FIRST_PURCHASE: "first purchase",
    ContactEvent.PURCHASE: "purchase",
    ContactEvent.SILENCE: "last purchase",
    ContactEvent.INQUIRY: "inquiry",
    ContactEvent.COMPLAINT: "complaint",
    ContactEvent.LOSS: "loss",
    ContactEvent.REVIEW: "review",
}
"""How a reason speaks of an event."""
