"""The words: customer, order, stage, strategy, tier. No arithmetic, no I/O."""

from relmkt.domain.agreement import Agreement
from relmkt.domain.breach import Breach, TermKind
from relmkt.domain.claim import Claim, ClaimStatus
from relmkt.domain.conduct import Conduct, ConductFacts, Response
from relmkt.domain.consent import ConsentEvent, ConsentKind, ConsentReason
from relmkt.domain.contact import Channel, ContactEvent, Purpose, TaskEventKind, TaskState
from relmkt.domain.contact_facts import ContactFacts
from relmkt.domain.contact_history import Contact, TaskEvent
from relmkt.domain.contact_task import ContactTask
from relmkt.domain.customer import CustomerFacts, Significance, Status
from relmkt.domain.dealer_support import (
    AttitudeAnswer,
    DealerContact,
    DealerFacts,
    DealerTraining,
    InformationItem,
    PromotionGap,
    PromotionPlan,
    PromotionSide,
    SupportAlert,
)
from relmkt.domain.distributor import Distributor
from relmkt.domain.diversion import DiversionFacts, Suspicion
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
from relmkt.domain.rebate import (
    BudgetRule,
    Designation,
    Ineligible,
    RebateBasis,
    RebateEvent,
    RebateEventKind,
    ScheduleKind,
)
from relmkt.domain.relationship import Approach, Bond, Closeness
from relmkt.domain.relationship_facts import RelationshipFacts
from relmkt.domain.sales import Flow, SalesRecord
from relmkt.domain.selection import BrandPosition, CandidateFacts, Objection
from relmkt.domain.standing import Hold, Standing
from relmkt.domain.strategy import Abstention, Move, Strategy
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
    "BudgetRule",
    "CandidateFacts",
    "Channel",
    "ChannelFacts",
    "Claim",
    "ClaimStatus",
    "Closeness",
    "Conduct",
    "ConductFacts",
    "ConsentEvent",
    "ConsentKind",
    "ConsentReason",
    "Contact",
    "ContactEvent",
    "ContactFacts",
    "ContactTask",
    "CustomerFacts",
    "DealerContact",
    "DealerFacts",
    "DealerTraining",
    "Decision",
    "Designation",
    "Distributor",
    "DiversionFacts",
    "FairnessFacts",
    "FairnessVerdict",
    "Flow",
    "Forecast",
    "FutureCell",
    "HistoryGap",
    "Hold",
    "Ineligible",
    "InformationItem",
    "MarketFacts",
    "Move",
    "Objection",
    "Order",
    "Phase",
    "PlanLine",
    "PresentCell",
    "ProcedureFault",
    "PromotionGap",
    "PromotionPlan",
    "PromotionSide",
    "Purpose",
    "RebateBasis",
    "RebateEvent",
    "RebateEventKind",
    "RelationshipFacts",
    "Response",
    "SalesRecord",
    "ScheduleKind",
    "Significance",
    "Stage",
    "Standing",
    "Status",
    "Strategy",
    "Summary",
    "SupportAlert",
    "Suspicion",
    "TaskEvent",
    "TaskEventKind",
    "TaskState",
    "TermKind",
    "Tier",
    "TrendMethod",
]
