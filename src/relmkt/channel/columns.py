"""The records of the channel as columns, and the log of its sales."""

from __future__ import annotations

from typing import ClassVar, Self, cast

import numpy as np

from relmkt._coercion import NAMED_ROWS, named
from relmkt.columns import Columns
from relmkt.domain import (
    Agreement,
    BrandMarket,
    Breach,
    ChannelFacts,
    ConductFacts,
    Distributor,
    MarketFacts,
    SalesRecord,
)
from relmkt.errors import InvalidRowsError
from relmkt.logs import Log

__all__ = [
    "Agreements",
    "BrandMarkets",
    "Breaches",
    "Channels",
    "Conducts",
    "Distributors",
    "Markets",
    "SalesLog",
]


class Distributors(Columns[Distributor]):
    """Many dealers: the columns of `Distributor`."""

    record_type = Distributor


class BrandMarkets(Columns[BrandMarket]):
    """Many brands in their markets: the columns of `BrandMarket`."""

    record_type = BrandMarket


class Agreements(Columns[Agreement]):
    """Many agreements: the columns of `Agreement`, as many for one dealer as it has."""

    record_type = Agreement


class Breaches(Columns[Breach]):
    """Many cases: the columns of `Breach`."""

    record_type = Breach


class Markets(Columns[MarketFacts]):
    """What is known of many brands in their markets on one day: the columns of `MarketFacts`."""

    record_type = MarketFacts


class Channels(Columns[ChannelFacts]):
    """What the checklists of phases ask of brands in markets: the columns of `ChannelFacts`."""

    record_type = ChannelFacts


class Conducts(Columns[ConductFacts]):
    """What the ladder of rewards and sanctions asks of many: the columns of `ConductFacts`."""

    record_type = ConductFacts


class SalesLog(Log[SalesRecord]):
    """Many lines of sales: the columns of `SalesRecord`, in any order, in one currency.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import SalesLog
    >>> log = SalesLog(
    ...     dealer=["D-7", "D-8"],
    ...     sold_at=[date(2026, 3, 1), date(2026, 3, 9)],
    ...     flow=["sell_out", "sell_out"],
    ...     quantity=[4, -1],
    ...     amount=[320.0, -80.0],
    ... )
    >>> log
    <SalesLog: 2 rows, 5 columns>
    >>> str(log.last_day()), log[1].quantity
    ('2026-03-09', -1.0)
    """

    record_type = SalesRecord
    moment: ClassVar[str] = "sold_at"
    lines: ClassVar[str] = "sales"

    def told_once(self) -> Self:
        """The lines, of those that have one number and agree in every field the first alone.

        Two lines without a number that are alike may be two sales, and both stay.

        Raises
        ------
        InvalidRowsError
            When one number stands for two lines that differ; the first such numbers are named.

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt.channel import SalesLog
        >>> log = SalesLog(
        ...     dealer=["D-7"] * 3,
        ...     sold_at=[date(2026, 3, 1)] * 3,
        ...     flow=["sell_in"] * 3,
        ...     line=["L-1", "L-2", "L-1"],
        ...     quantity=[4, 4, 4],
        ... )
        >>> log.told_once().line.tolist()
        ['L-1', 'L-2']
        """
        if "line" not in self.names:
            return self
        lines = self.numbered("line")
        first = np.asarray(lines.firsts)[lines.codes]
        is_again = (first != np.arange(len(self))) & ~self.absent("line")
        if not is_again.any():
            return self
        again = np.flatnonzero(is_again)
        differs: dict[int, list[str]] = {}
        for name in self.names:
            one, other = (self.column(name)[rows] for rows in (first[again], again))
            unlike = one != other
            if one.dtype.kind in "fM":  # what is absent in both is alike
                unlike &= ~(self.absent(name)[first[again]] & self.absent(name)[again])
            for row in again[unlike].tolist():
                differs.setdefault(row, []).append(name)
        if differs:
            rows = sorted(differs)[:NAMED_ROWS]
            raise InvalidRowsError(
                "the sales",
                [
                    f"line {named(self.line, row)} of dealer {named(self.ids, row)} stands for two "
                    f"sales: they differ in {', '.join(differs[row])}"
                    for row in rows
                ],
                total=len(differs),
                remedy="a line is never changed: record what is new under a number of its own",
                rows=rows,
            )
        return cast("Self", self[~is_again])
