"""Goods that move through a channel month by month, and the lines of sales that tell of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.channel.columns import SalesLog
from relmkt.channel.rebate_schedules import Bracket, RebateSchedule
from relmkt.domain import Flow, ScheduleKind
from relmkt.simulation._life_cycles import LifeCycles

__all__ = ["CLASSES", "CURRENCY", "SCHEDULES", "SIZES", "Flows", "Goods", "Traits"]

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

CLASSES = ("city", "town", "country")
SIZES: Numbers = np.array([4.0, 2.0, 1.0])
CURRENCY = "EUR"
_STEP = 1.35  # each bracket of a schedule starts so many times as high as the one before
SCHEDULES: Mapping[str, RebateSchedule] = MappingProxyType(
    {
        f"{name}-volume": RebateSchedule(
            brackets=[
                Bracket(
                    Decimal(round(size * 400 * _STEP**step)),
                    Decimal(50 + 25 * step) / 100,
                )
                for step in range(12)
            ],
            kind=ScheduleKind.WHOLE_VOLUME,
            currency=CURRENCY,
        )
        for name, size in zip(CLASSES, (4, 2, 1), strict=True)
    }
)
_USUAL = 110.0  # units that a dealer of the smallest class sells in a month
_DUMPED_IN = 2  # the last months of a contract year, in which goods are dumped
_NEAR = 0.05  # a bracket that is nearer than this, as a share of the volume, is reached anyway
_FORWARD = 0.12  # how far an honest dealer that buys forward does; it sells that later
_CUT = (0.03, 0.18)  # by how much a diverter undercuts


@attrs.frozen(eq=False, kw_only=True)
class Traits:
    """The dealers of one market, one row each.

    Attributes
    ----------
    kind, effort, attitude, price
        Class, effort, attitude, and where their prices lie in the spread.
    passive
        The share of their sales to customers from elsewhere.
    slack
        How many more months of sales an honest dealer that cannot sell it all has in stock.
    diverts, reach, traced
        Who diverts; how far below a bracket one buys up to it; what share of it is seen being sold.
    forward
        Who buys forward at the end of a year.
    outside
        Who sells without an agreement.
    """

    kind: Codes
    effort: Numbers
    attitude: Numbers
    price: Numbers
    passive: Numbers
    slack: Numbers
    diverts: Mask
    reach: Numbers
    traced: Numbers
    forward: Mask
    outside: Mask


@attrs.frozen(eq=False, kw_only=True)
class Flows:
    """Units by dealer, product that it carries, and month; shape (d, c, m)."""

    sold_in: Numbers
    sold_out: Numbers
    passive: Numbers
    dumped: Numbers
    traced: Numbers


@attrs.frozen(eq=False, kw_only=True)
class Goods:
    """What moves through one market."""

    draw: np.random.Generator
    dealers: Traits
    carries: Codes
    lives: LifeCycles
    brands: int
    products: int
    first_month: np.datetime64

    def flows(self) -> Flows:
        """Make up what is sold in, sold out and dumped: never more than there is."""
        draw, dealers, carries = self.draw, self.dealers, self.carries
        count = len(dealers.kind)
        months = self.lives.level.shape[1]
        of_year = self._months().astype(np.int64) % 12
        season = 1.0 + 0.2 * np.sin(2.0 * np.pi * (of_year - 3) / 12.0)
        weight = draw.uniform(0.6, 1.4, self.brands * self.products)
        usual = (SIZES[dealers.kind] * dealers.effort)[:, None] * weight[carries]
        # However many products a dealer carries, it sells about as much in a year.
        usual *= _USUAL / carries.shape[1]
        shocks = np.exp(draw.normal(0.0, 0.05, self.lives.level.shape))
        level = (self.lives.level * shocks)[carries // self.products]
        wanted = usual[:, :, None] * level * season
        wanted *= np.exp(draw.normal(0.0, 0.08, (count, 1, months)))
        sold: Numbers = np.array(draw.poisson(wanted), dtype=np.float64)
        passive = draw.binomial(sold.astype(np.int64), dealers.passive[:, None, None])
        stock: Numbers = np.rint(draw.uniform(0.3, 0.8, (count, 1)) * wanted[:, :, 0])
        sold_in: Numbers = np.zeros(sold.shape)
        dumped: Numbers = np.zeros(sold.shape)
        target: Numbers = stock
        for month in range(months):
            bought: Numbers = np.maximum(sold[:, :, month] - stock + target, 0.0)
            if month:
                least = 0.5 + dealers.slack[:, None] * month / months
                target = np.rint(0.5 * (target + least * wanted[:, :, month]))
            else:
                bought = bought + stock  # the first delivery fills the shelves
                stock = np.zeros(stock.shape)
            left = 12 - int(of_year[month])
            if left <= _DUMPED_IN:
                year = max(month - int(of_year[month]), 0)
                volume = sold_in[:, :, year:month].sum(axis=(1, 2)) + bought.sum(axis=1)
                extra = self._beyond(volume, last=left == 1)
                share = bought + wanted[:, :, month]
                more = np.floor(
                    extra[:, None] * share / np.maximum(share.sum(axis=1), 1.0)[:, None]
                )
                # Whole units of each product: what is left over is of the first that is there.
                more[np.arange(len(more)), share.argmax(axis=1)] += extra - more.sum(axis=1)
                bought = bought + more
                dumped[:, :, month] = np.where(dealers.diverts[:, None], more, 0.0)
            sold_in[:, :, month] = bought
            stock = stock + bought - sold[:, :, month] - dumped[:, :, month]
        traced = draw.binomial(dumped.astype(np.int64), dealers.traced[:, None, None])
        return Flows(
            sold_in=sold_in,
            sold_out=sold,
            passive=np.array(passive, dtype=np.float64),
            dumped=dumped,
            traced=np.array(traced, dtype=np.float64),
        )

    def _beyond(self, volume: Numbers, *, last: bool) -> Numbers:
        """Units bought to reach a bracket; before the last month a diverter buys half of them."""
        dealers = self.dealers
        extra = np.zeros(len(volume))
        slack = self.draw.uniform(1.0, 1.02, len(volume))
        for number, name in enumerate(CLASSES):
            starts = np.array(
                [float(bracket.start) for bracket in SCHEDULES[f"{name}-volume"].brackets]
            )
            mine = np.flatnonzero(dealers.kind == number)
            above = np.searchsorted(starts, volume[mine] * (1.0 + _NEAR), side="right")
            next_one = np.append(starts, 0.0)[above]
            missing = next_one * slack[mine] - volume[mine]
            reach = np.where(dealers.diverts[mine], dealers.reach[mine], _FORWARD) * volume[mine]
            buys = dealers.diverts[mine] | (dealers.forward[mine] & last)
            extra[mine] = np.where(buys & (missing > 0) & (missing <= reach), missing, 0.0)
        part = np.where(dealers.diverts & (not last), 0.5, 1.0)
        return np.rint(extra * part)

    def sales(
        self,
        flows: Flows,
        *,
        ids: Sequence[str],
        places: Sequence[str],
        brands: Sequence[str],
        market: str,
    ) -> SalesLog:
        """The lines of sales: one for a dealer, product, month, direction and territory."""
        dealers, carries = self.dealers, self.carries
        lists = self.draw.uniform(20.0, 60.0, self.brands * self.products)
        count = len(ids)
        others = (
            np.arange(count)[:, None] + self.draw.integers(1, max(count, 2), (count, 2))
        ) % count
        parts = (
            (Flow.SELL_IN, flows.sold_in, 0.0, None),
            (Flow.SELL_OUT, flows.sold_out - flows.passive, 0.0, None),
            (Flow.SELL_OUT, flows.passive, 0.0, others[:, 0]),
            (Flow.SELL_OUT, flows.traced, self.draw.uniform(*_CUT, count), others[:, 1]),
        )
        names, territories = np.array(ids, dtype=object), np.array(places, dtype=object)
        brand_names = np.array(brands, dtype=object)
        products = np.array(
            [f"{brand}-{at + 1:03d}" for brand in brands for at in range(self.products)],
            dtype=object,
        )
        days = self._months().astype("datetime64[D]") + 14
        columns: dict[str, list[NDArray[Any]]] = {}
        for flow, units, cut, foreign in parts:
            dealer, slot, month = np.nonzero(units)
            good = carries[dealer, slot]
            brand = good // self.products
            quantity = units[dealer, slot, month]
            cost = lists[good] * (1.0 - self.lives.margin[brand, month])
            if flow is Flow.SELL_IN:
                price = cost
                earned = np.full(len(price), np.nan)
            else:
                away = dealers.price[dealer] * self.lives.spread[brand, month]
                price = lists[good] * (1.0 + away) * (1.0 - np.broadcast_to(cut, count)[dealer])
                price = price * np.exp(self.draw.normal(0.0, 0.01, len(price)))
                earned = np.round((price - cost) * quantity, 2)
            where = dealer if foreign is None else foreign[dealer]
            made: dict[str, NDArray[Any]] = {
                "dealer": names[dealer],
                "sold_at": days[month],
                "flow": np.full(len(dealer), flow.value, dtype=object),
                "brand": brand_names[brand],
                "product": products[good],
                "territory": territories[where],
                "quantity": quantity,
                "amount": np.round(price * quantity, 2),
                "dealer_margin": earned,
            }
            for name, values in made.items():
                columns.setdefault(name, []).append(values)
        joined = {name: np.concatenate(parts) for name, parts in columns.items()}
        size = len(joined["dealer"])
        return SalesLog(
            **joined,
            market=np.full(size, market, dtype=object),
            currency=np.full(size, CURRENCY, dtype=object),
        )

    def _months(self) -> NDArray[Any]:
        first, count = int(self.first_month.astype(np.int64)), self.lives.level.shape[1]
        return np.arange(first, first + count, dtype=np.int64).astype("datetime64[M]")
