"""Comparing two tables counts everybody once, conserves value, and names who moves and why."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain import Abstention, CustomerFacts, Strategy
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Rule, Table, TableComparison, absent, all_of, differences
from tests.strategies import columns, tables
from tests.things import Bound, Bounds, Thing, Things

on = handles(Thing)
compare = Table.compare


def table(*rules, undecided=None, **constants):
    """A table of (id, condition, outcome)."""
    named = [Rule(*rule) for rule in rules]
    return Table(
        name="tried",
        facts=schema(Thing),
        rules=named,
        undecided=undecided,
        constants=constants,
    )


def high(bound, **options):
    """Who has x at or above a bound is "high", the others "low"."""
    rules = ("high", on.x >= bound, "high"), ("rest", ALWAYS, "low")
    return table(*rules, x_high=bound, **options)


# --------------------------------------------------------------------------------------- laws

WORTHS = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))


@st.composite
def pairs(draw):
    """Two tables, rows for both, and what each row is worth."""
    rows = draw(columns(Things, ids=st.integers(0, 99)))
    worth = draw(st.lists(WORTHS, min_size=len(rows), max_size=len(rows)))
    words = ["a", "b", "c"], ["c", "b", "d"]
    one, other = (draw(tables(Thing, outcomes=each, max_rules=3)) for each in words)
    return one, other, rows, worth


def transitions(comparison):
    """The transitions that occur, by name: how many, what of it is known to be worth, what not."""
    return {
        (comparison.outcomes[start], comparison.outcomes[end]): (
            int(comparison.matrix[start, end]),
            float(comparison.value_matrix[start, end]),
            int(comparison.unvalued[start, end]),
        )
        for start, end in np.argwhere(comparison.matrix).tolist()
    }


@given(drawn=pairs())
def test_it_counts_what_deciding_one_by_one_counts(drawn):
    one, other, rows, worth = drawn
    found = compare(one, other, rows, value=worth)
    ends = [(one.decide(row).outcome, other.decide(row).outcome) for row in rows]
    assert {pair: told[0] for pair, told in transitions(found).items()} == Counter(ends)
    for pair, (count, value, unvalued) in transitions(found).items():
        held = [each for each, end in zip(worth, ends, strict=True) if end == pair]
        assert count == len(held)
        assert unvalued == sum(map(math.isnan, held))
        assert value == pytest.approx(math.fsum(each for each in held if not math.isnan(each)))
        assert (found.count(*pair), found.value_of(*pair)) == (count, value)
    movers = found.movers(limit=100)
    assert sorted(mover.row for mover in movers) == [
        row for row, (start, end) in enumerate(ends) if start != end
    ]
    values = [-math.inf if mover.value is None else mover.value for mover in movers]
    assert values == sorted(values, reverse=True)
    for mover in movers:
        assert (mover.before.outcome, mover.after.outcome) == ends[mover.row]
        assert mover.id == rows[mover.row].thing
        assert mover.because


@given(drawn=pairs())
def test_the_margins_of_the_matrix_are_the_counts_of_both_decisions(drawn):
    one, other, rows, _ = drawn
    found = compare(one, other, rows)
    assert found.matrix.sum() == len(found) == len(rows)
    for margin, decisions in (
        (found.matrix.sum(axis=1), found.before),
        (found.matrix.sum(axis=0), found.after),
    ):
        told = {word: count for word, count in zip(found.outcomes, margin, strict=True) if count}
        own = {word: count for word, count in decisions.counts().items() if count}
        none = int(np.count_nonzero(decisions.outcome < 0))
        assert told == own | ({None: none} if none else {})


@settings(max_examples=50)
@given(drawn=pairs())
def test_compared_with_itself_nobody_moves(drawn):
    one, _, rows, worth = drawn
    found = compare(one, one, rows, value=worth)
    assert not found.moved.any()
    assert found.movers() == []
    assert np.array_equal(found.matrix, np.diag(np.diag(found.matrix)))
    assert found.value_moved == 0.0
    assert found.share_unchanged == 1.0 or not len(rows)
    assert not found.newly_decided.any()
    assert not found.newly_undecided.any()
    assert not found.differences


@settings(max_examples=50)
@given(drawn=pairs())
def test_swapping_the_tables_transposes_the_matrix(drawn):
    one, other, rows, worth = drawn
    there = compare(one, other, rows, value=worth)
    back = compare(other, one, rows, value=worth)
    assert transitions(back) == {(end, at): told for (at, end), told in transitions(there).items()}
    assert set(there.outcomes) == set(back.outcomes)
    assert back.newly_decided.tolist() == there.newly_undecided.tolist()
    assert back.share_unchanged == there.share_unchanged or not len(rows)


@settings(max_examples=50)
@given(drawn=pairs(), at=st.integers(0, 8))
def test_the_parts_of_a_portfolio_add_up_and_value_is_conserved(drawn, at):
    one, other, rows, worth = drawn
    whole = compare(one, other, rows, value=worth)
    parts = [
        compare(one, other, rows[part], value=worth[part])
        for part in (slice(None, at), slice(at, None))
    ]
    assert np.array_equal(whole.matrix, sum(part.matrix for part in parts))
    assert np.array_equal(whole.unvalued, sum(part.unvalued for part in parts))
    assert whole.value_matrix == pytest.approx(sum(part.value_matrix for part in parts))
    assert whole.value_matrix.sum() == pytest.approx(np.nansum(worth))
    assert whole.unvalued.sum() == np.isnan(worth).sum()


@settings(max_examples=50)
@given(one=tables(Bound), other=tables(Bound), rows=columns(Bounds))
def test_every_mover_has_a_reason_and_all_is_read_only(one, other, rows):
    found = compare(one, other, rows, value="low")
    for mover in found.movers():
        assert str(mover).startswith(f"{mover.id}")
    for array in (found.matrix, found.value_matrix, found.unvalued, found.value):
        assert not array.flags.writeable
    assert str(found)


# --------------------------------------------------------------------------------- situations

THINGS = Things(thing=["A", "B", "C", "D"], x=[1, 4, 6, None], y=[10, 20, 30, 40])


def test_a_lower_threshold_moves_those_between_the_two():
    found = compare(high(5), high(3), THINGS, value="y")
    assert isinstance(found, TableComparison)
    assert found.outcomes == ("high", "low", None)
    assert found.matrix.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert found.value_matrix.tolist() == [[30, 0, 0], [20, 10, 0], [0, 0, 40]]
    assert found.moved.tolist() == [False, True, False, False]
    assert (found.share_unchanged, found.value_moved) == (0.75, 20.0)
    (mover,) = found.movers()
    assert (mover.id, mover.row, mover.value) == ("B", 1, 20.0)
    assert (mover.before.rule, mover.after.rule) == ("rest", "high")
    assert mover.because == ("high failed (x 4 < 5), and holds now (x 4 ≥ 3)",)
    assert str(mover) == (
        "B, worth 20, low becomes high: high failed (x 4 < 5), and holds now (x 4 ≥ 3)"
    )


def test_without_a_value_nothing_is_worth_anything():
    found = compare(high(5), high(3), THINGS)
    assert found.value is None
    assert found.value_moved == 0.0
    assert not found.value_matrix.any()
    assert not found.unvalued.any()
    assert found.movers()[0].value is None
    assert (
        str(found)
        == "tried: 1 of 4 moves\n  1 from low to high\n  x high from 5 to 3\n  altered: high"
    )


def test_what_is_not_known_to_be_worth_anything_is_counted_apart():
    rows = Things(thing=range(4), x=[4, 4, 4, 9], y=[10, None, -3, 5])
    found = compare(high(5), high(3), rows, value=on.y)
    assert found.value_of("low", "high") == 7.0
    assert found.unvalued.sum() == found.unvalued[1, 0] == 1
    assert [mover.id for mover in found.movers()] == [0, 2, 1]
    assert [mover.value for mover in found.movers()] == [10.0, -3.0, None]
    assert str(found).splitlines()[:2] == [
        "tried: 3 of 4 move, worth 7 and 1 of unknown worth",
        "  3 from low to high, worth 7 and 1 of unknown worth",
    ]
    nothing = compare(high(5), high(3), rows, value=[None] * 4)
    assert str(nothing).splitlines()[0] == "tried: 3 of 4 move, of unknown worth"


def test_movers_are_chosen_by_where_they_come_from_and_where_they_go():
    first = table(("r", on.x > 5, "a"), ("s", on.x > 2, "b"), ("t", ALWAYS, "c"))
    second = table(("r", on.x > 5, "b"), ("s", on.x > 2, "c"), ("t", ALWAYS, "a"))
    found = compare(first, second, Things(thing=range(6), x=[9, 8, 3, 4, 1, 0]), limit=4)
    assert [mover.id for mover in found.movers()] == [0, 1, 2, 3]
    assert [mover.id for mover in found.movers(limit=9)] == [0, 1, 2, 3, 4, 5]
    assert [mover.id for mover in found.movers("b")] == [2, 3]
    assert [mover.id for mover in found.movers(["a", "b"], "c")] == [2, 3]
    assert [mover.id for mover in found.movers(to=["a", "b"])] == [0, 1, 4, 5]
    assert found.movers("a", "a") == []
    assert found.movers()[0].because == ("r led to a, and leads to b now",)
    assert found.movers("b")[0].because == ("s led to b, and leads to c now",)
    assert found.limit == 4


def test_the_largest_transitions_are_told_and_the_others_summed_up():
    first = table(("r", on.x > 5, "a"), ("s", on.x > 2, "b"), ("t", ALWAYS, "c"))
    second = table(("r", on.x > 5, "b"), ("s", on.x > 2, "c"), ("t", ALWAYS, "a"))
    found = compare(first, second, Things(thing=range(6), x=[9, 8, 7, 4, 3, 0]), limit=1)
    assert str(found).splitlines() == [
        "tried: 6 of 6 move",
        "  3 from a to b",
        "  3 between other outcomes",
        "  altered: r, s, t",
    ]
    worth = compare(first, second, found.before.rows, value=[1, 1, 1, 2, 2, 9], limit=1)
    assert str(worth).splitlines()[1] == "  1 from c to a, worth 9"


def test_rules_that_are_new_gone_or_moved_explain_who_moves():
    first = table(("r", on.x > 5, "a"), ("s", on.y > 5, "b"), ("t", ALWAYS, "c"))
    added = table(
        ("n", on.x > 3, "n"), *((rule.id, rule.when, rule.outcome) for rule in first.rules)
    )
    gone = table(("s", on.y > 5, "b"), ("t", ALWAYS, "c"))
    moved = table(("s", on.y > 5, "b"), ("r", on.x > 5, "a"), ("t", ALWAYS, "c"))
    rows = Things(thing=["A"], x=[9], y=[9])
    why = [compare(first, each, rows).movers()[0].because for each in (added, gone, moved)]
    assert why == [
        ("n is new, and holds (x 9 > 3)",),
        ("r is gone, and held (x 9 > 5)",),
        ("the rules stand in another order",),
    ]
    back = compare(added, first, rows).movers()[0].because
    assert back == ("n is gone, and held (x 9 > 3)",)


def test_new_rules_that_fail_and_old_ones_that_failed_explain_nothing():
    first = table(("f", on.y > 50, "f"), ("r", on.x > 5, "a"), ("t", ALWAYS, "c"))
    second = table(("g", on.y > 60, "g"), ("r", on.x > 7, "a"), ("t", ALWAYS, "c"))
    (mover,) = compare(first, second, Things(thing=["A"], x=[6], y=[9])).movers()
    assert mover.because == ("r held (x 6 > 5), and fails now (x 6 ≤ 7)",)


def test_who_becomes_undecided_is_told_and_why():
    second = table(("new", on.is_new, "high"), ("high", on.x >= 5, "high"), ("rest", ALWAYS, "low"))
    first = high(5)
    rows = Things(thing=["A", "B"], x=[1, 9], is_new=[None, None])
    found = compare(first, second, rows)
    assert found.newly_undecided.tolist() == [True, False]
    (mover,) = found.movers()
    assert mover.because == ("new is new, and is unknown (is new unknown)",)
    assert str(mover).startswith("A low becomes undecided: ")
    assert str(found).splitlines()[:3] == [
        "tried: 1 of 2 moves",
        "  1 from low to undecided",
        "  1 newly undecided",
    ]
    back = compare(second, first, rows)
    assert back.newly_decided.tolist() == [True, False]
    assert "  1 newly decided" in str(back).splitlines()
    assert found.count("low", None) == back.count(None, "low") == 1


def test_a_rule_that_always_or_never_holds_says_so():
    never = all_of(on.x > 5, on.x < 5)
    first = table(("r", never, "a"), ("t", ALWAYS, "c"))
    second = table(("r", ALWAYS, "a"), ("t", ALWAYS, "c"))
    (mover,) = compare(first, second, Things(thing=["A"], x=[6])).movers()
    assert mover.because == ("r failed (x 6 ≥ 5), and holds now (always)",)
    nothing = table(("r", ~ALWAYS, "a"), ("t", ALWAYS, "c"))
    (mover,) = compare(nothing, second, Things(thing=["A"], x=[6])).movers()
    assert mover.because == ("r failed (never), and holds now (always)",)


def test_words_for_undecided_come_last_and_those_of_both_are_kept():
    found = compare(high(5, undecided="?"), high(3, undecided="-"), THINGS)
    assert found.outcomes == ("high", "low", "?", "-")
    assert found.count("?", "-") == 1
    same = compare(high(5, undecided="?"), high(3, undecided="?"), THINGS)
    assert same.outcomes == ("high", "low", "?")


def test_assumptions_hold_for_both():
    found = compare(high(5), high(3), THINGS, assume={"x": 4})
    assert found.count("low", "high") == 2
    assert found.movers()[1].after.assumed == {"x": 4}


def test_an_empty_portfolio_moves_nobody():
    found = compare(high(5), high(3), Things(thing=[]), value=[])
    assert (len(found), found.matrix.sum(), found.movers()) == (0, 0, [])
    assert math.isnan(found.share_unchanged)
    assert str(found).splitlines()[0] == "tried: 0 of 0 move"


def test_values_may_be_numbers_of_any_sort():
    for worth in ([1, 2, 3, 4], np.array([1, 2, 3, 4], dtype=np.int8), [1, 2.0, Decimal(3), 4]):
        found = compare(high(5), high(3), THINGS, value=worth)
        assert found.value.tolist() == [1, 2, 3, 4]
    own = np.array([1.0, 2, 3, 4])
    found = compare(high(5), high(3), THINGS, value=own)
    own[0] = 9
    assert found.value[0] == 1


# -------------------------------------------------------------------------------- differences


def test_tables_differ_in_thresholds_and_in_rules():
    first = table(("r", on.x > 5, "a"), ("s", on.y > 5, "b"), ("t", ALWAYS, "c"), x=5, old=1)
    second = table(
        ("s", on.y > 5, "b", "{because}", True),
        ("n", absent(on.x), "n"),
        ("t", ALWAYS, "d"),
        x=1234.5,
        new=2,
    )
    found = differences(first, second)
    assert found.thresholds == {"x": (5, 1234.5), "old": (1, None), "new": (None, 2)}
    assert (found.added, found.removed, found.altered) == (("n",), ("r",), ("s", "t"))
    assert not found.is_reordered
    assert str(found).splitlines() == [
        "x from 5 to 1,234",
        "old from 1 to none",
        "new from none to 2",
        "new: n",
        "gone: r",
        "altered: s, t",
    ]


def test_tables_may_differ_in_their_order_alone_or_not_at_all():
    first = table(("r", on.x > 5, "a"), ("t", ALWAYS, "c"))
    second = table(("t", ALWAYS, "c"), ("r", on.x > 5, "a"))
    found = differences(first, second)
    assert found
    assert found.is_reordered
    assert str(found) == "the rules stand in another order"
    assert not differences(first, first)
    assert str(differences(first, first)) == "no difference"


def test_a_policy_with_another_threshold_names_the_customers_who_move():
    given = {"residual_value_high": 150, "cost_ratio_high": 0.3}
    one, other = (
        StrategyPolicy(retained_value_high=bound, **given).table() for bound in (200, 300)
    )
    known = {
        "status": "active",
        "significance": set(),
        "barred": False,
        "attrition_risk": 0.7,
        "current_profit": 5,
        "residual_value": 10,
        "headroom": 0,
        "avoidable_profit": 5,
        "cost_to_serve_ratio": 0.1,
        "cost_reducible": False,
        "competitor_pull": 0,
        "wallet_share_falling": False,
    }
    rows = Portfolio.of(
        CustomerFacts(customer=f"C-{value}", retained_value=value, **known)
        for value in (100, 250, 280, 400)
    )
    found = compare(one, other, rows, value="retained_value")
    assert found.count(Strategy.PROTECT, Strategy.HARVEST) == 2
    assert found.value_moved == 530.0
    assert [mover.id for mover in found.movers()] == ["C-280", "C-250"]
    assert found.movers()[0].because == (
        (
            "R5 held (status active, retained value 280 ≥ 200, attrition risk 0.7 ≥ 0.5), and "
            "fails now (not high volume, not high future value, not benchmark, not door opener, "
            "not inspiration, retained value 280 < 300)"
        ),
    )
    assert found.outcomes[-1] is Abstention.UNDECIDED
    assert found.differences.altered == ("R5",)


# --------------------------------------------------------------------------------- bad input


ON_THING = "'other' must be a table that decides on Thing, as tried does"
NUMBERS = "'value' must be numbers, or the name of one, got "


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"other": 7}, ON_THING + ", got 7: policy.table() makes one"),
        (
            {"other": Table(name="b", facts=schema(Bound), rules=[Rule("r", ALWAYS, "a")])},
            ON_THING,
        ),
        ({"portfolio": 7}, "'portfolio' must be columns of Thing, got 7"),
        ({"portfolio": Thing(thing=1)}, "'portfolio' must be columns of Thing"),
        (
            {"portfolio": Bounds(bound=[1], count=[1])},
            "'portfolio' must be columns of Thing, got ",
        ),
        ({"value": "z"}, "no fact 'z' in value"),
        (
            {"value": "is_new"},
            "'value' must name a number, got 'is_new, a flag'",
        ),
        (
            {"value": [1, 2]},
            "'value' must have one number for each of 4 rows, got 'shape (2,)'",
        ),
        (
            {"value": [1, 2, math.inf, 4]},
            "'value' must be finite, got inf for row 2: NaN is for the unknown",
        ),
        ({"value": ["1", "2", "3", "4"]}, NUMBERS + "['1', '2', '3', '4']"),
        ({"value": [1, 2, "3", None]}, NUMBERS + "[1, 2, '3', None]"),
        ({"value": [True] * 4}, NUMBERS + "[True, True, True, True]"),
        ({"value": [1, 2, True, None]}, NUMBERS + "[1, 2, True, None]"),
        ({"value": [1, [2], 3, 4]}, NUMBERS + "[1, [2], 3, 4]"),
        ({"value": [1, 2, 3, 10**400]}, NUMBERS + "[1, 2, 3, 1000"),
        ({"limit": -1}, "'limit' must be a whole number, at least 0, got -1"),
        ({"limit": 1.5}, "'limit' must be a whole number, at least 0, got 1.5"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(options, message):
    asked = {"other": high(3), "portfolio": THINGS, **options}
    with pytest.raises((InvalidValueError, UnknownNameError)) as raised:
        compare(high(5), asked.pop("other"), asked.pop("portfolio"), **asked)
    assert str(raised.value).startswith(message)  # what follows are all names there are


def test_an_outcome_that_nobody_has_is_refused():
    found = compare(high(5), high(3), THINGS)
    with pytest.raises(UnknownNameError, match="no outcome 'hihg'; did you mean 'high'"):
        found.count("hihg", "low")
    with pytest.raises(UnknownNameError, match="undecided"):
        found.value_of("low", "medium")
    with pytest.raises(UnknownNameError):
        found.movers(["low", "lower"])
    with pytest.raises(InvalidValueError):
        found.movers(limit=-1)


def test_differences_are_true_where_a_threshold_alone_or_a_rule_alone_differs():
    first = table(("a", on.x > 1, "a"), limit=1)
    assert differences(first, table(("a", on.x > 1, "a"), limit=2))
    assert differences(first, table(("b", on.x > 1, "a"), limit=1))
    assert differences(first, table(("a", on.x > 2, "a"), limit=1))


def test_rules_that_are_not_asked_move_nobody():
    before = table(("a", on.x > 100, "up"), ("b", on.x > 5, "mid"), ("c", ALWAYS, "low"))
    after = table(("a", on.x > 1, "up"), ("new", ALWAYS, "low"), ("b", on.x > 5, "mid"))
    (mover,) = compare(before, after, Things(thing=[1], x=[10])).movers()
    assert mover.because == ("a failed (x 10 ≤ 100), and holds now (x 10 > 1)",)


def test_a_mover_is_told_in_one_line_with_every_rule_that_turned():
    before = table(("a", on.x > 5, "up"), ("b", on.x > 1, "mid"), ("c", ALWAYS, "low"))
    after = table(("a", on.x > 20, "up"), ("b", on.x > 15, "mid"), ("c", ALWAYS, "low"))
    (mover,) = compare(before, after, Things(thing=[7], x=[10])).movers()
    assert str(mover) == (
        "7 up becomes low: a held (x 10 > 5), and fails now (x 10 ≤ 20); "
        "b held (x 10 > 1), and fails now (x 10 ≤ 15)"
    )


def test_of_those_worth_the_same_the_first_rows_come_first():
    rows = Things(thing=range(60), x=[10] * 60)
    for worth in ([1.0] * 60, [float(at % 2) for at in range(60)]):
        found = compare(high(5), high(20), rows, value=worth).movers(limit=60)
        assert [mover.row for mover in found] == sorted(range(60), key=lambda at: -worth[at])


def test_an_outcome_is_named_whole_and_a_limit_of_none_at_all_names_nobody():
    found = compare(high(5), high(20), Things(thing=[1, 2], x=[10, 30]), limit=0)
    assert found.movers() == []
    assert [mover.row for mover in found.movers(from_="high", to="low", limit=9)] == [0]


def test_what_is_worth_nobody_knows_what_is_told_so():
    rows = Things(thing=[1, 2, 3], x=[10, 12, 30])
    found = compare(high(5), high(20), rows, value=[math.nan, math.nan, 1])
    assert str(found).splitlines()[:2] == [
        "tried: 2 of 3 move, of unknown worth",
        "  2 from high to low, of unknown worth",
    ]
