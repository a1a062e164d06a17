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
from relmkt.channel.market_trends import market_facts
from relmkt.channel.monthly import Measure, MonthlySales, monthly_sales

__all__ = [
    "Agreements",
    "BrandMarkets",
    "Breaches",
    "Channels",
    "Distributors",
    "Markets",
    "Measure",
    "MonthlySales",
    "SalesLog",
    "market_facts",
    "monthly_sales",
]
