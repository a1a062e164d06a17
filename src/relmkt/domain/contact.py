"""Contacts: why, by which way, upon what, and where each of them stands."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Channel", "ContactEvent", "Purpose", "TaskEventKind", "TaskState"]


class Channel(StrEnum):
    """The way by which a customer is contacted."""

    EMAIL = "email"
    """A message to a mailbox."""
    PHONE = "phone"
    """A call."""
    SMS = "sms"
    """A short message to a telephone."""
    POST = "post"
    """A letter or a card."""
    VISIT = "visit"
    """A person calls in."""
    APP = "app"
    """A notice in the firm’s own application."""


class Purpose(StrEnum):
    """What a contact is for: the law and the customer's consent tell them apart."""

    MARKETING = "marketing"
    """To win, sell, or keep: needs consent, and stops while a complaint is open."""
    SERVICE = "service"
    """What the customer is owed: an answer, a recall, a notice about an order."""


class ContactEvent(StrEnum):
    """What a contact follows upon."""

    FIRST_PURCHASE = "first_purchase"
    """The customer has bought for the first time."""
    PURCHASE = "purchase"
    """The customer has bought again."""
    SILENCE = "silence"
    """The customer has been silent for longer than it used to be."""
    INQUIRY = "inquiry"
    """The customer, or a prospect, has asked something, or shown interest."""
    COMPLAINT = "complaint"
    """The customer has complained."""
    LOSS = "loss"
    """The customer has gone."""
    REVIEW = "review"
    """A person is to look at the relationship again."""


class TaskState(StrEnum):
    """Where a planned contact stands on a day."""

    SCHEDULED = "scheduled"
    """Its day has not come."""
    DUE = "due"
    """It is to be done today."""
    OVERDUE = "overdue"
    """Its day has passed."""
    SNOOZED = "snoozed"
    """It was put off to a later day."""
    DONE = "done"
    """It was done."""
    CANCELED = "canceled"
    """It will not be done."""


class TaskEventKind(StrEnum):
    """What happened to a planned contact."""

    PLANNED = "planned"
    """It was planned for a day."""
    SNOOZED = "snoozed"
    """It was put off to a later day."""
    DONE = "done"
    """It was carried out, which nothing takes back."""
    CANCELED = "canceled"
    """It was called off."""
