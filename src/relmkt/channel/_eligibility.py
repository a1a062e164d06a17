"""Which agreement an event answers to, and why it counts for none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import by_first_appearance, by_id_and_moment
from relmkt.channel._price_spreads import joined
from relmkt.channel._rebate_terms import Term
from relmkt.channel.contract_years import Place
from relmkt.channel.rebate_events import RebateEvents
from relmkt.domain import (
    Flow,
    Ineligible,
    RebateEventKind,
)

__all__ = ["COUNTS", "Matched", "ineligibility", "matched"]

Days: TypeAlias = NDArray[np.datetime64]
Rows: TypeAlias = NDArray[np.intp]

COUNTS = -1
"""The code of what counts; the others are places in `Ineligible`."""

_REASONS = list(Ineligible)
_KINDS = list(RebateEventKind)
_FLOWS = list(Flow)


def _code(reason: Ineligible) -> int:
    return _REASONS.index(reason)


@attrs.frozen(eq=False)
class Matched:
    """For each event the number of its term, its place and why it has no term.

    Attributes
    ----------
    terms
        The number of the term, -1 where none answers, shape (n,).
    places
        The number of the designated place in ``names``, -1 where it does not matter, shape (n,).
    reasons
        Codes of `Ineligible`, or `COUNTS`, shape (n,).
    names
        The places by number.
    notices
        For each notice its row and the terms that it is about.
    """

    terms: Rows
    places: Rows
    reasons: NDArray[np.int8]
    names: list[str]
    notices: list[tuple[int, list[int]]]


def matched(events: RebateEvents, days: Days, terms: Sequence[Term]) -> Matched:
    """The term that each event answers to.

    Events that agree in what terms ask about are judged together: once for all of them in words,
    and then day by day in columns.
    """
    of_dealer: dict[object, list[int]] = {}
    for number, term in enumerate(terms):
        of_dealer.setdefault(term.agreement.dealer, []).append(number)
    size = len(events)
    found = Matched(
        np.full(size, -1, dtype=np.intp),
        np.full(size, -1, dtype=np.intp),
        np.full(size, COUNTS, dtype=np.int8),
        [],
        [],
    )
    numbers: dict[Place, int] = {}
    for rows in _alike(events, terms):
        event = events[int(rows[0])]
        mine = [one for one in of_dealer.get(event.dealer, ()) if terms[one].goods_of(event)]
        if not mine:
            found.reasons[rows] = _code(Ineligible.NO_AGREEMENT)
            continue
        held, counts = days[rows], np.zeros(len(rows), dtype=np.int64)
        in_time = np.zeros(len(rows), dtype=np.bool_)
        for one in mine:
            term = terms[one]
            on = (term.first <= held) & (held <= term.last)
            in_time |= on
            if not term.holds_where(event):
                continue
            counts += on
            found.terms[rows[on]] = one
            place = term.place_of(event)
            if place is not None and term.schedule is not None:
                found.places[rows[on]] = numbers.setdefault(place, len(numbers))
        if event.kind is RebateEventKind.NOTICE:
            for row, day in zip(rows.tolist(), held, strict=True):
                on = [one for one in mine if terms[one].first <= day <= terms[one].last]
                on = [one for one in on if terms[one].schedule is not None] or on
                found.notices.append((row, on))
                found.terms[row] = on[0] if on else -1
        else:
            many = rows[counts > 1]
            found.reasons[many] = _code(Ineligible.AMBIGUOUS)
            found.terms[many] = -1
        found.reasons[rows[counts == 0]] = _code(Ineligible.OUTSIDE_PLACE)
        found.reasons[rows[~in_time]] = _code(Ineligible.OUTSIDE_PERIOD)
    found.names.extend(name for _, name in numbers)
    return found


def ineligibility(events: RebateEvents, found: Matched, terms: Sequence[Term]) -> NDArray[np.int8]:
    """Why each event counts for nothing, apart from withdrawals: codes, shape (n,)."""
    reasons = found.reasons.copy()
    kind, flow, deal = events.kind, events.flow, events.on_deal
    sale = kind == _KINDS.index(RebateEventKind.SALE)
    unscheduled = np.array([term.schedule is None for term in terms] + [False])
    refused: list[tuple[Ineligible, NDArray[np.bool_]]] = [
        (Ineligible.NO_SCHEDULE, unscheduled[found.terms])
    ]
    schedules = [term.schedule for term in terms]
    wanted = np.array([_FLOWS.index(one.flow) if one else -1 for one in schedules] + [-1])
    lenient = np.array([one is not None and one.counts_deals for one in schedules] + [False])
    by_amount = np.array([term.by_amount for term in terms] + [False])
    refused += [
        (Ineligible.OTHER_FLOW, sale & (flow != wanted[found.terms])),
        (Ineligible.ON_DEAL, sale & (deal == 1) & ~lenient[found.terms]),
        (
            Ineligible.NO_VOLUME,
            sale
            & np.where(by_amount[found.terms], events.absent("amount"), events.absent("quantity")),
        ),
    ]
    for reason, where in refused:
        reasons[where & (reasons == COUNTS)] = _code(reason)
    return reasons


def _alike(events: RebateEvents, terms: Sequence[Term]) -> Iterator[Rows]:
    """The rows of events of one sort that agree in all that these terms ask about."""
    codes: NDArray[Any] = events.kind.astype(np.int64)
    for name in _asked(terms):
        if name in events.names:
            found = events.numbered(name)
            codes, _ = by_first_appearance(joined(codes, found.codes))
    order = by_id_and_moment(codes.astype(np.int32), np.zeros(len(codes), dtype=np.int64))
    rows = np.arange(len(codes)) if order.rows is None else order.rows.astype(np.intp)
    cuts = np.flatnonzero(np.diff(order.codes)) + 1
    return iter(np.split(rows, cuts)) if len(rows) else iter(())


def _asked(terms: Sequence[Term]) -> list[str]:
    """What any of the terms asks about: what none of them names parts no events."""
    told = [term.agreement for term in terms]
    places = {kind for term in terms for kind, _ in term.places or ()}
    asked = {
        "dealer": True,
        "agreement": True,
        "brand": any(one.brand is not None for one in told),
        "market": any(one.market is not None for one in told),
        "territory": "territory" in places,
        "outlet": "outlet" in places,
    }
    return [name for name, counts in asked.items() if counts]
