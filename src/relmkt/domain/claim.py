"""Claims: what others say of customers in general, to be held against one's own figures."""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = ["Claim", "ClaimStatus"]


class ClaimStatus(StrEnum):
    """How far a claim has been traced to its source."""

    VERIFIED = "verified"
    """The source was read, and says so."""
    SECONDARY = "secondary"
    """Others report that the source says so; the source itself was not read."""
    PARTIAL = "partial"
    """The work and its main point were seen; the detail is from memory."""
    MEMORY = "memory"
    """Known from memory only."""
    UNSOURCED = "unsourced"
    """Repeated in trade articles that name no source."""


@attrs.frozen(kw_only=True)
class Claim:
    """A general saying with a figure in it; never taken for true, always measured.

    Attributes
    ----------
    key
        The claim's short name.
    text
        What it says, in our words.
    source
        Who says so.
    status
        How far that has been traced.
    stated
        The figure that it states, as a share; of a range, both ends; empty where it states none.

    Examples
    --------
    >>> from relmkt.domain.claim import Claim, ClaimStatus
    >>> claim = Claim(
    ...     key="top_fifth_revenue",
    ...     text="the top 20% of customers bring 80% of revenue",
    ...     source="Curry & Curry (2000)",
    ...     status=ClaimStatus.SECONDARY,
    ...     stated=(0.80,),
    ... )
    >>> claim.status.value
    'secondary'
    """

    key: str
    text: str
    source: str
    status: ClaimStatus = attrs.field(converter=ClaimStatus)
    stated: tuple[float, ...] = ()
