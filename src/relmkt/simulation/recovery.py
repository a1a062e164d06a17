"""What a review of a synthetic channel found, held against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs
import numpy as np

from relmkt.channel.review import ChannelReview
from relmkt.domain import Phase, Suspicion
from relmkt.simulation.channel_market import ChannelTruth

__all__ = ["ChannelRecovery", "channel_recovery"]


@attrs.frozen(kw_only=True)
class ChannelRecovery:
    """How many phases and diverters were found, and how many dealers were suspected wrongly.

    Attributes
    ----------
    phases
        How many brands in markets are truly in a phase and were told to be in another, or the
        same: by the pair of the true phase and the told one.
    diverters, found, watched
        How many dealers divert, how many of them are to be heard, and how many only to be watched.
    honest, suspected
        How many do not, and how many of these are to be heard all the same.
    """

    phases: Mapping[tuple[Phase, Phase], int]
    diverters: int
    found: int
    watched: int
    honest: int
    suspected: int

    @property
    def brand_markets(self) -> int:
        """How many brands in markets there are."""
        return sum(self.phases.values())

    @property
    def right(self) -> int:
        """How many phases were told rightly."""
        return sum(count for (truly, told), count in self.phases.items() if truly is told)

    @property
    def false_alarm_rate(self) -> float:
        """The share of the honest dealers that are to be heard; 0 where there are none."""
        return self.suspected / self.honest if self.honest else 0.0

    def __str__(self) -> str:
        return (
            f"{self.right} of {self.brand_markets} phases right; {self.found} of {self.diverters} "
            f"diverters to be heard and {self.watched} to be watched; {self.suspected} of "
            f"{self.honest} honest dealers to be heard ({self.false_alarm_rate:.1%} false alarms)"
        )


def channel_recovery(review: ChannelReview, truth: ChannelTruth) -> ChannelRecovery:
    """Hold what a review says against the truth of the market that it is of.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.review import review_channel
    >>> from relmkt.simulation import channel_market, channel_recovery
    >>> made = channel_market(7)
    >>> review = review_channel(
    ...     made.sales,
    ...     as_of=date(2025, 12, 31),
    ...     distributors=made.distributors,
    ...     agreements=made.agreements,
    ...     schedules=made.schedules,
    ...     brand_markets=made.brand_markets,
    ... )
    >>> found = channel_recovery(review, made.truth)
    >>> found.right, found.brand_markets, found.found, found.diverters, found.suspected
    (14, 16, 4, 12, 1)
    """
    phases: dict[tuple[Phase, Phase], int] = {}
    for row, name in enumerate(review.markets.tolist()):
        told = review.phases[row].outcome or Phase.UNDETERMINED
        pair = truth.phases[name], told
        phases[pair] = phases.get(pair, 0) + 1
    diverts = np.array(
        [dealer in truth.diverters for dealer in review.distributors.dealer.tolist()],
        dtype=np.bool_,
    )
    heard = review.diversion.where(Suspicion.HEAR)
    return ChannelRecovery(
        phases=MappingProxyType(phases),
        diverters=int(diverts.sum()),
        found=int((heard & diverts).sum()),
        watched=int((review.diversion.where(Suspicion.WATCH) & diverts).sum()),
        honest=int((~diverts).sum()),
        suspected=int((heard & ~diverts).sum()),
    )
