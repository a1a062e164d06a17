"""The nearest other outcome is as near as trying every value finds, and it is really there."""

from __future__ import annotations

import itertools
import math
import time
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmkt.domain import Abstention, CustomerFacts, Strategy
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import (
    Constraint,
    Handles,
    MemberSet,
    flag,
    handles,
    identity,
    member,
    members,
    number,
    record,
    schema,
)
from relmkt.rules import (
    ALWAYS,
    Absent,
    AllOf,
    Change,
    Comparison,
    Flagged,
    Kind,
    OneOf,
    Op,
    Rule,
    Table,
    Threshold,
    absent,
    all_of,
    known,
)
from relmkt.rules._proofs.cells import Cells, rank, ranked
from relmkt.rules._proofs.steps import Start, Steps, _is_short, beyond, cost_of
from tests.oracle import decided
from tests.strategies import conditions, records, tables
from tests.things import Bound, Color, Mark, Thing

on = handles(Thing)
nearest = Table.nearest


def table(*rules, record_type=Thing, undecided=None):
    """A table of (condition, outcome), its rules named r0, r1, ..."""
    named = [Rule(f"r{at}", when, outcome) for at, (when, outcome) in enumerate(rules)]
    return Table(name="tried", facts=schema(record_type), rules=named, undecided=undecided)


def changed(found):
    """By feature, what it becomes."""
    return {change.feature: change.to for change in found.changes}


# ------------------------------------------------------------------- record types to be tried


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@record
class Mixed:
    """A number and a count that can be compared, a flag and a word, and a rule between fields."""

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
    """Three numbers that can stand in every order, two of them bound to it."""

    id: str = identity("what it is called")
    a: float | None = number("one", unit="one", lower=0, upper=1, default=None)
    b: float | None = number("two", unit="one", lower=0, upper=1, default=None)
    c: float = number("three", unit="one", lower=0, upper=0.5)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        return (Constraint("a", on.a != on.b, remedy="they are two"),)


@record
class Marked:
    """A set of words, and two counts."""

    id: str = identity("what it is called")
    count: int | None = number("how many", unit="piece", lower=0, whole=True, default=None)
    other: int | None = number("how many more", unit="piece", upper=2, whole=True, default=None)
    sizes: MemberSet[Size] | None = members(Size, "sizes", default=None)


# ------------------------------------------------------------------------------- the oracle

# Conditions are drawn with these thresholds, and facts with values well apart from them: so what a
# number stands beside is never in doubt.
THRESHOLDS = (0.0, 0.5, 1.0, 2.0, 100.0)
BESIDE = 1e-4
NUMBERS = (-3.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.3, 40.0)
COUNTS = (-4, 0, 1, 2, 7)


def truths(condition, columns):
    """Where a condition is true, and where it is false; NaN stands for what is not known."""
    match condition:
        case Threshold(feature, op, bound):
            is_known = ~np.isnan(columns[feature])
            held = op.holds(columns[feature], bound)
        case Comparison(left, op, right):
            is_known = ~np.isnan(columns[left]) & ~np.isnan(columns[right])
            held = op.holds(columns[left], columns[right])
        case Flagged(feature, expected):
            is_known = ~np.isnan(columns[feature])
            held = columns[feature] == expected
        case OneOf(feature, words, inside):
            is_known = ~np.isnan(columns[feature])
            codes = [at for at, word in enumerate(Size) if word.value in words]
            held = np.isin(columns[feature], codes) == inside
        case Absent(feature, expected):
            held = np.isnan(columns[feature]) == expected
            is_known = np.full(held.shape, True)
        case _:
            every = isinstance(condition, AllOf)
            shape = next(iter(columns.values())).shape
            true, false = np.full(shape, every), np.full(shape, not every)
            for part in condition.of:
                one, other = truths(part, columns)
                true = true & one if every else true | one
                false = false | other if every else false & other
            return true, false
    return held & is_known, ~held & is_known


def outcomes(subject, columns):
    """The outcome of every row; the table's word for "undecided" where no rule decides."""
    words = sorted({rule.outcome for rule in subject.rules})
    shape = next(iter(columns.values())).shape
    first, in_doubt, is_done = np.full(shape, -1), np.full(shape, False), np.full(shape, False)
    for rule in subject.rules:
        true, false = truths(rule.when, columns)
        code = words.index(rule.outcome)
        may_be = ~false & ~is_done
        in_doubt |= may_be & (first >= 0) & (first != code)
        first = np.where(may_be & (first < 0), code, first)
        is_done |= true
    found = np.array([*words, subject.undecided], dtype=object)
    return found[np.where(is_done & ~in_doubt, first, -1)]


def code(value):
    if value is None:
        return math.nan
    return float(list(Size).index(value)) if isinstance(value, str) else float(value)


