"""Cadences: which one is for whom, what its steps are, and what is refused."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction
from pathlib import Path

import attrs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from relmkt.calendars import Span, WorkingCalendar
from relmkt.domain import (
    Abstention,
    Approach,
    ContactEvent,
    ContactFacts,
    Move,
    Purpose,
    Stage,
    Strategy,
    Tier,
)
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.planning import (
    ASSUMED_CONTACT_FACTS,
    Cadence,
    CadenceName,
    CadencePolicy,
    SkipPolicy,
    Step,
)
from relmkt.planning._steps import NextStep, next_step
from relmkt.policies import ACTIONS
from relmkt.thresholds import Quantile, thresholds
from tests.planning import naive

SITUATIONS = [
    (words, *told.values())
    for one in yaml.safe_load(Path(__file__).with_name("situations.yaml").read_text("utf-8"))
    for words, told in one.items()
]
POLICY = CadencePolicy()


@pytest.mark.parametrize(
    ("words", "facts", "cadence"), SITUATIONS, ids=[words for words, *_ in SITUATIONS]
)
def test_situations_in_words(words, facts, cadence):
    decision = POLICY.table().decide(ContactFacts(customer="C-1", **facts))
    assert (decision.outcome and decision.outcome.value) == cadence
    assert decision.settled is (cadence is not None)


def test_every_cadence_is_met_in_a_situation():
    assert {cadence for _, _, cadence in SITUATIONS} == {None, *map(str, CadenceName)}


def test_the_table_has_no_gap_and_no_rule_in_vain():
    assert not POLICY.table().verify().findings


maybe = {
    "event": ContactEvent,
    "stage": Stage,
    "tier": Tier,
    "strategy": Move,
    "approach": Approach,
}


@given(st.fixed_dictionaries({name: st.sampled_from(words) for name, words in maybe.items()}))
def test_with_all_known_the_table_says_what_the_documentation_does(facts):
    found = POLICY.table().decide(ContactFacts(customer=1, **facts))
    steps = POLICY.cadences()[found.outcome].steps
    assert [
        (
            step.action,
            *(
                ("within", step.within)
                if step.within is not None
                else ("months", step.every.count)
                if step.every
                else ("weeks", step.after.count)
            ),
        )
        for step in steps
    ] == naive.cadence({name: word.value for name, word in facts.items()})


def test_the_steps_do_actions_that_decisions_stand_for_by_their_purpose_and_channels():
    for cadence in POLICY.cadences().values():
        for step in cadence.steps:
            assert step.text
            assert (step.purpose.value, [way.value for way in step.channels]) == naive.ACTS[
                step.action
            ]
            act = ACTIONS.get(step.action)
            if act is not None:
                assert (step.text, step.purpose, step.channels) == (
                    act.text,
                    act.purpose,
                    act.channels,
                )


def test_the_moves_are_the_strategies_and_the_abstentions():
    assert [*map(str, Move)] == [*map(str, Strategy), *map(str, Abstention)]


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"action": "", "within": 1}, "a word without a slash"),
        ({"action": "a/b", "within": 1}, "a word without a slash"),
        ({"action": "a"}, "only one"),
        ({"action": "a", "within": 1, "after": "1 week"}, "only one"),
        ({"action": "a", "within": -1}, "at least 0"),
    ],
)
def test_a_step_that_is_none_is_refused(stated, words):
    with pytest.raises(InvalidValueError, match=words):
        Step(**stated)


def test_a_channel_that_is_none_is_named():
    with pytest.raises(UnknownNameError, match="pigeon"):
        Step(action="a", channels=["pigeon"], within=1)
    assert Step(action="a", channels="email", within=1).channels == ("email",)
    assert Step(action="a", purpose="service", within=1).purpose is Purpose.SERVICE


def test_a_cadence_has_different_steps_and_recurs_at_its_end_only():
    weekly, once = Step(action="a", every="1 week"), Step(action="b", after="1 week")
    with pytest.raises(InvalidValueError, match="different actions"):
        Cadence("c", [once, once])
    with pytest.raises(InvalidValueError, match="in the last one only"):
        Cadence("c", [weekly, once])
    assert str(Cadence("c", [once, weekly])) == "c: b 1 week after, a every 1 week"
    assert str(Cadence("c", [Step(action="x", within=0)])) == "c: x within 0 working days"
    assert str(Cadence("c")) == "c: no contact"


# ------------------------------------------------------------------------------ the next step


def step_on(day, *, event_at=date(2026, 1, 31), lapse=14, steps=None):
    own = steps or [Step(action="thank", after="1 week"), Step(action="advise", every="1 month")]
    return next_step(Cadence("c", own), event_at, day, lapse=lapse, calendar=WorkingCalendar())


def test_the_1_5_and_10_weeks_of_kotler_and_keller_follow_the_first_purchase():
    steps = POLICY.cadences()[CadenceName.WELCOME].steps
    days = [date(2026, 2, 1), date(2026, 2, 25), date(2026, 4, 1)]
    assert [step_on(day, steps=steps).due for day in days] == [
        date(2026, 2, 7),
        date(2026, 3, 7),
        date(2026, 4, 11),
    ]


def test_a_step_that_has_lapsed_gives_way_to_the_next():
    assert step_on(date(2026, 2, 21)) == NextStep(0, 0, date(2026, 2, 7))
    assert step_on(date(2026, 2, 22)) == NextStep(1, 1, date(2026, 2, 28))
    assert step_on(date(2026, 3, 14)) == NextStep(1, 1, date(2026, 2, 28))
    assert step_on(date(2026, 3, 15)) == NextStep(1, 2, date(2026, 3, 31))
    assert step_on(date(2026, 4, 1)) == NextStep(1, 2, date(2026, 3, 31))


def test_where_all_steps_have_lapsed_the_last_one_is_told():
    steps = [Step(action="a", after="1 week"), Step(action="b", after=Span(2, "week"))]
    assert step_on(date(2026, 7, 1), steps=steps) == NextStep(1, 0, date(2026, 2, 14))


def test_an_event_without_a_day_counts_from_the_day_of_the_plan():
    assert step_on(date(2026, 3, 2), event_at=None).due == date(2026, 3, 9)


# ---------------------------------------------------------------------------- reasons not to


def test_the_checklist_of_reasons_has_nothing_in_vain():
    assert not SkipPolicy().checklist().verify().findings


SETTINGS = [
    (policy_type, declared.name)
    for policy_type in (CadencePolicy, SkipPolicy)
    for declared in thresholds(policy_type)
]


@pytest.mark.parametrize(("policy_type", "name"), SETTINGS)
@pytest.mark.parametrize("value", [2.5, Fraction(7, 2), math.nan, math.inf, "7", True, None])
def test_a_setting_of_planning_is_a_whole_number(policy_type, name, value):
    with pytest.raises(InvalidValueError, match=f"'{name}' must be a whole number, got .*counts"):
        policy_type(**{name: value})


@pytest.mark.parametrize(("policy_type", "name"), SETTINGS)
def test_a_setting_of_planning_does_not_hang_on_a_portfolio(policy_type, name):
    with pytest.raises(InvalidValueError, match=f"'{name}' must be a whole number, got 'the med"):
        policy_type(**{name: Quantile("headroom", 0.5)})


@pytest.mark.parametrize(("policy_type", "name"), SETTINGS)
def test_a_setting_of_planning_may_be_as_low_as_it_means_something(policy_type, name):
    least = 0 if name.endswith("_days") and name != "window_days" else 1
    assert policy_type(**{name: least}).numbers()[name] == least
    assert policy_type(**{name: 2.0}).numbers()[name] == 2
    with pytest.raises(InvalidValueError, match=f"'{name}' must be at least {least}, got"):
        policy_type(**{name: least - 1})


@pytest.mark.parametrize("within", [1.5, 2.0, True, -1, "3"])
def test_a_step_within_working_days_counts_them(within):
    with pytest.raises(InvalidValueError, match="'within' must be a whole number of at least 0"):
        Step(action="call", within=within)


def test_every_reason_that_holds_is_told():
    facts = ContactFacts(
        customer="C-1",
        purpose="marketing",
        barred=True,
        deceased=True,
        ended_by_us=True,
        consented=False,
        open_complaint=True,
        contacts_in_window=2,
        duplicate=True,
        planned_by="by department sales for 2026-03-02",
        if_silent=True,
        bought_since=True,
        days_late=15,
    )
    checklist = SkipPolicy().checklist()
    found = checklist.decide(facts)
    of_marketing = [rule.id for rule in checklist.rules if rule.id != "refused"]
    assert found.held == tuple(of_marketing)
    of_service = checklist.decide(attrs.evolve(facts, purpose="service"))
    assert of_service.held == (
        "barred", "deceased", "refused", "duplicate", "bought since", "lapsed",
    )  # fmt: skip
    assert found.reasons["duplicate"] == "planned already by department sales for 2026-03-02"
    assert found.reasons["lapsed"] == "15 days late, more than 14"


def test_consent_is_never_taken_for_granted():
    assert "consented" not in ASSUMED_CONTACT_FACTS
