"""Records hold what was given, in one form, or refuse it with the field, the rule and the value."""

from __future__ import annotations

import copy
import pickle
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.domain import CustomerFacts, Order, Significance, Summary
from relmkt.errors import InvalidValueError, RelmktError, UnknownNameError
from relmkt.records import (
    Constraint,
    MemberSet,
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
from relmkt.rules import Kind, absent
from relmkt.testing.oracle import filled, truth
from relmkt.testing.strategies import records
from tests.things import Bound, Color, Mark, Thing

RECORD_TYPES = [Thing, Bound, CustomerFacts, Order, Summary]
NAT = np.datetime64("NaT")


# ---------------------------------------------------------------------------------- as values


@pytest.mark.parametrize("record_type", RECORD_TYPES)
@pytest.mark.parametrize("zoned", [False, True])
def test_records_survive_pickling_copying_and_making_anew(record_type, zoned):
    @given(records(record_type, zoned=zoned))
    def law(made):
        assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301
        assert copy.copy(made) == made == copy.deepcopy(made)
        assert attrs.evolve(made) == made
        assert hash(attrs.evolve(made)) == hash(made)
        assert filled(made, made) == made

    law()


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_records_keep_every_rule_between_their_fields(record_type):
    @given(records(record_type))
    def law(made):
        for constraint in schema(record_type).constraints:
            assert truth(constraint.holds, made) != "F"

    law()


@given(records(Thing))
def test_a_schema_reads_every_feature(thing):
    values = schema(Thing).values(thing)
    assert list(values) == list(schema(Thing).features)
    held = thing.marks.answers if thing.marks else {}
    assert values["marks_old"] is held.get("old")
    assert values["x"] == thing.x


def test_records_cannot_be_changed_and_take_names_only():
    thing = Thing(thing=1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        thing.x = 5
    with pytest.raises(TypeError, match="positional"):
        Thing(1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Thing(thing=1, z=3)


def test_there_is_one_schema_for_a_record_type():
    assert schema(Thing) is schema(Thing)
    assert pickle.loads(pickle.dumps(schema(Thing))) is schema(Thing)  # noqa: S301
    assert copy.deepcopy(schema(Thing)) is schema(Thing)


def test_a_schema_tells_what_is_declared():
    found = schema(Thing)
    assert found.identity == "thing"
    assert found.sets == {"marks": ("marks_old", "marks_rare", "marks_signed_by_hand")}
    share = found.features["share"]
    assert (share.kind, share.unit, share.lower, share.upper) == (Kind.NUMBER, "share", 0, 1)
    assert found.features["count"].whole
    assert found.features["color"].values == ("red", "dark_green", "blue")
    assert found.features["marks_rare"].member_of == "marks"
    assert found.features["marks_rare"].meaning == "what is marked on it: rare"


# ----------------------------------------------------------------------------- what is accepted


@pytest.mark.parametrize(
    ("field", "given_as", "held"),
    [
        ("x", 3, 3.0),
        ("x", np.float32(0.5), 0.5),
        ("x", np.int64(3), 3.0),
        ("x", Fraction(1, 4), 0.25),
        ("x", Decimal("10.05"), 10.05),
        ("x", 2**53, 2.0**53),
        ("x", -(2**53), -(2.0**53)),
        ("share", 0, 0.0),
        ("share", 1, 1.0),
        ("count", 3.0, 3),
        ("count", np.float64(3), 3),
        ("count", 2**53, 2**53),
        ("is_new", np.True_, True),
        ("is_new", False, False),
        ("color", "red", Color.RED),
        ("color", " Dark Green ", Color.DARK_GREEN),
        ("color", "dark-green", Color.DARK_GREEN),
        ("color", Color.BLUE, Color.BLUE),
        ("note", "", ""),
        ("born", date(2024, 2, 29), date(2024, 2, 29)),
        ("since", date(2024, 2, 29), datetime(2024, 2, 29)),
        ("since", datetime(2024, 2, 29, 12), datetime(2024, 2, 29, 12)),
        (
            "since",
            datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=9))),
            datetime(2024, 2, 29, 3, tzinfo=UTC),
        ),
    ],
)
def test_a_value_is_held_in_one_form(field, given_as, held):
    found = getattr(Thing(thing=1, **{field: given_as}), field)
    assert found == held
    assert type(found) is type(held)