def anchors(feature, values, features):
    """What a number can stand at or beside: thresholds, bounds, and what numbers are now."""
    found = {*THRESHOLDS, 0.0, 1.0, 2.0, 3.0}
    found |= {bound for bound in (feature.lower, feature.upper) if bound is not None}
    found |= {values[name] for name in values if features[name].kind.value == "number"} - {None}
    if feature.whole:
        found |= {at + step for at in found if at == int(at) for step in (-3, -2, -1, 1, 2, 3)}
    low = -math.inf if feature.lower is None else feature.lower
    high = math.inf if feature.upper is None else feature.upper
    return sorted(at for at in found if low <= at <= high and (at == int(at) or not feature.whole))


def options(feature, values, features, way, scale):
    """What a feature may become, each with its part of (changes, size)."""
    now = values[feature.name]
    found = {code(now): (0, 0.0)} if now is not None else {math.nan: (0, 0.0)}
    if feature.kind.value != "number":
        choices = [False, True] if feature.kind.value == "flag" else list(Size)
        others = [(code(choice), 1.0) for choice in choices if choice != now]
    else:
        places = anchors(feature, values, features)
        offsets = [0] if feature.whole else [step * BESIDE for step in range(-3, 4)]
        pairs = itertools.product(places, offsets)
        low = -math.inf if feature.lower is None else feature.lower
        high = math.inf if feature.upper is None else feature.upper
        others = [
            (at + offset, abs(at - (now or 0.0)) / scale.get(feature.name, 1.0))
            for at, offset in pairs
            if low <= at + offset <= high
        ]
    for value, size in others:
        is_up = now is not None and value > code(now)
        if now is None or way is None or (way == "up") is is_up:
            found.setdefault(value, (1, 1.0 if now is None else size))
    return list(found), list(found.values())


def tried(subject, values, movable, wanted, scale):
    """The fewest changes and their smallest size among all that there is to try."""
    features = subject.facts.features
    grids, costs = [], []
    for name, feature in features.items():
        if name == "id":
            continue
        if name in movable:
            choices, parts = options(feature, values, features, movable[name], scale)
        else:
            choices, parts = [code(values[name])], [(0, 0.0)]
        grids.append(choices)
        costs.append(parts)
    names = [name for name in features if name != "id"]
    mesh = np.meshgrid(*grids, indexing="ij")
    columns = {name: axis.ravel() for name, axis in zip(names, mesh, strict=True)}
    totals = [
        sum(
            axis.ravel()
            for axis in np.meshgrid(*([part[at] for part in p] for p in costs), indexing="ij")
        )
        for at in (0, 1)
    ]
    columns["id"] = np.zeros(columns[names[0]].shape)
    fits = np.isin(outcomes(subject, columns), np.array(wanted, dtype=object))
    for condition in subject.facts.given:
        fits &= ~truths(condition, columns)[1]
    if not fits.any():
        return None
    changes = totals[0][fits].min()
    return changes, totals[1][fits & (totals[0] == changes)].min()


@st.composite
def chains(draw, record_type):
    """Numbers that must stand in some order, and at a threshold or two."""
    found = schema(record_type)
    names = [name for name in found.features if found.features[name].kind is Kind.NUMBER]
    order = draw(st.permutations(names))
    ops = st.sampled_from([Op.LT, Op.LT, Op.LE, Op.EQ, Op.NE])
    bounds = st.builds(
        Threshold, st.sampled_from(names), st.sampled_from(Op), st.sampled_from(THRESHOLDS[:4])
    )
    links = [Comparison(left, draw(ops), right) for left, right in itertools.pairwise(order)]
    return all_of(*links, *draw(st.lists(bounds, max_size=2)))


@st.composite
def questions(draw, record_type):
    """A small table, a record, and what may move."""
    parts = st.lists(conditions(record_type, max_leaves=2), min_size=1, max_size=3)
    when = parts.map(lambda several: all_of(*several)) | chains(record_type)
    rules = draw(st.lists(st.tuples(when, st.sampled_from("abc")), min_size=1, max_size=4))
    rules += draw(st.sampled_from([[], [(ALWAYS, "d")], [(ALWAYS, "d")]]))
    undecided = draw(st.sampled_from([None, "?", "a"]))
    subject = table(*rules, record_type=record_type, undecided=undecided)
    features = subject.facts.features
    values = {}
    for name, feature in features.items():
        if feature.kind.value == "number":
            choices = COUNTS if feature.whole else NUMBERS
        else:
            choices = [False, True] if feature.kind.value == "flag" else feature.values
        low = -math.inf if feature.lower is None else feature.lower
        high = math.inf if feature.upper is None else feature.upper
        if feature.kind.value == "number":
            choices = [choice for choice in choices if low <= choice <= high]
        nothing = [] if feature.required else [None]
        values[name] = "it" if name == "id" else draw(st.sampled_from([*choices, *nothing]))
    movable = {}
    for name, feature in features.items():
        if name != "id" and draw(st.sampled_from([True, True, True, False])):
            one_way = [] if feature.kind.value == "member" else ["up", "down"]
            movable[name] = draw(st.sampled_from([None, None, None, *one_way]))
    scale = {
        name: draw(st.sampled_from([0.1, 1.0, 7.0]))
        for name in movable
        if features[name].kind.value == "number"
    }
    try:
        start = subject.facts.record(values)
    except InvalidValueError:
        assume(False)
    others = [outcome for outcome in subject.outcomes if outcome != subject.decide(start).outcome]
    assume(others)
    to = draw(st.none() | st.lists(st.sampled_from(others), min_size=1, max_size=2))
    return subject, values, movable, scale, to


