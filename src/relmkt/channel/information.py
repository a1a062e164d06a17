"""Which information to give to a dealer: what it may have, and of that what is of use and new."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import attrs

from relmkt.channel.dealer_columns import InformationItems
from relmkt.domain import Distributor, InformationItem
from relmkt.errors import InvalidValueError

__all__ = ["RankedItem", "may_have", "rank_information"]


@attrs.frozen(kw_only=True)
class RankedItem:
    """One item that a dealer may have, and how much it is worth to it.

    Attributes
    ----------
    item
        The item.
    relevance
        How much the dealer cares for the topic, 0 to 1.
    novelty
        How new it is to the dealer, 0 to 1.
    score
        Relevance times novelty.
    """

    item: InformationItem
    relevance: float
    novelty: float
    score: float


def may_have(item: InformationItem, dealer: Distributor) -> bool:
    """Whether a dealer may have an item: confidential to it alone, for its class, or for all.

    What holds the data of one dealer is for that dealer only, whatever else is said of it. Where
    nothing is said nobody may have it, nor who has no known class what is for some classes.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import may_have
    >>> from relmkt.domain import Distributor, InformationItem
    >>> item = InformationItem(
    ...     item="I-1",
    ...     topic="stock",
    ...     told_on=date(2026, 3, 1),
    ...     for_all=True,
    ...     confidential_to="D-7",
    ... )
    >>> [may_have(item, Distributor(dealer=dealer)) for dealer in ("D-7", "D-8")]
    [True, False]
    """
    if item.confidential_to is not None:
        return item.confidential_to == str(dealer.dealer)
    return item.for_all is True or (
        dealer.dealer_class is not None and dealer.dealer_class in item.class_names
    )


def rank_information(
    items: InformationItems,
    dealer: Distributor,
    *,
    interest: Mapping[str, float],
    given: Collection[Any] = (),
    as_of: date,
    half_life_days: float = 30.0,
) -> tuple[RankedItem, ...]:
    """The items that a dealer may have and has not had, the best first: relevance times novelty.

    Entitlement is a gate and no factor: what a dealer may not have is not in the answer, nor does
    it change anything that is. Novelty halves with each half-life since the item became known, and
    what the dealer has had is not new at all. Items of no worth are left out. Equal ones stand in
    the order of the day, the latest first, and then as they were given.

    Parameters
    ----------
    items
        The items; those that are not known yet on the day are not looked at.
    dealer
        The dealer.
    interest
        How much the dealer cares for each topic, 0 to 1; 0 for topics that are not named.
    given
        The ids of the items that the dealer has had.
    as_of
        The day.
    half_life_days
        Days in which an item loses half of its novelty, above 0; our default is 30.

    Raises
    ------
    InvalidValueError
        When an interest lies outside its bounds, or the half-life is not above 0.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import InformationItems, rank_information
    >>> from relmkt.domain import Distributor
    >>> items = InformationItems(
    ...     item=["I-1", "I-2", "I-3"],
    ...     topic=["trends", "products", "stock"],
    ...     told_on=[date(2026, 3, 1), date(2026, 1, 30), date(2026, 3, 1)],
    ...     for_all=[True, True, None],
    ...     confidential_to=[None, None, "D-8"],
    ... )
    >>> ranked = rank_information(
    ...     items,
    ...     Distributor(dealer="D-7"),
    ...     interest={"trends": 0.5, "products": 0.8, "stock": 1},
    ...     as_of=date(2026, 3, 1),
    ... )
    >>> [(one.item.item, one.score) for one in ranked]
    [('I-1', 0.5), ('I-2', 0.4)]
    """
    if not half_life_days > 0:
        raise InvalidValueError("half_life_days", "be above 0", half_life_days)
    for topic, value in interest.items():
        if not 0 <= value <= 1:
            raise InvalidValueError("interest", "lie between 0 and 1", value, where=f"'{topic}'")
    had = set(given)
    found: list[RankedItem] = []
    for item in items:
        age = (as_of - item.told_on).days
        if age < 0 or item.item in had or not may_have(item, dealer):
            continue
        relevance = float(interest.get(item.topic, 0.0))
        novelty = 0.5 ** (age / half_life_days)
        score = relevance * novelty
        if score > 0:
            found.append(RankedItem(item=item, relevance=relevance, novelty=novelty, score=score))
    return tuple(sorted(found, key=lambda one: (-one.score, -one.item.told_on.toordinal())))
