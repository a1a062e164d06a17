"""Contract years: by the calendar, half-open, and never two for one sale."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeAlias

import attrs

from relmkt._coercion import NAMED_ROWS
from relmkt.calendars import ONE_DAY, Span
from relmkt.domain import Agreement
from relmkt.errors import InvalidRowsError, InvalidValueError

__all__ = [
    "ContractYear",
    "Place",
    "contract_years",
    "places_of",
    "refuse_overlaps",
    "shared_places",
]

_YEAR = Span(12, "month")

Place: TypeAlias = tuple[str, str]
"""The word "territory" or "outlet", and a name."""


@attrs.frozen(order=True)
class ContractYear:
    """The days from ``start`` on and before ``end``: half-open, so that no day is in two years.

    Attributes
    ----------
    start
        The first day.
    end
        The day after the last one.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.contract_years import ContractYear
    >>> year = ContractYear(date(2025, 4, 1), date(2026, 4, 1))
    >>> date(2025, 4, 1) in year, date(2026, 3, 31) in year, date(2026, 4, 1) in year
    (True, True, False)
    >>> str(year)
    '2025-04-01 to 2026-03-31'
    """

    start: date
    end: date

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidValueError("end", f"be after 'start' ({self.start})", self.end)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end - ONE_DAY}"


def contract_years(agreement: Agreement, *, until: date) -> tuple[ContractYear, ...]:
    """The contract years of an agreement, one after the other, up to the one that holds a day.

    A year starts on the same day of each year: the day on which the agreement started, or the one
    that it states (``year_starts``). Years that start on 29 February start on the 28th where there
    is no 29th, and on the 29th again where there is one. Where the agreement starts within a year,
    or ends within one, that year is shorter; nothing is prorated.

    Parameters
    ----------
    agreement
        The agreement.
    until
        The last day that is asked about.

    Returns
    -------
    years
        Ascending, each starting on the day on which the one before ends; none where the agreement
        starts after ``until``.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.contract_years import contract_years
    >>> from relmkt.domain import Agreement
    >>> leap = Agreement(dealer="D-7", starts=date(2024, 2, 29))
    >>> [str(year.start) for year in contract_years(leap, until=date(2028, 2, 29))]
    ['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29']
    >>> april = Agreement(
    ...     dealer="D-7",
    ...     starts=date(2024, 6, 15),
    ...     ends=date(2026, 3, 31),
    ...     year_starts=date(2020, 4, 1),
    ... )
    >>> for year in contract_years(april, until=date(2030, 1, 1)):
    ...     print(year)
    2024-06-15 to 2025-03-31
    2025-04-01 to 2026-03-31
    """
    last = until if agreement.ends is None else min(agreement.ends, until)
    if last < agreement.starts:
        return ()
    anchor = agreement.year_starts or agreement.starts
    first = agreement.starts.year - anchor.year
    turns = [_YEAR.end(anchor, times) for times in range(first - 1, last.year - anchor.year + 2)]
    cuts = [day for day in turns if day > agreement.starts]
    over = None if agreement.ends is None else agreement.ends + ONE_DAY
    years: list[ContractYear] = []
    for start, end in itertools.pairwise([agreement.starts, *cuts]):
        if start > last:
            break
        years.append(ContractYear(start, end if over is None else min(end, over)))
    return tuple(years)


def places_of(agreement: Agreement) -> tuple[Place, ...]:
    """The territories and outlets that an agreement names, one by one."""
    return (
        *(("territory", name) for name in agreement.territory_names),
        *(("outlet", name) for name in agreement.outlet_names),
    )


def refuse_overlaps(agreements: Sequence[Agreement], anywhere: Sequence[bool]) -> None:
    """Refuse agreements under which one sale would count twice, or belong to two dealers.

    Parameters
    ----------
    agreements
        The agreements.
    anywhere
        For each whether its sales count wherever they were made, whatever places it names.

    Raises
    ------
    InvalidRowsError
        When two agreements of one dealer on the same goods and places hold on one day, so that
        their contract years overlap; or when a place is exclusively one dealer's and another
        dealer's too on one day. The first such pairs are named.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.contract_years import refuse_overlaps
    >>> from relmkt.domain import Agreement
    >>> first, second = (
    ...     Agreement(dealer=dealer, territories="Kiel", exclusive=True, starts=date(2025, 1, 1))
    ...     for dealer in ("D-7", "D-8")
    ... )
    >>> refuse_overlaps([first, second], [False, False])
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidRowsError: 1 bad row in the agreements
      row 1 of dealer 'D-8' and row 0 of dealer 'D-7': both have the territory 'Kiel', and \
