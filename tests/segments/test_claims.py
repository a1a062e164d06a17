"""Claims are measured on one's own figures; none is taken for true."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain.claim import ClaimStatus
from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import top_share
from relmkt.segments import CLAIMS, cash_statement, customer_pyramid, measure_claims
from relmkt.segments._common import percent, stated_percent
from relmkt.segments.claims import (
    existing_revenue,
    migration_profit,
    migration_revenue,
    spend_beyond_customers,
    top_fifth_profit,
    top_fifth_revenue,
    upgradable,
)

THOUSAND = [30.0] * 10 + [7.5] * 40 + [4 / 3] * 150 + [0.25] * 800
known = st.lists(st.integers(0, 900).map(float), min_size=1, max_size=50).filter(any)


@given(known)
def test_the_value_is_measured_and_the_sentence_says_it_beside_the_claim(revenue):
    measured = top_fifth_revenue(revenue)
    assert measured.value == float(top_share(revenue, 0.2))
    assert str(measured).endswith("the claim says 80%")
    assert measured.claim is CLAIMS["top_fifth_revenue"]


@given(st.floats(-20, 20))
def test_a_measured_share_is_said_to_a_tenth_of_a_percent(share):
    said = float(percent(share).removesuffix("%").replace(",", ""))
    assert abs(said - 100 * share) <= 0.05 + 1e-9
    assert (said == 0) == (share == 0)


def test_shares_are_said_without_a_needless_zero_and_stated_ones_as_they_were_stated():
    assert [percent(one) for one in (0.61, 0.6189, 0.0538, 1.4, 0.0004, 0.9996, 12.5)] == [
        "61%", "61.9%", "5.4%", "140%", "0.04%", "100%", "1,250%",
    ]  # fmt: skip
    assert [stated_percent(one) for one in (0.02, 0.0025, 1 - 0.95)] == ["2%", "0.25%", "5%"]


def test_no_measurement_moves_towards_the_claim():
    alike = [1.0] * 10
    assert top_fifth_revenue(alike).value == pytest.approx(0.2)
    assert top_fifth_profit(alike).value == pytest.approx(0.2)
    assert existing_revenue(alike, existing=[False] * 10).value == 0
    assert upgradable([0.0] * 10).value == 0
    assert migration_revenue(customer_pyramid([1.0 + i / 1e6 for i in range(100)])).value < 0.001


def test_every_claim_has_a_source_and_says_how_far_it_was_traced():
    for key, claim in CLAIMS.items():
        assert claim.key == key
        assert claim.source
        assert claim.status is ClaimStatus.SECONDARY
        assert all(0 < figure <= 1 for figure in claim.stated)


def test_losses_let_the_top_bring_more_than_all_profit():
    assert top_fifth_profit([14.0, 0, 0, 0, -4.0]).value == pytest.approx(1.4)


def test_two_percent_migration_is_measured_as_printed():
    report = customer_pyramid(THOUSAND)
    assert f"{migration_revenue(report).value:.4f}" == "0.0538"
    profit = migration_profit(report, incremental_margin=0.5, base_margin=0.1)
    assert profit.value == pytest.approx(5 * migration_revenue(report).value)


def test_a_change_that_no_share_can_bring_is_not_promised():
    flat = customer_pyramid([1.0 + i / 1e6 for i in range(100)])
    assert migration_revenue(flat).said.endswith("the claim says it can mean 10%")


def test_satisfaction_narrows_who_could_be_moved_up():
    assert upgradable([5, 5, -5, 5]).value == 0.75
    measured = upgradable([5, 5, -5, 5], satisfied=[True, False, True, True])
    assert measured.value == 0.5
    assert "are satisfied" in measured.said


def test_spending_on_prospects_and_the_lost_goes_beyond_customers():
    statement = cash_statement(
        ["start", "win_back", "enhance", "protect"],
        released=[0] * 4,
        asked=[1, 2, 3, 4],
        gain=[9] * 4,
        external=10,
    )
    assert spend_beyond_customers(statement).value == pytest.approx(0.3)


def test_a_portfolio_measures_what_its_facts_allow():
    portfolio = Portfolio(
        customer=list(range(1003)),
        status=["active"] * 1000 + ["prospect", "lost", None],
        current_revenue=[*THOUSAND, None, 0.0, 999.0],
        current_contribution=[0.5 * amount for amount in THOUSAND] + [None] * 3,
        current_profit=[None] + [0.1 * amount for amount in THOUSAND[1:]] + [None, -7.0, None],
        headroom=[1.0] * 100 + [0.0] * 900 + [5.0, 5.0, 5.0],
    )
    found = {measured.claim.key: measured for measured in measure_claims(portfolio)}
    assert found["top_fifth_revenue"].value == pytest.approx(0.8)
    assert found["migration_revenue"].value == pytest.approx(0.0538, abs=5e-5)
    assert found["migration_profit"].value == pytest.approx(5 * found["migration_revenue"].value)
    assert found["upgradable"].value == pytest.approx(101 / 1001)  # prospects are no customers
    assert found["top_fifth_profit"].value == pytest.approx(77 / 97, abs=0.01)


def test_what_cannot_be_measured_says_why():
    empty = measure_claims(Portfolio(customer=[1, 2]))
    assert all(math.isnan(measured.value) for measured in empty)
    reasons = [measured.said.rpartition(": ")[2] for measured in empty]
    assert reasons == [
        "the revenue of no customer is known",
        "the profit of no customer is known",
        "of no customer is the headroom known",
        "nobody bought in the period",
        "nobody bought in the period",
    ]
    assert "not positive" in top_fifth_profit([-5.0, 1.0]).said
    assert "not positive" in existing_revenue([0.0], existing=[True]).said
    assert (
        "nothing is spent"
        in spend_beyond_customers(cash_statement([], released=[], asked=[], gain=[])).said
    )
    report = customer_pyramid(THOUSAND)
    assert "a margin is unknown" in migration_profit(report, incremental_margin=0.5).said
    small = customer_pyramid([9.0, 5.0, 4.0, 3.0, 2.0])
    assert migration_revenue(small).said.endswith("nobody is medium")
    assert migration_profit(small, incremental_margin=1).said.endswith("nobody is medium")
    revenue = [float(amount) for amount in range(60, 0, -1)] + [-100.0] * 140
    refunded = customer_pyramid(revenue, active=[True] * 200)
    assert migration_revenue(refunded).said.endswith("the revenue in all is not positive")


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda: top_fifth_revenue([1.0, math.nan]), "'revenue' must be known, got nan for row 1"),
        (lambda: top_fifth_profit([math.inf]), "'profit' must be finite"),
        (lambda: upgradable([math.nan]), "leave out the customers of whom it is not known"),
        (lambda: upgradable([1.0], satisfied=[True, True]), "'satisfied' must be one flag"),
        (lambda: existing_revenue([1.0], existing=[]), "'existing' must be one flag"),
    ],
)
def test_input_that_is_not_complete_is_refused(measure, message):
    with pytest.raises(InvalidValueError, match=message):
        measure()


def test_a_pyramid_of_other_customers_is_refused():
    with pytest.raises(InvalidValueError, match="'pyramid' must be of the same 2 customers, got 1"):
        measure_claims(Portfolio(customer=[1, 2]), pyramid=customer_pyramid([5.0]))
