"""Means over a Beta distribution, without cancellation and without a singular parameter."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from relmkt.formulas._arrays import FloatArray

__all__ = ["beta_nodes", "chebyshev_log", "exits_weighted_by_chance"]

# The trapezoid rule in log-odds misses by about exp(-MARGIN); what lies beyond exp(-MARGIN) is
# closed by a geometric series.
_MARGIN = 36.0
_DISTANCES = np.concatenate((np.exp(np.linspace(-40.0, 0.0, 320)), np.arange(1.0, 200.0, 0.25)))
_BLOCK = 1 << 15


def beta_nodes(a: float, b: float, growth: float) -> tuple[FloatArray, FloatArray]:
    """Points p and weights whose weighted sums are means over p ~ Beta(a, b).

    For a function that is smooth in ``log(1 + s p)`` for some s > 0, however large. The textbook
    rules (Gauss-Jacobi) have their nearest singularity at p = -1/s and fail as s grows. In the
    log-odds of p every such singularity lies at the imaginary distance pi, whatever s is, and the
    trapezoid rule converges geometrically in the step. All weights are positive, and the Beta
    function itself never appears, so that no difference of large numbers is taken.

    Parameters
    ----------
    a, b
        Parameters of the Beta distribution, above 0.
    growth
        A bound on how much larger the function is at p = 0 than elsewhere, and on how fast it
        changes there: it counts as constant where ``p * growth`` is below rounding. At least 1.

    Returns
    -------
    tuple of arrays
        Points in (0, 1) and weights that sum to 1.
    """
    # Chances are measured from the mode of p^a (1-p)^b in log-odds, where a and b balance; large
    # a and b then enter only through differences that are small by themselves.
    low, high = a / (a + b), b / (a + b)
    mode = math.log(a) - math.log(b)
    # A strip of half-width pi/2 around the real line is safe for small parameters; large ones look
    # like a normal density of precision a b / (a + b). The two limits are blended.
    step = math.pi / math.sqrt(_MARGIN * (_MARGIN / math.pi**2 + a * high / 2.0))
    enough = _MARGIN + math.log(growth)
    flat_below = -_MARGIN - math.log(growth + b + 1.0) - mode
    flat_above = _MARGIN + math.log(growth + a + 1.0) - mode
    left = max(flat_below, -_reach(-_DISTANCES, a, b, enough))
    right = min(flat_above, _reach(_DISTANCES, a, b, enough))
    v = step * np.arange(math.floor(left / step), math.ceil(right / step) + 1, dtype=np.float64)
    weights = np.exp(_log_weight(v, a, b))
    weights[0] /= -math.expm1(-a * step)
    weights[-1] /= -math.expm1(-b * step)
    up = low * np.exp(v)
    return up / (up + high), weights / weights.sum()


def _log_weight(v: FloatArray, a: float, b: float) -> FloatArray:
    """Log of p^a (1-p)^b against its largest value, at the distance v from the mode."""
    low, high = a / (a + b), b / (a + b)
    return -a * _log_blend(low, high, -v) - b * _log_blend(high, low, v)


def _log_blend(rest: float, share: float, v: FloatArray) -> FloatArray:
    """log(rest + share e^v), for shares that sum to one: exact to rounding near v = 0 as well."""
    near = np.log1p(share * np.expm1(np.clip(v, -0.5, 0.5)))
    return np.where(np.abs(v) < 0.5, near, np.log(rest + share * np.exp(v)))


def _reach(v: FloatArray, a: float, b: float, enough: float) -> float:
    """The distance from the mode at which the weight has fallen by exp(-enough), from above."""
    fallen = _log_weight(v, a, b) < -enough
    return float(np.abs(v[int(np.argmax(fallen))])) if fallen.any() else math.inf


def exits_weighted_by_chance(
    shape: float, a: float, b: float, times: FloatArray, values: FloatArray, per: FloatArray
) -> FloatArray:
    """Mean over p ~ Beta(a, b) of the sum of values (1 - (1 + p times per)^-shape) / p.

    Every term is positive when the values are, so that nothing cancels: neither at a = 1, where the
    hypergeometric closed form divides zero by zero, nor for the shortest or longest times.

    Parameters
    ----------
    shape
        Exponent, above 0.
    a, b
        Parameters of the Beta distribution, above 0.
    times, values
        Times, and what each counts for; shape (k,).
    per
        One over the scale that the times are measured in, above 0; shape (n,).

    Returns
    -------
    array
        Shape (n,).
    """
    reach = float(np.max(times, initial=0.0)) * float(np.max(per, initial=0.0))
    p, weights = beta_nodes(a, b, 1.0 + (shape + 1.0) * reach)
    weights = weights / p
    total = np.zeros(per.shape)
    rows = max(1, _BLOCK // p.size)
    for start in range(0, per.size, rows):
        block = np.multiply.outer(per[start : start + rows], p)
        for time, value in zip(times, values, strict=True):
            exits = np.expm1(-shape * np.log1p(time * block))
            total[start : start + rows] -= value * (exits @ weights)
    return total


def chebyshev_log(
    function: Callable[[FloatArray], FloatArray], at: FloatArray, *, most: int = 256
) -> FloatArray:
    """A positive smooth function at many points, to about 1e-13, from its values at few.

    The logarithm is interpolated in the logarithm by Chebyshev polynomials of twice the degree
    until the last coefficients vanish; a function that resists is evaluated at every point.

    Parameters
    ----------
    function
        Positive and smooth, from arrays to arrays.
    at
        Positive points; shape (n,).
    most
        The highest degree to try.

    Returns
    -------
    array
        Shape (n,).
    """
    if at.size <= 32:
        return function(at)
    place = np.log(at)
    low, high = float(place.min()), float(place.max())
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    if half < 1e-9:
        # A linear step from the middle is exact to half^2.
        few = np.exp(np.array([middle - 1e-3, middle, middle + 1e-3]))
        value = np.log(function(few))
        return np.exp(value[1] + (value[2] - value[0]) / 2e-3 * (place - middle))
    degree = 8
    while 2 * degree <= min(most, at.size):
        degree *= 2
        angles = np.pi * (np.arange(degree) + 0.5) / degree
        values = np.log(function(np.exp(middle + half * np.cos(angles))))
        waves = np.cos(np.multiply.outer(np.arange(degree), angles))
        coefficients = 2.0 / degree * (waves @ values)
        coefficients[0] *= 0.5
        if np.abs(coefficients[-3:]).max() < 2e-14 * max(1.0, float(np.abs(values).max())):
            needed = np.flatnonzero(np.abs(coefficients) > 1e-15)
            kept = coefficients[: needed[-1] + 1] if needed.size else coefficients[:1]
            return np.exp(_clenshaw(kept, (place - middle) / half))
    return function(at)


def _clenshaw(coefficients: FloatArray, x: FloatArray) -> FloatArray:
    """The Chebyshev series at x, in blocks that stay in the processor's cache."""
    result = np.empty(x.shape)
    for start in range(0, x.size, _BLOCK):
        part = x[start : start + _BLOCK]
        twice = 2.0 * part
        ahead, current = np.zeros(part.shape), np.zeros(part.shape)
        for coefficient in coefficients[:0:-1]:
            np.subtract(twice * current, ahead, out=ahead)
            ahead += coefficient
            ahead, current = current, ahead
        result[start : start + _BLOCK] = part * current - ahead + coefficients[0]
    return result
