"""Planned contacts as a calendar file, by RFC 5545, which any calendar program reads."""

# icalendar types its components in part only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import attrs

from relmkt.adapters._texts import write_bytes
from relmkt.calendars import ONE_DAY
from relmkt.domain import ContactTask, TaskState
from relmkt.errors import FileError, InvalidValueError, MissingExtraError, UnknownNameError
from relmkt.planning import ContactTasks

if TYPE_CHECKING:
    from icalendar import Component

__all__ = ["EntryKind", "calendar_bytes", "write_calendar"]

EntryKind: TypeAlias = Literal["todo", "event"]
"""What a task becomes: a to-do (VTODO), or an event of the calendar itself (VEVENT)."""

_PRODID = "-//relmkt//contacts//EN"

_TODO_STATUS = {TaskState.DONE: "COMPLETED", TaskState.CANCELED: "CANCELLED"}

_ENTRY = re.compile(rb"^BEGIN:(VTODO|VEVENT)\r\n.*?^END:\1\r\n", re.MULTILINE | re.DOTALL)
_UID = re.compile(rb"^UID:([0-9a-f]{32}@relmkt)\r\n", re.MULTILINE)
_REVISED = re.compile(
    rb"^DTSTAMP:(\d{8}T\d{6})Z\r\n.*^SEQUENCE:(\d+)\r\n", re.MULTILINE | re.DOTALL
)

_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff]")
"""What may not stand in a text, beside the line ends: control characters, and half a character."""


def calendar_bytes(
    tasks: ContactTasks,
    *,
    as_of: date | datetime,
    kind: EntryKind = "todo",
    texts: Mapping[str, str] | None = None,
    before: bytes | None = None,
) -> bytes:
    r"""The tasks as a calendar.

    Each task becomes one entry, in the order given. Its UID is made of the key of the task alone,
    so that a calendar program knows it again. Where the hours are known in which the customer may
    be contacted, the entry spans them, as instants in UTC, which the program shows by its own
    clock; else it is for the day: that of the user, if it is known. A to-do that is overdue stays
    on its day, for the hours are later ones. The reason is the description; event, purpose,
    channel, strategy and approach are the categories.

    A to-do that was done is COMPLETED, one that was canceled CANCELLED, any other NEEDS-ACTION. An
    event that was canceled is CANCELLED, and one that a missing fact could still stop TENTATIVE.

    The same tasks give the same bytes, whenever they are asked for.

    Parameters
    ----------
    tasks
        The tasks; each key stands once.
    as_of
        When they were planned: a day (its first instant in UTC counts), or an instant with a zone.
        It is the DTSTAMP of each entry that is new or has changed.
    kind
        ``"todo"`` or ``"event"``.
    texts
        Words for the keys of actions and for the words of categories, for example of another
        language: ``{"thank": "Danken"}``. The keys themselves stand in for those left out.
        Of a `relmkt.planning.ContactPlan`, ``{step.action: step.text for _, step in plan.steps}``
        are the words of its own steps.
    before
        The calendar that was made for the plan before this one. An entry that has not changed since
        keeps its DTSTAMP and SEQUENCE; one that has gets the next SEQUENCE, by which programs know
        that it replaces the old one.

    Returns
    -------
    bytes
        The calendar: UTF-8, lines folded and ended as the standard asks.

    Raises
    ------
    InvalidValueError
        For what are no tasks, a key that stands twice, an instant without a zone, and a calendar
        before that is none of ours.
    UnknownNameError
        For a kind that is none.
    MissingExtraError
        When icalendar is not installed.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.adapters.ical import calendar_bytes
    >>> from relmkt.planning import ContactTasks
    >>> tasks = ContactTasks(
    ...     customer=["C-17"],
    ...     key=["purchase/2026-03-02/thank/C-17"],
    ...     event=["purchase"],
    ...     action=["thank"],
    ...     purpose=["service"],
    ...     due=[date(2026, 3, 9)],
    ...     state=["scheduled"],
    ...     reason=["a first order, three days ago"],
    ... )
    >>> page = calendar_bytes(tasks, as_of=date(2026, 3, 5), texts={"thank": "Say thank you."})
    >>> for line in page.decode().splitlines()[3:11]:
    ...     print(line)
    BEGIN:VTODO
    CATEGORIES:purchase,service
    DESCRIPTION:a first order\, three days ago
    DTSTAMP:20260305T000000Z
    DUE;VALUE=DATE:20260309
    SEQUENCE:0
    STATUS:NEEDS-ACTION
    SUMMARY:C-17: Say thank you.
    """
    if getattr(tasks, "record_type", None) is not ContactTask:
        raise InvalidValueError(
            "tasks", "be ContactTasks", type(tasks), remedy="ContactTasks.of makes them"
        )
    if kind not in get_args(EntryKind):
        raise UnknownNameError("kind of entry", kind, get_args(EntryKind))
    stamp = _stamp(as_of)
    known = {} if before is None else _entries(before)
    try:
        from icalendar import Calendar
    except ImportError:
        raise MissingExtraError("icalendar", extra="calendar", purpose="a calendar file") from None

    calendar = Calendar()
    calendar.add("prodid", _PRODID)
    calendar.add("version", "2.0")
    words = _Words(texts or {})
    for uid, task in _each_once(tasks):
        calendar.add_component(_revised(task, uid, kind, words, stamp, known.get(uid)))
    return calendar.to_ical()


