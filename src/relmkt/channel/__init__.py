"""The channel: dealers between the firm and its customers, their sales, and what these tell."""

from relmkt.channel.columns import (
    Agreements,
    BrandMarkets,
    Breaches,
    Channels,
    Conducts,
    Distributors,
    Markets,
    SalesLog,
)
from relmkt.channel.conduct import breach_conduct
from relmkt.channel.market_trends import market_facts
from relmkt.channel.monthly import Measure, MonthlySales, monthly_sales

__all__ = [
    "Agreements",
    "BrandMarkets",
    "Breaches",
    "Channels",
    "Conducts",
    "Distributors",
    "Markets",
    "Measure",
    "MonthlySales",
    "SalesLog",
    "breach_conduct",
    "market_facts",
    "monthly_sales",
]
