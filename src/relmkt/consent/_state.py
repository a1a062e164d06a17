"""What a ledger answers: yes, no or neither, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs
import numpy as np

from relmkt.domain import ConsentEvent, ConsentReason

__all__ = ["ANSWERS", "ANSWER_CODES", "REASONS", "ConsentState"]

REASONS = tuple(ConsentReason)

ANSWERS: Mapping[ConsentReason, bool | None] = MappingProxyType(
    {
        ConsentReason.GRANTED: True,
        ConsentReason.NOT_NEEDED: True,
        ConsentReason.NEVER_ASKED: None,
        ConsentReason.EXPIRED: False,
        ConsentReason.WITHDRAWN: False,
        ConsentReason.OBJECTED: False,
        ConsentReason.ERASED: False,
    }
)
"""Whether a customer may be contacted, for each reason."""

ANSWER_CODES = np.array(
    [{True: 1, False: 0, None: -1}[ANSWERS[reason]] for reason in REASONS], dtype=np.int8
)
"""The same as codes, in the order of the reasons."""


@attrs.frozen(kw_only=True)
class ConsentState:
    """Whether a customer may be contacted, and why.

    Attributes
    ----------
    allowed
        True, False, or None where the customer was never asked: neither yes nor no.
    reason
        The reason, as a word: a host that speaks another language takes it for the message key.
    event
        The event that decided; None where none did, and for whoever was erased.
    """

    allowed: bool | None
    reason: ConsentReason
    event: ConsentEvent | None

    @property
    def text(self) -> str:
        """The reason in a sentence: when, where, and in which words."""
        words = _SAID[self.reason]
        if self.event is None:
            return words
        told = f"{words} on {self.event.at:%Y-%m-%d at %H:%M} UTC"
        if self.reason is ConsentReason.EXPIRED:
            told = f"{words} on {self.event.expires}: granted on {self.event.at:%Y-%m-%d}"
        source = f", {self.event.source}" if self.event.source else ""
        wording = f": “{self.event.wording}”" if self.event.wording else ""
        return f"{told}{source}{wording}"


_SAID = {
    ConsentReason.GRANTED: "granted",
    ConsentReason.NOT_NEEDED: "owed to the customer, and rests on no consent",
    ConsentReason.NEVER_ASKED: "never asked",
    ConsentReason.EXPIRED: "expired",
    ConsentReason.WITHDRAWN: "withdrawn",
    ConsentReason.OBJECTED: "objected to direct marketing",
    ConsentReason.ERASED: "erased, and not to be contacted again",
}
