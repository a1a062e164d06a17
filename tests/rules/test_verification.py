"""Verifying a table finds exactly what trying every cell finds, and says it with a witness."""

from __future__ import annotations

import itertools
import math
import random
import time
from enum import StrEnum
from types import SimpleNamespace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain import Abstention, CustomerFacts, Strategy, Tier
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import (
    Constraint,
    Handles,
    MemberSet,
    day,
    flag,
    handles,
    identity,
    instant,
    member,
    members,
    number,
    record,
    schema,
    text,
)
from relmkt.rules import (
    ALWAYS,
    ANYTHING,
    NEVER,
    Broken,
    Checklist,
    Gap,
    Monotonicity,
    Overlap,
    PastUnknown,
    Rule,
    Shadowed,
    Table,
    Unsatisfiable,
    absent,
    all_of,
    any_of,
    known,
    never,
)
from relmkt.rules._proofs.cells import between
from relmkt.rules._proofs.inquiry import witnesses
from relmkt.segments import MatrixPolicy, PyramidCuts, future_matrix, present_matrix
from relmkt.testing.oracle import decided, truth
from relmkt.testing.strategies import conditions
from tests.things import Bound, Color, Thing

on = handles(Thing)


def table(*rules, record_type=Thing, undecided=None):
    """A table of (condition, outcome), its rules named r0, r1, ..."""
    named = [Rule(f"r{at}", when, outcome) for at, (when, outcome) in enumerate(rules)]
    return Table(name="tried", facts=schema(record_type), rules=named, undecided=undecided)


