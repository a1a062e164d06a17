"""Forecasts: what the fitted models expect of every customer, as columns."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.assumptions import Assumptions
from relmkt.calendars import days_per, discount_steps
from relmkt.columns import Columns
from relmkt.domain import Forecast
from relmkt.models._fitted import FitStatus
from relmkt.models.bg_nbd import BGNBD
from relmkt.models.gamma_gamma import GammaGamma
from relmkt.summaries import Summaries

__all__ = ["Forecasts", "Models", "fit", "forecast"]


class Forecasts(Columns[Forecast]):
    """What models expect of many customers: the columns of `Forecast`.

    Attributes
    ----------
    as_of
        The day that they look ahead from.
    """

    record_type = Forecast
    details = ("as_of",)

    as_of: date


@attrs.frozen(kw_only=True)
class Models:
    """The two fitted models that forecasts rest on.

    Attributes
    ----------
    purchases
        When customers buy, and when they leave.
    spend
        What they spend at a purchase.
    """

    purchases: BGNBD
    spend: GammaGamma

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the forecasts should know about the fits."""
        found: list[str] = []
        for name, model in (
            ("purchases (BG/NBD)", self.purchases),
            ("spend (Gamma-Gamma)", self.spend),
        ):
            if not model.status.usable:
                found.append(f"no forecasts of {name}, {model.status.value}: {model.note}")
            elif model.status is not FitStatus.CONVERGED:
                found.append(f"forecasts of {name}, {model.status.value}: {model.note}")
        return tuple(found)


def fit(summaries: Summaries) -> Models:
    """Fit both models on summaries.

    Customers without a purchase (refunds only) enter neither fit; repeat customers whose repeat
    purchases bring nothing enter the first only, for the Gamma-Gamma model needs positive spend.

    Parameters
    ----------
    summaries
        The histories, from `relmkt.summarize`.

    Returns
    -------
    Models
        Look at `Models.notes`: a fit that failed says so, and gives no forecasts.

    Raises
    ------
    MissingExtraError
        When SciPy is not installed.
    """
    buys = summaries.orders > 0
    frequency = summaries.frequency[buys]
    spend = summaries.monetary_value[buys]
    spends = (frequency == 0) | (spend > 0)
    return Models(
        purchases=BGNBD.fit(
            frequency, summaries.recency[buys], summaries.age[buys], unit=summaries.unit
        ),
        spend=GammaGamma.fit(frequency[spends], spend[spends]),
    )


def forecast(summaries: Summaries, models: Models, assumptions: Assumptions) -> Forecasts:
    """What the models expect of every customer, within the horizons of the assumptions.

    The attrition risk is the probability of no purchase within the risk horizon: the BG/NBD
    probability of being active is exactly 1 for one-time buyers, and says nothing about them.
    The spend expected is learned from all of a customer's purchases, the first one too. What a
    model whose fit failed would have told is absent. The models may be fitted in another unit of
    time than the summaries are in: the histories are converted to theirs.

    Parameters
    ----------
    summaries
        The histories.
    models
        The fitted models, from `fit`.
    assumptions
        Horizons and the discount rate.

    Returns
    -------
    Forecasts
        One row for each row of the summaries.

    Examples
    --------
    >>> from relmkt.assumptions import Assumptions
    >>> from relmkt.datasets import cdnow_orders
    >>> from relmkt.models import fit, forecast
    >>> from datetime import date
    >>> from relmkt.summaries import summarize
    >>> summaries = summarize(cdnow_orders(), as_of=date(1997, 9, 30), unit="week")
    >>> forecasts = forecast(summaries, fit(summaries), Assumptions(risk_horizon="39 weeks"))
    >>> forecasts.attrition_risk[:3].round(3)
    array([0.445, 0.883, 0.856])
    """
    columns: dict[str, Any] = {"customer": summaries.ids}
    buys = summaries.orders > 0
    if models.purchases.status.usable:
        columns |= _purchases(summaries, buys, models.purchases, assumptions)
    if models.spend.status.usable:
        columns["expected_spend"] = _spend(summaries, buys, models.spend)
    return Forecasts(**columns, as_of=summaries.as_of)


def _purchases(
    summaries: Summaries, buys: NDArray[np.bool_], model: BGNBD, assumptions: Assumptions
) -> dict[str, NDArray[np.float64]]:
    as_of, horizon, rate = summaries.as_of, assumptions.horizon, assumptions.discount_rate
    # One forecast for each history there is: NumPy's vector instructions round differently at
    # different places of an array, and customers who are alike must be told alike.
    history, place = _distinct(
        *(column[buys] for column in (summaries.frequency, summaries.recency, summaries.age))
    )
    frequency, *times = history
    # Dividing leaves times that are in the model's unit already as they are, to the last bit.
    ratio = days_per(model.unit) / days_per(summaries.unit)
    recency, age = (time / ratio for time in times)
    history = (frequency, recency, age)
    # A customer who is active today is one whose last purchase was today.
    today = (frequency, np.where(frequency > 0, age, 0.0), age)

    def discounted(*past: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(
            model.discounted_expected_purchases(*past, horizon=horizon, rate=rate, as_of=as_of)
        )

    answers: dict[str, Any] = {
        "probability_alive": model.probability_alive(*history),
        "attrition_risk": model.probability_of_no_purchase(
            assumptions.risk_horizon, *history, as_of=as_of
        ),
        "expected_purchases": model.expected_purchases(horizon, *history, as_of=as_of),
        "discounted_purchases": discounted(*history),
        "regained_purchases": discounted(*today) / np.asarray(model.probability_alive(*today)),
        "retained_purchases": _rate_while_active(model, frequency, age)
        * _discounted_time(model, assumptions, as_of),
    }
    return {name: _spread(np.asarray(values)[place], buys) for name, values in answers.items()}


def _distinct(
    frequency: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64]
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.intp]]:
    """The distinct rows, sorted, and for each row its place among them."""
    columns = (frequency, recency, age)
    order = np.lexsort(columns)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = np.any([column[order[1:]] != column[order[:-1]] for column in columns], axis=0)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.cumsum(new) - 1
    return tuple(column[order[new]] for column in columns), place


def _rate_while_active(
    model: BGNBD, frequency: NDArray[np.float64], age: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Purchases per unit of time while active: the mean of a gamma posterior, (r + x)/(alpha + T).

    Active through T with x purchases, the likelihood of the rate is that of a Poisson process.
    Fader, Hardie & Lee (2005), section 3, DOI 10.1287/mksc.1040.0098.
    """
    return (model.r + frequency) / (model.alpha + age)


def _discounted_time(model: BGNBD, assumptions: Assumptions, as_of: date) -> float:
    """The horizon's length in the model's unit, each step of it discounted to today."""
    days, factors = discount_steps(assumptions.horizon, assumptions.discount_rate, as_of)
    lengths = np.diff(np.array([0, *days])) / days_per(model.unit)
    return float(lengths @ np.array(factors))


def _spend(summaries: Summaries, buys: NDArray[np.bool_], model: GammaGamma) -> NDArray[np.float64]:
    """Expected spend given the mean of all purchases; of a new customer where there is none."""
    mean = np.zeros(len(summaries))
    np.divide(summaries.revenue, summaries.orders, out=mean, where=buys)
    counted = np.where(mean > 0, summaries.orders, 0.0)
    expected = np.asarray(model.expected_spend(counted[buys], mean[buys]))
    return _spread(expected, buys)


def _spread(values: Any, where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The values on their rows, absent elsewhere."""
    spread = np.full(len(where), np.nan)
    spread[where] = values
    return spread
