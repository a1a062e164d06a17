"""From the register of breaches to the ladder, against a count made case by case."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel import Breaches, Distributors, breach_conduct
from relmkt.domain import Breach, Conduct
from relmkt.testing.strategies import records

DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 5))
TODAY = date(2026, 1, 3)


@given(
    st.lists(
        st.builds(
            lambda dealer, happened, reported, upheld: Breach(
                dealer=dealer,
                term_kind="other",
                happened_on=happened,
                reported_on=reported,
                upheld=upheld,
            ),
            st.sampled_from(["D1", "D2"]),
            DAYS | st.none(),
            DAYS | st.none(),
            st.sampled_from([True, True, False, None]),
        ),
        max_size=8,
    )
)
def test_how_often_counts_the_upheld_cases_before_and_this_one(cases):
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
            and other.upheld
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


def test_months_are_counted_from_the_day_on_which_the_relationship_began():
    cases = Breaches(dealer=["D1", "D2", "D3", "D4"], term_kind=["other"] * 4)
    dealers = Distributors(
        dealer=["D2", "D1", "D4"],
        opened=[None, TODAY - timedelta(days=365), TODAY + timedelta(days=1)],
    )
    months = breach_conduct(cases, as_of=TODAY, dealers=dealers).relation_months
    assert months[0] == pytest.approx(365 / 365.2425 * 12)
    assert np.isnan(months[1:]).all()
