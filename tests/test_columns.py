"""One schema, two layouts: columns hold, refuse and give back what records do."""

from __future__ import annotations

import copy
import pickle
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt._coercion import Texts, Utc
from relmkt.columns import Columns, Portfolio
from relmkt.domain import CustomerFacts, Significance
from relmkt.errors import InvalidRowsError, InvalidValueError, RelmktError, UnknownNameError
from relmkt.records import schema
from relmkt.rules import Kind
from relmkt.testing.strategies import columns, identities, records
from tests.things import Bound, Bounds, Color, DatedThings, Mark, Thing, Things

NAN, INF, NAT = float("nan"), float("inf"), np.datetime64("NaT", "us")


# -------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("kind", [Things, Bounds, Portfolio])
@pytest.mark.parametrize("zoned", [False, True])
def test_records_gathered_and_read_back_are_the_same(kind, zoned):
    @given(st.lists(records(kind.record_type, zoned=zoned), max_size=6))
    def law(made):
        held = kind.of(made)
        assert list(held) == made
        assert len(held) == len(made)
        assert [held[row] for row in range(-len(made), 0)] == made
        assert kind.of(list(held)) == held
        assert held.replace() == held
        for name, feature in schema(kind.record_type).features.items():
            expected = [schema(kind.record_type).getters[name](record) for record in made]
            assert held.values(name) == expected
            if feature.kind is Kind.NUMBER:  # for others text and enum mean the same
                assert [*map(type, held.values(name))] == [*map(type, expected)]
            assert held.absent(name).tolist() == [value is None for value in expected]
            assert held.has_absent(name) is (None in expected)

    law()


def by_number(texts, *others):
    """The same texts by number, under numbers in no order, with words that no row has."""
    words = [*sorted({str(text) for text in texts if text is not None}, reverse=True), *others]
    codes = [-1 if text is None else words.index(text) for text in texts]
    return Texts.of(np.array(codes, dtype=np.int64), words)


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=3), st.none() | st.text(max_size=2), st.none())
        | st.tuples(st.just("a"), st.just("b"), st.sampled_from(Color)),
        max_size=12,
    ),
    st.lists(st.integers(0, 11), max_size=6),
)
def test_texts_by_number_are_texts(rows, picked):
    names, notes, colors = (list(told) for told in zip(*rows, strict=True)) if rows else ([],) * 3
    plain = Things(thing=names, note=notes, color=colors)
    others = ("nobody's",) if len(names) % 2 else ()
    found = Things(
        thing=by_number(names, "nobody's"),
        note=by_number(notes, "nobody's"),
        color=by_number(colors, *others),
    )
    assert found == plain
    assert list(found) == list(plain)
    for name in ("thing", "note", "color"):
        assert found.values(name) == plain.values(name)
        assert found.absent(name).tolist() == plain.absent(name).tolist()
        assert found.has_absent(name) is plain.has_absent(name)
        assert not found.column(name).flags.writeable
        mine, theirs = found.numbered(name), plain.numbered(name)
        assert mine.codes.tolist() == theirs.codes.tolist()
        assert mine.firsts.tolist() == theirs.firsts.tolist()
        assert mine.values == theirs.values
        assert found.numbered(name) is mine
    where = [row for row in picked if row < len(rows)]
    assert found[where] == plain[where]
    assert found[where].numbered("note").values == plain[where].numbered("note").values
    assert found[::2] == plain[::2]
    assert Things.concatenated([found, plain]) == Things.concatenated([plain, found])
    assert found.replace(x=[1.0] * len(rows)) == plain.replace(x=[1.0] * len(rows))
    assert pickle.loads(pickle.dumps(found)) == plain  # noqa: S301
    assert copy.deepcopy(found).numbered("note").values == plain.numbered("note").values


@pytest.mark.parametrize(
    "told", [{"thing": ["a", None]}, {"thing": ["a", ""]}, {"color": ["red", "mauve"]}]
)
def test_texts_by_number_are_refused_in_the_words_of_texts(told):
    told = {"thing": ["a", "b"]} | told
    with pytest.raises(RelmktError) as error:
        Things(**told)
    with pytest.raises(RelmktError, match=re.escape(str(error.value))):
        Things(**{name: by_number(texts) for name, texts in told.items()})