@pytest.mark.parametrize("record_type", [Mixed, Three, Marked])
@given(data=st.data())
def test_no_way_is_nearer_than_the_nearest_and_trying_everything_finds_none_where_there_is_none(
    record_type, data
):
    subject, values, movable, scale, to = data.draw(questions(record_type))
    features = subject.facts.features
    start = subject.facts.record(values)
    found = nearest(subject, start, movable=movable, scale=scale, to=to)

    assert found.complete
    assert found.scale == scale
    now = subject.decide(start).outcome
    ruled = [rule.outcome for rule in subject.rules]
    assert set(found.wanted) == ({*ruled} - {now} if to is None else {*to})
    best = tried(subject, values, movable, list(found.wanted), scale)
    assert found.found == (best is not None)
    if best is None:
        assert found.changes == ()
        return
    assert found.outcome in found.wanted
    assert len(found.changes) == best[0]
    size = 0.0
    for change in found.changes:
        feature = features[change.feature]
        assert change.from_ == values[change.feature]
        if feature.kind.value == "number" and change.from_ is not None:
            near = min(anchors(feature, values, features), key=lambda at: abs(at - change.to))
            assert abs(near - change.to) <= max(0.03, 0.03 * abs(near))
            assert change.size == abs(change.to - change.from_) / scale[change.feature]
            size += abs(near - change.from_) / scale[change.feature]
        else:
            assert change.size == 1.0
            size += 1.0
    assert size == pytest.approx(best[1], abs=1e-9)


# ------------------------------------------------------------------------------------- laws


@st.composite
def journeys(draw, record_type):
    """A table, a record with any numbers in it, and what of it may move."""
    subject, start = draw(tables(record_type)), draw(records(record_type))
    features = subject.facts.features.values()
    moving = [f.name for f in features if f.kind in (Kind.NUMBER, Kind.FLAG, Kind.MEMBER)]
    return subject, start, draw(st.lists(st.sampled_from(moving), unique=True))


@pytest.mark.parametrize("record_type", [Thing, Bound])
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_found_is_a_real_record_that_really_leads_elsewhere(record_type, data):
    subject, start, movable = data.draw(journeys(record_type))
    found = nearest(subject, start, movable=movable)
    assert found.before == subject.decide(start)
    if not found.found:
        assert (found.after, found.record, found.outcome, found.changes) == (None, None, None, ())
        return
    at = decided(subject.rules, found.record)
    outcome = subject.undecided if at < 0 else subject.rules[at].outcome
    assert outcome == found.outcome != found.before.outcome
    assert outcome in found.wanted
    assert found.after == subject.decide(found.record)
    old, new = (subject.facts.values(side) for side in (start, found.record))
    assert {name: new[name] for name in old if new[name] != old[name]} == changed(found)
    assert set(changed(found)) <= set(movable)


@settings(max_examples=40)
@given(data=st.data())
def test_no_change_that_is_named_can_be_spared(data):
    subject, start, movable = data.draw(journeys(Thing))
    found = nearest(subject, start, movable=movable)
    for change in found.changes:
        values = subject.facts.values(start)
        others = {name: to for name, to in changed(found).items() if name != change.feature}
        spared = subject.decide(subject.facts.record({**values, **others}))
        assert not spared.settled or spared.outcome == found.before.outcome


@settings(max_examples=40)
@given(data=st.data())
def test_the_more_may_move_the_fewer_changes_are_needed(data):
    subject, start, movable = data.draw(journeys(Bound))
    few = nearest(subject, start, movable=movable[1:])
    many = nearest(subject, start, movable=movable)
    assert many.found or not few.found
    assert not few.found or len(many.changes) <= len(few.changes)


@settings(max_examples=40)
@given(data=st.data())
def test_who_has_arrived_needs_no_change(data):
    subject, start, movable = data.draw(journeys(Bound))
    found = nearest(subject, start, movable=movable)
    if found.found:
        again = nearest(subject, found.record, movable=movable, to=found.outcome)
        assert (again.found, again.changes, again.size) == (True, (), 0.0)
        assert (again.nodes, again.unknown, found.unknown) == (0, (), ())  # nothing is looked for
        assert str(again) == f"{found.outcome} as it is"


