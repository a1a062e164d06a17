"""Steady decisions: hysteresis round a table, so that no outcome flaps at a threshold."""

from relmkt.steady.decisions import HELD, Standings, SteadyDecision, SteadyDecisions
from relmkt.steady.loosening import loosened
from relmkt.steady.tables import Steady

__all__ = ["HELD", "Standings", "Steady", "SteadyDecision", "SteadyDecisions", "loosened"]
