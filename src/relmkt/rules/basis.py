"""What a table rests on: since when its thresholds are valid, and who decided so."""

from __future__ import annotations

from datetime import date

import attrs

from relmkt.calendars import checked_day
from relmkt.errors import InvalidValueError

__all__ = ["Basis"]


def _check_day(instance: object, attribute: attrs.Attribute[date], value: date) -> None:
    del instance
    checked_day(attribute.name, value)


def _check_reference(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    del instance
    if not isinstance(value, str) or not value.strip() or not value.isprintable():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(
            attribute.name,
            "be a text on one line",
            value,
            remedy="write for example 'board decision 12/2026'",
        )


@attrs.frozen
class Basis:
    """The edition of a policy that a table was made of.

    It is no part of the table's version: the version tells what can change an answer, and two
    editions with the same thresholds answer alike. It stands beside the version instead.

    Parameters
    ----------
    valid_from
        The first day on which the thresholds are valid.
    reference
        Who decided so, and where it is written: a text on one line.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.rules import Basis
    >>> print(Basis(date(2026, 7, 1), "board decision 12/2026"))
    valid from 2026-07-01 (board decision 12/2026)
    """

    valid_from: date = attrs.field(validator=_check_day)
    reference: str = attrs.field(validator=_check_reference)

    def as_dict(self) -> dict[str, str]:
        """It as plain texts, ready for JSON."""
        return {"valid_from": self.valid_from.isoformat(), "reference": self.reference}

    def __str__(self) -> str:
        return f"valid from {self.valid_from} ({self.reference})"
