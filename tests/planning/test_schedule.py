"""Planning agrees with a plain loop, keeps its laws, and says why."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.calendars import QuietHours, WorkingCalendar
from relmkt.consent import ConsentLedger, Suppressions
from relmkt.domain import (
    Approach,
    Channel,
    ConsentEvent,
    ContactEvent,
    ContactFacts,
    Move,
    Stage,
    TaskState,
    Tier,
)
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.planning import (
    ASSUMED_CONTACT_FACTS,
    Cadence,
    CadencePolicy,
    ContactCandidates,
    ContactLog,
    ContactOptions,
    Fate,
    SkipPolicy,
    Step,
    TaskEvents,
    agenda,
    plan_contacts,
    standings,
    with_consent,
)
from tests.planning import naive

DAY = date(2026, 3, 27)  # the Friday before clocks change in Europe
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo")
HOLIDAYS = (date(2026, 4, 3), date(2026, 4, 6))
CUSTOMERS = ("C-1", "C-2", "C-3")


def maybe(values):
    return st.none() | st.sampled_from(list(values))


@st.composite
def markets(draw, most=6):
    rows = []
    size = draw(st.integers(0, most))
    values = draw(st.permutations([-50.0, 0.0, 10.0, 40.0, 41.0, 900.0]))
    for at in range(size):
        rows.append(
            {
                "customer": draw(st.sampled_from(CUSTOMERS)),
                "event": draw(maybe(word.value for word in ContactEvent)),
                "event_at": draw(
                    st.none() | st.dates(DAY - timedelta(days=400), DAY + timedelta(days=5))
                ),
                "stage": draw(maybe(word.value for word in Stage)),
                "tier": draw(st.sampled_from([word.value for word in Tier])),
                "strategy": draw(st.sampled_from([word.value for word in Move])),
                "approach": draw(maybe(word.value for word in Approach)),
                "consent": draw(
                    st.dictionaries(
                        st.sampled_from(["email", "phone", "visit"]), st.booleans(), max_size=3
                    )
                ),
                "barred": draw(st.sampled_from([None, False, False, True])),
                "deceased": draw(st.sampled_from([None, False, False, True])),
                "ended_by_us": draw(maybe([False, True])),
                "open_complaint": draw(maybe([False, True])),
                "bought_since": draw(maybe([False, True])),
                "value": None if draw(st.booleans()) and not at else values[at],
                "zone": draw(maybe(ZONES)),
                "owner": draw(st.sampled_from(["Ann", "Bo"])),
                "department": draw(maybe(["sales", "service"])),
            }
        )
        if rows[-1]["event"] is None:  # without one the cadence may be open
            rows[-1]["event"] = "purchase"
    return rows


@st.composite
def logs(draw):
    return draw(
        st.lists(
            st.tuples(
                st.sampled_from(CUSTOMERS),
                st.dates(DAY - timedelta(days=12), DAY + timedelta(days=20)),
                maybe(["sales", "service"]),
            ),
            max_size=4,
        )
    )


firms = st.builds(
    naive.Firm,
    as_of=st.just(DAY) | st.dates(date(2026, 2, 25), date(2026, 11, 5)),
    holidays=st.sampled_from([(), HOLIDAYS]),
    zone=st.sampled_from(ZONES),
    user_zone=st.sampled_from(ZONES),
    quiet=st.sampled_from([(21, 8), (12, 14), (16, 11)]),
    capacity=st.none() | st.integers(1, 2),
    window=st.integers(1, 15),
    per_window=st.integers(1, 2),
    lapse=st.integers(0, 60),
)


def options_of(firm, log=(), **more):
    start, end = firm.quiet
    calendar = WorkingCalendar(holidays=firm.holidays)
    return ContactOptions(
        skips=SkipPolicy(
            window_days=firm.window, contacts_per_window=firm.per_window, lapse_days=firm.lapse
        ),
        calendar=calendar,
        quiet=QuietHours(time(start), time(end)),
        zone=firm.zone,
        user_zone=firm.user_zone,
        capacity=firm.capacity,
        log=log_of(log),
        **more,
    )


def log_of(log):
    if not log:
        return None
    return ContactLog(
        customer=[who for who, _, _ in log],
        day=[day for _, day, _ in log],
        department=[department for _, _, department in log],
    )


def candidates_of(rows):
    if not rows:
        return ContactCandidates(customer=np.array([], dtype="U3"))
    return ContactCandidates.of([ContactFacts(**row) for row in rows])


TOLD = ("customer", "action", "number", "purpose", "channel", "due", "task_day", "value")


def told(task):
    _, _, step, _ = task.key.split("/")
    number = step.removeprefix(task.action).removeprefix(".")
    return {
        "customer": task.customer,
        "action": task.action,
        "number": int(number or 0),
        "purpose": task.purpose.value,
        "channel": task.channel and task.channel.value,
        "due": task.due,
        "task_day": task.task_day,
        "value": task.value,
        "settled": task.settled,
    }


@settings(max_examples=40)
@given(markets(), firms, logs(), st.data())
def test_a_plan_is_what_a_plain_loop_finds(rows, firm, log, data):
    keys = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm))
    known = keys.keys(keys.order)
    done = data.draw(st.sets(st.sampled_from(known))) if known else set()
    events = (
        TaskEvents(
            key=sorted(done),
            kind=["done"] * len(done),
            at=[datetime(2026, 1, 1)] * len(done),
        )
        if done
        else None
    )
    plan = plan_contacts(
        candidates_of(rows), as_of=firm.as_of, options=options_of(firm, log, events=events)
    )
    tasks, skipped = naive.plan(firm, rows, log, done)
    assert [told(task) for task in plan.tasks()] == [
        {name: one[name] for name in TOLD}
        | {"settled": one["purpose"] == "service" or one["consent"] is True}
        for one in tasks
    ]
    expected = Counter((one["customer"], one["action"], tuple(one["why"])) for one in skipped)
    assert Counter((one.customer, one.action, one.rules) for one in plan.skipped()) == expected
    for task, one in zip(plan.tasks(), tasks, strict=True):
        if one["zone"] is None:
            assert task.not_before is task.not_after is None
            continue
        _, _, quarters = firm.slot(one["zone"], max(one["due"], firm.as_of), firm.as_of)
        assert task.not_before.replace(tzinfo=UTC) == quarters[0]
        assert task.not_after.replace(tzinfo=UTC) == quarters[-1] + timedelta(minutes=15)


@settings(max_examples=15)
@given(markets(), firms, logs())
def test_nothing_is_lost(rows, firm, log):
    plan = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm, log))
    assert sum(plan.counts().values()) == len(rows)
    assert len(plan) == plan.counts()[Fate.PLANNED] == len(plan.tasks())
    assert len(list(plan.skipped())) == plan.counts()[Fate.SKIPPED]
    assert all(one.rules and one.reason for one in plan.skipped())
    for rule, count in plan.skip_counts().items():
        assert count == sum(rule in one.rules for one in plan.skipped())


@settings(max_examples=15)
@given(markets(), firms, logs(), st.data())
def test_shuffling_the_candidates_changes_nothing(rows, firm, log, data):
    turned = data.draw(st.permutations(rows))
    plans = [
        plan_contacts(candidates_of(some), as_of=firm.as_of, options=options_of(firm, log[::way]))
        for some, way in ((rows, 1), (turned, -1))
    ]
    assert [str(task) for task in plans[0].tasks()] == [str(task) for task in plans[1].tasks()]
    first, second = ([str(one) for one in plan.skipped()] for plan in plans)
    assert sorted(first) == sorted(second)


@settings(max_examples=15)
@given(markets(), firms)
def test_planning_twice_plans_once(rows, firm):
    """The plan, told to the ledger, is the plan again on that day and keeps its days later."""
    first = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm))
    keys = first.keys(first.order)
    assert len(set(keys)) == len(keys)
    if not keys:
        return
    events = first.planned_events(datetime(2026, 1, 1))
    for known in (events, TaskEvents.concatenated([events, events[::-1]])):
        again = plan_contacts(
            candidates_of(rows), as_of=firm.as_of, options=options_of(firm, events=known)
        )
        assert sorted(again.keys(again.order)) == sorted(keys)
    done = events.replace(kind=["done"] * len(events))
    later = plan_contacts(
        candidates_of(rows), as_of=firm.as_of, options=options_of(firm, events=done)
    )
    assert not set(later.keys(later.order)) & set(keys)


@settings(max_examples=15)
@given(markets(), firms, logs())
def test_marketing_is_never_planned_without_consent_nor_past_a_complaint_or_a_bar(rows, firm, log):
    plan = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm, log))
    for row in plan.order.tolist():
        facts = plan.facts[row]
        assert not facts.barred
        assert not facts.deceased
        if facts.purpose == "marketing":
            channel = Channel(list(Channel)[plan.channel[row]])
            assert facts.consented is not False
            assert rows[row]["consent"].get(channel.value) is not False
            assert not facts.open_complaint
            assert not facts.ended_by_us


@settings(max_examples=15)
@given(markets(), firms)
def test_service_is_planned_whatever_stands_against_marketing(rows, firm):
    rows = [row | {"barred": False, "deceased": False, "event": "complaint"} for row in rows]
    rows = list({row["customer"]: row for row in rows}.values())
    plan = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm))
    assert len(plan) == len(rows)
    assert set(plan.tasks().values("action")) <= {"complaint.answer"}


@settings(max_examples=15)
@given(markets(), firms, logs())
def test_no_window_and_no_day_holds_more_than_it_may(rows, firm, log):
    plan = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm, log))
    days, users = defaultdict(list), Counter()
    for row in plan.order.tolist():
        day = plan.day[row].item()
        slot = plan.places[plan.place[row]].slot(day, firm.as_of)
        assert slot.day == day
        users[plan.facts.values("owner")[row], slot.task_day] += 1
        if plan.facts[row].purpose == "marketing":
            days[plan.facts.ids[row]].append(day)
    for customer, own in days.items():
        own.sort()
        for day in own:
            told = {one for one in log if one[0] == customer}
            assert sum(abs((one[1] - day).days) < firm.window for one in told) < firm.per_window
        for first, last in zip(own, own[firm.per_window :], strict=False):
            assert (last - first).days >= firm.window
    if firm.capacity is not None:
        assert all(count <= firm.capacity for count in users.values())


@settings(max_examples=15)
@given(markets(), firms)
def test_contacts_fall_on_working_days_and_outside_quiet_hours(rows, firm):
    plan = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm))
    for task, row in zip(plan.tasks(), plan.order.tolist(), strict=True):
        assert firm.works(task.due)
        assert firm.works(task.task_day)
        if task.not_before is None:
            continue
        place = ZoneInfo(rows[row]["zone"] or firm.zone)
        opens = task.not_before.replace(tzinfo=UTC)
        closes = task.not_after.replace(tzinfo=UTC)
        assert opens < closes
        assert firm.works(opens.astimezone(place).date())
        start, end = firm.quiet
        moment = opens
        while moment < closes:
            hour = moment.astimezone(place).hour
            assert not (start <= hour < end if start < end else hour >= start or hour < end)
            moment += timedelta(minutes=15)
        mine = opens.astimezone(ZoneInfo(firm.user_zone)).date()
        assert mine == (closes - timedelta(seconds=1)).astimezone(ZoneInfo(firm.user_zone)).date()
        assert mine >= firm.as_of
        if task.due >= firm.as_of and task.task_day >= firm.as_of:
            assert mine == task.task_day


@settings(max_examples=15)
@given(markets(), firms)
def test_the_most_overdue_value_comes_first(rows, firm):
    plan = plan_contacts(candidates_of(rows), as_of=firm.as_of, options=options_of(firm))

    def urgency(task):
        return max((firm.as_of - task.task_day).days, 0) * max(task.value or 0, 0)

    tasks = list(plan.tasks())
    for one, other in pairwise(tasks):
        assert urgency(one) >= urgency(other)
    for task in tasks:
        late = (firm.as_of - task.task_day).days
        assert task.state is (
            TaskState.OVERDUE if late > 0 else TaskState.DUE if late == 0 else TaskState.SCHEDULED
        )


# ------------------------------------------------------------------------------------ in words


def one(**facts):
    given = {"customer": "C-1", "event": "purchase", "strategy": "protect"} | facts
    return candidates_of([given])


def test_unknown_consent_is_neither_yes_nor_no():
    plan = plan_contacts(one(), as_of=DAY)
    task = plan.tasks()[0]
    assert task.settled is False
    assert task.missing == "consented"
    assert task.reason == (
        "matters and may leave: within 3 working days; consent not known: check before contacting"
    )
    assert plan.unsettled().tolist() == [True]


def test_an_assumption_settles_what_nobody_told():
    assumed = ContactOptions(assume={**ASSUMED_CONTACT_FACTS, "consented": True})
    task = plan_contacts(one(), as_of=DAY, options=assumed).tasks()[0]
    assert task.settled
    assert task.missing is None
    nothing = plan_contacts(one(), as_of=DAY, options=ContactOptions(assume={}))
    assert nothing.tasks()[0].missing.split("; ")[:2] == ["barred", "deceased"]
    assert "consent" in nothing.tasks()[0].reason


def test_the_first_channel_with_consent_is_taken_and_then_the_first_of_which_nothing_is_known():
    def channel(**consent):
        return plan_contacts(one(consent=consent), as_of=DAY).tasks()[0].channel

    assert channel() is Channel.PHONE
    assert channel(email=True) is Channel.EMAIL
    assert channel(email=True, phone=True) is Channel.PHONE
    assert channel(phone=False) is Channel.VISIT
    assert channel(phone=False, visit=False) is Channel.EMAIL


def test_a_contact_is_planned_by_a_way_that_the_customer_still_agrees_to_on_its_day():
    """The consent by phone is over on Wednesday, in UTC; the call would be made on Wednesday."""

    def ledger(**expires):
        return ConsentLedger.from_events(
            [
                ConsentEvent(
                    customer=customer,
                    kind="granted",
                    channel=channel,
                    at=datetime(2026, 3, 1, tzinfo=UTC),
                    expires=expires.get(channel),
                )
                for customer in ("C-1", "C-2")
                for channel in ("phone", "email")
            ]
        )

    def planned(source, **more):
        asked = candidates_of([{"customer": "C-1", "event": "silence", "strategy": "protect"}])
        asked = with_consent(asked, source, at=datetime(2026, 3, 27, tzinfo=UTC))
        options = ContactOptions(consent=source, **more)
        return plan_contacts(asked, as_of=DAY, options=options)

    over, later = date(2026, 4, 1), date(2026, 4, 2)
    (task,) = planned(ledger(phone=later)).tasks()
    assert (task.due, task.channel, task.settled) == (over, Channel.PHONE, True)
    assert planned(ledger(phone=over)).tasks()[0].channel is Channel.EMAIL
    (task,) = planned(ledger(phone=over, email=over)).tasks()
    assert (task.channel, task.settled) == (Channel.VISIT, False)  # of which nothing was said
    # In Hawaii the office closes at three in the morning of the next day, in UTC.
    assert planned(ledger(phone=later), zone="Pacific/Honolulu").tasks()[0].channel is Channel.EMAIL
    assert planned(ledger(phone=later), zone="Asia/Tokyo").tasks()[0].channel is Channel.PHONE


def test_service_goes_by_a_way_that_the_customer_does_not_refuse_for_service():
    """The complaint is answered by telephone, unless just that was refused for service."""

    def answered(*told):
        events = [
            ConsentEvent(
                customer="C-1",
                kind="withdrawn",
                purpose=purpose,
                channel=channel,
                at=datetime(2026, 3, 1, tzinfo=UTC),
            )
            for purpose, channel in told
        ]
        asked = candidates_of([{"customer": "C-1", "event": "complaint"}])
        options = ContactOptions(consent=ConsentLedger.from_events(events))
        plan = plan_contacts(asked, as_of=DAY, options=options)
        return plan.tasks().values("channel"), [one.rules for one in plan.skipped()]

    step = CadencePolicy().cadences()["answer"].steps[0]
    first, second, *_ = step.channels
    assert answered() == answered(("marketing", None)) == ([first], [])
    assert answered(("service", first)) == ([second], [])
    assert answered(*(("service", one) for one in step.channels)) == ([], [("refused",)])


def test_who_takes_consent_for_refused_where_it_is_not_known_still_gives_service():
    assumed = ContactOptions(assume={**ASSUMED_CONTACT_FACTS, "consented": False})
    rows = [
        {"customer": 1, "event": "complaint"},
        {"customer": 2, "event": "review", "strategy": "review"},
        {"customer": 3, "event": "silence", "strategy": "protect"},
    ]
    plan = plan_contacts(candidates_of(rows), as_of=DAY, options=assumed)
    assert sorted(plan.tasks().values("customer")) == [1, 2]
    assert [one.rules for one in plan.skipped()] == [("no consent",)]


def test_a_contact_that_moves_past_the_end_of_the_consent_is_skipped():
    source = ConsentLedger.from_events(
        ConsentEvent(
            customer=customer,
            kind="granted",
            at=datetime(2026, 3, 1, tzinfo=UTC),
            expires=date(2026, 4, 2),
        )
        for customer in CUSTOMERS
    )
    asked = candidates_of(
        [
            {"customer": customer, "event": "silence", "strategy": "protect", "value": value}
            for customer, value in zip(CUSTOMERS, (30, 20, 10), strict=True)
        ]
    )
    asked = with_consent(asked, source, at=datetime(2026, 3, 27, tzinfo=UTC))
    plan = plan_contacts(asked, as_of=DAY, options=ContactOptions(consent=source, capacity=2))
    assert plan.tasks().values("customer") == ["C-1", "C-2"]
    assert [(one.customer, one.rules) for one in plan.skipped()] == [("C-3", ("no consent",))]
    assert plan_contacts(asked, as_of=DAY, options=ContactOptions(capacity=2)).tasks()[
        2
    ].due == date(2026, 4, 2)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["granted", "withdrawn", "objected", "erased"]),
            maybe(["service", "marketing"]),
            maybe(list(Channel)),
        ),
        max_size=4,
    )
)
def test_nobody_is_contacted_for_anything_whom_the_ledger_keeps_from_all_of_it(told):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    events = [
        ConsentEvent(
            customer="C-1",
            kind=kind,
            purpose={"objected": "marketing", "erased": None}.get(kind, purpose),
            channel=channel if kind in ("granted", "withdrawn") else None,
            at=at + timedelta(days=day),
        )
        for day, (kind, purpose, channel) in enumerate(told)
    ]
    ledger = ConsentLedger.from_events(events, suppressions=Suppressions(b"0123456789abcdef"))
    now = datetime(2026, 3, 27, tzinfo=UTC)
    asked = candidates_of([{"customer": "C-1", "event": "complaint", "barred": None}])
    plan = plan_contacts(with_consent(asked, ledger, at=now), as_of=DAY)
    free = any(
        ledger.state("C-1", purpose="service", channel=channel, at=now).allowed
        for channel in Channel
    )
    assert len(plan.tasks()) == free
    assert free or next(iter(plan.skipped())).rules == ("barred",)


def test_two_departments_do_not_write_to_the_same_person_in_one_window():
    offer = {"event": "purchase", "event_at": date(2025, 12, 27), "strategy": "enhance"}
    rows = [
        {"customer": "C-1", "department": "sales", "tier": "top", **offer},
        {
            "customer": "C-1",
            "department": "events",
            "event": "purchase",
            "event_at": date(2025, 12, 30),
            "strategy": "maintain",
            "approach": "proactive",
        },
    ]
    plan = plan_contacts(candidates_of(rows), as_of=DAY)
    assert [task.department for task in plan.tasks()] == ["sales"]
    (skipped,) = plan.skipped()
    assert skipped.reason == "planned already by department sales for 2026-03-27"
    assert skipped.due == date(2026, 3, 30)
    assert skipped.event is ContactEvent.PURCHASE
    alone = plan_contacts(candidates_of([row | {"department": None} for row in rows]), as_of=DAY)
    assert [str(task.due) for task in alone.tasks()] == ["2026-03-27", "2026-04-03"]
    assert alone.tasks()[1].reason.endswith(
        "moved to 2026-04-03 for want of room; consent not known: check before contacting"
    )


def test_the_same_contact_planned_twice_is_one():
    plan = plan_contacts(candidates_of([{"customer": 7, "event": "complaint"}] * 2), as_of=DAY)
    assert len(plan) == 1
    assert [found.reason for found in plan.skipped()] == ["planned already for 2026-03-30"]


def test_what_the_log_tells_stops_marketing_only_and_names_the_department():
    log = log_of([("C-1", DAY, None), ("C-2", date(2026, 4, 2), "events")])
    rows = [
        {"customer": "C-1", "event": "purchase", "strategy": "protect"},
        {"customer": "C-2", "event": "purchase", "strategy": "protect", "department": "sales"},
        {"customer": "C-1", "event": "complaint"},
    ]
    plan = plan_contacts(candidates_of(rows), as_of=DAY, options=ContactOptions(log=log))
    assert plan.tasks().values("action") == ["complaint.answer"]
    assert [found.reason for found in plan.skipped()] == [
        "marketing contacts less than 7 days from it: 1 (at most 1)",
        "planned already by department events for 2026-04-02",
    ]
    assert plan.skip_counts()["contacted"] == 1


def test_a_task_that_was_done_counts_in_the_window_as_a_contact_of_the_log_does():
    """The partner's first meeting was made so late that the second comes three days after it."""
    partner = {"event": "purchase", "event_at": date(2026, 1, 15), "strategy": "maintain"}
    rows = [{"customer": 7, "approach": "partnership", "consent": {"visit": True}, **partner}]
    done = TaskEvents(
        key=["purchase/2026-01-15/partnership.work_together.1/7", "of/another", "a/b/c.1/7"],
        kind=["done", "done", "planned"],
        at=[datetime(2026, 3, 13, 10)] * 3,
    )

    def planned(day, **more):
        options = ContactOptions(**({"events": done} | more))
        plan = plan_contacts(candidates_of(rows), as_of=date(2026, 3, day), options=options)
        return [str(task.due) for task in plan.tasks()], [one.reason for one in plan.skipped()]

    near = "marketing contacts less than 7 days from it: 1 (at most 1)"
    assert planned(13) == planned(14) == planned(19) == ([], [near])
    assert planned(20) == (["2026-03-16"], [])
    assert planned(12)[1] == []  # what is told of a later day is not known yet
    both = ContactLog(customer=[7], day=[date(2026, 3, 13)], department=["sales"])
    assert planned(14, log=both, skips=SkipPolicy(contacts_per_window=2))[1] == []
    assert planned(14, log=both)[1] == [near]
    zoned = done.replace(at=np.array(["2026-03-12T23:30"] * 3, "datetime64[us]"))
    told = TaskEvents(
        key=done.values("key"),
        kind=done.values("kind"),
        at=[datetime(2026, 3, 12, 23, 30, tzinfo=UTC)] * 3,
    )
    assert planned(19, events=told, user_zone="Asia/Tokyo")[1] == [near]
    assert planned(19, events=told)[1] == [] == planned(19, events=zoned)[1]


