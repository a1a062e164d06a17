"""Tables: the first rule that holds decides, and says why; what is unknown is never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, overload

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.rules._blocks import Layout
from relmkt.rules._frames.rules import asked
from relmkt.rules._proofs.inquiry import verified
from relmkt.rules._ruled import NO_RULE, UNDECIDED, RuleList
from relmkt.rules._scan import Scan, blocks
from relmkt.rules._words import Template, answer, unsettled
from relmkt.rules.comparison import TableComparison, compare
from relmkt.rules.conditions import Condition, Handle
from relmkt.rules.decisions import Decision, Decisions, Explanation
from relmkt.rules.expressions import Expression
from relmkt.rules.nearest import Movable, Nearest, nearest
from relmkt.rules.verification import Monotonicity, Verification

__all__ = ["Table"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

_UNDECIDED_REASON = "not known, and it could change the outcome: {because}"
_NO_RULE_REASON = "no rule fits"


@attrs.frozen(kw_only=True)
class Table(RuleList[R, OutcomeT]):
    """Rules in order; the first that holds decides.

    A rule whose facts are absent is *unknown*. When an unknown rule stands before the first true
    one and would lead elsewhere, the record is *undecided*: the decision names the outcomes that
    remain possible and the facts that would settle it.

    Parameters
    ----------
    name
        What the table decides, for example ``"strategy"``.
    facts
        The schema of the records it decides on.
    rules
        The rules in their order.
    undecided
        The outcome that stands for "undecided"; None if there is no word for it.
    constants
        Named thresholds, for the reasons.
    basis
        The edition of a dated policy that the rules were made of; no part of the version.

    Raises
    ------
    InvalidValueError
        When there is no rule, or two have the same id.
    UnknownNameError
        When a rule asks about a feature, or a reason names a word, that nobody declared.

    Examples
    --------
    >>> from relmkt.records import handles, identity, number, record, schema
    >>> from relmkt.rules import ALWAYS, Rule, Table
    >>> @record
    ... class Account:
    ...     account: str = identity("the account's number")
    ...     overdue: float | None = number(
    ...         "days since the invoice fell due", unit="day", default=None
    ...     )
    >>> on = handles(Account)
    >>> table = Table(
    ...     name="dunning",
    ...     facts=schema(Account),
    ...     rules=[
    ...         Rule("late", on.overdue > 30, "call", "{because}: time to call"),
    ...         Rule("fine", ALWAYS, "wait", "not late enough"),
    ...     ],
    ... )
    >>> decision = table.decide(Account(account="A1", overdue=45))
    >>> decision.outcome, decision.rule, decision.reason
    ('call', 'late', 'overdue 45 > 30: time to call')
    >>> table.decide(Account(account="A2")).missing
    ('overdue',)
    """

    undecided: OutcomeT | None = None

    def _reading(self) -> str:
        return str(self.undecided)

    @property
    def outcomes(self) -> tuple[OutcomeT, ...]:
        """Every outcome once, in the order of the rules; the word for "undecided" last."""
        words = dict.fromkeys(super().outcomes)
        if self.undecided is not None:
            words.pop(self.undecided, None)
            words[self.undecided] = None
        return tuple(words)

    @overload
    def decide(
        self, subject: R, *, assume: Mapping[str, Any] | None = None
    ) -> Decision[R, OutcomeT]: ...

    @overload
    def decide(
        self, subject: Layout, *, assume: Mapping[str, Any] | None = None
    ) -> Decisions[R, OutcomeT]: ...

    def decide(
        self, subject: R | Layout, *, assume: Mapping[str, Any] | None = None
    ) -> Decision[R, OutcomeT] | Decisions[R, OutcomeT]:
        """Decide on one record, or on every row of a portfolio.

        Parameters
        ----------
        subject
            A record, or its columns.
        assume
            What to take for facts that are absent, by feature; known facts are never overruled.
            What was filled is recorded in the decision.

        Raises
        ------
        InvalidValueError
            For a record of another type, or an assumption outside the feature's bounds.
        UnknownNameError
            When an assumption names no feature.
        """
        if type(subject) is not self.facts.record_type:
            return self._decide_rows(subject, assume or {})
        record, filled = self._filled(subject, assume) if assume else (subject, ())
        index = -1
        for question in self._questions:
            index += 1
            held = question(record)
            if held:
                return Decision(self, record, index, filled)
            if held is None:
                return Decision(self, record, self._index_past_unknown(record, index), filled)
        return Decision(self, record, -1, filled)

    def _index_past_unknown(self, record: R, start: int) -> int:
        """The rule that decides although the one at ``start`` is unknown, or -1."""
        doubtful = {self.rules[start].outcome}
        for index in range(start + 1, len(self.rules)):
            held = self._questions[index](record)
            if held is not False:
                doubtful.add(self.rules[index].outcome)
            if held:
                return index if len(doubtful) == 1 else -1
        return -1

    def _decide_rows(
        self, subject: object, assumptions: Mapping[str, Any]
    ) -> Decisions[R, OutcomeT]:
        rows, assumed = self._filled_rows(subject, assumptions)
        size = len(rows)
        rule = np.empty(size, dtype=np.int8 if len(self.rules) < 127 else np.int16)
        outcome = np.empty(size, dtype=np.int8 if len(self.outcomes) < 127 else np.int16)
        settled = np.empty(size, dtype=np.bool_)
        scan = Scan(self, rows)
        for part in blocks(size):
            scan.decide(part, rule[part], outcome[part], settled[part])
        for array in (rule, outcome, settled, *assumed.values()):
            array.flags.writeable = False
        return Decisions(self, rows, outcome, rule, settled, assumed, dict(assumptions))

    def explain(
        self, record: R, *, assume: Mapping[str, Any] | None = None
    ) -> Explanation[R, OutcomeT]:
        """The decision on a record, and every rule with the atoms that make it hold, fail or wait.

        Examples
        --------
        >>> from relmkt.records import handles, identity, number, record, schema
        >>> from relmkt.rules import ALWAYS, Rule, Table
        >>> @record
        ... class Account:
        ...     account: str = identity("the account's number")
        ...     overdue: float | None = number(
        ...         "days since the invoice fell due", unit="day", default=None
        ...     )
        >>> table = Table(
        ...     name="dunning",
        ...     facts=schema(Account),
        ...     rules=[
        ...         Rule("late", handles(Account).overdue > 30, "call"),
        ...         Rule("fine", ALWAYS, "wait", "not late enough"),
        ...     ],
        ... )
        >>> explanation = table.explain(Account(account="A1", overdue=12))
        >>> explanation.rules[0].atoms[0].gap
        -18.0
        >>> print(str(explanation).splitlines()[1])
           late call: fails (overdue 12 ≤ 30)
        """
        decision = self.decide(record, assume=assume)
        return Explanation(decision, self.traces(decision.facts))

    def reason(
        self, index: int, values: Mapping[str, Any], messages: Mapping[str, str] | None = None
    ) -> str:
        """Why the rule at this position decided, or why none did, in one sentence.

        Parameters
        ----------
        index
            The position of the rule; -1 where none decided.
        values
            The facts by feature, None where absent.
        messages
            Templates in other words, by rule id; the table's own stand in for those left out.
        """
        own = messages or {}
        for key, template in own.items():
            self._check_reason(key, template)
        if index >= 0:
            rule = self.rules[index]
            return self._said(index, own.get(rule.id, rule.reason), values)
        names = self.missing(values)
        template = (
            own.get(UNDECIDED, _UNDECIDED_REASON) if names else own.get(NO_RULE, _NO_RULE_REASON)
        )
        labels = [self.facts.features[name].label for name in names]
        return Template(template).filled({**values, **self.constants}, labels)

    def verify(
        self,
        *,
        given: Iterable[Condition | Handle] = (),
        never: Iterable[Monotonicity] = (),
        overlaps: bool = False,
        node_limit: int = 500_000,
    ) -> Verification[R, OutcomeT]:
        """What can be said of the table before it runs, exactly, with a record as witness.

        It finds a gap (no rule holds, and none is unknown), rules that hold for no record, rules
        that hold and never decide, outcomes that are decided while an earlier rule is unknown,
        and statements on monotonicity that are broken. Every value between two thresholds is as
        good as any other; so a few cells stand for all records, those with absent facts among
        them, and none is tried that partial evaluation has excluded.

        Parameters
        ----------
        given
            What is true, or unknown, of every record that can come; the bounds of the features
            and the rules between the fields of the record type are given without saying.
        never
            Statements on monotonicity, made with `never`.
        overlaps
            Whether to list the pairs of rules that can hold at once. Where the first decides this
            is normal, and no finding; rules that always hold are left out.
        node_limit
            How many residual tables to look at before giving up. What was found till then is
            true; the verification is not complete, and says so.

        Raises
        ------
        InvalidValueError
            When ``given`` excludes every record, or a statement asks how something moves that is
            no number and no flag.
        UnknownNameError
            When a feature or an outcome is not one of the table.

        Examples
        --------
        >>> from relmkt.records import handles, identity, number, record, schema
        >>> from relmkt.rules import Rule, Table, never
        >>> @record
        ... class Account:
        ...     account: str = identity("the account's number")
        ...     overdue: float | None = number(
        ...         "days since the invoice fell due", unit="day", lower=0, default=None
        ...     )
        >>> on = handles(Account)
        >>> table = Table(
        ...     name="dunning",
        ...     facts=schema(Account),
        ...     rules=[
        ...         Rule("late", on.overdue > 30, "call"),
        ...         Rule("very late", on.overdue > 90, "sue"),
        ...         Rule("fine", on.overdue < 30, "wait"),
        ...     ],
        ... )
        >>> verification = table.verify(never=[never("call", "wait", as_="overdue")])
        >>> print(verification)
        dunning, 3 rules: 2 findings
          gap: no rule holds, and none is unknown, for one with overdue 30
          shadowed: very late never decides: late holds first, as for one with overdue 200
        >>> verification.gap.witness
        Account(account='witness', overdue=30.0)
        """
        return verified(self, given, never, overlaps=overlaps, node_limit=node_limit)

    def expression(
        self,
        *,
        columns: Mapping[str, str | None] | None = None,
        assume: Mapping[str, Any] | None = None,
    ) -> Expression:
        """The table as expressions that pandas, Polars, PyArrow, DuckDB, Spark and others run.

        Parameters
        ----------
        columns
            For each feature the name of the frame's column, where it is another than the feature's;
            None for a feature that the frame does not have, and that is absent in every row.
        assume
            What to take for facts that are absent, by feature; known facts are never overruled.

        Raises
        ------
        UnknownNameError
            When `columns` or `assume` names no feature.
        InvalidValueError
            When a record would refuse what is assumed.
        MissingExtraError
            When the extra ``frames`` is not installed.

        Examples
        --------
        >>> import polars as pl
        >>> from relmkt.records import handles, identity, number, record, schema
        >>> from relmkt.rules import ALWAYS, Rule, Table
        >>> @record
        ... class Account:
        ...     account: str = identity("the account's number")
        ...     overdue: float | None = number(
        ...         "days since the invoice fell due", unit="day", default=None
        ...     )
        >>> late = Rule("late", handles(Account).overdue > 30, "call")
        >>> table = Table(
        ...     name="dunning", facts=schema(Account), rules=[late, Rule("fine", ALWAYS, "wait")]
        ... )
        >>> frame = pl.LazyFrame({"overdue": [45, 3, None]})
        >>> table.expression().decide(frame).collect().rows()
        [(45, 0, 0, True), (3, 1, 1, True), (None, -1, -1, False)]
        """
        return Expression(table=self, **asked(self, columns, assume))

    def nearest(
        self,
        record: R,
        *,
        movable: Movable,
        to: OutcomeT | Iterable[OutcomeT] | None = None,
        scale: Mapping[str, float] | None = None,
        assume: Mapping[str, Any] | None = None,
        node_limit: int = 20_000,
    ) -> Nearest[R, OutcomeT]:
        """The fewest and smallest changes of some facts that lead to another outcome, exactly.

        As few facts change as can be; of the ways with as few, one whose changes are together the
        smallest, each measured in its own scale and up to the threshold that is to be met or
        passed. Where it must be passed, the first short number beyond it is named. The changed
        record is a real one, within all bounds and rules between fields.

        Parameters
        ----------
        record
            The record to start from.
        movable
            The facts that may change, by name or handle; a field that holds a set stands for all
            its words. As a mapping, each with ``"up"`` or ``"down"`` if it may move in one way
            only, or None. An absent fact that may change may become known; nothing is forgotten.
        to
            An outcome that is wanted, or several in a list; by default, any other than the present
            one. A record that has one of those that are named needs no change. Undecided is meant
            only where the table's word for it is named, or is a rule's too.
        scale
            The size of a change that counts as one, by name. Our default for a number is the range
            between its bounds where it has both; else its own size; for one that is 0, the size of
            the largest threshold that it is compared with, or 1. A flag, a word and a fact that
            becomes known count as one.
        assume
            What to take for facts that are absent, as for `decide`; these may change as well.
        node_limit
            How many residual tables to look at before giving up.

        Returns
        -------
        Nearest
            The changes, and the decision on the changed record. Where there is no way, it says so.

        Raises
        ------
        InvalidValueError
            For a record of another type; a fact that is neither a number, nor a flag, nor a word; a
            way that is no way; a scale that is not positive.
        UnknownNameError
            When a fact or an outcome is not one of the table.

        Examples
        --------
        >>> from relmkt.records import handles, identity, number, record, schema
        >>> from relmkt.rules import ALWAYS, Rule, Table
        >>> @record
        ... class Account:
        ...     account: str = identity("the account's number")
        ...     overdue: int = number("days since the invoice fell due", unit="day", whole=True)
        >>> late = Rule("late", handles(Account).overdue > 30, "call")
        >>> fine = Rule("fine", ALWAYS, "wait", "in time")
        >>> table = Table(name="dunning", facts=schema(Account), rules=[late, fine])
        >>> print(table.nearest(Account(account="A1", overdue=45), movable=["overdue"]))
        call becomes wait with 1 change
          overdue from 45 to 30 (down by 15)
          fine: in time
        """
        return nearest(
            self,
            record,
            movable=movable,
            to=to,
            scale=scale,
            assume=assume,
            node_limit=node_limit,
        )

    def compare(
        self,
        other: Table[R, OutcomeT],
        portfolio: Layout,
        *,
        value: str | Handle | ArrayLike | None = None,
        assume: Mapping[str, Any] | None = None,
        limit: int = 20,
    ) -> TableComparison[R, OutcomeT]:
        """What would change if another table decided: who moves, from where to where, worth what.

        Parameters
        ----------
        other
            The table that might take the place of this one, on the same record type.
        portfolio
            The columns that both decide on.
        value
            What each row is worth: the name of a number, its handle, or an array of shape (n,);
            NaN where that is not known. Such rows count, and their worth does not.
        assume
            What to take for facts that are absent, as for `decide`.
        limit
            How many transitions to print, and how many movers to name unless more are asked for.

        Returns
        -------
        TableComparison
            The transitions; it names the movers.

        Raises
        ------
        InvalidValueError
            When the tables decide on different record types, the portfolio is no columns of theirs,
            or the value is no number, infinite, or of another length.
        UnknownNameError
            When the value names no fact.

        Examples
        --------
        >>> from relmkt import Portfolio, StrategyPolicy
        >>> policy = StrategyPolicy(
        ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
        ... )
        >>> stricter = StrategyPolicy(
        ...     retained_value_high=300, residual_value_high=150, cost_ratio_high=0.3
        ... )
        >>> portfolio = Portfolio(
        ...     customer=["C-1", "C-2"],
        ...     status=["active", "active"],
        ...     barred=[False, False],
        ...     attrition_risk=[0.7, 0.7],
        ...     retained_value=[250, 900],
        ... )
        >>> print(policy.table().compare(stricter.table(), portfolio, value="retained_value"))
        strategy: 1 of 2 moves, worth 250
          1 from protect to undecided, worth 250
          1 newly undecided
          retained value high from 200 to 300
          altered: R5
        """
        return compare(self, other, portfolio, value=value, assume=assume, limit=limit)

    def next_outcomes(self, rows: Layout, rule: NDArray[Any]) -> NDArray[Any]:
        """For every row the code of the first later true rule that leads elsewhere, -1 for none.

        Parameters
        ----------
        rows
            The rows as they were decided on.
        rule
            The position of the rule that decided each, -1 for none, shape (n,).
        """
        found = np.empty(len(rows), dtype=np.int16)
        scan = Scan(self, rows)
        for part in blocks(len(rows)):
            scan.next_outcomes(part, rule[part], found[part])
        return found

    def missing(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The absent facts that the rules up to the first true one wait for."""
        names: dict[str, None] = {}
        for rule in self.rules:
            held = answer(rule.when, values)
            if held:
                break
            if held is None:
                names.update(dict.fromkeys(unsettled(rule.when, values)))
        return tuple(names)
