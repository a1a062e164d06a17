"""The customer life cycle: five stages, the way out, and the steps that lead between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["TRANSITIONS", "Stage"]


class Stage(StrEnum):
    """Stages of the customer life cycle (Sterne & Cutler, *E-Metrics*, 2000).

    Their "loyalty" is called *inspire* here. *Lapsed* is where a customer waits who stopped
    buying; it is a place to come back from, not a sixth stage of progress.

    Examples
    --------
    >>> from relmkt.domain import Stage
    >>> Stage.CONVERT.can_become(Stage.RETAIN), Stage.REACH.can_become(Stage.INSPIRE)
    (True, False)
    """

    REACH = "reach"
    """Has met the firm's communication."""
    ACQUIRE = "acquire"
    """Has responded, and is being won."""
    CONVERT = "convert"
    """Has bought once."""
    RETAIN = "retain"
    """Has bought again."""
    INSPIRE = "inspire"
    """Returns unasked, and speaks for the firm."""
    LAPSED = "lapsed"
    """Has stopped; may be reached again, or come back to buy."""

    def can_become(self, other: Stage) -> bool:
        """Whether a step from this stage to the other is legal; staying always is."""
        return other is self or other in TRANSITIONS[self]


TRANSITIONS: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        Stage.REACH: frozenset({Stage.ACQUIRE, Stage.CONVERT, Stage.LAPSED}),
        Stage.ACQUIRE: frozenset({Stage.CONVERT, Stage.LAPSED}),
        Stage.CONVERT: frozenset({Stage.RETAIN, Stage.LAPSED}),
        Stage.RETAIN: frozenset({Stage.INSPIRE, Stage.LAPSED}),
        Stage.INSPIRE: frozenset({Stage.RETAIN, Stage.LAPSED}),
        Stage.LAPSED: frozenset({Stage.REACH, Stage.ACQUIRE, Stage.RETAIN}),
    }
)
"""The legal steps. Who buys on first contact converts at once; who returns after a lapse has
bought again, and so is retained; an inspired customer may cool, but no one unlearns a purchase.
"""
