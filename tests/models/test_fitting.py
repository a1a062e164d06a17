"""The machinery of fits: merging equal rows, climbing, and judging where the climb ended."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from relmkt.models import FitStatus
from relmkt.models import _merge as merging
from relmkt.models._climb import climb
from relmkt.models._fitted import Fit, fit_parameters
from relmkt.models._merge import merge_rows

Floats = NDArray[np.float64]
Logs = Callable[[Floats], tuple[float, Floats, Floats]]

rows = st.lists(
    st.tuples(st.sampled_from([0.0, -0.0, 1.0, 0.1, 1e300]), st.sampled_from([0.0, 0.5, 1 / 3])),
    max_size=30,
)


def merged(columns: list[tuple[float, float]], weights: Floats) -> Counter[tuple[float, ...]]:
    arrays = tuple(np.array([row[k] for row in columns], dtype=float) for k in range(2))
    (first, second), counts = merge_rows((arrays[0], arrays[1]), weights)
    found: Counter[tuple[float, ...]] = Counter()
    for row, count in zip(zip(first, second, strict=True), counts, strict=True):
        found[row] += count
    return found


@given(rows, st.randoms())
def test_merged_rows_are_the_distinct_rows_with_their_weights(
    columns: list[tuple[float, float]], random: Any
) -> None:
    weights = np.array([float(random.randint(0, 3)) for _ in columns])
    expected: Counter[tuple[float, ...]] = Counter()
    for row, weight in zip(columns, weights, strict=True):
        if weight:
            expected[row] += weight
    assert merged(columns, weights) == expected


@given(rows, st.randoms())
def test_the_order_of_rows_leaves_no_trace(columns: list[tuple[float, float]], random: Any) -> None:
    shuffled = list(columns)
    random.shuffle(shuffled)
    results = []
    for each in (columns, shuffled):
        arrays = tuple(np.array([row[k] for row in each], dtype=float) for k in range(2))
        (first, second), counts = merge_rows((arrays[0], arrays[1]), np.ones(len(each)))
        results.append((first, second, counts))
    for left, right in zip(*results, strict=True):
        assert_array_equal(left, right)


def test_rows_that_share_a_hash_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_hashes", lambda columns: np.zeros(columns[0].size, np.uint64))
    columns = [(1.0, 2.0), (1.0, 2.0), (2.0, 1.0), (1.0, 2.0)]
    assert merged(columns, np.ones(4)) == Counter({(1.0, 2.0): 3.0, (2.0, 1.0): 1.0})


# --- hills of known shape, written in the logarithms of two parameters -------------------------


def hill(in_logs: Logs) -> Logs:
    """The same function by the parameters themselves."""

    def objective(point: Floats) -> tuple[float, Floats, Floats]:
        value, slope, curve = in_logs(np.log(point))
        gradient = slope / point
        return value, gradient, (curve - np.diag(slope)) / np.multiply.outer(point, point)

    return objective


def peak(u: Floats) -> tuple[float, Floats, Floats]:
    """A maximum at log-parameters (1, -2)."""
    apart = u - [1.0, -2.0]
    return -float(np.cosh(apart).sum()), -np.sinh(apart), -np.diag(np.cosh(apart))


def ridge(u: Floats) -> tuple[float, Floats, Floats]:
    """Only the product of the parameters matters."""
    total = float(u.sum())
    return -np.cosh(total), -np.sinh(total) * np.ones(2), -np.cosh(total) * np.ones((2, 2))


def slope_without_end(u: Floats) -> tuple[float, Floats, Floats]:
    """A maximum in the first parameter; the second only ever gains."""
    gain = np.exp(-u[1])
    value = -np.cosh(u[0]) * 50.0 - gain
    return value, np.array([-50.0 * np.sinh(u[0]), gain]), -np.diag([50 * np.cosh(u[0]), gain])


def saddle_between_peaks(u: Floats) -> tuple[float, Floats, Floats]:
    """Curved upward along the first parameter at 0; maxima at -1 and 1."""
    value = -100.0 * (u[0] ** 2 - 1.0) ** 2 - 50.0 * u[1] ** 2
    slope = np.array([-400.0 * u[0] * (u[0] ** 2 - 1.0), -100.0 * u[1]])
    return value, slope, np.diag([-400.0 * (3.0 * u[0] ** 2 - 1.0), -100.0])


def judged(in_logs: Logs, start: tuple[float, float] = (1.0, 1.0), **options: Any) -> Fit:
    settings: dict[str, Any] = {
        "rows": 100,
        "distinct_repeats": 100,
        "starts": [start],
        "scales": {},
        "shift": 0.0,
        "limits": [(frozenset({("second", 1)}), "a case in words")],
    }
    settings.update(options)
    return fit_parameters(("first", "second"), lambda _: hill(in_logs), **settings)


def test_a_peak_is_found_from_far_away_and_called_converged() -> None:
    fit = judged(peak, start=(1e-3, 1e5))
    assert fit.status is FitStatus.CONVERGED
    assert_allclose(np.log(fit.point), [1.0, -2.0], atol=1e-10)
    assert_allclose(np.sqrt(np.diag(fit.covariance)), fit.point)


def test_a_ridge_is_not_identified() -> None:
    fit = judged(ridge, start=(2.0, 3.0))
    assert fit.status is FitStatus.NOT_IDENTIFIED
    assert "flat" in fit.note
    assert np.isnan(fit.covariance).all()


def test_a_slope_without_end_is_a_boundary_in_words() -> None:
    fit = judged(slope_without_end)
    assert fit.status is FitStatus.BOUNDARY
    assert fit.note == ("the likelihood rises toward a limiting case, second → ∞ (a case in words)")
    assert fit.point[1] == pytest.approx(1e8)
    assert np.isnan(fit.covariance[1]).all()
    assert fit.covariance[0, 0] == pytest.approx(1 / 50)


def falling_off_slowly(u: Floats) -> tuple[float, Floats, Floats]:
    """A maximum at (0, 0) that is hardly above what lies at the upper end of the second."""
    hump = 0.3 * np.exp(-(u[1] ** 2) / 8.0)
    drop = 30.0 * np.exp(-u[1] - 5.0)
    value = -50.0 * np.cosh(u[0]) + hump - drop
    slope = np.array([-50.0 * np.sinh(u[0]), -hump * u[1] / 4.0 + drop])
    bend = hump * (u[1] ** 2 / 16.0 - 0.25) - drop
    return value, slope, np.diag([-50.0 * np.cosh(u[0]), bend])


def test_a_maximum_that_a_limiting_case_nearly_equals_is_a_boundary() -> None:
    fit = judged(falling_off_slowly)
    assert fit.status is FitStatus.BOUNDARY
    assert fit.note == "the data do not exclude a limiting case, second → ∞ (a case in words)"
    assert 0.1 < fit.point[1] < 100.0
    assert np.isfinite(fit.covariance[0, 0])
    assert np.isnan(fit.covariance[1]).all()


def test_a_climb_leaves_a_place_that_curves_upward() -> None:
    fit = judged(saddle_between_peaks, start=(np.exp(0.1), 1.0))
    assert fit.status is FitStatus.CONVERGED
    assert_allclose(np.log(fit.point), [1.0, 0.0], atol=1e-9)


def test_a_climb_that_does_not_settle_is_not_called_converged() -> None:
    def misled(u: Floats) -> tuple[float, Floats, Floats]:
        value, slope, curve = peak(u)
        return value, -slope, curve

    fit = judged(misled)
    assert fit.status is FitStatus.NOT_IDENTIFIED
    assert "did not settle" in fit.note


def test_the_next_start_is_tried_when_the_first_fails() -> None:
    def walled(u: Floats) -> tuple[float, Floats, Floats]:
        if u[0] < -5.0:
            return -1e6, np.zeros(2), np.zeros((2, 2))
        return peak(u)

    fit = judged(walled, starts=[(1e-4, 1.0), (1.0, 1.0)])
    assert fit.status is FitStatus.CONVERGED


def test_units_scale_what_is_measured_in_them() -> None:
    plain, scaled = judged(peak), judged(peak, scales={"first": 7.0}, shift=3.0)
    assert_allclose(scaled.point, plain.point * [7.0, 1.0], rtol=1e-12)
    assert_allclose(scaled.covariance, plain.covariance * [[49.0, 7.0], [7.0, 1.0]], rtol=1e-9)
    assert scaled.log_likelihood == plain.log_likelihood + 3.0


def test_a_parameter_held_at_its_bound_stays_there() -> None:
    low, high = np.array([1e-8, 2.0]), np.array([1e8, 2.0])
    summit = climb(hill(peak), (1.0, 2.0), (low, high))
    assert summit.point[1] == pytest.approx(2.0)
    assert np.log(summit.point[0]) == pytest.approx(1.0)
    assert summit.bound == (0, -1)


def test_models_are_imported_without_scipy() -> None:
    program = "import sys, relmkt.models; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
