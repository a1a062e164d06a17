"""How many customers come back to a dealer, or a brand, from period to period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._grouping import by_first_appearance
from relmkt.channel.brand_switching import brands_of
from relmkt.errors import InvalidValueError
from relmkt.orders import OrderLog

__all__ = ["Period", "RepeatRates", "repeat_rates"]

Period: TypeAlias = tuple[date, date]
"""The first and the last day of a period."""

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]


@attrs.frozen(eq=False, kw_only=True)
class RepeatRates:
    """How many customers of each dealer, or brand, bought from it again in the next period.

    Attributes
    ----------
    groups
        The dealers or brands, in order of first appearance.
    periods
        The first and the last day of each of the p periods.
    customers
        Customers of each group in each period, shape (k, p).
    repeated
        Those of them who bought from it in the next period too, shape (k, p - 1).
    unknown_lines
        Purchases in the periods that belong to no known group, and count for nothing.
    """

    groups: tuple[Any, ...]
    periods: tuple[Period, ...]
    customers: Counts
    repeated: Counts
    unknown_lines: int

    @property
    def rate(self) -> Numbers:
        """The share of a period's customers who came back in the next, shape (k, p - 1).

        NaN where a group had no customer.
        """
        base = self.customers[:, :-1]
        return np.divide(
            self.repeated, base, out=np.full(base.shape, np.nan), where=np.asarray(base > 0)
        )

    @property
    def change(self) -> Numbers:
        """How much each rate lies above the one before, shape (k, p - 2); NaN where one is NaN."""
        return np.diff(self.rate, axis=1)

    def latest_change(self, groups: Iterable[Any], *, least_customers: int = 1) -> Numbers:
        """The last change of each of these groups, for `DealerFacts.repeat_change`.

        Parameters
        ----------
        groups
            The dealers or brands that are asked for, shape (n,).
        least_customers
            A rate of fewer customers says nothing; unless given, one is enough.

        Returns
        -------
        array
            Shape (n,); NaN for a group that did not sell, or had too few customers.

        Raises
        ------
        InvalidValueError
            When there are fewer than three periods, and so no change.
        """
        if len(self.periods) < 3:
            raise InvalidValueError(
                "periods", "be at least three", len(self.periods), remedy="two give one rate only"
            )
        place = {group: at for at, group in enumerate(self.groups)}
        enough = np.asarray((self.customers[:, -3:-1] >= least_customers).all(axis=1))
        last = np.append(np.where(enough, self.change[:, -1], np.nan), np.nan)
        return last[np.array([place.get(group, -1) for group in groups], dtype=np.intp)]


def repeat_rates(
    orders: OrderLog,
    groups: ArrayLike | Mapping[str, str],
    *,
    periods: Sequence[Period],
    zone: str | None = None,
) -> RepeatRates:
    """The share of the customers of each dealer, or brand, who come back from period to period.

    A customer of a group in one period repeats if it buys from the same group in the next. Lines
    with an amount above 0 are purchases; refunds are not looked at. A customer who goes to another
    brand of the firm does not repeat here; `brand_retention` tells it as retained.

    Parameters
    ----------
    orders
        The orders of the customers.
    groups
        The dealer or the brand of each line, shape (n,), None where it is unknown; or, of each
        product, as a mapping.
    periods
        The first and the last day of each, in their order, without overlaps; two or more.
    zone
        As for `OrderLog.days`.

    Raises
    ------
    InvalidValueError
        For fewer than two periods, one that ends before it begins, or one that begins before the
        one before it has ended; and when the groups are not one for each line.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import repeat_rates
    >>> from relmkt.orders import OrderLog
    >>> orders = OrderLog(
    ...     customer=["C-1", "C-2", "C-1", "C-2", "C-1"],
    ...     ordered_at=[date(2024, 5, 1)] * 2 + [date(2025, 5, 1)] * 2 + [date(2026, 5, 1)],
    ...     amount=[10.0] * 5,
    ...     channel=["D-7"] * 5,
    ... )
    >>> years = [(date(year, 1, 1), date(year, 12, 31)) for year in (2024, 2025, 2026)]
    >>> found = repeat_rates(orders, orders.channel, periods=years)
    >>> found.rate.tolist(), found.latest_change(["D-7", "D-8"]).tolist()
    ([[1.0, 0.5]], [-0.5, nan])
    """
    held = tuple((first, last) for first, last in periods)
    _check(held)
    starts, ends = (np.array(days, dtype="datetime64[D]") for days in zip(*held, strict=True))
    days = orders.days(zone)
    period = np.searchsorted(starts, days, side="right") - 1
    inside = (period >= 0) & (days <= ends[period]) & (orders.amount > 0)
    group = _groups(orders, groups)
    is_known = np.asarray(group != np.array(None, dtype=object))
    rows = np.flatnonzero(inside & is_known)
    people, _ = by_first_appearance(orders.ids[rows])
    kinds, heads = by_first_appearance(group[rows])
    width = max(len(heads), 1)
    pair = people.astype(np.int64) * width + kinds
    bought = [np.unique(pair[period[rows] == at]) for at in range(len(held))]
    again = [
        before[np.isin(before, after, assume_unique=True)] for before, after in pairwise(bought)
    ]
    return RepeatRates(
        groups=tuple(group[rows][heads].tolist()),
        periods=held,
        customers=_counts(bought, len(heads), width),
        repeated=_counts(again, len(heads), width),
        unknown_lines=int(np.count_nonzero(inside & ~is_known)),
    )


def _counts(pairs: Sequence[NDArray[np.int64]], size: int, width: int) -> Counts:
    """How many pairs of each period belong to each group, shape (size, periods)."""
    each = [np.bincount(own % width, minlength=size)[:size] for own in pairs]
    return np.stack(each, axis=1).astype(np.int64)


def _groups(orders: OrderLog, groups: ArrayLike | Mapping[str, str]) -> NDArray[Any]:
    if isinstance(groups, Mapping):
        return brands_of(orders.product, groups)
    found = np.asarray(groups, dtype=object)
    if found.shape != (len(orders),):
        raise InvalidValueError(
            "groups", f"be one for each line ({len(orders):,})", f"an array of shape {found.shape}"
        )
    return found


def _check(periods: Sequence[Period]) -> None:
    if len(periods) < 2:
        raise InvalidValueError("periods", "be at least two", len(periods))
    for at, (first, last) in enumerate(periods):
        if last < first:
            raise InvalidValueError("periods", "not end before they begin", f"{first} to {last}")
        if at and first <= periods[at - 1][1]:
            raise InvalidValueError(
                "periods", f"begin after the one before ({periods[at - 1][1]})", str(first)
            )
