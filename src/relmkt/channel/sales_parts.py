"""Sales that are too many for one log, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import attrs

from relmkt.channel.columns import SalesLog
from relmkt.errors import FileError, InvalidValueError

__all__ = ["SalesParts"]


@attrs.frozen(kw_only=True, eq=False)
class SalesParts:
    """Sales in parts that are looked at one after the other, so that only one is in memory.

    Prices are compared within a market, and a rebate is earned by all that a dealer sold. So all
    sales of a dealer are in one part, and so are all sales in a market, and all without a market.

    Parameters
    ----------
    parts
        The parts; they are gone through once.
    ends
        The first and the last line of all: between which days the sales lie.
    source
        The file that they are from, as messages name it; None where they are from none.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import SalesParts
    >>> from relmkt.simulation import channel_market
    >>> sales = channel_market(7, dealers=40).sales
    >>> markets = sales.numbered("market")
    >>> parts = SalesParts(
    ...     parts=(sales[markets.codes == code] for code in range(len(markets.values))), ends=sales
    ... )
    >>> sum(len(part) for part in parts) == len(sales), str(parts.last_day())
    (True, '2025-12-15')
    """

    parts: Iterable[SalesLog]
    ends: SalesLog
    source: str | None = None

    @classmethod
    def of(cls, sales: SalesLog | SalesParts) -> SalesParts:
        """A log is one part."""
        return sales if isinstance(sales, SalesParts) else cls(parts=[sales], ends=sales)

    def last_day(self, zone: str | None = None) -> date:
        """The day of the last line; see `SalesLog.last_day`.

        Raises
        ------
        FileError
            When a file holds no sales.
        InvalidValueError
            When there are no sales otherwise, or a zone is missing or out of place.
        """
        if self.source is not None and not len(self.ends):
            raise FileError(
                self.source, "holds no sales", remedy="nothing tells of which day is asked"
            )
        return self.ends.last_day(zone)

    def first_day(self, zone: str | None = None) -> date | None:
        """The day of the first line, None where there is none; see `SalesLog.first_day`.

        Raises
        ------
        InvalidValueError
            When a zone is missing or out of place.
        """
        return self.ends.first_day(zone) if len(self.ends) else None

    def __iter__(self) -> Iterator[SalesLog]:
        """The parts.

        Raises
        ------
        InvalidValueError
            When a dealer or a market is in two parts, or parts are in two currencies.
        """
        seen: dict[str, dict[Any, int]] = {"dealer": {}, "market": {}}
        first: SalesLog | None = None
        for number, part in enumerate(self.parts):
            first = part if first is None else first
            for name, held in seen.items():
                for value in part.numbered(name).values:
                    if held.setdefault(value, number) != number:
                        raise InvalidValueError(
                            name,
                            "be in one part with all its sales",
                            value,
                            remedy="what a dealer earned, and what a market pays, is told by all",
                        )
            if len(part) and part.one_currency != first.one_currency:
                raise InvalidValueError(
                    "currency", f"be {first.one_currency!r} as in the first part", part.one_currency
                )
            yield part
