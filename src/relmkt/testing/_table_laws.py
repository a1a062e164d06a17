"""The laws of tables: each is tried on a case, and raises where the case breaks it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import attrs
import numpy as np

from relmkt.errors import BrokenLawError, RelmktError
from relmkt.rules import (
    Absent,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Monotonicity,
    Rule,
    Table,
    Threshold,
    atoms,
)
from relmkt.testing._cases import Case, can_be_found, listed, together, written
from relmkt.testing._ways import answer_of, decided_alike, on_one, on_rows
from relmkt.testing.oracle import LETTER, decided, fact, following, truth

__all__ = ["CASE_LAWS", "TABLE_LAWS"]

_UNSAID = (ValueError, LookupError, TypeError, AttributeError)
"""What a template raises that cannot be filled in."""


def told_alike(case: Case) -> None:
    """A decision on a row tells what the decision on its record tells."""
    table, together = case.table, on_rows(case.table, case.columns)
    reasons, missing, nexts = together.reasons(), together.missing(), together.nexts()
    for at, record in enumerate(case.records):
        alone = on_one(table, record)
        index = decided(table.rules, record)
        told: dict[str, tuple[Any, ...]] = {
            "reason": (alone.reason, reasons[at], together[at].reason),
            "missing": (alone.missing, missing[at], together[at].missing),
            "next": (alone.next, nexts[at], following(table.rules, record, index)),
            "possible": (alone.possible, together[at].possible),
            "used": (alone.used, together[at].used),
        }
        for name, found in told.items():
            if any(other != found[0] for other in found):
                raise BrokenLawError(
                    table.name,
                    f"a record and its row in columns tell the same: '{name}'",
                    case=f"for {written(record)}",
                    found=[f"told: {each!r}" for each in found],
                )


# ------------------------------------------------------------------------------ what is unknown


def settled_stays(case: Case) -> None:
    """Whatever the missing facts turn out to be, they only narrow what was open.

    Not of tables that ask whether a fact is absent: they decide by what is known, and may decide
    otherwise once more is.
    """
    table = case.table
    if _asks_absence(table):
        return
    for record, whole in case.completions():
        before, after = on_one(table, record), on_one(table, whole)
        if not set(after.possible) <= set(before.possible):
            raise BrokenLawError(
                table.name,
                "learning a fact settles a decision or narrows it, and never changes it",
                case=f"for {written(record)}",
                found=[
                    f"before, it could be: {_words(before.possible)}",
                    f"known in full as {written(whole)}",
                    f"it is: {_words(after.possible)}",
                ],
            )


def missing_settle(case: Case) -> None:
    """The facts that are said to be missing are absent, and settle the matter when known."""
    table = case.table
    if _asks_absence(table):
        return
    for record, other in zip(case.records, case.others, strict=True):
        missing = on_one(table, record).missing
        said = [f"said to be missing: {_words(missing)}"]
        if known := [name for name in missing if fact(record, name) is not None]:
            raise BrokenLawError(
                table.name,
                "a fact that is said to be missing is absent",
                case=f"for {written(record)}",
                found=[*said, f"known: {_words(known)}"],
            )
        learned = together(record, other, missing)
        if learned is None or any(fact(learned, name) is None for name in missing):
            continue
        after = on_one(table, learned)
        if after.missing or (after.possible and not after.settled):
            raise BrokenLawError(
                table.name,
                "the facts that are said to be missing settle the matter when they are known",
                case=f"for {written(record)}",
                found=[*said, f"and still missing in {written(learned)}: {_words(after.missing)}"],
            )


def _asks_absence(table: Table[Any, Any]) -> bool:
    return any(isinstance(atom, Absent) for rule in table.rules for atom in atoms(rule.when))


def nothing_known_is_overruled(case: Case) -> None:
    """Assumptions fill gaps, the same in both layouts, are recorded, and overrule nothing."""
    table = case.table
    for other in case.others[:1]:
        values = table.facts.values(other)
        taken = {name: values[name] for name in table.features if values[name] is not None}
        try:
            rows = on_rows(table, case.columns, taken)
        except RelmktError:  # filled, some row breaks a rule between fields
            return
        for at, record in enumerate(case.records):
            alone = on_one(table, record, taken)
            gaps = {name: value for name, value in taken.items() if fact(record, name) is None}
            expected = {name: gaps.get(name, fact(record, name)) for name in table.facts.features}
            found = {name: fact(alone.facts, name) for name in table.facts.features}
            if (found, dict(alone.assumptions)) != (expected, gaps):
                raise BrokenLawError(
                    table.name,
                    "an assumption fills a gap, is recorded, and overrules nothing that is known",
                    case=f"for {written(record)}, assuming {listed(taken)}",
                    found=[
                        f"decided on: {written(alone.facts)}",
                        f"recorded as assumed: {listed(dict(alone.assumptions))}",
                    ],
                )
            answers = {
                "one by one": answer_of(table, alone.index),
                "in columns": answer_of(table, int(rows.rule[at])),
                "by the truth tables": answer_of(table, decided(table.rules, alone.facts)),
            }
            if len(set(answers.values())) > 1:
                raise BrokenLawError(
                    table.name,
                    "with assumptions too, the same facts are decided alike",
                    case=f"for {written(record)}, assuming {listed(taken)}",
                    found=[f"{way}: {answer}" for way, answer in answers.items()],
                )


# ---------------------------------------------------------------------- explanations and reasons


def explained(case: Case) -> None:
    """An explanation holds the decision, and each rule in it holds as the truth tables say."""
    table = case.table
    for record in case.records:
        explanation, decision = table.explain(record), on_one(table, record)
        if explanation.decision != decision:
            raise BrokenLawError(
                table.name,
                "what is explained is what is decided",
                case=f"for {written(record)}",
                found=[
                    f"{how}: {answer_of(table, each.index)}, on {written(each.facts)}"
                    for how, each in (("decided", decision), ("explained", explanation.decision))
                ],
            )
        for trace in explanation.rules:
            letters = [LETTER[trace.holds], *(LETTER[atom.holds] for atom in trace.atoms)]
            right = [truth(trace.rule.when, record), *(truth(a.atom, record) for a in trace.atoms)]
            if letters != right:
                raise BrokenLawError(
                    table.name,
                    "an explanation tells of each rule what the truth tables say",
                    case=f"for {written(record)}",
                    found=[f"told: {trace}", f"by the truth tables: {' '.join(right)}"],
                )


def every_reason_can_be_said(case: Case) -> None:
    """Whatever is known, each rule's reason can be put into words."""
    for record in case.records:
        _reasons(case.table, case.table.facts.values(record), f"for {written(record)}")


