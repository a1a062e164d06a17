"""Agreements: what the firm and a dealer have agreed on, in writing."""

from __future__ import annotations

from datetime import date

from relmkt.domain.distributor import DealerId
from relmkt.records import (
    Constraint,
    Handles,
    day,
    flag,
    identity,
    in_order,
    number,
    record,
    text,
)

__all__ = ["Agreement"]


@record
class Agreement:
    """One agreement with a dealer on a brand: where, how much, by which schedule, and until when.

    A designated point is a territory or an outlet; both are given by name, and where there are
    several they are parted by semicolons: ``"Kiel; Husum"``. An agreement that names neither is
    not tied to a place.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import Agreement
    >>> agreement = Agreement(
    ...     dealer="D-7",
    ...     brand="Lumen",
    ...     territories="Kiel; Husum",
    ...     starts=date(2025, 4, 1),
    ...     ends=date(2028, 3, 31),
    ...     target_quantity=1200,
    ...     schedule="lumen-2025",
    ... )
    >>> agreement.territory_names, agreement.outlet_names
    (('Kiel', 'Husum'), ())
    """

    dealer: DealerId = identity("the dealer's id, kept as given")
    agreement: str | None = text("the number of the agreement", default=None)
    brand: str | None = text("the brand; absent where it holds for all", default=None)
    market: str | None = text("the market; absent where it holds for all", default=None)
    territories: str | None = text(
        "the designated territories by name, parted by semicolons", default=None
    )
    outlets: str | None = text("the designated outlets by name, parted by semicolons", default=None)
    exclusive: bool | None = flag(
        "whether nobody else may be supplied for those territories and outlets",
        denied="not exclusive",
        default=None,
    )
    starts: date = day("the first day on which it holds")
    ends: date | None = day("the last day on which it holds; absent if none is set", default=None)
    year_starts: date | None = day(
        "a day on which a contract year starts, and so do others in other years; absent where they "
        "start on the day of the year on which the agreement does",
        default=None,
    )
    target_quantity: float | None = number(
        "units to be sold in a contract year", unit="unit", lower=0, default=None
    )
    target_amount: float | None = number(
        "sales to be made in a contract year", unit="currency", lower=0, default=None
    )
    schedule: str | None = text("the name of the schedule of rebates", default=None)
    published: date | None = day(
        "the day on which that schedule was published to the dealer", default=None
    )
    notice_days: int | None = number(
        "days before which a change or the end must be announced",
        unit="day",
        lower=0,
        whole=True,
        default=None,
    )
    currency: str | None = text("the currency of targets and rebates", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        return (
            Constraint(
                "starts",
                in_order(on.starts, on.ends),
                remedy="an agreement ends on the day on which it starts, or later",
            ),
        )

    @property
    def territory_names(self) -> tuple[str, ...]:
        """The designated territories, one by one."""
        return _names(self.territories)

    @property
    def outlet_names(self) -> tuple[str, ...]:
        """The designated outlets, one by one."""
        return _names(self.outlets)


def _names(listed: str | None) -> tuple[str, ...]:
    parts = (part.strip() for part in (listed or "").split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))
