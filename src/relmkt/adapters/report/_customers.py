"""The table of customers: compact columns for the page, and the first rows written out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._counts import counted
from relmkt.adapters.report._found import Found, todo
from relmkt.adapters.report._section import Section
from relmkt.adapters.report._words import decimals, fixed, risk, sentence, shown_id, spoken

__all__ = ["Column", "Customers", "customers"]

FIRST = 50
"""Rows that stand in the page itself, and on each page of the table."""


@attrs.frozen(kw_only=True)
class Column:
    """One column: its name, its words, what sort of values it holds."""

    key: str
    label: str
    kind: str


@attrs.frozen(kw_only=True)
class Customers(Section):
    """The table of customers."""

    columns: tuple[Column, ...]
    narrow: int
    rows: tuple[tuple[str, ...], ...]
    strategies: tuple[tuple[str, int], ...]
    tiers: tuple[tuple[str, int], ...]
    data: str
    size: int
    note: str


def customers(found: Found, most: int) -> Customers:
    """All customers, or the most pressing ones where there are too many for a page."""
    plan = found.plan
    rows = found.pressing[:most]
    columns = _columns(found)
    held = {column.key: _values(found, column, rows) for column in columns}
    note = ""
    if len(rows) < len(plan):
        note = (
            f"The table holds {len(rows):,} of the {len(plan):,} customers: first those to contact "
            "this week, then those with the most at stake. The others are in the file of the plan, "
            "and in every figure above."
        )
    week = "" if found.due is None else "those to contact this week first, "
    return Customers(
        id="customers",
        label="All customers" if not note else "Customers",
        title=f"{sentence(counted(len(rows), 'customer'))}, {week}by what is at stake",
        lead="Sort by any column, find a customer by id or any word of the reason, or keep one "
        "strategy or tier only.",
        columns=columns,
        narrow=sum(column.kind not in ("text", "phrase") for column in columns),
        rows=tuple(_written(columns, held, min(FIRST, len(rows)))),
        strategies=_choices(held["strategy"]),
        tiers=_choices(held["tier"]),
        data=_script(columns, held, len(rows)),
        size=len(rows),
        note=note,
    )


def _columns(found: Found) -> tuple[Column, ...]:
    unit = f" ({found.plan.currency})" if found.plan.currency else ""
    wanted = [
        ("customer", "Customer", "id"),
        ("strategy", "Strategy", "word"),
        ("tier", "Tier", "word"),
        ("value", f"Value ahead{unit}", "amount"),
        ("stake", f"At stake{unit}", "amount"),
        ("attrition_risk", "Risk of leaving", "risk"),
        ("approach", "Approach", "word"),
        ("bond", "Bond", "word"),
        ("next_contact", "Next contact", "word"),
        ("contact_channel", "By", "word"),
        ("todo", "What to do", "phrase"),
        ("reason", "Why", "text"),
    ]
    here = {"customer", "strategy", "tier", "value", "stake", "attrition_risk", "todo", "reason"}
    return tuple(
        Column(key=key, label=label, kind=kind)
        for key, label, kind in wanted
        if key in here or found.column(key) is not None
    )


def _values(found: Found, column: Column, rows: NDArray[np.intp]) -> list[Any]:
    """The values of a column as the page holds them; None where absent."""
    match column.key:
        case "customer":
            return [shown_id(one) for one in found.lines.ids[rows].tolist()]
        case "reason":
            return list(found.reasons(rows))
        case "todo":
            return [words or None for words in todo(found, rows)]
        case "stake":
            return _rounded(found.stake[rows], 2)
        case "value":
            return _rounded(found.lines.value[rows], 2)
        case "attrition_risk":
            return _rounded(found.lines.attrition_risk[rows], 3)
        case "contact_channel":
            ways = found.lines.values("contact_channel", rows)
            days = found.lines.values("next_contact", rows)
            return [
                str(way) if way is not None else None if day is None else "your own task"
                for way, day in zip(ways, days, strict=True)
            ]
        case _:
            words = found.lines.values(column.key, rows)
            return [None if word is None else spoken(str(word)) for word in words]


def _rounded(values: NDArray[np.float64], digits: int) -> list[float | int | None]:
    return [
        None if value != value else int(value) if value.is_integer() else value  # noqa: PLR0124
        for value in np.round(values, digits).tolist()
    ]


_SAID: dict[str, Callable[[Any], str]] = {
    "id": str,
    "word": lambda word: "" if word is None else word,
    "risk": lambda value: "" if value is None else risk(value),
    "phrase": lambda words: words or "",
    "text": str,
}


def _written(
    columns: tuple[Column, ...], held: dict[str, list[Any]], count: int
) -> list[tuple[str, ...]]:
    said = [_saying(column, held[column.key]) for column in columns]
    return [
        tuple(say(held[column.key][row]) for say, column in zip(said, columns, strict=True))
        for row in range(count)
    ]


def _saying(column: Column, values: list[Any]) -> Callable[[Any], str]:
    """How the cells of a column are said."""
    if column.kind != "amount":
        return _SAID[column.kind]
    digits = decimals(values)
    return lambda value: "" if value is None else fixed(value, digits)


def _choices(words: list[str | None]) -> tuple[tuple[str, int], ...]:
    """The words that occur, and how often."""
    counts: dict[str, int] = {}
    for word in words:
        if word is not None:
            counts[word] = counts.get(word, 0) + 1
    return tuple(sorted(counts.items()))


def _script(columns: tuple[Column, ...], held: dict[str, list[Any]], size: int) -> str:
    """The columns as JSON that can stand in a script of a page, whatever the ids hold."""
    made: list[dict[str, Any]] = []
    for column in columns:
        values = held[column.key]
        told: dict[str, Any] = {"key": column.key, "label": column.label, "kind": column.kind}
        if column.kind in ("word", "phrase"):
            words = sorted({word for word in values if word is not None})
            place: dict[str | None, int] = {word: at for at, word in enumerate(words)}
            place[None] = -1
            told |= {"words": words, "values": [place[word] for word in values]}
        else:
            if column.kind == "amount":
                told["digits"] = decimals(values)
            told["values"] = values
        made.append(told)
    text = json.dumps(
        {"size": size, "columns": made}, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