# ------------------------------------------------------------------- record types to be tried


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@record
class Mixed:
    """A number and a count that can be compared, a count that must be given, words."""

    id: str = identity("what it is called")
    x: float | None = number("any number", unit="one", default=None)
    count: int = number("how many", unit="piece", lower=0, upper=3, whole=True)
    is_new: bool | None = flag("new", default=None)
    size: Size | None = member(Size, "size", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        return (Constraint("x", (on.x <= on.count) | on.is_new, remedy="all is within"),)


@record
class Three:
    """Three numbers that can stand in every order."""

    id: str = identity("what it is called")
    a: float | None = number("one", unit="one", lower=0, upper=1, default=None)
    b: float | None = number("two", unit="one", lower=0, upper=1, default=None)
    c: float = number("three", unit="one", lower=0, upper=0.5)


@record
class Marked:
    """Sets of words, a flag that must be given, and what rules cannot read."""

    id: str = identity("what it is called")
    count: int | None = number("how many", unit="piece", lower=0, whole=True, default=None)
    is_new: bool = flag("new")
    sizes: MemberSet[Size] | None = members(Size, "sizes", default=None)
    since: object = instant("when it came", default=None)
    born: object = day("when it was made")
    note: str = text("a remark")


def spread(cuts, lower, upper, times):
    """The cuts, values between them and beyond, as far as they are in bounds."""
    ends = [cuts[0] - 1, *cuts, cuts[-1] + 1]
    between = [
        low + (high - low) * step / (times + 1)
        for low, high in itertools.pairwise(ends)
        for step in range(1, times + 1)
    ]
    return [value for value in (*cuts, *between) if lower <= value <= upper]


# The conditions that are drawn compare with 0, 0.5, 1, 2 and 100; counts are at integers too.
CELLS = {
    Mixed: {
        "id": ["known"],
        "x": [*spread([0, 0.5, 1, 2, 3, 100], -math.inf, math.inf, 2), None],
        "count": [0, 1, 2, 3],
        "is_new": [True, False, None],
        "size": ["small", "large", None],
    },
    Three: {
        "id": ["known"],
        "a": [*spread([0, 0.5, 1], 0, 1, 3), None],
        "b": [*spread([0, 0.5, 1], 0, 1, 3), None],
        "c": spread([0, 0.5, 1], 0, 0.5, 3),
    },
    Marked: {
        "id": ["known"],
        "count": [0, 1, 2, 3, 99, 100, 101, None],
        "is_new": [True, False],
        "sizes_small": [True, False, None],
        "sizes_large": [True, False, None],
        "since": ["known", None],
        "born": ["known"],
        "note": ["known"],
    },
}


class Tried:
    """What a table does to every cell, tried one after the other."""

    def __init__(self, subject, record_type, conditions_given):
        self.rules = subject.rules
        self.always = [rule.holds for rule in schema(record_type).constraints]
        self.always += conditions_given
        names = list(CELLS[record_type])
        self.names = names
        self.cells = {}
        for values in itertools.product(*CELLS[record_type].values()):
            cell = SimpleNamespace(**dict(zip(names, values, strict=True)))
            if self.possible(cell):
                self.cells[values] = self.answers(cell)
        self.outcomes = {
            values: self.outcome(answers, subject.undecided)
            for values, answers in self.cells.items()
        }

    def possible(self, cell):
        return not any(truth(condition, cell) == "F" for condition in self.always)

    def answers(self, cell):
        return [truth(rule.when, cell) for rule in self.rules]

    def in_the_way(self, answers, at):
        """The earlier rules that hold, and those that are unknown and lead elsewhere."""
        return {
            other
            for other in range(at)
            if answers[other] == "T"
            or (answers[other] == "U" and self.rules[other].outcome != self.rules[at].outcome)
        }

    def decides(self, answers):
        true = [at for at, answer in enumerate(answers) if answer == "T"]
        return next((at for at in true[:1] if not self.in_the_way(answers, at)), None)

    def outcome(self, answers, undecided):
        at = self.decides(answers)
        return undecided if at is None else self.rules[at].outcome

    def holding(self, at):
        return [answers for answers in self.cells.values() if answers[at] == "T"]

    def breaks(self, statement):
        """Whether there are two cells, alike but for one feature, that break it."""
        place = self.names.index(statement.feature)
        words = {rule.outcome for rule in self.rules}
        sides = [words if side is None else side for side in (statement.from_, statement.to)]
        alike = {}
        for values, outcome in self.outcomes.items():
            if values[place] is not None:
                rest = values[:place] + values[place + 1 :]
                alike.setdefault(rest, []).append((values[place], outcome))
        return any(
            (before < after if statement.rises else before > after)
            and one != other
            and one in sides[0]
            and other in sides[1]
            for group in alike.values()
            for (before, one), (after, other) in itertools.permutations(group, 2)
        )


def check_findings(found, tried):
    """Every finding is found by trying, and the other way round."""
    count = len(tried.rules)
    cells = list(tried.cells.values())
    held = {at for at in range(count) if tried.holding(at)}
    deciding = {tried.decides(answers) for answers in cells} - {None}
    first = {answers.index("T") for answers in cells if "T" in answers}
    past = {}
    for answers in cells:
        at = tried.decides(answers)
        if at is not None and "U" in answers[:at]:
            past.setdefault(tried.rules[at].outcome, set()).add(f"r{at}")

    assert (found.gap is not None) == any(set(answers) == {"F"} for answers in cells)
    assert {told.rule for told in found.unsatisfiable} == {
        f"r{at}" for at in range(count) if at not in held
    }
    assert {told.rule: told.behind_unknown for told in found.shadowed} == {
        f"r{at}": at in first for at in held - deciding
    }
    assert {told.outcome: set(told.rules) for told in found.past_unknown} == past
    assert found.complete
    assert found.sound == all(isinstance(told, PastUnknown) for told in found.findings)


def check_shadows(told, tried):
    """The rules that shadow another do so together, and none of them is idle."""
    at = int(told.rule[1:])
    by = {int(name[1:]) for name in told.by}
    shades = [
        {
            other
            for other in tried.in_the_way(answers, at)
            if told.behind_unknown or answers[other] == "T"
        }
        for answers in tried.holding(at)
    ]
    assert all(by & shade for shade in shades)
    for spared in by:
        assert not all((by - {spared}) & shade for shade in shades)


def check_witness(told, tried, subject):
    """A witness is a possible record, and shows what it is a witness of."""
    witness = told.witness
    answers = tried.answers(witness)
    assert tried.possible(witness)
    match told:
        case Gap():
            assert set(answers) == {"F"}
        case Shadowed():
            at = int(told.rule[1:])
            assert answers[at] == "T"
            assert decided(subject.rules, witness) != at
            assert not told.behind_unknown or "T" not in answers[:at]
        case PastUnknown():
            at = int(told.rules[0][1:])
            assert decided(subject.rules, witness) == at
            assert told.past == tuple(f"r{o}" for o in range(at) if answers[o] == "U")
            assert told.past
        case Overlap():
            assert [answers[int(name[1:])] for name in told.rules] == ["T", "T"]


def check_broken(told, tried, subject):
    """Two records that differ in one feature only, moved as stated, break the statement."""
    statement = told.statement
    facts = subject.facts
    values = [facts.values(side) for side in (told.before, told.after)]
    assert {name for name in facts.features if values[0][name] != values[1][name]} == {
        statement.feature
    }
    low, high = values if statement.rises else reversed(values)
    assert low[statement.feature] < high[statement.feature]
    ends = [subject.decide(side).outcome for side in (told.before, told.after)]
    assert ends[0] != ends[1]
    assert statement.from_ is None or ends[0] in statement.from_
    assert statement.to is None or ends[1] in statement.to
    assert tried.possible(told.before)
    assert tried.possible(told.after)


WORDS = ("a", "b", "c")


def can_move(sides):
    """From one outcome to the same one nothing moves, and such a statement is refused."""
    return ANYTHING in sides or len({word for side in sides for word in side}) > 1


@st.composite
def inquiries(draw, record_type):
    """A small table, what is given, and a statement on it."""
    rules = draw(
        st.lists(
            st.tuples(conditions(record_type, max_leaves=4), st.sampled_from(WORDS)),
            min_size=1,
            max_size=5,
        )
    )
    subject = table(
        *rules, record_type=record_type, undecided=draw(st.sampled_from([None, "?", "a"]))
    )
    given_too = draw(st.lists(conditions(record_type, max_leaves=3), max_size=1))
    kinds = {"number", "flag"}
    features = [f.name for f in subject.facts.features.values() if f.kind.value in kinds]
    sides = st.sampled_from(subject.outcomes) | st.just(ANYTHING)
    sides |= st.lists(st.sampled_from(subject.outcomes), min_size=1, max_size=2)
    before, after = draw(st.tuples(sides, sides).filter(can_move))
    statement = never(before, after, as_=draw(st.sampled_from(features)), rises=draw(st.booleans()))
    return subject, given_too, statement


@pytest.mark.parametrize("record_type", [Mixed, Three, Marked])
@given(data=st.data())
def test_verifying_finds_what_trying_every_cell_finds(record_type, data):
    subject, given_too, statement = data.draw(inquiries(record_type))
    tried = Tried(subject, record_type, given_too)
    if not tried.cells:
        with pytest.raises(InvalidValueError, match="leave some record possible"):
            subject.verify(given=given_too)
        return
    found = subject.verify(given=given_too, overlaps=True)
    check_findings(found, tried)
    for told in found.shadowed:
        check_shadows(told, tried)
    for told in (*found.findings, *found.overlaps):
        assert str(told) in str(found)
        if not isinstance(told, Unsatisfiable):
            check_witness(told, tried, subject)
    asking = [at for at, rule in enumerate(subject.rules) if rule.when != ALWAYS]
    assert {told.rules for told in found.overlaps} == {
        (f"r{one}", f"r{other}")
        for one, other in itertools.combinations(asking, 2)
        if any(answers[one] == answers[other] == "T" for answers in tried.cells.values())
    }
    stated = subject.verify(given=given_too, never=[statement])
    assert stated.findings[: len(found.findings)] == found.findings
    assert bool(stated.broken) == tried.breaks(statement)
    for told in stated.broken:
        check_broken(told, tried, subject)


# ---------------------------------------------------------------------------------- the cells


@given(
    st.floats(allow_nan=False),
    st.floats(allow_nan=False),
    st.integers(1, 4),
    st.booleans(),
)
@example(-math.inf, math.inf, 3, True)
@example(0.0, 5e-324, 2, False)
@example(-5e-324, 1e-323, 2, False)
@example(1.0, 1 + 2**-50, 3, False)
@example(-1.7e308, 1.7e308, 4, False)
@example(1.7976931348623157e308, math.inf, 1, False)
@example(-math.inf, -1.7e308, 4, False)
@example(2.0**53, math.inf, 1, True)
@example(2.0, 3.0, 1, True)
def test_values_between_two_are_as_many_as_asked_or_all_there_are(lower, upper, count, whole):
    assume(lower < upper)
    found = between(lower, upper, count, whole=whole)
    assert found == sorted(set(found))
    assert all(lower < value < upper and math.isfinite(value) for value in found)
    if whole:
        assert all(value.is_integer() and abs(value) <= 2**53 for value in found)
        near = range(math.floor(max(lower, -(2.0**53) - 1)) + 1, math.ceil(min(upper, 2.0**53 + 1)))
    else:
        near = []
        value = math.nextafter(lower, math.inf)
        while value < upper and len(near) < count:
            near.append(value)
            value = math.nextafter(value, math.inf)
    assert len(found) == min(count, len(near))


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ((on.count > 2) & (on.count < 3), False),
        ((on.count > 2) & (on.count < 3.5), True),
        (on.count == 2.5, False),
        (on.count < 0, False),
        (on.count > 2**53, False),
        (on.share > 1, False),
        ((on.share >= 1) & (on.share <= 1), True),
        ((on.x > 0) & (on.x < 5e-324), False),
        ((on.x > 0) & (on.x < 1e-323), True),
        ((on.x > 0) & (on.y > on.x) & (on.y < 1e-323), False),
        ((on.x > 0) & (on.y > on.x) & (on.y < 1.5e-323), True),
        ((on.x < on.y) & (on.y < on.x), False),
        ((on.x < on.y) & (on.y < on.share) & (on.share < on.x), False),
        ((on.x != on.y) & (on.y != on.share) & (on.share != on.x) & (on.x == 0), True),
        ((on.x <= on.y) & (on.y <= on.x) & (on.x != on.y), False),
        ((on.count > on.x) & (on.count < on.y) & (on.x > 1) & (on.y < 2), False),
        ((on.count > on.x) & (on.count < on.y) & (on.x > 1) & (on.y < 3), True),
        ((on.x > on.count) & (on.x < 3) & (on.count >= 2), True),
        (on.x < on.x, False),
        (~(on.x <= on.x), False),
        (on.x >= on.x, True),
        ((on.x < on.y) & absent(on.y), False),
        (known(on.since) & known(on.note) & known(on.born) & absent(on.color), True),
        (absent(on.thing), False),
        (on.color.is_in(["red"]) & on.color.is_in(["blue"]), False),
        (on.color.is_in([]), False),
        (NEVER, False),
    ],
    ids=str,
)
def test_a_rule_is_satisfiable_exactly_where_a_record_can_meet_it(condition, is_met):
    found = table((condition, "a"), (ALWAYS, "b")).verify(overlaps=True)
    assert [told.rule for told in found.unsatisfiable] == ([] if is_met else ["r0"])
    again = table((condition, "a"), (condition & ALWAYS, "a")).verify()
    assert [told.rule for told in again.shadowed] == (["r1"] if is_met else [])
    for told in again.shadowed:
        assert truth(condition, told.witness) == "T"


