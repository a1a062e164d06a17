"""What speaks against a contact: every reason is told, and what is unknown is never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from relmkt.domain import ContactFacts, Purpose
from relmkt.records import handles, schema
from relmkt.rules import Checklist, Rule, known
from relmkt.thresholds import Policy, policy, threshold

__all__ = ["ASSUMED_CONTACT_FACTS", "SkipPolicy"]

ASSUMED_CONTACT_FACTS: Mapping[str, Any] = MappingProxyType(
    {
        "barred": False,
        "deceased": False,
        "ended_by_us": False,
        "open_complaint": False,
        "bought_since": False,
        "contacts_in_window": 0,
        "duplicate": False,
    }
)
"""What is taken for facts about a contact that nobody told: that nothing speaks against it. Consent
is not among them, for nobody may take it for granted."""


@policy
class SkipPolicy(Policy):
    """When a contact is not made. Marketing needs consent, and waits for complaints and windows.

    A service contact (an answer, a notice) is owed: only a bar, a death, the customer's own refusal
    of it, the very same contact planned twice, the customer's own purchase or the passing of time
    keeps it back.

    Raises
    ------
    InvalidValueError
        For a number that is not whole, a window shorter than a day or without a contact, and a
        negative number of days. To send no marketing at all, bar it by consent.

    Examples
    --------
    >>> from relmkt.domain import ContactFacts
    >>> from relmkt.planning import ASSUMED_CONTACT_FACTS, SkipPolicy
    >>> checklist = SkipPolicy().checklist()
    >>> known = dict(if_silent=False, days_late=0, open_complaint=True)
    >>> offer = ContactFacts(customer="C-17", purpose="marketing", consented=False, **known)
    >>> found = checklist.decide(offer, assume=ASSUMED_CONTACT_FACTS)
    >>> found.held
    ('no consent', 'open complaint')
    >>> answer = ContactFacts(customer="C-17", purpose="service", **known)
    >>> checklist.decide(answer, assume=ASSUMED_CONTACT_FACTS).held
    ()

    Consent of which nothing is known is neither given nor refused:

    >>> offer = ContactFacts(customer="C-17", purpose="marketing", if_silent=False, days_late=0)
    >>> found = checklist.decide(offer, assume=ASSUMED_CONTACT_FACTS)
    >>> found.held, found.unknown, found.missing
    ((), ('no consent',), ('consented',))
    """

    window_days: float = threshold(
        default=7,
        unit="days",
        meaning="marketing contacts less than so many days apart are in one window",
        whole=True,
        least=1,
    )
    contacts_per_window: float = threshold(
        default=1,
        unit="contacts",
        meaning="how many marketing contacts a window may hold",
        whole=True,
        least=1,
    )
    lapse_days: float = threshold(
        default=14,
        unit="days",
        meaning="a step of a cadence that is later than so many days is left out",
        whole=True,
        least=0,
    )

    def checklist(self) -> Checklist[ContactFacts, str]:
        """The reasons for which a contact is skipped, with these thresholds."""
        limits = self.numbers()
        on = handles(ContactFacts)
        marketing = on.purpose == Purpose.MARKETING
        skip = "skip"
        return Checklist(
            name="reasons not to contact",
            facts=schema(ContactFacts),
            rules=[
                Rule("barred", on.barred, skip, "the law comes before marketing"),
                Rule("deceased", on.deceased, skip, "the customer has died"),
                Rule(
                    "ended",
                    marketing & on.ended_by_us,
                    skip,
                    "the firm has ended the relationship",
                ),
                Rule(
                    "no consent",
                    marketing & ~on.consented,
                    skip,
                    "the customer agrees to marketing by none of the channels",
                ),
                Rule(
                    "refused",
                    (on.purpose == Purpose.SERVICE) & known(on.consented) & ~on.consented,
                    skip,
                    "the customer refuses even service by each of the channels",
                ),
                Rule(
                    "open complaint",
                    marketing & on.open_complaint,
                    skip,
                    "a complaint is open, which stops marketing",
                ),
                Rule(
                    "contacted",
                    marketing & (on.contacts_in_window >= limits["contacts_per_window"]),
                    skip,
                    "marketing contacts less than {window_days} days from it: "
                    "{contacts_in_window} (at most {contacts_per_window})",
                ),
                Rule("duplicate", on.duplicate, skip, "planned already {planned_by}"),
                Rule(
                    "bought since",
                    on.if_silent & on.bought_since,
                    skip,
                    "meant for silence, and the customer has bought since",
                ),
                Rule(
                    "lapsed",
                    on.days_late > limits["lapse_days"],
                    skip,
                    "{days_late} days late, more than {lapse_days}",
                ),
            ],
            constants=limits,
        )
