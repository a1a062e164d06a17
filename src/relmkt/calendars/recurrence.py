"""What comes again: every so many days, weeks, months or years from an anchor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars._given import a_day, days, distinct_pairs, whole_numbers
from relmkt.calendars.spans import Span, elapsed
from relmkt.errors import InvalidValueError

__all__ = ["Recurrence"]


@attrs.frozen
class Recurrence:
    """Something that comes again after every span, counted from its anchor.

    Each occurrence is counted from the anchor and not from the one before it, so that what starts
    on the 31st falls on the last day of a short month, and on the 31st again after it.

    Parameters
    ----------
    every
        The span between two occurrences, as a `Span` or in words: ``"3 months"``.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.calendars import Recurrence
    >>> monthly = Recurrence("1 month")
    >>> [str(monthly.occurrence(date(2026, 1, 31), n)) for n in range(4)]
    ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']
    >>> monthly.first_after(date(2026, 1, 31), date(2026, 3, 1))
    datetime.date(2026, 3, 31)
    """

    every: Span = attrs.field(converter=Span.parse)

    @overload
    def occurrence(self, start: date, n: int) -> date: ...
    @overload
    def occurrence(
        self, start: NDArray[np.datetime64], n: int | NDArray[Any]
    ) -> NDArray[np.datetime64]: ...
    def occurrence(
        self, start: date | NDArray[np.datetime64], n: int | NDArray[Any]
    ) -> date | NDArray[np.datetime64]:
        """The day of an occurrence; number 0 is the anchor itself.

        Parameters
        ----------
        start
            The anchor: a date, or an array of datetime64[D], shape (n,); NaT stays NaT.
        n
            Which occurrence, at least 0. For an array one number, or an array of its shape.

        Raises
        ------
        InvalidValueError
            For what is no day or no such number, and for a day beyond the year 9999.
        """
        numbers = whole_numbers("n", n, 0)
        if isinstance(start, np.ndarray):
            return _for_each_pair(self.every.end, days("start", start), numbers)
        if numbers.ndim:
            raise InvalidValueError("n", "be one whole number for one day", n)
        return self.every.end(a_day("start", start), int(numbers))

    @overload
    def first_after(self, start: date, day: date) -> date: ...
    @overload
    def first_after(
        self, start: NDArray[np.datetime64], day: date | NDArray[np.datetime64]
    ) -> NDArray[np.datetime64]: ...
    def first_after(
        self, start: date | NDArray[np.datetime64], day: date | NDArray[np.datetime64]
    ) -> date | NDArray[np.datetime64]:
        """The first occurrence on a day or after it, the anchor among them.

        Parameters
        ----------
        start
            The anchor: a date, or an array of datetime64[D], shape (n,); NaT stays NaT.
        day
            The day. For an array of anchors one day, or an array of the same shape.

        Raises
        ------
        InvalidValueError
            For what is no day, and for an occurrence beyond the year 9999.
        """
        if not isinstance(start, np.ndarray):
            return self._first(a_day("start", start), a_day("day", day))
        asked = (
            days("day", day)
            if isinstance(day, np.ndarray)
            else np.array(a_day("day", day), "datetime64[D]")
        )
        return _for_each_pair(self._first, days("start", start), asked)

    def _first(self, start: date, day: date) -> date:
        if day <= start:
            return start
        n = int(elapsed(start, day, self.every.unit)) // self.every.count
        found = self.every.end(start, n)
        return found if found >= day else self.every.end(start, n + 1)

    def __str__(self) -> str:
        return f"every {self.every}"


def _for_each_pair(
    answer: Callable[[date, Any], date], starts: NDArray[np.datetime64], others: NDArray[Any]
) -> NDArray[np.datetime64]:
    """The answers for all rows, each different pair asked once; NaT where one of the two is."""
    if others.ndim and others.shape != starts.shape:
        raise InvalidValueError(
            "start", f"have the shape of the other array {others.shape}", starts.shape
        )
    anchors, values, rows = distinct_pairs(starts, np.broadcast_to(others, starts.shape))
    found = [
        None if start is None or value is None else answer(start, value)
        for start, value in zip(anchors.tolist(), values.tolist(), strict=True)
    ]
    return np.array(found, dtype="datetime64[D]")[rows]