def test_texts_by_number_that_are_no_texts_or_too_few_are_refused():
    assert Texts.of(np.array([0]), [7]) is None
    with pytest.raises(InvalidRowsError, match="'x' must be a number, got 'b'"):
        Things(thing=["a"], x=by_number(["b"]))
    with pytest.raises(InvalidValueError, match="have 2 values"):
        Things(thing=["a", "b"], note=by_number(["b"]))


def test_words_that_stand_there_twice_are_one():
    held = Things(thing=["a", "b", "c"], note=Texts.of(np.array([0, 1, -1]), ["x", "x"]))
    assert held.note.tolist() == ["x", "x", None]
    assert held.numbered("note").values == ["x", None]
    assert held[1].note == "x"
    assert held[2].note is None


@given(columns(Things), columns(Things), columns(Things))
def test_gathering_two_lists_is_joining_their_columns(a, b, c):
    joined = Things.concatenated([a, b])
    assert list(joined) == [*a, *b]
    assert Things.concatenated([joined, c]) == Things.concatenated([a, Things.concatenated([b, c])])
    assert Things.concatenated([a]) == a


@given(columns(Things), st.data())
def test_slices_masks_and_positions_choose_rows(held, data):
    rows = list(held)
    part = data.draw(st.slices(len(rows)))
    mask = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    assert list(held[part]) == rows[part]
    assert list(held[mask]) == [row for row, chosen in zip(rows, mask, strict=True) if chosen]
    assert held[np.array(mask, dtype=np.bool_)] == held[mask]
    if rows:
        at = data.draw(st.lists(st.integers(-len(rows), len(rows) - 1)))
        assert list(held[at]) == [rows[position] for position in at]
        assert held[np.int8(0)] == rows[0]
    assert held[:] == held
    assert len(held[:0]) == len(held[[]]) == 0


@given(columns(Things))
def test_columns_survive_copying_and_pickling_and_stay_read_only(held):
    for twin in (
        pickle.loads(pickle.dumps(held)),  # noqa: S301
        copy.copy(held),
        copy.deepcopy(held),
    ):
        assert twin == held
        assert list(twin) == list(held)
        assert not any(twin.column(name).flags.writeable for name in twin.names)


@given(columns(Things), st.data())
def test_columns_differ_where_a_record_does(held, data):
    if len(held):
        row = data.draw(st.integers(0, len(held) - 1))
        rows = list(held)
        rows[row] = attrs.evolve(rows[row], x=7.125 if rows[row].x != 7.125 else None)
        assert Things.of(rows) != held
        assert held[1:] != held
    assert held != list(held)
    assert held != Portfolio(customer=[])


def test_what_is_absent_throughout_is_the_same_given_or_not():
    gone = Things(thing=[1, 2], x=[None, None], since=Utc(np.array([NAT, NAT])))
    assert gone == Things(thing=[1, 2]) == Things.of(list(gone))
    late = Things(thing=[3], since=[datetime(2024, 1, 1)])
    assert list(Things.concatenated([gone, late])) == [*gone, *late]


# -------------------------------------------------------------------------- ids kept as given


@given(st.lists(identities()))
def test_ids_come_back_as_they_were_given(ids):
    held = Things(thing=ids)
    assert [row.thing for row in held] == ids
    assert [type(row.thing) for row in held] == [type(name) for name in ids]


@given(st.lists(identities(), min_size=1), st.lists(identities(), min_size=1))
def test_ids_of_different_sorts_stay_themselves_when_joined(some, others):
    joined = Things.concatenated([Things(thing=some), Things(thing=others)])
    assert [row.thing for row in joined] == some + others


@pytest.mark.parametrize(
    "ids",
    [
        [2**63 - 1, -(2**63) + 1, 0],
        [2**63, 10**30],
        ["007", "7", "07"],
        ["a\0", "a"],
        ["x" * 64, "y"],
        ["x" * 65, "y"],
        [True, 2],
        [(1, 2), (3, 4)],
        [1, "1", 1.5, frozenset()],
        [date(2024, 1, 1)],
    ],
)
def test_ids_of_every_sort(ids):
    assert [row.thing for row in Things(thing=ids)] == ids


def test_short_ids_of_one_sort_make_plain_arrays():
    assert Things(thing=[1, 2]).ids.dtype == np.int64
    assert Things(thing=["a", "bc"]).ids.dtype == np.dtype("U2")
    assert Things(thing=["a", "b" * 100]).ids.dtype == object


