"""Gamma-Gamma: what customers spend at a purchase.

A customer's purchases follow a gamma distribution with shape ``p`` and rate nu; across customers,
nu follows a gamma distribution with shape ``q`` and rate ``gamma``. Spend does not depend on how
often she buys.

Source: P. S. Fader and B. G. S. Hardie (2013), "The Gamma-Gamma Model of Monetary Value",
http://www.brucehardie.com/notes/025/; the model is from P. S. Fader, B. G. S. Hardie and K. L. Lee
(2005), "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", *Journal of Marketing
Research* 42(4), 415-430, DOI 10.1509/jmkr.2005.42.4.415.

Every function takes numbers or arrays that broadcast, and returns a float64 array of the broadcast
shape. Nothing is checked here: `relmkt.models.GammaGamma` checks at the door.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from relmkt.formulas._arrays import FloatArray, broadcast
from relmkt.formulas._special import digamma, log_beta

__all__ = ["expected_spend", "log_likelihood", "log_likelihood_gradient", "population_mean"]


def log_likelihood(
    frequency: ArrayLike, monetary_value: ArrayLike, *, p: float, q: float, gamma: float
) -> FloatArray:
    """Log-density of each customer's mean spend, given how many purchases it is the mean of.

    Parameters
    ----------
    frequency
        Purchases that the mean is taken over, x; at least 1.
    monetary_value
        Mean spend of those purchases; above 0.
    p, q, gamma
        Parameters, above 0; ``gamma`` in the unit of money.

    Returns
    -------
    array
        One value for each customer.

    Raises
    ------
    MissingExtraError
        When SciPy is not installed.

    References
    ----------
    Fader & Hardie (2013), Eq. (1a), with the powers of gamma and of the total spend gathered into
    ratios, so that large parameters do not cancel.

    Examples
    --------
    >>> from relmkt.formulas import gamma_gamma
    >>> value = gamma_gamma.log_likelihood(2, 30, p=6.25, q=3.74, gamma=15.44)
    >>> round(float(value), 4)
    -3.847
    """
    x, mean = broadcast(frequency, monetary_value)
    total = x * mean
    ratios = q * np.log1p(total / gamma) + p * x * np.log1p(gamma / total)
    return -log_beta(p * x, q) - ratios - np.log(mean)


def log_likelihood_gradient(
    frequency: ArrayLike, monetary_value: ArrayLike, *, p: float, q: float, gamma: float
) -> FloatArray:
    """Derivatives of `log_likelihood` by p, q and gamma, along a last axis of length 3.

    Parameters
    ----------
    frequency, monetary_value, p, q, gamma
        As for `log_likelihood`.

    Returns
    -------
    array
        Shape ``(..., 3)``.

    Raises
    ------
    MissingExtraError
        When SciPy is not installed.

    Examples
    --------
    >>> from relmkt.formulas import gamma_gamma
    >>> gamma_gamma.log_likelihood_gradient([1, 2], 30, p=6.25, q=3.74, gamma=15.44).shape
    (2, 3)
    """
    x, mean = broadcast(frequency, monetary_value)
    total = x * mean
    both = digamma(p * x + q)
    by_p = x * (both - digamma(p * x) - np.log1p(gamma / total))
    by_q = both - digamma(np.asarray(q)) - np.log1p(total / gamma)
    by_gamma = (q * total / gamma - p * x) / (gamma + total)
    return np.stack((by_p, by_q, by_gamma), axis=-1)


def expected_spend(
    frequency: ArrayLike, monetary_value: ArrayLike, *, p: float, q: float, gamma: float
) -> FloatArray:
    """Expected spend at a purchase ahead, p (gamma + x m) / (p x + q - 1), given past ones.

    Parameters
    ----------
    frequency
        Purchases that the mean is taken over, x; 0 gives the population mean.
    monetary_value
        Mean spend of those purchases, m; not looked at where ``frequency`` is 0.
    p, q, gamma
        Parameters.

    Returns
    -------
    array
        NaN where p x + q <= 1, where the expectation does not exist.

    References
    ----------
    Fader & Hardie (2013), Eq. (5).

    Examples
    --------
    >>> from relmkt.formulas import gamma_gamma
    >>> spend = gamma_gamma.expected_spend([0, 2], [0, 30], p=6.25, q=3.74, gamma=15.44)
    >>> spend.round(4).tolist()
    [35.219, 30.9383]
    """
    x, mean = broadcast(frequency, monetary_value)
    total = np.where(x > 0.0, x * mean, 0.0)
    # p x first: q - 1 is exact for q near 1.
    weight = p * x + (q - 1.0)
    exists = weight > 0.0
    return np.where(exists, p * (gamma + total) / np.where(exists, weight, 1.0), np.nan)


def population_mean(*, p: float, q: float, gamma: float) -> float:
    """Mean spend over all customers: p gamma / (q - 1).

    Parameters
    ----------
    p, q, gamma
        Parameters.

    Returns
    -------
    float
        NaN for q <= 1, where the mean does not exist: the tail is so heavy that averages of ever
        more customers grow without bound.

    References
    ----------
    Fader & Hardie (2013).

    Examples
    --------
    >>> from relmkt.formulas import gamma_gamma
    >>> round(gamma_gamma.population_mean(p=6.25, q=3.74, gamma=15.44), 4)
    35.219
    >>> gamma_gamma.population_mean(p=6.25, q=0.9, gamma=15.44)
    nan
    """
    return float(expected_spend(0, 0, p=p, q=q, gamma=gamma))
