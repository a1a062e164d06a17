"""Gamma-Gamma: what a customer will spend at a purchase."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relmkt.errors import UnusableModelError
from relmkt.formulas import gamma_gamma as equations
from relmkt.formulas._arrays import FloatArray
from relmkt.models._climb import Objective
from relmkt.models._fitted import FittedModel, fit_parameters, same
from relmkt.models._gamma_gamma_objective import gamma_gamma_objective
from relmkt.models._inputs import (
    check_frequency,
    check_positive,
    check_weights,
    floats,
    number_or_array,
    refuse,
)
from relmkt.models._merge import merge_rows

__all__ = ["GammaGamma"]

# Means nearer to each other than this share of themselves differ by rounding alone; our default.
_ROUNDING = 1e-12
_LIMITS = (
    (frozenset({("q", 1), ("gamma", 1)}), "mean spend hardly differs between customers"),
    (frozenset({("p", 1), ("gamma", -1)}), "the purchases of one customer hardly differ"),
    (frozenset({("p", 1)}), "the purchases of one customer hardly differ"),
    (frozenset({("q", 1)}), "mean spend hardly differs between customers"),
    (frozenset({("q", -1)}), "spend differs between customers beyond measure"),
)


@attrs.frozen(kw_only=True)
class GammaGamma(FittedModel):
    """The Gamma-Gamma model of spend: how much a purchase brings.

    Customers differ in their mean spend; a customer's own mean is drawn toward that of all, the
    more so the fewer purchases it rests on. Build one with `fit`, or from known parameters with
    `of`.

    Parameters
    ----------
    p
        Shape of one customer's purchases; above 0. The larger, the more alike they are.
    q
        Shape of the differences between customers; above 0. At q <= 1 the mean over all customers
        does not exist: `population_mean` says so, and one-time buyers get NaN.
    gamma
        Scale of the differences between customers, in the unit of money; above 0.
    frequency_spend_correlation
        Pearson's correlation of frequency and mean spend among repeat buyers. The model assumes
        that they are independent; far from 0, do not trust it. NaN when one of them does not vary.
    status, note, log_likelihood, covariance, customers, repeat_customers, iterations
        What the fit has to say for itself; see `FitStatus`. ``covariance`` is of p, q, gamma. Only
        repeat customers enter the fit; the others are counted.

    References
    ----------
    Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value"; Fader, Hardie & Lee (2005),
    DOI 10.1509/jmkr.2005.42.4.415.

    Examples
    --------
    >>> from relmkt.models import GammaGamma
    >>> model = GammaGamma.of(p=6.25, q=3.74, gamma=15.44)
    >>> round(model.expected_spend(frequency=2, monetary_value=30), 4)
    30.9383
    """

    names: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    p: float
    q: float
    gamma: float
    frequency_spend_correlation: float = attrs.field(
        default=math.nan, eq=attrs.cmp_using(eq=same), hash=False
    )

    @classmethod
    def of(cls, *, p: float, q: float, gamma: float) -> Self:
        """A model with stated parameters.

        Parameters
        ----------
        p, q, gamma
            Parameters; between 1e-30 and 1e30.

        Raises
        ------
        InvalidValueError
            When a parameter is no number between 1e-30 and 1e30.

        Examples
        --------
        >>> from relmkt.models import GammaGamma
        >>> round(GammaGamma.of(p=6.25, q=3.74, gamma=15.44).population_mean, 4)
        35.219
        """
        check_positive(p=p, q=q, gamma=gamma)
        return cls(p=float(p), q=float(q), gamma=float(gamma))

    @classmethod
    def fit(
        cls, frequency: ArrayLike, monetary_value: ArrayLike, *, weights: ArrayLike | None = None
    ) -> Self:
        """Fit by maximum likelihood to the repeat customers.

        Parameters
        ----------
        frequency
            Repeat purchases; whole numbers from 0. Customers with 0 are left out.
        monetary_value
            Mean spend of the repeat purchases, in one currency; above 0 where ``frequency`` is.
        weights
            How many customers each row stands for; one each unless given.

        Returns
        -------
        GammaGamma
            Look at its ``status`` and ``note``: a fit that failed says so, and gives no forecasts.

        Raises
        ------
        InvalidValueError
            When the spend of a repeat customer is not finite and above 0; the first such row is
            named.
        MissingExtraError
            When SciPy is not installed.

        Examples
        --------
        >>> from relmkt.models import GammaGamma
        >>> model = GammaGamma.fit([0, 1, 2], [0, 20, 30])
        >>> model.status.value, model.customers, model.repeat_customers
        ('too little data', 3, 2)
        """
        everyone, spend = (np.ravel(c) for c in _check_spend(frequency, monetary_value))
        counts = check_weights(weights, everyone.shape)
        repeat = (everyone > 0.0) & (counts > 0.0)
        (x, mean), merged = merge_rows((everyone[repeat], _leveled(spend[repeat])), counts[repeat])
        buyers = float(merged.sum())
        scale = float(merged @ mean) / buyers if buyers else 1.0
        scaled = mean / scale

        def objective(rows: slice) -> Objective:
            return gamma_gamma_objective(x[rows], scaled[rows], merged[rows])

        fit = fit_parameters(
            cls.names,
            objective,
            rows=x.size,
            distinct_repeats=x.size,
            starts=[(4.0, 4.0, 0.75), (1.0, 2.0, 1.0), (20.0, 1.0, 0.05)],
            scales={"gamma": scale},
            shift=-buyers * math.log(scale),
            limits=_LIMITS,
        )
        p, q, gamma = fit.point.tolist()
        note = fit.note
        if fit.status.usable and q <= 1.0:
            note += "; q is at most 1, so the mean spend over all customers does not exist"
        return cls(
            p=p,
            q=q,
            gamma=gamma,
            frequency_spend_correlation=_correlation(x, mean, merged),
            status=fit.status,
            note=note,
            log_likelihood=fit.log_likelihood,
            covariance=fit.covariance,
            customers=int(counts.sum()),
            repeat_customers=int(buyers),
            iterations=fit.iterations,
        )

    @property
    def observations(self) -> int:
        """How many customers enter the likelihood: the repeat customers."""
        return self.repeat_customers

    @property
    def population_mean(self) -> float:
        """Mean spend over all customers: what to expect of one whose spend is unknown.

        Raises
        ------
        UnusableModelError
            When the fit did not identify the parameters, or q <= 1, where the mean does not exist.
        """
        asked = "the population mean of spend"
        self._require_usable(asked)
        if self.q <= 1.0:
            raise UnusableModelError(
                "GammaGamma",
                asked,
                because=f"it does not exist for q = {self.q:.4g}, which is not above 1",
                remedy="use the spend of repeat customers, or a median",
            )
        return equations.population_mean(p=self.p, q=self.q, gamma=self.gamma)

    def expected_spend(self, frequency: ArrayLike, monetary_value: ArrayLike) -> FloatArray | float:
        """Expected spend at a future purchase, given the mean of past repeat purchases.

        Parameters
        ----------
        frequency
            Repeat purchases that the mean is taken over; whole numbers from 0.
        monetary_value
            Mean spend of those purchases, above 0; not looked at where ``frequency`` is 0, where
            the answer is the population mean.

        Returns
        -------
        array or float
            NaN where the expectation does not exist: for one-time buyers when q <= 1, and for
            others when p x + q <= 1.

        Raises
        ------
        InvalidValueError
            When a row is impossible.
        UnusableModelError
            When the fit did not identify the parameters.

        Examples
        --------
        >>> from relmkt.models import GammaGamma
        >>> model = GammaGamma.of(p=6.25, q=3.74, gamma=15.44)
        >>> model.expected_spend([0, 2, 20], [0, 30, 30]).round(2).tolist()
        [35.22, 30.94, 30.11]
        """
        self._require_usable("expected spend")
        x, mean = _check_spend(frequency, monetary_value)
        return number_or_array(equations.expected_spend(x, mean, **self.parameters))


def _check_spend(frequency: ArrayLike, monetary_value: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, mean = floats(frequency=frequency, monetary_value=monetary_value)
    check_frequency(x)
    refuse(
        (x > 0.0) & ~(np.isfinite(mean) & (mean > 0.0)),
        "monetary_value",
        "be finite and above 0 where 'frequency' is above 0",
        mean,
        "net refunds before, and leave out customers whose purchases bring nothing",
    )
    return x, mean


def _leveled(mean: FloatArray) -> FloatArray:
    """The means, those that differ by rounding alone made equal: each the least of its kind.

    A mean is a sum over a count: three times 9.99 over three is not 9.99 to the last bit. Such
    differences are no differences of spend, and must not pass for distinct histories, for a
    correlation with the frequency, or for a spread that a likelihood could rise along.
    """
    order = np.argsort(mean)
    sorted_means = mean[order]
    first = np.arange(mean.size)
    first[1:][sorted_means[1:] <= sorted_means[:-1] * (1.0 + _ROUNDING)] = 0
    leveled = np.empty(mean.size)
    leveled[order] = sorted_means[np.maximum.accumulate(first)]
    return leveled


def _correlation(x: FloatArray, mean: FloatArray, weights: FloatArray) -> float:
    """Pearson's, weighted; NaN when one of the two does not vary."""
    # Asked of the values: their distances from a mean that is rounded itself need not be 0.
    if not x.size or np.ptp(x) == 0.0 or np.ptp(mean) == 0.0:
        return math.nan
    count = weights.sum()
    dx, dm = x - weights @ x / count, mean - weights @ mean / count
    spread = math.sqrt(float(weights @ (dx * dx)) * float(weights @ (dm * dm)))
    return float(weights @ (dx * dm)) / spread if spread > 0.0 else math.nan