@pytest.mark.parametrize(
    "ids",
    [
        [1, None],
        ["a", ""],
        [1.5, NAN],
        np.array([1.0, NAN]),
        np.array(["a", ""]),
        np.array(["2024-01-01", "NaT"], "datetime64[D]"),
        np.array([1, "NaT"], "timedelta64[D]"),
        np.array(["a", None], dtype=object),
    ],
)
def test_a_row_without_an_id_is_refused(ids):
    with pytest.raises(InvalidRowsError, match=r"1 bad row in column 'thing'\n.*be given.*row 1"):
        Things(thing=ids)


# --------------------------------------------------------- what one layout takes, the other does


class Odd:
    """Of no sort that is known; its text is the same in every run, as a test's name must be."""

    def __repr__(self):
        return "odd"


ODD = [
    0,
    -0.0,
    1,
    1.5,
    -1,
    2**53,
    2**53 + 1,
    -(2**53) - 1,
    2**64,
    10**400,
    2.0**60,
    INF,
    -INF,
    True,
    False,
    "1",
    "",
    "red",
    "Dark Green",
    "old",
    "rot",
    b"red",
    Decimal("0.5"),
    Decimal("Infinity"),
    Fraction(1, 3),
    Fraction(10**400),
    1j,
    np.float64(0.25),
    np.float32(0.25),
    np.int64(1),
    np.int8(1),
    np.uint64(2**64 - 1),
    np.bool_(True),
    np.str_("red"),
    Color.BLUE,
    Mark.OLD,
    (),
    [],
    {},
    {"old"},
    Odd(),
    date(2024, 2, 29),
    datetime(2024, 2, 29, 12, 30),
    datetime(2024, 2, 29, tzinfo=UTC),
    datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=9))),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(9999, 12, 31, 23, 59, 59, 999999),
    np.datetime64("2024-02-29"),
    None,
]
FIELDS = [
    feature
    for name, feature in schema(Thing).features.items()
    if name != "thing" and feature.member_of is None
]


def kept(make):
    """What is made, or None where it is refused."""
    try:
        return make()
    except RelmktError:
        return None


@pytest.mark.parametrize("feature", FIELDS, ids=lambda feature: feature.name)
@pytest.mark.parametrize("value", ODD, ids=lambda value: f"{type(value).__name__} {value!s:.20}")
@pytest.mark.parametrize("beside", [[], [None], ["good"]], ids=["alone", "with None", "with good"])
def test_a_value_that_a_record_takes_columns_take_and_hold_alike(feature, value, beside):
    good = {
        "number": 0.5 if not feature.whole else 1,
        "flag": True,
        "member": "red",
        "instant": datetime(2024, 1, 1),
        "day": date(2024, 1, 1),
        "text": "x",
    }[feature.kind.value]
    if isinstance(value, datetime) and value.tzinfo and feature.name == "since":
        good = good.replace(tzinfo=UTC)  # a column has a zone throughout or nowhere
    values = [value, *(good if other == "good" else other for other in beside)]
    record = kept(lambda: Thing(thing=1, **{feature.name: value}))
    held = kept(lambda: Things(thing=list(range(1, len(values) + 1)), **{feature.name: values}))
    assert (held is None) is (record is None)
    if held is not None:
        assert held[0] == record
        if not isinstance(value, str):  # a text may be of a type of its own
            assert type(getattr(held[0], feature.name)) is type(getattr(record, feature.name))


@pytest.mark.parametrize("value", [value for value in ODD if not isinstance(value, list)], ids=str)
def test_a_member_of_a_set_is_taken_by_both_or_neither(value):
    record = kept(lambda: Thing(thing=1, marks={"old": value}))
    held = kept(lambda: Things(thing=[1], marks_old=[value]))
    assert (held and held[0]) == record


@pytest.mark.parametrize("name", ["x", "share", "count"])
def test_arrays_of_numbers_are_judged_as_single_numbers_are(name):
    numbers = st.floats(width=64) | st.sampled_from([0.0, 1.0, -0.0, 5e-324, 2.0**53, 2.0**54])

    @given(st.lists(numbers, min_size=1, max_size=5))
    def law(values):
        known = [value for value in values if value == value]  # noqa: PLR0124  (NaN is absent)
        single = all(kept(lambda v=v: Thing(thing=1, **{name: v})) for v in known)
        array = kept(lambda: Things(thing=list(range(len(values))), **{name: np.array(values)}))
        assert (array is not None) is single
        if array is not None:
            assert array.values(name) == [None if v != v else v for v in values]  # noqa: PLR0124

    law()


