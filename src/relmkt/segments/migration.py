"""What if customers moved up the pyramid: the gain in revenue, step by step, and in profit."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.domain import Tier
from relmkt.errors import InvalidValueError
from relmkt.formulas.migration import profit_change, revenue_gains
from relmkt.segments._common import percent, read_only
from relmkt.segments.pyramid import RANKED, PyramidReport

__all__ = ["Migration", "migrate", "migrate_pyramid"]


@attrs.frozen(kw_only=True, eq=False)
class Migration:
    """What moving customers up one tier would bring.

    Attributes
    ----------
    customers, revenue
        Of Top, Big, Medium and Small before the move, shape (4,), read-only.
    share
        The share of Big, Medium and Small that moves up one tier, shape (3,), read-only.
    moved
        How many customers that is; a part of a person is kept, since this is an expectation.
    gains
        What each of these three steps adds to revenue, shape (3,), read-only; NaN for a step into
        a tier that has no customer.
    profit
        Profit before the move, where it is known.
    """

    customers: NDArray[np.float64]
    revenue: NDArray[np.float64]
    share: NDArray[np.float64]
    moved: NDArray[np.float64]
    gains: NDArray[np.float64]
    profit: float | None

    @property
    def revenue_gain(self) -> float:
        """What all steps together add to revenue; NaN where that of one is unknown."""
        return float(self.gains.sum())

    @property
    def revenue_change(self) -> float:
        """The gain over the revenue before, so 0.05 for 5% more; NaN where there was none."""
        before = float(self.revenue.sum())
        return self.revenue_gain / before if before > 0.0 else math.nan

    @property
    def base_margin(self) -> float:
        """Profit over revenue before the move; NaN where one of them is unknown or revenue none."""
        before = float(self.revenue.sum())
        return self.profit / before if self.profit is not None and before > 0.0 else math.nan

    def profit_change(
        self, *, incremental_margin: float, base_margin: float | None = None
    ) -> float:
        """The relative change of profit.

        Parameters
        ----------
        incremental_margin
            What remains as profit of one more unit of revenue.
        base_margin
            Profit over revenue today; by default that of the pyramid.

        Returns
        -------
        float
            NaN where the base margin is unknown or not positive.
        """
        base = self.base_margin if base_margin is None else base_margin
        found = profit_change(
            self.revenue_change, incremental_margin=incremental_margin, base_margin=base
        )
        return float(found)

    def factor_needed(self, revenue_change: float) -> float:
        """By how much to multiply all the shares that move, so that revenue changes by this much.

        The gain is proportional to the shares. With one share for all tiers, the factor times that
        share is the share needed; if that exceeds 1, the change cannot be had.

        Parameters
        ----------
        revenue_change
            The relative change wanted, for example 0.1.

        Returns
        -------
        float
            The factor; NaN where the move as it stands changes nothing.
        """
        change = self.revenue_change
        return revenue_change / change if change else math.nan

    def __str__(self) -> str:
        lines: list[str] = []
        for above, tier, moved, gain in zip(
            RANKED[:-1], RANKED[1:], self.moved.tolist(), self.gains.tolist(), strict=True
        ):
            told = f"{gain:+,.2f}" if not math.isnan(gain) else f"unknown: nobody is {above.value}"
            lines.append(f"{moved:,.1f} from {tier.value} to {above.value}: {told}")
        lines.append(f"revenue changes by {percent(self.revenue_change)}")
        return "\n".join(lines)


def migrate(
    customers: ArrayLike,
    revenue: ArrayLike,
    *,
    share: float | Mapping[Tier, float],
    profit: float | None = None,
) -> Migration:
    """What it would bring if a share of each tier moved up one tier.

    Those who move are taken to bring the average of the tier that they reach, and to have brought
    that of the one they leave. Averages of tiers are held; nobody moves down; nobody moves twice.

    Parameters
    ----------
    customers
        How many are Top, Big, Medium and Small, shape (4,).
    revenue
        What each of these tiers brings, shape (4,).
    share
        The share that moves, between 0 and 1: one for Big, Medium and Small alike, or each by its
        tier (the others stay).
    profit
        Profit of all four tiers together, to know the base margin.

    Returns
    -------
    Migration
        The gains.

    Raises
    ------
    InvalidValueError
        When there are not four tiers, a count is negative, an amount is not finite, a share is out
        of its bounds, or a tier is named from which there is no step up.

    References
    ----------
    The idea is that of J. Curry and A. Curry (2000), *The Customer Marketing Method*, Free Press.
    They say that 2% migration *can* mean 10% more revenue and 50% more profit; see
    `relmkt.segments.claims`.

    Examples
    --------
    Of 1,000 customers 2% of each tier move up; or 20 of them, all from Big to Top.

    >>> from relmkt.domain import Tier
    >>> from relmkt.segments import migrate
    >>> print(migrate([10, 40, 150, 800], [300, 300, 200, 200], share=0.02))
    0.8 from big to top: +18.00
    3.0 from medium to big: +18.50
    16.0 from small to medium: +17.33
    revenue changes by 5.4%
    >>> near_the_top = migrate([10, 40, 150, 800], [300, 300, 200, 200], share={Tier.BIG: 20 / 40})
    >>> round(near_the_top.revenue_change, 4)
    0.45
    """
    counts = _four("customers", customers)
    sums = _four("revenue", revenue)
    if (counts < 0.0).any():
        raise InvalidValueError("customers", "be at least 0", float(counts.min()))
    shares = _shares(share)
    moved = shares * counts[1:]
    gains = revenue_gains(counts, sums, shares)
    return Migration(
        customers=read_only(counts),
        revenue=read_only(sums),
        share=read_only(shares),
        moved=read_only(moved),
        gains=read_only(gains),
        profit=profit,
    )


def migrate_pyramid(report: PyramidReport, *, share: float | Mapping[Tier, float]) -> Migration:
    """What it would bring if customers of this pyramid moved up one tier.

    Parameters
    ----------
    report
        A pyramid, by revenue or by profit; the gain is told in revenue.
    share
        As for `migrate`.

    Returns
    -------
    Migration
        The gains; with the base margin where the pyramid was given profits.

    Raises
    ------
    InvalidValueError
        As for `migrate`.

    Examples
    --------
    >>> from relmkt.segments import customer_pyramid, migrate_pyramid
    >>> report = customer_pyramid([100] + [40] * 4 + [10] * 15 + [1] * 80)
    >>> round(migrate_pyramid(report, share=0.02).revenue_change, 4)
    0.0576
    """
    ranked = slice(len(RANKED))
    profit = None if report.profit is None else float(report.profit[ranked].sum())
    return migrate(report.customers[ranked], report.revenue[ranked], share=share, profit=profit)


def _four(name: str, values: ArrayLike) -> NDArray[np.float64]:
    found = np.array(values, dtype=np.float64)
    if found.shape != (len(RANKED),):
        raise InvalidValueError(
            name, "be one number each for Top, Big, Medium and Small", f"shape {found.shape}"
        )
    if not np.isfinite(found).all():
        raise InvalidValueError(name, "be finite", found.tolist())
    return found


def _shares(share: float | Mapping[Tier, float]) -> NDArray[np.float64]:
    steps = RANKED[1:]
    if isinstance(share, Mapping):
        for tier in share:
            if tier not in steps:
                raise InvalidValueError(
                    "share",
                    "name tiers that have one above them",
                    str(tier),
                    remedy="there are: big, medium, small",
                )
        each = [float(share.get(tier, 0.0)) for tier in steps]
    else:
        each = [float(share)] * len(steps)
    for tier, one in zip(steps, each, strict=True):
        if not 0.0 <= one <= 1.0:
            raise InvalidValueError("share", "lie between 0 and 1", one, where=f"tier {tier.value}")
    return np.array(each)
