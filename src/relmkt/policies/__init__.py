"""Frozen records of thresholds that build tables: what a manager may change, with the reasons."""

from relmkt.policies.strategy import StrategyOutcome, StrategyPolicy

__all__ = ["StrategyOutcome", "StrategyPolicy"]
