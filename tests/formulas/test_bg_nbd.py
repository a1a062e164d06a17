"""BG/NBD equations against 50-digit arithmetic written from the paper, and printed tables."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from relmkt.formulas import bg_nbd
from relmkt.formulas._beta_mean import beta_nodes, chebyshev_log, exits_weighted_by_chance
from relmkt.formulas._rising import (
    log_beta_ratio,
    log_rising,
    reciprocals,
    square_reciprocals,
)

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
CDNOW = {"r": 0.2425945, "alpha": 4.413602, "a": 0.792922, "b": 2.425907}

Parameters = dict[str, float]
History = tuple[float, float, float]


def powers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


parameters = st.fixed_dictionaries(
    {"r": powers(-2, 2), "alpha": powers(-2, 3), "a": powers(-2, 2), "b": powers(-2, 2)}
)


@st.composite
def histories(draw: st.DrawFn, most: int = 60) -> History:
    age = draw(st.floats(0.01, 300.0))
    x = draw(st.integers(0, most))
    share = draw(st.floats(0.01, 1.0))
    return float(x), (age * share if x else 0.0), age


# --- the oracle: the equations as they are printed, with digits to spare -----------------------


def likelihood_by_the_book(r: Any, alpha: Any, a: Any, b: Any, x: Any, t_x: Any, T: Any) -> Any:
    r, alpha, a, b, x, t_x, T = map(mp.mpf, (r, alpha, a, b, x, t_x, T))
    purchases = mp.gamma(r + x) * alpha**r / mp.gamma(r)
    likelihood = mp.beta(a, b + x) / mp.beta(a, b) * purchases / (alpha + T) ** (r + x)
    if x > 0:
        left = mp.beta(a + 1, b + x - 1) / mp.beta(a, b)
        likelihood += left * purchases / (alpha + t_x) ** (r + x)
    return likelihood


def alive_by_the_book(p: Parameters, x: float, t_x: float, T: float) -> Any:
    r, alpha, a, b = (mp.mpf(p[name]) for name in ("r", "alpha", "a", "b"))
    if x == 0:
        return mp.mpf(1)
    return 1 / (1 + a / (b + mp.mpf(x) - 1) * ((alpha + mp.mpf(T)) / (alpha + t_x)) ** (r + x))


def purchases_by_the_book(p: Parameters, t: float, x: float, t_x: float, T: float) -> Any:
    """Eq. (10) as printed; where it is 0 / 0, the limit, from a point 1e-60 away."""
    r, alpha, a, b = (mp.mpf(p[name]) for name in ("r", "alpha", "a", "b"))
    x, t_x, T, t = map(mp.mpf, (x, t_x, T, t))
    with mp.workdps(160):
        nudge = mp.mpf(10) ** -60
        if abs(a - 1) < nudge:
            a = 1 + nudge
        if abs(a + b + x - 1) < nudge:
            b += nudge
        shrunk = ((alpha + T) / (alpha + T + t)) ** (r + x)
        hyper = mp.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
        bracket = (a + b + x - 1) / (a - 1) * (1 - shrunk * hyper)
    return bracket * alive_by_the_book(p, float(x), float(t_x), float(T))


def purchases_by_quadrature(p: Parameters, t: float, x: float, t_x: float, T: float) -> Any:
    """The mean over the chance to leave, integrated: what the equation stands for."""
    r, alpha, a, b = (mp.mpf(p[name]) for name in ("r", "alpha", "a", "b"))
    shape, scale, b = r + x, (alpha + mp.mpf(T)), b + x

    def integrand(chance: Any) -> Any:
        bought = -mp.expm1(-shape * mp.log1p(chance * t / scale)) / chance
        return bought * chance ** (a - 1) * (1 - chance) ** (b - 1) / mp.beta(a, b)

    places = [mp.mpf(10) ** -k for k in range(12, 0, -1)]
    total = mp.quad(integrand, [0, *places, mp.mpf(1) / 2, 1])
    return total * alive_by_the_book(p, x, t_x, T)


def assert_agrees(got: Any, exact: Any, rtol: float = 1e-9) -> None:
    assert_allclose(float(got), float(exact), rtol=rtol, atol=0.0)


# --- printed numbers ---------------------------------------------------------------------------


def test_expected_purchases_of_new_customers_are_those_of_the_cdnow_table() -> None:
    expected = bg_nbd.expected_purchases([0.1429, 1, 3, 31.8571, 32, 78], **CDNOW)
    printed = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    assert_allclose(expected, printed, rtol=0, atol=0.0005)
    assert_allclose(expected[:4], printed[:4], rtol=0, atol=0.00005)


def test_the_customer_of_the_paper_is_expected_to_buy_1_226_times() -> None:
    ahead = bg_nbd.conditional_expected_purchases(39, 2, 30.43, 38.86, **PUBLISHED)
    assert_allclose(ahead, 1.22603, atol=5e-6)
    assert_allclose(bg_nbd.probability_alive(2, 30.43, 38.86, **PUBLISHED), 0.726579, atol=5e-7)
    assert_allclose(bg_nbd.expected_purchases(52, **PUBLISHED), 1.44605, atol=5e-6)


# --- agreement with 50 digits ------------------------------------------------------------------


@given(parameters, histories())
def test_log_likelihood_is_the_printed_one_to_nine_digits(p: Parameters, h: History) -> None:
    with mp.workdps(50):
        exact = mp.log(likelihood_by_the_book(p["r"], p["alpha"], p["a"], p["b"], *h))
    got = bg_nbd.log_likelihood(*h, **p)
    assert_allclose(float(got), float(exact), rtol=1e-9, atol=1e-12)


@settings(max_examples=25)
@given(parameters, histories(most=20))
def test_gradient_is_the_derivative_of_the_printed_likelihood(p: Parameters, h: History) -> None:
    names = ("r", "alpha", "a", "b")
    got = bg_nbd.log_likelihood_gradient(*h, **p)
    with mp.workdps(60):
        for place, name in enumerate(names):

            def along(value: Any, name: str = name) -> Any:
                moved = {**p, name: value}
                return mp.log(likelihood_by_the_book(*(moved[n] for n in names), *h))

            exact = mp.diff(along, mp.mpf(p[name]), h=mp.mpf(10) ** -25)
            size = 1.0 + h[0] / p[name]
            assert_allclose(got[place], float(exact), rtol=1e-9, atol=1e-12 * size)


@given(parameters, histories())
def test_probability_alive_is_the_printed_one(p: Parameters, h: History) -> None:
    with mp.workdps(50):
        assert_agrees(bg_nbd.probability_alive(*h, **p), alive_by_the_book(p, *h))


@settings(max_examples=60)
@given(parameters, histories(), powers(-3, 3))
def test_expected_purchases_are_the_printed_ones(p: Parameters, h: History, t: float) -> None:
    got = bg_nbd.conditional_expected_purchases(t, *h, **p)
    assert_agrees(got, purchases_by_the_book(p, t, *h))


@settings(max_examples=40)
@given(
    parameters,
    histories(),
    powers(-1, 2),
    st.sampled_from([-1.0, 0.0, 1.0]),
    powers(-12, -1),
)
def test_nothing_is_lost_at_and_around_a_of_one(
    p: Parameters, h: History, t: float, side: float, distance: float
) -> None:
    p = {**p, "a": 1.0 + side * distance}
    got = bg_nbd.conditional_expected_purchases(t, *h, **p)
    assert_agrees(got, purchases_by_the_book(p, t, *h))


def _case(r: float, alpha: float, a: float, b: float) -> Parameters:
    return {"r": r, "alpha": alpha, "a": a, "b": b}


@pytest.mark.parametrize(
    ("p", "t", "history"),
    [
        pytest.param(_case(0.11, 2.24, 0.31, 0.5), 1.0, (0, 0, 30), id="a + b < 1 without repeat"),
        pytest.param(_case(0.11, 2.24, 0.5, 0.5), 1.0, (0, 0, 30), id="a + b = 1"),
        pytest.param(_case(0.243, 4.414, 1.0, 2.426), 39.0, (2, 30.43, 38.86), id="a = 1"),
        pytest.param(
            _case(0.243, 4.414, 0.793, 2.426), 520.0, (300, 30, 38.86), id="x = 300, 10 y"
        ),
        pytest.param(
            _case(0.243, 4.414, 0.793, 2.426), 520.0, (900, 38, 38.86), id="x = 900, 10 y"
        ),
        pytest.param(_case(0.243, 4.414, 1000.0, 2.426), 39.0, (2, 30.43, 38.86), id="a = 1000"),
        pytest.param(_case(0.5, 10.0, 1000.0, 4000.0), 52.0, (7, 30, 38), id="a, b in thousands"),
        pytest.param(
            _case(3000.0, 9000.0, 0.8, 2.4), 52.0, (7, 30, 38), id="r, alpha in thousands"
        ),
        pytest.param(_case(0.3, 5000.0, 5000.0, 5000.0), 52.0, (3, 20, 38), id="all in thousands"),
        pytest.param(_case(0.243, 4.414, 0.793, 2.426), 39.0, (0, 0, 0), id="no observation"),
        pytest.param(_case(0.243, 4.414, 0.793, 2.426), 1e-6, (1, 0.003, 0.006), id="one hour"),
        pytest.param(_case(0.243, 4.414, 0.793, 2.426), 39.0, (5, 38.86, 38.86), id="T = t_x"),
        pytest.param(
            _case(0.243, 1e-4, 0.793, 2.426), 520.0, (0, 0, 0.01), id="t far beyond alpha"
        ),
    ],
)
def test_right_where_every_peer_fails(p: Parameters, t: float, history: History) -> None:
    got = bg_nbd.conditional_expected_purchases(t, *history, **p)
    assert_agrees(got, purchases_by_the_book(p, t, *history))
    with mp.workdps(30):
        assert_agrees(got, purchases_by_quadrature(p, t, *history))
    with mp.workdps(60):
        exact = mp.log(likelihood_by_the_book(p["r"], p["alpha"], p["a"], p["b"], *history))
    likelihood = bg_nbd.log_likelihood(*history, **p)
    assert_allclose(likelihood, float(exact), rtol=1e-9, atol=1e-15)


@settings(max_examples=40)
@given(powers(-3, 3), powers(-2.5, 3), powers(-2.5, 3), powers(-8, 3))
def test_the_mean_over_chances_is_right_for_parameters_of_any_size(
    shape: float, a: float, b: float, per: float
) -> None:
    one = np.ones(1)
    got = exits_weighted_by_chance(shape, a, b, one, one, np.array([per]))
    exact = purchases_by_the_book(_case(shape, 1.0, a, b), per, 0.0, 0.0, 0.0)
    assert_agrees(got[0], exact, rtol=1e-11)


@given(powers(-20, 20), powers(-20, 20), powers(0, 20))
def test_weights_of_the_mean_over_chances_are_positive_and_sum_to_one(
    a: float, b: float, growth: float
) -> None:
    points, weights = beta_nodes(a, b, growth)
    assert_allclose(weights.sum(), 1.0, rtol=1e-12)
    assert (weights >= 0.0).all()
    assert ((points >= 0.0) & (points <= 1.0)).all()


@given(powers(-1, 3), powers(-1, 3))
def test_the_mean_over_chances_of_the_chance_is_that_of_the_beta_distribution(
    a: float, b: float
) -> None:
    points, weights = beta_nodes(a, b, 1.0)
    assert_allclose(points @ weights, a / (a + b), rtol=1e-12)


# --- many customers at once --------------------------------------------------------------------


@settings(max_examples=20)
@given(parameters, st.integers(0, 400), powers(-2, 3), powers(-1, 3), st.integers(1, 60))
def test_many_customers_get_what_each_gets_alone(
    p: Parameters, x: int, oldest: float, horizon: float, steps: int
) -> None:
    age = np.linspace(oldest / 50.0, oldest, 300)
    recency = age * 0.9 if x else np.zeros(300)
    chosen = [0, 1, 57, 150, 298, 299]
    for times in (np.array([horizon]), np.linspace(horizon / steps, horizon, steps)):
        factors = 0.99 ** np.arange(times.size)
        together = bg_nbd.discounted_expected_purchases(times, factors, x, recency, age, **p)
        alone = [
            bg_nbd.discounted_expected_purchases(times, factors, x, recency[i], age[i], **p)
            for i in chosen
        ]
        assert_allclose(together[chosen], alone, rtol=1e-11)


def test_a_function_that_no_polynomial_follows_is_evaluated_everywhere() -> None:
    at = np.linspace(1.0, 2.0, 400)
    rough = chebyshev_log(lambda x: 1.0 + (x > 1.5), at)
    assert_allclose(rough, 1.0 + (at > 1.5), rtol=0)


def test_ages_that_hardly_differ_are_told_apart() -> None:
    age = 30.0 + np.arange(100) * 1e-12
    ahead = bg_nbd.conditional_expected_purchases(39, 0, 0, age, **PUBLISHED)
    alone = bg_nbd.conditional_expected_purchases(39, 0, 0, age[50], **PUBLISHED)
    assert_allclose(ahead[50], alone, rtol=1e-13)


def test_numbers_and_arrays_broadcast() -> None:
    ahead = bg_nbd.conditional_expected_purchases(
        [[0.0], [39.0]], [0, 2, 2], [0, 30.43, 10], 38.86, **PUBLISHED
    )
    assert ahead.shape == (2, 3)
    assert (ahead[0] == 0.0).all()
    assert_allclose(ahead[1, 1], 1.22603, atol=5e-6)
    assert bg_nbd.conditional_expected_purchases(39, [], [], [], **PUBLISHED).shape == (0,)


# --- laws --------------------------------------------------------------------------------------


@given(parameters, histories(most=1000), powers(-3, 4))
def test_probabilities_are_probabilities(p: Parameters, h: History, t: float) -> None:
    alive = bg_nbd.probability_alive(*h, **p)
    none = bg_nbd.probability_of_no_purchase(t, *h, **p)
    assert 0.0 <= alive <= 1.0
    assert 0.0 <= none <= 1.0
    # What is left of 1 has the rounding of 1, be it as small as it may.
    assert none >= (1.0 - alive) * (1.0 - 1e-12) - 2.0**-52


@given(parameters, histories())
def test_probability_alive_is_one_for_one_time_buyers(p: Parameters, h: History) -> None:
    assert bg_nbd.probability_alive(0, 0, h[2], **p) == 1.0


@given(parameters, st.integers(1, 50), st.floats(0.1, 50), st.floats(0, 50), st.floats(0.01, 50))
def test_silence_never_raises_the_probability_alive(
    p: Parameters, x: int, t_x: float, silence: float, more: float
) -> None:
    now = bg_nbd.probability_alive(x, t_x, t_x + silence, **p)
    later = bg_nbd.probability_alive(x, t_x, t_x + silence + more, **p)
    assert later <= now


@given(parameters, histories(), powers(-2, 3), st.floats(1.01, 10.0))
def test_a_longer_horizon_brings_more_purchases_and_a_smaller_chance_of_none(
    p: Parameters, h: History, t: float, factor: float
) -> None:
    ahead = bg_nbd.conditional_expected_purchases([t, t * factor], *h, **p)
    none = bg_nbd.probability_of_no_purchase([t, t * factor], *h, **p)
    assert ahead[0] <= ahead[1] * (1.0 + 1e-12)
    assert none[1] <= none[0] * (1.0 + 1e-12)


@given(parameters, histories(), powers(-2, 3))
def test_at_least_one_purchase_is_no_likelier_than_their_expected_number(
    p: Parameters, h: History, t: float
) -> None:
    some = 1.0 - bg_nbd.probability_of_no_purchase(t, *h, **p)
    assert some <= bg_nbd.conditional_expected_purchases(t, *h, **p) + 1e-12


@given(parameters, histories(), powers(-1, 2))
def test_days_or_weeks_give_the_same_answer(p: Parameters, h: History, t: float) -> None:
    x, t_x, T = h
    days = {**p, "alpha": 7.0 * p["alpha"]}
    for function in (bg_nbd.conditional_expected_purchases, bg_nbd.probability_of_no_purchase):
        by_week = function(t, x, t_x, T, **p)
        by_day = function(7.0 * t, x, 7.0 * t_x, 7.0 * T, **days)
        assert_allclose(by_day, by_week, rtol=1e-10)
    shift = x * np.log(7.0)
    by_week = bg_nbd.log_likelihood(x, t_x, T, **p)
    by_day = bg_nbd.log_likelihood(x, 7.0 * t_x, 7.0 * T, **days)
    assert_allclose(by_day + shift, by_week, rtol=1e-10, atol=1e-10)


@settings(max_examples=30)
@given(parameters, histories(most=20), powers(-1, 2), st.integers(1, 30))
def test_without_discount_the_steps_add_up_to_the_whole(
    p: Parameters, h: History, t: float, steps: int
) -> None:
    times = np.linspace(t / steps, t, steps)
    summed = bg_nbd.discounted_expected_purchases(times, np.ones(steps), *h, **p)
    assert_allclose(summed, bg_nbd.conditional_expected_purchases(t, *h, **p), rtol=1e-11)


@settings(max_examples=20)
@given(parameters, histories(most=20), powers(-1, 2), st.floats(-0.5, 1.0))
def test_discounted_purchases_are_increments_times_factors(
    p: Parameters, h: History, t: float, rate: float
) -> None:
    times = [t / 3, 2 * t / 3, t]
    factors = [(1.0 + rate) ** -(k + 0.5) for k in range(3)]
    with mp.workdps(40):
        by_end = [mp.mpf(0), *(purchases_by_the_book(p, time, *h) for time in times)]
        exact = sum(d * (by_end[k + 1] - by_end[k]) for k, d in enumerate(factors))
    got = bg_nbd.discounted_expected_purchases(times, factors, *h, **p)
    assert_agrees(got, exact)


# --- sums instead of gamma functions -----------------------------------------------------------


@given(powers(-8, 8), st.sampled_from([0, 1, 2, 17, 4095, 4096, 4097, 9_000, 250_000]))
def test_rising_factorials_agree_with_gamma_functions(shape: float, n: int) -> None:
    counts = np.array([float(n)])
    with mp.workdps(60):
        s = mp.mpf(shape)
        exact = [
            mp.loggamma(s + n) - mp.loggamma(s),
            mp.digamma(s + n) - mp.digamma(s),
            mp.psi(1, s) - mp.psi(1, s + n),
        ]
    for function, value in zip((log_rising, reciprocals, square_reciprocals), exact, strict=True):
        assert_allclose(function(shape, counts)[0], float(value), rtol=1e-11, atol=1e-11)


@given(powers(-4, 4), powers(-4, 4), st.sampled_from([0, 1, 50, 4096, 5_000, 100_000]))
def test_ratios_of_beta_functions_agree_with_gamma_functions(a: float, b: float, n: int) -> None:
    with mp.workdps(60):
        exact = mp.log(mp.beta(a, mp.mpf(b) + n) / mp.beta(a, b)) if n else mp.mpf(0)
    assert_allclose(
        log_beta_ratio(a, b, np.array([float(n)]))[0], float(exact), rtol=1e-9, atol=1e-9
    )
