"""Test vectors: records on every side of every threshold, with what a table decides on each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from relmkt.errors import InvalidValueError
from relmkt.rules import Checked, Checklist, Decision, Table
from relmkt.rules._proofs.cells import cut
from relmkt.rules._proofs.inquiry import witnesses
from relmkt.rules._proofs.search import LimitReachedError
from relmkt.table_json import TABLE_SCHEMA

__all__ = ["vectors", "vectors_to_json"]

R = TypeVar("R")


def vectors(table: Table[R, Any] | Checklist[R, Any]) -> Iterator[R]:
    """Records that try a table: one for each rule, and from each of these every single step aside.

    A step takes one fact to another cell: below a threshold, on it, above it, to another word, to
    the other side of a flag, or to absence. Whoever decides on all of these as the table does has
    every threshold, every strictness and every unknown right, one at a time.

    Parameters
    ----------
    table
        The table or checklist.

    Yields
    ------
    record
        Each once, always in the same order.

    Raises
    ------
    InvalidValueError
        When the rules are too entangled for a record to be found for each.

    Examples
    --------
    >>> from relmkt.records import handles, identity, number, record, schema
    >>> from relmkt.rules import ALWAYS, Rule, Table
    >>> from relmkt.table_vectors import vectors
    >>> @record
    ... class Account:
    ...     account: str = identity("the account's number")
    ...     overdue: float | None = number(
    ...         "days since the invoice fell due", unit="day", default=None
    ...     )
    >>> rules = [Rule("late", handles(Account).overdue > 30, "call"), Rule("fine", ALWAYS, "wait")]
    >>> table = Table(name="dunning", facts=schema(Account), rules=rules)
    >>> [(tried.overdue, table.decide(tried).outcome) for tried in vectors(table)]
    [(60.0, 'call'), (0.0, 'wait'), (30.0, 'wait'), (None, None)]
    """
    facts = table.facts
    conditions = (*(rule.when for rule in table.rules), *facts.given)
    cells = cut(facts.features, conditions)
    steps = {name: cells[name].choices() for name in table.features}
    seen: set[R] = set()
    for start in _starts(table):
        values = facts.values(start)
        tried = [values] + [
            {**values, name: value} for name, choices in steps.items() for value in choices
        ]
        for changed in tried:
            try:
                record = facts.record(changed)
            except InvalidValueError:  # the rules between fields forbid it
                continue
            if record not in seen:
                seen.add(record)
                yield record


def _starts(table: Table[R, Any] | Checklist[R, Any]) -> tuple[R, ...]:
    first = isinstance(table, Table)
    rules: Table[R, Any] = (
        table
        if isinstance(table, Table)
        else Table(name=table.name, facts=table.facts, rules=table.rules, constants=table.constants)
    )
    try:
        return witnesses(rules, first=first)
    except LimitReachedError:
        raise InvalidValueError(
            "table",
            "be simple enough to find a record for each rule",
            table.name,
            remedy="try the records of your own instead",
        ) from None


def vectors_to_json(table: Table[Any, Any] | Checklist[Any, Any]) -> str:
    """The test vectors of a table as JSON, one in each line, for hosts in other languages.

    Each has ``facts``, the known features by name, and what the table finds: ``outcome``, ``rule``,
    ``settled``, ``possible``, ``missing``, ``next`` and ``reason``; of a checklist ``held``,
    ``outcomes``, ``unknown``, ``settled``, ``missing`` and ``reasons``.

    Parameters
    ----------
    table
        The table or checklist.

    Examples
    --------
    >>> from relmkt.records import handles, identity, number, record, schema
    >>> from relmkt.rules import ALWAYS, Rule, Table
    >>> from relmkt.table_vectors import vectors_to_json
    >>> @record
    ... class Account:
    ...     account: str = identity("the account's number")
    ...     overdue: float | None = number(
    ...         "days since the invoice fell due", unit="day", default=None
    ...     )
    >>> rules = [Rule("late", handles(Account).overdue > 30, "call"), Rule("fine", ALWAYS, "wait")]
    >>> table = Table(name="dunning", facts=schema(Account), rules=rules)
    >>> vectors_to_json(table).count('"facts"')
    4
    """
    head = {"schema": TABLE_SCHEMA, "table": table.name, "version": table.version}
    lines = (_line(table, record) for record in vectors(table))
    return f'{_json(head)[:-1]}, "vectors": [\n' + ",\n".join(lines) + "\n]}\n"


def _line(table: Table[Any, Any] | Checklist[Any, Any], record: Any) -> str:
    values = table.facts.values(record)
    known = {name: _plain(value) for name, value in values.items() if value is not None}
    return _json({"facts": known, **_found(table.decide(record))})


def _found(found: Decision[Any, Any] | Checked[Any, Any]) -> Mapping[str, Any]:
    keys = (
        ("outcome", "rule", "settled", "possible", "missing", "next", "reason")
        if isinstance(found, Decision)
        else ("held", "outcomes", "unknown", "settled", "missing", "reasons")
    )
    told = found.as_dict()
    return {key: told[key] for key in keys}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
