"""From a plan to its contacts: which event each customer has, and that parts are as the whole."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import attrs
import numpy as np
import pytest

import relmkt
from relmkt.contact_candidates import contact_candidates
from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.domain import ContactEvent, Stage, Status
from relmkt.errors import InvalidRowsError, InvalidValueError
from relmkt.pipeline import plan_from_summaries
from relmkt.planning import ContactCandidates, ContactLog, ContactOptions
from relmkt.summaries import summarize

DAY = date(1998, 6, 30)


@pytest.fixture(scope="module")
def facts():
    return synthetic_facts(cdnow_orders().ids.tolist(), seed=3)


@pytest.fixture(scope="module")
def made(facts):
    return relmkt.plan(cdnow_orders(), as_of=DAY, facts=facts)


def candidates(plan, known=None):
    return contact_candidates(
        plan.decisions,
        plan.approaches,
        plan.pyramid.codes,
        plan.portfolio,
        plan.summaries,
        known,
    )


def test_the_event_is_told_by_status_strategy_and_purchases(made):
    found = candidates(made)
    last = summarize(cdnow_orders(), as_of=DAY).values("last_order")
    once = made.summaries.frequency == 0
    for row, line in enumerate(made.lines(reasons=False)):
        bought = row < len(last)
        if not bought:
            event, stage = ContactEvent.INQUIRY, Stage.ACQUIRE
        elif line.status is Status.LOST:
            event, stage = ContactEvent.LOSS, Stage.LAPSED
        else:
            event = {
                "protect": ContactEvent.SILENCE,
                "end": ContactEvent.REVIEW,
                "review": ContactEvent.REVIEW,
            }.get(line.strategy)
            event = event or (ContactEvent.FIRST_PURCHASE if once[row] else ContactEvent.PURCHASE)
            stage = Stage.CONVERT if once[row] else Stage.RETAIN
        told = (
            list(ContactEvent)[found.event[row]],
            list(Stage)[found.stage[row]],
            found.event_at[row].item(),
            found.values("strategy", np.array([row]))[0],
            found.values("approach", np.array([row]))[0],
        )
        approach = None if line.approach in ("hold", "undecided") else line.approach
        assert told == (event, stage, last[row] if bought else None, line.strategy, approach)
    assert len(Counter(found.event.tolist())) == 4


@pytest.mark.parametrize("unit", ["day", "week"])
def test_the_day_of_the_event_is_the_same_in_every_unit(unit):
    made = plan_from_summaries(summarize(cdnow_orders(), as_of=DAY, unit=unit, period="12 months"))
    days = summarize(cdnow_orders(), as_of=DAY).last_order
    assert candidates(made).event_at.tolist() == days.tolist()


def test_what_is_known_overrules_and_a_complaint_comes_first(made):
    who = made.portfolio.ids[:2].tolist()
    known = ContactCandidates(
        customer=[*who, "nobody"], open_complaint=[True, False, True], zone=["UTC", None, "UTC"]
    )
    found = candidates(made, known)
    assert found.event[0] == list(ContactEvent).index(ContactEvent.COMPLAINT)
    assert found.event[1] == candidates(made).event[1]
    assert found.values("zone")[:3] == ["UTC", None, None]
    twice = ContactCandidates(customer=[who[0], who[0]], deceased=[True, True])
    with pytest.raises(InvalidRowsError):
        candidates(made, twice)
    with pytest.raises(InvalidValueError):
        candidates(made, ContactCandidates(customer=[1], deceased=[True]))


def test_a_bar_of_either_source_stands(made):
    barred = made.portfolio.barred.copy()
    barred[:2] = 1, 0
    first, second = made.portfolio.ids[:2].tolist()
    there = attrs.evolve(made, portfolio=made.portfolio.replace(barred=barred))
    known = ContactCandidates(customer=[first, second], barred=[False, True])
    assert candidates(there, known).values("barred")[:2] == [True, True]


def test_parts_of_a_plan_are_as_the_whole(facts):
    """Whether contacts are found when asked for, or were made with the plan."""
    known = ContactCandidates(customer=facts.ids[:900], consent_email=[True] * 400 + [False] * 500)
    log = ContactLog(customer=facts.ids[:300], day=[DAY] * 300)
    for options in (
        ContactOptions(facts=known),
        ContactOptions(facts=known, capacity=30),
        ContactOptions(facts=known, log=log),
    ):
        plan = relmkt.plan(cdnow_orders(), as_of=DAY, facts=facts, contacts=options)
        assert (plan.planned_contacts is None) is (options.capacity is options.log is None)
        lines = plan.lines()
        rows = [line for block in plan.blocks(700) for line in block]
        assert rows == list(lines)
        tasks = {task.key: task for task in plan.contacts.tasks()}
        assert len(tasks) == len(plan.contacts)
        for line in rows:
            task = tasks.get(line.contact_key)
            assert (task is None) is (line.next_contact is None)
            if task is not None:
                assert (task.task_day, task.channel, task.action, task.reason) == (
                    line.next_contact,
                    line.contact_channel,
                    line.contact_action,
                    line.contact_reason,
                )
    reasons = Counter(line.contact_reason for line in rows)
    assert any("marketing contacts less than" in reason for reason in reasons)


def test_the_plan_of_tomorrow_keeps_the_days_of_today(made):
    events = made.contacts.planned_events(datetime(1998, 6, 30, 8))
    later = relmkt.plan(
        cdnow_orders(),
        as_of=date(1998, 7, 1),
        contacts=ContactOptions(events=events),
        policy=made.policy,
        models=made.models,
    )
    before = dict(zip(events.values("key"), events.values("day"), strict=True))
    same = [task for task in later.contacts.tasks() if task.key in before]
    assert len(same) > 1_000
    assert all(task.due == before[task.key] for task in same)


def test_options_of_another_sort_are_refused():
    with pytest.raises(InvalidValueError, match="be ContactOptions or None"):
        relmkt.plan(cdnow_orders(), as_of=DAY, contacts={"zone": "UTC"})
