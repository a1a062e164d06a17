"""BG/NBD: who is still active, and how often she will buy."""

from __future__ import annotations

import math
from datetime import date
from typing import ClassVar, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relmkt.calendars import FixedUnit, Rate, Span, days_per, discount_steps
from relmkt.formulas import bg_nbd as equations
from relmkt.formulas._arrays import FloatArray
from relmkt.models._bg_nbd_objective import bg_nbd_objective
from relmkt.models._climb import Objective
from relmkt.models._fitted import FittedModel, fit_parameters
from relmkt.models._inputs import (
    check_histories,
    check_horizon,
    check_positive,
    check_weights,
    number_or_array,
)
from relmkt.models._merge import merge_rows

__all__ = ["BGNBD"]

_NOBODY_LEAVES = "hardly anybody leaves"
_EVERYBODY_LEAVES = "nearly everybody leaves after one repeat purchase"
_LIMITS = (
    (frozenset({("r", 1), ("alpha", 1)}), "purchase rates hardly differ between customers"),
    (frozenset({("a", 1), ("b", 1)}), "the chance of leaving hardly differs between customers"),
    (frozenset({("a", -1), ("b", 1)}), _NOBODY_LEAVES),
    (frozenset({("a", 1), ("b", -1)}), _EVERYBODY_LEAVES),
    (frozenset({("a", -1)}), _NOBODY_LEAVES),
    (frozenset({("b", 1)}), _NOBODY_LEAVES),
    (frozenset({("a", 1)}), _EVERYBODY_LEAVES),
    (frozenset({("b", -1)}), _EVERYBODY_LEAVES),
)