def test_a_service_contact_that_was_done_stops_no_marketing():
    rows = [{"customer": "a", "event": "loss", "strategy": "win_back", "consent": {"phone": True}}]
    events = TaskEvents(
        key=["loss/-/win_back.ask_why/a"], kind=["done"], at=[datetime(2026, 3, 26)]
    )
    plan = plan_contacts(candidates_of(rows), as_of=DAY, options=ContactOptions(events=events))
    assert plan.tasks().values("action") == ["win_back.offer_return"]


def test_a_department_of_the_options_is_that_of_all_who_have_none():
    log = log_of([("C-1", date(2026, 4, 2), "sales")])
    stated = ContactOptions(log=log, department="sales", owner="Ann")
    plan = plan_contacts(one(), as_of=DAY, options=stated)
    assert plan.skip_counts()["contacted"] == 1
    plan = plan_contacts(one(), as_of=DAY, options=attrs.evolve(stated, log=None))
    assert (plan.tasks()[0].owner, plan.tasks()[0].department) == ("Ann", "sales")


def test_ids_of_another_sort_in_the_log_are_refused():
    log = ContactLog(customer=[1], day=[DAY])
    with pytest.raises(InvalidValueError, match="texts in both"):
        plan_contacts(one(), as_of=DAY, options=ContactOptions(log=log))


