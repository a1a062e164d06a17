"""Consent from a ledger, as a fact about each contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from relmkt.domain import Channel, Purpose
from relmkt.planning.contact_columns import ContactCandidates

__all__ = ["ConsentSource", "with_consent"]


@runtime_checkable
class ConsentSource(Protocol):
    """Whoever knows which customers agree to be contacted."""

    def allowed(
        self, ids: Any, *, purpose: Purpose, channel: Channel, at: datetime
    ) -> NDArray[np.int8]:
        """1 where a customer may be contacted, 0 where not, -1 where nobody asked, shape (n,)."""
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
