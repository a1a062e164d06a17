"""Contacts on the command line: what a plan is told of them, what it shows, and the agenda."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, BinaryIO, TypeVar

import attrs
import click
from rich.console import Console
from rich.text import Text

from relmkt._counts import counted
from relmkt.adapters.files import (
    read_consent,
    read_contact_facts,
    read_contacts,
    read_plan,
    read_task_events,
    rows_of,
    write_rows,
)
from relmkt.cli._contact_words import told_action
from relmkt.cli._options import Day, checked_out, checked_output, is_one_output
from relmkt.cli._screen import shown_id
from relmkt.consent import ConsentLedger, Suppressions
from relmkt.errors import InvalidValueError, RelmktError, UnknownNameError
from relmkt.planning import ContactOptions, due_rows
from relmkt.plans import Plan

__all__ = [
    "agenda",
    "contact_options",
    "contact_options_from",
    "write_contact_calendar",
    "write_tasks",
]

C = TypeVar("C", bound=Callable[..., Any])

_NOBODY = Suppressions(b"of one run, and never written anywhere")
"""Whom the events of a file erase is read from them each time, so that the key guards nothing."""

_SHOWN = 40
"""Contacts of a day that the screen shows."""


def contact_options(command: C) -> C:
    """The options that a plan takes about contacts."""
    for option in reversed(
        [
            click.option(
                "--contact-facts",
                metavar="FILE",
                help="What is known about contacting customers: consent_email and the like, "
                "open_complaint, zone, owner, department; one row for each customer.",
            ),
            click.option(
                "--consent",
                metavar="FILE",
                help="Consent granted, withdrawn, objected or erased: customer, kind, at, purpose, "
                "channel, source, wording; as many rows for a customer as there were events.",
            ),
            click.option(
                "--contacted",
                metavar="FILE",
                help="Contacts that were made, or that departments have planned: customer, day, "
                "purpose, channel, department.",
            ),
            click.option(
                "--tasks",
                metavar="FILE",
                help="What became of planned contacts: key, kind (planned, snoozed, done, "
                "canceled), at, day.",
            ),
            click.option(
                "--contact-zone",
                metavar="ZONE",
                help="Time zone of the users, and of the customers of whom none is told.  "
                "[default: that of --zone, or UTC]",
            ),
            click.option(
                "--capacity",
                type=click.IntRange(min=1),
                metavar="NUMBER",
                help="How many contacts a user can make on a day; the rest moves to later days.",
            ),
            click.option(
                "--calendar",
                metavar="FILE",
                callback=_checked_calendar,
                help="Write the contacts to a calendar file (.ics).",
            ),
            click.option(
                "--tasks-out",
                metavar="FILE",
                callback=checked_out,
                help="Write the planned contacts as events, to be added to the file of --tasks.",
            ),
        ]
    ):
        command = option(command)
    return command


def _checked_calendar(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    del context, parameter
    if value is not None and not value.endswith(".ics"):
        raise click.BadParameter(f"'{value}' must end in .ics")
    return value


def contact_options_from(
    options: dict[str, Any], zone: str | None, tell: Callable[[str], None]
) -> ContactOptions:
    """What the command line says about contacts.

    Parameters
    ----------
    options
        The options of the command; a command without those of `contact_options` states none.
    zone
        The zone of the customers and the users, if it is stated.
    tell
        Called with a few words while a file is read.
    """
    how: dict[str, Any] = {"encoding": options.get("encoding"), "progress": tell}
    known = options.get("contact_facts")
    log, events = options.get("contacted"), options.get("tasks")
    consent = options.get("consent")
    stated = options.get("contact_zone") or zone
    made = ContactOptions(
        capacity=options.get("capacity"),
        facts=None if known is None else _of_customers(read_contact_facts, known, options, how),
        log=None if log is None else _of_customers(read_contacts, log, options, how),
        events=None if events is None else read_task_events(events, **how),
        consent=None if consent is None else _ledger(consent, stated, options, how),
    )
    return made if stated is None else attrs.evolve(made, zone=stated)


def _ledger(
    path: str, zone: str | None, options: dict[str, Any], how: dict[str, Any]
) -> ConsentLedger:
    """The ledger in a file; times that say no zone are by the clocks of the users."""
    try:
        found = _of_customers(read_consent, path, options, how)
    except InvalidValueError as error:
        if error.field != "zone":
            raise
        if zone is None:
            raise click.UsageError(
                f"the times in {path} say no zone: state by --contact-zone whose clocks they are "
                "by, such as --contact-zone Europe/Berlin"
            ) from None
        found = _of_customers(read_consent, path, options, {"zone": zone, **how})
    return ConsentLedger.from_events(found.events, suppressions=_NOBODY)


def _of_customers(
    read: Callable[..., Any], path: str, options: dict[str, Any], how: dict[str, Any]
) -> Any:
    """A file by customer; its ids are in a column called as in the orders, or as is common."""
    named = options.get("customer_column")
    if named is not None:
        try:
            return read(path, customer=named, **how)
        except UnknownNameError as error:
            if error.kind != "column":
                raise
    return read(path, **how)


# --------------------------------------------------------------------------- what comes out


def write_contact_calendar(path: str, plan: Plan) -> int:
    """Write the planned contacts to a calendar file; give how many.

    Raises
    ------
    MissingExtraError
        When icalendar is not installed.
    FileError
        When the file cannot be written.
    """
    from relmkt.adapters.ical import write_calendar

    contacts = plan.contacts
    texts = {step.action: step.text for _, step in contacts.steps if step.text}
    write_calendar(path, contacts.tasks(), as_of=plan.as_of, texts=texts)
    return len(contacts)


def write_tasks(path: str, plan: Plan) -> int:
    """Write the planned contacts as events of the day of the plan; give how many."""
    midnight = datetime.combine(plan.as_of, datetime.min.time())
    events = plan.contacts.planned_events(midnight)
    write_rows(path, rows_of(events), stream=_output())
    return len(events)


# -------------------------------------------------------------------------------- the agenda


@click.command(short_help="List whom to contact on a day, the most urgent first.")
@click.argument("plan", metavar="PLAN")
@click.option(
    "--day", type=Day(), required=True, help="The day; what is overdue by then is listed too."
)
@click.option(
    "--out",
    metavar="FILE",
    callback=checked_out,
    help="Write the lines to a .csv, .parquet or .jsonl file; - is standard output, as CSV.",
)
def agenda(plan: str, day: date, out: str | None) -> None:
    """List the contacts that are due or overdue on a day, from a PLAN that relmkt plan has written.

    The most urgent comes first: that of the most days overdue times value.

    \b
    relmkt plan orders.csv --out plan.csv
    relmkt agenda plan.csv --day 2026-03-31
    """  # noqa: D301  (click reads the backspace)
    if out is None:
        checked_output()
    elif out != "-" and is_one_output(plan, out):
        raise click.UsageError(f"--out {out} is the plan; name another file for the agenda")
    lines = read_plan(plan)
    if "next_contact" not in lines.names and len(lines):
        raise RelmktError(
            f"{plan}: has no column 'next_contact': was it written by an earlier version?"
        )
    found = lines[due_rows(day, lines.next_contact, lines.value, lines.ids)]
    if out is not None:
        write_rows(out, rows_of(found), stream=_output())
        if out == "-":
            return
    console = Console(highlight=False)
    if not len(found):
        _say(console, f"{day}: nobody is to be contacted.")
        return
    _say(console, f"{day}: {len(found):,} to contact, the most urgent first.\n")
    for at, line in enumerate(found[slice(0, _SHOWN)], 1):
        late = (day - line.next_contact).days if line.next_contact else 0
        when = f"{counted(late, 'day')} overdue" if late else "today"
        way = "your own task" if line.contact_channel is None else line.contact_channel.value
        value = "value unknown" if line.value is None else f"value {line.value:,.0f}"
        what = f"{told_action(line.contact_action)} ({way}, {when}, {value})"
        _say(console, f"{at}. {shown_id(line.customer)}: {what}")
        _say(console, f"   {line.contact_reason or 'no reason was written'}")
    if len(found) > _SHOWN:
        _say(console, f"\n{len(found) - _SHOWN:,} more: --out writes them all.")


def _output() -> BinaryIO | None:
    return None if sys.stdout is None else sys.stdout.buffer  # pyright: ignore[reportUnnecessaryComparison]


def _say(console: Console, text: str) -> None:
    console.print(Text(text))
