"""Concentration told in one record: the shares of the top, the whale curve, Gini, Herfindahl."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._counts import counted
from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import cumulative_share, gini, herfindahl, top_count
from relmkt.segments._common import percent, read_only, stated_percent

__all__ = ["Concentration", "concentration_of"]

FRACTIONS = (0.01, 0.05, 0.10, 0.20, 0.50)
"""The top fractions that are told if no others are asked for."""


@attrs.frozen(kw_only=True, eq=False)
class Concentration:
    """How unevenly an amount is spread over customers.

    Attributes
    ----------
    amount
        What was measured, in a word.
    customers
        How many customers.
    total
        The sum of their amounts.
    fractions
        The top fractions asked for.
    shares
        The share of the total that each of them brings, in the same order, read-only; NaN where
        the total is not positive.
    curve_customers, curve_share
        Points of the concentration curve (of profit: the whale curve), read-only: the share of
        customers, from the best down, and the share of the total that they bring.
    peak_customers, peak_share
        Where the curve is highest: the share of customers with an amount above 0, and the share of
        the total that they bring; above 1 where others take some away.
    gini
        The Gini coefficient; see `relmkt.formulas.concentration.gini` for negative amounts.
    herfindahl
        The Herfindahl-Hirschman index; None where an amount is negative.
    """

    amount: str
    customers: int
    total: float
    fractions: tuple[float, ...]
    shares: NDArray[np.float64]
    curve_customers: NDArray[np.float64]
    curve_share: NDArray[np.float64]
    peak_customers: float
    peak_share: float
    gini: float
    herfindahl: float | None

    def share_of_top(self, fraction: float) -> float:
        """The share that one of the fractions asked for brings.

        Raises
        ------
        InvalidValueError
            For a fraction that was not asked for.
        """
        if fraction not in self.fractions:
            known = ", ".join(f"{one:g}" for one in self.fractions)
            raise InvalidValueError("fraction", f"be one of {known}", fraction)
        return float(self.shares[self.fractions.index(fraction)])

    def __str__(self) -> str:
        lines = [f"{self.amount} of {counted(self.customers, 'customer')}: {self.total:,.2f}"]
        if math.isnan(self.peak_share):
            lines.append("  the total is not positive, so shares of it have no meaning")
        else:
            for fraction, share in zip(self.fractions, self.shares.tolist(), strict=True):
                lines.append(f"  top {stated_percent(fraction):>5} bring {percent(share)}")
            if self.peak_share > 1.0:
                best = percent(self.peak_customers)
                lines.append(
                    f"  the best {best} bring {percent(self.peak_share)}; the rest take some away"
                )
        lines.append(f"  Gini coefficient {self.gini:.3f}")
        return "\n".join(lines)


def concentration_of(
    values: ArrayLike,
    *,
    amount: str = "revenue",
    fractions: Sequence[float] = FRACTIONS,
    points: int = 101,
) -> Concentration:
    """How unevenly revenue, profit or any other amount is spread over customers.

    Parameters
    ----------
    values
        One amount for each customer, shape (n,); all of them known. Negative ones are counted.
    amount
        What is measured, for the words.
    fractions
        The top fractions to tell the share of, each above 0 and at most 1.
    points
        How many points of the curve to keep, at least 2, ends included; the peak is exact
        whatever their number.

    Returns
    -------
    Concentration
        Shares, curve and coefficients. Where the total is not positive, shares are NaN.

    Raises
    ------
    InvalidValueError
        For an amount that is NaN or infinite, a fraction out of its bounds, or too few points.

    Examples
    --------
    >>> from relmkt.segments import concentration_of
    >>> print(concentration_of([110, 30, 0, -40], amount="profit", fractions=[0.25, 0.5]))
    profit of 4 customers: 100.00
      top   25% bring 110%
      top   50% bring 140%
      the best 50% bring 140%; the rest take some away
      Gini coefficient 0.667
    """
    if points < 2:
        raise InvalidValueError("points", "be at least 2", points)
    amounts = np.asarray(values, dtype=np.float64)
    curve = cumulative_share(amounts)
    n = len(amounts)
    tops = np.array([top_count(n, one) for one in fractions], dtype=np.intp)
    shares = curve[tops] if n else np.full(len(tops), np.nan)
    marks = np.unique(np.rint(np.linspace(0, n, points)).astype(np.intp))
    at = marks / n if n else np.zeros(1)
    winners = int(np.count_nonzero(amounts > 0.0))
    return Concentration(
        amount=amount,
        customers=n,
        total=float(amounts.sum()),
        fractions=tuple(fractions),
        shares=read_only(shares),
        curve_customers=read_only(at),
        curve_share=read_only(curve[marks]),
        peak_customers=winners / n if n else math.nan,
        peak_share=float(curve[winners]) if winners else math.nan,
        gini=gini(amounts),
        herfindahl=herfindahl(amounts) if not (amounts < 0.0).any() else None,
    )
