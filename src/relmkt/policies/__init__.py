"""Frozen records of thresholds that build tables: what a manager may change, with the reasons."""

from relmkt.policies.actions import ACTIONS, Action, actions_for, translated
from relmkt.policies.approach import ApproachOutcome, ApproachPolicy
from relmkt.policies.bonds import BondOutcome, BondPolicy, bond_warnings
from relmkt.policies.channel import ChannelPolicy
from relmkt.policies.closeness import ClosenessOutcome, ClosenessPolicy
from relmkt.policies.dealer_support import (
    PROMOTION_PARTS,
    PromotionPart,
    PromotionPolicy,
    SupportPolicy,
)
from relmkt.policies.diversion import DiversionPolicy
from relmkt.policies.fairness import FairnessPolicy, procedure_faults
from relmkt.policies.phase import PhasePolicy
from relmkt.policies.phase_actions import PHASE_ACTIONS, phase_actions
from relmkt.policies.sanctions import SANCTIONS, SanctionPolicy
from relmkt.policies.selection import MatchPolicy, SelectionPolicy
from relmkt.policies.shipped import SHIPPED, ShippedPolicy
from relmkt.policies.steady import SteadyPolicy, banded
from relmkt.policies.steady_json import steady_policy_from_json, steady_policy_to_json
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
    "ACTIONS",
    "PHASE_ACTIONS",
    "PROMOTION_PARTS",
    "SANCTIONS",
    "SHIPPED",
    "Action",
    "ApproachOutcome",
    "ApproachPolicy",
    "BondOutcome",
    "BondPolicy",
    "ChannelPolicy",
    "ClosenessOutcome",
    "ClosenessPolicy",
    "DiversionPolicy",
    "FairnessPolicy",
    "Found",
    "MatchPolicy",
    "PhasePolicy",
    "PolicyVerification",
    "PromotionPart",
    "PromotionPolicy",
    "SanctionPolicy",
    "SelectionPolicy",
    "ShippedPolicy",
    "SteadyPolicy",
    "StrategyOutcome",
    "StrategyPolicy",
    "SupportPolicy",
    "Trial",
    "actions_for",
    "banded",
    "bond_warnings",
    "marked",
    "phase_actions",
    "procedure_faults",
    "stand_ins",
    "steady_policy_from_json",
    "steady_policy_to_json",
    "translated",
    "verify_policy",
]
