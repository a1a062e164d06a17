"""The words: customer, order, stage, strategy, tier. No arithmetic, no I/O."""

from relmkt.domain.claim import Claim, ClaimStatus
from relmkt.domain.consent import ConsentEvent, ConsentKind, ConsentReason
from relmkt.domain.contact import Channel, ContactEvent, Purpose, TaskEventKind, TaskState
from relmkt.domain.contact_facts import ContactFacts
from relmkt.domain.contact_history import Contact, TaskEvent
from relmkt.domain.contact_task import ContactTask
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
from relmkt.domain.strategy import Abstention, Move, Strategy
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
    "ConsentEvent",
    "ConsentKind",
    "ConsentReason",
    "Contact",
    "ContactEvent",
    "ContactFacts",
    "ContactTask",
    "CustomerFacts",
    "Decision",
    "Forecast",
    "FutureCell",
    "Hold",
    "Move",
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
    "TaskEvent",
    "TaskEventKind",
    "TaskState",
    "Tier",
]
