"""Quiet hours, against the customer's clock looked at minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.calendars import QuietHours
from relmkt.errors import InvalidValueError

MINUTE = timedelta(minutes=1)
NIGHT = QuietHours(time(21), time(8))
# Two changes of an hour, one of half an hour, one of a whole day, an offset of 45 minutes, none.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 6, 1, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 1, tzinfo=UTC)),
]
minutes = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
hours = st.tuples(minutes, minutes).filter(lambda two: two[0] != two[1])
quiets = hours.map(lambda two: QuietHours(*two))
near_a_change = st.tuples(
    st.sampled_from(CHANGES), st.integers(-1500, 1500), st.integers(-12, 14)
).map(
    lambda given: (
        given[0][0],
        (given[0][1] + given[1] * MINUTE).astimezone(timezone(timedelta(hours=given[2]))),
    )
)


def is_quiet(quiet: QuietHours, instant: datetime, zone: str) -> bool:
    clock = instant.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    first, last = f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}"
    return first <= clock < last if first < last else not last <= clock < first


@given(quiets, near_a_change)
def test_what_is_allowed_is_read_from_the_clock_of_the_customer(quiet, asked):
    zone, instant = asked
    assert quiet.allowed(instant, zone) is not is_quiet(quiet, instant, zone)


@given(quiets, near_a_change, st.booleans())
def test_the_next_instant_is_the_first_that_a_walk_by_minutes_meets(quiet, asked, until_quiet):
    zone, instant = asked
    walked = instant.astimezone(UTC)
    while is_quiet(quiet, walked, zone) is not until_quiet:
        walked += MINUTE
    found = (quiet.next_quiet if until_quiet else quiet.next_allowed)(instant, zone)
    assert found == walked
    assert found.tzinfo is UTC


@given(quiets, near_a_change)
def test_what_was_found_is_found_again(quiet, asked):
    zone, instant = asked
    found = quiet.next_allowed(instant, zone)
    assert quiet.next_allowed(found, zone) == found
    assert quiet.allowed(found, zone)


@given(quiets, st.lists(near_a_change, max_size=4))
def test_arrays_are_answered_as_their_instants_are(quiet, rows):
    rows = rows * 2
    zones = [zone for zone, _ in rows] + ["UTC"]
    plain = [instant.astimezone(UTC).replace(tzinfo=None) for _, instant in rows]
    instants = np.array([*plain, None], dtype="datetime64[us]")
    assert quiet.allowed(instants, zones).tolist() == [
        *(quiet.allowed(instant, zone) for zone, instant in rows),
        False,
    ]
    for ask in (quiet.next_allowed, quiet.next_quiet):
        assert ask(instants, zones).tolist() == [
            *(ask(instant, zone).replace(tzinfo=None) for zone, instant in rows),
            None,
        ]
    one = quiet.allowed(instants, "Asia/Seoul").tolist()
    assert one == [*(quiet.allowed(at, "Asia/Seoul") for _, at in rows), False]


def test_in_the_night_that_skips_their_end_they_end_with_the_change():
    quiet = QuietHours(time(21), time(2, 30))
    evening = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert quiet.next_allowed(evening, "Europe/Berlin") == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_in_the_night_that_says_it_twice_they_come_again():
    quiet = QuietHours(time(21), time(2, 30))
    assert quiet.allowed(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin")
    again = datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert not quiet.allowed(again, "Europe/Berlin")
    assert quiet.next_allowed(again, "Europe/Berlin") == again + 30 * MINUTE


def test_a_local_instant_keeps_its_side_of_the_hour_said_twice():
    berlin = ZoneInfo("Europe/Berlin")
    quiet = QuietHours(time(21), time(2, 30))
    first = datetime(2026, 10, 25, 2, 15, tzinfo=berlin)
    later = first.replace(fold=1)
    assert quiet.next_allowed(first, "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet.next_allowed(later, "Europe/Berlin") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_day_that_a_country_skipped_has_no_quiet_hours():
    """Samoa went from the evening of 29 December 2011 straight to the 31st."""
    evening = datetime(2011, 12, 30, 9, 30, tzinfo=UTC)
    assert NIGHT.next_allowed(evening, "Pacific/Apia") == datetime(2011, 12, 30, 18, tzinfo=UTC)


def test_quiet_hours_are_read_from_words():
    assert QuietHours.parse("21:00-08:00") == NIGHT
    assert QuietHours.parse(" 21:00 – 8:00 ") == NIGHT
    assert QuietHours.parse(NIGHT) is NIGHT
    assert QuietHours.parse(str(NIGHT)) == NIGHT


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda: QuietHours(time(8), time(8)), "'end' must differ from 'start'"),
        (lambda: QuietHours("21:00", time(8)), "'start' must be a time of day"),
        (lambda: QuietHours(time(21), time(8, tzinfo=UTC)), "'end' must be a time of day"),
        (lambda: QuietHours.parse("at night"), "'quiet hours' must be two times of the day"),
        (lambda: QuietHours.parse("21:00-24:00"), "'quiet hours' must be two times of the day"),
        (lambda: QuietHours.parse("21:00-21:00"), "'end' must differ from 'start'"),
        (lambda: NIGHT.allowed(datetime(2026, 1, 1), "UTC"), "'instant' must be an instant with"),
        (lambda: NIGHT.allowed(date(2026, 1, 1), "UTC"), "'instant' must be an instant with"),
        (lambda: NIGHT.allowed(datetime(1, 1, 1, tzinfo=UTC), "UTC"), "the years 2 to 9998"),
        (lambda: NIGHT.next_allowed(datetime(9999, 1, 1, tzinfo=UTC), "UTC"), "2 to 9998"),
        (lambda: NIGHT.allowed(datetime(2026, 1, 1, tzinfo=UTC), "Here"), "'zone' must be"),
        (lambda: NIGHT.allowed(datetime(2026, 1, 1, tzinfo=UTC), ["UTC"]), "one name for one"),
        (lambda: NIGHT.allowed(np.array(["2026-01-01"], "M8[D]"), "UTC"), "'instant' must be an"),
        (lambda: NIGHT.allowed(np.array(["2026-01-01"], "M8[us]"), []), "'zone' must be one name"),
        (lambda: NIGHT.allowed(np.array(["2026-01-01"], "M8[us]"), [None]), "one name for one"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked, told):
    with pytest.raises(InvalidValueError, match=told):
        asked()
