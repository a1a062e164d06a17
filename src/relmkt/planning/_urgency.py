"""The order in which contacts are made."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["by_urgency", "id_ranks"]


_BLOCK = 1 << 16
"""Rows at a time, so that temporaries stay small beside the columns."""


def by_urgency(
    as_of: date,
    days: NDArray[np.datetime64],
    value: NDArray[np.float64],
    *ties: NDArray[Any],
) -> NDArray[np.intp]:
    """The rows from the most urgent to the least.

    The most urgent is that of the most days overdue times value; a value that is unknown, or below
    0, counts as 0. Then come more days overdue, the earlier day, the higher value (an unknown one
    last), and what breaks ties.

    Parameters
    ----------
    as_of
        The day on which the order holds.
    days
        The user's day of each contact, shape (n,); NaT comes last.
    value
        The value of each customer, shape (n,); NaN where unknown.
    *ties
        What breaks ties, the first the strongest; each of shape (n,).

    Returns
    -------
    rows
        Shape (n,).
    """
    late = np.maximum((np.datetime64(as_of, "D") - days).astype(np.float64), 0.0)
    late[np.isnat(days)] = 0.0
    worth = np.where(value > 0, value, 0.0)
    known = np.where(np.isnan(value), -np.inf, value)
    return np.lexsort((*reversed(ties), -known, days, -late, -late * worth))


def id_ranks(ids: NDArray[Any]) -> NDArray[np.int32]:
    """The place of each id among all, sorted; of ids of several sorts, by their texts."""
    words: NDArray[Any] = ids
    if ids.dtype.hasobject:
        words = np.array([str(one) for one in ids.tolist()], dtype=object)
    order = np.argsort(words, kind="stable")
    # Equal ids must rank equally: what comes first in the file has no say.
    new = np.ones(len(ids), dtype=np.int32)
    for start in range(1, len(ids), _BLOCK):
        rows = order[start - 1 : start + _BLOCK]
        new[start : start + _BLOCK] = words[rows[1:]] != words[rows[:-1]]
    ranks = np.empty(len(ids), dtype=np.int32)
    ranks[order] = np.cumsum(new, dtype=np.int32)
    return ranks