def test_a_snoozed_task_waits_and_then_is_due():
    first = plan_contacts(one(), as_of=DAY)
    (key,) = first.keys(first.order)
    assert key == "purchase/-/protect.call/C-1"
    events = TaskEvents(
        key=[key, key],
        kind=["planned", "snoozed"],
        at=[datetime(2026, 3, 27, 9), datetime(2026, 3, 30, 9)],
        day=[date(2026, 4, 1), date(2026, 4, 11)],
    )
    states = {}
    for day in (date(2026, 4, 1), date(2026, 4, 13), date(2026, 4, 14)):
        plan = plan_contacts(one(), as_of=day, options=ContactOptions(events=events))
        task = plan.tasks()[0]
        states[str(day)] = (task.state.value, str(task.due))
        if task.state is TaskState.SNOOZED:
            assert "put off to 2026-04-13" in task.reason  # the Saturday is not worked
    assert states == {
        "2026-04-01": ("snoozed", "2026-04-13"),
        "2026-04-13": ("due", "2026-04-13"),
        "2026-04-14": ("overdue", "2026-04-13"),
    }


def test_overdue_is_said_by_the_day_since_which_it_is():
    facts = one(strategy="enhance", tier="big", event_at=date(2025, 12, 26))
    assert plan_contacts(facts, as_of=date(2026, 3, 26)).tasks()[0].state is TaskState.DUE
    late = plan_contacts(facts, as_of=date(2026, 3, 28)).tasks()[0]
    assert late.reason.startswith(
        "room to grow, and close: 3 months after the purchase of 2025-12-26 (every 3 months); "
        "overdue since 2026-03-26"
    )


