"""Conditions made easier to meet: what holds an outcome where it stands."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from relmkt.errors import InvalidValueError
from relmkt.rules import AllOf, AnyOf, Condition, Op, Table, Threshold, any_of

__all__ = ["check_alike", "either", "loosened"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")


def loosened(entering: Table[R, OutcomeT], *others: Table[R, OutcomeT]) -> Table[R, OutcomeT]:
    """The entering table with each threshold where it is easiest to meet among these tables.

    A rule that asks for "at least" takes the lowest of its thresholds, one that asks for "less
    than" the highest: so one band round a threshold holds those on either side of it. Where the
    conditions of a rule differ in more than that, it holds where any of them does.

    Parameters
    ----------
    entering
        The table.
    others
        Tables with the same rules and other thresholds.

    Raises
    ------
    InvalidValueError
        When the tables differ in more than their conditions.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.steady import loosened
    >>> def table(value):
    ...     return StrategyPolicy(
    ...         retained_value_high=200, residual_value_high=value, cost_ratio_high=0.3
    ...     ).table()
    >>> staying = loosened(table(150), table(120), table(180))
    >>> [atom.bound for atom in staying.rules[9].when.of if hasattr(atom, "bound")]
    [180.0, 0.0]
    """
    for other in others:
        check_alike(entering, other)
    rules = list(entering.rules)
    for other in others:
        rules = [
            attrs.evolve(rule, when=_loosest(rule.when, each.when))
            for rule, each in zip(rules, other.rules, strict=True)
        ]
    return attrs.evolve(entering, rules=rules)


def check_alike(entering: Table[Any, Any], other: Table[Any, Any]) -> None:
    """Refuse tables that differ in more than their conditions."""

    def known(table: Table[Any, Any]) -> Any:
        return (
            table.facts.record_type,
            table.undecided,
            [(rule.id, rule.outcome) for rule in table.rules],
        )

    if known(entering) != known(other):
        raise InvalidValueError(
            "staying",
            f"have the rules and outcomes of {entering.name}, in their order",
            [rule.id for rule in other.rules],
            remedy="only conditions may differ",
        )


def _loosest(one: Condition, other: Condition) -> Condition:
    """The condition that holds where either does, each threshold by itself where it can be."""
    found = _aligned(one, other)
    return any_of(one, other) if found is None else found


_EASIER = {Op.GE: min, Op.GT: min, Op.LE: max, Op.LT: max}


def _aligned(one: Condition, other: Condition) -> Condition | None:
    """Both in one, threshold by threshold; None where they differ in more than thresholds."""
    if one == other:
        return one
    match one, other:
        case Threshold(name, op, bound), Threshold(name_there, op_there, bound_there):
            easier = _EASIER.get(op)
            if easier is None or (name, op) != (name_there, op_there):
                return None
            return Threshold(name, op, easier(bound, bound_there))
        case (AllOf(mine), AllOf(its)) | (AnyOf(mine), AnyOf(its)) if len(mine) == len(its):
            parts = [_aligned(*pair) for pair in zip(mine, its, strict=True)]
            found = tuple(part for part in parts if part is not None)
            return type(one)(found) if len(found) == len(parts) else None
        case _:
            return None


def either(enters: Condition, stays: Condition) -> Condition:
    """What holds where one of the two does; the staying condition alone where it is the wider."""
    return stays if _aligned(enters, stays) == stays else any_of(enters, stays)
