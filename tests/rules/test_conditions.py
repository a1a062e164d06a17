"""Conditions are three-valued, have value equality, and refuse whatever would be misread."""

from __future__ import annotations

import copy
import operator
import pickle
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relmkt.domain import CustomerFacts
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.records import handles, schema
from relmkt.rules import (
    ALWAYS,
    NEVER,
    Absent,
    AllOf,
    AnyOf,
    Comparison,
    Feature,
    Flagged,
    Handle,
    Kind,
    OneOf,
    Op,
    Rule,
    Table,
    Threshold,
    absent,
    all_of,
    any_of,
    as_condition,
    features_in,
    known,
    negate,
)
from relmkt.testing.oracle import LETTER, NOT, truth
from relmkt.testing.strategies import BOUNDS, conditions, records
from tests.things import Color, Thing, Things

on = handles(Thing)
ONE = Thing(thing=1)
NAN = float("nan")


def asked(condition, record_type=Thing):
    """A table that says T, F or U."""
    return Table(
        name="answer",
        facts=schema(record_type),
        rules=[Rule("true", condition, "T"), Rule("false", ~condition, "F")],
        undecided="U",
    )


def answers(condition, record_type=Thing):
    """The library's own answer to a condition."""
    table = asked(condition, record_type)
    return lambda record: table.decide(record).outcome


# --------------------------------------------------------------------------- Kleene's logic


@given(conditions(Thing), records(Thing))
def test_answers_agree_with_truth_tables(condition, thing):
    assert answers(condition)(thing) == truth(condition, thing)


@given(conditions(CustomerFacts), records(CustomerFacts))
def test_answers_on_customers_agree_with_truth_tables(condition, customer):
    assert answers(condition, CustomerFacts)(customer) == truth(condition, customer)


@given(conditions(Thing), st.lists(records(Thing), max_size=9))
def test_answers_on_columns_agree_with_truth_tables(condition, things):
    labels = asked(condition).decide(Things.of(things)).labels()
    assert labels == [truth(condition, thing) for thing in things]


@given(conditions(Thing), records(Thing))
def test_explanations_give_the_same_answers(condition, thing):
    table = Table(name="answer", facts=schema(Thing), rules=[Rule("r", condition, "T")])
    (trace,) = table.explain(thing).rules
    assert LETTER[trace.holds] == truth(condition, thing)


@given(conditions(Thing), records(Thing))
def test_negation_is_true_exactly_where_the_condition_is_false(condition, thing):
    assert truth(~condition, thing) == NOT[truth(condition, thing)]
    assert answers(~condition)(thing) == NOT[answers(condition)(thing)]


@given(conditions(Thing))
def test_negating_twice_gives_the_condition_back(condition):
    assert ~~condition == condition


@given(conditions(Thing), conditions(Thing))
def test_negation_goes_through_and_and_or_as_de_morgan_says(left, right):
    assert ~(left & right) == any_of(~left, ~right)
    assert ~(left | right) == all_of(~left, ~right)
    assert ~AllOf((left, right)) == AnyOf((~left, ~right))
    assert ~AnyOf((left, right)) == AllOf((~left, ~right))


@given(conditions(Thing), conditions(Thing), conditions(Thing), records(Thing))
def test_and_and_or_are_commutative_associative_and_distributive(a, b, c, thing):
    def same(left, right):
        return answers(left)(thing) == answers(right)(thing)

    assert same(a & b, b & a)
    assert same(a | b, b | a)
    assert same((a & b) & c, a & (b & c))
    assert same((a | b) | c, a | (b | c))
    assert same(a & (b | c), (a & b) | (a & c))


@given(conditions(Thing), records(Thing))
def test_always_and_never_are_the_ends(condition, thing):
    assert answers(condition & ALWAYS)(thing) == answers(condition)(thing)
    assert answers(condition | NEVER)(thing) == answers(condition)(thing)
    assert answers(condition | ALWAYS)(thing) == "T"
    assert answers(condition & NEVER)(thing) == "F"


@given(st.sampled_from(sorted(schema(Thing).features)), records(Thing))
def test_whether_a_fact_is_known_is_always_known(name, thing):
    asked = {answers(absent(on[name]))(thing), answers(known(on[name]))(thing)}
    assert asked == {"T", "F"}


