"""Trend, margin and spread of a market, against regressions by hand; and what is not guessed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relmkt.channel import (
    BrandMarkets,
    Markets,
    MonthlySales,
    SalesLog,
    market_facts,
    monthly_sales,
)
from relmkt.domain import HistoryGap, Phase, TrendMethod
from relmkt.errors import InvalidValueError
from relmkt.policies import PhasePolicy

NAN = np.nan


def cube(sales, first="2024-01", **columns):
    return MonthlySales(
        brand_market=[f"m{row}" for row in range(len(sales))],
        first_month=first,
        sales=sales,
        **columns,
    )


def trend_by_hand(series, window=24, confidence=0.95):
    """Growth in a year with its interval, of the logarithms, one dummy for each month."""
    months = len(series) - next(at for at, x in enumerate(series) if not np.isnan(x))
    start = len(series) - min(window, months)
    known = [at for at in range(start, len(series)) if series[at] > 0]
    y = np.log([series[at] for at in known])
    if min(window, months) >= 24:
        present = sorted({at % 12 for at in known})
        design = np.array([[at, *(at % 12 == month for month in present)] for at in known], float)
    else:
        design = np.array([[at, 1.0] for at in known])
    found, *_ = np.linalg.lstsq(design, y, rcond=None)
    freedom = len(known) - design.shape[1]
    left = y - design @ found
    error = np.sqrt(np.linalg.inv(design.T @ design)[0, 0] * (left @ left) / freedom)
    reach = stats.t.ppf((1 + confidence) / 2, freedom) * error
    return [np.expm1(12 * (found[0] + by)) for by in (-reach, 0, reach)]


SERIES = st.integers(12, 40).flatmap(
    lambda size: st.lists(st.floats(1, 1000), min_size=size, max_size=size)
)


@settings(max_examples=60)
@given(SERIES, st.data())
def test_the_trend_is_that_of_a_regression_by_hand(series, data):
    span = min(24, len(series))
    holes = data.draw(st.sets(st.integers(1, span - 1), max_size=span // 4))
    for hole in holes:
        series[-hole] = NAN
    facts = market_facts(cube([series]))[0]
    assert (facts.trend_low, facts.sales_trend, facts.trend_high) == pytest.approx(
        trend_by_hand(series), rel=1e-6, abs=1e-6
    )
    assert facts.gap is None
    assert facts.months == len(series)
    assert facts.months_missing == len(holes)
    assert facts.method == ("same_months" if len(series) >= 24 else "not_adjusted")


@given(st.lists(st.floats(10, 1000), min_size=12, max_size=12), st.floats(-0.6, 1.5))
def test_growth_is_found_whatever_the_season(season, growth):
    series = np.tile(season, 3) * (1 + growth) ** (np.arange(36) / 12)
    facts = market_facts(cube([series]))[0]
    assert facts.sales_trend == pytest.approx(growth, abs=1e-9)
    assert facts.trend_high - facts.trend_low < 1e-6


@given(SERIES, st.floats(0.01, 100))
def test_another_currency_changes_the_sales_and_no_trend(series, rate):
    one, other = (market_facts(cube([np.array(series) * by]))[0] for by in (1, rate))
    assert other.sales_trend == pytest.approx(one.sales_trend, rel=1e-6, abs=1e-9)
    assert other.recent_sales == pytest.approx(rate * one.recent_sales)


@settings(max_examples=30)
@given(st.lists(st.lists(st.floats(1, 9) | st.just(NAN), min_size=30, max_size=30), min_size=1))
def test_many_markets_are_told_as_each_alone_is(rows):
    together = market_facts(cube(rows, margin=np.array(rows) / 5, spread=np.array(rows) / 9))
    assert [one.brand_market for one in together] == [f"m{row}" for row in range(len(rows))]
    for at, row in enumerate(rows):
        alone = market_facts(cube([row], margin=[np.array(row) / 5], spread=[np.array(row) / 9]))
        for name in alone.names:
            if name != "brand_market":
                # Sums of many rows are not added up in the order of those of one.
                np.testing.assert_allclose(
                    together.column(name)[at], alone.column(name)[0], rtol=1e-9, atol=1e-12
                )


# ----------------------------------------------------------------------------- what is not guessed


def gap_of(series, **settings):
    facts = market_facts(cube([series]), **settings)[0]
    told = (facts.sales_trend, facts.trend_low, facts.trend_high, facts.method)
    assert (facts.gap is None) == (None not in told)
    assert (facts.gap is None) == any(one is not None for one in told)
    return facts.gap


def test_a_short_history_is_said():
    assert gap_of([5.0] * 11) is HistoryGap.TOO_SHORT
    assert gap_of([NAN] * 20 + [5.0] * 11) is HistoryGap.TOO_SHORT
    assert gap_of([5.0] * 12) is None
    assert gap_of([5.0] * 11, least_months=11) is None


def test_a_gappy_history_is_said():
    assert gap_of([5.0] * 18 + [NAN] * 6) is None
    assert gap_of([5.0] * 17 + [NAN] * 7) is HistoryGap.TOO_GAPPY
    assert gap_of([5.0] * 23 + [NAN], most_missing=0) is HistoryGap.TOO_GAPPY
    facts = market_facts(cube([[5.0] * 17 + [NAN] * 7]))[0]
    assert (facts.months, facts.months_missing, facts.recent_sales) == (24, 7, 5)


def test_months_in_which_more_came_back_than_was_sold_tell_no_trend():
    assert gap_of([5.0] * 18 + [-1.0] * 6) is None
    assert gap_of([5.0] * 17 + [0.0] * 7) is HistoryGap.NOT_POSITIVE


def test_no_record_at_all_is_said():
    facts = market_facts(cube([[NAN] * 30]))[0]
    assert facts.gap is HistoryGap.NO_RECORD
    assert (facts.months, facts.months_missing, facts.recent_sales) == (0, 0, None)
    assert facts.margin_gap is facts.spread_gap is HistoryGap.NO_RECORD
    assert (
        len(
            market_facts(
                MonthlySales(brand_market=[], first_month="2024-01", sales=np.empty((0, 3)))
            )
        )
        == 0
    )


def test_months_that_cannot_be_compared_with_another_year_tell_no_trend():
    """A year of sales and a year without leave no two months of one name."""
    sparse = [*([1.0] * 12), *([NAN] * 12)]
    assert gap_of(sparse, most_missing=0.5) is HistoryGap.TOO_SHORT
    assert gap_of([*([1.0] * 12), *([NAN] * 6), *([2.0] * 6)]) is None


# ------------------------------------------------------------------------------ margin and spread


def test_margin_is_of_the_latest_year_and_its_change_keeps_the_seasons_out():
    months = np.arange(36)
    season = np.tile([0.0, 0.02, 0.01] * 4, 3)
    rate = 0.3 - 0.03 * months / 12 + season
    sales = 100 + 10 * np.tile(np.arange(12), 3)
    facts = market_facts(cube([sales], margin=[rate * sales]))[0]
    assert facts.margin_change == pytest.approx(-0.03)
    assert facts.dealer_margin == pytest.approx(np.average(rate[-12:], weights=sales[-12:]))
    assert facts.margin_gap is None
    assert facts.spread_gap is HistoryGap.NO_RECORD


def test_spread_is_weighed_by_what_it_tells_of():
    months = np.arange(24)
    spread = 0.2 - 0.05 * months / 12
    base = np.linspace(1, 2, 24)
    facts = market_facts(cube([[100.0] * 24], spread=[spread], spread_base=[base]))[0]
    assert facts.spread_change == pytest.approx(-0.05)
    assert facts.price_spread == pytest.approx(np.average(spread[-12:], weights=base[-12:]))


def test_a_margin_that_is_known_of_few_months_is_not_told_and_says_why():
    margin = [[NAN] * 14 + [2.0] * 10]
    facts = market_facts(cube([[10.0] * 24], margin=margin))[0]
    assert facts.margin_gap is HistoryGap.TOO_GAPPY
    assert facts.margin_change is None
    assert facts.dealer_margin == pytest.approx(0.2)  # ten of the latest twelve months tell it
    margin = [[2.0] * 20 + [NAN] * 4]
    facts = market_facts(cube([[10.0] * 24], margin=margin))[0]
    assert facts.margin_gap is HistoryGap.TOO_GAPPY
    assert facts.dealer_margin is None
    assert facts.margin_change == pytest.approx(0, abs=1e-12) or facts.margin_change is None


def test_a_margin_whose_months_fix_no_change_says_so():
    margin = [[2.0] * 12 + [NAN] * 12]
    facts = market_facts(cube([[10.0] * 24], margin=margin), most_missing=0.5)[0]
    assert facts.margin_change is None
    assert facts.margin_gap is not None


def test_the_age_is_counted_from_the_launch_to_the_end_of_the_last_month():
    launched = np.array(["2024-01-01", "2023-12-17", "NaT", "2024-05-01"], dtype="M8[D]")
    found = market_facts(cube([[5.0, 5.0, 5.0]] * 4, launched=launched))
    assert found.market_age[:2].tolist() == [3.0, pytest.approx(3 + 15 / 31)]
    assert np.isnan(found.market_age[2:]).all()
    assert np.isnan(market_facts(cube([[5.0]])).market_age).all()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"window": 11}, "'window' must be at least 12, got 11"),
        ({"least_months": 5}, "'least_months' must be at least 6, got 5"),
        ({"least_months": 30}, r"'least_months' must not exceed 'window' \(24\), got 30"),
        ({"most_missing": 0.6}, "'most_missing' must lie between 0 and 0.5, got 0.6"),
        ({"confidence": 1}, "'confidence' must lie between 0 and 1, got 1"),
    ],
)
def test_settings_out_of_bounds_are_refused(setting, message):
    with pytest.raises(InvalidValueError, match=message):
        market_facts(cube([[1.0] * 24]), **setting)


# --------------------------------------------------------------------------------- the whole way


def test_from_lines_of_sales_to_the_phase():
    """A growing brand with a good margin, and a standing one whose prices draw together."""
    rows = {
        name: [] for name in ("dealer", "sold_at", "brand", "quantity", "amount", "dealer_margin")
    }
    for month in range(36):
        day = date(2023 + month // 12, month % 12 + 1, 15)
        years = month / 12
        for brand, growth, margin, apart in (
            ("Lumen", 1.25, 0.25, 0.2),
            ("Nox", 1.0, 0.20 - 0.03 * years, 0.2 - 0.05 * years),
        ):
            for dealer, price in (("D1", 10 * (1 + apart / 2)), ("D2", 10 * (1 - apart / 2))):
                quantity = 100 * growth**years
                values = (dealer, day, brand, quantity, quantity * price, margin * quantity * price)
                for name, value in zip(rows, values, strict=True):
                    rows[name].append(value)
    size = len(rows["dealer"])
    log = SalesLog(**rows, flow=["sell_out"] * size, market=["North"] * size, product=["x"] * size)
    listed = BrandMarkets(brand_market=["L", "N"], brand=["Lumen", "Nox"], market=["North"] * 2)
    facts = market_facts(monthly_sales(log, as_of=date(2025, 12, 31), brand_markets=listed))
    assert isinstance(facts, Markets)
    assert facts.brand_market.tolist() == ["L", "N"]
    assert facts.sales_trend.round(6).tolist() == [0.25, 0.0]
    assert facts.spread_change.round(3).tolist() == [0.0, -0.025]
    decided = PhasePolicy(sales_small=10).table().decide(facts)
    assert decided.labels() == [Phase.GROWTH, Phase.MATURITY]
    assert {one.method for one in facts} == {TrendMethod.SAME_MONTHS}


def test_of_noisy_markets_most_phases_are_found_and_none_is_mistaken_for_another():
    """Four hundred markets with a season, and a tenth of noise: what is doubtful is said to be."""
    rng = np.random.default_rng(1)
    years = np.arange(36) / 12
    growth = rng.choice([0.3, 0.0, -0.15], 400)
    stands = (growth == 0)[:, None]
    season = 0.3 * np.sin(2 * np.pi * years)
    noise = rng.standard_normal((3, 400, 36))
    sales = 1000 * np.exp(np.log1p(growth)[:, None] * years + season + 0.1 * noise[0])
    level = np.select([growth > 0, growth < 0], [0.22, 0.03], 0.12)[:, None]
    margin = level - 0.02 * stands * years + 0.003 * noise[1]
    spread = 0.10 - 0.02 * stands * years + 0.003 * noise[2]
    facts = market_facts(cube(sales, margin=margin * sales, spread=spread))
    found = np.array(
        [str(word) for word in PhasePolicy(sales_small=1).table().decide(facts).labels()]
    )
    truth = np.select([growth > 0, growth < 0], ["growth", "decline"], "maturity")
    assert np.mean(found == truth) > 0.9
    assert set(found[found != truth]) == {"undetermined"}
    held = (facts.trend_low <= growth) & (growth <= facts.trend_high)
    assert 0.92 < held.mean() < 0.98
