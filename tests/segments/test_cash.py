"""Sources and uses of cash: laws, a naive choice one by one, and every choice there is."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain import Abstention, CustomerFacts, Strategy
from relmkt.errors import InvalidValueError
from relmkt.records import handles, schema
from relmkt.rules import Rule, Table
from relmkt.segments import cash_statement
from relmkt.segments.cash import SOURCES, USES

words = st.sampled_from([*Strategy, Abstention.MAINTAIN, Abstention.UNDECIDED, None])
# Whole numbers, so that sums are exact and a choice fits a budget or does not.
rows = st.lists(
    st.tuples(
        words,
        st.integers(0, 30).map(float) | st.just(math.nan),
        st.integers(0, 30).map(float) | st.just(math.nan),
        st.integers(-30, 60).map(float) | st.just(math.nan),
    ),
    max_size=25,
)


def state(customers, **options):
    outcome, released, asked, gain = (
        (list(column) for column in zip(*customers, strict=True))
        if (customers)
        else ([], [], [], [])
    )
    return cash_statement(outcome, released=released, asked=asked, gain=gain, **options)


def naive_choice(customers, budget, least_return):
    """Rank, then pay each in turn if the money is still there."""

    def quotient(row):
        _, _, asked, gain = customers[row]
        if math.isnan(gain):
            return -math.inf
        if asked == 0:
            return 0.0 if gain == 0 else math.copysign(math.inf, gain)
        return gain / asked

    asking = [
        row
        for row, (outcome, _, asked, _) in enumerate(customers)
        if outcome in USES and not math.isnan(asked)
    ]
    asking.sort(key=lambda row: -quotient(row))
    funded, left = [], budget
    for row in asking:
        worthy = least_return is None or quotient(row) >= least_return
        if worthy and customers[row][2] <= left:
            funded.append(row)
            left -= customers[row][2]
    return funded, [row for row in asking if row not in funded]


@given(rows, st.integers(-50, 200), st.sampled_from([None, 0.0, 0.5]))
def test_those_who_are_funded_are_those_of_a_plain_choice_one_by_one(
    customers, external, least_return
):
    statement = state(customers, external=external, least_return=least_return)
    released = sum(
        free for word, free, _, _ in customers if word in SOURCES and not math.isnan(free)
    )
    budget = max(0, released + external)
    funded, unfunded = naive_choice(customers, budget, least_return)
    assert statement.budget == budget
    assert np.flatnonzero(statement.funded).tolist() == sorted(funded)
    assert statement.unfunded.tolist() == unfunded
    assert statement.binds == bool(unfunded)
    assert statement.spent == sum(customers[row][2] for row in funded) <= budget
    assert statement.left == budget - statement.spent


@given(rows, st.integers(-50, 200))
def test_lines_add_up_to_the_totals_and_every_customer_is_somewhere(customers, external):
    statement = state(customers, external=external)
    sources, uses = statement.lines[:3], statement.lines[3:]
    assert [line.strategy for line in sources] == list(SOURCES)
    assert [line.strategy for line in uses] == list(USES)
    assert sum(line.amount for line in sources) == statement.released
    assert sum(line.amount for line in uses) == statement.asked
    assert sum(line.funded_amount for line in uses) == statement.spent
    assert sum(line.funded_customers for line in uses) == statement.funded.sum()
    assert sum(line.gain for line in uses) == pytest.approx(statement.gain)
    assert sum(line.unknown for line in statement.lines) == len(statement.unknown)
    for line in statement.lines:
        here = [word for word, _, _, _ in customers if word is line.strategy]
        assert line.customers + line.unknown == len(here)
        assert line.side == ("source" if line.strategy in SOURCES else "use")


@given(
    st.lists(st.tuples(st.integers(0, 20).map(float), st.integers(-10, 40).map(float)), max_size=7),
    st.integers(0, 60),
)
def test_no_choice_of_customers_gains_more_than_the_bound(asking, budget):
    customers = [(Strategy.START, 0.0, asked, gain) for asked, gain in asking]
    statement = state(customers, external=budget, least_return=0.0)
    best = max(
        sum(gain for _, gain in chosen)
        for size in range(len(asking) + 1)
        for chosen in itertools.combinations(asking, size)
        if sum(asked for asked, _ in chosen) <= budget
    )
    assert statement.gain <= best <= statement.gain_bound + 1e-6


@given(rows)
def test_a_budget_for_all_funds_all(customers):
    statement = state(customers, external=10_000)
    assert not statement.binds
    assert statement.spent == statement.asked


@given(rows, st.sampled_from([0.25, 8.0]), st.integers(0, 100))
def test_another_currency_funds_the_same_customers(customers, rate, external):
    converted = [(word, rate * r, rate * a, rate * g) for word, r, a, g in customers]
    one, other = state(customers, external=external), state(converted, external=rate * external)
    np.testing.assert_array_equal(one.funded, other.funded)
    np.testing.assert_array_equal(one.unfunded, other.unfunded)


def test_equal_uses_are_funded_in_the_order_given():
    customers = [(Strategy.ENHANCE, 0, 10, 5)] * 4
    assert state(customers, external=25).funded.tolist() == [True, True, False, False]


def test_one_too_dear_is_passed_over_for_the_next_that_fits():
    customers = [(Strategy.START, 0, 100, 500), (Strategy.START, 0, 30, 30)]
    statement = state(customers, external=50)
    assert statement.funded.tolist() == [False, True]
    assert statement.gain == 30
    assert statement.gain_bound == pytest.approx(250)


def test_one_who_asks_for_nothing_is_funded_without_a_budget():
    customers = [(Strategy.ENHANCE, 0, 0, 5), (Strategy.ENHANCE, 0, 1, 50)]
    assert state(customers).funded.tolist() == [True, False]


def test_cents_that_add_up_to_the_budget_are_all_paid():
    assert sum([0.1] * 3) > 0.3
    assert not state([(Strategy.START, 0, 0.1, 1)] * 3, external=0.3).binds


def test_an_unknown_gain_is_paid_last_and_not_at_all_where_a_return_is_asked():
    customers = [(Strategy.PROTECT, 0, 10, math.nan), (Strategy.PROTECT, 0, 10, -1)]
    assert state(customers, external=10).funded.tolist() == [False, True]
    assert state(customers, external=20).funded.tolist() == [True, True]
    assert state(customers, external=20, least_return=0).funded.tolist() == [False, False]


def test_what_is_not_asked_of_a_customer_may_be_anything():
    statement = cash_statement(
        ["harvest", "maintain", "start"],
        released=[5, -1, -1],
        asked=[-1, -1, 4],
        gain=[math.nan, math.nan, 1],
    )
    assert (statement.released, statement.spent) == (5, 4)


def test_decisions_of_a_table_speak_for_themselves_with_their_ids():
    on = handles(CustomerFacts)
    table = Table(
        name="two strategies",
        facts=schema(CustomerFacts),
        rules=[
            Rule("grow", on.headroom > 0, Strategy.ENHANCE),
            Rule("reap", on.headroom <= 0, Strategy.HARVEST),
        ],
    )
    portfolio = Portfolio(customer=["a", "b", "c", "d"], headroom=[5, 0, None, 9])
    amounts = {"released": [0, 7, 0, 0], "asked": [6, 0, 0, 6], "gain": [5, 0, 0, 9]}
    from_decisions = cash_statement(table.decide(portfolio), **amounts)
    from_words = cash_statement(["enhance", "harvest", None, "enhance"], **amounts)
    assert from_decisions.funded.tolist() == from_words.funded.tolist()
    assert from_decisions.funded.tolist() == [False, False, False, True]
    assert from_decisions.unfunded_ids.tolist() == ["a"]
    assert from_words.unfunded_ids.tolist() == [0]
    renamed = cash_statement(table.decide(portfolio), **amounts, ids=list("wxyz"))
    assert renamed.unfunded_ids.tolist() == ["w"]


def test_the_statement_reads_as_a_page():
    customers = [
        (Strategy.HARVEST, 1500, 0, 0),
        (Strategy.END, math.nan, 0, 0),
        (Strategy.PROTECT, 0, 1000, 4000),
        *[(Strategy.START, 0, 600, 100)] * 12,
    ]
    lines = str(state(customers)).splitlines()
    assert lines[0] == "Sources of cash"
    assert lines[1].split() == ["harvest", "1", "1,500.00"]
    assert lines[-3].startswith("expected net gain 4,000.00; no choice could exceed 4,083.33")
    assert lines[-2].endswith("12 customers: 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more")
    assert lines[-1] == "amount unknown: 1 customer, in none of the sums"
    brief = str(state([(Strategy.START, 0, 600, 100)]))
    assert brief.splitlines()[-1] == "not funded: 1 customer: 0"
    assert "not funded" not in str(state([]))


def test_a_line_is_found_by_its_strategy():
    assert state([(Strategy.END, 3, 0, 0)]).line(Strategy.END).amount == 3
    with pytest.raises(InvalidValueError, match="'strategy' must be one of harvest"):
        state([]).line(Abstention.MAINTAIN)


def test_the_arrays_cannot_be_written_to():
    statement = state([(Strategy.START, 0, 1, 1), (Strategy.END, math.nan, 0, 0)])
    for array in (
        statement.funded,
        statement.unfunded,
        statement.unfunded_ids,
        statement.unknown,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"asked": [0, -1]}, "'asked' must be at least 0, got -1.0 for row 1"),
        ({"released": [-2, 0]}, "'released' must be at least 0, got -2.0 for row 0"),
        ({"gain": [0]}, r"'gain' must be one amount for each customer \(2\)"),
        ({"gain": [0, math.inf]}, "'gain' must be finite"),
        ({"external": math.nan}, "'external' must be finite"),
        ({"ids": ["a"]}, "'ids' must have 2 values"),
    ],
)
def test_input_of_the_wrong_sort_is_refused(wrong, message):
    amounts = {"released": [0, 0], "asked": [0, 0], "gain": [0, 0]}
    with pytest.raises(InvalidValueError, match=message):
        cash_statement(["harvest", "start"], **{**amounts, **wrong})
