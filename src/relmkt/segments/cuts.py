"""Where the pyramid is cut: shares of customers, or the amounts that earn a tier."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, TypeAlias

import attrs

from relmkt.domain import CustomerFacts, Status, Tier
from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import top_count
from relmkt.records import handles, schema
from relmkt.rules import Rule, Table

__all__ = ["PyramidCuts", "PyramidPolicy", "RankedBy", "Ties"]

Ties: TypeAlias = Literal["promote", "stable"]
"""What to do with equal amounts at a cut: promote all of them, or keep to the order given."""

RankedBy: TypeAlias = Literal["revenue", "profit"]
"""The amount that customers are ranked by."""


@attrs.frozen(kw_only=True)
class PyramidPolicy:
    """Where the tiers are cut, and how ties are met.

    The cut-offs are cumulative shares of the customers who bought in the period; who comes after
    the last one is Small. The defaults are those of J. Curry and A. Curry (2000), *The Customer
    Marketing Method*, Free Press: 1%, the next 4%, the next 15%, and the remaining 80%.

    Parameters
    ----------
    top, big, medium
        Cumulative shares, each above 0, rising, and below 1.
    ties
        With ``"promote"`` (our default) all who share the amount at a cut get the better tier: so
        equal customers are treated alike, the order of the rows does not matter, and a tier may
        hold more than its share. With ``"stable"`` the counts are kept exactly and, among equals,
        earlier rows come first.
    ranked_by
        Curry ranks by ``"revenue"``; ``"profit"`` is possible.

    Raises
    ------
    InvalidValueError
        When the cut-offs do not rise between 0 and 1, or a word is not one of those above.

    Examples
    --------
    >>> from relmkt.segments import PyramidPolicy
    >>> PyramidPolicy().counts(1000)
    (10, 50, 200)
    >>> PyramidPolicy(top=0.3, big=0.2)
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'big' must be at least 'top' (0.3), got 0.2: \
cut-offs are cumulative
    """

    top: float = 0.01
    big: float = 0.05
    medium: float = 0.20
    ties: Ties = "promote"
    ranked_by: RankedBy = "revenue"

    def __attrs_post_init__(self) -> None:
        if not 0.0 < self.top < 1.0:
            raise InvalidValueError("top", "lie between 0 and 1", self.top)
        steps = [("top", self.top), ("big", self.big), ("medium", self.medium)]
        for (above, higher), (name, share) in pairwise(steps):
            if not share >= higher:
                raise InvalidValueError(
                    name,
                    f"be at least '{above}' ({higher})",
                    share,
                    remedy="cut-offs are cumulative",
                )
        if not self.medium < 1.0:
            raise InvalidValueError("medium", "be below 1", self.medium, remedy="the rest is Small")
        _one_of("ties", self.ties, ("promote", "stable"))
        _one_of("ranked_by", self.ranked_by, ("revenue", "profit"))

    def counts(self, customers: int) -> tuple[int, int, int]:
        """How many customers the first one, two and three tiers hold together, ties apart.

        Cumulative counts are rounded half up, and at least one customer is Top if there is any: of
        two customers one is Top, and of a hundred again one.
        """
        top, big, medium = (top_count(customers, cut) for cut in (self.top, self.big, self.medium))
        return top, big, medium


@attrs.frozen(kw_only=True)
class PyramidCuts:
    """The least amount that earns each tier, as plain numbers: a pyramid made ready for one record.

    They come from `PyramidReport.cuts`. A customer of tomorrow can be given a tier by them without
    ranking everybody anew.

    Parameters
    ----------
    top, big, medium
        The least amount of the tier, falling and at least 0. The amount must be above 0 too.
    ranked_by
        Whether the amounts are of revenue or of profit.

    Raises
    ------
    InvalidValueError
        When an amount is negative, or a lower tier asks for more than a higher one.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.segments import PyramidCuts
    >>> table = PyramidCuts(top=5000, big=1000, medium=200).table()
    >>> table.decide(
    ...     CustomerFacts(customer="C-17", status="active", current_revenue=1200)
    ... ).outcome.value
    'big'
    """

    top: float
    big: float
    medium: float
    ranked_by: RankedBy = "revenue"

    def __attrs_post_init__(self) -> None:
        if not self.medium >= 0.0:
            raise InvalidValueError("medium", "be at least 0", self.medium)
        if not self.top >= self.big >= self.medium:
            raise InvalidValueError(
                "cuts", "fall from tier to tier", (self.top, self.big, self.medium)
            )
        _one_of("ranked_by", self.ranked_by, ("revenue", "profit"))

    def table(self) -> Table[CustomerFacts, Tier]:
        """The tiers as a table of rules over facts.

        It decides as `portfolio_pyramid` with ``ties="promote"`` does. Suspects have no facts, and
        no rule.
        """
        on = handles(CustomerFacts)
        known_customer = on.status.is_in([Status.ACTIVE, Status.LOST])
        bought = known_customer & (on.current_revenue > 0)
        amount = on[f"current_{self.ranked_by}"]
        earning = bought & (amount > 0)
        rules = [
            Rule("prospect", on.status == Status.PROSPECT, Tier.PROSPECT, "has never bought"),
            Rule("top", earning & (amount >= self.top), Tier.TOP),
            Rule("big", earning & (amount >= self.big), Tier.BIG),
            Rule("medium", earning & (amount >= self.medium), Tier.MEDIUM),
            Rule("small", bought, Tier.SMALL),
            Rule(
                "inactive",
                known_customer & (on.current_revenue <= 0),
                Tier.INACTIVE,
                "bought before, not in the period: {because}",
            ),
        ]
        return Table(name="pyramid", facts=schema(CustomerFacts), rules=rules)


def _one_of(name: str, value: str, words: tuple[str, ...]) -> None:
    if value not in words:
        raise InvalidValueError(name, f"be one of {', '.join(words)}", value)
