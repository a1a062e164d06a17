"""Planning contacts: from customers and events to dated contacts, or the reasons for none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import by_first_appearance
from relmkt.calendars import (
    ONE_MICROSECOND,
    WorkingCalendar,
    checked_day,
    day_end,
    time_zone,
)
from relmkt.domain import Channel, ContactEvent, ContactFacts, Purpose, TaskState
from relmkt.errors import InvalidValueError
from relmkt.planning._history import Told, contacts_done, contacts_near, said_by_whom
from relmkt.planning._placing import Candidate, Waiting, duplicates, placed
from relmkt.planning._slots import Days, Place, each_once, slots_by_row, slots_of
from relmkt.planning._steps import NextStep, next_step
from relmkt.planning._urgency import by_urgency, id_ranks
from relmkt.planning.cadences import Cadence, Step, chosen
from relmkt.planning.consents import EndingConsentSource, ended
from relmkt.planning.contact_columns import ContactCandidates
from relmkt.planning.contact_plan import ContactPlan, Fate
from relmkt.planning.options import ContactOptions
from relmkt.planning.tasks import TaskStanding, standings
from relmkt.rules import ABSENT_CODE, Checklist

__all__ = ["plan_contacts"]

Codes = NDArray[np.signedinteger[Any]]

_MARKETING = list(Purpose).index(Purpose.MARKETING)


def plan_contacts(
    candidates: ContactCandidates, *, as_of: date, options: ContactOptions | None = None
) -> ContactPlan:
    """Find the next contact that each customer and event calls for, its day, and why.

    A table chooses the cadence. The next of its steps is the first that the ledger does not know
    as done or canceled, and that is not too late. Its day is that of the event and the cadence; it
    moves to the next working day on which the customer's hours and the user's working days meet.
    The channel is the first of the step to which the customer agrees; else the first of which
    nothing is known; a checklist then tells what speaks against the contact. What remains is put
    on its days: no customer gets more marketing contacts within a window, and no user more tasks
    on a day, than the options allow. What does not fit moves to a later working day; nothing is
    lost. Each candidate gets one next contact at the most, for what follows upon it depends on what
    becomes of it.

    Of the same contact, and of marketing contacts of different departments within a window, one is
    kept: that of the first day; on the same day that of the department whose name comes first.

    Parameters
    ----------
    candidates
        Customers and events, in any order. The facts about a step are filled in here.
    as_of
        The day of the plan, in the zone of the users.
    options
        Cadences, calendars, capacities, and what is known.

    Returns
    -------
    ContactPlan
        The tasks in the order of urgency, and what was skipped and why.

    Raises
    ------
    InvalidValueError
        When an argument is of another type, when the log's ids are of another sort, when the zone
        of a customer is none, and when no working day has an hour in which to contact a customer.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.planning import ContactCandidates, plan_contacts
    >>> candidates = ContactCandidates(
    ...     customer=["C-1", "C-2"],
    ...     event=["first_purchase", "silence"],
    ...     event_at=[date(2026, 3, 2), date(2025, 11, 3)],
    ...     strategy=["maintain", "protect"],
    ...     consent_email=[True, None],
    ...     consent_phone=[None, False],
    ...     open_complaint=[False, True],
    ...     value=[120, 900],
    ... )
    >>> plan = plan_contacts(candidates, as_of=date(2026, 3, 5))
    >>> task = plan.tasks()[0]
    >>> task.action, str(task.due), task.channel.value
    ('welcome.thank', '2026-03-09', 'email')
    >>> for skipped in plan.skipped():
    ...     print(skipped.customer, skipped.rules)
    C-2 ('open complaint',)
    """
    if not isinstance(candidates, ContactCandidates):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(
            "candidates",
            "be ContactCandidates",
            type(candidates),
            remedy="make them with ContactCandidates(customer=..., event=..., strategy=...)",
        )
    return _Planner(candidates, checked_day("as_of", as_of), options or ContactOptions()).plan()


@attrs.define(eq=False)
class _Planner:
    """One plan on its way, column by column."""

    candidates: ContactCandidates
    as_of: date
    options: ContactOptions

    def plan(self) -> ContactPlan:
        options, as_of = self.options, self.as_of
        table = options.cadences.table()
        decisions = table.decide(self.candidates, assume=options.assume)
        own = chosen(options.cadences.cadences(), cast("tuple[str, ...]", table.outcomes))
        steps = [(cadence, step) for cadence in own for step in cadence.steps]
        firsts = np.cumsum([0, *(len(cadence.steps) for cadence in own)])
        step, number, raw = self._next_steps(decisions.outcome, own, firsts)
        snoozed = self._of_ledger(decisions.outcome, own, firsts, step, number, raw)
        places, place = self._places(step, steps)
        due, task_day = slots_of(places, place, raw)
        today = np.datetime64(as_of, "D")
        day, _ = slots_of(places, place, np.maximum(due, today), not_before=as_of)
        self.candidates = self._without_ended_consent(step, day, place, places)
        facts, channel = self._facts_of_steps(step, steps, raw)
        facts, known = self._beside_the_log(facts, day, steps)
        checklist = options.skips.checklist()
        facts, answer = self._checked(checklist, facts, step)
        fate = np.full(len(step), Fate.SKIPPED, dtype=np.int8)
        stopped = _any_held(answer)
        fate[step < 0] = Fate.NOT_CALLED_FOR
        fate[(step < 0) & (decisions.outcome < 0)] = Fate.UNDECIDED
        fate[(step >= 0) & ~stopped] = Fate.PLANNED
        rank = self._ranked(fate, task_day, facts, step)
        facts, answer = self._without_duplicates(
            checklist, facts, answer, fate, rank, day, step, number
        )
        moved_to = self._placed(fate, rank, day, place, places, facts, known)
        moved = np.zeros(len(step), dtype=np.bool_)
        rows = np.flatnonzero((fate == Fate.PLANNED) & (moved_to > day))
        if rows.size:
            moved[rows] = True
            due[rows] = moved_to[rows]
            _, task_day[rows] = slots_of(places, place[rows], due[rows], not_before=as_of)
            day[rows] = due[rows]
            facts, answer = self._without_consent_by_then(
                checklist, facts, answer, fate, rows, (day, place, places, channel)
            )
            rank = self._ranked(fate, task_day, facts, step)
        return ContactPlan(
            as_of=as_of,
            options=options,
            facts=facts,
            decisions=decisions,
            checklist=checklist,
            steps=tuple(steps),
            places=tuple(places),
            fate=fate,
            answer=answer,
            step=step,
            number=number,
            due=due,
            task_day=task_day,
            day=day,
            place=place,
            channel=channel,
            snoozed=snoozed,
            moved=moved,
            order=rank[fate[rank] == Fate.PLANNED].astype(np.int32),
        )

    def _ranked(
        self, fate: NDArray[np.int8], task_day: Days, facts: ContactCandidates, step: Codes
    ) -> NDArray[np.intp]:
        """The rows that are to be planned, the most urgent first."""
        rows = np.flatnonzero(fate == Fate.PLANNED)
        ties = id_ranks(facts.ids[rows]), step[rows], facts.event[rows]
        return rows[by_urgency(self.as_of, task_day[rows], facts.value[rows], *ties)]

    # ------------------------------------------------------------------ steps and their days

    @property
    def _lapse(self) -> float:
        return self.options.skips.numbers()["lapse_days"]

    @property
    def _user_calendar(self) -> WorkingCalendar:
        return self.options.user_calendar or self.options.calendar

    @property
    def _user_zone(self) -> str:
        return self.options.user_zone or self.options.zone

    def _next_steps(
        self, outcome: Codes, own: tuple[Cadence, ...], firsts: Codes
    ) -> tuple[Codes, Codes, Days]:
        """The next step, its occurrence and day: found once for each cadence and day of event."""
        days = self.candidates.column("event_at")
        known = ~np.isnat(days)
        since = np.where(known, days.astype("datetime64[D]").astype(np.int64), 0)
        least = int(since.min()) - 1 if len(since) else 0
        width = int(since.max()) - least + 1 if len(since) else 1
        # An undecided row is one of outcome -1, and a day that is not known has the number 0.
        numbers = np.where(known, since - least, 0) + (outcome.astype(np.int64) + 1) * width
        asked, rows = each_once(numbers)
        of = [(number // width - 1, number % width) for number in asked]
        found = [self._next(own, outcome, day + least if day else None) for outcome, day in of]
        first = [int(firsts[max(outcome, 0)]) for outcome, _ in of]
        step = [
            ABSENT_CODE if one is None else at + one.step
            for one, at in zip(found, first, strict=True)
        ]
        return (
            np.array(step, dtype=np.int16)[rows],
            np.array([0 if one is None else one.number for one in found], dtype=np.int32)[rows],
            np.array([None if one is None else one.due for one in found], "datetime64[D]")[rows],
        )

    def _next(self, own: tuple[Cadence, ...], outcome: int, day: int | None) -> NextStep | None:
        if outcome < 0:
            return None
        event_at = None if day is None else date(1970, 1, 1) + timedelta(days=day)
        return next_step(
            own[outcome], event_at, self.as_of, lapse=self._lapse, calendar=self._user_calendar
        )

    def _of_ledger(
        self,
        outcome: Codes,
        own: tuple[Cadence, ...],
        firsts: Codes,
        step: Codes,
        number: Codes,
        raw: Days,
    ) -> NDArray[np.bool_]:
        """Put right the steps of customers whom the ledger knows; say which are snoozed."""
        snoozed = np.zeros(len(step), dtype=np.bool_)
        events = self.options.events
        if events is None:
            return snoozed
        told = standings(events, self.as_of, zone=self._user_zone)
        named = {str(key).split("/", 3)[-1] for key in told}
        for row, customer in enumerate(self.candidates.ids.tolist()):
            if str(customer) not in named or outcome[row] < 0:
                continue
            event_at = self.candidates.column("event_at")[row].item()
            stands = Told(told, self._event(row), event_at, customer)
            cadence = own[int(outcome[row])]
            found = next_step(
                cadence,
                event_at,
                self.as_of,
                lapse=self._lapse,
                calendar=self._user_calendar,
                stands=stands,
            )
            if found is None:
                step[row], number[row], raw[row] = ABSENT_CODE, 0, np.datetime64("NaT")
                continue
            step[row], number[row] = firsts[outcome[row]] + found.step, found.number
            raw[row] = np.datetime64(found.due, "D")
            standing = stands(cadence.steps[found.step], found.number)
            snoozed[row] = _is_snoozed(standing)
        return snoozed

    def _event(self, row: int) -> str:
        code = int(self.candidates.column("event")[row])
        return "-" if code < 0 else list(ContactEvent)[code].value

    def _places(
        self, step: Codes, steps: list[tuple[Cadence, Step]]
    ) -> tuple[list[Place], NDArray[np.int32]]:
        """Where each customer is contacted; for a duty of the user alone, where the user is."""
        options = self.options
        place_of = partial(Place, user_calendar=self._user_calendar, user_zone=self._user_zone)
        zones: list[str] = [options.zone]
        place = np.ones(len(step), dtype=np.int32)
        if "zone" in self.candidates.names:
            told = [zone or options.zone for zone in self.candidates.values("zone")]
            codes, firsts = by_first_appearance(np.array(told, dtype=object))
            zones = [told[first] for first in firsts.tolist()]
            for first, zone in zip(firsts.tolist(), zones, strict=True):
                self._check_zone(first, zone)
            place = codes + np.int32(1)
        alone = np.array([not own.channels for _, own in steps] or [False])
        place[(step >= 0) & alone[step]] = 0
        calendars = [options.calendars.get(zone, options.calendar) for zone in zones]
        at_home = place_of(calendar=self._user_calendar, zone=None, quiet=None)
        customers = [
            place_of(calendar=calendar, zone=zone, quiet=options.quiet)
            for calendar, zone in zip(calendars, zones, strict=True)
        ]
        return [at_home, *customers], place

    def _check_zone(self, row: int, zone: str) -> None:
        try:
            time_zone(zone)
        except InvalidValueError as error:
            customer = self.candidates.ids[row : row + 1].tolist()[0]
            raise InvalidValueError(
                error.field,
                error.rule,
                error.value,
                where=f"customer {customer!r}",
                remedy=error.remedy,
            ) from None

    # -------------------------------------------------------------------- what speaks against

    def _facts_of_steps(
        self, step: Codes, steps: list[tuple[Cadence, Step]], raw: Days
    ) -> tuple[ContactCandidates, NDArray[np.int8]]:
        """The facts about each step: its purpose, its channel, consent to it, how late it is."""
        purposes = [list(Purpose).index(own.purpose) for _, own in steps]
        by_step: dict[str, list[int]] = {
            "purpose": [*purposes, ABSENT_CODE],
            "if_silent": [*(int(own.if_silent) for _, own in steps), ABSENT_CODE],
        }
        filled: dict[str, Any] = {
            name: np.array(codes, dtype=np.int8)[step] for name, codes in by_step.items()
        }
        counted = np.array([own.within is None for _, own in steps] or [False])
        late = (np.datetime64(self.as_of, "D") - raw).astype(np.float64)
        late[np.isnat(raw)] = np.nan
        late[(step >= 0) & ~counted[step]] = 0.0
        channel, consented = self._channels(step, steps)
        filled |= {"days_late": late, "consented": consented}
        options = self.options
        for name, stated in (("owner", options.owner), ("department", options.department)):
            if stated is not None:
                held = self.candidates.values(name)
                filled[name] = [stated if one is None else one for one in held]
        return self.candidates.replace(**filled), channel

    def _without_ended_consent(
        self, step: Codes, day: Days, place: NDArray[np.int32], places: list[Place]
    ) -> ContactCandidates:
        """The candidates without the consents that will be over on the day of the contact."""
        held = self.candidates
        rows = np.flatnonzero(step >= 0)
        told: dict[str, NDArray[np.int8]] = {}
        for wanted in Channel:
            name = f"consent_{wanted.value}"
            agreed = rows[held.column(name)[rows] == 1]
            over = self._ended(agreed, wanted, day, place, places)
            if over.size:
                told[name] = held.column(name).copy()
                told[name][over] = 0
        return held.replace(**told) if told else held

    def _ended(
        self,
        rows: NDArray[Any],
        channel: Channel,
        day: Days,
        place: NDArray[np.int32],
        places: list[Place],
    ) -> NDArray[Any]:
        """Of these rows those whose consent by a channel is over on the day of the contact."""
        source = self.options.consent
        if not isinstance(source, EndingConsentSource):
            return rows[:0]
        slots = slots_by_row(places, place, day, self.as_of)
        ids, at = self.candidates.ids, self._end_of_day
        return ended(source, ids, rows, day, slots, channel=channel, at=at)

    def _without_consent_by_then(
        self,
        checklist: Checklist[ContactFacts, str],
        facts: ContactCandidates,
        answer: NDArray[np.int8],
        fate: NDArray[np.int8],
        moved: NDArray[Any],
        when: tuple[Days, NDArray[np.int32], list[Place], NDArray[np.int8]],
    ) -> tuple[ContactCandidates, NDArray[np.int8]]:
        """Skip what was moved to a day on which the consent is over."""
        day, place, places, channel = when
        asked = moved[facts.column("consented")[moved] == 1]
        rows = np.concatenate(
            [
                self._ended(asked[channel[asked] == code], wanted, day, place, places)
                for code, wanted in enumerate(Channel)
            ]
        )
        if rows.size:
            consented = facts.column("consented").copy()
            consented[rows] = 0
            facts = facts.replace(consented=consented)
            answer[rows] = checklist.decide(facts[rows]).answer
            fate[rows] = Fate.SKIPPED
        return facts, answer

    def _beside_the_log(
        self, facts: ContactCandidates, day: Days, steps: list[tuple[Cadence, Step]]
    ) -> tuple[ContactCandidates, Mapping[Any, list[date]]]:
        """The facts with what the log, and the tasks done, say about them; days by customer."""
        log, events = self.options.log, self.options.events
        window = self.options.skips.numbers()["window_days"]
        done: list[tuple[Any, date]] = []
        if events is not None:
            done = contacts_done(
                events,
                facts.ids,
                {own.action: own.purpose for _, own in steps},
                as_of=self.as_of,
                window=window,
                zone=self._user_zone,
            )
        if log is None and not done:
            return facts, {}
        near = contacts_near(
            log,
            done,
            facts.ids,
            day,
            facts.values("department") if "department" in facts.names else None,
            as_of=self.as_of,
            window=window,
        )
        planned = np.zeros(len(facts), dtype=np.int8)
        marketing = facts.column("purpose") == _MARKETING
        rows = [row for row in near.planned_by if marketing[row]]
        planned[rows] = 1
        words = np.full(len(facts), None, dtype=object)
        words[rows] = [near.planned_by[row] for row in rows]
        told = facts.replace(
            contacts_in_window=near.count,
            duplicate=planned,
            planned_by=words if rows else None,
        )
        return told, near.days

    def _channels(
        self, step: Codes, steps: list[tuple[Cadence, Step]]
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """The first channel with consent, else the first of which it is not known, else none.

        A service contact takes the first channel of its step that the customer does not refuse
        even for service; where all are refused it takes the first, and is not consented to.
        """
        words = list(Channel)
        channel = np.full(len(step), ABSENT_CODE, dtype=np.int8)
        consented = np.full(len(step), ABSENT_CODE, dtype=np.int8)
        for at, (_, own) in enumerate(steps):
            rows = np.flatnonzero(step == at)
            if own.purpose is not Purpose.MARKETING:
                consented[rows] = 1  # service rests on no consent
            if not rows.size or not own.channels:
                continue
            channel[rows] = words.index(own.channels[0])
            if own.purpose is not Purpose.MARKETING:
                refused = self._refused(rows, own.channels)
                channel[rows] = np.array([words.index(one) for one in own.channels])[
                    np.argmin(refused, axis=0)
                ]
                consented[rows[refused.all(axis=0)]] = 0
                continue
            consented[rows] = 0
            # From the least wanted, so that the more wanted has the last word.
            for answer in (ABSENT_CODE, 1):
                for wanted in reversed(own.channels):
                    told = self.candidates.column(f"consent_{wanted.value}")[rows] == answer
                    channel[rows[told]] = words.index(wanted)
                    consented[rows[told]] = answer
        return channel, consented

    def _refused(self, rows: NDArray[Any], channels: tuple[Channel, ...]) -> NDArray[np.bool_]:
        """Which of these channels customers refuse even for service, shape (channels, n)."""
        refused = np.zeros((len(channels), len(rows)), dtype=np.bool_)
        source = self.options.consent
        if source is not None:
            ids, purpose, at = self.candidates.ids[rows], Purpose.SERVICE, self._end_of_day
            for place, one in enumerate(channels):
                refused[place] = source.allowed(ids, purpose=purpose, channel=one, at=at) == 0
        return refused

    @property
    def _end_of_day(self) -> datetime:
        """The last instant of the day of the plan: what was said by then is known."""
        return day_end(self.as_of, self.options.zone).replace(tzinfo=UTC) - ONE_MICROSECOND

    def _checked(
        self, checklist: Checklist[ContactFacts, str], facts: ContactCandidates, step: Codes
    ) -> tuple[ContactCandidates, NDArray[np.int8]]:
        found = checklist.decide(facts, assume=self.options.assume)
        answer = found.answer.copy(order="F")
        answer[step < 0] = 0
        return cast("ContactCandidates", found.rows), answer

    def _without_duplicates(
        self,
        checklist: Checklist[ContactFacts, str],
        facts: ContactCandidates,
        answer: NDArray[np.int8],
        fate: NDArray[np.int8],
        rank: NDArray[Any],
        day: Days,
        step: Codes,
        number: Codes,
    ) -> tuple[ContactCandidates, NDArray[np.int8]]:
        """Skip what is planned twice, or by two departments within a window."""
        groups = self._several(fate, rank)
        if not groups:
            return facts, answer
        departments = facts.values("department")
        marketing = facts.column("purpose") == _MARKETING
        event, event_at = facts.column("event"), facts.column("event_at")
        window = self.options.skips.numbers()["window_days"]
        words: dict[int, str] = {}
        for rows in groups:
            own = [
                Candidate(
                    row=row,
                    rank=at,
                    key=(int(event[row]), event_at[row].item(), int(step[row]), int(number[row])),
                    marketing=bool(marketing[row]),
                    department=departments[row] or "",
                    day=day[row].item(),
                )
                for at, row in enumerate(rows)
            ]
            for row, other in duplicates(own, window).items():
                words[row] = said_by_whom(other.department, other.day)
        if not words:
            return facts, answer
        rows = np.array(sorted(words), dtype=np.intp)
        planned = facts.column("duplicate").copy()
        planned[rows] = 1
        told = np.array(facts.values("planned_by"), dtype=object)
        told[rows] = [words[row] for row in rows.tolist()]
        facts = facts.replace(duplicate=planned, planned_by=told)
        answer[rows] = checklist.decide(facts[rows]).answer
        fate[rows] = Fate.SKIPPED
        return facts, answer

    def _several(self, fate: NDArray[np.int8], rank: NDArray[Any]) -> list[list[int]]:
        """The rows of each customer who has several that are to be planned, most urgent first."""
        codes, firsts = by_first_appearance(self.candidates.ids)
        if len(firsts) == len(codes):
            return []
        found: dict[int, list[int]] = defaultdict(list)
        for row in rank[fate[rank] == Fate.PLANNED].tolist():
            found[int(codes[row])].append(row)
        return [rows for rows in found.values() if len(rows) > 1]

    def _placed(
        self,
        fate: NDArray[np.int8],
        rank: NDArray[Any],
        day: Days,
        place: NDArray[np.int32],
        places: list[Place],
        facts: ContactCandidates,
        known: Mapping[Any, list[date]],
    ) -> Days:
        """The day of each contact; without a capacity, only where a customer has several."""
        found = day.copy()
        capacity = self.options.capacity
        groups = [] if capacity is not None else self._several(fate, rank)
        rows = rank[fate[rank] == Fate.PLANNED]
        if capacity is None:
            wanted = np.zeros(len(fate), dtype=np.bool_)
            wanted[[row for group in groups for row in group]] = True
            rows = rows[wanted[rows]]
        if not rows.size:
            return found
        customers, _ = by_first_appearance(facts.ids)
        owners = np.zeros(len(fate), dtype=np.int32)
        if "owner" in facts.names:
            owners, _ = by_first_appearance(np.array(facts.values("owner"), dtype=object))
        limits = self.options.skips.numbers()
        found[rows] = placed(
            Waiting(
                day=day[rows],
                customer=customers[rows],
                marketing=facts.column("purpose")[rows] == _MARKETING,
                owner=owners[rows],
                place=place[rows],
            ),
            places,
            window=limits["window_days"],
            per_window=limits["contacts_per_window"],
            capacity=capacity,
            not_before=self.as_of,
            known={
                number: known[customer]
                for number, customer in zip(
                    customers[rows].tolist(), facts.ids[rows].tolist(), strict=True
                )
                if customer in known
            },
        )
        return found


def _is_snoozed(standing: TaskStanding | None) -> bool:
    return standing is not None and standing.state is TaskState.SNOOZED


def _any_held(answer: NDArray[np.int8]) -> NDArray[np.bool_]:
    found = np.zeros(len(answer), dtype=np.bool_)
    for at in range(answer.shape[1]):
        found |= answer[:, at] == 1
    return found