# ---------------------------------------------------------------------------------- findings


def test_a_gap_has_a_witness_in_words():
    found = table((on.x > 30, "a"), (on.x < 30, "b")).verify()
    assert found.gap.witness.x == 30.0
    assert not found.sound
    assert str(found) == (
        "tried, 2 rules: 1 finding\n  gap: no rule holds, and none is unknown, for one with x 30"
    )


def test_where_every_gap_is_unknown_there_is_none():
    found = table((on.x > 30, "a"), (on.x <= 30, "b")).verify()
    assert found.findings == ()
    assert found.gap is None
    assert found.sound
    assert str(found) == "tried, 2 rules: nothing found"


def test_the_gap_of_rules_that_never_hold_is_of_one_of_whom_nothing_is_known():
    found = table((NEVER, "a")).verify()
    assert found.gap.witness == Thing(thing="witness")
    assert str(found).splitlines()[1:] == [
        "  gap: no rule holds, and none is unknown, for one of whom nothing is known",
        "  unsatisfiable: r0 holds for no record",
    ]


def test_words_are_said_for_every_sort_of_fact():
    condition = all_of(
        on.x == 0.1234567,
        on.count == 1500,
        on.is_new,
        ~on.is_loud,
        on.color == "red",
        ~on.any_of("marks"),
        known(on.since),
        absent(on.y),
    )
    (told,) = table((condition, "a"), (condition, "b")).verify().shadowed
    assert told.said == (
        "one with x 0.1234567, count 1,500, is new, not is loud, color red, no marks, "
        "since known, all else unknown"
    )


