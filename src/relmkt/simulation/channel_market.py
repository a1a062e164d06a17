"""A channel made up from a seed: dealers, brands, sales in and out, and who diverts goods."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import date

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.channel.columns import Agreements, BrandMarkets, Distributors, SalesLog
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Phase
from relmkt.errors import InvalidValueError
from relmkt.simulation._goods import CLASSES, CURRENCY, SCHEDULES, SIZES, Goods, Traits
from relmkt.simulation._life_cycles import LifeCycles, life_cycles

__all__ = ["ChannelMarket", "ChannelTruth", "channel_market", "channel_parts"]

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]

_SHARES = np.array([0.2, 0.3, 0.5])
_BRANDS = ("Lumen", "Aster", "Corvo", "Delta")
_MARKETS = ("North", "South", "East", "West")
_NEAR_BORDER = 0.2  # share of the dealers that serve more customers from elsewhere than others
_OVERSTOCKED = 0.08  # share of the dealers whose stocks grow, for they buy more than they sell
_REACH = (0.08, 0.4)  # how far below a bracket a diverter buys up to it, as a share of its volume
_TRACED = (0.0, 0.7)  # share of what a diverter dumps that is seen being sold


@attrs.frozen(eq=False, kw_only=True)
class ChannelTruth:
    """What nobody in a real market knows.

    Attributes
    ----------
    phases
        For each brand in a market the phase that it is in at the end.
    paths
        For each the phase of every month, and None before the launch.
    diverters
        The ids of the dealers that bought more than they could sell, in any of the years, and
        dumped it in the territories of others.
    dumped
        Units dumped by each dealer in each month, shape (d, m), the dealers in their order.
    traced
        Those of them of which a sale was seen: they stand in the sales.
    effort
        What each dealer puts into the brands, around 1.
    attitude
        What each dealer thinks of the firm: 0 nothing good, 1 all good.
    """

    phases: Mapping[str, Phase]
    paths: Mapping[str, tuple[Phase | None, ...]]
    diverters: frozenset[str]
    dumped: Numbers
    traced: Numbers
    effort: Numbers
    attitude: Numbers


@attrs.frozen(eq=False, kw_only=True)
class ChannelMarket:
    """Dealers, brands in markets, agreements and sales, all made up, and the truth about them.

    Attributes
    ----------
    distributors, brand_markets, agreements, sales
        What a firm would know. Sales are one line for a dealer, product, month, direction and
        territory.
    schedules
        The schedules of rebates that the agreements name.
    first_month
        The month of the first column of what is told by month.
    truth
        What it would not know.
    """

    distributors: Distributors
    brand_markets: BrandMarkets
    agreements: Agreements
    sales: SalesLog
    schedules: Mapping[str, RebateSchedule]
    first_month: np.datetime64
    truth: ChannelTruth


def channel_market(
    seed: int | np.random.Generator,
    *,
    dealers: int = 120,
    markets: int = 4,
    brands: int = 4,
    products: int = 3,
    carried: int | None = None,
    months: int = 36,
    last_month: str = "2025-12",
    diverters: float = 0.1,
    outside: float = 0.03,
) -> ChannelMarket:
    """Make up a channel; the same seed makes the same one, with the same version of NumPy.

    Each brand in each market runs through the phases of its life; sales, the dealers' margin and
    the spread of their prices follow. Every dealer has a territory of its own and an agreement with
    a schedule that pays on the whole volume of a calendar year. In the last two months of a year a
    diverter buys up to the next bracket and dumps the goods in the territories of others, at a
    lower price; some dare more than others, and part of it is seen. Some honest dealers look alike
    at first sight: they buy forward up to a bracket, and sell that later; their stocks grow; or
    they serve customers who come from elsewhere.

    Parameters
    ----------
    seed
        A number, or a generator to draw from.
    dealers, markets, brands, products
        How many dealers in all, markets, brands, and products of each brand. Every market has as
        many dealers as another, or one more.
    carried
        How many products each dealer carries; all of them unless given.
    months
        How many months of sales, at least 12.
    last_month
        The last of them.
    diverters
        The share of the dealers that would divert; those of them for whom no bracket was ever near
        enough are no diverters.
    outside
        The share of the dealers that sell without an agreement.

    Raises
    ------
    InvalidValueError
        When a setting is out of bounds.

    Examples
    --------
    >>> from relmkt.simulation import channel_market
    >>> made = channel_market(7, dealers=40)
    >>> len(made.distributors), len(made.brand_markets), len(made.truth.diverters)
    (40, 16, 3)
    >>> made.distributors[0].market, made.agreements[0].schedule in made.schedules
    ('North', True)
    """
    parts = list(
        channel_parts(
            seed,
            dealers=dealers,
            markets=markets,
            brands=brands,
            products=products,
            carried=carried,
            months=months,
            last_month=last_month,
            diverters=diverters,
            outside=outside,
        )
    )
    truths = [part.truth for part in parts]
    return ChannelMarket(
        distributors=Distributors.concatenated([part.distributors for part in parts]),
        brand_markets=BrandMarkets.concatenated([part.brand_markets for part in parts]),
        agreements=Agreements.concatenated([part.agreements for part in parts]),
        sales=SalesLog.concatenated([part.sales for part in parts]),
        schedules=SCHEDULES,
        first_month=parts[0].first_month,
        truth=ChannelTruth(
            phases={name: phase for truth in truths for name, phase in truth.phases.items()},
            paths={name: path for truth in truths for name, path in truth.paths.items()},
            diverters=frozenset[str]().union(*(truth.diverters for truth in truths)),
            dumped=np.concatenate([truth.dumped for truth in truths]),
            traced=np.concatenate([truth.traced for truth in truths]),
            effort=np.concatenate([truth.effort for truth in truths]),
            attitude=np.concatenate([truth.attitude for truth in truths]),
        ),
    )


def channel_parts(
    seed: int | np.random.Generator,
    *,
    dealers: int = 120,
    markets: int = 4,
    brands: int = 4,
    products: int = 3,
    carried: int | None = None,
    months: int = 36,
    last_month: str = "2025-12",
    diverters: float = 0.1,
    outside: float = 0.03,
) -> Generator[ChannelMarket]:
    """The same as `channel_market`, one market after the other: only one of them is held.

    Examples
    --------
    >>> from relmkt.simulation import channel_parts
    >>> [len(part.distributors) for part in channel_parts(7, dealers=10, markets=4)]
    [3, 3, 2, 2]
    """
    many = brands * products
    for name, value, least in (
        ("dealers", dealers, 2 * markets),
        ("markets", markets, 1),
        ("brands", brands, 1),
        ("products", products, 1),
        ("months", months, 12),
        ("carried", many if carried is None else carried, 1),
    ):
        if value < least:
            raise InvalidValueError(name, f"be at least {least}", value)
    if carried is not None and carried > many:
        raise InvalidValueError("carried", f"not exceed the products ({many})", carried)
    for name, share in (("diverters", diverters), ("outside", outside)):
        if not 0 <= share <= 0.5:
            raise InvalidValueError(name, "lie between 0 and 0.5", share)
    draw = np.random.default_rng(seed)
    lives = life_cycles(draw, markets * brands, months)
    first_month = np.datetime64(last_month, "M") - (months - 1)
    start = 0
    for number in range(markets):
        count = dealers // markets + (number < dealers % markets)
        of_market = slice(number * brands, (number + 1) * brands)
        market = _Market(
            draw=draw,
            name=_name(_MARKETS, number, "Market"),
            ids=[f"D-{start + at + 1:05d}" for at in range(count)],
            brands=[_name(_BRANDS, at, "Brand") for at in range(brands)],
            products=products,
            carried=many if carried is None else carried,
            lives=LifeCycles(
                **{
                    field.name: getattr(lives, field.name)[of_market]
                    for field in attrs.fields(LifeCycles)
                }
            ),
            first_month=first_month,
        )
        yield market.made(diverters, outside)
        start += count


def _name(names: Sequence[str], number: int, word: str) -> str:
    return names[number] if number < len(names) else f"{word} {number + 1:03d}"


@attrs.frozen(eq=False, kw_only=True)
class _Market:
    """One market while it is being made up."""

    draw: np.random.Generator
    name: str
    ids: list[str]
    brands: list[str]
    products: int
    carried: int
    lives: LifeCycles
    first_month: np.datetime64

    def made(self, diverters: float, outside: float) -> ChannelMarket:
        dealers = self._traits(diverters, outside)
        goods = Goods(
            draw=self.draw,
            dealers=dealers,
            carries=self._carries(),
            lives=self.lives,
            brands=len(self.brands),
            products=self.products,
            first_month=self.first_month,
        )
        flows = goods.flows()
        dumped = flows.dumped.sum(axis=1)
        keys = [f"{brand} in {self.name}" for brand in self.brands]
        words = list(Phase)
        last: list[int] = self.lives.phase[:, -1].tolist()
        codes: list[list[int]] = self.lives.phase.tolist()
        paths = {
            key: tuple(None if code < 0 else words[code] for code in row)
            for key, row in zip(keys, codes, strict=True)
        }
        return ChannelMarket(
            distributors=self._distributors(dealers),
            brand_markets=BrandMarkets(
                brand_market=keys,
                brand=self.brands,
                market=[self.name] * len(keys),
                launched=(self.first_month + self.lives.launched).astype("datetime64[D]"),
                currency=[CURRENCY] * len(keys),
            ),
            agreements=self._agreements(dealers),
            sales=goods.sales(
                flows,
                ids=self.ids,
                places=self._territories(),
                brands=self.brands,
                market=self.name,
            ),
            schedules=SCHEDULES,
            first_month=self.first_month,
            truth=ChannelTruth(
                phases={key: words[row] for key, row in zip(keys, last, strict=True)},
                paths=paths,
                diverters=frozenset(self.ids[at] for at in np.flatnonzero(dumped.any(axis=1))),
                dumped=dumped,
                traced=flows.traced.sum(axis=1),
                effort=dealers.effort,
                attitude=dealers.attitude,
            ),
        )

    # ------------------------------------------------------------------------------ dealers

    def _traits(self, diverters: float, outside: float) -> Traits:
        draw, count = self.draw, len(self.ids)
        attitude = draw.beta(4.0, 2.0, count)
        # Whoever thinks ill of the firm is likelier to divert, and nobody is certain to.
        weight = (1.05 - attitude) ** 2
        many = round(diverters * count)
        chosen = draw.choice(count, many, replace=False, p=weight / weight.sum())
        diverts = np.zeros(count, dtype=np.bool_)
        diverts[chosen] = True
        return Traits(
            kind=draw.choice(len(CLASSES), count, p=_SHARES),
            effort=np.exp(draw.normal(0.25 * (attitude - 0.667), 0.25)),
            attitude=attitude,
            price=np.clip(draw.normal(0.0, 1.0, count), -2.0, 2.0),
            passive=draw.uniform(0.0, np.where(draw.random(count) < _NEAR_BORDER, 0.15, 0.05)),
            slack=np.where(draw.random(count) < _OVERSTOCKED, draw.uniform(0.5, 3.0, count), 0.0),
            diverts=diverts,
            reach=draw.uniform(*_REACH, count),
            traced=draw.uniform(*_TRACED, count),
            forward=~diverts & (draw.random(count) < 0.15),
            outside=~diverts & (draw.random(count) < outside),
        )

    def _distributors(self, dealers: Traits) -> Distributors:
        size, count = SIZES[dealers.kind], len(self.ids)
        return Distributors(
            dealer=self.ids,
            dealer_class=[CLASSES[at] for at in dealers.kind.tolist()],
            market=[self.name] * count,
            territory=self._territories(),
            opened=[date(2018 + at % 4, 1 + at % 12, 1) for at in range(count)],
            price_level=np.round(1.0 + 0.1 * dealers.price, 3),
            capability=np.round(np.clip(0.5 * dealers.effort, 0.05, 1.0), 3),
            capital=np.round(50_000.0 * size * np.exp(self.draw.normal(0.0, 0.5, count)), -2),
            currency=[CURRENCY] * count,
        )

    def _territories(self) -> list[str]:
        return [f"{self.name} {at + 1:04d}" for at in range(len(self.ids))]

    def _agreements(self, dealers: Traits) -> Agreements:
        has = np.flatnonzero(~dealers.outside)
        kinds = [str(kind) for kind in np.array(CLASSES)[dealers.kind[has]]]
        places = self._territories()
        count = len(has)
        start = self.first_month.astype("datetime64[Y]").astype("datetime64[D]").item()
        return Agreements(
            dealer=[self.ids[at] for at in has.tolist()],
            agreement=[f"A-{self.ids[at][2:]}" for at in has.tolist()],
            market=[self.name] * count,
            territories=[places[at] for at in has.tolist()],
            exclusive=[True] * count,
            starts=[start] * count,
            target_quantity=400.0 * SIZES[dealers.kind[has]],
            schedule=[f"{kind}-volume" for kind in kinds],
            published=[start] * count,
            notice_days=[90] * count,
            currency=[CURRENCY] * count,
        )

    def _carries(self) -> Codes:
        """The products of each dealer, shape (d, c): the brand is the product by ``products``."""
        many = len(self.brands) * self.products
        if self.carried == many:
            return np.tile(np.arange(many), (len(self.ids), 1))
        ranks = self.draw.random((len(self.ids), many))
        chosen = np.argpartition(ranks, self.carried - 1, axis=1)[:, : self.carried]
        return np.sort(chosen, axis=1).astype(np.int64)
