"""What laws are tried on: a table or a checklist, records, and what may fill their gaps."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

import attrs
from hypothesis import strategies as st

from relmkt.columns import Columns
from relmkt.errors import RelmktError
from relmkt.records import MemberSet, schema
from relmkt.rules import Condition, Monotonicity
from relmkt.testing._readings import Rules
from relmkt.testing.oracle import filled
from relmkt.testing.strategies import bounds_in, records

__all__ = ["Case", "can_be_found", "cases", "columns_of", "listed", "together", "written"]

_IDS = st.sampled_from([1, "C-1", ("C", 1)])


@cache
def columns_of(record_type: type[Any]) -> type[Columns[Any]]:
    """A type of columns for a record type that may have none of its own."""
    made = type(f"{record_type.__name__}s", (Columns,), {"record_type": record_type})
    return cast("type[Columns[Any]]", made)


@attrs.frozen
class Case:
    """A table or a checklist, and what its laws are tried on.

    Attributes
    ----------
    table
        The table, or the checklist.
    records
        The records.
    others
        For each record, another that may know what it does not.
    order
        The positions of the records in another order.
    promises
        Statements on monotonicity that a table is to keep.
    given
        What is true, or unknown, of every record that the promises are made for.
    """

    table: Rules
    records: tuple[Any, ...]
    others: tuple[Any, ...]
    order: tuple[int, ...]
    promises: tuple[Monotonicity, ...] = ()
    given: tuple[Condition, ...] = ()

    @property
    def columns(self) -> Columns[Any]:
        """The records as columns."""
        return columns_of(self.table.facts.record_type).of(self.records)

    def only(self, record: Any) -> Case:
        """The case of one record alone."""
        return attrs.evolve(self, records=(record,), others=(record,), order=(0,))

    def completions(self) -> Iterable[tuple[Any, Any]]:
        """Each record that has gaps with itself filled, unless the two break a rule of fields."""
        for record, other in zip(self.records, self.others, strict=True):
            found = together(record, other)
            if found is not None and found != record:
                yield record, found

    @classmethod
    def of(cls, table: Rules, made: Sequence[Any]) -> Case:
        """A case of these records, each filled by the next one, in the reverse order."""
        return cls(table, tuple(made), (*made[1:], *made[:1]), tuple(range(len(made)))[::-1])


def together(record: Any, other: Any, names: Iterable[str] | None = None) -> Any:
    """The record filled from the other; None where the two break a rule between fields."""
    try:
        return filled(record, other, names)
    except RelmktError:
        return None


def cases(
    table: Rules,
    *,
    promises: tuple[Monotonicity, ...] = (),
    given: tuple[Condition, ...] = (),
    max_size: int = 3,
) -> st.SearchStrategy[Case]:
    """Cases of a table or a checklist, whose records hold its thresholds often."""
    kind, often = table.facts.record_type, bounds_in(table)
    partly = records(kind, often=often, ids=_IDS)
    whole = records(kind, often=often, ids=_IDS, complete=True)
    rows = st.lists(st.tuples(partly | whole, whole), max_size=max_size)

    @st.composite
    def drawn(draw: st.DrawFn) -> Case:
        pairs = draw(rows)
        order = draw(st.permutations(range(len(pairs))))
        firsts, others = (tuple(pair[side] for pair in pairs) for side in (0, 1))
        return Case(table, firsts, others, tuple(order), promises, given)

    return drawn()


# --------------------------------------------------------------------------------- in words


def written(record: Any) -> str:
    """A record as Python would write it, absent facts left out."""
    found = schema(cast("type[Any]", type(record)))
    words: list[str] = []
    for name in found.fields:
        value = getattr(record, name)
        if value is not None:
            words.append(f"{name}={_plain(value)!r}")
    return f"{type(record).__name__}({', '.join(words)})"


def _plain(value: Any) -> Any:
    if isinstance(value, MemberSet):
        answers = cast("MemberSet[Any]", value).answers
        return {str(word): flag for word, flag in answers.items()}
    return str(value) if isinstance(value, str) else value


def listed(values: Mapping[str, Any]) -> str:
    """Facts as Python would write them."""
    return ", ".join(f"{name}={_plain(value)!r}" for name, value in values.items()) or "nothing"


def can_be_found(*kinds: type[Any]) -> bool:
    """Whether classes can be imported by name, as unpickling does."""
    for kind in kinds:
        found: Any = sys.modules.get(kind.__module__)
        for name in kind.__qualname__.split("."):
            found = getattr(found, name, None)
        if found is not kind:
            return False
    return True
