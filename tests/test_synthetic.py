"""Made-up facts: the same for the same seed, labeled, and about as many as the docstring says."""

from __future__ import annotations

import random

import numpy as np
import pytest

from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.domain import CustomerFacts, Significance, Status

MANY = [f"C-{at}" for at in range(20_000)]


@pytest.fixture(scope="module")
def facts():
    return list(synthetic_facts(MANY, seed=11, prospects=0))


def same(one, other):
    return list(one) == list(other)


def test_the_same_seed_makes_the_same_facts_and_another_makes_others():
    one = synthetic_facts(MANY[:200], seed=7)
    assert same(one, synthetic_facts(MANY[:200], seed=7))
    assert not same(one, synthetic_facts(MANY[:200], seed=8))


def test_they_are_the_same_on_every_machine():
    """The first facts of a seed, as they were when this was written."""
    first = synthetic_facts(["C-1"], seed=7, prospects=1)
    assert (first[0].competitor_pull, first[0].headroom) == (0.06, -0.36)
    assert first[1].acquisition_gain == -3.02


def test_they_neither_use_nor_move_the_random_state_of_the_process():
    random.seed(1)
    before = random.getstate()
    one = synthetic_facts(MANY[:50], seed=7)
    assert random.getstate() == before
    random.seed(2)
    assert same(one, synthetic_facts(MANY[:50], seed=7))


def test_a_customer_who_is_named_twice_counts_once():
    facts = synthetic_facts(["a", "b", "a"], seed=7, prospects=0)
    assert facts.ids.tolist() == ["a", "b"]
    assert len(synthetic_facts(cdnow_orders().ids.tolist(), seed=7)) == 2_357 + 60


def test_prospects_come_last_and_are_nothing_else():
    facts = synthetic_facts(["a"], seed=7, prospects=40)
    assert [one.status for one in facts] == [None, *[Status.PROSPECT] * 40]
    assert facts.ids[1:].tolist()[:2] == ["prospect-001", "prospect-002"]
    known = int(np.count_nonzero(~np.isnan(facts.acquisition_gain)))
    assert 10 <= known <= 30
    assert len(synthetic_facts([], seed=7, prospects=0)) == 0


@pytest.mark.parametrize(
    ("share", "counted"),
    [
        (0.1, lambda one: one.competitor_pull >= 0.5),
        (0.125, lambda one: one.headroom > 0),
        (0.4, lambda one: one.cost_reducible),
        (0.05, lambda one: one.wallet_share_falling),
        (0.005, lambda one: one.ended_by_us),
        (0.03, lambda one: one.need_gone),
        (0.004, lambda one: one.barred),
        (1 / 300, lambda one: any(one.significance.get(word) for word in Significance)),
    ],
)
def test_so_many_have_what_the_docstring_says(facts, share, counted):
    found = sum(map(counted, facts))
    # Five standard deviations: with this seed it holds or it does not.
    assert abs(found - share * len(facts)) < 5 * (share * (1 - share) * len(facts)) ** 0.5


def test_they_tell_nothing_that_the_log_can_tell():
    facts = synthetic_facts(MANY[:100], seed=7)
    told = {"retained_value", "residual_value", "attrition_risk", "current_profit", "winback_gain"}
    assert not told & set(facts.names)
    for one in facts:
        assert isinstance(one, CustomerFacts)
        assert one.significance.get(Significance.HIGH_VOLUME) is None
        assert one.significance.get(Significance.HIGH_FUTURE_VALUE) is None
