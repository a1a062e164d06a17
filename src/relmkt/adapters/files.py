"""Files in and out: orders and known facts are read, results are written, whole or not at all."""

from relmkt.adapters._channel_files import (
    read_agreements,
    read_brand_markets,
    read_breaches,
    read_channel_facts,
    read_distributors,
    read_rebate_events,
    read_sales,
    read_schedules,
    read_standings,
    row_places,
)
from relmkt.adapters._choosing import ALIASES
from relmkt.adapters._consenting import ConsentRead, read_consent
from relmkt.adapters._contacts import (
    read_contact_facts,
    read_contacts,
    read_task_events,
)
from relmkt.adapters._dealer_files import (
    read_attitudes,
    read_dealer_contacts,
    read_dealer_facts,
    read_procedures,
    read_trainings,
)
from relmkt.adapters._engine import checked_memory
from relmkt.adapters._plan_files import read_plan
from relmkt.adapters._reading import FactsRead, OrderOptions, OrdersRead, read_facts, read_orders
from relmkt.adapters._record_files import FileOptions
from relmkt.adapters._sales_parts import sales_in_parts
from relmkt.adapters._source import Format, format_of
from relmkt.adapters._summarizing import SummariesRead, read_summaries
from relmkt.adapters._texts import read_text, write_bytes, write_text
from relmkt.adapters._writing import rows_of, write_blocks, write_rows

__all__ = [
    "ALIASES",
    "ConsentRead",
    "FactsRead",
    "FileOptions",
    "Format",
    "OrderOptions",
    "OrdersRead",
    "SummariesRead",
    "checked_memory",
    "format_of",
    "read_agreements",
    "read_attitudes",
    "read_brand_markets",
    "read_breaches",
    "read_channel_facts",
    "read_consent",
    "read_contact_facts",
    "read_contacts",
    "read_dealer_contacts",
    "read_dealer_facts",
    "read_distributors",
    "read_facts",
    "read_orders",
    "read_plan",
    "read_procedures",
    "read_rebate_events",
    "read_sales",
    "read_schedules",
    "read_standings",
    "read_summaries",
    "read_task_events",
    "read_text",
    "read_trainings",
    "row_places",
    "rows_of",
    "sales_in_parts",
    "write_blocks",
    "write_bytes",
    "write_rows",
    "write_text",
]
