"""From decisions to dated contacts: cadences, reasons not to, the day, the ledger, the agenda."""

from relmkt.planning.contact_columns import (
    ContactCandidates,
    ContactLog,
    ContactTasks,
    TaskEvents,
)

__all__ = ["ContactCandidates", "ContactLog", "ContactTasks", "TaskEvents"]
