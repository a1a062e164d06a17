"""Breaches: what a dealer is said to have done against a term, and what it answers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from relmkt.domain.distributor import DealerId
from relmkt.records import (
    Constraint,
    Handles,
    day,
    flag,
    identity,
    in_order,
    member,
    number,
    record,
    text,
)

__all__ = ["Breach", "TermKind"]


class TermKind(StrEnum):
    """What a term of an agreement is about."""

    FALSE_CLAIMS = "false_claims"
    """Claims about sales, stock or goods that are not true."""
    COUNTERFEIT = "counterfeit"
    """Goods that are not the brand's own."""
    PROMOTION_FUNDS = "promotion_funds"
    """Money for promotions that is used for something else."""
    ACTIVE_SALES = "active_sales"
    """Customers sought out in a territory that is another dealer's alone."""
    PASSIVE_SALES = "passive_sales"
    """Orders taken from customers of another territory who came of their own accord."""
    RESALE_PRICE = "resale_price"
    """The price at which a dealer sells."""
    OTHER = "other"
    """Any other term."""


@record
class Breach:
    """One case: the term, the evidence, and what the dealer says to it.

    Written, lawful, the same for all, open to appeal, and with evidence: without all of these no
    sanction follows, nor before the dealer has had the chance to answer (see
    `policies.SanctionPolicy`). Whether a term is lawful only counsel can say.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import Breach
    >>> case = Breach(
    ...     dealer="D-7",
    ...     term="No sales in the territory of others.",
    ...     term_kind="active_sales",
    ...     written=True,
    ...     has_evidence=True,
    ...     evidence="delivery notes 114 to 131",
    ...     reported_on=date(2026, 3, 2),
    ... )
    >>> case.heard_on is None
    True
    >>> Breach(dealer="D-7", term_kind="counterfeit", has_evidence=False, upheld=True)
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'upheld' must fit the other fields (upheld, no evidence), \
got True for dealer 'D-7': what there is no evidence for is not upheld
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    case: str | None = text("the number of the case", default=None)
    term: str | None = text("the term, as the agreement has it", default=None)
    term_kind: TermKind = member(TermKind, "what the term is about")
    written: bool | None = flag(
        "whether the term stands in the agreement",
        spoken="written term",
        denied="term not written",
        default=None,
    )
    lawful: bool | None = flag(
        "whether counsel has found the term lawful",
        spoken="lawful term",
        denied="term not lawful",
        default=None,
    )
    same_for_all: bool | None = flag(
        "whether the term and what follows from it are the same for all of the class",
        spoken="same for all",
        denied="not the same for all",
        default=None,
    )
    appealable: bool | None = flag(
        "whether there is somebody to appeal to", denied="no appeal", default=None
    )
    has_evidence: bool | None = flag(
        "whether there is evidence", spoken="evidence", denied="no evidence", default=None
    )
    evidence: str | None = text("the evidence", default=None)
    happened_on: date | None = day("the day on which it happened, or began", default=None)
    reported_on: date | None = day("the day on which it was reported", default=None)
    notified_on: date | None = day("the day on which the dealer was notified", default=None)
    heard_on: date | None = day(
        "the day on which the dealer was heard, or on which its time to answer was over",
        default=None,
    )
    reply: str | None = text("what the dealer answered", default=None)
    upheld: bool | None = flag(
        "whether the breach was found proven after the dealer was heard",
        denied="not upheld",
        default=None,
    )
    grave: bool | None = flag(
        "whether the breach alone destroys the trust that the agreement rests on", default=None
    )
    quantity: float | None = number("units concerned", unit="unit", lower=0, default=None)
    amount: float | None = number("sales concerned", unit="currency", lower=0, default=None)
    currency: str | None = text("the currency of the amount", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        return (
            Constraint(
                "upheld",
                ~on.upheld | on.has_evidence,
                remedy="what there is no evidence for is not upheld",
            ),
            Constraint(
                "notified_on",
                in_order(on.notified_on, on.heard_on),
                remedy="a dealer is heard after it was notified",
            ),
        )
