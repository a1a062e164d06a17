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
from relmkt.channel.diversion_signals import Diversions, diversion_facts
from relmkt.channel.market_trends import market_facts
from relmkt.channel.monthly import Measure, MonthlySales, monthly_sales
from relmkt.channel.review import ChannelReview, ClassFairness, review_channel

__all__ = [
    "Agreements",
    "BrandMarkets",
    "Breaches",
    "ChannelReview",
    "Channels",
    "ClassFairness",
    "Conducts",
    "Distributors",
    "Diversions",
    "Markets",
    "Measure",
    "MonthlySales",
    "SalesLog",
    "breach_conduct",
    "diversion_facts",
    "market_facts",
    "monthly_sales",
    "review_channel",
]
