"""The pyramid's laws, and each doubtful case as it is decided."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts, Status, Tier
from relmkt.errors import InvalidValueError
from relmkt.segments import (
    PyramidCuts,
    PyramidPolicy,
    customer_pyramid,
    portfolio_pyramid,
)
from relmkt.testing import laws

cents = st.integers(-50, 400).map(lambda amount: amount / 4)  # few values, so that many are equal
revenues = st.lists(cents, max_size=150)
shares = st.integers(1, 990).map(lambda share: share / 1000)
policies = st.builds(
    lambda cuts, ties: PyramidPolicy(top=cuts[0], big=cuts[1], medium=cuts[2], ties=ties),
    st.lists(shares, min_size=3, max_size=3).map(sorted),
    st.sampled_from(["promote", "stable"]),
)
RANK = {tier: place for place, tier in enumerate(Tier)}


def paper_count(n, share):
    """Half up at least one, in whole thousandths."""
    return max(1, (n * round(share * 1000) * 2 + 1000) // 2000)


def naive_tiers(revenue, policy):
    """The decided rules, one customer at a time, by a full sort."""
    active = [row for row, amount in enumerate(revenue) if amount > 0]
    active.sort(key=lambda row: -revenue[row])  # Python's sort keeps the order of equals
    tiers = [Tier.INACTIVE] * len(revenue)
    for place, row in enumerate(active):
        if policy.ties == "promote":
            place = sum(revenue[other] > revenue[row] for other in active)
        ends = [paper_count(len(active), cut) for cut in (policy.top, policy.big, policy.medium)]
        below = sum(place >= end for end in ends)
        tiers[row] = (Tier.TOP, Tier.BIG, Tier.MEDIUM, Tier.SMALL)[below]
    return tiers


@given(revenues, policies)
def test_tiers_are_those_of_a_plain_ranking(revenue, policy):
    assert customer_pyramid(revenue, policy=policy).labels() == naive_tiers(revenue, policy)


@given(revenues, policies, st.booleans())
def test_a_customer_with_more_revenue_never_stands_in_a_lower_tier(revenue, policy, told):
    active = [True] * len(revenue) if told else None
    tiers = customer_pyramid(revenue, active=active, policy=policy).labels()
    for mine, my_tier in zip(revenue, tiers, strict=True):
        for theirs, their_tier in zip(revenue, tiers, strict=True):
            if mine > theirs:
                assert RANK[my_tier] <= RANK[their_tier]


@given(revenues.filter(bool), policies, st.integers(1, 2000), st.data())
def test_earning_more_never_costs_a_customer_the_tier(revenue, policy, more, data):
    row = data.draw(st.integers(0, len(revenue) - 1))
    before = customer_pyramid(revenue, policy=policy).labels()[row]
    richer = [*revenue[:row], revenue[row] + more / 4, *revenue[row + 1 :]]
    after = customer_pyramid(richer, policy=policy).labels()[row]
    assert RANK[after] <= RANK[before]


@given(revenues, st.randoms())
def test_shuffling_customers_shuffles_their_tiers(revenue, random):
    order = list(range(len(revenue)))
    random.shuffle(order)
    tiers = customer_pyramid(revenue).labels()
    shuffled = customer_pyramid([revenue[row] for row in order]).labels()
    assert shuffled == [tiers[row] for row in order]


@given(revenues, policies, st.sampled_from([0.125, 2.0, 1000.0]))
def test_another_currency_changes_no_tier(revenue, policy, rate):
    converted = customer_pyramid([rate * amount for amount in revenue], policy=policy)
    assert converted.labels() == customer_pyramid(revenue, policy=policy).labels()


@given(revenues, policies)
def test_counts_and_revenue_add_up(revenue, policy):
    report = customer_pyramid(revenue, policy=policy)
    assert report.customers.sum() + report.unknown == len(revenue) == len(report)
    assert report.revenue.sum() == pytest.approx(math.fsum(revenue))
    for tier, count in zip(Tier, report.customers, strict=True):
        assert count == report.where(tier).sum()


@given(revenues, policies)
def test_stable_ties_keep_the_counts_and_promoting_only_lifts(revenue, policy):
    stable = customer_pyramid(
        revenue,
        policy=PyramidPolicy(top=policy.top, big=policy.big, medium=policy.medium, ties="stable"),
    )
    promoted = customer_pyramid(
        revenue, policy=PyramidPolicy(top=policy.top, big=policy.big, medium=policy.medium)
    )
    assert np.cumsum(stable.customers[:3]).tolist() == list(policy.counts(stable.ranked))
    assert (promoted.codes <= stable.codes).all()
    assert promoted.promoted == np.count_nonzero(promoted.codes < stable.codes)
    assert stable.promoted == 0


@given(revenues)
def test_equal_revenue_gives_equal_tiers(revenue):
    tiers = customer_pyramid(revenue).labels()
    seen = {}
    for amount, tier in zip(revenue, tiers, strict=True):
        assert seen.setdefault(amount, tier) is tier


facts = st.builds(
    lambda status, revenue, profit: (status, revenue, profit),
    st.sampled_from([*Status, None]),
    st.none() | cents,
    st.none() | cents,
)


@given(st.lists(facts, min_size=1, max_size=60), st.sampled_from(["revenue", "profit"]))
def test_the_table_of_calibrated_cuts_decides_as_the_pyramid_did(rows, ranked_by):
    portfolio = Portfolio(
        customer=list(range(len(rows))),
        status=[status for status, _, _ in rows],
        current_revenue=[revenue for _, revenue, _ in rows],
        current_profit=[profit for _, _, profit in rows],
    )
    report = portfolio_pyramid(portfolio, policy=PyramidPolicy(ranked_by=ranked_by))
    cuts = report.cuts or PyramidCuts(top=3, big=2, medium=1, ranked_by=ranked_by)
    table = cuts.table()
    assert table.decide(portfolio).labels() == report.labels()
    assert [table.decide(record).outcome for record in portfolio] == report.labels()


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, [1, 0, 0, 0]),
        (2, [1, 0, 0, 1]),
        (3, [1, 0, 0, 2]),
        (8, [1, 0, 1, 6]),
        (29, [1, 0, 5, 23]),
        (30, [1, 1, 4, 24]),  # 5% of 30 is 1.5, and so 2
        (99, [1, 4, 15, 79]),
        (100, [1, 4, 15, 80]),
        (150, [2, 6, 22, 120]),  # 1% of 150 is 1.5, 5% is 7.5: half up
        (1000, [10, 40, 150, 800]),
    ],
)
def test_cumulative_counts_are_rounded_half_up_with_at_least_one_top(n, expected):
    report = customer_pyramid(np.arange(1.0, n + 1))
    assert report.customers[:4].tolist() == expected
    assert report.is_small == (n < 100)


def test_zero_and_negative_revenue_is_never_above_small_however_few_are_active():
    report = customer_pyramid([0.0, -5.0, 0.0], active=[True, True, False])
    assert report.labels() == [Tier.SMALL, Tier.SMALL, Tier.INACTIVE]
    assert report.cuts == PyramidCuts(top=0, big=0, medium=0)
    assert customer_pyramid([0.0, 1.0], active=[True, True]).labels() == [Tier.SMALL, Tier.TOP]


def test_a_refund_alone_is_no_purchase_unless_one_is_told():
    assert customer_pyramid([-5.0, 9.0]).labels() == [Tier.INACTIVE, Tier.TOP]


def test_those_who_did_not_buy_are_inactive_prospects_or_suspects():
    report = customer_pyramid(
        [9.0, 0.0, math.nan, math.nan],
        active=[True, False, False, False],
        bought_before=[False, True, False, False],
        in_contact=[False, False, True, False],
    )
    assert report.labels() == [Tier.TOP, Tier.INACTIVE, Tier.PROSPECT, Tier.SUSPECT]


def test_an_absent_revenue_leaves_the_tier_unknown_and_moves_no_one_else():
    known = customer_pyramid([9.0, 3.0, 2.0])
    report = customer_pyramid([9.0, math.nan, 3.0, 2.0])
    assert report.labels() == [Tier.TOP, None, Tier.SMALL, Tier.SMALL]
    assert report.unknown == 1
    assert report.cuts == known.cuts
    assert "unknown" in str(report)
    told = customer_pyramid([9.0, math.nan], active=[True, True])
    assert told.labels() == [Tier.TOP, None]


def test_one_who_never_bought_needs_no_revenue():
    assert customer_pyramid([math.nan], bought_before=[False]).labels() == [Tier.PROSPECT]


def test_everybody_alike_is_promoted_together_or_kept_in_the_order_given():
    alike = [5.0] * 200
    assert customer_pyramid(alike).customers[:4].tolist() == [200, 0, 0, 0]
    assert customer_pyramid(alike).promoted == 198
    stable = customer_pyramid(alike, policy=PyramidPolicy(ties="stable"))
    assert stable.customers[:4].tolist() == [2, 8, 30, 160]
    assert stable.where(Tier.TOP).nonzero()[0].tolist() == [0, 1]


def test_ranking_by_profit_asks_for_profit_and_uses_it():
    policy = PyramidPolicy(ranked_by="profit")
    report = customer_pyramid([9.0, 5.0], profit=[-1.0, 2.0], policy=policy)
    assert report.labels() == [Tier.SMALL, Tier.TOP]
    assert report.profit.tolist()[:4] == [2.0, 0.0, 0.0, -1.0]
    with pytest.raises(InvalidValueError, match="'profit' must be given"):
        customer_pyramid([9.0, 5.0], policy=policy)


def test_codes_counts_and_sums_cannot_be_written_to():
    report = customer_pyramid([9.0, 5.0], profit=[1.0, 2.0])
    assert report.codes.dtype == np.int8
    for array in (report.codes, report.customers, report.revenue, report.profit):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_revenue_given_is_left_as_it_is():
    revenue = np.array([3.0, 9.0, 1.0])
    customer_pyramid(revenue)
    assert revenue.tolist() == [3.0, 9.0, 1.0]


def test_nobody_ranked_gives_no_cuts():
    report = customer_pyramid([])
    assert (report.cuts, report.ranked, report.labels()) == (None, 0, [])


def test_the_report_reads_as_a_small_table():
    lines = str(customer_pyramid([900.0, 50.0, 50.0])).splitlines()
    assert lines[0].split() == ["top", "1", "900.00", "90%"]
    assert lines[3].split() == ["small", "2", "100.00", "10%"]
    assert "fewer than 100" in lines[-1]
    large = str(customer_pyramid(np.zeros(200), active=np.ones(200)))
    assert large.splitlines()[3].split() == ["small", "200", "0.00"]
    assert len(large.splitlines()) == 7


def test_a_pyramid_of_a_portfolio_reads_status_and_revenue():
    portfolio = Portfolio(
        customer=list("abcdef"),
        status=["active", "lost", "active", "prospect", None, "active"],
        current_revenue=[90, 10, -4, None, 500, None],
    )
    report = portfolio_pyramid(portfolio)
    expected = [Tier.TOP, Tier.SMALL, Tier.INACTIVE, Tier.PROSPECT, None, None]
    assert report.labels() == expected
    assert report.unknown == 2
    assert report.profit is None


def test_a_tier_gives_its_reason_in_numbers():
    table = PyramidCuts(top=5000, big=1000, medium=200).table()
    decision = table.decide(CustomerFacts(customer=1, status="active", current_revenue=300))
    assert decision.outcome is Tier.MEDIUM
    assert "current revenue 300 ≥ 200" in decision.reason


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"top": 0.0}, "'top' must lie between 0 and 1"),
        ({"top": 0.3}, "'big' must be at least 'top'"),
        ({"medium": 0.01}, "'medium' must be at least 'big'"),
        ({"medium": 1.0}, "'medium' must be below 1"),
        ({"big": math.nan}, "'big' must be at least 'top'"),
        ({"ties": "random"}, "'ties' must be one of promote, stable"),
        ({"ranked_by": "age"}, "'ranked_by' must be one of revenue, profit"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        PyramidPolicy(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"medium": -1}, "'medium' must be at least 0"),
        ({"big": 3}, "'cuts' must fall from tier to tier"),
        ({"ranked_by": "age"}, "'ranked_by' must be one of"),
    ],
)
def test_cuts_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        PyramidCuts(**{"top": 2, "big": 1, "medium": 0, **wrong})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"revenue": [1.0, math.inf]}, "'revenue' must be finite, got inf for row 1"),
        ({"revenue": [[1.0]]}, "'revenue' must be one amount for each customer"),
        ({"profit": [1.0]}, r"'profit' must be one amount for each customer \(2\)"),
        ({"active": [True]}, "'active' must be one flag"),
        ({"active": [True, 2]}, "'active' must be True or False throughout"),
        ({"active": [True, math.nan]}, "'active' must be True or False throughout"),
    ],
)
def test_input_of_the_wrong_sort_is_refused(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        customer_pyramid(**{"revenue": [1.0, 2.0], **wrong})


@pytest.mark.parametrize("ranked_by", ["revenue", "profit"])
def test_the_table_of_tiers_breaks_no_law(ranked_by):
    cuts = PyramidCuts(top=1000, big=500, medium=100, ranked_by=ranked_by)
    laws.check_table(cuts.table(), max_examples=30)
