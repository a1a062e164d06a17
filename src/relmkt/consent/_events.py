"""Consent events in columns, and their times brought to UTC."""

from __future__ import annotations

from typing import Self

from relmkt._coercion import Utc
from relmkt.calendars import utc_instants
from relmkt.columns import Columns
from relmkt.domain import ConsentEvent
from relmkt.errors import InvalidValueError

__all__ = ["ConsentEvents"]


class ConsentEvents(Columns[ConsentEvent]):
    """Many consent events: the columns of `ConsentEvent`, in any order, some of them twice.

    Examples
    --------
    >>> from datetime import datetime
    >>> from relmkt.consent import ConsentEvents
    >>> events = ConsentEvents(
    ...     customer=["C-1", "C-2"],
    ...     kind=["granted", "withdrawn"],
    ...     channel=["email", None],
    ...     at=[datetime(2026, 3, 1, 9, 30), datetime(2026, 7, 1, 9, 30)],
    ... )
    >>> events
    <ConsentEvents: 2 rows, 4 columns>
    >>> print(events.localized("Europe/Berlin")[1].at)
    2026-07-01 07:30:00+00:00
    """

    record_type = ConsentEvent

    def localized(self, zone: str) -> Self:
        """The events with their times in UTC, read as what the clocks of a zone showed.

        In the hour that comes twice in autumn the first one counts.

        Parameters
        ----------
        zone
            A name of the IANA time zone database, for example ``"Europe/Berlin"``.

        Raises
        ------
        InvalidValueError
            For an unknown zone, and for times that have a zone already.
        """
        if self.in_utc("at") and len(self):
            raise InvalidValueError(
                "zone",
                "be left out for events whose times have a zone",
                zone,
                remedy="such times say themselves which instant they are",
            )
        return self.replace(at=Utc(utc_instants(self.at, zone)))