def _reasons(table: Table[Any, Any], values: Mapping[str, Any], case: str) -> None:
    for index in range(-1, len(table.rules)):
        rule = table.rules[index].id if index >= 0 else "no rule"
        try:
            reason = table.reason(index, values)
        except _UNSAID as error:
            template = table.rules[index].reason if index >= 0 else ""
            raise BrokenLawError(
                table.name,
                "the reason of every rule can be said",
                case=case,
                found=[f"{rule}: {template!r} gives {type(error).__name__}: {error}"],
            ) from None
        if not reason.strip() and not _is_bare(table, index):
            raise BrokenLawError(
                table.name,
                "the reason of every rule says something",
                case=case,
                found=[f"{rule}: {reason!r}"],
            )


def _is_bare(table: Table[Any, Any], index: int) -> bool:
    """A rule that gives no reason but its proof, of which nothing may be left to say."""
    return index >= 0 and table.rules[index].reason == "{because}"


# ------------------------------------------------------------------------------------- promises


def promises_are_kept(case: Case) -> None:
    """No record is moved by one feature from an outcome to another that was ruled out."""
    for promise in case.promises:
        for record, other in zip(case.records, case.others, strict=True):
            _kept(case, promise, record, other)


def _kept(case: Case, promise: Monotonicity, record: Any, other: Any) -> None:
    table, name = case.table, promise.feature
    here, there = fact(record, name), fact(other, name)
    if here is None or there is None or here == there:
        return
    low, high = sorted([here, there])
    start, end = (low, high) if promise.rises else (high, low)
    values = table.facts.values(record)
    try:
        one, two = (table.facts.record({**values, name: at}) for at in (start, end))
    except RelmktError:  # moved, it breaks a rule between fields
        return
    if any(truth(condition, each) == "F" for condition in case.given for each in (one, two)):
        return
    before, after = on_one(table, one).outcome, on_one(table, two).outcome
    if (
        before != after
        and _among(table, before, promise.from_)
        and _among(table, after, promise.to)
    ):
        raise BrokenLawError(
            table.name,
            str(promise),
            case=f"for {written(one)}",
            found=[f"{name} {start!r}: {before}", f"{name} {end!r}: {after}"],
        )


