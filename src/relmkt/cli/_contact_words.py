"""What the screen says of planned contacts."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from rich.console import Console
from rich.text import Text

from relmkt.domain import PlanLine
from relmkt.planning import ContactPlan, Fate

__all__ = ["print_contacts", "told_contact"]

_AHEAD = timedelta(days=6)
"""With the day of the plan itself: a week."""


def print_contacts(contacts: ContactPlan, console: Console) -> None:
    """How many contacts are due within a week, by which way, and how many are skipped and why."""
    until = contacts.as_of + _AHEAD
    ways = contacts.by_channel(until)
    due = sum(ways.values())
    told = ", ".join(
        f"{'for a person to decide' if way is None else way.value} {count:,}"
        for way, count in sorted(ways.items(), key=lambda one: -one[1])
    )
    _say(console, f"\nContacts due by {until}: {due:,}{f' ({told})' if told else ''}.")
    later = len(contacts) - due
    if later:
        _say(console, f"Later: {later:,}.")
    skipped = contacts.counts()[Fate.SKIPPED]
    if skipped:
        reasons = ", ".join(
            f"{name} {count:,}" for name, count in contacts.skip_counts().items() if count
        )
        _say(console, f"Skipped: {skipped:,} ({reasons}).")
    doubtful = int(np.count_nonzero(contacts.unsettled()))
    if doubtful:
        _say(
            console,
            f"For {doubtful:,} of them consent, or another fact, is not known: check before "
            "contacting (--contact-facts tells).",
        )


def told_contact(line: PlanLine) -> str:
    """The next contact of one customer, or why there is none."""
    if line.next_contact is None:
        return f"next contact: none ({line.contact_reason})"
    way = "" if line.contact_channel is None else f" by {line.contact_channel.value}"
    return (
        f"next contact: {line.contact_action}{way} on {line.next_contact} ({line.contact_reason})"
    )


def _say(console: Console, text: str) -> None:
    console.print(Text(text))
