"""The BG/NBD log-likelihood of many customers with both derivatives, in one pass over the rows."""

from __future__ import annotations

import numpy as np

from relmkt.formulas._arrays import FloatArray
from relmkt.formulas._rising import log_beta_ratio, log_rising, reciprocals, square_reciprocals
from relmkt.models._climb import Objective

__all__ = ["bg_nbd_objective"]

_BLOCK = 1 << 13


def bg_nbd_objective(
    frequency: FloatArray, recency: FloatArray, age: FloatArray, weights: FloatArray
) -> Objective:
    """The weighted sum of `relmkt.formulas.bg_nbd.log_likelihood`, and two derivatives.

    What depends on the frequency alone is summed over distinct frequencies; what tells the active
    from those who left concerns repeat customers only.
    """
    counts, number = np.unique(frequency, return_inverse=True)
    customers = np.bincount(number, weights=weights).astype(np.float64)
    repeat = frequency > 0.0
    single = _sums_by_age(age[~repeat], weights[~repeat])
    x, t_x, T, w = (column[repeat] for column in (frequency, recency, age, weights))
    blocks = [slice(start, start + _BLOCK) for start in range(0, x.size, _BLOCK)]
    parts = [(x[s], T[s], T[s] - t_x[s], t_x[s], w[s]) for s in blocks]

    def objective(point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        r, alpha, a, b = point.tolist()
        value, gradient, hessian = _of_frequencies(counts, customers, point)
        for part in single:
            value += _of_silence(part, r, alpha, gradient, hessian)
        for part in parts:
            value += _of_repeats(part, r, alpha, a, b, gradient, hessian)
        return value, gradient, hessian

    return objective


def _sums_by_age(age: FloatArray, weights: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    starts = range(0, age.size, _BLOCK)
    return [(age[s : s + _BLOCK], weights[s : s + _BLOCK]) for s in starts]


def _of_frequencies(
    counts: FloatArray, customers: FloatArray, point: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Rising factorials of r, and the beta functions of a and b."""
    r, _, a, b = point.tolist()
    value = customers @ (log_rising(r, counts) + log_beta_ratio(a, b, counts))
    first_b = customers @ reciprocals(b, counts)
    first_ab = customers @ reciprocals(a + b, counts)
    second_b = customers @ square_reciprocals(b, counts)
    second_ab = customers @ square_reciprocals(a + b, counts)
    gradient = np.array([customers @ reciprocals(r, counts), 0.0, -first_ab, first_b - first_ab])
    hessian = np.zeros((4, 4))
    hessian[0, 0] = -(customers @ square_reciprocals(r, counts))
    hessian[2:, 2:] = second_ab
    hessian[3, 3] -= second_b
    return float(value), gradient, hessian


def _of_silence(
    part: tuple[FloatArray, FloatArray],
    r: float,
    alpha: float,
    gradient: FloatArray,
    hessian: FloatArray,
) -> float:
    """(alpha / (alpha + T))^r: no purchase up to T. Adds to the derivatives, returns the value."""
    T, w = part
    u = 1.0 / (alpha + T)
    silent = float(w @ np.log1p(T / alpha))
    late = T * u
    share = float(w @ late)
    gradient[0] -= silent
    gradient[1] += r / alpha * share
    hessian[0, 1] += share / alpha
    hessian[1, 0] += share / alpha
    hessian[1, 1] -= r / alpha**2 * float(w @ (late * (alpha * u + 1.0)))
    return -r * silent


def _of_repeats(
    part: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    r: float,
    alpha: float,
    a: float,
    b: float,
    gradient: FloatArray,
    hessian: FloatArray,
) -> float:
    """The same for repeat customers, with log(1 + e^z), z the log-odds of having left."""
    x, T, silence, t_x, w = part
    value = _of_silence((T, w), r, alpha, gradient, hessian)
    u, v = 1.0 / (alpha + T), 1.0 / (alpha + t_x)
    wx = w * x
    value -= float(wx @ np.log(alpha + T))
    gradient[1] -= float(wx @ u)
    hessian[1, 1] += float(wx @ (u * u))
    quiet = silence * v
    growth = np.log1p(quiet)
    per_b = 1.0 / (b + (x - 1.0))
    z = (r + x) * growth + np.log(a * per_b)
    small = np.exp(-np.abs(z))
    value += float(w @ (np.maximum(z, 0.0) + np.log1p(small)))
    left = np.where(z > 0.0, 1.0, small) / (1.0 + small)
    sure = w * left
    unsure = sure * (1.0 - left)
    pull = quiet * u
    by_alpha = -(r + x) * pull
    by_z = np.stack((growth, by_alpha, np.full(x.shape, 1.0 / a), -per_b))
    gradient += by_z @ sure
    hessian += (by_z * unsure) @ by_z.T
    cross = float(sure @ pull)
    hessian[0, 1] -= cross
    hessian[1, 0] -= cross
    hessian[1, 1] -= float(sure @ (by_alpha * (u + v)))
    hessian[2, 2] -= float(sure.sum()) / a**2
    hessian[3, 3] += float(sure @ (per_b * per_b))
    return value