def test_a_shadowed_rule_names_the_one_rule_that_shadows_it():
    found = table((on.is_new, "a"), (on.x > 1, "b"), (on.x >= 0, "c"), (on.x > 5, "d")).verify()
    (told,) = found.shadowed
    assert (told.rule, told.by, told.behind_unknown) == ("r3", ("r1",), False)
    assert str(told).startswith("shadowed: r3 never decides: r1 holds first, as for one with x ")


def test_a_rule_can_be_shadowed_by_several_together_and_idle_ones_are_not_named():
    found = table(
        (on.is_new & (on.x < 8), "a"),
        ((on.x >= 0) & (on.x < 2), "b"),
        ((on.x >= 2) & (on.x < 5), "c"),
        ((on.x >= 1) & (on.x < 4), "d"),
        ((on.x >= 0) & (on.x <= 4), "e"),
    ).verify()
    assert [(told.rule, told.by) for told in found.shadowed] == [
        ("r3", ("r1", "r2")),
        ("r4", ("r1", "r2")),
    ]
    assert "r1 or r2 holds first" in str(found)


def test_a_catch_all_that_waits_behind_an_unknown_never_decides():
    found = table((on.x > 30, "a"), (on.x <= 30, "b"), (ALWAYS, "c")).verify()
    (told,) = found.shadowed
    assert (told.rule, told.by, told.behind_unknown) == ("r2", ("r0", "r1"), True)
    assert told.witness.x is None
    assert str(told) == (
        "shadowed: r2 never decides: r0 or r1 holds first, or is unknown and leads elsewhere, "
        "as for one of whom nothing is known"
    )


def test_an_outcome_decided_past_an_unknown_is_worth_knowing_and_no_fault():
    found = table((on.x > 30, "a"), (on.y > 30, "a"), (on.is_new, "a"), (ALWAYS, "b")).verify()
    (told,) = found.past_unknown
    assert (told.outcome, told.rules, told.past) == ("a", ("r1", "r2"), ("r0",))
    assert found.sound
    assert str(told) == (
        "past an unknown: a can be decided by r1 or r2 while an earlier rule with that outcome "
        "is unknown, as r0 is for one with y 60, all else unknown"
    )
    several = table((on.x > 3, "a"), (on.x < 0, "a"), (on.is_new, "a")).verify()
    assert "as r0 and r1 are for one with is new, all else unknown" in str(several)
    assert decided(several.table.rules, several.past_unknown[0].witness) == 2


def test_overlaps_are_listed_when_asked_for_and_are_no_finding():
    subject = table((on.x > 1, "a"), (on.x > 0, "b"), (on.x < 0, "c"), (ALWAYS, "d"))
    assert subject.verify().overlaps == ()
    found = subject.verify(overlaps=True)
    assert [told.rules for told in found.overlaps] == [("r0", "r1")]
    assert found.findings == ()
    assert str(found).splitlines()[1].startswith("  overlap: r0 and r1 both hold for one with x ")


# -------------------------------------------------------------------------------- what is given


def test_bounds_and_rules_between_fields_are_given_without_saying():
    limits = handles(Bound)
    subject = table(
        (limits.low > limits.high, "broken"),
        (limits.high >= 100, "broken"),
        (limits.count > 1000, "broken"),
        (absent(limits.is_new) & (limits.count <= 0), "broken"),
        (ALWAYS, "fine"),
        record_type=Bound,
    )
    found = subject.verify()
    assert [told.rule for told in found.unsatisfiable] == ["r0", "r1", "r2", "r3"]


