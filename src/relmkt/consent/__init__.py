"""Consent as a ledger: what customers said about being contacted, and what follows from it."""

from relmkt.consent._events import ConsentEvents
from relmkt.consent._ledger import ConsentLedger
from relmkt.consent._state import ConsentState
from relmkt.consent._suppressions import Suppressions

__all__ = ["ConsentEvents", "ConsentLedger", "ConsentState", "Suppressions"]
