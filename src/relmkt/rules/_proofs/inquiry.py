"""The questions that verifying a table asks, and how each is put to the search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._proofs.cells import twin_of
from relmkt.rules._proofs.moves import Moves
from relmkt.rules._proofs.partial import GREATER, LESS, Domains, Lit, Node, all_, some
from relmkt.rules._proofs.search import LimitReachedError, Search
from relmkt.rules._proofs.variables import RuleClaims, Variables
from relmkt.rules._words import answer, exactly
from relmkt.rules.conditions import ALWAYS, Condition, Handle, as_condition, features_in
from relmkt.rules.features import Feature, Kind
from relmkt.rules.verification import (
    Broken,
    Finding,
    Gap,
    Monotonicity,
    Overlap,
    PastUnknown,
    Shadowed,
    Unsatisfiable,
    Verification,
)

if TYPE_CHECKING:
    from relmkt.rules.tables import Table

__all__ = ["checked", "verified", "witnesses"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

_GIVEN = -1
"""The number of the claim that a cell is possible; the others have those of their rules."""


def verified(
    table: Table[R, OutcomeT],
    given: Iterable[Condition | Handle],
    never: Iterable[Monotonicity],
    *,
    overlaps: bool,
    node_limit: int,
) -> Verification[R, OutcomeT]:
    """Every question asked of a table, as far as the limit allows; see `Table.verify`."""
    inquiry = _Inquiry(table, _conditions(table, given), node_limit)
    statements = tuple(_each("never", never))
    for statement in statements:
        _check(table, statement)
    return inquiry.answered(inquiry.questions(statements, overlaps=overlaps))


def checked(
    table: Table[R, OutcomeT],
    given: Iterable[Condition | Handle],
    *,
    overlaps: bool,
    node_limit: int,
) -> Verification[R, OutcomeT]:
    """The questions asked of rules of which each stands for itself; see `Checklist.verify`."""
    inquiry = _Inquiry(table, _conditions(table, given), node_limit)
    return inquiry.answered(inquiry.questions_of_each(overlaps=overlaps))


def witnesses(table: Table[R, Any], *, first: bool, node_limit: int = 500_000) -> tuple[R, ...]:
    """For each rule a record that it decides (or, not ``first``, that it holds for), if any does.

    Raises
    ------
    LimitReachedError
        When the limit is reached before the end.
    """
    inquiry = _Inquiry(table, (), node_limit)
    return tuple(inquiry.witnesses(first=first))


def _conditions(
    table: Table[Any, Any], given: Iterable[Condition | Handle]
) -> tuple[Condition, ...]:
    conditions = tuple(as_condition(condition) for condition in _each("given", given))
    for name in (name for condition in conditions for name in features_in(condition)):
        _feature(table, name, "given")
    return conditions


_Found: TypeAlias = Finding[R, OutcomeT] | Overlap[R]
_Questions: TypeAlias = list[tuple[str, Callable[[], Iterable[_Found[R, OutcomeT]]]]]
T = TypeVar("T")


def _each(name: str, value: Iterable[T]) -> Iterable[T]:
    if not isinstance(cast("object", value), Iterable):
        raise InvalidValueError(name, "be a list", value, remedy="write [...] even for one")
    return value


def _feature(table: Table[Any, Any], name: str, where: str) -> Feature:
    if name not in table.facts.features:
        raise UnknownNameError("feature", name, table.facts.features, where=where)
    return table.facts.features[name]


def _check(table: Table[Any, Any], statement: Monotonicity) -> None:
    if not isinstance(cast("object", statement), Monotonicity):
        raise InvalidValueError(
            "never", "hold statements", statement, remedy="make each with relmkt.rules.never(...)"
        )
    feature = _feature(table, statement.feature, f"'{statement}'")
    if feature.kind not in (Kind.NUMBER, Kind.FLAG):
        raise InvalidValueError(
            "as_",
            "name a number or a flag",
            f"{feature.name}, a {feature.kind.value}",
            where=f"'{statement}'",
            remedy="nothing else rises or falls",
        )
    for outcome in (*(statement.from_ or ()), *(statement.to or ())):
        if outcome not in table.outcomes:
            words = map(str, table.outcomes)
            raise UnknownNameError("outcome", outcome, words, where=f"'{statement}'")


class _Inquiry(Generic[R, OutcomeT]):
    """A table that is asked one question after the other."""

    def __init__(
        self, table: Table[R, OutcomeT], given: tuple[Condition, ...], node_limit: int
    ) -> None:
        if not isinstance(cast("object", node_limit), int):
            raise InvalidValueError("node_limit", "be a whole number", node_limit)
        if node_limit < 1:
            raise InvalidValueError("node_limit", "be at least 1", node_limit)
        self._table = table
        self._stated = given
        self._given = (*table.facts.given, *given)
        self._search = Search(node_limit)
        self._whens = tuple(rule.when for rule in table.rules)
        self._outcomes = tuple(rule.outcome for rule in table.rules)
        self._asked = {
            name: table.facts.features[name]
            for condition in (*self._whens, *self._given)
            for name in features_in(condition)
        }
        self._variables = Variables(table.facts.features, (*self._whens, *self._given))
        self._rules = RuleClaims(self._variables.reader, self._whens, self._given)

    def answered(self, questions: _Questions[R, OutcomeT]) -> Verification[R, OutcomeT]:
        """The answers, as far as the limit allows."""
        found: list[_Found[R, OutcomeT]] = []
        stopped: str | None = None
        unanswered: tuple[str, ...] = ()
        for at, (question, ask) in enumerate(questions):
            try:
                found.extend(ask())
            except LimitReachedError:
                stopped = (
                    f"stopped after {self._search.nodes:,} nodes (node_limit), asking {question}"
                )
                unanswered = tuple(question for question, _ in questions[at:])
                break
        return Verification(
            table=self._table,
            findings=tuple(finding for finding in found if not isinstance(finding, Overlap)),
            overlaps=tuple(pair for pair in found if isinstance(pair, Overlap)),
            stopped=stopped,
            open=unanswered,
            nodes=self._search.nodes,
        )

    def questions_of_each(self, *, overlaps: bool) -> _Questions[R, OutcomeT]:
        """What is asked where each rule stands for itself."""
        found: _Questions[R, OutcomeT] = [("whether any record is possible", self._some_record)]
        for at, rule in enumerate(self._table.rules):
            found.append((f"whether {rule.id} can hold", partial(self._holds, at)))
        if overlaps:
            found.append(("which rules overlap", self._overlaps))
        return found

    def questions(
        self, statements: tuple[Monotonicity, ...], *, overlaps: bool
    ) -> _Questions[R, OutcomeT]:
        """What is asked, in words, and the way to the answer."""
        several = [
            outcome
            for outcome in dict.fromkeys(self._outcomes)
            if self._outcomes.count(outcome) > 1
        ]
        found: _Questions[R, OutcomeT] = [
            ("whether any record is possible", self._some_record),
            ("whether there is a gap", self._gap),
        ]
        for at, rule in enumerate(self._table.rules):
            found.append((f"whether {rule.id} can decide", partial(self._decides, at)))
        for outcome in several:
            question = f"whether {outcome} can be decided past an unknown"
            found.append((question, partial(self._past_unknown, outcome)))
        found += [(f"whether, {told}", partial(self._breaks, told)) for told in statements]
        if overlaps:
            found.append(("which rules overlap", self._overlaps))
        return found

    # The claims about rules go by the number of the rule.

    def _find(self, claims: Mapping[int, Node], used: set[int] | None = None) -> Domains | None:
        claims = {_GIVEN: self._rules.possible, **claims}
        return self._search.find(claims, self._variables.domains, self._variables.bonds, used)

    def _some_record(self) -> Iterator[_Found[R, OutcomeT]]:
        if self._find({}) is None:
            raise InvalidValueError(
                "given",
                "leave some record possible",
                self._stated,
                remedy="no record meets all of it and the rules between the fields",
            )
        yield from ()

    def _gap(self) -> Iterator[_Found[R, OutcomeT]]:
        found = self._find(dict(enumerate(self._rules.false)))
        if found is not None:
            record, said = self._witness(found)
            yield Gap(witness=record, said=said)

    def witnesses(self, *, first: bool) -> Iterator[R]:
        """For each rule a record that it decides, or that it holds for, if there is one."""
        for at in range(len(self._whens)):
            found = self._find({at: self._rules.true[at], **(self._clear(at) if first else {})})
            if found is not None:
                yield self._table.facts.record(self._variables.values(found))

    def _holds(self, at: int) -> Iterator[_Found[R, OutcomeT]]:
        if self._find({at: self._rules.true[at]}) is None:
            yield Unsatisfiable(rule=self._table.rules[at].id)

    def _decides(self, at: int) -> Iterator[_Found[R, OutcomeT]]:
        holds = {at: self._rules.true[at]}
        in_the_way = self._clear(at)
        needed: set[int] = set()
        if self._find({**holds, **in_the_way}, needed) is not None:
            return
        rule = self._table.rules[at].id
        satisfied = self._find(holds)
        if satisfied is None:
            yield Unsatisfiable(rule=rule)
            return
        none_before = dict(enumerate(self._rules.not_true[:at]))
        needed_for_first: set[int] = set()
        first = self._find({**holds, **none_before}, needed_for_first)
        if first is None:
            by = self._fewest(holds, none_before, needed_for_first)
        else:
            by = self._fewest(holds, in_the_way, needed)
        record, said = self._witness(first or satisfied)
        yield Shadowed(
            rule=rule,
            by=tuple(self._table.rules[other].id for other in by),
            behind_unknown=first is not None,
            witness=record,
            said=said,
        )

    def _clear(self, at: int) -> dict[int, Node]:
        """That no earlier rule stands in the way of one: true, or unknown and leading elsewhere."""
        return {
            other: self._rules.not_true[other]
            if self._outcomes[other] == self._outcomes[at]
            else self._rules.false[other]
            for other in range(at)
        }

    def _fewest(
        self, holds: dict[int, Node], others: dict[int, Node], needed: set[int]
    ) -> list[int]:
        """Of claims that cannot be met together some that suffice, of which none can be spared."""
        for other, claim in others.items():
            if self._find({**holds, other: claim}) is None:
                return [other]
        kept = [other for other in others if other in needed]
        for other in reversed(kept):
            rest = {name: others[name] for name in kept if name != other}
            needed = set()
            if other in kept and self._find({**holds, **rest}, needed) is None:
                kept = [name for name in rest if name in needed]
        return kept

    def _past_unknown(self, outcome: OutcomeT) -> Iterator[_Found[R, OutcomeT]]:
        alike = [at for at, other in enumerate(self._outcomes) if other == outcome]
        found: dict[int, Domains] = {}
        for at in alike[1:]:
            past = some(self._rules.unknown[other] for other in alike if other < at)
            claims = {at: all_([self._rules.true[at], past]), **self._clear(at)}
            domains = self._find(claims)
            if domains is not None:
                found[at] = domains
        if found:
            first = min(found)
            record, said = self._witness(found[first])
            values = self._table.facts.values(record)
            rules = self._table.rules
            yield PastUnknown(
                outcome=outcome,
                rules=tuple(rules[at].id for at in found),
                past=tuple(rule.id for rule in rules[:first] if answer(rule.when, values) is None),
                witness=record,
                said=said,
            )

    def _overlaps(self) -> Iterator[_Found[R, OutcomeT]]:
        rules = self._table.rules
        asking = [at for at, when in enumerate(self._whens) if when != ALWAYS]
        for pair in combinations(asking, 2):
            found = self._find({at: self._rules.true[at] for at in pair})
            if found is not None:
                record, said = self._witness(found)
                first, second = (rules[at].id for at in pair)
                yield Overlap(rules=(first, second), witness=record, said=said)

    def _breaks(self, statement: Monotonicity) -> Iterator[_Found[R, OutcomeT]]:
        moved = statement.feature
        features = self._table.facts.features
        variables = Variables(features, (*self._whens, *self._given), twin=moved)
        here, there = (
            RuleClaims(reader, self._whens, self._given)
            for reader in (variables.reader, variables.elsewhere(moved))
        )
        way = Lit(variables.relation(moved, twin_of(moved)), LESS if statement.rises else GREATER)
        moves = Moves(self._outcomes, self._table.undecided).claims(
            statement.from_, statement.to, (here, there), len(variables.domains)
        )
        for claims, selectors in moves:
            nodes = dict(enumerate([way, here.possible, there.possible, *claims]))
            found = self._search.find(nodes, [*variables.domains, *selectors], variables.bonds)
            if found is not None:
                yield self._broken(statement, variables.values(found))
                return

    def _broken(self, statement: Monotonicity, values: dict[str, Any]) -> Broken[R]:
        facts, moved = self._table.facts, statement.feature
        moved_to = values.pop(twin_of(moved))
        records = facts.record(values), facts.record({**values, moved: moved_to})
        ends = [
            f"{_told(facts.features[moved], facts.values(record)[moved])} "
            f"gives {self._table.decide(record).outcome}"
            for record in records
        ]
        rest = [name for name in self._asked if name != moved]
        said = " and ".join(ends)
        if rest:
            said += f", for {self._said(facts.values(records[0]), rest)}"
        return Broken(statement=statement, before=records[0], after=records[1], said=said)

    # ------------------------------------------------------------------------------- words

    def _witness(self, domains: Domains) -> tuple[R, str]:
        facts = self._table.facts
        record = facts.record(self._variables.values(domains))
        return record, self._said(facts.values(record), self._asked)

    def _said(self, values: Mapping[str, Any], names: Iterable[str]) -> str:
        """What is known of a record, among these facts."""
        facts = self._table.facts
        empty = {
            word: f"no {field.replace('_', ' ')}"
            for field, words in facts.sets.items()
            for word in words
            if all(values[other] is False for other in words)
        }
        told = dict.fromkeys(
            empty.get(name) or _told(facts.features[name], values[name])
            for name in names
            if values[name] is not None
        )
        if not told:
            return "one of whom nothing is known"
        rest = ", all else unknown" if any(values[name] is None for name in names) else ""
        return f"one with {', '.join(told)}{rest}"


def _told(feature: Feature, value: Any) -> str:
    match feature.kind:
        case Kind.NUMBER:
            return f"{feature.label} {exactly(value)}"
        case Kind.FLAG:
            return feature.label if value else f"not {feature.label}"
        case Kind.MEMBER:
            return f"{feature.label} {value}"
        case _:
            return f"{feature.label} known"