def test_what_is_given_excludes_only_what_is_known_to_be_false():
    subject = table((on.x > 0, "a"), (on.y > 0, "b"), (absent(on.x), "c"))
    assert subject.verify().gap is not None
    large_or_new = (on.x > 0) | on.is_new
    open_still = subject.verify(given=[large_or_new, ~on.is_new]).gap.witness
    assert (open_still.x, open_still.is_new) == (0.0, None)
    found = subject.verify(given=[large_or_new, ~on.is_new, known(on.is_new)])
    assert found.gap is None
    # What is left to "b" are those of whom x is unknown, and there "a" is possible.
    assert [(told.rule, told.by, told.behind_unknown) for told in found.shadowed] == [
        ("r1", ("r0",), True),
        ("r2", ("r0",), True),
    ]
    assert subject.verify(given=[on.is_new]).gap is not None


def test_a_flag_stands_for_itself_among_what_is_given():
    subject = table((on.is_new, "a"), (~on.is_new, "b"))
    assert [told.rule for told in subject.verify(given=[on.is_new]).unsatisfiable] == ["r1"]


def test_what_excludes_every_record_is_refused():
    subject = table((on.x > 0, "a"))
    given = [absent(on.x), known(on.x)]
    with pytest.raises(InvalidValueError) as caught:
        subject.verify(given=given)
    assert caught.value.value == tuple(given)
    told = str(caught.value)
    assert told.startswith("'given' must leave some record possible, got (Absent(feature='x'")
    assert told.endswith(": no record meets all of it and the rules between the fields")


# -------------------------------------------------------------------------------- monotonicity


def test_a_statement_says_what_it_states():
    assert str(never("a", "b", as_=on.count)) == "as count rises, never from a to b"
    assert str(never(["a", "b"], as_="is_new", rises=False)) == (
        "as is new falls, never from a or b to anything else"
    )
    assert never(ANYTHING, ("a", "b", "c"), as_="x") == Monotonicity(
        feature="x", rises=True, from_=None, to=("a", "b", "c")
    )
    assert str(never(ANYTHING, ("a", "b", "c"), as_="x")) == (
        "as x rises, never from anything to a, b or c"
    )


@pytest.mark.parametrize(("before", "after"), [("a", "a"), (["a"], "a"), (["a", "a"], ["a"])])
def test_a_statement_that_nothing_could_break_is_refused(before, after):
    with pytest.raises(InvalidValueError) as caught:
        never(before, after, as_="x")
    assert str(caught.value) == (
        "'to' must name another outcome than before the move, got 'a': "
        "what stays as it is breaks no statement"
    )
    assert str(never(before, ["a", "b"], as_="x")).endswith("to a or b")


def test_a_broken_statement_shows_two_records_that_differ_in_one_fact():
    subject = table(((on.x > 10) & on.is_new, "a"), ((on.x > 20), "b"), (ALWAYS, "c"))
    assert subject.verify(never=[never("a", as_="x")]).sound
    found = subject.verify(never=[never("c", "a", as_="x"), never("b", "c", as_="x")])
    (told,) = found.broken
    assert isinstance(told, Broken)
    assert told.before.x <= 10 < told.after.x
    assert told.before.is_new is told.after.is_new is True
    assert not found.sound
    assert str(told).startswith("broken: as x rises, never from c to a; but x ")
    assert str(told).endswith(" gives a, for one with is new")


def test_a_flag_rises_when_it_becomes_true():
    subject = table((on.is_new, "a"), (ALWAYS, "b"))
    (told,) = subject.verify(never=[never("b", "a", as_=on.is_new)]).broken
    assert (told.before.is_new, told.after.is_new) == (False, True)
    assert str(told).endswith("; but not is new gives b and is new gives a")
    assert subject.verify(never=[never("a", "b", as_=on.is_new)]).sound
    assert not subject.verify(never=[never("a", "b", as_=on.is_new, rises=False)]).sound


def test_undecided_is_meant_only_where_its_word_is_named():
    subject = table((on.x > 1, "a"), (on.y > 1, "b"), (ALWAYS, "c"), undecided="?")
    # Where y is unknown, a falling x leaves "a" for undecided.
    assert subject.verify(never=[never("a", ["?"], as_="x")]).sound
    fallen = subject.verify(never=[never("a", "?", as_="x", rises=False)])
    assert fallen.broken[0].before.y is None
    lost = subject.verify(never=[never("?", "a", as_="x")])
    assert lost.broken
    assert subject.verify(never=[never("?", ["?", "b"], as_="x")]).sound


def test_a_word_for_undecided_that_a_rule_has_too_counts_as_an_outcome():
    rules = [(on.is_new & on.is_loud, "a"), (~on.is_loud, "b"), (ALWAYS, "b")]
    statement = never(ANYTHING, "b", as_="is_new", rises=False)
    lost = table(*rules, undecided="a").verify(given=[absent(on.is_loud)], never=[statement])
    assert lost.broken[0].before.is_loud is None
    assert (
        not table(*rules, undecided="?")
        .verify(given=[absent(on.is_loud)], never=[statement])
        .broken
    )


def test_a_word_for_undecided_that_a_rule_has_too_is_the_same_before_and_after():
    rules = [(on.x > 5, "ask"), (on.is_new, "call"), (ALWAYS, "wait")]
    subject = table(*rules, undecided="ask")
    # A rule says "ask" above 5. Below it nobody knows where newness is not known: "ask" as well.
    assert subject.verify(never=[never("ask", as_="x")]).sound
    assert subject.verify(never=[never(ANYTHING, "ask", as_="x", rises=False)]).sound
    assert not subject.verify(never=[never("ask", as_="x", rises=False)]).sound
    assert not subject.verify(never=[never(ANYTHING, "ask", as_="x")]).sound
    mirrored = table((on.x < 5, "ask"), *rules[1:], undecided="ask")
    assert mirrored.verify(never=[never("ask", as_="x", rises=False)]).sound
    assert mirrored.verify(never=[never(ANYTHING, "ask", as_="x")]).sound