@given(conditions(Thing), records(Thing, complete=True))
def test_nothing_is_unknown_about_a_complete_record(condition, thing):
    assert answers(condition)(thing) != "U"


def test_what_is_unknown_stays_unknown_even_where_every_filling_agrees():
    assert answers((on.x >= 0) | (on.x < 0))(ONE) == "U"


# ----------------------------------------------------------------------------------- values


@given(conditions(Thing))
def test_equal_conditions_have_equal_hashes(condition):
    twin = pickle.loads(pickle.dumps(condition))  # noqa: S301
    assert twin == condition == copy.deepcopy(condition)
    assert hash(twin) == hash(condition)


@given(conditions(Thing), conditions(Thing), records(Thing))
def test_equal_conditions_give_equal_answers(left, right, thing):
    if left == right:
        assert truth(left, thing) == truth(right, thing)
    else:
        assert repr(left) != repr(right)


@pytest.mark.parametrize(
    ("built", "node"),
    [
        (on.x < 1, Threshold("x", Op.LT, 1.0)),
        (operator.gt(1, on.x), Threshold("x", Op.LT, 1.0)),
        (operator.eq("red", on.color), OneOf("color", frozenset({"red"}))),
        (on.x >= -0.0, Threshold("x", Op.GE, 0)),
        (on.x == 2, Threshold("x", Op.EQ, 2.0)),
        (on.x != Fraction(1, 2), Threshold("x", Op.NE, 0.5)),
        (on.x > np.int64(3), Threshold("x", Op.GT, 3.0)),
        (on.x <= on.y, Comparison("x", Op.LE, "y")),
        (on.x == on.y, Comparison("x", Op.EQ, "y")),
        (on.is_new == True, Flagged("is_new")),  # noqa: E712
        (on.is_new == False, Flagged("is_new", expected=False)),  # noqa: E712
        (on.is_new != False, Flagged("is_new")),  # noqa: E712
        (~on.is_new, Flagged("is_new", expected=False)),
        (on.is_new & on.is_loud, AllOf((Flagged("is_new"), Flagged("is_loud")))),
        (on.is_new | on.is_loud, AnyOf((Flagged("is_new"), Flagged("is_loud")))),
        (on.color == "red", OneOf("color", frozenset({"red"}))),
        (on.color == Color.RED, OneOf("color", frozenset({"red"}))),
        (on.color != Color.RED, OneOf("color", frozenset({"red"}), inside=False)),
        (on.color.is_in(["red", Color.BLUE]), OneOf("color", frozenset({"red", "blue"}))),
        (on.color.is_in([]), OneOf("color", frozenset())),
        (absent(on.since), Absent("since")),
        (known(on["since"]), Absent("since", expected=False)),
        (on.any_of("marks"), any_of(on.marks_old, on.marks_rare, on.marks_signed_by_hand)),
        (as_condition(on.is_new), Flagged("is_new")),
    ],
)
def test_operators_build_nodes(built, node):
    assert built == node
    assert hash(built) == hash(node)


def test_chains_of_and_and_or_are_flat():
    a, b, c = on.x > 1, on.y > 1, on.is_new
    assert ((a & b) & c).of == (a, b, as_condition(c)) == (a & (b & c)).of
    assert ((a | b) | c).of == (a, b, as_condition(c)) == any_of(a, b | c).of
    assert len(((a | b) & c).of) == 2


def test_features_are_named_once_and_in_order():
    condition = (on.y > on.x) & (on.x > 1) & ~on.is_new & absent(on.note)
    assert features_in(condition) == ("y", "x", "is_new", "note")


def test_an_operator_knows_its_opposite_and_its_sign():
    for op in Op:
        assert op.opposite.opposite is op
        for left in BOUNDS:
            assert op.holds(left, 0.5) is not op.opposite.holds(left, 0.5)
    assert "".join(op.sign for op in Op) == "<≤>≥=≠"


def test_a_handle_says_what_it_is_and_has_no_hash():
    assert repr(on.x) == "<number x>"
    with pytest.raises(TypeError, match="unhashable"):
        hash(on.x)


# ------------------------------------------------------------------------- what is refused


def _both():
    return (on.x > 1) and (on.y > 1)


def _not():
    return not (on.x > 1)


def _chain():
    return 0 < on.x < 1


def _if():
    return 1 if on.is_new else 2


def _or_of_handles():
    return on.is_new or on.is_loud


