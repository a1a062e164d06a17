"""The channel: dealers between the firm and its customers, their sales, and what these tell."""

from relmkt.channel.brand_switching import BrandRetention, brand_retention
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
from relmkt.channel.dealer_columns import (
    AttitudeAnswers,
    BrandPositions,
    Candidates,
    DealerContacts,
    DealerTrainings,
    Fairness,
    InformationItems,
    PromotionPlans,
    Supports,
)
from relmkt.channel.diversion_signals import Diversions, diversion_facts
from relmkt.channel.fairness import ClassFairness, FairnessReport, fairness_report
from relmkt.channel.information import RankedItem, may_have, rank_information
from relmkt.channel.launches import days_since_launch
from relmkt.channel.market_trends import market_facts
from relmkt.channel.monthly import Measure, MonthlySales, monthly_sales
from relmkt.channel.rebate_verdicts import RebateFairness, rebate_fairness
from relmkt.channel.review import ChannelReview, review_channel
from relmkt.channel.sales_parts import SalesParts
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
from relmkt.channel.support import (
    Attitudes,
    Dependency,
    TrainingCoverage,
    days_since_contact,
    dealer_attitude,
    key_person_dependency,
    training_coverage,
)
from relmkt.channel.support_facts import support_facts
from relmkt.channel.support_review import DealerSupport, SupportRecords, review_support

__all__ = [
    "Agreements",
    "AttitudeAnswers",
    "Attitudes",
    "BrandMarkets",
    "BrandPositions",
    "BrandRetention",
    "Breaches",
    "Candidates",
    "Change",
    "ChannelReview",
    "Channels",
    "ClassFairness",
    "Conducts",
    "DealerContacts",
    "DealerSupport",
    "DealerTrainings",
    "Dependency",
    "Distributors",
    "Diversions",
    "Fairness",
    "FairnessReport",
    "InformationItems",
    "Likeness",
    "Markets",
    "Match",
    "Matches",
    "Measure",
    "MonthlySales",
    "Place",
    "PromotionPlans",
    "RankedItem",
    "RebateFairness",
    "SalesLog",
    "SalesParts",
    "Shortlist",
    "SupportRecords",
    "Supports",
    "Term",
    "TermMatch",
    "TrainingCoverage",
    "WeightRange",
    "brand_retention",
    "breach_conduct",
    "days_since_contact",
    "days_since_launch",
    "dealer_attitude",
    "diversion_facts",
    "fairness_report",
    "key_person_dependency",
    "market_facts",
    "match_dealers",
    "match_terms",
    "may_have",
    "monthly_sales",
    "rank_information",
    "rebate_fairness",
    "review_channel",
    "review_support",
    "shortlist",
    "support_facts",
    "training_coverage",
]