@given(
    start=st.floats(allow_nan=False, allow_infinity=False),
    end=st.floats(allow_nan=False),
    count=st.integers(1, 4),
)
def test_numbers_beyond_a_threshold_lie_between_and_go_away_from_it(start, end, count):
    assume(start != end)
    found = beyond(start, end, count)
    line = [start, *found, end]
    assert line == sorted(line, reverse=end < start)
    assert len(set(line)) == len(line)
    assert len(found) == count or math.nextafter(line[-2], end) == end


@given(
    start=st.floats(allow_nan=False, allow_infinity=False),
    apart=st.integers(-40, 40).filter(bool),
    count=st.integers(1, 4),
)
def test_beyond_a_number_near_another_there_are_as_many_as_there_is_room_for(start, apart, count):
    assume(abs(rank(start) + apart) <= rank(math.inf))  # beyond infinity there is no number
    end = ranked(rank(start) + apart)
    assume(not math.isnan(end))  # beyond infinity there are no numbers
    found = beyond(start, end, count)
    line = [start, *found, end]
    assert len(found) == min(count, abs(apart) - 1)
    assert line == sorted(set(line), reverse=apart < 0)


def test_numbers_beyond_another_have_as_many_digits_as_it_takes():
    assert beyond(0.5, 0.5004, 3) == [0.5001, 0.5002, 0.5003]
    assert beyond(1.0, 0.9996, 2) == [0.9999, 0.9998]
    assert beyond(0.0, 1.0, 2) == [0.01, 0.02]
    assert beyond(1.7e308, math.inf, 2) == [1.71e308, 1.72e308]


@pytest.mark.parametrize(
    ("number", "is_short"),
    [
        (123456.0, True),
        (-123456.0, True),
        (1234567.0, False),
        (-123456.5, False),
        (12345.6, True),
        (-12345.6, True),
        (12345.67, False),
        (0.00012345, True),
        (1.23456e300, True),
        (1.2345e-300, True),
        (1.234567e300, False),
    ],
)
def test_a_number_of_at_most_six_digits_is_short(number, is_short):
    assert _is_short(number) is is_short


def test_who_has_what_is_wanted_is_not_looked_at_any_further():
    subject = table((on.x > 5, "a"), (ALWAYS, "b"))
    found = nearest(subject, Thing(thing=1, x=9), movable=["x"], to="a")
    assert (found.nodes, found.changes, found.unknown) == (0, (), ())
    assert nearest(subject, Thing(thing=1, x=9), movable=["x"], to="b").unknown == ()


def test_a_flag_and_a_word_count_as_one():
    assert Start(value=False, size=1.0).cost(value=True) == (1, 1.0, 0)
    found = nearest(table((on.is_new, "a"), (ALWAYS, "b")), NEW, movable=["is_new"])
    assert [change.size for change in found.changes] == [1.0]


NEW = Thing(thing=1, is_new=True)


def test_what_several_changes_cost_is_what_each_does():
    steps = {name: Steps(Cells((), 0, 0), ((cost, 1),)) for name, cost in COSTS.items()}
    assert cost_of(steps)([1, 1, 1]) == (2, 3.5, 7)


COSTS = {"a": (1, 1.5, 3), "b": (0, 0.0, 0), "c": (1, 2.0, 4)}


@given(
    threshold=st.sampled_from([0.5, -0.5, 0.3, 200.0, -200.0, 1234.5678, 1e-7, 1e300]),
    is_up=st.booleans(),
)
def test_numbers_beyond_a_threshold_are_short_and_within_a_hundredth_of_it(threshold, is_up):
    (found,) = beyond(threshold, math.inf if is_up else -math.inf, 1)
    assert abs(found - threshold) <= 0.0101 * abs(threshold)
    assert float(f"{found:.3g}") == found


# -------------------------------------------------------------------------------- situations


def test_a_threshold_is_met_where_that_is_enough_and_passed_where_it_must_be():
    subject = table((on.x >= 5, "high"), (on.x > 3, "middle"), (ALWAYS, "low"))
    at_two = Thing(thing=1, x=2)
    assert changed(nearest(subject, at_two, movable=["x"])) == {"x": 3.01}
    assert changed(nearest(subject, at_two, movable=["x"], to="high")) == {"x": 5.0}
    assert changed(nearest(subject, Thing(thing=1, x=9), movable=["x"], to="low")) == {"x": 3.0}
    assert changed(nearest(subject, Thing(thing=1, x=9), movable=["x"])) == {"x": 4.99}


