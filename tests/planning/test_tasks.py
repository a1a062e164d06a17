"""The ledger of tasks: events in any order, some twice, tell where each task stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.domain import TaskEvent, TaskEventKind, TaskState
from relmkt.planning import ContactTasks, TaskEvents, TaskStanding, agenda, standings, state_on

START = date(2026, 3, 2)
DAYS = st.dates(START, START + timedelta(days=9))
KEYS = ("a", "b")

events = st.builds(
    lambda kind, day, **told: TaskEvent(
        kind=kind, day=day or (START if kind is TaskEventKind.SNOOZED else None), **told
    ),
    key=st.sampled_from(KEYS),
    kind=st.sampled_from(TaskEventKind),
    at=st.datetimes(
        datetime(2026, 3, 2), datetime(2026, 3, 11), timezones=st.none(), allow_imaginary=False
    ).map(lambda at: at.replace(minute=0, second=0, microsecond=0)),
    day=st.none() | DAYS,
)
logs = st.lists(events, min_size=1, max_size=8)


def by_hand(log, key, day):
    """The state of one task, by the sentences of the docstring."""
    heard = [event for event in log if event.key == key and event.at.date() <= day]
    if not heard:
        return None
    plans = sorted((e.at, e.day) for e in heard if e.kind == "planned" and e.day)
    pauses = sorted((e.at, e.day) for e in heard if e.kind == "snoozed" and e.day)
    due = pauses[-1][1] if pauses else plans[0][1] if plans else None
    kinds = {event.kind for event in heard}
    for last in ("done", "canceled"):
        if last in kinds:
            return TaskStanding(TaskState(last), due)
    if pauses and day < due:
        return TaskStanding(TaskState.SNOOZED, due)
    if due is None or due > day:
        return TaskStanding(TaskState.SCHEDULED, due)
    return TaskStanding(TaskState.DUE if due == day else TaskState.OVERDUE, due)


@given(logs, DAYS)
def test_a_task_stands_where_its_events_say(log, day):
    found = standings(TaskEvents.of(log), day)
    for key in KEYS:
        assert found.get(key) == by_hand(log, key, day)


@given(logs, DAYS, st.data())
def test_neither_order_nor_repetition_changes_a_standing(log, day, data):
    told = standings(TaskEvents.of(log), day)
    again = log + data.draw(st.lists(st.sampled_from(log), max_size=4))
    assert standings(TaskEvents.of(data.draw(st.permutations(again))), day) == told


@given(logs, logs, DAYS)
def test_done_never_comes_back(log, more, day):
    done = {
        key
        for key, standing in standings(TaskEvents.of(log), day).items()
        if standing.state is TaskState.DONE
    }
    later = standings(TaskEvents.of(log + more), day + timedelta(days=30))
    assert all(later[key].state is TaskState.DONE for key in done)


def test_no_event_no_standing():
    assert standings(TaskEvents(key=[], kind=[], at=[]), START) == {}


def test_the_day_of_an_event_is_that_of_the_zone():
    events = TaskEvents(key=["a"], kind=["done"], at=[datetime(2026, 3, 2, 23, tzinfo=UTC)])
    assert list(standings(events, START)) == ["a"]
    assert list(standings(events, START, zone="Europe/Berlin")) == []


@pytest.mark.parametrize(("away", "state"), [(1, "scheduled"), (0, "due"), (-1, "overdue")])
def test_what_nothing_happened_to_waits_is_due_and_then_overdue(away, state):
    assert state_on(START + timedelta(days=away), START) == state


# -------------------------------------------------------------------------------------- agenda


def task_lists():
    return st.lists(
        st.tuples(
            DAYS,
            st.none() | DAYS,
            st.none() | st.sampled_from([-5.0, 0.0, 3.0, 100.0]),
            st.sampled_from(TaskState),
        ),
        max_size=7,
    )


def tasks_of(rows):
    return ContactTasks(
        customer=[f"C-{at}" for at in range(len(rows))] if rows else [],
        key=[f"k{at}" for at in range(len(rows))],
        event=["purchase"] * len(rows),
        action=["advise"] * len(rows),
        purpose=["service"] * len(rows),
        due=[due for due, _, _, _ in rows],
        task_day=[own for _, own, _, _ in rows],
        value=[value for _, _, value, _ in rows],
        state=[state for _, _, _, state in rows],
    )


@given(task_lists(), DAYS)
def test_the_agenda_holds_what_is_due_or_overdue_by_overdue_times_value(rows, day):
    def urgency(at):
        due, own, value, _ = rows[at]
        late = (day - (own or due)).days
        return (
            -late * max(value or 0, 0),
            -late,
            value is None,
            -(value or 0),
            f"C-{at}",
        )

    wanted = [
        at
        for at, (due, own, _, state) in enumerate(rows)
        if (own or due) <= day and state not in ("done", "canceled")
    ]
    found = agenda(tasks_of(rows), day)
    assert found.values("customer") == [f"C-{at}" for at in sorted(wanted, key=urgency)]
    for task in found:
        assert task.state is state_on(task.task_day or task.due, day)


@given(task_lists(), DAYS, st.data())
def test_the_order_of_the_tasks_does_not_change_the_agenda(rows, day, data):
    tasks = tasks_of(rows)
    order = data.draw(st.permutations(range(len(rows))))
    assert agenda(tasks[list(order)], day) == agenda(tasks, day)