def test_without_a_step_or_a_settled_cadence_the_line_says_so():
    rows = [
        {"customer": "C-1", "event": "purchase", "strategy": "hold"},
        {"customer": "C-2", "event": "purchase"},
        {"customer": "C-3", "event": "purchase", "strategy": "maintain", "event_at": DAY}
        | {"tier": "small"},
    ]
    plan = plan_contacts(candidates_of(rows), as_of=DAY)
    assert [Fate(fate) for fate in plan.fate] == [
        Fate.NOT_CALLED_FOR,
        Fate.UNDECIDED,
        Fate.PLANNED,
    ]
    lines = plan.next_contacts()
    assert lines.action == [None, None, "reactive.invite_calls"]
    assert np.isnat(lines.day).tolist() == [True, True, False]
    assert lines.reason[0] == "no contact is called for: strategy hold"
    assert lines.reason[2] == ("may have questions: 1 week after the purchase of 2026-03-27")
    assert lines.channel.tolist() == [-1, -1, 0]


def test_where_all_steps_are_done_with_the_line_says_so():
    candidates = ContactCandidates(
        customer=["C-1"], event=["complaint"], event_at=[date(2026, 3, 2)], strategy=["hold"]
    )
    first = plan_contacts(candidates, as_of=date(2026, 3, 5))
    done = TaskEvents(key=first.keys(first.order), kind=["done"], at=[datetime(2026, 3, 6)])
    again = plan_contacts(candidates, as_of=DAY, options=ContactOptions(events=done))
    assert again.counts()[Fate.NOT_CALLED_FOR] == 1
    (reason,) = again.next_contacts().reason
    assert reason.startswith("a complaint wants an answer: all of that is done, or called off; if")


