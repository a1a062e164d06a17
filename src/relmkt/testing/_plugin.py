"""What Hypothesis loads when it is imported: strategies for our types, made when asked for.

This costs what ``import relmkt`` costs, and no more: the strategies are imported by their first
use. ``HYPOTHESIS_NO_PLUGINS=1`` in the environment leaves it out.
"""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from hypothesis import strategies as st

from relmkt.channel import (
    Agreements,
    AttitudeAnswers,
    BrandMarkets,
    BrandPositions,
    Breaches,
    Candidates,
    Channels,
    Conducts,
    DealerContacts,
    DealerTrainings,
    Distributors,
    Diversions,
    Fairness,
    InformationItems,
    Markets,
    PromotionPlans,
    SalesLog,
    Supports,
)
from relmkt.channel.rebate_events import RebateEvents
from relmkt.columns import Columns, Portfolio, Relationships
from relmkt.consent import ConsentEvents
from relmkt.domain import CustomerFacts
from relmkt.models.forecasts import Forecasts
from relmkt.orders import OrderLog
from relmkt.planning import ContactCandidates, ContactLog, ContactTasks, TaskEvents
from relmkt.plans import PlanLines
from relmkt.policies import MatchPolicy
from relmkt.rules import Table
from relmkt.segments import MatrixPolicy
from relmkt.shipped import VERIFIABLE
from relmkt.steady import Standings
from relmkt.summaries import Summaries

__all__ = ["register"]

_DETAILS: dict[type[Columns[Any]], dict[str, Any]] = {
    Portfolio: {},
    Relationships: {},
    Distributors: {},
    BrandMarkets: {},
    Agreements: {},
    Breaches: {},
    Markets: {},
    Channels: {},
    ConsentEvents: {},
    Conducts: {},
    Diversions: {},
    RebateEvents: {},
    BrandPositions: {},
    Candidates: {},
    Fairness: {},
    DealerContacts: {},
    DealerTrainings: {},
    AttitudeAnswers: {},
    InformationItems: {},
    PromotionPlans: {},
    Supports: {},
    PlanLines: {},
    Standings: {},
    ContactCandidates: {},
    ContactLog: {},
    ContactTasks: {},
    TaskEvents: {},
    Forecasts: {"as_of": date(2000, 1, 1)},
    Summaries: {"as_of": date(2000, 1, 1), "unit": "day", "merge": "day", "later_orders": 0},
}


def register() -> None:
    """Tell Hypothesis how records, columns, order logs, policies and tables are drawn."""
    for columns_type in _DETAILS:
        st.register_type_strategy(columns_type.record_type, _records)
        st.register_type_strategy(columns_type, _columns)
    for log_type in (OrderLog, SalesLog):
        st.register_type_strategy(log_type.record_type, _records)
        st.register_type_strategy(log_type, _logs)
    for policy_type in (*VERIFIABLE.values(), MatchPolicy, MatrixPolicy):
        st.register_type_strategy(policy_type, _policies)
    st.register_type_strategy(Table, _tables)


def _records(kind: type[Any]) -> st.SearchStrategy[Any]:
    from relmkt.testing.strategies import records

    return records(kind)


def _columns(kind: type[Any]) -> st.SearchStrategy[Any]:
    from relmkt.testing.strategies import columns

    return columns(kind, details=_DETAILS[kind])


def _logs(kind: type[Any]) -> st.SearchStrategy[Any]:
    from relmkt.testing.strategies import logs

    return logs(kind)


def _policies(kind: type[Any]) -> st.SearchStrategy[Any]:
    from relmkt.testing.strategies import policies

    return policies(kind)


def _tables(kind: Any) -> st.SearchStrategy[Any]:
    """``Table[R, str]`` is of records of type R; of ``Table`` alone, of customers."""
    from relmkt.testing.strategies import tables

    return tables(next(iter(get_args(kind)), CustomerFacts))
