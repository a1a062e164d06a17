"""The words: customer, order, stage, strategy, tier. No arithmetic, no I/O."""

from relmkt.domain.claim import Claim, ClaimStatus
from relmkt.domain.contact import Channel, ContactEvent, Purpose, TaskState
from relmkt.domain.customer import CustomerFacts, Significance, Status
from relmkt.domain.forecast import Forecast
from relmkt.domain.lifecycle import TRANSITIONS, Stage
from relmkt.domain.order import Order, Summary
from relmkt.domain.plan_line import PlanLine
from relmkt.domain.profitability import FutureCell, PresentCell
from relmkt.domain.pyramid import Tier
from relmkt.domain.relationship import Approach, Bond, Closeness
from relmkt.domain.relationship_facts import RelationshipFacts
from relmkt.domain.standing import Hold, Standing
from relmkt.domain.strategy import Abstention, Strategy
from relmkt.rules import Decision

__all__ = [
    "TRANSITIONS",
    "Abstention",
    "Approach",
    "Bond",
    "Channel",
    "Claim",
    "ClaimStatus",
    "Closeness",
    "ContactEvent",
    "CustomerFacts",
    "Decision",
    "Forecast",
    "FutureCell",
    "Hold",
    "Order",
    "PlanLine",
    "PresentCell",
    "Purpose",
    "RelationshipFacts",
    "Significance",
    "Stage",
    "Standing",
    "Status",
    "Strategy",
    "Summary",
    "TaskState",
    "Tier",
]
