"""What happens to rebates, in columns: sales and returned goods, notices, payments, claw-backs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Self, TypeAlias, cast

import numpy as np

from relmkt.columns import Columns
from relmkt.domain import Breach, RebateEvent, RebateEventKind, SalesRecord, TermKind
from relmkt.errors import InvalidValueError

__all__ = ["RebateEvents", "SalesColumns", "clawback"]

SalesColumns: TypeAlias = Columns[SalesRecord]
"""Lines of sales in columns, whatever the name of their class."""

_KINDS = list(RebateEventKind)
_SALE = ("brand", "market", "product", "territory", "outlet", "flow", "on_deal", "quantity")
_MONEY = ("amount", "currency")

_FOR_COUNSEL = (TermKind.RESALE_PRICE, TermKind.PASSIVE_SALES)
"""Terms that are no ground for a sanction, whatever the agreement says (B8)."""


class _Sales(Columns[SalesRecord]):
    record_type = SalesRecord


class RebateEvents(Columns[RebateEvent]):
    """Many events: the columns of `RebateEvent`, in any order, some of them twice.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.rebate_events import RebateEvents
    >>> RebateEvents(
    ...     dealer=["D-7", "D-7"],
    ...     kind=["sale", "payment"],
    ...     at=[date(2026, 3, 1), date(2027, 1, 9)],
    ...     quantity=[40, None],
    ...     amount=[None, 80],
    ... )
    <RebateEvents: 2 rows, 5 columns>
    """

    record_type = RebateEvent

    @classmethod
    def of_sales(cls, sales: SalesColumns | Iterable[SalesRecord]) -> Self:
        """The lines of sales as events; the number of a line becomes the event's key.

        Parameters
        ----------
        sales
            Records, or their columns. Returned goods are lines with a negative quantity. They
            belong to the contract year of their own day, unless `belongs_to` is given afterwards
            (``events.replace(belongs_to=...)``).

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt.channel.rebate_events import RebateEvents
        >>> from relmkt.domain import SalesRecord
        >>> sale = SalesRecord(
        ...     dealer="D-7", sold_at=date(2026, 3, 1), flow="sell_in", quantity=4, line="L-1"
        ... )
        >>> event = RebateEvents.of_sales([sale])[0]
        >>> event.kind.value, event.key, event.quantity
        ('sale', 'L-1', 4.0)
        """
        held: SalesColumns = sales if isinstance(sales, Columns) else _Sales.of(sales)
        names = [name for name in (*_SALE, *_MONEY) if name in held.names]
        columns: dict[str, Any] = {name: held.given(name) for name in names}
        if "line" in held.names:
            columns["key"] = held.given("line")
        return cls(
            dealer=held.given("dealer"),
            kind=np.full(len(held), _KINDS.index(RebateEventKind.SALE), dtype=np.int8),
            at=held.given("sold_at"),
            **columns,
        )


def clawback(
    breach: Breach, *, at: date, amount: float, belongs_to: date | None = None
) -> RebateEvent:
    """The event that takes rebate back for a breach that is proven.

    A sanction needs a written term that counsel found lawful, evidence, and a dealer who was heard
    before the breach was upheld. Terms about resale prices and passive sales are for legal review,
    and no ground for a claw-back at all.

    Parameters
    ----------
    breach
        The case.
    at
        When the rebate is taken back.
    amount
        How much, above 0, in the currency of the schedule.
    belongs_to
        A day of the contract year whose rebate is taken back; unless given, the day on which the
        breach happened.

    Raises
    ------
    InvalidValueError
        When the case does not carry a claw-back; the message says what is missing.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.rebate_events import clawback
    >>> from relmkt.domain import Breach
    >>> rumor = Breach(dealer="D-7", case="B-1", term_kind="active_sales", written=True)
    >>> clawback(rumor, at=date(2026, 6, 1), amount=500)
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'has_evidence' must be True before rebate is taken back, got \
None for case 'B-1' of dealer 'D-7': a claw-back needs evidence
    """
    where = f"case {breach.case!r} of dealer {breach.dealer!r}"
    if breach.term_kind in _FOR_COUNSEL:
        raise InvalidValueError(
            "term_kind",
            "be no term on resale prices or passive sales",
            breach.term_kind.value,
            where=where,
            remedy="let counsel look at the term itself",
        )
    for name, why in (
        ("has_evidence", "a claw-back needs evidence"),
        ("written", "only a written term can be broken"),
        ("lawful", "ask counsel whether the term is lawful"),
        ("upheld", "the breach is not proven before the dealer was heard"),
    ):
        if getattr(breach, name) is not True:
            raise InvalidValueError(
                name,
                "be True before rebate is taken back",
                getattr(breach, name),
                where=where,
                remedy=why,
            )
    for name, why in (("evidence", "say what it is"), ("heard_on", "hear the dealer first")):
        if not getattr(breach, name):
            raise InvalidValueError(
                name, "be given", getattr(breach, name), where=where, remedy=why
            )
    return RebateEvent(
        dealer=breach.dealer,
        kind=RebateEventKind.CLAWBACK,
        at=cast("Any", at),
        belongs_to=belongs_to or breach.happened_on,
        amount=amount,
        currency=breach.currency,
        case=breach.case,
        evidence=breach.evidence,
    )
