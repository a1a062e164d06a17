"""From decisions to dated contacts: cadences, reasons not to, the day, the ledger, the agenda."""

from relmkt.planning.agenda import agenda, due_rows
from relmkt.planning.cadences import Cadence, CadenceName, CadencePolicy, Step
from relmkt.planning.consents import ConsentSource, EndingConsentSource, with_consent
from relmkt.planning.contact_columns import (
    ContactCandidates,
    ContactLog,
    ContactTasks,
    TaskEvents,
)
from relmkt.planning.contact_plan import ContactPlan, Fate, NextContacts, SkippedContact
from relmkt.planning.options import ContactOptions
from relmkt.planning.promotions import PromotionDuty, promotion_duties
from relmkt.planning.schedule import plan_contacts
from relmkt.planning.skips import ASSUMED_CONTACT_FACTS, SkipPolicy
from relmkt.planning.tasks import TaskStanding, standings, state_on

__all__ = [
    "ASSUMED_CONTACT_FACTS",
    "Cadence",
    "CadenceName",
    "CadencePolicy",
    "ConsentSource",
    "ContactCandidates",
    "ContactLog",
    "ContactOptions",
    "ContactPlan",
    "ContactTasks",
    "EndingConsentSource",
    "Fate",
    "NextContacts",
    "PromotionDuty",
    "SkipPolicy",
    "SkippedContact",
    "Step",
    "TaskEvents",
    "TaskStanding",
    "agenda",
    "due_rows",
    "plan_contacts",
    "promotion_duties",
    "standings",
    "state_on",
    "with_consent",
]