def test_a_complaint_told_again_after_its_answer_is_not_lost_silently():
    """Anna and Ben were answered; Anna complains anew, with a day, and Ben without one."""
    day = date(2026, 3, 2)
    told = ContactCandidates(
        customer=["anna", "ben"],
        event=["complaint"] * 2,
        event_at=[day] * 2,
        open_complaint=[True] * 2,
        strategy=["hold"] * 2,
    )
    first = plan_contacts(told, as_of=date(2026, 3, 5))
    assert first.answered().tolist() == [False, False]
    keys = first.keys(first.order)
    done = TaskEvents(key=keys, kind=["done", "canceled"], at=[datetime(2026, 3, 6)] * 2)
    options = ContactOptions(events=done)
    again = plan_contacts(
        told.replace(event_at=[date(2026, 3, 9), day]), as_of=date(2026, 3, 10), options=options
    )
    assert again.tasks().values("key") == ["complaint/2026-03-09/complaint.answer/anna"]
    assert again.answered().tolist() == [False, True]
    assert "tell its day (event_at)" in again.next_contacts().reason[1]
    assert again.part(slice(1, 2)).answered().tolist() == [True]
    # Other events that are over, and those of whom nothing is called for, are no complaints.
    other = told.replace(event=["review", "purchase"], strategy=["review", "hold"])
    assert plan_contacts(other, as_of=day, options=options).answered().tolist() == [False, False]