def test_a_number_moves_past_the_numbers_that_it_is_compared_with():
    subject = table((on.x < on.y, "low"), (on.x > on.y, "high"), (ALWAYS, "even"))
    assert subject.verify(never=[never("high", as_="x"), never("low", as_="y")]).sound
    found = subject.verify(never=[never("low", "high", as_="x"), never("even", as_="x")])
    assert len(found.broken) == 2
    ahead = found.broken[0]
    assert ahead.before.x < ahead.before.y == ahead.after.y < ahead.after.x
    # Where the record type forbids the move there is none to find.
    limits = handles(Bound)
    bounded = table((limits.low < limits.high, "below"), (ALWAYS, "other"), record_type=Bound)
    assert bounded.verify(never=[never("other", "below", as_="low")]).sound


def test_a_feature_that_no_rule_asks_about_moves_nothing():
    subject = table((on.x > 1, "a"), (ALWAYS, "b"))
    assert subject.verify(never=[never(ANYTHING, as_="y")]).sound


# --------------------------------------------------------------------------------- the limit


def test_a_verification_that_stops_says_why_and_what_is_open():
    subject = table(*((on.x > at, f"o{at % 3}") for at in range(20, 0, -1)), (ALWAYS, "z"))
    whole = subject.verify()
    assert whole.complete
    assert whole.stopped is None
    assert whole.open == ()
    for limit in range(1, whole.nodes):
        found = subject.verify(node_limit=limit)
        assert not found.complete
        assert not found.sound
        assert found.nodes == limit
        assert found.open
        assert found.findings == whole.findings[: len(found.findings)]
    assert subject.verify(node_limit=whole.nodes).complete
    assert str(subject.verify(node_limit=3)) == (
        "tried, 21 rules: nothing found, and not all was looked at\n"
        "  stopped after 3 nodes (node_limit), asking whether r1 can decide\n"
        "  not answered: whether r1 can decide, whether r2 can decide, whether r3 can decide, "
        "whether r4 can decide, whether r5 can decide and 18 more questions"
    )
    late = subject.verify(node_limit=whole.nodes - 1)
    assert str(late).count("\n  not answered: whether") == 1
    assert "more questions" not in str(late)


def test_three_numbers_do_not_go_round_in_a_circle():
    circle = all_of(on.x < on.y, on.y < on.share, on.share < on.x)
    assert [told.rule for told in table((circle, "a"), (ALWAYS, "b")).verify().findings] == ["r0"]


def test_a_witness_is_one_whom_a_rule_decides_or_one_for_whom_it_holds():
    subject = table((on.x > 1, "a"), (on.x > 5, "b"))
    (decided_on,) = witnesses(subject, first=True)
    held = witnesses(subject, first=False)
    assert decided_on.x > 1
    assert [one.x > bound for one, bound in zip(held, (1, 5), strict=True)] == [True, True]


@record
class Garden:
    """A set of words whose name is two words."""

    garden: str = identity("its name")
    wild_colors: MemberSet[Color] | None = members(Color, "what grows there", default=None)


def test_one_who_has_none_of_a_set_is_told_so_in_words():
    rules = [Rule("some", handles(Garden).any_of("wild_colors"), "a")]
    found = Table(name="tried", facts=schema(Garden), rules=rules).verify()
    assert str(found).endswith("for one with no wild colors")


def test_the_questions_are_told_in_words():
    low, high, count = (handles(Bound)[name] for name in ("low", "high", "count"))
    rules = [Rule("a", low > 5, "p"), Rule("b", high > 5, "p"), Rule("c", count > 3, "q")]
    both = {"name": "tried", "facts": schema(Bound), "rules": rules}
    falls = never("p", as_="low")
    found = Table(**both).verify(never=[falls], overlaps=True, node_limit=1)
    assert found.stopped == (
        "stopped after 1 nodes (node_limit), asking whether any record is possible"
    )
    assert found.open == (
        "whether any record is possible",
        "whether there is a gap",
        "whether a can decide",
        "whether b can decide",
        "whether c can decide",
        "whether p can be decided past an unknown",
        "whether, as low rises, never from p to anything else",
        "which rules overlap",
    )
    assert Checklist(**both).verify(overlaps=True, node_limit=1).open == (
        "whether any record is possible",
        "whether a can hold",
        "whether b can hold",
        "whether c can hold",
        "which rules overlap",
    )


def test_what_was_found_is_counted_in_words():
    gap = "gap: no rule holds, and none is unknown, for one with x 0"
    assert str(table((ALWAYS, "a")).verify()) == "tried, 1 rule: nothing found"
    assert str(table((on.x > 5, "a")).verify()) == f"tried, 1 rule: 1 finding\n  {gap}"
    assert str(table((on.x > 5, "a"), (on.x > 7, "b")).verify()) == (
        f"tried, 2 rules: 2 findings\n  {gap}\n"
        "  shadowed: r1 never decides: r0 holds first, as for one with x 10"
    )


