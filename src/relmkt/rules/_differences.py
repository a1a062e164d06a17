"""What differs between two tables, before any record is decided on: thresholds and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from relmkt.rules._words import shown

if TYPE_CHECKING:
    from relmkt.rules._ruled import Rule
    from relmkt.rules.tables import Table

__all__ = ["Differences", "differences", "rules_by_id"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")


@attrs.frozen(kw_only=True)
class Differences:
    """What differs between two tables, before any record is decided on; `differences` makes it.

    Attributes
    ----------
    thresholds
        For each named threshold that differs, its value before and after; None where a table
        does not name it.
    added, removed
        The ids of the rules that only the second table has, and only the first.
    altered
        The ids of the rules that both have, with another condition or outcome, or another say on
        those behind it.
    is_reordered
        Whether the rules that both have stand in another order.
    """

    thresholds: Mapping[str, tuple[Any, Any]] = attrs.field(hash=False)
    added: tuple[str, ...]
    removed: tuple[str, ...]
    altered: tuple[str, ...]
    is_reordered: bool

    def __bool__(self) -> bool:
        """Whether anything differs."""
        rules = (*self.added, *self.removed, *self.altered)
        return bool(self.thresholds or rules or self.is_reordered)

    def __str__(self) -> str:
        return "\n".join(self._lines()) or "no difference"

    def _lines(self) -> Iterator[str]:
        for name, (before, after) in self.thresholds.items():
            told = " to ".join(
                "none" if value is None else shown(value) for value in (before, after)
            )
            yield f"{name.replace('_', ' ')} from {told}"
        for word, rules in (
            ("new", self.added),
            ("gone", self.removed),
            ("altered", self.altered),
        ):
            if rules:
                yield f"{word}: {', '.join(rules)}"
        if self.is_reordered:
            yield "the rules stand in another order"


def differences(table: Table[R, OutcomeT], other: Table[R, OutcomeT]) -> Differences:
    """What differs between two tables: named thresholds, and rules by their ids.

    Parameters
    ----------
    table
        The table as it is.
    other
        The table that might take its place.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.rules import differences
    >>> thresholds = {"residual_value_high": 150, "cost_ratio_high": 0.3}
    >>> one, other = (
    ...     StrategyPolicy(retained_value_high=high, **thresholds).table() for high in (200, 300)
    ... )
    >>> print(differences(one, other))
    retained value high from 200 to 300
    altered: R5
    """
    names = dict.fromkeys((*table.constants, *other.constants))
    pairs = {name: (table.constants.get(name), other.constants.get(name)) for name in names}
    mine, theirs = rules_by_id(table), rules_by_id(other)
    kept = [name for name in mine if name in theirs]
    return Differences(
        thresholds={name: pair for name, pair in pairs.items() if pair[0] != pair[1]},
        added=tuple(name for name in theirs if name not in mine),
        removed=tuple(name for name in mine if name not in theirs),
        altered=tuple(name for name in kept if _alters(mine[name][1], theirs[name][1])),
        is_reordered=kept != [name for name in theirs if name in mine],
    )


def rules_by_id(table: Table[Any, OutcomeT]) -> dict[str, tuple[int, Rule[OutcomeT]]]:
    """Each rule of a table by its id, with its position."""
    return {rule.id: (at, rule) for at, rule in enumerate(table.rules)}


def _alters(before: Rule[Any], after: Rule[Any]) -> bool:
    return (before.when, before.outcome, before.otherwise) != (
        after.when,
        after.outcome,
        after.otherwise,
    )
