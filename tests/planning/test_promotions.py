"""A joint promotion planned back from its start: who supplies what by which day."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.calendars import WorkingCalendar
from relmkt.domain import PromotionGap, PromotionPlan, PromotionSide, TaskState
from relmkt.errors import InvalidValueError
from relmkt.planning import promotion_duties
from relmkt.policies import PROMOTION_PARTS, PromotionPolicy
from relmkt.thresholds import OUR_DEFAULT, Quantile, thresholds

STARTS = date(2026, 6, 15)
EVERY_DAY = WorkingCalendar(weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
FACTS = {
    "outlets_named": ("dealer_outlets", "dealer", "outlets_days"),
    "habits_told": ("dealer_habits", "dealer", "habits_days"),
    "stock_ready": ("dealer_stock", "dealer", "stock_days"),
    "plan_shared": ("firm_plan", "firm", "plan_days"),
    "material_ready": ("firm_material", "firm", "material_days"),
    "budget_agreed": ("firm_budget", "firm", "budget_days"),
    "aim_agreed": ("both_aim", "both", "aim_days"),
}
answers = st.sampled_from([True, False, None])
plans = st.fixed_dictionaries(dict.fromkeys(FACTS, answers))
leads = st.fixed_dictionaries(
    {lead: st.integers(-5, 60) | st.floats(-5, 60) for _, _, lead in FACTS.values()}
)
days = st.integers(-80, 20).map(lambda step: STARTS + timedelta(days=step))


def test_the_parts_are_those_of_the_words():
    told = {part.fact: (part.gap, part.side, part.lead) for part in PROMOTION_PARTS}
    assert told == FACTS
    assert {part.gap for part in PROMOTION_PARTS} == {*PromotionGap} - {PromotionGap.TOO_LATE}
    assert {part.side for part in PROMOTION_PARTS} == {*PromotionSide}
    assert {part.lead for part in PROMOTION_PARTS} == {
        declared.name for declared in thresholds(PromotionPolicy)
    }
    assert {declared.source for declared in thresholds(PromotionPolicy)} == {OUR_DEFAULT}


def test_both_first_agree_on_the_aim_and_the_goods_come_last():
    plan = PromotionPlan(promotion="P-1", plan_shared=True, budget_agreed=False)
    office = WorkingCalendar(holidays=[date(2026, 5, 18)])
    duties = promotion_duties(plan, starts=STARTS, day=date(2026, 5, 15), calendar=office)
    assert [(str(duty.due), duty.gap, duty.state) for duty in duties] == [
        ("2026-05-04", "firm_plan", "done"),
        ("2026-05-04", "both_aim", "overdue"),
        ("2026-05-11", "firm_budget", "overdue"),
        ("2026-05-15", "dealer_outlets", "due"),  # four weeks before is a holiday, and a Monday
        ("2026-05-15", "dealer_habits", "due"),
        ("2026-06-01", "firm_material", "scheduled"),
        ("2026-06-08", "dealer_stock", "scheduled"),
    ]


@given(plans, leads, days, st.sets(st.dates(date(2026, 3, 1), STARTS), max_size=20))
def test_each_part_is_due_on_the_last_working_day_that_leaves_its_lead(told, lead, day, off):
    calendar = WorkingCalendar(holidays=off)
    duties = promotion_duties(
        PromotionPlan(promotion=1, **told),
        starts=STARTS,
        day=day,
        calendar=calendar,
        policy=PromotionPolicy(**lead),
    )
    assert len(duties) == len(FACTS)
    assert list(duties) == sorted(duties, key=lambda duty: duty.due)
    by_gap = {duty.gap: duty for duty in duties}
    for fact, (gap, side, name) in FACTS.items():
        duty = by_gap[PromotionGap(gap)]
        assert (duty.side, duty.supplied) == (side, told[fact])
        due = duty.due
        assert calendar.is_working(due)
        assert (STARTS - due).days >= lead[name]
        later = due + timedelta(days=1)
        while (STARTS - later).days >= lead[name]:
            assert not calendar.is_working(later)
            later += timedelta(days=1)
        if told[fact]:
            assert duty.state is TaskState.DONE
        else:
            late, today = due < day, due == day
            assert duty.state == ("overdue" if late else "due" if today else "scheduled")


@given(plans, leads, days)
def test_the_checklist_says_too_late_exactly_where_what_is_known_to_lack_is_overdue(
    told, lead, day
):
    policy = PromotionPolicy(**lead)
    plan = PromotionPlan(promotion=1, **told)
    duties = promotion_duties(plan, starts=STARTS, day=day, calendar=EVERY_DAY, policy=policy)
    late = any(duty.supplied is False and duty.state is TaskState.OVERDUE for duty in duties)
    known = attrs.evolve(plan, days_to_start=(STARTS - day).days)
    found = policy.checklist().decide(known)
    assert ("J8" in found.held) is late
    office = promotion_duties(plan, starts=STARTS, day=day, policy=policy)
    if late:
        assert any(duty.supplied is False and duty.state is TaskState.OVERDUE for duty in office)


def test_duties_due_on_one_day_come_in_the_order_of_the_parts():
    policy = PromotionPolicy(**dict.fromkeys((lead for _, _, lead in FACTS.values()), 7))
    duties = promotion_duties(PromotionPlan(promotion=1), starts=STARTS, day=STARTS, policy=policy)
    assert [duty.gap for duty in duties] == [part.gap for part in PROMOTION_PARTS]


def test_a_duty_is_told_in_a_line():
    plan = PromotionPlan(promotion="P-1", stock_ready=True)
    told = {str(duty) for duty in promotion_duties(plan, starts=STARTS, day=STARTS)}
    assert "2026-06-08 dealer: dealer_stock done" in told


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"starts": "2026-06-15"}, "'starts' must be a date"),
        ({"day": None}, "'day' must be a date"),
        ({"starts": date(1, 1, 9)}, "'starts' must leave room for the lead times"),
        ({"starts": date(9999, 12, 30), "policy": PromotionPolicy(stock_days=-9)}, "leave room"),
        ({"policy": PromotionPolicy(stock_days=1e300)}, "leave room"),
        ({"policy": PromotionPolicy(stock_days=Quantile("days_to_start", 0.5))}, "calibrate"),
    ],
)
def test_what_makes_no_sense_is_refused(options, match):
    with pytest.raises(InvalidValueError, match=match):
        promotion_duties(PromotionPlan(promotion=1), **{"starts": STARTS, "day": STARTS} | options)
