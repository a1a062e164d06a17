"""The order log: many orders, in any order, in one currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from relmkt.domain import Order
from relmkt.errors import UnknownNameError
from relmkt.logs import Log

__all__ = ["OrderLog"]


class OrderLog(Log[Order]):
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
    moment: ClassVar[str] = "ordered_at"
    lines: ClassVar[str] = "orders"

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
