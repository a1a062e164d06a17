"""The channel: dealers between the firm and its customers, their sales, and what these tell."""

from relmkt.channel.columns import (
    Agreements,
    BrandMarkets,
    Breaches,
    Channels,
    Distributors,
    Markets,
    SalesLog,
)

__all__ = [
    "Agreements",
    "BrandMarkets",
    "Breaches",
    "Channels",
    "Distributors",
    "Markets",
    "SalesLog",
]
