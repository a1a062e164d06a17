"""A checklist finds every rule that holds, alike on a record and on columns."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.records import handles, schema
from relmkt.rules import ABSENT_CODE, ALWAYS, Checklist, Rule, RuleTrace, Table, known
from tests.oracle import LETTER, truth
from tests.strategies import bounds_in, conditions, filled, records, tables, values_of
from tests.things import Mark, Thing, Things

on = handles(Thing)
RULES = [
    Rule("big", on.x > 10, "shorten", "too big: {because}, limit {limit}"),
    Rule("loud", on.is_loud, "shorten"),
    Rule("rare", on.marks_rare & (on.count >= 2), "insure", "{because}, {note}"),
]


def checklist_of(*rules, **options):
    return Checklist(name="checklist", facts=schema(Thing), rules=rules, **options)


CHECKLIST = checklist_of(*RULES, constants={"limit": 10})


@st.composite
def checklists_and_things(draw, *, max_size=6, **options):
    table = draw(tables(Thing, **options))
    rules = [Rule(rule.id, rule.when, rule.outcome) for rule in table.rules]
    often = bounds_in(table)
    return checklist_of(*rules), draw(st.lists(records(Thing, often=often), max_size=max_size))


@pytest.fixture(params=[1, 3, 1 << 16])
def block_rows(request, monkeypatch):
    monkeypatch.setattr("relmkt.rules._scan.BLOCK_ROWS", request.param)
    return request.param


# ---------------------------------------------------------------------------------- one policy


@given(drawn=checklists_and_things())
def test_record_and_columns_are_answered_as_the_oracle_does(drawn):
    checklist, things = drawn
    rows = checklist.decide(Things.of(things))
    assert len(rows) == len(things)
    for row, thing in enumerate(things):
        expected = [truth(rule.when, thing) for rule in checklist.rules]
        found = checklist.decide(thing)
        assert [LETTER[answer] for answer in found.answers] == expected
        assert rows[row].answers == found.answers
        assert rows[row].as_dict() == found.as_dict()
        assert rows.held()[row] == found.held


def test_blocks_do_not_show(block_rows):
    things = [Thing(thing=at, x=at, is_loud=None if at % 3 else bool(at % 2)) for at in range(9)]
    rows = CHECKLIST.decide(Things.of(things))
    assert [found.answers for found in rows] == [CHECKLIST.decide(one).answers for one in things]


@given(drawn=checklists_and_things(max_size=1, absence=False), other=records(Thing, complete=True))
def test_what_is_known_to_hold_or_fail_stays_whatever_the_missing_facts_turn_out_to_be(
    drawn, other
):
    checklist, things = drawn
    for thing in things:
        before, after = checklist.decide(thing), checklist.decide(filled(thing, other))
        assert after.settled
        for old, new in zip(before.answers, after.answers, strict=True):
            assert old is None or old is new


@given(drawn=checklists_and_things(max_size=1, absence=False), other=records(Thing, complete=True))
def test_the_missing_facts_are_absent_and_settle_it_when_known(drawn, other):
    checklist, things = drawn
    for thing in things:
        found = checklist.decide(thing)
        values = schema(Thing).values(thing)
        assert all(values[name] is None for name in found.missing)
        assert found.settled is (not found.missing)
        assert checklist.decide(filled(thing, other, found.missing)).settled


@given(drawn=checklists_and_things(), data=st.data())
def test_assumptions_fill_record_and_columns_alike(drawn, data):
    checklist, things = drawn
    features = schema(Thing).features
    name = data.draw(st.sampled_from(["x", "count", "is_new", "color", "marks_old"]))
    assumed = {name: data.draw(values_of(features[name]))}
    rows = checklist.decide(Things.of(things), assume=assumed)
    for row, thing in enumerate(things):
        found = checklist.decide(thing, assume=assumed)
        assert found.answers == rows[row].answers
        assert found.assumed == rows[row].assumed
        assert set(found.assumed) == (
            {name} if schema(Thing).values(thing)[name] is None else set()
        )


# --------------------------------------------------------------------------------------- words


def test_every_rule_that_holds_is_told_with_its_reason():
    found = CHECKLIST.decide(
        Thing(thing="T", x=12, is_loud=False, marks={Mark.RARE}, count=3, note="oak")
    )
    assert found.held == ("big", "rare")
    assert found.outcomes == ("shorten", "insure")
    assert found.reasons == {
        "big": "too big: x 12 > 10, limit 10",
        "rare": "rare, count 3 ≥ 2, oak",
    }
    assert found.used == {"x": 12.0, "marks_rare": True, "count": 3}
    assert found.settled
    assert found.unknown == found.missing == ()


def test_an_outcome_that_follows_twice_is_told_once():
    assert CHECKLIST.decide(Thing(thing=1, x=11, is_loud=True)).outcomes == ("shorten",)


def test_an_unknown_rule_is_neither_held_nor_failed_and_names_what_it_waits_for():
    found = CHECKLIST.decide(Thing(thing=1, x=11, is_loud=False, marks={Mark.RARE}))
    assert found.held == ("big",)
    assert found.unknown == ("rare",)
    assert found.missing == ("count",)
    assert not found.settled


def test_reasons_are_told_in_other_words():
    found = CHECKLIST.decide(Thing(thing=1, x=11, is_loud=True))
    assert found.reasons_in({"big": "zu groß: {x}"}) == {"big": "zu groß: 11", "loud": "is loud"}
    with pytest.raises(UnknownNameError, match="no word 'xx'"):
        found.reasons_in({"big": "{xx}"})


def test_what_was_found_is_ready_for_json():
    found = CHECKLIST.decide(Thing(thing=1, x=11), assume={"is_loud": True}).as_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found == {
        "held": ["big", "loud"],
        "outcomes": ["shorten"],
        "reasons": {"big": "too big: x 11 > 10, limit 10", "loud": "is loud"},
        "unknown": ["rare"],
        "settled": False,
        "missing": ["marks_rare", "count"],
        "used": {"x": 11.0, "is_loud": True},
        "assumed": {"is_loud": True},
        "thresholds": {"limit": 10},
        "version": CHECKLIST.version,
    }


def test_it_explains_each_rule_in_a_line():
    traces = CHECKLIST.explain(Thing(thing=1, x=9), assume={"is_loud": True})
    assert all(isinstance(trace, RuleTrace) for trace in traces)
    assert [str(trace) for trace in traces] == [
        "big shorten: fails (x 9 ≤ 10)",
        "loud shorten: holds (is loud)",
        "rare insure: unknown (rare unknown; count unknown)",
    ]


# ------------------------------------------------------------------------------------- columns


def test_answers_on_columns_are_read_only_small_integers():
    rows = CHECKLIST.decide(Things(thing=[1, 2, 3], x=[11, 2, None]), assume={"is_new": True})
    assert rows.answer.dtype == np.int8
    assert rows.answer.shape == (3, 3)
    assert rows.answer[:, 0].tolist() == [1, 0, ABSENT_CODE]
    for array in (rows.answer, *rows.assumed.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_answers_on_columns_are_counted_and_found_by_rule():
    rows = CHECKLIST.decide(Things(thing=[1, 2, 3], x=[11, 12, None], is_loud=[True, False, None]))
    assert rows.counts() == {"big": 2, "loud": 1, "rare": 0}
    assert rows.where("big").tolist() == [True, True, False]
    assert rows.unknown("big").tolist() == [False, False, True]
    assert rows[-1].unknown == ("big", "loud", "rare")
    with pytest.raises(UnknownNameError, match=r"no rule 'bigg' .*did you mean 'big'"):
        rows.where("bigg")


def test_an_empty_portfolio_is_answered_with_nothing():
    rows = CHECKLIST.decide(Things(thing=[]))
    assert len(rows) == 0
    assert list(rows) == rows.held() == []
    assert rows.counts() == {"big": 0, "loud": 0, "rare": 0}


# ---------------------------------------------------------------------------- before it runs


@given(st.lists(conditions(Thing), min_size=1, max_size=3))
def test_verifying_finds_the_rules_that_a_table_of_each_alone_finds(whens):
    checklist = checklist_of(*(Rule(f"r{at}", when, "a") for at, when in enumerate(whens)))
    alone = [
        Table(name="one", facts=schema(Thing), rules=[rule]).verify().unsatisfiable
        for rule in checklist.rules
    ]
    found = checklist.verify()
    assert found.findings == tuple(finding for findings in alone for finding in findings)
    assert found.complete


def test_neither_a_gap_nor_an_overlap_is_a_fault():
    found = checklist_of(Rule("a", on.x > 1, "a"), Rule("b", on.x > 2, "b")).verify(overlaps=True)
    assert found.sound
    assert [str(pair) for pair in found.overlaps] == ["overlap: a and b both hold for one with x 4"]


def test_verifying_says_where_it_stopped():
    found = CHECKLIST.verify(node_limit=1, overlaps=True)
    assert not found.complete
    assert found.table.name == "checklist"
    told = (
        "whether big can hold, whether loud can hold, whether rare can hold and which rules overlap"
    )
    assert str(found).splitlines()[-1].endswith(told)
    assert not CHECKLIST.verify().overlaps
    with pytest.raises(InvalidValueError, match="'given' must leave some record possible"):
        CHECKLIST.verify(given=[on.x > 1, on.x < 0, known(on.x)])


def test_what_is_given_is_taken_for_true():
    checklist = checklist_of(Rule("a", on.x > 1, "a"))
    assert checklist.verify(given=[on.x < 0]).unsatisfiable[0].rule == "a"
    with pytest.raises(UnknownNameError, match="no feature"):
        checklist.verify(given=[on.x.__class__(_other()) > 1])


def _other():
    from relmkt.rules import Feature, Kind

    return Feature(name="elsewhere", kind=Kind.NUMBER)


# -------------------------------------------------------------------------------- the same one


def test_a_checklist_survives_copying_and_pickling():
    for made in (copy.deepcopy(CHECKLIST), pickle.loads(pickle.dumps(CHECKLIST))):  # noqa: S301
        assert made == CHECKLIST
        assert made.version == CHECKLIST.version
        assert made.decide(Thing(thing=1, x=11)).held == ("big",)


def test_a_checklist_and_a_table_of_the_same_rules_have_different_versions():
    table = Table(name="checklist", facts=schema(Thing), rules=RULES, constants={"limit": 10})
    assert CHECKLIST.version != table.version


# ----------------------------------------------------------------------------------- bad input


def test_what_cannot_work_is_refused_when_it_is_made():
    with pytest.raises(InvalidValueError, match="'rules' must hold at least one rule"):
        checklist_of()
    with pytest.raises(InvalidValueError, match="'rule id' must be unique"):
        checklist_of(Rule("a", on.x > 1, "a"), Rule("a", on.x > 2, "a"))
    with pytest.raises(UnknownNameError, match="no word 'xx'"):
        checklist_of(Rule("a", on.x > 1, "a", "{xx}"))
    with pytest.raises(InvalidValueError) as caught:
        checklist_of(Rule("a", ALWAYS, "a", otherwise=True))
    assert str(caught.value) == (
        "'otherwise' must not be set in a checklist, got 'a' for checklist: "
        "each rule stands for itself, and none takes what others leave"
    )
    with pytest.raises(UnknownNameError, match="no word 'xx' in the reason of big; "):
        CHECKLIST.reason(0, {}, {"big": "{xx}"})


@pytest.mark.parametrize("subject", [{"x": 1}, None, [Thing(thing=1)]])
def test_another_subject_is_refused(subject):
    with pytest.raises(InvalidValueError, match="'subject' must be a Thing or columns of them"):
        CHECKLIST.decide(subject)
