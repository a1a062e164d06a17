"""What the screen says of planned contacts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
from rich.console import Console
from rich.text import Text

from relmkt._counts import counted
from relmkt.domain import Channel, PlanLine
from relmkt.planning import CadencePolicy, Fate
from relmkt.plans import Plan

__all__ = ["print_contacts", "told_action", "told_contact"]

_AHEAD = timedelta(days=6)
"""With the day of the plan itself: a week."""

_PART = 1 << 16
"""Customers whose contacts are counted at a time."""


def print_contacts(plan: Plan, console: Console) -> None:
    """How many contacts are due within a week, by which way, and how many are skipped and why."""
    until = plan.as_of + _AHEAD
    ways: Counter[Channel | None] = Counter()
    against: Counter[str] = Counter()
    planned = skipped = doubtful = answered = 0
    for part in plan.parts(_PART):
        contacts = part.contacts
        ways.update(contacts.by_channel(until))
        against.update(contacts.skip_counts())
        planned += len(contacts)
        skipped += contacts.counts()[Fate.SKIPPED]
        doubtful += int(np.count_nonzero(contacts.unsettled()))
        answered += int(np.count_nonzero(contacts.answered()))
    due = ways.total()
    told = ", ".join(
        f"{'for a person to decide' if way is None else way.value} {count:,}"
        for way, count in ways.most_common()
    )
    _say(console, f"\nContacts due by {until}: {due:,}{f' ({told})' if told else ''}.")
    if planned > due:
        _say(console, f"Later: {planned - due:,}.")
    if skipped:
        reasons = ", ".join(f"{name} {count:,}" for name, count in against.most_common() if count)
        _say(console, f"Skipped: {skipped:,} ({reasons}).")
    if doubtful:
        _say(
            console,
            f"For {doubtful:,} of them consent, or another fact, is not known: check before "
            "contacting (--contact-facts tells).",
        )
    if answered:
        _say(
            console,
            f"{counted(answered, 'complaint')} told as open, though the answer is done or called "
            "off: close it, or tell the day of the new one (event_at in --contact-facts).",
        )


def told_action(key: str | None) -> str:
    """What is to be done, in words; the key itself where the cadences that ship do not know it."""
    steps = (step for cadence in CadencePolicy().cadences().values() for step in cadence.steps)
    texts = {step.action: step.text.rstrip(".") for step in steps if step.text}
    return texts.get(key or "", key or "")


def told_contact(line: PlanLine) -> str:
    """The next contact of one customer, or why there is none."""
    if line.next_contact is None:
        return f"next contact: none ({line.contact_reason})"
    way = "" if line.contact_channel is None else f" by {line.contact_channel.value}"
    return (
        f"next contact{way} on {line.next_contact}: {told_action(line.contact_action)} "
        f"({line.contact_reason})"
    )


def _say(console: Console, text: str) -> None:
    console.print(Text(text))
