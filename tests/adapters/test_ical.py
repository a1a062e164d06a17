"""Calendar files: what is written is read back by another parser, and nothing breaks out of it."""

from __future__ import annotations

import re
import sys
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import attrs
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.adapters.ical import calendar_bytes, write_calendar
from relmkt.columns import Portfolio
from relmkt.domain import Approach, Channel, ContactEvent, ContactTask, Purpose, TaskState
from relmkt.errors import FileError, InvalidValueError, MissingExtraError, UnknownNameError
from relmkt.planning import ContactTasks

DAY = date(2026, 3, 5)
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
TASK = ContactTask(
    customer="C-17",
    key="purchase/2026-03-02/thank/C-17",
    event="purchase",
    action="say_thanks",
    purpose="service",
    due=date(2026, 3, 9),
    state="scheduled",
    reason="bought for the first time",
)
HOSTILE = [
    "BEGIN:VEVENT\r\nEND:VCALENDAR",
    "a,b;c:d\\",
    "\\n \\N C:\\New",
    "😀" * 40,
    "\x00\x1b[31m",
]

texts = st.text(st.characters(), max_size=60) | st.sampled_from(HOSTILE)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
kinds = st.sampled_from(["todo", "event"])


@st.composite
def contact_tasks(draw: st.DrawFn) -> ContactTasks:
    keys = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
    numbered = draw(st.booleans())
    return ContactTasks.of(
        ContactTask(
            customer=at if numbered else draw(texts.filter(bool)),
            key=key,
            event=draw(st.sampled_from(list(ContactEvent))),
            action=draw(texts),
            purpose=draw(st.sampled_from(list(Purpose))),
            channel=draw(st.none() | st.sampled_from(list(Channel))),
            due=draw(days),
            task_day=draw(st.none() | days),
            not_before=draw(st.none() | instants),
            not_after=draw(st.none() | instants),
            state=draw(st.sampled_from(list(TaskState))),
            reason=draw(st.none() | texts),
            settled=draw(st.none() | st.booleans()),
            strategy=draw(st.none() | texts),
            approach=draw(st.none() | st.sampled_from(list(Approach))),
        )
        for at, key in enumerate(keys)
    )


def entries(page: bytes, kind: str = "todo") -> list:
    """The entries as the other parser finds them."""
    calendar = vobject.readOne(page.decode())
    assert {child.name for child in calendar.components()} <= {f"V{kind.upper()}"}
    return calendar.contents.get(f"v{kind}", [])


def one(task: ContactTask, kind: str = "todo", **options: object) -> object:
    tasks = ContactTasks.of([task])
    (entry,) = entries(calendar_bytes(tasks, as_of=DAY, kind=kind, **options), kind)
    return entry


def told(text: str, *, in_line: bool = False) -> str:
    """A text as a calendar can hold it, letter by letter."""
    ends = {"\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r", "\n"}
    found = []
    for letter in text.replace("\r\n", "\n"):
        if letter in ends:
            found.append(" " if in_line else "\n")
        elif unicodedata.category(letter) in ("Cc", "Cs") and letter != "\t":
            found.append("\ufffd")
        else:
            found.append(letter)
    return "".join(found)


# ------------------------------------------------------------------------------ read back


@settings(max_examples=60)
@given(contact_tasks(), kinds)
def test_another_parser_reads_back_what_was_planned(tasks, kind):
    found = entries(calendar_bytes(tasks, as_of=DAY, kind=kind), kind)
    assert len(found) == len(tasks)
    for entry, task in zip(found, tasks, strict=True):
        action = told(task.action.replace("_", " "), in_line=True)
        assert entry.summary.value == f"{told(str(task.customer), in_line=True)}: {action}"
        if task.reason is None:
            assert not hasattr(entry, "description")
        else:
            assert entry.description.value == told(task.reason)
        assert entry.dtstamp.value == datetime(2026, 3, 5, tzinfo=UTC)
        assert entry.sequence.value == "0"
        end = entry.due.value if kind == "todo" else entry.dtend.value
        hours = (task.not_before, task.not_after)
        late = kind == "todo" and task.state is TaskState.OVERDUE
        if None not in hours and hours[0] < hours[1] and not late:
            assert (entry.dtstart.value, end) == hours
            continue
        day = task.task_day or task.due
        if kind == "todo":
            assert not hasattr(entry, "dtstart")
            assert end == day
        else:
            assert (entry.dtstart.value, end) == (day, day + timedelta(1))


