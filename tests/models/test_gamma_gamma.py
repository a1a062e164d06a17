"""Gamma-Gamma as a model: the published fit, honest statuses, forecasts, kind errors."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from relmkt.datasets import cdnow_orders
from relmkt.errors import InvalidValueError, UnusableModelError
from relmkt.formulas import gamma_gamma as equations
from relmkt.models import FitStatus, GammaGamma, fit
from relmkt.orders import OrderLog
from relmkt.summaries import summarize

if TYPE_CHECKING:
    from models.conftest import Cdnow

Floats = NDArray[np.float64]
NAMES = ("p", "q", "gamma")


def spenders(
    n: int, seed: int, *, p: float = 6.0, q: float = 4.0, gamma: float = 15.0
) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(seed)
    x = draw.geometric(0.4, n).astype(float)
    return x, draw.gamma(p * x) / (draw.gamma(q, 1.0 / gamma, n) * x)


def values(model: GammaGamma) -> list[float]:
    return [model.parameters[name] for name in NAMES]


def test_cdnow_fit_from_exact_days(cdnow: Cdnow) -> None:
    model = GammaGamma.fit(cdnow.frequency, cdnow.monetary_value)
    assert model.status is FitStatus.CONVERGED
    assert_allclose(values(model), [6.24957, 3.74422, 15.44352], rtol=0, atol=5e-6)
    assert abs(model.log_likelihood - -4055.91769) <= 5e-6
    assert (model.customers, model.repeat_customers) == (2357, 946)
    assert_allclose(model.bic, 3 * math.log(946) + 2 * 4055.91769, atol=1e-5)


def test_expected_spend_of_the_first_ten_cdnow_customers(cdnow: Cdnow) -> None:
    model = GammaGamma.fit(cdnow.frequency, cdnow.monetary_value)
    spend = model.expected_spend(cdnow.frequency[:10], cdnow.monetary_value[:10])
    printed = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert_allclose(spend, printed, rtol=0, atol=0.005)
    assert spend[2] == model.population_mean


def test_frequency_and_spend_are_correlated_as_numpy_says(cdnow: Cdnow) -> None:
    model = GammaGamma.fit(cdnow.frequency, cdnow.monetary_value)
    repeat = cdnow.frequency > 0
    pearson = np.corrcoef(cdnow.frequency[repeat], cdnow.monetary_value[repeat])[0, 1]
    assert_allclose(model.frequency_spend_correlation, pearson, rtol=1e-10)


def test_the_log_likelihood_of_the_fit_is_the_sum_of_the_equation() -> None:
    x, mean = spenders(500, 1)
    model = GammaGamma.fit(x, mean)
    summed = equations.log_likelihood(x, mean, **model.parameters).sum()
    assert_allclose(model.log_likelihood, summed, rtol=1e-12)


def test_the_gradient_vanishes_and_the_covariance_inverts_the_curvature() -> None:
    x, mean = spenders(500, 2)
    model = GammaGamma.fit(x, mean)
    point = np.array(values(model))

    def gradient(at: Any) -> Any:
        named = dict(zip(NAMES, at, strict=True))
        return equations.log_likelihood_gradient(x, mean, **named).sum(axis=0)

    assert_allclose(gradient(point) * point, 0.0, atol=1e-6)
    curvature = np.empty((3, 3))
    for k in range(3):
        step = np.zeros(3)
        step[k] = 1e-5 * point[k]
        curvature[k] = (gradient(point + step) - gradient(point - step)) / (2 * step[k])
    assert_allclose(model.covariance, np.linalg.inv(-curvature), rtol=1e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("truth", [(6.0, 4.0, 15.0), (1.0, 1.5, 100.0), (20.0, 0.8, 3.0)])
def test_parameters_are_recovered_from_simulated_spend(
    truth: tuple[float, float, float], seed: int
) -> None:
    given_truth = dict(zip(NAMES, truth, strict=True))
    model = GammaGamma.fit(*spenders(20_000, seed, **given_truth))
    assert model.status is FitStatus.CONVERGED
    x, mean = spenders(20_000, seed, **given_truth)
    at_truth = equations.log_likelihood(x, mean, **given_truth).sum()
    # 99.99% of a chi-square with 3 degrees of freedom lie below 22.
    assert 0.0 <= 2.0 * (model.log_likelihood - at_truth) < 22.0


@settings(max_examples=10)
@given(st.floats(-6, 6).map(lambda exponent: 10.0**exponent))
def test_the_currency_does_not_matter(factor: float) -> None:
    x, mean = spenders(300, 3)
    model, other = GammaGamma.fit(x, mean), GammaGamma.fit(x, factor * mean)
    assert_allclose(values(other), np.array(values(model)) * [1, 1, factor], rtol=1e-8)
    assert_allclose(
        other.expected_spend(x, factor * mean), factor * model.expected_spend(x, mean), rtol=1e-8
    )


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_shuffling_customers_changes_no_bit(seed: int) -> None:
    x, mean = spenders(300, 4)
    order = np.random.default_rng(seed).permutation(300)
    assert GammaGamma.fit(x[order], mean[order]) == GammaGamma.fit(x, mean)


def test_weights_count_customers_and_one_time_buyers_are_counted_and_left_out() -> None:
    x, mean = spenders(300, 5)
    x[:50], mean[:50] = 0.0, math.nan
    counts = np.random.default_rng(5).integers(0, 4, 300)
    weighted = GammaGamma.fit(x, mean, weights=counts)
    repeated = GammaGamma.fit(np.repeat(x, counts), np.repeat(mean, counts))
    assert weighted == repeated
    assert weighted.customers == counts.sum()
    assert weighted.repeat_customers == counts[50:].sum()
    alone = GammaGamma.fit(x[50:], mean[50:], weights=counts[50:])
    assert values(alone) == values(weighted)


def test_without_a_population_mean_one_time_buyers_have_no_forecast() -> None:
    x, mean = spenders(5000, 6, p=4.0, q=0.7)
    model = GammaGamma.fit(x, mean)
    assert model.status is FitStatus.CONVERGED
    assert model.q < 1.0
    assert "does not exist" in model.note
    spend = model.expected_spend([0, 1, 2], [0, 30, 30])
    assert math.isnan(spend[0])
    assert (spend[1:] > 0).all()
    with pytest.raises(UnusableModelError, match=r"it does not exist for q = 0\.\d+, which is not"):
        model.population_mean  # noqa: B018


@pytest.mark.parametrize(
    ("x", "mean"),
    [
        pytest.param([], [], id="nobody"),
        pytest.param([0, 0, 0], [0, 0, 0], id="no repeat customer"),
        pytest.param([3], [20.0], id="one customer"),
        pytest.param([2] * 50, [20.0] * 50, id="all alike"),
    ],
)
def test_too_little_data_is_said_and_gives_no_forecast(x: list[float], mean: list[float]) -> None:
    model = GammaGamma.fit(x, mean)
    assert model.status is FitStatus.TOO_LITTLE_DATA
    assert math.isnan(model.frequency_spend_correlation)
    with pytest.raises(UnusableModelError, match="GammaGamma cannot give expected spend"):
        model.expected_spend(1, 20.0)
    with pytest.raises(UnusableModelError, match="GammaGamma cannot give the population mean"):
        model.population_mean  # noqa: B018


def test_customers_who_all_spend_alike_are_a_boundary() -> None:
    draw = np.random.default_rng(7)
    x = draw.geometric(0.4, 2000).astype(float)
    model = GammaGamma.fit(x, draw.gamma(5.0 * x) / (5.0 * x) * 30.0)
    assert model.status is FitStatus.BOUNDARY
    assert "mean spend hardly differs between customers" in model.note
    assert_allclose(model.population_mean, 30.0, rtol=0.05)
    assert_allclose(model.expected_spend(3, 60.0), 30.0, rtol=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_purchases_of_one_customer_that_are_all_alike_are_a_boundary(seed: int) -> None:
    draw = np.random.default_rng(seed)
    x = draw.geometric(0.4, 300).astype(float)
    model = GammaGamma.fit(x, 60.0 / draw.gamma(4.0, 1.0, 300))
    assert model.status is FitStatus.BOUNDARY
    assert "the purchases of one customer hardly differ" in model.note
    assert_allclose(model.expected_spend(3, 60.0), 60.0, rtol=0.01)


# --- one price for all: nothing but rounding tells one mean from another ------------------------

prices = st.integers(1, 10_000_000).map(lambda cents: cents / 100)


def rounded_means(price: float, frequency: Floats) -> Floats:
    """The price as the mean of so many purchases, summed one after the other."""
    return np.array([np.full(int(k), price).cumsum()[-1] / k for k in frequency])


def assert_that_price_is_expected(model: GammaGamma, price: float) -> None:
    assert model.status is FitStatus.BOUNDARY, model.note
    assert "the purchases of one customer hardly differ" in model.note
    assert "mean spend hardly differs between customers" in model.note
    assert_allclose(model.expected_spend([0, 1, 5, 50], price), price, rtol=1e-6)
    assert_allclose(model.population_mean, price, rtol=1e-6)
    assert math.isnan(model.frequency_spend_correlation)


@example(435.35, [50_000] * 73)
@example(0.07, [53_000] * 47)
@given(prices, st.lists(st.integers(1, 100_000), min_size=3, max_size=60))
def test_a_price_that_all_pay_is_what_is_expected(price: float, counts: list[int]) -> None:
    x = np.arange(1.0, len(counts) + 1.0)
    for mean in (rounded_means(price, x), np.full(x.shape, price)):
        assert_that_price_is_expected(GammaGamma.fit(x, mean, weights=counts), price)


@settings(max_examples=60)
@given(prices, st.lists(st.integers(2, 30), min_size=3, max_size=12, unique=True))
def test_a_price_that_all_pay_is_what_is_expected_from_a_log(
    price: float, orders: list[int]
) -> None:
    bought = [(f"C-{n}", date(2026, 1, 1) + timedelta(days=k)) for n in orders for k in range(n)]
    log = OrderLog(
        customer=[customer for customer, _ in bought],
        ordered_at=[day for _, day in bought],
        amount=[price] * len(bought),
    )
    assert_that_price_is_expected(fit(summarize(log, as_of=date(2026, 3, 31))).spend, price)


@pytest.mark.parametrize("price", [9.99, 12.34, 29.9, 5.55, 1.1, 10.0, 636.96, 511.14, 307.83])
@pytest.mark.parametrize("day", [date(1997, 9, 30), date(1998, 6, 30)])
def test_cdnow_customers_who_pay_one_price_are_a_boundary(price: float, day: date) -> None:
    # Two orders on a day are one purchase at twice the price, so that a few means do differ.
    plain = cdnow_orders()
    log = OrderLog(
        customer=plain.ids, ordered_at=plain.ordered_at, amount=np.full(len(plain), price)
    )
    model = fit(summarize(log, as_of=day)).spend
    assert model.status is FitStatus.BOUNDARY, model.note
    assert "the purchases of one customer hardly differ" in model.note
    assert_allclose(model.expected_spend([1, 5], price), price, rtol=1e-4)
    assert_allclose(model.population_mean, price, rtol=0.02)


@given(prices, st.floats(1.0, 1.0 + 4e-13))
def test_rounding_makes_no_distinct_histories_and_no_correlation(price: float, off: float) -> None:
    model = GammaGamma.fit([1, 2, 1, 2], [price, price, price * off, price / off])
    assert model.status is FitStatus.TOO_LITTLE_DATA
    assert "found 2" in model.note
    assert math.isnan(model.frequency_spend_correlation)


def test_means_that_differ_by_more_than_rounding_stay_apart() -> None:
    mean = [10.0, 10.0 * (1 + 1e-10), 10.0 * (1 - 1e-10)]
    model = GammaGamma.fit([1, 1, 1], mean)
    assert model.status is not FitStatus.TOO_LITTLE_DATA


@settings(max_examples=60)
@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_a_fit_is_converged_only_where_the_likelihood_falls_off(n: int, seed: int) -> None:
    x, mean = spenders(n, seed)
    model = GammaGamma.fit(x, mean)
    if model.status is FitStatus.CONVERGED:
        assert (np.linalg.eigvalsh(model.covariance) > 0).all()
        gradient = equations.log_likelihood_gradient(x, mean, **model.parameters).sum(axis=0)
        assert_allclose(gradient * values(model), 0.0, atol=1e-4)
    if model.status.usable:
        assert np.isfinite(model.expected_spend(x, mean)).all()


def test_numbers_give_a_float_and_arrays_an_array() -> None:
    model = GammaGamma.of(p=6.25, q=3.74, gamma=15.44)
    assert type(model.expected_spend(2, 30)) is float
    assert model.expected_spend([1, 2], 30).shape == (2,)
    assert model == GammaGamma.of(p=6.25, q=3.74, gamma=15.44)


@pytest.mark.parametrize("value", [0.0, -12.5, math.nan, math.inf])
def test_spend_of_a_repeat_customer_that_is_none_is_refused_by_row(value: float) -> None:
    model = GammaGamma.of(p=6.25, q=3.74, gamma=15.44)
    for ask in (GammaGamma.fit, model.expected_spend):
        with pytest.raises(
            InvalidValueError,
            match=r"'monetary_value' must be finite and above 0 .* in row 2: net refunds",
        ):
            ask([1, 0, 2], [20.0, 0.0, value])


def test_impossible_frequencies_and_parameters_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="'frequency' must be a whole number"):
        GammaGamma.fit([1.5], [20.0])
    with pytest.raises(InvalidValueError, match="'q' must be"):
        GammaGamma.of(p=1.0, q=0.0, gamma=1.0)
