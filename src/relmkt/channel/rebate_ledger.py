"""The ledger of rebates: events in, in any order, and what each dealer has earned out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeAlias, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS
from relmkt._grouping import by_first_appearance
from relmkt.calendars import ONE_DAY, local_days
from relmkt.channel._decimals import EXACT, as_decimal, exact_sums, rounded
from relmkt.channel._eligibility import COUNTS, Matched, Term, ineligibility, matched
from relmkt.channel.contract_years import ContractYear, contract_years, refuse_overlaps
from relmkt.channel.rebate_budgets import RebateBudget
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import (
    Agreement,
    Designation,
    Ineligible,
    RebateBasis,
    RebateEvent,
    RebateEventKind,
)
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.ledgers import in_order

__all__ = ["LeftOut", "PointVolume", "RebateBalance", "RebateLedger"]

Days: TypeAlias = NDArray[np.datetime64]
Mask: TypeAlias = NDArray[np.bool_]

_Kind = RebateEventKind
_KINDS = list(RebateEventKind)
_REASONS = list(Ineligible)
_NONE = Decimal(0)
_LATER = -2
_NEVER = np.datetime64("9999-12-31", "D")


@attrs.frozen(kw_only=True)
class PointVolume:
    """What one designated point brought.

    Attributes
    ----------
    point
        The outlet or territory; None where points are not parted.
    volume
        What was sold there and counts, returned goods taken off; negative where more came back.
    entitled
        The rebate on it.
    """

    point: str | None
    volume: Decimal
    entitled: Decimal


@attrs.frozen(kw_only=True)
class RebateBalance:
    """Where the rebate of one contract year stands on a day; every figure is derived from events.

    ``accrued == clawed_back + paid + due + pending`` and ``entitled == accrued + cut``, always.

    Attributes
    ----------
    agreement, year, schedule
        Whose, for which days, by which schedule.
    currency
        The currency of all amounts.
    sales
        How many lines of sales count.
    points
        What each designated point brought.
    entitled
        What the schedule gives for the volume.
    cut
        What the budget took off that.
    accrued
        What was earned and is in the budget. It may still fall while the year lasts.
    clawed_back
        What of it was taken back.
    unrecovered
        What was to be taken back beyond what had been earned.
    paid
        What was paid.
    due
        What is to be paid: all that is left once the year is over, and before that nothing.
        Negative where more was paid, so that the dealer owes it.
    pending
        What will be due when the year is over, if nothing changes.
    """

    agreement: Agreement
    year: ContractYear
    schedule: str
    currency: str
    sales: int
    points: tuple[PointVolume, ...]
    entitled: Decimal
    cut: Decimal
    accrued: Decimal
    clawed_back: Decimal
    unrecovered: Decimal
    paid: Decimal
    due: Decimal
    pending: Decimal

    @property
    def dealer(self) -> Any:
        """The dealer's id."""
        return self.agreement.dealer

    @property
    def volume(self) -> Decimal:
        """What was sold and counts, returned goods taken off."""
        total = _NONE
        for point in self.points:
            total = EXACT.add(total, point.volume)
        return total

    def __str__(self) -> str:
        return (
            f"{self.dealer}, {self.year}: {self.volume} sold, {self.accrued} {self.currency} earned"
            f", {self.paid} paid, {self.due} due"
        )


