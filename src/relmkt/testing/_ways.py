"""The ways to decide on the same records, and the law that they decide alike."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import attrs

from relmkt.errors import BrokenLawError, InvalidValueError
from relmkt.table_json import table_from_json, table_to_json
from relmkt.testing._cases import Case, written
from relmkt.testing._edges import simplest
from relmkt.testing._readings import on_one, on_rows, reading_of

__all__ = ["WAYS", "decided_alike"]


def _by_the_truth_tables(case: Case) -> list[Any]:
    return [reading_of(case.table).by_the_truth_tables(record) for record in case.records]


def _as_records(case: Case) -> list[Any]:
    return [reading_of(case.table).of_one(on_one(case.table, record)) for record in case.records]


def _in_columns(case: Case) -> list[Any]:
    return reading_of(case.table).of_rows(on_rows(case.table, case.columns))


def _in_another_order(case: Case) -> list[Any]:
    shuffled = attrs.evolve(case, records=tuple(case.records[at] for at in case.order))
    answers = dict(zip(case.order, _in_columns(shuffled), strict=True))
    return [answers[at] for at in range(len(case.records))]


def _in_two_parts(case: Case) -> list[Any]:
    cut = len(case.records) // 2
    parts = case.records[:cut], case.records[cut:]
    return [answer for part in parts for answer in _in_columns(attrs.evolve(case, records=part))]


def _in_frames(case: Case) -> list[Any]:
    """In a data frame of every library that is installed; of several answers, one that differs."""
    expected = _in_columns(case)
    for frame in _frames(case):
        absent = set(case.table.features) - set(frame.columns)
        found = reading_of(case.table).of_frame(frame, dict.fromkeys(absent))
        if found != expected:
            return found
    return expected


def _frames(case: Case) -> Iterator[Any]:
    if find_spec("narwhals") is None:
        return
    for library in ("polars", "pandas"):
        if find_spec(library) is not None:
            with suppress(InvalidValueError):  # ids of several sorts fit in no frame
                yield case.columns.to_frame(like=import_module(library).DataFrame())


def _by_json(case: Case) -> list[Any]:
    """As read back from JSON, where it can be written: outcomes must be words."""
    table = case.table
    if not all(isinstance(outcome, str) for outcome in table.outcomes):
        return _as_records(case)
    read = table_from_json(table_to_json(table), table.facts.record_type)
    return _as_records(attrs.evolve(case, table=read))


def _by_a_copy(case: Case) -> list[Any]:
    return _as_records(attrs.evolve(case, table=copy.copy(case.table)))


WAYS: dict[str, Callable[[Case], list[Any]]] = {
    "by the truth tables": _by_the_truth_tables,
    "one by one": _as_records,
    "in columns": _in_columns,
    "in columns, in another order": _in_another_order,
    "in columns, in two parts": _in_two_parts,
    "in data frames": _in_frames,
    "one by one, by a copy": _by_a_copy,
    "one by one, as read back from JSON": _by_json,
}
"""The ways to decide on the records of a case; a further engine is one line more."""


def decided_alike(case: Case) -> None:
    """Every way gives the same answers; those that were compared are told, and none anew."""
    trial = _Trial(case)
    at = trial.told_apart(case)
    if at is None:
        return
    answers, record, where = trial.answers, case.records[at], ""
    if len(case.records) > 1:
        if trial.is_told_apart(record):
            record, at = simplest(case.table, record, trial.is_told_apart), 0
            answers = trial.answers
        else:
            where = f" (row {at} of {len(case.records)})"
    raise BrokenLawError(
        case.table.name,
        "the same facts are decided alike, however they are held",
        case=f"for {written(record)}{where}",
        found=[f"{way}: {found[at]}" for way, found in answers.items()],
    )


class _Trial:
    """A case, and the answers of the last records on which two ways did not agree."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.answers: dict[str, list[Any]] = {}

    def told_apart(self, case: Case) -> int | None:
        """The first record on which two ways do not agree."""
        found = _answers(case)
        first, *others = found.values()
        rows = range(len(case.records))
        at = next((at for at in rows if any(other[at] != first[at] for other in others)), None)
        if at is not None:
            self.answers = found
        return at

    def is_told_apart(self, record: Any) -> bool:
        """Whether two ways do not agree on one record alone."""
        return self.told_apart(self._case.only(record)) is not None


def _answers(case: Case) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for way, decide in WAYS.items():
        try:
            found[way] = decide(case)
        except Exception as error:
            error.add_note(way)
            raise
    return found