@pytest.mark.parametrize("dtype", ["i1", "u1", "i4", "u4", "i8", "u8", "f2", "f4", ">f8", ">i8"])
def test_arrays_of_every_number_type_are_taken(dtype):
    held = Things(thing=[1, 2], x=np.array([0, 3], dtype=dtype))
    assert (held.x.dtype, held.x.tolist()) == (np.float64, [0.0, 3.0])


@pytest.mark.parametrize(
    "values",
    [
        np.array([2**53 + 1, 1]),
        np.array([-(2**53) - 1, 1]),
        np.array([2**64 - 1, 1], dtype="u8"),
        [2**53 + 1, 0.5],
        [2**53 + 1, None],
        [0.5, True],
        np.array([True, False]),
        np.array(["1", "2"]),
        np.array([1j, 2]),
        np.array(["2024-01-01"] * 2, "datetime64[D]"),
        np.array([0.5, "1"], dtype=object),
    ],
    ids=str,
)
def test_numbers_are_never_reinterpreted_or_rounded(values):
    with pytest.raises(RelmktError, match="'x' must be"):
        Things(thing=[1, 2], x=values)


@pytest.mark.parametrize("unit", ["Y", "M", "D", "h", "s", "ms", "us", "ns"])
def test_times_of_every_unit_are_taken(unit):
    times = np.array(["2024-01-01", "NaT"], dtype=f"datetime64[{unit}]")
    held = Things(thing=[1, 2], since=times, born=times)
    assert held.values("since") == [datetime(2024, 1, 1), None]
    assert held.values("born") == [date(2024, 1, 1), None]
    assert (held.since.dtype, held.born.dtype) == ("datetime64[us]", "datetime64[D]")


@pytest.mark.parametrize("name", ["since", "born"])
@pytest.mark.parametrize(
    "time",
    [
        np.datetime64(3 * 10**5, "Y"),
        np.datetime64(-3 * 10**5, "Y"),
        np.datetime64(10**12, "D"),
        np.datetime64(2**62, "s"),
        np.datetime64("10000-01-01", "D"),
        np.datetime64("10000-01-01", "us"),
        np.datetime64("0000-12-31", "us"),
        np.datetime64("0000-12-31", "D"),
    ],
    ids=str,
)
def test_a_time_that_python_cannot_say_is_refused(name, time):
    with pytest.raises(InvalidRowsError, match=f"'{name}' must lie in the years 1 to 9999.*row 1"):
        Things(thing=[1, 2], **{name: np.array([np.datetime64("NaT"), time])})


@pytest.mark.parametrize("time", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_are_taken(time):
    times = np.array([time], "datetime64[D]")
    assert Things(thing=[1], since=times, born=times)[0].born == date.fromisoformat(time)


def test_the_time_of_day_is_not_lost_in_silence():
    with pytest.raises(
        InvalidRowsError, match=r"2 bad rows .*\n.*'born' must be a date, got.*row 0"
    ):
        Things(thing=[1, 2, 3], born=np.array(["2024-01-01T12"] * 2 + ["NaT"], "datetime64[h]"))


def test_an_instant_has_a_zone_throughout_or_nowhere():
    aware, naive = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1)
    for mixed in ([aware, naive], [aware, date(2024, 1, 1)]):
        with pytest.raises(InvalidValueError, match="'since' must have a zone throughout or nowhe"):
            Things(thing=[1, 2], since=mixed)
    zoned = Things(thing=[1, 2], since=[aware, None])
    assert zoned.in_utc("since")
    assert [zoned[0].since, zoned[1].since] == [aware, None]
    plain = Things(thing=[1], since=[naive])
    assert not plain.in_utc("since")
    assert zoned[:1] != plain
    assert Things(thing=[1, 2], since=Utc(zoned.since)) == zoned
    with pytest.raises(InvalidValueError) as caught:
        Things.concatenated([zoned, plain])
    assert str(caught.value) == "'since' must have a zone throughout or nowhere, got 'both'"


