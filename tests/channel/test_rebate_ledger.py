"""The ledger of rebates in situations: boundaries, budgets, returned goods, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel.contract_years import ContractYear
from relmkt.channel.rebate_budgets import RebateBudget, largest_remainder
from relmkt.channel.rebate_events import RebateEvents, clawback
from relmkt.channel.rebate_ledger import RebateLedger
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.columns import Columns
from relmkt.domain import Agreement, Breach, RebateEvent, SalesRecord
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError

YEAR = ContractYear(date(2025, 1, 1), date(2026, 1, 1))
FLAT = RebateSchedule(brackets=[(0, 1), (100, 2)], kind="whole_volume", currency="EUR")
LATER = date(2026, 6, 1)


def agreement(dealer="D-1", **more):
    return Agreement(
        **{"dealer": dealer, "starts": date(2025, 1, 1), "schedule": "flat", "notice_days": 30}
        | more
    )


def sale(quantity=10, day=date(2025, 5, 1), dealer="D-1", **more):
    told = {"dealer": dealer, "kind": "sale", "at": day, "flow": "sell_in", "quantity": quantity}
    return RebateEvent(**told | more)


def paid(amount, day=date(2026, 2, 1), **more):
    told = {"dealer": "D-1", "kind": "payment", "at": day, "amount": amount}
    return RebateEvent(**told | {"belongs_to": date(2025, 12, 31)} | more)


def ledger(events, agreements=None, schedule=FLAT, **more):
    return RebateLedger.from_events(
        events, agreements=agreements or [agreement()], schedules={"flat": schedule}, **more
    )


# --------------------------------------------------------------------------------- situations


def test_the_last_day_of_a_contract_year_and_the_first_of_the_next():
    held = ledger([sale(1, date(2025, 12, 31)), sale(1, date(2026, 1, 1))])
    assert [(str(one.year), one.volume) for one in held.balances(LATER)] == [
        ("2025-01-01 to 2025-12-31", 1),
        ("2026-01-01 to 2026-12-31", 1),
    ]


def test_a_zone_decides_in_which_year_a_late_sale_lies():
    late = sale(1, datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    (here,) = ledger([late], zone="Europe/Berlin").balances(LATER)
    (there,) = ledger([late], zone="America/New_York").balances(LATER)
    assert (here.year.start, there.year.start) == (date(2026, 1, 1), date(2025, 1, 1))
    for events, zone in (([late], None), ([sale()], "UTC")):
        with pytest.raises(InvalidValueError, match="'zone' must be given for events whose times"):
            ledger(events, zone=zone)


def test_goods_that_come_back_lower_the_year_of_their_sale_though_it_was_paid():
    told = [sale(100), paid(200)]
    assert ledger(told).balances(LATER)[0].due == 0
    back = sale(-1, date(2026, 3, 1), belongs_to=date(2025, 5, 1))
    (balance,) = ledger([*told, back]).balances(LATER)
    assert (balance.accrued, balance.paid, balance.due) == (99, 200, -101)
    (balance, new) = ledger([*told, sale(-1, date(2026, 3, 1))]).balances(LATER)
    assert (balance.due, new.volume, new.accrued) == (0, -1, 0)


def test_sales_before_the_notice_is_over_keep_the_rebate():
    notice = RebateEvent(dealer="D-1", kind="notice", at=date(2025, 6, 1))
    held = ledger([sale(5, date(2025, 6, 30)), sale(7, date(2025, 7, 1)), notice])
    (balance,) = held.balances(LATER)
    assert (balance.volume, balance.accrued) == (5, 5)
    (out,) = held.left_out(LATER)
    assert (out.reason.value, out.quantity) == ("withdrawn", 7)
    assert held.balances(date(2025, 5, 31)) == ()
    second = RebateEvent(dealer="D-1", kind="notice", at=date(2025, 9, 1))
    assert held.extended([second]).balances(LATER) == held.balances(LATER)


def test_what_was_taken_back_beyond_what_was_earned_is_told():
    proof = Breach(
        dealer="D-1",
        case="B-1",
        term_kind="active_sales",
        written=True,
        lawful=True,
        has_evidence=True,
        evidence="notes",
        upheld=True,
        grave=True,
        notified_on=date(2025, 8, 9),
        heard_on=date(2025, 9, 1),
        happened_on=date(2025, 8, 1),
    )
    fair = {"same_for_all": True, "appealable": True}
    taken = clawback(proof, at=date(2025, 10, 1), amount=15, **fair)
    assert taken.belongs_to == date(2025, 8, 1)
    (balance,) = ledger([sale(10), taken]).balances(LATER)
    assert (balance.clawed_back, balance.unrecovered, balance.due) == (10, 5, 0)


def test_rebate_is_due_when_the_year_is_over_and_not_before():
    held = ledger([sale(10), paid(4, date(2025, 12, 1))])
    (before,) = held.balances(date(2025, 12, 30))
    assert (before.pending, before.due) == (10, -4)
    (after,) = held.balances(date(2025, 12, 31))
    assert (after.pending, after.due) == (0, 6)
    assert "10 sold, 10.00 EUR earned, 4.00 paid, 6.00 due" in str(after)
    assert after.dealer == "D-1"


def test_an_amount_finer_than_the_currency_is_kept_as_it_is():
    (balance,) = ledger([sale(10), paid(0.005)]).balances(LATER)
    assert balance.paid == Decimal("0.005")
    assert balance.due == Decimal("9.995")


def test_an_outlet_of_one_agreement_in_the_territory_of_another_is_ambiguous():
    both = [agreement(outlets="Quay 1"), agreement(territories="Kiel")]
    held = ledger([sale(outlet="Quay 1", territory="Kiel")], both)
    assert [one.reason.value for one in held.left_out(LATER)] == ["ambiguous"]


def test_a_notice_ends_what_pays_and_is_left_out_where_nothing_does():
    both = [agreement(territories="Kiel", schedule=None), agreement(territories="Husum")]
    notice = RebateEvent(dealer="D-1", kind="notice", at=date(2025, 6, 1))
    held = ledger([notice, sale(day=date(2025, 8, 1), territory="Husum")], both)
    assert [(one.kind.value, one.reason.value) for one in held.left_out(LATER)] == [
        ("sale", "withdrawn")
    ]


def test_sales_of_any_columns_become_events():
    class Sold(Columns[SalesRecord]):
        record_type = SalesRecord

    records = [
        SalesRecord(dealer="D-1", sold_at=date(2025, 5, day), flow="sell_in", quantity=3, line=line)
        for day, line in ((1, "L-1"), (2, "L-2"))
    ]
    for sales in (records, Sold.of(records)):
        events = RebateEvents.of_sales(sales)
        assert events.key.tolist() == ["L-1", "L-2"]
        (balance,) = ledger(events).balances(LATER)
        assert (balance.sales, balance.volume) == (2, 6)
    zoned = [
        SalesRecord(
            dealer="D-1", sold_at=datetime(2025, 5, 1, tzinfo=UTC), flow="sell_in", quantity=3
        )
    ]
    assert ledger(RebateEvents.of_sales(zoned), zone="UTC").balances(LATER)[0].volume == 3


def test_a_ledger_of_nothing_has_nothing():
    empty = ledger([])
    assert empty.balances(LATER) == empty.left_out(LATER) == ()
    assert repr(empty.extended([])) == "<RebateLedger: 0 events, 1 agreements, 1 schedules>"


def test_what_is_left_out_can_be_read_event_by_event():
    stray = sale(7, dealer="D-9", amount=70, currency="USD")
    held = ledger([stray, sale(on_deal=True), sale(3)])
    assert list(held.events_left_out(LATER, "no_agreement")) == [stray]
    assert len(held.events_left_out(LATER)) == 2
    out = held.left_out(LATER)
    assert [(one.reason.value, one.amount, one.currency) for one in out] == [
        ("no_agreement", 70, "USD"),
        ("on_deal", 0, None),
    ]
    with pytest.raises(UnknownNameError, match="no reason 'elsewhere'"):
        held.events_left_out(LATER, "elsewhere")


# ------------------------------------------------------------------------------------- budgets


@given(
    st.lists(st.integers(0, 9999), min_size=1, max_size=8),
    st.integers(0, 20_000),
    st.sampled_from(["proportional", "order_of_earning"]),
    st.data(),
)
def test_shares_of_a_budget_add_up_to_it_and_exceed_nothing_earned(cents, budget, rule, data):
    days = [date(2025, 1, data.draw(st.integers(1, 5))) for _ in cents]
    earned = [Decimal(cent) / 100 for cent in cents]
    made = RebateBudget(amount=Decimal(budget) / 100, currency="EUR", years=YEAR, rule=rule)
    shares = made.allotted(earned, days, exponent=-2)
    assert sum(shares) == min(sum(earned), made.amount)
    assert all(0 <= share <= one for share, one in zip(shares, earned, strict=True))
    if rule == "order_of_earning":
        for at, share in enumerate(shares):
            if share < earned[at]:  # then whoever earned later gets nothing
                assert not any(
                    shares[other] for other in range(len(days)) if days[other] > days[at]
                )
    elif sum(earned) > made.amount:
        for share, one in zip(shares, earned, strict=True):
            assert abs(share - one * made.amount / sum(earned)) < Decimal("0.01")


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_largest_remainders_share_everything_out(total, weights):
    shares = largest_remainder(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)


def test_a_budget_cuts_the_years_that_end_in_it_and_no_others():
    dealers = [agreement(f"D-{at}") for at in range(3)]
    told = [sale(20, date(2025, 5, 3 - at), f"D-{at}") for at in range(3)]
    told.append(sale(20, date(2026, 2, 1), "D-0"))
    for rule, amounts in (
        ("proportional", ["3.34", "3.33", "3.33"]),
        ("order_of_earning", ["0", "0", "10"]),
    ):
        budget = RebateBudget(amount=10, currency="EUR", years=YEAR, rule=rule)
        dollars = RebateBudget(amount=0, currency="USD", years=YEAR, rule=rule)
        found = ledger(told, dealers, budgets=[budget, dollars]).balances(LATER)
        first = [one for one in found if one.year == YEAR]
        assert [one.accrued for one in first] == [Decimal(amount) for amount in amounts]
        assert all(one.entitled == one.accrued + one.cut == 20 for one in found)
        assert [one.accrued for one in found if one.year != YEAR] == [20]


# ----------------------------------------------------------------------------- what is refused


def refused(match, events=(), agreements=None, **more):
    with pytest.raises((InvalidRowsError, InvalidValueError, UnknownNameError), match=match):
        ledger(events, agreements, **more)


def test_a_clawback_without_evidence_is_refused():
    for evidence in (None, "  "):
        taken = RebateEvent(
            dealer="D-1", kind="clawback", at=LATER, amount=5, evidence=evidence, key="C-1"
        )
        refused("clawback 'C-1' of dealer 'D-1' on 2026-06-01: .* without evidence", [taken])


def test_two_currencies_are_refused_where_money_counts():
    refused("the amount is in USD, the schedule in EUR", [paid(5, currency="USD")])
    refused("agreement is in USD, its schedule 'flat' in EUR", (), [agreement(currency="USD")])
    by_amount = RebateSchedule(
        brackets=[(0, "0.1")], kind="marginal", currency="EUR", basis="amount"
    )
    refused("in USD", [sale(amount=5, currency="USD")], schedule=by_amount)
    stray = [sale(amount=5, currency="USD", on_deal=True)]
    assert ledger(stray, schedule=by_amount).balances(LATER) == ()
    nothing = [agreement(schedule=None)]
    assert ledger([paid(5, currency="USD")], nothing).left_out(LATER)[0].amount == 5
    right = [sale(amount=5, currency="USD"), paid(5, currency="EUR")]
    assert ledger(right).balances(LATER)[0].due == 5


def test_what_nobody_could_work_out_is_refused():
    refused(
        "no schedule 'flot' in the schedules, for the agreement in row 0 of dealer",
        (),
        [agreement(schedule="flot")],
    )
    target = RebateSchedule(brackets=[(0, 1)], kind="marginal", currency="EUR", from_target=True)
    refused("pays from the target on, and the agreement states none", (), schedule=target)
    notice = RebateEvent(dealer="D-1", kind="notice", at=date(2025, 6, 1))
    refused("states no 'notice_days'", [notice], [agreement(notice_days=None)])
    refused("contract years overlap", (), [agreement(), agreement()])
    budget = RebateBudget(amount=1, currency="EUR", years=YEAR, rule="proportional")
    refused("'budgets' must be for different days", (), budgets=[budget, budget])
    refused("event is never changed", [sale(1, key="K"), sale(2, key="K")])


def test_budgets_that_cannot_be_are_refused():
    with pytest.raises(InvalidValueError, match="'amount' must be at least 0"):
        RebateBudget(amount=-1, currency="EUR", years=YEAR, rule="proportional")
    with pytest.raises(UnknownNameError, match="no rule 'first'"):
        RebateBudget(amount=1, currency="EUR", years=YEAR, rule="first")
