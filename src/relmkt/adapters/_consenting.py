"""Consent events from files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import attrs

from relmkt.adapters._cells import Reading
from relmkt.adapters._choosing import cell_of, named_columns
from relmkt.adapters._loading import fetched, stage
from relmkt.adapters._reading import check_limit, opened_file, with_dates
from relmkt.calendars import time_zone
from relmkt.consent import ConsentEvents
from relmkt.domain import ConsentEvent
from relmkt.errors import InvalidValueError
from relmkt.records import Schema, schema

__all__ = ["ConsentRead", "read_consent"]


@attrs.frozen(kw_only=True)
class ConsentRead:
    """Consent events, and what there was in their file.

    Parameters
    ----------
    events
        The events, in the order of the file; a ledger takes each of them once.
    rows
        How many rows the file has.
    duplicate_rows
        How many rows are identical to an earlier one in every column of the file.
    columns
        For each field of `ConsentEvent` that was found, the column that it was read from.
    """

    events: ConsentEvents
    rows: int
    duplicate_rows: int
    columns: Mapping[str, str]


def read_consent(
    path: str | Path,
    *,
    customer: str | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    zone: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    date_format: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Callable[[str], None] | None = None,
    limit_problems: int = 10,
) -> ConsentRead:
    r"""Read a file of consent events: all of it, or an error that names the lines to mend.

    Every column must bear the name of a field of `ConsentEvent`, be named by ``columns``, or be
    ignored by name: a column of channels that went unread would turn a consent for one channel into
    a consent for all. An empty cell is absent, which for the purpose and the channel means all.

    Parameters
    ----------
    path, delimiter, encoding, format, stdin, progress, limit_problems
        As in `read_orders`.
    customer
        The column with the ids, if it is called otherwise than in `ALIASES`.
    columns
        The columns of other fields, by field, for example ``{"at": "timestamp"}``.
    ignore
        The columns that are not to be read.
    zone
        Whose clock the times are by, where they say no zone: a name of the IANA time zone database.
        In the hour that comes twice in autumn the first one counts.
    date_format
        How times are written, in the codes of ``strptime``; ISO 8601 unless given.

    Raises
    ------
    FileError, MissingExtraError
        As in `read_orders`.
    UnknownNameError
        When a column is not there, or is no field.
    InvalidRowsError
        When rows are bad: each is named by its line and column, with the value and the remedy.
    InvalidValueError
        When times say no zone and none is given, or the other way round; for an unknown zone.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_consent
    >>> text = b"customer,kind,channel,at\nC-17,granted,email,2026-03-01T09:30:00\n"
    >>> found = read_consent("-", stdin=BytesIO(text), zone="Europe/Berlin")
    >>> print(found.events[0].at)
    2026-03-01 08:30:00+00:00
    """
    if zone is not None:
        time_zone(zone)
    check_limit(limit_problems)
    with opened_file(path, stdin, format, encoding, delimiter, limit_problems, progress) as (
        connection,
        table,
    ):
        reading = with_dates(connection, Reading(), date_format)
        found: Schema[Any] = schema(ConsentEvent)
        chosen = named_columns(table, found, customer, columns or {}, ignore, "a consent event")
        cells = [cell_of(found, table, name, column, reading) for name, column in chosen.items()]
        loaded = fetched(connection, stage(connection, table, cells, limit_problems))
        events = loaded.columns(ConsentEvents, table)
    return ConsentRead(
        events=_in_utc(events, zone),
        rows=loaded.rows,
        duplicate_rows=loaded.duplicate_rows,
        columns=MappingProxyType(chosen),
    )


def _in_utc(events: ConsentEvents, zone: str | None) -> ConsentEvents:
    if zone is not None:
        return events.localized(zone)
    if len(events) and not events.in_utc("at"):
        raise InvalidValueError(
            "zone",
            "be given for events whose times have none",
            zone,
            remedy="the same time is another instant elsewhere: zone='Europe/Berlin', zone='UTC'",
        )
    return events
