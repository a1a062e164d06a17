"""Synthetic markets with known truth: made up from a seed, and labeled so wherever they go."""

from relmkt.simulation.channel_market import (
    ChannelMarket,
    ChannelTruth,
    channel_market,
    channel_parts,
)

__all__ = ["ChannelMarket", "ChannelTruth", "channel_market", "channel_parts"]