def write_calendar(
    path: str | Path,
    tasks: ContactTasks,
    *,
    as_of: date | datetime,
    kind: EntryKind = "todo",
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write the tasks to a calendar file, all of it or nothing.

    A calendar of ours that the file holds already is taken for the one before (see
    `calendar_bytes`): writing the same tasks again leaves the file as it was, byte by byte. A file
    that holds anything else is not touched.

    Parameters
    ----------
    path
        The file, commonly named ``.ics``.
    tasks, as_of, kind, texts
        As for `calendar_bytes`.

    Raises
    ------
    FileError
        When the file cannot be written there, or holds something else.
    InvalidValueError, UnknownNameError, MissingExtraError
        As for `calendar_bytes`.
    """
    before = None
    file = Path(path)
    try:
        if file.is_file():
            before = file.read_bytes() or None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror or error}") from None
    if before is not None and not _is_ours(before):
        raise FileError(
            str(path),
            "holds something else than a calendar of contacts",
            remedy="name another file; calendar programs keep several side by side",
        )
    made = calendar_bytes(tasks, as_of=as_of, kind=kind, texts=texts, before=before)
    write_bytes(path, made)


# ------------------------------------------------------------------------------- the entries


@attrs.frozen
class _Revision:
    """An entry of the calendar before: when it was written, how often, and as what."""

    stamp: datetime
    sequence: int
    content: bytes


@attrs.frozen
class _Words:
    """Words in the language of the user."""

    texts: Mapping[str, str]

    def __call__(self, key: str) -> str:
        return self.texts.get(key, key.replace("_", " "))


@attrs.frozen
class _Text:
    r"""Texts as the standard writes them, parted by commas.

    That of icalendar takes ``\N`` in a text, such as a path of Windows, for the end of a line.
    """

    texts: tuple[str, ...]

    def to_ical(self) -> bytes:
        return ",".join(map(_escaped, self.texts)).encode()


def _escaped(text: str) -> str:
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def _clean(text: str, line_end: str = "\n") -> str:
    """The text without what no calendar may hold."""
    return _NO_TEXT.sub("\ufffd", _LINE_ENDS.sub(line_end, text))


def _revised(
    task: ContactTask,
    uid: str,
    kind: EntryKind,
    words: _Words,
    stamp: datetime,
    before: _Revision | None,
) -> Component:
    """The entry of a task: as it was before, if nothing else in it has changed."""
    if before is None:
        return _entry(task, uid, kind, words, stamp, 0)
    same = _entry(task, uid, kind, words, before.stamp, before.sequence)
    if same.to_ical() == before.content:
        return same
    return _entry(task, uid, kind, words, stamp, before.sequence + 1)


def _entry(
    task: ContactTask, uid: str, kind: EntryKind, words: _Words, stamp: datetime, sequence: int
) -> Component:
    from icalendar import Event, Todo

    entry: Any = Todo() if kind == "todo" else Event()
    entry.add("uid", uid)
    entry.add("dtstamp", stamp)
    entry.add("sequence", sequence)
    customer = _clean(str(task.customer), " ")
    entry["SUMMARY"] = _Text((f"{customer}: {_clean(words(task.action), ' ')}",))
    if task.reason is not None:
        entry["DESCRIPTION"] = _Text((_clean(task.reason),))
    told = (task.event, task.purpose, task.channel, task.strategy, task.approach)
    entry["CATEGORIES"] = _Text(
        tuple(dict.fromkeys(_clean(words(str(each)), " ") for each in told if each is not None))
    )
    entry["X-RELMKT-KEY"] = _Text((_clean(task.key),))
    for name, when in _when(task, kind):
        entry.add(name, when)
    if kind == "todo":
        entry.add("status", _TODO_STATUS.get(task.state, "NEEDS-ACTION"))
    else:
        entry.add("status", _event_status(task))
        entry.add("transp", "TRANSPARENT")  # a reminder keeps nobody from an appointment
    return entry


def _event_status(task: ContactTask) -> str:
    if task.state is TaskState.CANCELED:
        return "CANCELLED"
    return "TENTATIVE" if task.settled is False else "CONFIRMED"


def _when(task: ContactTask, kind: EntryKind) -> Iterator[tuple[str, date]]:
    """The hours of the customer where both ends are known, and else the day."""
    first, last = task.not_before, task.not_after
    end = "due" if kind == "todo" else "dtend"
    late = kind == "todo" and task.state is TaskState.OVERDUE
    if first is not None and last is not None and first < last and not late:
        yield "dtstart", first
        yield end, last
        return
    day = task.due if task.task_day is None else task.task_day
    if kind == "todo":
        yield end, day
        return
    yield "dtstart", day
    if day < date.max:  # without an end it lasts the day, and after the last day there is none
        yield end, day + ONE_DAY  # the end of an event is no part of it


def _each_once(tasks: ContactTasks) -> Iterator[tuple[str, ContactTask]]:
    seen: set[str] = set()
    for task in tasks:
        digest = hashlib.sha256(task.key.encode(errors="surrogatepass")).hexdigest()
        uid = f"{digest[:32]}@relmkt"
        if uid in seen:
            raise InvalidValueError(
                "key", "stand once", task.key, where=f"customer {task.customer!r}"
            )
        seen.add(uid)
        yield uid, task


def _stamp(as_of: object) -> datetime:
    if isinstance(as_of, datetime):
        if as_of.utcoffset() is None:
            raise InvalidValueError("as_of", "be a date, or an instant with a zone", as_of)
        return as_of.astimezone(UTC)
    if not isinstance(as_of, date):
        raise InvalidValueError("as_of", "be a date, or an instant with a zone", as_of)
    return datetime.combine(as_of, time(), UTC)


# --------------------------------------------------------------------- the calendar before


def _is_ours(calendar: bytes) -> bool:
    return f"\r\nPRODID:{_PRODID}\r\n".encode() in calendar[:200]


def _entries(calendar: bytes) -> dict[str, _Revision]:
    """The entries of a calendar that was made here, by UID.

    It is cut up as it stands, and not parsed: what is compared are bytes.
    """
    if not _is_ours(calendar):
        raise InvalidValueError(
            "before", "be a calendar that calendar_bytes made", f"{len(calendar):,} bytes"
        )
    found: dict[str, _Revision] = {}
    for entry in _ENTRY.finditer(calendar):
        uid, revised = _UID.search(entry[0]), _REVISED.search(entry[0])
        if uid is not None and revised is not None:
            stamp = datetime.strptime(revised[1].decode(), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            found[uid[1].decode()] = _Revision(stamp, int(revised[2]), entry[0])
    return found
