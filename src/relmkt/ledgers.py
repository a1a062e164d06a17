"""Ledgers: events in any order, some of them twice, brought into the one order that counts."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS
from relmkt._grouping import by_first_appearance
from relmkt.columns import Columns
from relmkt.errors import InvalidRowsError
from relmkt.records import schema
from relmkt.rules import Kind

__all__ = ["EventColumns", "in_order"]

EventColumns: TypeAlias = Columns[Any]
"""The columns of events that each happened to somebody at a moment."""

L = TypeVar("L", bound=EventColumns)


def in_order(events: L, *, moment: str, tie: str, key: str) -> L:
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
        The name of the column with the events' own ids; an event may have none.

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
    owners, _ = by_first_appearance(events.ids)
    numbers = [_number(events, name) for name in _names(events, moment, tie)]
    rows = np.lexsort((*reversed(numbers), owners))
    twins = _twins([owners[rows], *(number[rows] for number in numbers)])
    if twins.any():
        rows = _without_repeats(events, rows, twins)
    ordered = events[rows]
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
        return column.view(np.int64)
    if column.dtype.kind == "f":
        return np.where(np.isnan(column), -np.inf, column)  # no column holds infinity
    return column


def _twins(numbers: list[NDArray[Any]]) -> NDArray[np.bool_]:
    """The rows that agree in all these numbers with the one before or the one after."""
    same = np.ones(max(len(numbers[0]) - 1, 0), dtype=np.bool_)
    for number in numbers:
        same &= number[1:] == number[:-1]
    twins = np.zeros(len(numbers[0]), dtype=np.bool_)
    twins[1:] |= same
    twins[:-1] |= same
    return twins


def _without_repeats(
    events: EventColumns, rows: NDArray[np.intp], twins: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The rows, those that agree in all numbers ordered by their texts, and each of them once.

    Few events agree so far, unless a file was read twice: so texts are compared here alone.
    """
    spots = np.flatnonzero(twins)
    held = rows[spots]
    features = schema(events.record_type).features
    texts = [_rank(events.column(name)[held]) for name in events.names if _is_text(features[name])]
    numbers = [_number(events, name)[held] for name in events.names if not _is_text(features[name])]
    owners, _ = by_first_appearance(events.ids[held])
    # As they stand they agree in runs; the runs are numbered, and ordered within by their texts.
    new = np.ones(len(held), dtype=np.bool_)
    new[1:] = owners[1:] != owners[:-1]
    for number in numbers:
        new[1:] |= number[1:] != number[:-1]
    runs = np.cumsum(new)
    order = np.lexsort((*texts, runs))
    first = np.ones(len(held), dtype=np.bool_)
    first[1:] = runs[order][1:] != runs[order][:-1]
    for text in texts:
        first[1:] |= text[order][1:] != text[order][:-1]
    kept = np.ones(len(rows), dtype=np.bool_)
    kept[spots] = first
    ordered = rows.copy()
    ordered[spots] = held[order]
    return ordered[kept]


def _is_text(feature: Any) -> bool:
    """Whether values are texts or ids; ids are compared as numbers of their first appearance."""
    return feature.kind is Kind.TEXT


def _rank(texts: NDArray[Any]) -> NDArray[np.int64]:
    """The place of each text among the texts in order, -1 where absent."""
    codes, firsts = by_first_appearance(texts)
    words = texts[firsts].tolist()
    known = sorted(range(len(words)), key=lambda at: (words[at] is not None, words[at] or ""))
    places = np.empty(len(words), dtype=np.int64)
    places[known] = np.arange(len(words))
    return places[codes]


def _refuse_two_meanings(events: EventColumns, key: str) -> None:
    """Raise where a key still stands twice, once equal events are one."""
    known = np.flatnonzero(~events.absent(key))
    keys = events.column(key)[known]
    codes, firsts = by_first_appearance(keys)
    if len(firsts) == len(known):
        return
    again = np.setdiff1d(np.arange(len(known)), firsts)
    problems: list[str] = []
    for at in again[:NAMED_ROWS].tolist():
        one, other = events[int(known[firsts[codes[at]]])], events[int(known[at])]
        names = [name for name in events.names if getattr(one, name) != getattr(other, name)]
        problems.append(
            f"{key} {keys[at]!r} stands for two events: they differ in {', '.join(names)}"
        )
    raise InvalidRowsError(
        "the ledger",
        problems,
        total=len(again),
        remedy="an event is never changed: record what is new under a key of its own",
    )
