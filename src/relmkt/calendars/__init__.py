"""Time by the calendar: spans, rates, zones, working days, quiet hours and recurrences."""

from relmkt.calendars._given import checked_day
from relmkt.calendars.quiet import QuietHours
from relmkt.calendars.recurrence import Recurrence
from relmkt.calendars.spans import (
    ONE_DAY,
    ONE_MICROSECOND,
    FixedUnit,
    Rate,
    Span,
    SpanUnit,
    days_per,
    discount_steps,
    elapsed,
    steps,
)
from relmkt.calendars.working import Roll, Weekday, WorkingCalendar
from relmkt.calendars.zones import day_end, local_days, time_zone, utc_instants

__all__ = [
    "ONE_DAY",
    "ONE_MICROSECOND",
    "FixedUnit",
    "QuietHours",
    "Rate",
    "Recurrence",
    "Roll",
    "Span",
    "SpanUnit",
    "Weekday",
    "WorkingCalendar",
    "checked_day",
    "day_end",
    "days_per",
    "discount_steps",
    "elapsed",
    "local_days",
    "steps",
    "time_zone",
    "utc_instants",
]