@settings(max_examples=60)
@given(contact_tasks(), kinds)
def test_the_lines_are_those_of_the_standard(tasks, kind):
    page = calendar_bytes(tasks, as_of=DAY, kind=kind)
    assert page.endswith(b"END:VCALENDAR\r\n")
    for line in page.split(b"\r\n"):
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)
        line.decode()  # no letter is cut in two
    unfolded = page.decode().replace("\r\n ", "").split("\r\n")
    assert sum(line.startswith("BEGIN:") for line in unfolded) == 1 + len(tasks)
    assert unfolded[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//relmkt//contacts//EN"]


@settings(max_examples=40)
@given(contact_tasks(), kinds)
def test_the_same_tasks_give_the_same_bytes_and_each_task_its_own_uid(tasks, kind):
    page = calendar_bytes(tasks, as_of=DAY, kind=kind)
    assert calendar_bytes(tasks, as_of=DAY, kind=kind) == page
    uids = [entry.uid.value for entry in entries(page, kind)]
    assert len(set(uids)) == len(tasks)
    later = [
        attrs.evolve(task, due=date(2031, 1, 1), reason="another", state=TaskState.DONE)
        for task in tasks
    ][::-1]
    again = calendar_bytes(ContactTasks.of(later), as_of=date(2027, 1, 1), kind="event")
    assert [entry.uid.value for entry in entries(again, "event")] == uids[::-1]


# ------------------------------------------------------------------------------- one by one


def test_an_entry_says_what_is_to_be_done_and_why():
    entry = one(
        attrs.evolve(TASK, channel=Channel.PHONE, strategy="win_back", approach=Approach.REACTIVE)
    )
    assert entry.summary.value == "C-17: say thanks"
    assert entry.description.value == "bought for the first time"
    assert entry.categories.value == ["purchase", "service", "phone", "win back", "reactive"]
    assert entry.x_relmkt_key.value == TASK.key
    assert entry.due.value == date(2026, 3, 9)


def test_words_of_another_language_take_the_place_of_keys():
    words = {"say_thanks": "Danken", "service": "Betreuung", "never_asked_for": "x"}
    entry = one(TASK, texts=words)
    assert entry.summary.value == "C-17: Danken"
    assert entry.categories.value == ["purchase", "Betreuung"]


@pytest.mark.parametrize(
    ("state", "settled", "todo", "event"),
    [
        ("scheduled", True, "NEEDS-ACTION", "CONFIRMED"),
        ("due", None, "NEEDS-ACTION", "CONFIRMED"),
        ("overdue", False, "NEEDS-ACTION", "TENTATIVE"),
        ("snoozed", True, "NEEDS-ACTION", "CONFIRMED"),
        ("done", True, "COMPLETED", "CONFIRMED"),
        ("canceled", False, "CANCELLED", "CANCELLED"),
    ],
)
def test_the_state_is_told_in_the_words_of_the_standard(state, settled, todo, event):
    task = attrs.evolve(TASK, state=TaskState(state), settled=settled)
    assert one(task).status.value == todo
    assert one(task, "event").status.value == event
    assert one(task, "event").transp.value == "TRANSPARENT"


def test_a_todo_spans_the_hours_in_which_the_customer_may_be_contacted():
    hours = attrs.evolve(TASK, not_before=NOON, not_after=NOON + timedelta(hours=6))
    entry = one(hours)
    assert (entry.dtstart.value, entry.due.value) == (NOON, NOON + timedelta(hours=6))
    late = attrs.evolve(hours, state=TaskState.OVERDUE)
    assert one(late).due.value == date(2026, 3, 9)
    assert one(late, "event").dtstart.value == NOON
    for half in ({"not_after": None}, {"not_before": None}, {"not_after": NOON}):
        assert one(attrs.evolve(hours, **half)).due.value == date(2026, 3, 9)


def test_the_day_is_that_of_the_user_where_it_is_known():
    task = attrs.evolve(TASK, task_day=date(2026, 3, 8))
    assert one(task).due.value == date(2026, 3, 8)
    entry = one(task, "event")
    assert (entry.dtstart.value, entry.dtend.value) == (date(2026, 3, 8), date(2026, 3, 9))


def test_an_event_of_the_last_day_there_is_has_no_day_after_it_and_lasts_one_all_the_same():
    task = attrs.evolve(TASK, due=date.max)
    entry = one(task, "event")
    assert entry.dtstart.value == date.max
    assert "dtend" not in entry.contents
    before = one(attrs.evolve(TASK, due=date.max - timedelta(days=1)), "event")
    assert before.dtend.value == date.max
    assert one(task).due.value == date.max


def test_the_stamp_is_the_callers_and_no_clock_is_asked():
    tasks = ContactTasks.of([TASK])
    east = timezone(timedelta(hours=9))
    (entry,) = entries(calendar_bytes(tasks, as_of=datetime(2026, 3, 5, 8, tzinfo=east)))
    assert entry.dtstamp.value == datetime(2026, 3, 4, 23, tzinfo=UTC)


def test_without_tasks_it_is_a_calendar_without_entries():
    page = calendar_bytes(ContactTasks.of([]), as_of=DAY)
    assert b"BEGIN:VTODO" not in page
    assert page.startswith(b"BEGIN:VCALENDAR")


# ------------------------------------------------------------------------------- what changes


@settings(max_examples=40)
@given(contact_tasks(), kinds)
def test_what_has_not_changed_stays_byte_by_byte(tasks, kind):
    page = calendar_bytes(tasks, as_of=DAY, kind=kind)
    again = calendar_bytes(tasks, as_of=date(2027, 1, 1), kind=kind, before=page)
    assert again == page


def test_what_has_changed_gets_the_next_sequence():
    other = attrs.evolve(TASK, key="other", customer="C-18")
    page = calendar_bytes(ContactTasks.of([TASK, other]), as_of=DAY)
    for sequence, state in enumerate((TaskState.DUE, TaskState.OVERDUE, TaskState.DONE)):
        changed = attrs.evolve(TASK, state=state, reason=f"because {state}")
        new = attrs.evolve(TASK, key=f"new {state}")
        tasks = ContactTasks.of([other, changed, new])
        day = date(2026, 4, sequence + 1)
        page = calendar_bytes(tasks, as_of=day, before=page)
        stamp = datetime(2026, 4, sequence + 1, tzinfo=UTC)
        assert [(entry.sequence.value, entry.dtstamp.value) for entry in entries(page)] == [
            ("0", datetime(2026, 3, 5, tzinfo=UTC)),
            (str(sequence + 1), stamp),
            ("0", stamp),
        ]


def test_an_entry_of_somebody_else_in_the_calendar_is_left_out():
    page = calendar_bytes(ContactTasks.of([TASK]), as_of=DAY)
    foreign = page.replace(b"@relmkt", b"@others")
    tasks = ContactTasks.of([TASK])
    assert calendar_bytes(tasks, as_of=DAY, before=foreign) == page


# ----------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"tasks": [TASK]}, InvalidValueError, "'tasks' must be ContactTasks"),
        ({"tasks": Portfolio(customer=[1])}, InvalidValueError, "'tasks' must be ContactTasks"),
        ({"kind": "journal"}, UnknownNameError, "no kind of entry 'journal'"),
        ({"as_of": datetime(2026, 3, 5)}, InvalidValueError, "'as_of' must be a date, or an"),
        ({"as_of": "2026-03-05"}, InvalidValueError, "'as_of' must be a date, or an"),
        ({"before": b"BEGIN:VCALENDAR"}, InvalidValueError, "'before' must be a calendar that"),
        (
            {"tasks": ContactTasks.of([TASK, attrs.evolve(TASK, customer="C-18")])},
            InvalidValueError,
            "'key' must stand once, got 'purchase/.* for customer 'C-18'",
        ),
    ],
)
def test_what_is_no_calendar_is_refused(changes, error, told):
    given = {"tasks": ContactTasks.of([TASK]), "as_of": DAY} | changes
    with pytest.raises(error, match=told):
        calendar_bytes(given.pop("tasks"), **given)


