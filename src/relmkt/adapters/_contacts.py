"""Contacts from files: what was made, what became of tasks, and what is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from relmkt.adapters._cells import Reading
from relmkt.adapters._choosing import cell_of, fact_columns
from relmkt.adapters._loading import fetched, stage
from relmkt.adapters._reading import check_limit, opened_file
from relmkt.columns import Columns
from relmkt.planning import ContactCandidates, ContactLog, TaskEvents
from relmkt.records import Schema, schema

__all__ = ["read_contact_facts", "read_contacts", "read_task_events"]

C = TypeVar("C", bound=Columns[Any])
Progress = Callable[[str], None]


def read_contacts(
    path: str | Path,
    *,
    customer: str | None = None,
    encoding: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    limit_problems: int = 10,
) -> ContactLog:
    r"""Read a file of contacts that were made, or that departments have planned.

    Its columns are those of `relmkt.domain.Contact`: customer and day, and as they are known
    purpose, channel and department. An empty cell is absent.

    Parameters
    ----------
    path, encoding, format, stdin, progress, limit_problems
        As in `read_orders`.
    customer
        The column with the ids, if it is called otherwise than in `ALIASES`.

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
    return _read(ContactLog, path, customer, encoding, format, stdin, progress, limit_problems)


def read_task_events(
    path: str | Path,
    *,
    encoding: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    limit_problems: int = 10,
) -> TaskEvents:
    r"""Read a file of what became of planned contacts.

    Its columns are those of `relmkt.domain.TaskEvent`: key, kind, at, and the day of a task that
    was planned or put off.

    Parameters
    ----------
    path, encoding, format, stdin, progress, limit_problems
        As in `read_orders`.

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
    return _read(TaskEvents, path, None, encoding, format, stdin, progress, limit_problems)


def read_contact_facts(
    path: str | Path,
    *,
    customer: str | None = None,
    encoding: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    limit_problems: int = 10,
) -> ContactCandidates:
    r"""Read a file of facts about contacting customers: consent, complaints, zones, owners.

    Its columns are any of `relmkt.domain.ContactFacts`. Consent stands in one column with the
    channels, parted by semicolons, or in one flag for each channel (``consent_email``).

    Parameters
    ----------
    path, customer, encoding, format, stdin, progress, limit_problems
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
    return _read(
        ContactCandidates, path, customer, encoding, format, stdin, progress, limit_problems
    )


def _read(
    kind: type[C],
    path: str | Path,
    customer: str | None,
    encoding: str | None,
    format: str | None,
    stdin: BinaryIO | None,
    progress: Progress | None,
    limit: int,
) -> C:
    check_limit(limit)
    with opened_file(path, stdin, format, encoding, None, limit, progress) as (connection, table):
        found: Schema[Any] = schema(kind.record_type)
        chosen = fact_columns(table, (found,), customer)
        reading = Reading()
        cells = [cell_of(found, table, name, column, reading) for name, column in chosen.items()]
        return fetched(connection, stage(connection, table, cells, limit)).columns(kind, table)
