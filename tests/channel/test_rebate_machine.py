"""A ledger of rebates that lives: events arrive late and twice, and balances are asked for."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from relmkt.channel.rebate_ledger import RebateLedger
from tests.channel.naive_rebates import AGREEMENTS, DAYS, SCHEDULES, events, model, some


class LivingLedger(RuleBasedStateMachine):
    """Beside the ledger stands a set of events, and nothing else."""

    told = Bundle("told")

    def __init__(self):
        super().__init__()
        self.ledger = RebateLedger.from_events([], agreements=AGREEMENTS, schedules=SCHEDULES)
        self.known = set()

    @rule(target=told, new=st.lists(events(), min_size=1, max_size=8))
    def events_arrive(self, new):
        self.ledger = self.ledger.extended(new)
        self.known |= set(new)
        return new

    @rule(again=told)
    def events_arrive_again(self, again):
        before = self.ledger.balances(DAYS[-1])
        self.ledger = self.ledger.extended(reversed(again))
        assert self.ledger.balances(DAYS[-1]) == before

    @rule(data=st.data())
    def the_ledger_is_put_away_and_made_anew_in_another_order(self, data):
        shuffled = data.draw(st.permutations(list(self.ledger.events)))
        made = RebateLedger.from_events(shuffled, agreements=AGREEMENTS, schedules=SCHEDULES)
        assert made.balances(DAYS[-1]) == self.ledger.balances(DAYS[-1])
        assert made.left_out(DAYS[-1]) == self.ledger.left_out(DAYS[-1])

    @rule()
    def everybody_is_asked_for(self):
        for as_of in DAYS:
            agree(self.ledger, self.known, as_of)


def agree(ledger, known, as_of):
    """The ledger says of a day what the naive model says."""
    reasons, accounts = model(known, as_of)
    found = {(one.kind.value, one.reason.value): one.events for one in ledger.left_out(as_of)}
    assert found == reasons
    assert len(ledger.events_left_out(as_of)) == sum(reasons.values())
    balances = ledger.balances(as_of)
    assert [(AGREEMENTS.index(one.agreement), one.year.start) for one in balances] == list(accounts)
    for balance, figures in zip(balances, accounts.values(), strict=True):
        lines, volumes, entitled, paid, asked = figures
        assert balance.sales == lines
        assert {one.point: Fraction(one.volume) for one in balance.points} == volumes
        assert [one.point for one in balance.points] == sorted(volumes, key=lambda name: name or "")
        assert Fraction(balance.entitled) == entitled
        assert Fraction(balance.paid) == paid
        assert Fraction(balance.clawed_back + balance.unrecovered) == asked
        assert balance.clawed_back == min(balance.accrued, Fraction(asked))
        assert balance.accrued == balance.entitled
        out = balance.clawed_back + balance.paid + balance.due + balance.pending
        assert out == balance.accrued
        assert (balance.pending == 0) or as_of < balance.year.end - timedelta(1)
        assert (balance.due == -balance.paid) or as_of >= balance.year.end - timedelta(1)


@given(st.lists(events(), max_size=14), some(DAYS))
def test_every_balance_is_what_the_rules_say_event_by_event(told, as_of):
    ledger = RebateLedger.from_events(told, agreements=AGREEMENTS, schedules=SCHEDULES)
    agree(ledger, set(told), as_of)


LivingLedger.TestCase.settings = settings(max_examples=25, stateful_step_count=8, deadline=None)
TestLivingLedger = LivingLedger.TestCase
