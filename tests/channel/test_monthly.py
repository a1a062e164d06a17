"""Sales by month, against sums and spreads worked out line by line."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date, datetime

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel import (
    BrandMarkets,
    Distributors,
    MonthlySales,
    SalesLog,
    _price_spreads,
    monthly_sales,
)
from relmkt.domain import SalesRecord
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError

DAYS = st.sampled_from([date(2025, 11, 30), date(2025, 12, 1), date(2026, 1, 31), date(2026, 2, 1)])
LINES = st.lists(
    st.builds(
        lambda sign, quantity, price, rest: SalesRecord(
            quantity=None if quantity is None else sign * quantity,
            amount=None if price is None else sign * price * (quantity or 1),
            **rest,
        ),
        st.sampled_from([1, 1, 1, -1]),
        st.sampled_from([1, 2, 5, 10, None]),
        st.sampled_from([8.0, 10.0, 11.0, None]),
        st.fixed_dictionaries(
            {
                "dealer": st.sampled_from(["D1", "D2", 3]),
                "sold_at": DAYS,
                "flow": st.sampled_from(["sell_out", "sell_out", "sell_in"]),
                "brand": st.sampled_from(["Lumen", "Nox", None]),
                "market": st.sampled_from(["North", "South", None]),
                "product": st.sampled_from(["lamp", "bulb", None]),
                "dealer_margin": st.sampled_from([2.0, -1.0, None]),
            }
        ),
    ),
    min_size=1,
    max_size=25,
)


def line_by_line(lines, last=(2026, 1)):
    """Sales, margin, and spread of every brand in a market and month, with plain loops."""
    sales, margin, base = defaultdict(float), defaultdict(float), defaultdict(float)
    cells = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for line in lines:
        month = (line.sold_at.year, line.sold_at.month)
        if line.flow == "sell_in" or month > last or None in (line.brand, line.market, line.amount):
            continue
        key = (f"{line.brand} in {line.market}", month)
        sales[key] += line.amount
        if line.dealer_margin is not None:
            margin[key] += line.dealer_margin
            base[key] += line.amount
        if line.product is not None and line.quantity is not None:
            cell = cells[(key, line.product)][line.dealer]
            cell[0] += line.amount
            cell[1] += line.quantity
    spread, weight = defaultdict(float), defaultdict(float)
    for (key, _), dealers in cells.items():
        plus = [(a, q) for a, q in dealers.values() if a > 0 and q > 0]
        if len(plus) < 2:
            continue
        amount, quantity = sum(a for a, _ in plus), sum(q for _, q in plus)
        mean = amount / quantity
        variance = sum(q * (a / q - mean) ** 2 for a, q in plus) / quantity
        spread[key] += amount * math.sqrt(variance) / mean
        weight[key] += amount
    return sales, margin, base, {key: spread[key] / weight[key] for key in spread}


def cells_of(monthly, name):
    values = getattr(monthly, name)
    months = [(int(str(m)[:4]), int(str(m)[5:])) for m in monthly.months]
    return {
        (row, month): values[at, column]
        for at, row in enumerate(monthly.brand_market)
        for column, month in enumerate(months)
        if not np.isnan(values[at, column])
    }


@given(LINES)
def test_every_month_is_what_its_lines_add_up_to(lines):
    if all(line.brand is None for line in lines):
        return
    log = SalesLog.of(lines)
    monthly = monthly_sales(log, as_of=date(2026, 2, 27))
    expected = dict(
        zip(("sales", "margin", "margin_base", "spread"), line_by_line(lines), strict=True)
    )
    for name, cells in expected.items():
        assert cells_of(monthly, name) == pytest.approx(cells, rel=1e-9, abs=1e-9)
    told = sum(monthly.left_out.values())
    counted = [
        line
        for line in lines
        if line.flow == "sell_out"
        and line.sold_at < datetime(2026, 2, 1)
        and None not in (line.brand, line.market, line.amount)
    ]
    assert told + len(counted) == len(lines)
    assert str(monthly.last_month) == "2026-01"


@given(LINES, st.randoms(use_true_random=False))
def test_parts_by_product_add_up_to_the_whole(lines, random):
    lines = [attrs.evolve(line, brand=line.brand or "Lumen") for line in lines]
    day = date(2026, 1, 31)
    whole = monthly_sales(SalesLog.of(lines), as_of=day)
    groups = defaultdict(list)
    for line in lines:
        groups[line.product].append(line)
    parts = [monthly_sales(SalesLog.of(held), as_of=day) for held in groups.values()]
    random.shuffle(parts)
    joined = MonthlySales.combined(parts)
    for name in ("sales", "margin", "margin_base", "spread", "spread_base"):
        assert cells_of(joined, name) == pytest.approx(cells_of(whole, name), rel=1e-9, abs=1e-9)
    assert joined.left_out == whole.left_out
    assert set(joined.brand_market) == set(whole.brand_market)


def lines(**columns):
    size = len(columns["sold_at"])
    held = {"dealer": ["D"] * size, "flow": ["sell_out"] * size, "brand": ["Lumen"] * size}
    return SalesLog(**held | {"market": ["North"] * size, "amount": [10] * size} | columns)


def test_quantities_can_be_added_up_and_what_was_sold_in():
    log = lines(sold_at=[date(2026, 1, 1)] * 3, quantity=[4, None, 9], flow=["sell_in"] * 3)
    assert len(monthly_sales(log, as_of=date(2026, 1, 31))) == 0
    found = monthly_sales(log, as_of=date(2026, 1, 31), flow="sell_in", measure="quantity")
    assert found.sales.tolist() == [[13]]
    assert found.left_out["no quantity"] == 1


def test_a_month_counts_only_when_it_is_complete_in_the_zone_that_counts():
    log = lines(sold_at=[datetime(2026, 1, 31, 23, 30, tzinfo=UTC)])
    assert monthly_sales(log, as_of=date(2026, 1, 30), zone="UTC").left_out["later"] == 1
    assert monthly_sales(log, as_of=date(2026, 1, 31), zone="UTC").sales.tolist() == [[10]]
    berlin = monthly_sales(log, as_of=date(2026, 1, 31), zone="Europe/Berlin")
    assert berlin.left_out["later"] == 1
    with pytest.raises(InvalidValueError, match="'zone' must be given for sales whose times"):
        monthly_sales(log, as_of=date(2026, 1, 31))


def test_a_line_without_a_market_has_that_of_its_dealer():
    log = lines(
        sold_at=[date(2026, 1, 1)] * 4,
        dealer=["D", "E", "F", "D"],
        market=[None, None, None, "South"],
    )
    dealers = Distributors(dealer=["E", "D"], market=[None, "North"])
    found = monthly_sales(log, as_of=date(2026, 1, 31), dealers=dealers)
    assert dict(zip(found.brand_market, found.sales[:, 0], strict=True)) == {
        "Lumen in North": 10,
        "Lumen in South": 10,
    }
    assert found.left_out["no market"] == 2


def test_listed_brands_in_markets_have_their_ids_and_launch_days_and_a_row_without_sales():
    log = lines(sold_at=[date(2026, 1, 1)] * 2, market=["North", "South"])
    listed = BrandMarkets(
        brand_market=[7, 8],
        brand=["Nox", "Lumen"],
        market=["North", "South"],
        launched=[date(2025, 1, 1), None],
    )
    found = monthly_sales(log, as_of=date(2026, 1, 31), brand_markets=listed)
    assert found.brand_market.tolist() == ["Lumen in North", 8, 7]
    assert found.sales.tolist()[:2] == [[10], [10]]
    assert np.isnan(found.sales[2]).all()
    assert found.launched.astype(str).tolist() == ["NaT", "NaT", "2025-01-01"]
    assert found.brand.tolist() == ["Lumen", "Lumen", "Nox"]


def test_a_pair_with_two_ids_is_refused():
    listed = BrandMarkets(brand_market=[7, 8], brand=["Nox"] * 2, market=["North"] * 2)
    with pytest.raises(InvalidRowsError, match="row 1: Nox in North stands there already"):
        monthly_sales(
            lines(sold_at=[date(2026, 1, 1)]), as_of=date(2026, 1, 31), brand_markets=listed
        )


def test_a_log_without_a_brand_is_refused_and_one_without_a_line_is_empty():
    with pytest.raises(InvalidValueError, match=r"'brand' must be given, got None: log.replace"):
        monthly_sales(lines(sold_at=[date(2026, 1, 1)], brand=[None]), as_of=date(2026, 1, 31))
    empty = monthly_sales(SalesLog.of([]), as_of=date(2026, 1, 31))
    assert len(empty) == 0
    assert empty.left_out["later"] == 0


def test_amounts_in_two_currencies_have_no_sum():
    with pytest.raises(InvalidRowsError, match="'currency' must be 'EUR' as in row 0, got 'USD'"):
        lines(sold_at=[date(2026, 1, 1)] * 2, currency=["EUR", "USD"])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sales": [[1, 2]]}, r"'sales' must have 2 rows of months, got \(1, 2\)"),
        ({"sales": [1, 2]}, "'sales' must have 2 rows of months"),
        ({"sales": [[], []]}, "'sales' must have 2 rows of months"),
        ({"brand_market": ["a", "a"]}, "'brand_market' must name each row once, got 'a'"),
        ({"margin": [[1], [2]]}, r"'margin' must have the shape of sales \(2, 2\), got \(2, 1\)"),
        ({"brand": ["Lumen"]}, "'brand' must have 2 values, got 1"),
    ],
)
def test_a_cube_whose_parts_do_not_fit_is_refused(columns, message):
    given = {"brand_market": ["a", "b"], "first_month": "2026-01", "sales": [[1, 2], [3, 4]]}
    assert len(MonthlySales(**given)) == 2
    with pytest.raises(InvalidValueError, match=message):
        MonthlySales(**given | columns)


def test_nobody_can_write_into_a_cube_and_what_it_was_made_of_is_left_alone():
    own = np.ones((1, 2))
    monthly = MonthlySales(brand_market=["a"], first_month="2026-01", sales=own)
    with pytest.raises(ValueError, match="read-only"):
        monthly.sales[0, 0] = 5
    own[0, 0] = 7
    assert monthly.sales[0, 0] == 1
    assert [str(month) for month in monthly.months] == ["2026-01", "2026-02"]


def test_parts_that_end_on_different_months_do_not_add_up():
    one = MonthlySales(brand_market=["a"], first_month="2026-01", sales=[[1, 2]])
    other = MonthlySales(brand_market=["b"], first_month="2026-01", sales=[[1]])
    with pytest.raises(
        InvalidValueError, match="'last month' must be 2026-02 as in the first part"
    ):
        MonthlySales.combined([one, other])
    with pytest.raises(InvalidValueError, match="'parts' must hold at least one"):
        MonthlySales.combined([])
    longer = MonthlySales(
        brand_market=["a"], first_month="2025-12", sales=[[5, 1, 1]], margin=[[1, 1, 1]]
    )
    joined = MonthlySales.combined([one, longer])
    assert joined.sales.tolist() == [[5, 2, 3]]
    assert joined.margin_base.tolist() == [[5, 1, 1]]
    assert np.isnan(joined.spread).all()


def test_products_are_taken_in_groups_without_a_change(monkeypatch):
    rng = np.random.default_rng(5)
    log = SalesLog(
        dealer=rng.integers(0, 9, 400),
        sold_at=[date(2026, 1, 1)] * 400,
        flow=["sell_out"] * 400,
        brand=["Lumen"] * 400,
        market=rng.choice(["North", "South"], 400).tolist(),
        product=rng.choice(list("abcdefg"), 400).tolist(),
        quantity=rng.integers(1, 5, 400),
        amount=rng.uniform(1, 9, 400),
    )
    whole = monthly_sales(log, as_of=date(2026, 1, 31))
    monkeypatch.setattr(_price_spreads, "_LINES", 50)
    monkeypatch.setattr(_price_spreads, "_EXACT", 10)
    parts = monthly_sales(log, as_of=date(2026, 1, 31))
    assert parts.spread == pytest.approx(whole.spread)
    assert parts.spread_base == pytest.approx(whole.spread_base)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("first_month", "junk", "'first_month' must be a month, got 'junk'"),
        ("first_month", None, "'first_month' must be a month"),
        ("sales", [["a"]], "'sales' must be numbers"),
        ("sales", [[1, 2], [3]], "'sales' must be numbers"),
        ("margin", [[float("inf")]], "'margin' must be finite, or NaN where unknown"),
    ],
)
def test_months_that_are_none_and_numbers_that_are_none_are_refused(name, value, said):
    right = {"brand_market": ["L"], "first_month": "2025-01", "sales": [[1.0]]}
    with pytest.raises(InvalidValueError, match=said):
        MonthlySales(**(right | {name: value}))


@pytest.mark.parametrize(
    ("name", "said"),
    [("flow", "no flow 'out'; there are: sell_in, sell_out"), ("measure", "no measure 'out'")],
)
def test_a_word_that_is_none_is_told_with_those_that_there_are(name, said):
    log = SalesLog(
        dealer=["A"], sold_at=[date(2025, 1, 1)], flow=["sell_out"], brand=["L"], market=["N"]
    )
    with pytest.raises(UnknownNameError, match=said):
        monthly_sales(log, as_of=date(2025, 1, 31), **{name: "out"})


def test_brands_and_markets_whose_names_run_into_one_are_refused():
    log = SalesLog(
        dealer=["A", "A"],
        sold_at=[date(2025, 1, 1)] * 2,
        flow=["sell_out"] * 2,
        brand=["L in N", "L"],
        market=["O", "N in O"],
        amount=[1, 1],
    )
    with pytest.raises(InvalidValueError, match="name each row once, got 'L in N in O'"):
        monthly_sales(log, as_of=date(2025, 1, 31))
