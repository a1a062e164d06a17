"""Tables where the data are: a data frame, a database or a cluster runs the rules itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from relmkt._narwhals import given_back
from relmkt.errors import InvalidValueError
from relmkt.rules._frames.door import admitted
from relmkt.rules._frames.rules import (
    FrameRules,
    as_expr,
    check_codes,
    reasons_in_general,
)
from relmkt.rules._frames.stages import new_names, staged, the_library
from relmkt.rules._frames.verdict import Verdict
from relmkt.rules.conditions import ALWAYS

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from relmkt.rules.tables import Table

__all__ = ["Expression"]

F = TypeVar("F")

_UNDECIDED = "a fact that is not known could change the outcome"
_NONE_FITS = "no rule fits, or a fact that is not known could change the outcome"


@attrs.frozen(eq=False, kw_only=True)
class Expression(FrameRules):
    """A table made ready for data frames; `Table.expression` makes it.

    Attributes
    ----------
    table
        The table.
    columns
        For each feature that its rules ask about the name of the column; None where there is none.
    assumptions
        What is taken for facts that are absent, as a record would hold it.
    """

    table: Table[Any, Any]

    @property
    def outcome(self) -> nw.Expr:
        """The code of the outcome, as in `Decisions.outcome`; -1 where the table has no word."""
        verdict = self._verdict()
        found = as_expr(verdict.outcome(verdict.settled()))
        return found.cast(self._outcome_type).alias("outcome")

    @property
    def rule(self) -> nw.Expr:
        """The position of the rule that decides; -1 where none does."""
        verdict = self._verdict()
        found = as_expr(verdict.rule(verdict.settled()))
        return found.cast(self._rule_type).alias("rule")

    @property
    def settled(self) -> nw.Expr:
        """Whether a rule decides."""
        return as_expr(self._verdict().settled()).alias("settled")

    def decide(self, frame: F, *, names: Iterable[str] = ("outcome", "rule", "settled")) -> F:
        """The frame with three columns more: outcome, rule and whether it is settled.

        The same kind of frame comes back as was given. A lazy one stays lazy: nothing is run.

        Parameters
        ----------
        frame
            A frame of any kind that narwhals knows.
        names
            The names of the new columns.

        Raises
        ------
        UnknownNameError
            For a column that the frame does not have.
        InvalidValueError
            For what is no frame, for a column of the wrong sort (text where numbers belong), and
            where two columns have one name or would have it.
        InvalidRowsError
            When an eager frame holds values that a record would refuse. In a lazy frame nothing
            can be refused before it runs: there such a value counts as absent.

        Examples
        --------
        >>> import duckdb
        >>> from relmkt.policies import StrategyPolicy
        >>> table = StrategyPolicy(
        ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
        ... ).table()
        >>> rules = table.expression(columns=dict.fromkeys(table.features) | {"barred": "barred"})
        >>> rules.decide(duckdb.sql("select 'C-17' as id, true as barred")).fetchall()
        [('C-17', True, 0, 0, True)]
        """
        stages = staged(frame)
        nw = stages.nw
        outcome, rule, settled = new_names(names, ("outcome", "rule", "settled"), stages.types)
        columns = admitted(stages, self.columns, self.table.facts, self.table.name)
        if stages.is_empty:
            types: dict[str, Any] = {
                outcome: self._outcome_type,
                rule: self._rule_type,
                settled: nw.Boolean(),
            }
            return given_back(frame, stages.finished_empty(types))
        verdict = Verdict(nw, self.table, self.kept(self.table.facts, stages, columns), stages.keep)
        (is_settled,) = stages.keep([verdict.settled()])
        found = {
            outcome: as_expr(verdict.outcome(is_settled)).cast(self._outcome_type),
            rule: as_expr(verdict.rule(is_settled)).cast(self._rule_type),
            settled: as_expr(is_settled),
        }
        return given_back(frame, stages.finished(found))

    def label(
        self,
        frame: F,
        *,
        names: Iterable[str] = ("outcome", "rule"),
        words: Iterable[str] = ("outcome_word", "rule_id", "reason"),
    ) -> F:
        """The frame with the words for its codes: the outcome, the rule's id, and the reason.

        The reason is the rule's in general, which is the same for every row that it decides: its
        condition with the thresholds in it, and "…" where a row's own number would stand. Nothing
        is run to find it. Sentences with the numbers of each row are given by
        `Decisions.reasons`, of columns that were read with `Columns.from_frame`.

        Parameters
        ----------
        frame
            A frame that `decide` has given its columns.
        names
            The names of its columns with the outcome and the rule.
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
        >>> from relmkt.policies import StrategyPolicy
        >>> table = StrategyPolicy(
        ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
        ... ).table()
        >>> rules = table.expression(columns=dict.fromkeys(table.features) | {"barred": "barred"})
        >>> found = rules.label(rules.decide(pl.DataFrame({"barred": [True, None]})))
        >>> found.select("outcome_word", "rule_id", "reason").rows()
        [('hold', 'R0', 'the law comes before marketing: barred'), \
('undecided', None, 'a fact that is not known could change the outcome')]
        """
        stages = staged(frame)
        nw = stages.nw
        codes = list(names)
        if len(codes) != 2:
            raise InvalidValueError("names", "be two, for outcome and rule", tuple(codes))
        check_codes(stages, codes)
        new = new_names(words, ("the outcome", "the rule", "the reason"), stages.types)
        if stages.is_empty:
            texts: dict[str, Any] = dict.fromkeys(new, nw.String())
            return given_back(frame, stages.finished_empty(texts))
        stages.go_lazy()
        outcome, rule = (nw.col(column) for column in codes)
        found = (
            self._said(outcome, [str(word) for word in self.table.outcomes]),
            self._said(rule, [rule.id for rule in self.table.rules]),
            self._said(rule, reasons_in_general(self.table), self._none()),
        )
        return given_back(frame, stages.finished(dict(zip(new, found, strict=True))))

    def _verdict(self) -> Verdict:
        """The verdict in terms of the columns as they are called, of which no more is known."""
        return Verdict(the_library(), self.table, self.named(self.table.facts))

    @property
    def _outcome_type(self) -> Any:
        return _small(len(self.table.outcomes))

    @property
    def _rule_type(self) -> Any:
        return _small(len(self.table.rules))

    def _said(self, code: nw.Expr, words: Sequence[str], otherwise: str | None = None) -> nw.Expr:
        nw = the_library()
        said = [nw.when(code == at).then(nw.lit(word)) for at, word in enumerate(words)]
        if otherwise is not None:
            said.append(nw.lit(otherwise))
        return nw.coalesce(*said)

    def _none(self) -> str:
        """The reason where no rule decides."""
        is_covered = any(rule.when == ALWAYS for rule in self.table.rules)
        return _UNDECIDED if is_covered else _NONE_FITS


def _small(count: int) -> Any:
    """The type of codes, as small as in `Decisions`."""
    nw = the_library()
    return nw.Int8() if count < 127 else nw.Int16()
