"""Tables: the first rule that holds decides, and says why; what is unknown is never guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, cast, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._blocks import Layout
from relmkt.rules._closures import Question, compiled
from relmkt.rules._inquiry import verified
from relmkt.rules._scan import Scan, blocks
from relmkt.rules._version import content_hash
from relmkt.rules._words import Template, answer, judged, proof, said, unsettled
from relmkt.rules.conditions import Condition, Handle, as_condition, features_in
from relmkt.rules.decisions import Decision, Decisions, Explanation, RuleTrace
from relmkt.rules.features import Feature
from relmkt.rules.verification import Monotonicity, Verification

__all__ = ["Facts", "Rule", "Table"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")
FactsT = TypeVar("FactsT", bound=Layout)

UNDECIDED = "undecided"
"""The message key of the reason that an undecided record gets."""

NO_RULE = "no rule"
"""The message key of the reason that a record gets which no rule fits."""

_UNDECIDED_REASON = "not known, and it could change the outcome: {because}"
_NO_RULE_REASON = "no rule fits"


class Facts(Protocol[R]):
    """What a table must know of a record type (`relmkt.records.Schema` is one)."""

    @property
    def record_type(self) -> type[R]:
        """The type of one record."""
        ...

    @property
    def features(self) -> Mapping[str, Feature]:
        """The features by name."""
        ...

    @property
    def getters(self) -> Mapping[str, Callable[[Any], Any]]:
        """For each feature, the function that reads it from a record (None where absent)."""
        ...

    @property
    def sets(self) -> Mapping[str, tuple[str, ...]]:
        """For each field that holds a set of words, the features that stand for its words."""
        ...

    @property
    def given(self) -> tuple[Condition, ...]:
        """Conditions that are true or unknown for every record."""
        ...

    def values(self, record: R) -> dict[str, Any]:
        """Every feature of a record by name, None where absent."""
        ...

    def record(self, values: Mapping[str, Any]) -> R:
        """The record with these features; those left out or None are absent."""
        ...

    def filled(self, record: R, assumptions: Mapping[str, Any]) -> tuple[R, tuple[str, ...]]:
        """The record with absent facts filled, and the names of those that were."""
        ...

    def filled_columns(
        self, rows: FactsT, assumptions: Mapping[str, Any]
    ) -> tuple[FactsT, dict[str, NDArray[np.bool_]]]:
        """The columns with absent facts filled, and for each the rows where it was."""
        ...


@attrs.frozen
class Rule(Generic[OutcomeT]):
    """One line of a table.

    Parameters
    ----------
    id
        Short and unique in its table; also the message key of the reason.
    when
        The condition; a flag's handle stands for itself.
    outcome
        What follows when the condition holds.
    reason
        A sentence with places for facts, thresholds and ``{because}``, the proof in numbers.
    otherwise
        Whether the rule takes what those before it have left, for all that it holds for. It is
        never *next in line* itself, and where it holds no rule behind it is.
    """

    id: str
    when: Condition = attrs.field(converter=as_condition)
    outcome: OutcomeT
    reason: str = "{because}"
    otherwise: bool = False


def _as_rules(rules: Any) -> tuple[Any, ...]:
    return tuple(rules)


@attrs.frozen(kw_only=True)
class Table(Generic[R, OutcomeT]):
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

    name: str
    facts: Facts[R]
    rules: tuple[Rule[OutcomeT], ...] = attrs.field(converter=_as_rules)
    undecided: OutcomeT | None = None
    constants: Mapping[str, Any] = attrs.field(factory=dict[str, Any], converter=dict, hash=False)
    version: str = attrs.field(init=False)
    _questions: tuple[Question, ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        self._check()
        questions = tuple(compiled(rule.when, self.facts) for rule in self.rules)
        object.__setattr__(self, "_questions", questions)
        object.__setattr__(self, "version", content_hash(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled and copied by what it was made of: its questions are functions."""
        made_of = {
            "name": self.name,
            "facts": self.facts,
            "rules": self.rules,
            "undecided": self.undecided,
            "constants": self.constants,
        }
        return partial(type(self), **made_of), ()

    def _check(self) -> None:
        if not self.rules:
            raise InvalidValueError("rules", "hold at least one rule", self.rules, where=self.name)
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen or rule.id in (UNDECIDED, NO_RULE):
                raise InvalidValueError(
                    "rule id", "be unique in its table", rule.id, where=self.name
                )
            seen.add(rule.id)
            for name in features_in(rule.when):
                if name not in self.facts.features:
                    raise UnknownNameError(
                        "feature", name, self.facts.features, where=f"rule {rule.id} of {self.name}"
                    )
            self._check_reason(rule.id, rule.reason)

    def _check_reason(self, key: str, template: str) -> None:
        words = {*self.facts.features, *self.constants, "because"}
        for name in Template(template).names():
            if name not in words:
                raise UnknownNameError("word", name, sorted(words), where=f"the reason of {key}")

    @property
    def outcomes(self) -> tuple[OutcomeT, ...]:
        """Every outcome once, in the order of the rules; the word for "undecided" last."""
        words = dict.fromkeys(rule.outcome for rule in self.rules)
        if self.undecided is not None:
            words.pop(self.undecided, None)
            words[self.undecided] = None
        return tuple(words)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features that the rules ask about, in order of appearance."""
        asked = dict.fromkeys(name for rule in self.rules for name in features_in(rule.when))
        return tuple(asked)

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
        record = subject
        filled: tuple[tuple[str, Any], ...] = ()
        if assume:
            record, names = self.facts.filled(record, assume)
            filled = tuple((name, assume[name]) for name in names)
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
        rows = self._checked_layout(subject)
        assumed: dict[str, NDArray[np.bool_]] = {}
        if assumptions:
            rows, assumed = self.facts.filled_columns(rows, assumptions)
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

    def _checked_layout(self, subject: object) -> Layout:
        wanted = self.facts.record_type
        if getattr(subject, "record_type", None) is not wanted:
            raise InvalidValueError(
                "subject",
                f"be a {wanted.__name__} or columns of them",
                subject,
                remedy=f"build one, for example {wanted.__name__}(**mapping)",
            )
        return cast("Layout", subject)

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
        values = self.facts.values(decision.facts)
        features = self.facts.features
        traces = (
            RuleTrace(rule, *judged(rule.when, values), values, features) for rule in self.rules
        )
        return Explanation(decision, tuple(traces))

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
            template = own.get(rule.id, rule.reason)
            proven = proof(rule.when, values) if "{because" in template else ()
            said_of = [said(atom, values, self.facts.features) for atom in proven]
        else:
            missing = self.missing(values)
            template = (
                own.get(UNDECIDED, _UNDECIDED_REASON)
                if missing
                else own.get(NO_RULE, _NO_RULE_REASON)
            )
            said_of = [self.facts.features[name].label for name in missing]
        return Template(template).filled({**values, **self.constants}, said_of)

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

    def words_of(self, index: int) -> tuple[str, ...]:
        """The features that the reason of this rule (-1: of none) may speak of."""
        if index < 0:
            return self.features
        rule = self.rules[index]
        told = (name for name in Template(rule.reason).names() if name in self.facts.features)
        return tuple(dict.fromkeys((*features_in(rule.when), *told)))

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