def test_codes_of_flags_and_words_are_taken_as_they_are():
    codes = np.array([-1, 0, 1], dtype=np.int8)
    held = Things(thing=[1, 2, 3], is_new=codes, color=codes, marks_old=codes)
    assert held.values("is_new") == [None, False, True]
    assert held.values("color") == [None, "red", "dark_green"]
    assert held[1].marks.get(Mark.OLD) is False
    assert Things(thing=[1, 2], is_new=np.array([True, False])).is_new.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"is_new": np.array([2], "i1")}, "'is_new' must have the codes -1 to 1"),
        ({"is_new": np.array([-2], "i1")}, "'is_new' must have the codes -1 to 1"),
        ({"color": np.array([3], "i1")}, "'color' must have the codes -1 to 2"),
        ({"is_new": np.array([1])}, "'is_new' must be True, False or None, got 'int64'"),
        ({"color": np.array([1])}, "'color' must be one of red, dark_green, blue, got 'int64'"),
        ({"note": np.array([1])}, "'note' must be text, got 'int64'"),
        ({"since": np.array([1])}, "'since' must be dates or datetimes, got 'int64'"),
        ({"born": np.array([1])}, "'born' must be a date, got 1 for row 0 (thing 1)"),
        ({"x": "5"}, "'x' must be a sequence, with one value for each row, got 'str'"),
        ({"x": b"5"}, "'x' must be a sequence"),
        ({"x": 5}, "'x' must be a sequence, with one value for each row, got 'int'"),
        ({"x": {5}}, "'x' must be a sequence"),
        ({"x": {5: 5}}, "'x' must be a sequence"),
        ({"x": np.array(5)}, "'x' must have one dimension, got ()"),
        ({"x": np.array([[5]])}, "'x' must have one dimension, got (1, 1)"),
        ({"x": [[5]]}, "'x' must be a number, got [5] for row 0 (thing 1)"),
        ({"x": [5, 6]}, "'x' must have 1 values, one for each id, got 2"),
        ({"x": []}, "'x' must have 1 values, one for each id, got 0"),
        ({"z": [5]}, "no column 'z'; there are: thing, x, y"),
        ({"marks": [{"old"}]}, "no column 'marks'; did you mean 'marks_"),
        ({"thing": None}, "'thing' must be given, got None: every row needs an id"),
        ({"thing": "C-1"}, "'thing' must be a sequence, with one value for each row"),
        ({"thing": np.array([["C-1"]])}, "'thing' must have one dimension"),
        ({"color": [None, "rot"], "thing": [1, 2]}, "no color 'rot' in row 1 (thing 2); there are"),
    ],
)
def test_a_wrong_column_is_refused_with_its_name(values, told):
    with pytest.raises((RelmktError), match=re.escape(told)):
        Things(**{"thing": [1], **values})


def test_arrays_of_texts_are_taken_and_have_no_gaps():
    held = Things(thing=[1, 2], note=np.array(["a", ""]), color=np.array(["red", "Dark green"]))
    assert held.values("note") == ["a", ""]
    assert held.values("color") == ["red", "dark_green"]
    assert not held.has_absent("note")


def test_an_empty_column_has_any_type():
    nothing = np.array([])
    held = Things(thing=[], x=[], is_new=[], color=[], since=[], born=[], note=[], marks_old=[])
    assert held == Things(thing=nothing, x=nothing) == Things.of([])
    assert (len(held), list(held), held.has_absent("x"), held.has_absent("y")) == (
        0,
        [],
        False,
        False,
    )


# ------------------------------------------------------------------- bad rows, counted and named


def test_bad_rows_are_counted_and_the_first_ones_named():
    with pytest.raises(InvalidRowsError) as caught:
        Portfolio(customer=[f"C-{row}" for row in range(1, 13)], attrition_risk=[1.5] * 12)
    told = str(caught.value).splitlines()
    assert caught.value.total == 12
    assert len(caught.value.problems) == 10
    assert told[0] == "12 bad rows in column 'attrition_risk'"
    assert told[1] == "  'attrition_risk' must be at most 1, got 1.5 for row 0 (customer 'C-1')"
    assert told[-1] == "  … and 2 more"