@attrs.frozen(kw_only=True)
class BGNBD(FittedModel):
    """The BG/NBD model: how often customers buy, and after which purchase they leave.

    While active, a customer buys at a rate that differs between customers (gamma distribution with
    shape ``r`` and rate ``alpha``); after each repeat purchase she leaves for good with a chance
    that differs between customers (beta distribution with parameters ``a`` and ``b``).

    Build one with `fit`, or from known parameters with `of`. Methods take numbers or arrays that
    broadcast, one entry for each customer; numbers give a float, arrays an array.

    Parameters
    ----------
    r
        Shape of the purchase rates; above 0. The smaller, the more customers differ.
    alpha
        Rate of the purchase rates, in ``unit``; above 0. Mean purchases for each unit: r / alpha.
    a, b
        Parameters of the chance to leave after a purchase; above 0. Its mean: a / (a + b).
    unit
        ``"day"`` or ``"week"``: the unit of recency, age, horizons and ``alpha``.
    status, note, log_likelihood, covariance, customers, repeat_customers, iterations
        What the fit has to say for itself; see `FitStatus`. ``covariance`` is of r, alpha, a, b,
        and NaN for parameters that ran to a bound.

    References
    ----------
    Fader, Hardie & Lee (2005), DOI 10.1287/mksc.1040.0098.

    Examples
    --------
    >>> from relmkt.models import BGNBD
    >>> model = BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> round(model.expected_purchases(39, frequency=2, recency=30.43, age=38.86), 3)
    1.226
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    r: float
    alpha: float
    a: float
    b: float
    unit: FixedUnit = "week"

    @classmethod
    def of(cls, *, r: float, alpha: float, a: float, b: float, unit: FixedUnit = "week") -> Self:
        """A model with stated parameters.

        Parameters
        ----------
        r, alpha, a, b
            Parameters; between 1e-30 and 1e30.
        unit
            The unit that ``alpha`` is in.

        Raises
        ------
        InvalidValueError
            When a parameter is no number between 1e-30 and 1e30.
        UnknownNameError
            When the unit is not ``"day"`` or ``"week"``.

        Examples
        --------
        >>> from relmkt.models import BGNBD
        >>> BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426).status.value
        'given'
        """
        days_per(unit)
        check_positive(r=r, alpha=alpha, a=a, b=b)
        return cls(r=float(r), alpha=float(alpha), a=float(a), b=float(b), unit=unit)

    @classmethod
    def fit(
        cls,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        unit: FixedUnit = "week",
        weights: ArrayLike | None = None,
    ) -> Self:
        """Fit by maximum likelihood.

        Equal rows are merged first. Time is measured in mean ages inside, so that the unit does not
        matter to the result. The same customers in another order give the same bits.

        Parameters
        ----------
        frequency
            Repeat purchases; whole numbers from 0.
        recency
            Time from the first to the last purchase; 0 without a repeat purchase, and above 0 with
            one.
        age
            Time from the first purchase to the end of observation; not below ``recency``.
        unit
            The unit of recency and age.
        weights
            How many customers each row stands for; one each unless given.

        Returns
        -------
        BGNBD
            Look at its ``status`` and ``note``: a fit that failed says so, and gives no forecasts.

        Raises
        ------
        InvalidValueError
            When a row is impossible; the first such row is named.
        UnknownNameError
            When the unit is not ``"day"`` or ``"week"``.

        Examples
        --------
        >>> from relmkt.models import BGNBD
        >>> model = BGNBD.fit([0, 0, 0], [0, 0, 0], [10, 20, 30])
        >>> print(model.status.value, model.note, sep=": ")
        too little data: 4 parameters need 4 distinct histories with a repeat purchase, found 0
        """
        days_per(unit)
        columns = [np.ravel(column) for column in check_histories(frequency, recency, age)]
        counts = check_weights(weights, columns[0].shape)
        (x, last, end), merged = merge_rows((columns[0], columns[1], columns[2]), counts)
        scale = float(merged @ end / merged.sum()) if np.any(end > 0.0) else 1.0
        recencies, ages = last / scale, end / scale

        def objective(rows: slice) -> Objective:
            return bg_nbd_objective(x[rows], recencies[rows], ages[rows], merged[rows])

        purchases = float(merged @ x)
        rate = purchases / max(float(merged.sum()), 1.0)
        fit = fit_parameters(
            cls.names,
            objective,
            rows=x.size,
            distinct_repeats=int(np.count_nonzero(x)),
            starts=[
                (r, r / max(rate, 1e-6), a, b)
                for r, a, b in ((0.5, 0.8, 2.5), (2.0, 0.2, 5.0), (0.1, 3.0, 3.0))
            ],
            scales={"alpha": scale},
            shift=-purchases * math.log(scale),
            limits=_LIMITS,
        )
        r, alpha, a, b = fit.point.tolist()
        return cls(
            r=r,
            alpha=alpha,
            a=a,
            b=b,
            unit=unit,
            status=fit.status,
            note=fit.note,
            log_likelihood=fit.log_likelihood,
            covariance=fit.covariance,
            customers=int(merged.sum()),
            repeat_customers=int(merged[x > 0.0].sum()),
            iterations=fit.iterations,
        )

    def probability_alive(
        self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> FloatArray | float:
        """Probability that the customer is still active at the end of observation.

        Exactly 1 without a repeat purchase: in this model nobody leaves before one. To rank
        one-time buyers by risk, use `probability_of_no_purchase`.

        Parameters
        ----------
        frequency, recency, age
            Histories, as for `fit`.

        Returns
        -------
        array or float
            Between 0 and 1.

        Raises
        ------
        InvalidValueError
            When a row is impossible.
        UnusableModelError
            When the fit did not identify the parameters.

        Examples
        --------
        >>> from relmkt.models import BGNBD
        >>> model = BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> model.probability_alive([0, 2], [0, 30.43], 38.86).round(4).tolist()
        [1.0, 0.7266]
        """
        self._require_usable("the probability of being active")
        x, t_x, T = check_histories(frequency, recency, age)
        return number_or_array(equations.probability_alive(x, t_x, T, **self.parameters))

    def expected_purchases(
        self,
        horizon: ArrayLike | Span,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        as_of: date | None = None,
    ) -> FloatArray | float:
        """Expected purchases within the horizon after the end of observation, given the history.

        Parameters
        ----------
        horizon
            The time ahead: a number (or one for each customer) in the model's unit, at least 0; or
            a span such as ``"39 weeks"`` or ``"12 months"``.
        frequency, recency, age
            Histories, as for `fit`.
        as_of
            The end of observation; needed for spans of months and years, which the calendar
            measures.

        Returns
        -------
        array or float
            At least 0.

        Raises
        ------
        InvalidValueError
            When a row or the horizon is impossible.
        UnusableModelError
            When the fit did not identify the parameters.

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt.models import BGNBD
        >>> model = BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(model.expected_purchases("39 weeks", 2, 30.43, 38.86), 3)
        1.226
        >>> round(model.expected_purchases("9 months", 2, 30.43, 38.86, as_of=date(1997, 9, 30)), 3)
        1.226
        """
        self._require_usable("expected purchases")
        ahead = check_horizon(horizon, self.unit, as_of)
        x, t_x, T = check_histories(frequency, recency, age)
        return number_or_array(
            equations.conditional_expected_purchases(ahead, x, t_x, T, **self.parameters)
        )

    def expected_purchases_new_customer(
        self, horizon: ArrayLike | Span, *, as_of: date | None = None
    ) -> FloatArray | float:
        """Expected repeat purchases of a new customer within the horizon after her first purchase.

        Parameters
        ----------
        horizon
            The time ahead, as for `expected_purchases`.
        as_of
            The day of the first purchase; needed for spans of months and years.

        Returns
        -------
        array or float
            At least 0.

        Raises
        ------
        InvalidValueError
            When the horizon is impossible.
        UnusableModelError
            When the fit did not identify the parameters.

        Examples
        --------
        >>> from relmkt.models import BGNBD
        >>> model = BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> round(model.expected_purchases_new_customer("52 weeks"), 5)
        1.44605
        """
        self._require_usable("expected purchases")
        ahead = check_horizon(horizon, self.unit, as_of)
        return number_or_array(equations.expected_purchases(ahead, **self.parameters))

    def probability_of_no_purchase(
        self,
        horizon: ArrayLike | Span,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        as_of: date | None = None,
    ) -> FloatArray | float:
        """Probability that the customer buys nothing within the horizon, whether she left or waits.

        Parameters
        ----------
        horizon, frequency, recency, age, as_of
            As for `expected_purchases`.

        Returns
        -------
        array or float
            Between 0 and 1.

        Raises
        ------
        InvalidValueError
            When a row or the horizon is impossible.
        UnusableModelError
            When the fit did not identify the parameters.

        Examples
        --------
        >>> from relmkt.models import BGNBD
        >>> model = BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> model.probability_of_no_purchase("39 weeks", [0, 2], [0, 30.43], 38.86).round(
        ...     4
        ... ).tolist()
        [0.8554, 0.4454]
        """
        self._require_usable("the probability of no purchase")
        ahead = check_horizon(horizon, self.unit, as_of)
        x, t_x, T = check_histories(frequency, recency, age)
        return number_or_array(
            equations.probability_of_no_purchase(ahead, x, t_x, T, **self.parameters)
        )

    def discounted_expected_purchases(
        self,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        horizon: Span | str,
        rate: Rate | str | float,
        as_of: date,
    ) -> FloatArray | float:
        """Expected purchases ahead, each worth what one today is worth after discounting.

        Times the margin of a purchase, this is the value of the customer within the horizon. The
        horizon is cut into steps by the calendar: months if it is in months or years, else its own
        unit. The purchases expected within a step (those by its end less those by its start) are
        discounted from the middle of the step, in the time of the rate's own unit.

        Parameters
        ----------
        frequency, recency, age
            Histories, as for `fit`.
        horizon
            A span such as ``"12 months"``.
        rate
            Effective discount rate with its unit, such as ``"10% per year"``; a bare number is a
            share per year. Above -100%.
        as_of
            The end of observation.

        Returns
        -------
        array or float
            At least 0.

        Raises
        ------
        InvalidValueError
            When a row, the horizon or the rate is impossible.
        UnusableModelError
            When the fit did not identify the parameters.

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt.models import BGNBD
        >>> model = BGNBD.of(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> value = model.discounted_expected_purchases(
        ...     2, 30.43, 38.86, horizon="12 months", rate="10% per year", as_of=date(1997, 9, 30)
        ... )
        >>> round(value, 3)
        1.495
        """
        self._require_usable("discounted expected purchases")
        x, t_x, T = check_histories(frequency, recency, age)
        days, factors = discount_steps(Span.parse(horizon), Rate.parse(rate), as_of)
        times = np.array(days) / days_per(self.unit)
        return number_or_array(
            equations.discounted_expected_purchases(times, factors, x, t_x, T, **self.parameters)
        )
