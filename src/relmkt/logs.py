"""Logs: many lines that each happened at a moment, in any order, in one currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, named, plain
from relmkt.calendars import local_days, time_zone
from relmkt.columns import Columns
from relmkt.errors import InvalidRowsError, InvalidValueError

__all__ = ["Log", "refuse_zone"]

R = TypeVar("R")


class Log(Columns[R]):
    """Columns of lines that each happened at a moment: what logs of any kind have in common.

    The record type declares the moment, and a text ``currency``: the amounts of a log are added
    up, so they are in one currency throughout, or the log does not say in which.

    Attributes
    ----------
    moment
        The name of the field that says when.
    lines
        What the lines are called in messages, in the plural.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import SalesRecord
    >>> from relmkt.logs import Log
    >>> class Sales(Log[SalesRecord]):
    ...     record_type = SalesRecord
    ...     moment = "sold_at"
    ...     lines = "sales"
    >>> sales = Sales(dealer=["D-7"], sold_at=[date(2026, 3, 1)], flow=["sell_out"])
    >>> str(sales.last_day()), sales.one_currency
    ('2026-03-01', None)
    """

    moment: ClassVar[str]
    lines: ClassVar[str]

    @classmethod
    def concatenated(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, parts: Sequence[Self]
    ) -> Self:
        """The lines of one log after those of the other, in one currency."""
        log = super().concatenated(parts)
        log._refuse_mixed_currencies()
        return log

    def days(self, zone: str | None = None) -> NDArray[Any]:
        """The calendar day of every line, datetime64[D] of shape (n,).

        Parameters
        ----------
        zone
            The time zone whose days count, for example ``"Europe/Berlin"``. Needed where the
            instants have a zone; not allowed where they have none, for these are read as the local
            time that they show.

        Raises
        ------
        InvalidValueError
            When a zone is missing or out of place, or unknown.
        """
        has_zone = self.in_utc(self.moment)
        refuse_zone(zone, has_zone=has_zone, is_empty=not len(self), lines=self.lines)
        if has_zone and zone is not None:
            return local_days(self.column(self.moment), zone)
        return self.column(self.moment).astype("datetime64[D]")

    def last_day(self, zone: str | None = None) -> date:
        """The day of the last line.

        Parameters
        ----------
        zone
            As for `days`.

        Raises
        ------
        InvalidValueError
            When the log is empty, or a zone is missing or out of place.

        Examples
        --------
        >>> from relmkt.datasets import cdnow_orders
        >>> str(cdnow_orders().last_day())
        '1998-06-30'
        """
        return self._day_of(np.argmax, zone)

    def first_day(self, zone: str | None = None) -> date:
        """The day of the first line.

        Parameters
        ----------
        zone
            As for `days`.

        Raises
        ------
        InvalidValueError
            As for `last_day`.

        Examples
        --------
        >>> from relmkt.datasets import cdnow_orders
        >>> str(cdnow_orders().first_day())
        '1997-01-01'
        """
        return self._day_of(np.argmin, zone)

    def _day_of(self, which: Callable[[NDArray[Any]], np.intp], zone: str | None) -> date:
        if not len(self):
            raise InvalidValueError("log", f"hold {self.lines}", "none")
        row = int(which(self.column(self.moment)))
        return self[row : row + 1].days(zone)[0].item()

    @property
    def one_currency(self) -> str | None:
        """The currency of all the amounts; None where the log does not say."""
        return None if self._currency_row is None else plain(self.currency[self._currency_row])

    @property
    def _currency_row(self) -> int | None:
        """The first row that names its currency."""
        known = np.flatnonzero(~self.absent("currency"))
        return int(known[0]) if known.size else None

    def _check(self, data: Mapping[str, Any]) -> None:
        super()._check(data)
        self._refuse_mixed_currencies()

    def _refuse_mixed_currencies(self) -> None:
        """Amounts in different currencies, or in one that is not known, have no sum."""
        if "currency" not in self.names or (row := self._currency_row) is None:
            return
        first = self.one_currency
        # Not compared with a plain text, which NumPy would first cut at a closing zero.
        others = np.flatnonzero(self.currency != np.array(first, dtype=object))
        if not others.size:
            return
        raise InvalidRowsError(
            "column 'currency'",
            [
                str(
                    InvalidValueError(
                        "currency",
                        f"be {first!r} as in row {row}",
                        self.currency[other],
                        where=f"row {other} ({self._schema().identity} {named(self.ids, other)})",
                    )
                )
                for other in others[:NAMED_ROWS].tolist()
            ],
            total=int(others.size),
            remedy="amounts are added up: convert them to one currency first",
        )


def refuse_zone(
    zone: str | None, *, has_zone: bool, is_empty: bool = False, lines: str = "orders"
) -> None:
    """Raise where orders, or other lines, need a zone and none is given, or the other way round.

    Of an empty log nobody knows which it is.
    """
    if has_zone and zone is None:
        raise InvalidValueError(
            "zone",
            f"be given for {lines} whose times have a zone",
            zone,
            remedy='the day depends on the place: zone="Europe/Berlin", zone="UTC"',
        )
    if not has_zone and zone is not None and not is_empty:
        raise InvalidValueError(
            "zone",
            f"be left out for {lines} whose times have no zone",
            zone,
            remedy="such times are read as the local time that they show",
        )
    if zone is not None:
        time_zone(zone)
