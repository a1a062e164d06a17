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
from relmkt.channel.dealer_columns import BrandPositions, Candidates
from relmkt.channel.diversion_signals import Diversions, diversion_facts
from relmkt.channel.market_trends import market_facts
from relmkt.channel.monthly import Measure, MonthlySales, monthly_sales
from relmkt.channel.review import ChannelReview, ClassFairness, review_channel
from relmkt.channel.selection import (
    Likeness,
    Match,
    Matches,
    Term,
    TermMatch,
    match_dealers,
    match_terms,
)
from relmkt.channel.shortlist import Change, Place, Shortlist, WeightRange, shortlist

__all__ = [
    "Agreements",
    "BrandMarkets",
    "BrandPositions",
    "Breaches",
    "Candidates",
    "Change",
    "ChannelReview",
    "Channels",
    "ClassFairness",
    "Conducts",
    "Distributors",
    "Diversions",
    "Likeness",
    "Markets",
    "Match",
    "Matches",
    "Measure",
    "MonthlySales",
    "Place",
    "SalesLog",
    "Shortlist",
    "Term",
    "TermMatch",
    "WeightRange",
    "breach_conduct",
    "diversion_facts",
    "market_facts",
    "match_dealers",
    "match_terms",
    "monthly_sales",
    "review_channel",
    "shortlist",
]
