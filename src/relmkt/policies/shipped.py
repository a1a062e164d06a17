"""The policies that are shipped, by the name of what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from relmkt.policies.approach import ApproachPolicy
from relmkt.policies.bonds import BondPolicy
from relmkt.policies.closeness import ClosenessPolicy
from relmkt.policies.diversion import DiversionPolicy
from relmkt.policies.fairness import FairnessPolicy
from relmkt.policies.phase import PhasePolicy
from relmkt.policies.sanctions import SanctionPolicy
from relmkt.policies.strategy import StrategyPolicy

__all__ = ["SHIPPED", "ShippedPolicy"]

ShippedPolicy: TypeAlias = (
    StrategyPolicy
    | ApproachPolicy
    | ClosenessPolicy
    | BondPolicy
    | PhasePolicy
    | SanctionPolicy
    | DiversionPolicy
    | FairnessPolicy
)
"""Any policy that is shipped with a table and with promises."""

SHIPPED: Mapping[str, type[ShippedPolicy]] = MappingProxyType(
    {
        "strategy": StrategyPolicy,
        "approach": ApproachPolicy,
        "closeness": ClosenessPolicy,
        "bond": BondPolicy,
        "phase": PhasePolicy,
        "sanctions": SanctionPolicy,
        "diversion": DiversionPolicy,
        "fairness": FairnessPolicy,
    }
)
"""The type of each by the name of its table.

:meta hide-value:
"""
