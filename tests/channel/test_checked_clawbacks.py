"""Claw-backs that came from elsewhere are held against the register: the same as `clawback`."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import Agreements, Breaches, Distributors, SalesLog, review_channel
from relmkt.channel.clawbacks import checked_clawbacks
from relmkt.channel.rebate_events import RebateEvents, clawback
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Breach, RebateEvent
from relmkt.errors import InvalidValueError
from relmkt.policies import SanctionPolicy

AS_OF = date(2026, 6, 1)
DEALERS = Distributors(dealer=["D-1", "D-2"], opened=[date(2020, 1, 1), None])
GRAVE = Breach(
    dealer="D-1",
    case="B-2",
    term_kind="promotion_funds",
    written=True,
    lawful=True,
    same_for_all=True,
    appealable=True,
    has_evidence=True,
    evidence="delivery notes 114 to 131",
    happened_on=date(2025, 8, 1),
    notified_on=date(2025, 9, 1),
    heard_on=date(2025, 10, 1),
    upheld=True,
    grave=True,
)
TAKEN = RebateEvent(
    dealer="D-1",
    kind="clawback",
    at=datetime(2026, 3, 1),
    amount=15,
    currency="EUR",
    case="B-2",
    evidence="delivery notes 114 to 131",
)


def checked(*events, register=(GRAVE,), **others):
    settings = {"as_of": AS_OF, "register": Breaches.of(register), "dealers": DEALERS}
    return checked_clawbacks(RebateEvents.of(events), **(settings | others))


def said(event=TAKEN, register=(GRAVE,), **others):
    (found,) = checked(event, register=register, **others)
    return found.is_justified, found.reason


def test_what_the_table_leads_to_is_justified():
    assert said() == (
        True,
        "end supply: a grave breach, proven after hearing: conduct breach, major",
    )


def test_a_first_breach_that_is_not_grave_justifies_none():
    is_justified, reason = said(register=[attrs.evolve(GRAVE, grave=False)])
    assert not is_justified
    assert reason.startswith("warn: proven after hearing, and the first")


def test_a_dealer_who_was_heard_after_the_claw_back_was_not_heard_before_it():
    late = attrs.evolve(GRAVE, heard_on=date(2026, 3, 2))
    assert said(register=[late]) == (False, "hear: first its answer: conduct breach, not heard")


def test_what_is_not_known_justifies_none():
    is_justified, reason = said(register=[attrs.evolve(GRAVE, appealable=None)])
    assert not is_justified
    assert "not known" in reason
    assert "appealable" in reason


def test_the_case_is_found_by_its_number_and_else_by_the_evidence():
    nameless = attrs.evolve(TAKEN, case=None)
    assert said(nameless)[0]
    other = attrs.evolve(nameless, evidence="hearsay")
    assert said(other) == (False, "no case of the dealer in the register has that evidence")
    assert said(attrs.evolve(TAKEN, case="B-9")) == (
        False,
        "the register has no case 'B-9' of the dealer",
    )
    assert not said(attrs.evolve(TAKEN, dealer="D-2"))[0]
    again = attrs.evolve(GRAVE, grave=False, happened_on=date(2025, 9, 2))
    assert said(register=[GRAVE, again]) == (
        False,
        "the register has 2 such cases of the dealer, and nobody can tell which it is",
    )


def test_without_a_register_nothing_is_said():
    assert said(register=()) == (False, "the register has no case 'B-2' of the dealer")
    (found,) = checked_clawbacks(RebateEvents.of([TAKEN]), as_of=AS_OF, register=None)
    assert found.is_justified is None
    assert found.reason == "no register of breaches was given"
    assert str(found) == ("D-1 (B-2) on 2026-03-01, 15 EUR: no register of breaches was given")
    bare = attrs.evolve(TAKEN, case=None, currency=None, amount=15.5)
    assert str(checked(bare)[0]).startswith("D-1 on 2026-03-01, 15.5: end supply")


def test_only_claw_backs_are_checked_and_each_once_and_none_that_is_yet_to_come():
    paid = attrs.evolve(TAKEN, kind="payment")
    later = attrs.evolve(TAKEN, at=datetime(2026, 6, 2))
    assert len(checked(TAKEN, paid, TAKEN, later)) == 1
    assert checked(paid) == ()
    late = attrs.evolve(TAKEN, at=datetime(2026, 6, 1, 23, tzinfo=UTC))
    assert checked(late, zone="Europe/Berlin") == ()
    (found,) = checked(attrs.evolve(late, at=datetime(2026, 5, 31, 23, tzinfo=UTC)), zone="UTC")
    assert found.day == date(2026, 5, 31)


flags = st.sampled_from([True, True, True, False, None])


@settings(max_examples=80)
@given(
    case=st.builds(
        attrs.evolve,
        st.just(attrs.evolve(GRAVE, upheld=None)),
        written=flags,
        lawful=flags,
        same_for_all=flags,
        appealable=flags,
        upheld=flags,
        grave=flags,
        heard_on=st.sampled_from([None, date(2025, 10, 1), date(2026, 4, 1)]),
        term_kind=st.sampled_from(["promotion_funds", "resale_price", "active_sales"]),
    ),
    is_first=st.booleans(),
    policy=st.sampled_from([SanctionPolicy(), SanctionPolicy(times_repeated=3)]),
)
def test_a_claw_back_is_justified_exactly_where_one_could_be_made(case, is_first, policy):
    before = attrs.evolve(GRAVE, case="B-1", happened_on=date(2025, 2, 1))
    register = [case] if is_first else [before, case]
    try:
        made = clawback(
            case, at=date(2026, 3, 1), amount=15, register=register, dealers=DEALERS, policy=policy
        )
    except InvalidValueError:
        made = None
    assert said(register=register, policy=policy)[0] is (made is not None)


def test_a_review_checks_what_its_events_hold_and_changes_no_money():
    sales = SalesLog(
        dealer=["D-1"], sold_at=[date(2025, 5, 1)], flow=["sell_in"], brand=["L"], quantity=[200]
    )
    schedule = RebateSchedule(brackets=[(100, 2)], kind="marginal", currency="EUR")
    asked = {
        "as_of": AS_OF,
        "distributors": DEALERS,
        "agreements": Agreements(dealer=["D-1"], starts=[date(2025, 1, 1)], schedule=["plan"]),
        "schedules": {"plan": schedule},
        "rebate_events": RebateEvents.of([attrs.evolve(TAKEN, belongs_to=date(2025, 8, 1))]),
    }
    silent = review_channel(sales, **asked)
    just = review_channel(sales, **asked, breaches=Breaches.of([GRAVE]))
    unjust = review_channel(sales, **asked, breaches=Breaches.of([GRAVE])[:0])
    told = [[one.is_justified for one in review.clawbacks] for review in (silent, just, unjust)]
    assert told == [[None], [True], [False]]
    assert silent.due == just.due == unjust.due == 185
    none = review_channel(sales, **(asked | {"rebate_events": None}))
    assert none.clawbacks == ()
    with pytest.raises(InvalidValueError, match="zone"):
        review_channel(sales, **asked, zone="Europe/Berlin")
