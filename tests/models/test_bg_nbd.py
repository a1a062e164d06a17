"""BG/NBD as a model: published fits, honest statuses, forecasts in stated units, kind errors."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import gammaln

from relmkt.calendars import Rate, Span
from relmkt.errors import InvalidValueError, UnknownNameError, UnusableModelError
from relmkt.formulas import bg_nbd as equations
from relmkt.models import BGNBD, FitStatus

if TYPE_CHECKING:
    from models.conftest import Cdnow, Histories, Market

NAMES = ("r", "alpha", "a", "b")
PAPER = BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426)


def values(model: BGNBD) -> list[float]:
    return [model.parameters[name] for name in NAMES]


def errors(model: BGNBD) -> list[float]:
    return [model.standard_errors[name] for name in NAMES]


# --- published fits ----------------------------------------------------------------------------


def test_the_cdnow_input_is_the_published_one(cdnow: Cdnow) -> None:
    assert cdnow.frequency.size == 2357
    assert cdnow.frequency.sum() == 2457
    assert np.count_nonzero(cdnow.frequency) == 946
    assert cdnow.later.sum() == 1882


def test_cdnow_fit_from_exact_days(cdnow: Cdnow) -> None:
    model = BGNBD.fit(*cdnow.histories)
    assert model.status is FitStatus.CONVERGED
    for name, printed, half in (
        ("r", 0.2425945, 5e-8),
        ("alpha", 4.413602, 5e-7),
        ("a", 0.792922, 5e-7),
        ("b", 2.425907, 5e-7),
    ):
        assert abs(model.parameters[name] - printed) <= half
    for name, printed, half in (
        ("r", 0.012557, 5e-7),
        ("alpha", 0.37822, 5e-6),
        ("a", 0.18573, 5e-6),
        ("b", 0.70541, 5e-6),
    ):
        assert abs(model.standard_errors[name] - printed) <= half
    assert abs(model.log_likelihood - -9582.42921) <= 5e-6
    assert (model.customers, model.repeat_customers) == (2357, 946)
    assert_allclose(model.aic, 8 + 2 * 9582.42921, atol=1e-5)
    assert_allclose(model.bic, 4 * math.log(2357) + 2 * 9582.42921, atol=1e-5)


def test_cdnow_fit_from_the_summary_rounded_to_two_decimals(cdnow: Cdnow) -> None:
    model = BGNBD.fit(cdnow.frequency, cdnow.recency.round(2), cdnow.age.round(2))
    for name, printed, half in (
        ("r", 0.2425929, 5e-8),
        ("alpha", 4.413532, 5e-7),
        ("a", 0.792886, 5e-7),
        ("b", 2.425753, 5e-7),
    ):
        assert abs(model.parameters[name] - printed) <= half
    assert abs(model.log_likelihood - -9582.42556) <= 5e-6


def test_the_hold_out_errors_of_cdnow(cdnow: Cdnow) -> None:
    model = BGNBD.fit(*cdnow.histories)
    misses = model.expected_purchases("39 weeks", *cdnow.histories) - cdnow.later
    assert abs(np.abs(misses).mean() - 0.7855) <= 5e-5
    assert abs(math.sqrt(np.square(misses).mean()) - 1.608) <= 5e-4


def test_the_customer_of_the_paper_is_expected_to_buy_1_226_times(cdnow: Cdnow) -> None:
    ahead = BGNBD.fit(*cdnow.histories).expected_purchases(39, 2, 30.43, 38.86)
    assert isinstance(ahead, float)
    assert abs(ahead - 1.226) <= 5e-4


# --- laws of the fit ---------------------------------------------------------------------------


def test_the_log_likelihood_of_the_fit_is_the_sum_of_the_equation(market: Market) -> None:
    histories = market(400, 3)
    model = BGNBD.fit(*histories)
    summed = equations.log_likelihood(*histories, **model.parameters).sum()
    assert_allclose(model.log_likelihood, summed, rtol=1e-12)


def test_the_gradient_vanishes_and_the_covariance_inverts_the_curvature(market: Market) -> None:
    x, t_x, T = market(800, 4)
    model = BGNBD.fit(x, t_x, T)
    point = np.array(values(model))

    def gradient(at: Any) -> Any:
        named = dict(zip(NAMES, at, strict=True))
        return equations.log_likelihood_gradient(x, t_x, T, **named).sum(axis=0)

    assert_allclose(gradient(point) * point, 0.0, atol=1e-7)
    curvature = np.empty((4, 4))
    for k in range(4):
        step = np.zeros(4)
        step[k] = 1e-5 * point[k]
        curvature[k] = (gradient(point + step) - gradient(point - step)) / (2 * step[k])
    assert_allclose(model.covariance, np.linalg.inv(-curvature), rtol=1e-5)
    assert not model.covariance.flags.writeable


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_shuffling_customers_changes_no_bit(market: Market, seed: int) -> None:
    histories = market(300, 5)
    order = np.random.default_rng(seed).permutation(300)
    assert BGNBD.fit(*(column[order] for column in histories)) == BGNBD.fit(*histories)


def test_customers_twice_give_the_same_parameters_and_half_the_variance(market: Market) -> None:
    histories = market(500, 6)
    once, twice = BGNBD.fit(*histories), BGNBD.fit(*(np.tile(c, 2) for c in histories))
    assert_allclose(values(twice), values(once), rtol=1e-9)
    assert_allclose(twice.covariance, once.covariance / 2, rtol=1e-7)
    assert_allclose(twice.log_likelihood, 2 * once.log_likelihood, rtol=1e-12)
    assert twice.customers == 2 * once.customers


def test_weights_count_customers(market: Market) -> None:
    histories = market(500, 7)
    counts = np.random.default_rng(7).integers(0, 4, 500)
    weighted = BGNBD.fit(*histories, weights=counts)
    assert weighted == BGNBD.fit(*(np.repeat(column, counts) for column in histories))


@settings(max_examples=10)
@given(st.floats(-9, 9).map(lambda exponent: 10.0**exponent))
def test_the_unit_of_time_does_not_matter(market: Market, factor: float) -> None:
    x, t_x, T = market(400, 8)
    model, other = BGNBD.fit(x, t_x, T), BGNBD.fit(x, factor * t_x, factor * T)
    scaled = np.array(values(model)) * [1, factor, 1, 1]
    assert_allclose(values(other), scaled, rtol=1e-8)
    shift = x.sum() * math.log(factor)
    assert_allclose(other.log_likelihood + shift, model.log_likelihood, rtol=1e-10)


def test_days_and_weeks_forecast_the_same(cdnow: Cdnow) -> None:
    x, t_x, T = cdnow.histories
    weeks = BGNBD.fit(x, t_x, T)
    days = BGNBD.fit(x, 7 * t_x, 7 * T, unit="day")
    for span in ("39 weeks", "273 days"):
        assert_allclose(
            days.expected_purchases(span, x, 7 * t_x, 7 * T),
            weeks.expected_purchases(span, x, t_x, T),
            rtol=1e-9,
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "truth",
    [
        {"r": 0.5, "alpha": 4.0, "a": 0.8, "b": 2.5},
        {"r": 2.0, "alpha": 10.0, "a": 2.0, "b": 6.0},
        {"r": 0.25, "alpha": 2.0, "a": 0.4, "b": 0.6},
    ],
)
def test_parameters_are_recovered_from_a_simulated_market(
    market: Market, truth: dict[str, float], seed: int
) -> None:
    histories = market(20_000, seed, **truth)
    model = BGNBD.fit(*histories)
    assert model.status is FitStatus.CONVERGED
    at_truth = equations.log_likelihood(*histories, **truth).sum()
    # 99.99% of a chi-square with 4 degrees of freedom lie below 24.
    assert 0.0 <= 2.0 * (model.log_likelihood - at_truth) < 24.0
    apart = np.array(values(model)) - [truth[name] for name in NAMES]
    assert (np.abs(apart) < 4.0 * np.array(errors(model))).all()


def test_a_large_market_is_fitted_as_from_any_start(market: Market) -> None:
    histories = market(80_000, 9)
    model = BGNBD.fit(*histories)
    total = equations.log_likelihood_gradient(*histories, **model.parameters).sum(axis=0)
    assert model.status is FitStatus.CONVERGED
    assert_allclose(total * values(model), 0.0, atol=1e-4)


# --- honest statuses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "histories",
    [
        pytest.param(([], [], []), id="nobody"),
        pytest.param(([3], [10.0], [20.0]), id="one customer"),
        pytest.param((np.zeros(50), np.zeros(50), np.linspace(1, 40, 50)), id="no repeat purchase"),
        pytest.param((np.zeros(9), np.zeros(9), np.zeros(9)), id="no time"),
        pytest.param((np.full(99, 3), np.full(99, 9.0), np.full(99, 20.0)), id="all alike"),
    ],
)
def test_too_little_data_is_said_and_gives_no_forecast(histories: Any) -> None:
    model = BGNBD.fit(*histories)
    assert model.status is FitStatus.TOO_LITTLE_DATA
    assert "distinct histories" in model.note
    assert np.isnan([*values(model), *errors(model), model.log_likelihood, model.aic]).all()
    for ask in (
        lambda: model.probability_alive(1, 2, 3),
        lambda: model.expected_purchases(1, 1, 2, 3),
        lambda: model.expected_purchases_new_customer(1),
        lambda: model.probability_of_no_purchase(1, 1, 2, 3),
        lambda: model.discounted_expected_purchases(
            1, 2, 3, horizon="1 year", rate=0.1, as_of=date(2024, 1, 1)
        ),
    ):
        with pytest.raises(UnusableModelError, match=r"BGNBD cannot give .*need 4 distinct"):
            ask()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"leave": 1.0}, "nearly everybody leaves after one repeat purchase"),
        ({"rate": 0.2, "leave": 0.0}, "purchase rates hardly differ"),
        ({"rate": 0.2, "leave": 1.0}, "purchase rates hardly differ"),
        ({"rate": 0.2}, "purchase rates hardly differ"),
    ],
)
def test_parameters_that_run_away_are_a_boundary(
    market: Market, options: dict[str, float], said: str
) -> None:
    model = BGNBD.fit(*market(3000, 2, **options))
    assert model.status is FitStatus.BOUNDARY
    assert said in model.note
    assert np.isnan(errors(model)).any()
    assert 0.0 < model.expected_purchases(10, 2, 10, 20) < 10.0


@pytest.mark.parametrize("seed", range(8))
def test_where_nobody_leaves_the_chance_of_leaving_is_a_boundary(market: Market, seed: int) -> None:
    model = BGNBD.fit(*market(3000, seed, leave=0.0))
    assert model.status is FitStatus.BOUNDARY
    assert np.isnan(errors(model)[2:]).all()
    assert model.a / (model.a + model.b) < 0.002
    # What the data do tell, it still tells.
    assert_allclose(values(model)[:2], [0.5, 4.0], rtol=0.2)
    assert np.isfinite(errors(model)[:2]).all()


def test_alike_chances_of_leaving_are_a_boundary(market: Market) -> None:
    statuses = [BGNBD.fit(*market(1000, seed, leave=0.25)) for seed in range(8)]
    ran_away = [model for model in statuses if model.status is FitStatus.BOUNDARY]
    assert ran_away
    for model in ran_away:
        assert "the chance of leaving hardly differs" in model.note
        assert_allclose(model.a / (model.a + model.b), 0.25, atol=0.05)
    for model in statuses:
        if model.status is FitStatus.CONVERGED:
            assert np.isfinite(errors(model)).all()


def negative_binomial(r: float, alpha: float, histories: Histories) -> float:
    """Nobody ever leaves: the model inside the model."""
    x, _, T = histories
    purchases = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    return float((purchases - (r + x) * np.log(alpha + T)).sum())


@pytest.mark.parametrize("seed", range(4))
def test_the_model_inside_has_no_higher_likelihood(market: Market, seed: int) -> None:
    for leave in (0.0, 0.02):
        histories = market(500, seed, leave=leave)
        model = BGNBD.fit(*histories)
        # At the fitted rates, and around them.
        for factor in (0.8, 0.9, 1.0, 1.1, 1.2):
            inside = negative_binomial(factor * model.r, factor * model.alpha, histories)
            assert model.log_likelihood >= inside - 1e-4


def test_everybody_buying_on_the_last_day_is_a_boundary(market: Market) -> None:
    x, _, T = market(2000, 3)
    model = BGNBD.fit(x, np.where(x > 0, T, 0.0), T)
    assert model.status is FitStatus.BOUNDARY
    assert_allclose(model.probability_alive(x, np.where(x > 0, T, 0.0), T), 1.0, atol=1e-6)


@settings(max_examples=60)
@given(st.integers(2, 60), st.integers(0, 2**32 - 1))
def test_a_fit_is_converged_only_where_the_likelihood_falls_off(
    market: Market, n: int, seed: int
) -> None:
    x, t_x, T = market(n, seed)
    model = BGNBD.fit(x, t_x, T)
    if model.status is FitStatus.CONVERGED:
        assert np.isfinite(model.covariance).all()
        assert (np.linalg.eigvalsh(model.covariance) > 0).all()
        gradient = equations.log_likelihood_gradient(x, t_x, T, **model.parameters)
        assert_allclose(gradient.sum(axis=0) * values(model), 0.0, atol=1e-4)
    elif model.status is FitStatus.BOUNDARY:
        assert "limiting case" in model.note
        assert np.isnan(errors(model)).any()
    else:
        assert not model.status.usable
    if model.status.usable:
        assert np.isfinite(model.expected_purchases(10, x, t_x, T)).all()


def test_a_model_of_stated_parameters_says_so() -> None:
    assert PAPER.status is FitStatus.GIVEN
    assert math.isnan(PAPER.standard_errors["r"])
    assert math.isnan(PAPER.bic)
    assert BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426) == PAPER
    assert hash(PAPER) == hash(BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        PAPER.r = 1.0  # type: ignore[misc]


# --- forecasts in stated units -----------------------------------------------------------------


def test_months_and_years_are_as_long_as_the_calendar_says() -> None:
    february, leap = date(2023, 2, 1), date(2024, 2, 1)
    for as_of, days in ((february, 28), (leap, 29)):
        assert PAPER.expected_purchases("1 month", 2, 30, 38, as_of=as_of) == (
            PAPER.expected_purchases(days / 7, 2, 30, 38)
        )
    assert PAPER.expected_purchases_new_customer(Span(1, "year"), as_of=leap) == (
        PAPER.expected_purchases_new_customer(366 / 7)
    )
    with pytest.raises(InvalidValueError, match="'as_of' must be given for a horizon of 1 month"):
        PAPER.probability_of_no_purchase("1 month", 2, 30, 38)


def test_discounted_purchases_are_monthly_increments_from_the_middle_of_each_month() -> None:
    as_of = date(2024, 1, 31)
    ends = [29, 60, 90, 121, 151, 182]  # 29 February, 31 March, 30 April, 31 May, ...
    by_end = PAPER.expected_purchases(np.array([0, *ends]) / 7, 2, 30.43, 38.86)
    day_share = [0, *(end / 366 for end in ends)]
    expected = sum(
        (by_end[k + 1] - by_end[k]) * 1.1 ** -((day_share[k] + day_share[k + 1]) / 2)
        for k in range(6)
    )
    got = PAPER.discounted_expected_purchases(
        2, 30.43, 38.86, horizon="6 months", rate="10% per year", as_of=as_of
    )
    assert_allclose(got, expected, rtol=1e-9)


def test_without_discount_the_value_is_the_expected_purchases() -> None:
    for horizon in ("12 months", "1 year", "52 weeks", "100 days"):
        got = PAPER.discounted_expected_purchases(
            [0, 2], [0, 30.43], 38.86, horizon=horizon, rate=0.0, as_of=date(2023, 5, 31)
        )
        whole = PAPER.expected_purchases(
            horizon, [0, 2], [0, 30.43], 38.86, as_of=date(2023, 5, 31)
        )
        assert_allclose(got, whole, rtol=1e-12)


def test_a_rate_is_what_its_unit_says() -> None:
    def value(rate: Any) -> Any:
        return PAPER.discounted_expected_purchases(
            2, 30.43, 38.86, horizon="24 months", rate=rate, as_of=date(2023, 1, 1)
        )

    assert value(0.1) == value("10% per year") == value(Rate(0.1, "year"))
    monthly = Rate(1.1 ** (1 / 12) - 1, "month")
    assert_allclose(value(monthly), value(0.1), rtol=1e-3)
    assert value("10% per month") < value("10% per year")


@given(st.floats(0.0, 5.0), st.floats(0.001, 5.0))
def test_a_higher_rate_is_worth_less(rate: float, more: float) -> None:
    def value(at: float) -> Any:
        return PAPER.discounted_expected_purchases(
            2, 30.43, 38.86, horizon="2 years", rate=at, as_of=date(2023, 1, 1)
        )

    assert value(rate + more) < value(rate)


def test_numbers_give_a_float_and_arrays_an_array() -> None:
    for forecast in (
        PAPER.probability_alive,
        lambda *h: PAPER.expected_purchases(39, *h),
        lambda *h: PAPER.probability_of_no_purchase("39 weeks", *h),
        lambda *h: PAPER.discounted_expected_purchases(
            *h, horizon="1 year", rate=0.1, as_of=date(2023, 1, 1)
        ),
    ):
        assert type(forecast(2, 30.43, 38.86)) is float
        assert forecast([0, 2], [0, 30.43], 38.86).shape == (2,)
        assert forecast([[0], [0]], 0, [38.86, 40.0, 50.0]).shape == (2, 3)
        assert forecast([], [], []).shape == (0,)
    assert PAPER.expected_purchases([1, 2, 3], 2, 30.43, 38.86).shape == (3,)
    assert PAPER.expected_purchases_new_customer([1, 2]).shape == (2,)


def test_forecasts_of_customers_do_not_depend_on_their_order() -> None:
    draw = np.random.default_rng(1)
    x = draw.integers(0, 6, 500).astype(float)
    T = draw.uniform(1, 50, 500)
    t_x = np.where(x > 0, T * draw.uniform(0.1, 1, 500), 0)
    order = draw.permutation(500)
    straight = PAPER.expected_purchases(39, x, t_x, T)
    assert_array_equal(
        PAPER.expected_purchases(39, x[order], t_x[order], T[order]), straight[order]
    )


# --- at the door -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("histories", "message"),
    [
        (([1, -1], [1, 0], [5, 5]), "'frequency' must be a whole number .*-1.0 .*row 1"),
        (([1, 1.5], [1, 2], [5, 5]), "'frequency' must be a whole number .*1.5 .*row 1"),
        (([1, math.nan], [1, 2], [5, 5]), "'frequency' must be a whole number .*nan"),
        (([1, math.inf], [1, 2], [5, 5]), "'frequency' must be a whole number .*inf"),
        (([1, 1], [1, math.nan], [5, 5]), "'recency' must be a finite number, got nan .*row 1"),
        (([1, 1], [1, 2], [5, math.inf]), "'age' must be a finite number, got inf .*row 1"),
        (([1, 1], [1, -2], [5, 5]), "'recency' must be at least 0, got -2.0 .*row 1"),
        (
            ([1, 1], [1, 31.5], [5, 30]),
            r"'recency' must not exceed 'age' \(30.0\), got 31.5 .*row 1",
        ),
        (([1, 0], [1, 2], [5, 5]), "'recency' must be 0 where 'frequency' is 0, got 2.0 .*row 1"),
        (([1, 3], [1, 0], [5, 5]), "'recency' must be above 0 where 'frequency' .*row 1.*merge"),
        (([1, 1], [1, 2, 3], [5, 5]), "'frequency' must have one entry for each customer"),
        ((["many"], [1], [5]), "'frequency' must be numbers"),
    ],
)
def test_impossible_rows_are_refused_by_name(histories: Any, message: str) -> None:
    for ask in (BGNBD.fit, PAPER.probability_alive):
        with pytest.raises(InvalidValueError, match=message):
            ask(*histories)


def test_a_single_impossible_customer_has_no_row() -> None:
    with pytest.raises(InvalidValueError, match=r"got 5\.0: both are measured"):
        PAPER.probability_alive(1, 5, 4)


@pytest.mark.parametrize("horizon", [-1.0, math.nan, math.inf, [1.0, -1.0]])
def test_a_horizon_that_is_no_length_of_time_is_refused(horizon: Any) -> None:
    with pytest.raises(InvalidValueError, match="'horizon' must be finite and at least 0"):
        PAPER.expected_purchases(horizon, 1, 2, 3)


@pytest.mark.parametrize("weights", [[1, -1], [1, 0.5], [1, math.nan]])
def test_weights_that_count_nothing_are_refused(weights: Any) -> None:
    with pytest.raises(InvalidValueError, match="'weights' must be a whole number"):
        BGNBD.fit([1, 1], [1, 2], [5, 5], weights=weights)


def test_weights_of_another_length_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="'weights' must have the shape"):
        BGNBD.fit([1, 1], [1, 2], [5, 5], weights=[1])


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, "one", [1.0]])
def test_parameters_that_are_none_are_refused(value: Any) -> None:
    with pytest.raises(InvalidValueError, match="'a' must be"):
        BGNBD.of(r=1, alpha=1, a=value, b=1)


def test_units_without_a_fixed_length_are_refused() -> None:
    for build in (
        lambda: BGNBD.of(r=1, alpha=1, a=1, b=1, unit="month"),  # type: ignore[arg-type]
        lambda: BGNBD.fit([1], [1], [2], unit="month"),  # type: ignore[arg-type]
    ):
        with pytest.raises(UnknownNameError, match="no unit of fixed length 'month'"):
            build()
