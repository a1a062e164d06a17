"""When each dealer last got a product that was new to it, from the log of sales."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.channel.columns import SalesLog
from relmkt.domain import Flow
from relmkt.errors import InvalidValueError
from relmkt.records import schema

__all__ = ["days_since_launch"]


def days_since_launch(
    log: SalesLog,
    dealers: ArrayLike,
    *,
    as_of: date,
    unknown_days: int = 90,
    since: date | None = None,
    zone: str | None = None,
) -> NDArray[np.float64]:
    """Days since each dealer was first sold its newest product; NaN where that is not known.

    A product is new to a dealer on the day on which it is first sold in to it. What is first seen
    when the log begins may have been sold long before, so none of that is known to be new. Lines
    without a product, and returned goods, tell nothing.

    Parameters
    ----------
    log
        The sales, in any order, all that a dealer was sold; those after the day are not looked at.
    dealers
        The ids of the dealers that are asked for, each once, shape (n,).
    as_of
        The day.
    unknown_days
        For so many days from the first line on, what is first seen is not known to be new. It
        should be at least the time in which a dealer buys all of its range.
    since
        The day of the first line of all, where the log is a part of them; that of the log unless
        given.
    zone
        As for `SalesLog.days`.

    Raises
    ------
    InvalidValueError
        When the days are negative.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import SalesLog, days_since_launch
    >>> log = SalesLog(
    ...     dealer=["D-7", "D-8", "D-7"],
    ...     sold_at=[date(2025, 1, 1), date(2025, 1, 1), date(2025, 9, 1)],
    ...     flow=["sell_in"] * 3,
    ...     product=["lamp", "lamp", "lantern"],
    ...     quantity=[4, 4, 2],
    ... )
    >>> days_since_launch(log, ["D-7", "D-8"], as_of=date(2025, 9, 30))
    array([29., nan])
    """
    if unknown_days < 0:
        raise InvalidValueError("unknown_days", "be at least 0", unknown_days)
    ids: list[Any] = np.asarray(dealers).tolist()
    newest = np.full(len(ids), -np.inf)
    if not len(log):
        return np.full(len(ids), np.nan)
    days = log.days(zone).astype(np.int64)
    first = int(days.min()) if since is None else _number(since)
    sell_in = schema(log.record_type).features["flow"].values.index(Flow.SELL_IN)
    used = np.flatnonzero(
        (log.flow == sell_in)
        & ~log.absent("product")
        & ~(log.quantity <= 0)
        & (days <= _number(as_of))
    )
    row_of = {name: row for row, name in enumerate(ids)}
    told = log.numbered("dealer")
    rows = np.array([row_of.get(name, -1) for name in told.values], dtype=np.int64)
    rows = rows[told.codes[used]]
    known = rows >= 0
    used, rows = used[known], rows[known]
    if used.size:
        goods = log.numbered("product")
        pairs = rows * len(goods.values) + goods.codes[used]
        order = np.lexsort((days[used], pairs))
        starts = np.flatnonzero(np.diff(pairs[order], prepend=-1))
        sold = days[used][order][starts]
        is_new = sold > first + unknown_days
        np.maximum.at(newest, rows[order][starts][is_new], sold[is_new])
    return np.where(np.isinf(newest), np.nan, _number(as_of) - newest)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)) // timedelta(days=1)
