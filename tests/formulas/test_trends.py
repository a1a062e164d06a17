"""Trends and their intervals, against regressions solved in another way and SciPy's quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from relmkt.errors import InvalidValueError
from relmkt.formulas.trends import linear_trend, student_t

VALUES = st.floats(-1e3, 1e3)


def by_dummies(values, seasons):
    """The slope, its error and the freedom by a full regression with one dummy a season."""
    known = [at for at, value in enumerate(values) if not np.isnan(value)]
    present = sorted({seasons[at] for at in known})
    design = np.array([[at, *(seasons[at] == season for season in present)] for at in known], float)
    y = np.array([values[at] for at in known])
    if len(known) < 2 or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    found, *_ = np.linalg.lstsq(design, y, rcond=None)
    freedom = len(known) - design.shape[1]
    left = y - design @ found
    if freedom < 1:
        return found[0], np.nan, freedom
    covariance = np.linalg.inv(design.T @ design) * (left @ left) / freedom
    return found[0], np.sqrt(covariance[0, 0]), freedom


@given(
    st.lists(st.lists(VALUES | st.just(np.nan), min_size=9, max_size=9), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), min_size=9, max_size=9),
)
def test_it_is_the_regression_with_a_dummy_for_each_season(rows, seasons):
    found = linear_trend(rows, seasons)
    for at, values in enumerate(rows):
        expected = by_dummies(values, seasons)
        if expected is None:
            assert np.isnan(found.slope[at])
            assert np.isnan(found.error[at])
            assert found.freedom[at] == 0
            continue
        slope, error, freedom = expected
        assert found.slope[at] == pytest.approx(slope, rel=1e-7, abs=1e-7)
        assert found.error[at] == pytest.approx(error, rel=1e-6, abs=1e-6, nan_ok=True)
        assert found.freedom[at] == freedom


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30))
def test_without_seasons_it_is_the_line_of_scipy(values):
    assume(np.ptp(values) > 1e-6)  # of a level line SciPy knows no error
    expected = stats.linregress(range(len(values)), values)
    found = linear_trend([values])
    assert found.slope[0] == pytest.approx(expected.slope, rel=1e-8, abs=1e-8)
    assert found.error[0] == pytest.approx(expected.stderr, rel=1e-5, abs=1e-5)


@given(st.lists(VALUES, min_size=12, max_size=12), st.floats(-5, 5), st.integers(2, 4))
def test_a_season_that_comes_again_adds_nothing(season, slope, years):
    values = np.tile(season, years) + slope * np.arange(12 * years)
    found = linear_trend([values], np.arange(12 * years) % 12)
    assert found.slope[0] == pytest.approx(slope, rel=1e-8, abs=1e-9)
    assert found.error[0] == pytest.approx(0, abs=1e-9)
    assert found.freedom[0] == 12 * years - 13


@given(st.lists(VALUES, min_size=8, max_size=8), st.floats(-1e3, 1e3), st.floats(0.1, 10))
def test_a_level_moves_nothing_and_a_scale_scales(values, level, scale):
    one, other = linear_trend([values]), linear_trend([np.array(values) * scale + level])
    assert other.slope[0] == pytest.approx(scale * one.slope[0], rel=1e-6, abs=1e-6)
    assert other.error[0] == pytest.approx(scale * one.error[0], rel=1e-6, abs=1e-6)


def test_no_values_and_no_columns_fix_no_trend():
    for values in ([[np.nan, np.nan]], np.empty((1, 0)), [[3.0]]):
        found = linear_trend(values)
        assert np.isnan(found.slope).all()
        assert np.isnan(found.error).all()
        assert found.freedom.tolist() == [0]
    assert len(linear_trend(np.empty((0, 5))).slope) == 0


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InvalidValueError, match="'values' must have two dimensions, got 1"):
        linear_trend([1, 2, 3])
    with pytest.raises(InvalidValueError, match="'seasons' must have 3 numbers, one a column"):
        linear_trend([[1, 2, 3]], [0, 1])


@settings(max_examples=50)
@given(st.floats(0.01, 0.999), st.integers(1, 200))
def test_quantiles_are_those_of_scipy(confidence, freedom):
    found = student_t(confidence, [freedom])[0]
    assert found == pytest.approx(stats.t.ppf((1 + confidence) / 2, freedom), rel=1e-7)


def test_without_freedom_there_is_no_quantile_and_a_confidence_is_a_share():
    assert np.isnan(student_t(0.95, [[0], [-3]])).all()
    assert student_t(0.95, []).shape == (0,)
    for confidence in (0, 1, 1.5):
        with pytest.raises(InvalidValueError, match="'confidence' must lie between 0 and 1"):
            student_t(confidence, 3)


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_as_many_intervals_hold_the_truth_as_they_promise(seed):
    """Nine of ten, give or take three standard deviations of a count of 2,000."""
    noise = np.random.default_rng(seed).standard_normal((2000, 24))
    found = linear_trend(noise, np.arange(24) % 12)
    reach = student_t(0.9, found.freedom) * found.error
    assume(np.isfinite(reach).all())
    assert abs(np.mean(np.abs(found.slope) <= reach) - 0.9) < 0.027