def test_values_that_cannot_be_converted_are_counted_and_named_alike():
    with pytest.raises(InvalidRowsError) as caught:
        Things(thing=list("abcdefghijkl"), x=["?"] * 13)
    assert (caught.value.total, len(caught.value.problems)) == (13, 10)
    assert caught.value.problems[9].startswith(
        "'x' must be a number, got '?' for row 9 (thing 'j')"
    )
    with pytest.raises(
        InvalidRowsError, match=r"got '\?' for row 1: None stands for an absent value"
    ):
        Things(thing=["a"], x=[1, "?"])


@pytest.mark.parametrize(
    ("values", "total", "told"),
    [
        ({"x": [INF, 1, -INF]}, 2, "'x' must be finite, got inf for row 0 (thing 'a')"),
        ({"share": [0, -1, NAN]}, 1, "'share' must be at least 0, got -1.0 for row 1 (thing 'b')"),
        ({"share": [0, 2, 3]}, 2, "'share' must be at most 1, got 2.0 for row 1 (thing 'b')"),
        ({"count": [1, 1.5, None]}, 1, "'count' must be a whole number, got 1.5 for row 1"),
        ({"count": [2.0**54, 1, 1]}, 1, "'count' must be at most 2**53 in size, got 1.8"),
        ({"x": ["a", 1, "b"]}, 2, "'x' must be a number, got 'a' for row 0 (thing 'a'): None sta"),
        ({"x": np.array([2**53 + 1, 1, 1])}, 1, "'x' must be at most 2**53 in size, got 90071992"),
        ({"is_new": [1, True, "no"]}, 2, "'is_new' must be True, False or None, got 1 for row 0"),
        (
            {"color": ["red", "rde", 5]},
            2,
            "no color 'rde' in row 1 (thing 'b'); did you mean 'red'",
        ),
        ({"since": [1, None, 2]}, 2, "'since' must be a date or a datetime, got 1 for row 0"),
        ({"born": ["1", None, None]}, 1, "'born' must be a date, got '1' for row 0 (thing 'a')"),
        ({"note": [1, None, "a"]}, 1, "'note' must be text, got 1 for row 0 (thing 'a')"),
        ({"thing": ["a", None, ""]}, 2, "'thing' must be given, got None for row 1 (thing None)"),
    ],
)
def test_a_bad_row_is_told_with_field_rule_value_and_id(values, total, told):
    with pytest.raises(InvalidRowsError) as caught:
        Things(**{"thing": ["a", "b", "c"], **values})
    assert caught.value.total == total
    assert told in caught.value.problems[0]


def test_a_gap_is_no_bad_row():
    held = Things(thing=[1, 2], count=[None, 3], share=[NAN, 1])
    assert held.values("count") == [None, 3]
    assert held.values("share") == [None, 1.0]


@pytest.mark.parametrize(
    "values", [{}, {"count": None}, {"count": [None, 1]}, {"count": np.array([NAN, 1.0])}]
)
def test_what_is_required_is_given_in_every_row(values):
    with pytest.raises(RelmktError, match="'count' must be given"):
        Bounds(bound=[1, 2], **values)


def test_a_rule_between_fields_is_told_as_for_a_record_with_the_row():
    with pytest.raises(InvalidRowsError) as caught:
        Bounds(bound=["a", "b", "c"], low=[1, 3, None], high=[1, 2.5, 1], count=[1, 1, 1])
    assert str(caught.value).splitlines() == [
        "1 bad row in Bound",
        "  'low' must not exceed 'high' (2.5), got 3.0 for row 1 (bound 'b')",
        "low is where it begins",
    ]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "low": st.sampled_from([None, 1.0, 100.0]),
                "high": st.sampled_from([None, 1.0, 100.0]),
                "count": st.sampled_from([0, 1, 100]),
                "is_new": st.sampled_from([None, True]),
            }
        ),
        min_size=1,
        max_size=3,
    ),
    st.sets(st.sampled_from(["low", "high", "is_new"])),
)
def test_rules_between_fields_refuse_the_same_rows_in_both_layouts(rows, left_out):
    rows = [
        {name: None if name in left_out else value for name, value in row.items()} for row in rows
    ]
    singles = [kept(lambda row=row: Bound(bound=1, **row)) for row in rows]
    given_columns = {name: [row[name] for row in rows] for name in rows[0] if name not in left_out}
    held = kept(lambda: Bounds(bound=[1] * len(rows), **given_columns))
    assert (held is None) is (None in singles)
    assert held is None or list(held) == singles


# --------------------------------------------------------------------- read-only, and not shared


