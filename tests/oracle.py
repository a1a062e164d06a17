"""What conditions and tables mean, written down a second time, from truth tables.

Nothing of the library's own evaluation is used here: facts are read as plain attributes, and the
three answers are the letters T, F and U, so that neither truthiness nor None can slip through.
"""

from __future__ import annotations

from relmkt.rules import Absent, AllOf, AnyOf, Comparison, Flagged, OneOf, Threshold

AND = {
    "T": {"T": "T", "U": "U", "F": "F"},
    "U": {"T": "U", "U": "U", "F": "F"},
    "F": {"T": "F", "U": "F", "F": "F"},
}
OR = {
    "T": {"T": "T", "U": "T", "F": "T"},
    "U": {"T": "T", "U": "U", "F": "U"},
    "F": {"T": "T", "U": "U", "F": "F"},
}
NOT = {"T": "F", "U": "U", "F": "T"}
LETTER = {True: "T", False: "F", None: "U"}


def fact(record, name):
    """The value of a feature, None where it is absent."""
    if hasattr(record, name):
        return getattr(record, name)
    field = next(field for field in record.__slots__ if name.startswith(f"{field}_"))
    held, word = getattr(record, field), name[len(field) + 1 :]
    if held is None:
        return None
    if word in {str(member) for member in held.present}:
        return True
    return False if word in {str(member) for member in held.without} else None


def compared(left, sign, right):
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
    assert sign == "<="
    return NOT[LETTER[right < left]]


def truth(condition, record):
    """T, F or U."""
    match condition:
        case Threshold():
            return compared(fact(record, condition.feature), condition.op.value, condition.bound)
        case Comparison():
            return compared(
                fact(record, condition.left), condition.op.value, fact(record, condition.right)
            )
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
        case AnyOf():
            answer = "F"
            for part in condition.of:
                answer = OR[answer][truth(part, record)]
            return answer
    raise AssertionError(condition)


def decided(rules, record):
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


def following(rules, record, first):
    """The outcome of the first later rule that surely holds and leads elsewhere.

    A rule that takes what others leave says nothing of its own, and ends the search.
    """
    if first < 0 or rules[first].otherwise:
        return None
    surely = [rule for rule in rules[first + 1 :] if truth(rule.when, record) == "T"]
    ends = [at for at, rule in enumerate(surely) if rule.otherwise]
    open_to = surely[: ends[0]] if ends else surely
    return next((rule.outcome for rule in open_to if rule.outcome != rules[first].outcome), None)