def test_beside_zero_a_hundredth_is_named_and_less_where_there_is_less_room():
    subject = table((on.x > 0, "gain"), (ALWAYS, "loss"))
    assert changed(nearest(subject, Thing(thing=1, x=-7), movable=["x"])) == {"x": 0.01}
    narrow = table(((on.x > 0) & (on.x < 0.003), "gain"), (ALWAYS, "loss"))
    assert changed(nearest(narrow, Thing(thing=1, x=-7), movable=["x"])) == {"x": 0.0001}
    tiny = table(((on.x > 0) & (on.x < 1e-323), "gain"), (ALWAYS, "loss"))
    assert changed(nearest(tiny, Thing(thing=1, x=-7), movable=["x"])) == {"x": 5e-324}
    none = table(((on.x > 0) & (on.x < 5e-324), "gain"), (ALWAYS, "loss"))
    assert not nearest(none, Thing(thing=1, x=-7), movable=["x"]).found


def test_a_threshold_with_many_digits_is_met_at_the_first_short_number():
    subject = table((on.x >= 243.18181818, "high"), (ALWAYS, "low"))
    assert changed(nearest(subject, Thing(thing=1, x=100), movable=["x"])) == {"x": 244.0}
    only = table((on.x == 243.18181818, "there"), (ALWAYS, "elsewhere"))
    assert changed(nearest(only, Thing(thing=1, x=100), movable=["x"])) == {"x": 243.18181818}


def test_the_greatest_floats_have_no_room_beyond_them():
    greatest = 1.7976931348623157e308
    subject = table((on.x > greatest, "beyond"), (ALWAYS, "here"))
    assert not nearest(subject, Thing(thing=1, x=1), movable=["x"]).found


def test_whole_numbers_go_to_the_next_whole_number():
    subject = table((on.count > 2.5, "many"), (ALWAYS, "few"))
    assert changed(nearest(subject, Thing(thing=1, count=0), movable=["count"])) == {"count": 3}
    found = nearest(subject, Thing(thing=1, count=9), movable=["count"])
    assert changed(found) == {"count": 2}
    assert isinstance(found.changes[0].to, int)


def test_fewer_changes_come_before_smaller_ones():
    subject = table(((on.x > 1) & on.is_new, "a"), (on.y > 1000, "b"), (ALWAYS, "c"))
    start = Thing(thing=1, x=0.999, y=1, is_new=False)
    assert changed(nearest(subject, start, movable=["x", "y", "is_new"])) == {"y": 1010.0}


def test_of_as_few_changes_the_smallest_in_the_scale_is_taken():
    subject = table((on.x >= 10, "a"), (on.y >= 10, "b"), (ALWAYS, "c"))
    start = Thing(thing=1, x=4, y=6)
    movable = ["x", "y"]
    assert nearest(subject, start, movable=movable).outcome == "b"
    found = nearest(subject, start, movable=movable, scale={"x": 100, "y": 1})
    assert found.outcome == "a"
    assert found.size == 0.06
    assert found.scale == {"x": 100.0, "y": 1.0}


def test_our_default_scale_is_the_range_or_the_size_or_the_largest_threshold_or_one():
    subject = table((on.x >= 10, "a"), (on.x <= -30, "b"), (on.y > on.x, "c"), (ALWAYS, "d"))
    movable = ["x", "y", "share"]
    start = Thing(thing=1, x=0, y=0, share=0.1)
    assert nearest(subject, start, movable=movable).scale == {"x": 30, "y": 1, "share": 1}
    start = Thing(thing=1, x=-8, share=0.1)
    assert nearest(subject, start, movable=movable).scale == {"x": 8, "y": 1, "share": 1}


@record
class Narrow:
    """A number between two bounds that are not 0, and one that its bounds leave no room."""

    id: str = identity("what it is called")
    grade: float = number("from 1 to 3", unit="one", lower=1, upper=3)
    fixed: float = number("always 5", unit="one", lower=5, upper=5)


def test_where_bounds_leave_no_room_the_scale_is_the_size():
    here = handles(Narrow)
    subject = table((here.grade > 2, "a"), (here.fixed > 5, "b"), (ALWAYS, "c"), record_type=Narrow)
    found = nearest(subject, Narrow(id="n", grade=3, fixed=5), movable=["grade", "fixed"])
    assert found.scale == {"grade": 2, "fixed": 5}
    assert changed(found) == {"grade": 2}


def test_facts_move_only_in_the_way_that_is_open_to_them():
    subject = table((on.x > 5, "high"), (on.x < 1, "low"), (~on.is_new, "old"), (ALWAYS, "so so"))
    start = Thing(thing=1, x=4.9, is_new=True)
    assert nearest(subject, start, movable={"x": "down"}).outcome == "low"
    assert nearest(subject, start, movable={"x": "up"}).outcome == "high"
    assert nearest(subject, start, movable={"x": None}).outcome == "high"
    assert nearest(subject, start, movable={"is_new": "down"}).outcome == "old"
    assert not nearest(subject, start, movable={"is_new": "up"}).found


