"""Customers who stay, and those who switch between the firm's own brands: retained all the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import by_first_appearance
from relmkt.errors import InvalidValueError
from relmkt.orders import OrderLog

__all__ = ["BrandRetention", "brand_retention"]

Counts = NDArray[np.int64]


@attrs.frozen(eq=False, kw_only=True)
class BrandRetention:
    """How many customers of each brand came back to it, or to another brand of the firm.

    Attributes
    ----------
    brands
        The brands that were bought in the first period, in order of first appearance.
    customers
        Customers of each in the first period, shape (k,).
    stayed
        Those who bought the same brand in the second, shape (k,).
    switched
        Those who did not, and bought another brand of the firm, shape (k,).
    all_customers, all_stayed, all_retained
        Customers in the first period; those who bought again a brand that they had bought, and
        those who bought any. Each counts once, however many brands it buys.
    unknown_lines
        Purchases in either period whose brand is unknown, and that count for nothing.
    """

    brands: tuple[str, ...]
    customers: Counts
    stayed: Counts
    switched: Counts
    all_customers: int
    all_stayed: int
    all_retained: int
    unknown_lines: int

    @property
    def without_switching(self) -> float:
        """Retention if a switch to another own brand counts as lost; NaN without a customer."""
        return _share(self.all_stayed, self.all_customers)

    @property
    def with_switching(self) -> float:
        """Retention if a switch to another own brand counts as retained; NaN without a customer."""
        return _share(self.all_retained, self.all_customers)

    def __str__(self) -> str:
        told = (
            f"{self.all_customers:,} customers: {self.without_switching:.1%} bought the same brand "
            f"again, {self.with_switching:.1%} a brand of the firm"
        )
        rows = zip(self.brands, self.customers, self.stayed, self.switched, strict=True)
        lines = (
            f"  {brand}: {stayed} of {customers} stayed, {switched} switched"
            for brand, customers, stayed, switched in rows
        )
        return "\n".join([told, *lines])


def brand_retention(
    orders: OrderLog,
    brand_of: Mapping[str, str],
    *,
    first: tuple[date, date],
    second: tuple[date, date],
    zone: str | None = None,
) -> BrandRetention:
    """Retention from one period to the next, with and without switches between own brands.

    Who goes from one brand of the firm to another looks for something new and has not left. Lines
    with an amount above 0 are purchases; refunds are not looked at.

    Parameters
    ----------
    orders
        The orders, with products.
    brand_of
        The brand of each product.
    first, second
        The first and the last day of each period; the second begins after the first has ended.
    zone
        As for `OrderLog.days`.

    Raises
    ------
    InvalidValueError
        When a period ends before it begins, or the second begins within the first.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import brand_retention
    >>> from relmkt.orders import OrderLog
    >>> orders = OrderLog(
    ...     customer=["C-1", "C-2", "C-3", "C-1", "C-2"],
    ...     ordered_at=[date(2025, 5, 1)] * 3 + [date(2026, 5, 1)] * 2,
    ...     amount=[10.0] * 5,
    ...     product=["a", "a", "b", "a", "b"],
    ... )
    >>> found = brand_retention(
    ...     orders,
    ...     {"a": "Aura", "b": "Brisk"},
    ...     first=(date(2025, 1, 1), date(2025, 12, 31)),
    ...     second=(date(2026, 1, 1), date(2026, 12, 31)),
    ... )
    >>> print(found)
    3 customers: 33.3% bought the same brand again, 66.7% a brand of the firm
      Aura: 1 of 2 stayed, 1 switched
      Brisk: 0 of 1 stayed, 0 switched
    """
    for name, (start, end) in (("first", first), ("second", second)):
        if end < start:
            raise InvalidValueError(name, "not end before it begins", f"{start} to {end}")
    if second[0] <= first[1]:
        raise InvalidValueError("second", f"begin after {first[1]}", str(second[0]))
    days = orders.days(zone)
    bought = orders.amount > 0
    in_first, in_second = (
        bought & (days >= np.datetime64(start, "D")) & (days <= np.datetime64(end, "D"))
        for start, end in (first, second)
    )
    brand = brands_of(orders.product, brand_of)
    is_known = np.asarray(brand != np.array(None, dtype=object))
    unknown = int(np.count_nonzero((in_first | in_second) & ~is_known))
    rows = np.flatnonzero((in_first | in_second) & is_known)
    rows = rows[np.argsort(~in_first[rows], kind="stable")]  # brands of the first period come first
    people, _ = by_first_appearance(orders.ids[rows])
    kinds, heads = by_first_appearance(brand[rows])
    names = brand[rows][heads]
    width = max(len(names), 1)
    pair = people.astype(np.int64) * width + kinds
    is_first = in_first[rows]
    before, after = np.unique(pair[is_first]), np.unique(pair[~is_first])
    came_back = np.unique(after // width)
    again = np.isin(before, after, assume_unique=True)
    elsewhere = np.isin(before // width, came_back) & ~again
    count = int(kinds[is_first].max(initial=-1)) + 1
    code = before % width
    customers = np.unique(before // width)
    return BrandRetention(
        brands=tuple(names[:count].tolist()),
        customers=np.bincount(code, minlength=count),
        stayed=np.bincount(code[again], minlength=count),
        switched=np.bincount(code[elsewhere], minlength=count),
        all_customers=len(customers),
        all_stayed=len(np.unique(before[again] // width)),
        all_retained=int(np.isin(customers, came_back).sum()),
        unknown_lines=unknown,
    )


def brands_of(products: NDArray[Any], brand_of: Mapping[str, str]) -> NDArray[Any]:
    """The brand of each line, None where the product or its brand is unknown, shape (n,)."""
    codes, firsts = by_first_appearance(products)
    known = np.empty(len(firsts), dtype=object)
    known[:] = [brand_of.get(name) for name in products[firsts].tolist()]
    return known[codes] if len(products) else np.empty(0, dtype=object)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
