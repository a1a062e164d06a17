"""How close a relationship is to be: the approach, the bond, and whether closeness is wanted."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Approach", "Bond", "Closeness"]


class Approach(StrEnum):
    """Five levels of relationship marketing, the least costly first (Kotler)."""

    BASIC = "basic"
    """Sell, and no more."""
    REACTIVE = "reactive"
    """Sell, and ask the customer to call with questions, comments or complaints."""
    ACCOUNTABLE = "accountable"
    """Call soon after the sale, and ask for faults and ideas."""
    PROACTIVE = "proactive"
    """Get in touch from time to time with advice on use and with new products."""
    PARTNERSHIP = "partnership"
    """Work with the customer continuously, on products of its own."""


class Closeness(StrEnum):
    """Whether to be close: whether the customer wants it, and whether the firm gains by it."""

    PROGRAM = "program"
    """Both: a relationship program."""
    COMMUNITY = "community"
    """The customer wants it, the firm does not gain: friendly self-service, a community."""
    RESPECT = "respect"
    """The firm would gain, the customer does not want it: an excellent product, little contact."""
    TRANSACTIONAL = "transactional"
    """Neither: good transactions."""


class Bond(StrEnum):
    """What ties a customer to the firm, weakest first (Berry & Parasuraman 1991; Berry 1995)."""

    FINANCIAL = "financial"
    """Incentives and offers; easily copied."""
    SOCIAL = "social"
    """A named contact, recognition, status."""
    CUSTOMIZATION = "customization"
    """Offers tailored to the one customer (later literature)."""
    STRUCTURAL = "structural"
    """An application, one-click buying, joint systems: value that is hard to copy."""
