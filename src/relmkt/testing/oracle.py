"""What conditions and tables mean, written down a second time, from truth tables.

Nothing of the library's own evaluation is used here: facts are read as plain attributes, and the
three answers are the letters T, F and U, so that neither truthiness nor None can slip through. It
is slow and plain, and what all layouts are held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, cast

from relmkt.records import MemberSet, schema
from relmkt.rules import (
    Absent,
    AllOf,
    Comparison,
    Condition,
    Flagged,
    OneOf,
    Rule,
    Threshold,
)

__all__ = ["AND", "LETTER", "NOT", "OR", "decided", "fact", "filled", "following", "truth"]

R = TypeVar("R")

AND = {
    "T": {"T": "T", "U": "U", "F": "F"},
    "U": {"T": "U", "U": "U", "F": "F"},
    "F": {"T": "F", "U": "F", "F": "F"},
}
"""Kleene's *and*, by the answer on the left and then the one on the right."""

OR = {
    "T": {"T": "T", "U": "T", "F": "T"},
    "U": {"T": "T", "U": "U", "F": "U"},
    "F": {"T": "T", "U": "U", "F": "F"},
}
"""Kleene's *or*."""

NOT = {"T": "F", "U": "U", "F": "T"}
"""Kleene's *not*."""

LETTER: dict[bool | None, str] = {True: "T", False: "F", None: "U"}
"""The letter of an answer."""


def fact(record: object, name: str) -> Any:
    """The value of a feature as a plain attribute, None where it is absent.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.testing.oracle import fact
    >>> facts = CustomerFacts(customer=1, headroom=5, significance={"benchmark": True})
    >>> fact(facts, "headroom"), fact(facts, "significance_benchmark"), fact(facts, "barred")
    (5.0, True, None)
    """
    if hasattr(record, name):
        return getattr(record, name)
    fields = cast("Any", type(record)).__slots__
    field = next(field for field in fields if name.startswith(f"{field}_"))
    held, word = getattr(record, field), name[len(field) + 1 :]
    if held is None:
        return None
    if word in {str(member) for member in held.present}:
        return True
    return False if word in {str(member) for member in held.without} else None


def _compared(left: Any, sign: str, right: Any) -> str:
    if left is None or right is None:
        return "U"
    if sign == "==":
        return LETTER[left == right]
    if sign == "!=":
        return NOT[LETTER[left == right]]
    if sign == "<":
        return LETTER[left < right]
    if sign == ">=":
        return NOT[LETTER[left < right]]
    if sign == ">":
        return LETTER[right < left]
    return NOT[LETTER[right < left]]


def truth(condition: Condition, record: object) -> str:
    """Whether a condition holds for a record: T, F or U.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.records import handles
    >>> from relmkt.testing.oracle import truth
    >>> on = handles(CustomerFacts)
    >>> truth((on.headroom > 0) & on.barred, CustomerFacts(customer=1, headroom=5))
    'U'
    """
    match condition:
        case Threshold():
            return _compared(fact(record, condition.feature), condition.op.value, condition.bound)
        case Comparison():
            left, right = fact(record, condition.left), fact(record, condition.right)
            return _compared(left, condition.op.value, right)
        case Flagged():
            value = LETTER[fact(record, condition.feature)]
            return value if condition.expected else NOT[value]
        case OneOf():
            value = fact(record, condition.feature)
            if value is None:
                return "U"
            found = "T" if any(str(value) == word for word in condition.values) else "F"
            return found if condition.inside else NOT[found]
        case Absent():
            here = "T" if fact(record, condition.feature) is None else "F"
            return here if condition.expected else NOT[here]
        case AllOf():
            answer = "T"
            for part in condition.of:
                answer = AND[answer][truth(part, record)]
            return answer
        case _:
            answer = "F"
            for part in condition.of:
                answer = OR[answer][truth(part, record)]
            return answer


def decided(rules: Sequence[Rule[Any]], record: object) -> int:
    """The position of the rule that decides, or -1: undecided, or no rule fits."""
    answers = [truth(rule.when, record) for rule in rules]
    if "T" not in answers:
        return -1
    first = answers.index("T")
    elsewhere = [
        rule
        for rule, answer in zip(rules[:first], answers, strict=False)
        if answer == "U" and rule.outcome != rules[first].outcome
    ]
    return -1 if elsewhere else first


def following(rules: Sequence[Rule[Any]], record: object, first: int) -> Any:
    """The outcome of the first rule after ``first`` that surely holds and leads elsewhere, or None.

    A rule that takes what others leave says nothing of its own, and ends the search.
    """
    if first < 0 or rules[first].otherwise:
        return None
    surely = [rule for rule in rules[first + 1 :] if truth(rule.when, record) == "T"]
    ends = [at for at, rule in enumerate(surely) if rule.otherwise]
    open_to = surely[: ends[0]] if ends else surely
    return next((rule.outcome for rule in open_to if rule.outcome != rules[first].outcome), None)


def filled(record: R, other: R, names: Iterable[str] | None = None) -> R:
    """The record with its absent facts (or those of them that are named) taken from another.

    Parameters
    ----------
    record
        The record.
    other
        A record of the same type that may know more.
    names
        The features that may be taken; None for all.

    Raises
    ------
    InvalidValueError
        When the two together break a rule between fields.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.testing.oracle import filled
    >>> known = CustomerFacts(customer=1, headroom=5)
    >>> filled(known, CustomerFacts(customer=2, headroom=9, barred=False)).barred
    False
    """
    found = schema(type(record))
    wanted = set(found.features) if names is None else set(names)
    data: dict[str, Any] = {}
    for field, spec in found.fields.items():
        mine, theirs = getattr(record, field), getattr(other, field)
        if spec.is_set:
            nothing: MemberSet[Any] = MemberSet(frozenset(), frozenset())
            mine, theirs = mine or nothing, theirs or nothing
            open_words = {
                word
                for word in spec.words or ()
                if mine.get(word) is None and f"{field}_{word.value}" in wanted
            }
            data[field] = MemberSet(
                mine.present | (theirs.present & open_words),
                mine.without | (theirs.without & open_words),
            )
        else:
            data[field] = theirs if mine is None and field in wanted else mine
    return type(record)(**data)
