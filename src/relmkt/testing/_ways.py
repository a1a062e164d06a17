"""The ways to decide on the same records, and the law that they decide alike."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

import attrs

from relmkt.columns import Columns
from relmkt.errors import BrokenLawError, InvalidValueError
from relmkt.rules import Decision, Decisions, Table
from relmkt.table_json import table_from_json, table_to_json
from relmkt.testing._cases import Case, written
from relmkt.testing._edges import simplest
from relmkt.testing.oracle import decided

__all__ = ["WAYS", "Answer", "answer_of", "decided_alike", "on_one", "on_rows"]


def on_one(
    table: Table[Any, Any], record: Any, assume: Mapping[str, Any] | None = None
) -> Decision[Any, Any]:
    """The decision on one record."""
    return table.decide(record, assume=assume)


def on_rows(
    table: Table[Any, Any], rows: Columns[Any], assume: Mapping[str, Any] | None = None
) -> Decisions[Any, Any]:
    """The decisions on columns."""
    return cast("Any", table.decide)(rows, assume=assume)


@attrs.frozen
class Answer:
    """What is decided of one record."""

    rule: str | None
    outcome: Any
    settled: bool

    def __str__(self) -> str:
        told = f"{self.rule}, {self.outcome}" if self.rule is not None else "no rule decides"
        if self.settled is (self.rule is None):
            told += f" (and settled is {self.settled})"
        return told


def answer_of(table: Table[Any, Any], index: int) -> Answer:
    if index < 0:
        return Answer(None, table.undecided, settled=False)
    return Answer(table.rules[index].id, table.rules[index].outcome, settled=True)


def _by_the_truth_tables(case: Case) -> list[Answer]:
    return [answer_of(case.table, decided(case.table.rules, record)) for record in case.records]


def _as_records(case: Case) -> list[Answer]:
    decisions = [on_one(case.table, record) for record in case.records]
    return [Answer(each.rule, each.outcome, settled=each.settled) for each in decisions]


def _in_columns(case: Case) -> list[Answer]:
    decisions = on_rows(case.table, case.columns)
    found = zip(decisions.rule_ids(), decisions.labels(), decisions.settled.tolist(), strict=True)
    return [Answer(rule, outcome, settled=settled) for rule, outcome, settled in found]


def _in_another_order(case: Case) -> list[Answer]:
    shuffled = attrs.evolve(case, records=tuple(case.records[at] for at in case.order))
    answers = dict(zip(case.order, _in_columns(shuffled), strict=True))
    return [answers[at] for at in range(len(case.records))]


def _in_two_parts(case: Case) -> list[Answer]:
    cut = len(case.records) // 2
    parts = case.records[:cut], case.records[cut:]
    return [answer for part in parts for answer in _in_columns(attrs.evolve(case, records=part))]


def _in_frames(case: Case) -> list[Answer]:
    """In a data frame of every library that is installed; of several answers, one that differs."""
    expected = _in_columns(case)
    for frame in _frames(case):
        found = _in_frame(case.table, frame)
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


def _in_frame(table: Table[Any, Any], frame: Any) -> list[Answer]:
    absent = set(table.features) - set(frame.columns)
    found = table.expression(columns=dict.fromkeys(absent)).decide(frame, names=_NAMES)
    codes, rules, settled = (cast("list[int]", found[name].to_list()) for name in _NAMES)
    words: list[Any] = [*table.outcomes, None]
    ids: list[str | None] = [*(rule.id for rule in table.rules), None]
    return [
        Answer(ids[rule], words[code], settled=bool(flag))
        for code, rule, flag in zip(codes, rules, settled, strict=True)
    ]


_NAMES = ("relmkt outcome", "relmkt rule", "relmkt settled")


def _by_json(case: Case) -> list[Answer]:
    """By the table read back from JSON, where it can be written: outcomes must be words."""
    table = case.table
    if not all(isinstance(outcome, str) for outcome in table.outcomes):
        return _as_records(case)
    read = table_from_json(table_to_json(table), table.facts.record_type)
    return _as_records(attrs.evolve(case, table=read))


def _by_a_copy(case: Case) -> list[Answer]:
    return _as_records(attrs.evolve(case, table=copy.copy(case.table)))


WAYS: dict[str, Callable[[Case], list[Answer]]] = {
    "by the truth tables": _by_the_truth_tables,
    "one by one": _as_records,
    "in columns": _in_columns,
    "in columns, in another order": _in_another_order,
    "in columns, in two parts": _in_two_parts,
    "in data frames": _in_frames,
    "one by one, by a copy of the table": _by_a_copy,
    "one by one, by the table read back from JSON": _by_json,
}
"""The ways to decide on the records of a case; a further engine is one line more."""


def decided_alike(case: Case) -> None:
    """Every way gives the same rule, outcome and settledness."""
    at = _told_apart(case)
    if at is None:
        return
    record, where = case.records[at], ""
    if len(case.records) > 1:
        if _told_apart(case.only(record)) is not None:
            record = simplest(case.table, record, _is_told_apart(case))
            case, at = case.only(record), 0
        else:
            where = f" (row {at} of {len(case.records)})"
    raise BrokenLawError(
        case.table.name,
        "the same facts are decided alike, however they are held",
        case=f"for {written(record)}{where}",
        found=[f"{way}: {decide(case)[at]}" for way, decide in WAYS.items()],
    )


def _told_apart(case: Case) -> int | None:
    """The first record on which two ways do not agree."""
    first, *others = (decide(case) for decide in WAYS.values())
    rows = range(len(case.records))
    return next((at for at in rows if any(other[at] != first[at] for other in others)), None)


def _is_told_apart(case: Case) -> Callable[[Any], bool]:
    return lambda record: _told_apart(case.only(record)) is not None
