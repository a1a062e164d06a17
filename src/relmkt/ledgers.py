"""Ledgers: events in any order, some of them twice, brought into the one order that counts."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS
from relmkt._grouping import by_first_appearance, stable_order
from relmkt.columns import Columns
from relmkt.errors import InvalidRowsError
from relmkt.records import schema
from relmkt.rules import Kind

__all__ = ["EventColumns", "in_order"]

EventColumns: TypeAlias = Columns[Any]
"""The columns of events that each happened to somebody at a moment."""

L = TypeVar("L", bound=EventColumns)

_DAY = 86_400_000_000
"""Microseconds of a day."""

_EXACT = 1e15
"""Up to 15 digits, a number and the float64 next to it tell each other."""


def in_order(events: L, *, moment: str, tie: str, key: str | None = None) -> L:
    """Each event once, ordered by whom it happened to, then by moment, then by the tie rule.

    Two events that agree in every field are one event that was told twice. Whom they happened to
    is ordered by first appearance; events of the same moment by the words of ``tie`` as their type
    lists them, and those that agree even so by the rest of what they say: so the order in which
    the events were given decides nothing about the order in which anybody's events stand.

    Parameters
    ----------
    events
        The events.
    moment
        The name of the column that says when.
    tie
        The name of the column of words that parts events of one moment.
    key
        The name of the column with the events' own ids, of which an event may have none; None
        where the events are of a kind that has no such ids.

    Raises
    ------
    InvalidRowsError
        When one key stands for two events that differ; the first such keys are named, with the
        fields in which they differ.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from relmkt.consent import ConsentEvents
    >>> from relmkt.ledgers import in_order
    >>> told = ConsentEvents(
    ...     customer=["C-1", "C-1", "C-1"],
    ...     kind=["withdrawn", "granted", "withdrawn"],
    ...     at=[datetime(2026, 3, 1, tzinfo=UTC)] * 3,
    ... )
    >>> [event.kind.value for event in in_order(told, moment="at", tie="kind", key="key")]
    ['granted', 'withdrawn']
    """
    identity = schema(events.record_type).identity
    owners = events.numbered(identity).codes
    numbers = [_number(events, name) for name in _names(events, moment, tie)]
    numbers = _packed([owners, *numbers])
    rows = _order(numbers)
    agrees = np.zeros(len(rows), dtype=np.bool_)
    agrees[1:] = True
    for number in numbers:
        found = number[rows]
        agrees[1:] &= found[1:] == found[:-1]
    if agrees.any():
        rows = _without_repeats(events, rows, agrees)
    ordered = events[rows]
    if key is not None:
        _refuse_two_meanings(ordered, key)
    return ordered


def _names(events: EventColumns, moment: str, tie: str) -> list[str]:
    """The columns that can be put in order as numbers, the first in rank first."""
    features = schema(events.record_type).features
    rest = (name for name in events.names if features[name].kind is not Kind.TEXT)
    return [moment, tie, *(name for name in rest if name not in (moment, tie))]


def _number(events: EventColumns, name: str) -> NDArray[Any]:
    """A column as numbers of which equal ones are equal, the absent ones too."""
    column = events.column(name)
    if column.dtype.kind == "M":
        moments = column.view(np.int64)
        at_midnight = np.datetime_data(column.dtype)[0] == "us" and not (moments % _DAY).any()
        return moments // _DAY if at_midnight else moments
    if column.dtype.kind == "f":
        values = np.where(np.isnan(column), -np.inf, column)  # no column holds infinity
        return _as_whole(values)
    return column


def _as_whole(values: NDArray[np.float64]) -> NDArray[Any]:
    """Numbers, or hundredths, as the whole numbers that they are, in the same order."""
    for scale in (1.0, 100.0):
        whole = np.rint(values * scale)
        if (np.abs(whole) < _EXACT).all() and (whole / scale == values).all():
            return whole.astype(np.int64)
    return values


def _order(numbers: list[NDArray[Any]]) -> NDArray[np.intp]:
    """As `numpy.lexsort` puts rows in order by these, the first of them in rank first."""
    rows = np.arange(len(numbers[0]))
    for number in reversed(numbers):
        values = number[rows]
        if values.dtype.kind == "i" and values.size and values.min() >= 0:
            rows = rows[stable_order(values)]
        else:
            rows = rows[np.argsort(values, kind="stable")]
    return rows


def _packed(numbers: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Fewer columns in the same order: as many whole numbers side by side as one integer holds.

    Beside them it has room for the number of the row, with which it is sorted in a tenth of the
    time.
    """
    most = 63 - len(numbers[0]).bit_length()
    packed: list[NDArray[Any]] = []
    room = 0
    for number in numbers:
        least, bits = 0, most + 1
        if number.dtype.kind == "i" and len(number):
            least = int(number.min())
            bits = (int(number.max()) - least).bit_length()
        if bits > most:  # no whole numbers, or too large ones
            packed.append(number)
            room = 0
            continue
        if not bits and packed:
            continue  # the same throughout
        if bits > room or not packed:
            packed.append(np.zeros(len(number), dtype=np.int64))
            room = most
        packed[-1] <<= bits
        packed[-1] |= number.astype(np.int64) - least
        room -= bits
    return packed


