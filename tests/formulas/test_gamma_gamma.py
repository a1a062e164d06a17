"""Gamma-Gamma equations against 50-digit arithmetic written from the note, and printed numbers."""

from __future__ import annotations

import math
import sys
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from relmkt.errors import MissingExtraError
from relmkt.formulas import gamma_gamma

Parameters = dict[str, float]


def powers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


parameters = st.fixed_dictionaries({"p": powers(-1, 2), "q": powers(-1, 2), "gamma": powers(-2, 4)})


def density_by_the_book(p: Any, q: Any, gamma: Any, x: Any, z: Any) -> Any:
    p, q, gamma, x, z = map(mp.mpf, (p, q, gamma, x, z))
    constants = mp.gamma(p * x + q) / (mp.gamma(p * x) * mp.gamma(q))
    return constants * gamma**q * z ** (p * x - 1) * x ** (p * x) / (gamma + x * z) ** (p * x + q)


@given(parameters, st.integers(1, 100), powers(-2, 5))
def test_log_likelihood_is_the_printed_density(p: Parameters, x: int, z: float) -> None:
    with mp.workdps(50):
        exact = mp.log(density_by_the_book(p["p"], p["q"], p["gamma"], x, z))
    got = gamma_gamma.log_likelihood(x, z, **p)
    assert_allclose(float(got), float(exact), rtol=1e-9, atol=1e-10)


@settings(max_examples=25)
@given(parameters, st.integers(1, 20), powers(-1, 4))
def test_gradient_is_the_derivative_of_the_printed_density(p: Parameters, x: int, z: float) -> None:
    got = gamma_gamma.log_likelihood_gradient(x, z, **p)
    with mp.workdps(60):
        for place, name in enumerate(("p", "q", "gamma")):

            def along(value: Any, name: str = name) -> Any:
                moved = {**p, name: value}
                return mp.log(density_by_the_book(**moved, x=x, z=z))

            exact = mp.diff(along, mp.mpf(p[name]), h=mp.mpf(10) ** -25)
            assert_allclose(got[place], float(exact), rtol=1e-8, atol=1e-10 * (1 + x + 1 / p[name]))


def test_the_density_integrates_to_one() -> None:
    with mp.workdps(30):
        total = mp.quad(lambda z: density_by_the_book(6.25, 3.74, 15.44, 2, z), [0, 10, 50, mp.inf])
    assert_allclose(float(total), 1.0, rtol=1e-12)


def test_expected_spend_of_the_requirements_vectors() -> None:
    p = {"p": 6.25, "q": 3.74, "gamma": 15.44}
    assert_allclose(gamma_gamma.expected_spend(2, 30, **p), 30.9383, atol=5e-5)
    assert_allclose(gamma_gamma.population_mean(**p), 35.2190, atol=5e-5)


@given(parameters, st.integers(0, 50), powers(-2, 5))
def test_expected_spend_lies_between_the_population_mean_and_the_own_mean(
    p: Parameters, x: int, z: float
) -> None:
    mean = gamma_gamma.population_mean(**p)
    spend = float(gamma_gamma.expected_spend(x, z, **p))
    if p["q"] <= 1.0:
        assert math.isnan(mean)
    elif x == 0:
        assert spend == mean
    else:
        low, high = sorted((mean, z))
        assert low * (1 - 1e-12) <= spend <= high * (1 + 1e-12)


def test_spend_without_a_mean_is_absent_and_not_negative() -> None:
    spend = gamma_gamma.expected_spend([0, 1, 2], [0, 30, 30], p=0.3, q=0.5, gamma=15.0)
    assert np.isnan(spend[:2]).all()
    assert spend[2] > 0.0


def test_the_spend_of_one_time_buyers_is_not_looked_at() -> None:
    spend = gamma_gamma.expected_spend(0, [math.nan, -5.0, 30.0], p=6.25, q=3.74, gamma=15.44)
    assert_allclose(spend, 35.2190, atol=5e-5)


def test_without_scipy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'relmkt\[models\]'"):
        gamma_gamma.log_likelihood(2, 30, p=6.25, q=3.74, gamma=15.44)
