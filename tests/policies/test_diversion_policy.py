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


SAID = {
    "S1": "bought, and not seen to be sold: least stock 2 > 1.25",
    "S2": "a spike at the end of the year, just over a bracket: "
    "year end lift 1.50 > 1.25, overshoot 0.01 ≤ 0.04",
    "S3": "sold outside the own places: foreign share 0.2 > 0.08",
    "S4": "sold there below others and below the own price: "
    "foreign share 0.02 > 0, foreign discount 0.2 > 0.05, home discount 0.2 > 0.05",
}


@pytest.mark.parametrize("signal", HELD)
def test_a_signal_alone_says_what_was_seen_and_that_it_has_innocent_reasons(signal):
    facts: dict[str, float] = {}
    for other in HELD:
        facts |= (HELD if other == signal else NOT_HELD)[other]
    seen = DiversionFacts(dealer="D", **facts)
    assert DiversionPolicy().checklist().decide(seen).reasons == {signal: SAID[signal]}
    found = DiversionPolicy().table().decide(seen)
    assert (found.outcome, found.rule) == (Suspicion.WATCH, "V2")
    assert found.reason.startswith("one signal alone has innocent reasons too: ")
    assert found.reason.endswith(SAID[signal].partition(": ")[2])


def test_two_signals_call_for_a_hearing_and_none_for_nothing():
    two = DiversionFacts(dealer="D", **HELD["S1"] | NOT_HELD["S2"] | HELD["S3"])
    found = DiversionPolicy().table().decide(two)
    assert (found.outcome, found.rule) == (Suspicion.HEAR, "V1")
    assert found.reason == (
        "several signals agree; gather evidence, and hear the dealer: "
        "least stock 2 > 1.25, foreign share 0.2 > 0.08"
    )
    none = DiversionFacts(dealer="D", **NOT_HELD["S1"] | NOT_HELD["S2"] | {"foreign_share": 0})
    found = DiversionPolicy().table().decide(none)
    assert (found.outcome, found.rule) == (Suspicion.CLEAR, "V3")
    assert found.reason == "no signal of diversion"


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
