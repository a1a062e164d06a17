"""A checklist answers in every kind of frame as it does on records, and runs nothing early."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import pyarrow as pa
import pytest
from hypothesis import given, note, settings

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.records import handles, schema
from relmkt.rules import ABSENT_CODE, ALWAYS, NEVER, Checklist, Rule, absent
from relmkt.testing.oracle import truth
from tests.engines.kinds import AT, IN_CI
from tests.engines.laws import drawn, frame_of
from tests.things import Thing

on = handles(Thing)
CODE = {"T": 1, "F": 0, "U": ABSENT_CODE}
SIMPLE = Checklist(
    name="simple",
    facts=schema(Thing),
    rules=[
        Rule("big", on.x > 1, "a"),
        Rule("always", ALWAYS, "b"),
        Rule("never", NEVER, "c"),
        Rule("unheard of", absent(on.y), "d"),
    ],
)
LIMITED = Checklist(
    name="limited",
    facts=schema(Thing),
    rules=[
        Rule("big", on.x > 1, "a"),
        Rule("it's 100 %", on.x > 2, "b", "{x} is more than {limit}"),
    ],
    constants={"limit": 2},
)


@pytest.fixture(params=IN_CI, ids=lambda kind: kind.name)
def kind(request):
    return request.param


def checklist_of(table):
    rules = [Rule(rule.id, rule.when, rule.outcome) for rule in table.rules]
    return Checklist(name="checklist", facts=table.facts, rules=rules)


@settings(max_examples=15)
@given(drawn())
def test_a_frame_is_answered_as_its_records_are(example):
    table, things, types, with_nan = example
    checklist = checklist_of(table)
    ids = [rule.id for rule in checklist.rules]
    wanted = [tuple(CODE[truth(rule.when, one)] for rule in checklist.rules) for one in things]
    for kind in IN_CI:
        note(kind.name)
        frame = frame_of(kind, table, things, types, with_nan)
        found = checklist.expression().decide(frame)
        assert type(found) is type(frame)
        assert kind.read(found, *ids) == wanted


@settings(max_examples=5)
@given(drawn(min_size=1))
def test_the_answer_to_one_rule_stands_in_a_pipeline_of_ones_own(example):
    table, things, types, with_nan = example
    checklist = checklist_of(table)
    rules = checklist.expression()
    for kind in IN_CI:
        note(kind.name)
        frame = nw.from_native(frame_of(kind, table, things, types, with_nan))
        found = frame.with_columns(rules.answer("r0")).to_native()
        wanted = [(CODE[truth(checklist.rules[0].when, one)],) for one in things]
        assert kind.read(found, "r0") == wanted


@settings(max_examples=8)
@given(drawn())
def test_labels_list_what_holds_and_what_is_unknown(example):
    table, things, types, with_nan = example
    checklist = checklist_of(table)
    told = [
        tuple(
            ", ".join(rule.id for rule in checklist.rules if truth(rule.when, one) == letter)
            for letter in "TU"
        )
        for one in things
    ]
    for kind in IN_CI:
        note(kind.name)
        rules = checklist.expression()
        frame = rules.decide(frame_of(kind, table, things, types, with_nan))
        found = rules.label(frame)
        assert type(found) is type(frame)
        assert kind.read(found, "held", "unknown") == told


def test_words_are_answered_too(kind):
    rules = [Rule("red", on.color == "red", "a"), Rule("not blue", on.color != "blue", "b")]
    checks = Checklist(name="words", facts=schema(Thing), rules=rules).expression()
    frame = kind.make(pa.table({AT: [0, 1, 2, 3], "color": ["red", "blue", "dark_green", None]}))
    wanted = [(1, 1), (0, 0), (0, 1), (-1, -1)]
    assert kind.read(checks.decide(frame), "red", "not blue") == wanted
    by_itself = nw.from_native(frame).with_columns(checks.answer("red")).to_native()
    assert kind.read(by_itself, "red") == [(red,) for red, _ in wanted]


def test_one_answer_is_an_expression_by_itself(kind):
    frame = nw.from_native(kind.make(pa.table({AT: [0, 1, 2], "x": [2.0, 0.5, None]})))
    rules = SIMPLE.expression(columns={"y": None})
    found = frame.with_columns(rules.answer("big"), rules.answer("unheard of")).to_native()
    assert kind.read(found, "big", "unheard of") == [(1, 1), (0, 1), (-1, 1)]


def test_labels_give_the_reasons_in_general(kind):
    rules = LIMITED.expression()
    codes = ["p", "q"]
    frame = rules.decide(kind.make(pa.table({AT: [0, 1, 2], "x": [3.0, 1.5, None]})), names=codes)
    found = rules.label(frame, names=codes, words=["ids", "open", "why"])
    assert kind.read(found, "ids", "open", "why") == [
        ("big, it's 100 %", "", "x above 1; … is more than 2"),
        ("big", "", "x above 1"),
        ("", "big, it's 100 %", ""),
    ]


def test_a_label_of_a_row_without_an_answer_is_empty(kind):
    if kind.name == "pandas, objects":
        pytest.skip("objects are no codes")
    frame = kind.make(pa.table({AT: [0, 1], "p": [1, None], "q": pa.array([0, None], pa.int64())}))
    found = LIMITED.expression().label(frame, names=["p", "q"])
    assert kind.read(found, "held", "unknown", "reasons") == [
        ("big", "", "x above 1"),
        ("", "", ""),
    ]


def test_nothing_at_all_is_labelled_with_text(kind):
    if kind.is_lazy:
        pytest.skip("a plan has no rows to count")
    frame = kind.make(pa.table({AT: pa.array([], pa.int64()), "x": pa.array([], pa.float64())}))
    rules = LIMITED.expression()
    found = nw.from_native(rules.label(rules.decide(frame)))
    assert [found.schema[name] for name in ("held", "unknown", "reasons")] == [nw.String()] * 3
    assert len(found) == 0


def test_labels_need_the_codes_of_every_rule(kind):
    label, decide = LIMITED.expression().label, LIMITED.expression().decide
    frame = decide(kind.make(pa.table({AT: [0], "x": [1.0], "word": ["one"]})), names=["p", "q"])
    with pytest.raises(UnknownNameError, match="no column 'big' in the data frame"):
        label(frame)
    with pytest.raises(InvalidValueError) as caught:
        label(frame, names=["p"])
    told = "'names' must be 2, one for each rule, got ('p',) for limited"
    assert str(caught.value) == told
    with pytest.raises(InvalidValueError, match="'word' must be a column of codes"):
        label(frame, names=["p", "word"])
    with pytest.raises(InvalidValueError, match="'names' must be new to the data frame"):
        label(frame, names=["p", "q"], words=["a", "b", "q"])
    with pytest.raises(InvalidValueError) as caught:
        label(frame, names=["p", "q"], words=["a"])
    told = "'names' must be 3 different names, for what holds, what is unknown, the reasons, got"
    assert str(caught.value) == f"{told} ['a']"


def test_answers_have_names_of_their_own_and_facts_may_be_absent_throughout(kind):
    frame = kind.make(pa.table({AT: [0, 1, 2], "x": [2.0, 0.5, None]}))
    rules = SIMPLE.expression(columns={"y": None})
    found = rules.decide(frame, names=["p", "q", "r", "s"])
    assert kind.read(found, "p", "q", "r", "s") == [(1, 1, 0, 1), (0, 1, 0, 1), (-1, 1, 0, 1)]
    types = nw.from_native(found).collect_schema()
    assert [types[name] for name in "pqrs"] == [nw.Int8()] * 4
    nothing = SIMPLE.expression(columns={"x": None, "y": None})
    found = nothing.decide(frame)
    assert kind.read(found, "big", "always", "never", "unheard of") == [(-1, 1, 0, 1)] * 3
    types = nw.from_native(found).collect_schema()
    assert [types[rule.id] for rule in SIMPLE.rules] == [nw.Int8()] * 4


def test_what_is_assumed_counts_where_nothing_is_known(kind):
    frame = kind.make(pa.table({AT: [0, 1], "x": [0.5, None]}))
    found = SIMPLE.expression(columns={"y": None}, assume={"x": 3, "y": 1}).decide(frame)
    assert kind.read(found, "big", "unheard of") == [(0, 0), (1, 0)]


def test_a_lazy_frame_is_not_run(kind):
    if kind.explosive is None:
        pytest.skip("nothing explosive of this kind")
    found = SIMPLE.expression(columns={"y": None}).decide(kind.explosive())
    labelled = SIMPLE.expression().label(found)
    for each in (found, labelled):
        with pytest.raises(Exception, match=r".+"):
            kind.rows(each)


def test_bad_input_is_refused_in_the_same_words(kind):
    frame = kind.make(pa.table({AT: [0], "z": [1.0], "y": [1.0]}))
    rules = SIMPLE.expression()
    with pytest.raises(UnknownNameError, match=r"no column 'x' in the data frame, of which 'simp"):
        rules.decide(frame)
    text = kind.make(pa.table({AT: [0], "x": ["one"], "y": [1.0]}))
    with pytest.raises(InvalidValueError, match="'x' must be numbers"):
        rules.decide(text)
    with pytest.raises(InvalidValueError, match="'names' must be 4 different names"):
        rules.decide(kind.make(pa.table({AT: [0], "x": [1.0], "y": [1.0]})), names=["p"])
    with pytest.raises(UnknownNameError, match=r"no rule 'bigg' in simple; did you mean 'big'"):
        rules.answer("bigg")
    with pytest.raises(UnknownNameError, match="no feature 'w'"):
        SIMPLE.expression(columns={"w": "x"})
