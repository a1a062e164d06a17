"""The channel from files: dealers, agreements, schedules of rebates, and sales in and out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Unpack, cast

import attrs

from relmkt._json_text import parsed
from relmkt.adapters._reading import opened_file
from relmkt.adapters._record_files import FileOptions, read_records
from relmkt.adapters._texts import read_text
from relmkt.channel.columns import (
    Agreements,
    BrandMarkets,
    Breaches,
    Channels,
    Distributors,
    SalesLog,
)
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.errors import FileError, InvalidValueError, RelmktError, UnknownNameError
from relmkt.steady import Standings

__all__ = [
    "read_agreements",
    "read_brand_markets",
    "read_breaches",
    "read_channel_facts",
    "read_distributors",
    "read_rebate_events",
    "read_sales",
    "read_schedules",
    "read_standings",
    "row_places",
]


def read_sales(
    path: str | Path,
    *,
    dealer: str | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    delimiter: str | None = None,
    encoding: str | None = None,
    date_format: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Callable[[str], None] | None = None,
    limit_problems: int = 10,
) -> SalesLog:
    r"""Read a file of sales into the channel and out of it.

    Every column must bear the name of a field of `relmkt.domain.SalesRecord`, be named by
    ``columns``, or be ignored by name: a misspelled territory that went unread would make every
    sale one that happened anywhere. An empty cell is absent.

    Parameters
    ----------
    path, delimiter, encoding, date_format, format, stdin, progress, limit_problems
        As in `read_orders`.
    dealer
        The column with the ids, if it is not called ``dealer``.
    columns
        The columns of other fields, by field, for example ``{"sold_at": "date"}``.
    ignore
        The columns that are not to be read.

    Raises
    ------
    FileError
        As in `read_orders`; when amounts are in two currencies.
    UnknownNameError
        When a column is not there, or is no field.
    InvalidRowsError
        When rows are bad: each is named by its line and column, with the value and the remedy.
    MissingExtraError
        When DuckDB is not installed.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_sales
    >>> text = b"dealer,sold_at,flow,quantity,amount\nD-7,2026-03-01,sell_out,4,320\n"
    >>> read_sales("-", stdin=BytesIO(text))[0].flow.value
    'sell_out'
    """
    return read_records(
        SalesLog,
        path,
        "a sale",
        dealer,
        one_currency=True,
        columns=columns,
        ignore=ignore,
        delimiter=delimiter,
        encoding=encoding,
        date_format=date_format,
        format=format,
        stdin=stdin,
        progress=progress,
        limit_problems=limit_problems,
    )


def read_distributors(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> Distributors:
    r"""Read a file of dealers, one row each, with the fields of `relmkt.domain.Distributor`.

    Parameters
    ----------
    path, dealer
        As in `read_sales`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also when a dealer stands there twice.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_distributors
    >>> text = b"dealer,dealer_class,market\nD-7,city,North\n"
    >>> read_distributors("-", stdin=BytesIO(text))[0].dealer_class
    'city'
    """
    return read_records(Distributors, path, "a dealer", dealer, once=True, **options)


def read_agreements(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> Agreements:
    r"""Read a file of agreements, one row each, with the fields of `relmkt.domain.Agreement`.

    Whether they overlap is for the ledger of rebates to say, which knows the schedules too.

    Parameters
    ----------
    path, dealer
        As in `read_sales`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_agreements
    >>> text = b"dealer,territories,starts,schedule\nD-7,Kiel; Husum,2025-04-01,2025\n"
    >>> read_agreements("-", stdin=BytesIO(text))[0].territory_names
    ('Kiel', 'Husum')
    """
    return read_records(Agreements, path, "an agreement", dealer, **options)


def read_brand_markets(path: str | Path, **options: Unpack[FileOptions]) -> BrandMarkets:
    r"""Read a file of brands in markets, with the fields of `relmkt.domain.BrandMarket`.

    Parameters
    ----------
    path
        As in `read_sales`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also when an id stands there twice.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from relmkt.adapters.files import read_brand_markets
    >>> text = "brand_market,brand,market,launched\nL-N,Lumen,North,2025-03-01\n"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "brands.csv")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     print(read_brand_markets(path)[0].launched)
    2025-03-01
    """
    return read_records(BrandMarkets, path, "a brand in a market", once=True, **options)


def read_breaches(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> Breaches:
    r"""Read a register of breaches, one row for each case: `relmkt.domain.Breach`.

    Parameters
    ----------
    path, dealer
        As in `read_sales`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also where a breach is upheld for which there is no evidence.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from relmkt.adapters.files import read_breaches
    >>> text = "dealer,term_kind,has_evidence\nD-7,counterfeit,no\n"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "breaches.csv")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     print(read_breaches(path)[0].has_evidence)
    False
    """
    return read_records(Breaches, path, "a breach", dealer, **options)


def read_channel_facts(path: str | Path, **options: Unpack[FileOptions]) -> Channels:
    r"""Read what is said of channels, a row for each brand in a market: `ChannelFacts`.

    Parameters
    ----------
    path
        As in `read_sales`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also when a brand in a market stands there twice.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_channel_facts
    >>> text = b"brand_market,plan_disclosed,stock_months\nLumen in North,yes,1.5\n"
    >>> read_channel_facts("-", stdin=BytesIO(text))[0].stock_months
    1.5
    """
    return read_records(Channels, path, "facts of a channel", once=True, **options)


def read_rebate_events(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> RebateEvents:
    r"""Read a file of what happened to rebates, one row each: `relmkt.domain.RebateEvent`.

    Payments, notices that withdraw a rebate, claw-backs, and goods that came back for another
    contract year; sales have a file of their own.

    Parameters
    ----------
    path, dealer
        As in `read_sales`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also where a payment or a claw-back states no amount.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_rebate_events
    >>> text = b"dealer,kind,at,belongs_to,amount\nD-7,payment,2026-01-20,2025-12-31,800\n"
    >>> read_rebate_events("-", stdin=BytesIO(text))[0].kind.value
    'payment'
    """
    return read_records(RebateEvents, path, "an event of a rebate", dealer, **options)


def read_standings(
    path: str | Path, *, brand_market: str = "brand_market", **options: Unpack[FileOptions]
) -> Standings:
    r"""Read where the phases of brands in markets stand, one row each: `relmkt.domain.Standing`.

    In CSV, the apostrophe that guards an id from spreadsheets (see `write_rows`) is taken off.

    Parameters
    ----------
    path
        As in `read_sales`.
    brand_market
        The column with the ids of the brands in markets.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also when a brand in a market stands there twice.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_standings
    >>> text = b"brand_market,outcome,since,looked,times\nL-N,growth,2025-09-30,2025-12-31,0\n"
    >>> read_standings("-", stdin=BytesIO(text))[0].outcome
    'growth'
    """
    return read_records(
        Standings, path, "a standing", brand_market, once=True, guarded=True, **options
    )


def read_schedules(path: str | Path) -> dict[str, RebateSchedule]:
    r"""Read schedules of rebates from a file of JSON: by name, the settings of `RebateSchedule`.

    Numbers are read as they are written: 0.1 is a tenth.

    Raises
    ------
    FileError
        When the file is missing or no such JSON, and when a schedule is not possible: the message
        names it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from relmkt.adapters.files import read_schedules
    >>> text = '{"2025": {"kind": "marginal", "currency": "EUR", "brackets": [[100, 0.5]]}}'
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "schedules.json")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     str(read_schedules(path)["2025"].rebate(300))
    '100.00'
    """
    try:
        found = parsed(read_text(path), "schedules")
    except (InvalidValueError, UnknownNameError) as error:
        raise FileError(str(path), str(error)) from None
    schedules: dict[str, RebateSchedule] = {}
    for name, settings in found.items():
        try:
            schedules[name] = _schedule(settings)
        except RelmktError as error:
            raise FileError(str(path), f"schedule '{name}': {error}") from None
    return schedules


def _schedule(settings: Any) -> RebateSchedule:
    if not isinstance(settings, dict):
        raise InvalidValueError("settings", "be a JSON object", settings)
    given = cast("dict[str, Any]", settings)
    fields = attrs.fields_dict(RebateSchedule)
    for name in given:
        if name not in fields:
            raise UnknownNameError("setting", name, fields)
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in given:
            raise InvalidValueError(name, "be given", None, remedy="there is no default for it")
    return RebateSchedule(**given)


def row_places(
    path: str | Path, rows: Sequence[int], *, encoding: str | None = None, format: str | None = None
) -> list[str]:
    r"""Where rows of a file stand, for errors that are found after it was read.

    Parameters
    ----------
    path, encoding, format
        As in `read_sales`; standard input cannot be read twice.
    rows
        The rows, counted from 0.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from relmkt.adapters.files import row_places
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "dealers.csv")
    ...     _ = path.write_text("dealer\nD-7\nD-8\n", encoding="utf-8")
    ...     row_places(path, [1])
    ['line 3']
    """
    with opened_file(path, None, format, encoding, None, 1, None) as (_, table):
        return table.places(rows)