# --------------------------------------------------------------------------------- bad input


def test_bad_questions_are_refused_kindly():
    subject = table((on.x > 1, "a"), (on.color == "red", "b"), (ALWAYS, "c"))
    customers = handles(CustomerFacts)
    cases = [
        ({"node_limit": 0}, InvalidValueError, "'node_limit' must be at least 1, got 0"),
        (
            {"given": on.x > 1},
            InvalidValueError,
            r"^'given' must be a list, got Threshold\(.*\): write \[...\] even for one$",
        ),
        ({"given": [True]}, InvalidValueError, "'condition' must be built from handles"),
        ({"given": [customers.headroom > 1]}, UnknownNameError, "'headroom' in given"),
        (
            {"never": never("a", as_="x")},
            InvalidValueError,
            r"^'never' must be a list, got Monotonicity\(.*\): write \[...\] even for one$",
        ),
        ({"never": [never("a", as_="z")]}, UnknownNameError, "no feature 'z' in 'as z rises"),
        ({"never": [never("A", as_="x")]}, UnknownNameError, "no outcome 'A' .*mean 'a'"),
        ({"never": [never("a", "d", as_="x")]}, UnknownNameError, "no outcome 'd'"),
        ({"never": [never(None, "a", as_="x")]}, UnknownNameError, "no outcome 'None'"),
        (
            {"never": [never("a", as_=on.color)]},
            InvalidValueError,
            "number or a flag, got 'color, .* for 'as .*': nothing else rises or falls$",
        ),
    ]
    for options, error, message in cases:
        with pytest.raises(error, match=message):
            subject.verify(**options)
    for name, ends in (("to", ("a", [])), ("from_", ([], "a"))):
        with pytest.raises(InvalidValueError) as caught:
            never(*ends, as_="x")
        assert str(caught.value) == f"'{name}' must name at least one outcome, got []"


# -------------------------------------------------------------------------- shipped policies

CUTS = {"top": 5000, "big": 1000, "medium": 200}


def calibrated():
    """The strategy table as a small portfolio makes it."""
    values = [120, -30, 640, 55, 900]
    portfolio = Portfolio(
        customer=range(5),
        retained_value=values,
        residual_value=values[::-1],
        cost_to_serve_ratio=[0.1, 0.6, 0.2, 0.0, 0.4],
    )
    return StrategyPolicy().calibrate(portfolio).table()


def test_the_strategy_table_is_sound_within_50_milliseconds():
    subject = calibrated()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        found = subject.verify()
        times.append(time.perf_counter() - start)
    assert found.sound
    assert found.findings == ()
    assert min(times) < 0.050


@given(
    st.tuples(*[st.integers(-1000, 1000)] * 6),
    st.tuples(*[st.floats(0.01, 1)] * 3),
)
def test_the_strategy_table_is_sound_wherever_its_thresholds_are(money, shares):
    subject = StrategyPolicy(
        target_profit=money[0],
        retained_value_high=money[1],
        residual_value_high=money[2],
        headroom_hurdle=money[3],
        acquisition_hurdle=money[4],
        winback_hurdle=money[5],
        attrition_risk_high=shares[0],
        competitor_pull_high=shares[1],
        cost_ratio_high=shares[2],
    ).table()
    assert subject.verify().findings == ()