def arrays():
    return {
        "thing": np.array([1, 2, 3]),
        "x": np.array([1.0, 2.0, 3.0]),
        "is_new": np.array([1, 0, -1], dtype=np.int8),
        "color": np.array([1, 0, -1], dtype=np.int8),
        "since": np.array(["2024-01-01"] * 3, dtype="datetime64[us]"),
        "born": np.array(["2024-01-01"] * 3, dtype="datetime64[D]"),
        "note": np.array(["a", "b", None], dtype=object),
    }


@pytest.mark.parametrize("name", list(arrays()))
def test_columns_do_not_feel_what_happens_to_arrays_that_may_be_written_to(name):
    given_as = arrays()
    owner = given_as[name]
    before = Things(**given_as).column(name).tolist()
    view = owner[:]
    view.flags.writeable = False
    for offered in (owner, view, view[:]):
        held = Things(**{**given_as, name: offered})
        assert not held.column(name).flags.writeable
        owner[0] = owner[1] if name != "thing" else 9
        assert held.column(name).tolist() == before
        owner[...] = arrays()[name]
    assert owner.flags.writeable


@pytest.mark.parametrize("name", list(arrays()))
def test_arrays_that_nobody_can_write_to_are_shared(name):
    given_as = arrays()
    given_as[name].flags.writeable = False
    assert np.shares_memory(Things(**given_as).column(name), given_as[name])
    held = Things(**given_as)
    assert np.shares_memory(held[1:].column(name), held.column(name))
    assert np.shares_memory(held.replace(y=[1, 2, 3]).column(name), held.column(name))


def test_columns_cannot_be_written_to():
    held = Things(**arrays(), marks_old=[True, None, False])
    for name in (*held.names, "share"):
        for part in (held, held[:2], held[[0]], Things.concatenated([held, held])):
            with pytest.raises(ValueError, match="read-only"):
                part.column(name)[0] = part.column(name)[0]
    with pytest.raises(TypeError, match="unhashable"):
        hash(held)


def test_a_column_that_is_not_given_takes_no_memory():
    held = Portfolio(customer=np.arange(1_000_000))
    for name in schema(CustomerFacts).features:
        if name != "customer":
            assert held.column(name).shape == (1_000_000,)
            assert held.column(name).strides == (0,)
            assert held.has_absent(name)
    assert held.names == ("customer",)


# ------------------------------------------------------------------------------------ reading


def test_columns_are_read_by_name():
    held = Things(thing=["a", "b"], x=[1, None], marks_old=[True, None])
    assert held.x.tolist()[0] == held.column("x")[0] == 1.0
    assert held.marks_old.tolist() == [1, -1]
    assert held.values("x", np.array([1, 0])) == [None, 1.0]
    assert repr(held) == "<Things: 2 rows, 3 columns>"
    for read in (held.column, held.values, held.absent):
        with pytest.raises(UnknownNameError, match="no column 'z'"):
            read("z")
    with pytest.raises(AttributeError, match="no column 'notes'; did you mean 'note'"):
        _ = held.notes
    with pytest.raises(AttributeError):
        _ = held._nothing


@pytest.mark.parametrize("key", ["x", 1.5, [0.5], np.array([[0]]), ["x"], None])
def test_rows_are_not_chosen_by_anything_else(key):
    with pytest.raises(InvalidValueError) as caught:
        Things(thing=[1, 2])[key]
    told = "'rows' must be a number, a slice, a mask or positions, got"
    assert str(caught.value) == f"{told} {key!r}: columns are attributes"


def test_a_mask_has_an_entry_for_each_row():
    held = Things(thing=[1, 2])
    for mask in ([True], np.zeros(0, dtype=np.bool_)):
        with pytest.raises(InvalidValueError) as caught:
            held[mask]
        assert str(caught.value) == f"'mask' must have 2 entries, got {len(mask)}"
    with pytest.raises(IndexError):
        held[2]
    with pytest.raises(IndexError):
        held[[2]]


def test_columns_are_replaced_and_taken_away():
    held = Things(thing=[1, 2], x=[1, 2], since=[datetime(2024, 1, 1, tzinfo=UTC), None])
    again = held.replace(x=None, y=[3, 4])
    assert again.names == ("thing", "since", "y")
    assert (again.in_utc("since"), again[0].since) == (True, held[0].since)
    assert held.names == ("thing", "x", "since")
    assert not held.replace(since=[datetime(2024, 1, 1), None]).in_utc("since")