@attrs.frozen(kw_only=True)
class LeftOut:
    """Events that count for no rebate, for one reason.

    Attributes
    ----------
    kind, reason
        What they are, and why they do not count.
    events
        How many.
    quantity, amount
        The sum of what is known of them.
    currency
        The currency of the amounts; None where it is not told.
    """

    kind: RebateEventKind
    reason: Ineligible
    events: int
    quantity: Decimal
    amount: Decimal
    currency: str | None


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
        ledger._check()
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
            _entitled(self._terms[term], brought)
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
        currencies, firsts = by_first_appearance(events.column("currency")[rows])
        names = events.column("currency")[rows][firsts].tolist()
        keys = list(
            zip(
                events.kind[rows].tolist(),
                reasons[rows].tolist(),
                [names[code] for code in currencies.tolist()],
                strict=True,
            )
        )
        groups = sorted(set(keys), key=lambda key: (key[0], key[1], key[2] or ""))
        codes = {key: number for number, key in enumerate(groups)}
        numbers = np.array([codes[key] for key in keys], dtype=np.intp)
        counts = np.bincount(numbers, minlength=len(groups)).tolist()
        sums = [
            exact_sums(column[rows][~gaps], numbers[~gaps], len(groups))
            for column, gaps in (
                (events.column(name), events.absent(name)[rows]) for name in ("quantity", "amount")
            )
        ]
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
                groups, counts, *sums, strict=True
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
            return self.events[reasons >= 0]
        if reason not in _REASONS:
            raise UnknownNameError("reason", reason, _REASONS)
        return self.events[reasons == _REASONS.index(Ineligible(reason))]

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
        parted = np.array([_parted(term) for term in terms], dtype=np.bool_)
        by_amount = np.array([_by_amount(term) for term in terms], dtype=np.bool_)
        mine = found.terms[rows]
        places = np.where(parted[mine], found.places[rows], -1)
        volumes = np.where(by_amount[mine], events.amount[rows], events.quantity[rows])
        keys, groups = np.unique(numbers * (len(found.names) + 1) + places + 1, return_inverse=True)
        brought: list[list[tuple[str | None, Decimal]]] = [[] for _ in accounts]
        for key, volume in zip(keys.tolist(), exact_sums(volumes, groups, len(keys)), strict=True):
            account, place = divmod(key, len(found.names) + 1)
            brought[account].append((found.names[place - 1] if place else None, volume))
        return [sorted(points, key=lambda point: point[0] or "") for points in brought]

    def _within_budgets(
        self, accounts: list[_Account], entitled: list[list[Decimal]], days: list[date]
    ) -> list[Decimal]:
        """What is left of what each account is entitled to, once the budgets are shared out."""
        accrued = [_total(points) for points in entitled]
        for budget in self.budgets:
            drawn = [
                at
                for at, (term, year) in enumerate(accounts)
                if year.end - ONE_DAY in budget.years
                and _schedule(self._terms[term]).currency == budget.currency
            ]
            if drawn:
                shares = budget.allotted(
                    [accrued[at] for at in drawn],
                    [days[at] for at in drawn],
                    exponent=min(_schedule(self._terms[accounts[at][0]]).exponent for at in drawn),
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
        schedule, full = _schedule(term), _total(entitled)
        taken = min(asked, accrued)
        kept = EXACT.subtract(accrued, taken)
        now, later = (kept, _NONE) if as_of >= year.end else (_NONE, kept)
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
            currency=schedule.currency,
            sales=lines,
            points=tuple(
                PointVolume(point=point, volume=volume, entitled=rebate)
                for (point, volume), rebate in zip(points, entitled, strict=True)
            ),
            **{name: _as_money(value, schedule) for name, value in money.items()},
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

    # ------------------------------------------------------------------------------ checking

    def _check(self) -> None:
        """Refuse what would make a balance wrong; what is merely not eligible is left out."""
        for agreement in self.agreements:
            name = agreement.schedule
            if name is not None and name not in self.schedules:
                raise UnknownNameError("schedule", name, self.schedules)
            contract_years(agreement, until=agreement.starts)
        for at, budget in enumerate(self.budgets):
            for other in self.budgets[:at]:
                if budget.currency == other.currency and (
                    budget.years.start < other.years.end and other.years.start < budget.years.end
                ):
                    raise InvalidValueError(
                        "budgets",
                        "be for different days",
                        f"{other.years} and {budget.years}",
                        remedy="a contract year draws on one budget only",
                    )
        self._check_agreements()
        refuse_overlaps(self.agreements, [term.anywhere for term in self._terms])
        self._check_events()

    def _check_agreements(self) -> None:
        problems: list[str] = []
        for row, term in enumerate(self._terms):
            agreement, schedule = term.agreement, term.schedule
            if schedule is None:
                continue
            where = f"row {row} (dealer {agreement.dealer!r})"
            if agreement.currency not in (None, schedule.currency):
                problems.append(
                    f"{where}: the agreement is in {agreement.currency}, its schedule "
                    f"{agreement.schedule!r} in {schedule.currency}"
                )
            if schedule.from_target and schedule.target_of(agreement) is None:
                problems.append(
                    f"{where}: its schedule {agreement.schedule!r} pays from the target on, and the"
                    " agreement states none"
                )
        if problems:
            raise InvalidRowsError("the agreements", problems[:NAMED_ROWS], total=len(problems))

    def _check_events(self) -> None:
        events, problems = self.events, dict[int, str]()
        for row in np.flatnonzero(events.kind == _KINDS.index(_Kind.CLAWBACK)).tolist():
            if not (events.column("evidence")[row] or "").strip():
                problems[row] = "rebate is taken back for a breach without evidence"
        for row, terms in self._found.notices:
            if any(
                self._terms[term].schedule and self._terms[term].agreement.notice_days is None
                for term in terms
            ):
                problems[row] = (
                    "the agreement states no 'notice_days', so nobody knows when the notice ends; "
                    "state 0 if there is none"
                )
        for row in self._in_another_currency():
            schedule = _schedule(self._terms[int(self._found.terms[row])])
            problems[row] = (
                f"the amount is in {events.column('currency')[row]}, the schedule in "
                f"{schedule.currency}"
            )
        if problems:
            shown = sorted(problems)[:NAMED_ROWS]
            raise InvalidRowsError(
                "the ledger",
                [self._named(row, problems[row]) for row in shown],
                total=len(problems),
            )

    def _in_another_currency(self) -> list[int]:
        """The events that count with an amount in another currency than their schedule."""
        events, terms = self.events, self._found.terms
        if "currency" not in events.names:
            return []
        by_amount = np.array([_by_amount(term) for term in self._terms] + [False])
        uses = (events.kind != _KINDS.index(_Kind.SALE)) | by_amount[terms]
        rows = np.flatnonzero(uses & (self._ineligible == COUNTS) & (terms >= 0))
        told = events.column("currency")[rows].tolist()
        return [
            row
            for row, term, currency in zip(rows.tolist(), terms[rows].tolist(), told, strict=True)
            if currency not in (None, _schedule(self._terms[term]).currency)
        ]

    def _named(self, row: int, problem: str) -> str:
        event = self.events[row]
        key = f" {event.key!r}" if event.key else ""
        return f"{event.kind}{key} of dealer {event.dealer!r} on {self._days[row]}: {problem}"

    def __repr__(self) -> str:
        return (
            f"<RebateLedger: {len(self.events):,} events, {len(self.agreements):,} agreements, "
            f"{len(self.schedules):,} schedules>"
        )


_Account: TypeAlias = tuple[int, ContractYear]
"""The number of an agreement, and one of its contract years."""


def _schedule(term: Term) -> RebateSchedule:
    """The schedule of a term of which it is known that it has one."""
    return cast("RebateSchedule", term.schedule)


def _by_amount(term: Term) -> bool:
    return term.schedule is not None and term.schedule.basis is RebateBasis.AMOUNT


def _parted(term: Term) -> bool:
    return term.schedule is not None and term.schedule.by is Designation.EACH_OUTLET


def _entitled(term: Term, brought: Sequence[tuple[str | None, Decimal]]) -> list[Decimal]:
    """The rebate of each point. The target is that of the agreement: all points reach it together.

    Where more came back than was sold, a point has no volume.
    """
    schedule = _schedule(term)
    target = schedule.target_of(term.agreement)
    if target is not None:
        sold = _total([volume for _, volume in brought])
        if sold < as_decimal(target, "target"):
            return [rounded(_NONE, schedule.exponent, schedule.rounding)] * len(brought)
        schedule = attrs.evolve(schedule, from_target=False)
    return [schedule.rebate(max(volume, _NONE)) for _, volume in brought]


def _total(values: Iterable[Decimal]) -> Decimal:
    total = _NONE
    for value in values:
        total = EXACT.add(total, value)
    return total


def _as_money(value: Decimal, schedule: RebateSchedule) -> Decimal:
    """The same amount, with as many decimals as the currency has where that is enough."""
    written = rounded(value, schedule.exponent, schedule.rounding)
    return written if written == value else value


def _last_days(days: Days, numbers: NDArray[np.intp], count: int) -> list[date]:
    """The last day of each account."""
    last = np.full(count, np.datetime64("0001-01-01", "D"))
    np.maximum.at(last, numbers, days)
    return last.tolist()
