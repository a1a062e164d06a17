"""Joint promotions, planned back from their start: who supplies what by which day."""

from __future__ import annotations

import math
from datetime import date, timedelta

import attrs

from relmkt.calendars import WorkingCalendar, checked_day
from relmkt.domain import PromotionGap, PromotionPlan, PromotionSide, TaskState
from relmkt.errors import InvalidValueError
from relmkt.planning.tasks import state_on
from relmkt.policies import PROMOTION_PARTS, PromotionPolicy

__all__ = ["PromotionDuty", "promotion_duties"]


@attrs.frozen(kw_only=True)
class PromotionDuty:
    """One part of a joint promotion that a side is to supply by a day.

    Attributes
    ----------
    gap
        What the promotion lacks without it.
    side
        Whose part it is.
    due
        The working day by which it is to be supplied.
    state
        Where it stands on the day asked: done, or scheduled, due or overdue.
    supplied
        What the plan says of it; None where nobody told, and then it counts as not yet supplied.
    """

    gap: PromotionGap
    side: PromotionSide
    due: date
    state: TaskState
    supplied: bool | None

    def __str__(self) -> str:
        return f"{self.due} {self.side}: {self.gap} {self.state}"


def promotion_duties(
    plan: PromotionPlan,
    *,
    starts: date,
    day: date,
    calendar: WorkingCalendar | None = None,
    policy: PromotionPolicy | None = None,
) -> tuple[PromotionDuty, ...]:
    """The parts that dealer, firm and both supply to a promotion, by the day on which each is due.

    A part is due as many days before the start as the policy says; where that day is not worked,
    on the last working day before it. So whatever is overdue by the checklist of the policy
    (``"too_late"``) is overdue here too.

    Parameters
    ----------
    plan
        What has been supplied. Of `PromotionPlan.days_to_start` nothing is asked: `starts` says it.
    starts
        The first day of the promotion.
    day
        The day asked.
    calendar
        The days that both sides work; unless given, Monday to Friday.
    policy
        The lead times; unless given, the defaults.

    Returns
    -------
    tuple of PromotionDuty
        By due day; those of one day in the order of `PROMOTION_PARTS`.

    Raises
    ------
    InvalidValueError
        For what is no date, for a lead time that still depends on a portfolio, and where a due day
        would lie beyond the years 1 to 9999.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import PromotionPlan
    >>> from relmkt.planning import promotion_duties
    >>> plan = PromotionPlan(
    ...     promotion="P-1", aim_agreed=True, plan_shared=True, budget_agreed=False
    ... )
    >>> for duty in promotion_duties(plan, starts=date(2026, 6, 15), day=date(2026, 5, 18)):
    ...     print(duty)
    2026-05-04 firm: firm_plan done
    2026-05-04 both: both_aim done
    2026-05-11 firm: firm_budget overdue
    2026-05-18 dealer: dealer_outlets due
    2026-05-18 dealer: dealer_habits due
    2026-06-01 firm: firm_material scheduled
    2026-06-08 dealer: dealer_stock scheduled
    """
    checked_day("starts", starts)
    checked_day("day", day)
    leads = (policy or PromotionPolicy()).numbers()
    worked = calendar or WorkingCalendar()
    duties: list[PromotionDuty] = []
    for part in PROMOTION_PARTS:
        due = _worked_before(starts, leads[part.lead], worked)
        supplied: bool | None = getattr(plan, part.fact)
        duties.append(
            PromotionDuty(
                gap=part.gap,
                side=part.side,
                due=due,
                state=TaskState.DONE if supplied else state_on(due, day),
                supplied=supplied,
            )
        )
    return tuple(sorted(duties, key=lambda duty: duty.due))


def _worked_before(starts: date, lead: float, calendar: WorkingCalendar) -> date:
    """The last working day that lies at least so many days before the start."""
    try:
        latest = starts - timedelta(days=math.ceil(lead))
        return calendar.next_working_day(latest, roll="backward")
    except (OverflowError, InvalidValueError):
        raise InvalidValueError(
            "starts",
            "leave room for the lead times in the years 1 to 9999",
            starts,
            remedy=f"a lead time is {lead:g} days",
        ) from None