def test_numbers_that_are_compared_keep_their_order_at_the_same_threshold():
    subject = table(((on.x > 1) & (on.y > on.x), "a"), (ALWAYS, "b"))
    found = nearest(subject, Thing(thing=1, x=0, y=0), movable=["x", "y"], scale={"x": 1, "y": 1})
    assert changed(found) == {"x": 1.01, "y": 1.02}


def test_a_rule_between_fields_makes_another_fact_move_along():
    start = Bound(bound=1, low=10, high=20, count=1)
    subject = table((handles(Bound).low >= 30, "far"), (ALWAYS, "near"), record_type=Bound)
    assert not nearest(subject, start, movable=["low"]).found
    found = nearest(subject, start, movable=["low", "high"])
    assert changed(found) == {"low": 30.0, "high": 30.0}


def test_a_set_stands_for_its_words_and_a_handle_for_its_feature():
    subject = table((on.marks_rare & (on.color == Color.BLUE), "a"), (ALWAYS, "b"))
    start = Thing(thing=1, marks=set(), color=Color.RED)
    found = nearest(subject, start, movable=["marks", on.color])
    assert changed(found) == {"color": Color.BLUE, "marks_rare": True}
    assert isinstance(found.changes[0].to, Color)
    assert list(found.record.marks) == [Mark.RARE]


def test_an_absent_fact_may_become_known_and_then_counts_as_one():
    subject = table((on.x > 5, "a"), (on.is_new, "b"), (ALWAYS, "c"))
    undecided = Thing(thing=1)
    ways = {"x": "down", "is_new": "down"}
    assert changed(nearest(subject, undecided, movable=ways)) == {"x": 5.01}
    found = nearest(subject, undecided, movable=ways, to="c")
    assert changed(found) == {"x": 5.0, "is_new": False}
    assert [change.size for change in found.changes] == [1.0, 1.0]
    assert [change.by for change in found.changes] == [None, None]
    assert not nearest(subject, undecided, movable=["x"], to="c").found


def test_what_nobody_asks_about_can_be_found_out_where_it_matters_that_it_is_known():
    subject = table((known(on.x), "known"), (ALWAYS, "unknown"))
    found = nearest(subject, Thing(thing=1), movable=["x"])
    assert (found.outcome, changed(found)) == ("known", {"x": 0.0})


def test_what_is_known_is_never_forgotten():
    subject = table((absent(on.x), "unknown"), (ALWAYS, "known"))
    assert not nearest(subject, Thing(thing=1, x=1), movable=["x"]).found


def test_undecided_is_looked_for_where_its_word_is_named():
    subject = table((on.x > 5, "a"), (on.y > 5, "b"), (ALWAYS, "c"), undecided="?")
    start = Thing(thing=1, x=9)
    assert nearest(subject, start, movable=["x"]).found is False
    found = nearest(subject, start, movable=["x"], to="?")
    assert changed(found) == {"x": 5.0}
    assert not found.after.settled


def test_assumed_facts_may_change_and_the_others_stay_assumed():
    subject = table((on.x > 5, "a"), (on.y > 5, "b"), (ALWAYS, "c"))
    start, assumed = Thing(thing=1), {"x": 9, "y": 9}
    found = nearest(subject, start, movable=["x"], assume=assumed)
    assert (found.before.outcome, found.outcome) == ("a", "b")
    assert found.after.assumed == {"y": 9}
    assert found.after.facts == Thing(thing=1, x=5, y=9)


def test_the_search_stops_at_its_limit_and_says_how_far_it_came():
    high = all_of(on.x > 5, on.y > 5, on.is_new)
    subject = table((high, "a"), (ALWAYS, "b"))
    start = Thing(thing=1, x=0, y=0, is_new=False)
    movable = ["x", "y", "is_new"]
    assert len(nearest(subject, start, movable=movable).changes) == 3
    found = nearest(subject, start, movable=movable, node_limit=1)
    assert not found.found
    assert not found.complete
    assert str(found) == (
        "b: no way to another outcome was found; stopped after 1 nodes (node_limit); "
        "fewer than 3 changes lead nowhere"
    )
    either = table((all_of(on.x > 5) | (on.y > 5), "a"), (ALWAYS, "b"))
    found = nearest(either, start, movable=movable, node_limit=1)
    assert found.stopped == "stopped after 1 nodes (node_limit)"
    loud = on.is_new & on.is_loud & (on.x < -3)
    either = table((all_of(on.x > 5, on.y > 5) | loud, "a"), (ALWAYS, "b"))
    start = Thing(thing=1, x=0, y=0, is_new=False, is_loud=False)
    movable = [*movable, "is_loud"]
    assert [nearest(either, start, movable=movable, node_limit=at).stopped for at in (2, 3, 4)] == [
        "stopped after 2 nodes (node_limit); fewer changes lead nowhere",
        "stopped after 3 nodes (node_limit); fewer than 2 changes lead nowhere",
        None,
    ]
    # It is the number of changes that is told, however large they are.
    found = nearest(either, start, movable=movable, scale={"x": 2, "y": 2}, node_limit=2)
    assert found.stopped == "stopped after 2 nodes (node_limit); fewer changes lead nowhere"


