"""A ledger that lives: events arrive late and twice, customers are erased and asked for."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from relmkt.consent import ConsentLedger, Suppressions
from relmkt.domain import ConsentReason
from tests.consent.naive import CUSTOMERS, SECRET, answer, events, questions

CODES = {True: 1, False: 0, None: -1}


class LivingLedger(RuleBasedStateMachine):
    """Beside the ledger stand a set of events and a set of who was erased, and nothing else."""

    told = Bundle("told")

    def __init__(self):
        super().__init__()
        self.ledger = ConsentLedger.from_events([], suppressions=Suppressions(SECRET))
        self.known = set()
        self.gone = set()

    @rule(target=told, new=st.lists(events(), min_size=1, max_size=4))
    def events_arrive(self, new):
        self.ledger = self.ledger.extended(new)
        self.known |= {event for event in new if event.customer not in self.gone}
        return new

    @rule(again=told)
    def events_arrive_again(self, again):
        self.ledger = self.ledger.extended(reversed(again))
        self.known |= {event for event in again if event.customer not in self.gone}

    @rule(customer=st.sampled_from(CUSTOMERS))
    def a_customer_is_erased(self, customer):
        self.ledger = self.ledger.erased([customer])
        self.gone.add(customer)
        self.known = {event for event in self.known if event.customer != customer}

    @rule()
    def the_ledger_is_put_away_and_made_anew(self):
        kept = self.ledger.suppressions
        self.ledger = ConsentLedger.from_events(
            list(self.ledger.events),
            suppressions=Suppressions.restored(SECRET, kept.digests, kept.fingerprint),
        )

    @rule(question=questions)
    def everybody_is_asked_for(self, question):
        codes = self.ledger.allowed(CUSTOMERS, **question).tolist()
        for customer, code in zip(CUSTOMERS, codes, strict=True):
            state = self.ledger.state(customer, **question)
            if customer in self.gone:
                assert state.reason is ConsentReason.ERASED
            else:
                allowed, reason, deciding = answer(self.known, customer, **question)
                assert (state.allowed, state.reason) == (allowed, reason)
                assert state.event in deciding
            assert code == CODES[state.allowed]

    @invariant()
    def the_ledger_holds_each_event_once_and_nobody_who_was_erased(self):
        held = list(self.ledger.events)
        assert len(held) == len(set(held))
        assert set(held) == self.known
        assert len(self.ledger.suppressions) == len(self.gone)


TestLivingLedger = LivingLedger.TestCase
TestLivingLedger.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
