"""From sales by month to the facts that tell the phase: trend, margin, price spread, and gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relmkt.channel.columns import Markets
from relmkt.channel.monthly import MonthlySales
from relmkt.domain import HistoryGap, TrendMethod
from relmkt.errors import InvalidValueError
from relmkt.formulas.trends import linear_trend, student_t
from relmkt.rules import ABSENT_CODE

__all__ = ["market_facts"]

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]

_YEAR = 12
_LARGEST_LOG = 700.0
"""Its exponential is a float64 still."""


def market_facts(
    monthly: MonthlySales,
    *,
    window: int = 24,
    least_months: int = 12,
    most_missing: float = 0.25,
    confidence: float = 0.95,
) -> Markets:
    """Trend, dealer margin and price spread of each brand in each market, on its last month.

    - The *trend* is that of the logarithm of monthly sales over the latest months, so that it
      reads as growth in a year; with its interval by Student's t. Of a history of two years or
      more each month is compared with the same months of other years alone (`linear_trend` with
      a level for each month of the year), and a season adds nothing; of a shorter one that cannot
      be told apart, and `method` says so.
    - The *dealer margin* is what was earned by what was sold, over the latest twelve months; its
      change the slope of the monthly margin, with the seasons kept out in the same way.
    - The *price spread* and its change are the same of the monthly spread between dealers.

    Nothing is guessed: a month without a record is missing, not zero. Where a history has too few
    months, where too many of them are missing, or more was returned than sold in too many, the
    facts are absent, and `gap`, `margin_gap` or `spread_gap` says why.

    Parameters
    ----------
    monthly
        Sales by month.
    window
        How many of the latest months tell the trend and the changes, at least 12; our default.
    least_months
        How many months a history needs, at least 6; our default, for less than a year is a season.
    most_missing
        The share of the months that may have no record; our default.
    confidence
        The share of such intervals that hold the trend, if months deviate independently.

    Returns
    -------
    Markets
        One row for each row of the sales, in their order.

    Raises
    ------
    InvalidValueError
        When a setting is out of bounds.

    Examples
    --------
    >>> import numpy as np
    >>> from relmkt.channel import MonthlySales, market_facts
    >>> season = np.tile([80, 90, 100, 110, 120, 130, 130, 120, 110, 100, 90, 80], 3)
    >>> sales = season * 1.2 ** (np.arange(36) / 12)
    >>> monthly = MonthlySales(
    ...     brand_market=["Lumen in North"], first_month="2023-01", sales=[sales.tolist()]
    ... )
    >>> facts = market_facts(monthly)[0]
    >>> facts.months, round(facts.sales_trend, 6), facts.method.value
    (36, 0.2, 'same_months')
    >>> facts.dealer_margin is None, facts.margin_gap
    (True, <HistoryGap.NO_RECORD: 'no_record'>)
    """
    _check(window, least_months, most_missing)
    asked = _Asked(monthly, window, least_months, most_missing)
    columns = _trend_columns(asked, confidence)
    columns |= _level_columns(
        asked, monthly.margin, monthly.margin_base, ("dealer_margin", "margin_change", "margin_gap")
    )
    spread, base = monthly.spread, monthly.spread_base
    weight = monthly.sales if base is None else base
    total = None if spread is None else spread * weight
    columns |= _level_columns(asked, total, weight, ("price_spread", "spread_change", "spread_gap"))
    return Markets(
        brand_market=monthly.brand_market,
        brand=monthly.brand,
        market=monthly.market,
        market_age=_ages(monthly),
        months=asked.months,
        months_missing=asked.months - asked.has.sum(axis=1),
        **columns,
    )


def _check(window: int, least_months: int, most_missing: float) -> None:
    for name, value, least in (("window", window, _YEAR), ("least_months", least_months, 6)):
        if value < least:
            raise InvalidValueError(name, f"be at least {least}", value)
    if least_months > window:
        raise InvalidValueError("least_months", f"not exceed 'window' ({window})", least_months)
    if not 0 <= most_missing <= 0.5:
        raise InvalidValueError("most_missing", "lie between 0 and 0.5", most_missing)


class _Asked:
    """The latest months of each history, and what is enough of them."""

    def __init__(
        self, monthly: MonthlySales, window: int, least_months: int, most_missing: float
    ) -> None:
        self.sales = monthly.sales
        self.window = window
        self.least_months = least_months
        self.most_missing = most_missing
        self.seasons = monthly.months[-window:].astype(np.int64) % _YEAR
        self.months = _history(self.sales)

    @property
    def has(self) -> Mask:
        return ~np.isnan(self.sales)

    @property
    def span(self) -> NDArray[np.int64]:
        """The months of each history that are looked at."""
        return np.minimum(self.months, self.window)

    @property
    def adjusts(self) -> Mask:
        """Where each month of the year can be compared with another year's."""
        return self.span >= 2 * _YEAR

    def latest(self, values: Numbers, months: int) -> Numbers:
        return values[:, -months:]

    def gaps(self, known: Mask, span: NDArray[np.int64]) -> NDArray[np.int8]:
        """Why what is known in so many latest months is not enough, as codes; -1 where it is."""
        count = known.sum(axis=1)
        found = np.full(len(known), ABSENT_CODE, dtype=np.int8)
        found[span - count > self.most_missing * span] = _code(HistoryGap.TOO_GAPPY)
        found[span < self.least_months] = _code(HistoryGap.TOO_SHORT)
        found[count == 0] = _code(HistoryGap.NO_RECORD)
        return found

    def trend(self, values: Numbers) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
        """Slope a month, error and freedom, with the seasons kept out where that can be."""
        plain, seasonal = linear_trend(values), linear_trend(values, self.seasons)
        return (
            np.where(self.adjusts, seasonal.slope, plain.slope),
            np.where(self.adjusts, seasonal.error, plain.error),
            np.where(self.adjusts, seasonal.freedom, plain.freedom),
        )


