"""The Gamma-Gamma log-likelihood of many customers with both derivatives, in one pass."""

from __future__ import annotations

import numpy as np

from relmkt.formulas._arrays import FloatArray
from relmkt.formulas._special import digamma, log_beta, trigamma
from relmkt.models._climb import Objective

__all__ = ["gamma_gamma_objective"]


def gamma_gamma_objective(
    frequency: FloatArray, monetary_value: FloatArray, weights: FloatArray
) -> Objective:
    """The weighted sum of `relmkt.formulas.gamma_gamma.log_likelihood`, and two derivatives.

    The gamma functions depend on the frequency alone and are summed over distinct frequencies.
    """
    counts, number = np.unique(frequency, return_inverse=True)
    customers = np.bincount(number, weights=weights).astype(np.float64)
    x, total, w = frequency, frequency * monetary_value, weights
    wx = w * x
    logs = float(w @ np.log(monetary_value))

    def objective(point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        p, q, gamma = point.tolist()
        value, gradient, hessian = _of_frequencies(counts, customers, p, q)
        beyond, short = np.log1p(total / gamma), np.log1p(gamma / total)
        u = 1.0 / (gamma + total)
        spent = float(w @ beyond)
        kept = float(wx @ short)
        above = float(w @ (total * u))
        value -= q * spent + p * kept + logs
        gradient -= np.array([kept, spent, p * float(wx @ u) - q / gamma * above])
        by_p_gamma = -float(wx @ u)
        hessian[0, 2] = hessian[2, 0] = by_p_gamma
        hessian[1, 2] = hessian[2, 1] = above / gamma
        hessian[2, 2] = p * float(wx @ (u * u)) - q / gamma**2 * float(
            w @ (total * u * (gamma * u + 1.0))
        )
        return value, gradient, hessian

    return objective


def _of_frequencies(
    counts: FloatArray, customers: FloatArray, p: float, q: float
) -> tuple[float, FloatArray, FloatArray]:
    """Minus log B(p x, q)."""
    shape = p * counts
    first, second = digamma(shape + q), trigamma(shape + q)
    by_p = first - digamma(shape)
    by_q = first - digamma(q)
    weighted = customers * counts
    mixed = float(weighted @ second)
    gradient = np.array([float(weighted @ by_p), float(customers @ by_q), 0.0])
    hessian = np.zeros((3, 3))
    hessian[0, 0] = float((weighted * counts) @ (second - trigamma(shape)))
    hessian[0, 1] = hessian[1, 0] = mixed
    hessian[1, 1] = float(customers @ (second - trigamma(q)))
    return -float(customers @ log_beta(shape, q)), gradient, hessian
