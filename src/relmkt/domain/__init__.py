"""The words: customer, order, stage, strategy, tier. No arithmetic, no I/O."""

from relmkt.domain.agreement import Agreement
from relmkt.domain.breach import Breach, TermKind
from relmkt.domain.claim import Claim, ClaimStatus
from relmkt.domain.conduct import Conduct, ConductFacts, Response
from relmkt.domain.contact import Channel, ContactEvent, Purpose, TaskState
from relmkt.domain.customer import CustomerFacts, Significance, Status
from relmkt.domain.dealer_support import (
    AttitudeAnswer,
    DealerContact,
    DealerFacts,
    DealerTraining,
    InformationItem,
    PromotionGap,
    PromotionPlan,
    SupportAlert,
)
from relmkt.domain.distributor import Distributor
from relmkt.domain.fairness import FairnessFacts, FairnessVerdict, ProcedureFault
from relmkt.domain.forecast import Forecast
from relmkt.domain.lifecycle import TRANSITIONS, Stage
from relmkt.domain.market import (
    BrandMarket,
    ChannelFacts,
    HistoryGap,
    MarketFacts,
    Phase,
    TrendMethod,
)
from relmkt.domain.order import Order, Summary
from relmkt.domain.plan_line import PlanLine
from relmkt.domain.profitability import FutureCell, PresentCell
from relmkt.domain.pyramid import Tier
from relmkt.domain.relationship import Approach, Bond, Closeness
from relmkt.domain.relationship_facts import RelationshipFacts
from relmkt.domain.sales import Flow, SalesRecord
from relmkt.domain.selection import BrandPosition, CandidateFacts, Objection
from relmkt.domain.standing import Hold, Standing
from relmkt.domain.strategy import Abstention, Strategy
from relmkt.rules import Decision

__all__ = [
    "TRANSITIONS",
    "Abstention",
    "Agreement",
    "Approach",
    "AttitudeAnswer",
    "Bond",
    "BrandMarket",
    "BrandPosition",
    "Breach",
    "CandidateFacts",
    "Channel",
    "ChannelFacts",
    "Claim",
    "ClaimStatus",
    "Closeness",
    "Conduct",
    "ConductFacts",
    "ContactEvent",
    "CustomerFacts",
    "DealerContact",
    "DealerFacts",
    "DealerTraining",
    "Decision",
    "Distributor",
    "FairnessFacts",
    "FairnessVerdict",
    "Flow",
    "Forecast",
    "FutureCell",
    "HistoryGap",
    "Hold",
    "InformationItem",
    "MarketFacts",
    "Objection",
    "Order",
    "Phase",
    "PlanLine",
    "PresentCell",
    "ProcedureFault",
    "PromotionGap",
    "PromotionPlan",
    "Purpose",
    "RelationshipFacts",
    "Response",
    "SalesRecord",
    "Significance",
    "Stage",
    "Standing",
    "Status",
    "Strategy",
    "Summary",
    "SupportAlert",
    "TaskState",
    "TermKind",
    "Tier",
    "TrendMethod",
]
