"""From the register of breaches to the ladder, against a count made case by case."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel import Breaches, Distributors, breach_conduct
from relmkt.domain import Breach, Conduct
from relmkt.policies import SanctionPolicy
from relmkt.testing.strategies import records

DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 5))
TODAY = date(2026, 1, 3)
SANCTIONABLE = {
    "term_kind": "other",
    "written": True,
    "lawful": True,
    "same_for_all": True,
    "appealable": True,
    "has_evidence": True,
    "heard_on": TODAY,
    "upheld": True,
}
NOT_YET = (
    *({"term_kind": kind} for kind in ("resale_price", "passive_sales")),
    *({name: answer} for name in ("written", "lawful", "upheld") for answer in (False, None)),
    *({name: False} for name in ("same_for_all", "appealable")),
    {"has_evidence": None, "upheld": None},
    *({"heard_on": day} for day in (None, TODAY + timedelta(days=1))),
)
"""What of an earlier case leaves it to counsel, or without a finding on the day asked."""


@given(
    st.lists(
        st.builds(
            lambda dealer, happened, reported, others: Breach(
                dealer=dealer,
                happened_on=happened,
                reported_on=reported,
                **(SANCTIONABLE | others),
            ),
            st.sampled_from(["D1", "D2"]),
            DAYS | st.none(),
            DAYS | st.none(),
            st.just({}) | st.sampled_from(NOT_YET),
        ),
        max_size=8,
    )
)
def test_how_often_counts_the_cases_before_that_a_sanction_could_rest_on_and_this_one(cases):
    found = breach_conduct(Breaches.of(cases), as_of=TODAY)
    assert len(found) == len(cases)
    for at, conduct in enumerate(found):
        day = cases[at].happened_on or cases[at].reported_on
        if day is None:
            assert conduct.times is None
            continue
        before = [
            other
            for place, other in enumerate(cases)
            if other.dealer == cases[at].dealer
            and all(getattr(other, name) == value for name, value in SANCTIONABLE.items())
            and (when := other.happened_on or other.reported_on) is not None
            and (when, place) < (day, at)
        ]
        assert conduct.times == len(before) + 1


@given(st.lists(records(Breach, ids=st.sampled_from(["D1", 2])), min_size=1, max_size=4), DAYS)
def test_a_step_without_a_day_or_with_a_later_one_was_not_taken(cases, today):
    for case, conduct in zip(cases, breach_conduct(Breaches.of(cases), as_of=today), strict=True):
        assert conduct.party == case.dealer
        assert conduct.conduct is Conduct.BREACH
        assert conduct.is_consumer is False
        assert conduct.notified == (case.notified_on is not None and case.notified_on <= today)
        assert conduct.heard == (case.heard_on is not None and case.heard_on <= today)
        names = ("term_kind", "written", "lawful", "same_for_all", "appealable", "has_evidence")
        for name in (*names, "upheld"):
            assert getattr(conduct, name) == getattr(case, name)
        assert conduct.is_major == case.grave
        assert conduct.relation_months is None


@pytest.mark.parametrize("name", ["same_for_all", "appealable"])
def test_what_may_be_said_beside_the_register_is_not_missed_in_earlier_cases(name):
    before = Breach(dealer="D1", happened_on=TODAY, **(SANCTIONABLE | {name: None}))
    this = Breach(dealer="D1", happened_on=TODAY, **SANCTIONABLE)
    assert breach_conduct(Breaches.of([before, this]), as_of=TODAY).times.tolist() == [1.0, 2.0]


def test_no_case_about_a_price_lets_a_later_breach_cost_rebate():
    cases = Breaches.of(
        Breach(dealer="D1", happened_on=TODAY, notified_on=TODAY, **(SANCTIONABLE | others))
        for others in ({"term_kind": "resale_price"}, {"grave": False})
    )
    dealers = Distributors(dealer=["D1"], opened=[date(2010, 1, 1)])
    conduct = breach_conduct(cases, as_of=TODAY, dealers=dealers)
    assert [one.outcome.value for one in SanctionPolicy().table().decide(conduct)] == [
        "legal_review",
        "warn",
    ]


def test_months_are_counted_from_the_day_on_which_the_relationship_began():
    cases = Breaches(dealer=["D1", "D2", "D3", "D4"], term_kind=["other"] * 4)
    dealers = Distributors(
        dealer=["D2", "D1", "D4"],
        opened=[None, TODAY - timedelta(days=365), TODAY + timedelta(days=1)],
    )
    months = breach_conduct(cases, as_of=TODAY, dealers=dealers).relation_months
    assert months[0] == pytest.approx(365 / 365.2425 * 12)
    assert np.isnan(months[1:]).all()