def _in_list():
    return on.x in [1.0, 2.0]


@pytest.mark.parametrize("misuse", [_both, _not, _chain, _if, _or_of_handles, _in_list])
def test_a_condition_has_no_truth_of_its_own(misuse):
    with pytest.raises(TypeError, match=re.escape("write & for 'and', | for 'or'")):
        misuse()


HANDLES = "'condition' must be built from handles, got "


def test_a_flag_is_equal_to_yes_where_it_is_set():
    assert (on.is_new == True) == (on.is_new != False) == Flagged("is_new")  # noqa: E712
    assert (on.is_new == False) == (on.is_new != True) == ~Flagged("is_new")  # noqa: E712


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (lambda: on.x < "1", "'x' must be compared with a finite number"),
        (
            lambda: on.x < None,
            "got None: state the threshold as a number; absent\\(...\\) asks whether a fact is unk",
        ),
        (lambda: on.x > on.is_new, "'is_new' must be a number to be compared with >, got 'a flag'"),
        (lambda: on.x >= NAN, "finite number that a float64 holds, got nan"),
        (lambda: on.x < float("inf"), "got inf"),
        (lambda: on.x < True, "got True"),
        (lambda: on.x < 2**53 + 1, "float64 holds, got 9007199254740993"),
        (lambda: on.x < 10**400, "float64 holds"),
        (lambda: on.x < Fraction(10**400), "float64 holds"),
        (lambda: on.is_new > 0, "'is_new' must be a number to be compared with >, got 'a flag'"),
        (lambda: on.is_new == 1, "use it as it stands, or ~ for its opposite"),
        (lambda: on.color < "red", "write == with one of its words, or is_in"),
        (lambda: on.color == 1, "'color' must be a number"),
        (lambda: on.x == on.color, "'color' must be a number"),
        (lambda: on.x.is_in(["red"]), "'x' must be a member to be asked for membership"),
        (lambda: on.since < 3, "rules may ask only whether it is absent"),
        (lambda: on.born == 3, "rules may ask only whether it is absent"),
        (lambda: on.note == "a", "rules may ask only whether it is absent"),
        (lambda: ~on.x, "'x' must be a flag to be a condition as it stands, got 'a number'"),
        (lambda: on.x & on.is_new, "'x' must be a flag to be a condition as it stands"),
        (lambda: as_condition(True), "start it with a handle"),
        (lambda: all_of(on.x > 1, True), HANDLES + "True: a comp"),
        (
            lambda: any_of(1),
            HANDLES + "1: a comparison with a plain value gives a bool: start it with a handle$",
        ),
    ],
)
def test_a_wrong_kind_of_question_is_refused_with_the_right_one(question, told):
    with pytest.raises(InvalidValueError, match=told):
        question()


def test_a_value_on_the_right_of_an_operator_is_refused():
    with pytest.raises(TypeError, match=r"built from handles, got True: .* \(on the right of &\)"):
        (on.x > 1) & True
    with pytest.raises(TypeError, match=r"must be a flag .* \(on the right of \|\)"):
        on.is_new | on.x


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (lambda: on.color == "rot", "no value 'rot' in 'color'; there are: red, dark_green, blue"),
        (lambda: on.color.is_in(["blu"]), "did you mean 'blue'"),
        (lambda: on["colour"], "no fact 'colour'; did you mean 'color'"),
        (lambda: on.any_of("mark"), "no set 'mark'; did you mean 'marks'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(question, told):
    with pytest.raises(UnknownNameError, match=told):
        question()


def test_an_unknown_attribute_is_answered_with_the_known_ones():
    with pytest.raises(AttributeError, match="no fact 'colour'; did you mean 'color'"):
        _ = on.colour


def test_bounds_of_a_feature_stand_in_order():
    with pytest.raises(InvalidValueError) as caught:
        Feature(name="x", kind=Kind.NUMBER, lower=1, upper=0)
    assert str(caught.value) == "'upper' must not be below 'lower' (1), got 0 for x"
    assert Feature(name="x", kind=Kind.NUMBER, lower=1, upper=1).upper == 1
    assert Handle(Feature(name="big_x", kind=Kind.NUMBER)).feature.label == "big x"


@example(Threshold("x", Op.GE, 1.0))
@given(conditions(Thing))
def test_negation_by_function_is_negation_by_operator(condition):
    assert negate(condition) == ~condition