def test_the_plan_counts_by_channel_what_is_due_by_a_day():
    rows = [
        {"customer": 1, "event": "review", "strategy": "review"},
        {"customer": 2, "event": "loss", "strategy": "win_back"},
        {"customer": 3, "event": "loss", "strategy": "win_back", "deceased": True},
    ]
    plan = plan_contacts(candidates_of(rows), as_of=DAY)
    assert plan.by_channel(DAY) == {}
    assert plan.by_channel(date(2026, 4, 3)) == {Channel.PHONE: 1}
    assert plan.by_channel(date(2026, 4, 10)) == {Channel.PHONE: 1, None: 1}
    assert plan.part(slice(2, 3)).next_contacts().reason == [
        "no win_back.ask_why: the customer has died"
    ]


def test_blocks_are_the_tasks_one_after_the_other():
    rows = [{"customer": at, "event": "complaint", "value": at} for at in range(5)]
    plan = plan_contacts(candidates_of(rows), as_of=DAY)
    blocks = list(plan.blocks(2))
    assert [len(block) for block in blocks] == [2, 2, 1]
    assert [task for block in blocks for task in block] == list(plan.tasks())
    with pytest.raises(InvalidValueError, match="at least 1"):
        plan.blocks(0)


def test_customers_of_a_zone_may_have_a_calendar_of_their_own():
    rows = [
        {"customer": at, "event": "purchase", "strategy": "protect", "zone": zone}
        for at, zone in enumerate(("Asia/Tokyo", "UTC"))
    ]
    options = ContactOptions(
        calendars={"Asia/Tokyo": WorkingCalendar(weekdays=["sat"])},
        user_calendar=WorkingCalendar(weekdays=["mon", "tue", "wed", "thu", "fri", "sat"]),
    )
    plan = plan_contacts(candidates_of(rows), as_of=DAY, options=options)
    days = dict(zip(plan.tasks().ids.tolist(), plan.tasks().values("due"), strict=True))
    assert days == {0: date(2026, 4, 4), 1: date(2026, 3, 31)}


