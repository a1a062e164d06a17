"""Sales by month of each brand in each market, with what the dealers earned and how prices lay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NoReturn, Self, TypeAlias, cast, get_args

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._coercion import NAMED_ROWS
from relmkt._grouping import by_first_appearance
from relmkt.channel._price_spreads import joined, price_spreads, summed
from relmkt.channel.columns import BrandMarkets, Distributors, SalesLog
from relmkt.columns import Numbered
from relmkt.domain import Flow
from relmkt.errors import FileError, InvalidRowsError, InvalidValueError, UnknownNameError

__all__ = ["Measure", "MonthlySales", "monthly_lines", "monthly_sales", "refuse_no_brand"]

Measure: TypeAlias = Literal["amount", "quantity"]
Table: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.integer[Any]]

_BRANDS = "the brands in markets"
_MONTH = "datetime64[M]"
_SUMS = ("sales", "margin", "margin_base", "spread", "spread_base")


def _as_texts(values: Any) -> NDArray[Any]:
    held = list(values)
    found = np.empty(len(held), dtype=object)
    found[:] = held
    found.flags.writeable = False
    return found


def _as_month(value: Any) -> np.datetime64:
    try:
        found = np.datetime64(value, "M")
    except (TypeError, ValueError):
        found = np.datetime64("NaT", "M")
    if np.isnat(found):
        raise InvalidValueError("first_month", "be a month", value, remedy="write '2025-01'")
    return found


def _as_table(name: str) -> Callable[[ArrayLike], Table]:
    def table(value: ArrayLike) -> Table:
        try:
            found = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise InvalidValueError(
                name, "be numbers, as many in each row", value, remedy="NaN stands for no record"
            ) from None
        if np.isinf(found).any():
            raise InvalidValueError(name, "be finite, or NaN where unknown", np.inf)
        found.flags.writeable = False
        return found

    return table


def _as_words(values: Iterable[str], kind: str) -> Callable[[Any], str]:
    known = [*values]

    def word(value: Any) -> str:
        if value not in known:
            raise UnknownNameError(kind, value, known)
        return str(value)

    return word


_flow_word = _as_words(map(str, Flow), "flow")
_measure_word = _as_words(get_args(Measure), "measure")


@attrs.frozen(eq=False, kw_only=True)
class MonthlySales:
    """Sales of brands in markets, month by month: one row a brand in a market, one column a month.

    NaN stands where a month has no record; it is not zero, for nobody knows. The months follow
    upon one another, and the last of them is the last that is complete. Who has too many sales for
    one log adds them up elsewhere, or part by part (`MonthlySales.combined`).

    Parameters
    ----------
    brand_market
        The ids of the rows, shape (k,), each once.
    first_month
        The month of the first column.
    sales
        Sales, by amount or by quantity, shape (k, m).
    margin
        What the dealers earned on those sales of which that is known, shape (k, m).
    margin_base
        The amount of those sales; as long as it is left out, all sales.
    spread
        Dealers' price spread in the month: of each product the standard deviation of their prices
        as a share of the mean, shape (k, m); the mean over products by amount.
    spread_base
        The amount of the sales that the spread tells of; as long as it is left out, all sales.
    brand, market
        The brand and the market of each row, shape (k,).
    launched
        The day on which each brand was first sold in its market, NaT where unknown, shape (k,).
    left_out
        For each reason how many lines were left out; see `monthly_sales`.

    Raises
    ------
    InvalidValueError
        When shapes differ, an id is there twice, or what is given is no month or no number.

    Examples
    --------
    >>> from relmkt.channel import MonthlySales
    >>> monthly = MonthlySales(
    ...     brand_market=["Lumen in North"], first_month="2025-01", sales=[[120, 130, 128]]
    ... )
    >>> str(monthly.last_month), monthly.sales.shape
    ('2025-03', (1, 3))
    """

    brand_market: NDArray[Any] = attrs.field(converter=_as_texts)
    first_month: np.datetime64 = attrs.field(converter=_as_month)
    sales: Table = attrs.field(converter=_as_table("sales"))
    margin: Table | None = attrs.field(
        default=None, converter=attrs.converters.optional(_as_table("margin"))
    )
    margin_base: Table | None = attrs.field(
        default=None, converter=attrs.converters.optional(_as_table("margin_base"))
    )
    spread: Table | None = attrs.field(
        default=None, converter=attrs.converters.optional(_as_table("spread"))
    )
    spread_base: Table | None = attrs.field(
        default=None, converter=attrs.converters.optional(_as_table("spread_base"))
    )
    brand: NDArray[Any] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_as_texts)
    )
    market: NDArray[Any] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_as_texts)
    )
    launched: NDArray[Any] | None = None
    left_out: Mapping[str, int] = attrs.field(factory=dict[str, int])

    def __attrs_post_init__(self) -> None:
        size = len(self.brand_market)
        ids: list[Any] = self.brand_market.tolist()
        if len(set(ids)) < size:
            again = next(name for at, name in enumerate(ids) if name in ids[:at])
            raise InvalidValueError("brand_market", "name each row once", again)
        shape = self.sales.shape
        if len(shape) != 2 or shape[0] != size or not shape[1]:
            raise InvalidValueError("sales", f"have {size} rows of months", shape)
        for name in _SUMS[1:]:
            held = getattr(self, name)
            if held is not None and held.shape != self.sales.shape:
                raise InvalidValueError(name, f"have the shape of sales {shape}", held.shape)
        for name in ("brand", "market", "launched"):
            held = getattr(self, name)
            if held is not None and len(held) != size:
                raise InvalidValueError(name, f"have {size} values", len(held))

    def __len__(self) -> int:
        return len(self.brand_market)

    @property
    def months(self) -> NDArray[Any]:
        """The months of the columns, datetime64[M] of shape (m,)."""
        after = self.first_month + np.timedelta64(self.sales.shape[1], "M")
        return np.arange(self.first_month, after, dtype=_MONTH)

    @property
    def last_month(self) -> np.datetime64:
        """The month of the last column."""
        return cast("np.datetime64", self.first_month + (self.sales.shape[1] - 1))

    @classmethod
    def combined(cls, parts: Sequence[Self]) -> Self:
        """The sums of several parts of the sales, for example of one product or one dealer each.

        The price spread compares the dealers of one product: so all sales of a product in a market
        belong in one part.

        Raises
        ------
        InvalidValueError
            When there are no parts, or they do not end with the same month.
        """
        if not parts:
            raise InvalidValueError("parts", "hold at least one", parts)
        last = parts[0].last_month
        for part in parts:
            if part.last_month != last:
                raise InvalidValueError(
                    "last month", f"be {last} as in the first part", str(part.last_month)
                )
        first = min(part.first_month for part in parts)
        rows: dict[Any, int] = {}
        for part in parts:
            for name in part.brand_market.tolist():
                rows.setdefault(name, len(rows))
        shape = (len(rows), int((last - first).astype(np.int64)) + 1)
        sums = {name: np.full(shape, np.nan) for name in _SUMS}
        words = {name: np.full(shape[0], None, dtype=object) for name in ("brand", "market")}
        launched = np.full(shape[0], "NaT", dtype="datetime64[D]")
        left_out: dict[str, int] = {}
        for part in parts:
            at = np.array([rows[name] for name in part.brand_market.tolist()], dtype=np.intp)
            columns = slice(shape[1] - part.sales.shape[1], None)
            for name, values in part._totals().items():
                held = sums[name][at, columns]
                both = np.isnan(held) & np.isnan(values)
                added = np.where(both, np.nan, np.nan_to_num(held) + np.nan_to_num(values))
                sums[name][at, columns] = added
            for name, texts in words.items():
                given = getattr(part, name)
                if given is not None:
                    texts[at] = given
            if part.launched is not None:
                launched[at] = part.launched
            for reason, count in part.left_out.items():
                left_out[reason] = left_out.get(reason, 0) + count
        with np.errstate(invalid="ignore", divide="ignore"):
            sums["spread"] /= sums["spread_base"]
        return cls(
            brand_market=list(rows),
            first_month=first,
            **sums,
            **words,
            launched=launched,
            left_out=left_out,
        )

    def _totals(self) -> dict[str, Table]:
        """Sums that add up over parts: of the spread, its weighted sum."""
        nothing = np.full(self.sales.shape, np.nan)
        margin = nothing if self.margin is None else self.margin
        spread = nothing if self.spread is None else self.spread
        bases = {
            name: np.where(np.isnan(held), np.nan, self.sales if base is None else base)
            for name, held, base in (
                ("margin_base", margin, self.margin_base),
                ("spread_base", spread, self.spread_base),
            )
        }
        return {
            "sales": self.sales,
            "margin": margin,
            "spread": spread * bases["spread_base"],
            **bases,
        }


def monthly_sales(
    log: SalesLog,
    *,
    as_of: date,
    flow: Flow | str = Flow.SELL_OUT,
    measure: Measure = "amount",
    brand_markets: BrandMarkets | None = None,
    dealers: Distributors | None = None,
    zone: str | None = None,
) -> MonthlySales:
    """Add the lines of a log up by brand, market and month.

    Only months that are complete on the day asked count. Lines are left out, and counted by reason,
    that went the other way (``other flow``), that fall into a later month (``later``), or that lack
    what is needed: ``no brand``, ``no market``, ``no amount`` (or ``no quantity``).

    The price spread of a month is that between dealers. Of every product the mean price of each
    dealer is weighed by its quantity, and the standard deviation taken as a share of the mean
    (the coefficient of variation); the mean over products is by amount. Products that one dealer
    alone sold in the month tell nothing, nor do lines without a product, quantity or amount.

    Parameters
    ----------
    log
        The lines, in any order.
    as_of
        The day asked.
    flow
        Which way the goods went; what dealers sell shows demand, what they buy also their stocks.
    measure
        What is added up as sales.
    brand_markets
        The ids and launch days of brands in markets; those without a sale get a row too. For a
        pair that is not among them the id is the brand and the market, as ``Lumen in North``.
    dealers
        The market of each dealer, for lines that name none.
    zone
        As for `SalesLog.days`.

    Raises
    ------
    InvalidValueError
        When the log names no brand at all, or a zone is missing or out of place.
    InvalidRowsError
        When a brand in a market has two ids.
    UnknownNameError
        For another flow or measure.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import SalesLog, monthly_sales
    >>> log = SalesLog(
    ...     dealer=["D-7", "D-8", "D-7"],
    ...     sold_at=[date(2026, 1, 9), date(2026, 1, 20), date(2026, 3, 2)],
    ...     flow=["sell_out"] * 3,
    ...     brand=["Lumen"] * 3,
    ...     market=["North"] * 3,
    ...     product=["lamp"] * 3,
    ...     quantity=[10, 10, 5],
    ...     amount=[110.0, 90.0, 50.0],
    ... )
    >>> monthly = monthly_sales(log, as_of=date(2026, 3, 31))
    >>> monthly.brand_market.tolist(), monthly.sales.tolist()
    (['Lumen in North'], [[200.0, nan, 50.0]])
    >>> monthly.spread.round(3).tolist()
    [[0.1, nan, nan]]
    """
    if len(log) and not (~log.absent("brand")).any():
        refuse_no_brand()
    return monthly_lines(
        log,
        as_of=as_of,
        flow=flow,
        measure=measure,
        brand_markets=brand_markets,
        dealers=dealers,
        zone=zone,
    )


def refuse_no_brand(source: str | None = None) -> NoReturn:
    """Raise because sales name no brand at all; where they are from a file, by its column."""
    if source is not None:
        raise FileError(
            source,
            "the column 'brand' names no brand",
            remedy="name the brand on every line: phases are those of brands in markets",
        )
    raise InvalidValueError(
        "brand", "be given", None, remedy="log.replace(brand=[...]) names it on every line"
    )


def monthly_lines(
    log: SalesLog,
    *,
    as_of: date,
    flow: Flow | str = Flow.SELL_OUT,
    measure: Measure = "amount",
    brand_markets: BrandMarkets | None = None,
    dealers: Distributors | None = None,
    zone: str | None = None,
) -> MonthlySales:
    """The same as `monthly_sales`, of lines that may be without a brand: a part of a log."""
    way = list(Flow).index(Flow(_flow_word(flow)))
    months = log.days(zone).astype(_MONTH)
    last = (np.datetime64(as_of, "D") + 1).astype(_MONTH) - 1
    amounts = log.column(_measure_word(measure))
    brands, markets = log.numbered("brand"), _markets(log, dealers)
    lacking = {
        "other flow": log.column("flow") != way,
        "later": months > last,
        "no brand": log.absent("brand"),
        "no market": markets.lacks,
        f"no {measure}": np.isnan(amounts),
    }
    kept = np.ones(len(log), dtype=np.bool_)
    left_out: dict[str, int] = {}
    for reason, where in lacking.items():
        left_out[reason] = int(np.count_nonzero(kept & where))
        kept &= ~where
    rows: Any = slice(None) if kept.all() else np.flatnonzero(kept)
    pairs = _pairs(brands, markets, rows, brand_markets)
    start = months[rows].min() if kept.any() else last
    sums = _Sums((len(pairs.ids), int((last - start).astype(np.int64)) + 1))
    cell = pairs.code * sums.shape[1] + (months[rows] - start).astype(np.int64)
    amount, quantity, earned = log.amount[rows], log.quantity[rows], log.dealer_margin[rows]
    known = ~np.isnan(earned) & ~np.isnan(amount)
    has_product = ~log.absent("product")[rows]
    priced = np.flatnonzero(~np.isnan(amount) & ~np.isnan(quantity) & has_product)
    product, dealer = (log.numbered(name).codes[rows][priced] for name in ("product", "dealer"))
    where, share, base = price_spreads(
        cell[priced], product, dealer, amount[priced], quantity[priced]
    )
    spread_base = sums.of(base, where)
    with np.errstate(invalid="ignore"):
        mean_spread = sums.of(share * base, where) / spread_base
    return MonthlySales(
        brand_market=pairs.ids,
        first_month=start,
        sales=sums.of(amounts[rows], cell),
        margin=sums.of(earned[known], cell[known]),
        margin_base=sums.of(amount[known], cell[known]),
        spread=mean_spread,
        spread_base=spread_base,
        brand=pairs.brand,
        market=pairs.market,
        launched=pairs.launched,
        left_out=left_out,
    )


@attrs.frozen(eq=False)
class _Sums:
    """Sums by cell of a table, NaN where a cell has nothing."""

    shape: tuple[int, int]

    def of(self, values: Table, cells: Codes) -> Table:
        size = self.shape[0] * self.shape[1]
        sums = summed(cells, values, size)
        sums[np.bincount(cells, minlength=size) == 0] = np.nan
        return sums.reshape(self.shape)


@attrs.frozen(eq=False)
class _Pairs:
    """Brands in markets by number."""

    code: Codes
    ids: list[Any]
    brand: list[Any]
    market: list[Any]
    launched: NDArray[Any]


@attrs.frozen(eq=False)
class _Markets:
    """The market of each line by number."""

    codes: Codes
    values: list[Any]

    @property
    def lacks(self) -> NDArray[np.bool_]:
        """The lines whose market is not known."""
        return np.array([name is None for name in self.values], dtype=np.bool_)[self.codes]


def _markets(log: SalesLog, dealers: Distributors | None) -> _Markets:
    """The market of each line, or that of its dealer."""
    told = log.numbered("market")
    gaps = np.flatnonzero(log.absent("market"))
    if dealers is None or not gaps.size:
        return _Markets(told.codes, told.values)
    of = dict(zip(dealers.dealer.tolist(), dealers.market.tolist(), strict=True))
    own = log.numbered("dealer")
    places = {name: code for code, name in enumerate(told.values)}
    known = [places.setdefault(of.get(name), len(places)) for name in own.values]
    codes = np.array(told.codes)
    codes[gaps] = np.array(known, dtype=codes.dtype)[own.codes[gaps]]
    return _Markets(codes, list(places))


def _pairs(
    brands: Numbered, markets: _Markets, rows: Any, brand_markets: BrandMarkets | None
) -> _Pairs:
    """Number the pairs, those that are listed after those that have a line."""
    brand, market = brands.codes[rows], markets.codes[rows]
    code, firsts = by_first_appearance(joined(brand, market))
    named = [(brands.values[brand[row]], markets.values[market[row]]) for row in firsts.tolist()]
    listed = _listed(brand_markets)
    named = list(dict.fromkeys([*named, *listed]))
    ids = [listed[pair][0] if pair in listed else f"{pair[0]} in {pair[1]}" for pair in named]
    _refuse_one_id_for_two(ids, named, list(listed))
    days = [listed[pair][1] if pair in listed else None for pair in named]
    return _Pairs(
        code.astype(np.int64),
        ids,
        [pair[0] for pair in named],
        [pair[1] for pair in named],
        np.array(days, dtype="datetime64[D]"),
    )


def _listed(brand_markets: BrandMarkets | None) -> dict[tuple[Any, Any], tuple[Any, date | None]]:
    found: dict[tuple[Any, Any], tuple[Any, date | None]] = {}
    twice: dict[int, str] = {}
    for row, one in enumerate(() if brand_markets is None else brand_markets):
        pair = (one.brand, one.market)
        if pair in found:
            twice[row] = f"row {row}: {one.brand} in {one.market} stands there already"
        found.setdefault(pair, (one.brand_market, one.launched))
    if twice:
        rows = list(twice)[:NAMED_ROWS]
        raise InvalidRowsError(
            _BRANDS, [twice[row] for row in rows], total=len(twice), remedy="leave one", rows=rows
        )
    return found


def _refuse_one_id_for_two(
    ids: list[Any], named: list[tuple[Any, Any]], listed: list[tuple[Any, Any]]
) -> None:
    """Refuse an id that is listed for one brand in a market and is that of another one too."""
    pairs: dict[Any, list[tuple[Any, Any]]] = {}
    for name, pair in zip(ids, named, strict=True):
        pairs.setdefault(name, []).append(pair)
    problems: dict[int, str] = {}
    for name, mine in pairs.items():
        told = " and of ".join(f"{brand} in {market}" for brand, market in mine)
        rows = [listed.index(pair) for pair in mine if pair in listed]
        if len(mine) > 1 and rows:
            row = max(rows)
            problems[row] = f"row {row}: {name!r} is the id of {told}"
    if problems:
        rows = sorted(problems)[:NAMED_ROWS]
        raise InvalidRowsError(
            _BRANDS,
            [problems[row] for row in rows],
            total=len(problems),
            remedy="give each brand in a market an id of its own",
            rows=rows,
        )
