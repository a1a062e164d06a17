"""The rules of consent, written a second time: record by record, in the words of their page."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from relmkt.domain import Channel, ConsentEvent, ConsentKind, ConsentReason, Purpose

SECRET = b"thirty-two bytes for tests alone"
START = datetime(2026, 3, 1, tzinfo=UTC)
CUSTOMERS = ("C-1", "C-2", "C-3")
CHANNELS = (Channel.EMAIL, Channel.POST)
INSTANTS = tuple(START + timedelta(hours=12 * step) for step in range(7))

instants = st.sampled_from(INSTANTS)


@st.composite
def events(draw, kinds=(ConsentKind.GRANTED, ConsentKind.WITHDRAWN, ConsentKind.OBJECTED)):
    """Events of few customers at few instants, so that they meet."""
    kind = draw(st.sampled_from(kinds))
    is_granted, is_objected = kind is ConsentKind.GRANTED, kind is ConsentKind.OBJECTED
    no_purpose = is_objected or kind is ConsentKind.ERASED
    purposes = [None] if no_purpose else [None, Purpose.MARKETING, Purpose.SERVICE]
    return ConsentEvent(
        customer=draw(st.sampled_from(CUSTOMERS)),
        kind=kind,
        at=draw(instants),
        purpose=draw(st.sampled_from(purposes)),
        channel=draw(st.sampled_from([None] if no_purpose else [None, *CHANNELS])),
        expires=draw(st.none() | instants.map(datetime.date)) if is_granted else None,
        lifts_objection=draw(st.sampled_from([None, True, False])) if is_granted else None,
        source=draw(st.sampled_from([None, "web", "call"])),
    )


questions = st.fixed_dictionaries(
    {"purpose": st.sampled_from(Purpose), "channel": st.sampled_from(CHANNELS), "at": instants}
)


def answer(told, customer, *, purpose, channel, at):
    """Whether the customer may be contacted, the reason, and the events that may have decided."""
    counting = [
        event
        for event in told
        if event.customer == customer
        and event.at <= at
        and event.channel in (None, channel)
        and (event.purpose is purpose or (event.purpose is None and purpose is Purpose.MARKETING))
    ]
    consents = [event for event in counting if event.kind is ConsentKind.GRANTED]
    living = [event for event in consents if not is_over(event, at)]
    standing = [
        event
        for event in counting
        if event.kind is not ConsentKind.GRANTED
        and not any(takes_back(consent, event) for consent in living)
    ]
    for kind, reason in (
        (ConsentKind.OBJECTED, ConsentReason.OBJECTED),
        (ConsentKind.WITHDRAWN, ConsentReason.WITHDRAWN),
    ):
        found = [event for event in standing if event.kind is kind]
        if found:
            return False, reason, latest(found)
    if living:
        return True, ConsentReason.GRANTED, latest(living)
    if purpose is Purpose.SERVICE:
        return True, ConsentReason.NOT_NEEDED, [None]
    if consents:
        return False, ConsentReason.EXPIRED, latest(consents)
    return None, ConsentReason.NEVER_ASKED, [None]


def is_over(consent, at):
    if consent.expires is None:
        return False
    return at >= datetime.combine(consent.expires, time(), UTC)


def takes_back(consent, refusal):
    if consent.at <= refusal.at:
        return False
    if refusal.kind is ConsentKind.OBJECTED:
        return consent.lifts_objection is True
    return refusal.channel is None or consent.channel is refusal.channel


def latest(found):
    last = max(event.at for event in found)
    return [event for event in found if event.at == last]