@pytest.mark.parametrize("given_as", [7, "007", "a\0", (1, "b"), 1.5, frozenset({1}), "x" * 1000])
def test_an_id_is_kept_as_given(given_as):
    assert Thing(thing=given_as).thing is given_as


def test_a_set_is_complete_and_a_mapping_says_it_word_by_word():
    full = Thing(thing=1, marks={"old", Mark.RARE}).marks
    assert full == MemberSet({Mark.OLD, Mark.RARE}, {Mark.SIGNED_BY_HAND})
    assert full.complete
    assert list(full) == [Mark.OLD, Mark.RARE]
    assert Thing(thing=1, marks=["Signed by hand"]).marks.get(Mark.OLD) is False
    none = Thing(thing=1, marks=()).marks
    assert (none.complete, list(none)) == (True, [])
    some = Thing(thing=1, marks={"old": True, "rare": np.False_, "signed_by_hand": None}).marks
    assert [some.get(mark) for mark in Mark] == [True, False, None]
    assert not some.complete
    assert Thing(thing=1, marks={"old": None}).marks is None
    assert Thing(thing=1, marks=MemberSet(frozenset(), frozenset())).marks is None
    assert Thing(thing=1, marks=some).marks == some


# ------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"thing": None}, "'thing' must be given, got None"),
        ({"thing": ""}, "'thing' must be given, got '': every record needs an id"),
        ({"thing": float("nan")}, "'thing' must be given, got nan"),
        ({"x": float("nan")}, "'x' must be finite, got nan: use None for what is not known"),
        ({"x": float("inf")}, "'x' must be finite, got inf"),
        ({"x": Fraction(10**400)}, "'x' must be finite"),
        ({"x": Decimal("sNaN")}, "'x' must be finite"),
        ({"x": Decimal("-Infinity")}, "'x' must be finite"),
        ({"x": "3"}, "'x' must be a number, got '3': leave it out where it is not known"),
        ({"x": True}, "'x' must be a number, got True"),
        ({"x": np.True_}, "'x' must be a number, got True"),
        ({"x": 1j}, "'x' must be a number"),
        ({"x": 2**53 + 1}, "'x' must be at most 2**53 in size, got 9007199254740993"),
        ({"x": np.int64(-(2**53) - 1)}, "a larger integer would be rounded"),
        ({"share": -5e-324}, "'share' must be at least 0, got -5e-324"),
        ({"share": 1.0000000000000002}, "'share' must be at most 1, got 1.0000000000000002"),
        ({"count": 1.5}, "'count' must be a whole number, got 1.5"),
        ({"count": -1}, "'count' must be at least 0, got -1"),
        ({"count": 2.0**60}, "'count' must be at most 2**53 in size"),
        ({"is_new": 1}, "'is_new' must be True, False or None, got 1"),
        ({"is_new": "yes"}, "'is_new' must be True, False or None, got 'yes'"),
        ({"color": "rot"}, "no color 'rot'; there are: red, dark_green, blue"),
        ({"color": "dark gren"}, "did you mean 'dark_green'"),
        ({"color": 1}, "'color' must be one of red, dark_green, blue, got 1"),
        ({"marks": "old"}, "'marks' must be a set of old, rare, signed_by_hand, got 'old': write"),
        ({"marks": 3}, "'marks' must be a set of"),
        ({"marks": {"odd"}}, "no marks 'odd'; did you mean 'old'"),
        ({"marks": {"old": "yes"}}, "'marks' must be True, False or None, got 'yes'"),
        ({"marks": {"old": 1}}, "'marks' must be True, False or None, got 1"),
        (
            {"marks": MemberSet({Mark.OLD}, {Mark.OLD})},
            "'marks' must not both have and lack a word",
        ),
        ({"since": "2024-01-01"}, "'since' must be a date or a datetime, got '2024-01-01'"),
        ({"since": np.datetime64("2024-01-01")}, "'since' must be a date or a datetime"),
        (
            {"since": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
            "'since' must lie in the years 1 to 9999 in UTC",
        ),
        ({"born": datetime(2024, 1, 1)}, "take .date() of an instant, in the zone that counts"),
        ({"born": "2024-01-01"}, "'born' must be a date, got '2024-01-01'"),
        ({"note": 5}, "'note' must be text, got 5"),
    ],
)
def test_a_wrong_value_is_refused_with_field_rule_value_and_remedy(values, told):
    with pytest.raises((InvalidValueError, UnknownNameError), match=re.escape(told)):
        Thing(**{"thing": 1, **values})


