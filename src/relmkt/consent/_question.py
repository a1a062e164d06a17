"""What a ledger is asked: for which purpose, by which channel, and when."""

from __future__ import annotations

from datetime import datetime

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.consent._events import ConsentEvents
from relmkt.domain import Channel, ConsentEvent, ConsentReason, Purpose
from relmkt.errors import InvalidValueError
from relmkt.records import schema
from relmkt.records._fields import as_instant

__all__ = ["Question"]

_RESTS_ON_CONSENT = frozenset({Purpose.MARKETING})


@attrs.frozen(kw_only=True)
class Question:
    """What for, by which way, and when."""

    purpose: Purpose
    channel: Channel | None
    at: np.datetime64
    until: np.datetime64 | None = None

    @property
    def made_at(self) -> np.datetime64:
        """When the contact is made, if later: what is said between the two is not known."""
        return self.at if self.until is None else self.until

    @classmethod
    def of(cls, purpose: Purpose | str, channel: Channel | str, at: datetime) -> Question:
        """Whether a contact is allowed."""
        asked = {"purpose": purpose, "channel": channel}
        for name, value in asked.items():
            if value is None:  # pyright: ignore[reportUnnecessaryComparison]
                raise InvalidValueError(
                    name, "be given", value, remedy="a contact is for one purpose, by one channel"
                )
        return cls(**schema(ConsentEvent).checked(asked), at=_in_utc(at))

    @classmethod
    def of_direct_marketing(cls, at: datetime) -> Question:
        """What was said of direct marketing as such, whatever the channel."""
        return cls(purpose=Purpose.MARKETING, channel=None, at=_in_utc(at))

    @property
    def rests_on_consent(self) -> bool:
        """Whether nobody may be contacted for this unasked."""
        return self.purpose in _RESTS_ON_CONSENT

    @property
    def otherwise(self) -> ConsentReason:
        """The reason where nothing was said."""
        return ConsentReason.NEVER_ASKED if self.rests_on_consent else ConsentReason.NOT_NEEDED

    def covers(self, events: ConsentEvents, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these events count for the question."""
        purpose = events.purpose[rows]
        counts = purpose == list(Purpose).index(self.purpose)
        if self.rests_on_consent:
            counts |= purpose < 0
        channel = events.channel[rows]
        for_channel = channel < 0
        if self.channel is not None:
            for_channel |= channel == list(Channel).index(self.channel)
        return counts & for_channel & (events.at[rows] <= self.at)


def _in_utc(at: datetime) -> np.datetime64:
    instant = as_instant(at, "at")
    if instant.tzinfo is None:
        raise InvalidValueError(
            "at",
            "have a zone",
            str(at),
            remedy="a day or a time by the clock is another instant elsewhere: say whose clock",
        )
    return np.datetime64(instant.replace(tzinfo=None), "us")
