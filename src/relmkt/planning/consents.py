"""Consent from a ledger, as a fact about each contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import ONE_MICROSECOND
from relmkt.domain import Channel, Purpose
from relmkt.planning._slots import Slot
from relmkt.planning.contact_columns import ContactCandidates

__all__ = ["ConsentSource", "EndingConsentSource", "ended", "with_consent"]


@runtime_checkable
class ConsentSource(Protocol):
    """Whoever knows which customers agree to be contacted."""

    def allowed(
        self, ids: Any, *, purpose: Purpose, channel: Channel, at: datetime
    ) -> NDArray[np.int8]:
        """1 where a customer may be contacted, 0 where not, -1 where nobody asked, shape (n,)."""
        ...


@runtime_checkable
class EndingConsentSource(ConsentSource, Protocol):
    """Who also knows until when: a plan asks it about the day of each contact."""

    def ends_by(
        self, ids: Any, *, purpose: Purpose, channel: Channel, at: datetime, day: date
    ) -> NDArray[np.bool_]:
        """Whether the consent that stands at an instant is over by a day in UTC, shape (n,)."""
        ...


def with_consent(
    candidates: ContactCandidates, source: ConsentSource, *, at: datetime
) -> ContactCandidates:
    """The candidates with what a ledger of consent says of marketing by each channel.

    Of a customer who was never asked, what was known before stays; and so does a refusal that was
    known before, for a refusal beats everything. Whom the ledger keeps from service by every
    channel too, as it does with everybody who was erased, is *barred*.

    Parameters
    ----------
    candidates
        The candidates, or what is known about contacting customers.
    source
        A ledger of consent.
    at
        The instant that counts, with a zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import numpy as np
    >>> from relmkt.planning import ContactCandidates, with_consent
    >>> class OnlyEmail:
    ...     def allowed(self, ids, *, purpose, channel, at):
    ...         return np.full(len(ids), 1 if channel == "email" else -1, dtype=np.int8)
    >>> known = ContactCandidates(customer=["C-17"], consent_phone=[False])
    >>> found = with_consent(known, OnlyEmail(), at=datetime(2026, 3, 2, tzinfo=UTC))
    >>> found.values("consent_email"), found.values("consent_phone"), found.values("consent_post")
    ([True], [False], [None])
    """
    told: dict[str, NDArray[np.int8]] = {}
    barred = np.ones(len(candidates), dtype=np.bool_)
    for channel in Channel:
        name = f"consent_{channel.value}"
        codes = source.allowed(candidates.ids, purpose=Purpose.MARKETING, channel=channel, at=at)
        known = candidates.column(name)
        told[name] = np.where((codes < 0) | (known == 0), known, codes).astype(np.int8)
        owed = source.allowed(candidates.ids, purpose=Purpose.SERVICE, channel=channel, at=at)
        barred &= owed == 0
    if barred.any():
        told["barred"] = np.where(barred, 1, candidates.column("barred")).astype(np.int8)
    return candidates.replace(**told)


def ended(
    source: EndingConsentSource,
    ids: NDArray[Any],
    rows: NDArray[np.intp],
    days: NDArray[np.datetime64],
    slot_of: Callable[[int], Slot],
    *,
    channel: Channel,
    at: datetime,
) -> NDArray[np.intp]:
    """Of these rows those whose consent by a channel is over before their slot is.

    Parameters
    ----------
    source
        Who knows when consents end.
    ids
        The customers, shape (n,).
    rows
        Positions among them, of customers who agree today.
    days
        The day of each contact by the customer's clock, shape (n,).
    slot_of
        The hours of a row's contact.
    channel
        The way of it.
    at
        The instant up to which is known what was said.
    """

    def over(some: NDArray[np.intp], day: date) -> NDArray[np.intp]:
        marketing = Purpose.MARKETING
        return some[source.ends_by(ids[some], purpose=marketing, channel=channel, at=at, day=day)]

    if not rows.size:
        return rows
    # What holds beyond the last of all days holds on each: few are left to ask about day by day.
    last: Any = (days[rows].max() + np.timedelta64(1, "D")).item()
    by_day: dict[date, list[int]] = defaultdict(list)
    for row in over(rows, last).tolist():
        by_day[_last_day(slot_of(row))].append(row)
    found = [over(np.array(some, dtype=np.intp), day) for day, some in sorted(by_day.items())]
    return np.concatenate([rows[:0], *found])


def _last_day(slot: Slot) -> date:
    """The day, in UTC, on which the hours of a slot are over."""
    return slot.day if slot.closes is None else (slot.closes - ONE_MICROSECOND).date()
