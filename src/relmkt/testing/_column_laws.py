"""The laws of one schema with two layouts: columns hold and give back what records do."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
from hypothesis import reject

from relmkt.columns import Columns
from relmkt.errors import BrokenLawError, InvalidRowsError
from relmkt.records import schema
from relmkt.testing._cases import can_be_found, written
from relmkt.testing.oracle import truth

__all__ = ["check_layouts"]


def check_layouts(columns_type: type[Columns[Any]], made: list[Any]) -> None:
    """Try every law on these records."""
    for record in made:
        _check_record(columns_type, record)
    _check_columns(columns_type, made)


def _broken(kind: type[Any], law: str, made: list[Any], *told: str) -> BrokenLawError:
    case = "for " + ("\n    ".join(map(written, made)) or "no records")
    return BrokenLawError(kind.__name__, law, case=case, found=told)


def _check_record(columns_type: type[Columns[Any]], record: Any) -> None:
    kind = columns_type.record_type
    found = schema(kind)
    for constraint in found.constraints:
        if truth(constraint.holds, record) == "F":
            law = "a record keeps the rules between its fields"
            raise _broken(kind, law, [record], constraint.remedy)
    twins = {
        "copied": copy.copy(record),
        "copied deeply": copy.deepcopy(record),
        "evolved": attrs.evolve(record),
        "made anew": found.record(found.values(record)),
    }
    if can_be_found(kind):
        twins["pickled"] = pickle.loads(pickle.dumps(record))  # noqa: S301
    for how, twin in twins.items():
        if twin != record or hash(twin) != hash(record):
            law = "a record copied or made anew is the same"
            raise _broken(kind, law, [record], f"{how}: {written(twin)}")
    try:
        columns_type.of([record])
    except InvalidRowsError as error:
        law = "what a record takes, a row takes"
        raise _broken(columns_type, law, [record], str(error)) from None


def _check_columns(columns_type: type[Columns[Any]], made: list[Any]) -> None:
    try:
        held = columns_type.of(made)
    except InvalidRowsError:  # a rule of the whole, as that of one currency
        reject()
    cut = len(made) // 2
    ways = {
        "read back": held,
        "gathered again": columns_type.of(list(held)),
        "joined from two parts": columns_type.concatenated([held[:cut], held[cut:]]),
        "reversed twice": held[::-1][::-1],
        "copied": copy.deepcopy(held),
    }
    for how, rows in ways.items():
        if list(rows) != made or rows != held:
            law = "columns hold what their records hold"
            raise _broken(columns_type, law, made, f"{how}:", *map(written, rows))
