"""Migration up the pyramid, from counts and from a pyramid."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.domain import Tier
from relmkt.errors import InvalidValueError
from relmkt.segments import customer_pyramid, migrate, migrate_pyramid

CUSTOMERS = [10, 40, 150, 800]
REVENUE = [300, 300, 200, 200]
THOUSAND = [30.0] * 10 + [7.5] * 40 + [4 / 3] * 150 + [0.25] * 800


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.02, "5.38"),
        ({Tier.BIG: 20 / 40}, "45.00"),
        ({Tier.SMALL: 20 / 800}, "2.17"),
        (0.0, "0.00"),
    ],
)
def test_the_printed_changes_come_out_of_counts_and_of_a_pyramid_alike(share, told):
    from_counts = migrate(CUSTOMERS, REVENUE, share=share)
    from_pyramid = migrate_pyramid(customer_pyramid(THOUSAND), share=share)
    assert f"{100 * from_counts.revenue_change:.2f}" == told
    assert f"{100 * from_pyramid.revenue_change:.2f}" == told


def test_a_steeper_pyramid_gains_more():
    assert f"{migrate(CUSTOMERS, [500, 300, 150, 50], share=0.02).revenue_change:.4f}" == "0.0685"


def test_the_move_reads_step_by_step():
    assert str(migrate(CUSTOMERS, REVENUE, share={Tier.BIG: 0.5})).splitlines() == [
        "20.0 from big to top: +450.00",
        "0.0 from medium to big: +0.00",
        "0.0 from small to medium: +0.00",
        "revenue changes by 45%",
    ]


@given(st.floats(0.001, 0.02), st.floats(0.01, 0.5))
def test_the_factor_needed_gives_the_change_wanted(share, wanted):
    factor = migrate(CUSTOMERS, REVENUE, share=share).factor_needed(wanted)
    if factor * share <= 1:
        again = migrate(CUSTOMERS, REVENUE, share=factor * share)
        assert again.revenue_change == pytest.approx(wanted)


def test_profit_follows_revenue_by_the_margins():
    profit = [amount * 0.1 for amount in THOUSAND]
    move = migrate_pyramid(customer_pyramid(THOUSAND, profit=profit), share=0.02)
    assert move.base_margin == pytest.approx(0.1)
    assert move.profit_change(incremental_margin=0.5) == pytest.approx(5 * move.revenue_change)
    assert move.profit_change(incremental_margin=0.5, base_margin=0.25) == pytest.approx(
        2 * move.revenue_change
    )


def test_what_is_unknown_stays_unknown():
    move = migrate(CUSTOMERS, REVENUE, share=0.02)
    assert math.isnan(move.base_margin)
    assert math.isnan(move.profit_change(incremental_margin=0.5))
    assert math.isnan(migrate(CUSTOMERS, [0] * 4, share=0.02).revenue_change)
    assert math.isnan(migrate(CUSTOMERS, REVENUE, share=0.0).factor_needed(0.1))
    assert math.isnan(migrate(CUSTOMERS, [0] * 4, share=0.02, profit=5).base_margin)


def test_a_step_into_a_tier_without_customers_says_so():
    move = migrate([1, 0, 1, 6], [9, 0, 3, 6], share=0.02)
    assert math.isnan(move.revenue_change)
    assert "from medium to big: unknown: nobody is big" in str(move)


def test_the_arrays_cannot_be_written_to():
    move = migrate(CUSTOMERS, REVENUE, share=0.02)
    for array in (move.customers, move.revenue, move.share, move.moved, move.gains):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("customers", "revenue", "share", "message"),
    [
        ([1, 2, 3], REVENUE, 0.1, "'customers' must be one number each"),
        (CUSTOMERS, [1, 2, 3, math.nan], 0.1, "'revenue' must be finite"),
        ([1, 2, 3, -4], REVENUE, 0.1, "'customers' must be at least 0"),
        (CUSTOMERS, REVENUE, 1.1, "'share' must lie between 0 and 1, got 1.1 for tier big"),
        (CUSTOMERS, REVENUE, math.nan, "'share' must lie between 0 and 1"),
        (CUSTOMERS, REVENUE, {Tier.TOP: 0.1}, "'share' must name tiers that have one above them"),
        (CUSTOMERS, REVENUE, {Tier.INACTIVE: 0.1}, "there are: big, medium, small"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(customers, revenue, share, message):
    with pytest.raises(InvalidValueError, match=message):
        migrate(customers, revenue, share=share)
