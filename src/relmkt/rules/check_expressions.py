"""Checklists where the data are: each rule becomes a column of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from relmkt._narwhals import given_back, held_frame, narwhals
from relmkt.errors import UnknownNameError
from relmkt.rules._blocks import ABSENT_CODE
from relmkt.rules._frames.conditions import Conditions, Sides
from relmkt.rules._frames.door import admitted
from relmkt.rules._frames.rules import PURPOSE, FrameRules
from relmkt.rules._frames.stages import Stages, new_names

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from relmkt.rules.checklists import Checklist


__all__ = ["CheckExpression"]

F = TypeVar("F")


@attrs.frozen(eq=False, kw_only=True)
class CheckExpression(FrameRules):
    """A checklist made ready for data frames; `Checklist.expression` makes it.

    Attributes
    ----------
    table
        The checklist.
    columns
        For each feature that its rules ask about the name of the column; None where there is none.
    assumptions
        What is taken for facts that are absent, as a record would hold it.
    """

    table: Checklist[Any, Any]

    def answer(self, rule: str) -> nw.Expr:
        """Whether a rule holds: 1, 0, or -1 where it is unknown; for pipelines of your own.

        Parameters
        ----------
        rule
            Its id.

        Raises
        ------
        UnknownNameError
            When no rule has this id.
        """
        rules = {known.id: known for known in self.table.rules}
        if rule not in rules:
            raise UnknownNameError("rule", rule, rules, where=self.table.name)
        nw = narwhals(PURPOSE)
        facts = self.table.facts
        conditions = Conditions(nw, self.named(facts), facts.features)
        return _answer(nw, conditions.sides(rules[rule].when)).alias(rule)

    def decide(self, frame: F, *, names: Iterable[str] | None = None) -> F:
        """The frame with a column more for each rule: 1 where it holds, 0 where not, -1 if unknown.

        The same kind of frame comes back as was given. A lazy one stays lazy: nothing is run.

        Parameters
        ----------
        frame
            A frame of any kind that narwhals knows.
        names
            The names of the new columns, as many as there are rules; unless given, their ids.

        Raises
        ------
        UnknownNameError
            For a column that the frame does not have.
        InvalidValueError
            For what is no frame, for a column of the wrong sort, and where two columns have one
            name or would have it.
        InvalidRowsError
            When an eager frame holds values that a record would refuse. In a lazy frame such a
            value counts as absent.
        """
        nw = narwhals(PURPOSE)
        stages = Stages(held_frame(frame, PURPOSE))
        ids = [rule.id for rule in self.table.rules]
        new = new_names(ids if names is None else names, ids, stages.types)
        facts = self.table.facts
        columns = admitted(stages, self.columns, facts, self.table.name)
        if stages.is_empty:
            types: dict[str, Any] = dict.fromkeys(new, nw.Int8())
            return given_back(frame, stages.finished_empty(types))
        conditions = Conditions(
            nw, self.kept(self.table.facts, stages, columns), self.table.facts.features
        )
        found = [_answer(nw, conditions.sides(rule.when)) for rule in self.table.rules]
        return given_back(frame, stages.finished(dict(zip(new, found, strict=True))))


def _answer(nw: Any, sides: Sides) -> nw.Expr:
    """1 where true, 0 where false, and elsewhere the code of what is absent."""
    found: list[nw.Expr] = []
    for mask, code in ((sides.true, 1), (sides.false, 0)):
        if mask is True:
            return nw.lit(code, dtype=nw.Int8())
        if mask is not False:
            found.append(nw.when(mask).then(nw.lit(code, dtype=nw.Int8())))
    unknown = nw.lit(ABSENT_CODE, dtype=nw.Int8())
    return nw.coalesce(*found, unknown).cast(nw.Int8()) if found else unknown
