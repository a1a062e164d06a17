"""What happens to rebates, in columns: sales and returned goods, notices, payments, claw-backs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Self, TypeAlias, cast

import attrs
import numpy as np

from relmkt.channel.columns import Breaches, Distributors, SalesLog
from relmkt.channel.conduct import breach_conduct
from relmkt.columns import Columns
from relmkt.domain import Breach, RebateEvent, RebateEventKind, Response, SalesRecord
from relmkt.errors import InvalidValueError
from relmkt.policies import SanctionPolicy

__all__ = ["TAKES_REBATE", "RebateEvents", "SalesColumns", "clawback"]

SalesColumns: TypeAlias = Columns[SalesRecord]
"""Lines of sales in columns, whatever the name of their class."""

_KINDS = list(RebateEventKind)
_SALE = ("brand", "market", "product", "territory", "outlet", "flow", "on_deal", "quantity")
_MONEY = ("amount", "currency")

TAKES_REBATE = frozenset({Response.HOLD_REBATE, Response.END_SUPPLY})
"""The sanctions that weigh as much as the loss of a rebate, or more."""


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
        held: SalesColumns = sales if isinstance(sales, Columns) else SalesLog.of(sales)
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
    breach: Breach,
    *,
    at: date,
    amount: float,
    belongs_to: date | None = None,
    register: Iterable[Breach] = (),
    dealers: Distributors | None = None,
    same_for_all: bool | None = None,
    appealable: bool | None = None,
    policy: SanctionPolicy | None = None,
) -> RebateEvent:
    """The event that takes rebate back for a breach, where the table of sanctions goes so far.

    Taking rebate back is a sanction of the weight of holding it back. So the table of `policy` is
    asked, with the case as it is known on that day: it must lead to `Response.HOLD_REBATE` or to
    what is heavier, whatever the facts are that nobody told. A first breach that is not grave, or
    one in a new relationship, earns a warning and costs no rebate; a term about resale prices or
    passive sales is for counsel, and never does.

    Parameters
    ----------
    breach
        The case.
    at
        When the rebate is taken back.
    amount
        How much, above 0, in the currency of the schedule. The ledger takes no more than was earned
        in that contract year.
    belongs_to
        A day of the contract year whose rebate is taken back; unless given, the day on which the
        breach happened.
    register
        The cases so far, to count what is repeated; this one may be among them, and is known there
        by its number.
    dealers
        Since when each dealer has been one.
    same_for_all, appealable
        Whether the term is the same for all of the class, and open to appeal; unless given, as the
        case says.
    policy
        The thresholds of the table; unless given, the defaults.

    Raises
    ------
    InvalidValueError
        When the table leads elsewhere, or cannot tell; the message says to what, and why or what is
        to be told. And when there is no word on what the evidence is.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.rebate_events import clawback
    >>> from relmkt.domain import Breach
    >>> rumor = Breach(dealer="D-7", case="B-1", term_kind="counterfeit", written=True, lawful=True)
    >>> clawback(rumor, at=date(2026, 6, 1), amount=500, same_for_all=True, appealable=True)
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'breach' must allow that rebate is held back, got \
'gather_evidence or notify' for case 'B-1' of dealer 'D-7': tell has_evidence
    """
    where = f"case {breach.case!r} of dealer {breach.dealer!r}"
    cases = Breaches.of([*(one for one in register if not _same(one, breach)), breach])
    day = at.date() if isinstance(at, datetime) else at
    told = {"same_for_all": same_for_all, "appealable": appealable}
    facts = attrs.evolve(
        breach_conduct(cases, as_of=day, dealers=dealers)[len(cases) - 1],
        **{name: value for name, value in told.items() if value is not None},
    )
    found = (policy or SanctionPolicy()).table().decide(facts)
    if not TAKES_REBATE.issuperset(found.possible):
        raise InvalidValueError(
            "breach",
            "allow that rebate is held back",
            " or ".join(found.possible),
            where=where,
            remedy=found.reason if found.settled else f"tell {', '.join(found.missing)}",
        )
    if not (breach.evidence or "").strip():
        raise InvalidValueError(
            "evidence", "be given", breach.evidence, where=where, remedy="say what it is"
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


def _same(one: Breach, other: Breach) -> bool:
    """Whether two records are of one case: by its number, or else by all that is told."""
    numbered = one.case is not None and one.case == other.case
    return one.dealer == other.dealer and (numbered or one == other)