def test_a_missing_time_of_pandas_is_no_time():
    pandas = pytest.importorskip("pandas")
    for field in ("since", "born"):
        with pytest.raises(InvalidValueError, match=f"'{field}' must be a date"):
            Thing(thing=1, **{field: pandas.NaT})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"low": 3, "high": 2.5},
            "'low' must not exceed 'high' (2.5), got 3.0 for bound 'b': low is where it begins",
        ),
        (
            {"high": 200},
            "'high' must fit the other fields (high 200 ≥ 100), got 200.0 for bound 'b': all is",
        ),
        ({"count": 100}, "'high' must fit the other fields (count 100 ≥ 100), got None for"),
        (
            {"count": 0},
            "'is_new' must fit the other fields (is new unknown, count 0 ≤ 0), got None",
        ),
    ],
)
def test_a_broken_rule_between_fields_names_both_and_the_record(values, told):
    with pytest.raises(InvalidValueError, match=re.escape(told)):
        Bound(**{"bound": "b", "count": 1, **values})


def test_a_rule_between_fields_waits_for_what_is_unknown():
    assert Bound(bound=1, count=1, low=5).high is None
    assert Summary(customer=1, recency=5).age is None
    with pytest.raises(InvalidValueError, match="without a repeat purchase the last purchase is"):
        Summary(customer=1, recency=5, frequency=0)


@pytest.mark.parametrize("field", ["ordered_at", "amount"])
def test_what_is_required_must_be_given(field):
    order = {"customer": 1, "ordered_at": date(2024, 1, 1), "amount": 5, field: None}
    with pytest.raises(InvalidValueError, match=f"'{field}' must be given, got None"):
        Order(**order)
    del order[field]
    with pytest.raises(TypeError, match=field):
        Order(**order)


def test_every_kind_of_field_can_be_required():
    @record
    class Strict:
        id: str = identity("what it is called")
        is_new: bool = flag("new")
        color: Color = member(Color, "color")
        note: str = text("a remark")
        since: datetime = instant("since")

    good = {"id": 1, "is_new": True, "color": "red", "note": "", "since": date(2024, 1, 1)}
    assert Strict(**good).color is Color.RED
    for name in good:
        with pytest.raises(InvalidValueError, match=f"'{name}' must be given"):
            Strict(**{**good, name: None})


# --------------------------------------------------------------------------- bad declarations


def test_a_default_is_none_or_nothing():
    with pytest.raises(InvalidValueError, match="an absent fact is never guessed"):
        number("x", unit="one", default=0)


class Sized(Enum):
    SMALL = 1


@pytest.mark.parametrize("declared", [member, members])
@pytest.mark.parametrize("words", [Sized, str, int, "red", None, [Color.RED]])
def test_words_are_declared_as_a_list_of_texts(declared, words):
    with pytest.raises(InvalidValueError, match=r"'words' must be a StrEnum, got .*: write class"):
        declared(words, "size", default=None)


def test_a_record_type_has_one_identity():
    @record
    class Nameless:
        x: float | None = number("x", unit="one", default=None)

    @record
    class Twice:
        a: str = identity("one")
        b: str = identity("two")

    with pytest.raises(InvalidValueError, match=r"'Nameless' must declare one field with identity"):
        Nameless()
    with pytest.raises(InvalidValueError, match=r"'Twice' must declare one field with identity"):
        Twice(a=1, b=2)


@pytest.mark.parametrize("field", ["x", "z"])
def test_a_rule_between_fields_asks_about_declared_ones(field):
    @record
    class Ruled:
        id: str = identity("what it is called")
        x: float | None = number("x", unit="one", default=None)

        @classmethod
        def constraints(cls, on):
            found = absent(handles(Thing).y) if field == "x" else on.x > 0
            return (Constraint(field, found, remedy=""),)

    with pytest.raises(UnknownNameError, match=r"no feature '[yz]' in a constraint"):
        Ruled(id=1)


