"""Logarithms of rising factorials and their derivatives, by sums instead of gamma functions."""

from __future__ import annotations

import numpy as np

from relmkt.formulas._arrays import FloatArray

__all__ = ["log_beta_ratio", "log_rising", "reciprocals", "square_reciprocals"]

# Up to here the terms are added one by one; beyond, Euler and Maclaurin's formula is exact to
# rounding, and a table need not be as long as the largest count.
_TERMS = 4096


def log_rising(shape: float, counts: FloatArray) -> FloatArray:
    """The log of Gamma(shape + n) / Gamma(shape) for whole n.

    A sum of n logarithms; a difference of two log-gammas would lose digits to a large shape.
    """
    terms = np.log(shape + np.arange(_longest(counts)))
    start, more = shape + _TERMS, np.maximum(counts - _TERMS, 0.0)
    growth = np.log1p(more / start)
    tail = more * (np.log(start) - 1.0) + (start + more - 0.5) * growth
    return _summed(terms, counts) + tail + (1.0 / (start + more) - 1.0 / start) / 12.0


def reciprocals(shape: float, counts: FloatArray) -> FloatArray:
    """The sum of 1 / (shape + k) over k < n: the derivative of `log_rising`."""
    terms = 1.0 / (shape + np.arange(_longest(counts), dtype=np.float64))
    start, more = shape + _TERMS, np.maximum(counts - _TERMS, 0.0)
    last = start + more
    tail = np.log1p(more / start) - (1.0 / last - 1.0 / start) / 2.0
    return _summed(terms, counts) + tail - (last**-2 - start**-2) / 12.0


def square_reciprocals(shape: float, counts: FloatArray) -> FloatArray:
    """The sum of 1 / (shape + k)^2 over k < n: minus the derivative of `reciprocals`."""
    terms = 1.0 / np.square(shape + np.arange(_longest(counts), dtype=np.float64))
    start, more = shape + _TERMS, np.maximum(counts - _TERMS, 0.0)
    last = start + more
    tail = more / (start * last) - (last**-2 - start**-2) / 2.0
    return _summed(terms, counts) + tail - (last**-3 - start**-3) / 6.0


def log_beta_ratio(a: float, b: float, counts: FloatArray) -> FloatArray:
    """The log of B(a, b + n) / B(a, b) for whole n: minus the sum of log(1 + a / (b + k))."""
    terms = np.log1p(a / (b + np.arange(_longest(counts))))
    head = -_summed(terms, counts)
    if counts.size and counts.max() > _TERMS:
        start = b + _TERMS
        beyond = np.maximum(counts - _TERMS, 0.0)
        head += log_rising(start, beyond) - log_rising(start + a, beyond)
    return head


def _longest(counts: FloatArray) -> int:
    return int(min(np.max(counts, initial=0.0), _TERMS))


def _summed(terms: FloatArray, counts: FloatArray) -> FloatArray:
    sums = np.concatenate(([0.0], np.cumsum(terms)))
    return sums[np.minimum(counts, _TERMS).astype(np.intp)]
