"""Synthetic markets with known truth: made up from a seed, and labeled so wherever they go."""

from relmkt.simulation.channel_market import (
    ChannelMarket,
    ChannelTruth,
    channel_market,
    channel_parts,
)
from relmkt.simulation.partners import (
    DealerRecords,
    SupportRecovery,
    dealer_records,
    support_recovery,
)
from relmkt.simulation.recovery import ChannelRecovery, channel_recovery

__all__ = [
    "ChannelMarket",
    "ChannelRecovery",
    "ChannelTruth",
    "DealerRecords",
    "SupportRecovery",
    "channel_market",
    "channel_parts",
    "channel_recovery",
    "dealer_records",
    "support_recovery",
]
