"""What the laws are handed, refused in words where it is of another sort."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from relmkt.columns import Columns
from relmkt.errors import InvalidValueError
from relmkt.rules import Table
from relmkt.testing._readings import Rules
from relmkt.thresholds import Policy

__all__ = [
    "check_columns_type",
    "check_kind",
    "check_policy_or_type",
    "check_promises_apply",
    "records_in",
]


def check_kind(
    name: str, value: object, *kinds: type[Any], where: str | None = None, remedy: str | None = None
) -> None:
    """Refuse what is of none of these kinds."""
    if not isinstance(value, kinds):
        rule = "be a " + " or a ".join(kind.__name__ for kind in kinds)
        raise InvalidValueError(name, rule, value, where=where, remedy=remedy)


def check_policy_or_type(value: object) -> None:
    """Refuse what is neither a policy nor a type of policies."""
    is_one = issubclass(value, Policy) if isinstance(value, type) else isinstance(value, Policy)
    if not is_one:
        raise InvalidValueError("policy", "be a policy or a type of policies", value)


def check_columns_type(value: object) -> None:
    """Refuse what is no type of columns."""
    if not (isinstance(value, type) and issubclass(value, Columns)):
        raise InvalidValueError(
            "columns_type",
            "be a type of columns",
            cast("object", value),
            remedy="derive one from relmkt.columns.Columns, and name its record_type",
        )


def check_promises_apply(promises: Iterable[object], rules: Iterable[Rules], policy: str) -> None:
    """Refuse promises where every table is a checklist, of which they say nothing."""
    told = next(iter(promises), None)
    if told is not None and not any(isinstance(each, Table) for each in rules):
        raise InvalidValueError(
            "never",
            "be left out where only checklists are built",
            str(told),
            where=policy,
            remedy="each rule of a checklist stands for itself, and none gives way to another",
        )


def records_in(subject: object, record_type: type[Any]) -> list[Any]:
    """The records that are given one by one or as columns; all must be of this type."""
    given = isinstance(subject, Iterable) and not isinstance(subject, (str, bytes))
    found: list[Any] = list(cast("Iterable[Any]", subject)) if given else [subject]
    for at, record in enumerate(found):
        if type(record) is not record_type:
            raise InvalidValueError(
                "subject",
                f"be records of {record_type.__name__}, or columns of them",
                record,
                where=f"position {at}" if given else None,
            )
    return found
