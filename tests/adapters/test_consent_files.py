"""Files of consent events: each line is read as it was meant, or refused by name."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.adapters.files import read_consent
from relmkt.consent import ConsentEvents, ConsentLedger
from relmkt.domain import ConsentEvent
from relmkt.errors import FileError, InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.records import schema
from tests.consent.naive import events

HEADER = "customer,kind,channel,purpose,at,expires,lifts_objection,source,key\n"


def refused(error, name, **options):
    with pytest.raises(error) as caught:
        read_consent(name, **options)
    return str(caught.value)


def test_every_field_is_read_and_an_empty_cell_is_absent(file):
    text = (
        HEADER
        + "0017,granted,email,marketing,2026-03-01T09:30:00Z,2027-03-01,no,web form,e1\n"
        + "0018,Withdrawn,,,2026-03-01 10:30:00+01:00,,,,\n"
    )
    found = read_consent(file("c.csv", text))
    assert list(found.events) == [
        ConsentEvent(
            customer="0017",
            kind="granted",
            channel="email",
            purpose="marketing",
            at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
            expires=datetime(2027, 3, 1).date(),
            lifts_objection=False,
            source="web form",
            key="e1",
        ),
        ConsentEvent(customer="0018", kind="withdrawn", at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ]
    assert (found.rows, found.duplicate_rows) == (2, 0)
    assert found.columns["channel"] == "channel"


def test_a_file_that_was_appended_twice_makes_the_same_ledger(file):
    line = "C-1,granted,email,,2026-03-01T09:30:00Z,,,,\n"
    found = read_consent(file("c.csv", HEADER + line + line))
    assert found.duplicate_rows == 1
    assert len(ConsentLedger.from_events(found.events).events) == 1


def test_local_times_need_the_zone_whose_clock_they_are_by(file):
    name = file("c.csv", "customer,kind,at\n1,granted,2026-07-01 09:30:00\n")
    assert read_consent(name, zone="Europe/Berlin").events[0].at.hour == 7
    assert refused(InvalidValueError, name).startswith(
        "'zone' must be given for events whose times have none, got None"
    )
    assert "did you mean 'Europe/Berlin'" in refused(InvalidValueError, name, zone="Europe/Berln")
    zoned = file("z.csv", "customer,kind,at\n1,granted,2026-07-01 09:30:00Z\n")
    assert "must be left out" in refused(InvalidValueError, zoned, zone="UTC")
    written = file("w.csv", "customer,kind,at\n1,granted,01.07.2026\n")
    options = {"zone": "UTC", "date_format": "%d.%m.%Y"}
    assert read_consent(written, **options).events[0].at == datetime(2026, 7, 1, tzinfo=UTC)


def test_columns_of_other_names_are_named_or_ignored(file):
    name = file("c.csv", "Konto,what,when,clerk\n1,granted,2026-07-01T09:30:00Z,Kim\n")
    options = {"customer": "Konto", "columns": {"kind": "what", "at": "when"}}
    found = read_consent(name, **options, ignore=["clerk"])
    assert dict(found.columns) == {"customer": "Konto", "kind": "what", "at": "when"}
    message = refused(UnknownNameError, name, **options)
    assert message.startswith("no field of a consent event 'clerk' in c.csv")


def test_a_misspelled_channel_column_is_not_a_consent_for_every_channel(file):
    name = file("c.csv", "customer,kind,at,chanel\n1,granted,2026-07-01T09:30:00Z,email\n")
    message = refused(UnknownNameError, name)
    assert message.startswith(
        "no field of a consent event 'chanel' in c.csv; did you mean 'channel'?"
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": {"chanel": "x"}}, UnknownNameError, "no field of a consent event 'chanel'"),
        ({"columns": {"channel": "x"}}, UnknownNameError, "no column 'x' in c.csv"),
        ({"ignore": ["x"]}, UnknownNameError, "no column 'x' in c.csv"),
        ({"columns": {"source": "kind"}}, UnknownNameError, "no column 'kind' in c.csv"),
        ({"columns": {"key": "kind", "kind": "at"}}, UnknownNameError, "no column 'at' in c.csv"),
        (
            {"columns": {"source": "kind", "key": "kind"}},
            InvalidValueError,
            "'columns' must name each column once",
        ),
        ({"ignore": ["kind", "Kind"]}, InvalidValueError, "'columns' must name each column once"),
        ({"limit_problems": 0}, InvalidValueError, "'limit_problems' must be at least 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(file, options, error, message):
    name = file("c.csv", "customer,kind,at\n1,granted,2026-07-01T09:30:00Z\n")
    assert refused(error, name, **options).startswith(message)


def test_bad_cells_are_named_by_line_column_value_and_remedy(file):
    text = (
        HEADER
        + "1,agreed,emial,,2026-03-01T09:30:00Z,,,,\n"
        + "2,granted,,,yesterday,,maybe,,\n"
        + "3,,,,,,,,\n"
    )
    assert refused(InvalidRowsError, file("c.csv", text)).splitlines() == [
        "3 bad rows in c.csv",
        (
            "  line 2: no kind 'agreed'; did you mean 'granted'? There are: granted, withdrawn,"
            " objected, erased; no channel 'emial'; did you mean 'email'? There are: email, phone,"
            " sms, post, visit, app"
        ),
        (
            "  line 3: 'at' must be a date written as 2026-03-31 or 2026-03-31T09:30:00, got"
            " 'yesterday': say how dates are written, for example date_format='%d.%m.%Y';"
            " 'lifts_objection' must be yes or no (true or false, 1 or 0), got 'maybe': leave the"
            " cell empty where it is not known"
        ),
        "  line 4: 'kind' must be given, got None; 'at' must be given, got None",
        "nothing was read: mend the file and try again",
    ]


def test_events_that_contradict_themselves_are_named_by_their_lines(file):
    text = (
        HEADER
        + "1,granted,,,2026-03-01T09:30:00Z,,,,\n"
        + "\n"
        + "2,objected,email,,2026-03-01T09:30:00Z,,,,\n"
    )
    assert refused(InvalidRowsError, file("c.csv", text)).splitlines() == [
        "1 bad row in c.csv",
        (
            "  line 4: 'channel' must fit the other fields (kind objected, channel known), got"
            " 'email' for row 1 (customer '2')"
        ),
        "an objection closes every channel; to close one, record a withdrawal",
    ]


def test_a_day_with_a_time_is_no_day(file):
    text = HEADER + "1,granted,,,2026-03-01T09:30:00Z,2026-04-01T10:00:00,,,\n"
    message = refused(InvalidRowsError, file("c.csv", text))
    assert message.startswith("1 bad row in c.csv\n  line 2: 'expires' must be a date")


def test_times_with_a_zone_here_and_none_there_are_refused(file):
    text = "customer,kind,at\n1,granted,2026-07-01T09:30:00Z\n2,granted,2026-07-01T09:30:00\n"
    message = refused(FileError, file("c.csv", text), zone="UTC")
    assert message.startswith("c.csv: column 'at' has a zone on line 2 and none on line 3")


def test_a_file_with_a_header_and_no_events_is_an_empty_ledger(file):
    found = read_consent(file("c.csv", HEADER))
    assert len(ConsentLedger.from_events(found.events).events) == 0


def test_parquet_keeps_its_instants(folder):
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 7 AS customer, 'granted' AS kind, NULL::VARCHAR AS channel,"
            " TIMESTAMP '2026-03-01 09:30:00' AS at, DATE '2027-03-01' AS expires)"
            " TO 'c.parquet' (FORMAT parquet)"
        )
    found = read_consent("c.parquet", zone="UTC").events
    assert list(found) == [
        ConsentEvent(
            customer=7,
            kind="granted",
            at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
            expires=datetime(2027, 3, 1).date(),
        )
    ]


@settings(max_examples=30)
@given(st.lists(events(), min_size=1, max_size=6))
def test_events_survive_a_journey_through_json_lines(told):
    lines = [
        json.dumps(schema(ConsentEvent).values(one), default=lambda v: v.isoformat())
        for one in told
    ]
    page = io.BytesIO("\n".join(lines).encode())
    assert read_consent("-", stdin=page, format="jsonl").events == ConsentEvents.of(told)