# ------------------------------------------------------------------------------ in words


def test_it_is_read_aloud():
    subject = table((on.x > 1234.5, "a"), (on.is_new, "b"), (absent(on.color), "c"), (ALWAYS, "d"))
    found = nearest(subject, Thing(thing=1, x=2000, is_new=False), movable=["x", "is_new"], to="b")
    assert str(found).splitlines() == [
        "a becomes b with 2 changes",
        "  x from 2,000 to 1234.5 (down by 765.50)",
        "  is new from no to yes",
        "  r1: is new",
    ]


def test_a_way_to_where_nothing_is_decided_is_read_aloud():
    subject = table((on.x > 5, "a"), (on.y > 3, "b"), (ALWAYS, "c"), undecided="?")
    assert str(nearest(subject, Thing(thing=1, x=10), movable=["x"], to="?")).splitlines() == [
        "a becomes ? with 1 change",
        "  x from 10 to 5 (down by 5)",
        "  no rule: not known, and it could change the outcome: y",
    ]


def test_the_old_value_is_rounded_unless_it_would_look_like_the_new_one():
    subject = table((on.x > 0.5, "a"), (on.x <= 0.5, "b"))
    found = nearest(subject, Thing(thing=1, x=0.7139386), movable=["x"])
    assert str(found.changes[0]) == "x from 0.714 to 0.5 (down by 0.214)"
    found = nearest(subject, Thing(thing=1, x=0.50001), movable=["x"])
    assert str(found.changes[0]) == "x from 0.50001 to 0.5 (down by 1e-05)"


def test_where_there_is_no_way_it_says_so_and_names_what_is_not_known():
    subject = table((on.x > 5, "a"), (on.y > 5, "b"), (ALWAYS, "c"))
    found = nearest(subject, Thing(thing=1, x=9), movable=["x"])
    assert str(found) == (
        "a: no change of the facts that may change leads to another outcome; "
        "y would have to be known as well"
    )
    assert found.unknown == ("y",)
    found = nearest(subject, Thing(thing=1, x=9, y=1), movable=["y"], to=["b", "c"])
    assert str(found) == "a: no change of the facts that may change leads to another outcome"
    found = nearest(subject, Thing(thing=1, x=9, y=1), movable=[], to="c")
    assert str(found) == "a: no change of the facts that may change leads to c"
    more = table(*[(rule.when, rule.outcome) for rule in subject.rules], (ALWAYS, "d"))
    found = nearest(more, Thing(thing=1, x=9, y=1), movable=[], to=["b", "c"])
    assert str(found) == "a: no change of the facts that may change leads to b or c"


def test_what_is_not_known_and_would_not_help_is_not_named():
    subject = table((on.x > 5, "a"), ((on.x < -5) & (on.y > 5), "b"), (ALWAYS, "a"))
    start = Thing(thing=1, x=9, color="red")
    assert nearest(subject, start, movable=["color"]).unknown == ()
    assert nearest(subject, start, movable=["x"]).unknown == ("y",)
    since = table((on.x > 5, "a"), (known(on.since), "b"), (ALWAYS, "a"))
    assert nearest(since, start, movable=["x"]).unknown == ()


def test_what_would_have_to_be_known_is_not_looked_for_beyond_the_limit():
    hard = all_of(on.y > 5, on.x > on.y, on.share >= 0.5, on.is_new | on.is_loud)
    subject = table((on.x > 1000, "a"), (hard, "b"), (ALWAYS, "a"))
    start = Thing(thing=1, x=2000)
    assert nearest(subject, start, movable=["x"]).unknown == ("y", "share", "is_new")
    found = nearest(subject, start, movable=["x"], node_limit=3)
    assert (found.complete, found.unknown) == (True, ())


def test_of_many_facts_that_are_not_known_the_first_are_named():
    asked = all_of(on.y > 1, on.share > 0, on.is_new, on.is_loud, on.count > 1, on.color == "red")
    subject = table((on.x > 5, "a"), (asked, "b"))
    found = nearest(subject, Thing(thing=1, x=9), movable=["x"])
    assert str(found).endswith(
        "; y, share, count, is new, is loud, 1 more would have to be known as well"
    )
    subject = table((on.x > 5, "a"), (all_of(*asked.of[:-1]), "b"))
    found = nearest(subject, Thing(thing=1, x=9), movable=["x"])
    assert str(found).endswith("; y, share, count, is new, is loud would have to be known as well")


