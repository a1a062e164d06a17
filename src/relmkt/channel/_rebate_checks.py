"""What would make a balance of rebates wrong is refused; what is merely not eligible is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS
from relmkt.channel._eligibility import COUNTS, Matched
from relmkt.channel._rebate_terms import Term
from relmkt.channel.contract_years import refuse_overlaps
from relmkt.channel.rebate_budgets import RebateBudget
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, RebateEventKind
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError

__all__ = ["check_events", "check_terms"]

_KINDS = list(RebateEventKind)


def check_terms(
    agreements: Sequence[Agreement],
    schedules: Mapping[str, RebateSchedule],
    budgets: Sequence[RebateBudget],
) -> None:
    """Refuse agreements and budgets under which nobody could say what is owed."""
    problems: list[tuple[int, str]] = []
    anywhere: list[bool] = []
    for row, agreement in enumerate(agreements):
        if agreement.schedule is not None and agreement.schedule not in schedules:
            where = f"the schedules, for the agreement in row {row} of dealer {agreement.dealer!r}"
            raise UnknownNameError("schedule", agreement.schedule, schedules, where=where)
        term = Term(agreement, schedules[agreement.schedule] if agreement.schedule else None)
        anywhere.append(term.anywhere)
        problems += (
            (row, f"row {row} (dealer {agreement.dealer!r}): {problem}")
            for problem in _unclear(term)
        )
    if problems:
        raise InvalidRowsError(
            "the agreements",
            [said for _, said in problems[:NAMED_ROWS]],
            total=len(problems),
            rows=[row for row, _ in problems[:NAMED_ROWS]],
        )
    refuse_overlaps(agreements, anywhere)
    for at, budget in enumerate(budgets):
        for other in budgets[:at]:
            if budget.currency == other.currency and (
                budget.years.start < other.years.end and other.years.start < budget.years.end
            ):
                raise InvalidValueError(
                    "budgets",
                    "be for different days",
                    f"{other.years} and {budget.years}",
                    remedy="a contract year draws on one budget only",
                )


def _unclear(term: Term) -> Iterator[str]:
    agreement, schedule = term.agreement, term.schedule
    if schedule is None:
        return
    if agreement.currency not in (None, schedule.currency):
        yield (
            f"the agreement is in {agreement.currency}, its schedule {agreement.schedule!r} in "
            f"{schedule.currency}"
        )
    if schedule.from_target and schedule.target_of(agreement) is None:
        yield (
            f"its schedule {agreement.schedule!r} pays from the target on, and the agreement "
            "states none"
        )


def check_events(
    events: RebateEvents,
    days: NDArray[np.datetime64],
    found: Matched,
    ineligible: NDArray[np.int8],
    terms: Sequence[Term],
) -> None:
    """Refuse claw-backs without evidence, notices that never end, and money of two currencies."""
    problems: dict[int, str] = {}
    for row in np.flatnonzero(events.kind == _KINDS.index(RebateEventKind.CLAWBACK)).tolist():
        if not (events.column("evidence")[row] or "").strip():
            problems[row] = "rebate is taken back for a breach without evidence"
    for row, about in found.notices:
        if any(
            terms[term].schedule and terms[term].agreement.notice_days is None for term in about
        ):
            problems[row] = (
                "the agreement states no 'notice_days', so nobody knows when the notice ends; "
                "state 0 if there is none"
            )
    for row, own in _in_another_currency(events, found, ineligible, terms):
        told = events.column("currency")[row]
        problems[row] = f"the amount is in {told}, the schedule in {own}"
    if problems:
        shown: list[str] = []
        for row in sorted(problems)[:NAMED_ROWS]:
            event = events[row]
            key = f" {event.key!r}" if event.key else ""
            shown.append(
                f"{event.kind}{key} of dealer {event.dealer!r} on {days[row]}: {problems[row]}"
            )
        raise InvalidRowsError("the ledger", shown, total=len(problems))


def _in_another_currency(
    events: RebateEvents, found: Matched, ineligible: NDArray[np.int8], terms: Sequence[Term]
) -> Iterator[tuple[int, str]]:
    """The events that count by an amount in another currency, and the currency of the schedule."""
    if "currency" not in events.names:
        return
    by_amount = np.array([term.by_amount for term in terms] + [False])
    uses = (events.kind != _KINDS.index(RebateEventKind.SALE)) | by_amount[found.terms]
    rows = np.flatnonzero(uses & (ineligible == COUNTS) & (found.terms >= 0))
    told = events.numbered("currency")
    own = [None if term.schedule is None else term.schedule.currency for term in terms]
    differs = np.array(
        [[name not in (None, paid) for name in told.values] for paid in own], dtype=np.bool_
    ).reshape(len(own), len(told.values))
    for row in rows[differs[found.terms[rows], told.codes[rows]]].tolist():
        yield row, terms[int(found.terms[row])].paying.currency
