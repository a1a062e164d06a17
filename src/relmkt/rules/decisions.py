"""Decisions: an outcome with its rule, its reason in numbers, and what is still unsettled."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.errors import UnknownNameError
from relmkt.rules._reasons import Speaker, possible_outcomes
from relmkt.rules._words import answer, proof, said, shown
from relmkt.rules.basis import Basis
from relmkt.rules.conditions import Atom, Comparison, Threshold, features_in
from relmkt.rules.features import Feature

if TYPE_CHECKING:
    from relmkt.rules._blocks import Layout
    from relmkt.rules._ruled import Rule
    from relmkt.rules.tables import Table

__all__ = ["AtomTrace", "Decision", "Decisions", "Explanation", "RuleTrace"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")
A = TypeVar("A", bound=np.generic)


@attrs.frozen
class Decision(Generic[R, OutcomeT]):
    """What a table decides for one record.

    The outcome is found at once; the words (reason, facts used, what is missing) are put together
    when they are asked for, from the same immutable record and table.

    Attributes
    ----------
    table
        The table that decided.
    facts
        The record as it was decided on, assumptions filled in.
    index
        The position of the rule that decided; -1 when none did.
    assumptions
        The facts that were absent and filled by assumption.
    """

    table: Table[R, OutcomeT]
    facts: R
    index: int
    assumptions: tuple[tuple[str, Any], ...] = ()

    @property
    def settled(self) -> bool:
        """Whether a rule decided. False when a missing fact could change the outcome."""
        return self.index >= 0

    @property
    def outcome(self) -> OutcomeT | None:
        """The outcome; when undecided, the table's word for that (None if it has none)."""
        if self.index >= 0:
            return self.table.rules[self.index].outcome
        return self.table.undecided

    @property
    def rule(self) -> str | None:
        """The id of the rule that decided, or None."""
        return self.table.rules[self.index].id if self.index >= 0 else None

    @property
    def possible(self) -> tuple[OutcomeT, ...]:
        """The outcomes that the missing facts leave open; one when settled."""
        if self.index >= 0:
            return (self.table.rules[self.index].outcome,)
        return possible_outcomes(self.table, self._values())

    @property
    def missing(self) -> tuple[str, ...]:
        """The absent facts that would settle an undecided record; empty when settled."""
        if self.index >= 0:
            return ()
        return self.table.missing(self._values())

    @property
    def used(self) -> dict[str, Any]:
        """The facts that carried the decision, by name; of an undecided one, those missing."""
        values = self._values()
        if self.index < 0:
            return dict.fromkeys(self.missing)
        proven = proof(self.table.rules[self.index].when, values)
        return {name: values[name] for atom in proven for name in features_in(atom)}

    @property
    def assumed(self) -> dict[str, Any]:
        """The facts filled by assumption that the deciding rule, or one before it, asks about."""
        rules = self.table.rules if self.index < 0 else self.table.rules[: self.index + 1]
        asked = {name for rule in rules for name in features_in(rule.when)}
        return {name: value for name, value in self.assumptions if name in asked}

    @property
    def reason(self) -> str:
        """Why, in one sentence with the numbers in it."""
        return self.reason_in({})

    def reason_in(self, messages: Mapping[str, str]) -> str:
        """The reason from another set of templates, keyed by rule id (``"undecided"`` for none).

        Parameters
        ----------
        messages
            Templates in the words of another language; those of the table stand in for absent ones.
        """
        return self.table.reason(self.index, self._values(), messages)

    @property
    def next(self) -> OutcomeT | None:
        """The outcome of the first later rule that also holds and leads elsewhere, or None.

        Where the deciding rule, or one after it that holds, takes what others leave
        (`Rule.otherwise`), the rules behind it are not for this record.
        """
        if self.index < 0:
            return None
        values = self._values()
        rules = self.table.rules
        for rule in rules[self.index :]:
            if not answer(rule.when, values):
                continue
            if rule.otherwise:
                return None
            if rule.outcome != rules[self.index].outcome:
                return rule.outcome
        return None

    @property
    def version(self) -> str:
        """The version of the policy that decided: a hash of its rules, reasons left out."""
        return self.table.version

    @property
    def basis(self) -> Basis | None:
        """The edition of a dated policy that decided; None where the policy has no dates."""
        return self.table.basis

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, ready for JSON; ``basis`` only where there is one."""
        return {
            "outcome": self.outcome,
            "rule": self.rule,
            "reason": self.reason,
            "settled": self.settled,
            "possible": list(self.possible),
            "missing": list(self.missing),
            "used": self.used,
            "assumed": self.assumed,
            "next": self.next,
            "thresholds": dict(self.table.constants),
            "version": self.version,
            **({} if self.basis is None else {"basis": self.basis.as_dict()}),
        }

    def _values(self) -> dict[str, Any]:
        return self.table.facts.values(self.facts)


def _read_only(array: NDArray[A]) -> NDArray[A]:
    array.flags.writeable = False
    return array


@attrs.frozen(eq=False)
class Decisions(Generic[R, OutcomeT]):
    """What a table decides for every row of a portfolio, as read-only arrays of small integers.

    Attributes
    ----------
    table
        The table that decided.
    rows
        The rows as they were decided on, assumptions filled in.
    outcome
        Codes into ``outcomes``, shape (n,); -1 where the table has no word for it.
    rule
        Positions in ``table.rules``, shape (n,); -1 where no rule decided.
    settled
        Whether the outcome is settled, shape (n,).
    assumed
        For each fact that was filled by assumption, the rows where it was, shape (n,).
    """

    table: Table[R, OutcomeT]
    rows: Layout
    outcome: NDArray[np.signedinteger[Any]] = attrs.field(converter=_read_only)
    rule: NDArray[np.signedinteger[Any]] = attrs.field(converter=_read_only)
    settled: NDArray[np.bool_] = attrs.field(converter=_read_only)
    assumed: Mapping[str, NDArray[np.bool_]] = attrs.field(factory=dict[str, NDArray[np.bool_]])
    assumptions: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    @property
    def outcomes(self) -> tuple[OutcomeT, ...]:
        """The words that the codes stand for."""
        return self.table.outcomes

    def __len__(self) -> int:
        return len(self.outcome)

    def __getitem__(self, row: int) -> Decision[R, OutcomeT]:
        """The decision on one row, with its words."""
        at = range(len(self))[operator.index(row)]
        filled = tuple(
            (name, self.assumptions[name]) for name, where in self.assumed.items() if where[at]
        )
        return Decision(self.table, self.rows[at], int(self.rule[at]), filled)

    def __iter__(self) -> Iterator[Decision[R, OutcomeT]]:
        return (self[row] for row in range(len(self)))

    def labels(self) -> list[OutcomeT | None]:
        """The outcome of every row in words."""
        words: tuple[OutcomeT | None, ...] = (*self.outcomes, None)
        return [words[code] for code in self.outcome.tolist()]

    def rule_ids(self) -> list[str | None]:
        """The id of the rule of every row, None where none decided."""
        ids: tuple[str | None, ...] = (*(rule.id for rule in self.table.rules), None)
        return [ids[at] for at in self.rule.tolist()]

    def rows_at(self, positions: NDArray[Any] | slice) -> Decisions[R, OutcomeT]:
        """The same decisions for some of the rows."""
        return attrs.evolve(
            self,
            rows=self.rows[positions],
            outcome=self.outcome[positions],
            rule=self.rule[positions],
            settled=self.settled[positions],
            assumed={name: where[positions] for name, where in self.assumed.items()},
        )

    def nexts(self) -> list[OutcomeT | None]:
        """For every row the outcome of the first later rule that also holds and leads elsewhere."""
        words: tuple[OutcomeT | None, ...] = (*self.outcomes, None)
        return [words[code] for code in self.table.next_outcomes(self.rows, self.rule).tolist()]

    def missing(self) -> list[tuple[str, ...]]:
        """For every row the absent facts that would settle it; empty where it is settled."""
        return Speaker(self.table).missing(self.rows, self.rule)

    def possible(self) -> list[tuple[OutcomeT, ...]]:
        """For every row the outcomes that the missing facts leave open; one where it is settled."""
        return Speaker(self.table).possible(self.rows, self.rule)

    def assumed_names(self) -> list[tuple[str, ...]]:
        """For every row the facts filled by assumption that the rules up to its own ask about."""
        asked: dict[int, set[str]] = {-1: set(self.table.features)}
        for at in range(len(self.table.rules)):
            before = asked[at - 1] if at else set[str]()
            asked[at] = before | set(features_in(self.table.rules[at].when))
        found: list[list[str]] = [[] for _ in range(len(self))]
        for name, where in self.assumed.items():
            rules = [at for at in asked if name in asked[at]]
            for row in np.flatnonzero(where & np.isin(self.rule, rules)).tolist():
                found[row].append(name)
        return [tuple(names) for names in found]

    def reasons(self) -> list[str]:
        """Why, for every row: the same sentences as those of the single decisions."""
        return Speaker(self.table).reasons(self.rows, self.rule)

    def where(self, outcome: OutcomeT) -> NDArray[np.bool_]:
        """The rows that have this outcome, shape (n,)."""
        if outcome not in self.outcomes:
            raise UnknownNameError("outcome", outcome, map(str, self.outcomes))
        return np.asarray(self.outcome == self.outcomes.index(outcome))

    def counts(self) -> dict[OutcomeT, int]:
        """How many rows have each outcome, in the order of the rules."""
        return {word: int(np.count_nonzero(self.where(word))) for word in self.outcomes}


@attrs.frozen(eq=False)
class AtomTrace:
    """One atom of a rule as a record meets it.

    Attributes
    ----------
    atom
        The atom.
    holds
        True, False, or None where the fact is absent.
    """

    atom: Atom
    holds: bool | None
    _values: Mapping[str, Any] = attrs.field(repr=False)
    _features: Mapping[str, Feature] = attrs.field(repr=False)

    @property
    def said(self) -> str:
        """What was found, in words and numbers."""
        return said(self.atom, self._values, self._features)

    @property
    def gap(self) -> float | None:
        """For a known number, the value less what it was compared with; else None."""
        if self.holds is None:
            return None
        match self.atom:
            case Threshold(feature, _, bound):
                return self._values[feature] - bound
            case Comparison(left, _, right):
                return self._values[left] - self._values[right]
            case _:
                return None


@attrs.frozen(eq=False)
class RuleTrace(Generic[OutcomeT]):
    """One rule as a record meets it.

    Attributes
    ----------
    rule
        The rule.
    holds
        True, False, or None where it is unknown.
    """

    rule: Rule[OutcomeT]
    holds: bool | None
    _proof: tuple[Atom, ...] = attrs.field(repr=False)
    _values: Mapping[str, Any] = attrs.field(repr=False)
    _features: Mapping[str, Feature] = attrs.field(repr=False)

    @property
    def atoms(self) -> tuple[AtomTrace, ...]:
        """The atoms that make it hold or fail, or that it waits for; they answer as it does."""
        return tuple(
            AtomTrace(atom, self.holds, self._values, self._features) for atom in self._proof
        )

    def __str__(self) -> str:
        word = {True: "holds", False: "fails", None: "unknown"}[self.holds]
        told = "; ".join(atom.said for atom in self.atoms) or ("always" if self.holds else "never")
        return f"{self.rule.id} {self.rule.outcome}: {word} ({told})"


@attrs.frozen
class Explanation(Generic[R, OutcomeT]):
    """A decision with every rule beside it: which held, which failed, at what atom, by how much."""

    decision: Decision[R, OutcomeT]
    rules: tuple[RuleTrace[OutcomeT], ...]

    def _label(self, name: str) -> str:
        return self.decision.table.facts.features[name].label

    def __str__(self) -> str:
        decision = self.decision
        lines = [f"{decision.outcome}: {decision.reason}"]
        lines += [
            f"  assumed: {self._label(name)} = {shown(value)}"
            for name, value in decision.assumed.items()
        ]
        for trace in self.rules:
            mark = "->" if trace.rule.id == decision.rule else "  "
            lines.append(f"{mark} {trace}")
        if decision.next is not None:
            lines.append(f"  next in line: {decision.next}")
        since = "" if decision.basis is None else f", {decision.basis}"
        lines.append(f"  policy version {decision.version}{since}")
        return "\n".join(lines)