def _without_repeats(
    events: EventColumns, rows: NDArray[np.intp], agrees: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The rows, where some agree with the one before in all but texts: each event of them once.

    Few agree so far, unless a file was read twice. So texts are compared here alone; and of these
    few differ in their texts, so that fewer still are put in order by them.
    """
    among = agrees.copy()
    among[:-1] |= agrees[1:]
    spots = np.flatnonzero(among)
    held, runs = rows[spots], np.cumsum(~agrees[spots])
    declared = schema(events.record_type)
    texts = [
        events.column(name)
        for name in events.names
        if declared.features[name].kind is Kind.TEXT and name != declared.identity
    ]
    codes = [by_first_appearance(text[held])[0] for text in texts]
    order = np.lexsort((*codes, runs))
    repeats = np.zeros(len(held), dtype=np.bool_)
    repeats[1:] = True
    for number in (runs, *codes):
        found = number[order]
        repeats[1:] &= found[1:] == found[:-1]
    once, runs = held[order][~repeats], runs[order][~repeats]
    tied = np.bincount(runs)[runs] > 1
    places = [_rank(text[once[tied]]) for text in texts]
    once[tied] = once[tied][np.lexsort((*places, runs[tied]))]
    kept = np.ones(len(rows), dtype=np.bool_)
    kept[spots] = ~repeats  # as many rows of each run as it has events, and runs stand as they did
    rows = rows[kept]
    rows[among[kept]] = once
    return rows


def _rank(texts: NDArray[Any]) -> NDArray[np.int64]:
    """The place of each text among the texts in order, the absent ones first."""
    codes, firsts = by_first_appearance(texts)
    words = texts[firsts].tolist()
    order = sorted(range(len(words)), key=lambda at: (words[at] is not None, words[at] or ""))
    places = np.empty(len(words), dtype=np.int64)
    places[order] = np.arange(len(words))
    return places[codes]


def _refuse_two_meanings(events: EventColumns, key: str) -> None:
    """Raise where a key still stands twice, once equal events are one."""
    known = np.flatnonzero(~events.absent(key))
    if not known.size:
        return
    keys = events.column(key)[known]
    codes, firsts = by_first_appearance(keys)
    if len(firsts) == len(known):
        return
    again = np.setdiff1d(np.arange(len(known)), firsts)
    getters = schema(events.record_type).getters
    problems: list[str] = []
    for at in again[:NAMED_ROWS].tolist():
        one, other = events[int(known[firsts[codes[at]]])], events[int(known[at])]
        names = [name for name in events.names if getters[name](one) != getters[name](other)]
        problems.append(
            f"{key} {getters[key](one)!r} stands for two events: they differ in {', '.join(names)}"
        )
    raise InvalidRowsError(
        "the ledger",
        problems,
        total=len(again),
        remedy="an event is never changed: record what is new under a key of its own",
    )