def test_a_day_without_an_hour_is_passed_over_and_no_such_day_at_all_is_refused():
    quiet = ContactOptions(quiet=QuietHours(time(8), time(18)))
    with pytest.raises(InvalidValueError, match="leave an hour of the working days"):
        plan_contacts(one(), as_of=DAY, options=quiet)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"capacity": 0}, "'capacity' must be a whole number of at least 1"),
        ({"capacity": True}, "'capacity' must be a whole number"),
        ({"zone": "Europe/Berln"}, "Europe/Berlin"),
        ({"calendar": None}, "'calendar' must be a WorkingCalendar"),
        ({"quiet": "21:00-08:00"}, "'quiet' must be a QuietHours"),
        ({"log": [1]}, "'log' must be a ContactLog"),
        ({"owner": 3}, "'owner' must be a str"),
        ({"department": b"sales"}, "'department' must be a str"),
        ({"calendars": {"Europe/Berln": WorkingCalendar()}}, "Europe/Berlin"),
        ({"calendars": {"Europe/Berlin": 3}}, "'calendars' must hold working calendars"),
    ],
)
def test_options_of_another_sort_are_refused(options, words):
    with pytest.raises(InvalidValueError, match=words):
        ContactOptions(**options)


def test_candidates_must_be_columns():
    with pytest.raises(InvalidValueError, match="make them with ContactCandidates"):
        plan_contacts([], as_of=DAY)


@pytest.mark.parametrize("day", ["2026-03-05", datetime(2026, 3, 5), None])
def test_the_day_of_a_plan_or_an_agenda_is_a_date(day):
    with pytest.raises(InvalidValueError, match="'as_of' must be a date, got"):
        plan_contacts(one(), as_of=day)
    plan = plan_contacts(one(), as_of=DAY)
    with pytest.raises(InvalidValueError, match="'day' must be a date, got"):
        agenda(plan.tasks(), day)
    with pytest.raises(InvalidValueError, match="'day' must be a date, got"):
        standings(plan.planned_events(datetime(2026, 3, 5)), day)


def test_a_zone_that_is_none_is_named_with_its_customer():
    candidates = ContactCandidates(customer=["C-1", "C-2"], zone=["Europe/Berlin", "Mars/Base"])
    with pytest.raises(InvalidValueError, match="'Mars/Base' for customer 'C-2': write"):
        plan_contacts(candidates, as_of=DAY)


def test_one_working_day_is_one():
    assert Step(action="x", within=1).when == "within 1 working day"


def test_a_cadence_that_nobody_defined_is_named():
    class Forgetful(CadencePolicy):
        def cadences(self):
            return {"silent": Cadence("silent")}

    with pytest.raises(UnknownNameError, match="answer"):
        plan_contacts(one(), as_of=DAY, options=ContactOptions(cadences=Forgetful()))


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["a", "b", 1, 2.5]), max_size=5))
def test_ids_rank_by_their_texts_and_equal_ones_equally(ids):
    from relmkt.planning._urgency import id_ranks

    ranks = id_ranks(np.array(ids, dtype=object))
    for one_id, rank in zip(ids, ranks, strict=True):
        for other, other_rank in zip(ids, ranks, strict=True):
            assert (rank < other_rank) == (str(one_id) < str(other))


