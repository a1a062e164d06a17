"""Frozen records of thresholds that build tables: what a manager may change, with the reasons."""

from relmkt.policies.steady import SteadyPolicy, banded
from relmkt.policies.strategy import StrategyOutcome, StrategyPolicy
from relmkt.policies.verification import (
    Found,
    PolicyVerification,
    Trial,
    marked,
    stand_ins,
    verify_policy,
)

__all__ = [
    "Found",
    "PolicyVerification",
    "SteadyPolicy",
    "StrategyOutcome",
    "StrategyPolicy",
    "Trial",
    "banded",
    "marked",
    "stand_ins",
    "verify_policy",
]
