"""The ledger of consent: its laws, against rules written a second time, and situations by name."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.consent import ConsentEvents, ConsentLedger, Suppressions
from relmkt.domain import Channel, ConsentEvent, ConsentKind, ConsentReason, Purpose
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from tests.consent.naive import CUSTOMERS, SECRET, START, answer, events, instants, questions

LOGS = st.lists(events(), max_size=12)
NOBODY = Suppressions(SECRET)
EMAIL = {"purpose": "marketing", "channel": "email"}


def event(kind, hours=0, **fields):
    return ConsentEvent(
        **{"customer": "C-1", "kind": kind, "at": START + timedelta(hours=hours), **fields}
    )


def said(*told, purpose="marketing", channel="email", hours=1000):
    ledger = ConsentLedger.from_events(told)
    return ledger.state("C-1", purpose=purpose, channel=channel, at=START + timedelta(hours=hours))


# --------------------------------------------------------------------------------------- laws


@settings(max_examples=300)
@given(LOGS, questions)
def test_every_state_is_that_of_the_rules_read_one_by_one(told, question):
    ledger = ConsentLedger.from_events(told)
    for customer in (*CUSTOMERS, "stranger"):
        state = ledger.state(customer, **question)
        allowed, reason, deciding = answer(told, customer, **question)
        assert (state.allowed, state.reason) == (allowed, reason)
        assert state.event in deciding


@given(LOGS, questions, st.lists(st.sampled_from([*CUSTOMERS, "stranger"])))
def test_one_customer_or_many_get_the_same_answer(told, question, asked):
    ledger = ConsentLedger.from_events(told)
    states = [ledger.state(customer, **question) for customer in asked]
    codes = {True: 1, False: 0, None: -1}
    assert ledger.allowed(asked, **question).tolist() == [codes[one.allowed] for one in states]
    reasons = [list(ConsentReason)[code] for code in ledger.reasons(asked, **question).tolist()]
    assert reasons == [one.reason for one in states]


@given(LOGS, questions, st.data())
def test_neither_the_order_of_events_nor_what_is_told_twice_changes_any_state(told, question, data):
    again = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told or [None])))))
    again = [one for one in again if one is not None]
    one, other = ConsentLedger.from_events(told), ConsentLedger.from_events(again)
    assert len(one.events) == len(other.events) == len(set(told))
    for customer in CUSTOMERS:
        assert one.state(customer, **question) == other.state(customer, **question)


@given(LOGS)
def test_records_and_columns_give_one_ledger(told):
    ledger = ConsentLedger.from_events(told)
    columns = ConsentEvents.of(told)
    assert ConsentLedger.from_events(columns).events == ledger.events
    assert set(ledger.events) == set(told)
    assert ConsentLedger.from_events(ledger.events).events == ledger.events
    assert ledger.extended(told).events == ledger.events


@given(LOGS, LOGS, questions)
def test_what_is_said_later_changes_no_earlier_state(told, more, question):
    later = [one for one in more if one.at > question["at"]]
    before, after = ConsentLedger.from_events(told), ConsentLedger.from_events(told).extended(later)
    for customer in CUSTOMERS:
        assert before.state(customer, **question) == after.state(customer, **question)


@given(LOGS, questions, st.integers(0, 60))
def test_a_consent_ends_by_the_day_on_which_it_would_hold_no_more_if_nothing_more_were_said(
    told, question, days
):
    heard = ConsentLedger.from_events([one for one in told if one.at <= question["at"]])
    day = (question["at"] + timedelta(days=days)).astimezone(UTC).date()
    then = {
        **question,
        "at": max(question["at"], datetime(day.year, day.month, day.day, tzinfo=UTC)),
    }
    expected = [
        heard.state(customer, **question).allowed is True
        and heard.state(customer, **then).allowed is not True
        for customer in CUSTOMERS
    ]
    found = ConsentLedger.from_events(told).ends_by(CUSTOMERS, **question, day=day)
    assert found.tolist() == expected


@given(LOGS, questions)
def test_a_withdrawal_of_everything_is_never_outdone_by_what_was_said_before(told, question):
    last = [event("withdrawn", customer=customer, hours=1000) for customer in CUSTOMERS]
    question = {**question, "at": START + timedelta(hours=1001), "purpose": Purpose.MARKETING}
    codes = ConsentLedger.from_events(told).extended(last).allowed(CUSTOMERS, **question)
    assert codes.tolist() == [0, 0, 0]


@given(LOGS, events(kinds=[ConsentKind.WITHDRAWN, ConsentKind.OBJECTED]), questions)
def test_a_refusal_never_opens_what_was_closed_or_unknown(told, refusal, question):
    before = ConsentLedger.from_events(told).allowed(CUSTOMERS, **question)
    after = ConsentLedger.from_events(told).extended([refusal]).allowed(CUSTOMERS, **question)
    assert ((after == before) | (after == 0)).all()


@given(LOGS, questions, st.sets(st.sampled_from(CUSTOMERS)))
def test_who_was_erased_stays_so_whatever_is_imported_again(told, question, gone):
    ledger = ConsentLedger.from_events(told, suppressions=NOBODY).erased(gone)
    again = ledger.extended(told)
    for customer in CUSTOMERS:
        state = again.state(customer, **question)
        if customer in gone:
            assert (state.allowed, state.reason, state.event) == (
                False,
                ConsentReason.ERASED,
                None,
            )
        else:
            assert (state.allowed, state.reason) == answer(told, customer, **question)[:2]
    held = pickle.dumps((ledger.events, ledger.suppressions)), repr(ledger), repr(again)
    assert not any(name in str(text) for name in gone for text in held)


@given(LOGS, st.lists(events(kinds=[ConsentKind.ERASED]), max_size=2), questions)
def test_an_erasure_among_the_events_is_an_erasure(told, erasures, question):
    ledger = ConsentLedger.from_events([*told, *erasures], suppressions=NOBODY)
    gone = {one.customer for one in erasures}
    other = ConsentLedger.from_events(told, suppressions=NOBODY).erased(gone)
    assert set(ledger.events) == set(other.events)
    assert ledger.suppressions == other.suppressions
    assert (
        ledger.reasons(CUSTOMERS, **question).tolist()
        == other.reasons(CUSTOMERS, **question).tolist()
    )


@given(LOGS, instants)
def test_whoever_objects_is_left_out_of_profiling_and_of_every_channel(told, at):
    ledger = ConsentLedger.from_events(told)
    objected = ledger.objected(CUSTOMERS, at=at)
    whole = [one for one in told if one.channel is None]
    for customer, found in zip(CUSTOMERS, objected.tolist(), strict=True):
        reasons = {
            answer(whole, customer, purpose=Purpose.MARKETING, channel=channel, at=at)[1]
            for channel in Channel
        }
        assert found is (reasons == {ConsentReason.OBJECTED})


# --------------------------------------------------------------------------------- situations


def test_a_customer_who_was_never_asked_has_said_neither_yes_nor_no():
    state = said()
    assert state.allowed is None
    assert state.text == "never asked"


def test_a_service_contact_needs_no_consent_and_outlasts_every_refusal_of_marketing():
    refusals = event("withdrawn"), event("objected"), event("withdrawn", purpose="marketing")
    state = said(*refusals, purpose="service")
    assert (state.allowed, state.reason) == (True, ConsentReason.NOT_NEEDED)
    assert state.text == "owed to the customer, and rests on no consent"


def test_a_customer_who_refuses_service_messages_by_name_gets_none_there():
    refusal = event("withdrawn", purpose="service", channel="sms")
    assert said(refusal, purpose="service", channel="sms").allowed is False
    assert said(refusal, purpose="service", channel="phone").allowed is True


def test_of_one_instant_the_withdrawal_counts():
    assert said(event("granted"), event("withdrawn")).allowed is False


def test_a_fresh_grant_takes_a_withdrawal_back_and_an_old_one_imported_again_does_not():
    assert said(event("withdrawn", 1), event("granted", 2)).allowed is True
    assert said(event("withdrawn", 1), event("granted", 0)).allowed is False


def test_a_withdrawal_for_all_channels_ends_the_consents_for_each():
    assert said(event("granted", 0, channel="email"), event("withdrawn", 1)).allowed is False


def test_a_grant_for_one_channel_reopens_that_channel_alone():
    told = event("withdrawn", 1), event("granted", 2, channel="email")
    assert said(*told).allowed is True
    assert said(*told, channel="post").allowed is False


def test_a_general_grant_does_not_take_back_a_withdrawal_that_names_the_channel():
    told = event("withdrawn", 1, channel="email"), event("granted", 2)
    assert said(*told).allowed is False
    assert said(*told, channel="post").allowed is True
    assert said(*told, event("granted", 3, channel="email")).allowed is True


def test_an_objection_outlasts_every_grant_that_does_not_name_it():
    told = event("objected", 1), event("granted", 2, channel="email")
    assert said(*told).reason is ConsentReason.OBJECTED
    lifting = event("granted", 3, channel="email", lifts_objection=True)
    assert said(*told, lifting).allowed is True
    assert said(*told, lifting, channel="post").allowed is False
    ledger = ConsentLedger.from_events([*told, lifting])
    assert ledger.objected(["C-1"], at=START.replace(year=2027)).tolist() == [True]


def test_a_consent_ends_with_the_start_of_the_day_on_which_it_expires():
    consent = event("granted", expires=date(2026, 3, 2), source="fair")
    assert said(consent, hours=23).allowed is True
    state = said(consent, hours=24)
    assert (state.allowed, state.reason) == (False, ConsentReason.EXPIRED)
    assert state.text == "expired on 2026-03-02: granted on 2026-03-01, fair"


def test_a_consent_that_is_over_no_longer_takes_a_refusal_back():
    told = event("withdrawn", 1), event("granted", 2, expires=date(2026, 3, 2))
    assert said(*told, hours=3).reason is ConsentReason.GRANTED
    assert said(*told, hours=30).reason is ConsentReason.WITHDRAWN


def test_the_reason_tells_when_where_and_in_which_words():
    state = said(event("granted", 9.5, source="web form", wording="Yes, write to me."))
    assert state.text == "granted on 2026-03-01 at 09:30 UTC, web form: “Yes, write to me.”"
    assert state.event is not None
    assert state.event.source == "web form"


def test_times_with_other_zones_are_the_same_instants():
    berlin = timezone(timedelta(hours=1))
    told = event("granted", at=datetime(2026, 3, 1, 10, tzinfo=berlin))
    ledger = ConsentLedger.from_events([told])
    asked = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert ledger.state("C-1", **EMAIL, at=asked).allowed is True
    assert ledger.state("C-1", **EMAIL, at=asked - timedelta(microseconds=1)).allowed is None
    assert ledger.state("C-1", **EMAIL, at=asked.astimezone(berlin)).allowed is True


def test_ids_are_of_any_sort_and_a_stranger_may_be_of_another():
    told = [event("granted", customer=7), event("withdrawn", customer=8)]
    ledger = ConsentLedger.from_events(told, suppressions=NOBODY.including([9]))
    asked = {**EMAIL, "at": START}
    assert ledger.allowed([8, 7, 5, 9], **asked).tolist() == [0, 1, -1, 0]
    assert ledger.allowed(["7", "9", "x"], **asked).tolist() == [-1, 0, -1]
    assert ledger.allowed(np.array([], dtype=np.int64), **asked).tolist() == []
    assert ledger.state(np.int64(7), **asked).allowed is True


def test_a_ledger_without_events_answers_too():
    ledger = ConsentLedger.from_events([])
    assert repr(ledger) == "<ConsentLedger: 0 events of 0 customers, 0 erased>"
    assert ledger.allowed(["C-1"], **EMAIL, at=START).tolist() == [-1]
    assert len(ledger.extended([]).events) == 0


# ------------------------------------------------------------------------------- what is refused


def test_a_key_that_stands_for_two_events_is_refused_by_name():
    told = [event("granted", key="e1"), event("granted", key="e1", source="web", channel="email")]
    with pytest.raises(
        InvalidRowsError,
        match=(
            "1 bad row in the ledger\n  key 'e1' stands for two events: they differ in channel,"
            " source\nan event is never changed: record what is new under a key of its own"
        ),
    ):
        ConsentLedger.from_events(told)


def test_equal_events_under_two_keys_are_two_events_and_change_nothing():
    told = [event("granted", key="e1"), event("granted", key="e2"), event("granted", key="e1")]
    ledger = ConsentLedger.from_events(told)
    assert [one.key for one in ledger.events] == ["e1", "e2"]


def test_times_without_a_zone_are_refused_in_events_and_in_questions():
    with pytest.raises(InvalidValueError, match="'at' must have a zone, got '2026-03-01 00:00:00'"):
        ConsentLedger.from_events([event("granted", at=datetime(2026, 3, 1))])
    ledger = ConsentLedger.from_events([event("granted")])
    for naive in (datetime(2026, 3, 1), date(2026, 3, 1)):
        with pytest.raises(InvalidValueError, match="'at' must have a zone"):
            ledger.state("C-1", **EMAIL, at=naive)


def test_a_purpose_and_a_channel_that_there_is_not_are_refused():
    ledger = ConsentLedger.from_events([])
    with pytest.raises(UnknownNameError, match="no channel 'emial'; did you mean 'email'"):
        ledger.allowed([1], purpose="marketing", channel="emial", at=START)
    with pytest.raises(UnknownNameError, match="no purpose 'sales'"):
        ledger.state(1, purpose="sales", channel="email", at=START)


@pytest.mark.parametrize("missing", ["purpose", "channel"])
def test_a_question_without_a_purpose_or_a_channel_is_refused(missing):
    with pytest.raises(InvalidValueError, match=f"'{missing}' must be given, got None"):
        ConsentLedger.from_events([]).allowed(["C-1"], **{**EMAIL, missing: None}, at=START)


def test_an_id_may_be_a_tuple_and_is_suppressed_as_a_whole():
    name = ("north", 7)
    ledger = ConsentLedger.from_events([], suppressions=NOBODY.including([name]))
    assert ledger.state(name, **EMAIL, at=START).reason is ConsentReason.ERASED
    assert ledger.allowed([name, "north", 7], **EMAIL, at=START).tolist() == [0, -1, -1]


def test_an_id_that_is_not_hashable_is_refused():
    with pytest.raises(InvalidValueError, match="'customer' must be hashable"):
        ConsentLedger.from_events([]).state(["C-1"], **EMAIL, at=START)


def test_nobody_is_erased_without_a_list_to_keep_that_on():
    told = "'suppressions' must be given where customers are erased"
    with pytest.raises(InvalidValueError, match=told):
        ConsentLedger.from_events([event("erased")])
    with pytest.raises(InvalidValueError, match=told):
        ConsentLedger.from_events([]).erased(["C-1"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "objected", "channel": "email"}, "an objection closes every channel"),
        ({"kind": "objected", "purpose": "service"}, "an objection is to direct marketing"),
        ({"kind": "erased", "purpose": "marketing"}, "whoever is erased is erased as a whole"),
        ({"kind": "erased", "channel": "email"}, "whoever is erased is erased as a whole"),
        ({"kind": "withdrawn", "expires": date(2026, 4, 1)}, "only a consent ends by itself"),
        ({"kind": "withdrawn", "lifts_objection": True}, "only a grant takes an objection back"),
    ],
)
def test_events_that_contradict_themselves_are_refused(fields, message):
    with pytest.raises(InvalidValueError, match=message):
        event(**fields)
    with pytest.raises(InvalidRowsError, match=message):
        ConsentEvents(customer=["C-1"], at=[START], **{name: [v] for name, v in fields.items()})


# --------------------------------------------------------------------------------- suppressions


def test_a_suppressed_customer_is_known_by_text_however_the_id_was_read():
    held = NOBODY.including([7, "x"]).holds(["7", 7.0, np.int64(7), "x", "y", 7.5])
    assert held.tolist() == [True, True, True, True, False, False]


def test_another_key_finds_nobody_and_is_refused_where_the_list_is_restored():
    kept = NOBODY.including(["C-1"])
    other = b"another key of thirty-two bytes."
    assert not Suppressions(other, kept.digests).holds(["C-1"]).any()
    assert Suppressions.restored(SECRET, kept.digests, kept.fingerprint) == kept
    with pytest.raises(InvalidValueError, match="must be the key that the digests were made with"):
        Suppressions.restored(other, kept.digests, kept.fingerprint)


@pytest.mark.parametrize("secret", [b"short", "a text of more than 16 characters", None])
def test_a_key_must_be_bytes_and_not_too_few(secret):
    with pytest.raises(InvalidValueError, match="'secret' must be at least 16 bytes") as caught:
        Suppressions(secret)
    assert "characters" not in str(caught.value)


def test_an_id_is_no_digest():
    with pytest.raises(InvalidValueError, match="'digests' must be hexadecimal digests"):
        Suppressions(SECRET, ["C-17"])


def test_the_key_is_in_no_repr():
    assert repr(NOBODY.including(["C-1"])) == "<Suppressions: 1>"


# ------------------------------------------------------------------------------------ local times


def test_local_times_are_brought_to_utc_and_zoned_ones_are_let_alone():
    events_ = ConsentEvents(
        customer=[1, 2],
        kind=["granted"] * 2,
        at=[datetime(2026, 1, 31, 9, 30), datetime(2026, 7, 31, 9, 30)],
    )
    found = events_.localized("Europe/Berlin")
    assert [one.at.hour for one in found] == [8, 7]
    assert ConsentLedger.from_events(found).events == found
    with pytest.raises(InvalidValueError, match="'zone' must be left out for events whose times"):
        found.localized("Europe/Berlin")
    with pytest.raises(InvalidValueError, match="did you mean 'Europe/Berlin'"):
        events_.localized("Europe/Berln")
