"""Conditions on one record: each becomes a small function; None stands for unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from relmkt.rules.conditions import (
    COMPARE,
    Absent,
    AllOf,
    Comparison,
    Condition,
    Flagged,
    OneOf,
    Op,
    Threshold,
    atoms,
)

__all__ = ["Answer", "Getter", "compiled"]

Answer: TypeAlias = bool | None
Getter: TypeAlias = Callable[[Any], Any]
Question: TypeAlias = Callable[[Any], Answer]


class Readers(Protocol):
    """How to read a record."""

    @property
    def getters(self) -> Mapping[str, Getter]:
        """For each feature, the function that reads it (None where absent)."""
        ...

    @property
    def sets(self) -> Mapping[str, tuple[str, ...]]:
        """For each field that holds a set of words, the features that stand for its words."""
        ...


def compiled(condition: Condition, facts: Readers) -> Question:
    """The condition as a function of a record; Kleene's logic, stopping at the first answer."""
    getters = facts.getters
    match condition:
        case Threshold(feature, op, bound):
            return _threshold(getters[feature], op, bound)
        case Comparison(left, op, right):
            return _comparison(getters[left], COMPARE[op], getters[right])
        case Flagged(feature, expected):
            return getters[feature] if expected else _negated(getters[feature])
        case OneOf(feature, values, inside):
            return _one_of(getters[feature], values, inside)
        case Absent(feature, expected):
            return _absent(getters[feature], expected)
        case AllOf(of):
            return _all(_parts(of, facts, expected=False))
        case _:
            return _any(_parts(condition.of, facts, expected=True))


def _parts(of: tuple[Condition, ...], facts: Readers, *, expected: bool) -> list[Question]:
    """The parts, cheapest first: the answer does not depend on the order, the time does.

    Where the parts ask for every word of a set in turn, the set is asked once whether it has any.
    """
    rest = list(of)
    questions: list[Question] = []
    for field, names in facts.sets.items():
        words = [Flagged(name, expected) for name in names]
        if all(word in rest for word in words):
            rest = [part for part in rest if part not in words]
            some = _some(operator.attrgetter(field))
            questions.append(some if expected else _negated(some))
    rest.sort(key=lambda part: sum(1 for _ in atoms(part)))
    return questions + [compiled(part, facts) for part in rest]


def _some(read: Getter) -> Question:
    def some(record: Any) -> Answer:
        held = read(record)
        if held is None:
            return None
        return True if held.present else False if held.complete else None

    return some


def _negated(ask: Question) -> Question:
    def negated(record: Any) -> Answer:
        value = ask(record)
        return None if value is None else not value

    return negated


def _threshold(get: Getter, op: Op, bound: float) -> Question:
    # One function for each comparison: looking the operator up for each record costs a third more.
    def less(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value < bound

    def less_equal(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value <= bound

    def greater(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value > bound

    def greater_equal(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value >= bound

    def equal(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value == bound

    def unequal(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value != bound

    return {
        Op.LT: less,
        Op.LE: less_equal,
        Op.GT: greater,
        Op.GE: greater_equal,
        Op.EQ: equal,
        Op.NE: unequal,
    }[op]


def _comparison(
    get_left: Getter, compare: Callable[[Any, Any], bool], get_right: Getter
) -> Question:
    def compared(record: Any) -> Answer:
        left = get_left(record)
        if left is None:
            return None
        right = get_right(record)
        return None if right is None else compare(left, right)

    return compared


def _one_of(get: Getter, values: frozenset[str], inside: bool) -> Question:
    def within(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value in values

    def without(record: Any) -> Answer:
        value = get(record)
        return None if value is None else value not in values

    return within if inside else without


def _absent(get: Getter, expected: bool) -> Question:
    if expected:
        return lambda record: get(record) is None
    return lambda record: get(record) is not None


def _all(parts: list[Question]) -> Question:
    if len(parts) == 1:
        return parts[0]

    def every(record: Any) -> Answer:
        answer: Answer = True
        for part in parts:
            held = part(record)
            if not held:
                if held is not None:
                    return False
                answer = None
        return answer

    return every


def _any(parts: list[Question]) -> Question:
    if len(parts) == 1:
        return parts[0]

    def one(record: Any) -> Answer:
        answer: Answer = False
        for part in parts:
            held = part(record)
            if held:
                return True
            if held is None:
                answer = None
        return answer

    return one
