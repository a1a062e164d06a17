"""How contacts are planned: by which cadences, on which days, how many, and what is known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from relmkt.calendars import QuietHours, WorkingCalendar, time_zone
from relmkt.domain import ContactFacts
from relmkt.errors import InvalidValueError
from relmkt.planning.cadences import CadencePolicy
from relmkt.planning.consents import ConsentSource
from relmkt.planning.contact_columns import ContactCandidates, ContactLog, TaskEvents
from relmkt.planning.skips import ASSUMED_CONTACT_FACTS, SkipPolicy
from relmkt.records import schema

__all__ = ["ContactOptions"]


def _assumed(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(schema(ContactFacts).checked(given))


def _calendars(given: Mapping[str, WorkingCalendar]) -> Mapping[str, WorkingCalendar]:
    return MappingProxyType(dict(given))


def _check_zone(instance: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    del instance, attribute
    if value is not None:
        time_zone(value)


def _check_calendars(
    instance: object, attribute: attrs.Attribute[Any], value: Mapping[str, object]
) -> None:
    del instance
    for zone, calendar in value.items():
        time_zone(zone)
        if not isinstance(calendar, WorkingCalendar):
            raise InvalidValueError(
                attribute.name, "hold working calendars", calendar, where=f"zone {zone!r}"
            )


def _check_capacity(instance: object, attribute: attrs.Attribute[Any], value: int | None) -> None:
    del instance
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and (not whole or value < 1):
        raise InvalidValueError(
            attribute.name, "be a whole number of at least 1, or None for any number", value
        )


def _is_a(kind: type[Any], *, or_none: bool = False) -> Any:
    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        del instance
        if not (isinstance(value, kind) or (or_none and value is None)):
            raise InvalidValueError(attribute.name, f"be a {kind.__name__}", type(value))

    return check


@attrs.frozen(kw_only=True)
class ContactOptions:
    """How contacts are planned. Each option has a default; nothing is told of a customer by it.

    Parameters
    ----------
    cadences
        Which steps follow upon which event, and for whom.
    skips
        When a contact is not made.
    calendar
        The days and hours on which customers are contacted, by their own clocks.
    calendars
        Other calendars for the customers of some zones, by the name of the zone.
    quiet
        The hours in which customers are left in peace, by their own clocks; None for none.
    zone
        The zone of customers of whom none is told.
    user_calendar, user_zone
        Of those who make the contacts; by default those of the customers.
    owner, department
        The user whose task a contact is, and the department that plans it, where the candidates do
        not say.
    capacity
        How many tasks a user can do on a day; None for any number.
    assume
        What is taken for facts that are absent (`ASSUMED_CONTACT_FACTS` by default).
    log
        Contacts that were made, or that other departments have planned.
    events
        What became of tasks that were planned before. A marketing contact that was done counts in
        the window of its customer, whether the log tells of it or not.
    facts
        What is known of customers beside an order log: consent, an open complaint, the zone, the
        owner. Only a plan of a whole portfolio asks for it.
    consent
        Who agrees to marketing by which channel, such as a `relmkt.consent.ConsentLedger`; it is
        asked as things stand at the end of the day of the plan, by the clocks of ``zone``. Only a
        plan of a whole portfolio asks it that. Every plan asks by which channels even service is
        refused and, where it knows when a consent ends, whether that is by the day of the contact.

    Raises
    ------
    InvalidValueError
        For an option of another sort, an unknown zone, and a capacity below 1.

    Examples
    --------
    >>> from relmkt.calendars import QuietHours
    >>> from relmkt.planning import ContactOptions
    >>> options = ContactOptions(
    ...     zone="Europe/Berlin", quiet=QuietHours.parse("20:00-09:00"), capacity=40
    ... )
    >>> options.assume["open_complaint"]
    False
    """

    cadences: CadencePolicy = attrs.field(factory=CadencePolicy, validator=_is_a(CadencePolicy))
    skips: SkipPolicy = attrs.field(factory=SkipPolicy, validator=_is_a(SkipPolicy))
    calendar: WorkingCalendar = attrs.field(
        factory=WorkingCalendar, validator=_is_a(WorkingCalendar)
    )
    calendars: Mapping[str, WorkingCalendar] = attrs.field(
        factory=dict[str, WorkingCalendar], converter=_calendars, validator=_check_calendars
    )
    quiet: QuietHours | None = attrs.field(
        default=QuietHours.parse("21:00-08:00"), validator=_is_a(QuietHours, or_none=True)
    )
    zone: str = attrs.field(default="UTC", validator=_check_zone)
    user_calendar: WorkingCalendar | None = attrs.field(
        default=None, validator=_is_a(WorkingCalendar, or_none=True)
    )
    user_zone: str | None = attrs.field(default=None, validator=_check_zone)
    owner: str | None = attrs.field(default=None, validator=_is_a(str, or_none=True))
    department: str | None = attrs.field(default=None, validator=_is_a(str, or_none=True))
    capacity: int | None = attrs.field(default=None, validator=_check_capacity)
    assume: Mapping[str, Any] = attrs.field(default=ASSUMED_CONTACT_FACTS, converter=_assumed)
    log: ContactLog | None = attrs.field(default=None, validator=_is_a(ContactLog, or_none=True))
    events: TaskEvents | None = attrs.field(default=None, validator=_is_a(TaskEvents, or_none=True))
    facts: ContactCandidates | None = attrs.field(
        default=None, validator=_is_a(ContactCandidates, or_none=True)
    )
    consent: ConsentSource | None = attrs.field(
        default=None, validator=_is_a(ConsentSource, or_none=True)
    )