def test_without_icalendar_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(MissingExtraError, match=r"relmkt\[calendar\]"):
        calendar_bytes(ContactTasks.of([TASK]), as_of=DAY)


# ------------------------------------------------------------------------------------- files


def test_a_file_is_written_again_only_where_something_has_changed(tmp_path):
    path = tmp_path / "plan.ics"
    tasks = ContactTasks.of([TASK])
    write_calendar(path, tasks, as_of=DAY)
    page = path.read_bytes()
    assert page == calendar_bytes(tasks, as_of=DAY)
    path.chmod(0o640)
    write_calendar(path, tasks, as_of=date(2026, 4, 1))
    assert path.read_bytes() == page
    assert path.stat().st_mode & 0o777 == 0o640
    done = ContactTasks.of([attrs.evolve(TASK, state=TaskState.DONE)])
    write_calendar(path, done, as_of=date(2026, 4, 1), texts={"say_thanks": "Danken"})
    (entry,) = entries(path.read_bytes())
    assert (entry.sequence.value, entry.status.value) == ("1", "COMPLETED")
    assert list(tmp_path.iterdir()) == [path]


def test_a_calendar_of_somebody_else_is_not_touched(tmp_path):
    path = tmp_path / "mine.ics"
    path.write_bytes(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mine//EN\r\nEND:VCALENDAR\r\n")
    kept = path.read_bytes()
    with pytest.raises(FileError, match="holds something else than a calendar of contacts"):
        write_calendar(path, ContactTasks.of([TASK]), as_of=DAY)
    assert path.read_bytes() == kept


def test_an_empty_file_is_filled(tmp_path):
    path = tmp_path / "plan.ics"
    path.touch()
    write_calendar(str(path), ContactTasks.of([TASK]), as_of=DAY, kind="event")
    assert len(entries(path.read_bytes(), "event")) == 1


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path, monkeypatch):
    tasks = ContactTasks.of([TASK])
    with pytest.raises(FileError, match="cannot be written"):
        write_calendar(tmp_path / "no" / "plan.ics", tasks, as_of=DAY)
    path = tmp_path / "plan.ics"
    write_calendar(path, tasks, as_of=DAY)

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(FileError, match="cannot be read: Permission denied"):
        write_calendar(path, tasks, as_of=DAY)
