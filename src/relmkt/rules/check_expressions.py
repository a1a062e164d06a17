"""Checklists where the data are: each rule becomes a column of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from relmkt._narwhals import given_back
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._blocks import ABSENT_CODE
from relmkt.rules._frames.conditions import Conditions, Sides
from relmkt.rules._frames.door import admitted
from relmkt.rules._frames.rules import (
    FrameRules,
    check_codes,
    reasons_in_general,
)
from relmkt.rules._frames.stages import new_names, staged, the_library

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
        nw = the_library()
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
        stages = staged(frame)
        nw = stages.nw
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

    def label(
        self,
        frame: F,
        *,
        names: Iterable[str] | None = None,
        words: Iterable[str] = ("held", "unknown", "reasons"),
    ) -> F:
        """The frame with its codes in words: which rules hold, which are unknown, and why.

        The first column lists the ids of the rules that hold, the second those that are unknown,
        both joined by ", "; where there are none the text is empty. The third gives the reasons of
        the rules that hold, joined by "; ", as they are in general: each condition with the
        thresholds in it, and "…" where a row's own number would stand. Nothing is run to find
        them. Sentences with the numbers of each row are given by `Checked.reasons`.

        Parameters
        ----------
        frame
            A frame that `decide` has given its columns.
        names
            The names of its columns with the answers, one for each rule; unless given, their ids.
        words
            The names of the new columns.

        Raises
        ------
        UnknownNameError
            For a column that the frame does not have.
        InvalidValueError
            For what is no frame, for codes that are no numbers, and where two columns would have
            one name.

        Examples
        --------
        >>> import polars as pl
        >>> from relmkt.records import flag, handles, identity, number, record, schema
        >>> from relmkt.rules import Checklist, Rule
        >>> @record
        ... class Letter:
        ...     letter: str = identity("the letter's number")
        ...     consent: bool | None = flag("whether the reader agreed to get it", default=None)
        ...     words: int | None = number("its length", unit="words", whole=True, default=None)
        >>> on = handles(Letter)
        >>> rules = [
        ...     Rule("no consent", ~on.consent, "do not send"),
        ...     Rule("long", on.words > 300, 1),
        ... ]
        >>> letters = Checklist(name="before it is sent", facts=schema(Letter), rules=rules)
        >>> asked = letters.expression()
        >>> frame = pl.DataFrame({"consent": [False, None], "words": [412, 120]})
        >>> asked.label(asked.decide(frame)).select("held", "unknown", "reasons").rows()
        [('no consent, long', '', 'not consent; words above 300'), ('', 'no consent', '')]
        """
        stages = staged(frame)
        nw = stages.nw
        ids = [rule.id for rule in self.table.rules]
        codes = ids if names is None else list(names)
        if len(codes) != len(ids):
            rule = f"be {len(ids)}, one for each rule"
            raise InvalidValueError("names", rule, tuple(codes), where=self.table.name)
        check_codes(stages, codes)
        wanted = ("what holds", "what is unknown", "the reasons")
        new = new_names(words, wanted, stages.types)
        if stages.is_empty:
            texts: dict[str, Any] = dict.fromkeys(new, nw.String())
            return given_back(frame, stages.finished_empty(texts))
        stages.go_lazy()
        found = (
            _joined(nw, codes, 1, ids, ", "),
            _joined(nw, codes, ABSENT_CODE, ids, ", "),
            _joined(nw, codes, 1, reasons_in_general(self.table), "; "),
        )
        return given_back(frame, stages.finished(dict(zip(new, found, strict=True))))


def _joined(nw: Any, columns: Sequence[str], code: int, words: Sequence[str], mark: str) -> nw.Expr:
    """The words of the columns that hold this code, joined by a mark; empty where none does."""
    # Each word brings the mark before it, and the first mark is cut off: what engines make of
    # nothing among texts to be joined differs.
    told = [
        nw.coalesce(nw.when(nw.col(column) == code).then(nw.lit(mark + word)), nw.lit(""))
        for column, word in zip(columns, words, strict=True)
    ]
    return nw.concat_str(told).str.slice(len(mark))


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
