"""Which column of a file is which field, by its name alone: nothing is guessed by content."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from relmkt.adapters._cells import Cell, Reading
from relmkt.adapters._engine import quoted
from relmkt.adapters._table import Table, clipped
from relmkt.domain import Order
from relmkt.errors import FileError, InvalidValueError, UnknownNameError
from relmkt.records import Schema, schema

__all__ = ["ALIASES", "cell_of", "fact_columns", "named_columns", "order_columns"]

ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "customer": ("customer", "customer_id", "customerid", "client_id"),
        "date": ("date", "order_date", "ordered_at", "invoice_date", "transaction_date"),
        "amount": ("amount", "order_amount", "total_amount", "total"),
    }
)
"""The names that a column may have to be found unasked, whatever their case, spaces and hyphens."""

_FEATURES = {"customer": "customer", "date": "ordered_at", "amount": "amount"}
_NAMES_TOLD = 30


def _folded(name: str) -> str:
    return re.sub(r"[ -]+", "_", name.strip().casefold())


def _named(table: Table, name: str, option: str) -> str:
    """The column asked for; its case matters only where two differ by nothing else."""
    if name in table.names:
        return name
    near = [other for other in table.names if other.casefold() == name.casefold()]
    if len(near) == 1:
        return near[0]
    raise _unknown(table, name, option)


def _found(table: Table, role: str) -> str:
    """The one column that bears one of the names of a role."""
    near = [name for name in table.names if _folded(name) in ALIASES[role]]
    if len(near) == 1:
        return near[0]
    if near:
        raise FileError(
            table.source.name,
            f"has several columns that may be the {role}: {', '.join(map(clipped, near))}",
            remedy=f"say which it is: {role}='{clipped(near[0])}' (--{role} on the command line)",
        )
    if any(re.fullmatch(r"\s*[-+]?[0-9][0-9.,:T/ -]*", name) for name in table.names):
        raise FileError(
            table.source.name,
            f"line 1 is no header: {', '.join(map(clipped, table.names[:5]))}",
            remedy="the first line must name the columns",
        )
    raise _unknown(table, role, f"{role}='...'; --{role} on the command line")


def _unknown(table: Table, name: str, option: str | None) -> UnknownNameError:
    known = [clipped(other) for other in table.names[:_NAMES_TOLD]]
    how = "" if option is None else f" (name it by {option})"
    return UnknownNameError("column", name, known, where=f"{table.source.name}{how}")


def order_columns(
    table: Table, asked: Mapping[str, str | None], others: Mapping[str, str | None]
) -> dict[str, str]:
    """For each field of an order, the column that holds it."""
    declared: Schema[Any] = schema(Order)
    optional = [name for name in declared.features if name not in _FEATURES.values()]
    for field in others:
        if field not in optional:
            raise UnknownNameError("field of an order", field, optional)
    chosen = {
        _FEATURES[role]: _found(table, role)
        if name is None
        else _named(table, name, f"{role}='...'; --{role} on the command line")
        for role, name in asked.items()
    }
    for field in optional:
        if field in others:
            name = others[field]
            if name is not None:
                chosen[field] = _named(table, name, f"columns={{'{field}': '...'}}")
            continue
        near = [name for name in table.names if _folded(name) == field]
        if len(near) == 1 and near[0] not in chosen.values():
            chosen[field] = near[0]
    return chosen


def fact_columns(
    table: Table, schemas: Iterable[Schema[Any]], customer: str | None
) -> dict[str, str]:
    """For each fact, or set of facts, the column with it; a column that is none is refused.

    The schemas name the customer alike; a fact of several is of all of them.
    """
    several = tuple(schemas)
    chosen = _all_columns(table, several, customer, "fact", {})
    for field, spec in (each for found in several for each in found.fields.items()):
        if spec.required and field not in chosen:
            raise _unknown(table, field, None)
    return chosen


def named_columns(
    table: Table,
    found: Schema[Any],
    identity: str | None,
    others: Mapping[str, str],
    ignore: Collection[str],
    thing: str,
) -> dict[str, str]:
    """For each field of a record, the column with it, by its name or as given.

    A column that is none is refused unless it is to be ignored: what goes unread is taken for
    absent, and absent may mean all of them.
    """
    what = f"field of {thing}"
    optional = [name for name in found.features if name != found.identity]
    for field in others:
        if field not in optional:
            raise UnknownNameError(what, field, optional)
    given: dict[str, str | None] = {
        _named(table, column, f"columns={{'{field}': '...'}}"): field
        for field, column in others.items()
    }
    given |= {_named(table, column, "ignore=['...']"): None for column in ignore}
    if len(given) < len(others) + len(ignore):
        raise InvalidValueError(
            "columns",
            "name each column once, be it to read or to ignore it",
            [*others.values(), *ignore],
        )
    chosen = _all_columns(table, (found,), identity, what, given)
    for field, spec in found.fields.items():
        if spec.required and field not in chosen:
            raise _unknown(table, field, f"columns={{'{field}': '...'}}")
    return chosen


def _identity(table: Table, name: str, customer: str | None) -> str:
    """The column with the ids; one that is no customer's has its own name."""
    if customer is not None:
        return _named(table, customer, f"{name}='...'")
    if name == "customer":
        return _found(table, name)
    return _needed(table, name)


def _needed(table: Table, name: str) -> str:
    """A column that has this name and no other."""
    near = [column for column in table.names if _folded(column) == name]
    if len(near) != 1:
        raise _unknown(table, name, None)
    return near[0]


def _all_columns(
    table: Table,
    schemas: Iterable[Schema[Any]],
    customer: str | None,
    what: str,
    given: Mapping[str, str | None],
) -> dict[str, str]:
    """For each field the column with it, by its name or as given; None leaves a column out."""
    several = tuple(schemas)
    identity = _identity(table, several[0].identity, customer)
    known = dict.fromkeys(name for found in several for name in (*found.features, *found.sets))
    chosen = {several[0].identity: identity}
    known.pop(several[0].identity)
    for column in table.names:
        if column == identity:
            continue
        name = given.get(column, _folded(column))
        if name is None:
            continue
        if name not in known:
            raise UnknownNameError(what, clipped(column), known, where=table.source.name)
        if name in chosen:
            raise FileError(
                table.source.name,
                f"has the {what} '{name}' twice: {clipped(chosen[name])}, {clipped(column)}",
            )
        chosen[name] = column
    for field, flags in (each for found in several for each in found.sets.items()):
        both = [flag for flag in flags if flag in chosen]
        if field in chosen and both:
            raise FileError(
                table.source.name,
                f"has '{chosen[field]}' and '{chosen[both[0]]}', which say the same",
                remedy="keep the words in one column, or one column for each word",
            )
    return chosen


def cell_of(
    found: Schema[Any],
    table: Table,
    name: str,
    column: str,
    reading: Reading,
) -> Cell:
    """How a column is to be read for a field."""
    if table.types.get(column, "VARCHAR") != "VARCHAR":
        reading = Reading()
    elif table.source.format != "csv":
        reading = attrs.evolve(reading, decimal=".")
    spec = found.fields.get(name)
    words = found.sets.get(name, ())
    return Cell(
        feature=found.features[words[0] if words else name],
        column=clipped(column),
        text=table.texts[column],
        sort=table.sorts[column],
        value=quoted(column) if column in table.types else "NULL",
        sort_of_value=table.types.get(column),
        required=spec is not None and (spec.required or spec.is_identity),
        is_identity=name == found.identity,
        words=tuple(word.removeprefix(f"{name}_") for word in words),
        reading=reading,
    )
