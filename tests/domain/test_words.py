"""The words of the domain are closed lists, told apart, and each with a meaning."""

from __future__ import annotations

import ast
import inspect
import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import relmkt.domain as domain
from relmkt.domain import TRANSITIONS, Abstention, Order, Stage, Strategy, Summary, TaskEvent
from relmkt.errors import InvalidValueError
from relmkt.records import schema

WORDS = [
    value
    for name, value in vars(domain).items()
    if name in domain.__all__ and isinstance(value, type) and issubclass(value, str)
]


def test_there_are_seven_strategies_and_six_abstentions_with_different_names():
    assert [strategy.name for strategy in Strategy] == [
        "START",
        "WIN_BACK",
        "PROTECT",
        "REENGINEER",
        "END",
        "ENHANCE",
        "HARVEST",
    ]
    assert {str(abstention) for abstention in Abstention} == {
        "hold",
        "do_not_pursue",
        "let_go",
        "maintain",
        "review",
        "undecided",
    }
    assert not set(map(str, Strategy)) & set(map(str, Abstention))


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.__name__)
def test_every_word_is_its_name_in_small_letters_and_has_a_meaning(words):
    for word in words:
        assert word.value == word.name.lower()
    body = ast.parse(inspect.getsource(words).strip()).body[0].body
    told = [
        follows.value.value
        for line, follows in itertools.pairwise(body)
        if isinstance(line, ast.Assign) and isinstance(follows, ast.Expr)
    ]
    assert len(told) == len(words)
    assert len(set(told)) == len(words)


@pytest.mark.parametrize(
    "record_type",
    [domain.ConsentEvent, domain.CustomerFacts, Order, Summary],
    ids=lambda kind: kind.__name__,
)
def test_every_fact_has_a_meaning_and_every_number_a_unit(record_type):
    for name, feature in schema(record_type).features.items():
        assert feature.meaning, name
        assert bool(feature.unit) is (feature.kind.value == "number"), name


def test_every_fact_of_a_customer_but_the_id_may_be_absent():
    customer = domain.CustomerFacts(customer="C-1")
    assert {name for name, value in schema(type(customer)).values(customer).items() if value} == {
        "customer"
    }


# ---------------------------------------------------------------------------------- life cycle

stages = st.sampled_from(Stage)


@given(stages)
def test_staying_is_always_legal(stage):
    assert stage.can_become(stage)


@given(stages, stages)
def test_a_step_is_legal_where_the_list_has_it(stage, other):
    assert stage.can_become(other) is (other is stage or other in TRANSITIONS[stage])


@given(stages, stages)
def test_every_stage_can_be_reached_from_every_other(start, goal):
    seen, edge = {start}, {start}
    while edge:
        edge = {after for stage in edge for after in TRANSITIONS[stage]} - seen
        seen |= edge
    assert goal in seen


def test_nobody_who_has_bought_becomes_one_who_never_has():
    for bought in (Stage.CONVERT, Stage.RETAIN, Stage.INSPIRE):
        for never in (Stage.REACH, Stage.ACQUIRE, Stage.CONVERT):
            assert bought is never or not bought.can_become(never)


def test_every_stage_can_lapse_and_only_buyers_are_inspired():
    assert all(stage.can_become(Stage.LAPSED) for stage in Stage)
    assert [stage for stage in Stage if Stage.INSPIRE in TRANSITIONS[stage]] == [Stage.RETAIN]
    with pytest.raises(TypeError):
        TRANSITIONS[Stage.REACH] = frozenset()


# ------------------------------------------------------------------------------------- records


def test_recency_is_measured_from_the_first_purchase():
    assert Summary(customer=1, frequency=1, recency=30, age=30).recency == 30
    with pytest.raises(
        InvalidValueError, match=r"'recency' must not exceed 'age' \(30.0\), got 31"
    ):
        Summary(customer=1, frequency=1, recency=31, age=30)


def test_without_a_repeat_purchase_the_last_one_is_the_first():
    assert Summary(customer=1, frequency=0, recency=0, age=30).frequency == 0
    with pytest.raises(InvalidValueError, match="without a repeat purchase the last purchase is"):
        Summary(customer=1, frequency=0, recency=1, age=30)


def test_a_refund_is_a_line_with_a_negative_amount_and_a_discount_is_never_negative():
    order = {"customer": 1, "ordered_at": date(2024, 1, 1)}
    assert Order(**order, amount=-5).amount == -5
    with pytest.raises(InvalidValueError, match="'discount' must be at least 0, got -1"):
        Order(**order, amount=5, discount=-1)


def test_what_is_put_off_is_put_off_to_a_day():
    assert TaskEvent(key="K", kind="snoozed", at=date(2026, 3, 1), day=date(2026, 3, 9)).day
    with pytest.raises(InvalidValueError, match="say to which day the task is put off"):
        TaskEvent(key="K", kind="snoozed", at=date(2026, 3, 1))