@given(st.floats(-1e6, 1e6), st.floats(0.01, 10), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_both_matrices_are_sound_wherever_they_are_cut(contribution, ratio, profit, ahead):
    cuts = MatrixPolicy(
        target_contribution=contribution,
        cost_ratio_high=ratio,
        target_profit=profit,
        residual_value_high=ahead,
    )
    for subject in (present_matrix(cuts), future_matrix(cuts)):
        assert subject.verify().findings == ()


@pytest.mark.parametrize("ranked_by", ["revenue", "profit"])
def test_the_pyramid_is_sound_and_nobody_falls_by_earning_more(ranked_by):
    subject = PyramidCuts(**CUTS, ranked_by=ranked_by).table()
    tiers = [Tier.INACTIVE, Tier.SMALL, Tier.MEDIUM, Tier.BIG, Tier.TOP]
    falls = [
        never(higher, tiers[:at], as_=f"current_{amount}")
        for at, higher in enumerate(tiers)
        for amount in ("revenue", "profit")
        if at > 0
    ]
    assert subject.verify(never=falls).findings == ()


def test_a_tier_whose_cut_is_that_of_the_next_higher_is_shadowed():
    subject = PyramidCuts(top=1000, big=1000, medium=200).table()
    (told,) = subject.verify().findings
    assert (told.rule, told.by) == ("big", ("top",))


def test_what_ought_to_be_true_of_the_strategies_is():
    found = calibrated().verify(never=StrategyPolicy.promises)
    assert found.findings == ()
    assert found.complete


@pytest.mark.parametrize("statement", StrategyPolicy.promises, ids=str)
def test_no_statement_is_true_for_want_of_a_case(statement):
    # Moved the other way, or to what it allows, each has a case: none is idle.
    back = Monotonicity(
        feature=statement.feature,
        rises=not statement.rises,
        from_=statement.from_,
        to=statement.to,
    )
    assert calibrated().verify(never=[back]).broken


def test_who_begins_to_cover_the_cost_is_no_longer_to_be_enhanced():
    subject = calibrated()
    found = subject.verify(never=[never(Strategy.ENHANCE, as_="current_profit")])
    (told,) = found.broken
    assert subject.decide(told.before).outcome == Strategy.ENHANCE
    assert subject.decide(told.after).outcome == Abstention.MAINTAIN
    assert told.before.current_profit < 0 <= told.after.current_profit
    assert told.before.residual_value == told.after.residual_value >= 640
    assert "from enhance to anything else; but current profit -" in str(told)


# --------------------------------------------------------------------------------------- speed


@record
class Eight:
    """Eight features, as policies have them."""

    id: str = identity("what it is called")
    n0: float | None = number("any", unit="one", default=None)
    n1: float | None = number("any", unit="one", default=None)
    n2: float | None = number("any", unit="one", default=None)
    n3: float | None = number("from 0", unit="one", lower=0, default=None)
    n4: float | None = number("a share", unit="share", lower=0, upper=1, default=None)
    n5: int | None = number("a count", unit="piece", lower=0, whole=True, default=None)
    flag: bool | None = flag("a flag", default=None)
    size: Size | None = member(Size, "a word", default=None)


def drawn_rules(seed, *, comparing):
    """A hundred rules of three to five conditions each, and six outcomes."""
    eight = handles(Eight)
    chance = random.Random(seed)  # noqa: S311
    numbers = ["n0", "n1", "n2", "n3", "n5"]

    def question():
        name = chance.choice([*numbers, "n4", "flag", "size"])
        asked = eight[name]
        if name == "flag":
            return asked == chance.choice([True, False])
        if name == "size":
            return asked == chance.choice(list(Size))
        if name in numbers and chance.random() < comparing:
            bound = eight[chance.choice([other for other in numbers if other != name])]
        else:
            bound = {"n4": chance.random(), "n5": chance.randrange(30)}.get(
                name, chance.randrange(1000)
            )
        return chance.choice([asked < bound, asked <= bound, asked > bound, asked >= bound])

    rules = []
    for _ in range(100):
        parts = [question() for _ in range(chance.randint(3, 5))]
        if chance.random() < 0.3:
            parts.append(any_of(question(), question()))
        rules.append((all_of(*parts), f"o{chance.randrange(6)}"))
    return table(*rules, (ALWAYS, "rest"), record_type=Eight)


def pigeons():
    """Eight birds, seven holes, and a rule for each two birds in one hole: there is no gap.

    To see it takes the more steps the less is remembered.
    """
    names = [f"bird{at}" for at in range(8)]
    holes = StrEnum("Hole", [f"h{at}" for at in range(7)])
    fields = {name: member(holes, "where it sits", default=None) for name in names}
    annotations = dict.fromkeys(["id", *names], object)
    birds = record(
        type("Birds", (), {"__annotations__": annotations, "id": identity("id"), **fields})
    )
    where = handles(birds)
    rules = [
        ((where[one] == hole) & (where[other] == hole), "two in a hole")
        for one, other in itertools.combinations(names, 2)
        for hole in holes
    ]
    return table(*rules, record_type=birds)


def orders():
    """Rules on the order of six numbers, all compared with each other, and with thresholds."""
    eight = handles(Eight)
    chance = random.Random(0)  # noqa: S311
    rules = []
    for at in range(100):
        parts = []
        for _ in range(chance.randint(2, 4)):
            one, other = (eight[name] for name in chance.sample(["n0", "n1", "n2", "n3", "n4"], 2))
            bound = chance.randrange(10) / 10
            parts.append(chance.choice([one < other, one <= other, one == other, one > bound]))
        rules.append((all_of(*parts), f"o{at % 4}"))
    return table(*rules, record_type=Eight)


@pytest.mark.parametrize(
    "subject",
    [
        drawn_rules(1, comparing=0.0),
        drawn_rules(2, comparing=0.15),
        pigeons(),
        orders(),
    ],
    ids=["drawn", "drawn and compared", "pigeons", "orders"],
)
def test_a_hundred_rules_on_eight_features_are_verified_within_20_seconds(subject):
    start = time.perf_counter()
    first, last = subject.outcomes[0], subject.outcomes[-1]
    statements = [never(first, last, as_="n0")] if "n0" in subject.facts.features else []
    found = subject.verify(never=statements)
    assert found.complete
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda: never("a", as_=5), "'as_' must be a feature's handle or its name, got 5"),
        (lambda: never("a", as_="x", rises="no"), "'rises' must be True or False, got 'no'"),
        (
            lambda: TABLE_OF_ONE.verify(never=["x rises"]),
            "'never' must hold statements, got 'x rises': make each with relmkt.rules.never(...)",
        ),
        (
            lambda: TABLE_OF_ONE.verify(node_limit="1e6"),
            "'node_limit' must be a whole number, got '1e6'",
        ),
    ],
)
def test_a_question_of_another_sort_is_refused_in_words(asked, told):
    with pytest.raises(InvalidValueError) as caught:
        asked()
    assert str(caught.value) == told


TABLE_OF_ONE = Table(name="one", facts=schema(Thing), rules=[Rule("all", ALWAYS, "a")])
