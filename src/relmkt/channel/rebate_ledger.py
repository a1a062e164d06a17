"""The ledger of rebates: events in, in any order, and what each dealer has earned out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._grouping import by_first_appearance
from relmkt.calendars import ONE_DAY, local_days
from relmkt.channel._decimals import EXACT, added, exact_sums
from relmkt.channel._eligibility import COUNTS, Matched, ineligibility, matched
from relmkt.channel._rebate_checks import check_events, check_terms
from relmkt.channel._rebate_terms import Term
from relmkt.channel.contract_years import ContractYear, contract_years
from relmkt.channel.rebate_balances import LeftOut, PointVolume, RebateBalance
from relmkt.channel.rebate_budgets import RebateBudget
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import (
    Agreement,
    Ineligible,
    RebateEvent,
    RebateEventKind,
)
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.ledgers import in_order

__all__ = ["RebateLedger"]

Days: TypeAlias = NDArray[np.datetime64]
Mask: TypeAlias = NDArray[np.bool_]

_Kind = RebateEventKind
_KINDS = list(RebateEventKind)
_REASONS = list(Ineligible)
_NONE = Decimal(0)
_Account: TypeAlias = tuple[int, ContractYear]
"""The number of an agreement, and one of its contract years."""
_LATER = -2
_NEVER = np.datetime64("9999-12-31", "D")


@attrs.frozen(kw_only=True, eq=False, repr=False, slots=False)
class RebateLedger:
    """What happened to the rebates of dealers: events are kept, and every balance is derived.

    A sale counts if the dealer has an agreement on that brand in that market which holds on that
    day and at that place, and if its schedule counts such sales. What does not count is left out
    with its reason, and never lost: `left_out` tells how much there is of it.

    Returned goods are sales with a negative quantity. They lower the volume of the contract year
    that they belong to, also when that was paid long ago; then the balance says what the dealer
    owes. A notice withdraws the rebate: sales before the day on which the time of notice is over
    keep it. That day is the day of the notice and the ``notice_days`` of the agreement later.

    A ledger is made by `from_events`, which brings events into their order.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.rebate_ledger import RebateLedger
    >>> from relmkt.channel.rebate_schedules import RebateSchedule
    >>> from relmkt.domain import Agreement, RebateEvent
    >>> whole = RebateSchedule(brackets=[(100, 2), (500, 3)], kind="whole_volume", currency="EUR")
    >>> agreement = Agreement(
    ...     dealer="D-7", territories="Kiel", starts=date(2025, 4, 1), schedule="2025"
    ... )
    >>> sales = [
    ...     RebateEvent(
    ...         dealer="D-7",
    ...         kind="sale",
    ...         at=day,
    ...         flow="sell_in",
    ...         territory=territory,
    ...         quantity=quantity,
    ...     )
    ...     for day, territory, quantity in (
    ...         (date(2025, 5, 2), "Kiel", 300),
    ...         (date(2026, 3, 31), "Kiel", 200),
    ...         (date(2026, 4, 1), "Kiel", 90),
    ...         (date(2026, 4, 2), "Husum", 90),
    ...     )
    ... ]
    >>> ledger = RebateLedger.from_events(sales, agreements=[agreement], schedules={"2025": whole})
    >>> for balance in ledger.balances(date(2026, 6, 1)):
    ...     print(balance)
    D-7, 2025-04-01 to 2026-03-31: 500 sold, 1500.00 EUR earned, 0.00 paid, 1500.00 due
    D-7, 2026-04-01 to 2027-03-31: 90 sold, 0.00 EUR earned, 0.00 paid, 0.00 due
    >>> [(one.reason.value, one.events) for one in ledger.left_out(date(2026, 6, 1))]
    [('outside_place', 1)]
    """

    events: RebateEvents
    agreements: tuple[Agreement, ...]
    schedules: Mapping[str, RebateSchedule]
    budgets: tuple[RebateBudget, ...] = ()
    zone: str | None = None

    @classmethod
    def from_events(
        cls,
        events: RebateEvents | Iterable[RebateEvent],
        *,
        agreements: Iterable[Agreement],
        schedules: Mapping[str, RebateSchedule],
        budgets: Iterable[RebateBudget] = (),
        zone: str | None = None,
    ) -> RebateLedger:
        """The ledger of these events, in any order, some of them twice.

        Parameters
        ----------
        events
            Records or columns.
        agreements
            What was agreed with each dealer. An agreement without a schedule pays no rebate; its
            sales are left out with that reason.
        schedules
            The schedules by the name that agreements give them.
        budgets
            What there is at most; no contract year may draw on two.
        zone
            The time zone in which days begin, for events whose times have one.

        Raises
        ------
        InvalidRowsError
            When one key stands for two events that differ; when agreements overlap; when a claw-
            back has no evidence; when a notice is about an agreement that states no time of notice,
            or a schedule pays from a target on that the agreement does not state; and when money
            is in another currency than the schedule.
        UnknownNameError
            When an agreement names a schedule that there is not.
        InvalidValueError
            When a zone is missing, or given for times that have none; when budgets overlap.
        """
        held = events if isinstance(events, RebateEvents) else RebateEvents.of(events)
        if len(held) and held.in_utc("at") is (zone is None):
            raise InvalidValueError(
                "zone",
                "be given for events whose times have a zone, and for no others",
                zone,
                remedy="days begin at another instant in each zone: write for example "
                "'Europe/Berlin'",
            )
        ledger = cls(
            events=in_order(held, moment="at", tie="kind", key="key"),
            agreements=tuple(agreements),
            schedules=dict(schedules),
            budgets=tuple(budgets),
            zone=zone,
        )
        check_terms(ledger.agreements, ledger.schedules, ledger.budgets)
        check_events(ledger.events, ledger._days, ledger._found, ledger._ineligible, ledger._terms)
        return ledger

    def extended(self, events: RebateEvents | Iterable[RebateEvent]) -> RebateLedger:
        """The ledger with more events; those that it holds already change nothing.

        Raises
        ------
        InvalidRowsError, InvalidValueError
            As for `from_events`.
        """
        more = events if isinstance(events, RebateEvents) else RebateEvents.of(events)
        parts = [part for part in (self.events, more) if len(part)]
        return self.from_events(
            RebateEvents.concatenated(parts) if parts else more,
            agreements=self.agreements,
            schedules=self.schedules,
            budgets=self.budgets,
            zone=self.zone,
        )

    # ------------------------------------------------------------------------------- asking

    def balances(self, as_of: date) -> tuple[RebateBalance, ...]:
        """Where each contract year with any event stands at the end of a day.

        Parameters
        ----------
        as_of
            The day; what happened later is not known then.

        Returns
        -------
        balances
            In the order of the agreements, and of the years of each.
        """
        events = self.events
        reasons = self._reasons(as_of)
        rows = np.flatnonzero((reasons == COUNTS) & (events.kind != _KINDS.index(_Kind.NOTICE)))
        accounts, numbers = self._accounts(rows)
        kinds = events.kind[rows]
        sold = kinds == _KINDS.index(_Kind.SALE)
        lines = np.bincount(numbers[sold], minlength=len(accounts)).tolist()
        points = self._points(accounts, rows[sold], numbers[sold])
        entitled = [
            self._terms[term].entitled([volume for _, volume in brought])
            for (term, _), brought in zip(accounts, points, strict=True)
        ]
        accrued = self._within_budgets(
            accounts, entitled, _last_days(self._days[rows[sold]], numbers[sold], len(accounts))
        )
        paid, asked = (
            exact_sums(
                events.amount[rows[kinds == _KINDS.index(kind)]],
                numbers[kinds == _KINDS.index(kind)],
                len(accounts),
            )
            for kind in (_Kind.PAYMENT, _Kind.CLAWBACK)
        )
        return tuple(
            self._balance(account, as_of, *figures)
            for account, *figures in zip(
                accounts, lines, points, entitled, accrued, asked, paid, strict=True
            )
        )

    def left_out(self, as_of: date) -> tuple[LeftOut, ...]:
        """What counts for no rebate at the end of a day, by kind and reason: nothing is lost.

        Parameters
        ----------
        as_of
            The day; what happened later is not known then.
        """
        events = self.events
        reasons = self._reasons(as_of)
        rows = np.flatnonzero(reasons >= 0)
        told = events.numbered("currency")
        width = len(told.values)
        codes = events.kind[rows].astype(np.int64) * len(_REASONS) + reasons[rows]
        slots, firsts = by_first_appearance(codes * width + told.codes[rows])
        keys = [
            (int(events.kind[row]), int(reasons[row]), told.values[told.codes[row]])
            for row in rows[firsts].tolist()
        ]
        groups = sorted(keys, key=lambda key: (key[0], key[1], key[2] or ""))
        places = {key: number for number, key in enumerate(groups)}
        numbers = np.array([places[key] for key in keys], dtype=np.intp)[slots]
        counts = np.bincount(numbers, minlength=len(groups)).tolist()

        def summed(name: str) -> list[Decimal]:
            known = ~events.absent(name)[rows]
            return exact_sums(events.column(name)[rows][known], numbers[known], len(groups))

        return tuple(
            LeftOut(
                kind=_KINDS[kind],
                reason=_REASONS[reason],
                events=count,
                quantity=quantity,
                amount=amount,
                currency=currency,
            )
            for (kind, reason, currency), count, quantity, amount in zip(
                groups, counts, summed("quantity"), summed("amount"), strict=True
            )
        )

    def events_left_out(self, as_of: date, reason: Ineligible | str | None = None) -> RebateEvents:
        """The events themselves that count for no rebate at the end of a day.

        Parameters
        ----------
        as_of
            The day.
        reason
            One reason; unless given, all of them.
        """
        reasons = self._reasons(as_of)
        if reason is None:
            return self.events[np.flatnonzero(reasons >= 0)]
        if reason not in _REASONS:
            raise UnknownNameError("reason", reason, _REASONS)
        where: Mask = reasons == _REASONS.index(Ineligible(reason))
        return self.events[where]

    # ------------------------------------------------------------------------------ deriving

    def _reasons(self, as_of: date) -> NDArray[np.int8]:
        """Why each event does not count: codes, `COUNTS`, or `_LATER` for what is not known yet."""
        day = np.datetime64(as_of, "D")
        reasons = self._ineligible.copy()
        ends = np.full(len(self._terms) + 1, _NEVER)
        for row, terms in self._found.notices:
            if self._days[row] <= day:
                for term in terms:
                    ends[term] = min(ends[term], self._days[row] + self._notice_of(term))
        sale = self.events.kind == _KINDS.index(_Kind.SALE)
        late = sale & (reasons == COUNTS) & (self._counted >= ends[self._found.terms])
        reasons[late] = _REASONS.index(Ineligible.WITHDRAWN)
        reasons[self._days > day] = _LATER
        return reasons

    def _notice_of(self, term: int) -> np.timedelta64:
        return np.timedelta64(self._terms[term].agreement.notice_days or 0, "D")

    def _accounts(self, rows: NDArray[np.intp]) -> tuple[list[_Account], NDArray[np.intp]]:
        """The contract years that events belong to, in order, and the number of each event's."""
        terms, days = self._found.terms[rows], self._counted[rows]
        accounts: list[_Account] = []
        numbers = np.empty(len(rows), dtype=np.intp)
        order = np.argsort(terms, kind="stable")
        for mine in np.split(order, np.flatnonzero(np.diff(terms[order])) + 1):
            if not len(mine):
                continue
            term = int(terms[mine[0]])
            years = contract_years(self._terms[term].agreement, until=days[mine].max().item())
            starts = np.array([year.start for year in years], dtype="datetime64[D]")
            used, places = np.unique(
                np.searchsorted(starts, days[mine], side="right") - 1, return_inverse=True
            )
            numbers[mine] = len(accounts) + places
            accounts += [(term, years[at]) for at in used.tolist()]
        return accounts, numbers

    def _points(
        self, accounts: list[_Account], rows: NDArray[np.intp], numbers: NDArray[np.intp]
    ) -> list[list[tuple[str | None, Decimal]]]:
        """For each account the volume of each point that counts by itself."""
        events, found, terms = self.events, self._found, self._terms
        parted = np.array([term.parted for term in terms], dtype=np.bool_)
        by_amount = np.array([term.by_amount for term in terms], dtype=np.bool_)
        mine = found.terms[rows]
        places = np.where(parted[mine], found.places[rows], -1)
        volumes = np.where(by_amount[mine], events.amount[rows], events.quantity[rows])
        keys = numbers * (len(found.names) + 1) + places + 1
        groups, firsts = by_first_appearance(keys)
        brought: list[list[tuple[str | None, Decimal]]] = [[] for _ in accounts]
        slots: list[int] = keys[firsts].tolist()
        for key, volume in zip(slots, exact_sums(volumes, groups, len(slots)), strict=True):
            account, place = divmod(key, len(found.names) + 1)
            brought[account].append((found.names[place - 1] if place else None, volume))
        return [sorted(points, key=lambda point: point[0] or "") for points in brought]

    def _within_budgets(
        self, accounts: list[_Account], entitled: list[list[Decimal]], days: list[date]
    ) -> list[Decimal]:
        """What is left of what each account is entitled to, once the budgets are shared out."""
        accrued = [added(points) for points in entitled]
        for budget in self.budgets:
            drawn = [
                at
                for at, (term, year) in enumerate(accounts)
                if year.end - ONE_DAY in budget.years
                and self._terms[term].paying.currency == budget.currency
            ]
            if drawn:
                shares = budget.allotted(
                    [accrued[at] for at in drawn],
                    [days[at] for at in drawn],
                    exponent=min(self._terms[accounts[at][0]].paying.exponent for at in drawn),
                )
                for at, share in zip(drawn, shares, strict=True):
                    accrued[at] = share
        return accrued

    def _balance(
        self,
        account: _Account,
        as_of: date,
        lines: int,
        points: list[tuple[str | None, Decimal]],
        entitled: list[Decimal],
        accrued: Decimal,
        asked: Decimal,
        paid: Decimal,
    ) -> RebateBalance:
        term, year = self._terms[account[0]], account[1]
        full = added(entitled)
        taken = min(asked, accrued)
        kept = EXACT.subtract(accrued, taken)
        is_over = as_of >= year.end - ONE_DAY  # for a balance is that at the end of the day
        now, later = (kept, _NONE) if is_over else (_NONE, kept)
        money = {
            "entitled": full,
            "cut": EXACT.subtract(full, accrued),
            "accrued": accrued,
            "clawed_back": taken,
            "unrecovered": EXACT.subtract(asked, taken),
            "paid": paid,
            "due": EXACT.subtract(now, paid),
            "pending": later,
        }
        return RebateBalance(
            agreement=term.agreement,
            year=year,
            schedule=term.agreement.schedule or "",
            currency=term.paying.currency,
            basis=term.paying.basis,
            sales=lines,
            points=tuple(
                PointVolume(point=point, volume=volume, entitled=rebate)
                for (point, volume), rebate in zip(points, entitled, strict=True)
            ),
            **{name: term.as_money(value) for name, value in money.items()},
        )

    @cached_property
    def _terms(self) -> list[Term]:
        return [
            Term(one, None if one.schedule is None else self.schedules[one.schedule])
            for one in self.agreements
        ]

    @cached_property
    def _days(self) -> Days:
        """The day on which each event happened."""
        at = self.events.column("at")
        return at.astype("datetime64[D]") if self.zone is None else local_days(at, self.zone)

    @cached_property
    def _counted(self) -> Days:
        """A day of the contract year that each event belongs to."""
        stated = self.events.column("belongs_to")
        return np.where(np.isnat(stated), self._days, stated)

    @cached_property
    def _found(self) -> Matched:
        return matched(self.events, self._counted, self._terms)

    @cached_property
    def _ineligible(self) -> NDArray[np.int8]:
        """Why each event does not count, withdrawals apart."""
        return ineligibility(self.events, self._found, self._terms)

    def __repr__(self) -> str:
        return (
            f"<RebateLedger: {len(self.events):,} events, {len(self.agreements):,} agreements, "
            f"{len(self.schedules):,} schedules>"
        )


def _last_days(days: Days, numbers: NDArray[np.intp], count: int) -> list[date]:
    """The last day of each account."""
    last = np.full(count, np.datetime64("0001-01-01", "D"))
    np.maximum.at(last, numbers, days)
    return last.tolist()
