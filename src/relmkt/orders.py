"""The order log: many orders, in any order, in one currency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, named, plain
from relmkt.calendars import local_days, time_zone
from relmkt.columns import Columns
from relmkt.domain import Order
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError

__all__ = ["OrderLog"]


class OrderLog(Columns[Order]):
    """Many orders: the columns of `Order`, in any order, sorted by nobody.

    Each row is one line: what a customer paid at a moment, or with a negative amount a refund.
    Equal rows are kept, for two equal purchases are two purchases. Instants with a zone are kept in
    UTC (``log.in_utc("ordered_at")``), others as they are; there is no mixture of both. Arrays that
    nobody can write to are shared, not copied.

    Parameters
    ----------
    customer
        The ids, kept as given; none is missing.
    ordered_at
        When: dates, datetimes or datetime64; none is missing.
    amount
        What was paid, negative for a refund; finite, and none is missing.
    unit_cost, quantity, margin, discount, channel, product
        What else is known of each line; see `Order`.
    currency
        The currency of the amounts. If it is given it is given for every line, and the same.

    Raises
    ------
    InvalidRowsError
        When values break the rules of their fields, or a line is in another currency than the
        first; the first bad rows are named.
    InvalidValueError
        When a column is missing, too long or too short, or of the wrong sort.
    UnknownNameError
        For a column that orders do not have.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.orders import OrderLog
    >>> log = OrderLog(
    ...     customer=["C-2", "C-1", "C-2"],
    ...     ordered_at=[date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 9)],
    ...     amount=[29.33, 10.05, -5.00],
    ... )
    >>> log
    <OrderLog: 3 rows, 3 columns>
    >>> log[1].amount
    10.05
    """

    record_type = Order

    @classmethod
    def from_mappings(cls, orders: Iterable[Mapping[str, Any]]) -> Self:
        """Gather orders from mappings with the names of the fields as keys.

        What a mapping leaves out is absent.

        Raises
        ------
        UnknownNameError
            For a key that is no field of an order.
        InvalidRowsError, InvalidValueError
            As for the log itself.

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt.orders import OrderLog
        >>> log = OrderLog.from_mappings(
        ...     [
        ...         {"customer": 7, "ordered_at": date(2026, 3, 1), "amount": 12.5},
        ...         {"customer": 7, "ordered_at": date(2026, 3, 8), "amount": 8, "channel": "web"},
        ...     ]
        ... )
        >>> log.channel
        array([None, 'web'], dtype=object)
        """
        held = list(orders)
        features = cls._schema().features
        for row, order in enumerate(held):
            for name in order:
                if name not in features:
                    raise UnknownNameError("field", str(name), features, where=f"row {row}")
        given = {name for order in held for name in order} | {"customer", "ordered_at", "amount"}
        return cls(
            **{name: [order.get(name) for order in held] for name in features if name in given}
        )

    @classmethod
    def from_frame(
        cls, frame: object, /, *, customer: str, ordered_at: str, amount: str, **names: str
    ) -> Self:
        """Read a log from a data frame; the frame is copied, never changed.

        Parameters
        ----------
        frame
            An eager frame: pandas, Polars, PyArrow, and what else narwhals knows.
        customer, ordered_at, amount
            The names of the frame's columns that hold them.
        **names
            The same for the other fields, for example ``unit_cost="cost"``.

        Raises
        ------
        UnknownNameError
            For a column that the frame does not have, or a field that orders do not have.
        InvalidValueError
            For a lazy frame, and for text where dates or numbers belong.
        InvalidRowsError
            As for the log itself.
        MissingExtraError
            When the extra ``frames`` is not installed.

        Examples
        --------
        >>> import polars as pl
        >>> from datetime import date
        >>> from relmkt.orders import OrderLog
        >>> frame = pl.DataFrame({"who": ["C-1"], "day": [date(2026, 3, 1)], "eur": [10.05]})
        >>> OrderLog.from_frame(frame, customer="who", ordered_at="day", amount="eur")[0].amount
        10.05
        """
        return super().from_frame(
            frame, customer=customer, ordered_at=ordered_at, amount=amount, **names
        )

    @classmethod
    def concatenated(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, parts: Sequence[Self]
    ) -> Self:
        """The lines of one log after those of the other, in one currency."""
        log = super().concatenated(parts)
        log._refuse_mixed_currencies()
        return log

    def days(self, zone: str | None = None) -> NDArray[Any]:
        """The calendar day of every order, datetime64[D] of shape (n,).

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
        refuse_zone(zone, has_zone=self.in_utc("ordered_at"), is_empty=not len(self))
        if self.in_utc("ordered_at") and zone is not None:
            return local_days(self.ordered_at, zone)
        return self.ordered_at.astype("datetime64[D]")

    def last_day(self, zone: str | None = None) -> date:
        """The day of the last order.

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
        """The day of the first order.

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
            raise InvalidValueError("log", "hold an order", "none")
        row = int(which(self.ordered_at))
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
                        where=f"row {other} (customer {named(self.ids, other)})",
                    )
                )
                for other in others[:NAMED_ROWS].tolist()
            ],
            total=int(others.size),
            remedy="amounts are added up: convert them to one currency first",
        )


def refuse_zone(zone: str | None, *, has_zone: bool, is_empty: bool = False) -> None:
    """Raise where orders need a zone and none is given, or the other way round.

    Of an empty log nobody knows which it is.
    """
    if has_zone and zone is None:
        raise InvalidValueError(
            "zone",
            "be given for orders whose times have a zone",
            zone,
            remedy='the day of an order depends on the place: zone="Europe/Berlin", zone="UTC"',
        )
    if not has_zone and zone is not None and not is_empty:
        raise InvalidValueError(
            "zone",
            "be left out for orders whose times have no zone",
            zone,
            remedy="such times are read as the local time that they show",
        )
    if zone is not None:
        time_zone(zone)
