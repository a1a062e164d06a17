"""What sales tell of goods that were diverted: the facts of each dealer, from columns of sales."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import by_first_appearance
from relmkt.calendars import ONE_DAY, Span
from relmkt.channel.columns import Distributors, SalesLog
from relmkt.channel.contract_years import ContractYear, contract_years
from relmkt.channel.rebate_balances import RebateBalance
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_ledger import RebateLedger
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.columns import Columns
from relmkt.domain import Agreement, DiversionFacts, Flow

__all__ = ["Diversions", "diversion_facts"]

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

_MONTH = "datetime64[M]"
_YEAR = 12
_YEAR_END = Span(2, "month")


class Diversions(Columns[DiversionFacts]):
    """What the sales of many dealers say about diverted goods: the columns of `DiversionFacts`."""

    record_type = DiversionFacts


def diversion_facts(
    log: SalesLog,
    *,
    as_of: date,
    distributors: Distributors,
    agreements: Iterable[Agreement] | None = None,
    schedules: Mapping[str, RebateSchedule] | None = None,
    balances: Iterable[RebateBalance] | None = None,
    zone: str | None = None,
    since: date | None = None,
) -> Diversions:
    """The facts that tell of diversion, one row for each dealer, on the last whole month.

    - *Lowest stock*: what was bought less what was sold, added up from the first month on; the
      least of it in the latest twelve months, in months of sales. What a dealer had before the
      first record is not known, so that real stocks are higher. Goods that are never seen to be
      sold raise it; goods that are bought early and sold later do not.
    - *Lift at the end of a year*, of the latest contract year that was over by then, where an
      agreement with a schedule says which; the days count, also where a year begins within a month.
    - *How far the volume lies above the bracket that it reached*, or above the target from which on
      is paid: the volume of that year in the ledger of rebates, so that only sales count that earn
      a rebate. Of several agreements, or points with brackets of their own, the nearest counts.
    - *Share outside the own places*: the territories and outlets of the agreements, or the one in
      which the dealer has its place. Lines without a territory are not counted.
    - *Foreign prices*: over those lines by quantity, how far they lie below the mean price of all
      others who sold the product in that market and month, and below the dealer's own at home.

    Lines of later months are left out. A fact for which there are no lines is absent. All sales of
    a market belong into one log, for prices are compared within it; markets may be asked apart.

    Parameters
    ----------
    log
        The sales in and out, in any order.
    as_of
        The day asked.
    distributors
        The dealers, each with its territory; the rows of what is given back. Sales of others only
        count for the prices.
    agreements, schedules
        What was agreed with them, in columns or as records, and the schedules by name.
    balances
        Their rebates on that day, as a `RebateLedger` of these and other events tells them; unless
        given, those of a ledger of these sales alone.
    zone
        As for `SalesLog.days`.
    since
        The day from which on sales were recorded; that of the first line, unless a log is a part of
        a longer one.

    Raises
    ------
    InvalidRowsError, InvalidValueError, UnknownNameError
        As in `RebateLedger.from_events`, where there are schedules and no balances are given.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.diversion_signals import diversion_facts
    >>> from relmkt.simulation import channel_market
    >>> made = channel_market(7, dealers=40)
    >>> facts = diversion_facts(
    ...     made.sales,
    ...     as_of=date(2025, 12, 31),
    ...     distributors=made.distributors,
    ...     agreements=made.agreements,
    ...     schedules=made.schedules,
    ... )
    >>> len(facts), round(facts[0].foreign_share, 3)
    (40, 0.024)
    """
    last = (np.datetime64(as_of, "D") + 1).astype(_MONTH) - 1
    days = log.days(zone)
    months = days.astype(_MONTH)
    row_of = {name: row for row, name in enumerate(distributors.dealer.tolist())}
    sellers = log.numbered("dealer")
    rows = np.array([row_of.get(name, -1) for name in sellers.values], dtype=np.int64)
    kept = months <= last
    asked = _Asked(
        log=log,
        day=days,
        last=last,
        month=(months - last).astype(np.int64),
        dealer=rows[sellers.codes] if len(rows) else sellers.codes.astype(np.int64),
        kept=kept,
        size=len(distributors),
        since=0 if since is None else int((np.datetime64(since, "M") - last).astype(np.int64)),
    )
    agreed = list(agreements or ())
    known = schedules or {}
    if balances is None:
        balances = _balances(log, as_of, agreed, known, zone)
    held: dict[Any, list[Agreement]] = {}
    for one in agreed:
        held.setdefault(one.dealer, []).append(one)
    columns = asked.stocks()
    until: date = ((last + 1).astype("datetime64[D]") - 1).item()
    years = {
        row: found
        for row, dealer in enumerate(distributors.dealer.tolist())
        if (found := _latest_years(held.get(dealer, ()), known, until))
        and np.datetime64(min(year.start for year in found), "M") >= asked.first_month
    }
    columns |= asked.year_ends(years)
    columns["overshoot"] = _overshoots(distributors, years, balances, known)
    columns |= asked.foreign(_places(distributors, held))
    return Diversions(dealer=distributors.dealer, **columns)


def _places(
    distributors: Distributors, held: Mapping[Any, list[Agreement]]
) -> dict[str, list[set[str]]]:
    """For each dealer the territories and outlets that are its own."""
    territories: list[set[str]] = []
    outlets: list[set[str]] = []
    for dealer, own in zip(
        distributors.dealer.tolist(), distributors.territory.tolist(), strict=True
    ):
        agreed = held.get(dealer, ())
        named = {name for one in agreed for name in one.territory_names}
        territories.append(named or ({own} if own is not None else set()))
        outlets.append({name for one in agreed for name in one.outlet_names})
    return {"territory": territories, "outlet": outlets}


@attrs.frozen(eq=False, kw_only=True)
class _Asked:
    """The lines of a log: their months, counted back from the last one, and their dealers."""

    log: SalesLog
    day: NDArray[np.datetime64]
    last: np.datetime64
    month: Codes
    dealer: Codes
    kept: Mask
    size: int
    since: int

    def _flow(self, flow: Flow) -> Mask:
        return np.asarray(self.log.column("flow") == list(Flow).index(flow))

    def _cube(self, where: Mask, values: Numbers, width: int) -> Numbers:
        """Sums by dealer and month, shape (d, width), the last month last."""
        where = where & (self.dealer >= 0) & ~np.isnan(values)
        cell = self.dealer[where] * width + self.month[where] + width - 1
        sums: Numbers = np.bincount(
            cell, weights=values[where], minlength=self.size * width
        ).astype(np.float64)
        return sums.reshape(self.size, width)

    def _width(self) -> int:
        within = self.month[self.kept]
        first = min(int(within.min()), self.since) if len(within) else self.since
        return max(_YEAR, 1 - first)

    @property
    def first_month(self) -> np.datetime64:
        """The first month that the log can tell of."""
        return self.last - (self._width() - 1)

    def stocks(self) -> dict[str, Numbers]:
        width = self._width()
        bought, sold = (
            self._cube(self.kept & self._flow(flow), self.log.quantity, width) for flow in Flow
        )
        year_in, year_out = bought[:, -_YEAR:].sum(axis=1), sold[:, -_YEAR:].sum(axis=1)
        stock = np.cumsum(bought - sold, axis=1)[:, -_YEAR:].min(axis=1)
        usual = year_out / _YEAR
        known = (year_out > 0) & (bought.sum(axis=1) > 0)
        least = np.full(self.size, np.nan)
        np.divide(stock, usual, out=least, where=known)
        seen = np.zeros(self.size, dtype=np.bool_)
        seen[self.dealer[self.kept & (self.dealer >= 0)]] = True
        return {
            "sold_in": np.where(seen, year_in, np.nan),
            "sold_out": np.where(seen, year_out, np.nan),
            "least_stock": least,
        }

    def year_ends(self, years: Mapping[int, list[ContractYear]]) -> dict[str, Numbers]:
        """The spike at the end of the latest whole year of each dealer."""
        starts, lates, overs = (np.full(self.size, "NaT", "datetime64[D]") for _ in range(3))
        for row, mine in years.items():
            starts[row] = min(year.start for year in mine)
            overs[row], lates[row] = mine[0].end - ONE_DAY, _YEAR_END.end(mine[0].end, -1)
        rows = np.flatnonzero(self.kept & (self.dealer >= 0))
        day, who = self.day[rows], self.dealer[rows]
        within = (np.maximum(starts, lates)[who] <= day) & (day <= overs[who])
        rows, who = rows[within], who[within]
        flow, units = self.log.column("flow")[rows], self.log.quantity[rows]
        bought, sold = (self._by_dealer(who, units, flow == at) for at in range(len(Flow)))
        lift = np.full(self.size, np.nan)
        np.divide(bought, sold, out=lift, where=sold > 0)
        return {"year_end_lift": lift}

    def _by_dealer(self, who: Codes, values: Numbers, where: Mask) -> Numbers:
        where = where & ~np.isnan(values)
        sums = np.bincount(who[where], weights=values[where], minlength=self.size)
        return sums.astype(np.float64)

    def foreign(self, places: Mapping[str, list[set[str]]]) -> dict[str, Numbers]:
        """The share of sales outside the own places, and how low the prices there were."""
        log = self.log
        units = log.quantity
        out = self.kept & self._flow(Flow.SELL_OUT) & (units > 0)
        out &= self.month > -_YEAR
        told = ~log.absent("territory") | ~log.absent("outlet")
        at = np.flatnonzero(out & (self.dealer >= 0) & told)
        dealer = self.dealer[at]
        home = np.zeros(len(at), dtype=np.bool_)
        for name, own in places.items():
            place = log.numbered(name)
            home |= _within(dealer, place.codes[at], place.values, own)
        away = at[~home]
        total = np.bincount(dealer, weights=units[at], minlength=self.size)
        abroad = np.bincount(self.dealer[away], weights=units[away], minlength=self.size)
        share = np.full(self.size, np.nan)
        np.divide(abroad, total, out=share, where=total > 0)
        below, own_below = self._discounts(np.flatnonzero(out), at[home], away)
        return {
            "foreign_share": share,
            "foreign_discount": below,
            "home_discount": own_below,
        }

    def _discounts(
        self, all_rows: NDArray[np.intp], home: NDArray[np.intp], away: NDArray[np.intp]
    ) -> tuple[Numbers, Numbers]:
        """By quantity, how far foreign prices lie below others' and below the own ones."""
        log = self.log
        product, market = log.numbered("product").codes, log.numbered("market").codes
        priced = ~np.isnan(log.amount) & (log.amount > 0) & ~log.absent("product")
        many = int(product.max(initial=0)) + 1
        goods = (market.astype(np.int64) * many + product) * _YEAR + np.maximum(
            self.month + _YEAR - 1, 0
        )
        dealers = self.dealer + 1  # those that are not among the rows are one dealer together
        mean = self._below(goods, all_rows[priced[all_rows]], away[priced[away]], dealers)
        own = goods * (self.size + 1) + dealers
        mine = self._below(own, home[priced[home]], away[priced[away]], None)
        return mean, mine

    def _below(
        self, cell: Codes, usual: NDArray[np.intp], away: NDArray[np.intp], dealer: Codes | None
    ) -> Numbers:
        """How far the prices of some rows lie below the mean of others of the same cell."""
        amount, units = self.log.amount, self.log.quantity
        both, _ = by_first_appearance(np.concatenate([cell[usual], cell[away]]))
        there, here = both[: len(usual)].astype(np.int64), both[len(usual) :].astype(np.int64)
        size = int(both.max(initial=-1)) + 1
        paid = np.bincount(there, weights=amount[usual], minlength=size)[here]
        sold = np.bincount(there, weights=units[usual], minlength=size)[here]
        if dealer is not None:  # without the dealer's own
            width = self.size + 1
            keys, _ = by_first_appearance(
                np.concatenate([there * width + dealer[usual], here * width + dealer[away]])
            )
            ours, asked = keys[: len(usual)], keys[len(usual) :]
            count = int(keys.max(initial=-1)) + 1
            paid = paid - np.bincount(ours, weights=amount[usual], minlength=count)[asked]
            sold = sold - np.bincount(ours, weights=units[usual], minlength=count)[asked]
        known = sold > 0.5
        price = np.full(len(away), np.nan)
        np.divide(paid, sold, out=price, where=known)
        away, price = away[known], price[known]
        part = 1.0 - amount[away] / units[away] / price
        who, weight = self.dealer[away], units[away]
        total = np.bincount(who, weights=weight, minlength=self.size)
        found = np.full(self.size, np.nan)
        np.divide(
            np.bincount(who, weights=part * weight, minlength=self.size),
            total,
            out=found,
            where=total > 0,
        )
        return found