def test_a_detail_of_the_whole_travels_with_every_part():
    weeks = DatedThings(thing=[1, 2], x=[1, 2], unit="week")
    assert repr(weeks) == "<DatedThings: 2 rows, 2 columns, unit=week>"
    for part in (
        weeks[:1],
        weeks.replace(x=[2, 3]),
        DatedThings.of(list(weeks), unit="week"),
        DatedThings.concatenated([weeks, weeks]),
        copy.deepcopy(weeks),
        weeks.filled({"y": 1})[0],
    ):
        assert part.unit == "week"
    days = weeks.replace(unit="day")
    assert (days.unit, days == weeks) == ("day", False)
    assert DatedThings(thing=[1]).unit is None
    with pytest.raises(InvalidValueError) as caught:
        DatedThings.concatenated([weeks, days])
    told = "'unit' must be the same throughout (week), got <DatedThings: 2 rows, 2 columns, unit="
    assert str(caught.value) == f"{told}day>"


def test_details_are_told_one_after_the_other():
    class Weekly(Columns[Thing]):
        record_type = Thing
        details = ("unit", "until")

    held = Weekly(thing=[1], unit="week", until=date(2024, 1, 1))
    assert repr(held) == "<Weekly: 1 row, 1 column, unit=week, until=2024-01-01>"


def test_what_columns_do_not_hold_yet_is_no_column():
    unmade = object.__new__(DatedThings)  # as copying and unpickling begin
    for name in ("_data", "unit"):
        with pytest.raises(AttributeError, match=f"^{name}$"):
            getattr(unmade, name)


def test_nothing_cannot_be_joined():
    with pytest.raises(InvalidValueError) as caught:
        Things.concatenated([])
    assert str(caught.value) == "'parts' must hold at least one, got []"


# ------------------------------------------------------------------------------------ filling


def test_gaps_are_filled_and_known_values_are_not_overruled():
    held = Things(thing=[1, 2], x=[1, None], color=["red", None])
    full, assumed = held.filled({"x": 5, "color": "Blue", "y": 2, "is_new": False, "note": "n"})
    assert full.values("x") == [1.0, 5.0]
    assert full.values("color") == ["red", "blue"]
    assert full.values("note") == ["n", "n"]
    assert full[1].is_new is False
    assert {name: rows.tolist() for name, rows in assumed.items()} == {
        "x": [False, True],
        "color": [False, True],
        "y": [True, True],
        "is_new": [True, True],
        "note": [True, True],
    }
    assert held.filled({"thing": 9}) == (held, {})


def test_an_assumed_instant_keeps_its_zone_or_has_none_as_the_rest():
    aware, naive = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1)
    for given_as in (aware, naive):
        full, _ = Things(thing=[1, 2], since=[given_as, None]).filled({"since": given_as})
        assert full.values("since") == [given_as, given_as]
        assert Things(thing=[1]).filled({"since": given_as})[0].values("since") == [given_as]
    for known, assumed in ((aware, naive), (naive, aware)):
        with pytest.raises(InvalidValueError) as caught:
            Things(thing=[1, 2], since=[known, None]).filled({"since": assumed})
        told = f"'since' must have a zone throughout or nowhere, got {assumed!r}"
        assert str(caught.value) == told


def test_an_assumption_must_fit_the_other_fields_in_both_layouts():
    bound = Bound(bound="b", count=1, high=2)
    with pytest.raises(InvalidValueError, match="'low' must not exceed 'high'"):
        schema(Bound).filled(bound, {"low": 3})
    with pytest.raises(InvalidRowsError, match="'low' must not exceed 'high'"):
        Bounds.of([bound]).filled({"low": 3})


def test_part_of_a_set_may_be_known():
    held = Portfolio(customer=[1, 2, 3], significance_benchmark=[True, None, False])
    known = [facts.significance and facts.significance.answers for facts in held]
    assert known == [{"benchmark": True}, None, {"benchmark": False}]
    whole = Portfolio.of([CustomerFacts(customer=1, significance={Significance.BENCHMARK})])
    assert whole.significance_benchmark.tolist() == [1]
    assert whole.significance_high_volume.tolist() == [0]
    assert whole[0].significance.complete
