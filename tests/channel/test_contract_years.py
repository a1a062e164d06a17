"""Contract years: their boundaries by the calendar, and what may not overlap."""

from __future__ import annotations

import itertools
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel.contract_years import (
    ContractYear,
    contract_years,
    refuse_overlaps,
    shared_places,
)
from relmkt.domain import Agreement
from relmkt.errors import InvalidRowsError, InvalidValueError

days = st.dates(date(2019, 1, 1), date(2032, 12, 31))


def agreement(dealer="D-1", starts=date(2025, 1, 1), **more):
    return Agreement(dealer=dealer, starts=starts, **more)


@given(days, st.none() | days, st.none() | days, days)
def test_each_day_of_an_agreement_is_in_one_year_and_no_other_day_in_any(
    starts, ends, year_starts, until
):
    if ends is not None and ends < starts:
        starts, ends = ends, starts
    one = agreement(starts=starts, ends=ends, year_starts=year_starts)
    years = contract_years(one, until=until)
    for before, after in itertools.pairwise(years):
        assert before.end == after.start
    for day in (
        starts,
        starts - timedelta(1),
        until,
        ends or until,
        (ends or until) + timedelta(1),
    ):
        holds = starts <= day and (ends is None or day <= ends) and day <= until
        found = [year for year in years if day in year]
        assert len(found) == 1 if holds else len(found) <= 1
        if day < starts or (ends is not None and day > ends):
            assert not found
    anchor = year_starts or starts
    for year in years[1:]:
        assert (year.start.month, year.start.day) == (anchor.month, anchor.day) or (
            (anchor.month, anchor.day) == (2, 29) and (year.start.month, year.start.day) == (2, 28)
        )


def test_the_last_day_of_march_and_the_first_of_april():
    one = agreement(starts=date(2024, 4, 1))
    years = contract_years(one, until=date(2026, 3, 31))
    assert [str(year) for year in years] == [
        "2024-04-01 to 2025-03-31",
        "2025-04-01 to 2026-03-31",
    ]
    assert len(contract_years(one, until=date(2026, 4, 1))) == 3


def test_an_agreement_that_starts_later_or_ends_first_has_no_year():
    assert contract_years(agreement(), until=date(2024, 12, 31)) == ()
    with pytest.raises(InvalidValueError, match="'end' must be after 'start'"):
        ContractYear(date(2025, 1, 1), date(2025, 1, 1))


def test_years_anchored_in_the_future_reach_back():
    one = agreement(starts=date(2024, 6, 1), year_starts=date(2028, 2, 29))
    starts = [str(year.start) for year in contract_years(one, until=date(2026, 1, 1))]
    assert starts == ["2024-06-01", "2025-02-28"]


def test_contract_years_of_one_dealer_that_overlap_are_refused():
    first = agreement(agreement="A-1", ends=date(2025, 12, 31))
    later = agreement(agreement="A-2", starts=date(2026, 1, 1))
    refuse_overlaps([first, later], [False, False])
    too_soon = agreement(agreement="A-2", starts=date(2025, 12, 31))
    with pytest.raises(InvalidRowsError, match=r"row 1 \(A-2\) of dealer 'D-1' and row 0 \(A-1\)"):
        refuse_overlaps([first, too_soon], [False, False])


@pytest.mark.parametrize(
    ("one", "other", "anywhere", "refused"),
    [
        ({"brand": "A"}, {"brand": "B"}, False, False),
        ({"brand": "A"}, {}, False, True),
        ({"market": "N"}, {"market": "S"}, False, False),
        ({"territories": "Kiel"}, {"territories": "Husum"}, False, False),
        ({"territories": "Kiel"}, {"territories": "Husum; Kiel"}, False, True),
        ({"territories": "Kiel"}, {"outlets": "Kiel"}, False, False),
        ({"territories": "Kiel"}, {}, False, True),
        ({"territories": "Kiel"}, {"territories": "Husum"}, True, True),
    ],
)
def test_two_agreements_of_one_dealer_may_not_count_one_sale_twice(one, other, anywhere, refused):
    both = [agreement(**one), agreement(**other)]
    with (
        pytest.raises(InvalidRowsError, match="their contract years overlap")
        if refused
        else nullcontext()
    ):
        refuse_overlaps(both, [anywhere] * 2)


@pytest.mark.parametrize(
    ("mine", "theirs", "starts", "refused"),
    [
        (True, True, date(2025, 1, 1), True),
        (True, None, date(2025, 1, 1), True),
        (False, True, date(2025, 1, 1), True),
        (False, None, date(2025, 1, 1), False),
        (True, True, date(2027, 1, 1), False),
    ],
)
def test_a_place_that_is_promised_to_one_dealer_alone_is_no_other_dealers(
    mine, theirs, starts, refused
):
    both = [
        agreement(outlets="Market 3", exclusive=mine, ends=date(2026, 12, 31)),
        agreement("D-2", starts, outlets="Market 1; Market 3", exclusive=theirs),
    ]
    with (
        pytest.raises(InvalidRowsError, match="both have the outlet 'Market 3', and exclusively")
        if refused
        else nullcontext()
    ):
        refuse_overlaps(both, [False, False])


@pytest.mark.parametrize(
    ("mine", "theirs", "who", "starts", "shared"),
    [
        (None, None, "D-2", date(2025, 1, 1), True),
        (False, None, "D-2", date(2025, 1, 1), True),
        (None, False, "D-2", date(2025, 1, 1), True),
        (False, False, "D-2", date(2025, 1, 1), False),
        (None, None, "D-1", date(2025, 1, 1), False),
        (None, None, "D-2", date(2027, 1, 1), False),
    ],
)
def test_a_place_that_two_dealers_have_is_told_where_an_agreement_is_silent_on_it(
    mine, theirs, who, starts, shared
):
    both = [
        agreement(outlets="Market 3", territories="Kiel", exclusive=mine, ends=date(2026, 12, 31)),
        agreement(who, starts, outlets="Market 1; Market 3", exclusive=theirs),
        agreement("D-3", territories="Husum"),
    ]
    told = (("outlet", "Market 3"),) if shared else ()
    assert shared_places(both) == shared_places([both[1], both[0]]) == told


def test_a_shared_place_is_told_once():
    agreed = [agreement(f"D-{row}", territories="Kiel; Husum") for row in range(4)]
    assert shared_places(agreed) == (("territory", "Kiel"), ("territory", "Husum"))
