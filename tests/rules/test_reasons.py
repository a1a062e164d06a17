"""The words of many rows at once are those of single decisions, whatever their numbers."""

from __future__ import annotations

from operator import eq, gt, lt

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Op, Rule, Table, Threshold
from relmkt.rules._words import said, shown
from tests.strategies import bounds_in, near, records, tables
from tests.things import Thing, Things

on = handles(Thing)

TEMPLATES = (
    "{because}",
    "nothing to say, {{not even}} this",
    "of {color}: {because}",
    "{x} and {limit}, {x}: {note}, {is_new}, {count}",
    "{because:.7}",
    "{marks_old}, {since}, {born}, {share!s:>9}",
)
"""Reasons with a place for everything that they may speak of."""


@st.composite
def speaking_tables(draw):
    table = draw(tables(Thing))
    rules = [
        attrs.evolve(rule, reason=draw(st.sampled_from(TEMPLATES)))
        for rule in (*table.rules, Rule("last", ALWAYS, "z"))
    ]
    # A constant of the name of a fact stands in the place of it.
    named = draw(st.sampled_from([{"limit": 0.25}, {"limit": 7, "x": 1e6}]))
    return Table(
        name="drawn",
        facts=schema(Thing),
        rules=rules[: draw(st.sampled_from([-1, None]))],
        constants=named,
    )


@given(st.data())
def test_reasons_and_what_is_missing_or_possible_are_those_of_single_decisions(data):
    table = data.draw(speaking_tables())
    things = data.draw(st.lists(records(Thing, often=bounds_in(table)), max_size=9))
    together = table.decide(Things.of(things))
    assert together.reasons() == [table.decide(thing).reason for thing in things]
    assert together.missing() == [table.decide(thing).missing for thing in things]
    assert together.possible() == [table.decide(thing).possible for thing in things]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    near([0.0, 0.001, 0.5, 1.0, 999.995, 1000.0, 1e15, -1.0, 5e-324])
)


@given(left=NUMBERS, right=NUMBERS)
@example(left=1.7e308, right=-1.7e308)
@example(left=0.99996, right=1.0)
@example(left=2.0, right=2.0000001)
def test_a_reason_never_prints_two_numbers_in_the_wrong_order(left, right):
    """Rounded as `shown` does, unless that would turn their order; then with digits enough."""
    _, first, sign, second = said(Threshold("x", Op.GT, right), {"x": left}, on._features).split()
    assert sign == ("≤" if left <= right else ">")

    def turned(texts):
        told = [float(text.replace(",", "")) for text in texts]
        return any(order(*told) is not order(left, right) for order in (lt, eq, gt))

    def rounded(digits):
        return [f"{value:.{digits}g}" for value in (left, right)]

    assert not turned([first, second])
    plain = [shown(value) for value in (left, right)]
    if not turned(plain):
        assert [first, second] == plain
    else:
        fewest = next((each for each in map(rounded, range(4, 17)) if not turned(each)), None)
        expected = fewest or [repr(value) for value in (left, right)]
        assert list(map(float, expected)) == [float(t.replace(",", "")) for t in (first, second)]
    together = Table(
        name="t",
        facts=schema(Thing),
        rules=[Rule("r", on.x > right, "a"), Rule("s", on.x <= right, "b")],
    ).decide(Things(thing=[1, 2], x=[left, left]))
    assert set(together.reasons()) == {f"x {first} {sign} {second}"}


# Rules that share atoms, compare two numbers, wait for facts, and lead to the same outcome or not.
ASKED = {
    "two rules": [((on.x > 2) & (on.y > 2), "a"), ((on.x > 5) | on.is_new, "b")],
    "shared": [
        ((on.x > 2) & on.is_new, "a"),
        (on.y > 2, "b"),
        ((on.x > 2) & (on.y > 5), "a"),
        (on.is_new | (on.color == "red"), "c"),
    ],
    "compared": [(on.x < on.y, "a"), (on.x == on.y, "b"), ((on.x > on.y) & on.is_new, "a")],
    "covered": [(on.x > 5, "a"), (~on.is_new, "b"), (on.color == "red", "a"), (ALWAYS, "c")],
    "one rule": [((on.x > on.y) | (on.color != "blue"), "a")],
    "nothing asked": [(ALWAYS, "a")],
}
GRID = [
    Thing(thing=1, x=x, y=y, is_new=is_new, color=color)
    for x in (None, 1, 4, 7)
    for y in (None, 1, 4, 7)
    for is_new in (None, True, False)
    for color in (None, "red", "blue")
]


@pytest.mark.parametrize("asked", list(ASKED.values()), ids=list(ASKED))
def test_every_row_of_a_grid_is_told_what_it_would_be_told_alone(asked):
    table = Table(
        name="tried",
        facts=schema(Thing),
        rules=[Rule(f"r{at}", when, word) for at, (when, word) in enumerate(asked)],
    )
    together = table.decide(Things.of(GRID))
    singles = [table.decide(thing) for thing in GRID]
    assert together.reasons() == [single.reason for single in singles]
    assert together.missing() == [single.missing for single in singles]
    assert together.possible() == [single.possible for single in singles]
    assert together.nexts() == [single.next for single in singles]
