"""Every policy that is shipped and can be verified: those that decide, and those that plan."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from relmkt.planning import CadencePolicy, SkipPolicy
from relmkt.policies import SHIPPED, ShippedPolicy
from relmkt.rules import Checklist, Table

__all__ = ["VERIFIABLE", "VerifiablePolicy", "built"]

VerifiablePolicy: TypeAlias = ShippedPolicy | CadencePolicy | SkipPolicy
"""Any policy that is shipped with a table or a checklist."""

VERIFIABLE: Mapping[str, type[VerifiablePolicy]] = MappingProxyType(
    {**SHIPPED, "cadence": CadencePolicy, "skip": SkipPolicy}
)
"""The type of each by the name of what it decides: those of `relmkt.policies.SHIPPED`, then those
of planning.

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
    return policy.checklist() if isinstance(policy, SkipPolicy) else policy.table()
