"""What a firm knows of its customers, turned into the next right move for each, with the reason.

The way through the house, from left to right:

    OrderLog -> summarize -> models -> facts -> policy -> plan

An order log is summarized for a day; models are fitted to the summaries and forecast; with stated
assumptions they become facts, one record type in two layouts (`CustomerFacts`, `Portfolio`); a
policy, a frozen record of thresholds, builds a table whose first true rule decides. `plan` walks
the whole way.
"""

from relmkt.assumptions import Assumptions
from relmkt.calendars import Rate, Span
from relmkt.columns import Columns, Portfolio
from relmkt.domain import Abstention, CustomerFacts, Order, Status, Strategy, Tier
from relmkt.errors import RelmktError
from relmkt.orders import OrderLog
from relmkt.pipeline import plan
from relmkt.plans import Plan
from relmkt.policies import StrategyPolicy
from relmkt.summaries import Summaries, summarize

__all__ = [
    "Abstention",
    "Assumptions",
    "Columns",
    "CustomerFacts",
    "Order",
    "OrderLog",
    "Plan",
    "Portfolio",
    "Rate",
    "RelmktError",
    "Span",
    "Status",
    "Strategy",
    "StrategyPolicy",
    "Summaries",
    "Tier",
    "__version__",
    "plan",
    "summarize",
]

__version__ = "0.1.0"
