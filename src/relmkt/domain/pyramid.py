"""The customer pyramid of Curry & Curry (2000)."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Tier"]


class Tier(StrEnum):
    """Tiers of the customer pyramid, from the top; the last three bought nothing in the period."""

    TOP = "top"
    """The first 1% of active customers by revenue."""
    BIG = "big"
    """The next 4%."""
    MEDIUM = "medium"
    """The next 15%."""
    SMALL = "small"
    """The remaining 80%."""
    INACTIVE = "inactive"
    """Bought before, not in the period."""
    PROSPECT = "prospect"
    """Some contact, for example a quotation, and no purchase yet."""
    SUSPECT = "suspect"
    """Could be served; no contact yet."""
