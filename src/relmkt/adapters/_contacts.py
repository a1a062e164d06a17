"""Contacts from files: what was made, what became of tasks, and what is known."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from relmkt.adapters._record_files import FileOptions, read_records
from relmkt.planning import ContactCandidates, ContactLog, TaskEvents

__all__ = ["read_contact_facts", "read_contacts", "read_task_events"]


def read_contacts(
    path: str | Path, *, customer: str | None = None, **options: Unpack[FileOptions]
) -> ContactLog:
    r"""Read a file of contacts that were made, or that departments have planned.

    Its columns are those of `relmkt.domain.Contact`: customer and day, and as they are known
    purpose, channel and department. An empty cell is absent.

    Parameters
    ----------
    path
        As in `read_orders`.
    customer
        The column with the ids, if it is called otherwise than in `ALIASES`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, MissingExtraError
        As in `read_orders`.
    UnknownNameError
        When a column is none of these.
    InvalidRowsError
        When rows are bad: each is named by its line and column.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_contacts
    >>> text = b"customer,day,channel,department\nC-17,2026-03-02,phone,sales\n"
    >>> read_contacts("-", stdin=BytesIO(text))[0].department
    'sales'
    """
    return read_records(ContactLog, path, "a contact", customer, **options)


def read_task_events(path: str | Path, **options: Unpack[FileOptions]) -> TaskEvents:
    r"""Read a file of what became of planned contacts.

    Its columns are those of `relmkt.domain.TaskEvent`: key, kind, at, and the day of a task that
    was planned or put off.

    Parameters
    ----------
    path
        As in `read_orders`.
    **options
        How it is to be read, as in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_contacts`.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_task_events
    >>> text = b"key,kind,at\npurchase/2026-03-02/proactive.advise.1/C-17,done,2026-06-02\n"
    >>> read_task_events("-", stdin=BytesIO(text))[0].kind.value
    'done'
    """
    return read_records(TaskEvents, path, "a task event", **options)


def read_contact_facts(
    path: str | Path, *, customer: str | None = None, **options: Unpack[FileOptions]
) -> ContactCandidates:
    r"""Read a file of facts about contacting customers: consent, complaints, zones, owners.

    Its columns are any of `relmkt.domain.ContactFacts`. Consent stands in one column with the
    channels, parted by semicolons, or in one flag for each channel (``consent_email``).

    Parameters
    ----------
    path, customer, **options
        As in `read_contacts`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_contacts`.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_contact_facts
    >>> text = b"customer,consent_email,zone\nC-17,yes,Europe/Berlin\n"
    >>> found = read_contact_facts("-", stdin=BytesIO(text))
    >>> found.values("consent_email"), found.values("zone")
    ([True], ['Europe/Berlin'])
    """
    return read_records(ContactCandidates, path, "a customer's contact facts", customer, **options)