def _among(table: Table[Any, Any], outcome: Any, words: tuple[object, ...] | None) -> bool:
    return outcome in ([rule.outcome for rule in table.rules] if words is None else words)


# ------------------------------------------------------------- of the table itself, once for all


def reasons_of_nothing_can_be_said(table: Table[Any, Any]) -> None:
    """Each rule's reason can be put into words where nothing at all is known."""
    _reasons(table, dict.fromkeys(table.facts.features), "for one of whom nothing is known")


def copies_are_equal(table: Table[Any, Any]) -> None:
    """Copied, and pickled where that is possible, a table is the same table."""
    twins = {"copied": copy.copy(table), "copied deeply": copy.deepcopy(table)}
    if can_be_found(type(table), table.facts.record_type, *map(type, table.outcomes)):
        twins["pickled"] = pickle.loads(pickle.dumps(table))  # noqa: S301
    for how, twin in twins.items():
        if twin != table or twin.version != table.version:
            raise BrokenLawError(
                table.name,
                "a copy of a table is the same table, of the same version",
                found=[f"version {table.version}", f"{how}: version {twin.version}"],
            )


def version_tells_policies_apart(table: Table[Any, Any]) -> None:
    """The version stays as reasons change, and moves with any condition or outcome."""

    def version(rules: Iterable[Rule[Any]]) -> str:
        return attrs.evolve(table, rules=tuple(rules)).version

    rules = table.rules
    if version(attrs.evolve(rule, reason="in other words") for rule in rules) != table.version:
        raise BrokenLawError(
            table.name,
            "a reason in other words is no other version",
            found=[f"version {table.version}"],
        )
    for at, rule in enumerate(rules):
        changes = {
            "another outcome": attrs.evolve(rule, outcome=f"not {rule.outcome}"),
            "another condition": attrs.evolve(rule, when=_changed(rule.when)),
        }
        for how, other in changes.items():
            if version([*rules[:at], other, *rules[at + 1 :]]) == table.version:
                raise BrokenLawError(
                    table.name,
                    "another policy is another version",
                    found=[f"version {table.version}", f"the same with {how} of {rule.id}"],
                )


def _changed(condition: Condition) -> Condition:
    """The condition with one thing in it different."""
    match condition:
        case Threshold(feature, op, bound):
            return Threshold(feature, op, float(np.nextafter(bound, np.inf)))
        case Comparison(left, op, right):
            return Comparison(left, op.opposite, right)
        case AllOf(of) | AnyOf(of) if of:
            return type(condition)((_changed(of[0]), *of[1:]))
        case _:
            return ~condition


def _words(words: Iterable[object]) -> str:
    return ", ".join(map(str, words)) or "nothing"


TableLaw: TypeAlias = Callable[[Table[Any, Any]], None]
CaseLaw: TypeAlias = Callable[[Case], None]

TABLE_LAWS: tuple[TableLaw, ...] = (
    reasons_of_nothing_can_be_said,
    copies_are_equal,
    version_tells_policies_apart,
)
"""The laws of a table that need no record."""

CASE_LAWS: tuple[CaseLaw, ...] = (
    every_reason_can_be_said,
    decided_alike,
    told_alike,
    settled_stays,
    missing_settle,
    nothing_known_is_overruled,
    explained,
    promises_are_kept,
)
"""The laws of what a table decides, one after the other."""
