"""Dated policies: which thresholds were valid on a day, and who decided so."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any, Generic, TypeVar, cast

import attrs

from relmkt.calendars import checked_day
from relmkt.errors import InvalidValueError
from relmkt.rules import Basis, Checklist, Table
from relmkt.thresholds import Policy

__all__ = ["DatedPolicy", "Edition"]

P = TypeVar("P", bound=Policy)
T = TypeVar("T", Table[Any, Any], Checklist[Any, Any])


def _check_policy(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    del instance
    if not isinstance(value, Policy):
        raise InvalidValueError(attribute.name, "be a policy", value)


@attrs.frozen(kw_only=True)
class Edition(Generic[P]):
    """The thresholds that are valid from a day on.

    Parameters
    ----------
    valid_from
        The first day on which they are valid.
    policy
        The policy: a frozen record of thresholds.
    reference
        Who decided so, and where it is written: a text on one line, for example
        ``"board decision 12/2026"``.

    Raises
    ------
    InvalidValueError
        For what is no date, no policy, or no such text.
    """

    valid_from: date
    policy: P = attrs.field(validator=_check_policy)
    reference: str
    basis: Basis = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "basis", Basis(self.valid_from, self.reference))

    def stamped(self, table: T) -> T:
        """The table or checklist, which now says that it was made of this edition.

        Examples
        --------
        >>> from datetime import date
        >>> from relmkt import StrategyPolicy
        >>> from relmkt.dated_policies import Edition
        >>> policy = StrategyPolicy(
        ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
        ... )
        >>> edition = Edition(valid_from=date(2026, 1, 1), policy=policy, reference="board 3/2025")
        >>> table = edition.stamped(policy.table())
        >>> print(table.basis)
        valid from 2026-01-01 (board 3/2025)
        >>> table.version == policy.table().version
        True
        """
        return attrs.evolve(table, basis=self.basis)


def _editions(given: object) -> tuple[Any, ...]:
    if not isinstance(given, Iterable):
        raise InvalidValueError(
            "editions",
            "be a list of editions",
            given,
            remedy="write DatedPolicy([Edition(valid_from=..., policy=..., reference=...)])",
        )
    return tuple(cast("Iterable[Any]", given))


def _check_editions(
    instance: object, attribute: attrs.Attribute[Any], value: tuple[object, ...]
) -> None:
    del instance
    if not value:
        raise InvalidValueError(attribute.name, "hold at least one edition", value)
    for each in value:
        if not isinstance(each, Edition):
            raise InvalidValueError(attribute.name, "hold editions", each)
    editions = cast("tuple[Edition[Any], ...]", value)
    for before, after in pairwise(editions):
        if after.valid_from <= before.valid_from:
            raise InvalidValueError(
                attribute.name,
                "be in the order of their dates, each with a date of its own",
                str(after.basis),
                where=f"the edition after the one {before.basis}",
            )
        if type(after.policy) is not type(before.policy):
            raise InvalidValueError(
                attribute.name,
                f"all be of one policy ({type(before.policy).__name__})",
                type(after.policy).__name__,
                where=f"the edition {after.basis}",
            )


@attrs.frozen
class DatedPolicy(Generic[P]):
    """A policy whose thresholds changed over time: each edition is valid until the next one is.

    Parameters
    ----------
    editions
        The editions, the earliest first; at least one, all of the same type of policy, no two from
        the same day.

    Raises
    ------
    InvalidValueError
        When there is none, two begin on the same day, they are out of order, or of two types.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt import StrategyPolicy
    >>> from relmkt.dated_policies import DatedPolicy, Edition
    >>> dated = DatedPolicy(
    ...     [
    ...         Edition(
    ...             valid_from=date(2025, 1, 1), policy=StrategyPolicy(), reference="board 41/2024"
    ...         ),
    ...         Edition(
    ...             valid_from=date(2026, 7, 1),
    ...             policy=StrategyPolicy(attrition_risk_high=0.4),
    ...             reference="board 12/2026",
    ...         ),
    ...     ]
    ... )
    >>> dated.at(date(2026, 6, 30)).attrition_risk_high
    0.5
    >>> dated.at(date(2026, 7, 1)).attrition_risk_high
    0.4
    >>> dated.edition_at(date(2026, 7, 1)).reference
    'board 12/2026'
    """

    editions: tuple[Edition[P], ...] = attrs.field(converter=_editions, validator=_check_editions)

    @property
    def policy_type(self) -> type[P]:
        """The type of its policies."""
        return type(self.editions[0].policy)

    def edition_at(self, day: date) -> Edition[P]:
        """The edition that is valid on a day.

        Parameters
        ----------
        day
            A date.

        Raises
        ------
        InvalidValueError
            For what is no date, and for a day before the first edition.
        """
        checked_day("day", day)
        at = bisect.bisect_right([each.valid_from for each in self.editions], day)
        if not at:
            first = self.editions[0]
            raise InvalidValueError(
                "day",
                f"not be before the first edition of the policy ({first.valid_from})",
                str(day),
                remedy="state the thresholds that were valid then, as an edition of their own",
            )
        return self.editions[at - 1]

    def at(self, day: date) -> P:
        """The policy that is valid on a day.

        Raises
        ------
        InvalidValueError
            As for `edition_at`.
        """
        return self.edition_at(day).policy