def test_where_there_is_one_outcome_there_is_no_other():
    found = nearest(table((ALWAYS, "a")), Thing(thing=1), movable=["x"])
    assert (found.found, found.complete, found.wanted) == (False, True, ())
    assert str(found) == "a: there is no other outcome"


def test_who_is_undecided_without_a_word_for_it_is_called_so():
    subject = table((on.x > 5, "a"), (ALWAYS, "b"))
    found = nearest(subject, Thing(thing=1), movable=["x"], to="a")
    assert str(found).splitlines()[:2] == [
        "undecided becomes a with 1 change",
        "  x from unknown to 5.01",
    ]


# --------------------------------------------------------------------------- the shipped table


B1 = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3).table()
CUSTOMER = CustomerFacts(
    customer="C-17",
    status="active",
    significance=set(),
    barred=False,
    current_profit=12,
    avoidable_profit=15,
    residual_value=80,
    retained_value=812.4,
    attrition_risk=0.62,
    competitor_pull=0.1,
    wallet_share_falling=False,
    cost_to_serve_ratio=0.2,
    cost_reducible=False,
    headroom=0,
    acquisition_gain=0,
    winback_gain=0,
    ended_by_us=False,
    need_gone=False,
)


def test_a_customer_at_risk_is_harvested_once_the_risk_is_below_its_threshold():
    movable = {"attrition_risk": "down", "headroom": "up", "barred": None}
    found = nearest(B1, CUSTOMER, movable=movable, to=[Strategy.HARVEST, Strategy.ENHANCE])
    assert changed(found) == {"attrition_risk": 0.499}
    assert found.outcome is Strategy.HARVEST
    found = nearest(B1, CUSTOMER, movable=movable, to=Strategy.ENHANCE)
    assert changed(found) == {"attrition_risk": 0.499, "headroom": 0.01}


def test_every_outcome_of_the_table_has_a_way_from_a_customer_and_each_is_found_at_once():
    movable = [name for name in B1.facts.features if name != "customer"]
    for outcome in B1.outcomes:
        start = time.perf_counter()
        found = nearest(B1, CUSTOMER, movable=movable, to=outcome)
        took = time.perf_counter() - start
        assert found.found is (outcome is not Abstention.UNDECIDED)
        assert found.nodes < 1000
        assert took < 1.0


# --------------------------------------------------------------------------------- bad input

SUBJECT = table((on.x > 5, "a"), (ALWAYS, "b"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"movable": "x"},
            "'movable' must be a list of facts, got 'x': write [...] even for one",
        ),
        (
            {"movable": on.x},
            "'movable' must be a list of facts, got <number x>: wri",
        ),
        ({"movable": ["xx"]}, "no fact 'xx' in movable; did you mean 'x'?"),
        (
            {"movable": ["since"]},
            "'movable' must name numbers, flags and words, got 'since, of the kind instant'",
        ),
        (
            {"movable": ["thing"]},
            "'movable' must name numbers, flags and words, got 'thing, of the kind text'",
        ),
        (
            {"movable": {"color": "up"}},
            "'movable' must name what rises and falls, got 'color, of the kind member'",
        ),
        (
            {"movable": {"x": "north"}},
            "'movable' must be 'up', 'down' or None, got 'north' for 'x'",
        ),
        ({"to": "c"}, "no outcome 'c' in to; there are: a, b"),
        ({"to": []}, "'to' must name at least one outcome, got []"),
        ({"scale": {"z": 1}}, "no fact 'z' in scale"),
        (
            {"scale": {"is_new": 1}},
            "'scale' must name numbers, got 'is_new, which counts as one'",
        ),
        (
            {"scale": {"x": 0}},
            "'scale' must be a finite number above 0, got 0 for 'x'",
        ),
        (
            {"scale": {"x": math.inf}},
            "'scale' must be a finite number above 0, got inf",
        ),
        (
            {"scale": {"x": True}},
            "'scale' must be a finite number above 0, got True",
        ),
        (
            {"scale": {"x": "1"}},
            "'scale' must be a finite number above 0, got '1'",
        ),
        ({"node_limit": 0}, "'node_limit' must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(options, message):
    with pytest.raises((InvalidValueError, UnknownNameError)) as raised:
        nearest(SUBJECT, Thing(thing=1), **{"movable": ["x"], **options})
    assert str(raised.value).startswith(message)  # what follows are all names there are


def test_only_a_record_of_the_table_has_a_nearest_outcome():
    with pytest.raises(InvalidValueError) as raised:
        nearest(SUBJECT, "C", movable=["x"])
    assert str(raised.value) == "'record' must be a Thing, got 'C'"


def test_a_rise_is_said_to_be_up():
    change = Change(feature="x", from_=0.25, to=1.0, size=0.75, label="x")
    assert str(change) == "x from 0.25 to 1 (up by 0.75)"
    assert str(Change(feature="x", from_=None, to=1.0, size=1.0, label="x")) == (
        "x from unknown to 1"
    )