def _code(gap: HistoryGap) -> int:
    return list(HistoryGap).index(gap)


def _history(values: Numbers) -> NDArray[np.int64]:
    """Months from the first record to the last column."""
    has = ~np.isnan(values)
    return np.where(has.any(axis=1), values.shape[1] - has.argmax(axis=1), 0)


def _trend_columns(asked: _Asked, confidence: float) -> dict[str, NDArray[np.generic]]:
    sales = asked.latest(asked.sales, asked.window)
    has, plus = ~np.isnan(sales), sales > 0
    gap = asked.gaps(has, asked.span)
    enough = gap == ABSENT_CODE
    gap[enough & (asked.gaps(plus, asked.span) != ABSENT_CODE)] = _code(HistoryGap.NOT_POSITIVE)
    slope, error, freedom = asked.trend(np.log(np.where(plus, sales, np.nan)))
    reach = student_t(confidence, freedom) * error
    # No interval, no trend: nobody could say what it is worth.
    gap[(gap == ABSENT_CODE) & np.isnan(reach)] = _code(HistoryGap.TOO_SHORT)
    told = gap == ABSENT_CODE
    with np.errstate(invalid="ignore"):  # older NumPy warns of what is no number
        low, trend, high = (
            np.where(told, np.expm1(np.minimum(_YEAR * value, _LARGEST_LOG)), np.nan)
            for value in (slope - reach, slope, slope + reach)
        )
    method = np.where(asked.adjusts, *map(list(TrendMethod).index, TrendMethod))
    latest = asked.latest(asked.sales, _YEAR)
    count = (~np.isnan(latest)).sum(axis=1)
    with np.errstate(invalid="ignore"):
        recent = np.nansum(latest, axis=1) / count
    return {
        "gap": gap,
        "method": np.where(told, method, ABSENT_CODE).astype(np.int8),
        "recent_sales": recent,
        "sales_trend": trend,
        "trend_low": low,
        "trend_high": high,
    }


def _level_columns(
    asked: _Asked, total: Numbers | None, base: Numbers | None, names: tuple[str, str, str]
) -> dict[str, NDArray[np.generic]]:
    """What is earned, or spread, of each unit sold: over the latest year, and its change."""
    level_name, change_name, gap_name = names
    if total is None:
        nothing = np.full(len(asked.sales), _code(HistoryGap.NO_RECORD), dtype=np.int8)
        return {gap_name: nothing}
    whole = np.where(np.isnan(total), np.nan, asked.sales if base is None else base)
    whole = np.where(whole > 0, whole, np.nan)
    share = total / whole
    level, year_gap = _latest_year(asked, total, whole)
    known = asked.latest(share, asked.window)
    gap = asked.gaps(~np.isnan(known), asked.span)
    gap = np.where(gap == ABSENT_CODE, year_gap, gap).astype(np.int8)
    slope, _, freedom = asked.trend(known)
    told = (gap == ABSENT_CODE) & (freedom > 0)
    gap[(gap == ABSENT_CODE) & ~told] = _code(HistoryGap.TOO_SHORT)
    return {
        level_name: np.where(year_gap == ABSENT_CODE, level, np.nan),
        change_name: np.where(told, _YEAR * slope, np.nan),
        gap_name: gap,
    }


def _latest_year(asked: _Asked, total: Numbers, whole: Numbers) -> tuple[Numbers, NDArray[np.int8]]:
    part, base = asked.latest(total, _YEAR), asked.latest(whole, _YEAR)
    known = ~np.isnan(part) & ~np.isnan(base)
    gap = asked.gaps(known, np.minimum(asked.months, _YEAR))
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.where(known, part, 0).sum(axis=1) / np.where(known, base, 0).sum(axis=1)
    return level, gap


def _ages(monthly: MonthlySales) -> Numbers | None:
    """Months from the day of the launch to the end of the last month; absent before that."""
    if monthly.launched is None:
        return None
    launched = monthly.launched.astype("datetime64[D]")
    month = launched.astype("datetime64[M]")
    day = (launched - month.astype("datetime64[D]")).astype(np.float64)
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(float)
    age = (monthly.last_month + 1 - month).astype(np.float64) - day / length
    age[np.isnat(launched)] = np.nan
    return np.where(age >= 0, age, np.nan)
