"""A condition in words asks what the condition asks, and says where it begins and ends."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.policies import StrategyPolicy
from relmkt.records import MemberSet, handles, identity, members, record, schema
from relmkt.rules import (
    ALWAYS,
    NEVER,
    Absent,
    AllOf,
    AnyOf,
    Comparison,
    Flagged,
    OneOf,
    Op,
    Threshold,
    absent,
    all_of,
    any_of,
    as_condition,
    known,
    stated,
)
from tests.oracle import truth
from tests.strategies import conditions, records
from tests.things import Color, Thing

on = handles(Thing)


@record
class Garden:
    """A set of words whose name is two words."""

    garden: str = identity("its name")
    wild_colors: MemberSet[Color] | None = members(Color, "what grows there", default=None)


def test_a_whole_set_is_named_in_words():
    said = handles(Garden).any_of("wild_colors")
    assert stated(said, schema(Garden).features) == "any wild colors"
    assert stated(~said, schema(Garden).features) == "no wild colors"


def words(condition):
    return stated(as_condition(condition), schema(Thing).features)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (ALWAYS, "always"),
        (NEVER, "never"),
        (on.x >= 1, "x at least 1"),
        (on.x > 1234.5, "x above 1,234.5"),
        (on.x < -0.0, "x below 0"),
        (on.x <= 213.48765432, "x at most 213.488"),
        (on.x == 12345678.987, "x equal to 12,345,678.99"),
        (on.x != 1e300, "x other than 1e+300"),
        (on.x > 1e15, "x above 1,000,000,000,000,000"),
        (on.x > 1e4, "x above 10,000"),
        (on.x > 9999.5, "x above 9,999.5"),
        (on.x > 10000.4567, "x above 10,000.46"),
        (on.x > 0.1234567, "x above 0.123457"),
        (on.color.is_in(["red"]) & on.is_new, "color red and is new"),
        (on.color.is_in(["red", "blue"]) & on.is_new, "color either red or blue, and is new"),
        (on.x < on.y, "x below y"),
        (on.is_new, "is new"),
        (~on.is_new, "not is new"),
        (on.color == "red", "color red"),
        (on.color != "dark_green", "color not dark green"),
        (on.color.is_in(["blue", "red"]), "color either red or blue"),
        (~on.color.is_in(["blue", "red"]), "color neither red nor blue"),
        (on.color.is_in([]), "color none of its words"),
        (~on.color.is_in([]), "color any of its words"),
        (absent(on.since), "since unknown"),
        (known(on.since), "since known"),
        (on.any_of("marks"), "any marks"),
        (~on.any_of("marks"), "no marks"),
    ],
)
def test_a_question_in_words(condition, told):
    assert words(condition) == told


def test_all_of_a_few_questions_is_a_list():
    assert words((on.x > 1) & on.is_new) == "x above 1 and is new"
    assert words((on.x > 1) & on.is_new & on.is_loud) == "x above 1, is new and is loud"
    assert words((on.x > 1) | on.is_new | on.is_loud) == "x above 1, is new or is loud"


def test_alternatives_within_are_told_apart():
    either = on.is_new | on.is_loud
    assert words((on.x > 1) & either) == "x above 1, and either is new or is loud"
    assert words((on.x > 1) | (on.y > 1) & on.is_new) == "x above 1, or y above 1 and is new"
    deeper = (on.x > 1) & ((on.y > 1) & either | (on.y < 0))
    assert words(deeper) == (
        "x above 1, and ((y above 1, and either is new or is loud), or y below 0)"
    )
    several = on.color.is_in(["red", "blue"])
    assert words(several | on.is_new) == "color either red or blue, or is new"
    assert words(several & either) == "color either red or blue, and either is new or is loud"


def test_a_part_that_is_alone_needs_no_marks():
    assert words(AllOf((AnyOf((Flagged("is_new"),)), Flagged("is_loud")))) == "is new and is loud"
    assert words(AnyOf((AllOf(()), Flagged("is_loud")))) == "always or is loud"
    inner = AllOf((Flagged("is_new"), Flagged("is_loud")))
    assert words(AllOf((inner, Flagged("is_new", expected=False)))) == (
        "(is new and is loud), and not is new"
    )


def test_a_question_about_every_word_of_a_set_is_told_as_one():
    marks = [on[name] for name in schema(Thing).sets["marks"]]
    assert words(all_of(*marks)) == "every marks"
    assert words(any_of(*(~mark for mark in marks))) == "not every marks"
    assert words((on.x > 1) & on.any_of("marks")) == "x above 1 and any marks"
    assert words(~on.any_of("marks") & on.is_new) == "no marks and is new"
    assert words(any_of(*marks[:2])) == "old or rare"
    assert words(all_of(*marks[:2], ~marks[2])) == "old, rare and not signed by hand"


def test_a_bound_that_has_a_name_is_called_by_it():
    features = schema(Thing).features
    both = (on.x >= 2) & (on.y < 3)
    assert stated(both, features, {2: "the median"}) == "x at least the median and y below 3"


def test_the_strategy_rules_read_aloud():
    table = StrategyPolicy(
        retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
    ).table()
    told = {rule.id: stated(rule.when, table.facts.features) for rule in table.rules}
    assert told == {
        "R0": "barred",
        "R1": "status prospect, and either acquisition gain above 0 or any significance",
        "R2": "status prospect",
        "R3": "status lost, and not ended by us, and need not gone, "
        "and either win-back gain above 0 or any significance",
        "R4": "status lost",
        "R5": "status active, and either any significance or retained value at least 200, and "
        "either attrition risk at least 0.5, competitor pull at least 0.5 "
        "or share of wallet falling",
        "R6": "current profit below 0, cost to serve ratio at least 0.3 "
        "and cost to serve reducible",
        "R7": "avoidable profit below 0, residual value at most 0, headroom at most 0 "
        "and no significance",
        "R8": "headroom above 0, or current profit below 0 and residual value at least 150 "
        "and cost to serve ratio below 0.3",
        "R9": "no significance, residual value below 150 and current profit at least 0",
        "R10": "current profit at least 0",
        "R11": "always",
    }


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_told_to_six_digits_or_the_cent(bound):
    told = stated(Threshold("x", Op.LT, bound), schema(Thing).features).removeprefix("x below ")
    assert float(told.replace(",", "")) == pytest.approx(bound, rel=5e-6, abs=0)


# ------------------------------------------------------------- the words mean the condition

LABELS = {feature.label: name for name, feature in schema(Thing).features.items()}
SIGNS = {"below": "<", "at most": "<=", "above": ">", "at least": ">="} | {
    "equal to": "==",
    "other than": "!=",
}
NAME = "|".join(sorted(LABELS, key=len, reverse=True))
NUMBER = r"(?P<number>-?\d[\d,.]*(e\+\d+)?\b)"
COLORS = r"(, | n?or )?\b(red|dark green|blue)"
ATOM = re.compile(
    "|".join(
        [
            r"(?P<whole>(any|no|not every|every) marks)",
            rf"(?P<left>{NAME}) (?P<sign>{'|'.join(SIGNS)}) ({NUMBER}|(?P<right>{NAME}))",
            rf"(?P<asked>{NAME}) (?P<absent>unknown|known)",
            rf"color (?P<words>(none|any) of its words|(either |neither |not )?({COLORS})+)",
            rf"(?P<denied>not )?(?P<flag>{NAME})",
            r"(?P<constant>always|never)",
        ]
    )
)


def read_atom(found):
    """The condition that the words of an atom are."""
    if found["constant"]:
        return ALWAYS if found["constant"] == "always" else NEVER
    if found["whole"]:
        marks = [on[name] for name in schema(Thing).sets["marks"]]
        return {
            "any marks": any_of(*marks),
            "every marks": all_of(*marks),
            "no marks": all_of(*(~mark for mark in marks)),
            "not every marks": any_of(*(~mark for mark in marks)),
        }[found["whole"]]
    if found["sign"]:
        left, sign = LABELS[found["left"]], Op(SIGNS[found["sign"]])
        if found["right"]:
            return Comparison(left, sign, LABELS[found["right"]])
        return Threshold(left, sign, float(found["number"]))
    if found["absent"]:
        return Absent(LABELS[found["asked"]], found["absent"] == "unknown")
    if found["words"]:
        named = re.findall("red|dark green|blue", found["words"])
        inside = not found["words"].startswith(("neither", "not", "any"))
        return OneOf("color", frozenset(word.replace(" ", "_") for word in named), inside)
    return Flagged(LABELS[found["flag"]], not found["denied"])


def read(text):
    """The condition that a text states, by the marks alone: a small reader, written apart."""
    kept = []

    def keep(found):
        kept.append(read_atom(found))
        return f"@{len(kept) - 1}"

    return read_joined(ATOM.sub(keep, text), kept)


def split(text, mark):
    """The pieces between marks that stand in no parentheses."""
    pieces, depth, begun = [], 0, 0
    for at, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and text.startswith(mark, at):
            pieces.append(text[begun:at])
            begun = at + len(mark)
    return [*pieces, text[begun:]]


def read_joined(text, kept):
    for mark, joined in ((", and ", AllOf), (", or ", AnyOf)):
        pieces = split(text, mark)
        if len(pieces) > 1:
            return joined(tuple(read_piece(piece, kept) for piece in pieces))
    return read_piece(text, kept)


def read_piece(text, kept):
    if text.startswith("("):
        assert text.endswith(")")
        return read_joined(text[1:-1], kept)
    listed = [kept[int(at)] for at in re.findall(r"@(\d+)", text)]
    marks = re.sub(r"@\d+", "@", text)
    if marks == "@":
        return listed[0]
    if re.fullmatch(r"@(, @)* and @|@( and @)+", marks):
        return AllOf(tuple(listed))
    assert re.fullmatch(r"(either )?@(, @)* or @", marks), text
    return AnyOf(tuple(listed))


@given(conditions(Thing, max_leaves=8), records(Thing))
def test_whoever_reads_the_words_decides_as_the_condition_does(condition, thing):
    assert truth(read(words(condition)), thing) == truth(condition, thing)
