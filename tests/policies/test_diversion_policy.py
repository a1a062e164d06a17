"""Whom to hear: two signals that are known are enough, and more suspicion never clears anybody."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from relmkt.channel import Diversions
from relmkt.domain import DiversionFacts, Suspicion
from relmkt.errors import InvalidValueError
from relmkt.policies import DiversionPolicy
from relmkt.testing.strategies import columns
from relmkt.thresholds import Quantile

HELD = {
    "S1": {"least_stock": 2.0},
    "S2": {"year_end_lift": 1.5, "overshoot": 0.01},
    "S3": {"foreign_share": 0.2},
    "S4": {"foreign_discount": 0.2, "home_discount": 0.2},
}
NOT_HELD = {
    "S1": {"least_stock": 0.5},
    "S2": {"year_end_lift": 1.5, "overshoot": 0.2},
    "S3": {"foreign_share": 0.02},
    "S4": {"foreign_discount": 0.2, "home_discount": 0.01},
}
UNKNOWN: dict[str, dict[str, float]] = {"S1": {}, "S2": {}, "S3": {}, "S4": {}}
ANSWERS = {True: HELD, False: NOT_HELD, None: UNKNOWN}


def expected(answers: dict[str, bool | None]) -> Suspicion:
    """Told independently: what can still happen, whatever the unknown ones are."""
    known = sum(answer is True for answer in answers.values())
    open_ones = sum(answer is None for answer in answers.values())
    words = {
        min(count, 2): (Suspicion.CLEAR, Suspicion.WATCH, Suspicion.HEAR)[min(count, 2)]
        for count in range(known, known + open_ones + 1)
    }
    return next(iter(words.values())) if len(words) == 1 else Suspicion.UNKNOWN


# Where nobody knows whether there were sales elsewhere, nobody knows of prices there that undercut.
CASES = [
    case
    for case in product([True, False, None], repeat=4)
    if case[2] is not None or case[3] is None
]


@pytest.mark.parametrize("answers", CASES)
def test_the_table_is_the_count_of_the_signals(answers):
    named = dict(zip(HELD, answers, strict=True))
    facts: dict[str, float] = {}
    for signal, answer in named.items():
        facts |= ANSWERS[answer][signal]
    found = DiversionPolicy().checklist().decide(DiversionFacts(dealer="D", **facts))
    assert set(found.held) == {name for name, answer in named.items() if answer}
    decided = DiversionPolicy().table().decide(DiversionFacts(dealer="D", **facts))
    assert decided.outcome is expected(named)


def test_nobody_is_suspected_for_prices_where_nothing_was_sold():
    facts = DiversionFacts(dealer="D", foreign_share=0.0)
    assert "S4" not in DiversionPolicy().checklist().decide(facts).unknown


@given(many=columns(Diversions))
@settings(max_examples=30, deadline=None)
def test_rows_and_records_agree(many):
    table, checklist = DiversionPolicy().table(), DiversionPolicy().checklist()
    together, checked = table.decide(many), checklist.decide(many)
    for row, one in enumerate(many):
        assert together[row].outcome is table.decide(one).outcome
        assert checked[row].held == checklist.decide(one).held


def test_the_table_keeps_its_promises():
    policy = DiversionPolicy()
    assert not policy.table().verify(never=policy.promises).findings


def test_a_threshold_may_be_a_quantile_of_the_dealers():
    policy = DiversionPolicy(stock_most=Quantile("least_stock", 0.9))
    with pytest.raises(InvalidValueError, match="call calibrate"):
        policy.table()
    many = Diversions(dealer=list(range(11)), least_stock=list(range(11)))
    assert policy.calibrate(many).stock_most == 9
