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
from relmkt.channel.dealer_columns import BrandPositions, Candidates, Fairness
from relmkt.channel.fairness import ClassFairness, FairnessReport, fairness_report
from relmkt.channel.market_trends import market_facts
from relmkt.channel.monthly import Measure, MonthlySales, monthly_sales
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
    "Channels",
    "ClassFairness",
    "Conducts",
    "Distributors",
    "Fairness",
    "FairnessReport",
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
    "fairness_report",
    "market_facts",
    "match_dealers",
    "match_terms",
    "monthly_sales",
    "shortlist",
]