def test_bounds_are_declared_in_order():
    @record
    class Backwards:
        id: str = identity("what it is called")
        x: float | None = number("x", unit="one", lower=1, upper=0, default=None)

    with pytest.raises(InvalidValueError, match="'upper' must not be below 'lower'"):
        Backwards(id=1)


# ------------------------------------------------------------------------------------- sets


@given(st.sets(st.sampled_from(Significance)), st.sets(st.sampled_from(Significance)))
def test_a_set_knows_what_it_has_and_lacks_and_nothing_else(has, lacks):
    held = MemberSet(has, lacks - has)
    for word in Significance:
        assert held.get(word) is (True if word in has else False if word in lacks else None)
    assert held.complete is (has | lacks == set(Significance))
    assert set(held) == has
    assert list(held) == [word for word in Significance if word in has]
    assert hash(held) == hash(MemberSet(frozenset(has), frozenset(lacks - has)))


def test_threads_that_ask_at_once_get_the_same_schema():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        race_for_schemas()
    finally:
        sys.setswitchinterval(interval)


def race_for_schemas():
    for _ in range(100):

        @record
        class Fresh:
            fresh: int = identity("what it is called")

        barrier = threading.Barrier(4)

        def ask(barrier=barrier, fresh=Fresh):
            barrier.wait()
            return schema(fresh)

        with ThreadPoolExecutor(4) as pool:
            found = [pool.submit(ask) for _ in range(4)]
        assert len({id(each.result()) for each in found}) == 1


# --------------------------------------------------------------------- records from mappings


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_a_record_is_made_from_its_fields_as_from_its_features(record_type):
    @given(records(record_type))
    def law(made):
        found = schema(record_type)
        assert found.record(attrs.asdict(made, recurse=False)) == made
        assert found.record(found.values(made)) == made

    law()


def test_a_set_may_come_as_a_list_as_a_mapping_or_word_by_word():
    found = schema(Thing)
    listed = Thing(thing=1, marks=["old"])
    assert found.record({"thing": 1, "marks": ["old"]}) == listed
    assert found.record({"thing": 1, "marks": {"old": True, "rare": False}}) == Thing(
        thing=1, marks={"old": True, "rare": False}
    )
    assert found.record({"thing": 1, "marks": None, "marks_old": True}) == Thing(
        thing=1, marks={"old": True}
    )
    assert found.record({"thing": 1, "marks": ["old"], "marks_rare": None}) == listed


def test_a_set_and_a_word_of_it_are_not_both_taken():
    for values in (
        {"marks": ["old"], "marks_rare": True},
        {"marks_rare": True, "marks": ["old"]},
    ):
        with pytest.raises(InvalidValueError, match="'marks' must be given as a whole or word by"):
            schema(Thing).record({"thing": 1, **values})


def test_a_mapping_from_elsewhere_is_refused_with_words_and_never_with_a_raw_error():
    found = schema(CustomerFacts)
    with pytest.raises(UnknownNameError, match="no fact 'foo'"):
        found.record({"customer": 1, "foo": 1})
    with pytest.raises(UnknownNameError, match=r"no fact 'statsu'.*did you mean 'status'"):
        found.record({"customer": 1, "statsu": "active"})
    with pytest.raises(UnknownNameError, match="no fact '7'"):
        found.record({"customer": 1, 7: True})
    with pytest.raises(InvalidValueError, match="'customer' must be given"):
        found.record({"status": "active"})
    for content in ([1], None, "status", 7):
        with pytest.raises(InvalidValueError, match="'facts' must be a mapping of facts by name"):
            found.record(content)


@given(
    st.dictionaries(
        st.sampled_from([*schema(Thing).features, "marks", "foo", ""]) | st.integers(),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.lists(st.sampled_from(["old", "new", 3]), max_size=2)
        | st.dictionaries(st.sampled_from(["old", "rare"]), st.none() | st.booleans()),
        max_size=4,
    )
)
def test_whatever_a_mapping_holds_a_record_comes_or_an_error_of_ours(values):
    with suppress(RelmktError):
        assert type(schema(Thing).record(values)) is Thing