exclusively
    end one before the other starts, or part their goods or places
    """
    problems = {
        (row, other): f"{_told(agreements, row)} and {_told(agreements, other)}: {problem}"
        for row, other, problem in (
            *_counted_twice(agreements, anywhere),
            *_promised_twice(agreements),
        )
    }
    if problems:
        raise InvalidRowsError(
            "the agreements",
            [*problems.values()][:NAMED_ROWS],
            total=len(problems),
            remedy="end one before the other starts, or part their goods or places",
            rows=[row for row, _ in problems][:NAMED_ROWS],
        )


def shared_places(agreements: Sequence[Agreement]) -> tuple[Place, ...]:
    """The places of two dealers on one day, where an agreement is silent on whose they are.

    A place that is exclusively one dealer's is refused as another's (`refuse_overlaps`), and one
    that agreements say is not exclusive may be shared. Where one of them says neither, nobody can
    tell whether it was meant to be shared; so it is told.

    Parameters
    ----------
    agreements
        The agreements.

    Returns
    -------
    places
        By first appearance, each once.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.contract_years import shared_places
    >>> from relmkt.domain import Agreement
    >>> agreed = [
    ...     Agreement(dealer=dealer, territories="Kiel", starts=date(2025, 1, 1))
    ...     for dealer in ("D-7", "D-8")
    ... ]
    >>> shared_places(agreed)
    (('territory', 'Kiel'),)
    """
    holders: dict[Place, list[Agreement]] = {}
    for agreement in agreements:
        for place in places_of(agreement):
            holders.setdefault(place, []).append(agreement)
    return tuple(
        place
        for place, held in holders.items()
        if any(
            one.dealer != other.dealer and _meet(one, other)
            for one in held
            if one.exclusive is None
            for other in held
        )
    )


def _counted_twice(
    agreements: Sequence[Agreement], anywhere: Sequence[bool]
) -> Iterator[tuple[int, int, str]]:
    """Pairs of agreements of one dealer of which a sale may answer to both."""
    of_dealer: dict[object, list[int]] = {}
    for row, agreement in enumerate(agreements):
        mine = set(() if anywhere[row] else places_of(agreement))
        for other in of_dealer.setdefault(agreement.dealer, []):
            theirs = set(() if anywhere[other] else places_of(agreements[other]))
            if (mine & theirs or not mine or not theirs) and _meet(agreement, agreements[other]):
                yield row, other, "their contract years overlap"
        of_dealer[agreement.dealer].append(row)


def _promised_twice(agreements: Sequence[Agreement]) -> Iterator[tuple[int, int, str]]:
    """Pairs of agreements of two dealers with a place that one of them has alone."""
    everybody: dict[Place, list[int]] = {}
    alone: dict[Place, list[int]] = {}
    for row, agreement in enumerate(agreements):
        for place in places_of(agreement):
            rivals = everybody if agreement.exclusive else alone
            for other in rivals.get(place, ()):
                if agreements[other].dealer != agreement.dealer and _meet(
                    agreement, agreements[other]
                ):
                    yield row, other, f"both have the {place[0]} {place[1]!r}, and exclusively"
            everybody.setdefault(place, []).append(row)
            if agreement.exclusive:
                alone.setdefault(place, []).append(row)


def _meet(one: Agreement, other: Agreement) -> bool:
    """Whether two agreements hold for the same goods on one day; an absent word holds for all."""
    return (
        one.starts <= (other.ends or date.max)
        and other.starts <= (one.ends or date.max)
        and (one.brand is None or other.brand is None or one.brand == other.brand)
        and (one.market is None or other.market is None or one.market == other.market)
    )


def _told(agreements: Sequence[Agreement], row: int) -> str:
    number = f" ({agreements[row].agreement})" if agreements[row].agreement else ""
    return f"row {row}{number} of dealer {agreements[row].dealer!r}"
