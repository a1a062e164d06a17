"""What is known of dealers as partners from files: contacts, trainings, answers, procedures."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from relmkt.adapters._record_files import FileOptions, read_records
from relmkt.channel.dealer_columns import (
    AttitudeAnswers,
    DealerContacts,
    DealerTrainings,
    Fairness,
    Supports,
)

__all__ = [
    "read_attitudes",
    "read_dealer_contacts",
    "read_dealer_facts",
    "read_procedures",
    "read_trainings",
]


def read_dealer_contacts(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> DealerContacts:
    r"""Read a file of contacts with dealers, one row each: `relmkt.domain.DealerContact`.

    Parameters
    ----------
    path, dealer, **options
        As in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_dealer_contacts
    >>> text = b"dealer,contacted_on,employee\nD-7,2026-03-01,Ines\nD-7,2026-03-09,\n"
    >>> read_dealer_contacts("-", stdin=BytesIO(text)).employee.tolist()
    ['Ines', None]
    """
    return read_records(DealerContacts, path, "a contact with a dealer", dealer, **options)


def read_trainings(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> DealerTrainings:
    r"""Read a file of trainings, one row for each dealer and topic: `relmkt.domain.DealerTraining`.

    Parameters
    ----------
    path, dealer, **options
        As in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_trainings
    >>> text = b"dealer,topic,held_on\nD-7,displays,2026-03-01\n"
    >>> read_trainings("-", stdin=BytesIO(text))[0].topic
    'displays'
    """
    return read_records(DealerTrainings, path, "a training", dealer, **options)


def read_attitudes(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> AttitudeAnswers:
    r"""Read a file of answers to surveys of dealers, one row each: `relmkt.domain.AttitudeAnswer`.

    Parameters
    ----------
    path, dealer, **options
        As in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also where an answer lies off its scale.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_attitudes
    >>> text = b"dealer,item,asked_on,answer,scale_low,scale_high\nD-7,fair,2026-03-01,4,1,5\n"
    >>> read_attitudes("-", stdin=BytesIO(text))[0].answer
    4.0
    """
    return read_records(AttitudeAnswers, path, "an answer", dealer, **options)


def read_dealer_facts(
    path: str | Path, *, dealer: str | None = None, **options: Unpack[FileOptions]
) -> Supports:
    r"""Read a file of facts about dealers, one row each, with any of `relmkt.domain.DealerFacts`.

    Parameters
    ----------
    path, dealer, **options
        As in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also when a dealer stands there twice.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_dealer_facts
    >>> found = read_dealer_facts("-", stdin=BytesIO(b"dealer,key_dealer\nD-7,yes\nD-8,\n"))
    >>> found.values("key_dealer")
    [True, None]
    """
    return read_records(Supports, path, "a dealer's facts", dealer, once=True, **options)


def read_procedures(path: str | Path, **options: Unpack[FileOptions]) -> Fairness:
    r"""Read a file of procedures, one row for each class of dealers: `relmkt.domain.FairnessFacts`.

    Parameters
    ----------
    path, **options
        As in `read_sales`.

    Raises
    ------
    FileError, UnknownNameError, InvalidRowsError, MissingExtraError
        As in `read_sales`; also when a class stands there twice, and where something is shown that
        is not so.

    Examples
    --------
    >>> from io import BytesIO
    >>> from relmkt.adapters.files import read_procedures
    >>> text = b"dealer_class,explained,appealable\ncity,yes,no\n"
    >>> found = read_procedures("-", stdin=BytesIO(text))[0]
    >>> found.explained, found.appealable, found.published
    (True, False, None)
    """
    return read_records(Fairness, path, "a procedure", once=True, **options)
