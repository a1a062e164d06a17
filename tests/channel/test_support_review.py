"""The support of dealers in a review: what records tell, what is stated, and what is left out."""

from __future__ import annotations

from datetime import date

from relmkt.channel import (
    AttitudeAnswers,
    DealerContacts,
    DealerTrainings,
    Distributors,
    SupportRecords,
    Supports,
    review_support,
)
from relmkt.domain import SupportAlert
from relmkt.policies import SupportPolicy

DAY = date(2026, 3, 31)
DEALERS = Distributors(dealer=["A", "B", "C"])


def test_without_records_nothing_is_known_and_nothing_alerts():
    found = review_support(DEALERS, SupportRecords(), as_of=DAY)
    assert (found.rows(), found.counts(), dict(found.unknown_dealers)) == ([], {}, {})
    assert set(found.unknown()) == {*SupportAlert}
    assert set(found.unknown().values()) == {3}


def test_a_record_beats_what_is_stated_and_what_no_record_tells_stands():
    found = review_support(
        DEALERS,
        SupportRecords(
            contacts=DealerContacts(dealer=["A"], contacted_on=[DAY]),
            facts=Supports(
                dealer=["B", "A"],
                contacts=[9, 9],
                revenue_share=[0.9, None],
                key_dealer=[True, None],
            ),
        ),
        as_of=DAY,
    )
    assert found.facts.values("contacts") == [1, 0, 0]
    assert found.facts.values("revenue_share") == [None, 0.9, None]
    assert found.counts() == {SupportAlert.ONE_SELLER: 1, SupportAlert.AVOIDED: 1}
    assert found.rows() == [1]


def test_a_count_of_contacts_that_is_stated_stands_where_there_is_no_record_of_them():
    facts = Supports(dealer=["C"], contacts=[6], contact_share=[0.9])
    found = review_support(DEALERS, SupportRecords(facts=facts), as_of=DAY)
    assert found.facts.values("contacts") == [None, None, 6]
    assert found.counts() == {SupportAlert.ONE_CONTACT: 1}


def test_rows_of_dealers_that_are_not_listed_are_counted():
    found = review_support(
        DEALERS,
        SupportRecords(
            contacts=DealerContacts(dealer=["A", "X", "X"], contacted_on=[DAY] * 3),
            trainings=DealerTrainings(dealer=["Y"], topic=["displays"], held_on=[DAY]),
            topics=["displays"],
            answers=AttitudeAnswers(
                dealer=["A"],
                item=["fair"],
                asked_on=[DAY],
                answer=[1],
                scale_low=[1],
                scale_high=[5],
            ),
            facts=Supports(dealer=["Z", "A"]),
        ),
        as_of=DAY,
    )
    assert dict(found.unknown_dealers) == {"contacts": 2, "trainings": 1, "facts": 1}
    assert found.counts()[SupportAlert.UNTRAINED] == 3


def test_the_log_tells_of_launches_where_anything_asks_for_them():
    facts = Supports(dealer=["A", "B"], repeat_change=[-0.1, -0.1], days_since_launch=[3, 400])
    records = SupportRecords(facts=facts)
    found = review_support(DEALERS, records, as_of=DAY, launched=[254, float("nan"), float("nan")])
    assert found.facts.values("days_since_launch") == [254, 400, None]
    assert found.counts() == {SupportAlert.LAUNCH_DUE: 2}
    assert records.asks_for_launches
    assert not SupportRecords(facts=Supports(dealer=["A"])).asks_for_launches
    assert not SupportRecords().asks_for_launches


def test_those_with_most_alerts_come_first():
    facts = Supports(
        dealer=["A", "B", "C"],
        key_dealer=[True, True, True],
        days_since_contact=[1, 40, 40],
        training_coverage=[0.1, 0.9, 0.1],
    )
    found = review_support(
        DEALERS,
        SupportRecords(facts=facts),
        as_of=DAY,
        policy=SupportPolicy(silence_most=35),
    )
    assert found.rows() == [2, 0, 1]
