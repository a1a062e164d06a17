"""Every policy that is shipped and can be verified: those that decide, and those that plan."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from relmkt.planning import CadencePolicy, SkipPolicy
from relmkt.policies import (
    SHIPPED,
    ChannelPolicy,
    PromotionPolicy,
    SelectionPolicy,
    ShippedPolicy,
    SupportPolicy,
)
from relmkt.rules import Checklist, Table

__all__ = ["VERIFIABLE", "ListPolicy", "VerifiablePolicy", "built"]

ListPolicy: TypeAlias = (
    ChannelPolicy | SelectionPolicy | SupportPolicy | PromotionPolicy | SkipPolicy
)
"""Any policy that is shipped with a checklist and no table."""

VerifiablePolicy: TypeAlias = ShippedPolicy | CadencePolicy | ListPolicy
"""Any policy that is shipped with a table or a checklist."""

VERIFIABLE: Mapping[str, type[VerifiablePolicy]] = MappingProxyType(
    {
        **SHIPPED,
        "cadence": CadencePolicy,
        "channel": ChannelPolicy,
        "selection": SelectionPolicy,
        "support": SupportPolicy,
        "promotion": PromotionPolicy,
        "skip": SkipPolicy,
    }
)
"""The type of each by the name of what it decides: those of `relmkt.policies.SHIPPED`, that of the
cadences, and then those of checklists.

:meta hide-value:
"""


def built(policy: VerifiablePolicy) -> Table[Any, Any] | Checklist[Any, Any]:
    """The table or the checklist of a policy with plain numbers.

    Raises
    ------
    InvalidValueError
        When a threshold still depends on a portfolio.

    Examples
    --------
    >>> from relmkt.shipped import VERIFIABLE, built
    >>> made = built(VERIFIABLE["cadence"]())
    >>> made.name, len(made.rules), made.verify().sound
    ('cadence', 18, True)
    """
    return policy.checklist() if isinstance(policy, ListPolicy) else policy.table()
