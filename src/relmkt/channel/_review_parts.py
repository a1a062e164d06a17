"""What a review asks of sales, gathered part by part: the same as of all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import named
from relmkt.channel._decimals import added
from relmkt.channel._rebate_checks import check_terms
from relmkt.channel.columns import BrandMarkets, Distributors, SalesLog
from relmkt.channel.contract_years import refuse_overlaps
from relmkt.channel.diversion_signals import Diversions, diversion_facts
from relmkt.channel.launches import days_since_launch
from relmkt.channel.monthly import MonthlySales, monthly_lines, refuse_no_brand
from relmkt.channel.rebate_balances import LeftOut, RebateBalance
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_ledger import RebateLedger
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.channel.sales_parts import SalesParts
from relmkt.domain import Agreement
from relmkt.errors import InvalidValueError
from relmkt.ledgers import in_order

__all__ = ["Gathered", "gathered"]


@attrs.frozen(kw_only=True, eq=False)
class Gathered:
    """What the sales of a channel tell, all parts together.

    Attributes
    ----------
    monthly
        Sales by month.
    diversion
        The facts that tell of diversion, one row for each dealer.
    balances, left_out
        The rebates, in the order of the agreements, and what counts for none.
    repeated
        How many lines have the number of another one and are the same, and so count once.
    told_twice
        How many others are like another one in every field, and so count once in the rebates.
    unlisted
        The dealers who have sales or a rebate and are not among the distributors, by name.
    launched
        Days since each dealer got a product that was new to it; None unless they were asked for.
    currency
        The currency of the sales; None where it is not told.
    """

    monthly: MonthlySales
    diversion: Diversions
    balances: tuple[RebateBalance, ...]
    left_out: tuple[LeftOut, ...]
    repeated: int
    told_twice: int
    unlisted: tuple[Any, ...]
    launched: NDArray[np.float64] | None
    currency: str | None


def gathered(
    sales: SalesLog | SalesParts,
    *,
    as_of: date,
    distributors: Distributors,
    agreements: list[Agreement],
    schedules: Mapping[str, RebateSchedule] | None,
    brand_markets: BrandMarkets | None,
    rebate_events: RebateEvents | None,
    launches: bool,
    zone: str | None,
) -> Gathered:
    """Go through the parts of the sales once.

    Parameters
    ----------
    sales, as_of, distributors, schedules, brand_markets, rebate_events, zone
        As for `review_channel`.
    agreements
        The agreements as records, row by row.
    launches
        Whether to look for products that were new to dealers.

    Raises
    ------
    InvalidRowsError, InvalidValueError, UnknownNameError
        As in `review_channel`.
    """
    held = SalesParts.of(sales)
    if schedules is None:
        refuse_overlaps(agreements, [False] * len(agreements))
    else:
        check_terms(agreements, schedules, ())
        if rebate_events is not None and len(rebate_events):
            _refuse_other_times(rebate_events, held.ends)
            # A key is one for all dealers, whatever part they are in.
            in_order(rebate_events, moment="at", tie="kind", key="key")
    rebates = _Rebates(as_of=as_of, schedules=schedules, events=rebate_events, zone=zone)
    seen: set[Any] = set()
    since = held.first_day(zone)
    monthly: list[MonthlySales] = []
    facts: list[Diversions] = []
    launched = np.full(len(distributors), np.nan) if launches else None
    currency: str | None = None
    names_brands = False
    repeated = 0
    for lines in held:
        part = lines.told_once()
        repeated += len(lines) - len(part)
        names_brands |= not len(part) or bool((~part.absent("brand")).any())
        monthly.append(
            monthly_lines(
                part, as_of=as_of, brand_markets=brand_markets, dealers=distributors, zone=zone
            )
        )
        dealers = set(part.numbered("dealer").values)
        mine = [one for one in agreements if one.dealer in dealers]
        balances = rebates.add(mine, dealers, RebateEvents.of_sales(part))
        facts.append(
            diversion_facts(
                part,
                as_of=as_of,
                distributors=_of(dealers, distributors),
                agreements=mine,
                schedules=schedules,
                balances=balances,
                zone=zone,
                since=since,
            )
        )
        seen |= dealers
        if launched is not None:
            days = days_since_launch(part, distributors.dealer, as_of=as_of, since=since, zone=zone)
            launched = np.fmin(launched, days)  # each dealer is in one part
        currency = part.one_currency
    if not names_brands:
        refuse_no_brand(held.source)
    rebates.add_rest([one for one in agreements if one.dealer not in seen], seen)
    told = rebates.balances
    named = {*seen, *(one.dealer for one in told)}
    places = {id(one): row for row, one in enumerate(agreements)}
    return Gathered(
        monthly=monthly[0] if len(monthly) == 1 else MonthlySales.combined(monthly),
        diversion=_of_all(distributors, facts),
        # The years of one agreement come in their order already.
        balances=tuple(sorted(told, key=lambda one: places[id(one.agreement)])),
        left_out=_together(rebates.left_out),
        repeated=repeated,
        told_twice=rebates.told_twice,
        unlisted=tuple(sorted(named - set(distributors.dealer.tolist()), key=str)),
        launched=launched,
        currency=currency,
    )


def _refuse_other_times(events: RebateEvents, sales: SalesLog) -> None:
    """Refuse events whose times have a zone where those of the sales have none, and vice versa."""
    has_zone = sales.in_utc("sold_at")
    if len(sales) and events.in_utc("at") is not has_zone:
        raise InvalidValueError(
            "at",
            f"have {'a' if has_zone else 'no'} zone, as the times of the sales",
            str(events.column("at")[0]),
            where=f"the rebate events (dealer {named(events.ids, 0)})",
            remedy="write for example 2026-03-01T00:00:00+01:00"
            if has_zone
            else "write the local day or time without a zone, for example 2026-03-01",
        )


@attrs.define(kw_only=True, eq=False)
class _Rebates:
    """The ledger of rebates, in parts that have all the events of their dealers."""

    as_of: date
    schedules: Mapping[str, RebateSchedule] | None
    events: RebateEvents | None
    zone: str | None
    balances: list[RebateBalance] = attrs.field(init=False, factory=list[RebateBalance])
    left_out: list[LeftOut] = attrs.field(init=False, factory=list[LeftOut])
    told_twice: int = attrs.field(init=False, default=0)

    def add(
        self, agreements: list[Agreement], dealers: set[Any], sales: RebateEvents
    ) -> tuple[RebateBalance, ...]:
        """Sales of some dealers, with what else there is of the same dealers: their balances."""
        if self.events is None or not len(self.events):
            return self._add(agreements, sales)
        own = np.array([name in dealers for name in self.events.dealer.tolist()], dtype=np.bool_)
        return self._add(agreements, RebateEvents.concatenated([sales, self.events[own]]))

    def add_rest(self, agreements: list[Agreement], seen: set[Any]) -> None:
        """What there is of dealers who have no sales."""
        if self.events is None:
            return
        own = np.array([name not in seen for name in self.events.dealer.tolist()], dtype=np.bool_)
        if own.any():
            self._add(agreements, self.events[own])

    def _add(self, agreements: list[Agreement], events: RebateEvents) -> tuple[RebateBalance, ...]:
        if self.schedules is None:
            return ()
        ledger = RebateLedger.from_events(
            events, agreements=agreements, schedules=self.schedules, zone=self.zone
        )
        self.told_twice += len(events) - len(ledger.events)
        balances = ledger.balances(self.as_of)
        self.balances += balances
        self.left_out += ledger.left_out(self.as_of)
        return balances


def _of(dealers: set[Any], distributors: Distributors) -> Distributors:
    told: list[Any] = distributors.dealer.tolist()
    return distributors[np.array([name in dealers for name in told], dtype=np.bool_)]


def _of_all(distributors: Distributors, parts: list[Diversions]) -> Diversions:
    """One row for each dealer, in their order; nothing is known of those without sales."""
    told = Diversions.concatenated(parts)
    known = set(told.ids.tolist())
    silent = [name for name in distributors.dealer.tolist() if name not in known]
    if silent:
        told = Diversions.concatenated([told, Diversions(dealer=silent)])
    places = {name: row for row, name in enumerate(told.ids.tolist())}
    return told[np.array([places[name] for name in distributors.dealer.tolist()], dtype=np.intp)]


def _together(parts: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """Sums of what was left out, by kind and reason; the order of kinds and reasons is theirs."""
    groups: dict[tuple[Any, ...], list[LeftOut]] = {}
    for one in parts:
        groups.setdefault((one.kind, one.reason, one.currency), []).append(one)
    found = [
        LeftOut(
            kind=kind,
            reason=reason,
            events=sum(one.events for one in mine),
            quantity=added(one.quantity for one in mine),
            amount=added(one.amount for one in mine),
            currency=currency,
        )
        for (kind, reason, currency), mine in groups.items()
    ]
    return tuple(sorted(found, key=_place))


def _place(one: LeftOut) -> tuple[int, int, str]:
    return (
        list(type(one.kind)).index(one.kind),
        list(type(one.reason)).index(one.reason),
        (one.currency or ""),
    )
