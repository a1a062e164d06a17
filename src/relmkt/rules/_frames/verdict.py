"""The first rule that holds, and whether it is settled, as expressions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from relmkt.rules._frames.columns import Reading
from relmkt.rules._frames.conditions import Conditions, Mask, balanced

if TYPE_CHECKING:
    from relmkt.rules.tables import Table

__all__ = ["Verdict"]

Number: TypeAlias = Any
"""An expression of whole numbers; or a plain int where it is the same in every row."""


class Verdict:
    """What a table decides, as expressions; or plain values where they hold for every row.

    A rule that is true or unknown is one that *may hold*. The table is settled where some rule is
    true, and all that may hold, up to the first true one, have the same outcome. So for each
    outcome the first of its rules that may hold is found, each by a walk of its own; where just
    one of them stands at or before the first true rule, that rule's outcome is settled.

    Parameters
    ----------
    nw
        narwhals.
    table
        The table.
    readings
        For each feature that its rules ask about its value in every row.
    keep
        What to do with expressions that are used more than once; by default nothing.
    """

    def __init__(
        self,
        nw: Any,
        table: Table[Any, Any],
        readings: Mapping[str, Reading],
        keep: Callable[[Iterable[Any]], list[Any]] = list,
    ) -> None:
        self._nw = nw
        self._count = len(table.rules)
        conditions = Conditions(nw, readings, table.facts.features)
        sides = [conditions.sides(rule.when) for rule in table.rules]
        held: list[Mask] = keep(side.true for side in sides)
        failed: list[Mask] = keep(side.false for side in sides)
        words = list(table.outcomes)
        codes = [words.index(rule.outcome) for rule in table.rules]
        self._nothing = -1 if table.undecided is None else words.index(table.undecided)
        may_hold: dict[int, list[tuple[int, Mask]]] = {}
        for at, (code, mask) in enumerate(zip(codes, failed, strict=True)):
            may_hold.setdefault(code, []).append((at, _not(mask)))
        self._first, self._code, *self._reached = keep(
            [
                self._earliest(enumerate(held), self._count),
                self._earliest(zip(codes, held, strict=True), self._nothing),
                *(self._earliest(masks, self._count) for masks in may_hold.values()),
            ]
        )

    def settled(self) -> Mask:
        """Where a rule decides."""
        ones = [self._one(reached <= self._first) for reached in self._reached]
        alone = balanced(operator.add, ones, 0) == 1
        found = self._first < self._count
        if alone is False or found is False:
            return False
        return alone if found is True else found if alone is True else found & alone

    def rule(self, settled: Mask) -> Number:
        """The position of the rule that decides, else -1."""
        return self._where(settled, self._first, -1)

    def outcome(self, settled: Mask) -> Number:
        """The code of the outcome."""
        return self._where(settled, self._code, self._nothing)

    def _where(self, mask: Mask, value: Number, otherwise: int) -> Number:
        if mask is False or mask is True:
            return value if mask else otherwise
        held = self._whole(value) if isinstance(value, int) else value
        return self._nw.when(mask).then(held).otherwise(self._whole(otherwise))

    def _earliest(self, events: Iterable[tuple[int, Mask]], none: int) -> Number:
        """The number beside the first mask that is true; flat, however many there are."""
        found: list[Any] = []
        last = none
        for number, mask in events:
            if mask is True:
                last = number
                break
            if mask is not False:
                found.append(self._nw.when(mask).then(self._whole(number)))
        return self._nw.coalesce(*found, self._whole(last)) if found else last

    def _whole(self, number: int) -> Any:
        return self._nw.lit(number, dtype=self._nw.Int16())

    def _one(self, mask: Mask) -> Number:
        """1 where it is true, else 0."""
        return int(mask) if isinstance(mask, bool) else mask.cast(self._nw.Int16())


def _not(mask: Mask) -> Mask:
    return not mask if isinstance(mask, bool) else ~mask
