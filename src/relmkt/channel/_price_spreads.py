"""How far the dealers' prices of a product lie apart, product by product and month by month."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import by_first_appearance

__all__ = ["joined", "price_spreads", "summed"]

Codes: TypeAlias = NDArray[np.integer[Any]]
Numbers: TypeAlias = NDArray[np.float64]

_LINES = 1 << 21
"""Lines at a time: products are taken together in groups of about so many lines, for what is
worked out on the way takes ten times the memory of the lines."""

_EXACT = 2**62


def summed(codes: Codes, values: Numbers, size: int) -> Numbers:
    """The sum of the values of each code, shape (size,)."""
    return np.bincount(codes, weights=values, minlength=size).astype(np.float64)


def joined(left: Codes, right: Codes) -> NDArray[np.int64]:
    """One number for each pair of numbers from 0, the same for the same pair."""
    if not len(left):
        return np.empty(0, dtype=np.int64)
    width = int(right.max()) + 1
    if int(left.max()) >= _EXACT // width:
        left, _ = by_first_appearance(left)
    return left.astype(np.int64) * width + right


def price_spreads(
    cell: Codes, product: Codes, dealer: Codes, amount: Numbers, quantity: Numbers
) -> tuple[Codes, Numbers, Numbers]:
    """The spread of every product in every cell in which at least two dealers sold it.

    Parameters
    ----------
    cell, product, dealer
        The numbers of the brand in its market and month, of the product and of the dealer, of each
        line.
    amount, quantity
        What was paid, and for how much; neither is absent.

    Returns
    -------
    tuple
        The cells, their spreads, and the amounts that these tell of.
    """
    groups = max(1, -(-len(cell) // _LINES))
    parts: list[tuple[Codes, Numbers, Numbers]] = []
    for number in range(groups):
        rows: Any = np.flatnonzero(product % groups == number) if groups > 1 else slice(None)
        parts.append(
            _spreads(cell[rows], product[rows], dealer[rows], amount[rows], quantity[rows])
        )
    cells, spreads, amounts = zip(*parts, strict=True)
    return np.concatenate(cells), np.concatenate(spreads), np.concatenate(amounts)


def _spreads(
    cell: Codes, product: Codes, dealer: Codes, amount: Numbers, quantity: Numbers
) -> tuple[Codes, Numbers, Numbers]:
    goods = joined(cell, product)
    sold, firsts = by_first_appearance(joined(goods, dealer))
    amounts, quantities = (summed(sold, values, len(firsts)) for values in (amount, quantity))
    plus = (amounts > 0) & (quantities > 0)  # what was returned on balance has no price
    rows, amounts, quantities = firsts[plus], amounts[plus], quantities[plus]
    group, heads = by_first_appearance(goods[rows])
    size = len(heads)
    total, weight = summed(group, amounts, size), summed(group, quantities, size)
    mean = total / weight
    away = amounts / quantities - mean[group]
    variance = summed(group, quantities * away * away, size) / weight
    several = np.bincount(group, minlength=size) > 1
    places = cell[rows[heads]]
    return places[several], (np.sqrt(variance) / mean)[several], total[several]
