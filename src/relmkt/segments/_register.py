"""The register of the claims that one's own figures can be held against, with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from relmkt.domain.claim import Claim, ClaimStatus

__all__ = ["CLAIMS"]

_CURRY = "J. Curry and A. Curry (2000), The Customer Marketing Method, Free Press"

CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        claim.key: claim
        for claim in (
            Claim(
                key="top_fifth_revenue",
                text="the top 20% of customers bring 80% of revenue",
                source=_CURRY,
                status=ClaimStatus.SECONDARY,
                stated=(0.80,),
            ),
            Claim(
                key="top_fifth_profit",
                text="the top 20% of customers bring more than 100% of profit",
                source=_CURRY,
                status=ClaimStatus.SECONDARY,
                stated=(1.00,),
            ),
            Claim(
                key="existing_revenue",
                text="existing customers bring up to 90% of revenue",
                source=_CURRY,
                status=ClaimStatus.SECONDARY,
                stated=(0.90,),
            ),
            Claim(
                key="spend_beyond_customers",
                text="the bulk of marketing budgets goes to people who are not customers",
                source=_CURRY,
                status=ClaimStatus.SECONDARY,
            ),
            Claim(
                key="upgradable",
                text="5 to 30% of customers can be moved up the pyramid",
                source=_CURRY,
                status=ClaimStatus.SECONDARY,
                stated=(0.05, 0.30),
            ),
            Claim(
                key="migration_revenue",
                text="2% of customers moving up can mean 10% more revenue",
                source=_CURRY,
                status=ClaimStatus.SECONDARY,
                stated=(0.10,),
            ),
            Claim(
                key="migration_profit",
                text="2% of customers moving up can mean 50% more profit",
                source=_CURRY,
                status=ClaimStatus.SECONDARY,
                stated=(0.50,),
            ),
        )
    }
)
"""The claims that can be measured here, by key."""
