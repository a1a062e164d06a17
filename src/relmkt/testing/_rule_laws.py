"""The laws of tables and checklists: each is tried on a case, and raises where it is broken."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import attrs
import numpy as np

from relmkt.errors import BrokenLawError, RelmktError
from relmkt.rules import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Monotonicity,
    Rule,
    Table,
    Threshold,
)
from relmkt.testing._cases import Case, can_be_found, listed, together, written
from relmkt.testing._edges import simplest
from relmkt.testing._readings import Rules, kind_of, on_one, on_rows, reading_of
from relmkt.testing._ways import decided_alike
from relmkt.testing.oracle import LETTER, fact, truth

__all__ = ["CASE_LAWS", "RULES_LAWS", "tried_on"]

_UNSAID = (ValueError, LookupError, TypeError, AttributeError)
"""What a template raises that cannot be filled in."""


def told_alike(case: Case) -> None:
    """A decision on a row tells what the decision on its record tells."""
    table = case.table
    ways = reading_of(table).told(case.records, on_rows(table, case.columns))
    for record, told in zip(case.records, ways, strict=True):
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

    Not of tables that ask whether a fact is absent, nor of such rules in a checklist: they decide
    by what is known, and may decide otherwise once more is.
    """
    table = reading_of(case.table).lasting
    if table is None:
        return
    possible = reading_of(table).possible
    for record, whole in case.completions():
        before, after = (possible(on_one(table, each)) for each in (record, whole))
        if not set(after) <= set(before):
            raise BrokenLawError(
                table.name,
                "learning a fact settles a decision or narrows it, and never changes it",
                case=f"for {written(record)}",
                found=[
                    f"before, it could be: {_words(before)}",
                    f"known in full as {written(whole)}",
                    f"it is: {_words(after)}",
                ],
            )


def missing_settle(case: Case) -> None:
    """The facts that are said to be missing are absent, and settle the matter when known."""
    table = reading_of(case.table).lasting
    if table is None:
        return
    possible = reading_of(table).possible
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
        if after.missing or (possible(after) and not after.settled):
            raise BrokenLawError(
                table.name,
                "the facts that are said to be missing settle the matter when they are known",
                case=f"for {written(record)}",
                found=[*said, f"and still missing in {written(learned)}: {_words(after.missing)}"],
            )


def nothing_known_is_overruled(case: Case) -> None:
    """Assumptions fill gaps, the same in both layouts, are recorded, and overrule nothing."""
    table, reading = case.table, reading_of(case.table)
    for other in case.others[:1]:
        values = table.facts.values(other)
        taken = {name: values[name] for name in table.features if values[name] is not None}
        try:
            rows = on_rows(table, case.columns, taken)
        except RelmktError:  # filled, some row breaks a rule between fields
            return
        in_columns = reading.of_rows(rows)
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
                "one by one": reading.of_one(alone),
                "in columns": in_columns[at],
                "by the truth tables": reading.by_the_truth_tables(alone.facts),
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
    table, reading = case.table, reading_of(case.table)
    for record in case.records:
        (told, rules), decision = reading.explained(record), on_one(table, record)
        if told != decision:
            raise BrokenLawError(
                table.name,
                "what is explained is what is decided",
                case=f"for {written(record)}",
                found=[
                    f"{how}: {reading.of_one(each)}, on {written(each.facts)}"
                    for how, each in (("decided", decision), ("explained", told))
                ],
            )
        for trace in rules:
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


def _reasons(table: Rules, values: Mapping[str, Any], case: str) -> None:
    for index in reading_of(table).reasons:
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


def _is_bare(table: Rules, index: int) -> bool:
    """A rule that gives no reason but its proof, of which nothing may be left to say."""
    return index >= 0 and table.rules[index].reason == "{because}"


# ------------------------------------------------------------------------------------- promises


def promises_are_kept(case: Case) -> None:
    """No record is moved by one feature from an outcome to another that a table rules out."""
    for promise in case.promises if isinstance(case.table, Table) else ():
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


def _among(table: Rules, outcome: Any, words: tuple[object, ...] | None) -> bool:
    return outcome in ([rule.outcome for rule in table.rules] if words is None else words)


# ---------------------------------------------------------------------- of the rules themselves


def reasons_of_nothing_can_be_said(table: Rules) -> None:
    """Each rule's reason can be put into words where nothing at all is known."""
    _reasons(table, dict.fromkeys(table.facts.features), "for one of whom nothing is known")


def copies_are_equal(table: Rules) -> None:
    """Copied, and pickled where that is possible, it is the same."""
    twins = {"copied": copy.copy(table), "copied deeply": copy.deepcopy(table)}
    if can_be_found(type(table), table.facts.record_type, *map(type, table.outcomes)):
        twins["pickled"] = pickle.loads(pickle.dumps(table))  # noqa: S301
    for how, twin in twins.items():
        if twin != table or twin.version != table.version:
            raise BrokenLawError(
                table.name,
                f"a copy of a {kind_of(table)} is the same {kind_of(table)}, of the same version",
                found=[f"version {table.version}", f"{how}: version {twin.version}"],
            )


def version_tells_policies_apart(table: Rules) -> None:
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


RulesLaw: TypeAlias = Callable[[Rules], None]
CaseLaw: TypeAlias = Callable[[Case], None]

RULES_LAWS: tuple[RulesLaw, ...] = (
    reasons_of_nothing_can_be_said,
    copies_are_equal,
    version_tells_policies_apart,
)
"""The laws of a table or a checklist that need no record."""

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
"""The laws of what is decided, one after the other."""


# --------------------------------------------------------------------------------- what raises


def tried_on(case: Case, law: CaseLaw) -> None:
    """Try a law on a case; what raises there breaks a law too."""
    try:
        law(case)
    except BrokenLawError:
        raise
    except Exception as error:
        case, error = _smallest(case, law, error)
        raise _broken_by(error, case, law) from error


def _smallest(case: Case, law: CaseLaw, error: Exception) -> tuple[Case, Exception]:
    """One record alone for which a law raises, and what; the case itself if it takes several."""
    found = error

    def raises(record: Any) -> bool:
        nonlocal found
        raised = _raised(case.only(record), law)
        found = found if raised is None else raised
        return raised is not None

    alone = next(filter(raises, case.records), None)
    return (
        (case, error) if alone is None else (case.only(simplest(case.table, alone, raises)), found)
    )


def _raised(case: Case, law: CaseLaw) -> Exception | None:
    """What a law raises that is no broken law."""
    try:
        law(case)
    except BrokenLawError:
        return None
    except Exception as error:  # noqa: BLE001
        return error
    return None


def _broken_by(error: Exception, case: Case, law: CaseLaw) -> BrokenLawError:
    """The same as a broken law, which says what was done when it was raised."""
    ways = dict.fromkeys(getattr(error, "__notes__", ())) or [law.__name__.replace("_", " ")]
    return BrokenLawError(
        case.table.name,
        "whatever its facts are, a record is decided, and nothing is raised",
        case="for " + ("\n    ".join(map(written, case.records)) or "no records"),
        found=[f"{', '.join(ways)}: {type(error).__name__}: {error}"],
    )
