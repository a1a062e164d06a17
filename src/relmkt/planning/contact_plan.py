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
        The day on which it is due; NaT where none is planned, shape (n,).
    channel
        Code of the channel, shape (n,); absent for a duty of the user, and where none is planned.
    action
        What is to be done; None where none is planned.
    reason
        Why, or why not.
    """

    day: Days
    channel: NDArray[np.int8]
    action: list[str | None]
    reason: list[str | None]


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
            checked = self._checked(row)
            yield SkippedContact(
                customer=self.facts.ids[row : row + 1].tolist()[0],
                event=self._event(row),
                event_at=self.facts.column("event_at")[row].item(),
                action=self._step(row).action,
                due=self.due[row].item(),
                rules=checked.held,
                reason="; ".join(checked.reasons.values()),
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

    def next_contacts(self, at: slice) -> NextContacts:
        """The next contact of some candidates in a row, one for each."""
        rows = np.arange(len(self.fate))[at]
        planned = self.fate[rows] == Fate.PLANNED
        return NextContacts(
            day=np.where(planned, self.due[rows], np.datetime64("NaT")),
            channel=np.where(planned, self.channel[rows], ABSENT_CODE).astype(np.int8),
            action=[
                self._step(row).action if here else None
                for row, here in zip(rows.tolist(), planned.tolist(), strict=True)
            ],
            reason=self._reasons(rows),
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
        """Why each contact is planned, or is not."""
        why = self.decisions.rows_at(rows).reasons()
        unsettled = self.unsettled()[rows].tolist()
        skipped: dict[Any, str] = {}
        found: list[str | None] = []
        late = (np.datetime64(self.as_of, "D") - self.task_day[rows]).astype(np.int64).tolist()
        for at, row in enumerate(rows.tolist()):
            match self.fate[row]:
                case Fate.PLANNED:
                    parts = [f"{why[at]}: {self._when(row)}"]
                    if self.snoozed[row]:
                        parts.append(f"put off to {self.due[row]}")
                    elif self.moved[row]:
                        parts.append(f"moved to {self.due[row]} for want of room")
                    elif late[at] > 0:
                        parts.append(f"{late[at]} {'day' if late[at] == 1 else 'days'} overdue")
                    if unsettled[at]:
                        parts.append(self._doubt(row))
                    found.append("; ".join(parts))
                case Fate.SKIPPED:
                    key = self._said_of(row)
                    if key not in skipped:
                        reasons = "; ".join(self._checked(row).reasons.values())
                        action = self._step(row).action
                        skipped[key] = f"no {action}: {reasons}"
                    found.append(skipped[key])
                case _:
                    found.append(why[at])
        return found

    def _when(self, row: int) -> str:
        step, number = self._step(row), int(self.number[row])
        event_at = self.facts.column("event_at")[row].item()
        if event_at is None or step.within is not None:
            return str(step)
        event = self._event(row)
        since = f"{event_at}" if event is None else f"{_SPOKEN[event]} of {event_at}"
        if number:
            return f"{step.action}, number {number} of one every {step.every} since the {since}"
        return f"{step.action}, {step.after} after the {since}"

    def _doubt(self, row: int) -> str:
        consent = [rule.id for rule in self.checklist.rules].index("no consent")
        others = [
            rule.id
            for at, rule in enumerate(self.checklist.rules)
            if at != consent and self.answer[row, at] == ABSENT_CODE
        ]
        parts = ["consent not known"] if self.answer[row, consent] == ABSENT_CODE else []
        parts += [f"not known whether {name}" for name in others]
        return f"{', '.join(parts)}: check before contacting"

    def _said_of(self, row: int) -> tuple[Any, ...]:
        """All that the reasons of a skipped contact speak of."""
        facts = self.facts
        return (
            int(self.step[row]),
            self.answer[row].tobytes(),
            str(facts.column("contacts_in_window")[row]),
            str(facts.column("days_late")[row]),
            facts.column("planned_by")[row],
        )


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
