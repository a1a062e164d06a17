"""Checklists: every rule that holds says so; what is unknown is said too, and never guessed."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._blocks import ABSENT_CODE, Layout
from relmkt.rules._frames.rules import asked
from relmkt.rules._proofs.inquiry import checked
from relmkt.rules._ruled import RuleList
from relmkt.rules._scan import Asked, blocks
from relmkt.rules._words import proof, unsettled
from relmkt.rules.basis import Basis
from relmkt.rules.check_expressions import CheckExpression
from relmkt.rules.conditions import Condition, Handle, features_in
from relmkt.rules.decisions import RuleTrace
from relmkt.rules.tables import Table
from relmkt.rules.verification import Verification

__all__ = ["Checked", "CheckedRows", "Checklist"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")


@attrs.frozen
class Checked(Generic[R, OutcomeT]):
    """What a checklist finds for one record.

    Attributes
    ----------
    checklist
        The checklist.
    facts
        The record as it was looked at, assumptions filled in.
    answers
        For each rule True, False, or None where it is unknown.
    assumptions
        The facts that were absent and filled by assumption.
    """

    checklist: Checklist[R, OutcomeT]
    facts: R
    answers: tuple[bool | None, ...]
    assumptions: tuple[tuple[str, Any], ...] = ()

    @property
    def held(self) -> tuple[str, ...]:
        """The ids of the rules that hold, in their order."""
        return tuple(self._ids(True))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The ids of the rules that are unknown."""
        return tuple(self._ids(None))

    @property
    def settled(self) -> bool:
        """Whether every rule is known to hold or to fail."""
        return None not in self.answers

    @property
    def outcomes(self) -> tuple[OutcomeT, ...]:
        """What follows from the rules that hold, each once, in their order."""
        pairs = zip(self.checklist.rules, self.answers, strict=True)
        return tuple(dict.fromkeys(rule.outcome for rule, held in pairs if held))

    @property
    def reasons(self) -> dict[str, str]:
        """For each rule that holds, by its id, why: a sentence with the numbers in it."""
        return self.reasons_in({})

    def reasons_in(self, messages: Mapping[str, str]) -> dict[str, str]:
        """The reasons from another set of templates, keyed by rule id.

        Parameters
        ----------
        messages
            Templates in the words of another language; the checklist's own stand in for those
            left out.
        """
        values = self._values()
        return {
            rule.id: self.checklist.reason(at, values, messages)
            for at, (rule, held) in enumerate(zip(self.checklist.rules, self.answers, strict=True))
            if held
        }

    @property
    def missing(self) -> tuple[str, ...]:
        """The absent facts that the unknown rules wait for, in order of appearance."""
        values = self._values()
        pairs = zip(self.checklist.rules, self.answers, strict=True)
        waiting = (rule.when for rule, held in pairs if held is None)
        return tuple(dict.fromkeys(name for when in waiting for name in unsettled(when, values)))

    @property
    def used(self) -> dict[str, Any]:
        """The facts that carry the rules that hold, by name."""
        values = self._values()
        pairs = zip(self.checklist.rules, self.answers, strict=True)
        proven = [atom for rule, held in pairs if held for atom in proof(rule.when, values)]
        return {name: values[name] for atom in proven for name in features_in(atom)}

    @property
    def assumed(self) -> dict[str, Any]:
        """The facts filled by assumption."""
        return dict(self.assumptions)

    @property
    def version(self) -> str:
        """The version of the checklist: a hash of its rules, reasons left out."""
        return self.checklist.version

    @property
    def basis(self) -> Basis | None:
        """The edition of a dated policy that the rules are of; None where it has no dates."""
        return self.checklist.basis

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, ready for JSON; ``basis`` only where there is one."""
        return {
            "held": list(self.held),
            "outcomes": list(self.outcomes),
            "reasons": self.reasons,
            "unknown": list(self.unknown),
            "settled": self.settled,
            "missing": list(self.missing),
            "used": self.used,
            "assumed": self.assumed,
            "thresholds": dict(self.checklist.constants),
            "version": self.version,
            **({} if self.basis is None else {"basis": self.basis.as_dict()}),
        }

    def _values(self) -> dict[str, Any]:
        return self.checklist.facts.values(self.facts)

    def _ids(self, wanted: bool | None) -> Iterator[str]:
        for rule, held in zip(self.checklist.rules, self.answers, strict=True):
            if held is wanted:
                yield rule.id


@attrs.frozen(eq=False)
class CheckedRows(Generic[R, OutcomeT]):
    """What a checklist finds for every row of a portfolio, as a read-only array of small integers.

    Attributes
    ----------
    checklist
        The checklist.
    rows
        The rows as they were looked at, assumptions filled in.
    answer
        1 where a rule holds, 0 where it fails, -1 where it is unknown; shape (n, rules), each
        rule's answers side by side in memory.
    assumed
        For each fact that was filled by assumption, the rows where it was, shape (n,).
    """

    checklist: Checklist[R, OutcomeT]
    rows: Layout
    answer: NDArray[np.int8]
    assumed: Mapping[str, NDArray[np.bool_]] = attrs.field(factory=dict[str, NDArray[np.bool_]])
    assumptions: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    def __len__(self) -> int:
        return len(self.answer)

    def __getitem__(self, row: int) -> Checked[R, OutcomeT]:
        """What was found for one row, with its words."""
        at = range(len(self))[operator.index(row)]
        filled = tuple(
            (name, self.assumptions[name]) for name, where in self.assumed.items() if where[at]
        )
        answers = tuple(_ANSWER[code] for code in self.answer[at].tolist())
        return Checked(self.checklist, self.rows[at], answers, filled)

    def __iter__(self) -> Iterator[Checked[R, OutcomeT]]:
        return (self[row] for row in range(len(self)))

    def where(self, rule: str) -> NDArray[np.bool_]:
        """The rows for which a rule holds, shape (n,).

        Raises
        ------
        UnknownNameError
            When no rule has this id.
        """
        return np.asarray(self._column(rule) == 1)

    def unknown(self, rule: str) -> NDArray[np.bool_]:
        """The rows for which a rule is unknown, shape (n,)."""
        return np.asarray(self._column(rule) == ABSENT_CODE)

    def counts(self) -> dict[str, int]:
        """For how many rows each rule holds, by its id."""
        return {rule.id: int(np.count_nonzero(self.where(rule.id))) for rule in self._rules}

    def held(self) -> list[tuple[str, ...]]:
        """For every row the ids of the rules that hold."""
        found: list[list[str]] = [[] for _ in range(len(self))]
        for rule in self._rules:
            for row in np.flatnonzero(self.where(rule.id)).tolist():
                found[row].append(rule.id)
        return [tuple(ids) for ids in found]

    @property
    def _rules(self) -> tuple[Any, ...]:
        return self.checklist.rules

    def _column(self, rule: str) -> NDArray[np.int8]:
        ids = [known.id for known in self._rules]
        if rule not in ids:
            raise UnknownNameError("rule", rule, ids, where=self.checklist.name)
        return self.answer[:, ids.index(rule)]


_ANSWER: dict[int, bool | None] = {1: True, 0: False, ABSENT_CODE: None}


@attrs.frozen(kw_only=True)
class Checklist(RuleList[R, OutcomeT]):
    """Rules of which each stands for itself: all that hold are found.

    It shares conditions, layouts and laws with `Table`. A rule whose facts are absent is neither
    held nor failed but *unknown*, and the facts that would settle it are named.

    Parameters
    ----------
    name
        What the checklist is about, for example ``"warnings"``.
    facts
        The schema of the records.
    rules
        The rules in the order in which they are told; the same outcome may follow from several.
    constants
        Named thresholds, for the reasons.

    Raises
    ------
    InvalidValueError
        When there is no rule, two have the same id, or one takes what others leave.
    UnknownNameError
        When a rule asks about a feature, or a reason names a word, that nobody declared.

    Examples
    --------
    >>> from relmkt.records import flag, handles, identity, number, record, schema
    >>> from relmkt.rules import Checklist, Rule
    >>> @record
    ... class Letter:
    ...     letter: str = identity("the letter's number")
    ...     consent: bool | None = flag("whether the reader agreed to get it", default=None)
    ...     words: int | None = number("its length", unit="words", whole=True, default=None)
    >>> on = handles(Letter)
    >>> checklist = Checklist(
    ...     name="before it is sent",
    ...     facts=schema(Letter),
    ...     rules=[
    ...         Rule("consent", ~on.consent, "do not send", "{because}"),
    ...         Rule("long", on.words > 300, "shorten", "{because}"),
    ...     ],
    ... )
    >>> found = checklist.decide(Letter(letter="L1", consent=False, words=412))
    >>> found.outcomes, found.reasons["long"]
    (('do not send', 'shorten'), 'words 412 > 300')
    >>> found = checklist.decide(Letter(letter="L2", words=120))
    >>> found.held, found.unknown, found.missing
    ((), ('consent',), ('consent',))
    """

    def _check(self) -> None:
        super()._check()
        for rule in self.rules:
            if rule.otherwise:
                raise InvalidValueError(
                    "otherwise",
                    "not be set in a checklist",
                    rule.id,
                    where=self.name,
                    remedy="each rule stands for itself, and none takes what others leave",
                )

    @overload
    def decide(
        self, subject: R, *, assume: Mapping[str, Any] | None = None
    ) -> Checked[R, OutcomeT]: ...

    @overload
    def decide(
        self, subject: Layout, *, assume: Mapping[str, Any] | None = None
    ) -> CheckedRows[R, OutcomeT]: ...

    def decide(
        self, subject: R | Layout, *, assume: Mapping[str, Any] | None = None
    ) -> Checked[R, OutcomeT] | CheckedRows[R, OutcomeT]:
        """Find the rules that hold for one record, or for every row of a portfolio.

        Parameters
        ----------
        subject
            A record, or its columns.
        assume
            What to take for facts that are absent, by feature; known facts are never overruled.

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
        return Checked(self, record, tuple(ask(record) for ask in self._questions), filled)

    def _decide_rows(
        self, subject: object, assumptions: Mapping[str, Any]
    ) -> CheckedRows[R, OutcomeT]:
        rows, assumed = self._filled_rows(subject, assumptions)
        found = np.empty((len(rows), len(self.rules)), dtype=np.int8, order="F")
        columns = Asked(self, rows)
        for part in blocks(len(rows)):
            block = columns.block(part)
            for at, rule in enumerate(self.rules):
                verdict = block.verdict(rule.when)
                here = found[part, at]
                here[:] = verdict.true
                if verdict.false is not None:
                    here[~(verdict.true | verdict.false)] = ABSENT_CODE
        for array in (found, *assumed.values()):
            array.flags.writeable = False
        return CheckedRows(self, rows, found, assumed, dict(assumptions))

    def explain(
        self, record: R, *, assume: Mapping[str, Any] | None = None
    ) -> tuple[RuleTrace[OutcomeT], ...]:
        """Every rule with the atoms that make it hold, fail or wait; printed, each is a line.

        Parameters
        ----------
        record
            The record.
        assume
            What to take for facts that are absent.
        """
        return self.traces(self.decide(record, assume=assume).facts)

    def expression(
        self,
        *,
        columns: Mapping[str, str | None] | None = None,
        assume: Mapping[str, Any] | None = None,
    ) -> CheckExpression:
        """The checklist for frames of pandas, Polars, PyArrow, DuckDB, Spark and others.

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
        >>> from relmkt.records import flag, handles, identity, record, schema
        >>> from relmkt.rules import Checklist, Rule
        >>> @record
        ... class Letter:
        ...     letter: str = identity("the letter's number")
        ...     consent: bool | None = flag("whether the reader agreed to get it", default=None)
        >>> rule = Rule("no consent", ~handles(Letter).consent, "do not send")
        >>> checklist = Checklist(name="before it is sent", facts=schema(Letter), rules=[rule])
        >>> frame = pl.LazyFrame({"consent": [True, False, None]})
        >>> checklist.expression().decide(frame).collect()["no consent"].to_list()
        [0, 1, -1]
        """
        return CheckExpression(table=self, **asked(self, columns, assume))

    def reason(
        self, index: int, values: Mapping[str, Any], messages: Mapping[str, str] | None = None
    ) -> str:
        """Why the rule at this position holds, or does not, in one sentence.

        Parameters
        ----------
        index
            The position of the rule.
        values
            The facts by feature, None where absent.
        messages
            Templates in other words, by rule id.
        """
        own = messages or {}
        for key, template in own.items():
            self._check_reason(key, template)
        rule = self.rules[index]
        return self._said(index, own.get(rule.id, rule.reason), values)

    def verify(
        self,
        *,
        given: Iterable[Condition | Handle] = (),
        overlaps: bool = False,
        node_limit: int = 500_000,
    ) -> Verification[R, OutcomeT]:
        """Which rules can hold for no record, exactly.

        Here a record for which no rule holds is fine, and so are two that hold at once; the only
        fault is a rule that nothing meets.

        Parameters
        ----------
        given
            What is true, or unknown, of every record that can come; the bounds of the features
            and the rules between the fields of the record type are given without saying.
        overlaps
            Whether to list the pairs of rules that can hold at once, each with a witness.
        node_limit
            How many residual conditions to look at before giving up.

        Returns
        -------
        Verification
            Its ``table`` holds the same rules.

        Examples
        --------
        >>> from relmkt.records import handles, identity, number, record, schema
        >>> from relmkt.rules import Checklist, Rule
        >>> @record
        ... class Letter:
        ...     letter: str = identity("the letter's number")
        ...     words: int | None = number(
        ...         "its length", unit="words", whole=True, lower=0, default=None
        ...     )
        >>> rules = [Rule("empty", handles(Letter).words < 0, "write it")]
        >>> checklist = Checklist(name="before it is sent", facts=schema(Letter), rules=rules)
        >>> print(checklist.verify())
        before it is sent, 1 rule: 1 finding
          unsatisfiable: empty holds for no record
        """
        table: Table[R, OutcomeT] = Table(
            name=self.name, facts=self.facts, rules=self.rules, constants=self.constants
        )
        return checked(table, given, overlaps=overlaps, node_limit=node_limit)