def _within(dealer: Codes, codes: NDArray[np.int32], names: list[Any], own: list[set[str]]) -> Mask:
    """Whether each place is one of its dealer's own."""
    number = {name: code for code, name in enumerate(names)}
    width = max(len(number), 1)
    pairs = [
        row * width + number[name]
        for row, mine in enumerate(own)
        for name in mine
        if name in number
    ]
    return np.isin(dealer * width + codes, np.array(pairs, dtype=np.int64))


def _balances(
    log: SalesLog,
    as_of: date,
    agreed: list[Agreement],
    schedules: Mapping[str, RebateSchedule],
    zone: str | None,
) -> tuple[RebateBalance, ...]:
    """The rebates on these sales; without schedules there are none."""
    if not schedules:
        return ()
    return RebateLedger.from_events(
        RebateEvents.of_sales(log), agreements=agreed, schedules=schedules, zone=zone
    ).balances(as_of)


def _latest_years(
    held: Iterable[Agreement], schedules: Mapping[str, RebateSchedule], until: date
) -> list[ContractYear]:
    """The contract years with a schedule that ended on the latest day before a day was over."""
    years = [
        year
        for one in held
        if one.schedule in schedules
        for year in contract_years(one, until=until)
        if year.end - ONE_DAY <= until
    ]
    latest = max((year.end for year in years), default=None)
    return [year for year in years if year.end == latest]


def _overshoots(
    distributors: Distributors,
    years: Mapping[int, list[ContractYear]],
    balances: Iterable[RebateBalance],
    schedules: Mapping[str, RebateSchedule],
) -> Numbers:
    """How far each dealer's volume lies above the nearest bracket that it reached."""
    found = np.full(len(distributors), np.nan)
    row_of = {distributors.dealer[row]: row for row in years}
    for one in balances:
        row = row_of.get(one.dealer)
        if row is not None and one.year in years[row]:
            found[row] = np.fmin(found[row], _overshoot(one, schedules[one.schedule]))
    return found


def _overshoot(balance: RebateBalance, schedule: RebateSchedule) -> float:
    """How far volume lies above what it just reached; NaN where it reached nothing."""
    target, volume = schedule.target_of(balance.agreement), float(balance.volume)
    if target is not None and volume < target:
        return math.nan
    reached = [
        float(point.volume) / float(max(starts))
        for point in balance.points
        if (starts := [one.start for one in schedule.brackets if 0 < one.start <= point.volume])
    ]
    if target:
        reached.append(volume / target)
    return min(reached, default=math.nan) - 1.0