def test_without_quiet_hours_the_office_hours_count():
    options = ContactOptions(quiet=None, calendar=WorkingCalendar(opens=time(6), closes=time(23)))
    task = plan_contacts(one(), as_of=DAY, options=options).tasks()[0]
    assert (task.not_before.hour, task.not_after.hour) == (6, 23)


def test_what_does_not_fit_on_a_day_moves_to_the_next_and_the_most_urgent_stays():
    rows = [{"customer": at, "event": "complaint", "value": float(at)} for at in range(7)]
    options = ContactOptions(capacity=3)
    plan = plan_contacts(candidates_of(rows), as_of=DAY, options=options)
    days = defaultdict(list)
    for task in plan.tasks():
        days[str(task.due)].append(task.customer)
    assert days == {"2026-03-30": [6, 5, 4], "2026-03-31": [3, 2, 1], "2026-04-01": [0]}
    assert plan.moved.tolist() == [True] * 4 + [False] * 3


def test_what_moves_for_want_of_room_does_not_move_into_a_window_of_the_log():
    candidates = ContactCandidates(
        customer=["C-1", "C-2"],
        event=["first_purchase"] * 2,
        event_at=[date(2026, 3, 2)] * 2,
        strategy=["maintain"] * 2,
        value=[5, 50],
    )
    log = ContactLog(customer=["C-1"], day=[date(2026, 3, 16)], department=["sales"])
    options = ContactOptions(capacity=1, department="service", log=log)
    plan = plan_contacts(candidates, as_of=date(2026, 3, 5), options=options)
    assert [(task.customer, str(task.due)) for task in plan.tasks()] == [
        ("C-2", "2026-03-09"),
        ("C-1", "2026-03-23"),
    ]


def test_marketing_in_a_full_window_waits_while_service_goes_on():
    """The third contact with one customer waits until the first two are out of the window."""
    rows = [
        {"customer": "C-1", "event": "silence", "strategy": "protect", "event_at": day}
        for day in (date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7))
    ] + [{"customer": "C-1", "event": "complaint"}]
    plan = plan_contacts(candidates_of(rows), as_of=DAY)
    assert sorted(str(task.due) for task in plan.tasks()) == [
        "2026-03-30",
        "2026-04-01",
        "2026-04-08",
        "2026-04-15",
    ]


def test_numbers_that_are_far_apart_are_sorted_and_others_counted():
    from relmkt.planning._slots import each_once

    for numbers in ([5, 0, 5, 2], [5, 0, 5, 10**9], []):
        wanted, same = each_once(np.array(numbers, dtype=np.int64))
        assert wanted == sorted(set(numbers))
        assert [wanted[at] for at in same] == numbers


def test_ids_of_customers_may_be_numbers_and_keys_of_others_change_nothing():
    facts = candidates_of([{"customer": 7, "event": "complaint"}])
    events = TaskEvents(key=["7", 7], kind=["done", "done"], at=[datetime(2026, 1, 1)] * 2)
    plan = plan_contacts(facts, as_of=DAY, options=ContactOptions(events=events))
    assert plan.keys(plan.order) == ["complaint/-/complaint.answer/7"]


def test_hours_that_lie_before_the_day_of_the_plan_by_the_users_clock_have_passed():
    """Monday's hours in Tokyo are Sunday's in Los Angeles, where the user works every day."""
    options = ContactOptions(
        zone="Asia/Tokyo",
        user_zone="America/Los_Angeles",
        user_calendar=WorkingCalendar(weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    )
    monday = date(2026, 3, 30)
    facts = one(event="purchase", strategy="enhance", tier="top", event_at=date(2025, 12, 30))
    task = plan_contacts(facts, as_of=monday, options=options).tasks()[0]
    assert (task.due, task.task_day, task.state) == (monday, date(2026, 3, 29), TaskState.OVERDUE)
    assert task.not_before == datetime(2026, 3, 31, 0, tzinfo=UTC)  # Tuesday at nine in Tokyo


def test_hours_after_the_quiet_ones_count_where_the_user_does_not_work_before():
    """Monday until four in Tokyo is Sunday in Los Angeles; from four on it is Monday in both."""
    options = ContactOptions(
        zone="Asia/Tokyo", user_zone="America/Los_Angeles", quiet=QuietHours(time(12), time(14))
    )
    monday = date(2026, 3, 9)
    facts = one(event="purchase", strategy="enhance", tier="top", event_at=date(2025, 12, 9))
    task = plan_contacts(facts, as_of=monday, options=options).tasks()[0]
    assert (task.due, task.task_day) == (monday, monday)
    assert task.not_before == datetime(2026, 3, 9, 7, tzinfo=UTC)
    assert task.not_after == datetime(2026, 3, 9, 8, tzinfo=UTC)
